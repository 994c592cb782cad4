//! The vocabulary of steps: where they stand, what their effects are, and what can come of them.
//!
//! The behaviour is in `bowline-engine`; these are the words that plans, journals, results and screens share.

use crate::failure::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The stages of a run, in order; the names `--until` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// May this release happen at all?
    Gate,
    /// Make commit and tag objects.
    Commit,
    /// Make the artifacts and freeze them.
    Build,
    /// Check the artifacts.
    Validate,
    /// Sign.
    Sign,
    /// Put everything into an invisible release.
    Draft,
    /// Move the branch and create the tag: the point of no return.
    Push,
    /// Make the release visible.
    Publish,
    /// Look at it as a reader would.
    Verify,
    /// Tell people and checkouts.
    Notify,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 10] = [
        Self::Gate,
        Self::Commit,
        Self::Build,
        Self::Validate,
        Self::Sign,
        Self::Draft,
        Self::Push,
        Self::Publish,
        Self::Verify,
        Self::Notify,
    ];

    /// Whether a remote or a forge may be written to in it. Until then a token that only reads is enough.
    pub fn is_remote(self) -> bool {
        self >= Self::Draft
    }

    /// The lowercase name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Commit => "commit",
            Self::Build => "build",
            Self::Validate => "validate",
            Self::Sign => "sign",
            Self::Draft => "draft",
            Self::Push => "push",
            Self::Publish => "publish",
            Self::Verify => "verify",
            Self::Notify => "notify",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a step does to the world, which decides how it is recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Looks only.
    Observe,
    /// Touches this machine; previous bytes are kept until the run ends.
    Local,
    /// Creates something that our marker finds again and that can be taken back.
    Reversible,
    /// Leaves a record for ever that releases nothing.
    Recorded,
    /// Cannot be taken back.
    Irreversible,
}

/// Whether a step takes part in a run, decided while planning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Verdict {
    /// It runs.
    Run,
    /// It does not.
    Skip {
        /// Why.
        reason: SkipReason,
    },
}

/// Why a step does not run. The list is closed: silence is no reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum SkipReason {
    /// Nothing asks for it.
    NotConfigured,
    /// It makes no sense for this plan.
    NotApplicable {
        /// Why.
        because: String,
    },
    /// Switched off.
    DisabledBy {
        /// The flag or key.
        flag_or_key: String,
    },
    /// Nothing is written in a dry run.
    DryRun,
    /// An optional tool is not there.
    OptionalToolMissing {
        /// Which.
        tool: String,
    },
    /// A step it builds on did not run.
    UpstreamSkipped {
        /// Which.
        step: String,
    },
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfigured => f.write_str("not configured"),
            Self::NotApplicable { because } => f.write_str(because),
            Self::DisabledBy { flag_or_key } => write!(f, "disabled by {flag_or_key}"),
            Self::DryRun => f.write_str("dry run"),
            Self::OptionalToolMissing { tool } => write!(f, "optional tool {tool} is not available"),
            Self::UpstreamSkipped { step } => write!(f, "{step} was skipped"),
        }
    }
}

/// One line of the schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduledStep {
    /// The step's id, `draft/upload`.
    pub id: String,
    /// Its stage.
    pub stage: Stage,
    /// What it does to the world.
    pub effect: Effect,
    /// `run` or `skip`.
    pub verdict: VerdictWord,
    /// Why it is skipped; none when it runs.
    pub reason: Option<SkipReason>,
    /// What decided: a flag, a key with file and line, or `default`.
    pub origin: String,
}

/// The verdict's word in documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VerdictWord {
    /// It runs.
    Run,
    /// It does not.
    Skip,
}

/// What came of a step; exhaustive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The effect happened now.
    Done,
    /// Looking found that it had happened before.
    AlreadyDone,
    /// It was not to run.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
    /// It was sent and not answered, and looking could not decide yet.
    Unknown {
        /// What was seen.
        failure: Failure,
    },
    /// It did not happen.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// It happened and was taken back.
    Undone,
    /// It happened and could not be taken back.
    UndoFailed {
        /// Why.
        failure: Failure,
    },
}

impl Outcome {
    /// The word used in documents.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::AlreadyDone => "already_done",
            Self::Skipped { .. } => "skipped",
            Self::Unknown { .. } => "unknown",
            Self::Failed { .. } => "failed",
            Self::Undone => "undone",
            Self::UndoFailed { .. } => "undo_failed",
        }
    }
}

/// A step of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepRecord {
    /// The step's id.
    pub id: String,
    /// Its stage.
    pub stage: Stage,
    /// The outcome's word: `done`, `already_done`, `skipped`, `unknown`, `failed`, `undone`, `undo_failed`.
    pub outcome: String,
    /// Why it was skipped or failed.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// How long it took.
    pub duration_ms: u64,
    /// What it left for later steps.
    pub receipt: Option<serde_json::Value>,
}
