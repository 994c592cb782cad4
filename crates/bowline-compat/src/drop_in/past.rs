//! What git tells of the past, read in process.

use super::Surroundings;
use super::programs::quiet_git;
use crate::conventional::{Commit, Log, LogError, Range, TagOrder};
use crate::options::Options;
use crate::profile::Profile;
use bowline_model::facts::CommitFact;
use bowline_model::{Oid, Timestamp};
use bowline_plan::commit::decode::decode;
use bowline_port::git::{GitError, GitReader, Head, Past};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};

/// History before the commit that is checked out, read once.
pub(super) struct History<'a> {
    world: &'a Surroundings<'a>,
    options: &'a Options,
    read: OnceCell<Read<'a>>,
    /// The commits that were asked for last: the bump and the changelog mostly ask for the same.
    last: RefCell<Option<(Asked, Vec<Commit>)>>,
}

/// A range that was asked for.
#[derive(PartialEq, Eq)]
struct Asked {
    from: Option<String>,
    to: Option<String>,
    path: Option<String>,
    merges: bool,
}

struct Read<'a> {
    head: Oid,
    /// Tags by the commit they stand on, in the order in which git shows them.
    tags: BTreeMap<Oid, Vec<String>>,
    /// All tags that are reachable, newest commit first.
    reachable: Vec<String>,
    /// What the head contains, when there are tags to be looked for in it.
    past: RefCell<Option<Box<dyn Past + 'a>>>,
}

impl<'a> History<'a> {
    pub(super) const fn new(world: &'a Surroundings<'a>, options: &'a Options) -> Self {
        Self { world, options, read: OnceCell::new(), last: RefCell::new(None) }
    }

    fn git(&self) -> Result<&'a dyn GitReader, LogError> {
        self.world.git.ok_or_else(|| self.no_log("not a git repository (or any of the parent directories): .git"))
    }

    /// What git says when it has no history to show, as the originals pass it on.
    fn no_log(&self, words: &str) -> LogError {
        let (exact, profile) = (self.options.exactness.is_exact(), self.options.profile);
        told(&match profile {
            Profile::CatV13 if exact => format!("fatal: {words}\n"),
            _ if exact => format!("Command failed: git log --decorate --no-color\nfatal: {words}\n"),
            _ => format!("fatal: {words}"),
        })
    }

    fn no_commit(&self, branch: &str) -> LogError {
        match self.options.profile {
            Profile::CatV13 if self.options.exactness.is_exact() => self.no_log(NO_HEAD),
            _ => self.no_log(&format!("your current branch '{branch}' does not have any commits yet")),
        }
    }

    fn read(&self) -> Result<&Read<'a>, LogError> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let read = self.look()?;
        Ok(self.read.get_or_init(|| read))
    }

    fn look(&self) -> Result<Read<'a>, LogError> {
        let git = self.git()?;
        let head = match git.head().map_err(failed)? {
            Head::Branch(_, oid) | Head::Detached(oid) => oid,
            Head::Unborn(branch) => return Err(self.no_commit(&branch)),
        };
        let mut tags: BTreeMap<Oid, Vec<String>> = BTreeMap::new();
        // Git shows those of one commit from the last to the first.
        for reference in git.references("refs/tags/").map_err(failed)?.into_iter().rev() {
            if let Some(name) = reference.name.strip_prefix("refs/tags/") {
                tags.entry(reference.peeled).or_default().push(name.to_owned());
            }
        }
        let mut past = if tags.is_empty() { None } else { Some(git.past(head).map_err(failed)?) };
        let reachable = match &mut past {
            Some(past) => reachable(past.as_mut(), head, &tags).map_err(failed)?,
            None => Vec::new(),
        };
        Ok(Read { head, tags, reachable, past: RefCell::new(past) })
    }

    /// The commits of `range` that git lists for `path`: it leaves out merges that change nothing there.
    fn touching(&self, range: &Range<'_>, path: &str) -> Result<HashSet<Oid>, LogError> {
        let to = range.to.map_or_else(|| "HEAD".to_owned(), |tag| format!("refs/tags/{tag}"));
        let commits = range.from.map_or_else(|| to.clone(), |from| format!("refs/tags/{from}..{to}"));
        let listed = quiet_git(self.world, &["log", "--format=%H", &commits, "--", path], Vec::new());
        let listed = listed.ok_or_else(|| told(&format!("git cannot list the commits that touch {path}")))?;
        Ok(String::from_utf8_lossy(&listed).lines().filter_map(|line| line.parse().ok()).collect())
    }
}

