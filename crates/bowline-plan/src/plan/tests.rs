//! Whole plans.

use super::*;
use crate::explain::CurrentOrigin;
use crate::fixture::{WithFiles, commit, config, facts, tag};
use bowline_config::section::version::Request;
use bowline_model::facts::FileFact;
use bowline_model::plan::apply_edits;
use bowline_model::{Failure, FailureKind};
use insta::assert_snapshot;
use proptest::prelude::*;

fn planned(config: &Config, facts: &Facts) -> Planned {
    plan(config, facts, None).unwrap()
}

/// The file at `path` after the plan's edits.
fn after(planned: &Planned, facts: &Facts, path: &str) -> String {
    let content = facts.file(path).unwrap_or_default();
    let edits = planned.plan.edits().filter(|edit| edit.file == path);
    String::from_utf8(apply_edits(content, edits).unwrap()).unwrap()
}

fn failure(config: &Config, facts: &Facts) -> Failure {
    plan(config, facts, None).unwrap_err().into()
}

#[test]
fn floating_tags_are_decided_by_the_plan() {
    let facts = facts(Some("1.2.3"), &["feat: add `x`"]);
    let with = |templates: &[&str]| {
        let mut config = config();
        config.release.floating_tags = Some(templates.iter().map(|&template| template.to_owned()).collect());
        config
    };
    let usual = planned(&config(), &facts).plan;
    assert!(!serde_json::to_string(&usual).unwrap().contains("floating"), "plans without them stay as they were");
    let plan = planned(&with(&["v{major}", "v{major}.{minor}", "v{major}"]), &facts).plan;
    let tags = &plan.requirements.publish.floating_tags;
    assert_eq!(tags.iter().map(ToString::to_string).collect::<Vec<_>>(), ["v1", "v1.3"]);
    let mut prerelease = with(&["v{major}"]);
    prerelease.request = Request { pre: Some("rc".to_owned()), ..Request::default() };
    assert_eq!(planned(&prerelease, &facts).plan.requirements.publish.floating_tags, []);
    let branch = facts.branch.as_str();
    for template in ["v{major}.{minor}.0", "app@{major}.{minor}.7", branch] {
        let failure = failure(&with(&[template]), &facts);
        assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Config, "floating_tag_unusable"), "{template}");
    }
}

