//! Commits and their rules.

use super::*;
use crate::fixture::{WithFiles, commit, config, facts, oid};
use bowline_config::File;
use bowline_model::git::Marker;
use bowline_model::version::Level;

/// `level rule` of every commit.
fn rules(messages: &[&str], before_one: Option<BeforeOne>) -> Vec<String> {
    let changes = read(&config(), &facts(None, messages).commits, &Overrides::default(), before_one);
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
    let changes = read(&config(), &commits, &Overrides::default(), None);
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
    let changes = read(&config(), &commits, &Overrides::default(), None);
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
    let changes = read(&config(), &commits, &Overrides::default(), None);
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
    let levels: Vec<_> =
        read(&config(), &commits, &Overrides::default(), None).iter().map(|change| change.planned.level).collect();
    assert_eq!(levels, [Level::Patch, Level::None, Level::Minor]);
}

#[test]
fn text_is_safe_to_show() {
    let mut commits = facts(None, &["feat(a\u{202e}b): x\x1b[31m"]).commits;
    commits.push(commit(1, b"fix: caf\xe9\n\nBREAKING CHANGE: a\nb \xe9"));
    commits.push(commit(2, b"fix: caf\xe9"));
    commits[2].encoding = Some("ISO-8859-1".to_owned());
    let changes = read(&config(), &commits, &Overrides::default(), None);
    assert_eq!(changes[0].planned.scope.as_deref(), Some("a\\u{202E}b"));
    assert_eq!(changes[0].planned.subject, "x\\u{001B}[31m");
    assert_eq!(changes[1].breaking_notes, ["a b \u{fffd}"]);
    assert!(changes[1].undecodable && !changes[2].undecodable);
    assert_eq!(changes[2].planned.subject, "café");
}

/// `level kind: subject | rule`, or why it is ignored, of every change under this configuration.
fn changes_of(toml: &str, messages: &[&str], files: &[(&str, &str)]) -> Vec<String> {
    let file = File { name: "bowline.toml".to_owned(), bytes: toml.as_bytes().to_vec(), committed: true };
    let config =
        bowline_config::load(&bowline_config::Input { file: Some(file), ..Default::default() }).unwrap().config;
    let facts = files.iter().fold(facts(None, messages), |facts, (path, text)| facts.with_file(path, text));
    let changes = read(&config, &facts.commits, &Overrides::of(&config, &facts.files), None);
    let shown = |change: &Change| match &change.ignored {
        Some(why) => why.as_str().to_owned(),
        None => {
            let planned = &change.planned;
            format!("{} {}: {} | {}", planned.level, planned.kind, planned.subject, planned.rule)
        }
    };
    changes.iter().map(shown).collect()
}

#[test]
fn dialects_bring_their_types() {
    for (dialect, message, expected) in [
        ("angular", "feat!: x", "none : feat!: x | no header of dialect angular → none"),
        ("angular", "feat: x", "minor feat: x | feat → minor"),
        ("atom", ":racehorse: x", "patch racehorse: x | racehorse → patch"),
        ("eslint", "Breaking: x", "major breaking: x | breaking → major"),
        ("eslint", "New: x", "minor new: x | new → minor"),
        ("express", "deps: x", "patch deps: x | deps → patch"),
        ("gitmoji", "💥 x", "major boom: x | boom → major"),
        ("gitmoji", ":bug: x", "patch bug: x | bug → patch"),
        ("jshint", "[[FEAT]] x", "minor feat: x | feat → minor"),
        ("jquery", "Core: x", "none core: x | type core is not configured → none"),
        ("eslint", "Revert \"Fix: x\"", "patch revert: Fix: x | revert → patch"),
        ("eslint", "Fix: x\n\nBREAKING CHANGE: y", "major fix: x | BREAKING CHANGE footer → major"),
    ] {
        assert_eq!(changes_of(&format!("commits.dialect = \"{dialect}\""), &[message], &[]), [expected]);
    }
    let own = "[commits]\ndialect = \"jquery\"\n[commits.types.core]\nbump = \"patch\"\n";
    assert_eq!(changes_of(own, &["Core: x"], &[]), ["patch core: x | core → patch"]);
}

#[test]
fn merges_count_in_embers_dialect_alone() {
    let message = "Merge pull request #1 from a/b\n\n[FEATURE x] Add it";
    let mut commits = facts(None, &[message, "Merge branch 'x'"]).commits;
    commits.iter_mut().for_each(|commit| commit.parents = 2);
    let mut config = config();
    config.commits.dialect = bowline_config::section::dialect::Dialect::Ember;
    let changes = read(&config, &commits, &Overrides::default(), None);
    assert_eq!(changes[0].ignored, None);
    assert_eq!((changes[0].planned.kind.as_str(), changes[0].planned.subject.as_str()), ("feature", "Add it"));
    assert_eq!(changes[1].ignored, Some(Ignored::Merge));
}

