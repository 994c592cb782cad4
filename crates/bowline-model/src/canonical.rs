//! Canonical JSON (RFC 8785), the bytes a plan's digest is taken over.
//!
//! Two machines that mean the same plan must produce the same bytes, so there is exactly one spelling of every
//! value: object members sorted by UTF-16 code units (section 3.2.3), the shortest string escapes (section 3.2.2.2),
//! no white space. Fractions are refused: plans hold none, and refusing them closes the one corner of the
//! specification (ECMAScript number formatting) that implementations disagree about.

use serde::Serialize;
use serde_json::Value;
use std::cmp::Ordering;

/// Why a value has no canonical form here.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// The value could not be turned into JSON at all.
    #[error("value has no JSON form")]
    Serialize(#[from] serde_json::Error),
    /// A number is a fraction or lies outside ±(2^53 − 1), where readers that use doubles would differ.
    #[error("number {0} is not an integer that every JSON reader keeps exactly")]
    Number(String),
}

/// The canonical bytes of `value`.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value)?;
    let mut out = Vec::with_capacity(4096);
    write(&value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => {
            let exact = number.as_i64().is_some_and(|n| n.unsigned_abs() <= MAX_SAFE_INTEGER);
            if !exact {
                return Err(CanonicalError::Number(number.to_string()));
            }
            out.extend_from_slice(number.to_string().as_bytes());
        }
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|a, b| utf16_order(a.0, b.0));
            out.push(b'{');
            for (i, (key, member)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_string(key, out);
                out.push(b':');
                write(member, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn utf16_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in text.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            '\r' => out.extend_from_slice(b"\\r"),
            c if c < ' ' => out.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}

const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: &Value, expected: &str) {
        assert_eq!(String::from_utf8(to_vec(value).unwrap()).unwrap(), expected);
    }

    #[test]
    fn members_are_sorted_by_utf16_units() {
        // The example of RFC 8785, section 3.2.3.
        check(
            &json!({"\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
                "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis"}),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}",
        );
    }

    #[test]
    fn strings_use_the_shortest_escape() {
        check(&json!("\u{8}\t\n\u{c}\r\"\\\u{1}/\u{7f}é"), "\"\\b\\t\\n\\f\\r\\\"\\\\\\u0001/\u{7f}é\"");
    }

    #[test]
    fn fractions_and_huge_numbers_are_refused() {
        for bad in [json!(0.5), json!(9_007_199_254_740_992_u64), json!(u64::MAX)] {
            assert!(matches!(to_vec(&bad), Err(CanonicalError::Number(_))), "{bad}");
        }
        check(&json!([0, -7, 9_007_199_254_740_991_u64]), "[0,-7,9007199254740991]");
    }
}
