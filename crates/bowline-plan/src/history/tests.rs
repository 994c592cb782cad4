//! Commits and their rules.

use super::*;
use crate::fixture::{commit, config, facts, oid};

/// `level rule` of every commit.
fn rules(messages: &[&str], before_one: Option<BeforeOne>) -> Vec<String> {
    let changes = read(&config(), &facts(None, messages).commits, before_one);
    changes.iter().map(|change| format!("{} {}", change.planned.level, change.planned.rule)).collect()
}

#[test]
fn default_rules() {
    for (message, expected) in [
        ("feat: x", "minor feat → minor"),
        ("FEAT(a): x", "minor feat → minor"),
        ("fix: x", "patch fix → patch"),
        ("revert: x", "patch revert → patch"),
        ("Revert \"feat: x\"", "patch revert → patch"),
        ("docs: x", "none docs → none"),
        ("docs!: x", "major `!` → major"),
        ("unknown!: x", "major `!` → major"),
        ("fix: x\n\nBREAKING CHANGE: y", "major BREAKING CHANGE footer → major"),
        ("text\n\nBREAKING CHANGE: y", "major BREAKING CHANGE footer → major"),
        ("wip: x", "none type wip is not configured → none"),
        ("did things", "none not conventional → none"),
        ("fixup! feat: x", "none not conventional → none"),
        ("", "none not conventional → none"),
    ] {
        assert_eq!(rules(&[message], None), [expected], "{message:?}");
    }
}

#[test]
fn before_one_moves_less() {
    let before_one = Some(BeforeOne { breaking: Level::Minor, feature: Level::Patch });
    assert_eq!(
        rules(&["feat!: x", "feat: x", "fix: x", "docs: x"], before_one),
        [
            "minor `!` → minor (before 1.0.0)",
            "patch feat → patch (before 1.0.0)",
            "patch fix → patch",
            "none docs → none"
        ]
    );
}

#[test]
fn merges_and_releases_ask_for_nothing() {
    let release = Marker { plan: bowline_model::Digest::of(b"x"), head: oid(7) }.append_to("feat: 1.2.3");
    let mut commits = facts(None, &["feat!: merge", &release, &release]).commits;
    commits[0].parents = 2;
    commits[1].parent = Some(oid(7));
    commits[2].parents = 2;
    let changes = read(&config(), &commits, None);
    let ignored: Vec<_> = changes.iter().map(|change| change.ignored.clone()).collect();
    assert_eq!(ignored, [Some(Ignored::Merge), Some(Ignored::Release), Some(Ignored::Merge)]);
    assert!(changes.iter().all(|change| change.planned.level == Level::None));
    assert_eq!(changes[0].note.as_deref(), Some("the merge's own header does not count"));
}

#[test]
fn trailers_on_another_commit_are_ordinary_text() {
    let copied = Marker { plan: bowline_model::Digest::of(b"x"), head: oid(7) }.append_to("feat!: break it");
    let mut commits = facts(None, &[&copied]).commits;
    commits[0].parent = Some(oid(8));
    let changes = read(&config(), &commits, None);
    assert_eq!(changes[0].ignored, None);
    assert_eq!(changes[0].planned.level, Level::Major);
}

/// Which commits count; commit number n is named by [`oid`]`(n)`, newest first.
fn check_reverts(messages: &[&str], counting: &[usize]) {
    let named: Vec<String> = messages
        .iter()
        .map(|message| {
            (0..9).fold((*message).to_owned(), |text, n| text.replace(&format!("<{n}>"), &oid(n).to_string()))
        })
        .collect();
    let commits: Vec<_> = named.iter().enumerate().map(|(n, message)| commit(n, message.as_bytes())).collect();
    let changes = read(&config(), &commits, None);
    let found: Vec<usize> = (0..commits.len()).filter(|&n| changes[n].ignored.is_none()).collect();
    assert_eq!(found, counting, "{messages:?}");
}

#[test]
fn reverts_cancel_out() {
    let revert = "Revert \"x\"\n\nThis reverts commit";
    check_reverts(&[&format!("{revert} <1>."), "feat: x"], &[]);
    check_reverts(&["fix: y", &format!("{revert} <2>."), "feat!: x"], &[0]);
    check_reverts(&[&format!("{revert} <1>."), &format!("{revert} <2>."), "feat: x"], &[2]);
    check_reverts(&[&format!("{revert} <1>."), &format!("{revert} <2>."), &format!("{revert} <3>."), "feat: x"], &[]);
    check_reverts(&["revert: x\n\nRefs: <1>, <2>", "feat: x", "feat: y"], &[]);
    check_reverts(&["revert: x\n\nThis reverts commit <1>.\nThis reverts commit <8>.", "feat: x"], &[0]);
    check_reverts(&[&format!("{revert} <1>."), &format!("{revert} <2>."), "feat: x", "fix: z"], &[2, 3]);
    check_reverts(&[&format!("{revert} <8>."), "feat: x"], &[0, 1]);
    check_reverts(&[&format!("{revert} <0>."), "feat: x"], &[0, 1]);
    check_reverts(&["fix: undo\n\nThis reverts commit <1>.", "feat: x"], &[0, 1]);
    check_reverts(&[&format!("{revert} 00000001ab."), "feat: x"], &[]);
    check_reverts(&[&format!("{revert} 0000000."), "feat: x", "fix: y"], &[0, 1, 2]);
}

#[test]
fn reverts_made_by_a_button_name_the_title() {
    check_reverts(&["Revert \"feat: x\" (#2)\n\nReverts acme/app#1", "feat: x (#1)"], &[]);
    check_reverts(&["Revert \"Revert \"feat: x\"\" (#3)", "Revert \"feat: x\" (#2)", "feat: x (#1)"], &[2]);
    check_reverts(&["Revert \"feat: x\"", "Revert \"feat: x\"", "feat: x", "feat: x", "feat: x"], &[4]);
    check_reverts(&["feat: x", "Revert \"feat: x\"", "fix: y"], &[0, 1, 2]);
    check_reverts(&["Revert \"feat: x\"", "feat: x y"], &[0, 1]);
}

#[test]
fn a_reverted_merge_keeps_its_revert() {
    let message = format!("Revert \"Merge\"\n\nThis reverts commit {}, reversing\nchanges made to 1.", oid(1));
    let mut commits = facts(None, &[&message, "Merge x", "feat: x"]).commits;
    commits[1].parents = 2;
    let levels: Vec<_> = read(&config(), &commits, None).iter().map(|change| change.planned.level).collect();
    assert_eq!(levels, [Level::Patch, Level::None, Level::Minor]);
}

#[test]
fn text_is_safe_to_show() {
    let mut commits = facts(None, &["feat(a\u{202e}b): x\x1b[31m"]).commits;
    commits.push(commit(1, b"fix: caf\xe9\n\nBREAKING CHANGE: a\nb \xe9"));
    commits.push(commit(2, b"fix: caf\xe9"));
    commits[2].encoding = Some("ISO-8859-1".to_owned());
    let changes = read(&config(), &commits, None);
    assert_eq!(changes[0].planned.scope.as_deref(), Some("a\\u{202E}b"));
    assert_eq!(changes[0].planned.subject, "x\\u{001B}[31m");
    assert_eq!(changes[1].breaking_notes, ["a b \u{fffd}"]);
    assert!(changes[1].undecodable && !changes[2].undecodable);
    assert_eq!(changes[2].planned.subject, "café");
}
