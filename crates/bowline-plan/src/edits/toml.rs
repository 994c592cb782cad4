//! Strings in TOML by their path, with exact positions.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The document's root.
pub(super) fn parse(text: &str) -> Result<DeTable<'_>, String> {
    DeTable::parse(text).map(Spanned::into_inner).map_err(|error| {
        let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
        let message = bowline_model::text::one_line(error.message(), 200).into_owned();
        line.map_or(message.clone(), |line| format!("line {line}: {message}"))
    })
}

/// The value at `path`; a segment is a key or an array's index.
pub(super) fn at<'t, 'i>(table: &'t DeTable<'i>, path: &[&str]) -> Option<&'t Spanned<DeValue<'i>>> {
    let (first, rest) = path.split_first()?;
    let start = table.get(*first)?;
    rest.iter().try_fold(start, |value, segment| match value.get_ref() {
        DeValue::Table(table) => table.get(*segment),
        DeValue::Array(items) => items.get(segment.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The text at `path`, when a string stands there.
pub(super) fn text_at<'t>(table: &'t DeTable<'_>, path: &[&str]) -> Option<&'t str> {
    at(table, path)?.get_ref().as_str()
}

/// The bytes between the quotes of the string `value`.
pub(super) fn string_span(source: &str, value: &Spanned<DeValue<'_>>) -> Option<Range<usize>> {
    let span = value.span();
    let raw = source.get(span.clone())?;
    value.get_ref().as_str()?;
    let quote =
        ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| raw.starts_with(quote) && raw.ends_with(quote))?;
    let (mut start, end) = (span.start + quote.len(), span.end - quote.len());
    if quote.len() == 3 {
        // A line break right after the opening quotes is not part of the string.
        let inner = source.get(start..end)?;
        start += if inner.starts_with("\r\n") { 2 } else { usize::from(inner.starts_with('\n')) };
    }
    (start <= end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_between_the_quotes() {
        for (text, expected) in [
            ("v = \"1.2.3\"", Some("1.2.3")),
            ("v='1.2.3' # \"9\"", Some("1.2.3")),
            ("\"v\" = \"\"", Some("")),
            ("v = \"\"\"\r\n1.2.3\"\"\"", Some("1.2.3")),
            ("v = '''1.2.3'''", Some("1.2.3")),
            ("v = \"1\\u002e2\"", Some("1\\u002e2")),
            ("# ü\r\nv = \"1.2.3\"\r\n", Some("1.2.3")),
            ("v = 1.2", None),
            ("x = \"1\"", None),
        ] {
            let table = parse(text).unwrap();
            let span = at(&table, &["v"]).and_then(|value| string_span(text, value));
            assert_eq!(span.and_then(|span| text.get(span)), expected, "{text:?}");
        }
        assert!(parse("v = \"1\"\nv = \"2\"").unwrap_err().starts_with("line 2: "));
    }
}
