//! Git: looking ([`GitReader`]) and changing ([`Git`]).
//!
//! History and objects are read in process; everything that talks to another repository goes through the `git`
//! program, so credential helpers, SSH and proxies keep working. References are always full names.

use crate::secret::token::TokenError;
use bowline_model::facts::{CommitFact, FileContent, VersionTag};
use bowline_model::git::{BranchName, TagName};
use bowline_model::plan::Identity;
use bowline_model::{Failure, FailureKind, Oid, Timestamp};
use std::path::{Path, PathBuf};

/// A commit and everything before it.
pub trait Past {
    /// Whether `commit` is a part of it.
    fn contains(&self, commit: Oid) -> bool;
    /// The place of the first of `commits` that is `end` or an ancestor of it; `end` is a part of it, the others need not be.
    fn first_contained(&mut self, end: Oid, commits: &[Oid]) -> Result<Option<usize>, GitError>;
    /// Commits reachable from `end` and not from `exclude`, in the order of [`GitReader::commits`]. Both are a part of it.
    fn commits(&mut self, end: Oid, exclude: Option<Oid>) -> Result<Vec<CommitFact>, GitError>;
    /// The committer's time of `commit`, in Unix seconds as claimed; none when it is no part of it.
    fn time(&self, commit: Oid) -> Option<i64>;
}

/// Looks at a repository and its remotes. May add objects and move the `shallow` file, never a reference.
pub trait GitReader: Send + Sync {
    /// Where things are.
    fn layout(&self) -> Layout;
    /// What is checked out.
    fn head(&self) -> Result<Head, GitError>;
    /// The commit that `name` means in git's own grammar (*gitrevisions*): a branch, a tag, `HEAD~3`, a short id. None when it
    /// means none, or several.
    fn resolve(&self, name: &str) -> Result<Option<Oid>, GitError>;
    /// A commit, read whole.
    fn commit(&self, oid: Oid) -> Result<Commit, GitError>;
    /// An annotated tag, read whole; none when the object is not a tag.
    fn tag(&self, oid: Oid) -> Result<Option<Tag>, GitError>;
    /// Whether the object is in the local database.
    fn has_object(&self, oid: Oid) -> Result<bool, GitError>;
    /// What stands at `path` in `commit`; none when nothing does.
    fn file(&self, commit: Oid, path: &str) -> Result<Option<FileContent>, GitError>;
    /// The names of the ordinary files that are directly in the folder `path` (`.`: the root) of `commit`; none when there is no such folder.
    /// Names that are not UTF-8 are left out.
    fn folder(&self, commit: Oid, path: &str) -> Result<Vec<String>, GitError>;
    /// Local references below `prefix` (`refs/tags/`), with peeled targets.
    fn references(&self, prefix: &str) -> Result<Vec<Reference>, GitError>;
    /// Configured remotes in file order.
    fn remotes(&self) -> Result<Vec<Remote>, GitError>;
    /// The remote that `branch` tracks.
    fn upstream_remote(&self, branch: &BranchName) -> Result<Option<String>, GitError>;
    /// What begins a comment in a message that is being edited, as it is configured (`core.commentChar`); none for git's own
    /// way.
    fn comment_mark(&self) -> Result<Option<String>, GitError>;
    /// References of a remote below `refs/heads/` and `refs/tags/`, with peeled tags, asked over the network.
    fn ls_remote(&self, remote: &str) -> Result<Vec<Reference>, GitError>;
    /// Adds the objects behind references of a remote, by full name, without moving any reference.
    fn fetch(&self, remote: &str, references: &[String]) -> Result<(), GitError>;
    /// Whether history is cut off.
    fn is_shallow(&self) -> Result<bool, GitError>;
    /// Fetches the history that a shallow clone lacks.
    fn unshallow(&self, remote: &str) -> Result<(), GitError>;
    /// The highest of `tags` (given highest first) whose commit is `head` or an ancestor of it. Tags whose commit is
    /// not in the local database are not ancestors in a repository that is not shallow.
    fn newest_reachable(&self, head: Oid, tags: &[VersionTag]) -> Result<Option<VersionTag>, GitError>;
    /// Commits reachable from `head` and not from `exclude`, newest first by committer time, children before parents
    /// where times are equal.
    fn commits(&self, head: Oid, exclude: &[Oid]) -> Result<Vec<CommitFact>, GitError>;
    /// All that `head` contains, read once, for those who ask many questions about it.
    fn past(&self, head: Oid) -> Result<Box<dyn Past + '_>, GitError>;
    /// The id that [`Git::write_commit`] would give, without leaving an object behind (objects in memory only).
    fn commit_id(&self, commit: &NewCommit) -> Result<Oid, GitError>;
    /// The id of that commit's tree, without leaving an object behind.
    fn tree_id(&self, commit: &NewCommit) -> Result<Oid, GitError>;
    /// The id that [`Git::write_tag`] would give, without leaving an object behind.
    fn tag_id(&self, tag: &NewTag) -> Result<Oid, GitError>;
    /// Whether `ancestor` is `descendant` or one of its ancestors. An object that is not there is no ancestor.
    fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool, GitError>;
    /// How each of `paths` stands in index and working tree, compared with `commit`.
    fn status(&self, commit: Oid, paths: &[String]) -> Result<Vec<PathStatus>, GitError>;
    /// Tracked files with changes in index or working tree, apart from `except`.
    fn other_changes(&self, except: &[String]) -> Result<Vec<String>, GitError>;
    /// Operations that somebody has begun and not ended: `merge`, `rebase`, `cherry-pick`, `revert`, `bisect`, `am`.
    fn operations_in_progress(&self) -> Result<Vec<&'static str>, GitError>;
}

