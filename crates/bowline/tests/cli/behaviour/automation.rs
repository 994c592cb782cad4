//! On CI systems: annotations, summaries, questions that are not asked, and exit codes.

use crate::support::{everything, failure_code, with_artifacts, with_package_json};
use bowline_testkit::World;

fn summary(world: &World) -> String {
    std::fs::read_to_string(world.root().join("summary.md")).unwrap_or_default()
}

#[test]
fn a_failure_is_one_annotation() {
    let world = with_package_json();
    world.write("package.json", "{ \"edited\": true }\n");
    let path = world.root().join("summary.md").to_string_lossy().into_owned();
    let env = [("GITHUB_ACTIONS", "true"), ("CI", "true"), ("GITHUB_STEP_SUMMARY", path.as_str())];
    let ran = world.bowline_with(&["release"], &env).expect_code(10);
    let all = format!("{}{}", ran.stdout, ran.stderr);
    let commands: Vec<&str> = all.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    assert_eq!(commands.len(), 1, "{}", ran.snapshot());
    assert!(commands[0].starts_with("::error title=bowline%3A declared_files_edited::"), "{commands:?}");
    assert!(commands[0].contains("git restore"), "{commands:?}");
    let summary = summary(&world);
    assert!(summary.contains("| step | outcome | reason |"), "{summary}");
    assert!(summary.contains("| gate/tree | failed |"), "{summary}");
    assert!(summary.contains("package.json"), "{summary}");
}

#[test]
fn a_failure_before_the_run_is_one_annotation() {
    let world = with_package_json();
    let path = world.root().join("summary.md").to_string_lossy().into_owned();
    let env = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", path.as_str())];
    let ran = world.bowline_with(&["release", "--version", "0.1.0"], &env).expect_code(23);
    assert_eq!(ran.stderr.matches("::error title=").count(), 1, "{}", ran.snapshot());
    assert!(summary(&world).contains("not above"), "{}", summary(&world));
}

#[test]
fn a_release_is_summarised() {
    let world = with_artifacts();
    let path = world.root().join("summary.md").to_string_lossy().into_owned();
    let env = [("GITHUB_ACTIONS", "true"), ("CI", "true"), ("GITHUB_STEP_SUMMARY", path.as_str())];
    let ran = world.bowline_with(&["release"], &env).expect_code(0);
    assert!(!ran.stderr.contains("::error"), "{}", ran.snapshot());
    let text = summary(&world);
    assert!(text.contains("**app 1.0.0 → 1.1.0**"), "{text}");
    assert!(text.contains("| push/refs | done |"), "{text}");
    let _ = world.bowline_with(&["release"], &env).expect_code(0);
    let both = summary(&world);
    assert!(
        both.starts_with(&text) && both.contains("head is v1\\.1\\.0") || both.contains("head is v1.1.0"),
        "{both}"
    );
}

/// What a step hands out, as the runner reads the file: `name=value`, or `name<<mark` up to a line that is the mark.
fn outputs(text: &str) -> Vec<(String, String)> {
    let mut read = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        match line.split_once("<<").filter(|(name, _)| !name.contains('=')) {
            Some((name, mark)) => {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != mark).collect();
                read.push((name.to_owned(), value.join("\n")));
            }
            None => {
                let (name, value) = line.split_once('=').unwrap();
                read.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    read
}

#[test]
fn later_steps_get_what_a_release_came_to() {
    let world = with_artifacts();
    let run = |args: &[&str], file: &str| {
        let path = world.root().join(file).to_string_lossy().into_owned();
        let _ = world.bowline_with(args, &[("CI", "true"), ("GITHUB_OUTPUT", path.as_str())]).expect_code(0);
        let read = outputs(&std::fs::read_to_string(path).unwrap());
        assert_eq!(read[0].0, "status", "the first, so that nothing can stand before it");
        move |name: &str| read.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone()).unwrap()
    };
    let planned = run(&["plan"], "planned");
    assert_eq!(
        (planned("status"), planned("due"), planned("releasable")),
        ("planned".into(), "true".into(), "true".into())
    );
    assert_eq!((planned("version"), planned("previous-version")), ("1.1.0".into(), "1.0.0".into()));
    let made = run(&["release"], "made");
    assert_eq!((made("status"), made("released"), made("exit-code")), ("released".into(), "true".into(), "0".into()));
    assert_eq!((made("tag"), made("plan-digest")), ("v1.1.0".into(), planned("plan-digest")));
    assert!(made("changelog").contains("add things") && made("changelog").contains('\n'), "{}", made("changelog"));
    assert!(!made("run-id").is_empty() && made("release-url").contains("v1.1.0"));
    let nothing = run(&["release"], "nothing");
    assert_eq!(
        (nothing("status"), nothing("released"), nothing("due")),
        ("nothing".into(), "false".into(), "false".into())
    );
    assert_eq!((nothing("version"), nothing("tag")), ("1.1.0".into(), "v1.1.0".into()), "what is current");
}

#[test]
fn pull_requests_are_not_released() {
    let world = with_package_json();
    let before = everything(&world, &world.work());
    for env in [
        &[("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_ACTIONS", "true")][..],
        &[("CI_MERGE_REQUEST_IID", "7"), ("GITLAB_CI", "true")],
    ] {
        let ran = world.bowline_with(&["release", "--yes"], env);
        assert_eq!(ran.code, Some(10), "{env:?}\n{}", ran.snapshot());
        assert!(failure_code(&ran).is_some());
        let plan = world.bowline_with(&["plan"], env).expect_code(0);
        assert!(plan.stdout.contains("1.1.0"));
    }
    assert_eq!(everything(&world, &world.work()), before);
}

/// Every documented exit code that this version can end with and that no other test here shows.
#[test]
fn exit_codes_are_documented() {
    let table = include_str!("../../../../../docs/exit-codes.md");
    for code in ["0", "1", "2", "3", "4", "5", "10", "11", "12", "20, 21", "22", "23", "24", "25", "30"] {
        assert!(table.contains(&format!("\n| {code} | ")), "{code}\n{table}");
    }
}
