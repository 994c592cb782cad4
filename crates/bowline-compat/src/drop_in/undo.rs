//! Everything back as it was, when a run fails before its tag is there.
//!
//! The originals leave changed files and a commit without a tag behind. Only what this run did is taken back: a file gets the
//! bytes that it had, the index the entries, and the branch the commit, as long as nobody has built on ours.

use super::Surroundings;
use super::console::Voice;
use super::programs::quiet_git;
use bowline_model::Oid;
use bowline_port::git::Head;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What this run has changed.
#[derive(Default)]
pub(super) struct Undo {
    /// What files held before; none where there was no file.
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    /// What the index said of them, as `git ls-files --stage` prints it.
    index: Option<Index>,
    /// Where HEAD was before the commit.
    head: Option<Head>,
    /// The tag is made: whoever looks sees a release.
    tagged: bool,
}

struct Index {
    entries: Vec<u8>,
    paths: Vec<String>,
}

impl Undo {
    /// Remembers what the file at `path` holds, before it is written for the first time.
    pub(super) fn before_writing(&mut self, world: &Surroundings<'_>, path: PathBuf) -> std::io::Result<()> {
        if !self.files.contains_key(&path) {
            let bytes = world.files.read(&path)?;
            self.files.insert(path, bytes);
        }
        Ok(())
    }

    /// Remembers index and branch, before `paths` are added and committed.
    pub(super) fn before_commit(&mut self, world: &Surroundings<'_>, paths: &[String]) {
        self.head = world.git.and_then(|git| git.head().ok());
        let arguments: Vec<&str> = ["ls-files", "--stage", "--full-name", "-z", "--"]
            .into_iter()
            .chain(paths.iter().map(String::as_str))
            .collect();
        let entries = quiet_git(world, &arguments, Vec::new());
        let names: Vec<&str> = ["ls-files", "--full-name", "-z", "--cached", "--others", "--"]
            .into_iter()
            .chain(paths.iter().map(String::as_str))
            .collect();
        let names = quiet_git(world, &names, Vec::new()).unwrap_or_default();
        let names =
            String::from_utf8_lossy(&names).split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        self.index = entries.map(|entries| Index { entries, paths: names });
    }

    /// The tag is there: from now on nothing is taken back.
    pub(super) fn tagged(&mut self) {
        self.tagged = true;
    }

    /// Takes back what can be, and says what was done.
    pub(super) fn take_back(self, world: &Surroundings<'_>, voice: &mut Voice<'_>) {
        if self.tagged {
            voice.aloud("note: commit and tag are made and stay: what failed came after them");
            return;
        }
        match self.take_back_commit(world) {
            Commit::None | Commit::Gone => {}
            Commit::Stays(why) => {
                voice.aloud(&format!("note: the release commit stays, because {why}; take it back with `git reset --soft HEAD~1` if nobody else has it"));
                return;
            }
        }
        let mut failed = Vec::new();
        for (path, bytes) in &self.files {
            let done = match bytes {
                Some(bytes) => world.files.write(path, bytes),
                None => world.files.remove(path),
            };
            if let Err(error) = done {
                failed.push(format!("{}: {error}", path.display()));
            }
        }
        if !self.take_back_index(world) {
            failed.push("the index: see `git status`".to_owned());
        }
        if !failed.is_empty() {
            voice.aloud(&format!("note: not everything could be put back: {}", failed.join("; ")));
        } else if !self.files.is_empty() {
            voice.aloud("note: files, index and branch are as they were before");
        }
    }

    fn take_back_commit(&self, world: &Surroundings<'_>) -> Commit {
        let (Some(git), Some(before)) = (world.git, &self.head) else { return Commit::None };
        let stays = |why: &str| Commit::Stays(why.to_owned());
        let now = match git.head() {
            Ok(now) if now == *before => return Commit::None,
            Ok(now) => now,
            Err(error) => return Commit::Stays(error.to_string()),
        };
        let (branch, old, new) = match (before, &now) {
            (Head::Branch(one, old), Head::Branch(other, new)) if one == other => {
                (Some(one.as_str()), Some(*old), *new)
            }
            (Head::Detached(old), Head::Detached(new)) => (None, Some(*old), *new),
            (Head::Unborn(one), Head::Branch(other, new)) if one == other.as_str() => (Some(one.as_str()), None, *new),
            _ => return stays("another branch is checked out now"),
        };
        let parents = git.commit(new).map(|commit| commit.parents);
        if !parents.is_ok_and(|parents| parents == old.into_iter().collect::<Vec<Oid>>()) {
            return stays("there are more commits than ours");
        }
        let own = branch.map(|branch| format!("refs/heads/{branch}"));
        let elsewhere = git.references("refs/").map(|references| {
            references.into_iter().find(|reference| reference.peeled == new && Some(&reference.name) != own.as_ref())
        });
        match elsewhere {
            Ok(None) => {}
            Ok(Some(reference)) => return Commit::Stays(format!("{} has it too", reference.name)),
            Err(error) => return Commit::Stays(error.to_string()),
        }
        let (name, new) = (own.unwrap_or_else(|| "HEAD".to_owned()), new.to_string());
        let moved = match old.map(|old| old.to_string()) {
            Some(old) => quiet_git(world, &["update-ref", "-m", "release taken back", &name, &old, &new], Vec::new()),
            None => quiet_git(world, &["update-ref", "-d", &name, &new], Vec::new()),
        };
        if moved.is_some() { Commit::Gone } else { stays("git does not move the branch back") }
    }

    fn take_back_index(&self, world: &Surroundings<'_>) -> bool {
        let Some(Index { entries, paths }) = &self.index else { return true };
        // Out with what is there now, in with what was there.
        let none = world.git.map_or(40, |git| git.head().map_or(40, |head| width(&head)));
        let mut input: Vec<u8> = Vec::new();
        for path in paths {
            input.extend(format!("0 {}\t{path}\0", "0".repeat(none)).bytes());
        }
        input.extend(entries);
        paths.is_empty() || quiet_git(world, &["update-index", "-z", "--index-info"], input).is_some()
    }
}

/// How long an id is, written out.
fn width(head: &Head) -> usize {
    match head {
        Head::Branch(_, oid) | Head::Detached(oid) => oid.to_string().len(),
        Head::Unborn(_) => 40,
    }
}

/// What became of the release commit.
enum Commit {
    None,
    Gone,
    Stays(String),
}
