//! What happens during a run, as it happens.
//!
//! The engine emits events and knows nobody who listens. The journal, the log, the progress display and the crash
//! switch are all readers of the same stream, so they cannot disagree.

use crate::failure::Failure;
use crate::hash::Digest;
use crate::step::{Effect, Outcome, Stage};
use serde::{Deserialize, Serialize};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run begins or goes on.
    RunStarted {
        /// The run's id.
        run: String,
        /// The plan's digest.
        plan: Digest,
        /// Whether an earlier attempt of the same run was found.
        resumed: bool,
    },
    /// A step's turn has come.
    StepStarted {
        /// The step.
        step: String,
        /// Its stage.
        stage: Stage,
        /// Its effect.
        effect: Effect,
    },
    /// The intent to act is durable; the effect comes next.
    IntentRecorded {
        /// The step.
        step: String,
    },
    /// The effect came back without an error; nothing is recorded yet.
    EffectReturned {
        /// The step.
        step: String,
    },
    /// A step is over.
    StepFinished {
        /// The step.
        step: String,
        /// What came of it.
        #[serde(flatten)]
        outcome: Outcome,
        /// How long it took.
        duration_ms: u64,
    },
    /// A call leaves through a door, or came back.
    Door {
        /// `git` or `forge`.
        door: String,
        /// What is done, `push`.
        call: String,
        /// To what, in words.
        object: String,
        /// Before or after.
        phase: Phase,
    },
    /// How far a durable write on this machine has come.
    Store {
        /// `file`, or the first word of a key of state: `journal`.
        place: String,
        /// What is done, `append`.
        call: String,
        /// To which path or key.
        object: String,
        /// How far it is.
        moment: Moment,
    },
    /// Going back begins because of this failure.
    UnwindStarted {
        /// Why.
        failure: Failure,
    },
    /// Something a person should know that stops nothing.
    Warning {
        /// A stable name for scripts.
        code: String,
        /// What it is.
        message: String,
    },
    /// The run is over for now.
    RunFinished {
        /// The run's id.
        run: String,
        /// The exit code.
        exit_code: u8,
    },
}

/// Before or after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// About to be made.
    Before,
    /// Came back, well or not.
    After,
}

/// How far a durable write has come. Between any two of these a machine can die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// Nothing was done yet.
    Before,
    /// The bytes were given to the system, and a power cut would lose them.
    Written,
    /// The bytes are on the disk.
    Synced,
    /// The file has a hidden name, which nobody takes for a value.
    Named,
    /// The file has the name that was meant for it.
    Renamed,
    /// The file has no name any more.
    Removed,
    /// The folder is on the disk as well: the write is over.
    FolderSynced,
}

impl Moment {
    /// The word for it, as in the name of a crash boundary.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Written => "written",
            Self::Synced => "synced",
            Self::Named => "named",
            Self::Renamed => "renamed",
            Self::Removed => "removed",
            Self::FolderSynced => "folder-synced",
        }
    }
}

/// Where events go.
pub trait EventSink: Send + Sync {
    /// Takes one event. Must not fail: whoever listens deals with its own troubles.
    fn event(&self, event: &Event);
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl EventSink for Silent {
    fn event(&self, _: &Event) {}
}

/// Everyone in the list listens, in order.
impl<S: EventSink + ?Sized> EventSink for Vec<Box<S>> {
    fn event(&self, event: &Event) {
        for sink in self {
            sink.event(event);
        }
    }
}
