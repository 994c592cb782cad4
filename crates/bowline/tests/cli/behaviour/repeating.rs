//! After a release: where everything stands, and that doing it again does nothing.

use crate::support::{everything, objects, with_package_json};
use bowline_testkit::World;

#[test]
fn everything_is_at_the_release_commit() {
    let world = with_package_json();
    let head = world.git(&["rev-parse", "HEAD"]);
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    let commit = world.git(&["rev-parse", "HEAD"]);
    assert_ne!(commit, head);
    assert_eq!(world.git(&["rev-parse", "HEAD^"]), head);
    assert_eq!(world.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(world.git(&["rev-parse", "v1.1.0^{commit}"]), commit);
    assert_eq!(world.git(&["cat-file", "-t", "v1.1.0"]), "tag");
    assert_eq!(world.git(&["rev-parse", "origin/main"]), commit);
    assert_eq!(world.git_in(&world.remote(), &["rev-parse", "main"]), commit);
    assert_eq!(world.git(&["status", "--porcelain=v1", "--branch"]), "## main...origin/main");
    assert!(world.read("package.json").contains("\"version\": \"1.1.0\""));
    let message = world.git(&["log", "-1", "--format=%B%an <%ae>"]);
    assert!(message.starts_with("chore(release): 1.1.0\n\nBowline-Plan: sha256:"), "{message}");
    assert!(message.contains(&format!("\nBowline-Head: {head}\n")), "{message}");
}

#[test]
fn a_second_run_of_anything_changes_nothing() {
    let world = with_package_json();
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    let before = everything(&world, &world.work());
    let count = objects(&world, &world.work());
    for (args, expected) in [
        (&["release", "--yes"][..], "Nothing to release: head is v1.1.0\n"),
        (&["release"], "Nothing to release: head is v1.1.0\n"),
        (&["plan"], "Nothing to release: head is v1.1.0\n"),
        (&["check"], "Nothing to release: head is v1.1.0\n"),
        (&["resume"], "Nothing to resume: no release is unfinished\n"),
        (&["abort"], "Nothing to abort: no release is unfinished\n"),
    ] {
        let ran = world.bowline(args).expect_code(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (expected, ""), "{args:?}");
    }
    assert_eq!(everything(&world, &world.work()), before);
    assert_eq!(objects(&world, &world.work()), count);
    let ran = world.bowline(&["release", "--yes", "--require-release"]).expect_code(4);
    assert!(ran.stderr.contains("nothing to release: head is v1.1.0"), "{}", ran.snapshot());
}

/// Another machine: its own clone and its own state, the same remote and the same place for releases.
fn other_machine(world: &World, name: &str) -> std::path::PathBuf {
    world.git_in(world.root(), &["clone", "--quiet", "remote/app.git", name]);
    world.root().join(name)
}

#[test]
fn somebody_else_released_this_head() {
    let world = with_package_json();
    let other = other_machine(&world, "other");
    let state = world.root().join("other-state").to_string_lossy().into_owned();
    let env = [("XDG_STATE_HOME", state.as_str())];
    let _ = world.bowline_in(&other, &["release", "--yes"], &env).expect_code(0);
    let before = world.visible();
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert_eq!(ran.stdout, "Nothing to release: already released as v1.1.0\n", "{}", ran.snapshot());
    assert_eq!(world.visible(), before);
    let commit = world.git_in(&other, &["rev-parse", "HEAD"]);
    assert_eq!(world.git(&["rev-parse", "HEAD"]), commit);
    assert_eq!(world.git(&["rev-parse", "v1.1.0^{commit}"]), commit);
    assert_eq!(world.git(&["status", "--porcelain=v1"]), "");
    assert!(world.read("package.json").contains("1.1.0"));
}

#[test]
fn somebody_else_released_and_the_checkout_is_in_use() {
    let world = with_package_json();
    let other = other_machine(&world, "other");
    let state = world.root().join("other-state").to_string_lossy().into_owned();
    let _ = world.bowline_in(&other, &["release", "--yes"], &[("XDG_STATE_HOME", &state)]).expect_code(0);
    world.write("package.json", "{ \"mine\": true }\n");
    let head = world.git(&["rev-parse", "HEAD"]);
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(ran.stdout.contains("already released as v1.1.0"), "{}", ran.snapshot());
    assert!(
        ran.stderr.contains("the checkout could not be brought to the release: package.json"),
        "{}",
        ran.snapshot()
    );
    assert_eq!(world.read("package.json"), "{ \"mine\": true }\n");
    assert_eq!(world.git(&["rev-parse", "HEAD"]), head);
}

#[test]
fn work_since_the_release_is_left_alone() {
    let world = with_package_json();
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    world.write("package.json", "{ \"staged\": true }\n");
    world.git(&["add", "package.json"]);
    world.write("package.json", "{ \"not staged\": true }\n");
    std::fs::remove_file(world.work().join("CHANGELOG.md")).unwrap();
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("Nothing to release: head is v1.1.0\n", ""));
    assert_eq!(everything(&world, &world.work()), before);
}

#[test]
fn release_after_release() {
    let world = with_package_json();
    for (message, expected) in [("fix: one", "1.1.0"), ("fix: two", "1.1.1"), ("feat!: three", "2.0.0")] {
        world.commit_and_push(message);
        let ran = world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
        assert_eq!(ran["packages"][0]["version"], expected);
    }
    let tags = world.git(&["tag", "--list", "--sort=version:refname"]);
    assert_eq!(tags, "v1.0.0\nv1.1.0\nv1.1.1\nv2.0.0");
    let changelog = world.read("CHANGELOG.md");
    let positions: Vec<_> = ["## 2.0.0", "## 1.1.1", "## 1.1.0"].map(|title| changelog.find(title)).into();
    assert!(positions.iter().all(Option::is_some) && positions.is_sorted(), "{changelog}");
    assert_eq!(changelog.matches("- two (").count(), 1, "{changelog}");
}

/// A workflow that asks for the same bump every time is started by the release commit that it pushed.
#[test]
fn what_is_released_is_not_raised_again_when_told_so() {
    let world = with_package_json();
    let asked = ["release", "--yes", "--bump", "major", "--unless-released"];
    let _ = world.bowline(&asked).expect_code(0);
    let tags = world.git(&["tag", "--list"]);
    for at in ["HEAD", "HEAD~1"] {
        world.git(&["checkout", "--quiet", "--detach", at]);
        let again = world.bowline(&[&asked[..], &["--branch", "main"]].concat()).expect_code(0);
        assert!(again.stdout.contains("Nothing to release"), "{}", again.snapshot());
        let planned =
            world.bowline(&["plan", "--bump", "major", "--unless-released", "--branch", "main"]).expect_code(0);
        assert!(planned.stdout.contains("Nothing to release"), "{}", planned.snapshot());
    }
    assert_eq!(world.git(&["tag", "--list"]), tags);
}
