//! What is believed and what is not: plans that others left, commits that claim to be ours, checkouts at another commit,
//! and a second process.

use crate::support::{failure_code, hints, with_artifacts, with_package_json};
use bowline_testkit::World;
use std::path::Path;

fn kill(world: &World, dir: &Path, args: &[&str], at: &str) {
    let ran = world.bowline_in(dir, args, &[("BOWLINE_CRASH_AT", at)]);
    assert_eq!(ran.code, None, "{at} was not passed\n{}", ran.snapshot());
}

/// The artifacts of a lost release are never taken from the files of a newer commit.
#[test]
fn an_old_version_never_gets_the_files_of_a_newer_head() {
    let world = with_artifacts();
    kill(&world, &world.work(), &["release", "--yes"], "effect:push/refs");
    for folder in ["state", "data"] {
        std::fs::remove_dir_all(world.root().join(folder)).unwrap();
        std::fs::create_dir(world.root().join(folder)).unwrap();
    }
    world.git(&["pull", "--quiet", "--ff-only"]);
    world.write("src/app.txt", "newer code\n");
    world.commit_and_push("fix: newer code");
    world.write("dist/app.tar", "built from newer code");
    let ran = world.bowline(&["release", "--yes"]).expect_code(21);
    assert_eq!(failure_code(&ran).as_deref(), Some("artifacts_missing"), "{}", ran.snapshot());
    assert!(hints(&ran).contains("git switch --detach"), "{}", ran.snapshot());
    assert!(!world.visible().contains("release v1.1.0"), "{}", world.visible());
}

/// Who can write drafts cannot make others run commands.
#[test]
fn a_plan_that_only_a_draft_carries_runs_no_command_of_its_own() {
    let world = with_artifacts();
    let marker = world.root().join("ran");
    let evil = world.root().join("evil.toml");
    let text = format!("[artifacts]\ninclude = [\"dist/**\"]\n\n[build]\ncommand = [\"touch\", {marker:?}]\n");
    std::fs::write(&evil, text).unwrap();
    kill(&world, &world.work(), &["--config", evil.to_str().unwrap(), "release", "--yes"], "finished:draft/verify");
    std::fs::remove_file(&marker).unwrap();
    std::fs::remove_dir_all(world.root().join("state")).unwrap();
    std::fs::create_dir(world.root().join("state")).unwrap();
    let ran = world.bowline(&["release", "--yes"]).expect_code(22);
    assert_eq!(failure_code(&ran).as_deref(), Some("plan_not_trusted"), "{}", ran.snapshot());
    assert!(!marker.exists());
    assert!(!world.visible().contains("refs/tags/v1.1.0"), "{}", world.visible());
}

/// A plan made with flags is completed by whoever finds its draft.
#[test]
fn a_plan_made_with_flags_is_taken_from_its_draft() {
    let world = with_artifacts();
    kill(&world, &world.work(), &["release", "--yes", "--version", "3.0.0"], "finished:draft/verify");
    std::fs::remove_dir_all(world.root().join("state")).unwrap();
    std::fs::create_dir(world.root().join("state")).unwrap();
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(world.visible().contains("refs/tags/v3.0.0"), "{}", world.visible());
}

/// Anybody can write our trailers into a commit; it stays an ordinary commit.
#[test]
fn a_commit_with_our_trailers_stops_nothing_and_hides_nothing() {
    let world = with_package_json();
    let head = world.git(&["rev-parse", "HEAD"]);
    let plan = format!("sha256:{}", "0".repeat(64));
    world.write("src/app.txt", "three\n");
    world.commit_and_push(&format!("feat: claim\n\nBowline-Plan: {plan}\nBowline-Head: {head}\n"));
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(ran.stderr.contains("claims to be a release commit"), "{}", ran.snapshot());
    assert!(world.visible().contains("refs/tags/v1.1.0"), "{}", world.visible());

    // Copied to another place in history the trailers are not even a claim.
    let world = with_package_json();
    let head = world.git(&["rev-parse", "HEAD~1"]);
    world.write("src/app.txt", "three\n");
    world.commit_and_push(&format!("feat!: break it\n\nBowline-Plan: {plan}\nBowline-Head: {head}\n"));
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(world.visible().contains("refs/tags/v2.0.0"), "{}", world.visible());
}

