//! Environments of a forge: names that jobs take on, with rules about who may let them.

use super::ForgeError;

/// Reads environments.
pub trait Environments: Send + Sync {
    /// The rules of the environment `name` at this moment; none when there is no such environment.
    fn rules_of(&self, name: &str) -> Result<Option<EnvironmentRules>, ForgeError>;
}

/// What guards an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentRules {
    /// How many people and teams may approve; zero where nobody has to.
    pub reviewers: usize,
    /// Whether nobody may approve what they started themselves.
    pub prevents_self_review: bool,
    /// Minutes that a job waits.
    pub wait_minutes: u64,
    /// Whether only some branches and tags may use it.
    pub has_branch_policy: bool,
    /// How many rules of other kinds there are: those of apps.
    pub others: usize,
    /// Where people see it; from outside.
    pub page: Option<String>,
}
