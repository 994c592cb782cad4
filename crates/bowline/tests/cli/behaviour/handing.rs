//! A release that one job begins and another one ends: what is handed over, and what is refused on the way.

use crate::support::{everything, failure_code, hints, with_artifacts};
use bowline_testkit::{Ran, World};
use std::path::PathBuf;

fn folder(world: &World) -> PathBuf {
    world.root().join("handed")
}

/// Begins the release with a build job that may write nowhere, and returns the digest of what it handed over.
fn hand_over(world: &World, until: &str) -> String {
    let dir = folder(world);
    let args = ["release", "--until", until, "--handoff", dir.to_str().unwrap(), "--json"];
    let ran = world.bowline(&args).expect_code(0);
    assert_eq!(ran.json()["status"], "paused");
    ran.json()["handoff_digest"].as_str().unwrap().to_owned()
}

/// A publishing job on a machine that has nothing but a new clone and the folder.
struct Publisher {
    dir: PathBuf,
    state: String,
}

impl Publisher {
    fn new(world: &World) -> Self {
        world.git_in(world.root(), &["clone", "--quiet", world.remote().to_str().unwrap(), "publisher"]);
        let state = world.root().join("state of the publisher").to_string_lossy().into_owned();
        Self { dir: world.root().join("publisher"), state }
    }

    fn take_over(&self, world: &World, digest: &str) -> Ran {
        let handed = folder(world);
        let args = ["release", "--yes", "--handoff", handed.to_str().unwrap(), "--handoff-digest", digest];
        world.bowline_in(&self.dir, &args, &[("BOWLINE_STATE_DIR", self.state.as_str())])
    }
}

#[test]
fn what_was_built_is_what_is_published() {
    for until in ["build", "validate", "sign"] {
        let world = with_artifacts();
        let before = world.visible();
        let digest = hand_over(&world, until);
        assert_eq!(world.visible(), before, "{until}: the first job wrote somewhere");
        let publisher = Publisher::new(&world);
        // What lies about in the second job's checkout does not ship.
        std::fs::create_dir(publisher.dir.join("dist")).unwrap();
        std::fs::write(publisher.dir.join("dist/app.tar"), "another build").unwrap();
        std::fs::write(publisher.dir.join("dist/more.tar"), "more").unwrap();
        let _ = publisher.take_over(&world, &digest).expect_code(0);
        let assets = world.releases().join("v1.1.0/assets");
        assert_eq!(std::fs::read_to_string(assets.join("app.tar")).unwrap(), "artifact one");
        assert!(!assets.join("more.tar").exists());
        let again = publisher.take_over(&world, &digest).expect_code(0);
        assert!(again.stdout.contains("v1.1.0"), "{}", again.snapshot());
    }
}

/// A job that builds by itself gets the version from the plan and the commit from the bundle.
#[test]
fn a_bundle_brings_release_commit_and_tag() {
    let world = with_artifacts();
    hand_over(&world, "commit");
    let publisher = Publisher::new(&world);
    let bundle = folder(&world).join("release.bundle").to_string_lossy().into_owned();
    world.git_in(&publisher.dir, &["fetch", "--quiet", &bundle, "refs/tags/v1.1.0:refs/tags/v1.1.0"]);
    let version = world.git_in(&publisher.dir, &["show", "v1.1.0:package.json"]);
    assert!(version.contains("1.1.0"), "{version}");
}

#[test]
fn every_change_on_the_way_is_noticed() {
    let world = with_artifacts();
    let digest = hand_over(&world, "sign");
    let publisher = Publisher::new(&world);
    let before = everything(&world, &publisher.dir);
    for name in ["handoff.json", "plan.json", "release.bundle", "artifacts/app.tar", "artifacts/app.zip"] {
        let path = folder(&world).join(name);
        let good = std::fs::read(&path).unwrap();
        let mut flipped = good.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for bad in [flipped, good[..middle].to_vec(), [&good[..], b"\n"].concat(), Vec::new()] {
            std::fs::write(&path, &bad).unwrap();
            let ran = publisher.take_over(&world, &digest).expect_code(30);
            assert_eq!(failure_code(&ran).as_deref(), Some("handoff_differs"), "{name}: {}", ran.snapshot());
            assert_eq!(everything(&world, &publisher.dir), before, "{name}");
        }
        std::fs::remove_file(&path).unwrap();
        let ran = publisher.take_over(&world, &digest).expect_code(20);
        assert!(!hints(&ran).is_empty(), "{name}: {}", ran.snapshot());
        std::os::unix::fs::symlink("/etc/hostname", &path).unwrap();
        assert_ne!(publisher.take_over(&world, &digest).code, Some(0), "{name}: a link was followed");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &good).unwrap();
        assert_eq!(everything(&world, &publisher.dir), before, "{name}");
    }
    let _ = publisher.take_over(&world, &digest).expect_code(0);
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let world = with_artifacts();
    let dir = folder(&world);
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("mine.txt"), "mine").unwrap();
    let args = ["release", "--until", "sign", "--handoff", dir.to_str().unwrap()];
    let ran = world.bowline(&args).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("handoff_folder"), "{}", ran.snapshot());
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
    std::fs::remove_file(dir.join("mine.txt")).unwrap();
    // What an earlier attempt handed over is replaced.
    let (first, second) = (hand_over(&world, "build"), hand_over(&world, "sign"));
    assert_ne!(first, second);
    let _ = Publisher::new(&world).take_over(&world, &second).expect_code(0);
}

#[test]
fn a_plan_of_another_head_or_repository_is_refused() {
    let world = with_artifacts();
    let digest = hand_over(&world, "sign");
    world.write("src/app.txt", "newer\n");
    world.commit_and_push("fix: newer");
    let publisher = Publisher::new(&world);
    let ran = publisher.take_over(&world, &digest).expect_code(23);
    assert_eq!(failure_code(&ran).as_deref(), Some("plan_of_another_head"), "{}", ran.snapshot());
    let other = with_artifacts();
    other.git(&["remote", "set-url", "origin", "../remote/other.git"]);
    other.git_in(other.root(), &["clone", "--quiet", "--bare", "remote/app.git", "remote/other.git"]);
    let handed = folder(&world).to_string_lossy().into_owned();
    let ran = other.bowline(&["release", "--handoff", &handed, "--handoff-digest", &digest]).expect_code(23);
    assert_eq!(failure_code(&ran).as_deref(), Some("plan_altered"), "{}", ran.snapshot());
}

#[test]
fn flags_that_say_nothing_are_explained() {
    let world = with_artifacts();
    for args in [
        &["release", "--handoff", "x"][..],
        &["release", "--handoff", "x", "--until", "gate"],
        &["release", "--handoff", "x", "--until", "draft"],
        &["release", "--handoff", "x", "--handoff-digest", "sha256:12"],
        &["release", "--handoff-digest", "sha256:12"],
        &["release", "--until", "tomorrow"],
        &["release", "--wait", "15"],
    ] {
        let ran = world.bowline(args).expect_code(2);
        assert!(ran.stderr.contains("error"), "{args:?}: {}", ran.snapshot());
    }
    assert!(!world.work().join("x").exists());
}
