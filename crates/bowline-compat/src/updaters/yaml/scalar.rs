//! Scalars of YAML, on one line.

use crate::javascript::Value;

/// A value and the comment behind it.
pub(super) fn split_comment(text: &str) -> (&str, Option<&str>) {
    let mut quote = None;
    let mut previous = ' ';
    for (at, char) in text.char_indices() {
        match (quote, char) {
            (None, '#') if previous == ' ' || previous == '\t' => {
                return (text.get(..at).unwrap_or_default().trim_end(), text.get(at..).map(str::trim_end));
            }
            // A quote opens only where a value begins.
            (None, '"' | '\'') if matches!(previous, ' ' | '[' | '{' | ',' | ':') => quote = Some(char),
            (Some('"'), '"') if previous == '\\' => {}
            (Some(open), char) if open == char => quote = None,
            _ => {}
        }
        previous = char;
    }
    (text.trim_end(), None)
}

/// The value of a scalar (YAML 1.2, core schema).
pub(super) fn value_of(text: &str) -> Value {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            let inner = if quote == '"' { inner.to_owned() } else { inner.replace("''", "'") };
            return Value::Text(inner);
        }
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::Text(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = unsigned.starts_with(|char: char| char.is_ascii_digit() || char == '.')
        && unsigned.contains(|char: char| char.is_ascii_digit())
        && unsigned.chars().all(|char| char.is_ascii_digit() || matches!(char, '.' | 'e' | 'E' | '-' | '+'));
    is_number.then(|| text.parse().ok())?
}

/// A scalar or a flow collection as the original prints it; none for one whose printing is not known here.
pub(super) fn printed(text: &str) -> Option<String> {
    let first = text.chars().next()?;
    match first {
        '[' => flow(text, ['[', ']'], false),
        '{' => flow(text, ['{', '}'], true),
        '"' | '\'' => is_quoted(text).then(|| text.to_owned()),
        '&' | '*' | '!' | '|' | '>' | '?' | '%' | '@' | '`' | ',' | ']' | '}' => None,
        '-' if text == "-" || text.starts_with("- ") => None,
        _ => is_plain(text).then(|| text.to_owned()),
    }
}

/// In quotes from end to end, without anything that could be printed another way.
fn is_quoted(text: &str) -> bool {
    let Some(quote) = text.chars().next() else { return false };
    let inner = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner.is_some_and(|inner| if quote == '"' { is_escaped(inner) } else { !inner.replace("''", "").contains('\'') })
        && text.chars().count() > 1
}

/// With escapes only that are printed as they stand; a long text with line breaks in it is not.
fn is_escaped(inner: &str) -> bool {
    const SHORT: usize = 40;
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        let is_kept = match char {
            '"' => false,
            '\\' => matches!(chars.next(), Some('\\' | '"' | 't' | 'n')) && inner.len() < SHORT,
            _ => true,
        };
        if !is_kept {
            return false;
        }
    }
    true
}

/// Text that means itself, or a number in the form that it is printed in.
fn is_plain(text: &str) -> bool {
    let is_odd_number = |text: &str| {
        let digits = text.trim_start_matches(['-', '+']);
        let looks = digits.starts_with(|char: char| char.is_ascii_digit() || char == '.');
        let is_hexadecimal = digits.starts_with("0x") || digits.starts_with("0o");
        let is_number = value_of(text).type_name() == "number";
        let has_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let has_point = digits.starts_with('.') || digits.ends_with('.');
        let has_more = !digits.chars().all(|char| char.is_ascii_digit() || char == '.');
        let is_changed =
            has_zero || has_point || has_more || text.starts_with('+') || digits.len() > 15 || text == "-0";
        looks && (is_hexadecimal || (is_number && is_changed))
    };
    !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains('\t')
        && !text.starts_with('#')
        && !is_odd_number(text)
}

/// A flow collection on one line, without others in it.
fn flow(text: &str, [open, close]: [char; 2], has_keys: bool) -> Option<String> {
    /// Longer ones are printed over several lines, by the older original.
    const WIDTH: usize = 80;
    let inner = text.strip_prefix(open)?.strip_suffix(close)?.trim();
    if inner.is_empty() {
        return Some(format!("{open}{close}"));
    }
    let mut items = Vec::new();
    for item in inner.split(',').map(str::trim) {
        let item = if has_keys {
            let (key, value) = item.split_once(": ")?;
            format!("{}: {}", simple(key.trim())?, simple(value.trim())?)
        } else {
            simple(item)?.to_owned()
        };
        items.push(item);
    }
    let length: usize = items.iter().map(|item| item.chars().count() + 2).sum::<usize>() + 2;
    (length <= WIDTH).then(|| format!("{open} {} {close}", items.join(", ")))
}

fn simple(text: &str) -> Option<&str> {
    let is_flow = text.contains(['[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '%', '@', '`']);
    let is_quoted = text.starts_with(['"', '\'']) && is_quoted(text);
    let is_text = !text.is_empty() && !text.starts_with(['"', '\'', '-', '?']) && is_plain(text) && !text.contains(':');
    (!is_flow && (is_quoted || is_text)).then_some(text)
}
