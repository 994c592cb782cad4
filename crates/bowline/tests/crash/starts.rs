//! Many starts at the same moment, again and again: of the same release on machines that share the remote and the
//! forge and nothing else, on one machine, and of releases of different heads.
//!
//! A round is cheap because its worlds stay: the repository has only tags, each machine keeps its clone, and one more
//! empty commit gives the next release. `BOWLINE_START_ROUNDS` asks for more rounds than CI runs (see docs/reliability.md).

use crate::campaign::{Dice, setting};
use crate::ci::{Job, in_ci, values};
use crate::scene::{PROGRAM, clone_as};
use bowline_testkit::World;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Barrier;
use std::time::{Duration, Instant};

const STARTS: usize = 8;
/// How long somebody who does not release may take to say so; on a machine that is busy with other things as long as
/// the release itself takes, because nobody waits for it.
const PROMPT: Duration = Duration::from_secs(5);
/// After so many rounds the world is a new one: a release becomes slower with every release before it.
const SEASON: u64 = 25;

#[test]
fn of_one_release_on_eight_machines() {
    one_release(Where::Machines, setting("BOWLINE_START_ROUNDS").unwrap_or(100));
}

#[test]
fn of_one_release_on_one_machine() {
    one_release(Where::OneMachine, setting("BOWLINE_START_ROUNDS").unwrap_or(40));
}

#[test]
fn of_two_heads_without_release_commits() {
    two_heads(false, setting("BOWLINE_START_ROUNDS").unwrap_or(20));
}

#[test]
fn of_two_heads_with_release_commits() {
    two_heads(true, setting("BOWLINE_START_ROUNDS").unwrap_or(20));
}

/// Where the starts happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    /// CI jobs of different runs, each on its own machine, with state in git.
    Machines,
    /// Clones of one person, with state in files.
    OneMachine,
}

fn one_release(place: Where, rounds: u64) {
    let mut tally = Tally::default();
    let (mut dice, seed) = Dice::new();
    let mut season = Season::new(place, STARTS, false);
    let mut takes = Duration::from_millis(400);
    for round in 0..rounds {
        if round > 0 && round % SEASON == 0 {
            season = Season::new(place, STARTS, false);
        }
        season.world.commit_and_push(&format!("fix: round {round}"));
        let all: Vec<usize> = (0..STARTS).collect();
        season.pull(&all);
        let before = season.published();
        // In every other round they come one after the other, so that late ones meet each moment of the release.
        let spread = if round % 2 == 0 { Duration::ZERO } else { takes * 3 / 2 };
        let ended = season.start(&all, || spread.mul_f64(f64::from(u8::try_from(dice.next() % 256).unwrap()) / 255.0));
        let words = || ended.iter().map(Ended::words).collect::<Vec<_>>().join("\n");
        let new: Vec<String> = season.published().difference(&before).cloned().collect();
        assert_eq!(new.len(), 1, "round {round}: {new:?}\n{}", words());
        let publishers = ended.iter().filter(|ended| ended.published()).count();
        assert_eq!(publishers, 1, "round {round}: {publishers} say that they published\n{}", words());
        takes = tally.add(&ended);
        // The same plan everywhere: nobody is superseded, and nothing is in anybody's way.
        for one in &ended {
            assert!(matches!(one.code, Some(0 | 25)), "round {round}: {}", one.words());
        }
        season.check(&format!("round {round}"));
    }
    println!("{place:?}: exactly 1 release in {rounds}/{rounds} rounds of {STARTS} starts, {tally}, seed {seed}");
    tally.check();
}

