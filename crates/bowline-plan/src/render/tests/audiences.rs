//! Notes for audiences, and what authors write for readers.

use crate::fixture::{commit, facts};
use crate::plan::plan;
use bowline_config::{Config, File, Input};
use bowline_model::plan::{AudienceNotes, PackagePlan};

const MESSAGES: [&str; 7] = [
    "feat(ui): tabs by means of WidgetFactory2\n\nRelease-note: Windows have tabs.\nRelease-note-customers: You can open many windows\n in one.",
    "fix: a crash\n\nRelease-note-customers: none",
    "chore: rotate keys\n\nRelease-note-internal: Log in again <b>now</b>, @everyone ::error::x",
    "docs: the handbook",
    "perf!: need more memory\n\nRelease-note: none",
    "words without a type",
    "refactor: move things\n\nRelease-note: NONE\nRelease-note: It starts faster.",
];

fn config(toml: &str) -> Config {
    let file = File { name: "bowline.toml".to_owned(), bytes: toml.as_bytes().to_vec(), committed: true };
    bowline_config::load(&Input { file: Some(file), ..Input::default() }).unwrap().config
}

fn package(toml: &str) -> PackagePlan {
    plan(&config(toml), &facts(Some("1.2.3"), &MESSAGES), None).unwrap().plan.packages.remove(0)
}

/// The lines of a text that are headings, entries, or something else that says something.
fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.is_empty()).collect()
}

#[test]
fn each_audience_has_its_own_text() {
    let package = package(
        "[notes.audience.customers]\ntypes = [\"feat\", \"fix\"]\nstyle = \"plain\"\nheader = \"# News\"\nfooter = \"Ask us.\"\nasset = true\n\
         [notes.audience.internal]\ntypes = [\"*\"]\nstyle = \"plain\"\n",
    );
    let [customers, internal] = package.audiences.as_slice() else { panic!("{:?}", package.audiences) };
    assert_eq!((customers.name.as_str(), customers.asset_name().as_deref()), ("customers", Some("notes.customers.md")));
    assert_eq!((internal.name.as_str(), internal.asset_name()), ("internal", None));
    assert_eq!(
        lines(&customers.notes),
        [
            "# News",
            "### ⚠ BREAKING CHANGES",
            "- need more memory",
            "### Features",
            "- **ui:** You can open many windows in one.",
            // Who writes a note for all readers wants it read, whatever the type.
            "### Code Refactoring",
            "- It starts faster.",
            "Ask us.",
        ]
    );
    assert_eq!(
        lines(&internal.notes),
        [
            "### ⚠ BREAKING CHANGES",
            "- need more memory",
            "### Features",
            "- **ui:** Windows have tabs.",
            "### Bug Fixes",
            "- a crash",
            "### Code Refactoring",
            "- It starts faster.",
            "### Documentation",
            "- the handbook",
            "### Chores",
            "- Log in again &lt;b>now&lt;/b>, `@everyone` ::error::x",
            "### Other Changes",
            "- words without a type",
        ]
    );
}

#[test]
fn notes_say_what_authors_tell_readers_and_changelogs_what_commits_say() {
    let package = package("changelog.path = \"CHANGELOG.md\"\n");
    assert!(package.audiences.is_empty() && !serde_json::to_string(&package).unwrap().contains("audiences"));
    for (text, said) in [("Windows have tabs.", true), ("WidgetFactory2", false), ("It starts faster.", true)] {
        assert_eq!(package.notes.contains(text), said, "{text} in {}", package.notes);
        assert_ne!(package.changelog.contains(text), said, "{text} in {}", package.changelog);
    }
    // What breaks is told, whatever the author prefers.
    assert!(package.notes.contains("- need more memory ("), "{}", package.notes);
    assert!(!package.notes.contains("### Performance"), "{}", package.notes);
    assert!(!package.notes.contains("in one.") && !package.notes.contains("Log in again"), "{}", package.notes);
}

