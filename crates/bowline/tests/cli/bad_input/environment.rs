//! Rows: machines that lack something, and repositories that try to run something.

use super::{check, row};
use crate::support::{one_fix, with_package_json};
use bowline_testkit::World;
use std::os::unix::fs::PermissionsExt;

#[test]
fn machines() {
    check(&[
        row("no git", one_fix).env(&[("PATH", "{root}/tmp")]).fails(12, "tool_missing", "install git"),
        row("no PATH", one_fix).env(&[("PATH", "")]).run(&["plan"]).fails(12, "tool_missing", "install git"),
        row("no home", homeless).fails(12, "no_data_folder", "[forge]"),
        row("no home, planned", homeless).run(&["plan"]).fails(12, "no_data_folder", "[forge]"),
        row("no place for state", one_fix).env(&[("BOWLINE_STATE_DIR", "/dev/null/x")]).fails(
            20,
            "state_unavailable",
            "BOWLINE_STATE_DIR",
        ),
        row("no place for state, planned", one_fix)
            .env(&[("BOWLINE_STATE_DIR", "/dev/null/x")])
            .run(&["plan"])
            .says("1.0.0 → 1.0.1"),
        row("no place for releases", one_fix)
            .env(&[("XDG_DATA_HOME", "/dev/null/x")])
            .fails(20, "forge_unreachable", "run again")
            .because("/dev/null/x/bowline"),
        row("no locale, no terminal", without_locale).run(&["plan"]).says("app 1.0.0 → 1.0.1"),
        row("a working folder that is gone", one_fix).run(&["-C", "../nowhere", "plan"]).fails(
            2,
            "no_repository",
            "-C DIR",
        ),
        row("spaces and letters of all kinds", unusual_path).dir("my wörk ☃").run(&["plan"]).says("1.0.0 → 1.0.1"),
        row("below the root of the checkout", one_fix).dir("work/src").run(&["plan"]).says("app 1.0.0 → 1.0.1"),
        row("a worktree", worktree).dir("tree").run(&["plan"]).says("app 1.0.0 → 1.0.1"),
    ]);
}

#[test]
fn releases_where_paths_are_unusual() {
    let world = unusual_path();
    let dir = world.root().join("my wörk ☃");
    let ran = world.bowline_in(&dir, &["release", "--yes"], &[]).expect_code(0);
    assert!(ran.stdout.contains("Released app 1.0.1"), "{}", ran.snapshot());
    let again = world.bowline_in(&dir, &["release", "--yes"], &[]).expect_code(0);
    assert!(again.stdout.contains("head is v1.0.1"), "{}", again.snapshot());
}

/// Nothing that the repository brings along is ever started.
#[test]
fn what_a_repository_brings_along_does_not_run() {
    let world = with_package_json();
    let marker = world.root().join("marker");
    let script = world.root().join("evil.sh");
    std::fs::write(&script, format!("#!/bin/sh\necho \"$0 $*\" >> {}\n", marker.display())).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let evil = script.to_string_lossy().into_owned();
    let hooks = world.work().join("evil-hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for name in HOOKS {
        std::os::unix::fs::symlink(&script, hooks.join(name)).unwrap();
    }
    world.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    world.write(".git/info/exclude", "evil-hooks\n");
    world.commit_and_push("fix: bring along");
    for (key, value) in [
        ("core.hooksPath", "evil-hooks"),
        ("core.fsmonitor", &evil),
        ("core.pager", &evil),
        ("core.editor", &evil),
        ("core.sshCommand", &evil),
        ("core.alternateRefsCommand", &evil),
        ("credential.helper", &evil),
        ("gpg.program", &evil),
        ("commit.gpgSign", "true"),
        ("tag.gpgSign", "true"),
        ("push.gpgSign", "if-asked"),
        ("diff.external", &evil),
        ("diff.evil.textconv", &evil),
        ("filter.evil.clean", &evil),
        ("filter.evil.smudge", &evil),
        ("filter.evil.process", &evil),
        ("merge.evil.driver", &evil),
        ("sequence.editor", &evil),
        ("alias.push", &format!("!{evil}")),
    ] {
        world.git(&["config", key, value]);
    }
    let _ = std::fs::remove_file(&marker);
    for args in [
        &["plan"][..],
        &["check"],
        &["explain"],
        &["status"],
        &["changelog", "--all"],
        &["release", "--yes"],
        &["release", "--yes"],
        &["abort"],
    ] {
        let ran = world.bowline(args).expect_code(0);
        let started = std::fs::read_to_string(&marker).unwrap_or_default();
        assert!(started.is_empty(), "{args:?} started {started}\n{}", ran.snapshot());
    }
    assert!(world.visible().contains("refs/tags/v1.1.0"));
}

fn homeless() -> World {
    let mut world = one_fix();
    for name in ["HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
        world.unset(name);
    }
    world
}

fn without_locale() -> World {
    let mut world = one_fix();
    for name in ["LC_ALL", "LANG", "TERM", "TMPDIR"] {
        world.unset(name);
    }
    world
}

fn unusual_path() -> World {
    let world = one_fix();
    world.git_in(world.root(), &["clone", "--quiet", "remote/app.git", "my wörk ☃"]);
    world
}

fn worktree() -> World {
    let world = one_fix();
    world.git(&["checkout", "--quiet", "--detach"]);
    world.git(&["worktree", "add", "--quiet", "../tree", "main"]);
    world
}

const HOOKS: [&str; 10] = [
    "pre-commit",
    "commit-msg",
    "post-commit",
    "pre-push",
    "post-checkout",
    "post-merge",
    "reference-transaction",
    "post-index-change",
    "fsmonitor-watchman",
    "post-rewrite",
];
