//! `init`: the files that it writes, and everything that it leaves alone.

use crate::support::{everything, failure_code};
use bowline_testkit::{World, parts};
use std::path::Path;

const PIN: &str = "0123456789abcdef0123456789abcdef01234567";
const WORKFLOW: &str = ".github/workflows/release.yml";

fn world() -> World {
    let world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    world.git(&["remote", "set-url", "origin", "https://github.com/acme/app.git"]);
    world
}

#[test]
fn a_repository_gets_its_workflow_once() {
    let world = world();
    let printed = world.bowline(&["init", "--print"]).expect_code(0);
    let would = world.bowline(&["init", "--dry-run", "--json"]).expect_code(0).json();
    assert_eq!(would["files"][0]["state"], "would_be_written");
    assert_eq!(world.read(WORKFLOW), "", "neither writes");
    let ran = world.bowline(&["init", "--json"]).expect_code(0).json();
    assert_eq!((&ran["files"][0]["path"], &ran["files"][0]["state"]), (&WORKFLOW.into(), &"written".into()), "{ran:#}");
    assert!(printed.stdout.contains(&world.read(WORKFLOW)), "{}", printed.stdout);
    assert!(world.read(WORKFLOW).contains("branches: ['main']"), "{}", world.read(WORKFLOW));
    let again = world.bowline(&["init", "--json"]).expect_code(0).json();
    assert_eq!(again["files"][0]["state"], "unchanged", "{again:#}");
    world.write(WORKFLOW, world.read(WORKFLOW).replace('\n', "\r\n"));
    let again = world.bowline(&["init", "--json"]).expect_code(0).json();
    assert_eq!(again["files"][0]["state"], "unchanged", "with other line ends: {again:#}");
    // What it wrote is a configuration that can be read.
    world.git(&["add", "--all"]);
    world.git(&["commit", "--quiet", "--message", "ci: release with Bowline"]);
    let _ = world.bowline(&["config", "show"]).expect_code(0);
}

#[test]
fn what_is_there_is_never_overwritten() {
    let world = world();
    world.write(
        WORKFLOW,
        "on: push\njobs:\n  r:\n    environment: live\n    runs-on: x\n    steps:\n      - run: npx semantic-release\n",
    );
    world.write(".releaserc", "{}");
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["init", "--json"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("init_exists"), "{}", ran.snapshot());
    assert_eq!(everything(&world, &world.work()), before, "bowline.toml was not written either");
    let ran = world.bowline(&["init", "--into", "bowline.yml", "--json"]).expect_code(0).json();
    let notes = ran["notes"].to_string();
    assert!(notes.contains("semantic-release") && notes.contains("releases already"), "{notes}");
    let caller = world.read(".github/workflows/bowline.yml");
    assert!(caller.contains("environment: 'live'"), "the environment is taken over: {caller}");
}

#[test]
fn links_and_unwritable_folders_leave_nothing() {
    let world = world();
    let elsewhere = world.root().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, world.work().join(".github")).unwrap();
    let ran = world.bowline(&["init", "--json"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("init_link"), "{}", ran.snapshot());
    assert!(std::fs::read_dir(&elsewhere).unwrap().next().is_none());
    let _ = world.bowline(&["init", "--print"]).expect_code(0);
    std::fs::remove_file(world.work().join(".github")).unwrap();
    world.write(".github", "a file");
    let _ = world.bowline(&["init", "--json"]).expect_code(20);
    assert_eq!(world.read("bowline.toml"), "");
}

#[test]
fn configuration_of_standard_version_keeps_counting() {
    let world = world();
    world.write(".versionrc.json", "{}");
    world.write(".nvmrc", "v22.1\n");
    let ran = world.bowline(&["init", "--json"]).expect_code(0).json();
    assert_eq!(ran["files"].as_array().unwrap().len(), 1, "no bowline.toml takes its place: {ran:#}");
    assert!(world.read(WORKFLOW).contains("node-version: '22.1'"), "{}", world.read(WORKFLOW));
}

#[test]
fn odd_repositories_are_told_what_to_do() {
    let world = world();
    for (args, code) in [
        (&["init", "--into", "../x.yml"][..], "init_name"),
        (&["init", "--into", "x.txt"][..], "init_name"),
        (&["init", "--workflow-ref", "v1\n  x: y"][..], "init_reference"),
        (&["init", "--environment", "${{ secrets.X }}"][..], "init_environment"),
        (&["init", "--environment", "a\nb"][..], "init_environment"),
    ] {
        let ran = world.bowline(&[args, &["--json"]].concat()).expect_code(2);
        assert_eq!(failure_code(&ran).as_deref(), Some(code), "{}", ran.snapshot());
    }
    world.git(&["remote", "set-url", "origin", "https://gitlab.com/acme/app.git"]);
    let ran = world.bowline(&["init", "--json"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("init_other_forge"), "{}", ran.snapshot());
    world.git(&["remote", "remove", "origin"]);
    world.git(&["branch", "--move", "main", "its-new+"]);
    let _ = world.bowline_in(&world.work().join("src"), &["init"], &[]).expect_code(0);
    assert!(
        world.read(WORKFLOW).contains(r"branches: ['its-new\+']"),
        "from a subfolder too: {}",
        world.read(WORKFLOW)
    );
    let empty = World::new(env!("CARGO_BIN_EXE_bowline"));
    empty.init();
    let _ = empty.bowline(&["init"]).expect_code(0);
    let _ = empty.bowline_in(empty.root(), &["init"], &[]).expect_code(2);
}

/// The checkers of workflows have nothing to say about what is written.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test starts the checkers of workflows")]
fn checkers_find_nothing() {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/venv/bin");
    if !parts::require("actionlint and zizmor", tools.join("zizmor").is_file()) {
        return;
    }
    let world = world();
    let _ = world.bowline(&["init", "--workflow-ref", PIN, "--environment", "production"]).expect_code(0);
    for (program, args) in
        [("actionlint", &["-shellcheck=", WORKFLOW][..]), ("zizmor", &["--offline", "--persona=auditor", WORKFLOW])]
    {
        let ran =
            std::process::Command::new(tools.join(program)).args(args).current_dir(world.work()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{program}: {said}");
    }
    let judged = world.bowline(&["doctor", "--workflow", WORKFLOW, "--json"]).json();
    let findings = judged["findings"].as_array().unwrap();
    let rules: Vec<&str> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["workflow/unsigned", "workflow/no-metrics"], "what this version does not do: {judged:#}");
}
