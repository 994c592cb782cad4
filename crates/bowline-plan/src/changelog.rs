//! Where a new section goes in a changelog that people write in too.
//!
//! The section is one insertion: no byte of the file is changed or moved away from another. It goes before the newest
//! version's heading; whatever stands above (title, introduction, an `Unreleased` section with its text) stays above.
//! A file without any version gets it at its end. Headings inside fenced blocks and comments are not headings.
//!
//! A fence or comment that never ends would swallow everything below it, also the new section, and hide it from the next
//! run. So the section never goes below one, and what stands there is read as if the fence were not.

use bowline_model::Version;
use bowline_model::plan::Edit;

/// What is to be done to a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// This edit.
    Edit(Edit),
    /// Nothing: the file has a section for the version already.
    Present,
}

/// Why a file cannot take a section.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangelogError {
    /// It is no text in an encoding that keeps ASCII.
    #[error("changelog `{path}` is not a text file in UTF-8")]
    NotText {
        /// Its path.
        path: String,
    },
    /// A symbolic link, folder or submodule stands there.
    #[error("changelog `{path}` is a {what}")]
    NotAFile {
        /// Its path.
        path: String,
        /// What stands there.
        what: &'static str,
    },
}

/// The insertion of `section` (for `version`) into the file at `path`; `content` is none when there is no file yet,
/// which then begins with `header`.
pub fn insert(
    path: &str,
    content: Option<&[u8]>,
    version: &Version,
    header: &str,
    section: &str,
) -> Result<Insertion, ChangelogError> {
    let edit = |offset: usize, to: String| {
        let (file, format, at) = (path.to_owned(), "changelog".to_owned(), version.to_string());
        Edit { file, format, at, offset: offset as u64, from: String::new(), to, create: content.is_none() }
    };
    let whole = || if header.is_empty() { section.to_owned() } else { format!("{header}\n{section}") };
    let Some(content) = content else { return Ok(Insertion::Edit(edit(0, whole()))) };
    let text = std::str::from_utf8(content).ok().filter(|text| !text.contains('\0'));
    let text = text.ok_or_else(|| ChangelogError::NotText { path: path.to_owned() })?;
    let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let outline = Outline::of(text);
    if outline.headings.iter().any(|heading| heading.names(version)) {
        return Ok(Insertion::Present);
    }
    let place = outline.headings.first().map(|heading| heading.offset).into_iter().chain(outline.unclosed).min();
    let (offset, added) = match place {
        _ if text.trim_start_matches('\u{feff}').trim().is_empty() => (mark, whole()),
        Some(offset) => {
            let offset = offset.max(mark);
            (offset, format!("{}{section}\n", gap(text.get(mark..offset).unwrap_or_default())))
        }
        None => (text.len(), format!("{}{section}", gap(text.trim_start_matches('\u{feff}')))),
    };
    let crlf = text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
    Ok(Insertion::Edit(edit(offset, if crlf { added.replace('\n', "\r\n") } else { added })))
}

/// The line breaks that `before` needs to end in a blank line.
fn gap(before: &str) -> &'static str {
    let mut lines = before.rsplit('\n').map(str::trim);
    match (lines.next(), lines.next()) {
        (None | Some(""), None | Some("")) => "",
        (Some(""), Some(_)) => "\n",
        _ => "\n\n",
    }
}

/// The heading of a version.
#[derive(Debug)]
struct Heading<'t> {
    /// Where the section begins.
    offset: usize,
    /// The version as it is written, without prefix.
    label: &'t str,
}

impl Heading<'_> {
    fn names(&self, version: &Version) -> bool {
        self.label.parse::<Version>().as_ref() == Ok(version)
    }
}

/// What matters of a changelog.
#[derive(Debug, Default)]
struct Outline<'t> {
    /// The headings of versions, from the top.
    headings: Vec<Heading<'t>>,
    /// Where the first fence or comment begins that never ends.
    unclosed: Option<usize>,
}

impl<'t> Outline<'t> {
    fn of(text: &'t str) -> Self {
        let lines = Lines::of(text);
        let (mut found, mut inside, mut anchor) = (Self::default(), None, None);
        for (number, &(start, line)) in lines.lines.iter().enumerate() {
            if let Some(block) = inside {
                inside = Some(block).filter(|_| !ends(block, line));
                continue;
            }
            if let Some(block) = begins(line) {
                if lines.ends_below(block, number) {
                    inside = Some(block);
                    continue;
                }
                found.unclosed = found.unclosed.or(Some(start));
            }
            let underlined = lines.lines.get(number + 1).is_some_and(|(_, next)| is_underline(next));
            if let Some(label) = title(line, underlined).and_then(version_label) {
                found.headings.push(Heading { offset: anchor.unwrap_or(start), label });
            }
            if line.starts_with("<a name=") || line.starts_with("<a id=") {
                // Older tools put an anchor on a line of its own above each heading: it belongs to that section.
                anchor = anchor.or(Some(start));
            } else if !line.is_empty() {
                anchor = None;
            }
        }
        found
    }
}

