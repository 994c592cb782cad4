//! What goes wrong on the way: killed jobs, newer commits, changed artifacts, missing rights, pull requests, hostile names.

use crate::stage::{Outcome, READER, Stage, WRITER, files};

const MINIMAL: &str = include_str!("callers/minimal.yml");

/// A stage whose caller runs no quality checks, with something to release.
fn stage(more: &str) -> Option<Stage> {
    let stage = Stage::new()?;
    stage.caller(&format!(
        "{MINIMAL}    with:\n      run-quality-checks: false\n{more}    secrets:\n      GH_TOKEN: ${{{{ secrets.GH_TOKEN }}}}\n"
    ));
    stage.world.write("VERSION", "1.0.0\n");
    stage.world.commit_and_push("feat: something to release");
    Some(stage)
}

const RIGHTS: [(&str, &str); 2] = [("secret:GITHUB_TOKEN", READER), ("secret:GH_TOKEN", WRITER)];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&RIGHTS[..], more].concat()
}

fn failed(ran: &Outcome) -> Vec<String> {
    ran.jobs().into_iter().filter(|(_, ok)| !ok).map(|(name, _)| name).collect()
}

/// The publishing job dies, and the whole workflow is run again: one tag, one release, each file once.
#[test]
fn a_killed_publishing_job_is_completed_by_the_next_run() {
    for moment in ["effect:push/refs", "effect:publish/release"] {
        let Some(stage) = stage("") else { return };
        let killed = stage.push(&with(&[("BOWLINE_CRASH_AT", moment)])).expect(false);
        assert_eq!(failed(&killed), ["Publish"], "{moment}: {}", killed.log);
        let again = stage.push(&RIGHTS).expect(true);
        assert_eq!((again.of("released"), again.of("tag")), ("true", "v1.1.0"), "{moment}");
        let state = stage.github.state();
        assert!(state.violations.is_empty(), "{moment}: {:?}", state.violations);
        assert_eq!(state.count(), 1, "{moment}: {:#?}", state.log);
    }
}

/// Somebody pushed while this run was on its way: its own run releases both.
#[test]
fn a_newer_commit_replaces_this_one_without_a_failure() {
    let Some(stage) = stage("") else { return };
    let planned = stage.world.git(&["rev-parse", "HEAD"]);
    let newer = stage.world.commit_and_push("fix: something newer");
    stage.world.git(&["reset", "--quiet", "--hard", planned.trim()]);
    let before = stage.refs();
    let ran = stage.push(&RIGHTS).expect(true);
    assert_eq!((ran.of("status"), ran.of("released")), ("superseded", "false"));
    assert_eq!(ran.passed(), ["Plan"], "{}", ran.log);
    assert!(ran.log.contains(newer.trim().get(..10).unwrap()), "the newer commit is named:\n{}", ran.log);
    assert!(!ran.log.contains("::error"), "{}", ran.log);
    assert_eq!((stage.refs(), stage.changes()), (before, Vec::new()));
}

/// An approval can take days. By then somebody may have pushed.
#[test]
fn a_commit_that_is_newer_by_the_time_of_the_build_replaces_this_one_too() {
    let Some(stage) = stage("      build-command: touch built\n") else { return };
    let planned = stage.world.git(&["rev-parse", "HEAD"]);
    let newer = stage.world.commit("fix: something newer");
    stage.world.git(&["push", "--quiet", "origin", "HEAD:refs/heads/later"]);
    stage.world.git(&["reset", "--quiet", "--hard", planned.trim()]);
    let bare = stage.world.remote().to_string_lossy().into_owned();
    let ran = stage.push(&with(&[("STAND_IN_BARE", &bare), ("STAND_IN_NEWER", newer.trim())])).expect(true);
    // `act` tells a caller no outputs where a job in the middle was skipped; what the jobs said is in the log.
    assert_eq!(ran.of("result"), "success", "{}", ran.log);
    assert!(ran.log.contains("status=superseded") && !ran.log.contains("::error"), "{}", ran.log);
    assert_eq!(ran.passed(), ["Plan", "Build", "Notify"], "{}", ran.log);
    assert_eq!(stage.changes(), Vec::<String>::new());
    assert!(!stage.refs().contains("v1.1.0"), "{}", stage.refs());
}

