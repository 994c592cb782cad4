//! Terminal and log: the last door before text leaves, and the only source of colour.
//!
//! Colour travels inside a text as characters that Unicode keeps for a program's own use, and becomes escape sequences
//! in [`shown`]. So whatever a text was made of, no escape sequence of a stranger comes out of it, also where a caller
//! forgot to make it visible: that is why everything that is printed goes through here.

use super::command::joined;
use super::line::is_line_end;
use super::{JOINER, Piece, is_hidden, replaced};
use std::borrow::Cow;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// For headings.
    Bold,
    /// For what matters less.
    Dim,
    /// For failures.
    Red,
    /// For success.
    Green,
    /// For warnings.
    Yellow,
    /// For advice.
    Cyan,
}

/// `text` with marks around it that [`shown`] turns into colour.
pub fn painted(paint: Paint, text: &str) -> String {
    let mark = match paint {
        Paint::Bold => '\u{fdd1}',
        Paint::Dim => '\u{fdd2}',
        Paint::Red => '\u{fdd3}',
        Paint::Green => '\u{fdd4}',
        Paint::Yellow => '\u{fdd5}',
        Paint::Cyan => '\u{fdd6}',
    };
    format!("{mark}{text}{PLAIN}")
}

/// `text` as it is printed: nothing in it is hidden, no line is a workflow command, and marks of [`painted`] are colour.
pub fn shown(text: &str) -> Cow<'_, str> {
    replaced(text, |at, c| match c {
        // The joiner is what a command was defused with; those of strangers were made visible with their text.
        '\n' | '\t' | JOINER => None,
        '\r' if is_line_end(text, at) => Some(Piece::Text("")),
        PLAIN => Some(Piece::Text("\u{1b}[0m")),
        '\u{fdd1}' => Some(Piece::Text("\u{1b}[1m")),
        '\u{fdd2}' => Some(Piece::Text("\u{1b}[2m")),
        '\u{fdd3}' => Some(Piece::Text("\u{1b}[1;31m")),
        '\u{fdd4}' => Some(Piece::Text("\u{1b}[32m")),
        '\u{fdd5}' => Some(Piece::Text("\u{1b}[33m")),
        '\u{fdd6}' => Some(Piece::Text("\u{1b}[36m")),
        c if is_hidden(c) => Some(Piece::Number(c)),
        c => joined(text, at, c),
    })
}

const PLAIN: char = '\u{fdd0}';

#[cfg(test)]
mod tests {
    use super::super::visible;
    use super::*;

    #[test]
    fn only_our_colour_comes_out() {
        for (text, expected) in [
            ("plain\r\nü\t1", "plain\nü\t1"),
            ("\u{1b}[31mred\u{9b}0m\u{202e}", "\\u{001B}[31mred\\u{009B}0m\\u{202E}"),
            (&painted(Paint::Red, "no\u{1b}[0m"), "\u{1b}[1;31mno\\u{001B}[0m\u{1b}[0m"),
            (&painted(Paint::Bold, &visible("\u{fdd3}x")), "\u{1b}[1m\\u{FDD3}x\u{1b}[0m"),
            ("a\r::error::b", "a\\u{000D}\u{2060}::error::b"),
            (" ::error::##[x]", " \u{2060}::error::##\u{2060}[x]"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
        assert!(matches!(shown("plain\n"), Cow::Borrowed(_)));
    }
}
