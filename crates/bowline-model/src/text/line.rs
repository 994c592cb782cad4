//! Lines for people: what cannot be seen, or acts on what stands beside it, is spelled out.

use super::{Piece, is_hidden, replaced};
use std::borrow::Cow;

/// `text` on one line of at most `max` characters: line breaks become spaces, everything invisible or active is
/// escaped, and a cut is marked with `…`.
pub fn one_line(text: &str, max: usize) -> Cow<'_, str> {
    let end = if text.len() <= max { None } else { text.char_indices().nth(max).map(|(at, _)| at) };
    let kept = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let line = replaced(kept, |_, c| match c {
        '\n' | '\r' | '\t' => Some(Piece::Text(" ")),
        c => is_hidden(c).then_some(Piece::Number(c)),
    });
    match end {
        None => line,
        Some(_) => Cow::Owned(line.into_owned() + "…"),
    }
}

/// `text` with its line breaks kept and everything invisible or active escaped.
pub fn visible(text: &str) -> Cow<'_, str> {
    replaced(text, |at, c| match c {
        '\n' | '\t' => None,
        '\r' if is_line_end(text, at) => Some(Piece::Text("")),
        c => is_hidden(c).then_some(Piece::Number(c)),
    })
}

/// Whether the carriage return at `at` belongs to the line's end, as on Windows: then the line feed alone is kept.
pub(super) fn is_line_end(text: &str, at: usize) -> bool {
    text.as_bytes().get(at + 1) == Some(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        let line = one_line(input, 60);
        assert_eq!(line, expected, "{input:?}");
        assert_eq!(matches!(line, Cow::Borrowed(_)), input == expected, "{input:?} is copied only when it changes");
    }

    #[test]
    fn active_text_becomes_visible() {
        check("", "");
        check("plain ünïcode 漢字 🎉", "plain ünïcode 漢字 🎉");
        check("\x1b]0;title\x07", "\\u{001B}]0;title\\u{0007}");
        check("a\u{202e}b\u{200b}c", "a\\u{202E}b\\u{200B}c");
        check("two\nlines\r\n", "two lines  ");
        check("a\u{1bca0}b\u{1d173}c\u{e0041}", "a\\u{1BCA0}b\\u{1D173}c\\u{E0041}");
        check("\u{9b}31m\u{7f}\u{ad}\u{34f}", "\\u{009B}31m\\u{007F}\\u{00AD}\\u{034F}");
        check("\u{fdd0}own\u{ffff}", "\\u{FDD0}own\\u{FFFF}");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        for (text, max, expected) in [
            ("abcdef", 3, "abc…"),
            ("abc", 3, "abc"),
            ("äöü", 3, "äöü"),
            ("äöüß", 3, "äöü…"),
            ("a", 0, "…"),
            ("", 0, ""),
        ] {
            assert_eq!(one_line(text, max), expected, "{text} {max}");
        }
    }

    #[test]
    fn lines_are_kept() {
        assert_eq!(visible("a\r\nb\rc\td"), "a\nb\\u{000D}c\td");
        assert_eq!(visible("\r\r\n\r"), "\\u{000D}\n\\u{000D}");
        assert!(matches!(visible("a\n\tb ü"), Cow::Borrowed(_)));
    }
}
