//! The commands that explain, render and document.

use crate::support::{PROGRAM, failure_code, hints, one_fix, with_package_json};
use bowline_testkit::World;

/// A history of all kinds: released, reverted, breaking, merged, unreadable to the rules.
fn mixed() -> World {
    let world = with_package_json();
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    world.commit("fix(core): one");
    world.commit("docs: two");
    world.commit("Update three");
    let bad = world.commit("feat: a mistake");
    world.commit(&format!("Revert \"feat: a mistake\"\n\nThis reverts commit {bad}."));
    world.commit("perf!: five\n\nBREAKING CHANGE: the option `x` is gone");
    world.git(&["push", "--quiet", "origin", "main"]);
    world
}

#[test]
fn explain_says_which_rule_hit() {
    let world = mixed();
    let ran = world.bowline(&["explain"]).expect_code(0);
    for part in
        ["next     2.0.0", "fix(core): one", "docs: two", "Update three", "feat: a mistake", "perf!: five", "ignored"]
    {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.snapshot());
    }
    assert_eq!(ran.stdout.matches('▲').count(), 1, "{}", ran.snapshot());
    let winner = ran.stdout.lines().find(|line| line.starts_with('▲')).unwrap();
    assert!(winner.contains("major") && winner.contains("five"), "{winner}");
    let json = world.bowline(&["explain", "--json"]).expect_code(0).json();
    assert_eq!(json["commits"].as_array().unwrap().len(), 6);
    for commit in json["commits"].as_array().unwrap() {
        assert!(commit["rule"].is_string(), "{commit}");
    }
    let ran = world.bowline(&["explain", "other"]).expect_code(2);
    assert_eq!(failure_code(&ran).as_deref(), Some("unknown_package"));
    assert!(hints(&ran).contains("the package here is app"));
}

#[test]
fn changelogs() {
    let world = mixed();
    let unreleased = world.bowline(&["changelog"]).expect_code(0).stdout;
    assert!(unreleased.starts_with("## 2.0.0 - "), "{unreleased}");
    assert!(unreleased.contains("one (") && unreleased.contains("the option `x` is gone"), "{unreleased}");
    assert!(!unreleased.contains("a mistake") && !unreleased.contains("add things"), "{unreleased}");
    assert_eq!(world.bowline(&["changelog", "--unreleased"]).expect_code(0).stdout, unreleased);
    let one = world.bowline(&["changelog", "1.1.0"]).expect_code(0).stdout;
    assert!(one.starts_with("## 1.1.0 - ") && one.contains("add things"), "{one}");
    assert_eq!(world.bowline(&["changelog", "v1.1.0"]).expect_code(0).stdout, one);
    let all = world.bowline(&["changelog", "--all"]).expect_code(0).stdout;
    let order: Vec<_> = ["## 2.0.0", "## 1.1.0", "## 1.0.0"].map(|title| all.find(title)).into();
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{all}");
    assert!(all.starts_with("# Changelog"), "{all}");
    let _ = world.bowline(&["changelog", "--all", "--unreleased"]).expect_code(2);
    let _ = world.bowline(&["changelog", "--all", "1.1.0"]).expect_code(2);
}

#[test]
fn notes() {
    let world = mixed();
    let next = world.bowline(&["notes"]).expect_code(0).stdout;
    assert!(next.contains("one (") && !next.contains("## 2.0.0"), "{next}");
    let released = world.bowline(&["notes", "1.1.0"]).expect_code(0).stdout;
    assert!(released.contains("add things"), "{released}");
    let kept = std::fs::read_to_string(world.releases().join("v1.1.0/notes.md")).unwrap();
    assert_eq!(released.trim(), kept.trim());
    let ran = world.bowline(&["notes", "9.9.9"]).expect_code(2);
    assert_eq!(failure_code(&ran).as_deref(), Some("unknown_version"));
    assert!(hints(&ran).contains("1.1.0, 1.0.0"), "{}", ran.snapshot());
}

#[test]
fn configuration() {
    let world = one_fix();
    world.write("bowline.toml", "[release]\nbranches = [\"main\"]\n");
    world.commit_and_push("chore: configure");
    let show = world.bowline(&["config", "show"]).expect_code(0).stdout;
    let line = show.lines().find(|line| line.starts_with("release.branches ")).unwrap();
    assert!(line.contains("[\"main\"]") && line.contains("bowline.toml:2"), "{line}");
    assert!(show.lines().any(|line| line.starts_with("release.tag_message ") && line.ends_with("# default")), "{show}");
    let schema = world.bowline(&["config", "schema"]).expect_code(0).json();
    assert!(schema["properties"]["release"].is_object());
    let explained = world.bowline(&["config", "explain", "release.tag"]).expect_code(0).stdout;
    assert!(explained.starts_with("release.tag ") && explained.contains("example: "), "{explained}");
    let section = world.bowline(&["config", "explain", "release"]).expect_code(0).stdout;
    assert!(section.contains("release.branches ") && !section.contains("artifacts.include "), "{section}");
    let ran = world.bowline(&["config", "explain", "release.tga"]).expect_code(2);
    assert!(hints(&ran).contains("did you mean `release.tag`?"), "{}", ran.snapshot());
}

/// These need no repository.
#[test]
fn documentation() {
    let world = World::new(PROGRAM);
    let run = |args: &[&str]| world.bowline_in(world.root(), args, &[]).expect_code(0).stdout;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = run(&["completions", shell]);
        assert!(text.contains("bowline") && text.contains("require-release"), "{shell}");
    }
    assert!(run(&["man"]).contains(".TH bowline 1"));
    assert_eq!(run(&["man", "--dir", "pages"]), "");
    let mut pages: Vec<String> = std::fs::read_dir(world.root().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    pages.sort();
    for page in ["bowline.1", "bowline-release.1", "bowline-config-explain.1"] {
        assert!(pages.iter().any(|name| name == page), "{page} in {pages:?}");
    }
    assert!(run(&["--version"]).starts_with("bowline 0."));
    assert!(run(&["config", "explain"]).contains("release.tag "));
    assert!(run(&["config", "schema"]).contains("\"properties\""));
}

#[test]
fn help() {
    let world = World::new(PROGRAM);
    let commands = [
        "release",
        "plan",
        "check",
        "resume",
        "abort",
        "status",
        "changelog",
        "notes",
        "explain",
        "demo",
        "config",
        "completions",
        "man",
    ];
    let top = world.bowline_in(world.root(), &["--help"], &[]).expect_code(0).stdout;
    for command in commands {
        assert!(top.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{command}\n{top}");
        let help = world.bowline_in(world.root(), &[command, "--help"], &[]).expect_code(0);
        assert!(help.stdout.contains("Usage: bowline "), "{}", help.snapshot());
        assert_eq!(help.stderr, "");
    }
    for args in [&["config", "show", "--help"][..], &["config", "schema", "--help"], &["config", "explain", "-h"]] {
        assert!(world.bowline_in(world.root(), args, &[]).expect_code(0).stdout.contains("Usage: bowline config "));
    }
    let none = world.bowline_in(world.root(), &[], &[]).expect_code(2);
    assert!(none.stderr.contains("Usage: bowline"), "{}", none.snapshot());
    let unknown = world.bowline_in(world.root(), &["relaese"], &[]).expect_code(2);
    assert!(unknown.stderr.contains("release"), "{}", unknown.snapshot());
}
