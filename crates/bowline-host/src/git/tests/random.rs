//! Random histories with lying dates, with and without a commit-graph: every answer must be that of plain reachability.

use super::super::walk::Walk;
use super::super::{HostGit, questions};
use super::{World, version_tag};
use bowline_model::Oid;
use bowline_model::facts::CommitFact;
use bowline_port::git::GitReader;
use std::collections::{BTreeMap, BTreeSet};

/// A commit's parents and date.
type Drawn = (Vec<usize>, i64);

/// Histories in one repository; commit `n` of history `k` is commit `n * SIDE_BY_SIDE + k` of all.
const SIDE_BY_SIDE: usize = 10;

#[test]
fn answers_are_those_of_reachability() {
    for seed in 1..=20 {
        let mut dice = Dice(seed);
        let world = World::new();
        let drawn = draw_all(&mut dice);
        let oids = make(&world, &drawn, &mut dice);
        let reach = reachability(&drawn);
        if seed <= 3 {
            agree_with_rev_list(&world, &oids, &reach);
        }
        let git = world.open("r.git");
        for _ in 0..200 {
            ask(&git, &oids, &reach, &mut dice, seed);
        }
    }
}

/// Histories of one length, from roots of their own.
fn draw_all(dice: &mut Dice) -> Vec<Drawn> {
    let size = 2 + dice.below(70);
    let histories: Vec<Vec<Drawn>> = (0..SIDE_BY_SIDE).map(|_| draw(dice, size)).collect();
    (0..size * SIDE_BY_SIDE)
        .map(|place| {
            let (n, k) = (place / SIDE_BY_SIDE, place % SIDE_BY_SIDE);
            let (parents, date) = &histories[k][n];
            (parents.iter().map(|parent| parent * SIDE_BY_SIDE + k).collect(), *date)
        })
        .collect()
}

fn ask(git: &HostGit, oids: &[Oid], reach: &[BTreeSet<usize>], dice: &mut Dice, seed: u64) {
    let (size, k) = (oids.len() / SIDE_BY_SIDE, dice.below(SIDE_BY_SIDE));
    // Now and then from a history that has nothing to do with this one.
    let pick = |dice: &mut Dice| {
        if dice.below(40) == 0 { dice.below(oids.len()) } else { dice.below(size) * SIDE_BY_SIDE + k }
    };
    // Heads are mostly near the end, as in life.
    let head = if dice.below(3) == 0 { pick(dice) } else { (size - 1 - dice.below(4.min(size))) * SIDE_BY_SIDE + k };
    let exclude: Vec<usize> = (0..dice.below(4)).map(|_| pick(dice)).collect();
    let hidden: BTreeSet<usize> = exclude.iter().flat_map(|n| reach[*n].iter().copied()).collect();
    let expected: BTreeSet<Oid> = reach[head].difference(&hidden).map(|n| oids[*n]).collect();
    let excluded: Vec<Oid> = exclude.iter().map(|n| oids[*n]).collect();
    let facts = git.commits(oids[head], &excluded).unwrap();
    let found: BTreeSet<Oid> = facts.iter().map(|fact| fact.oid).collect();
    assert_eq!(found, expected, "seed {seed}: commits of {head} without {exclude:?}");
    assert_eq!(facts.len(), expected.len(), "seed {seed}: a commit came twice");
    let place: BTreeMap<Oid, usize> = oids.iter().enumerate().map(|(n, oid)| (*oid, n)).collect();
    for pair in facts.windows(2) {
        let inverted = pair[0].time == pair[1].time && reach[place[&pair[1].oid]].contains(&place[&pair[0].oid]);
        assert!(pair[0].time >= pair[1].time && !inverted, "seed {seed}: order");
    }

    // The same, and more of it, from one reading of all that the head contains.
    let mut past = git.past(oids[head]).unwrap();
    for _ in 0..dice.below(3) {
        let (end, without) = (pick(dice), (dice.below(4) > 0).then(|| pick(dice)));
        let inside = |n: usize| reach[head].contains(&n);
        assert_eq!(past.contains(oids[end]), inside(end), "seed {seed}: is {end} a part of {head}");
        assert_eq!(past.time(oids[end]).is_some(), inside(end));
        let found = past.commits(oids[end], without.map(|n| oids[n]));
        if !inside(end) || !without.is_none_or(inside) {
            assert!(found.is_err(), "seed {seed}: {end} without {without:?} is no part of {head}");
            continue;
        }
        let others: Vec<usize> = (0..dice.below(5)).map(|_| pick(dice)).collect();
        let asked: Vec<Oid> = others.iter().map(|n| oids[*n]).collect();
        let expected = others.iter().position(|n| reach[end].contains(n));
        assert_eq!(past.first_contained(oids[end], &asked).unwrap(), expected, "seed {seed}: {others:?} below {end}");
        let excluded: Vec<Oid> = without.iter().map(|n| oids[*n]).collect();
        let ids = |facts: Vec<CommitFact>| -> BTreeSet<Oid> { facts.into_iter().map(|fact| fact.oid).collect() };
        let expected = ids(git.commits(oids[end], &excluded).unwrap());
        assert_eq!(ids(found.unwrap()), expected, "seed {seed}: {end} without {without:?} within {head}");
    }

    let (a, d) = (pick(dice), pick(dice));
    assert_eq!(git.is_ancestor(oids[a], oids[d]).unwrap(), reach[d].contains(&a), "seed {seed}: is {a} below {d}");

    // Tags, highest first; some commits carry several, some are not in the database.
    let tagged: Vec<Option<usize>> = (0..dice.below(8)).map(|_| (dice.below(5) > 0).then(|| pick(dice))).collect();
    let commits: Vec<Oid> = tagged.iter().map(|n| n.map_or(Oid::Sha1([7; 20]), |n| oids[n])).collect();
    let expected = tagged.iter().position(|n| n.is_some_and(|n| reach[head].contains(&n)));
    let tags: Vec<_> =
        commits.iter().enumerate().map(|(n, oid)| version_tag(&format!("{}.0.0", 100 - n), *oid)).collect();
    let found = git.newest_reachable(oids[head], &tags).unwrap();
    let expected_tag = expected.map(|n| tags[n].commit);
    assert_eq!(found.map(|tag| tag.commit), expected_tag, "seed {seed}: tags {tagged:?} below {head}");
    // The same with no patience for single tags.
    let mut history = git.history().unwrap();
    let ids: Vec<_> = commits.iter().map(|oid| history.objects.id(*oid).unwrap()).collect();
    let head_id = history.objects.id(oids[head]).unwrap();
    let place = questions::first_reachable(&mut history, &mut Walk::default(), head_id, &ids, dice.below(3)).unwrap();
    assert_eq!(place.map(|n| commits[n]), expected_tag, "seed {seed}: tags {tagged:?} below {head}, impatient");
}