#[test]
fn a_release() {
    let facts = facts(Some("1.2.3"), &["docs: x", "feat(api): add `x`", "fix: y"])
        .with_file("package.json", "{\n  \"version\": \"1.2.3\"\n}\n")
        .with_file("CHANGELOG.md", "# Changelog\n\nMine.\n\n## 1.2.3\n\n- old\n");
    let planned = planned(&config(), &facts);
    let package = &planned.plan.packages[0];
    assert_eq!(package.next, Version::new(1, 3, 0));
    assert_eq!((package.bump, package.tag.as_str(), package.prerelease), (Bump::Minor, "v1.3.0", false));
    assert_eq!(package.reason, "minor: feat(api): add `x` (00000001ab)");
    assert_eq!(package.commits.len(), 3);
    assert_eq!(package.tag_message, "v1.3.0");
    assert_eq!(planned.plan.commit_message.as_deref(), Some("chore(release): 1.3.0"));
    assert_eq!(planned.plan.declared_files(), ["CHANGELOG.md", "package.json"]);
    assert_eq!(after(&planned, &facts, "package.json"), "{\n  \"version\": \"1.3.0\"\n}\n");
    assert_snapshot!(after(&planned, &facts, "CHANGELOG.md"), @r###"
    # Changelog

    Mine.

    ## [1.3.0](https://github.com/acme/app/compare/v1.2.3...v1.3.0) - 2026-11-23

    ### Features

    - **api:** add `x` ([00000001ab](https://github.com/acme/app/commit/00000001abababababababababababababababab))

    ### Bug Fixes

    - y ([00000002ab](https://github.com/acme/app/commit/00000002abababababababababababababababab))

    ## 1.2.3

    - old
    "###);
    assert_eq!(planned.plan.recorded.date, "2026-11-23");
    assert_eq!(planned.plan.reason, None);
    assert!(planned.limits.iter().all(|finding| finding.ok), "{:?}", planned.limits);
    assert_eq!(planned.explanation.winner, Some(facts.commits[1].oid));
    assert!(matches!(&planned.explanation.origin, CurrentOrigin::Tag { tag, .. } if tag.as_str() == "v1.2.3"));
}

#[test]
fn tags_only() {
    let facts = facts(Some("1.2.3"), &["fix: y"]);
    let quiet = planned(&config(), &facts);
    assert_eq!(quiet.plan.edits().count(), 0);
    assert_eq!(quiet.plan.commit_message, None);
    assert_eq!(quiet.plan.packages[0].changelog, "");
    assert!(quiet.plan.packages[0].notes.contains("- y ("));

    let mut asked = config();
    asked.changelog.asked = true;
    let loud = planned(&asked, &facts);
    assert!(after(&loud, &facts, "CHANGELOG.md").starts_with("# Changelog\n\n## [1.2.4]("));
    assert!(loud.plan.edits().all(|edit| edit.create));
    asked.changelog.path = None;
    assert_eq!(planned(&asked, &facts).plan.edits().count(), 0);
}

#[test]
fn nothing_to_release_says_why() {
    let no_tag = |messages: &[&str]| facts(None, messages);
    for (facts, expected) in [
        (facts(Some("1.2.3"), &[]), "no commits since v1.2.3"),
        (
            facts(Some("1.2.3"), &["docs: a", "chore: b", "docs: c"]),
            "3 commits since v1.2.3, none asks for a release (docs 2, chore 1)",
        ),
        (facts(Some("1.2.3"), &["words"]), "1 commit since v1.2.3, it does not ask for a release (not conventional 1)"),
        (
            no_tag(&["docs: a", "b"]),
            "2 commits without a version tag, none asks for a release (docs 1, not conventional 1)",
        ),
        (
            no_tag(&["docs: a"]).with_file("VERSION", "1.0.0"),
            "1 commit without a version tag (VERSION holds the version), it does not ask for a release (docs 1)",
        ),
    ] {
        let planned = planned(&config(), &facts);
        assert!(planned.plan.is_empty());
        assert_eq!(planned.plan.reason.as_deref(), Some(expected));
        assert_eq!(planned.explanation.reason, expected);
    }
}

#[test]
fn first_releases() {
    let first = planned(&config(), &facts(None, &["feat!: x"]));
    let package = &first.plan.packages[0];
    assert_eq!((package.current.as_ref(), &package.next, package.bump), (None, &Version::new(0, 1, 0), Bump::None));
    assert_eq!(package.reason, "first release: minor: feat!: x (00000000ab)");

    let placeholder = facts(None, &["fix: x"]).with_file("VERSION", "0.0.0\n");
    assert_eq!(planned(&config(), &placeholder).plan.packages[0].next, Version::new(0, 1, 0));

    let held = facts(None, &["feat: x"]).with_file("VERSION", "0.3.0\n");
    let planned = planned(&config(), &held);
    assert_eq!(planned.plan.packages[0].next, Version::new(0, 3, 1));
    assert_eq!(planned.plan.packages[0].commits[0].rule, "feat → patch (before 1.0.0)");
}

#[test]
fn files_ahead_and_behind() {
    let ahead = facts(Some("1.2.3"), &["feat: x"]).with_file("VERSION", "2.0.0\n");
    assert_eq!(planned(&config(), &ahead).plan.packages[0].next, Version::new(2, 1, 0));
    let behind = facts(Some("1.2.3"), &["feat: x"]).with_file("VERSION", "1.0.0\n");
    let planned = planned(&config(), &behind);
    assert_eq!(after(&planned, &behind, "VERSION"), "1.3.0\n");
    assert_eq!(planned.explanation.notes, ["VERSION holds 1.0.0, behind tag v1.2.3: it gets the new version too"]);
}

#[test]
fn requests() {
    for (request, next, reason) in [
        (Request { version: Some(Version::new(3, 0, 0)), ..Request::default() }, "3.0.0", "asked for: --version 3.0.0"),
        (Request { bump: Some(Level::Major), ..Request::default() }, "2.0.0", "asked for: --bump major"),
        (
            Request { pre: Some("rc".into()), ..Request::default() },
            "1.2.4-rc.0",
            "patch: fix: x (00000000ab), pre-release rc",
        ),
    ] {
        let config = Config { request, ..config() };
        let planned = planned(&config, &facts(Some("1.2.3"), &["fix: x"]));
        let package = &planned.plan.packages[0];
        assert_eq!((package.next.to_string().as_str(), package.reason.as_str()), (next, reason));
        assert_eq!(package.prerelease, next.contains('-'));
    }
}

#[test]
fn refusals_are_failures_with_advice() {
    let mut taken = facts(Some("1.2.3"), &["feat: x"]);
    taken.version_tags.push(tag("2.0.0", 77));
    let failure_of = |facts: &Facts| failure(&config(), facts);
    let refused = failure_of(&taken);
    assert_eq!((refused.kind, refused.code.as_str()), (FailureKind::Conflict, "version_not_above"));
    assert!(refused.message.starts_with("version 1.3.0 is not above v2.0.0, which stands on 0000004d"));
    let line = "to mend an older line, release from a branch that is called like it: git switch -c 1.x";
    assert_eq!(refused.hints, ["release a version above it: --version 2.1.0", line]);

    let broken = failure_of(&facts(Some("1.2.3"), &["feat: x"]).with_file("package.json", "{"));
    assert_eq!((broken.kind, broken.code.as_str()), (FailureKind::Config, "version_file_unusable"));

    let mut linked = facts(Some("1.2.3"), &["feat: x"]);
    linked.files.push(FileFact { path: "CHANGELOG.md".into(), content: FileContent::NotAFile("symbolic link") });
    assert_eq!(failure_of(&linked).message, "changelog `CHANGELOG.md` is a symbolic link");

    let mut template = config();
    template.notes.template = Some("{{ nope }}".into());
    let undefined = failure(&template, &facts(Some("1.2.3"), &["feat: x"]));
    assert_eq!(undefined.code, "template_invalid");
    assert!(undefined.causes[0].contains("undefined"), "{:?}", undefined.causes);

    let mut message = config();
    message.release.commit_message = "{versoin}".into();
    assert_eq!(failure(&message, &facts(Some("1.2.3"), &["feat: x"])).code, "message_invalid");
}

#[test]
fn today_is_recorded() {
    let mut config = config();
    config.changelog.date = DateSource::Today;
    let facts = facts(Some("1.2.3"), &["feat: x"]).with_file("VERSION", "1.2.3");
    let planned = plan(&config, &facts, Some("2027-01-02")).unwrap();
    assert_eq!(planned.plan.recorded.date, "2027-01-02");
    assert!(planned.plan.packages[0].changelog.contains(" - 2027-01-02\n"));
    for bad in [None, Some("2027-1-2"), Some("tomorrow"), Some("2027-02-30")] {
        assert!(matches!(plan(&config, &facts, bad), Err(PlanError::Date(_))), "{bad:?}");
    }
}

#[test]
fn a_finished_release_has_nothing_left_to_do() {
    let facts_before = facts(Some("1.2.3"), &["feat: x"])
        .with_file("Cargo.toml", "[package]\nname = \"app\"\nversion = \"1.2.3\"\n")
        .with_file("CHANGELOG.md", "# Changelog\n");
    let first = planned(&config(), &facts_before);
    let mut facts_after = ["Cargo.toml", "CHANGELOG.md"]
        .iter()
        .fold(facts(Some("1.3.0"), &[]), |facts, path| facts.with_file(path, after(&first, &facts_before, path)));
    assert_eq!(planned(&config(), &facts_after).plan.reason.as_deref(), Some("no commits since v1.3.0"));

    // The tag is gone and the files say 1.3.0: asking for it again writes no second section.
    facts_after.current = None;
    facts_after.version_tags.clear();
    facts_after.commits = vec![commit(0, b"feat: x")];
    let mut again = config();
    again.request.version = Some(Version::new(1, 4, 0));
    let text = after(&first, &facts_before, "CHANGELOG.md").replace("1.3.0", "1.4.0");
    facts_after.files[1].content = FileContent::Bytes(text.into_bytes());
    let planned = planned(&again, &facts_after);
    assert_eq!(planned.plan.declared_files(), ["Cargo.toml"]);
    let remark = "CHANGELOG.md has a section for 1.4.0 already: it stays as it is".to_owned();
    assert!(planned.explanation.notes.contains(&remark), "{:?}", planned.explanation.notes);
}

#[test]
fn long_notes_fit_the_smallest_limit() {
    let messages: Vec<String> = (0..2000).map(|n| format!("feat: number {n}")).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let facts = facts(Some("1.2.3"), &messages).with_file("VERSION", "1.2.3");
    let mut config = config();
    for max in [None, Some(3000), Some(1_000_000)] {
        config.notes.max_chars = max;
        let planned = planned(&config, &facts);
        let finding = planned.limits.iter().find(|finding| finding.limit == "notes_length").unwrap();
        assert_eq!(finding.max, max.unwrap_or(125_000).min(125_000));
        assert!(finding.ok && finding.actual <= finding.max);
        assert!(finding.message.ends_with("entries were left out"), "{}", finding.message);
        assert!(planned.plan.packages[0].notes.contains("`CHANGELOG.md` has all of them."));
        assert!(planned.plan.packages[0].changelog.contains("number 1999 "));
    }
}

#[test]
fn undecodable_messages_count() {
    let mut facts = facts(Some("1.2.3"), &["fix: x"]);
    facts.commits.push(commit(1, b"feat!: caf\xe9 \xff\n\nbody \xfe\n\nBREAKING CHANGE: \xe9"));
    let planned = planned(&config(), &facts);
    assert_eq!(planned.plan.packages[0].next, Version::new(2, 0, 0));
    assert_eq!(planned.explanation.undecodable, 1);
    planned.plan.digest().unwrap();
}

fn files() -> Vec<(&'static str, &'static str)> {
    vec![
        ("package.json", "{\"version\":\"1.2.3\"}"),
        ("Cargo.toml", "[package]\nname = \"app\"\nversion = \"1.2.3\"\n"),
        ("Cargo.lock", "[[package]]\nname = \"app\"\nversion = \"1.2.3\"\n"),
        ("VERSION", "1.2.3\n"),
        ("CHANGELOG.md", "# Changelog\n"),
    ]
}

proptest! {
    #[test]
    fn the_same_state_gives_the_same_digest(files in Just(files()).prop_shuffle(), today in "[0-9-]{0,10}") {
        let with = |files: &[(&str, &str)]| {
            files.iter().fold(facts(Some("1.2.3"), &["feat: x", "fix: y"]), |facts, (path, text)| facts.with_file(path, text))
        };
        let one = planned(&config(), &with(&files));
        let mut other_facts = with(&self::files());
        other_facts.version_tags.push(tag("1.0.0", 3));
        let other = plan(&config(), &other_facts, Some(&today)).unwrap();
        prop_assert_eq!(one.plan.digest().unwrap(), other.plan.digest().unwrap());
    }

    #[test]
    fn any_messages_give_a_plan_with_a_digest(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6)) {
        let mut facts = facts(Some("1.2.3"), &["feat: x"]).with_file("VERSION", "1.2.3");
        facts.commits.extend(messages.iter().enumerate().map(|(n, message)| commit(n + 1, message)));
        let planned = planned(&config(), &facts);
        prop_assert!(planned.plan.digest().is_ok());
        prop_assert!(planned.plan.packages[0].next > Version::new(1, 2, 3));
        prop_assert!(planned.plan.packages[0].notes.lines().all(|line| !bowline_model::text::is_workflow_command(line)));
    }
}

mod pulls;
