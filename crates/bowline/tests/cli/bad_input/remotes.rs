//! Rows: remotes that moved, refuse, or cannot be told apart.

use super::{check, row};
use crate::support::{one_fix, with_package_json};
use bowline_testkit::World;
use std::os::unix::fs::PermissionsExt;

#[test]
fn moved() {
    check(&[
        row("newer commits of others", || moved_on(with_package_json())).fails(23, "superseded", "git pull --ff-only"),
        row("newer commits, seen by check", || moved_on(with_package_json())).run(&["check"]).fails(
            23,
            "superseded",
            "git pull --ff-only",
        ),
        row("both sides have commits", diverged).fails(23, "remote_diverged", "git pull --rebase"),
        row("commits that are not pushed", unpushed)
            .run(&["release"])
            .fails(10, "unpushed_commits", "git push")
            .because("feat: only here"),
        row("a branch that is not there", new_branch).run(&["release"]).fails(10, "unpushed_commits", "git push"),
    ]);
}

#[test]
fn unwilling() {
    check(&[
        row("the branch is refused", || refusing("refs/heads/main"))
            .fails(20, "push_rejected", "bypass")
            .because("protected"),
        row("the tag is refused", || refusing("refs/tags/v1.1.0")).fails(20, "push_rejected", "create this tag"),
        row("everything is refused", refusing_all).fails(20, "push_rejected", "nothing moved").because("closed today"),
        row("a hook prints commands", || refusing("::error::x")).run(&["plan"]).says("1.1.0"),
        row("no atomic push", not_atomic).fails(12, "push_not_possible", "git push --dry-run"),
    ]);
}

#[test]
fn several() {
    check(&[
        row("two, and none is origin", two_remotes).fails(2, "remote_unknown", "--set-upstream-to"),
        row("two, one tracked", tracked).run(&["plan"]).says("app 1.0.0 → 1.0.1"),
        row("two, one is origin", with_origin).run(&["plan"]).says("app 1.0.0 → 1.0.1"),
        row("github.com, without a token", github).fails(12, "forge_no_token", "BOWLINE_TOKEN"),
        row("gitlab.com, without support", gitlab).fails(12, "forge_unsupported", "kind = \"local\""),
        row("github.com, of a path", github_somewhere).fails(3, "forge_repository", "owner/name"),
        row("github.com, planned", github).run(&["plan"]).says("1.0.0 → 1.0.1"),
        row("a secret in the address", secret).fails(20, "remote_unreachable", "git ls-remote"),
    ]);
}

#[test]
fn a_secret_in_the_address_is_not_shown() {
    let world = secret();
    for args in [&["plan"][..], &["release", "--yes", "-v"], &["status"], &["--log-format", "json", "check"]] {
        let ran = world.bowline(args).expect_code(20);
        assert!(!ran.snapshot().contains("hunter2"), "{}", ran.snapshot());
    }
}

/// Somebody else pushes.
fn moved_on(world: World) -> World {
    world.git_in(world.root(), &["clone", "--quiet", "remote/app.git", "other"]);
    let other = world.root().join("other");
    world.git_in(&other, &["commit", "--quiet", "--allow-empty", "--message", "feat: by somebody else"]);
    world.git_in(&other, &["push", "--quiet", "origin", "HEAD"]);
    world
}

fn diverged() -> World {
    let world = moved_on(with_package_json());
    world.commit("fix: here");
    world
}

fn unpushed() -> World {
    let world = with_package_json();
    world.commit("feat: only here");
    world
}

fn new_branch() -> World {
    let world = with_package_json();
    world.git(&["checkout", "--quiet", "-b", "next"]);
    world
}

fn hook(world: &World, name: &str, script: &str) {
    let hooks = world.remote().join("hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    let path = hooks.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn refusing(reference: &str) -> World {
    let world = with_package_json();
    hook(
        &world,
        "update",
        &format!(
            "[ \"$1\" = '{reference}' ] || exit 0\necho '::error::protected' >&2\nprintf '\\033[31mprotected\\n' >&2\nexit 1"
        ),
    );
    world
}

fn refusing_all() -> World {
    let world = with_package_json();
    hook(&world, "pre-receive", "echo 'closed today' >&2\nexit 1");
    world
}

fn not_atomic() -> World {
    let world = with_package_json();
    world.git_in(&world.remote(), &["config", "receive.advertiseAtomic", "false"]);
    world
}

fn two_remotes() -> World {
    let world = one_fix();
    world.git(&["remote", "rename", "origin", "first"]);
    world.git(&["remote", "add", "second", "../remote/app.git"]);
    world.git(&["branch", "--unset-upstream"]);
    world
}

fn tracked() -> World {
    let world = two_remotes();
    world.git(&["branch", "--quiet", "--set-upstream-to", "first/main"]);
    world
}

fn with_origin() -> World {
    let world = one_fix();
    world.git(&["remote", "add", "second", "../remote/nothing.git"]);
    world.git(&["branch", "--unset-upstream"]);
    world
}

fn github() -> World {
    on_forge("kind = \"github\"\nrepository = \"acme/app\"\n")
}

fn github_somewhere() -> World {
    on_forge("kind = \"github\"\n")
}

fn gitlab() -> World {
    on_forge("kind = \"gitlab\"\n")
}

fn on_forge(settings: &str) -> World {
    let world = one_fix();
    world.write("bowline.toml", format!("[forge]\n{settings}"));
    world.commit_and_push("chore: configure");
    world
}

fn secret() -> World {
    let world = one_fix();
    world.git(&["remote", "set-url", "origin", "http://me:hunter2@127.0.0.1:9/app.git"]);
    world
}
