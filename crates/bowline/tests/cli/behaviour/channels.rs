//! Channels: pre-releases that become a version, lines of old versions, and branches that say nothing.

use crate::support::{PROGRAM, everything, failure_code};
use bowline_testkit::World;
use serde_json::Value;

const BETA: &str = "[channel.beta]\nbranch = \"beta\"\nprerelease = true\n";

/// A repository at v1.0.0 with `config`, on a new branch of that name.
fn on_branch(config: &str, branch: &str) -> World {
    let world = World::with_repository(PROGRAM);
    if !config.is_empty() {
        world.write("bowline.toml", config);
        world.commit_and_push("chore: configure");
    }
    switch(&world, branch, "HEAD");
    world
}

fn switch(world: &World, branch: &str, from: &str) {
    world.git(&["switch", "--quiet", "-c", branch, from]);
    world.git(&["push", "--quiet", "--set-upstream", "origin", branch]);
}

fn release(world: &World) -> Value {
    world.bowline(&["release", "--yes", "--json"]).expect_code(0).json()
}

fn released(world: &World) -> String {
    release(world)["packages"][0]["version"].as_str().unwrap_or("nothing").to_owned()
}

/// That `args` are refused with this exit code and failure code, and change nothing.
fn refused(world: &World, args: &[&str], exit: i32, code: &str) -> String {
    let before = everything(world, &world.work());
    let ran = world.bowline(&[&["release", "--yes", "--json"], args].concat()).expect_code(exit);
    assert_eq!(failure_code(&ran).as_deref(), Some(code), "{}", ran.snapshot());
    assert_eq!(everything(world, &world.work()), before);
    ran.json()["failure"].to_string()
}

#[test]
fn pre_releases_become_a_version_without_another_commit() {
    let world = on_branch(BETA, "beta");
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
    world.commit_and_push("feat: one");
    assert_eq!(released(&world), "1.1.0-beta.0");
    world.commit_and_push("fix: two");
    assert_eq!(released(&world), "1.1.0-beta.1");
    assert_eq!(released(&world), "nothing");
    let second = world.bowline(&["notes", "1.1.0-beta.1"]).expect_code(0).stdout;
    assert!(second.contains("two") && !second.contains("one"), "{second}");

    world.git(&["switch", "--quiet", "main"]);
    world.git(&["merge", "--quiet", "--ff-only", "beta"]);
    world.git(&["push", "--quiet"]);
    let explained = world.bowline(&["explain"]).expect_code(0).stdout;
    assert!(explained.contains("stable: no channel names branch main"), "{explained}");
    assert!(explained.contains("1.1.0 finishes v1.1.0-beta.1"), "{explained}");
    assert_eq!(released(&world), "1.1.0");
    assert_eq!(released(&world), "nothing");
    let notes = world.bowline(&["notes", "1.1.0"]).expect_code(0).stdout;
    assert!(notes.contains("one") && notes.contains("two"), "{notes}");
    assert!(world.read("package.json").contains("\"1.1.0\""));
    assert_eq!(std::fs::read_to_string(world.releases().join("latest")).unwrap().trim(), "v1.1.0");
}

#[test]
fn a_line_of_old_versions() {
    let world = on_branch("", "1.0.x");
    world.git(&["switch", "--quiet", "main"]);
    world.commit_and_push("feat!: begin anew");
    assert_eq!(released(&world), "2.0.0");

    world.git(&["switch", "--quiet", "1.0.x"]);
    world.commit_and_push("fix: mend the old one");
    let plan = world.bowline(&["plan"]).expect_code(0).stdout;
    assert!(plan.contains("1.0.x: branch 1.0.x is named like the versions it maintains"), "{plan}");
    assert_eq!(release(&world)["packages"][0]["tag"], "v1.0.1");
    // Readers are still shown the newest one.
    assert_eq!(std::fs::read_to_string(world.releases().join("latest")).unwrap().trim(), "v2.0.0");

    assert!(refused(&world, &["--version", "1.1.0"], 10, "version_outside_channel").contains("--version 1.0.2"));
    world.commit_and_push("feat: too much");
    assert!(refused(&world, &[], 10, "version_outside_channel").contains("feat: too much"));
    // Nobody has to be allowed to release in order to read history.
    let all = world.bowline(&["changelog", "--all"]).expect_code(0).stdout;
    assert!(all.contains("## Unreleased\n\n### Features\n\n- too much"), "{all}");
    let _ = world.bowline(&["changelog"]).expect_code(10);
    world.git(&["tag", "v1.0.2", "origin/main"]);
    world.git(&["push", "--quiet", "--tags"]);
    assert!(refused(&world, &["--bump", "patch"], 23, "version_not_above").contains("--version 1.0.3"));
    world.git(&["merge", "--quiet", "-m", "Merge", "v2.0.0"]);
    world.git(&["push", "--quiet"]);
    refused(&world, &["--bump", "patch"], 10, "later_line_merged");
}

#[test]
fn an_old_version_on_a_branch_that_says_nothing() {
    let world = World::with_repository(PROGRAM);
    world.commit_and_push("feat!: begin anew");
    assert_eq!(released(&world), "2.0.0");
    switch(&world, "hotfix", "v1.0.0");
    world.commit_and_push("fix: mend the old one");
    assert!(refused(&world, &[], 23, "version_not_above").contains("git switch -c 1.0.x"));
    // The way out works.
    switch(&world, "1.0.x", "hotfix");
    assert_eq!(released(&world), "1.0.1");
}

#[test]
fn channels_with_the_same_head_leave_each_other_alone() {
    let world = on_branch(BETA, "beta");
    world.commit("feat: one");
    world.git(&["push", "--quiet", "origin", "beta", "beta:main"]);
    let died = world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "finished:draft/verify")]);
    assert_eq!(died.code, None, "{}", died.snapshot());
    world.git(&["switch", "--quiet", "main"]);
    world.git(&["merge", "--quiet", "--ff-only", "beta"]);
    // Neither the draft of the other channel nor its lock is this one's.
    assert_eq!(released(&world), "1.1.0");
    world.git(&["switch", "--quiet", "beta"]);
    assert_eq!(released(&world), "1.1.0-beta.0");
    assert_eq!(world.git(&["tag"]), "v1.0.0\nv1.1.0\nv1.1.0-beta.0");
}

#[test]
fn a_pre_release_by_flag_is_found_again_without_state() {
    let world = on_branch(BETA, "topic");
    for version in ["1.1.0-rc.0", "1.1.0-rc.1"] {
        world.commit_and_push("feat: more");
        let args = ["release", "--yes", "--pre", "rc"];
        let died = world.bowline_with(&args, &[("BOWLINE_CRASH_AT", "finished:draft/verify")]);
        assert_eq!(died.code, None, "{}", died.snapshot());
        std::fs::remove_dir_all(world.root().join("state")).unwrap();
        assert_eq!(released(&world), version);
    }
}

#[test]
fn configuration_decides_who_may_release() {
    let both = format!("{BETA}[channel.bees]\nbranch = \"b*\"\n");
    let world = on_branch(&both, "beta");
    world.commit_and_push("fix: something");
    assert!(refused(&world, &[], 3, "channel_ambiguous").contains("bees, beta"));

    let named = format!("{BETA}[channel.stable]\nbranch = \"main\"\n");
    let world = on_branch(&named, "topic");
    world.commit_and_push("fix: something");
    let _ = world.bowline(&["plan"]).expect_code(0);
    assert!(refused(&world, &[], 10, "branch_not_allowed").contains("beta, main may"));
}
