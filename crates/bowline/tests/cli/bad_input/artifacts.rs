//! Rows: artifacts that cannot be released.

use super::{check, row};
use crate::support::with_artifacts;
use bowline_testkit::World;
use std::process::Command;

#[test]
fn files_that_cannot_be_assets() {
    check(&[
        row("a link", link).fails(10, "artifact_refused", "ordinary file").because("dist/link"),
        row("a link to a folder", folder_link).fails(10, "artifact_refused", "ordinary file"),
        row("a pipe", pipe).fails(10, "artifact_refused", "ordinary file").because("dist/pipe"),
        row("missing", missing).fails(20, "artifacts_missing", "build them first"),
        row("one name twice", twice).fails(10, "artifact_names_collide", "rename").because("app.tar"),
        row("names that differ in case", case).fails(10, "artifact_names_collide", "rename"),
        row("a name that a forge would change", space)
            .fails(10, "artifact_name_unsafe", "rename")
            .because("my.app.tar"),
        row("a hostile name", hostile).fails(10, "artifact_name_unsafe", "rename"),
        row("our own name", own).fails(10, "artifact_name_reserved", "rename").because("SHA256SUMS"),
    ]);
}

#[test]
fn sets_and_builds_that_are_refused() {
    check(&[
        row("empty", empty).fails(10, "artifacts_invalid", "[artifacts]").because("empty"),
        row("too few", || limited("min = 3")).fails(10, "artifacts_invalid", "[artifacts]").because("artifacts.min"),
        row("too many", || limited("max = 1")).fails(10, "artifacts_invalid", "[artifacts]"),
        row("too large", || limited("max_size = 3")).fails(10, "artifacts_invalid", "[artifacts]"),
        row("outside the checkout", outside).fails(3, "artifact_pattern", "[artifacts]").because("leads out"),
        row("a pattern that is none", || pattern("dist/[a")).fails(3, "artifact_pattern", "[artifacts]"),
        row("a build that fails", || build("[\"sh\", \"-c\", \"echo no more; exit 3\"]")).fails(
            20,
            "build_failed",
            "mend the build",
        ),
        row("a build program that is not there", || build("[\"no-such-program\"]")).fails(
            12,
            "build_program_missing",
            "install it",
        ),
    ]);
}

fn link() -> World {
    let world = with_artifacts();
    std::os::unix::fs::symlink("/etc/passwd", world.work().join("dist/link")).unwrap();
    world
}

fn folder_link() -> World {
    let world = with_artifacts();
    std::os::unix::fs::symlink("/etc", world.work().join("dist/etc")).unwrap();
    world
}

#[expect(clippy::disallowed_methods, reason = "a named pipe comes from its program")]
fn pipe() -> World {
    let world = with_artifacts();
    assert!(Command::new("mkfifo").arg(world.work().join("dist/pipe")).status().unwrap().success());
    world
}

fn missing() -> World {
    let world = with_artifacts();
    std::fs::remove_dir_all(world.work().join("dist")).unwrap();
    world
}

fn twice() -> World {
    with("dist/other/app.tar")
}

fn case() -> World {
    with("dist/APP.tar")
}

fn space() -> World {
    with("dist/my app.tar")
}

fn hostile() -> World {
    with("dist/\u{1b}[31m\n::error::x")
}

fn own() -> World {
    with("dist/SHA256SUMS")
}

fn empty() -> World {
    let world = with_artifacts();
    world.write("dist/empty.tar", "");
    world
}

fn with(path: &str) -> World {
    let world = with_artifacts();
    world.write(path, "more");
    world
}

fn configured(text: &str) -> World {
    let world = with_artifacts();
    world.write("bowline.toml", text);
    world.commit_and_push("chore: configure");
    world
}

fn limited(line: &str) -> World {
    configured(&format!("[artifacts]\ninclude = [\"dist/**\"]\n{line}\n"))
}

fn pattern(pattern: &str) -> World {
    configured(&format!("[artifacts]\ninclude = [\"{pattern}\"]\n"))
}

fn outside() -> World {
    pattern("../secrets/*")
}

fn build(command: &str) -> World {
    configured(&format!("[build]\ncommand = {command}\n\n[artifacts]\ninclude = [\"dist/**\"]\n"))
}