/// Two machines are at a head when a newer one is pushed, and two are at that one.
fn two_heads(release_commits: bool, rounds: u64) {
    let mut tally = Tally::default();
    let (mut dice, seed) = Dice::new();
    let mut season = Season::new(Where::Machines, 4, release_commits);
    let (mut older, mut newer) = (0, 0);
    for round in 0..rounds {
        if round > 0 && round % SEASON == 0 {
            season = Season::new(Where::Machines, 4, release_commits);
        }
        season.world.git(&["pull", "--quiet", "--ff-only", "--no-tags"]);
        let first = season.world.commit_and_push(&format!("fix: round {round}"));
        season.pull(&[0, 1]);
        let second = season.world.commit_and_push(&format!("fix: round {round}, and more"));
        season.pull(&[2, 3]);
        let before = season.published();
        // Half of the rounds give the older head a start.
        let wait = if round % 2 == 0 { 0 } else { dice.next() % 400_000 };
        let mut place = 0;
        let ended = season.start(&[0, 1, 2, 3], || {
            place += 1;
            Duration::from_micros(if place > 2 { wait } else { 0 })
        });
        let words = || ended.iter().map(Ended::words).collect::<Vec<_>>().join("\n");
        let new: Vec<String> = season.published().difference(&before).cloned().collect();
        let publishers = ended.iter().filter(|ended| ended.published()).count();
        // One for each version, and none that was taken for done by two.
        assert_eq!(publishers, new.len(), "round {round}: {new:?}\n{}", words());
        assert!(new.len() <= 2, "round {round}: {new:?}\n{}", words());
        let _ = tally.add(&ended);
        for one in &ended {
            assert!(matches!(one.code, Some(0 | 23 | 25)), "round {round}: {}", one.words());
        }
        // Whoever stands at the newest head brings everything to its end.
        season.pull(&[2]);
        let _ = season.run(2).expect_code(0);
        season.check(&format!("round {round}"));
        for tag in season.published().difference(&before) {
            let of = season.world.git_in(&season.world.remote(), &["rev-parse", &format!("{tag}^{{commit}}")]);
            let parents = season.world.git_in(&season.world.remote(), &["rev-list", "--max-count=2", tag]);
            match (parents.contains(&second), of == first || parents.contains(&first)) {
                (true, _) => newer += 1,
                (false, true) => older += 1,
                (false, false) => panic!("round {round}: {tag} releases neither head\n{}", words()),
            }
        }
    }
    let how = if release_commits { "with release commits" } else { "tags only" };
    println!(
        "two heads, {how}: {rounds} rounds of 4 starts, older head released {older} times, newer {newer}, {tally}, seed {seed}"
    );
    assert!(newer == rounds, "the newest head is released in every round: {newer}");
    tally.check();
}

/// A world that stays for some rounds.
struct Season {
    world: World,
    place: Where,
}

impl Season {
    fn new(place: Where, machines: usize, release_commits: bool) -> Self {
        let mut world = World::with_repository(PROGRAM);
        for sample in std::fs::read_dir(world.remote().join("hooks")).unwrap() {
            std::fs::remove_file(sample.unwrap().path()).unwrap();
        }
        if release_commits {
            world.write("VERSION", "1.0.0\n");
            world.commit_and_push("chore: write the version down");
        }
        for number in 0..machines {
            clone_as(&world, &name(number));
        }
        if place == Where::Machines {
            in_ci(&mut world);
        }
        Self { world, place }
    }

    fn dir(&self, number: usize) -> PathBuf {
        self.world.root().join(name(number))
    }

    fn job(&self, number: usize) -> Option<Job> {
        (self.place == Where::Machines).then(|| Job::new(&self.world, number + 1, &name(number)))
    }

    fn pull(&self, machines: &[usize]) {
        std::thread::scope(|scope| {
            for &number in machines {
                scope.spawn(move || {
                    self.world.git_in(&self.dir(number), &["pull", "--quiet", "--ff-only", "--no-tags"]);
                });
            }
        });
    }

    fn run(&self, number: usize) -> bowline_testkit::world::Ran {
        let job = self.job(number);
        let env = job.as_ref().map(Job::env);
        self.world.bowline_in(&self.dir(number), ARGS, env.as_ref().map_or(&[], |env| env.as_slice()))
    }

    /// Starts all of them at once, each after its `delay`.
    fn start(&self, machines: &[usize], mut delay: impl FnMut() -> Duration) -> Vec<Ended> {
        let barrier = Barrier::new(machines.len());
        std::thread::scope(|scope| {
            let started: Vec<_> = machines
                .iter()
                .map(|&number| {
                    let (barrier, delay) = (&barrier, delay());
                    scope.spawn(move || {
                        barrier.wait();
                        pause(delay);
                        let begun = Instant::now();
                        let ran = self.run(number);
                        let took = begun.elapsed();
                        Ended {
                            code: ran.code,
                            result: serde_json::from_str(&ran.stdout).ok(),
                            stderr: ran.stderr,
                            took,
                        }
                    })
                })
                .collect();
            started.into_iter().map(|one| one.join().unwrap()).collect()
        })
    }