/// Changes a repository and its remotes.
pub trait Git: GitReader {
    /// Writes a commit object whose tree is the parent's with `files` put in and `removed` taken out. The same input gives the same id.
    fn write_commit(&self, commit: &NewCommit) -> Result<Oid, GitError>;
    /// Writes an annotated tag object. The same input gives the same id.
    fn write_tag(&self, tag: &NewTag) -> Result<Oid, GitError>;
    /// Moves all references of the remote at once or none, each only from the value given.
    fn push(&self, remote: &str, updates: &[RefUpdate]) -> Result<(), PushError>;
    /// Moves one local reference, only from the value given (none: it must not exist). `HEAD` means a detached one.
    fn update_reference(&self, update: &RefUpdate) -> Result<(), GitError>;
    /// Puts blobs of `commit` into the index for `paths`, leaving every other entry as it is. A path that the commit does not
    /// have goes.
    fn update_index(&self, commit: Oid, paths: &[String]) -> Result<(), GitError>;
    /// Makes a clone of this repository at `path`, checked out at `commit`, with `tag` pointing to `tag_object`.
    fn clone_at(&self, path: &Path, commit: Oid, tag: &TagName, tag_object: Oid) -> Result<(), GitError>;
    /// Writes a bundle of git with the tag, the branch and all that leads to them from `base`, for whoever has `base`
    /// already. No reference is made; what is at `path` is replaced once the bundle is whole.
    fn write_bundle(&self, path: &Path, bundle: &NewBundle) -> Result<(), GitError>;
    /// Adds the objects of the bundle at `path` without moving any reference. Fails when the file is damaged, when this
    /// repository lacks what it builds on, and when it does not hold all that its references lead to.
    fn read_bundle(&self, path: &Path) -> Result<(), GitError>;
    /// Asks the remote whether the push would be let in, without sending it. Many rules are only applied to real
    /// pushes, so a yes is not a promise.
    fn push_dry_run(&self, remote: &str, updates: &[RefUpdate]) -> Result<(), PushError>;
}

/// Where things are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The checkout's root; none in a bare repository.
    pub work_dir: Option<PathBuf>,
    /// The repository's own folder.
    pub git_dir: PathBuf,
}

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch at a commit.
    Branch(BranchName, Oid),
    /// A commit.
    Detached(Oid),
    /// A branch without any commit.
    Unborn(String),
}

/// A commit, read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub oid: Oid,
    /// Its tree.
    pub tree: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
    /// Committer time in Unix seconds, as claimed.
    pub time: i64,
    /// The message, byte for byte.
    pub message: Vec<u8>,
}

/// An annotated tag, read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What it points to.
    pub target: Oid,
    /// The name inside the object.
    pub name: String,
    /// The message, byte for byte.
    pub message: Vec<u8>,
}

/// A reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Full name as bytes turned into text; names that are not UTF-8 are left out (they cannot be ours).
    pub name: String,
    /// What it points to.
    pub object: Oid,
    /// What a tag object points to in the end; the object itself otherwise.
    pub peeled: Oid,
}

/// A configured remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its name.
    pub name: String,
    /// Its address, as configured (after `insteadOf`).
    pub url: String,
}

/// One reference to move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefUpdate {
    /// Full name.
    pub name: String,
    /// The value it must have now; none when it must not exist.
    pub old: Option<Oid>,
    /// The value it gets.
    pub new: Oid,
}

