//! Plans from change files, alone and beside commits.

use super::{Planned, plan, promote};
use crate::fixture::{self, WithFiles};
use bowline_config::Config;
use bowline_config::section::commits::Source;
use bowline_config::section::style::Style;
use bowline_config::section::version::Request;
use bowline_model::facts::{ChangeFileFact, Facts, FileContent};
use bowline_model::git::TagName;
use bowline_model::plan::Promotion;
use bowline_model::version::Level;
use bowline_model::{Failure, FailureKind};
use proptest::prelude::*;

const BOTH: &[Source] = &[Source::Commits, Source::ChangeFiles];
const FILES: &[Source] = &[Source::ChangeFiles];

fn config(sources: &[Source]) -> Config {
    let mut config = fixture::config();
    config.commits.sources = sources.to_vec();
    config
}

/// A repository at `current` with `commits` and with change files, `name: word: text`; with a `=` before it the current
/// version has it already, with a `~` the final version v1.2.3 has used it up.
fn facts(current: &str, commits: &[&str], files: &[&str]) -> Facts {
    let file = |text: &&str| {
        let (text, contained) = text.strip_prefix('=').map_or((*text, false), |text| (text, true));
        let (text, spent) = text.strip_prefix('~').map_or((text, false), |text| (text, true));
        let spent = spent.then(|| TagName::new("v1.2.3").unwrap());
        let (name, rest) = text.split_once(": ").unwrap();
        let (word, text) = rest.split_once(": ").unwrap();
        let bytes = format!("---\n\"app\": {word}\n---\n\n{text}\n").into_bytes();
        let path = format!(".changeset/{name}.md");
        ChangeFileFact { path, content: FileContent::Bytes(bytes), contained, spent, added: None }
    };
    Facts { change_files: files.iter().map(file).collect(), ..fixture::facts(Some(current), commits) }
}

fn planned(config: &Config, facts: &Facts) -> Planned {
    plan(config, facts, None).unwrap()
}

/// `version: reason`, or why there is none.
fn told(config: &Config, facts: &Facts) -> String {
    let plan = planned(config, facts).plan;
    match plan.packages.first() {
        Some(package) => format!("{}: {}", package.next, package.reason),
        None => plan.reason.unwrap_or_default(),
    }
}

#[test]
fn the_highest_wish_of_all_wins() {
    let minor = "a: minor: Add tabs";
    for (sources, commits, files, expected) in [
        (FILES, &["feat!: x"][..], &[minor][..], "1.3.0: minor: feat: Add tabs (.changeset/a.md)"),
        (BOTH, &["fix: x"], &[minor], "1.3.0: minor: feat: Add tabs (.changeset/a.md)"),
        (BOTH, &["feat!: x"], &[minor], "2.0.0: major: feat!: x (00000000ab)"),
        (BOTH, &["Add a change file"], &[minor], "1.3.0: minor: feat: Add tabs (.changeset/a.md)"),
        (BOTH, &["feat: x"], &[minor], "1.3.0: minor: feat: Add tabs (.changeset/a.md)"),
        (BOTH, &["fix: x"], &["a: major: Drop it"], "2.0.0: major: Drop it (.changeset/a.md)"),
        (BOTH, &["fix: x"], &["a: none: Nothing"], "1.2.4: patch: fix: x (00000000ab)"),
        (BOTH, &["fix: x"], &[], "1.2.4: patch: fix: x (00000000ab)"),
        (&[Source::Commits], &["fix: x"], &["a: major: Not read"], "1.2.4: patch: fix: x (00000000ab)"),
        (
            BOTH,
            &["docs: x"],
            &[],
            "no change files in .changeset; 1 commit since v1.2.3, it does not ask for a release (docs 1)",
        ),
        (
            BOTH,
            &[],
            &["a: none: x"],
            "1 change file in .changeset, it does not ask for a release; no commits since v1.2.3",
        ),
        (FILES, &["feat: x"], &[], "no change files in .changeset (`commits.sources` names nothing else)"),
        (
            FILES,
            &["feat: x\n\nRelease-As: 5.0.0"],
            &["a: none: x", "b: docs: y"],
            "2 change files in .changeset, none asks for a release (`commits.sources` names nothing else)",
        ),
    ] {
        let mut facts = facts("1.2.3", commits, files);
        if sources == [Source::Commits] {
            facts.change_files.clear();
        }
        assert_eq!(told(&config(sources), &facts), expected, "{sources:?} {commits:?} {files:?}");
    }
}

