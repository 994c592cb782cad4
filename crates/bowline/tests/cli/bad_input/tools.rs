//! Rows: a git that is of no use, and a configuration that names a program of the repository.

use super::{check, row};
use crate::support::{PROGRAM, one_fix};
use bowline_testkit::World;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const PLAN: &[&str] = &["plan"];
const CHECK: &[&str] = &["check"];
/// In front of all other folders.
const PATH: &[(&str, &str)] = &[("PATH", "{root}/fake:/usr/local/bin:/usr/bin:/bin")];

#[test]
fn a_git_of_no_use() {
    check(&[
        row("exit 1", || fake("exit 1")).env(PATH).fails(12, "tool_broken", "install git 2.31").because("exit code 1"),
        row("too old", || fake("echo git version 2.20.1"))
            .env(PATH)
            .run(PLAN)
            .fails(12, "tool_broken", "install git")
            .because("is version 2.20.1; 2.31.0 is needed (settings in variables"),
        row("no git at all", || fake("echo hub version 2.14.2")).env(PATH).run(CHECK).fails(
            12,
            "tool_broken",
            "`path`",
        ),
        row("hangs", || configured("timeout = \"1s\"", "sleep 300 & wait"))
            .env(PATH)
            .fails(12, "tool_hangs", "in a terminal")
            .because("did not say its version within 1 s"),
        row("named, and not there", || configured("path = \"/no/such/git\"", "exit 1"))
            .run(PLAN)
            .fails(12, "tool_missing", "install git")
            .because("`git` was not found at /no/such/git"),
        row("newer than there is", || configured("min_version = \"99.0\"", "exit 1"))
            .run(CHECK)
            .fails(12, "tool_broken", "install git")
            .because("99.0.0 is needed (configured as `min_version`)"),
    ]);
}

#[test]
fn a_program_of_the_repository_is_no_tool() {
    check(&[
        row("in the checkout", || in_checkout(|world| world.work().join("bin/git"))).run(PLAN).fails(
            3,
            "tool_in_checkout",
            "outside the repository",
        ),
        row("in the checkout, by a link", || in_checkout(|world| world.root().join("link/git"))).run(PLAN).fails(
            3,
            "tool_in_checkout",
            "outside the repository",
        ),
        row("in the checkout, by the working folder", || in_checkout(|_| "/proc/self/cwd/bin/git".into()))
            .run(PLAN)
            .fails(3, "tool_in_checkout", "outside the repository"),
    ]);
}

/// The named file runs, the verdict on it is shown, and the one in `PATH` is not even asked.
#[test]
fn a_named_git_is_the_one_that_runs() {
    let world = configured("", "exit 1");
    let real = world.shell("command -v git");
    let own = world.root().join("own-git");
    script(&own, &format!("echo started >>\"$0.log\"; exec '{real}' \"$@\""));
    world.write("bowline.toml", format!("[tools.git]\npath = \"{}\"\n", own.display()));
    world.commit_and_push("fix: name it");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", world.root().join("fake").display());
    let checked = world.bowline_with(&["check", "--json"], &[("PATH", &path)]).expect_code(0).json();
    let tool = &checked["tools"][0];
    assert_eq!((&tool["name"], &tool["state"]), (&"git".into(), &"usable".into()), "{tool}");
    assert_eq!(tool["program"], own.to_string_lossy().into_owned());
    let shown = world.bowline_with(CHECK, &[("PATH", &path)]).expect_code(0);
    assert!(shown.stdout.contains("own-git\n") && shown.stdout.contains("✓ git"), "{}", shown.snapshot());
    let released = world.bowline_with(&["release", "--yes"], &[("PATH", &path)]).expect_code(0);
    assert!(released.stdout.contains("Released app 1.0.1"), "{}", released.snapshot());
    let log = std::fs::read_to_string(world.root().join("own-git.log")).unwrap();
    assert!(log.lines().count() > 5, "{log}");
}

/// A world in which the first git of `PATH` is `what`.
fn fake(what: &str) -> World {
    let world = one_fix();
    std::fs::create_dir(world.root().join("fake")).unwrap();
    script(&world.root().join("fake/git"), what);
    world
}

/// The same with `settings` for git.
fn configured(settings: &str, what: &str) -> World {
    let world = fake(what);
    world.write("bowline.toml", format!("[tools.git]\n{settings}\n"));
    world.commit_and_push("fix: set it up");
    world
}

fn in_checkout(path: fn(&World) -> std::path::PathBuf) -> World {
    let world = World::with_repository(PROGRAM);
    std::fs::create_dir(world.work().join("bin")).unwrap();
    script(&world.work().join("bin/git"), "echo evil >&2; exit 1");
    std::os::unix::fs::symlink(world.work().join("bin"), world.root().join("link")).unwrap();
    world.write("bowline.toml", format!("[tools.git]\npath = \"{}\"\n", path(&world).display()));
    world.commit_and_push("fix: bring a git along");
    world
}

fn script(file: &Path, what: &str) {
    std::fs::write(file, format!("#!/bin/sh\n{what}\n")).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}