/// A commit to write.
#[derive(Clone, Debug)]
pub struct NewCommit {
    /// Its only parent; the tree starts as the parent's.
    pub parent: Oid,
    /// Paths with their whole new content; permissions of existing files are kept.
    pub files: Vec<(String, Vec<u8>)>,
    /// Paths of files that go; each of them must be there. A folder that holds nothing any more goes with its last file.
    pub removed: Vec<String>,
    /// The message.
    pub message: String,
    /// Author and committer.
    pub identity: Identity,
    /// Author and committer time, written in UTC.
    pub time: Timestamp,
}

/// A tag to write.
#[derive(Clone, Debug)]
pub struct NewTag {
    /// The commit it points to.
    pub target: Oid,
    /// Its name.
    pub name: TagName,
    /// The message.
    pub message: String,
    /// The tagger.
    pub identity: Identity,
    /// The tagger's time, written in UTC.
    pub time: Timestamp,
}

/// A bundle to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBundle {
    /// The tag's name.
    pub tag: TagName,
    /// The tag object, which leads to `commit`.
    pub tag_object: Oid,
    /// The branch's name.
    pub branch: BranchName,
    /// The commit.
    pub commit: Oid,
    /// What the reader has already; none for the whole history.
    pub base: Option<Oid>,
}

/// How a path stands in index and working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStatus {
    /// Path from the root.
    pub path: String,
    /// Whether the index entry equals the commit's.
    pub index_clean: bool,
    /// The working tree's file.
    pub file: WorkFile,
}

/// A file of the working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkFile {
    /// Nothing is there.
    Missing,
    /// A link, folder or device.
    NotAFile,
    /// These bytes.
    Bytes(Vec<u8>),
}

/// Why git could not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// No repository here or above.
    #[error("no git repository at {path} or above")]
    NoRepository {
        /// Where it was looked for.
        path: String,
    },
    /// Git refuses the folder because it belongs to somebody else.
    #[error("the repository at {path} belongs to another user")]
    Untrusted {
        /// The folder.
        path: String,
    },
    /// An object is missing or broken.
    #[error("git object {oid} cannot be read")]
    Object {
        /// Which.
        oid: Oid,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The `git` program failed.
    #[error("`git {command}` failed: {message}")]
    Program {
        /// The subcommand.
        command: String,
        /// Its own words, made safe.
        message: String,
    },
    /// A remote did not let us in with a token of ours.
    #[error("{problem}: {message}")]
    Login {
        /// Who refused which token, in words.
        problem: String,
        /// Git's own words, made safe.
        message: String,
    },
    /// There is no token although one is named.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The `git` program could not be run.
    #[error("`git {command}` could not be run")]
    Start {
        /// The subcommand.
        command: String,
        /// Why.
        #[source]
        source: crate::process::ProcessError,
    },
    /// A local reference has another value than expected.
    #[error("{name} is at {found} and not at the expected commit")]
    Moved {
        /// Full name.
        name: String,
        /// In words.
        found: String,
    },
    /// Anything else about the local repository.
    #[error("cannot {action} the repository")]
    Local {
        /// `open`, `read the index of`, …
        action: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl GitError {
    /// This error as a failure when it is about a token: the same wherever it happens.
    pub fn login_failure(&self) -> Option<Failure> {
        match self {
            Self::Token(error) => Some(error.into()),
            Self::Login { .. } => Some(
                Failure::from_error(FailureKind::Missing, "token_refused", self)
                    .hint("give a token that has not run out and may read and write this repository")
                    .hint("or let git log in as it does for you: unset the variable, or take the login out of the address"),
            ),
            _ => None,
        }
    }
}

/// How a push failed; the difference decides what happens next.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// A reference was not where the lease expects it. Nothing moved.
    #[error("{reference} has moved on the remote")]
    Stale {
        /// Full name.
        reference: String,
    },
    /// The remote refused by a rule. Nothing moved.
    #[error("the remote refused {reference}: {reason}")]
    Rejected {
        /// Full name.
        reference: String,
        /// Its own words, made safe.
        reason: String,
    },
    /// It cannot push all or nothing. Nothing moved.
    #[error("the remote cannot update several references at once")]
    NotAtomic,
    /// It failed before anything was sent (name, connection, login). Nothing moved.
    #[error("the remote could not be reached: {message}")]
    NotSent {
        /// Git's own words, made safe.
        message: String,
    },
    /// It was sent and not answered.
    #[error("the remote did not answer the push: {message}")]
    Unknown {
        /// Git's own words, made safe.
        message: String,
    },
}