#[test]
fn both_are_in_the_plan_and_in_the_texts() {
    let facts = facts(
        "1.2.3",
        &["fix: crash"],
        &["a: minor: # Add tabs\n\nOne for each file.\n\n- quick", "b: major: Drop `v1`"],
    )
    .with_file("package.json", "{\n  \"version\": \"1.2.3\"\n}\n");
    let planned = planned(&config(BOTH), &facts);
    let package = &planned.plan.packages[0];
    let changes: Vec<_> = package.changes.iter().map(|change| (change.file.as_str(), change.rule.as_str())).collect();
    assert_eq!(changes, [(".changeset/a.md", "minor → minor"), (".changeset/b.md", "major → major")]);
    assert_eq!(package.commits.len(), 1);
    insta::assert_snapshot!(package.notes, @r"
    ### ⚠ BREAKING CHANGES

    - Drop `v1`

    ### Features

    - Add tabs

      One for each file.

      - quick

    ### Bug Fixes

    - crash ([00000000ab](https://github.com/acme/app/commit/00000000abababababababababababababababab))

    **Full changelog:** [v1.2.3...v2.0.0](https://github.com/acme/app/compare/v1.2.3...v2.0.0)
    ");
    assert!(package.changelog.contains("- Add tabs\n\n  One for each file.\n\n  - quick\n"), "{}", package.changelog);
    assert_eq!(planned.explanation.winning_file.as_deref(), Some(".changeset/b.md"));
    assert_eq!((planned.explanation.winner, planned.explanation.changes.len()), (None, 2));
    let usual = plan(&config(&[Source::Commits]), &fixture::facts(Some("1.2.3"), &["fix: x"]), None).unwrap();
    let usual = serde_json::to_string(&usual.plan).unwrap();
    assert!(
        !usual.contains("\"changes\"") && !usual.contains("delete"),
        "plans without them stay as they were: {usual}"
    );
}

#[test]
fn every_style_takes_them() {
    for (style, details, count) in [
        (Style::Bowline, true, 2),
        (Style::KeepAChangelog, true, 2),
        (Style::Github, true, 2),
        (Style::Conventional, false, 2),
        (Style::StandardVersion, false, 2),
    ] {
        let mut config = config(FILES);
        config.changelog.style = style;
        config.changelog.asked = true;
        let facts = facts("1.2.3", &[], &["a: minor: Add tabs\n\nMore words.", "b: major: Drop it\n\nOther words."]);
        let package = planned(&config, &facts).plan.packages.remove(0);
        for text in [&package.notes, &package.changelog] {
            assert_eq!(text.contains("\n  More words.\n"), details, "{style:?}\n{text}");
            assert_eq!(text.contains("\n  Other words.\n"), details, "{style:?}\n{text}");
            assert_eq!(
                text.matches("Add tabs\n").count() + text.matches("Drop it\n").count(),
                count,
                "{style:?}\n{text}"
            );
            assert!(!text.contains("()"), "{style:?}\n{text}");
        }
    }
}

#[test]
fn a_stable_release_uses_them_up() {
    let files = &["a: minor: x", "b: none: y"][..];
    let deleted = |config: &Config, facts: &Facts| {
        let plan = planned(config, facts).plan;
        let deleted: Vec<_> = plan.edits().filter(|edit| edit.delete).map(|edit| edit.file.clone()).collect();
        (deleted.join(" "), plan.commit_message.is_some(), plan.declared_files().join(" "))
    };
    let all = ".changeset/a.md .changeset/b.md".to_owned();
    let plain = facts("1.2.3", &[], files);
    assert_eq!(deleted(&config(BOTH), &plain), (all.clone(), true, all.clone()), "a release commit for them alone");
    let with_version = plain.clone().with_file("VERSION", "1.2.3\n");
    assert_eq!(deleted(&config(BOTH), &with_version).2, format!("{all} CHANGELOG.md VERSION"));
    let mut pre = config(BOTH);
    pre.request.pre = Some("rc".to_owned());
    assert_eq!(deleted(&pre, &plain), (String::new(), false, String::new()), "a pre-release keeps them");
    pre.request = Request { version: Some("2.0.0-rc.1".parse().unwrap()), ..Request::default() };
    assert_eq!(deleted(&pre, &plain).0, "");
    let mut by_hand = config(BOTH);
    by_hand.request.bump = Some(Level::Patch);
    assert_eq!(deleted(&by_hand, &facts("1.2.3", &[], &["b: none: y"])).0, ".changeset/b.md");
}

#[test]
fn pre_releases_list_what_is_new() {
    let mut pre = config(FILES);
    pre.request.pre = Some("beta".to_owned());
    for (current, files, expected) in [
        ("1.2.3", &["a: minor: x"][..], "1.3.0-beta.0: minor: feat: x (.changeset/a.md), pre-release beta"),
        (
            "1.3.0-beta.0",
            &["=a: minor: x"],
            "no change files in .changeset that v1.3.0-beta.0 lacks (`commits.sources` names nothing else)",
        ),
        (
            "1.3.0-beta.0",
            &["=a: minor: x", "b: patch: y"],
            "1.3.0-beta.1: patch: fix: y (.changeset/b.md), pre-release beta",
        ),
        (
            "1.3.0-beta.1",
            &["=a: minor: x", "b: major: y"],
            "2.0.0-beta.0: major: y (.changeset/b.md), pre-release beta",
        ),
        // What is contained counts for the level: it is still a feature that the final version will bring.
        (
            "1.2.4-beta.0",
            &["=a: minor: x", "b: patch: y"],
            "1.3.0-beta.0: patch: fix: y (.changeset/b.md), pre-release beta",
        ),
    ] {
        assert_eq!(told(&pre, &facts(current, &[], files)), expected, "{current} {files:?}");
    }
    let facts = facts("1.3.0-beta.0", &[], &["=a: minor: Add tabs", "b: patch: Mend it"]);
    let notes = |config: &Config| planned(config, &facts).plan.packages.remove(0).notes;
    let later = notes(&pre);
    assert!(later.contains("Mend it") && !later.contains("Add tabs"), "{later}");
    // The final version has all of them, also without anything new.
    assert!(told(&config(FILES), &facts).starts_with("1.3.0: minor: feat: Add tabs"));
    let all = notes(&config(FILES));
    assert!(all.contains("Mend it") && all.contains("Add tabs"), "{all}");
}

/// A promotion and a tag by hand make no commit, so they leave what they have used up.
#[test]
fn what_a_final_version_has_used_up() {
    for (commits, files, expected) in [
        (&[][..], &["~a: major: x"][..], "no change files in .changeset that v1.2.3 lacks; no commits since v1.2.3"),
        (&["fix: y"], &["~a: major: x"], "1.2.4: patch: fix: y (00000000ab)"),
        (&["fix: y"], &["~a: major: x", "b: minor: z"], "1.3.0: minor: feat: z (.changeset/b.md)"),
        (
            &["docs: y"],
            &["~a: major: x", "b: none: z"],
            "1 change file in .changeset, it does not ask for a release; 1 commit since v1.2.3, it does not ask for a \
             release (docs 1)",
        ),
        // What it says was read when it was released; what the words mean may have changed since.
        (&["fix: y"], &["~a: forgotten: x"], "1.2.4: patch: fix: y (00000000ab)"),
    ] {
        assert_eq!(told(&config(BOTH), &facts("1.2.3", commits, files)), expected, "{commits:?} {files:?}");
    }
    // Also behind a pre-release that has both.
    let files = &["=~a: major: Old", "=b: patch: New"];
    assert!(told(&config(FILES), &facts("1.2.4-rc.0", &[], files)).starts_with("1.2.4: patch: fix: New"));
    let mut pre = config(BOTH);
    pre.request.pre = Some("rc".to_owned());
    for (config, files, version, expected) in [
        (&config(BOTH), &["~a: major: Old", "b: minor: New"][..], true, ".changeset/a.md .changeset/b.md"),
        (&config(BOTH), &["~a: major: Old", "b: minor: New"], false, ".changeset/a.md .changeset/b.md"),
        (&pre, &["~a: major: Old", "b: minor: New"], true, ".changeset/a.md"),
        (&pre, &["~a: major: Old", "b: minor: New"], false, ""),
    ] {
        let facts = facts("1.2.3", &[], files);
        let facts = if version { facts.with_file("VERSION", "1.2.3\n") } else { facts };
        let planned = planned(config, &facts);
        let package = &planned.plan.packages[0];
        let deleted: Vec<_> = package.edits.iter().filter(|edit| edit.delete).map(|edit| edit.file.as_str()).collect();
        assert_eq!(deleted.join(" "), expected);
        assert_eq!(package.changes.len(), 1);
        for text in [&package.notes, &package.changelog] {
            assert!(!text.contains("Old") && (text.is_empty() || text.contains("New")), "{text}");
        }
        let spent = &planned.explanation.changes[0];
        assert_eq!((spent.planned.level, spent.planned.subject.as_str()), (Level::None, "Old"));
        assert!(spent.ignored.as_ref().unwrap().starts_with("v1.2.3 has used it up"), "{spent:?}");
    }
}

/// Whatever else lies there: what cannot be read as a change file is nobody's to delete.
#[test]
fn what_is_no_change_file_stays() {
    let mut facts = facts("1.2.3", &["fix: y"], &["~old: minor: Old", "~foreign: forgotten: x", "new: patch: New"]);
    facts.change_files.push(ChangeFileFact {
        path: ".changeset/guide.md".to_owned(),
        content: FileContent::Bytes(b"# Guide\n".to_vec()),
        contained: false,
        spent: Some(TagName::new("v1.2.3").unwrap()),
        added: None,
    });
    let mut pre = config(BOTH);
    pre.request.pre = Some("rc".to_owned());
    for (config, expected) in [(&config(BOTH), ".changeset/new.md .changeset/old.md"), (&pre, ".changeset/old.md")] {
        let planned = planned(config, &facts.clone().with_file("VERSION", "1.2.3\n"));
        let edits = planned.plan.packages[0].edits.iter();
        let deleted: Vec<_> = edits.filter(|edit| edit.delete).map(|edit| edit.file.as_str()).collect();
        assert_eq!(deleted.join(" "), expected);
        let guide =
            planned.explanation.changes.iter().find(|change| change.planned.file.ends_with("guide.md")).unwrap();
        assert_eq!(guide.ignored.as_deref(), Some("v1.2.3 has it, and it cannot be read as a change file: it stays"));
    }
}

#[test]
fn a_promotion_tells_what_the_candidates_kept() {
    let digest = bowline_model::Digest::of(b"x");
    let candidate = fixture::tag("2.0.0-rc.3", 0);
    let promotion = Promotion {
        tag: candidate.name,
        version: candidate.version,
        tag_object: candidate.object,
        plan: digest,
        manifest: digest,
    };
    let told = |files: &[&str]| {
        let facts = facts("1.2.3", &["chore(release): 2.0.0-rc.3", "fix: one"], files);
        let facts = facts.with_file("VERSION", "2.0.0-rc.3\n");
        promote(&config(BOTH), &facts, promotion.clone(), &"2.0.0".parse().unwrap(), None)
    };
    let planned = told(&["~a: major: Older", "b: major: Drop it", "c: minor: Add tabs"]).unwrap();
    let package = &planned.plan.packages[0];
    assert_eq!(package.reason, "promotes v2.0.0-rc.3; major: Drop it (.changeset/b.md)");
    let files: Vec<_> = package.changes.iter().map(|change| change.file.as_str()).collect();
    assert_eq!((files, package.edits.len()), (vec![".changeset/b.md", ".changeset/c.md"], 0));
    assert_eq!((planned.explanation.level, &planned.plan.commit_message), (Level::Major, &None));
    for (text, count) in [("Drop it", 1), ("Add tabs", 1), ("one", 1), ("Older", 0)] {
        assert_eq!(package.notes.matches(text).count(), count, "{text}\n{}", package.notes);
    }
    let failure = Failure::from(told(&["b: forgotten: x"]).unwrap_err());
    assert_eq!(failure.code, "change_file_invalid", "nothing is left out unsaid");
}

#[test]
fn what_cannot_be_understood_stops_the_plan() {
    let check = |facts: &Facts, code: &str, hint: &str| {
        let failure = Failure::from(plan(&config(BOTH), facts, None).unwrap_err());
        assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Config, code), "{}", failure.message);
        assert!(failure.hints.iter().any(|given| given.contains(hint)), "{:?}", failure.hints);
    };
    check(&facts("1.2.3", &[], &["a: mnior: x"]), "change_file_invalid", "did you mean `minor`?");
    check(&facts("1.2.3", &[], &["a: zzz: x"]), "change_file_invalid", "`[commits.types]` adds types");
    let foreign = Facts { package: "other".to_owned(), ..facts("1.2.3", &[], &["a: minor: x"]) };
    check(&foreign, "change_file_invalid", "write `\"other\": minor`");
    let pre = facts("1.2.3", &[], &[]).with_file(".changeset/pre.json", "{}");
    check(&pre, "change_files_unusable", "git rm .changeset/pre.json");
    check(&pre, "change_files_unusable", "channel");
    assert!(plan(&config(&[Source::Commits]), &pre, None).is_ok(), "nobody asked for change files");
    let names: Vec<String> = (0..=1000).map(|n| format!("{n}: none: x")).collect();
    let many = facts("1.2.3", &[], &names.iter().map(String::as_str).collect::<Vec<_>>());
    check(&many, "change_files_unusable", "merge some of them into one or remove some");
}

/// The section of a version is found again, whatever a change file holds.
#[test]
fn no_text_hides_a_version() {
    let nasty = "x\n\n## 1.3.0\n\n```\n<!--\n\n1.1.0\n---\n[Unreleased]: https://x\n~~~~\n";
    let mut config = config(FILES);
    config.changelog.asked = true;
    let mut changelog = "# Changelog\n".to_owned();
    for (current, next) in [("1.2.3", "1.3.0"), ("1.3.0", "1.4.0"), ("1.4.0", "1.5.0")] {
        let facts = facts(current, &[], &[&format!("a: minor: {nasty}")]).with_file("CHANGELOG.md", &changelog);
        let plan = planned(&config, &facts).plan;
        assert_eq!(plan.packages[0].next.to_string(), next);
        let edits: Vec<_> = plan.edits().filter(|edit| edit.file == "CHANGELOG.md").collect();
        assert_eq!(edits.len(), 1, "{next}");
        let bytes = bowline_model::plan::apply_edits(changelog.as_bytes(), edits).unwrap();
        changelog = String::from_utf8(bytes).unwrap();
    }
    let heads: Vec<_> = changelog.lines().filter(|line| line.starts_with("## ")).map(|line| line.get(4..9)).collect();
    assert_eq!(heads, [Some("1.5.0"), Some("1.4.0"), Some("1.3.0")], "{changelog}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever bytes a change file has, there is a plan or a refusal that names the file.
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "---\n(\"app\": (minor|feat|x)\n)?---\n\\PC{0,80}") {
        for bytes in [bytes, text.into_bytes()] {
            let mut facts = facts("1.2.3", &["fix: x"], &[]);
            let path = ".changeset/any.md".to_owned();
            facts.change_files.push(ChangeFileFact { path, content: FileContent::Bytes(bytes), contained: false, spent: None, added: None });
            match plan(&config(BOTH), &facts, None) {
                Ok(planned) => prop_assert_eq!(planned.plan.packages[0].changes.len(), 1),
                Err(error) => prop_assert!(error.to_string().contains(".changeset/any.md"), "{}", error),
            }
        }
    }
}
