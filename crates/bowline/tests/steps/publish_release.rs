//! `publish/release`: only with the tag in its place, and the right one is the latest.

use crate::shared::{Meddle, asset, at, finish, release, somebody_commits, stopped};
use crate::worlds;
use bowline_engine::{Check, Look, Step, StepMeta};
use bowline_model::git::Marker;
use bowline_model::plan::Plan;
use bowline_model::step::Verdict;
use bowline_model::{Digest, Failure};
use bowline_port::forge::NewRelease;
use bowline_steps::publish::release::{Publish, is_latest};
use bowline_testkit::World;
use bowline_testkit::bench::Bench;

#[test]
fn a_tag_that_is_gone_needs_a_person() {
    let bench = worlds::bench(worlds::with_artifacts());
    let remote = bench.world.remote();
    let remove = || drop(bench.world.git_in(&remote, &["update-ref", "-d", "refs/tags/v1.1.0"]));
    let failure =
        stopped(&bench.run_with(&Meddle::before("publish/release", remove)), 22, "tag_not_in_place", "publish/release");
    assert!(failure.message.contains("v1.1.0"), "{failure:?}");
    assert!(!bench.world.releases().join("v1.1.0").exists(), "the forge makes no tag of its own");
    finish(&bench);
    let other = somebody_commits(&bench.world, "other");
    assert_ne!(at(&bench.world, "v1.1.0^{commit}"), other);
}

#[test]
fn a_tag_that_was_moved_is_left_where_it_is() {
    let bench = worlds::bench(worlds::with_artifacts());
    let remote = bench.world.remote();
    let tag = std::cell::RefCell::new(String::new());
    let moved = || {
        tag.replace(at(&bench.world, "refs/tags/v1.1.0"));
        bench.world.git_in(&remote, &["update-ref", "refs/tags/v1.1.0", "v1.0.0"]);
    };
    stopped(&bench.run_with(&Meddle::before("publish/release", moved)), 22, "tag_not_in_place", "publish/release");
    stopped(&bench.run(&bowline_testkit::bench::At::default()), 23, "tag_taken", "gate/remote");
    assert_eq!(at(&bench.world, "refs/tags/v1.1.0"), at(&bench.world, "v1.0.0"));
    assert!(!bench.world.releases().join("v1.1.0").exists());
    // `bowline resume` goes on when it is back.
    bench.world.git_in(&remote, &["update-ref", "refs/tags/v1.1.0", &tag.borrow()]);
    finish(&bench);
}

#[test]
fn a_draft_that_is_gone_is_made_again_from_the_frozen_bytes() {
    let bench = worlds::bench(worlds::with_artifacts());
    let lose = || std::fs::remove_dir_all(bench.world.releases().join(".staging")).unwrap();
    let failure =
        stopped(&bench.run_with(&Meddle::before("publish/release", lose)), 21, "release_vanished", "publish/release");
    assert!(failure.hints[0].contains("bowline resume"), "{failure:?}");
    let world = worlds::with_artifacts();
    let at = [("BOWLINE_CRASH_AT", "step-started:publish/release")];
    assert_eq!(world.bowline_with(&["release"], &at).code, None);
    std::fs::remove_dir_all(world.releases().join(".staging")).unwrap();
    world.write("dist/app.tar", "another build");
    let _ = world.bowline(&["resume"]).expect_code(0);
    assert_eq!(asset(&world, "v1.1.0", "app.tar"), "artifact one");
}

#[test]
fn a_draft_that_lost_a_file_is_not_published() {
    let bench = worlds::bench(worlds::with_artifacts());
    let staging = bench.world.releases().join(".staging");
    let lose = || {
        let draft = std::fs::read_dir(&staging).unwrap().next().unwrap().unwrap().path();
        std::fs::remove_file(draft.join("assets/app.tar")).unwrap();
    };
    stopped(&bench.run_with(&Meddle::before("publish/release", lose)), 21, "release_vanished", "publish/release");
    assert!(!bench.world.releases().join("v1.1.0").exists(), "an incomplete release is public");
    finish(&bench);
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "artifact one");
}

