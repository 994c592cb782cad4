//! Text from outside, made safe for the place it goes to.
//!
//! Commit messages, names and paths are data that strangers wrote. Each place reads text by rules of its own, and each
//! has one file here, so that there is one place to look and one exam (`crates/bowline-testkit/src/fuzz`):
//!
//! | Where it goes | What makes it safe |
//! | --- | --- |
//! | one line: a message, a table, a list | [`one_line`] |
//! | several lines | [`visible`] |
//! | terminal and log, last of all | [`screen::shown`], which is also the only source of colour |
//! | a runner's output | [`defuse_workflow_commands`]; [`command_data`] and [`command_property`] inside a command of ours |
//! | JSON that people see | [`safe_json`] |
//! | Markdown | [`markdown::inline`], [`markdown::cell`] |
//! | HTML | [`html::escape`], [`html::address`] |
//! | the name of a file | [`name::check_asset`] |
//!
//! Two places are elsewhere. Templates are the business of `bowline-plan::render`, which owns their engine: there, values
//! are data and never a template. Names of references are types of their own, see [`crate::git::TagName`].
//!
//! Nothing is copied when nothing has to change.

mod command;
pub mod html;
mod json;
mod line;
pub mod markdown;
pub mod name;
pub mod screen;

pub use command::{command_data, command_property, defuse_workflow_commands, is_workflow_command};
pub use json::safe_json;
pub use line::{one_line, visible};

use std::borrow::Cow;

/// What is written instead of a character.
enum Piece {
    /// This.
    Text(&'static str),
    /// Its number, readable: `\u{202E}`.
    Number(char),
    /// The same as JSON and JavaScript spell it: `\u202e`.
    Utf16(char),
    /// Its bytes, as addresses spell them: `%E2%80%AE`.
    Percent(char),
    /// Itself behind a backslash.
    Escaped(char),
}

/// `text` with what `piece` gives in place of some of its characters.
fn replaced(text: &str, mut piece: impl FnMut(char) -> Option<Piece>) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        let Some(piece) = piece(c) else { continue };
        if out.is_empty() {
            out.reserve(text.len() + text.len() / 4);
        }
        out.push_str(text.get(copied..at).unwrap_or_default());
        copied = at + c.len_utf8();
        piece.write(&mut out);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

impl Piece {
    fn write(self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Number(c) => {
                out.push_str("\\u{");
                let number = u32::from(c);
                hex(number, if number > 0xffff { 6 } else { 4 }, UPPER, out);
                out.push('}');
            }
            Self::Utf16(c) => {
                for &unit in c.encode_utf16(&mut [0; 2]).iter() {
                    out.push_str("\\u");
                    hex(u32::from(unit), 4, LOWER, out);
                }
            }
            Self::Percent(c) => {
                for &byte in c.encode_utf8(&mut [0; 4]).as_bytes() {
                    out.push('%');
                    hex(u32::from(byte), 2, UPPER, out);
                }
            }
            Self::Escaped(c) => {
                out.push('\\');
                out.push(c);
            }
        }
    }
}

/// The last `digits` hexadecimal digits of `number`; of six, a leading zero is left out.
fn hex(number: u32, digits: u32, alphabet: &[u8; 16], out: &mut String) {
    let skip = u32::from(digits == 6 && number < 0x10_0000);
    for place in (0..digits - skip).rev() {
        let digit = usize::try_from(number >> (4 * place) & 0xf).unwrap_or_default();
        out.push(char::from(alphabet[digit]));
    }
}

/// Characters that a reader cannot see or that change how neighbours are shown: C0 and C1 controls, zero-width
/// characters, bidirectional marks, embeddings, overrides and isolates, line separators, tags, interlinear marks, the
/// format marks of shorthand and music, and those that Unicode keeps for a program's own use, which colour is made of.
fn is_hidden(c: char) -> bool {
    // Most text ends its search here.
    if (c >= ' ' && c < '\u{7f}') || (c >= '\u{ae}' && c < '\u{34f}') {
        return false;
    }
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Shows nothing, breaks no word, and stands between what would otherwise be read together.
const JOINER: char = '\u{2060}';
const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";
