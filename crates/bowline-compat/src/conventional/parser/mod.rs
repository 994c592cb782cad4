//! From the text that git prints for a commit to its parts.
//!
//! The originals let git print a message followed by fields (`-hash-` on a line, the hash on the next) and read all of it as
//! one text. That shows: a message may bring fields of its own, and an empty message makes a header of the first field. So
//! the text is put together here as git would print it, and then read. [`classic`] reads as version 3.2 and 4 of the library,
//! [`modern`] as version 7.

mod classic;
mod modern;
mod references;
#[cfg(test)]
mod tests;

pub(super) use references::Finder;

use super::log::Commit;
use super::text::trim;
use regex::Regex;
use std::rc::Rc;

/// What stands between two commits in what git prints, when the originals ask. A message may hold it too.
const DELIMITER: &str = "------------------------ >8 ------------------------";

/// The parts of a commit.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    pub(super) header: Option<String>,
    pub(super) body: Option<String>,
    pub(super) footer: Option<String>,
    pub(super) notes: Vec<Note>,
    pub(super) references: Vec<Reference>,
    pub(super) revert: Option<Vec<(String, Option<String>)>>,
    /// Parts of the header and fields, by name; a later one covers an earlier one.
    parts: Parts,
    /// The hash, however `hash` is shortened later.
    pub(super) full_hash: Option<String>,
    /// Which commit of git it comes from, by place.
    pub(super) origin: usize,
}

/// What a commit says to those who use the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) title: String,
    pub(super) text: String,
}

/// An issue that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) action: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) repository: Option<String>,
    pub(super) prefix: String,
    pub(super) issue: String,
    /// All text from the end of the reference before; only version 7 looks at it.
    raw: String,
}

impl Parsed {
    /// A part by its name, when it is there and not empty.
    pub(super) fn part(&self, name: &str) -> Option<&str> {
        let found = self.parts.iter().rev().find(|(known, _)| &**known == name);
        found.and_then(|(_, value)| value.as_deref()).filter(|value| !value.is_empty())
    }

    /// Whether the part is there, even when it is empty.
    pub(super) fn raw_part(&self, name: &str) -> Option<&str> {
        match name {
            "header" => return self.header.as_deref(),
            "body" => return self.body.as_deref(),
            "footer" => return self.footer.as_deref(),
            _ => {}
        }
        self.parts.iter().rev().find(|(known, _)| &**known == name).and_then(|(_, value)| value.as_deref())
    }

    /// The part as `String(value)` of JavaScript spells it, also when it is not there.
    pub(super) fn spelled(&self, name: &str) -> &str {
        let is_known =
            matches!(name, "header" | "body" | "footer") || self.parts.iter().any(|(known, _)| &**known == name);
        self.raw_part(name).unwrap_or(if is_known { "null" } else { "undefined" })
    }

    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        match self.parts.iter_mut().rev().find(|(known, _)| &**known == name) {
            Some((_, known)) => *known = value,
            None => self.parts.push((name.into(), value)),
        }
    }

    pub(super) fn hash(&self) -> Option<&str> {
        self.part("hash")
    }

    fn append_field(&mut self, field: &str, line: &str) {
        match self.parts.iter_mut().rev().find(|(known, _)| &**known == field) {
            Some((_, Some(value))) if !value.is_empty() => {
                value.push('\n');
                value.push_str(line);
            }
            Some((_, value)) => *value = Some(line.to_owned()),
            None => self.parts.push((field.into(), Some(line.to_owned()))),
        }
    }
}

/// How commits are read.
pub(super) struct Rules {
    pub(super) dialect: Dialect,
    pub(super) header: Pattern,
    pub(super) breaking_header: Option<Pattern>,
    pub(super) merge: Option<Pattern>,
    pub(super) revert: Option<Pattern>,
    pub(super) notes: Option<Regex>,
    pub(super) fields: Fields,
    pub(super) comment: Option<String>,
    pub(super) references: Finder,
}

/// Whose reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Versions 3.2 and 4.
    Classic,
    /// Version 7.
    Modern,
}

/// Parts by name; an empty one is none.
type Parts = Vec<(Rc<str>, Option<String>)>;

