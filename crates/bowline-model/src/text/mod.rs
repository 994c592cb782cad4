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
//! | Markdown | [`markdown::inline`], [`markdown::cell`]; [`markdown::block`] for what was written as Markdown |
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

/// `text` with what `piece` gives in place of some of its characters, told where each begins. Letters and digits of ASCII
/// are harmless everywhere, so they are never asked about.
fn replaced(text: &str, mut piece: impl FnMut(usize, char) -> Option<Piece>) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let ascii = byte.is_ascii().then_some(char::from(byte));
        let Some(c) = ascii.or_else(|| text.get(at..)?.chars().next()) else { break };
        let next = at + c.len_utf8();
        if let Some(piece) = piece(at, c) {
            if copied == 0 {
                out.reserve(2 * text.len());
            }
            if copied < at {
                out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
            }
            copied = next;
            piece.write(&mut out);
        }
        at = next;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Cow::Owned(finished(out))
}

/// Bytes that were pieces of texts, as a text.
fn finished(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

impl Piece {
    #[inline]
    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => match text.as_bytes() {
                [byte] => out.push(*byte),
                bytes => out.extend_from_slice(bytes),
            },
            Self::Number(c) => number(c, out),
            Self::Utf16(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let [high, low] = unit.to_be_bytes();
                    let [a, b] = hex(high, LOWER);
                    let [c, d] = hex(low, LOWER);
                    out.extend_from_slice(&[b'\\', b'u', a, b, c, d]);
                }
            }
            Self::Percent(c) => {
                for &byte in c.encode_utf8(&mut [0; 4]).as_bytes() {
                    let [a, b] = hex(byte, UPPER);
                    out.extend_from_slice(&[b'%', a, b]);
                }
            }
            Self::Escaped(c) => {
                out.push(b'\\');
                push(c, out);
            }
        }
    }
}

fn push(c: char, out: &mut Vec<u8>) {
    if c.is_ascii() {
        out.push(c as u8);
    } else {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// `\u{202E}`: four digits, or five or six where it takes more.
#[inline]
fn number(c: char, out: &mut Vec<u8>) {
    let [_, plane, high, low] = u32::from(c).to_be_bytes();
    let ([a, b], [c, d]) = (hex(high, UPPER), hex(low, UPPER));
    match (plane, hex(plane, UPPER)) {
        (0, _) => out.extend_from_slice(&[b'\\', b'u', b'{', a, b, c, d, b'}']),
        (..0x10, [_, y]) => out.extend_from_slice(&[b'\\', b'u', b'{', y, a, b, c, d, b'}']),
        (_, [x, y]) => out.extend_from_slice(&[b'\\', b'u', b'{', x, y, a, b, c, d, b'}']),
    }
}

const fn hex(byte: u8, digits: &[u8; 16]) -> [u8; 2] {
    [digits[(byte >> 4) as usize], digits[(byte & 0xf) as usize]]
}

/// Characters that a reader cannot see or that change how neighbours are shown: C0 and C1 controls, zero-width
/// characters, bidirectional marks, embeddings, overrides and isolates, line separators, tags, interlinear marks, the
/// format marks of shorthand and music, and those that Unicode keeps for a program's own use, which colour is made of.
fn is_hidden(c: char) -> bool {
    // Most text ends its search here.
    if matches!(c, ' '..='\u{7e}' | '\u{ae}'..='\u{34e}') {
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
