//! What a forge says in advance about a release: who we are to it, and which of its rules stand in the way of a push.
//!
//! Nothing is sent for it that could change something. What a forge does not tell is a warning and never a refusal: whoever
//! cannot read a rule may well be let through by it.

use super::ForgeError;
use bowline_model::git::{BranchName, TagName};

/// Looks at the rules of a forge. Forges without such rules have no such ability.
pub trait Rules: Send + Sync {
    /// Who the login at hand is.
    fn identity(&self) -> Result<Identity, ForgeError>;
    /// Everything that would stop `push`, or may, all of it together.
    fn findings(&self, push: &Push) -> Result<Vec<Finding>, ForgeError>;
}

/// The login at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What kind of token it is and where it comes from, in words for people.
    pub words: String,
    /// Whether what it pushes and publishes starts other automation; none when that cannot be told.
    pub starts_workflows: Option<bool>,
}

/// A push that is going to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The branch that moves; none when only a tag is pushed.
    pub branch: Option<BranchName>,
    /// Whether that branch comes into being by it.
    pub creates_branch: bool,
    /// The tag that comes into being.
    pub tag: TagName,
    /// The whole message of the release commit; none when there is no such commit.
    pub message: Option<String>,
    /// Whether the forge makes and signs that commit itself.
    pub signed_by_forge: bool,
    /// The mail address of its author and committer.
    pub email: String,
    /// The files that it changes.
    pub files: Vec<PushedFile>,
    /// Whether the push logs in as the same identity that asks here. With another one (SSH), what this one may says
    /// nothing about it, so nothing is refused.
    pub same_login: bool,
}

/// A file of the release commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedFile {
    /// Its path from the root.
    pub path: String,
    /// Its bytes.
    pub size: u64,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How sure it is.
    pub strength: Strength,
    /// A stable name for scripts, `rules_forbid_push`.
    pub code: &'static str,
    /// What it is, a lowercase fragment with its source.
    pub message: String,
    /// What can be done: the choices.
    pub hints: Vec<String>,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// The push would be refused.
    Refuse,
    /// It may be refused, or something else about it deserves a look.
    Warn,
}

impl Finding {
    /// Something that stops the push.
    pub fn refuse(code: &'static str, message: impl Into<String>) -> Self {
        Self { strength: Strength::Refuse, code, message: message.into(), hints: Vec::new() }
    }

    /// Something that may.
    pub fn warn(code: &'static str, message: impl Into<String>) -> Self {
        Self { strength: Strength::Warn, ..Self::refuse(code, message) }
    }

    /// The same with one more choice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
