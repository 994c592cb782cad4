//! Rows: configuration that cannot be used.

use super::{check, row};
use crate::support::{one_fix, with_package_json};
use bowline_testkit::World;

#[test]
fn mistakes_in_the_file() {
    check(&[
        row("an unknown key", || config("[release]\ntagg = \"v{version}\"\n"))
            .fails(3, "config_invalid", "did you mean `tag`")
            .because("bowline.toml:2:1"),
        row("an unknown section", || config("[relase]\ntag = \"v{version}\"\n")).fails(
            3,
            "config_invalid",
            "did you mean `release`",
        ),
        row("a wrong type", || config("[artifacts]\nmin = \"two\"\n"))
            .fails(3, "config_invalid", "bowline config explain")
            .because("bowline.toml:2"),
        row("a list that is a text", || config("[artifacts]\ninclude = \"dist/*\"\n")).fails(
            3,
            "config_invalid",
            "[\"dist/*\"]",
        ),
        row("broken TOML", || config("[release\ntag = 1\n"))
            .fails(3, "config_invalid", "bowline config explain")
            .because("bowline.toml:1"),
        row("a key twice", || config("[release]\ntag = \"a\"\ntag = \"b\"\n"))
            .fails(3, "config_invalid", "bowline config explain")
            .because("bowline.toml:3"),
        row("a section that comes later", || config("[sign]\nrequired = true\n")).fails(3, "config_invalid", "line 1"),
        row("not UTF-8", || config(b"[project]\nname = \"\xff\"\n")).fails(3, "config_invalid", "UTF-8"),
        row("hostile text", || config("\"a\\u001b[31m\\n::error::x\" = 1\n")).fails(3, "config_invalid", "line 1"),
        row("a template that fails", || config("[changelog]\ntemplate = \"{{ 1 / }}\"\n")).fails(
            3,
            "template_invalid",
            "[changelog]",
        ),
        row("a tag without a version", || config("[release]\ntag = \"latest\"\n"))
            .fails(3, "config_invalid", "bowline config explain")
            .because("exactly once"),
        row("a pattern that is none", || config("[release]\nbranches = [\"[a\"]\n")).fails(
            3,
            "branch_pattern",
            "release.branches",
        ),
    ]);
}

#[test]
fn files_that_are_no_configuration() {
    check(&[
        row("2 MiB", huge).fails(3, "config_invalid", "settings only"),
        row("a folder", folder).fails(3, "config_not_a_file", "--config").because("bowline.toml is a folder"),
        row("a link, not committed", link)
            .fails(3, "config_not_a_file", "an ordinary file")
            .because("bowline.toml is a symbolic link"),
        row("a link, committed", committed_link)
            .fails(3, "config_not_a_file", "an ordinary file")
            .because("bowline.toml is a symbolic link"),
        row("named, and not there", one_fix).run(&["plan", "--config", "other.toml"]).fails(
            3,
            "config_missing",
            "--config",
        ),
        row("named, and a folder", one_fix).run(&["plan", "--config", "src"]).fails(3, "config_not_a_file", "--config"),
        row("not committed", uncommitted).fails(3, "config_uncommitted", "git add bowline.toml"),
        row("not committed, planned", uncommitted).run(&["plan"]).says("commit it before releasing"),
        row("not committed, checked", uncommitted).run(&["check"]).fails(
            3,
            "config_uncommitted",
            "git add bowline.toml",
        ),
    ]);
}

#[test]
fn flags() {
    check(&[
        row("an unknown level", one_fix).run(&["plan", "--bump", "nonsense"]).fails(
            2,
            "flag_invalid",
            "the commits decide",
        ),
        row("not a version", one_fix).run(&["plan", "--version", "one"]).fails(2, "flag_invalid", "1.2.3"),
        row("a lower version", one_fix).run(&["release", "--yes", "--version", "0.9.0"]).fails(
            23,
            "version_not_above",
            "--version",
        ),
        row("the same version", one_fix).run(&["release", "--yes", "--version", "1.0.0"]).fails(
            23,
            "version_not_above",
            "--version",
        ),
        row("an unusable identifier", one_fix).run(&["plan", "--pre", "r c"]).fails(2, "flag_invalid", "rc"),
        row("two of them", one_fix).run(&["plan", "--version", "2.0.0", "--bump", "major"]).fails(
            2,
            "flag_invalid",
            "given or worked out",
        ),
        row("a step that cannot be skipped", one_fix).run(&["release", "--yes", "--skip", "push/refs"]).fails(
            2,
            "step_not_skippable",
            "build/command",
        ),
        row("a step that is none", one_fix).run(&["release", "--yes", "--skip", "push/everything"]).fails(
            2,
            "unknown_step",
            "push/refs",
        ),
        row("a variable that is wrong", one_fix)
            .run(&["plan"])
            .env(&[("BOWLINE_BUMP", "huge")])
            .fails(2, "flag_invalid", "the commits decide")
            .because("BOWLINE_BUMP"),
        row("a log file that cannot be", one_fix).run(&["plan", "--log-file", "/dev/null/log"]).fails(
            2,
            "log_file",
            "--log-file",
        ),
    ]);
}

fn config(text: impl AsRef<[u8]>) -> World {
    let world = one_fix();
    world.write("bowline.toml", text);
    world.commit_and_push("chore: configure");
    world
}

fn huge() -> World {
    config(format!("# {}\n", "x".repeat(2 << 20)))
}

fn folder() -> World {
    let world = one_fix();
    world.write("bowline.toml/inside", "");
    world
}

fn link() -> World {
    let world = one_fix();
    std::os::unix::fs::symlink("/etc/passwd", world.work().join("bowline.toml")).unwrap();
    world
}

fn committed_link() -> World {
    let world = link();
    world.commit_and_push("chore: configure by a link");
    world
}

fn uncommitted() -> World {
    let world = with_package_json();
    world.write("bowline.toml", "[release]\nbranches = [\"main\"]\n");
    world
}
