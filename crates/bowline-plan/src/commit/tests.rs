//! Tables of messages and what they say.

use super::*;
use proptest::prelude::*;

/// `type|scope|!|description` of a header, or `-`.
fn header_of(message: &[u8]) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Message::parse(message).header.map_or("-".to_owned(), |header| {
        let scope = header.scope.map(text).unwrap_or_default();
        let mark = if header.breaking { "!" } else { "" };
        format!("{}|{scope}|{mark}|{}", text(header.kind), text(header.description))
    })
}

fn check_header(message: impl AsRef<[u8]>, expected: &str) {
    let message = message.as_ref();
    assert_eq!(header_of(message), expected, "{:?}", String::from_utf8_lossy(message));
}

#[test]
fn headers() {
    check_header("feat: add", "feat|||add");
    check_header("feat(api): add", "feat|api||add");
    check_header("feat!: drop", "feat||!|drop");
    check_header("feat(api)!: drop", "feat|api|!|drop");
    check_header("FIX: shout", "FIX|||shout");
    check_header("fix:    spaced   ", "fix|||spaced");
    check_header("fix:\ttabbed", "fix|||tabbed");
    check_header("my-type_2: x", "my-type_2|||x");
    check_header("feat(): empty scope", "feat|||empty scope");
    check_header("feat( api ): trimmed", "feat|api||trimmed");
    check_header("feat(a(b)): nested", "feat|a(b)||nested");
    check_header("feat(a): b (c): d", "feat|a||b (c): d");
    check_header("feat(@acme/app): x", "feat|@acme/app||x");
    check_header("\n\n  feat: leading blanks\n", "feat|||leading blanks");
    check_header("feat: crlf\r\n\r\nbody\r\n", "feat|||crlf");
    check_header("\u{feff}feat: bom", "feat|||bom");
    check_header(b"feat(caf\xe9): latin".as_slice(), "feat|caf\u{fffd}||latin");
    check_header(b"feat: nul \0 inside".as_slice(), "feat|||nul \0 inside");
    check_header("feat: lone\rreturn", "feat|||lone\rreturn");
    check_header(format!("feat: {}", "x".repeat(64 << 10)), &format!("feat|||{}", "x".repeat(64 << 10)));
}

#[test]
fn not_headers() {
    for message in [
        "",
        "\n",
        "add a thing",
        "feat:no space",
        "feat: ",
        "feat:",
        "feat :x",
        "feat (api): x",
        "feat(api: x",
        "feat(api) x: y",
        "feat!!: x",
        "feat!(api): x",
        ": x",
        "(api): x",
        "!: x",
        "fixup! feat: x",
        "squash! feat: x",
        "amend! feat: x",
        "Merge branch 'main': x",
        "http://example.org/",
        "[feat]: x",
        "fe\u{e0}t: x",
        "\u{202e}feat: x",
        "\x1b[31mfeat: x",
        "Revert \"feat: x\"",
        "::error::feat: x",
    ] {
        check_header(message, "-");
    }
}

/// Descriptions of breaking footers joined with ` & `; `?` when one is misplaced.
fn check_breaking(body: impl AsRef<[u8]>, expected: &str) {
    let message = [b"feat: x\n".as_slice(), body.as_ref()].concat();
    let message = Message::parse(&message);
    let values: Vec<_> = message.breaking.iter().map(|value| String::from_utf8_lossy(value)).collect();
    let found = if message.misplaced_breaking { "?".to_owned() } else { values.join(" & ") };
    assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(body.as_ref()));
    assert_eq!(message.is_breaking(), !values.is_empty());
}

#[test]
fn breaking_footers() {
    check_breaking("\nBREAKING CHANGE: gone", "gone");
    check_breaking("\nBREAKING-CHANGE: gone", "gone");
    check_breaking("\nbody\n\nBREAKING CHANGE: gone\n", "gone");
    check_breaking("\r\nbody\r\n\r\nBREAKING CHANGE: gone\r\n", "gone");
    check_breaking("\nBREAKING CHANGE: over\ntwo lines\nRefs: #1", "over\ntwo lines");
    check_breaking("\nRefs: #1\nBREAKING CHANGE: second", "second");
    check_breaking("\nBREAKING CHANGE: a\nBREAKING CHANGE: b", "a & b");
    check_breaking("\nBREAKING CHANGE: a\n\nBREAKING-CHANGE: b", "a & b");
    check_breaking("\nBREAKING CHANGE: gone\n\nCo-authored-by: A <a@b>", "gone");
    check_breaking("\nBREAKING CHANGE: gone\n\n(cherry picked from commit 0123456)", "gone");
    check_breaking("\nBREAKING CHANGE: gone\n\n    indented help\n\n    more", "gone\n\n    indented help\n\n    more");
    check_breaking("\nBREAKING CHANGE: gone\n\n```\nold()\n\nnew()\n```\n", "gone\n\n```\nold()\n\nnew()\n```");
    check_breaking("\nBREAKING CHANGE:\n- one\n- two", "- one\n- two");
    check_breaking("\nFixes #3\nBREAKING CHANGE: gone", "gone");
    check_breaking("\nCloses a/b#3\nBREAKING CHANGE: gone\nCloses a/b#4", "gone");
    check_breaking("\n```\nopen fence\n\nBREAKING CHANGE: gone", "gone");
    check_breaking(b"\nBREAKING CHANGE: caf\xe9 \xff\xfe".as_slice(), "caf\u{fffd} \u{fffd}\u{fffd}");
    check_breaking(b"\nbody \xff\xfe\x80\n\nBREAKING CHANGE: gone".as_slice(), "gone");
    check_breaking(format!("\n{}\n\nBREAKING CHANGE: gone", "word ".repeat(1 << 20)), "gone");
}