/// What passes through the artifact store is believed for its digest.
#[test]
fn a_changed_artifact_stops_the_release() {
    let Some(stage) = stage("") else { return };
    let before = stage.refs();
    let ran = stage.push(&with(&[("STAND_IN_CHANGES", "plan.json")])).expect(false);
    assert_eq!(failed(&ran), ["Build"], "{}", ran.log);
    assert!(ran.log.contains("handoff_differs"), "{}", ran.log);
    assert_eq!((stage.refs(), stage.changes()), (before, Vec::new()));
}

#[test]
fn a_job_without_the_right_to_publish_says_which_and_leaves_nothing() {
    let Some(stage) = stage("") else { return };
    let before = stage.refs();
    let ran = stage.push(&[("secret:GITHUB_TOKEN", READER)]).expect(false);
    assert_eq!(failed(&ran), ["Publish"], "{}", ran.log);
    assert!(ran.log.contains("contents: write"), "{}", ran.log);
    assert_eq!((stage.refs(), stage.changes()), (before, Vec::new()));
}

/// From a pull request of anybody: looked at, and nothing handed on.
#[test]
fn a_pull_request_is_planned_and_never_released() {
    let Some(stage) = Stage::new() else { return };
    for (dry_run, ok) in [("true", true), ("false", false)] {
        let caller = MINIMAL.replace("push:\n    branches: [main]", "pull_request:");
        stage.caller(&format!("{caller}    with:\n      run-quality-checks: false\n      dry-run: {dry_run}\n"));
        stage.world.commit_and_push("feat: something of a stranger");
        let before = stage.refs();
        let event = stage.world.root().join("event.json");
        let head = stage.world.git(&["rev-parse", "HEAD"]);
        let words = format!(
            "{{\"pull_request\": {{\"number\": 7, \"head\": {{\"ref\": \"theirs\", \"sha\": \"{0}\"}}, \"base\": {{\"ref\": \"main\"}}}}}}",
            head.trim()
        );
        std::fs::write(&event, words).unwrap();
        let ran = stage.run("pull_request", &[("eventpath", event.to_str().unwrap()), ("secret:GITHUB_TOKEN", READER)]);
        let ran = ran.expect(ok);
        assert_eq!(ran.jobs().iter().filter(|(name, _)| name != "After" && name != "Notify").count(), 1, "{}", ran.log);
        assert_eq!((stage.refs(), stage.changes()), (before, Vec::new()));
        if !ok {
            assert!(ran.log.contains("those do not release"), "{}", ran.log);
        }
    }
}

/// Whether something of a stranger was carried out.
fn was_carried_out(stage: &Stage) -> bool {
    files(stage.world.root()).iter().any(|path| path.ends_with("pwned"))
}

/// Text of strangers is in commits. None of it is carried out, by a shell or by the runner.
#[test]
fn hostile_commits_are_only_text() {
    let Some(stage) = stage("      build-command: 'true'\n") else { return };
    let subject = "feat: $(touch pwned) `touch pwned` ${{ github.token }} %0A::error::x";
    let body = "::set-output name=released::true\n::add-mask::1.1.0\n##[error]x\n::stop-commands::x";
    stage.world.commit_and_push(&format!("{subject}\n\n{body}\n\nBREAKING CHANGE: $(touch pwned)\n::error::y"));
    let ran = stage.push(&RIGHTS).expect(true);
    assert_eq!((ran.of("released"), ran.of("version")), ("true", "2.0.0"));
    assert!(ran.of("changelog").contains("touch pwned"), "it is told: {}", ran.of("changelog"));
    assert!(!ran.log.contains("❗"), "no line was a command of the runner:\n{}", ran.log);
    assert!(!was_carried_out(&stage));
}

/// A branch can have almost any name. One that is no plain name is refused, in words.
#[test]
fn a_hostile_branch_is_refused() {
    let Some(stage) = Stage::new() else { return };
    let branch = "main-$(touch${IFS}pwned);`touch${IFS}pwned`";
    stage.caller(&MINIMAL.replace("    branches: [main]\n", ""));
    stage.world.git(&["checkout", "--quiet", "-b", branch]);
    stage.world.commit("feat: something of a stranger");
    stage.world.git(&["push", "--quiet", "--set-upstream", "origin", branch]);
    let before = stage.refs();
    let ran = stage.push(&RIGHTS).expect(false);
    assert_eq!(failed(&ran), ["Plan"], "{}", ran.log);
    assert!(ran.log.contains("give it a plain name"), "{}", ran.log);
    assert_eq!((stage.refs(), stage.changes(), was_carried_out(&stage)), (before, Vec::new(), false));
}
