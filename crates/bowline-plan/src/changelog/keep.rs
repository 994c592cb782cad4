//! The way of <https://keepachangelog.com>: people gather what changed under `Unreleased`, and a release gives it a heading.
//!
//! The new version's heading goes between `Unreleased` and what stands under it, and generated entries join those that
//! people wrote under the same heading. Everything is an insertion, so nothing that anybody wrote can be lost; only the
//! address of `[Unreleased]` is changed, to begin at the new tag.

use super::outline::{Outline, Title};
use super::{ChangelogError, added, gap, insert, text_of, with_ends_of};
use crate::changelog::Insertion;
use bowline_model::Version;
use bowline_model::git::TagName;
use bowline_model::plan::Edit;
use std::ops::Range;

/// What a release adds to a changelog that is kept by hand.
#[derive(Clone, Copy, Debug)]
pub struct Addition<'a> {
    /// The version.
    pub version: &'a Version,
    /// Its tag.
    pub tag: &'a TagName,
    /// The tag of the version before.
    pub previous: Option<&'a TagName>,
    /// What a new file begins with, ending in one line break; empty for nothing.
    pub header: &'a str,
    /// The generated section: its heading, and entries below headings of the third level.
    pub section: &'a str,
    /// Where the host shows the version.
    pub address: Option<&'a str>,
    /// Where the host shows what comes after it.
    pub later: Option<&'a str>,
}

/// What people wrote under `Unreleased`; none when there is no such heading, or nothing under it.
pub fn written(content: &[u8]) -> Option<&str> {
    let text = text_of("", content).ok()?;
    let (start, end) = Outline::of(text).unreleased(text)?;
    text.get(start..end).filter(|written| !written.trim().is_empty())
}

/// The edits that give the file at `path` the section of `addition`; none when it has one for the version already.
pub fn keep(path: &str, content: Option<&[u8]>, addition: &Addition<'_>) -> Result<Option<Vec<Edit>>, ChangelogError> {
    let text = text_of(path, content.unwrap_or_default())?;
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let create = content.is_none();
        let mark = text.len() - text.trim_start_matches('\u{feff}').len();
        return Ok(Some(vec![Edit { create, ..added(path, addition.version, mark, addition.new_file()) }]));
    }
    let outline = Outline::of(text);
    if outline.has(addition.version) {
        return Ok(None);
    }
    let reference = addition.reference().map(|line| (line, place_of_reference(&outline, text)));
    let section = match &reference {
        // Below a block that never ends an address would be part of it.
        Some((line, None)) => format!("{}\n{line}", addition.section),
        _ => addition.section.to_owned(),
    };
    let mut edits = match outline.unreleased(text) {
        Some((start, end)) => addition.under_unreleased(path, text, start..end, &section),
        None => match insert(path, content, addition.version, addition.header, &section)? {
            Insertion::Edit(edit) => vec![edit],
            Insertion::Present => Vec::new(),
        },
    };
    edits.extend(outline.unreleased(text).and_then(|_| addition.moved(path, &outline)));
    if let Some((line, Some(place))) = reference {
        // Where both have the same place, the address stands below the section.
        let above = edits.iter().rfind(|edit| edit.offset == place as u64).map_or(text, |edit| &edit.to);
        let gap = if place == text.len() { gap_for_reference(above) } else { "" };
        edits.push(added(path, addition.version, place, with_ends_of(text, format!("{gap}{line}"))));
    }
    Ok(Some(in_order(edits)))
}

impl Addition<'_> {
    /// A file of its own.
    fn new_file(&self) -> String {
        let gap = if self.header.is_empty() { "" } else { "\n" };
        let later = self.later.map(|address| format!("[Unreleased]: {address}\n"));
        let references = [later, self.reference()].into_iter().flatten().collect::<String>();
        let gap_below = if references.is_empty() { "" } else { "\n" };
        format!("{}{gap}## [Unreleased]\n\n{}{gap_below}{references}", self.header, self.section)
    }

    /// What makes a section of what stands under `Unreleased` in `text`, at `place`.
    fn under_unreleased(&self, path: &str, text: &str, place: Range<usize>, section: &str) -> Vec<Edit> {
        let start = place.start;
        let mut pieces = weave(text.get(place).unwrap_or_default(), section);
        if let Some((_, first)) = pieces.first_mut().filter(|_| start == text.len() && !text.ends_with('\n')) {
            first.insert(0, '\n');
        }
        pieces.into_iter().map(|(at, to)| added(path, self.version, start + at, with_ends_of(text, to))).collect()
    }

    /// The line with the version's address, when its heading asks for one.
    fn reference(&self) -> Option<String> {
        let label = format!("[{}]", self.version);
        let address = self.address.filter(|_| self.section.contains(&label))?;
        Some(format!("{label}: {address}\n"))
    }

    /// The address of `[Unreleased]` from the new tag on, when it begins at the tag before.
    fn moved(&self, path: &str, outline: &Outline<'_>) -> Option<Edit> {
        let from = self.previous?.as_str();
        let reference = outline.references.iter().find(|reference| reference.is_unreleased())?;
        let begins = reference.address.find(&format!("/{from}..."));
        let ends =
            || reference.address.strip_suffix(from).filter(|rest| rest.ends_with("%0D")).map(|rest| rest.len() - 1);
        let at = reference.address_at + begins.or_else(ends)? + 1;
        let edit = added(path, self.version, at, self.tag.to_string());
        Some(Edit { from: from.to_owned(), ..edit })
    }
}

