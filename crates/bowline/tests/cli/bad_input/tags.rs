//! Rows: tags that are taken, unreachable or hostile.

use super::{check, row};
use crate::support::{one_fix, with_package_json};
use bowline_testkit::World;

#[test]
fn taken_tags() {
    check(&[
        row("at this commit, lightweight", || tagged("v1.0.1", "HEAD"))
            .says("Nothing to release: no commits since v1.0.1"),
        row("at this commit, where a release commit is due", lightweight_at_head)
            .says("Nothing to release: no commits since v1.1.0"),
        row("at an older commit", || tagged("v1.0.1", "HEAD~1")).run(&["plan"]).says("app 1.0.1 → 1.0.2"),
        row("on the remote only, beside this branch", taken_elsewhere).fails(23, "version_not_above", "--version"),
        row("higher and unreachable", || unreachable("v1.5.4")).fails(23, "version_not_above", "--version 1.5.5"),
        row("higher and unreachable, planned", || unreachable("v1.5.4")).run(&["plan"]).fails(
            23,
            "version_not_above",
            "--version 1.5.5",
        ),
        row("the wanted version is taken", || unreachable("v1.5.4"))
            .run(&["release", "--yes", "--version", "1.5.4"])
            .fails(23, "version_not_above", "--version"),
    ]);
}

#[test]
fn hostile_tags_are_no_versions() {
    check(&[
        row("plan", hostile).run(&["plan"]).says("app 1.0.0 → 1.0.1"),
        row("explain", hostile).run(&["explain"]).says("from tag v1.0.0"),
        row("status", hostile).run(&["status"]).says("newest tag  v1.0.0"),
        row("changelog --all", hostile).run(&["changelog", "--all"]).says("## 1.0.1"),
    ]);
}

#[test]
fn a_release_among_hostile_tags() {
    let world = hostile();
    let before = world.visible();
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert_eq!(crate::support::malformed(&ran), None, "{}", ran.snapshot());
    let after = world.visible();
    let new: Vec<&str> = after.lines().filter(|line| line.starts_with("refs/") && !before.contains(line)).collect();
    assert_eq!(new.len(), 1, "{new:?}");
    assert!(new[0].starts_with("refs/tags/v1.0.1 "), "{new:?}");
}

/// Git itself cannot push to a branch whose full name is also a tag's: that must be said before anything begins.
#[test]
fn a_tag_with_the_full_name_of_the_branch() {
    check(&[row("refs/tags/refs/heads/main", || {
        let world = with_package_json();
        let head = world.git(&["rev-parse", "HEAD"]);
        world.git_in(&world.remote(), &["update-ref", "refs/tags/refs/heads/main", &head]);
        world
    })
    .fails(12, "push_not_possible", "git push --dry-run")
    .because("refs/heads/main matches more than one")]);
}

fn tagged(name: &str, at: &str) -> World {
    let world = one_fix();
    world.git(&["tag", name, at]);
    world.git(&["push", "--quiet", "origin", "tag", name]);
    world
}

fn lightweight_at_head() -> World {
    let world = with_package_json();
    world.git(&["tag", "v1.1.0"]);
    world.git(&["push", "--quiet", "origin", "tag", "v1.1.0"]);
    world
}

fn taken_elsewhere() -> World {
    let world = unreachable("v1.0.1");
    world.git(&["tag", "--delete", "v1.0.1"]);
    world
}

/// A tag on a commit that is on no branch any more.
fn unreachable(name: &str) -> World {
    let world = one_fix();
    world.git(&["checkout", "--quiet", "-b", "lost", "HEAD~1"]);
    world.commit("feat: elsewhere");
    world.git(&["tag", name]);
    world.git(&["push", "--quiet", "origin", "tag", name]);
    world.git(&["checkout", "--quiet", "main"]);
    world.git(&["branch", "--quiet", "-D", "lost"]);
    world
}

/// Names that git allows and nobody may take for a version or a command, above every real version.
fn hostile() -> World {
    let world = one_fix();
    let head = world.git(&["rev-parse", "HEAD"]);
    for name in HOSTILE {
        world.git_in(&world.remote(), &["update-ref", &format!("refs/tags/{name}"), &head]);
    }
    world
}

pub(super) const HOSTILE: [&str; 15] = [
    "v9.0.0$(id)",
    "v9.0.0`id`",
    "v9.0.0;id",
    "v9.0.0\"x",
    "v9.0.0{{x}}",
    "v9.0.0<b>",
    "v9.0.0\u{200b}",
    "v9.0.0\u{202e}",
    "v\u{ff19}.0.0",
    "HEAD",
    "@",
    "main",
    "-x",
    "--upload-pack=touch",
    "v99999999999999999999.0.0",
];
