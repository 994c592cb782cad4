//! Bringing a killed release to its end, and what must hold on the way.

use crate::damage::Damage;
use crate::scene::{RELEASE, Scene, TAG, Variant, clone, name_of, state, view, walk};
use bowline_model::Digest;
use bowline_testkit::World;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the release is run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the checkout that it was started in.
    Same,
    /// In a new clone.
    Clone,
}

/// How often the program may be run again until everything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The first time.
    Once,
    /// The second time, when the first one met what was still in flight and said so.
    Twice,
}

/// Damages the journal of a release that was killed in `world`, runs it again, and checks everything that must hold.
/// Returns what the run that went on said to people.
pub(crate) fn bring_to_its_end(
    scene: &Scene,
    world: &World,
    (damage, place, number): (Damage, Place, u64),
    patience: Patience,
) -> String {
    check_published(world);
    check_run(scene, world);
    damage.apply(scene, world, number);
    let left = view(world, &world.work());
    let dir = match place {
        Place::Same => world.work(),
        Place::Clone => clone(world),
    };
    if place == Place::Clone && scene.variant == Variant::Prebuilt && !bytes_are_somewhere(scene, world, damage) {
        refuse_without_artifacts(world, &dir, damage);
    }
    let mut ran = world.bowline_in(&dir, RELEASE, &[]);
    if patience == Patience::Twice && ran.code != Some(0) {
        assert!(matches!(ran.code, Some(20 | 21 | 23)), "{}", ran.snapshot());
        check_published(world);
        ran = world.bowline_in(&dir, RELEASE, &[]);
    }
    let said = ran.expect_code(0).stderr;
    check_end(scene, world, patience);
    if place == Place::Clone {
        same(&view(world, &dir), &scene.clone, "the new clone");
        same(&view(world, &world.work()), &left, "the old checkout, which nobody worked in");
        let _ = world.bowline(RELEASE).expect_code(0);
    }
    same(&view(world, &world.work()), &scene.here, "the checkout");
    for dir in BTreeSet::from([dir, world.work()]) {
        check_no_op(scene, world, &dir, patience);
    }
    said
}

/// One more run changes nothing and says why.
pub(crate) fn check_no_op(scene: &Scene, world: &World, dir: &Path, patience: Patience) {
    let before = view(world, dir);
    let again = world.bowline_in(dir, RELEASE, &[]).expect_code(0);
    let said = [format!("head is {TAG}"), format!("already released as {TAG}")];
    assert!(said.iter().any(|words| again.stdout.contains(words)), "{}", again.snapshot());
    same(&view(world, dir), &before, "after a run with nothing to do");
    check_end(scene, world, patience);
}

/// One commit, one tag, one release, every asset once; nothing half-made, and nothing that is thought to be open.
fn check_end(scene: &Scene, world: &World, patience: Patience) {
    match patience {
        Patience::Once => same(&world.visible(), &scene.visible, "the outside world"),
        Patience::Twice => same(&without_lists(&world.visible()), &without_lists(&scene.visible), "the outside world"),
    }
    check_published(world);
    let staging = std::fs::read_dir(world.releases().join(".staging"));
    let left = staging.map(|entries| entries.map(|entry| name_of(&entry.unwrap().path())).collect::<Vec<_>>());
    // The empty folder goes with the overview, when that is made.
    assert!(left.is_err() || patience == Patience::Twice && left.as_ref().unwrap().is_empty(), ".staging: {left:?}");
    let Some(state) = state(world) else { return };
    let mut private = Vec::new();
    walk(&state.join(".scratch"), &mut |path| private.push(path.to_owned()));
    assert!(private.is_empty(), "private files are left: {private:?}");
    let mut unfinished = Vec::new();
    walk(&state, &mut |path| unfinished.extend(name_of(path).ends_with(".tmp").then(|| path.to_owned())));
    // One kill leaves at most one; the next write beside it takes it away.
    assert!(unfinished.len() <= 1, "temporary files pile up: {unfinished:?}");
    walk(&state.join("runs"), &mut |path| {
        if unfinished.iter().any(|unfinished| unfinished == path) {
            return;
        }
        let run = std::fs::read_to_string(path).unwrap();
        assert!(run.contains("\"complete\""), "a run is not known to be complete: {run}");
    });
}

