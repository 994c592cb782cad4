//! Strings in JSON by their path, with exact positions.
//!
//! The document is checked as a whole first; the scanner then only walks and keeps count of bytes. Members named twice
//! on the way to a wanted place are refused, because readers disagree about which one counts.

use serde::de::IgnoredAny;
use std::ops::Range;

/// What stands at a wanted path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A string; the range is what stands between its quotes.
    Text(Range<usize>),
    /// Something else.
    Other,
}

/// Looks for every one of `paths`; a segment is a member's name or an array's index.
pub(super) fn locate(text: &str, paths: &[&[&str]]) -> Result<Vec<Found>, String> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
    let mut scanner = Scanner { text, at: 0, found: vec![Found::Nothing; paths.len()] };
    scanner.value(&paths.iter().copied().enumerate().collect::<Vec<_>>())?;
    Ok(scanner.found)
}

/// Paths still to go, each with its number.
type Wanted<'a> = [(usize, &'a [&'a str])];

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    found: Vec<Found>,
}

impl Scanner<'_> {
    fn value(&mut self, wanted: &Wanted<'_>) -> Result<(), String> {
        let found = match self.peek() {
            b'{' => {
                self.object(wanted)?;
                Found::Other
            }
            b'[' => {
                self.array(wanted)?;
                Found::Other
            }
            b'"' => Found::Text(self.string()),
            _ => {
                while !matches!(self.byte(), b',' | b'}' | b']' | 0) && !self.byte().is_ascii_whitespace() {
                    self.at += 1;
                }
                Found::Other
            }
        };
        for (number, _) in wanted.iter().filter(|(_, path)| path.is_empty()) {
            self.found[*number] = found.clone();
        }
        Ok(())
    }

    fn object(&mut self, wanted: &Wanted<'_>) -> Result<(), String> {
        let mut seen: Vec<String> = Vec::new();
        self.at += 1;
        while self.peek() == b'"' {
            let key = self.key();
            self.skip(b':');
            let inner = narrowed(wanted, |segment| segment == key);
            if !inner.is_empty() {
                if seen.contains(&key) {
                    return Err(format!("`{}` stands there twice", bowline_model::text::one_line(&key, 60)));
                }
                seen.push(key);
            }
            self.value(&inner)?;
            self.skip(b',');
        }
        self.skip(b'}');
        Ok(())
    }

    fn array(&mut self, wanted: &Wanted<'_>) -> Result<(), String> {
        self.at += 1;
        let mut index = 0_usize;
        while !matches!(self.peek(), b']' | 0) {
            self.value(&narrowed(wanted, |segment| segment.parse() == Ok(index)))?;
            self.skip(b',');
            index += 1;
        }
        self.skip(b']');
        Ok(())
    }

    fn key(&mut self) -> String {
        let span = self.string();
        let raw = self.text.get(span).unwrap_or_default();
        if raw.contains('\\') {
            serde_json::from_str(&format!("\"{raw}\"")).unwrap_or_default()
        } else {
            raw.to_owned()
        }
    }

    /// Passes a string and returns what stands between its quotes.
    fn string(&mut self) -> Range<usize> {
        self.at += 1;
        let start = self.at;
        while !matches!(self.byte(), b'"' | 0) {
            self.at += if self.byte() == b'\\' { 2 } else { 1 };
        }
        let end = self.at.min(self.text.len());
        self.at += 1;
        start..end
    }

    /// Passes white space and, when it is next, `byte`.
    fn skip(&mut self, byte: u8) {
        if self.peek() == byte {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> u8 {
        while self.byte().is_ascii_whitespace() {
            self.at += 1;
        }
        self.byte()
    }

    /// The byte at the cursor; 0, which no valid document holds outside of its end, past the end.
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}

/// The paths whose next segment is `here`, without it.
fn narrowed<'a>(wanted: &Wanted<'a>, here: impl Fn(&str) -> bool) -> Vec<(usize, &'a [&'a str])> {
    let next = |(number, path): &(usize, &'a [&'a str])| {
        path.split_first().filter(|(segment, _)| here(segment)).map(|(_, rest)| (*number, rest))
    };
    wanted.iter().filter_map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, path: &[&str], expected: &str) {
        let found = match locate(text, &[path]) {
            Err(error) => format!("error: {error}"),
            Ok(found) => match &found[0] {
                Found::Nothing => "nothing".to_owned(),
                Found::Other => "other".to_owned(),
                Found::Text(span) => text.get(span.clone()).unwrap().to_owned(),
            },
        };
        assert!(found.starts_with(expected), "{text}: {found}");
    }

    #[test]
    fn strings_by_path() {
        check(r#"{"version":"1.2.3"}"#, &["version"], "1.2.3");
        check("{\r\n\t\"a\" : {\"version\":\"9\"},\r\n\t\"version\"\t:\n\"1.2.3\" }", &["version"], "1.2.3");
        check(r#"{"ver\u0073ion":"1.2.3"}"#, &["version"], "1.2.3");
        check(r#"{"a":"\"version\":\"0.0.0\"","version":"1.2.3"}"#, &["version"], "1.2.3");
        check(r#"{"packages":{"":{"version":"1"},"x":{"version":"2"}}}"#, &["packages", "", "version"], "1");
        check(r#"{"a":[{"b":"0"},{"b":"1"}]}"#, &["a", "1", "b"], "1");
        check(r#"{"a":[[],[null,true,-1.5e3],{}],"version":"1"}"#, &["version"], "1");
        check(r#"{"version":"1\u002e2"}"#, &["version"], r"1\u002e2");
        check(r#"{"version":12}"#, &["version"], "other");
        check(r#"{"version":{"x":"1"}}"#, &["version"], "other");
        check(r#"{"Version":"1"}"#, &["version"], "nothing");
        check(r#"["1"]"#, &["version"], "nothing");
        check(r#""1""#, &[], "1");
    }

    #[test]
    fn what_is_refused() {
        check(r#"{"version":"1","version":"2"}"#, &["version"], "error: `version` stands there twice");
        check(r#"{"version":"1","ver\u0073ion":"2"}"#, &["version"], "error: `version` stands there twice");
        check(r#"{"a":{},"a":{"version":"1"}}"#, &["a", "version"], "error: `a` stands there twice");
        check(r#"{"x":1,"x":2,"version":"1"}"#, &["version"], "1");
        for broken in
            ["", "{", "{\"version\":\"1\",}", "{\"version\":\"1\"} x", "// c\n{}", "{\"a\":\"\n\"}", "{'a':1}"]
        {
            check(broken, &["version"], "error: ");
        }
        check(&"[".repeat(100_000), &["version"], "error: ");
    }
}
