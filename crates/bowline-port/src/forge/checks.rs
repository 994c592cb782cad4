//! What others say about a commit: check runs and commit statuses, and which of them the forge demands for a branch.
//!
//! An ability that a forge may lack. Who asks for it there gets a named answer, never "all is well".

use super::ForgeError;
use bowline_model::Oid;
use bowline_model::git::BranchName;

/// Reads checks.
pub trait Checks: Send + Sync {
    /// The newest word of everybody who says something about `commit`; none when the forge does not know the commit.
    fn of_commit(&self, commit: Oid) -> Result<Option<Vec<Check>>, ForgeError>;
    /// What the forge's own rules demand before `branch` may move to a commit.
    fn demanded(&self, branch: &BranchName) -> Result<Vec<Demand>, ForgeError>;
}

/// Says something about a commit.
pub trait Statuses: Send + Sync {
    /// Sets the status called `name` of `commit` to success, with a line for people and where they find more. Saying it
    /// again replaces what was said.
    fn succeed(&self, commit: Oid, name: &str, description: &str, url: &str) -> Result<(), ForgeError>;
}

/// What somebody says about a commit. Texts come from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is called.
    pub name: String,
    /// Which app says it; none for a commit status, which names no app.
    pub app: Option<App>,
    /// What it says.
    pub state: CheckState,
    /// Where people find more.
    pub url: Option<String>,
}

/// An app of the forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its number.
    pub id: u64,
    /// Its short name, `github-actions`.
    pub name: String,
}

/// What a check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// All is well.
    Passed,
    /// It looked, and says neither.
    Neutral,
    /// It did not look.
    Skipped,
    /// It is not done yet; the forge's word for that.
    Pending(String),
    /// Anything else, unknown words included; the forge's word.
    Failed(String),
}

/// A check that a branch's rules demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What it is called.
    pub name: String,
    /// The number of the app that must say it; none for any.
    pub app: Option<u64>,
}