#[test]
fn squashed_commits_count_once_or_each() {
    let message = "docs: all of it (#7)\n\n* feat: a\n* fix(x)!: b\n- docs: all of it\n* no header\n  * fix: nested\n";
    let title = facts(None, &[message]).commits;
    let change = read(&config(), &title, &Overrides::default(), None).remove(0);
    assert_eq!(change.planned.level, Level::None);
    assert_eq!(
        change.note.as_deref(),
        Some("its body lists 2 headers that ask for more and does not count (`commits.squash`)")
    );
    assert_eq!(
        changes_of("commits.squash = \"body\"", &[message], &[]),
        [
            "none docs: all of it (#7) | docs → none",
            "minor feat: a | feat → minor, listed in the body",
            "major fix: b | `!` → major, listed in the body",
        ]
    );
    // What is reverted is reverted with all that it lists.
    let revert = format!("Revert \"docs: all of it (#7)\"\n\nThis reverts commit {}.", oid(1));
    assert_eq!(changes_of("commits.squash = \"body\"", &[&revert, message], &[]).len(), 2);
}

#[test]
fn ignored_by_pattern() {
    let toml = "commits.ignore = ['^chore\\(deps\\)', 'WIP']";
    assert_eq!(
        changes_of(toml, &["chore(deps)!: x", "feat: WIP x", "feat: x"], &[]),
        ["`commits.ignore` matches: ^chore\\(deps\\)", "`commits.ignore` matches: WIP", "minor feat: x | feat → minor"]
    );
}

#[test]
fn rules_of_the_repository() {
    let toml = r#"
        [commits]
        squash = "body"
        [[commits.rule]]
        pattern = '^\[(?<type>\w+)\]\s+(?<breaking>BREAKING\s+)?(?<subject>.+)'
        [[commits.rule]]
        pattern = '^(?:bump|wip)\b'
        ignore = true
        [commits.types]
        feature = { bump = "minor", section = "Features" }
    "#;
    let named = r#"rule 1 "^\[(?<type>\w+)\]\s+(?<b…""#;
    assert_eq!(
        changes_of(toml, &["[Feature] tabs", "[fix] BREAKING x", "[odd] x", "bump it", "feat: x", "words"], &[]),
        [
            format!("minor feature: tabs | {named}: feature → minor"),
            format!("major fix: x | {named}: breaking → major"),
            format!("none odd: x | {named}: type odd is not configured → none"),
            r#"rule 2 "^(?:bump|wip)\b" takes it out"#.to_owned(),
            "minor feat: x | feat → minor".to_owned(),
            "none : words | no rule matches, and it is not conventional → none".to_owned(),
        ]
    );
    // Footers count as they do in every dialect, and so do the headers of a squash, by rule and by dialect.
    let message = "[fix] x\n\n* [feature] y\n* fix: z\n* bump it\n\nBREAKING CHANGE: w";
    assert_eq!(
        changes_of(toml, &[message], &[]),
        [
            format!("major fix: x | {named}: BREAKING CHANGE footer → major"),
            format!("minor feature: y | {named}: feature → minor, listed in the body"),
            "patch fix: z | fix → patch, listed in the body".to_owned(),
        ]
    );
    // A revert by git still takes back what a rule has read.
    let revert = format!("Revert \"[Feature] tabs\"\n\nThis reverts commit {}.", oid(1));
    let found = changes_of(toml, &[&revert, "[Feature] tabs"], &[]);
    assert!(found[0].starts_with("reverts ") && found[1].starts_with("reverted by "), "{found:?}");
}

#[test]
fn rules_about_merges() {
    let toml =
        "[[commits.rule]]\npattern = '^Merge .*\\s+(?<type>\\w+): (?<subject>.+)'\non = \"message\"\nmerges = true\n";
    let mut loaded =
        facts(None, &["Merge pull request #1 from a/b\n\nfeat: tabs", "Merge branch 'x'", "feat: in between"]);
    (loaded.commits[0].parents, loaded.commits[1].parents) = (2, 2);
    let file = File { name: "bowline.toml".to_owned(), bytes: toml.as_bytes().to_vec(), committed: true };
    let config =
        bowline_config::load(&bowline_config::Input { file: Some(file), ..Default::default() }).unwrap().config;
    let changes = read(&config, &loaded.commits, &Overrides::default(), None);
    assert_eq!((changes[0].planned.subject.as_str(), changes[0].planned.level), ("tabs", Level::Minor));
    assert_eq!(changes[1].ignored, Some(Ignored::Merge));
}

