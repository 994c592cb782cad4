//! What change files ask for, and what is said when they cannot be read.

use super::*;
use crate::fixture::{commit, config, oid};
use bowline_config::section::commits::{CommitType, Source};
use bowline_config::section::dialect::Dialect;

fn file(path: &str, text: &str) -> ChangeFileFact {
    let content = FileContent::Bytes(text.as_bytes().to_vec());
    ChangeFileFact { path: format!(".changeset/{path}"), content, contained: false, spent: None, added: None }
}

fn read_with(config: &Config, files: &[ChangeFileFact], young: bool) -> Result<Vec<Change>, ChangeFileError> {
    let found = ChangeFiles { package: "@acme/app", files, commits: &[], head: oid(99), before: None };
    read_files(config, &found, young.then_some(config.version.before_one))
}

fn with_files() -> Config {
    let mut config = config();
    config.commits.sources = vec![Source::Commits, Source::ChangeFiles];
    config
}

/// `type level breaking rule` of a file that asks for `word`, or the error.
fn meant(config: &Config, word: &str, young: bool) -> String {
    match read_with(config, &[file("x.md", &format!("---\n\"@acme/app\": {word}\n---\nSay it\n"))], young) {
        Ok(changes) => {
            let planned = &changes[0].planned;
            let mark = if planned.breaking { "!" } else { "" };
            format!("{}{mark} {} | {}", planned.kind, planned.level, planned.rule)
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn words_and_what_they_ask_for() {
    let mut config = with_files();
    for (word, young, expected) in [
        ("major", false, "! major | major → major"),
        ("minor", false, "feat minor | minor → minor"),
        ("patch", false, "fix patch | patch → patch"),
        ("none", false, " none | none → none"),
        ("MINOR", false, "feat minor | minor → minor"),
        ("feat", false, "feat minor | feat → minor"),
        ("docs", false, "docs none | docs → none"),
        ("major", true, "! minor | major → minor (before 1.0.0)"),
        ("minor", true, "feat patch | minor → patch (before 1.0.0)"),
    ] {
        assert_eq!(meant(&config, word, young), expected, "{word}");
    }
    // As knope lets people name the headings of its three words.
    let own = CommitType { bump: Level::Minor, section: "New".to_owned(), hidden: false };
    config.commits.types.insert("minor".to_owned(), own);
    assert_eq!(meant(&config, "minor", false), "minor minor | minor → minor");
    assert_eq!(
        meant(&config, "mayor", false),
        "change file .changeset/x.md, line 2, asks for `mayor`, which is no level and no type"
    );
}

#[test]
fn a_dialect_without_such_a_type_loses_nothing() {
    let mut config = with_files();
    config.commits.dialect = Dialect::Atom;
    config.commits.types.retain(|_, known| known.bump != Level::Minor);
    assert_eq!(meant(&config, "minor", false), " minor | minor → minor");
    config.commits.types.remove("fix");
    let other = config.commits.types.iter().find(|(_, known)| known.bump == Level::Patch && !known.hidden);
    let expected = format!("{} patch | patch → patch", other.map_or("", |(name, _)| name));
    assert_eq!(meant(&config, "patch", false), expected);
}

#[test]
fn a_file_is_one_change() {
    let text = "---\ndefault: patch\n\"@acme/app\": major\n---\n\n# Drop `v1`\n\nUse **v2**.\n\n## Why\n";
    let added = commit(7, b"feat: x");
    let facts = [ChangeFileFact { added: Some(added.oid), ..file("x.md", text) }];
    let commits = [commit(6, b"x"), added];
    let found = ChangeFiles { package: "@acme/app", files: &facts, commits: &commits, head: oid(99), before: None };
    let change = read_files(&with_files(), &found, None).unwrap().remove(0);
    assert_eq!((change.planned.subject.as_str(), change.planned.level), ("Drop `v1`", Level::Major));
    assert_eq!(change.breaking_notes, ["Drop `v1`"]);
    let from = change.file.as_ref().unwrap();
    assert_eq!((from.path.as_str(), from.author.as_deref()), (".changeset/x.md", Some("A U Thor")));
    assert_eq!(from.details, "  Use **v2**.\n\n  ##### Why");
    assert_eq!(change.commit(), Some(&oid(7)));

    let empty = read_with(&with_files(), &[file("x.md", "---\n---\n")], false).unwrap().remove(0);
    assert_eq!((empty.planned.level, empty.planned.rule.as_str()), (Level::None, "empty front matter → none"));
    assert_eq!(empty.commit(), None);
}

#[test]
fn refusals_name_file_and_line() {
    let config = with_files();
    let failure = |files: &[ChangeFileFact]| read_with(&config, files, false).unwrap_err().to_string();
    for (text, expected) in [
        ("Just text", "line 1, begins with something else than front matter: expected `---` alone"),
        ("---\n\"@acme/app\": minor\n", "line 2, ends within the front matter: expected `---` alone before the text"),
        ("---\n\"b\": minor\n---\nx", "line 2, is about `b`, and the only package here is `@acme/app`"),
        ("---\n\"\u{202e}\": minor\n---\nx", "line 2, is about `\\u{202E}`, and the only package here is `@acme/app`"),
        ("---\n\"@acme/app\": minor\n---\n\n", "line 3, has no text below its front matter: expected a line that says"),
    ] {
        let found = failure(&[file("ok.md", "---\n---\n"), file("x.md", text)]);
        assert!(found.starts_with(&format!("change file .changeset/x.md, {expected}")), "{text:?}: {found}");
    }
    let huge = file("x.md", &"x".repeat(1 << 20));
    assert_eq!(failure(&[huge]), "change file .changeset/x.md has 1048576 bytes, and at most 65536 are read");
    let many: Vec<_> = (0..=MOST_CHANGE_FILES).map(|n| file(&format!("{n}.md"), "---\n---\n")).collect();
    assert_eq!(failure(&many), ".changeset has more than 1000 change files");
    let link = ChangeFileFact { content: FileContent::NotAFile("symbolic link"), ..file("x.md", "") };
    assert!(failure(&[link]).contains("is no ordinary file"));
}
