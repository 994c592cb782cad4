//! What a secret can look like in text that others wrote.

use super::SHORTEST;
use bowline_model::text::{defuse_workflow_commands, visible};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Everything that `secret` can look like.
pub(super) fn of(secret: &str) -> BTreeSet<Vec<u8>> {
    let mut forms = BTreeSet::new();
    for text in parts(secret) {
        let bytes = text.as_bytes();
        forms.insert(bytes.to_vec());
        // As this program shows text from outside.
        forms.insert(defuse_workflow_commands(&visible(text)).into_owned().into_bytes());
        forms.extend(json_forms(text));
        for upper in [false, true] {
            forms.extend(UNRESERVED.map(|plain| percent_encoded(bytes, plain, upper).into_bytes()));
            forms.insert(hex(bytes, upper).into_bytes());
        }
        forms.extend(base64_forms(text));
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// The base64 of `secret`, which programs break into lines.
pub(super) fn in_base64(secret: &str) -> BTreeSet<Vec<u8>> {
    let mut forms: BTreeSet<_> = parts(secret).flat_map(base64_forms).collect();
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// A key of several lines is shown as a whole or line by line.
fn parts(secret: &str) -> impl Iterator<Item = &str> {
    let lines = secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST);
    std::iter::once(secret).chain(lines)
}

fn json_forms(text: &str) -> [Vec<u8>; 2] {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    // Some writers escape `/` and everything that is not ASCII.
    let mut ascii = String::new();
    for c in inner.replace('/', "\\/").chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    [inner.as_bytes().to_vec(), ascii.into_bytes()]
}

fn percent_encoded(bytes: &[u8], plain: &[u8], upper: bool) -> String {
    let mut out = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = if upper { write!(out, "%{byte:02X}") } else { write!(out, "%{byte:02x}") };
        }
    }
    out
}

fn hex(bytes: &[u8], upper: bool) -> String {
    let mut out = String::new();
    for byte in bytes {
        let _ = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
    }
    out
}

fn base64_forms(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let at = |alphabet| (0..3).map(move |offset| base64_at(text.as_bytes(), offset, alphabet));
    at(STANDARD).chain(at(URL_SAFE))
}

/// What of `bytes` is certain in base64 when `offset` other bytes stand before them: the first and the last character
/// may depend on what stands beside them.
fn base64_at(bytes: &[u8], offset: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let mut out = Vec::new();
    let total = (offset + bytes.len()) * 8;
    for sextet in (offset * 8).div_ceil(6)..total / 6 {
        let value = (0..6).fold(0, |value, bit| {
            let position = sextet * 6 + bit;
            let byte = (position / 8).checked_sub(offset).and_then(|at| bytes.get(at)).copied().unwrap_or(0);
            value << 1 | usize::from(byte >> (7 - position % 8) & 1)
        });
        out.extend(alphabet.get(value));
    }
    out
}

/// What `text` in base64 says, when that is text.
pub(super) fn base64_decoded(text: &str) -> Option<String> {
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in text.trim_end_matches('=').bytes() {
        let value = STANDARD.iter().position(|&known| known == byte)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    String::from_utf8(out).ok()
}

/// Whether base64 can be written with this character.
pub(super) const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// What is left as it is by writers of addresses: by RFC 3986, and by JavaScript's `encodeURIComponent`.
const UNRESERVED: [&[u8]; 2] = [b"-._~", b"-._~!*'()"];
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        for (text, expected) in [
            ("", Some("")),
            ("YQ==", Some("a")),
            ("YWI=", Some("ab")),
            ("YWJj", Some("abc")),
            ("dTpwP34=", Some("u:p?~")),
            ("no base64", None),
            ("/////w==", None),
        ] {
            assert_eq!(base64_decoded(text).as_deref(), expected, "{text}");
        }
    }
}
