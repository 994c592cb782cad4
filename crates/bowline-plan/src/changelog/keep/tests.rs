//! What people wrote, and what a release makes of it.

use super::*;
use bowline_model::plan::apply_edits;
use proptest::prelude::*;

const SECTION: &str = "## [2.0.0] - 2026-11-23\n\n### Added\n\n- gen\n\n### Fixed\n\n- repaired\n";
const PLAIN: &str = "## 2.0.0\n\n### Added\n\n- gen\n";

struct Case {
    section: &'static str,
    host: bool,
}

impl Case {
    fn after(&self, content: Option<&str>) -> Option<String> {
        let (version, tag) = (Version::new(2, 0, 0), TagName::new("v2.0.0").unwrap());
        let addition = Addition {
            version: &version,
            tag: &tag,
            previous: Some(&TagName::new("v1.0.0").unwrap()),
            header: "# Changelog\n",
            section: self.section,
            address: self.host.then_some("https://h/compare/v1.0.0...v2.0.0"),
            later: self.host.then_some("https://h/compare/v2.0.0...HEAD"),
        };
        let edits = keep("C", content.map(str::as_bytes), &addition).unwrap()?;
        assert!(edits.iter().all(|edit| edit.create == content.is_none() && edit.format == "changelog"));
        let after = apply_edits(content.unwrap_or_default().as_bytes(), &edits).unwrap();
        Some(String::from_utf8(after).unwrap())
    }
}

/// With a host, and with the section that has two headings.
fn check(before: &str, expected: &str) {
    let case = Case { section: SECTION, host: true };
    assert_eq!(case.after(Some(before)).as_deref(), Some(expected), "{before}");
    assert_eq!(case.after(Some(expected)), None, "it is there already");
}

/// Without one.
fn plain(before: &str, expected: &str) {
    assert_eq!(Case { section: PLAIN, host: false }.after(Some(before)).as_deref(), Some(expected), "{before}");
}

#[test]
fn written_entries_become_part_of_the_section() {
    check(
        "# Changelog\n\n## [Unreleased]\n\nBig one.\n\n### added\n\n- mine\n  in two lines\n\n### Docs\n\ntext\n\n## [1.0.0] - 2020-01-01\n\n- old\n\n[unreleased]: https://h/compare/v1.0.0...HEAD\n[1.0.0]: https://h/releases/tag/v1.0.0\n",
        "# Changelog\n\n## [Unreleased]\n\n## [2.0.0] - 2026-11-23\n\nBig one.\n\n### added\n\n- mine\n  in two lines\n- gen\n\n### Docs\n\ntext\n\n### Fixed\n\n- repaired\n\n## [1.0.0] - 2020-01-01\n\n- old\n\n[unreleased]: https://h/compare/v2.0.0...HEAD\n[2.0.0]: https://h/compare/v1.0.0...v2.0.0\n[1.0.0]: https://h/releases/tag/v1.0.0\n",
    );
}

#[test]
fn nothing_is_written() {
    plain(
        "# C\n\n## [Unreleased]\n\n## 1.0.0\n",
        "# C\n\n## [Unreleased]\n\n## 2.0.0\n\n### Added\n\n- gen\n\n## 1.0.0\n",
    );
    plain("## Unreleased\n## 1.0.0\n", "## Unreleased\n\n## 2.0.0\n\n### Added\n\n- gen\n\n## 1.0.0\n");
    plain("## Unreleased\n", "## Unreleased\n\n## 2.0.0\n\n### Added\n\n- gen\n\n");
    plain("# C\n\n## 1.0.0\n", "# C\n\n## 2.0.0\n\n### Added\n\n- gen\n\n## 1.0.0\n");
}

#[test]
fn odd_forms() {
    // Entries without a heading, and a heading without entries.
    plain("## Unreleased\n- a\n### Added\n", "## Unreleased\n\n## 2.0.0\n\n- a\n### Added\n\n- gen\n");
    // No line break at the end.
    plain("## Unreleased\n\n- a", "## Unreleased\n\n## 2.0.0\n\n- a\n\n### Added\n\n- gen");
    // Other line ends.
    plain("## Unreleased\r\n\r\n- a\r\n", "## Unreleased\r\n\r\n## 2.0.0\r\n\r\n- a\r\n\r\n### Added\r\n\r\n- gen\r\n");
    // What looks like headings in code is code, and what follows `Unreleased` on its level is not part of it.
    plain(
        "## Unreleased\n\n```\n### Added\n```\n\n## Policy\n\ntext\n",
        "## Unreleased\n\n## 2.0.0\n\n```\n### Added\n```\n\n### Added\n\n- gen\n\n## Policy\n\ntext\n",
    );
    // A block that never ends swallows nothing new.
    plain(
        "## Unreleased\n\n- a\n\n```\ncode\n",
        "## Unreleased\n\n## 2.0.0\n\n- a\n\n### Added\n\n- gen\n\n```\ncode\n",
    );
    // An `Unreleased` below a version is history.
    plain("## 1.0.0\n\n## Unreleased\n", "## 2.0.0\n\n### Added\n\n- gen\n\n## 1.0.0\n\n## Unreleased\n");
}