/// Where a new address goes: before those of older versions, else behind that of `[Unreleased]`, else to the end. None where
/// the end is inside of something.
fn place_of_reference(outline: &Outline<'_>, text: &str) -> Option<usize> {
    let older = outline.references.iter().find(|reference| !reference.is_unreleased());
    let behind = |at: usize| text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end + 1);
    let unreleased = outline.references.iter().find(|reference| reference.is_unreleased());
    let known = older.map(|reference| reference.offset).or(unreleased.map(|reference| behind(reference.offset)));
    known.or(Some(text.len())).filter(|&place| outline.unclosed.is_none_or(|unclosed| place <= unclosed))
}

/// The line breaks between the end of `text` and an address: addresses stand together.
fn gap_for_reference(text: &str) -> &'static str {
    let last = text.trim_end().rsplit('\n').next().unwrap_or_default();
    let is_address = last.starts_with('[') && last.contains("]:");
    if is_address && text.ends_with('\n') {
        ""
    } else if is_address {
        "\n"
    } else {
        gap(text)
    }
}

/// Sorted by place. Of two at the same place the first stays first.
fn in_order(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.offset);
    edits
}

/// `generated` put into what people wrote, as [`keep`] does it in a file.
pub(crate) fn woven(written: &str, generated: &str) -> String {
    let written = written.replace("\r\n", "\n");
    let mut out = String::with_capacity(written.len() + generated.len());
    let mut copied = 0;
    for (at, piece) in weave(&written, generated) {
        out.push_str(written.get(copied..at).unwrap_or_default());
        out.push_str(&piece);
        copied = at;
    }
    out.push_str(written.get(copied..).unwrap_or_default());
    format!("{}\n", out.trim_matches('\n').trim_end())
}

/// What is inserted into `written`, and where, for `generated` to be part of it.
fn weave(written: &str, generated: &str) -> Vec<(usize, String)> {
    let end = written.trim_end().len();
    let generated = generated.trim_end();
    if end == 0 {
        let below = if written.is_empty() { "\n" } else { "" };
        return vec![(0, format!("\n{generated}\n{below}"))];
    }
    let (head, parts) = parts(generated);
    let titles = Outline::of(written).titles;
    let mut pieces = Vec::new();
    if !head.is_empty() {
        let below = if written.starts_with(['\n', '\r']) { "" } else { "\n" };
        pieces.push((0, format!("\n{head}\n{below}")));
    }
    let mut rest = String::new();
    for (title, entries) in parts {
        match titles.iter().position(|own| own.text.eq_ignore_ascii_case(title)) {
            Some(number) => pieces.push(join(written, &titles, number, entries)),
            None => rest.push_str(&format!("\n\n### {title}\n\n{entries}")),
        }
    }
    pieces.sort_by_key(|(at, _)| *at);
    if !rest.is_empty() {
        pieces.push((end, rest));
    }
    pieces
}

/// `entries` at the end of what stands under the heading of that number.
fn join(written: &str, titles: &[Title<'_>], number: usize, entries: &str) -> (usize, String) {
    let start = titles.get(number).map_or(0, |title| title.below);
    let end = titles.get(number + 1).map_or(written.len(), |next| next.offset);
    let under = written.get(start..end).unwrap_or_default().trim_end();
    let last = under.rsplit('\n').next().unwrap_or_default();
    // An entry joins a list; anything else ends before it.
    let is_list = ["- ", "* ", "+ ", " ", "\t"].iter().any(|mark| last.starts_with(mark));
    let gap = if is_list { "\n" } else { "\n\n" };
    if under.is_empty() {
        let heading = written.get(..start).unwrap_or_default().trim_end().len();
        return (heading, format!("{gap}{entries}"));
    }
    (start + under.len(), format!("{gap}{entries}"))
}

/// What stands above the first heading of the third level, and each of them with what stands below it.
fn parts(generated: &str) -> (&str, Vec<(&str, &str)>) {
    let begins_line = |at: usize| generated.get(..at).is_some_and(|above| above.is_empty() || above.ends_with('\n'));
    let starts: Vec<usize> = generated.match_indices("### ").map(|(at, _)| at).filter(|&at| begins_line(at)).collect();
    let head = starts.first().and_then(|&first| generated.get(..first)).unwrap_or(generated).trim();
    let ends = starts.iter().skip(1).copied().chain([generated.len()]);
    let part = |(start, end): (&usize, usize)| {
        let (title, entries) = generated.get(start + 4..end)?.split_once('\n')?;
        Some((title.trim(), entries.trim_matches('\n')))
    };
    (head, starts.iter().zip(ends).filter_map(part).collect())
}

#[cfg(test)]
mod tests;