    /// Tags of published releases.
    fn published(&self) -> BTreeSet<String> {
        let Ok(entries) = std::fs::read_dir(self.world.releases()) else { return BTreeSet::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with('v')).collect()
    }

    /// A tag for each release and a release for each tag, no draft, and nobody at work.
    fn check(&self, words: &str) {
        let tags = self.world.git_in(&self.world.remote(), &["tag", "--list"]);
        let tags: BTreeSet<String> = tags.lines().filter(|tag| *tag != "v1.0.0").map(str::to_owned).collect();
        assert_eq!(tags, self.published(), "{words}: tags and releases differ");
        assert!(!self.world.releases().join(".staging").exists(), "{words}: a draft is left");
        if self.place == Where::Machines {
            let locks = values(&self.world, "lock/");
            assert!(locks.len() == 1 && locks[0]["state"] == "released", "{words}: {locks:#?}");
        }
    }
}

const ARGS: &[&str] = &["release", "--yes", "--json"];

fn name(number: usize) -> String {
    format!("machine-{number}")
}

/// How one start ended.
struct Ended {
    code: Option<i32>,
    result: Option<Value>,
    stderr: String,
    took: Duration,
}

impl Ended {
    /// Whether it is this one that made the release public.
    fn published(&self) -> bool {
        let steps = self.result.as_ref().and_then(|result| result["steps"].as_array());
        steps.is_some_and(|steps| steps.iter().any(|step| step["id"] == "publish/release" && step["outcome"] == "done"))
    }

    /// The exit code and why.
    fn kind(&self) -> String {
        let code = self.code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
        let result = self.result.as_ref().unwrap_or(&Value::Null);
        let why = match (&result["failure"]["code"], result["reason"].as_str()) {
            (Value::String(code), _) => code.clone(),
            // The tag differs from round to round.
            (_, Some(reason)) => reason.split(" v").next().unwrap_or_default().trim_end_matches(':').to_owned(),
            _ => result["status"].as_str().unwrap_or("no document").to_owned(),
        };
        format!("{code} {why}")
    }

    fn words(&self) -> String {
        format!("{} after {:?}\n{}", self.kind(), self.took, self.stderr)
    }
}

/// How those ended that did not publish.
#[derive(Default)]
struct Tally {
    kinds: BTreeMap<String, usize>,
    losers: usize,
    slowest: Duration,
    late: usize,
    slowest_winner: Duration,
}

impl Tally {
    /// Adds a round, and returns how long its winner took.
    fn add(&mut self, ended: &[Ended]) -> Duration {
        let took = ended.iter().filter(|ended| ended.published()).map(|ended| ended.took).max().unwrap_or_default();
        self.slowest_winner = self.slowest_winner.max(took);
        for loser in ended.iter().filter(|ended| !ended.published()) {
            *self.kinds.entry(loser.kind()).or_default() += 1;
            self.losers += 1;
            self.slowest = self.slowest.max(loser.took);
            self.late += usize::from(loser.took > PROMPT.max(took));
        }
        took
    }

    /// Nobody waits for long, and nobody says what is not documented.
    fn check(&self) {
        assert_eq!(self.late, 0, "{self}");
        for kind in self.kinds.keys() {
            assert!(DOCUMENTED.contains(&kind.as_str()), "`{kind}`: {self}");
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kinds, losers, slowest, slowest_winner, .. } = self;
        write!(f, "{losers} losers {kinds:?}, slowest loser {slowest:?}, slowest winner {slowest_winner:?}")
    }
}

/// How a start may end that does not release.
const DOCUMENTED: [&str; 10] = [
    "0 head is",
    "0 already released as",
    "0 release in progress",
    // It found everything done.
    "0 released",
    "25 busy",
    "23 superseded",
    "23 overtaken",
    "23 tag_taken",
    "23 remote_moved",
    "23 version_not_above",
];

#[expect(clippy::disallowed_methods, reason = "who comes first is what this is about")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