#[test]
fn addresses_stand_together() {
    let tail = "\n[2.0.0]: https://h/compare/v1.0.0...v2.0.0\n";
    let section = format!("\n{SECTION}");
    check("# C\n\n## [Unreleased]\n\n## 1.0.0\n", &format!("# C\n\n## [Unreleased]\n{section}\n## 1.0.0\n{tail}"));
    check(
        "## [Unreleased]\n\n[Unreleased]: https://other/x\n",
        &format!("## [Unreleased]\n{section}\n[Unreleased]: https://other/x{tail}"),
    );
    check(
        "## [Unreleased]\n\n[Unreleased]: https://bitbucket.org/a/b/branches/compare/HEAD%0Dv1.0.0",
        &format!(
            "## [Unreleased]\n{section}\n[Unreleased]: https://bitbucket.org/a/b/branches/compare/HEAD%0Dv2.0.0{tail}"
        ),
    );
    check(
        "# C\n\n## [Unreleased]\n\n```\n",
        "# C\n\n## [Unreleased]\n\n## [2.0.0] - 2026-11-23\n\n### Added\n\n- gen\n\n### Fixed\n\n- repaired\n\n[2.0.0]: https://h/compare/v1.0.0...v2.0.0\n\n```\n",
    );
}

#[test]
fn an_address_stands_below_the_section_it_belongs_to() {
    let head = "## [2.0.0] - 2026-11-23";
    let section = format!("{head}\n\n### Added\n\n- gen\n\n### Fixed\n\n- repaired\n");
    let address = "[2.0.0]: https://h/compare/v1.0.0...v2.0.0\n";
    check("# C\n\nIntro.\n", &format!("# C\n\nIntro.\n\n{section}\n{address}"));
    check("# C", &format!("# C\n\n{section}\n{address}"));
    check("## Unreleased\n", &format!("## Unreleased\n\n{section}\n{address}"));
    check("## Unreleased", &format!("## Unreleased\n\n{section}\n{address}"));
    check(
        "## Unreleased\n\n- own\n",
        &format!("## Unreleased\n\n{}\n{address}", section.replace(head, &format!("{head}\n\n- own"))),
    );
    check(
        "## Unreleased\n\n- own",
        &format!("## Unreleased\n\n{}\n{address}", section.replace(head, &format!("{head}\n\n- own"))),
    );
    check("## Unreleased\r\n", &format!("## Unreleased\n\n{section}\n{address}").replace('\n', "\r\n"));
    // Older addresses right below the heading.
    check("## Unreleased\n[1.0.0]: https://h\n", &format!("## Unreleased\n\n{section}\n{address}[1.0.0]: https://h\n"));
    plain("## Unreleased", "## Unreleased\n\n## 2.0.0\n\n### Added\n\n- gen\n\n");
}

#[test]
fn new_files() {
    let whole = "# Changelog\n\n## [Unreleased]\n\n## 2.0.0\n\n### Added\n\n- gen\n";
    for content in [None, Some(""), Some("\u{feff}")] {
        let after = Case { section: PLAIN, host: false }.after(content).unwrap();
        assert_eq!(after.trim_start_matches('\u{feff}'), whole);
    }
    let linked = Case { section: SECTION, host: true }.after(None).unwrap();
    assert!(linked.ends_with(
        "- repaired\n\n[Unreleased]: https://h/compare/v2.0.0...HEAD\n[2.0.0]: https://h/compare/v1.0.0...v2.0.0\n"
    ));
}

#[test]
fn what_is_written() {
    for (text, expected) in [
        ("## Unreleased\n\n- a\n\n## 1.0.0\n", Some("\n- a\n\n")),
        ("## [Unreleased](https://x)\n- a\n", Some("- a\n")),
        ("## Unreleased\n\n \n## 1.0.0\n", None),
        ("# Unreleased features\n\n- a\n", None),
        ("## 1.0.0\n## Unreleased\n- a\n", None),
    ] {
        assert_eq!(written(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(written(b"\xff## Unreleased\n- a"), None);
}

#[test]
fn texts() {
    assert_eq!(woven("\n- a\n", "### Added\n\n- gen\n"), "- a\n\n### Added\n\n- gen\n");
    assert_eq!(woven("### Added\r\n- a  \r\n", "head\n\n### Added\n\n- gen\n"), "head\n\n### Added\n- a\n- gen\n");
    assert_eq!(woven("\n", SECTION), SECTION);
}

proptest! {
    #[test]
    fn nothing_is_lost_and_twice_is_once(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "# C\n", "## 1.0.0\n", "\n", "text", "\r\n", "```\n", "<!--", "-->", "## [Unreleased]\n", "### Added\n", "- a\n",
            "\u{feff}", "é", "### Fixed\n", " ", "[unreleased]: https://h/compare/v1.0.0...HEAD\n", "[1.0.0]: https://h\n",
        ]), 0..14),
    ) {
        let text = pieces.concat();
        let case = Case { section: SECTION, host: true };
        let after = case.after(Some(&text)).unwrap();
        // Every byte is there and in its order, but for the one address that moves.
        let was = text.replace("compare/v1.0.0...HEAD", "HEAD");
        let is = after.replace("compare/v1.0.0...HEAD", "HEAD").replace("compare/v2.0.0...HEAD", "HEAD");
        let mut rest = is.bytes();
        prop_assert!(was.bytes().all(|byte| rest.any(|other| other == byte)), "{:?}", after);
        prop_assert_eq!(case.after(Some(&after)), None);
        prop_assert!(["- gen", "- repaired", "## [2.0.0] - "].iter().all(|part| after.matches(part).count() == 1));
    }
}
