//! YAML: one version in it, at a key or below another one.
//!
//! The originals parse the document and print it anew: two spaces for a level, one empty line for several, one space before a comment.
//! [`layout`] does the same for the ways of writing that nearly all such files have. Any other document keeps its layout here and gets
//! its new version where the old one stood, which is less than the originals change and means the same.

mod layout;
mod scalar;

use super::{Found, indent};
use crate::profile::Profile;
use layout::Entry;
use scalar::{split_comment, value_of};

/// Where the version stands: a key, or two of them.
type At<'a> = &'a [&'a str];

pub(super) fn read(contents: &str, at: At<'_>) -> Result<Found, String> {
    let entries = entries(contents);
    if entries.is_empty() {
        let first = at.first().copied().unwrap_or_default();
        return Err(format!("Cannot read properties of null (reading '{first}')"));
    }
    if let [outer, inner] = at
        && !entries.iter().any(|entry| entry.is_at(&[outer]))
    {
        return Err(format!("Cannot read properties of undefined (reading '{inner}')"));
    }
    Ok(match entries.iter().find(|entry| entry.is_at(at)) {
        Some(entry) => Found::of(Some(&value_of(split_comment(&entry.rest).0))),
        None => Found::of(None),
    })
}

pub(super) fn write(contents: &str, at: At<'_>, version: &str, profile: Profile) -> Result<String, String> {
    let new_line = indent::new_line(contents).unwrap_or("\n");
    let text = contents.replace("\r\n", "\n");
    let changed = replaced(&text, at, version)?;
    let printed = layout::normal(&changed, profile == Profile::CatV12).unwrap_or(changed);
    Ok(if new_line == "\n" { printed } else { printed.replace('\n', new_line) })
}

/// The text with another version in it, and nothing else changed.
fn replaced(text: &str, at: At<'_>, version: &str) -> Result<String, String> {
    let entries = entries(text);
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    if let Some(entry) = entries.iter().find(|entry| entry.is_at(at)) {
        let (old, comment) = split_comment(&entry.rest);
        if matches!(old.chars().next(), Some('|' | '>' | '[' | '{' | '&' | '*' | '!')) {
            return Err(format!("the version is no plain text: {old}"));
        }
        // Quotes stay as they are.
        let quote = old.chars().next().filter(|char| matches!(char, '"' | '\'')).map(String::from).unwrap_or_default();
        let comment = comment.map(|comment| format!(" {comment}")).unwrap_or_default();
        if let Some(line) = lines.get_mut(entry.line) {
            *line = format!(
                "{} {quote}{version}{quote}{comment}",
                line.strip_suffix(entry.rest.as_str()).unwrap_or(line).trim_end()
            );
        }
        return Ok(lines.join("\n"));
    }
    if entries.iter().any(|entry| entry.is_item && entry.column == 0) {
        return Err(format!("Expected a valid index, not {}.", at.first().copied().unwrap_or_default()));
    }
    let (line, indent) = match at {
        [outer, _] => {
            let outer = entries.iter().find(|entry| entry.is_at(&[outer]));
            let outer = outer.ok_or("Cannot read properties of undefined (reading 'set')")?;
            let inside = entries.iter().filter(|entry| entry.line > outer.line).take_while(|entry| entry.column > 0);
            let last = inside.clone().last().map_or(outer.line, |entry| entry.line);
            (last + 1, inside.map(|entry| entry.column).next().unwrap_or(2))
        }
        _ => (entries.last().map_or(0, |entry| entry.line + 1), 0),
    };
    let key = at.last().copied().unwrap_or_default();
    lines.insert(line.min(lines.len()), format!("{}{key}: {version}", " ".repeat(indent)));
    Ok(lines.join("\n"))
}

/// The lines of a document that begin with a key or an item, and where they stand.
fn entries(text: &str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let mut block: Option<usize> = None;
    let mut outer: Option<String> = None;
    let mut inner_column = 0;
    for (line, content) in text.split('\n').map(|line| line.trim_end_matches('\r')).enumerate() {
        let column = content.chars().take_while(|char| *char == ' ').count();
        let content = content.trim_start();
        if content.is_empty() || content.starts_with('#') || content == "---" {
            continue;
        }
        // Text of `|` and `>` looks like anything.
        if block.is_some_and(|above| column > above) {
            continue;
        }
        let Some(mut entry) = Entry::of(line, column, content) else { continue };
        block = split_comment(&entry.rest).0.starts_with(['|', '>']).then_some(column);
        if column == 0 {
            outer = entry.key.clone();
            inner_column = 0;
        } else {
            if inner_column == 0 {
                inner_column = column;
            }
            entry.outer = outer.clone().filter(|_| column == inner_column);
        }
        found.push(entry);
    }
    found
}

#[cfg(test)]
mod tests;
