//! Journals that are not what they were, or never were: cut and flipped at each byte of the last record, and planted ones
//! that say that everything is done.

use crate::campaign::{Dice, Patience, Place, all, bring_to_its_end, expect_killed, setting};
use crate::damage::{Damage, forged, last_record, with_header};
use crate::scene::{RELEASE, Scene, Variant, journal_file, state};
use bowline_ledger::frame::MAGIC;
use bowline_model::Digest;
use bowline_model::plan::RepositoryId;
use bowline_testkit::World;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the journal is damaged: the whole draft is verified and nothing is public; everything is pushed and nothing of
/// that is recorded.
const BOUNDARIES: [&str; 2] = ["finished:draft/verify#1", "effect:push/refs#1"];
/// How many cases there are unless `BOWLINE_CRASH_BYTES` says otherwise.
const CASES: u64 = 80;

#[derive(Debug)]
struct Case {
    boundary: &'static str,
    damage: Damage,
    number: u64,
    place: Place,
    /// Whether there is something that can be noticed: a record that is missing as a whole looks like one that was never
    /// written.
    noticed: bool,
}

#[test]
fn damaged_at_each_byte_of_the_last_record() {
    let scene = Scene::new(Variant::Prebuilt);
    let (mut dice, seed) = Dice::new();
    let mut possible = Vec::new();
    for boundary in BOUNDARIES {
        let world = killed(&scene, boundary);
        let last = u64::try_from(last_record(&std::fs::read(journal_file(&world).unwrap()).unwrap())).unwrap();
        for byte in 0..last {
            let place = dice.one_of(&[Place::Same, Place::Clone]);
            let noticed = byte + 1 < last;
            possible.push(Case { boundary, damage: Damage::Cut, number: byte, place, noticed });
            let number = byte * 8 + dice.next() % 8;
            possible.push(Case { boundary, damage: Damage::FlippedLast, number, place, noticed: true });
        }
    }
    let all_of_them = possible.len();
    let wanted = usize::try_from(setting("BOWLINE_CRASH_BYTES").unwrap_or(CASES)).unwrap();
    let mut cases = Vec::new();
    while cases.len() < wanted && !possible.is_empty() {
        let at = usize::try_from(dice.next() % possible.len() as u64).unwrap();
        cases.push(possible.swap_remove(at));
    }
    let detected = AtomicUsize::new(0);
    let converged = all(&cases, |case| {
        let world = killed(&scene, case.boundary);
        let said = bring_to_its_end(&scene, &world, (case.damage, case.place, case.number), Patience::Once);
        let told = said.contains("was torn or damaged and is ignored");
        assert_eq!(told, case.noticed, "{said}");
        detected.fetch_add(usize::from(told), Ordering::SeqCst);
    });
    let detected = detected.into_inner();
    println!(
        "last record: {converged} of {all_of_them} damages, {detected} detected, {} harmless, {converged} converged, \
         seed {seed}",
        converged - detected
    );
}

/// What is planted in the state folder, and what is said about it.
const PLANTED: [(&str, Option<&str>); 6] = [
    ("all done", None),
    ("made-up receipts", None),
    ("another plan", Some("belongs to another repository or plan")),
    ("another repository", Some("belongs to another repository or plan")),
    ("no header", Some("has no readable header")),
    ("no journal", Some("is not a journal")),
];
/// Where a journal that says that all is done tempts in the checkout; `RUN` is the run's id.
const TEMPTING: [&str; 8] = [
    ".bowline/journal/RUN",
    ".bowline/bowline.journal",
    ".bowline.journal",
    "bowline.journal",
    "journal/RUN",
    ".git/bowline/journal/RUN",
    ".git/bowline.journal",
    ".git/journal/RUN",
];

#[derive(Debug)]
enum Plant {
    /// Under the name of the run's own journal, after a kill at this boundary.
    InState(&'static str, &'static str, Option<&'static str>),
    /// In the checkout, before the first start.
    InCheckout(&'static str),
}

/// Whatever a journal says, everything is published, and one that does not prove what it is is told.
#[test]
fn planted() {
    let scene = Scene::new(Variant::Prebuilt);
    let mut cases = Vec::new();
    for boundary in ["step-started:gate/branch#1", "finished:draft/verify#1"] {
        cases.extend(PLANTED.map(|(what, finding)| Plant::InState(boundary, what, finding)));
    }
    cases.extend(TEMPTING.map(Plant::InCheckout));
    let reported = AtomicUsize::new(0);
    let published = all(&cases, |case| {
        let (world, finding) = match case {
            Plant::InState(boundary, what, finding) => {
                let world = killed(&scene, boundary);
                let journal = state(&world).unwrap().join("journal").join(&scene.run);
                put(&journal, &planted_journal(&scene, what));
                (world, *finding)
            }
            Plant::InCheckout(name) => {
                let world = scene.template.copy();
                put(&world.work().join(name.replace("RUN", &scene.run)), &scene.journal);
                (world, None)
            }
        };
        let said = bring_to_its_end(&scene, &world, (Damage::Kept, Place::Same, 0), Patience::Once);
        let told = finding.map(|finding| format!("warning: journal journal/{} {finding}", scene.run));
        assert!(told.as_ref().map_or_else(|| !said.contains("warning: "), |told| said.contains(told)), "{said}");
        reported.fetch_add(usize::from(finding.is_some()), Ordering::SeqCst);
    });
    let reported = reported.into_inner();
    println!("planted: {published} of {} published everything, {reported} findings reported", cases.len());
    assert_eq!((published, reported), (20, 8));
}

fn planted_journal(scene: &Scene, what: &str) -> Vec<u8> {
    let journal = &scene.journal;
    match what {
        "all done" => journal.clone(),
        "made-up receipts" => forged(journal),
        "another plan" => with_header(journal, |header| header.plan = Digest::of(b"another plan")),
        "another repository" => with_header(journal, |header| header.repository = RepositoryId::local("other")),
        "no header" => [MAGIC, &journal[MAGIC.len() + 1..]].concat(),
        "no journal" => b"everything is done\n".to_vec(),
        other => panic!("{other}"),
    }
}

fn killed(scene: &Scene, boundary: &str) -> World {
    let world = scene.template.copy();
    let killed = world.command(&world.work(), RELEASE, &[("BOWLINE_CRASH_AT", boundary)]).output().unwrap();
    expect_killed(killed.status);
    world
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}
