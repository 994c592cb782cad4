//! The index and the working tree: how files stand, and which operation somebody has left open.
//!
//! The index is read as a file; working files are read without following any link. What git's own program is asked
//! for runs without the repository's filters: a driver that only `.git/config` names is switched off, so a file it
//! would have changed shows as changed, which errs on the safe side.

use super::objects::{LARGEST, Objects};
use super::program::{Call, Program, failed};
use super::raw::{Mode, TreeEntry};
use bowline_model::Oid;
use bowline_port::git::{GitError, PathStatus, WorkFile};
use gix::bstr::{BStr, ByteSlice};
use gix::index::entry::{Flags, Stage};
use std::io::Read;
use std::path::Path;

/// How each of `paths` stands, compared with `commit`.
pub(super) fn status(
    objects: &mut Objects<'_>,
    work_dir: Option<&Path>,
    commit: Oid,
    paths: &[String],
) -> Result<Vec<PathStatus>, GitError> {
    let tree = objects.tree_of(commit)?;
    let index = objects.repo.try_index().map_err(super::local("read the index of"))?;
    let mut all = Vec::with_capacity(paths.len());
    for path in paths {
        let wanted = objects.entry(tree, path)?;
        let index_clean = match index.as_deref() {
            Some(index) => match indexed(index, path) {
                Indexed::Entry(found) => wanted.is_some_and(|wanted| (wanted.id, wanted.mode) == found),
                Indexed::Nothing => wanted.is_none(),
                Indexed::Unsettled => false,
                Indexed::Folded(folder, id) => {
                    objects.entry(tree, &folder)?.is_some_and(|entry| entry.mode.is_tree() && entry.id == id)
                }
            },
            None => wanted.is_none(),
        };
        let file = work_dir.map_or(Ok(WorkFile::Missing), |dir| work_file(dir, path));
        let file = file.map_err(super::local("read a file of"))?;
        all.push(PathStatus { path: path.clone(), index_clean, file });
    }
    Ok(all)
}

/// Tracked files with changes, apart from `except`.
pub(super) fn other_changes(program: &Program, except: &[String]) -> Result<Vec<String>, GitError> {
    let call = Call::new(["status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames"])
        .with(["--ignore-submodules=all"])
        .setting(without_filters(program, Scope::Repository)?);
    let listing = program.succeed(call)?;
    let mut changed = Vec::new();
    for line in listing.split(|&b| b == 0).filter(|line| line.len() > 3) {
        let path = line[3..].to_str_lossy().into_owned();
        if !except.contains(&path) {
            changed.push(path);
        }
    }
    Ok(changed)
}

/// Puts blobs of `commit` into the index for `paths`.
pub(super) fn update_index(
    objects: &mut Objects<'_>,
    program: &Program,
    commit: Oid,
    paths: &[String],
) -> Result<(), GitError> {
    let tree = objects.tree_of(commit)?;
    let mut input = Vec::new();
    for path in paths {
        // Object names and modes go in directly; what stands in the working tree does not matter.
        let line = match objects.entry(tree, path)? {
            Some(TreeEntry { mode, id, .. }) if mode.is_file() => format!("{:o} {id} 0\t{path}\0", mode.0),
            Some(TreeEntry { mode, .. }) => {
                let what = format!("`{path}` is a {} in {commit}", mode.word());
                return Err(super::local("write the index of")(super::Unusable(what)));
            }
            None => format!("0 {} 0\t{path}\0", objects.repo.object_hash().null()),
        };
        input.extend_from_slice(line.as_bytes());
    }
    if input.is_empty() {
        return Ok(());
    }
    // While writing the index, git compares files that changed within the same tick as it; no filter may run for that.
    let filters = without_filters(program, Scope::Repository)?;
    let call = Call::new(["update-index", "-z", "--index-info"]).reading(input).setting(filters);
    program.succeed(call).map(drop)
}

/// Operations that somebody has begun and not ended.
pub(super) fn operations_in_progress(git_dir: &Path) -> Vec<&'static str> {
    let there = |name: &str| git_dir.join(name).symlink_metadata().is_ok();
    let applying = there("rebase-apply/applying");
    [
        ("merge", there("MERGE_HEAD")),
        ("rebase", there("rebase-merge") || there("rebase-apply") && !applying),
        ("am", applying),
        ("cherry-pick", there("CHERRY_PICK_HEAD")),
        ("revert", there("REVERT_HEAD")),
        ("bisect", there("BISECT_LOG")),
    ]
    .into_iter()
    .filter_map(|(name, begun)| begun.then_some(name))
    .collect()
}

