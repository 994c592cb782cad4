//! Change files: which there are, which commit added each, and which of them a pre-release has already.
//!
//! Like everything else they are read from commits, never from the working tree.

use bowline_config::Config;
use bowline_config::candidates::{change_folder, in_folder, is_change_file};
use bowline_model::Oid;
use bowline_model::facts::{ChangeFileFact, CommitFact, VersionTag};
use bowline_port::git::{GitError, GitReader};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The change files of `head`. `current` is the version before, and `commits` are those since, newest first.
pub(crate) fn unreleased(
    git: &dyn GitReader,
    config: &Config,
    head: Oid,
    current: Option<&VersionTag>,
    commits: &[CommitFact],
) -> Result<Vec<ChangeFileFact>, GitError> {
    let Some(folder) = change_folder(config) else { return Ok(Vec::new()) };
    let names = names(git, folder, head)?;
    read(git, &Place { folder, at: head, names, current }, commits)
}

/// The change files that a released version is about: those that its commit removed, for a pre-release those that the one
/// before (`previous`) had not. `commits` are those between both, newest first.
pub fn released(
    git: &dyn GitReader,
    config: &Config,
    tag: &VersionTag,
    previous: Option<&VersionTag>,
    commits: &[CommitFact],
) -> Result<Vec<ChangeFileFact>, GitError> {
    let Some(folder) = change_folder(config) else { return Ok(Vec::new()) };
    let left = names(git, folder, tag.commit)?;
    if tag.version.is_prerelease() {
        return read(git, &Place { folder, at: tag.commit, names: left, current: previous }, commits);
    }
    let Some(&before) = git.commit(tag.commit)?.parents.first() else { return Ok(Vec::new()) };
    let names = names(git, folder, before)?.difference(&left).cloned().collect();
    read(git, &Place { folder, at: before, names, current: None }, commits)
}

/// Files of a commit.
struct Place<'p> {
    folder: &'p str,
    at: Oid,
    names: BTreeSet<String>,
    /// The version that may have them already.
    current: Option<&'p VersionTag>,
}

fn read(git: &dyn GitReader, place: &Place<'_>, commits: &[CommitFact]) -> Result<Vec<ChangeFileFact>, GitError> {
    let before = place.current.filter(|tag| tag.version.is_prerelease());
    let mut files = Vec::new();
    let mut wanted = BTreeSet::new();
    for name in place.names.iter().take(MOST_FILES) {
        let path = in_folder(place.folder, name);
        let Some(content) = git.file(place.at, &path)? else { continue };
        let contained = match before {
            Some(tag) => git.file(tag.commit, &path)?.as_ref() == Some(&content),
            None => false,
        };
        if !contained {
            wanted.insert(name.as_str());
        }
        files.push((name, ChangeFileFact { path, content, contained, added: None }));
    }
    let added = added(git, place.folder, wanted, commits)?;
    Ok(files
        .into_iter()
        .map(|(name, file)| ChangeFileFact { added: added.get(name.as_str()).copied(), ..file })
        .collect())
}

/// Which of `commits` added each of the `wanted` files: the newest that has one whose parent has not. A merge adds nothing,
/// because the commits that it brings are there themselves.
fn added<'n>(
    git: &dyn GitReader,
    folder: &str,
    mut wanted: BTreeSet<&'n str>,
    commits: &[CommitFact],
) -> Result<BTreeMap<&'n str, Oid>, GitError> {
    let mut found = BTreeMap::new();
    // The parent of one commit mostly is the next one.
    let mut known: HashMap<Oid, BTreeSet<String>> = HashMap::new();
    for commit in commits.iter().take(MOST_COMMITS).filter(|commit| commit.parents <= 1) {
        if wanted.is_empty() {
            break;
        }
        let here = match known.remove(&commit.oid) {
            Some(names) => names,
            None => names(git, folder, commit.oid)?,
        };
        let before = match commit.parent {
            Some(parent) => names(git, folder, parent)?,
            None => BTreeSet::new(),
        };
        wanted.retain(|name| {
            let is_new = here.contains(*name) && !before.contains(*name);
            if is_new {
                found.insert(*name, commit.oid);
            }
            !is_new
        });
        if let Some(parent) = commit.parent {
            known.insert(parent, before);
        }
    }
    Ok(found)
}

fn names(git: &dyn GitReader, folder: &str, commit: Oid) -> Result<BTreeSet<String>, GitError> {
    Ok(git.folder(commit, folder)?.into_iter().filter(|name| is_change_file(name)).collect())
}

/// Files that are read: one more than planning accepts.
const MOST_FILES: usize = bowline_config::candidates::MOST_CHANGE_FILES + 1;
/// Commits that are looked at for who added a file.
const MOST_COMMITS: usize = 1000;
