//! Why this version: what each commit asked for, which rule won, and what was noticed on the way.

use bowline_model::git::TagName;
use bowline_model::plan::{Bump, PlannedChange};
use bowline_model::version::Level;
use bowline_model::{Oid, Version};
use serde::Serialize;

/// The reasons behind a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The package.
    pub package: String,
    /// The channel of the branch.
    pub channel: String,
    /// Why the branch has it, in one line.
    pub channel_reason: String,
    /// The version before; none for a first release.
    pub current: Option<Version>,
    /// Where that version comes from.
    pub origin: CurrentOrigin,
    /// The version to release; none when nothing is due.
    pub next: Option<Version>,
    /// What moved it.
    pub bump: Bump,
    /// The highest level that a commit asked for.
    pub level: Level,
    /// Why, in one line.
    pub reason: String,
    /// The commit whose rule won; none when a change file's did.
    pub winner: Option<Oid>,
    /// The change file whose rule won; left out when a commit's did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winning_file: Option<String>,
    /// Every change file, by file; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ExplainedChange>,
    /// Every commit, newest first.
    pub commits: Vec<ExplainedCommit>,
    /// What else a reader should know, such as a version file that is behind its tag.
    pub notes: Vec<String>,
    /// How many messages have bytes that could not be decoded; they count all the same.
    pub undecodable: usize,
}

/// Where the current version comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum CurrentOrigin {
    /// The highest version tag that the head contains and that counts for the channel.
    Tag {
        /// The tag.
        tag: TagName,
        /// The commit it stands on.
        commit: Oid,
    },
    /// A version file that is ahead of the tag, or stands alone.
    File {
        /// The file.
        path: String,
        /// The tag it is ahead of.
        ahead_of: Option<TagName>,
    },
    /// There is none yet.
    None,
}

/// One change file and its rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedChange {
    /// As it stands in the plan.
    #[serde(flatten)]
    pub planned: PlannedChange,
    /// Why it is not listed; none when it is.
    pub ignored: Option<String>,
}

/// One commit and its rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedCommit {
    /// The commit.
    pub id: Oid,
    /// Its type; empty when the message is not conventional.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its scope.
    pub scope: Option<String>,
    /// Whether it says it breaks something.
    pub breaking: bool,
    /// The description.
    pub subject: String,
    /// The rule that hit.
    pub rule: String,
    /// What the rule asked for.
    pub level: Level,
    /// Why it does not count; none when it does.
    pub ignored: Option<String>,
    /// What its author may want to know.
    pub note: Option<String>,
    /// The merged pull request that it stands for, or whose description its message is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<u64>,
}
