//! What was observed of repository, forge and files: the only input of planning besides configuration.
//!
//! Facts are read from the head commit and the remote, never from the working tree, so a half-edited file cannot
//! change a version. Bytes from commits stay bytes: what they mean is decided by the planner.

mod changes;
mod people;
mod pulls;

pub use changes::ChangeFileFact;
pub use people::{Person, co_authors};
pub use pulls::{OverrideBlock, OverrideFact, PullFact, Pulls};

use crate::git::{BranchName, Marker, Oid, TagName};
use crate::hash::Digest;
use crate::repository::{ForgeKind, RepositoryId};
use crate::tag::TagForm;
use crate::time::Timestamp;
use crate::version::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Everything a plan is made from.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who this repository is, wherever it is checked out.
    pub repository: RepositoryId,
    /// The commit to release.
    pub head: HeadFact,
    /// The branch the release goes to.
    pub branch: BranchName,
    /// Where refs are pushed to; none in a repository without remotes.
    pub remote: Option<RemoteFact>,
    /// The package's name, from configuration or its manifest.
    pub package: String,
    /// How this repository spells its version tags.
    pub tag_form: TagForm,
    /// Every version tag of the package, highest first, reachable or not.
    pub version_tags: Vec<VersionTag>,
    /// The highest version tag that is an ancestor of the head and counts for the branch's channel.
    pub current: Option<VersionTag>,
    /// The highest version tag that is an ancestor of the head, whichever channel made it.
    pub contained: Option<VersionTag>,
    /// Commits of the head that the current version does not contain, newest first.
    pub commits: Vec<CommitFact>,
    /// Everybody who wrote what the current version contains; none where configuration does not ask, or for a first version.
    pub earlier_authors: Option<BTreeSet<Person>>,
    /// Merged pull requests that brought those commits, where configuration asks.
    pub pulls: Pulls,
    /// Files that may hold a version, a changelog or configuration, as they are in the head commit.
    pub files: Vec<FileFact>,
    /// The change files of the head commit, by path; empty where configuration does not ask for them.
    pub change_files: Vec<ChangeFileFact>,
    /// The forge that gets the release.
    pub forge: ForgeFact,
    /// A release of ours that is not complete.
    pub unfinished: Unfinished,
    /// The complete release of ours that was made for this head, or whose release commit this head is.
    pub released: Option<ReleasedFact>,
    /// Drafts of ours for heads that are no longer the branch's tip, none of whose references were pushed.
    pub superseded: Vec<SupersededDraft>,
    /// Full names of branches on which a forge made a release commit, and which nobody needs any more.
    pub left_staging: Vec<String>,
}

/// The forge that gets the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForgeFact {
    /// What kind it is.
    pub kind: ForgeKind,
    /// What it accepts.
    pub limits: ForgeLimits,
}

/// What a forge accepts; checked before anything is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForgeLimits {
    /// Characters in the notes.
    pub notes_chars: u64,
    /// Assets of one release.
    pub assets: u64,
    /// Bytes of one asset.
    pub asset_size: u64,
}

/// A complete release of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleasedFact {
    /// Its plan and planned head.
    pub marker: Marker,
    /// Its tag.
    pub tag: TagName,
    /// The tag object.
    pub tag_object: Oid,
    /// The commit the tag stands on.
    pub commit: Oid,
    /// Where people find it.
    pub url: String,
}

/// A draft of ours that a newer head has replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupersededDraft {
    /// Its plan and planned head.
    pub marker: Marker,
    /// The tag it would have made.
    pub tag: TagName,
    /// The forge's id of the draft.
    pub draft: String,
}

/// The commit to release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadFact {
    /// Its id.
    pub oid: Oid,
    /// Its only parent, when it has exactly one.
    pub parent: Option<Oid>,
    /// Its committer time.
    pub committed: Timestamp,
    /// Our trailers, when the commit is a release commit of ours (its only parent is the planned head).
    pub release: Option<Marker>,
}

