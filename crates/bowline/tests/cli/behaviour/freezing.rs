//! Builds that come out different every time, on several machines: whose frozen files are released.

use super::sharing::{Job, RELEASE};
use crate::support::PROGRAM;
use bowline_testkit::World;

/// A release whose build gives other bytes each time.
fn never_the_same() -> World {
    let world = World::with_repository(PROGRAM);
    let build = "mkdir -p dist; date +%s%N > dist/app.txt";
    world.write(".gitignore", "dist/\n");
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
    world.write(
        "bowline.toml",
        format!("[build]\ncommand = [\"sh\", \"-c\", \"\"\"{build}\"\"\"]\n\n[artifacts]\ninclude = [\"dist/**\"]\n"),
    );
    world.commit_and_push("feat: add things");
    world
}

/// Whoever asks for the lock next has built, and gets it only after `job` has released, or died at `crash`.
fn meanwhile(world: &World, job: &Job, crash: &str) {
    let mut variables = world.variables();
    variables.extend(job.variables.iter().cloned());
    variables.push(("BOWLINE_CRASH_AT".to_owned(), crash.to_owned()));
    let variables: Vec<String> = variables.iter().map(|(name, value)| format!("{name}='{value}'")).collect();
    let (dir, log) = (job.dir.display(), world.root().join("log"));
    let release =
        format!("cd '{dir}' && env -i {} '{PROGRAM}' release --yes > '{}' 2>&1", variables.join(" "), log.display());
    // The lock is a reference of the remote, which first lets the other one through.
    world.hook("pre-receive", &format!("if mv \"$0.once\" \"$0.over\"; then {release}; fi; exit 0"));
    std::fs::write(world.remote().join("hooks/pre-receive.once"), "").unwrap();
}

fn released(world: &World) -> String {
    std::fs::read_to_string(world.releases().join("v1.1.0/assets/app.txt")).unwrap()
}

fn app(world: &World) -> String {
    let visible = world.visible();
    visible.lines().find(|line| line.contains("/app.txt ")).unwrap_or_default().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn what_another_machine_has_published_counts() {
    let world = never_the_same();
    let _ = world.bowline(&["release", "--until", "build"]).expect_code(0);
    let _ = Job::new(&world, "1", "ci").run(&world, RELEASE).expect_code(0);
    let published = released(&world);
    let status = world.bowline(&["status"]).expect_code(0);
    assert!(!status.stdout.is_empty());
    world.git(&["pull", "--quiet", "--ff-only"]);
    let _ = world.bowline(RELEASE).expect_code(0);
    let again = world.bowline(RELEASE).expect_code(0);
    assert!(again.stdout.contains("v1.1.0"), "{}", again.snapshot());
    assert_eq!(released(&world), published);
}

/// Both jobs have built before either has the lock.
#[test]
fn a_job_that_was_slower_ends_with_the_release_of_the_faster_one() {
    let world = never_the_same();
    let (one, other) = (Job::new(&world, "1", "one"), Job::new(&world, "2", "other"));
    meanwhile(&world, &one, "");
    let ran = other.run(&world, &["release", "--yes", "--wait", "30s", "--json"]).expect_code(0);
    assert_eq!(ran.json()["status"], "released", "{}", ran.snapshot());
    let manifest = step(&ran.json(), "build/manifest");
    assert_eq!(manifest["outcome"], "already_done", "{manifest}");
    assert!(app(&world).contains(manifest["receipt"]["artifacts"][0]["sha256"].as_str().unwrap()), "{manifest}");
    assert!(std::fs::read_to_string(world.root().join("log")).unwrap().contains("v1.1.0"));
    let _ = other.run(&world, RELEASE).expect_code(0);
}

/// The faster one died, and its lease is this job's: the same job on another machine.
#[test]
fn a_job_that_was_slower_completes_what_the_faster_one_left() {
    for crash in ["finished:draft/upload", "finished:draft/verify", "effect:push/refs", "finished:push/refs"] {
        let world = never_the_same();
        let (one, other) = (Job::new(&world, "1", "one"), Job::new(&world, "1", "other"));
        meanwhile(&world, &one, crash);
        // Seen right after the build: what the other one has uploaded.
        let ran = other.run(&world, &["release", "--yes", "--json"]).expect_code(0);
        let manifest = step(&ran.json(), "build/manifest");
        assert_eq!(manifest["outcome"], "already_done", "{crash}: {manifest}");
        assert!(released(&world).ends_with('\n'), "{crash}");
        assert!(
            app(&world).contains(manifest["receipt"]["artifacts"][0]["sha256"].as_str().unwrap()),
            "{crash}: {manifest}"
        );
    }
}

/// A draft that is not whole says nothing about what would have been published.
#[test]
fn a_half_filled_draft_gives_way_to_a_frozen_set() {
    let world = never_the_same();
    let (one, other) = (Job::new(&world, "1", "one"), Job::new(&world, "1", "other"));
    meanwhile(&world, &one, "forge.upload:after");
    let ran = other.run(&world, &["release", "--yes", "--json"]).expect_code(0);
    assert_eq!(step(&ran.json(), "build/manifest")["outcome"], "done", "{}", ran.snapshot());
}

/// Files that somebody else builds are the truth until a whole draft holds others.
#[test]
fn a_machine_that_comes_back_releases_what_its_draft_holds() {
    let world = never_the_same();
    let (one, other) = (Job::new(&world, "1", "one"), Job::new(&world, "1", "other"));
    let _ = one.run(&world, &["release", "--until", "build"]).expect_code(0);
    let _ = other.run(&world, &["release", "--until", "draft"]).expect_code(0);
    let drafted = app(&world);
    let _ = one.run(&world, RELEASE).expect_code(0);
    assert_eq!(app(&world), drafted);
}

fn step(result: &serde_json::Value, id: &str) -> serde_json::Value {
    result["steps"].as_array().unwrap().iter().find(|step| step["id"] == id).unwrap().clone()
}
