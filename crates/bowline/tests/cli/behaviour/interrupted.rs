//! A release that was killed: what is said about it, how it goes on, how it is taken back.

use crate::support::{everything, failure_code, hints, with_artifacts};
use bowline_testkit::World;
use std::os::unix::fs::PermissionsExt;

fn killed(at: &str) -> World {
    let world = with_artifacts();
    kill(&world, &["release", "--yes"], at);
    world
}

fn kill(world: &World, args: &[&str], at: &str) {
    let ran = world.bowline_with(args, &[("BOWLINE_CRASH_AT", at)]);
    assert_eq!(ran.code, None, "{at} was not passed\n{}", ran.snapshot());
}

#[test]
fn abort_before_the_push_leaves_a_clean_slate() {
    for at in ["effect:commit/objects", "effect:draft/create", "effect:draft/upload", "finished:draft/verify"] {
        let world = with_artifacts();
        let before = everything(&world, &world.work());
        kill(&world, &["release", "--yes"], at);
        let status = world.bowline(&["status"]).expect_code(0).stdout;
        assert!(status.contains("open, v1.1.0"), "{at}\n{status}");
        let ran = world.bowline(&["abort"]).expect_code(0);
        assert!(ran.stdout.starts_with("Aborted: "), "{}", ran.snapshot());
        assert_eq!(everything(&world, &world.work()), before, "{at}\n{}", ran.snapshot());
        let status = world.bowline(&["status"]).expect_code(0).stdout;
        assert!(status.contains("taken back, v1.1.0") && !status.contains("unfinished"), "{at}\n{status}");
        let again = world.bowline(&["abort"]).expect_code(0);
        assert_eq!(again.stdout, "Nothing to abort: no release is unfinished\n");
        let _ = world.bowline(&["release", "--yes"]).expect_code(0);
        assert!(world.visible().contains("release v1.1.0/assets/app.tar "), "{}", world.visible());
    }
}

/// A push that was begun can arrive after its sender has died.
#[test]
fn abort_while_a_push_may_arrive_refuses() {
    let world = killed("intent:push/refs");
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["abort"]).expect_code(22);
    assert_eq!(failure_code(&ran).as_deref(), Some("public"), "{}", ran.snapshot());
    assert_eq!(everything(&world, &world.work()), before);
    let _ = world.bowline(&["resume", "--yes"]).expect_code(0);
}

#[test]
fn abort_after_the_push_refuses() {
    let world = killed("effect:push/refs");
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["abort"]).expect_code(22);
    assert_eq!(failure_code(&ran).as_deref(), Some("public"), "{}", ran.snapshot());
    assert!(hints(&ran).contains("bowline resume"), "{}", ran.snapshot());
    assert_eq!(everything(&world, &world.work()), before);
}

#[test]
fn status_says_what_is_missing() {
    let world = killed("effect:push/refs");
    let ran = world.bowline(&["status"]).expect_code(0);
    assert!(ran.stdout.contains("unfinished  v1.1.0, missing: "), "{}", ran.snapshot());
    assert!(ran.stdout.contains("bowline resume"), "{}", ran.snapshot());
    let json = world.bowline(&["status", "--json"]).expect_code(0).json();
    assert_eq!(json["unfinished"]["tag"], "v1.1.0");
    assert_eq!(json["runs"][0]["state"], "open");
}

#[test]
fn resume_goes_on() {
    for at in ["effect:draft/upload", "effect:push/refs", "effect:publish/release"] {
        let world = killed(at);
        let ran = world.bowline(&["resume", "--yes"]).expect_code(0);
        assert!(ran.stdout.starts_with("Released app 1.1.0\n"), "{at}\n{}", ran.snapshot());
        assert!(ran.stderr.contains("goes on"), "{at}\n{}", ran.snapshot());
        assert_eq!(world.git(&["status", "--porcelain=v1", "--branch"]), "## main...origin/main");
        let again = world.bowline(&["resume"]).expect_code(0);
        assert_eq!(again.stdout, "Nothing to resume: no release is unfinished\n", "{at}");
    }
}

