//! The file as text and as TOML, with every value's place.
//!
//! Only size, encoding and TOML's own grammar are judged here (a key that stands there twice is TOML's business);
//! what keys mean is judged by the walk over the result.

use crate::finding::{ConfigError, Finding, MAX_BYTES, excerpt};
use crate::origin::Origin;
use bowline_model::text::one_line;
use toml::de::DeTable;

/// A person corrects a few findings at a time; a hostile file has a million.
pub(crate) const MAX_FINDINGS: usize = 50;

/// A file that is TOML.
pub(crate) struct Document<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) root: DeTable<'a>,
}

/// The file's text with its lines.
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    text: &'a str,
    line_starts: Vec<usize>,
    /// Where each line is from, when another tool's configuration says it.
    places: Option<&'a [(String, Origin)]>,
}

impl<'a> Document<'a> {
    /// The same as a translation whose lines are from these places.
    pub(crate) fn translated(mut self, places: &'a [(String, Origin)]) -> Self {
        self.source.places = Some(places);
        self
    }
}

/// Parses the bytes of the file called `name`.
pub(crate) fn parse<'a>(name: &'a str, bytes: &'a [u8]) -> Result<Document<'a>, ConfigError> {
    if bytes.len() > MAX_BYTES {
        return Err(ConfigError::TooLarge { name: name.to_owned(), bytes: bytes.len() });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or(bytes);
        ConfigError::NotText { name: name.to_owned(), line: 1 + before.iter().filter(|&&byte| byte == b'\n').count() }
    })?;
    let source = Source::new(name, text);
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(Document { source, root: root.into_inner() });
    }
    let mut findings: Vec<Finding> = errors.iter().map(|error| source.syntax(error)).collect();
    // After the first mistake of a line the parser is guessing.
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings.dedup_by_key(|finding| finding.line);
    let omitted = findings.len().saturating_sub(MAX_FINDINGS);
    findings.truncate(MAX_FINDINGS);
    Err(ConfigError::Invalid { name: name.to_owned(), findings, omitted })
}

impl<'a> Source<'a> {
    fn new(name: &'a str, text: &'a str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name, text, line_starts, places: None }
    }

    /// The line of a byte offset, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset)
    }

    /// Where the line of a byte offset is from.
    pub(crate) fn origin(&self, offset: usize) -> Origin {
        let line = self.line(offset);
        let place = self.places.and_then(|places| places.get(line.saturating_sub(1)));
        place.map_or_else(|| Origin::File { name: self.name.to_owned(), line }, |(_, place)| place.clone())
    }

    /// A finding about `key` at a byte offset.
    pub(crate) fn finding(&self, offset: usize, key: &str, message: String, hint: Option<String>) -> Finding {
        let line = self.line(offset);
        if self.places.is_some() {
            // The lines are ours: nobody can look them up.
            let message = format!("{}: {message}", self.origin(offset));
            return Finding {
                line: 0,
                column: 0,
                excerpt: String::new(),
                key: one_line(key, 120).into_owned(),
                message,
                hint,
            };
        }
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or("");
        let shown = self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
        Finding {
            line,
            column: 1 + before.chars().count(),
            excerpt: excerpt(shown),
            key: one_line(key, 120).into_owned(),
            message,
            hint,
        }
    }

    fn syntax(&self, error: &toml::de::Error) -> Finding {
        let span = error.span().unwrap_or(0..0);
        let at = self.text.get(span.clone()).unwrap_or("").trim();
        let message = match error.message() {
            "duplicate key" => format!("`{}` stands there twice", one_line(at, 60)),
            message => format!("not valid TOML: {}", one_line(message, 200)),
        };
        self.finding(span.start.min(self.text.len()), "", message, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> ConfigError {
        parse("bowline.toml", bytes).map(|_| ()).unwrap_err()
    }

    #[test]
    fn size_and_encoding() {
        assert!(parse("bowline.toml", &vec![b'\n'; MAX_BYTES]).is_ok());
        assert!(matches!(error(&vec![b'\n'; MAX_BYTES + 1]), ConfigError::TooLarge { .. }));
        assert!(matches!(error(b"a = 1\nb = \"\xff\"\n"), ConfigError::NotText { line: 2, .. }));
    }

    #[test]
    fn places_count_characters() {
        let source = Source::new("bowline.toml", "a\näb = 1\n");
        let finding = source.finding(4, "b", "wrong".into(), None);
        assert_eq!((finding.line, finding.column, finding.excerpt.as_str()), (2, 2, "äb = 1"));
        let end = source.finding(9_999, "b", "wrong".into(), None);
        assert_eq!((end.line, end.column), (3, 1));
    }

    #[test]
    fn hostile_files_are_refused_in_bounded_form() {
        for bytes in ["[".repeat(MAX_BYTES), "a=\n".repeat(100_000), "a=1\n".repeat(100_000), "a.".repeat(100_000)] {
            assert!(error(bytes.as_bytes()).findings().len() <= MAX_FINDINGS);
        }
    }
}
