//! Patterns for files, expanded below a root.
//!
//! A pattern is matched against paths from the root with `/`; `*` stays within a part, `**` does not, and hidden
//! names are matched like any other. Only the folders below a pattern's literal beginning are looked at.

use crate::folder::Folder;
use bowline_model::text::one_line;
use bowline_port::files::{FilesError, Found};
use globset::{GlobBuilder, GlobMatcher};
use rustix::fs::FileType;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Every ordinary file that a pattern matches, sorted by path, under its first pattern.
pub(super) fn find(root: &Folder, patterns: &[String]) -> Result<Vec<Found>, FilesError> {
    let mut groups: BTreeMap<String, Vec<Pattern>> = BTreeMap::new();
    for (index, text) in patterns.iter().enumerate() {
        let (start, pattern) = Pattern::parse(index, text)?;
        groups.entry(start).or_default().push(pattern);
    }
    let mut found = BTreeMap::new();
    for (start, patterns) in &groups {
        walk(root, start, patterns, &mut found)?;
    }
    Ok(found.into_iter().map(|(path, pattern)| Found { pattern, path }).collect())
}

struct Pattern {
    index: usize,
    matcher: GlobMatcher,
    /// How many parts a match can have at most; none after `**`.
    depth: Option<usize>,
}

impl Pattern {
    /// The folder below which matches lie, and the pattern.
    fn parse(index: usize, text: &str) -> Result<(String, Self), FilesError> {
        let error =
            |reason: &str| FilesError::Pattern { pattern: one_line(text, 200).into_owned(), reason: reason.to_owned() };
        if text.starts_with('/') {
            return Err(error("it is absolute; patterns start at the repository's root"));
        }
        let parts: Vec<&str> = text.split('/').filter(|&part| part != ".").collect();
        if parts.contains(&"..") {
            return Err(error("`..` leads out of the repository"));
        }
        if parts.iter().any(|part| part.is_empty()) {
            return Err(error(if text.is_empty() {
                "it is empty"
            } else {
                "it has an empty part; a folder's files are `folder/**`"
            }));
        }
        let matcher = GlobBuilder::new(&parts.join("/"))
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|source| error(&source.kind().to_string()))?
            .compile_matcher();
        let literal = parts.iter().take(parts.len() - 1).take_while(|part| !part.contains(ACTIVE)).count();
        let depth = (!parts.iter().any(|part| part.contains("**"))).then_some(parts.len());
        Ok((parts[..literal].join("/"), Self { index, matcher, depth }))
    }
}

fn walk(
    root: &Folder,
    start: &str,
    patterns: &[Pattern],
    found: &mut BTreeMap<String, usize>,
) -> Result<(), FilesError> {
    if start.split('/').any(is_git) {
        return Ok(());
    }
    let depth = patterns.iter().map(|pattern| pattern.depth).reduce(|a, b| Some(a?.max(b?))).flatten();
    let Some(folder) = root.below(start)? else { return Ok(()) };
    // Folders are opened again from `start`, so that a deep tree does not use up open files.
    let mut waiting = vec![PathBuf::new()];
    while let Some(below) = waiting.pop() {
        let Some(current) = descend(&folder, &below)? else { continue };
        for name in current.names()? {
            if is_git(&name) {
                continue;
            }
            let path = below.join(&name);
            let whole = Path::new(start).join(&path);
            let first = patterns.iter().filter(|pattern| pattern.matcher.is_match(&whole)).map(|p| p.index).min();
            let Some(stat) = current.stat(&name)? else { continue };
            match (FileType::from_raw_mode(stat.st_mode), first) {
                (FileType::Directory, _) => {
                    if depth.is_none_or(|depth| whole.components().count() < depth) {
                        waiting.push(path);
                    }
                }
                (_, None) => {}
                (FileType::RegularFile, Some(first)) => {
                    let shown = text(&whole)?;
                    if stat.st_nlink > 1 {
                        return Err(FilesError::NotAFile { path: shown, what: "a file with several hard links" });
                    }
                    let slot = found.entry(shown).or_insert(first);
                    *slot = first.min(*slot);
                }
                (kind, Some(_)) => return Err(current.not_a_file(&name, kind)),
            }
        }
    }
    Ok(())
}

fn descend(folder: &Folder, below: &Path) -> Result<Option<Folder>, FilesError> {
    let mut current = folder.below("")?;
    for part in below {
        current = match current {
            Some(folder) => folder.child(part)?,
            None => return Ok(None),
        };
    }
    Ok(current)
}

fn text(path: &Path) -> Result<String, FilesError> {
    path.to_str().map(str::to_owned).ok_or_else(|| FilesError::NotAFile {
        path: one_line(&path.to_string_lossy(), 400).into_owned(),
        what: "a file whose name is not Unicode",
    })
}

fn is_git(name: impl AsRef<OsStr>) -> bool {
    name.as_ref().eq_ignore_ascii_case(".git")
}

/// The characters that make a part of a pattern more than a name.
const ACTIVE: [char; 5] = ['*', '?', '[', '{', '\\'];
