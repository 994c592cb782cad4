//! Workflow commands: lines of output by which a CI runner lets a program set variables, hide text or annotate a run.
//!
//! A runner reads commands wherever they come from, so text from outside must not form one. GitHub's takes a line that
//! begins with `::` after blanks, and finds `##[` anywhere in it.

use super::line::is_line_end;
use super::{Piece, is_hidden, replaced};
use std::borrow::Cow;

/// Whether a CI runner could take `line` for a command.
pub fn is_workflow_command(line: &str) -> bool {
    line.trim_start().starts_with("::") || line.contains("##[")
}

/// `text` in which no line can be taken for a workflow command; a word joiner that shows nothing breaks the pattern. A
/// carriage return alone ends a line as well: runners read so.
pub fn defuse_workflow_commands(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    replaced(text, |at, c| joined(text, at, c))
}

/// The character at `at` behind a word joiner, where it would complete what a runner takes for a command.
pub(super) fn joined(text: &str, at: usize, c: char) -> Option<Piece> {
    match c {
        ':' if begins_line(text, at) => Some(Piece::Text("\u{2060}:")),
        '[' if is_marked(text, at) => Some(Piece::Text("\u{2060}[")),
        _ => None,
    }
}

/// Whether `::` stands at `at`, and nothing but blanks before it in its line.
fn begins_line(text: &str, at: usize) -> bool {
    const ENDS: [char; 2] = ['\n', '\r'];
    if text.as_bytes().get(at + 1) != Some(&b':') {
        return false;
    }
    let before = text.get(..at).unwrap_or_default();
    let before = before.trim_end_matches(|c: char| !ENDS.contains(&c) && c.is_whitespace());
    before.is_empty() || before.ends_with(ENDS)
}

/// Whether `##` stands right before `at`.
pub(super) fn is_marked(text: &str, at: usize) -> bool {
    text.as_bytes().get(..at).is_some_and(|before| before.ends_with(b"##"))
}

/// `text` as the data of a command that we mean ourselves: what follows the second `::`. It is escaped as the runner's own
/// toolkit does, nothing in it is invisible, and nothing is a command of the kind that stands in the middle of a line.
pub fn command_data(text: &str) -> Cow<'_, str> {
    escaped(text, |_| None)
}

/// `text` as the value of a property of such a command: what stands before the second `::`.
pub fn command_property(text: &str) -> Cow<'_, str> {
    escaped(text, |c| match c {
        ':' => Some(Piece::Text("%3A")),
        ',' => Some(Piece::Text("%2C")),
        _ => None,
    })
}

fn escaped(text: &str, also: impl Fn(char) -> Option<Piece>) -> Cow<'_, str> {
    replaced(text, |at, c| match c {
        '%' => Some(Piece::Text("%25")),
        '\n' => Some(Piece::Text("%0A")),
        '\t' => None,
        '\r' if is_line_end(text, at) => Some(Piece::Text("")),
        '[' if is_marked(text, at) => Some(Piece::Text("\u{2060}[")),
        c if is_hidden(c) => Some(Piece::Number(c)),
        c => also(c),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_commands_a_runner() {
        for hostile in [
            "::error::x",
            "  ::add-mask::a",
            "a\n\t::stop-commands::t\nb",
            "x ##[group]y",
            "###[a]##[b]",
            "\u{2003}::debug::",
            "a\r ::debug::",
        ] {
            let safe = defuse_workflow_commands(hostile);
            assert!(!safe.split(['\n', '\r']).any(is_workflow_command), "{hostile:?} became {safe:?}");
            assert_eq!(safe.replace('\u{2060}', ""), hostile, "nothing else changes");
        }
        for harmless in ["", "a::b\nc", "## [x]", "a ::"] {
            assert!(matches!(defuse_workflow_commands(harmless), Cow::Borrowed(text) if text == harmless));
        }
    }

    #[test]
    fn data_and_properties_cannot_leave_their_command() {
        for (text, data, property) in [
            ("plain", "plain", "plain"),
            ("a%0A\n::error::b\r\n", "a%250A%0A::error::b%0A", "a%250A%0A%3A%3Aerror%3A%3Ab%0A"),
            ("c,o:d", "c,o:d", "c%2Co%3Ad"),
            ("##[a ###[b #[c", "##\u{2060}[a ###\u{2060}[b #[c", "##\u{2060}[a ###\u{2060}[b #[c"),
            ("\u{1b}[2J\r\u{202e}", "\\u{001B}[2J\\u{000D}\\u{202E}", "\\u{001B}[2J\\u{000D}\\u{202E}"),
        ] {
            assert_eq!((&*command_data(text), &*command_property(text)), (data, property), "{text:?}");
        }
    }
}
