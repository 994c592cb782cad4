//! Callers of release.yml: what a repository of today and those of the standard-version era write. Each releases, and does nothing the
//! second time.

use crate::stage::{READER, Stage, WRITER};
use bowline_testkit::http_double::{Answer, HttpDouble};
use std::time::Instant;

const MINIMAL: &str = include_str!("callers/minimal.yml");
const JIRA: &str = include_str!("callers/jira.yml");
const PRERELEASE: &str = include_str!("callers/prerelease.yml");
const VERSIONRC: &str = include_str!("callers/versionrc.yml");
const TODAY: &str = include_str!("callers/today.yml");

/// One release, and nothing that must never be done.
fn only(stage: &Stage, tag: &str) {
    let state = stage.github.state();
    assert!(state.violations.is_empty(), "{:?}", state.violations);
    assert_eq!(state.count(), 1, "{:#?}", state.log);
    drop(state);
    assert!(stage.refs().lines().any(|line| line.ends_with(&format!("refs/tags/{tag}"))), "{}", stage.refs());
}

#[test]
fn a_minimal_caller_releases_once() {
    let Some(stage) = Stage::new() else { return };
    stage.caller(MINIMAL);
    stage.world.commit_and_push("feat: something to release");
    let began = Instant::now();
    let ran = stage.push(&[]).expect(true);
    println!("the whole workflow took {:?}", began.elapsed());
    assert_eq!((ran.of("result"), ran.of("released"), ran.of("status")), ("success", "true", "released"));
    assert_eq!((ran.of("version"), ran.of("previous-version"), ran.of("tag")), ("1.1.0", "1.0.0", "v1.1.0"));
    assert_eq!(ran.of("release-url"), format!("http://{}/acme/app/releases/tag/v1.1.0", stage.server.host()));
    assert!(ran.of("changelog").contains("something to release"), "{}", ran.of("changelog"));
    assert!(ran.of("plan-digest").starts_with("sha256:") && !ran.of("run-id").is_empty());
    assert_eq!(ran.passed(), ["Quality", "Plan", "Build", "Prepare", "Publish", "Verify", "Notify"]);
    only(&stage, "v1.1.0");

    // Everything again at the same commit, and the run that the pushed commit starts.
    let (refs, changes) = (stage.refs(), stage.changes());
    for follow in [false, true] {
        if follow {
            stage.follow();
        }
        let again = stage.push(&[]).expect(true);
        assert_eq!((again.of("result"), again.of("released"), again.of("status")), ("success", "false", "nothing"));
        assert_eq!((again.of("version"), again.of("tag")), ("1.1.0", "v1.1.0"));
        assert_eq!(again.passed(), ["Quality", "Plan"], "{}", again.log);
        assert_eq!((stage.refs(), stage.changes()), (refs.clone(), changes.clone()));
    }
}

/// Old names warn, and go on working. Only the publishing job has what may write.
#[test]
fn a_caller_with_everything_of_old_releases_once() {
    let Some(stage) = Stage::new() else { return };
    let slack = HttpDouble::serving(|_| Answer::new(200));
    stage.caller(JIRA);
    stage.world.commit_and_push("fix: something small");
    let hook = slack.url("/hook");
    let with = [
        ("secret:GITHUB_TOKEN", READER),
        ("secret:GH_TOKEN", WRITER),
        ("secret:JIRA_API_TOKEN", "jira-token-of-the-test"),
        ("secret:JIRA_USER_EMAIL", "release@example.com"),
        ("secret:SLACK_WEBHOOK_URL", hook.as_str()),
        ("input:version-type", "minor"),
        ("input:dry-run", "false"),
    ];
    let ran = stage.run("workflow_dispatch", &with).expect(true);
    assert_eq!((ran.of("version"), ran.of("released")), ("1.1.0", "true"), "minor, as asked");
    for warned in ["version-type is deprecated", "skip-quality is deprecated", "Jira is skipped"] {
        assert!(ran.log.contains(warned), "{warned}:\n{}", ran.log);
    }
    assert_eq!(ran.passed(), ["Plan", "Gate", "Build", "Prepare", "Publish", "Verify", "Notify"]);
    only(&stage, "v1.1.0");
    let told = String::from_utf8(slack.heard()[0].body.clone()).unwrap();
    assert!(told.contains("v1.1.0 is released") && told.contains("/releases/tag/v1.1.0"), "{told}");
    assert!(!ran.log.contains("jira-token-of-the-test") && !ran.log.contains(&hook), "{}", ran.log);
    let pushes = stage.git.seen().into_iter().filter(|seen| seen.target.contains("receive-pack") && seen.allowed);
    let logins: Vec<String> = pushes.flat_map(|seen| seen.logins).collect();
    assert!(logins.iter().all(|login| login.ends_with(WRITER)) && !logins.is_empty(), "{logins:?}");

    // Asked for by hand once more, and at the commit that was pushed.
    let refs = stage.refs();
    stage.follow();
    let again = stage.run("workflow_dispatch", &with).expect(true);
    assert_eq!((again.of("status"), stage.refs()), ("nothing", refs));
    assert_eq!(slack.heard().len(), 1, "nobody is told of nothing");
}

