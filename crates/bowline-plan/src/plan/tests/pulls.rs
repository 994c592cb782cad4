//! Plans whose changes are merged pull requests.

use super::*;
use crate::fixture::{oid, pull};
use bowline_model::facts::{PullFact, Pulls};

fn by_labels() -> Config {
    let bytes = b"commits.sources = [\"labels\"]".to_vec();
    let file = bowline_config::File { name: "bowline.toml".to_owned(), bytes, committed: true };
    let input = bowline_config::Input { file: Some(file), ..Default::default() };
    Config { changelog: config().changelog, ..bowline_config::load(&input).unwrap().config }
}

fn with(pulls: Vec<PullFact>, messages: &[&str]) -> Facts {
    Facts { pulls: Pulls::Known(pulls), ..facts(Some("1.2.3"), messages) }
}

const HOSTILE: &str = "Fix <b>x</b> [y](javascript:z) @spawn `q` acme/other#1";

#[test]
fn labels_give_version_and_notes() {
    let pulls = vec![
        pull(4, "Drop it", &["major"], &[3]),
        pull(5, HOSTILE, &["bug"], &[2]),
        pull(6, "Say it", &["documentation"], &[1]),
        pull(7, "Odd one", &["wontfix"], &[0]),
    ];
    let facts = with(pulls, &["Odd one (#7)", "Say it (#6)", "y (#5)", "Drop it (#4)", "stray"]);
    let planned = planned(&by_labels(), &facts);
    let package = &planned.plan.packages[0];
    assert_eq!((package.next.to_string().as_str(), package.reason.as_str()), ("2.0.0", "major: Drop it (#4)"));
    assert_snapshot!(package.notes, @r"
    ### ⚠ BREAKING CHANGES

    - Drop it (#4) ([00000003ab](https://github.com/acme/app/commit/00000003abababababababababababababababab))

    ### Bug Fixes

    - Fix &lt;b>x&lt;/b> \[y\](javascript:z) `@spawn` `q` `acme/other#1` (#5) ([00000002ab](https://github.com/acme/app/commit/00000002abababababababababababababababab))

    ### Documentation

    - Say it (#6) ([00000001ab](https://github.com/acme/app/commit/00000001abababababababababababababababab))

    ### Other Changes

    - Odd one (#7) ([00000000ab](https://github.com/acme/app/commit/00000000abababababababababababababababab))

    **Full changelog:** [v1.2.3...v2.0.0](https://github.com/acme/app/compare/v1.2.3...v2.0.0)
    ");
    let listed: Vec<_> = package.commits.iter().map(|commit| commit.pull_request).collect();
    assert_eq!(listed, [Some(7), Some(6), Some(5), Some(4), None]);
}

#[test]
fn an_audience_sees_pull_requests_under_the_headings_of_its_types() {
    let labels = ["major", "minor", "bug", "internal", "performance", "documentation", "wontfix"];
    let titles: Vec<String> = labels.iter().map(|label| format!("the {label} one")).collect();
    let pulls = (titles.iter().zip(labels).enumerate())
        .map(|(n, (title, label))| pull(n as u64 + 1, title, &[label], &[n]))
        .collect();
    let facts = with(pulls, &["x"; 7]);
    let seen = |style: Style, toml: &str| -> Vec<&str> {
        let bytes = format!("commits.sources = [\"labels\"]\n[notes.audience.x]\n{toml}").into_bytes();
        let file = bowline_config::File { name: "bowline.toml".to_owned(), bytes, committed: true };
        let input = bowline_config::Input { file: Some(file), ..Default::default() };
        let mut config = bowline_config::load(&input).unwrap().config;
        config.changelog.style = style;
        let package = planned(&config, &facts).plan.packages.remove(0);
        let notes = package.audiences[0].notes.clone();
        labels.into_iter().filter(|label| notes.contains(&format!("the {label} one"))).collect()
    };
    for style in [Style::Bowline, Style::KeepAChangelog] {
        assert_eq!(seen(style, "types = [\"feat\"]"), ["major", "minor"], "{style:?}");
        // Where "Changed" is the title of several headings, only those that were asked for stand there.
        assert_eq!(seen(style, "types = [\"perf\"]"), ["major", "performance"], "{style:?}");
        assert_eq!(seen(style, "types = []"), ["major"], "{style:?}");
        assert_eq!(seen(style, "types = [\"*\"]"), labels, "{style:?}");
        assert_eq!(seen(style, ""), labels, "{style:?}");
    }
}

#[test]
fn no_style_lets_a_title_be_markup() {
    let facts = with(vec![pull(5, HOSTILE, &["bug"], &[0])], &["y (#5)"]);
    for style in [Style::Bowline, Style::KeepAChangelog, Style::Conventional, Style::StandardVersion, Style::Github] {
        let mut config = by_labels();
        config.changelog.style = style;
        let package =
            planned(&config, &facts.clone().with_file("CHANGELOG.md", "# Changelog\n")).plan.packages.remove(0);
        for text in [&package.notes, &package.changelog] {
            assert!(text.contains("#5"), "{style:?}: {text}");
            assert!(!text.contains("<b>") && !text.contains("[y](javascript") && !text.contains(" @spawn"), "{text}");
        }
    }
}

#[test]
fn the_people_of_a_pull_request_wrote_its_commits() {
    let mut facts = with(vec![pull(7, "Add it", &["minor"], &[0, 1])], &["Merge pull request #7", "x"]);
    facts.commits[0].parents = 2;
    facts.commits[0].author_name = b"Merger".to_vec();
    facts.commits[1].author_name = b"Ada".to_vec();
    let mut config = by_labels();
    config.notes.contributors = true;
    config.changelog.style = Style::Github;
    let plan = planned(&config, &facts).plan;
    let names: Vec<&str> = plan.recorded.contributors.iter().map(|somebody| somebody.name.as_str()).collect();
    assert_eq!(names, ["Ada"]);
    assert!(plan.packages[0].notes.contains("by Ada"), "{}", plan.packages[0].notes);
}

#[test]
fn what_decided_is_kept_and_nothing_else() {
    let digest = |labels: &[&str]| {
        let facts = with(vec![pull(7, "Add it", labels, &[0])], &["x"]);
        planned(&by_labels(), &facts).plan.digest().unwrap()
    };
    assert_ne!(digest(&["documentation", "minor"]), digest(&["minor"]), "another label that has a meaning");
    // Labels that others put there afterwards, such as `released`, are no state of ours.
    assert_eq!(digest(&["released", "minor", "autorelease: pending"]), digest(&["minor"]));
    let plan = planned(&by_labels(), &with(vec![pull(7, "Add it", &["minor"], &[0])], &["x"])).plan;
    let kept = serde_json::to_value(&plan.recorded.pull_requests).unwrap();
    assert_eq!(
        kept,
        serde_json::json!([{
            "number": 7, "commits": [oid(0)], "title": "Add it", "labels": ["minor"], "author": "ada",
        }])
    );
    let usual = planned(&config(), &facts(Some("1.2.3"), &["feat: x"])).plan;
    assert!(!serde_json::to_string(&usual).unwrap().contains("pull_request"), "other plans stay as they were");
}

#[test]
fn what_cannot_be_read_is_not_planned_without() {
    let cannot = Failure::new(FailureKind::Missing, "forge_no_token", "`commits.sources` needs merged pull requests");
    let facts = Facts { pulls: Pulls::Unreadable(Box::new(cannot.clone())), ..facts(Some("1.2.3"), &["feat: x"]) };
    assert_eq!(failure(&by_labels(), &facts), cannot);
}

#[test]
fn nothing_is_due_and_says_so() {
    let planned =
        planned(&by_labels(), &with(vec![pull(7, "Say it", &["documentation"], &[1])], &["feat: x", "y (#7)"]));
    assert_eq!(
        planned.plan.reason.as_deref(),
        Some("2 commits since v1.2.3, none asks for a release (pull request 1, without a pull request 1)")
    );
}