/// What hides the lines inside of it.
#[derive(Clone, Copy)]
enum Block {
    /// Code between fences of this character, which are at least so long.
    Fence(char, usize),
    /// `<!--` to `-->`.
    Comment,
}

/// The lines of a text, without blanks around them, and which blocks end somewhere below each.
struct Lines<'t> {
    /// Where a line begins, and the line.
    lines: Vec<(usize, &'t str)>,
    /// For each line the longest fences of backticks and of tildes that could end a block from there on, and whether a
    /// comment ends.
    below: Vec<(usize, usize, bool)>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let mut lines = Vec::new();
        let mut offset = text.len() - text.trim_start_matches('\u{feff}').len();
        for line in text.get(offset..).unwrap_or_default().split_inclusive('\n') {
            lines.push((offset, line.trim()));
            offset += line.len();
        }
        let mut below = vec![(0, 0, false); lines.len() + 1];
        for (number, (_, line)) in lines.iter().enumerate().rev() {
            let (ticks, tildes, comment) = below[number + 1];
            let alone = |fence: char| if line.chars().all(|c| c == fence) { line.len() } else { 0 };
            below[number] = (ticks.max(alone('`')), tildes.max(alone('~')), comment || line.contains("-->"));
        }
        Self { lines, below }
    }

    /// Whether `block`, which begins on a line, ends on one below it.
    fn ends_below(&self, block: Block, number: usize) -> bool {
        let (ticks, tildes, comment) = self.below.get(number + 1).copied().unwrap_or_default();
        match block {
            Block::Fence('`', length) => ticks >= length,
            Block::Fence(_, length) => tildes >= length,
            Block::Comment => comment,
        }
    }
}

/// The block that `line` begins and does not end. Backticks with more of them behind are code within a line.
fn begins(line: &str) -> Option<Block> {
    for fence in ['`', '~'] {
        let info = line.trim_start_matches(fence);
        let length = line.len() - info.len();
        if length >= 3 && !(fence == '`' && info.contains('`')) {
            return Some(Block::Fence(fence, length));
        }
    }
    let (_, comment) = line.rsplit_once("<!--")?;
    (!comment.contains("-->")).then_some(Block::Comment)
}

/// Whether `line` is the last of `block`.
fn ends(block: Block, line: &str) -> bool {
    match block {
        Block::Fence(fence, length) => line.len() >= length && line.chars().all(|c| c == fence),
        Block::Comment => line.contains("-->"),
    }
}

/// The text of a heading of the first three levels, `#` or underlined.
fn title(line: &str, underlined: bool) -> Option<&str> {
    let text = line.trim_start_matches('#');
    match line.len() - text.len() {
        0 => Some(line).filter(|_| underlined),
        1..=3 => text.starts_with([' ', '\t']).then(|| text.trim()),
        _ => None,
    }
}

fn is_underline(line: &str) -> bool {
    line.len() >= 3 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

/// `1.2.3` of `[1.2.3](link) - date`, `v1.2.3`, `Version 1.2.3`, `app@1.2.3`, `app-v1.2.3`.
fn version_label(title: &str) -> Option<&str> {
    let mut words = title.split_whitespace();
    let first = words.next()?;
    let is_label = |word: &str| ["version", "release"].iter().any(|label| word.eq_ignore_ascii_case(label));
    let word = if is_label(first) { words.next()? } else { first };
    let word = word.trim_start_matches(['[', '(', '*', '`']);
    let word = word.split([']', '(', ')', ',', ':', '*', '`']).next()?;
    let prefixed = || {
        let at = word.rfind('@').or_else(|| word.rfind("-v")).or_else(|| word.rfind('/'))?;
        Some(word.get(at..)?.trim_start_matches(['@', '-', '/', 'v']))
    };
    [Some(word.trim_start_matches(['v', 'V'])), prefixed()]
        .into_iter()
        .flatten()
        .find(|label| looks_like_version(label))
}

fn looks_like_version(text: &str) -> bool {
    let mut parts = text.split('.');
    let number = |part: Option<&str>| part.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    let first = parts.next();
    number(first) && first.is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit())) && number(parts.next())
}

#[cfg(test)]
mod tests {
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
}
