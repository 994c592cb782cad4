//! The form of a change file: front matter that says for which package it asks for what, and a text in Markdown.
//!
//! It is what changesets and knope write. Of YAML there is only what those two need, one `package: word` on a line, so there is
//! one meaning whoever reads the file: names and words may stand in quotes, and comments behind `#`.

/// A change file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFile<'t> {
    /// What it asks for, in the order of the file; empty when it asks for nothing.
    pub entries: Vec<Entry<'t>>,
    /// The first line of its text, without the marks of a heading; empty when there is no text.
    pub summary: &'t str,
    /// The rest of its text.
    pub details: &'t str,
}

/// One line of the front matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'t> {
    /// The package.
    pub package: &'t str,
    /// What is asked for it.
    pub word: &'t str,
    /// The line's number, from 1.
    pub line: usize,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong, and what is expected, as the rest of a sentence that begins with the file.
    pub what: &'static str,
}

/// Reads `bytes`.
pub fn parse(bytes: &[u8]) -> Result<ChangeFile<'_>, Problem> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text.strip_prefix('\u{feff}').unwrap_or(text),
        Ok(_) => return Err(Problem { line: 1, what: "holds a zero byte: it must be text" }),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
            return Err(Problem { line, what: "is no UTF-8: it must be text in that encoding" });
        }
    };
    let mut lines = text.split_inclusive('\n');
    if lines.next().map(str::trim_end) != Some(FENCE) {
        return Err(Problem { line: 1, what: "begins with something else than front matter: expected `---` alone" });
    }
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let (mut line, mut read) = (1, text.split_inclusive('\n').next().map_or(0, str::len));
    for raw in lines {
        line += 1;
        read += raw.len();
        let content = raw.trim();
        if content == FENCE {
            let (summary, details) = text_of(text.get(read..).unwrap_or_default());
            return Ok(ChangeFile { entries, summary, details });
        }
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let Some((package, word)) = entry(content) else {
            return Err(Problem {
                line,
                what: "is no entry: expected `\"package\": minor`, or `---` alone to end them",
            });
        };
        if entries.iter().any(|other| other.package == package) {
            return Err(Problem { line, what: "names a package again: expected each of them once" });
        }
        entries.push(Entry { package, word, line });
    }
    Err(Problem { line, what: "ends within the front matter: expected `---` alone before the text" })
}

/// `name: word`, each of them with or without quotes.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = match quoted(line) {
        Some(parts) => parts,
        None => line.split_at_checked(line.find(':')?)?,
    };
    let value = rest.trim_start().strip_prefix(':').filter(|value| value.starts_with([' ', '\t']))?.trim();
    let (word, rest) = match quoted(value) {
        Some(parts) => parts,
        None => value.split_at_checked(value.find(char::is_whitespace).unwrap_or(value.len()))?,
    };
    let ends = rest.trim_start().is_empty() || rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#');
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['"', '\'', '\\', '#', '{', '}', '[', ']']);
    let name = name.trim();
    (ends && is_plain(name) && is_plain(word)).then_some((name, word))
}

/// What stands in the quotes at the start of `text`, and what follows them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.split_once(quote))
}

/// Summary and details of a text.
fn text_of(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let summary = first.trim_start_matches('#').trim();
    let summary = ["- ", "* ", "+ "].into_iter().find_map(|mark| summary.strip_prefix(mark)).unwrap_or(summary);
    // Of the lines below, the first with something to see keeps its indentation.
    let blank = rest.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    (summary.trim(), rest.get(blank..).unwrap_or_default().trim_end())
}

const FENCE: &str = "---";

#[cfg(test)]
mod tests {
    use super::*;

    /// `package=word,… | summary | details`, or `line: what is wrong`.
    fn shown(bytes: &[u8]) -> String {
        match parse(bytes) {
            Ok(file) => {
                let entries: Vec<_> =
                    file.entries.iter().map(|entry| format!("{}={}", entry.package, entry.word)).collect();
                format!("{} | {} | {}", entries.join(","), file.summary, file.details)
            }
            Err(problem) => format!("{}: {}", problem.line, problem.what),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = shown(text.as_bytes());
        assert!(
            found == expected || (expected.ends_with('…') && found.starts_with(expected.trim_end_matches('…'))),
            "{text:?}: {found:?}"
        );
    }

    #[test]
    fn what_changesets_writes() {
        check("---\n\"app\": minor\n---\n\nNice simple summary\n", "app=minor | Nice simple summary | ");
        check("---\n\"@cool/app\": minor\n\"b\": patch\n---\n\nx\n", "@cool/app=minor,b=patch | x | ");
        check("---\n'app': 'minor' # why\n# a comment\n\n---\nx", "app=minor | x | ");
        check("---\n    app: \"minor\"\n    ---\n\n    x", "app=minor | x | ");
        check("---\n\"a---b\": minor\n---  \n\n---\nx---y\n\n", "a---b=minor | --- | x---y");
        check("---\n\"app\": minor\n---", "app=minor |  | ");
        check("---\n---\n\n", " |  | ");
        check("---\n---", " |  | ");
        check(
            "\u{feff}---\r\n\"app\": minor\r\n---\r\n\r\nOne\r\ntwo\r\n\r\n  three\r\n",
            "app=minor | One | two\r\n\r\n  three",
        );
        check("---\n\"app\": minor\n---\n\n- one\n- two\n", "app=minor | one | - two");
    }

    #[test]
    fn what_knope_writes() {
        check(
            "---\ndefault: major\n---\n\n# Don't delete\n\nBefore, it was.\n\n- x\n",
            "default=major | Don't delete | Before, it was.\n\n- x",
        );
        check(
            "---\n@scope/app: feat\n---\n#### `new()` changed\n\n    code\n",
            "@scope/app=feat | `new()` changed |     code",
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for text in ["", "   ", "\n---\n---\n", "Just text", "--- x\n---\n", "----\n---\n"] {
            check(text, "1: begins with something else…");
        }
        for text in ["---", "---\n", "---\n\"app\": minor\n"] {
            check(text, &format!("{}: ends within…", text.lines().count()));
        }
        for entry in [
            "app",
            ": minor",
            "\"\": minor",
            "app:minor",
            "app:",
            "app: ",
            "app: minor major",
            "app: minor#x",
            "app: [minor]",
            "{app: minor}",
            "- app: minor",
            "\"app: minor",
            "\"a\\\"b\": minor",
            "\"app\" minor",
            "\"app\": \"minor",
            "---  fail",
        ] {
            if entry == "- app: minor" {
                // A name may begin with a dash; no package has this one.
                check(&format!("---\n{entry}\n---\nx"), "- app=minor | x | ");
                continue;
            }
            check(&format!("---\n\n{entry}\n---\nx"), "3: is no entry…");
        }
        check("---\napp: minor\n\"app\": patch\n---\nx", "3: names a package again…");
        assert!(shown(b"---\napp: minor\n---\n\xff").starts_with("4: is no UTF-8"));
        assert!(shown(b"---\napp: minor\n---\na\0").starts_with("1: holds a zero byte"));
    }
}