/// Without the local forge's overview: killed between the release and its overview, that is made by the next release.
pub(crate) fn without_lists(visible: &str) -> String {
    let lists = ["release index.html", "release latest "];
    visible
        .lines()
        .filter(|line| !lists.iter().any(|list| line.starts_with(list)))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Every attempt makes the same plan.
fn check_run(scene: &Scene, world: &World) {
    let Some(state) = state(world) else { return };
    walk(&state.join("runs"), &mut |path| {
        // Killed while the run was noted.
        if name_of(path).ends_with(".tmp") {
            return;
        }
        assert_eq!(name_of(path), format!("{}.json", scene.run), "another plan");
    });
}

/// A published release has every file that its checksums name, and no other, at any instant.
pub(crate) fn check_published(world: &World) {
    let Ok(entries) = std::fs::read_dir(world.releases()) else { return };
    for release in entries.map(|entry| entry.unwrap().path()) {
        if !release.is_dir() || release.ends_with(".staging") {
            continue;
        }
        let assets = release.join("assets");
        let sums = std::fs::read_to_string(assets.join("SHA256SUMS")).unwrap();
        let listed: BTreeSet<(String, String)> = sums
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(hex, name)| (name.into(), hex.into()))
            .collect();
        let mut found = BTreeSet::new();
        walk(&assets, &mut |path| {
            let name = name_of(path);
            if name != "SHA256SUMS" {
                found.insert((name, Digest::of(&std::fs::read(path).unwrap()).hex()));
            }
        });
        assert_eq!(found, listed, "{} is public and incomplete", release.display());
        assert!(release.join("release.json").is_file() && release.join("notes.md").is_file());
    }
}

/// Whether a machine without the artifacts can go on: the frozen ones are in state and a draft was begun (before that
/// the files at hand count, unless the journal says that all is public), or all of them are in a release.
fn bytes_are_somewhere(scene: &Scene, world: &World, damage: Damage) -> bool {
    let visible = world.visible();
    let frozen = state(world).is_some_and(|state| {
        std::fs::read_dir(state.join("manifests")).is_ok_and(|mut manifests| manifests.next().is_some())
    });
    let begun = visible.contains("release .staging/") || damage.claims_all();
    let of_release = |line: &str| line.split_once("/assets/").map(|(_, asset)| asset.to_owned());
    let assets = |visible: &str| visible.lines().filter_map(of_release).collect::<BTreeSet<_>>();
    frozen && begun || assets(&visible) == assets(&scene.visible)
}

/// A machine that can have the artifacts from nowhere says so and touches nothing; with them it can go on.
fn refuse_without_artifacts(world: &World, dir: &Path, damage: Damage) {
    let before = world.visible();
    let ran = world.bowline_in(dir, RELEASE, &[]);
    // A journal that says that something was pushed is not believed, and makes the answer a careful one.
    assert!(ran.code == Some(20) || damage.claims_all() && ran.code == Some(21), "{}", ran.snapshot());
    assert!(ran.stderr.contains("artifacts_missing"), "{}", ran.snapshot());
    assert_eq!(public(&world.visible()), public(&before), "something public happened");
    world.shell(&format!("cp -r dist '{}'", dir.display()));
}

/// What a visitor can see of `visible`.
fn public(visible: &str) -> Vec<&str> {
    visible.lines().filter(|line| !line.contains(".staging/")).collect()
}

/// Fails unless the program was ended by SIGKILL.
pub(crate) fn expect_killed(status: std::process::ExitStatus) {
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(status.signal(), Some(9), "the program was to be killed: {status}");
}

/// Fails with the lines that differ.
pub(crate) fn same(found: &str, expected: &str, what: &str) {
    let missing = |from: &str, lines: &str, mark: &str| -> String {
        let differs = |line: &&str| !from.lines().any(|other| other == *line);
        lines.lines().filter(differs).map(|line| format!("{mark} {line}\n")).collect()
    };
    let difference = missing(expected, found, "+") + &missing(found, expected, "-");
    assert!(found == expected, "{what}:\n{difference}");
}

/// Runs every case, on all processors; fails with all that went wrong.
pub(crate) fn all<T: Sync + std::fmt::Debug>(cases: &[T], run: impl Fn(&T) + Sync) -> usize {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
            if let Err(why) = catch_unwind(AssertUnwindSafe(|| run(case))) {
                wrong.lock().unwrap().push(format!("{case:?}: {}", words(why.as_ref())));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} cases:\n\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
    cases.len()
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

/// Numbers that depend on the seed alone: the same seed gives the same campaign.
pub(crate) struct Dice(u64);

impl Dice {
    /// `BOWLINE_CRASH_SEED`, or always the same.
    pub(crate) fn new() -> (Self, u64) {
        let seed = setting("BOWLINE_CRASH_SEED").unwrap_or(1);
        (Self(seed), seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        // SplitMix64: small, and good enough to choose cases.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.next() % all.len() as u64).unwrap()]
    }
}

/// A number from a variable of whoever runs the campaign.
#[expect(clippy::disallowed_methods, reason = "the campaign's own settings, not the program's")]
pub(crate) fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
