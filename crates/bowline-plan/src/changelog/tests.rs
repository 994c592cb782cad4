//! Where sections go.

use super::*;
use bowline_model::plan::apply_edits;
use proptest::prelude::*;

const SECTION: &str = "## 2.0.0\n\n- new\n";

fn after(content: Option<&str>) -> String {
    let version = Version::new(2, 0, 0);
    match insert("CHANGELOG.md", content.map(str::as_bytes), &version, "# Changelog\n", SECTION).unwrap() {
        Insertion::Edit(edit) => {
            assert_eq!((edit.create, edit.at.as_str()), (content.is_none(), "2.0.0"));
            String::from_utf8(apply_edits(content.unwrap_or("").as_bytes(), [&edit]).unwrap()).unwrap()
        }
        Insertion::Present => "present".to_owned(),
    }
}

/// `«»` marks where the section shall go, with the line breaks it needs written out.
fn check(marked: &str) {
    let content = marked.replace("«\n\n»", "").replace("«\n»", "").replace("«»", "").replace("»|", "");
    let expected = marked.replace("«\n\n»", &format!("\n\n{SECTION}")).replace("«\n»", &format!("\n{SECTION}"));
    let expected = expected.replace("«»", SECTION).replace("»|", "\n");
    assert_eq!(after(Some(&content.replace("»|", ""))), expected, "{marked:?}");
}

#[test]
fn new_files() {
    assert_eq!(after(None), "# Changelog\n\n## 2.0.0\n\n- new\n");
    assert_eq!(after(Some("")), "# Changelog\n\n## 2.0.0\n\n- new\n");
    assert_eq!(after(Some("\n\n")), "# Changelog\n\n## 2.0.0\n\n- new\n\n\n");
    let bare = insert("C", None, &Version::new(2, 0, 0), "", SECTION).unwrap();
    assert!(matches!(bare, Insertion::Edit(edit) if edit.to == SECTION && edit.create));
}

#[test]
fn before_the_newest_version() {
    check("# Changelog\n\nintro\n\n«»»|## [1.0.0](x) - 2020-01-01\n\n- old\n");
    check("# Changelog\n«\n»»|## 1.0.0\n");
    check("«»»|## 1.0.0\n");
    check("# Changelog\n\n## [Unreleased]\n\n- mine\n\n«»»|## v1.0.0\n");
    check("# Changelog\n\n«»»|### [1.0.1](x) (2020-01-01)\n\n## 1.0.0\n");
    check("# Changelog\n\n«»»|## Version 1.0.0\n");
    check("# Changelog\n\n«»»|## app@1.0.0\n");
    check("# Changelog\n\n«»»|## app-v1.0.0 (today)\n");
    check("# Changelog\n\n«»»|1.0.0 / 2020-01-01\n==================\n");
    check("# Changelog\n\n«»»|<a name=\"1.0.0\"></a>\n\n# [1.0.0](x)\n");
    check("# Changelog\n\n«»»|## 1.0\n");
}

#[test]
fn what_is_no_version() {
    check("# Changelog\n\n```\n## 1.0.0\n```\n\n«»»|## 0.9.0\n");
    check("# Changelog\n\n<!--\n## 1.0.0\n-->\n\n«»»|## 0.9.0\n");
    check("# Changelog 2.0\n\n## 2020-01-01 news\n\n«»»|## 0.9.0\n");
    check("# Changelog\n\n#### 1.0.0\n\n1.0.0 in text\n\n«»»|## 0.9.0\n");
}

#[test]
fn nothing_goes_where_a_block_without_end_would_swallow_it() {
    check("# Changelog\n\n«»»|```\n## 1.0.0\n\n- old\n");
    check("# Changelog\n\n«»»|```sh\nno version\n");
    check("# Changelog\n\n«»»|<!-- draft\n\n## 1.0.0\n");
    check("# Changelog\n\n«»»|````\n## 1.1.0\n```\n## 1.0.0\n");
    check("# Changelog\n\n«»»|~~~\n```\n## 1.1.0\n```\n");
    check("# Changelog\n\n«»»|## 1.0.0\n\n```\nnever closed\n\n## 0.9.0\n");
    check("# Changelog\n\n```` md\n```\n## 1.1.0\n```\n````\n\n«»»|## 1.0.0\n");
    check("# Changelog\n\n```x``` is code\n\n«»»|## 1.0.0\n");
    for text in ["# C\n\n```\n\n## 1.0.0\n", "# C\n\n<!--\n", "\u{feff}```\n", "~~~\n## 2.0.0\n"] {
        let once = after(Some(text));
        let once = if once == "present" { text.to_owned() } else { once };
        assert_eq!(after(Some(&once)), "present", "{once:?}");
    }
}

#[test]
fn without_versions_at_the_end() {
    check("# Changelog\n«\n»");
    check("# Changelog\n\n«»");
    check("# Changelog«\n\n»");
    check("# Changelog\n\n## Unreleased\n\n- mine\n«\n»");
}

#[test]
fn line_ends_and_marks_are_kept() {
    assert_eq!(after(Some("# C\r\n\r\n## 1.0.0\r\n")), "# C\r\n\r\n## 2.0.0\r\n\r\n- new\r\n\r\n## 1.0.0\r\n");
    assert_eq!(after(Some("# C\r\n")), "# C\r\n\r\n## 2.0.0\r\n\r\n- new\r\n");
    assert_eq!(after(Some("\u{feff}## 1.0.0\n")), "\u{feff}## 2.0.0\n\n- new\n\n## 1.0.0\n");
    assert_eq!(after(Some("\u{feff}")), "\u{feff}# Changelog\n\n## 2.0.0\n\n- new\n");
}

#[test]
fn never_twice() {
    for text in ["## 2.0.0\n", "# C\n\n## [v2.0.0](x) - d\n", "# C\n\n## 3.0.0\n\n## 2.0.0\n", "2.0.0\n-----\n"] {
        assert_eq!(after(Some(text)), "present", "{text:?}");
    }
    assert_ne!(after(Some("## 2.0.0-rc.1\n")), "present");
    assert_ne!(after(Some("```\n## 2.0.0\n```\n")), "present");
    assert_eq!(after(Some(&after(None))), "present");
}

#[test]
fn binary_files_are_refused() {
    for content in [b"\xff\xfe#\0".as_slice(), b"# C\0", b"caf\xe9"] {
        let result = insert("C", Some(content), &Version::new(2, 0, 0), "", SECTION);
        assert!(matches!(result, Err(ChangelogError::NotText { .. })), "{content:?}");
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_and_twice_is_once(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "# Changelog\n", "## 1.0.0\n", "\n", "text", "\r\n", "```\n", "<!--", "-->", "## [Unreleased]\n", "1.2.3\n===\n",
            "\u{feff}", "é", "# ", "<a name=x>\n", " ", "v1.0", "app@1.0.0",
        ]), 0..12),
    ) {
        let text = pieces.concat();
        let version = Version::new(2, 0, 0);
        let Insertion::Edit(edit) = insert("C", Some(text.as_bytes()), &version, "# T\n", SECTION).unwrap() else {
            return Err(TestCaseError::fail("no such version in it"));
        };
        let after = apply_edits(text.as_bytes(), [&edit]).unwrap();
        let at = usize::try_from(edit.offset).unwrap();
        prop_assert_eq!([&after[..at], &after[at + edit.to.len()..]].concat(), text.as_bytes());
    }
}