/// Parents before children; dates follow the order, mildly wrong or nonsense.
fn draw(dice: &mut Dice, size: usize) -> Vec<Drawn> {
    let style = dice.below(3);
    let mut drawn: Vec<Drawn> = Vec::new();
    for n in 0..size {
        let mut parents = BTreeSet::new();
        let wanted = [0, 1, 1, 1, 1, 1, 2, 2, 2, 3][dice.below(10)];
        for _ in 0..if n == 0 { 0 } else { wanted } {
            let reach = if dice.below(4) == 0 { n } else { n.min(6) };
            parents.insert(n - 1 - dice.below(reach));
        }
        let even = 1000 + 10 * n as i64;
        let date = match style {
            0 => even,
            1 if dice.below(4) == 0 => even + dice.below(400) as i64 - 200,
            1 => even - even % 50,
            _ => 1 + dice.below(1000) as i64,
        };
        drawn.push((parents.into_iter().collect(), date.max(1)));
    }
    drawn
}

/// Makes the commits; some get a commit-graph over all, or over a part of them.
fn make(world: &World, drawn: &[Drawn], dice: &mut Dice) -> Vec<Oid> {
    world.git("", &["init", "-q", "--bare", "r.git"]);
    let graph_after = [None, Some(drawn.len()), Some(drawn.len() / 2)][dice.below(3)];
    let import = |from: usize, to: usize| {
        let mut stream = String::new();
        for (n, (parents, date)) in drawn.iter().enumerate().take(to).skip(from) {
            let text = format!("commit {n}");
            stream += &format!("commit refs/all/{n}\nmark :{}\ncommitter C <c@d> {date} +0000\n", n + 1);
            stream += &format!("data {}\n{text}\n", text.len());
            for (nth, parent) in parents.iter().enumerate() {
                // Marks do not outlive one import.
                let name = if *parent < from { format!("refs/all/{parent}^0") } else { format!(":{}", parent + 1) };
                stream += &format!("{} {name}\n", if nth == 0 { "from" } else { "merge" });
            }
        }
        world.git_reading("r.git", &["fast-import", "--quiet"], stream.as_bytes());
    };
    let first = graph_after.unwrap_or(drawn.len());
    import(0, first);
    if graph_after.is_some() {
        world.git("r.git", &["commit-graph", "write", "--reachable"]);
    }
    if first < drawn.len() {
        import(first, drawn.len());
    }
    let listing = world.git("r.git", &["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/all/"]);
    let mut oids = vec![Oid::Sha1([0; 20]); drawn.len()];
    for line in listing.lines() {
        let (n, oid) = line.split_once(' ').unwrap();
        oids[n.parse::<usize>().unwrap()] = oid.parse().unwrap();
    }
    oids
}

fn reachability(drawn: &[Drawn]) -> Vec<BTreeSet<usize>> {
    let mut reach: Vec<BTreeSet<usize>> = Vec::new();
    for (n, (parents, _)) in drawn.iter().enumerate() {
        let mut below: BTreeSet<usize> = parents.iter().flat_map(|parent| reach[*parent].clone()).collect();
        below.insert(n);
        reach.push(below);
    }
    reach
}

/// The oracle itself, against git. Without exclusions: with them git trusts dates too far.
fn agree_with_rev_list(world: &World, oids: &[Oid], reach: &[BTreeSet<usize>]) {
    for (n, oid) in oids.iter().enumerate() {
        let listed: BTreeSet<Oid> =
            world.git("r.git", &["rev-list", &oid.to_string()]).lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(listed, reach[n].iter().map(|n| oids[*n]).collect());
    }
}

/// A small generator, the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % limit.max(1) as u64) as usize
    }
}
