//! Change files: which there are, which commit added each, which of them a pre-release has already, and which a final version
//! has used up without removing them.
//!
//! Like everything else they are read from commits, never from the working tree.

use crate::ours;
use crate::refs::{Refs, RefsError};
use bowline_config::candidates::{CONFIG_FILES, change_folder, in_folder, is_change_path};
use bowline_config::{Config, File, Input, load};
use bowline_model::Oid;
use bowline_model::facts::{ChangeFileFact, CommitFact, FileContent, VersionTag};
use bowline_port::git::{GitError, GitReader};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The change files of `head`. `current` is the version before, `commits` are those since, newest first, and `tags` are all
/// versions, highest first.
pub(crate) fn unreleased(
    git: &dyn GitReader,
    refs: &Refs,
    config: &Config,
    head: Oid,
    current: Option<&VersionTag>,
    tags: &[VersionTag],
    commits: &[CommitFact],
) -> Result<Vec<ChangeFileFact>, RefsError> {
    let Some(folder) = change_folder(config) else { return Ok(Vec::new()) };
    let names = names(git, config, folder, head)?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let below = match current {
        Some(tag) if tag.version.is_prerelease() => {
            let finals: Vec<VersionTag> = tags.iter().filter(|tag| !tag.version.is_prerelease()).cloned().collect();
            git.newest_reachable(head, &finals)?
        }
        current => current.cloned(),
    };
    // Whether its tag is ours stands in the tag itself.
    let annotated = below.iter().filter(|tag| tag.object != tag.commit);
    let wanted: Vec<_> = annotated.map(|tag| (format!("refs/tags/{}", tag.name), tag.object)).collect();
    refs.bring(git, &wanted)?;
    let before = Before { version: current, last_final: below.as_ref() };
    Ok(read(git, &Place { config, folder, at: head, names, before }, commits)?)
}

/// The versions below one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before<'t> {
    /// The one that changes count from.
    pub version: Option<&'t VersionTag>,
    /// The newest final one.
    pub last_final: Option<&'t VersionTag>,
}

/// The change files that a released version is about: for a final one those that its commit removed and those it still has
/// and has told, without what the final version before had told already; for a pre-release those it has that the version before had not.
/// `commits` are those since that, newest first.
pub fn released(
    git: &dyn GitReader,
    config: &Config,
    tag: &VersionTag,
    before: Before<'_>,
    commits: &[CommitFact],
) -> Result<Vec<ChangeFileFact>, GitError> {
    let Some(folder) = change_folder(config) else { return Ok(Vec::new()) };
    let left = names(git, config, folder, tag.commit)?;
    if tag.version.is_prerelease() {
        return read(git, &Place { config, folder, at: tag.commit, names: left, before }, commits);
    }
    let before = Before { version: None, ..before };
    let mut files = Vec::new();
    if let Some(&parent) = git.commit(tag.commit)?.parents.first() {
        let names = names(git, config, folder, parent)?.difference(&left).cloned().collect();
        files = read(git, &Place { config, folder, at: parent, names, before }, commits)?;
    }
    if has_told(git, folder, tag)? {
        files.extend(read(git, &Place { config, folder, at: tag.commit, names: left, before }, commits)?);
    }
    files.retain(|file| file.spent.is_none());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Files of a commit.
struct Place<'p> {
    config: &'p Config,
    folder: &'p str,
    at: Oid,
    names: BTreeSet<String>,
    /// The versions that may have them already.
    before: Before<'p>,
}

fn read(git: &dyn GitReader, place: &Place<'_>, commits: &[CommitFact]) -> Result<Vec<ChangeFileFact>, GitError> {
    let pre_release = place.before.version.filter(|tag| tag.version.is_prerelease());
    let last_final = match place.before.last_final {
        Some(tag) if !place.names.is_empty() && has_told(git, place.folder, tag)? => Some(tag),
        _ => None,
    };
    let mut files = Vec::new();
    let mut wanted = BTreeSet::new();
    for name in place.names.iter().take(MOST_FILES) {
        let path = in_folder(place.folder, name);
        let Some(content) = git.file(place.at, &path)? else { continue };
        let has = |tag: Option<&VersionTag>| match tag {
            Some(tag) => Ok::<_, GitError>(git.file(tag.commit, &path)?.as_ref() == Some(&content)),
            None => Ok(false),
        };
        let contained = has(pre_release)?;
        let spent = if has(last_final)? { last_final.map(|tag| tag.name.clone()) } else { None };
        if !contained && spent.is_none() {
            wanted.insert(name.as_str());
        }
        files.push((name, ChangeFileFact { path, content, contained, spent, added: None }));
    }
    let added = added(git, place, wanted, commits)?;
    Ok(files
        .into_iter()
        .map(|(name, file)| ChangeFileFact { added: added.get(name.as_str()).copied(), ..file })
        .collect())
}

/// Which of `commits` added each of the `wanted` files: the newest that has one whose parent has not. A merge adds nothing,
/// because the commits that it brings are there themselves.
fn added<'n>(
    git: &dyn GitReader,
    place: &Place<'_>,
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
            None => names(git, place.config, place.folder, commit.oid)?,
        };
        let before = match commit.parent {
            Some(parent) => names(git, place.config, place.folder, parent)?,
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

fn names(git: &dyn GitReader, config: &Config, folder: &str, commit: Oid) -> Result<BTreeSet<String>, GitError> {
    let is_change = |name: &String| is_change_path(config, &in_folder(folder, name));
    Ok(git.folder(commit, folder)?.into_iter().filter(is_change).collect())
}

/// Whether a version can have told the change files that its commit has: it is a release of ours, and its own configuration
/// reads them from this folder. Where that is not known it has not: told twice is better than lost.
fn has_told(git: &dyn GitReader, folder: &str, tag: &VersionTag) -> Result<bool, GitError> {
    if !ours::is_ours(git, tag)? {
        return Ok(false);
    }
    for name in CONFIG_FILES {
        let Some(content) = git.file(tag.commit, name)? else { continue };
        let FileContent::Bytes(bytes) = content else { return Ok(false) };
        let file = File { name: name.to_owned(), bytes, committed: true };
        let loaded = load(&Input { file: Some(file), ..Input::default() });
        return Ok(loaded.is_ok_and(|loaded| change_folder(&loaded.config) == Some(folder)));
    }
    Ok(false)
}

/// Files that are read: one more than planning accepts.
const MOST_FILES: usize = bowline_config::candidates::MOST_CHANGE_FILES + 1;
/// Commits that are looked at for who added a file.
const MOST_COMMITS: usize = 1000;