#[test]
fn a_release_of_somebody_else_is_not_touched() {
    let bench = worlds::bench(worlds::with_artifacts());
    let publish = || {
        let new = NewRelease {
            tag: bench.plan.packages[0].tag.clone(),
            commit: bench.plan.repository.head,
            name: "theirs".to_owned(),
            notes: "by hand".to_owned(),
            prerelease: false,
            marker: Marker { plan: Digest::of(b"another plan"), head: bench.marker.head },
        };
        let draft = bench.doors.forge.create_draft(&new).unwrap();
        bench.doors.forge.publish(&draft, false).unwrap();
    };
    stopped(&bench.run_with(&Meddle::before("publish/release", publish)), 23, "release_taken", "publish/release");
    let notes = std::fs::read_to_string(bench.world.releases().join("v1.1.0/notes.md")).unwrap();
    assert_eq!(notes.trim(), "by hand");
}

/// Makes a commit on the checked-out branch, releases it, and says what readers are shown as the latest.
fn latest_after(world: &World, message: &str, args: &[&str], tag: &str) -> String {
    world.commit_and_push(message);
    let result = release(world, args, 0);
    assert_eq!(result["packages"][0]["tag"], tag, "{result:#}");
    std::fs::read_to_string(world.releases().join("latest")).unwrap_or_default().trim().to_owned()
}

#[test]
fn the_latest_is_the_highest_final_one() {
    let world = worlds::tags_only();
    assert_eq!(latest_after(&world, "feat: a", &["--pre", "rc"], "v1.1.0-rc.0"), "", "a pre-release never is");
    assert_eq!(latest_after(&world, "fix: b", &[], "v1.1.0"), "v1.1.0");
    assert_eq!(latest_after(&world, "feat: c", &["--pre", "rc"], "v1.2.0-rc.0"), "v1.1.0");
    // By number and not by text.
    assert_eq!(latest_after(&world, "feat: d", &["--version", "1.9.0"], "v1.9.0"), "v1.9.0");
    assert_eq!(latest_after(&world, "feat: e", &[], "v1.10.0"), "v1.10.0");
}

#[test]
fn a_lost_pointer_to_the_latest_is_made_again() {
    let bench = worlds::bench(worlds::with_artifacts());
    finish(&bench);
    let pointer = bench.world.releases().join("latest");
    for damage in ["rm", "echo '../..' >", "echo v1.0.0 >"] {
        bench.world.shell(&format!("{damage} '{}'", pointer.display()));
        finish(&bench);
        assert_eq!(std::fs::read_to_string(&pointer).unwrap(), "v1.1.0\n", "{damage}");
    }
}

/// Asks whether the release would be the latest.
struct Latest;

impl Check for Latest {
    type Receipt = bool;
    type Error = Failure;
    const META: StepMeta = StepMeta { id: "test/latest", ..<Publish as Step>::META };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn check(&self, look: &Look<'_>) -> Result<bool, Failure> {
        is_latest(look)
    }
}

#[test]
fn an_older_line_does_not_become_the_latest() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    let check = |bench: &Bench, shown: &str, expected: bool| {
        std::fs::create_dir_all(bench.world.releases()).unwrap();
        std::fs::write(bench.world.releases().join("latest"), format!("{shown}\n")).unwrap();
        assert_eq!(bench.check(&Latest).unwrap(), expected, "1.1.0 beside {shown}");
    };
    assert!(bench.check(&Latest).unwrap(), "the first one is");
    for (shown, expected) in [
        ("v1.0.0", true),
        ("v1.0.99", true),
        ("v1.1.0-rc.1", true),
        ("v1.1.0", true),
        ("v1.1.1", false),
        ("v1.10.0", false),
        ("v2.0.0", false),
        ("2.0.0", false),
        ("nightly", true),
    ] {
        check(&bench, shown, expected);
    }
    bench.plan.packages[0].prerelease = true;
    check(&bench, "v1.0.0", false);
    std::fs::remove_file(bench.world.releases().join("latest")).unwrap();
    assert!(!bench.check(&Latest).unwrap(), "not even the first one");
}
