//! Rows: version files and the state of the checkout.

use super::{check, row};
use crate::support::{one_fix, with_package_json};
use bowline_testkit::World;

#[test]
fn dirty() {
    check(&[
        row("a declared file, edited", edited).fails(
            10,
            "declared_files_edited",
            "git restore --staged --worktree -- package.json",
        ),
        row("a declared file, staged", staged).fails(
            10,
            "declared_files_edited",
            "git restore --staged --worktree -- package.json",
        ),
        row("a declared file, removed", removed).fails(
            10,
            "declared_files_edited",
            "git restore --staged --worktree -- package.json",
        ),
        row("a declared file is a link now", linked).fails(
            10,
            "declared_files_edited",
            "git restore --staged --worktree -- package.json",
        ),
        row("the changelog, untracked", changelog).fails(10, "declared_files_edited", "CHANGELOG.md"),
        row("edited, planned", edited).run(&["plan"]).says("app 1.0.0 → 1.1.0"),
        row("edited, checked", edited).run(&["check"]).fails(10, "declared_files_edited", "git restore"),
        row("a build would see changes", dirty_build)
            .fails(10, "checkout_modified", "in = \"clone\"")
            .because("src/app.txt"),
    ]);
}

#[test]
fn version_files() {
    check(&[
        row("broken JSON", || file("package.json", "{\"name\": \"app\", \"version\": ")).fails(
            3,
            "version_file_unusable",
            "[[version_file]]",
        ),
        row("a member twice", || file("package.json", "{\"version\": \"1.0.0\", \"version\": \"1.0.0\"}\n")).fails(
            3,
            "version_file_unusable",
            "[[version_file]]",
        ),
        row("broken TOML", || file("Cargo.toml", "[package\nversion = \"1.0.0\"\n")).fails(
            3,
            "version_file_unusable",
            "[[version_file]]",
        ),
        row("not UTF-8", || file("package.json", b"{\"version\": \"1.0.0\", \"x\": \"\xff\"}\n")).fails(
            3,
            "version_file_unusable",
            "[[version_file]]",
        ),
        row("a link", link).fails(3, "version_file_unusable", "[[version_file]]"),
    ]);
}

#[test]
fn version_files_that_look_odd_and_are_fine() {
    const PLAN: &[&str] = &["plan"];
    check(&[
        row("a workspace's version", workspace).run(PLAN).says("1.0.0 → 1.0.1"),
        row("a byte order mark", || file("package.json", "\u{feff}{\"version\": \"1.0.0\"}"))
            .run(PLAN)
            .says("1.0.0 → 1.0.1"),
        row("CRLF, no end", || file("VERSION", "1.0.0\r\n")).run(PLAN).says("VERSION version: 1.0.0 → 1.0.1"),
        row("without a version", || file("package.json", "{\"private\": true}\n")).run(PLAN).says("1.0.0 → 1.0.1"),
        row("ahead of the tag", || file("VERSION", "1.4.0\n")).run(PLAN).says("1.4.0 → 1.4.1"),
        row("no version in VERSION", || file("VERSION", "soon\n")).run(&["explain"]).says("note"),
        row("an empty VERSION", || file("VERSION", "")).run(&["explain"]).says("note"),
        row("a version that is none", || file("package.json", "{\"version\": \"one\"}\n"))
            .run(&["explain"])
            .says("note"),
        row("behind the tag", || file("VERSION", "0.4.0\n")).run(PLAN).says("VERSION version: 0.4.0 → 1.0.1"),
    ]);
}

#[test]
fn other_changes_do_not_matter() {
    let world = with_package_json();
    world.write("src/app.txt", "changed and not committed\n");
    world.write("new.txt", "untracked\n");
    world.write("staged.txt", "staged\n");
    world.git(&["add", "staged.txt"]);
    let status = world.git(&["status", "--porcelain=v1"]);
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(ran.stdout.contains("Released app 1.1.0"), "{}", ran.snapshot());
    assert_eq!(world.git(&["status", "--porcelain=v1"]), status);
    assert_eq!(world.read("src/app.txt"), "changed and not committed\n");
    assert!(!world.git(&["show", "--stat", "HEAD"]).contains("app.txt"));
}

fn edited() -> World {
    let world = with_package_json();
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\",\n  \"private\": true\n}\n");
    world
}

fn staged() -> World {
    let world = edited();
    world.git(&["add", "package.json"]);
    world
}

fn removed() -> World {
    let world = with_package_json();
    std::fs::remove_file(world.work().join("package.json")).unwrap();
    world
}

fn linked() -> World {
    let world = removed();
    std::os::unix::fs::symlink("/etc/passwd", world.work().join("package.json")).unwrap();
    world
}

fn changelog() -> World {
    let world = with_package_json();
    world.write("CHANGELOG.md", "# My own notes\n");
    world
}

fn dirty_build() -> World {
    let world = with_package_json();
    world.write("bowline.toml", "[build]\ncommand = [\"true\"]\n");
    world.commit_and_push("chore: build");
    world.write("src/app.txt", "changed\n");
    world
}

fn file(path: &str, content: impl AsRef<[u8]>) -> World {
    let world = one_fix();
    world.write(path, content);
    world.commit_and_push("chore: add a version file");
    world
}

fn link() -> World {
    let world = one_fix();
    std::os::unix::fs::symlink("/etc/passwd", world.work().join("package.json")).unwrap();
    world.commit_and_push("chore: add a link");
    world
}

fn workspace() -> World {
    let world = one_fix();
    world.write("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n\n[workspace.package]\nversion = \"1.0.0\"\n");
    world.write("a/Cargo.toml", "[package]\nname = \"a\"\nversion.workspace = true\n");
    world.commit_and_push("chore: a workspace");
    world
}