#[test]
fn quotations_break_nothing() {
    check_breaking("\nplain body", "");
    check_breaking("\nBREAKING CHANGE: quoted\n\nthen prose goes on.", "?");
    check_breaking("\nthe docs say\nBREAKING CHANGE: is a footer\nand so on", "?");
    check_breaking("BREAKING CHANGE: no blank line before", "?");
    check_breaking("\nbreaking change: not in capitals", "?");
    check_breaking("\nBREAKING CHANGES: plural", "?");
    check_breaking("\nBREAKING CHANGE #12", "?");
    check_breaking("\nBREAKING CHANGE:no space", "?");
    check_breaking("\n* BREAKING CHANGE: in a list", "?");
    check_breaking("\n> BREAKING CHANGE: in a quote", "?");
    check_breaking("\n### BREAKING CHANGES\n\n* of a dependency", "?");
    check_breaking("\n```\n\nBREAKING CHANGE: in a fence\n```\n", "?");
    check_breaking("\nBREAKING CHANGE:\n", "?");
    check_breaking("\nBREAKING CHANGE: \nRefs: #1", "?");
    check_breaking("\nBREAKING CHANGE:\nCloses a/b#4", "?");
    check_breaking("\nsee `BREAKING CHANGE: x` inside a line", "");
    check_breaking("\nUNBREAKING CHANGE: x", "");
}

#[test]
fn reverts_name_what_they_revert() {
    for (message, quoted, expected) in [
        (
            "Revert \"feat: x\"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.",
            "feat: x",
            "0123456789abcdef0123456789abcdef01234567",
        ),
        ("Reapply \"feat: x\" (#12)\n\nThis reverts commit 0123456.\n", "feat: x", "0123456"),
        ("Revert \"a \"b\" c\"\n\n", "a \"b\" c", ""),
        ("revert: x\n\nRefs: 676104e, a215868", "-", "676104e a215868"),
        ("revert: x\n\n> This reverts commit 0123456.", "-", ""),
        ("revert: x\n\nThis reverts commit 0123456, reversing\nchanges made to 89abcde.", "-", "0123456"),
        ("revert: x\n\nThis reverts commit ZZZ.\nRefs: #12", "-", ""),
        ("Revert \"x\"\n\nThis reverts commit 0123456.\nRefs: 7654321", "x", "0123456"),
        ("Revert \"no end", "-", ""),
    ] {
        let message = Message::parse(message.as_bytes());
        let oids: Vec<_> = message.reverted().into_iter().map(String::from_utf8_lossy).collect();
        assert_eq!(oids.join(" "), expected);
        assert_eq!(message.git_revert.map_or("-".into(), String::from_utf8_lossy), quoted);
    }
}

#[test]
fn numbers_of_pull_requests() {
    for (subject, expected) in
        [("feat: x (#12)", "feat: x"), ("x (#)", "x (#)"), ("x (12)", "x (12)"), ("(#1)", "(#1)"), ("", "")]
    {
        assert_eq!(without_number(subject.as_bytes()), expected.as_bytes());
    }
}

#[test]
fn size_costs_time_in_proportion() {
    let mut body = b"feat: x\n\n".to_vec();
    body.extend(b"a\n\nb: c\n\n```\n".iter().cycle().take(20 << 20));
    body.extend(b"\n\nBREAKING CHANGE: gone");
    let start = std::time::Instant::now();
    let parsed = Message::parse(&body);
    assert!(parsed.header.is_some());
    // Two passes over 20 MiB take well under a second even unoptimised; anything quadratic takes hours.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// Bytes that meet the parser's own special cases often.
fn message_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "feat",
            "fix(",
            ")",
            "!",
            ": ",
            ":",
            "\n",
            "\n\n",
            "\r\n",
            "\r",
            "BREAKING CHANGE",
            "BREAKING-CHANGE: ",
            "```",
            " #",
            "Refs: 0123456",
            "This reverts commit ",
            "Revert \"",
            "\"",
            " ",
            "\t",
            "\0",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_panics(message in message_like()) {
        let parsed = Message::parse(&message);
        let _ = parsed.reverted();
        for value in &parsed.breaking {
            prop_assert!(!value.is_empty() && value.trim_ascii() == *value);
        }
        prop_assert!(!parsed.subject.contains(&b'\n'));
    }

    #[test]
    fn undecodable_bytes_never_change_what_counts(
        before in prop::collection::vec(0x80..=0xff_u8, 0..9),
        after in prop::collection::vec(0x80..=0xff_u8, 0..9),
        breaking in any::<bool>(),
    ) {
        let footer = if breaking { "BREAKING CHANGE: x" } else { "Refs: #1" };
        let message = [b"fix(a): b", &before[..], b"\n\nbody ", &before, b"\nmore\n\n", footer.as_bytes(), &after].concat();
        let parsed = Message::parse(&message);
        prop_assert_eq!(parsed.header.map(|header| header.kind), Some(b"fix".as_slice()));
        prop_assert_eq!(parsed.is_breaking(), breaking);
    }
}
