//! How anything says no.
//!
//! Every error of every crate ends as one [`Failure`]: what happened, to what, why, and the next command. The same
//! value is what the screen, the JSON result, the journal and the annotations show. [`FailureKind::exit_code`] is the
//! one table from kinds to process exit codes (docs/exit-codes.md is made from it).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;

/// A refusal or an accident, ready to be shown and stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Which of the exit-code classes it belongs to.
    pub kind: FailureKind,
    /// A stable name for scripts, `tag_taken`.
    pub code: String,
    /// The step that raised it, `push/refs`; none before or outside the run.
    pub step: Option<String>,
    /// A lowercase fragment that names the object.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do: one advice a line, commands ready to copy.
    pub hints: Vec<String>,
    /// Whether the effect may have happened all the same.
    #[serde(default)]
    pub certainty: Certainty,
}

/// What is known about an effect that did not report success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It did not happen.
    #[default]
    NotDone,
    /// It was sent and not answered: only looking can tell.
    Unknown,
}

/// The classes of failure; each has one exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A bug.
    Internal,
    /// The command line makes no sense here.
    Usage,
    /// The configuration is invalid.
    Config,
    /// Nothing to release although a release was required.
    NothingToRelease,
    /// A check found something.
    Findings,
    /// A gate refused.
    Refused,
    /// A gate is waiting.
    Waiting,
    /// A tool, token or permission is missing.
    Missing,
    /// An operation failed; whether 20 or 21 depends on what is public by then.
    Failed,
    /// A person has to look.
    Stuck,
    /// The world moved: branch, tag or version belongs to something else.
    Conflict,
    /// Stopped on purpose, to be resumed.
    Paused,
    /// Another run holds the lock.
    Busy,
    /// Verification found a mismatch.
    Mismatch,
}

impl FailureKind {
    /// Every kind, in the order of the exit codes.
    pub const ALL: [Self; 14] = [
        Self::Internal,
        Self::Usage,
        Self::Config,
        Self::NothingToRelease,
        Self::Findings,
        Self::Refused,
        Self::Waiting,
        Self::Missing,
        Self::Failed,
        Self::Stuck,
        Self::Conflict,
        Self::Paused,
        Self::Busy,
        Self::Mismatch,
    ];

    /// The process exit code. `public` tells whether something irreversible had happened; only `Failed` differs.
    pub const fn exit_code(self, public: bool) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::NothingToRelease => 4,
            Self::Findings => 5,
            Self::Refused => 10,
            Self::Waiting => 11,
            Self::Missing => 12,
            Self::Failed if public => 21,
            Self::Failed => 20,
            Self::Stuck => 22,
            Self::Conflict => 23,
            Self::Paused => 24,
            Self::Busy => 25,
            Self::Mismatch => 30,
        }
    }

    /// Whether the run is only held up: what it has made so far is kept for when it goes on.
    pub const fn can_go_on(self) -> bool {
        matches!(self, Self::Waiting | Self::Paused | Self::Busy)
    }

    /// What the code means and what to do next, for the table in the documentation.
    pub const fn meaning(self) -> (&'static str, &'static str) {
        match self {
            Self::Internal => ("internal error: a bug", "report it"),
            Self::Usage => ("the command line is wrong", "see `--help`"),
            Self::Config => ("the configuration is invalid", "correct the named line"),
            Self::NothingToRelease => ("nothing to release and `--require-release` was given", "nothing, or `--bump`"),
            Self::Findings => ("a check has findings", "read them"),
            Self::Refused => ("a gate refused", "do what the message names, run again"),
            Self::Waiting => ("a gate is waiting", "run again, or `bowline resume`, when it opens"),
            Self::Missing => ("a required tool, token or permission is missing (found in preflight)", "provide it"),
            Self::Failed => (
                "20: failed, nothing public happened · 21: failed after something public happened",
                "20: run again · 21: `bowline resume`",
            ),
            Self::Stuck => ("stuck: needs a person", "the message has the exact commands"),
            Self::Conflict => ("conflict: remote moved, tag or version taken by something else", "plan again"),
            Self::Paused => ("paused", "`bowline resume`, at the printed time"),
            Self::Busy => ("busy: another run holds the lock", "run again later"),
            Self::Mismatch => ("verification or audit found a mismatch", "read which object differs"),
        }
    }
}

impl Failure {
    /// A failure with its stable code and message; add causes and hints with the other methods.
    pub fn new(kind: FailureKind, code: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            step: None,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            certainty: Certainty::NotDone,
        }
    }

    /// A failure from an error and the chain of its sources.
    pub fn from_error(kind: FailureKind, code: &str, error: &dyn Error) -> Self {
        let mut failure = Self::new(kind, code, error.to_string());
        failure.causes = causes(error);
        failure
    }

    /// Adds the error and the chain of its sources as causes.
    #[must_use]
    pub fn because(mut self, error: &dyn Error) -> Self {
        self.causes.push(error.to_string());
        self.causes.extend(causes(error));
        self
    }

    /// Adds one advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Names the step.
    #[must_use]
    pub fn in_step(mut self, step: &str) -> Self {
        self.step.get_or_insert_with(|| step.to_owned());
        self
    }

    /// The effect was sent and not answered.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.certainty = Certainty::Unknown;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}

/// The messages of an error's sources, outermost first, without immediate repetitions.
fn causes(error: &dyn Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut last = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if text != last {
            causes.push(text.clone());
        }
        last = text;
        source = error.source();
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_documented_ones() {
        let codes: Vec<u8> = FailureKind::ALL.iter().map(|kind| kind.exit_code(false)).collect();
        assert_eq!(codes, [1, 2, 3, 4, 5, 10, 11, 12, 20, 22, 23, 24, 25, 30]);
        assert_eq!(FailureKind::Failed.exit_code(true), 21);
    }
}