/// The remote that refs are pushed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemoteFact {
    /// Its name in the repository's configuration, `origin`.
    pub name: String,
    /// The host part of its address; none for a path.
    pub host: Option<String>,
    /// Where the release branch points there; none when the branch does not exist there.
    pub tip: Option<Oid>,
    /// How that tip and the head relate.
    pub relation: RemoteRelation,
}

/// How the remote branch and the head relate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemoteRelation {
    /// The remote branch does not exist.
    Absent,
    /// Both are the same commit.
    Equal,
    /// The remote branch lacks these commits of ours, newest first: id and subject.
    Behind(Vec<(Oid, String)>),
    /// The remote branch begins with a release commit of ours made for this head, and may have more after it.
    OurRelease {
        /// The release commit.
        commit: Oid,
        /// Its trailers.
        marker: Marker,
    },
    /// The remote branch contains the head and has more.
    Ahead(Oid),
    /// Each has commits that the other lacks.
    Diverged(Oid),
    /// The remote was not asked (`--offline`).
    Unknown,
}

/// A tag that names a version of the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionTag {
    /// The tag.
    pub name: TagName,
    /// The version it names.
    pub version: Version,
    /// What the reference points to: a tag object, or the commit itself for a lightweight tag.
    pub object: Oid,
    /// The commit it stands on.
    pub commit: Oid,
}

/// One commit, unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFact {
    /// Its id.
    pub oid: Oid,
    /// How many parents it has.
    pub parents: usize,
    /// Its only parent; none when it has several, or none.
    pub parent: Option<Oid>,
    /// Author name, as it stands in the commit.
    pub author_name: Vec<u8>,
    /// Author mail address, as it stands in the commit.
    pub author_email: Vec<u8>,
    /// Committer time in Unix seconds, as claimed.
    pub time: i64,
    /// The `encoding` header, when there is one.
    pub encoding: Option<String>,
    /// The message, byte for byte.
    pub message: Vec<u8>,
}

impl CommitFact {
    /// Its author, and those whom its message names as co-authors.
    pub fn people(&self) -> impl Iterator<Item = Person> {
        let author = Person { name: self.author_name.clone(), email: self.author_email.clone() };
        std::iter::once(author).chain(co_authors(&self.message))
    }
}

/// One file of the head commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFact {
    /// Path from the repository's root, with `/`.
    pub path: String,
    /// What is there.
    pub content: FileContent,
}

/// What stands at a path of the head commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// An ordinary file's bytes.
    Bytes(Vec<u8>),
    /// A symbolic link, folder or submodule: never edited.
    NotAFile(&'static str),
}

/// A release of ours that is not complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unfinished {
    /// None.
    #[default]
    None,
    /// Drafts cannot be seen with the rights at hand, so nothing can be concluded.
    Unknown,
    /// This one.
    Found(UnfinishedRelease),
}

/// What is known of an incomplete (or just completed) release of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnfinishedRelease {
    /// The plan it executes, and the head it was made for.
    pub marker: Marker,
    /// The release commit, when it is on the remote branch.
    pub commit: Option<Oid>,
    /// The tag, when it is on the remote.
    pub tag: Option<TagName>,
    /// The draft's id at the forge, when there is one.
    pub draft: Option<String>,
    /// In words, what is missing.
    pub missing: String,
}

/// Digest of configuration as it enters a plan, and where it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigFact {
    /// Digest over the resolved, plan-relevant values.
    pub digest: Digest,
    /// Whether a value came from an uncommitted file, so that nobody else can repeat the plan.
    pub provisional: bool,
}

impl Facts {
    /// The bytes of the file at `path` in the head commit.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.iter().find(|file| file.path == path).and_then(|file| match &file.content {
            FileContent::Bytes(bytes) => Some(bytes.as_slice()),
            FileContent::NotAFile(_) => None,
        })
    }
}