#[test]
fn a_caller_that_makes_prereleases_makes_one() {
    let Some(stage) = Stage::new() else { return };
    stage.caller(PRERELEASE);
    stage.world.commit_and_push("feat: something to try");
    let ran = stage.push(&[]).expect(true);
    assert_eq!((ran.of("version"), ran.of("released")), ("1.1.0-beta.0", "true"));
    only(&stage, "v1.1.0-beta.0");
    let refs = stage.refs();
    stage.follow();
    let again = stage.push(&[]).expect(true);
    assert_eq!((again.of("status"), stage.refs()), ("nothing", refs));
}

#[test]
fn a_caller_with_a_versionrc_keeps_it() {
    let Some(stage) = Stage::new() else { return };
    let versionrc = r#"{ "tagPrefix": "v", "types": [{ "type": "feat", "section": "What is new" }] }"#;
    stage.world.write(".versionrc.json", versionrc);
    stage.world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
    stage.caller(VERSIONRC);
    stage.world.commit_and_push("feat: something to release");
    let ran = stage.push(&[]).expect(true);
    assert_eq!((ran.of("version"), ran.of("released")), ("1.1.0", "true"));
    only(&stage, "v1.1.0");
    assert!(ran.of("changelog").contains("What is new"), "{}", ran.of("changelog"));
    let package = stage.world.git_in(&stage.world.remote(), &["show", "main:package.json"]);
    assert!(package.contains("\"1.1.0\""), "{package}");
    let refs = stage.refs();
    stage.follow();
    let again = stage.push(&[]).expect(true);
    assert_eq!((again.of("status"), stage.refs()), ("nothing", refs));
}

/// What `bowline init` writes works as it is.
#[test]
fn a_caller_that_init_wrote_releases() {
    let Some(stage) = Stage::new() else { return };
    let _ = stage.world.bowline(&["init", "--workflow-ref", stage.engine()]).expect_code(0);
    stage.tell();
    stage.world.commit_and_push("feat: release with Bowline");
    let ran = stage.push(&[]).expect(true);
    assert_eq!((ran.of("version"), ran.of("released")), ("1.1.0", "true"));
    only(&stage, "v1.1.0");
}

fn today(stage: &Stage) {
    stage.world.write("bowline.toml", "[artifacts]\ninclude = [\"dist/*\"]\nmin = 1\n");
    stage.world.write("VERSION", "1.0.0\n");
    stage.world.write(".gitignore", "dist/\n");
    stage.caller(TODAY);
    stage.world.commit_and_push("feat: something to release");
}

#[test]
fn a_caller_of_today_ships_what_was_built_at_the_release_commit() {
    let Some(stage) = Stage::new() else { return };
    today(&stage);
    let with = [("secret:GITHUB_TOKEN", READER), ("secret:GH_TOKEN", WRITER)];

    let before = stage.refs();
    let dry = [&with[..], &[("input:dry-run", "true")]].concat();
    let looked = stage.run("workflow_dispatch", &dry).expect(true);
    assert_eq!(looked.passed(), ["Quality", "Plan", "Build", "Prepare"], "{}", looked.log);
    assert_eq!((looked.of("released"), looked.of("version")), ("false", "1.1.0"));
    assert_eq!((stage.refs(), stage.changes()), (before, Vec::new()), "a dry run changes nothing");

    let ran = stage.push(&with).expect(true);
    assert_eq!((ran.of("released"), ran.of("plan-digest")), ("true", looked.of("plan-digest")));
    only(&stage, "v1.1.0");
    let built = stage.github.state().shipped("app-1.1.0.txt");
    assert_eq!(built.as_deref(), Some(&b"1.1.0\n"[..]));
}