#[test]
fn a_named_plan_waits_for_the_release_that_is_unfinished() {
    let world = with_package_json();
    kill(&world, &world.work(), &["release", "--yes"], "effect:push/refs");
    world.git(&["pull", "--quiet", "--ff-only"]);
    world.write("src/app.txt", "three\n");
    world.commit_and_push("fix: later");
    let plan = world.bowline(&["plan", "--json"]).expect_code(0);
    let file = world.root().join("plan.json");
    std::fs::write(&file, &plan.stdout).unwrap();
    let _ = world.bowline(&["release", "--yes", "--plan", file.to_str().unwrap()]).expect_code(0);
    for release in ["release v1.1.0/release.json", "release v1.1.1/release.json"] {
        assert!(world.visible().contains(release), "{}", world.visible());
    }
}

/// What was published by a run that died is verified by the next one.
#[test]
fn published_and_not_verified_is_not_complete() {
    let world = with_artifacts();
    kill(&world, &world.work(), &["release", "--yes"], "effect:publish/release");
    std::fs::write(world.releases().join("v1.1.0/assets/app.tar"), "altered one!").unwrap();
    let ran = world.bowline(&["release", "--yes"]).expect_code(30);
    assert_eq!(failure_code(&ran).as_deref(), Some("release_differs"), "{}", ran.snapshot());
}

/// What was refused before anything was done is not a run that goes on.
#[test]
fn a_refused_start_leaves_no_run() {
    let world = with_package_json();
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\",\n  \"mine\": 1\n}\n");
    let _ = world.bowline(&["release", "--yes"]).expect_code(10);
    let status = world.bowline(&["status"]).expect_code(0);
    assert!(!status.stdout.contains("run "), "{}", status.snapshot());
    world.git(&["restore", "package.json"]);
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(!ran.stderr.contains("goes on"), "{}", ran.snapshot());
}

/// With a push begun and a remote that cannot be asked, nobody can say that nothing is public.
#[test]
fn a_remote_that_is_gone_after_the_push_is_not_called_harmless() {
    let world = with_package_json();
    kill(&world, &world.work(), &["release", "--yes"], "effect:push/refs");
    let (there, away) = (world.remote(), world.root().join("away"));
    std::fs::rename(&there, &away).unwrap();
    for command in ["release", "resume", "abort"] {
        let ran = world.bowline(&[command, "--yes"]).expect_code(21);
        assert_eq!(failure_code(&ran).as_deref(), Some("remote_unreachable"), "{}", ran.snapshot());
    }
    std::fs::rename(&away, &there).unwrap();
    let _ = world.bowline(&["resume", "--yes"]).expect_code(0);
}

#[test]
fn two_processes_do_not_release_at_once() {
    let world = with_package_json();
    world.hook("pre-receive", "touch ../../pushing; while [ ! -e ../../go ]; do sleep 0.05; done");
    let mut first = world.command(&world.work(), &["release", "--yes"], &[]).spawn().unwrap();
    let waiting = std::time::Instant::now();
    while !world.root().join("pushing").exists() {
        assert!(waiting.elapsed().as_secs() < 30, "the first run does not reach its push");
        std::thread::yield_now();
    }
    let second = world.bowline(&["release", "--yes"]).expect_code(25);
    assert_eq!(failure_code(&second).as_deref(), Some("busy"), "{}", second.snapshot());
    std::fs::write(world.root().join("go"), "").unwrap();
    assert!(first.wait().unwrap().success());
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
}

#[test]
fn a_release_needs_its_remote_and_empty_inputs_count_as_absent() {
    let world = with_package_json();
    let ran = world.bowline(&["release", "--yes", "--offline"]).expect_code(2);
    assert_eq!(failure_code(&ran).as_deref(), Some("offline"), "{}", ran.snapshot());
    let empty = ["VERSION", "BUMP", "PRE", "BRANCH", "PLAN", "SKIP"].map(|name| format!("BOWLINE_{name}"));
    let env: Vec<(&str, &str)> = empty.iter().map(|name| (name.as_str(), "")).collect();
    let _ = world.bowline_with(&["release", "--yes"], &env).expect_code(0);
    assert!(world.visible().contains("refs/tags/v1.1.0"), "{}", world.visible());
}
