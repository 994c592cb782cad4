//! Looking changes nothing: no reference, no file, no object, no state.

use crate::support::{everything, failure_code, files, objects, with_artifacts, with_package_json};
use bowline_testkit::World;
use std::path::Path;

const LOOKING: [&[&str]; 16] = [
    &["release", "--dry-run"],
    &["release", "--dry-run", "--yes", "--bump", "major"],
    &["plan"],
    &["plan", "--dry-run"],
    &["check"],
    &["check", "--dry-run"],
    &["explain", "--dry-run"],
    &["status", "--dry-run"],
    &["resume", "--dry-run"],
    &["abort", "--dry-run"],
    &["changelog", "--dry-run"],
    &["changelog", "--all"],
    &["notes", "--dry-run"],
    &["config", "show", "--dry-run"],
    &["completions", "bash", "--dry-run"],
    &["man", "--dry-run"],
];

/// Everything there is: refs, files, index, objects, releases, state and home.
fn whole(world: &World) -> String {
    let mut out = everything(world, &world.work());
    out.push_str(&objects(world, &world.work()));
    out.push_str(&objects(world, &world.remote()));
    for folder in ["state", "data", "home", "tmp"] {
        out.push_str(&format!("\n{folder} {:?}", files(&world.root().join(folder))));
    }
    out
}

fn check(world: &World) {
    let before = whole(world);
    for args in LOOKING {
        let ran = world.bowline(args).expect_code(0);
        assert!(!ran.stdout.is_empty(), "{args:?}");
        assert_eq!(whole(world), before, "{args:?}\n{}", ran.snapshot());
    }
}

#[test]
fn before_a_release() {
    let world = with_artifacts();
    check(&world);
    assert!(files(Path::new(&world.root().join("state"))).is_empty());
}

#[test]
fn after_a_crash() {
    let world = with_package_json();
    let ran = world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "effect:push/refs")]);
    assert_eq!(ran.code, None, "{}", ran.snapshot());
    let before = whole(&world);
    for args in LOOKING {
        let ran = world.bowline(args);
        assert!(ran.code.is_some(), "{args:?}");
        assert_eq!(whole(&world), before, "{args:?}\n{}", ran.snapshot());
    }
}

#[test]
fn commands_that_only_write_files() {
    let world = with_package_json();
    let before = whole(&world);
    for args in [&["demo", "--dry-run", "../demo"][..], &["man", "--dry-run", "--dir", "../man"]] {
        let ran = world.bowline(args).expect_code(2);
        assert_eq!(failure_code(&ran).as_deref(), Some("no_dry_run"));
    }
    assert_eq!(whole(&world), before);
    assert!(!world.root().join("demo").exists() && !world.root().join("man").exists());
}
