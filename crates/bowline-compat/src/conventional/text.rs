//! What JavaScript calls a space, a word and a line, and its regular expressions said in Rust's.

use regex::Regex;

/// The class `\s` of JavaScript.
const SPACE: &str = r"[\t\n\x0B\x0C\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}]";
const NOT_SPACE: &str =
    r"[^\t\n\x0B\x0C\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}]";

/// Whether `\s` of JavaScript means it.
pub(super) fn is_space(letter: char) -> bool {
    (letter.is_whitespace() && letter != '\u{85}') || letter == '\u{feff}'
}

/// Whether `\w` of JavaScript means it.
pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether `.` of JavaScript stops at it.
pub(super) const fn is_line_end(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// `String.prototype.trim` of JavaScript.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Without line ends in front and behind.
pub(super) fn trim_lines(text: &str) -> &str {
    text.trim_matches(['\r', '\n'])
}

/// The text between two places that are known to lie between letters.
pub(super) fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// The first units of UTF-16, as `substring` of JavaScript counts. Half a letter at the end becomes the replacement character,
/// as it does when JavaScript writes it to a file.
pub(super) fn first_units(text: &str, units: usize) -> String {
    let mut taken = String::new();
    let mut left = units;
    for letter in text.chars() {
        match letter.len_utf16() {
            size if size <= left => {
                taken.push(letter);
                left -= size;
            }
            _ => {
                if left > 0 {
                    taken.push(char::REPLACEMENT_CHARACTER);
                }
                break;
            }
        }
    }
    taken
}

/// `encodeURIComponent` of JavaScript.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A regular expression of JavaScript. What Rust's cannot do (looking around, looking back) is refused, with the reason.
pub(super) fn pattern(source: &str, flags: &str) -> Result<Regex, String> {
    let translated = if flags.is_empty() { translate(source) } else { format!("(?{flags}){}", translate(source)) };
    Regex::new(&translated).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        other => other.to_string().lines().last().unwrap_or_default().trim().to_owned(),
    })
}

fn translate(source: &str) -> String {
    let mut translated = String::with_capacity(source.len() * 2);
    let mut letters = source.chars().peekable();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('w') => translated.push_str("[0-9A-Za-z_]"),
                Some('W') => translated.push_str("[^0-9A-Za-z_]"),
                Some('d') => translated.push_str("[0-9]"),
                Some('D') => translated.push_str("[^0-9]"),
                Some('s') => translated.push_str(SPACE),
                Some('S') => translated.push_str(NOT_SPACE),
                Some('b') if in_class => translated.push_str(r"\x08"),
                Some('b') => translated.push_str(r"(?-u:\b)"),
                Some(other) => translated.extend(['\\', other]),
                None => translated.push('\\'),
            },
            '[' if in_class => translated.push_str(r"\["),
            '&' | '~' | '-' if in_class && letters.peek() == Some(&letter) => translated.extend(['\\', letter]),
            '[' => {
                in_class = true;
                translated.push('[');
            }
            ']' => {
                in_class = false;
                translated.push(']');
            }
            '.' if !in_class => translated.push_str(r"[^\n\r\u{2028}\u{2029}]"),
            '/' => translated.push('/'),
            other => translated.push(other),
        }
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_expressions() {
        let check = |source: &str, text: &str, expected: Option<&str>| {
            let found = pattern(source, "").unwrap();
            assert_eq!(found.find(text).map(|found| found.as_str()), expected, "{source} {text:?}");
        };
        check(r"^\w+", "é", None);
        check(r"^.*", "a\u{2028}b", Some("a"));
        check(r"^[\w$.\-*/ ]*", "a$-*/ b]", Some("a$-*/ b"));
        check(r"[[]", "[", Some("["));
        check(r"\s", "\u{85}", None);
        check(r"\s", "\u{feff}", Some("\u{feff}"));
        check(r"\d", "٣", None);
        check(r"^\/x", "/x", Some("/x"));
        assert!(pattern("(?<!a)b", "").is_err());
    }

    #[test]
    fn units() {
        let check = |text: &str, units: usize, expected: &str| assert_eq!(first_units(text, units), expected);
        check("abcdef", 3, "abc");
        check("a😀b", 2, "a\u{fffd}");
        check("a😀b", 3, "a😀");
        check("ab", 9, "ab");
    }
}
