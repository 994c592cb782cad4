//! A release that one job begins and another one ends: what is handed over, and what is refused on the way.

use crate::support::{everything, failure_code, files, hints, with_artifacts};
use bowline_testkit::{Ran, World};
use std::path::PathBuf;

fn shipped(world: &World) -> String {
    std::fs::read_to_string(world.releases().join("v1.1.0/assets/app.tar")).unwrap()
}

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
        self.take_over_with(world, digest, &[], "")
    }

    fn take_over_with(&self, world: &World, digest: &str, more: &[&str], crash: &str) -> Ran {
        let handed = folder(world);
        let mut args = vec!["release", "--yes", "--handoff", handed.to_str().unwrap(), "--handoff-digest", digest];
        args.extend(more);
        let variables = [("BOWLINE_STATE_DIR", self.state.as_str()), ("BOWLINE_CRASH_AT", crash)];
        world.bowline_in(&self.dir, &args, &variables)
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
        std::fs::write(&path, &good).unwrap();
        let refused = |what: &str| {
            let ran = publisher.take_over(&world, &digest).expect_code(30);
            assert_eq!(failure_code(&ran).as_deref(), Some("handoff_differs"), "{name}: {}", ran.snapshot());
            assert!(ran.stderr.contains(name) && ran.stderr.contains(what), "{name}: {}", ran.snapshot());
            assert!(!hints(&ran).is_empty(), "{name}: {}", ran.snapshot());
            assert_eq!(everything(&world, &publisher.dir), before, "{name}");
        };
        let aside = world.root().join("aside");
        std::fs::rename(&path, &aside).unwrap();
        refused("missing");
        std::os::unix::fs::symlink(&aside, &path).unwrap();
        refused("link");
        std::fs::remove_file(&path).unwrap();
        std::fs::hard_link(&aside, &path).unwrap();
        refused("link");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        refused("no ordinary file");
        std::fs::remove_dir(&path).unwrap();
        world.shell(&format!("mkfifo '{}'", path.display()));
        refused("no ordinary file");
        std::fs::remove_file(&path).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        refused("no ordinary file");
        drop(socket);
        std::fs::remove_file(&path).unwrap();
        std::fs::rename(&aside, &path).unwrap();
        assert_eq!(everything(&world, &publisher.dir), before, "{name}");
    }
    let _ = publisher.take_over(&world, &digest).expect_code(0);
}

/// A job that builds runs code of others. It may hand over any plan with its right digest, and no other than the one that was
/// approved goes on.
#[test]
fn another_plan_than_the_expected_one_goes_no_further() {
    let world = with_artifacts();
    let dir = folder(&world);
    let planned = world.bowline(&["plan", "--json"]).expect_code(0).json()["id"].as_str().unwrap().to_owned();
    let args = ["release", "--bump", "major", "--until", "sign", "--handoff", dir.to_str().unwrap(), "--json"];
    let other = world.bowline(&args).expect_code(0).json()["handoff_digest"].as_str().unwrap().to_owned();
    let publisher = Publisher::new(&world);
    let before = everything(&world, &publisher.dir);
    let ran = publisher.take_over_with(&world, &other, &["--plan", &planned, "--json"], "").expect_code(30);
    assert_eq!(failure_code(&ran).as_deref(), Some("handoff_other_plan"), "{}", ran.snapshot());
    assert_eq!(everything(&world, &publisher.dir), before);
    let ran = publisher.take_over_with(&world, &other, &["--plan", "plan.json", "--json"], "").expect_code(2);
    assert_eq!(failure_code(&ran).as_deref(), Some("handoff_plan"), "{}", ran.snapshot());

    let digest = hand_over(&world, "sign");
    for _ in 0..2 {
        // Done again, it is done.
        let _ = publisher.take_over_with(&world, &digest, &["--plan", &planned], "").expect_code(0);
    }
    assert!(world.visible().contains("v1.1.0"));
}

