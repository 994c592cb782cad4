//! `bowline standard-version`. What the originals print and write is compared with them by `scripts/compare-standard-version`;
//! here is what they do not do.

use crate::support::{PROGRAM, everything};
use bowline_testkit::{Ran, World};
use std::process::Command;

const PACKAGE: &str = "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n";

/// A repository at `v1.0.0` with a package and a `feat` since.
fn world() -> World {
    let mut world = World::with_repository(PROGRAM);
    for who in ["AUTHOR", "COMMITTER"] {
        world.set(&format!("GIT_{who}_NAME"), "Ann");
        world.set(&format!("GIT_{who}_EMAIL"), "ann@example.com");
    }
    world.write("package.json", PACKAGE);
    world.commit("feat: add things");
    world
}

fn drop_in(world: &World, flags: &[&str]) -> Ran {
    world.bowline(&[&["standard-version"], flags].concat())
}

#[test]
fn a_release_as_teams_know_it() {
    let world = world();
    world.write("other.txt", "not mine\n");
    world.git(&["add", "other.txt"]);
    world.git(&["remote", "set-url", "origin", "https://github.com/acme/widget.git"]);
    let ran = drop_in(&world, &[]).expect_code(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(
        ran.stdout,
        "✔ bumping version in package.json from 1.0.0 to 1.1.0\n\
         ✔ created CHANGELOG.md\n\
         ✔ outputting changes to CHANGELOG.md\n\
         ✔ committing package.json and CHANGELOG.md\n\
         ✔ tagging release v1.1.0\n\
         ℹ Run `git push --follow-tags origin main && npm publish` to publish\n"
    );
    assert_eq!(world.read("package.json"), PACKAGE.replace("1.0.0", "1.1.0"));
    let subject = world.git(&["log", "-1", "--format=%B|%an", "v1.1.0"]);
    assert_eq!(subject.trim(), "chore(release): 1.1.0\n|Ann");
    // What somebody else has staged stays staged.
    assert_eq!(world.git(&["status", "--porcelain"]), "A  other.txt");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the program is started by another name")]
fn it_is_known_by_the_names_of_the_originals() {
    let world = world();
    for (name, profile) in
        [("standard-version", "[standard-version]"), ("commit-and-tag-version", "[commit-and-tag-version]")]
    {
        let program = world.root().join(name);
        std::os::unix::fs::symlink(PROGRAM, &program).unwrap();
        let run = |flags: &[&str]| {
            let ran = Command::new(&program)
                .args(flags)
                .current_dir(world.work())
                .env_clear()
                .envs(world.variables())
                .output()
                .unwrap();
            assert!(ran.status.success(), "{ran:?}");
            (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap())
        };
        let (out, err) = run(&["--dry-run", "-m", "release %s"]);
        assert!(out.contains("## [1.1.0]") || out.contains("## 1.1.0"), "{out}");
        assert!(err.starts_with(profile), "{err}");
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = world();
    let before = everything(&world, &world.work());
    let ran = drop_in(&world, &["--dry-run", "--scripts.prebump", "echo 9.9.9", "--scripts.posttag", "touch made"])
        .expect_code(0);
    assert!(ran.stdout.contains("tagging release v1.1.0"), "{}", ran.stdout);
    assert!(ran.stderr.contains("the hook `prebump` is not run in a dry run"), "{}", ran.stderr);
    assert_eq!(everything(&world, &world.work()), before);
}

#[test]
fn a_failure_before_the_tag_leaves_all_as_it_was() {
    let world = world();
    world.write("CHANGELOG.md", "# Mine\n\nnot committed\n");
    world.write("staged.txt", "staged\n");
    world.git(&["add", "staged.txt"]);
    let before = everything(&world, &world.work());
    for hook in
        ["prerelease", "prebump", "postbump", "prechangelog", "postchangelog", "precommit", "postcommit", "pretag"]
    {
        let ran = drop_in(&world, &[&format!("--scripts.{hook}"), "echo no >&2; exit 3"]).expect_code(1);
        assert!(ran.stderr.contains("Command failed: echo no >&2; exit 3"), "{hook}: {}", ran.stderr);
        assert_eq!(everything(&world, &world.work()), before, "{hook}");
    }
    // A hook of git's own.
    world.write(".git/hooks/commit-msg", "#!/bin/sh\nexit 1\n");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(world.work().join(".git/hooks/commit-msg"), executable).unwrap();
    let _ = drop_in(&world, &[]).expect_code(1);
    assert_eq!(everything(&world, &world.work()), before);
    let _ = drop_in(&world, &["--no-verify"]).expect_code(0);
}

#[test]
fn the_originals_leave_things_behind() {
    let world = world();
    let _ = drop_in(&world, &["--compat", "exact", "--scripts.postbump", "exit 3"]).expect_code(1);
    assert!(world.read("package.json").contains("1.1.0"));
}

#[test]
fn what_others_have_is_not_taken_back() {
    let world = world();
    let ran = drop_in(&world, &["--scripts.postcommit", "git push -q origin HEAD:main && exit 3"]).expect_code(1);
    assert!(
        ran.stderr.contains("the release commit stays, because refs/remotes/origin/main has it too"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.git(&["log", "-1", "--format=%s"]).trim(), "chore(release): 1.1.0");
    world.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let ran = drop_in(&world, &["--scripts.posttag", "exit 3"]).expect_code(1);
    assert!(ran.stderr.contains("commit and tag are made and stay"), "{}", ran.stderr);
    assert_eq!(world.git(&["tag", "--points-at", "HEAD"]).trim(), "v1.1.0");
}

#[test]
fn a_tag_that_is_taken_is_found_before_anything_is_written() {
    let world = world();
    world.git(&["tag", "v1.1.0", "v1.0.0"]);
    let before = everything(&world, &world.work());
    let ran = drop_in(&world, &["--release-as", "1.1.0"]).expect_code(1);
    assert!(ran.stderr.contains("fatal: tag 'v1.1.0' already exists\nnothing was changed"), "{}", ran.stderr);
    assert_eq!(everything(&world, &world.work()), before);
}

#[test]
fn what_a_killed_run_has_left_is_named() {
    let world = world();
    let _ = drop_in(&world, &["--scripts.precommit", "kill -9 $PPID"]);
    assert_eq!(world.read("package.json"), PACKAGE.replace("1.0.0", "1.1.0"));
    let ran = drop_in(&world, &["--dry-run"]).expect_code(0);
    let expected = "package.json says 1.1.0, and the last commit says 1.0.0";
    assert!(ran.stderr.contains(expected) && ran.stderr.contains("git restore package.json"), "{}", ran.stderr);
    world.git(&["restore", "package.json"]);
    let ran = drop_in(&world, &["--dry-run"]).expect_code(0);
    assert!(!ran.stderr.contains("the last commit says"), "{}", ran.stderr);
}

#[test]
fn a_failure_of_our_own_has_their_exit_code() {
    let world = world();
    for (arguments, expected) in [
        (&["-C", "nowhere", "standard-version"][..], "there is no folder"),
        (&["standard-version", "--options-json", "nowhere.json"], "one JSON object"),
        (&["standard-version", "--options-json"], "no file is named"),
    ] {
        let ran = world.bowline(arguments).expect_code(1);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn a_shallow_clone_is_named() {
    let world = world();
    world.git(&["push", "--quiet", "origin", "main"]);
    let from = format!("file://{}", world.remote().display());
    world.git_in(world.root(), &["clone", "--quiet", "--depth", "1", &from, "shallow"]);
    let dir = world.root().join("shallow").to_string_lossy().into_owned();
    let ran = world.bowline(&["-C", &dir, "standard-version", "--dry-run"]).expect_code(0);
    assert!(ran.stderr.contains("this clone is shallow"), "{}", ran.stderr);
}

#[test]
fn nothing_new_is_no_release() {
    let world = world();
    let _ = drop_in(&world, &[]).expect_code(0);
    let before = everything(&world, &world.work());
    let ran = drop_in(&world, &[]).expect_code(0);
    assert!(ran.stdout.contains("no commits since the last release"), "{}", ran.stdout);
    assert_eq!(everything(&world, &world.work()), before);
    let _ = drop_in(&world, &["--release-as", "patch"]).expect_code(0);
    assert_eq!(world.git(&["tag", "--points-at", "HEAD"]).trim(), "v1.1.1");
}

#[test]
fn a_text_of_ones_own_stays_in_the_changelog() {
    let world = world();
    world.write("CHANGELOG.md", "# History\n\nRead this first.\n\n## 1.0.0\n\n* begin\n");
    world.commit("docs: history");
    let ran = drop_in(&world, &[]).expect_code(0);
    assert!(
        ran.stderr.contains("note: a known mistake of standard-version is mended in CHANGELOG.md"),
        "{}",
        ran.stderr
    );
    let text = world.read("CHANGELOG.md");
    assert!(
        text.starts_with("# History\n\nRead this first.\n\n## ") && text.ends_with("## 1.0.0\n\n* begin\n"),
        "{text}"
    );
}

#[test]
fn bytes_that_are_no_text_are_not_lost() {
    let world = world();
    world.write("CHANGELOG.md", b"# Histoire\n\n\xe9t\xe9\n");
    let before = everything(&world, &world.work());
    let ran = drop_in(&world, &[]).expect_code(1);
    assert!(ran.stderr.contains("CHANGELOG.md is not UTF-8"), "{}", ran.stderr);
    assert_eq!(everything(&world, &world.work()), before);
}

#[test]
fn what_cannot_be_is_refused_with_a_way_on() {
    for (flags, code, expected) in [
        (&["--release-as", "foo"][..], 1, "releaseAs is \"foo\", and must be major, minor, patch or a version"),
        (&["--bogus-flag", "--dry-run"], 0, "bogus-flag"),
        (&["--profile", "sv10"], 1, "catv13"),
        (&["--compat", "roughly"], 1, "exact"),
    ] {
        let world = world();
        let before = everything(&world, &world.work());
        let ran = drop_in(&world, flags).expect_code(code);
        assert!(ran.stderr.contains(expected), "{flags:?}: {}", ran.stderr);
        assert_eq!(everything(&world, &world.work()), before, "{flags:?}");
    }
}
