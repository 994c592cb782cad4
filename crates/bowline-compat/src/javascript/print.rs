//! Values as `JSON.stringify` prints them.

use super::value::Value;
use std::fmt::Write as _;

/// `JSON.stringify(value, null, indent)`; without line breaks when `indent` is empty.
#[must_use]
pub fn stringify(value: &Value, indent: &str) -> String {
    // The original takes no more than ten characters of it.
    let indent: String = indent.chars().take(10).collect();
    let mut out = String::new();
    write_value(&mut out, value, &indent, 0);
    out
}

/// A text in quotes.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_text(&mut out, text);
    out
}

/// A number as JavaScript prints it (ECMAScript, Number::toString).
#[must_use]
pub fn number(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-Infinity" } else { "Infinity" }.to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    // Rust prints the shortest digits that mean the number, as JavaScript does; only the places differ.
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if number < 0.0 { "-" } else { "" };
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let point = exponent + 1;
    if (count..=21).contains(&point) {
        format!("{sign}{digits}{}", zeros(point - count))
    } else if (1..=21).contains(&point) {
        let (whole, rest) = digits.split_at_checked(usize::try_from(point).unwrap_or(0)).unwrap_or((&digits, ""));
        format!("{sign}{whole}.{rest}")
    } else if (-5..=0).contains(&point) {
        format!("{sign}0.{}{digits}", zeros(-point))
    } else {
        let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
        let dot = if rest.is_empty() { "" } else { "." };
        let plus = if exponent < 0 { '-' } else { '+' };
        format!("{sign}{first}{dot}{rest}e{plus}{}", exponent.abs())
    }
}

fn write_value(out: &mut String, value: &Value, indent: &str, depth: usize) {
    match value {
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) if value.is_finite() => out.push_str(&number(*value)),
        Value::Null | Value::Function | Value::Number(_) => out.push_str("null"),
        Value::Text(text) => write_text(out, text),
        Value::List(values) => write_all(out, ['[', ']'], indent, depth, values.iter(), |out, value| {
            write_value(out, value, indent, depth + 1);
        }),
        Value::Object(object) => {
            let printed = object.iter().filter(|(_, value)| **value != Value::Function);
            write_all(out, ['{', '}'], indent, depth, printed, |out, (key, value)| {
                write_text(out, key);
                out.push_str(if indent.is_empty() { ":" } else { ": " });
                write_value(out, value, indent, depth + 1);
            });
        }
    }
}

fn write_all<T>(
    out: &mut String,
    [open, close]: [char; 2],
    indent: &str,
    depth: usize,
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    let new_line = |out: &mut String, depth: usize| {
        if !indent.is_empty() {
            out.push('\n');
            out.extend(std::iter::repeat_n(indent, depth));
        }
    };
    out.push(open);
    let mut is_empty = true;
    for item in items {
        if !is_empty {
            out.push(',');
        }
        is_empty = false;
        new_line(out, depth + 1);
        write(out, item);
    }
    if !is_empty {
        new_line(out, depth);
    }
    out.push(close);
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char < ' ' => {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{number, stringify};
    use crate::javascript::parse::parse;

    #[test]
    fn numbers_are_printed_as_node_prints_them() {
        let check = |value: f64, expected: &str| assert_eq!(number(value), expected, "{value:e}");
        check(1.0, "1");
        check(-0.0, "0");
        check(100.0, "100");
        check(1.5, "1.5");
        check(-12.25, "-12.25");
        check(0.1 + 0.2, "0.30000000000000004");
        check(1e21, "1e+21");
        check(123_456_789_012_345_680_000.0, "123456789012345680000");
        check(1.5e300, "1.5e+300");
        check(0.000_001, "0.000001");
        check(0.000_000_15, "1.5e-7");
        check(5e-324, "5e-324");
    }

    #[test]
    fn values_are_printed_as_node_prints_them() {
        let check = |json: &str, indent: &str, expected: &str| {
            assert_eq!(stringify(&parse(json).unwrap(), indent), expected, "{json}");
        };
        check("{\"b\":1,\"a\":[],\"2\":{},\"1\":0}", "", "{\"1\":0,\"2\":{},\"b\":1,\"a\":[]}");
        check("{\"a\":1,\"a\":2}", "", "{\"a\":2}");
        check("{\"a\":[1,{\"b\":null}]}", "  ", "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ]\n}");
        check("[\"\\u2028\\u007f\\u0001\\/\\t\"]", "", "[\"\u{2028}\u{7f}\\u0001/\\t\"]");
        check("[1.0,1e2,-0,1E400]", "", "[1,100,0,null]");
        check("{\"a\":1}", "            ", "{\n          \"a\": 1\n}");
        check("{\"01\":1,\"4294967295\":2,\"7\":3}", "", "{\"7\":3,\"01\":1,\"4294967295\":2}");
    }
}
