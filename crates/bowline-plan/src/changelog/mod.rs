//! Where a new section goes in a changelog that people write in too.
//!
//! The section is one insertion: no byte of the file is changed or moved away from another. It goes before the newest
//! version's heading; whatever stands above (title, introduction, an `Unreleased` section with its text) stays above.
//! A file without any version gets it at its end. Headings inside fenced blocks and comments are not headings.
//!
//! A fence or comment that never ends would swallow everything below it, also the new section, and hide it from the next
//! run. So the section never goes below one, and what stands there is read as if the fence were not.
//!
//! [`keep`] is the other way, for those who gather their notes under `Unreleased` and want them in the section.

mod keep;
mod outline;

pub(crate) use keep::woven;
pub use keep::{Addition, keep, written};

use bowline_model::Version;
use bowline_model::plan::Edit;
use outline::Outline;

/// What is to be done to a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// This edit.
    Edit(Edit),
    /// Nothing: the file has a section for the version already.
    Present,
}

/// Why a file cannot take a section.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangelogError {
    /// It is no text in an encoding that keeps ASCII.
    #[error("changelog `{path}` is not a text file in UTF-8")]
    NotText {
        /// Its path.
        path: String,
    },
    /// A symbolic link, folder or submodule stands there.
    #[error("changelog `{path}` is a {what}")]
    NotAFile {
        /// Its path.
        path: String,
        /// What stands there.
        what: &'static str,
    },
}

/// The insertion of `section` (for `version`) into the file at `path`; `content` is none when there is no file yet,
/// which then begins with `header`.
pub fn insert(
    path: &str,
    content: Option<&[u8]>,
    version: &Version,
    header: &str,
    section: &str,
) -> Result<Insertion, ChangelogError> {
    let edit = |offset: usize, to: String| Edit { create: content.is_none(), ..added(path, version, offset, to) };
    let whole = || if header.is_empty() { section.to_owned() } else { format!("{header}\n{section}") };
    let Some(content) = content else { return Ok(Insertion::Edit(edit(0, whole()))) };
    let text = text_of(path, content)?;
    let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let outline = Outline::of(text);
    if outline.has(version) {
        return Ok(Insertion::Present);
    }
    let place = outline.headings.first().map(|heading| heading.offset).into_iter().chain(outline.unclosed).min();
    let (offset, added) = match place {
        _ if text.trim_start_matches('\u{feff}').trim().is_empty() => (mark, whole()),
        Some(offset) => {
            let offset = offset.max(mark);
            (offset, format!("{}{section}\n", gap(text.get(mark..offset).unwrap_or_default())))
        }
        None => (text.len(), format!("{}{section}", gap(text.trim_start_matches('\u{feff}')))),
    };
    Ok(Insertion::Edit(edit(offset, with_ends_of(text, added))))
}

/// The text of the file at `path`.
fn text_of<'t>(path: &str, content: &'t [u8]) -> Result<&'t str, ChangelogError> {
    let text = std::str::from_utf8(content).ok().filter(|text| !text.contains('\0'));
    text.ok_or_else(|| ChangelogError::NotText { path: path.to_owned() })
}

/// The edit that adds `to` at `offset`.
fn added(path: &str, version: &Version, offset: usize, to: String) -> Edit {
    let (file, format, at) = (path.to_owned(), "changelog".to_owned(), version.to_string());
    Edit { file, format, at, offset: offset as u64, from: String::new(), to, create: false, delete: false }
}

/// `added` with the line ends of `text`.
fn with_ends_of(text: &str, added: String) -> String {
    let crlf = text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
    if crlf { added.replace('\n', "\r\n") } else { added }
}

/// The line breaks that `before` needs to end in a blank line.
fn gap(before: &str) -> &'static str {
    let mut lines = before.rsplit('\n').map(str::trim);
    match (lines.next(), lines.next()) {
        (None | Some(""), None | Some("")) => "",
        (Some(""), Some(_)) => "\n",
        _ => "\n\n",
    }
}

#[cfg(test)]
mod tests;