#[test]
fn what_was_added_on_the_way_is_noticed() {
    let world = with_artifacts();
    let digest = hand_over(&world, "sign");
    let publisher = Publisher::new(&world);
    let before = everything(&world, &publisher.dir);
    let refused = |what: &str| {
        let ran = publisher.take_over(&world, &digest).expect_code(30);
        assert_eq!(failure_code(&ran).as_deref(), Some("handoff_differs"), "{}", ran.snapshot());
        assert!(ran.stderr.contains(what), "{what}: {}", ran.snapshot());
        assert_eq!(everything(&world, &publisher.dir), before, "{what}");
    };
    for name in ["more.txt", "artifacts/more.tar", ".hidden"] {
        let path = folder(&world).join(name);
        std::fs::write(&path, "more").unwrap();
        refused(name);
        std::fs::remove_file(&path).unwrap();
    }
    std::fs::create_dir(folder(&world).join("more")).unwrap();
    refused("more");
    std::fs::remove_dir(folder(&world).join("more")).unwrap();
    let (artifacts, aside) = (folder(&world).join("artifacts"), world.root().join("aside"));
    std::fs::rename(&artifacts, &aside).unwrap();
    refused("artifacts/app.tar is missing");
    std::os::unix::fs::symlink(&aside, &artifacts).unwrap();
    refused("artifacts is a symbolic link");
    std::fs::remove_file(&artifacts).unwrap();
    std::fs::rename(&aside, &artifacts).unwrap();
    let _ = publisher.take_over(&world, &digest).expect_code(0);
}

/// A folder that somebody prepared: what is in it leads out of it, and nothing may be written there.
#[test]
fn nothing_is_written_through_a_link() {
    for name in ["handoff.json.new", "handoff.json", "plan.json", "release.bundle", "artifacts"] {
        let world = with_artifacts();
        let (dir, victim) = (folder(&world), world.root().join("victim"));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(&victim, "theirs").unwrap();
        std::os::unix::fs::symlink(&victim, dir.join(name)).unwrap();
        let path = dir.to_string_lossy().into_owned();
        let ran = world.bowline(&["release", "--yes", "--until", "sign", "--handoff", &path]);
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "theirs", "{name}: {}", ran.snapshot());
        let refused = ran.code == Some(10) && failure_code(&ran).as_deref() == Some("handoff_folder");
        // The beginning of a list is all there is: the job died right there, and the folder is ours.
        assert_eq!(
            (ran.code == Some(0), refused),
            (name == "handoff.json.new", name != "handoff.json.new"),
            "{name}: {}",
            ran.snapshot()
        );
    }
}

/// What a refused folder held counts for nothing later.
#[test]
fn a_refused_folder_leaves_nothing_behind() {
    let world = with_artifacts();
    let digest = hand_over(&world, "sign");
    let publisher = Publisher::new(&world);
    std::fs::create_dir(publisher.dir.join("dist")).unwrap();
    std::fs::write(publisher.dir.join("dist/app.tar"), "built here").unwrap();
    std::fs::write(folder(&world).join("release.bundle"), "changed").unwrap();
    let _ = publisher.take_over(&world, &digest).expect_code(30);
    let variables = [("BOWLINE_STATE_DIR", publisher.state.as_str())];
    let _ = world.bowline_in(&publisher.dir, &["release", "--yes"], &variables).expect_code(0);
    assert_eq!(shipped(&world), "built here");
}

#[test]
fn a_folder_that_is_not_there_is_no_manipulation() {
    let world = with_artifacts();
    let digest = hand_over(&world, "sign");
    let publisher = Publisher::new(&world);
    std::fs::remove_dir_all(folder(&world)).unwrap();
    let ran = publisher.take_over(&world, &digest).expect_code(2);
    assert_eq!(failure_code(&ran).as_deref(), Some("handoff_missing"), "{}", ran.snapshot());
    assert!(hints(&ran).contains("download"), "{}", ran.snapshot());
    // There, and empty: something was lost.
    std::fs::create_dir(folder(&world)).unwrap();
    let ran = publisher.take_over(&world, &digest).expect_code(30);
    assert!(ran.stderr.contains("handoff.json is missing"), "{}", ran.snapshot());
}

