//! What the libraries of standard-version 9 and of commit-and-tag-version 13 read from a message: type, scope, subject, body,
//! footer, notes and issues, as text.

use super::*;
use crate::conventional::text::pattern;

fn rules(dialect: Dialect) -> Rules {
    let names = |names: &[&str]| names.iter().map(|&name| name.into()).collect::<Vec<Rc<str>>>();
    let is_modern = dialect == Dialect::Modern;
    let source = |source: &str, flags: &str| pattern(source, flags).unwrap();
    let actions =
        ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"].map(str::to_owned);
    let prefixes = ["#", "gh-"].map(str::to_owned);
    let notes = if is_modern {
        r"^(?:\*\s+)?(BREAKING CHANGE|BREAKING-CHANGE):\s*(.*)"
    } else {
        r"^[\s|*]*(BREAKING CHANGE|BREAKING-CHANGE)[:\s]+(.*)"
    };
    let parts = ["type", "scope", "subject"];
    Rules {
        dialect,
        header: Pattern { regex: source(r"^(\w*)(?:\((.*)\))?!?: (.*)$", ""), names: names(&parts) },
        breaking_header: Some(Pattern { regex: source(r"^(\w*)(?:\((.*)\))?!: (.*)$", ""), names: names(&parts) }),
        merge: None,
        revert: Some(Pattern {
            regex: source(r#"^(?:Revert|revert:)\s"?([\s\S]+?)"?\s*This reverts commit (\w*)\."#, "i"),
            names: names(&["header", "hash"]),
        }),
        notes: Some(source(notes, "i")),
        fields: Fields::Dashes,
        comment: None,
        references: Finder::new(Some(&actions), Some(&prefixes), false, is_modern).unwrap(),
    }
}

fn shown(parsed: &Parsed) -> [String; 7] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let part = |name| parsed.part(name).unwrap_or_default().to_owned();
    let notes: Vec<String> = parsed.notes.iter().map(|note| format!("{}={}", note.title, note.text)).collect();
    let issue = |issue: &Reference| {
        let (action, owner, repository) = (text(&issue.action), text(&issue.owner), text(&issue.repository));
        format!("{action}:{owner}/{repository}{}{}", issue.prefix, issue.issue)
    };
    let issues: Vec<String> = parsed.references.iter().map(issue).collect();
    let (body, footer) = (text(&parsed.body), text(&parsed.footer));
    [part("type"), part("scope"), part("subject"), body, footer, notes.join("|"), issues.join(" ")]
}