impl Read<'_> {
    fn commit_of(&self, tag: &str) -> Option<Oid> {
        self.tags.iter().find(|(_, names)| names.iter().any(|name| name == tag)).map(|(oid, _)| *oid)
    }
}

impl Log for History<'_> {
    fn tags(&self, _: TagOrder) -> Result<Vec<String>, LogError> {
        Ok(self.read()?.reachable.clone())
    }

    fn commits(&self, range: &Range<'_>) -> Result<Vec<Commit>, LogError> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let asked = Asked { from: text(range.from), to: text(range.to), path: text(range.path), merges: range.merges };
        if let Some((last, commits)) = self.last.borrow().as_ref()
            && *last == asked
        {
            return Ok(commits.clone());
        }
        let commits = self.listed(range)?;
        *self.last.borrow_mut() = Some((asked, commits.clone()));
        Ok(commits)
    }
}

impl History<'_> {
    fn listed(&self, range: &Range<'_>) -> Result<Vec<Commit>, LogError> {
        let read = self.read()?;
        let head = range.to.and_then(|to| read.commit_of(to)).unwrap_or(read.head);
        let exclude: Vec<Oid> = range.from.and_then(|from| read.commit_of(from)).into_iter().collect();
        let mut commits = match self.read()?.past.borrow_mut().as_mut() {
            // Both are a part of it, and it is read already.
            Some(past) if exclude.first().is_none_or(|oid| past.contains(*oid)) && past.contains(head) => {
                past.commits(head, exclude.first().copied())
            }
            _ => self.git()?.commits(head, &exclude),
        }
        .map_err(failed)?;
        if !range.merges {
            commits.retain(|commit| commit.parents < 2);
        }
        if let Some(path) = range.path {
            let touching = self.touching(range, path)?;
            commits.retain(|commit| touching.contains(&commit.oid));
        }
        Ok(commits.iter().map(|fact| commit(fact, &read.tags)).collect())
    }
}

fn commit(fact: &CommitFact, tags: &BTreeMap<Oid, Vec<String>>) -> Commit {
    Commit {
        hash: fact.oid.to_string(),
        message: decode(&fact.message, fact.encoding.as_deref()).0.into_owned(),
        tags: tags.get(&fact.oid).cloned().unwrap_or_default(),
        date: Timestamp::from_unix(fact.time).map(Timestamp::date).unwrap_or_default(),
    }
}

/// The tags on what `head` contains, in the order in which `git log` comes upon them.
fn reachable(past: &mut dyn Past, head: Oid, tags: &BTreeMap<Oid, Vec<String>>) -> Result<Vec<String>, GitError> {
    let met: Vec<(&Oid, &Vec<String>)> = tags.iter().filter(|(oid, _)| past.contains(**oid)).collect();
    if let [] | [_] = met.as_slice() {
        return Ok(met.into_iter().flat_map(|(_, names)| names.iter().cloned()).collect());
    }
    let commits = past.commits(head, None)?;
    let places: HashMap<Oid, usize> = commits.iter().enumerate().map(|(place, commit)| (commit.oid, place)).collect();
    let mut met: Vec<_> = met.into_iter().map(|(oid, names)| (places.get(oid), names)).collect();
    met.sort_unstable_by_key(|(place, _)| *place);
    Ok(met.into_iter().flat_map(|(_, names)| names.iter().cloned()).collect())
}

fn told(words: &str) -> LogError {
    LogError(words.into())
}

fn failed(error: GitError) -> LogError {
    LogError(Box::new(error))
}

/// Git's words when `HEAD` is named and leads nowhere.
const NO_HEAD: &str = "ambiguous argument 'HEAD': unknown revision or path not in the working tree.\n\
    Use '--' to separate paths from revisions, like this:\n'git <command> [<revision>...] -- [<file>...]'";