/// The first job is run again after the second one has begun: the bytes are in the release by then.
#[test]
fn a_job_that_is_run_again_hands_over_what_the_release_holds() {
    for crash in ["finished:draft/verify", "effect:push/refs"] {
        let world = with_artifacts();
        let digest = hand_over(&world, "sign");
        let _ = Publisher::new(&world).take_over_with(&world, &digest, &[], crash);
        std::fs::remove_dir_all(world.root().join("publisher")).unwrap();
        // Another machine, and another build.
        let again =
            Publisher { state: world.root().join("again").to_string_lossy().into_owned(), ..Publisher::new(&world) };
        std::fs::create_dir(again.dir.join("dist")).unwrap();
        std::fs::write(again.dir.join("dist/app.tar"), "another build").unwrap();
        std::fs::write(again.dir.join("dist/app.zip"), "another build").unwrap();
        let dir = folder(&world);
        let args = ["release", "--until", "sign", "--handoff", dir.to_str().unwrap(), "--json"];
        let ran = world.bowline_in(&again.dir, &args, &[("BOWLINE_STATE_DIR", &again.state)]).expect_code(0);
        let digest = ran.json()["handoff_digest"].as_str().unwrap().to_owned();
        assert_eq!(std::fs::read_to_string(dir.join("artifacts/app.tar")).unwrap(), "artifact one", "{crash}");
        let next = Publisher { dir: again.dir, state: world.root().join("next").to_string_lossy().into_owned() };
        let _ = next.take_over(&world, &digest).expect_code(0);
        assert_eq!(shipped(&world), "artifact one", "{crash}");
    }
}

/// A digest names the very files; a draft that somebody else has filled does not change that, and a public tag does.
#[test]
fn what_was_handed_over_goes_before_another_draft_and_not_before_a_public_tag() {
    for (until, ships) in [("draft", "artifact one"), ("push", "somebody else's")] {
        let world = with_artifacts();
        let digest = hand_over(&world, "sign");
        let other = Publisher::new(&world);
        std::fs::create_dir(other.dir.join("dist")).unwrap();
        std::fs::write(other.dir.join("dist/app.tar"), "somebody else's").unwrap();
        let state = world.root().join("other").to_string_lossy().into_owned();
        let args = ["release", "--yes", "--until", until];
        let _ = world.bowline_in(&other.dir, &args, &[("BOWLINE_STATE_DIR", &state)]).expect_code(0);
        std::fs::remove_dir_all(&other.dir).unwrap();
        let _ = Publisher::new(&world).take_over(&world, &digest).expect_code(0);
        assert_eq!(shipped(&world), ships, "{until}");
    }
}

