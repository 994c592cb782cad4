//! Commits that the forge makes itself, and therefore signs.
//!
//! Such a commit cannot be made again bit for bit: dates, committer and signature are the forge's. So it is made once, on
//! a branch of its own whose name says for which plan, and found there by whoever goes on; later the release branch moves
//! to that very commit.

use super::ForgeError;
use crate::git::{PushError, RefUpdate};
use bowline_model::Oid;

/// What the forge thinks of the signatures of commits.
pub trait Signatures: Send + Sync {
    /// Whether it takes the signature of `commit` to be valid. A commit that it does not have is not signed.
    fn is_signed(&self, commit: Oid) -> Result<bool, ForgeError>;
}

/// Makes commits and moves branches.
pub trait Commits: Send + Sync {
    /// Makes `commit` as the only one on its branch, and returns its id. A commit that stands there already is returned
    /// whatever it is: the caller has to look at it anyway.
    fn stage(&self, commit: &StagedCommit) -> Result<Oid, ForgeError>;
    /// Removes a branch that [`Commits::stage`] has made. Gone already is as good.
    fn unstage(&self, branch: &str) -> Result<(), ForgeError>;
    /// Moves a branch forward, from exactly the value given when it was last seen, and never by force. The commit is one
    /// that was staged.
    fn move_branch(&self, update: &RefUpdate) -> Result<(), MoveError>;
}

/// A commit for the forge to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedCommit {
    /// The branch to make it on, by its full name.
    pub branch: String,
    /// Its only parent, which the forge has.
    pub parent: Oid,
    /// Paths with their whole new content.
    pub files: Vec<(String, Vec<u8>)>,
    /// Paths of files that go.
    pub removed: Vec<String>,
    /// The message.
    pub message: String,
}

/// How moving a branch failed.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The forge said no, as a remote says no to a push. Nothing moved.
    #[error(transparent)]
    Refused(#[from] PushError),
    /// It could not be asked, or did not answer.
    #[error(transparent)]
    Forge(#[from] ForgeError),
}