/// Whose filter drivers are switched off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those that the repository's own settings name.
    Repository,
    /// All.
    Everyone,
}

/// Settings that switch filter drivers off. Git itself is asked for their names, because it is git that will read
/// the same files again when it obeys them.
pub(super) fn without_filters(program: &Program, scope: Scope) -> Result<Vec<(String, String)>, GitError> {
    let call = Call::new(["config", "--null", "--show-scope", "--get-regexp", r"^filter\."]);
    let finished = program.run(call).map_err(|source| GitError::Start { command: "config".to_owned(), source })?;
    match finished.code {
        Some(0) => {}
        // Nothing is set.
        Some(1) => return Ok(Vec::new()),
        _ => return Err(failed("config".to_owned(), &finished)),
    }
    let mut names: Vec<&str> = Vec::new();
    let text = finished.stdout.to_str().map_err(super::local("read the filters of"))?;
    let mut parts = text.split('\0');
    while let (Some(origin), Some(setting)) = (parts.next(), parts.next()) {
        let (key, value) = setting.split_once('\n').unwrap_or((setting, "true"));
        let name = key.strip_prefix("filter.").and_then(|rest| rest.rsplit_once('.')).map(|(name, _)| name);
        let foreign = matches!(origin, "local" | "worktree") && !LARGE_FILE_SUPPORT.contains(&value);
        if let Some(name) = name
            && (foreign || scope == Scope::Everyone)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    Ok(names.into_iter().flat_map(switched_off).collect())
}

fn switched_off(name: &str) -> [(String, String); 4] {
    [("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")]
        .map(|(key, value)| (format!("filter.{name}.{key}"), value.to_owned()))
}

/// What the index says about a path.
enum Indexed {
    Entry((gix::ObjectId, Mode)),
    Nothing,
    /// In conflict, or only announced.
    Unsettled,
    /// Part of a folder that a sparse checkout keeps as one entry.
    Folded(String, gix::ObjectId),
}

fn indexed(index: &gix::index::State, path: &str) -> Indexed {
    let name = BStr::new(path);
    if let Some(entry) = index.entry_by_path_and_stage(name, Stage::Unconflicted) {
        if entry.flags.contains(Flags::INTENT_TO_ADD) {
            return Indexed::Unsettled;
        }
        return Indexed::Entry((entry.id, Mode(entry.mode.bits())));
    }
    if [Stage::Base, Stage::Ours, Stage::Theirs]
        .iter()
        .any(|stage| index.entry_by_path_and_stage(name, *stage).is_some())
    {
        return Indexed::Unsettled;
    }
    for (at, _) in path.match_indices('/') {
        let Some(folder) = path.get(..=at) else { continue };
        if let Some(entry) = index.entry_by_path_and_stage(BStr::new(folder), Stage::Unconflicted) {
            return Indexed::Folded(folder.trim_end_matches('/').to_owned(), entry.id);
        }
    }
    Indexed::Nothing
}

/// The file at `path` below `dir`; a link anywhere on the way is not followed.
fn work_file(dir: &Path, path: &str) -> std::io::Result<WorkFile> {
    let mut file = dir.to_owned();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        file.push(part);
        let metadata = match file.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(WorkFile::Missing);
            }
            Err(error) => return Err(error),
        };
        let fits = if parts.peek().is_some() { metadata.is_dir() } else { metadata.is_file() };
        if !fits {
            return Ok(WorkFile::NotAFile);
        }
    }
    let mut bytes = Vec::new();
    std::fs::File::open(&file)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::new(
            std::io::ErrorKind::FileTooLarge,
            format!("{} is larger than {LARGEST} bytes", file.display()),
        ));
    }
    Ok(WorkFile::Bytes(bytes))
}

/// The values that `git lfs install --local` writes, as checkout actions do: a known program, not the repository's.
const LARGE_FILE_SUPPORT: [&str; 7] = [
    "git-lfs clean -- %f",
    "git-lfs smudge -- %f",
    "git-lfs smudge --skip -- %f",
    "git-lfs filter-process",
    "git-lfs filter-process --skip",
    "true",
    "false",
];
