//! Where people talk about changes: merged pull requests, the issues they closed, and milestones.
//!
//! An ability that a forge may lack. Numbers are those of the repository that is released; what belongs to another one is
//! never among them.

use super::ForgeError;
use bowline_model::Oid;
use bowline_model::facts::PullFact;

/// Reads conversations.
pub trait Conversations: Send + Sync {
    /// The numbers of the merged pull requests that brought `commits`, and of the issues that these closed: sorted, each
    /// once. Commits that the forge does not know bring nothing.
    fn about(&self, commits: &[Oid]) -> Result<Vec<u64>, ForgeError>;
    /// The merged pull requests that brought `commits`, by number, each with those of them that it brought. With
    /// `descriptions`, overrides in their descriptions are told, and whether whoever wrote them may write.
    fn merged(&self, commits: &[Oid], descriptions: bool) -> Result<Vec<PullFact>, ForgeError>;
    /// How the conversations of these numbers stand. One that is gone is left out. `marker` is looked for in the newest
    /// comments.
    fn look(&self, numbers: &[u64], marker: &str) -> Result<Vec<Conversation>, ForgeError>;
    /// The milestones whose title is one of `titles`.
    fn milestones(&self, titles: &[&str]) -> Result<Vec<Milestone>, ForgeError>;
}

/// Adds to conversations. [`ForgeError::Missing`] says that a conversation is gone or has moved.
pub trait FollowUp: Send + Sync {
    /// Adds a comment, also a second equal one: the caller has looked.
    fn comment(&self, number: u64, text: &str) -> Result<(), ForgeError>;
    /// Adds labels; those that are there already stay.
    fn label(&self, number: u64, labels: &[String]) -> Result<(), ForgeError>;
    /// Closes a milestone.
    fn close_milestone(&self, number: u64) -> Result<(), ForgeError>;
}

/// A pull request or an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its number.
    pub number: u64,
    /// Whether nobody may add to it.
    pub locked: bool,
    /// Its labels.
    pub labels: Vec<String>,
    /// Whether a comment holds the marker that was looked for.
    pub marked: bool,
}

/// A milestone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// Its number, which is none of a conversation.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Whether it is open.
    pub open: bool,
    /// How many of its issues and pull requests are open.
    pub open_issues: u64,
}