#[test]
fn only_footers_tell_readers_anything() {
    let told = |message: &[u8], encoding: Option<&str>| {
        let mut fact = commit(0, message);
        fact.encoding = encoding.map(str::to_owned);
        let change = crate::history::read(&Config::default(), &[fact], &Default::default(), None).remove(0);
        let shown = change
            .for_readers
            .iter()
            .map(|told| format!("{}|{}", told.audience.as_deref().unwrap_or("*"), told.text().unwrap_or("-")));
        (shown.collect::<Vec<_>>().join(" "), change.note.unwrap_or_default())
    };
    for (message, expected) in [
        ("fix: x\n\nRelease-note: a\nRefs: #1\nRELEASE-NOTE-Beta: b", "beta|b *|a"),
        ("fix: x\n\nRelease-note: a\nand more\n\n  of it\n\nRefs: #1", "*|a and more of it"),
        ("fix: x\n\nRelease-note: a\nRelease-note: b", "*|b *|a"),
        ("fix: x\n\nRelease-note:\nRelease-note-: a\nRelease-notes: b\nRelease-note-a b: c", ""),
        ("fix: x\n\nRelease-note: a\n\nMore words.", ""),
        // Git's own clean-up takes the blank at the end of a line away.
        ("fix: x\n\nRelease-note:\nTwice as fast.\nRelease-note-beta:\r\n  b\n", "beta|b *|Twice as fast."),
        ("fix: x\n\nBREAKING CHANGE: y\nRelease-note:\na", "*|a"),
        ("fix: Release-note: a", ""),
        ("fix: x\n\nRelease-note: \u{202e}a\u{1b}[31m", "*|\\u{202E}a\\u{001B}[31m"),
    ] {
        assert_eq!(told(message.as_bytes(), None).0, expected, "{message:?}");
    }
    assert_eq!(told(b"fix: x\n\nRelease-note: caf\xe9", Some("latin1")).0, "*|café");
    let (_, note) = told(b"fix: x\n\nRelease-note-custmers: a", None);
    assert_eq!(note, "`Release-note-custmers` names no audience, so nobody reads it");
}

#[test]
fn a_text_outside_the_footers_is_noticed() {
    let noted = |message: &str| {
        let change =
            crate::history::read(&Config::default(), &[commit(0, message.as_bytes())], &Default::default(), None);
        change[0].note.is_some()
    };
    let footers = "---------\n\nCo-authored-by: A <a@example.org>";
    for (body, expected) in [
        (format!("* chore: one\n\nRelease-note: Twice as fast.\n\n* chore: two\n\n{footers}"), true),
        (format!("* chore: one\n\nRelease-note:\nTwice as fast.\n\n* chore: two\n\n{footers}"), true),
        ("Release-note: a\n\n* chore: two\n\nRelease-note: b".to_owned(), true),
        ("Release-note: a\n\nReviewed-by: b".to_owned(), false),
        // A template that nobody filled in, and what is only quoted.
        ("Release-note:\n\nWords.".to_owned(), false),
        ("Release-note:\nRefs: #1\n\nWords.".to_owned(), false),
        ("```\nRelease-note: a\n```\n\nWords.".to_owned(), false),
    ] {
        assert_eq!(noted(&format!("fix: x\n\n{body}")), expected, "{body:?}");
    }
}

#[test]
fn templates_of_audiences_are_named() {
    let config = config("[notes.audience.support]\ntemplate = \"{{ versoin }}\"\n");
    let error = plan(&config, &facts(Some("1.2.3"), &MESSAGES), None).unwrap_err().to_string();
    assert!(error.starts_with("the notes template for support does not work: line 1"), "{error}");
    let template = "{% for group in groups %}{{ group.title }}:{% for entry in group.entries %} {{ entry.text }};{% endfor %}{% endfor %}";
    let package =
        package(&format!("[notes.audience.support]\ntypes = [\"feat\"]\ntemplate = \"{template}\"\nasset = true\n"));
    assert_eq!(package.audiences[0].notes, "Features: Windows have tabs.;Code Refactoring: It starts faster.;\n");
    let empty = AudienceNotes { name: "x".to_owned(), notes: String::new(), asset: true };
    assert_eq!(empty.asset_name(), None, "no forge takes an empty file");
}
