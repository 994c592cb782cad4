//! `bowline demo DIR`: it works on an empty machine, and everything it makes is in its own folder.

use crate::support::{PROGRAM, failure_code, files, hints, malformed};
use bowline_testkit::{Ran, World};
use std::path::Path;

#[test]
fn the_whole_demo() {
    let world = World::new(PROGRAM);
    let ran = world.bowline_in(world.root(), &["demo", "show"], &[]).expect_code(0);
    assert_eq!(malformed(&ran), None, "{}", ran.snapshot());
    let folder = world.root().join("show");
    for part in ["v1.2.0 and v2.0.0 released, one of them across a kill -9", "Look around:"] {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.snapshot());
    }
    for path in ["releases/index.html", "kestrel", "releases/v2.0.0/assets"] {
        let path = folder.join(path);
        assert!(
            ran.stdout.contains(&path.display().to_string()) && path.exists(),
            "{}\n{}",
            path.display(),
            ran.stdout
        );
    }
    for part in ["Killed.", "unfinished  v2.0.0", "goes on", "Nothing to release: head is v2.0.0"] {
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains(part), "{part}\n{}", ran.snapshot());
    }
    is_in_the_readme(&ran, &folder);
    for name in ["home", "state", "data", "tmp"] {
        assert_eq!(files(&world.root().join(name)), Default::default(), "{name}");
    }
    let work = folder.join("kestrel");
    assert_eq!(world.git_in(&work, &["tag"]), "v1.1.0\nv1.2.0\nv2.0.0");
    assert_eq!(world.git_in(&work, &["status", "--porcelain=v1", "--branch"]), "## main...origin/main");
    assert!(
        std::fs::read_to_string(work.join("CHANGELOG.md")).unwrap().contains("Written by hand before Bowline came")
    );
}

/// What the README shows is what is printed, but for ids, times and the name of the machine.
fn is_in_the_readme(ran: &Ran, folder: &Path) {
    let (_, second) = ran.stderr.split_once(SECOND).unwrap();
    let printed = format!("{SECOND}{}\n{}", second.trim_end(), ran.stdout.trim_end());
    let printed = printed.replace(&folder.display().to_string(), "/tmp/bowline-demo");
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let (_, shown) = readme.split_once("<!-- demo output -->\n```text\n").unwrap();
    let (shown, _) = shown.split_once("\n```\n<!-- /demo output -->").unwrap();
    assert!(masked(shown) == masked(&printed), "the README shows something else than this:\n{printed}");
}

const SECOND: &str = "▶ Two more commits";

fn masked(text: &str) -> String {
    let is_id = |word: &str| word.len() >= 10 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let is_time = |word: &str| word.parse::<f32>().is_ok() && word.contains('.');
    let line = |line: &str| {
        let mut words: Vec<&str> = line.split(' ').collect();
        if let [.., time, "s"] = words[..]
            && is_time(time)
        {
            words.truncate(words.len() - 2);
        }
        for at in 0..words.len() {
            if is_id(words[at].trim_end_matches(';')) || (at > 0 && words[at - 1] == "host") {
                words[at] = "…";
            }
        }
        words.join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn its_result_is_one_document() {
    let world = World::new(PROGRAM);
    let ran = world.bowline_in(world.root(), &["demo", "show", "--json"], &[]).expect_code(0);
    let json = ran.json();
    assert_eq!(json["schema"], "bowline/demo/v1");
    assert_eq!(json["tags"][1], "v2.0.0");
}

#[test]
fn folders_in_use_are_left_alone() {
    let world = World::new(PROGRAM);
    std::fs::create_dir(world.root().join("mine")).unwrap();
    std::fs::write(world.root().join("mine/file"), "mine").unwrap();
    std::fs::write(world.root().join("file"), "mine").unwrap();
    let before = files(world.root());
    for dir in ["mine", "file", "/dev/null/x"] {
        let ran = world.bowline_in(world.root(), &["demo", dir], &[]);
        assert!(matches!(ran.code, Some(2 | 20)), "{dir}\n{}", ran.snapshot());
        assert!(failure_code(&ran).is_some_and(|code| code.starts_with("demo_folder")), "{dir}\n{}", ran.snapshot());
        assert!(hints(&ran).contains("name a"), "{dir}\n{}", ran.snapshot());
    }
    assert_eq!(files(world.root()), before);
}

#[test]
fn without_git_it_says_so() {
    let world = World::new(PROGRAM);
    let nowhere = world.root().join("tmp").to_string_lossy().into_owned();
    let ran = world.bowline_in(world.root(), &["demo", "show"], &[("PATH", &nowhere)]).expect_code(12);
    assert_eq!(failure_code(&ran).as_deref(), Some("tool_missing"), "{}", ran.snapshot());
    assert!(hints(&ran).contains("install git"));
}