/// Both jobs are run again after everything was done.
#[test]
fn a_complete_release_is_handed_over_as_such() {
    let world = with_artifacts();
    let digest = hand_over(&world, "sign");
    let _ = Publisher::new(&world).take_over(&world, &digest).expect_code(0);
    let before = world.visible();
    let dir = folder(&world);
    for state in ["first", "second"] {
        // A machine that does not know of it; one that does looks once more, and hands over everything.
        let args = ["release", "--until", "sign", "--handoff", dir.to_str().unwrap(), "--json"];
        let state = world.root().join(state).to_string_lossy().into_owned();
        let ran = world.bowline_in(&world.work(), &args, &[("BOWLINE_STATE_DIR", &state)]).expect_code(0);
        assert_eq!(ran.json()["status"], "nothing");
        let again = ran.json()["handoff_digest"].as_str().unwrap().to_owned();
        assert_ne!(again, digest);
        assert!(!dir.join("artifacts").exists());
        std::fs::remove_dir_all(world.root().join("publisher")).unwrap();
        let publisher = Publisher::new(&world);
        let ran = publisher.take_over_with(&world, &again, &["--json"], "").expect_code(0);
        assert_eq!(ran.json()["status"], "nothing", "{}", ran.snapshot());
        assert!(ran.stdout.contains("v1.1.0"), "{}", ran.snapshot());
    }
    assert_eq!(world.visible(), before);
    // On another commit it says nothing.
    world.git(&["pull", "--quiet", "--ff-only"]);
    world.write("src/app.txt", "newer\n");
    world.commit_and_push("fix: newer");
    let list = bowline_model::Digest::of(&std::fs::read(dir.join("handoff.json")).unwrap()).to_string();
    std::fs::remove_dir_all(world.root().join("publisher")).unwrap();
    let ran = Publisher::new(&world).take_over(&world, &list).expect_code(23);
    assert_eq!(failure_code(&ran).as_deref(), Some("plan_of_another_head"), "{}", ran.snapshot());
}

#[test]
fn a_folder_that_was_taken_over_is_only_replaced_by_a_later_stage() {
    let world = with_artifacts();
    let digest = hand_over(&world, "build");
    let publisher = Publisher::new(&world);
    let before = files(&folder(&world));
    for until in ["gate", "commit", "build", "draft", "push"] {
        let ran = publisher.take_over_with(&world, &digest, &["--until", until, "--json"], "").expect_code(0);
        assert_eq!(files(&folder(&world)), before, "{until}");
        let told = ran.json()["handoff_digest"].as_str().map(str::to_owned);
        let still_to_do = !["draft", "push"].contains(&until);
        assert_eq!(told, still_to_do.then(|| digest.clone()), "{until}");
    }
    let ran = publisher.take_over_with(&world, &digest, &["--until", "notify", "--json"], "").expect_code(0);
    assert_eq!(ran.json()["status"], "released");
    assert_eq!(files(&folder(&world)), before);
    let other = with_artifacts();
    let digest = hand_over(&other, "commit");
    let publisher = Publisher::new(&other);
    std::fs::create_dir(publisher.dir.join("dist")).unwrap();
    std::fs::write(publisher.dir.join("dist/app.tar"), "built here").unwrap();
    let ran = publisher.take_over_with(&other, &digest, &["--until", "validate", "--json"], "").expect_code(0);
    let later = ran.json()["handoff_digest"].as_str().unwrap().to_owned();
    assert_ne!(later, digest);
    std::fs::remove_dir_all(&publisher.dir).unwrap();
    let third =
        Publisher { state: other.root().join("third").to_string_lossy().into_owned(), ..Publisher::new(&other) };
    let _ = third.take_over(&other, &later).expect_code(0);
    assert_eq!(shipped(&other), "built here");
}

#[test]
fn a_folder_without_a_list_of_ours_is_left_alone() {
    for list in [None, Some("{}"), Some("no list"), Some(r#"{"schema":"somebody/else/v1"}"#)] {
        let world = with_artifacts();
        let dir = folder(&world);
        std::fs::create_dir_all(dir.join("artifacts")).unwrap();
        std::fs::write(dir.join("artifacts/mine.tar"), "mine").unwrap();
        std::fs::write(dir.join("plan.json"), "mine").unwrap();
        if let Some(list) = list {
            std::fs::write(dir.join("handoff.json"), list).unwrap();
        }
        let (mine, before) = (files(&dir), everything(&world, &world.work()));
        let args = ["release", "--until", "sign", "--handoff", dir.to_str().unwrap()];
        let ran = world.bowline(&args).expect_code(10);
        assert_eq!(failure_code(&ran).as_deref(), Some("handoff_folder"), "{}", ran.snapshot());
        assert_eq!(files(&dir), mine, "{list:?}");
        assert_eq!(everything(&world, &world.work()), before, "{list:?}");
    }
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
