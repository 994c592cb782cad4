//! What a plan demands of the forge besides the release itself: checks before it, and what is told after it.
//!
//! These are wishes and no states: whether a check is green is no part of a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Checks that must be green on the planned commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckRequirement {
    /// Globs of names; every one must match something, and all that it matches must be green.
    pub required: Vec<String>,
    /// Globs of names that are not looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Apps whose word counts, by their short names; empty for all, and for commit statuses as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
    /// Conclusions that count as green besides success: `neutral`, `skipped`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<String>,
    /// Whether what the forge demands for the branch is required, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub branch_rules: bool,
}

/// An environment of the forge that must have rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentRequirement {
    /// What it is called there.
    pub name: String,
    /// Rules it must have, all of them: `reviewers`, `prevent_self_review`, `wait_timer`, `branch_policy`; empty when any
    /// will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// What is told where people talked about the changes, after they are released.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FollowUpRequirement {
    /// Template of the comment on pull requests and issues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Labels that they get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Whether the milestone of the version is closed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub close_milestone: bool,
    /// Whether the released commit gets a status.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub status: bool,
}

impl FollowUpRequirement {
    /// Whether pull requests, issues or milestones are changed.
    pub fn is_about_conversations(&self) -> bool {
        self.is_about_threads() || self.close_milestone
    }

    /// Whether pull requests and issues are changed.
    pub fn is_about_threads(&self) -> bool {
        self.comment.is_some() || !self.labels.is_empty()
    }
}
