//! What the tests of the command line share: worlds to begin with, and what must hold for every output.

use bowline_testkit::{Ran, World};
use std::collections::BTreeMap;
use std::path::Path;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_bowline");

/// A pushed repository at `v1.0.0` with one pushed `fix` since.
pub(crate) fn one_fix() -> World {
    let world = World::with_repository(PROGRAM);
    world.write("src/app.txt", "two\n");
    world.commit_and_push("fix: mend it");
    world
}

/// The same with a version file, and a `feat`: the next version is 1.1.0.
pub(crate) fn with_package_json() -> World {
    let world = World::with_repository(PROGRAM);
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
    world.commit_and_push("feat: add things");
    world
}

/// The same with two artifacts that are not in git.
pub(crate) fn with_artifacts() -> World {
    let world = World::with_repository(PROGRAM);
    world.write(".gitignore", "dist/\n");
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
    world.write("bowline.toml", "[artifacts]\ninclude = [\"dist/**\"]\n");
    world.commit_and_push("feat: add things");
    world.write("dist/app.tar", "artifact one");
    world.write("dist/app.zip", "artifact two");
    world
}

/// Everything that a command which refuses or only looks must leave alone: references on both sides, releases,
/// index, and the bytes of every file of the checkout `dir`.
pub(crate) fn everything(world: &World, dir: &Path) -> String {
    let mut out = if world.remote().is_dir() { world.visible() } else { String::new() };
    for args in [
        &["rev-parse", "--verify", "HEAD"][..],
        &["symbolic-ref", "--quiet", "HEAD"],
        &["ls-files", "--stage"],
        &["status", "--porcelain=v1", "--ignored"],
        &["for-each-ref", "--format=%(refname) %(objectname)", "refs/tags", "refs/heads", "refs/stash"],
    ] {
        out.push_str(&format!("\n{}", world.try_git_in(dir, args).1));
    }
    for (name, content) in files(dir) {
        out.push_str(&format!("\n{name} {content}"));
    }
    out
}

/// Every file below `dir` but git's own, by digest; what is no file, by what it is.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(dir, dir, &mut found);
    found
}

fn collect(top: &Path, dir: &Path, found: &mut BTreeMap<String, String>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let kind = std::fs::symlink_metadata(&path).unwrap().file_type();
        let name = path.strip_prefix(top).unwrap().to_string_lossy().into_owned();
        if kind.is_dir() {
            if name != ".git" && !name.starts_with("objects") {
                collect(top, &path, found);
            }
        } else if kind.is_file() {
            found.insert(name, bowline_model::Digest::of(&std::fs::read(&path).unwrap()).to_string());
        } else if kind.is_symlink() {
            found.insert(name, format!("-> {}", std::fs::read_link(&path).unwrap().display()));
        } else {
            found.insert(name, "special".to_owned());
        }
    }
}

/// How many loose objects and packs a repository holds.
pub(crate) fn objects(world: &World, dir: &Path) -> String {
    world.git_in(dir, &["count-objects", "--verbose"])
}

/// What is wrong with the form of an output, whatever was run: no line may be taken for a workflow command, and no
/// control character but the line's end may reach a terminal.
pub(crate) fn malformed(ran: &Ran) -> Option<String> {
    malformed_text(&ran.stdout).or_else(|| malformed_text(&ran.stderr))
}

/// The same for one text, wherever it was written.
pub(crate) fn malformed_text(text: &str) -> Option<String> {
    for line in text.split(['\n', '\r']) {
        if line.trim_start().starts_with("::") || line.contains("##[") {
            return Some(format!("a workflow command: {line}"));
        }
        if let Some(c) = line.chars().find(|&c| is_active(c)) {
            return Some(format!("character {:?} in: {}", c, line.escape_debug()));
        }
    }
    None
}

/// Control characters (tabs are harmless), and those that turn the direction of text or have no width.
fn is_active(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The failure's code as the last line of a failure shows it.
pub(crate) fn failure_code(ran: &Ran) -> Option<String> {
    let line = ran.stderr.lines().rev().find(|line| line.starts_with("  (") && line.contains("exit code"))?;
    line.strip_prefix("  (")?.split([',', ' ']).next().map(str::to_owned)
}

/// The hints of a failure.
pub(crate) fn hints(ran: &Ran) -> String {
    ran.stderr.lines().filter(|line| line.starts_with("  hint: ")).collect::<Vec<_>>().join("\n")
}