/// A regular expression whose groups have names.
pub(super) struct Pattern {
    pub(super) regex: Regex,
    pub(super) names: Vec<Rc<str>>,
}

impl Pattern {
    /// The groups. Version 7 goes by the names that the pattern itself gives, when it does.
    fn captures(&self, text: &str, by_name: bool) -> Option<Parts> {
        let captures = self.regex.captures(text)?;
        let by_name = by_name && self.regex.capture_names().any(|name| name.is_some());
        let groups = self.names.iter().enumerate().map(|(place, name)| {
            let group = if by_name { captures.name(name) } else { captures.get(place + 1) };
            let value = group.map(|group| group.as_str()).filter(|value| !value.is_empty());
            (Rc::clone(name), value.map(str::to_owned))
        });
        Some(groups.collect())
    }

    fn empty(&self) -> impl Iterator<Item = (Rc<str>, Option<String>)> {
        self.names.iter().map(|name| (Rc::clone(name), None))
    }
}

/// How a line says that a field begins.
pub(super) enum Fields {
    /// `-name-`; version 7 wants a letter or a digit in it.
    Dashes,
    /// As people say.
    Custom(Regex),
    /// None does.
    None,
}

impl Fields {
    fn begins<'t>(&self, line: &'t str, dialect: Dialect) -> Option<&'t str> {
        match self {
            Self::None => None,
            Self::Custom(regex) => regex.captures(line).map(|found| found.get(1).map_or("", |name| name.as_str())),
            Self::Dashes => {
                let name = line.strip_prefix('-')?.strip_suffix('-')?;
                let is_one = !name.contains(super::text::is_line_end)
                    && (dialect == Dialect::Classic || name.bytes().any(super::text::is_word));
                is_one.then_some(name)
            }
        }
    }
}

/// Reads commits. One of git's may become several, when its message holds what separates them; what is empty is left out.
pub(super) fn read(commits: &[Commit], rules: &Rules, with_tags: bool) -> Vec<Parsed> {
    let mut parsed = Vec::with_capacity(commits.len());
    let mut printed = String::new();
    let separator = format!("{DELIMITER}\n");
    for (origin, commit) in commits.iter().enumerate() {
        print(commit, with_tags, &mut printed);
        // The short part first: it is cheap to look for, and nearly never there.
        if printed.contains('>') && printed.contains(&separator) {
            parsed.extend(printed.split(&separator).filter_map(|text| read_one(text, rules, origin)));
        } else {
            parsed.extend(read_one(&printed, rules, origin));
        }
    }
    parsed
}

/// As git prints it in the format that the originals ask for.
fn print(commit: &Commit, with_tags: bool, printed: &mut String) {
    printed.clear();
    printed.push_str(&commit.message);
    printed.push_str("\n-hash-\n");
    printed.push_str(&commit.hash);
    if with_tags {
        // A commit is followed by its decorations and its date. They end a field that the message may have opened; what they
        // say is taken from the commit itself.
        printed.push_str("\n-gitTags-\n-committerDate-\n");
        printed.push_str(&commit.date);
    }
    printed.push('\n');
}

fn read_one(text: &str, rules: &Rules, origin: usize) -> Option<Parsed> {
    if trim(text).is_empty() {
        return None;
    }
    let mut parsed = match rules.dialect {
        Dialect::Classic => classic::read(text, rules),
        Dialect::Modern => modern::read(text, rules),
    };
    parsed.origin = origin;
    parsed.full_hash = parsed.hash().map(str::to_owned);
    Some(parsed)
}

fn is_signature_line(line: &str) -> bool {
    line.trim_start_matches(super::text::is_space).starts_with("gpg:")
}

fn append(text: &mut Option<String>, line: &str) {
    match text {
        Some(text) if !text.is_empty() => {
            text.push('\n');
            text.push_str(line);
        }
        _ => *text = Some(line.to_owned()),
    }
}

/// Without line ends around; `None` when nothing is left but what was never there.
fn cleaned(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(|text| super::text::trim_lines(&text).to_owned())
}

/// `split(/\r?\n/)`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
}
