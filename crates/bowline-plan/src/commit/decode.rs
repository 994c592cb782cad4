//! Bytes of a commit as readable text, by the encoding the commit declares.
//!
//! Only for showing: what a message means is decided on its bytes.

use std::borrow::Cow;

/// `bytes` as text. The flag tells whether something could not be decoded and stands there as `U+FFFD`.
pub fn decode<'a>(bytes: &'a [u8], encoding: Option<&str>) -> (Cow<'a, str>, bool) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), false);
    }
    match encoding.and_then(Encoding::named) {
        Some(encoding) => (Cow::Owned(bytes.iter().map(|&b| encoding.char(b)).collect()), false),
        None => (String::from_utf8_lossy(bytes), true),
    }
}

/// `bytes` on one safe line of at most `max` characters.
pub fn one_line(bytes: &[u8], encoding: Option<&str>, max: usize) -> String {
    // Four bytes are the longest character; one more of them shows that there was more.
    let cut = bytes.get(..(max + 1) * 4).unwrap_or(bytes);
    // A character cut in half would make all of it look undecodable.
    let clipped = match std::str::from_utf8(cut) {
        Err(error) if error.error_len().is_none() && cut.len() < bytes.len() => &cut[..error.valid_up_to()],
        _ => cut,
    };
    bowline_model::text::one_line(decode(clipped, encoding).0.trim(), max).into_owned()
}

/// Whether [`decode`] loses something.
pub fn is_lossy(bytes: &[u8], encoding: Option<&str>) -> bool {
    encoding.and_then(Encoding::named).is_none() && std::str::from_utf8(bytes).is_err()
}

#[derive(Clone, Copy)]
enum Encoding {
    Latin1,
    Latin9,
    Windows1252,
}

impl Encoding {
    fn named(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        match plain.as_str() {
            "iso88591" | "latin1" | "l1" | "88591" => Some(Self::Latin1),
            "iso885915" | "latin9" | "l9" => Some(Self::Latin9),
            "windows1252" | "cp1252" | "1252" => Some(Self::Windows1252),
            _ => None,
        }
    }

    fn char(self, byte: u8) -> char {
        match (self, byte) {
            (Self::Windows1252, 0x80..=0x9f) => WINDOWS_1252[usize::from(byte - 0x80)],
            (Self::Latin9, 0xa4) => '€',
            (Self::Latin9, 0xa6) => 'Š',
            (Self::Latin9, 0xa8) => 'š',
            (Self::Latin9, 0xb4) => 'Ž',
            (Self::Latin9, 0xb8) => 'ž',
            (Self::Latin9, 0xbc) => 'Œ',
            (Self::Latin9, 0xbd) => 'œ',
            (Self::Latin9, 0xbe) => 'Ÿ',
            _ => char::from(byte),
        }
    }
}

/// What Windows-1252 puts where Latin-1 has control characters.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_encodings_are_honoured() {
        for (bytes, encoding, expected, lossy) in [
            (b"caf\xe9".as_slice(), Some("ISO-8859-1"), "café", false),
            (b"caf\xe9", Some("latin1"), "café", false),
            (b"\x80 5", Some("windows-1252"), "€ 5", false),
            (b"\xa4 5", Some("ISO-8859-15"), "€ 5", false),
            (b"caf\xe9", Some("UTF-8"), "caf\u{fffd}", true),
            (b"caf\xe9", Some("KOI8-R"), "caf\u{fffd}", true),
            (b"caf\xe9", None, "caf\u{fffd}", true),
            ("café".as_bytes(), Some("latin1"), "café", false),
        ] {
            let (text, lost) = decode(bytes, encoding);
            assert_eq!((text.as_ref(), lost), (expected, lossy), "{bytes:?} {encoding:?}");
            assert_eq!(is_lossy(bytes, encoding), lossy);
        }
    }

    #[test]
    fn showing_costs_what_is_shown() {
        let huge = vec![b'x'; 20 << 20];
        assert_eq!(one_line(&huge, None, 5), "xxxxx…");
        assert_eq!(one_line("é€🎉".repeat(9).as_bytes(), None, 4), "é€🎉é…");
        for text in ["é", "€", "🎉", "x🎉é"] {
            let text = text.repeat(99);
            let expected = text.chars().take(6).collect::<String>() + "…";
            assert_eq!(one_line(text.as_bytes(), Some("latin1"), 6), expected);
        }
    }
}