#[test]
fn messages() {
    let (old, new) = (rules(Dialect::Classic), rules(Dialect::Modern));
    let check = |message: &str, classic: [&str; 7], modern: [&str; 7]| {
        assert_eq!(shown(&read_one(message, &old, 0).unwrap()), classic, "classic {message:?}");
        assert_eq!(shown(&read_one(message, &new, 0).unwrap()), modern, "modern {message:?}");
    };
    let both = |message: &str, expected: [&str; 7]| check(message, expected, expected);
    both("feat(a b)!: x (#1)", ["feat", "a b", "x (#1)", "", "", "BREAKING CHANGE=x (#1)", ":/#1"]);
    both("fix: y fixes #2 closes a/b#3", ["fix", "", "y fixes #2 closes a/b#3", "", "", "", "fixes:/#2 closes:a/b#3"]);
    check(
        "fix: prefix #1",
        ["fix", "", "prefix #1", "", "", "", "fix:/#1"],
        ["fix", "", "prefix #1", "", "", "", ":/#1"],
    );
    check(
        "fix: #1 fixes #2",
        ["fix", "", "#1 fixes #2", "", "", "", "fixes:/#2"],
        ["fix", "", "#1 fixes #2", "", "", "", ":/#1 fixes:/#2"],
    );
    check(
        "fix: tough-cookie-5 high-5",
        ["fix", "", "tough-cookie-5 high-5", "", "", "", ":/tough-cookie-5 :/high-5"],
        ["fix", "", "tough-cookie-5 high-5", "", "", "", ""],
    );
    both("fix: a\n\nbody\n\nCloses #1\nmore", ["fix", "", "a", "body", "Closes #1\nmore", "", "Closes:/#1"]);
    check(
        "fix: a\n\nCloses: #1",
        ["fix", "", "a", "", "Closes: #1", "", ":/#1"],
        ["fix", "", "a", "", "Closes: #1", "", "Closes:/#1"],
    );
    check(
        "fix: a\n\nToken: text\nrest",
        ["fix", "", "a", "Token: text\nrest", "", "", ""],
        ["fix", "", "a", "", "Token: text\nrest", "", ""],
    );
    check(
        "fix: a\n\nsee http://x.y/#1 closes #2",
        ["fix", "", "a", "", "see http://x.y/#1 closes #2", "", "closes:/#2"],
        ["fix", "", "a", "see http://x.y/#1 closes #2", "", "", "closes:/#2"],
    );
    check(
        "feat: a\n\nBREAKING CHANGE: one\ntwo\n\nthree\nRefs: x\nafter",
        [
            "feat",
            "",
            "a",
            "",
            "BREAKING CHANGE: one\ntwo\n\nthree\nRefs: x\nafter",
            "BREAKING CHANGE=one\ntwo\n\nthree\nRefs: x\nafter",
            "",
        ],
        [
            "feat",
            "",
            "a",
            "",
            "BREAKING CHANGE: one\ntwo\n\nthree\nRefs: x\nafter",
            "BREAKING CHANGE=one\ntwo\n\nthree",
            "",
        ],
    );
    check(
        "feat: a\n\nbreaking change no colon",
        ["feat", "", "a", "", "breaking change no colon", "breaking change=no colon", ""],
        ["feat", "", "a", "breaking change no colon", "", "", ""],
    );
    both(
        "feat: a\n\nbreaking-change: lower",
        ["feat", "", "a", "", "breaking-change: lower", "breaking-change=lower", ""],
    );
    both(
        "feat: a\n\n* BREAKING CHANGE: star",
        ["feat", "", "a", "", "* BREAKING CHANGE: star", "BREAKING CHANGE=star", ""],
    );
    check("feat: a\n\n-type-\nodd\n-x-\ny", ["odd", "", "a", "", "", "", ""], ["feat\nodd", "", "a", "", "", "", ""]);
    check("feat: a\n\n---\nafter", ["feat", "", "a", "", "", "", ""], ["feat", "", "a", "---\nafter", "", "", ""]);
    check("feat: a\n\n--\nafter", ["feat", "", "a", "after", "", "", ""], ["feat", "", "a", "--\nafter", "", "", ""]);
    both("feat: a\r\n\r\nb\r\nCloses #1\r\n", ["feat", "", "a", "b", "Closes #1", "", "Closes:/#1"]);
    both("feat: a\n\ngpg: signed\nb", ["feat", "", "a", "b", "", "", ""]);
    both("Revert \"x\"\n\nThis reverts commit abc.", ["", "", "", "This reverts commit abc.", "", "", ""]);
    check(
        "feat: fixes#1 and fixes  #2",
        ["feat", "", "fixes#1 and fixes  #2", "", "", "", "fixes:/#2"],
        ["feat", "", "fixes#1 and fixes  #2", "", "", "", ":/fixes#1 fixes:/#2"],
    );
    check(
        "feat: #a #1b. #2c! (#3)",
        ["feat", "", "#a #1b. #2c! (#3)", "", "", "", ":/#1 :/#2 :/#3"],
        ["feat", "", "#a #1b. #2c! (#3)", "", "", "", ":/#1b :/#3"],
    );
    both("feat: GH-1 gh-a", ["feat", "", "GH-1 gh-a", "", "", "", ":/GH-1"]);
    both("plain", ["", "", "", "", "", "", ""]);
    both("feat:nospace", ["", "", "", "", "", "", ""]);
    both("feat(): e", ["feat", "", "e", "", "", "", ""]);
    both("feat(a)(b): c", ["feat", "a)(b", "c", "", "", "", ""]);
    both("\n\n\nfeat: lead", ["feat", "", "lead", "", "", "", ""]);
    check(
        "feat: a\n\nx\n# ------------------------ >8 ------------------------\ncut",
        ["feat", "", "a", "x", "", "", ""],
        ["feat", "", "a", "x\n# ------------------------ >8 ------------------------\ncut", "", "", ""],
    );
    both(
        "feat: closes #1, #2 and fix c/d/e#3",
        ["feat", "", "closes #1, #2 and fix c/d/e#3", "", "", "", "closes:/#1 closes:/#2 fix:c/d/e#3"],
    );
    both(
        "fix: a\n\nBREAKING CHANGE: #9 is gone\nCloses #8",
        ["fix", "", "a", "", "BREAKING CHANGE: #9 is gone\nCloses #8", "BREAKING CHANGE=#9 is gone", "Closes:/#8"],
    );
}

#[test]
fn a_delimiter_in_a_message_cuts_it() {
    let message = format!("feat: a\n\nx\n{DELIMITER}\nfix: b\n");
    let commits = [Commit { hash: "h1".to_owned(), message, ..Commit::default() }];
    let read = read(&commits, &rules(Dialect::Classic), true);
    let kinds: Vec<_> = read.iter().map(|commit| (commit.part("type"), commit.hash(), commit.origin)).collect();
    assert_eq!(kinds, [(Some("feat"), None, 0), (Some("fix"), Some("h1"), 0)]);
}