#[test]
fn resume_a_named_run() {
    let world = killed("effect:draft/create");
    let runs = world.bowline(&["status", "--json"]).expect_code(0).json();
    let run = runs["runs"][0]["run"].as_str().unwrap().to_owned();
    for name in ["zzz", "../x", "\u{1b}[31m"] {
        let ran = world.bowline(&["resume", name]).expect_code(2);
        assert_eq!(failure_code(&ran).as_deref(), Some("unknown_run"), "{}", ran.snapshot());
        assert!(hints(&ran).contains("bowline status"));
    }
    let result = world.bowline(&["resume", "--yes", "--json", run.get(..4).unwrap()]).expect_code(0).json();
    assert_eq!((&result["run"], &result["status"]), (&run.into(), &"released".into()));
}

#[test]
fn release_completes_first_and_then_goes_on() {
    let world = killed("effect:push/refs");
    world.git(&["pull", "--quiet", "--ff-only"]);
    world.commit_and_push("fix: after the crash");
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(ran.stderr.contains("An earlier release is unfinished"), "{}", ran.snapshot());
    assert!(ran.stdout.contains("Released app 1.1.1"), "{}", ran.snapshot());
    for tag in ["v1.1.0", "v1.1.1"] {
        assert!(world.visible().contains(&format!("release {tag}/assets/app.tar ")), "{tag} {}", world.visible());
    }
}

/// After the push nothing is taken back: the exit code says that something is public, and `resume` that it is done.
#[test]
fn a_failure_after_the_push() {
    let world = with_artifacts();
    let releases = world.releases();
    let hook = world.remote().join("hooks/post-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let script = format!("#!/bin/sh\nmv '{0}' '{0}.away'\n: > '{0}'\n", releases.display());
    std::fs::write(&hook, script).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = world.bowline(&["release", "--yes"]).expect_code(21);
    assert!(ran.stdout.contains("Next: bowline resume"), "{}", ran.snapshot());
    assert!(!hints(&ran).is_empty(), "{}", ran.snapshot());
    assert!(world.git_in(&world.remote(), &["tag"]).contains("v1.1.0"));
    std::fs::remove_file(&hook).unwrap();
    std::fs::remove_file(&releases).unwrap();
    std::fs::rename(releases.with_extension("away"), &releases).unwrap();
    let ran = world.bowline(&["resume", "--yes"]).expect_code(0);
    assert!(ran.stdout.starts_with("Released app 1.1.0\n"), "{}", ran.snapshot());
    assert_eq!(world.git_in(&world.remote(), &["tag"]), "v1.0.0\nv1.1.0");
}

/// No copy of the plan is left, and what flags asked for cannot be known: a person has to decide.
#[test]
fn a_plan_that_is_lost() {
    let world = with_artifacts();
    kill(&world, &["release", "--yes", "--bump", "major"], "effect:push/refs");
    std::fs::remove_dir_all(world.root().join("state")).unwrap();
    std::fs::remove_dir_all(world.releases()).unwrap();
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["release", "--yes"]).expect_code(22);
    assert_eq!(failure_code(&ran).as_deref(), Some("plan_lost"), "{}", ran.snapshot());
    assert!(!hints(&ran).is_empty());
    assert_eq!(everything(&world, &world.work()), before);
}

/// The same without such flags: it is computed again and goes on.
#[test]
fn a_plan_that_is_computed_again() {
    let world = killed("effect:push/refs");
    std::fs::remove_dir_all(world.root().join("state")).unwrap();
    std::fs::remove_dir_all(world.releases()).unwrap();
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(ran.stdout.contains("Released app 1.1.0"), "{}", ran.snapshot());
    assert_eq!(world.git_in(&world.remote(), &["tag"]), "v1.0.0\nv1.1.0");
}