/// The recipe for merged pull requests whose title counts: git's revert of such a merge takes it back.
#[test]
fn a_merge_that_counts_can_be_taken_back() {
    let toml = "[[commits.rule]]\npattern = '^Merge pull request #\\d+ from \\S+\\s+(?<type>\\w+): (?<subject>.+)'\n\
        on = \"message\"\nmerges = true\n";
    let merge = "Merge pull request #1 from a/b\n\nfeat: tabs";
    let revert = format!(
        "Revert \"Merge pull request #1 from a/b\"\n\nThis reverts commit {}, reversing\nchanges made to 1.",
        oid(1)
    );
    let ignored = |toml: &str, merge: &str| {
        let mut loaded = facts(None, &[&revert, merge]);
        loaded.commits[1].parents = 2;
        let file = File { name: "bowline.toml".to_owned(), bytes: toml.as_bytes().to_vec(), committed: true };
        let config =
            bowline_config::load(&bowline_config::Input { file: Some(file), ..Default::default() }).unwrap().config;
        let changes = read(&config, &loaded.commits, &Overrides::default(), None);
        changes.iter().map(|change| change.ignored.as_ref().map(|why| why.as_str().to_owned())).collect::<Vec<_>>()
    };
    let both =
        [Some("reverts 00000001ab, which is not released".to_owned()), Some("reverted by 00000000ab".to_owned())];
    assert_eq!(ignored(toml, merge), both);
    assert_eq!(ignored("commits.dialect = \"ember\"", "Merge pull request #1 from a/b\n\n[FEATURE x] tabs"), both);
    assert_eq!(ignored(toml, "Merge branch 'x'")[0], None);
}

#[test]
fn overrides_stand_for_messages() {
    let folder = ".bowline/overrides";
    let id = |n: usize, digits: usize| oid(n).to_string().chars().take(digits).collect::<String>();
    let files = [
        (format!("{folder}/{}", id(0, 40)), "fix: really"),
        (format!("{folder}/{}.md", id(1, 8)), "\n"),
        (format!("{folder}/{}", id(3, 8)), "docs: shorter"),
        (format!("{folder}/{}", id(3, 12)), "feat: longer"),
        (format!("{folder}/README.md"), "feat: not a message"),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let found = changes_of("", &["oops", "feat!: x", "fix: y", "oops"], &files);
    let ambiguous = changes_of("", &["oops", "feat: x"], &[(".bowline/overrides/0000000", "fix: which?")]);
    assert_eq!(ambiguous, ["none : oops | not conventional → none", "minor feat: x | feat → minor"]);
    assert_eq!(found[0], "patch fix: really | fix → patch");
    assert!(found[1].starts_with("taken out by .bowline/overrides/00000001") && found[1].ends_with("which is empty"));
    assert_eq!(found[2..], ["patch fix: y | fix → patch", "minor feat: longer | feat → minor"]);
}

/// The version that is asked for, and the note.
fn check_release_as(message: &str, expected: Option<&str>, note: Option<&str>) {
    let change = read(&config(), &facts(None, &[message]).commits, &Overrides::default(), None).remove(0);
    assert_eq!(change.release_as.map(|version| version.to_string()).as_deref(), expected, "{message:?}");
    assert_eq!(change.note.as_deref(), note, "{message:?}");
}

#[test]
fn versions_asked_for_by_footer() {
    check_release_as("chore: x\n\nRelease-As: 2.0.0", Some("2.0.0"), None);
    check_release_as("chore: x\n\nrelease-as: v2.0.0\nRefs: #1", Some("2.0.0"), None);
    check_release_as("chore: x\n\nRelease-As: 1.0.0\nRelease-As: 2.0.0", Some("2.0.0"), None);
    check_release_as(
        "chore: x\n\nsee\nRelease-As: 2.0.0\nabove",
        None,
        Some("`Release-As` stands outside the footers and does not count"),
    );
    check_release_as(
        "chore: x\n\nRelease-As: two",
        None,
        Some("`Release-As: two` is no SemVer version and does not count"),
    );
    check_release_as("chore: x\n\nRelease-As:", None, None);
    check_release_as("chore: Release-As: 2.0.0", None, None);
}
