//! What a forge keeps people from doing to what a release relies on: its branch, its tags, and the rights of its jobs.
//!
//! Only looked at, and never the reason to refuse a release: who weakens a gate is told by `bowline doctor`.

use super::ForgeError;
use bowline_model::git::{BranchName, TagName};

/// Looks at what guards a repository.
pub trait Guards: Send + Sync {
    /// What nobody may do to a branch.
    fn of_branch(&self, branch: &BranchName) -> Result<Told<Guard>, ForgeError>;
    /// What nobody may do to a tag of this name.
    fn of_tag(&self, tag: &TagName) -> Result<Told<Guard>, ForgeError>;
    /// The rights of a job that asks for none.
    fn rights_of_jobs(&self) -> Result<Told<JobRights>, ForgeError>;
    /// Where people change all this; from outside.
    fn settings_page(&self, what: Setting) -> String;
}

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<T> {
    /// It is told.
    Yes(T),
    /// It is not, for this reason.
    Hidden(String),
}

/// What nobody may do, but whoever may bypass the rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Change it to something that does not contain it.
    pub force_push: bool,
    /// Remove it.
    pub deletion: bool,
    /// Change it at all.
    pub update: bool,
    /// Make it.
    pub creation: bool,
}

impl Guard {
    /// Whether what is there stays there.
    pub const fn keeps(&self) -> bool {
        self.deletion && (self.force_push || self.update)
    }
}

/// The rights of a job whose workflow says nothing about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobRights {
    /// Whether it may write.
    pub write: bool,
    /// Whether it may approve pull requests.
    pub approves: bool,
}

/// A page with settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Rules of branches and tags.
    Rules,
    /// Environments.
    Environments,
    /// Actions.
    Actions,
    /// The repository in general, where releases are.
    General,
}
