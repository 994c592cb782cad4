//! Files in which a pattern finds the version: Gradle, C# projects, Python.

use super::Found;
use regex::{Captures, Regex, RegexBuilder};
use std::sync::LazyLock;

/// JavaScript's `.`, and its `\s` where that is what is meant.
const ANY: &str = "[^\\n\\r\\u{2028}\\u{2029}]";

/// None only if the pattern were wrong, which the tests would show.
fn pattern(text: &str) -> Option<Regex> {
    RegexBuilder::new(&text.replace("<any>", ANY).replace("<space>", "[\\s\\u{feff}]")).multi_line(true).build().ok()
}

static GRADLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern("^version<space>*=<space>*['\"]([0-9.]+<any>*)['\"]"));
static CSPROJ: LazyLock<Option<Regex>> = LazyLock::new(|| pattern("<Version>(<any>*)</Version>"));
static PYTHON: LazyLock<Option<Regex>> = LazyLock::new(|| pattern("(?i)version[\" ]*=[ ]*[\"'](<any>*)[\"']"));

fn found<'a>(pattern: &Option<Regex>, contents: &'a str) -> Option<Captures<'a>> {
    pattern.as_ref()?.captures(contents)
}

/// A text found by the only group of a pattern.
fn group(captures: &Captures<'_>) -> String {
    captures.get(1).map(|found| found.as_str().to_owned()).unwrap_or_default()
}

fn replaced(pattern: &Option<Regex>, contents: &str, with: &str) -> String {
    let Some(whole) = found(pattern, contents).and_then(|captures| captures.get(0)) else { return contents.to_owned() };
    let before = contents.get(..whole.start()).unwrap_or_default();
    let after = contents.get(whole.end()..).unwrap_or_default();
    format!("{before}{with}{after}")
}

pub(super) fn read_gradle(contents: &str) -> Result<Found, String> {
    found(&GRADLE, contents)
        .map(|captures| Found::text(group(&captures)))
        .ok_or_else(|| "Failed to read the version field in your gradle file - is it present?".to_owned())
}

pub(super) fn write_gradle(contents: &str, version: &str) -> String {
    replaced(&GRADLE, contents, &format!("version = \"{version}\""))
}

pub(super) fn read_csproj(contents: &str) -> Result<Found, String> {
    found(&CSPROJ, contents)
        .map(|captures| Found::text(group(&captures)))
        .ok_or_else(|| "Failed to read the Version field in your csproj file - is it present?".to_owned())
}

pub(super) fn write_csproj(contents: &str, version: &str) -> String {
    replaced(&CSPROJ, contents, &format!("<Version>{version}</Version>"))
}

/// The first line that names a version counts, in whatever table it stands.
fn python_line(contents: &str) -> Option<(usize, String)> {
    let mut lines = contents.split('\n').enumerate();
    lines.find_map(|(place, line)| Some((place, group(&found(&PYTHON, line)?))))
}

pub(super) fn read_python(contents: &str) -> Found {
    python_line(contents).map_or_else(|| Found::of(None), |(_, version)| Found::text(version))
}

pub(super) fn write_python(contents: &str, version: &str) -> Result<String, String> {
    let Some((place, old)) = python_line(contents) else {
        return Err("Cannot read properties of undefined (reading 'replace')".to_owned());
    };
    let lines = contents.split('\n').enumerate();
    let lines = lines.map(|(at, line)| if at == place { line.replacen(&old, version, 1) } else { line.to_owned() });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
