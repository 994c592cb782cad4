//! Merged pull requests as a source of changes, on the double of GitHub.

use super::github::{Scene, scene};
use crate::support::failure_code;
use bowline_testkit::github::Thread;

/// The scene of GitHub whose configuration has this besides, with one more commit on the remote; returns its id.
fn with(config: &str) -> (Scene, String) {
    let scene = scene();
    let path = scene.world.work().join("bowline.toml");
    let text = std::fs::read_to_string(path).unwrap();
    scene.world.write("bowline.toml", format!("{text}[commits]\n{config}\n"));
    let commit = scene.world.commit_and_push("Whatever (#7)");
    (scene, commit)
}

fn put(scene: &Scene, commit: &str, labels: &[&str], body: &str) {
    let thread = Thread {
        commits: vec![commit.to_owned()],
        merge: Some(commit.to_owned()),
        title: "Make <b>it</b> faster".to_owned(),
        body: body.to_owned(),
        author: Some("eve".to_owned()),
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        ..Thread::default()
    };
    scene.github.state().talk.threads.insert(7, thread);
}

#[test]
fn labels_decide_and_a_release_that_was_begun_does_not_care_any_more() {
    let (scene, commit) = with("sources = [\"labels\"]");
    put(&scene, &commit, &["performance", "released"], "");
    let plan = scene.world.bowline(&["plan", "--json"]).expect_code(0).json();
    assert_eq!(plan["packages"][0]["next"], "1.0.1", "{plan:#}");
    assert_eq!(plan["packages"][0]["commits"][0]["rule"], "label performance of #7 → patch");
    assert_eq!(plan["recorded"]["pull_requests"][0]["labels"], serde_json::json!(["performance"]));
    let notes = plan["packages"][0]["notes"].as_str().unwrap();
    assert!(notes.contains("### Performance") && notes.contains("&lt;b>it&lt;/b> faster (#7)"), "{notes}");
    let explained = scene.world.bowline(&["explain"]).expect_code(0).stdout;
    assert!(
        explained.contains("Make <b>it</b> faster (#7)") && explained.contains("no pull request brought it"),
        "{explained}"
    );

    // Who names a digest needs the titles as they were; a file does not.
    let other = format!("sha256:{}", "0".repeat(64));
    let ran = scene.world.bowline(&["release", "--yes", "--plan", &other]).expect_code(23);
    assert!(ran.stderr.contains("--plan FILE"), "{}", ran.snapshot());

    // It dies with its draft on GitHub; then its labels change, and another machine goes on.
    let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "git.push:after")]);
    assert_eq!(ran.code, None, "{}", ran.snapshot());
    put(&scene, &commit, &["major"], "");
    let elsewhere = scene.world.work().with_file_name("another-machine").to_string_lossy().into_owned();
    let result = scene.world.bowline_with(&["release", "--yes", "--json"], &[("BOWLINE_STATE_DIR", &elsewhere)]);
    let result = result.expect_code(0).json();
    assert_eq!(result["packages"][0]["version"], "1.0.1", "{result:#}");
    scene.is_right();
}

#[test]
fn an_override_of_somebody_who_may_not_write_is_ignored_aloud() {
    let (scene, commit) = with("pull_request_overrides = true");
    let block = "BEGIN_COMMIT_OVERRIDE\nfeat!: mine\n\nRelease-As: 9.0.0\nEND_COMMIT_OVERRIDE";
    put(&scene, &commit, &[], block);
    let next =
        |scene: &Scene| scene.world.bowline(&["plan", "--json"]).expect_code(0).json()["packages"][0]["next"].clone();
    scene.github.state().talk.rights.insert("eve".to_owned(), "read");
    assert_eq!(next(&scene), "1.1.0");
    let explained = scene.world.bowline(&["explain"]).expect_code(0).stdout;
    assert!(explained.contains("does not count: eve wrote it last, and may not write"), "{explained}");
    scene.github.state().talk.rights.insert("eve".to_owned(), "write");
    assert_eq!(next(&scene), "9.0.0");
}

#[test]
fn planning_is_refused_where_they_cannot_be_read() {
    let (mut scene, commit) = with("sources = [\"labels\"]");
    put(&scene, &commit, &["minor"], "");
    let code = |scene: &Scene, args: &[&str], exit| failure_code(&scene.world.bowline(args).expect_code(exit));
    assert_eq!(code(&scene, &["plan", "--offline"], 2).as_deref(), Some("pull_requests_offline"));
    scene.github.state().denied.insert("graphql");
    assert_eq!(code(&scene, &["plan"], 12).as_deref(), Some("forge_right_missing"));
    scene.world.unset("BOWLINE_TOKEN");
    assert_eq!(code(&scene, &["plan"], 12).as_deref(), Some("forge_no_token"));
    assert_eq!(scene.world.bowline(&["status"]).code, Some(0), "whoever only looks at state needs none of them");
}
