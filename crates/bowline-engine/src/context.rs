//! What a step is given: the plan, the doors, where things are, and what earlier steps left.
//!
//! [`Look`] holds only doors that read, so a gate or a dry run cannot change anything by construction. [`Cx`] is a
//! `Look` plus the doors that write and the duties a step may take on.

use bowline_ledger::journal::{Journal, JournalError, Obligation};
use bowline_model::event::{Event, EventSink};
use bowline_model::git::Marker;
use bowline_model::plan::Plan;
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::git::RefUpdate;
use bowline_port::{Doors, Readers};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;

/// Where this run works; nothing of it is part of the plan.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The run's id.
    pub run: String,
    /// The checkout's root; none in a bare repository.
    pub checkout: Option<PathBuf>,
    /// The remote that references are pushed to; none when the repository has none.
    pub remote: Option<String>,
    /// Whether local commits that the remote branch lacks may go out with the push.
    pub push_local_commits: bool,
    /// Whether something of this release is known to be public already.
    pub public: bool,
    /// Whether a release that somebody made by hand may become ours.
    pub adopt: bool,
    /// The local tag of another tool that the released one takes the place of.
    pub replaces_tag: Option<Oid>,
    /// This run's private folder.
    pub scratch: PathBuf,
    /// Variables for the build command, without secrets.
    pub build_env: Vec<(String, String)>,
}

/// What a check is given.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The marker of everything made for it.
    pub marker: Marker,
    /// Doors that only look.
    pub readers: &'a Readers,
    /// Where things are.
    pub settings: &'a Settings,
    /// What earlier steps left.
    pub receipts: &'a Receipts,
    /// Whether something of this release is public already, or may be.
    pub public: bool,
    /// Who listens.
    pub events: &'a dyn EventSink,
}

/// What a run must hold while it works: the lock of its channel.
pub trait Hold {
    /// Makes sure that it is held, before a step acts; renews it when that is due.
    fn keep(&self) -> Result<(), Failure>;
    /// Makes sure that it is held by asking, whatever the time, and renews it: before anything is taken away that
    /// somebody else may be using by now.
    fn confirm(&self) -> Result<(), Failure>;
    /// Something irreversible is about to be sent: what a push must carry to `remote`, so that the remote refuses it when
    /// the lock was taken over. Where that cannot be, and for a request that is no push (no remote), that it is sent is
    /// noted before.
    fn sending(&self, remote: Option<&str>) -> Result<Vec<RefUpdate>, Failure>;
    /// The push was accepted.
    fn sent(&self);
}

/// Nothing is held: nobody else can be at work.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

impl Hold for Alone {
    fn keep(&self) -> Result<(), Failure> {
        Ok(())
    }
    fn confirm(&self) -> Result<(), Failure> {
        Ok(())
    }
    fn sending(&self, _: Option<&str>) -> Result<Vec<RefUpdate>, Failure> {
        Ok(Vec::new())
    }
    fn sent(&self) {}
}

/// What a step is given.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    look: Look<'a>,
    /// All doors.
    pub doors: &'a Doors,
    /// The lock.
    pub hold: &'a dyn Hold,
    /// Whether an earlier attempt at this irreversible step was begun and not answered, so that it may still arrive: a
    /// definite no to this attempt says nothing about that one.
    pub unanswered: bool,
    journal: &'a RefCell<Journal>,
    step: &'a str,
}

/// What steps have left so far.
#[derive(Default)]
pub struct Receipts(RefCell<BTreeMap<String, Value>>);

/// Why a receipt is not there: a step that asks for one it did not declare a need for, or a receipt of another shape.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// No receipt.
    #[error("step {0} has left no receipt")]
    Missing(String),
    /// It does not have the expected shape.
    #[error("the receipt of step {step} cannot be read")]
    Shape {
        /// Whose.
        step: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl From<ReceiptError> for Failure {
    fn from(error: ReceiptError) -> Self {
        Self::from_error(FailureKind::Internal, "receipt", &error)
    }
}

impl<'a> Look<'a> {
    /// Tells people something that stops nothing.
    pub fn warn(&self, code: &str, message: impl Into<String>) {
        self.events.event(&Event::Warning { code: code.to_owned(), message: message.into() });
    }
}

impl<'a> Cx<'a> {
    pub(crate) fn new(
        look: Look<'a>,
        doors: &'a Doors,
        hold: &'a dyn Hold,
        journal: &'a RefCell<Journal>,
        step: &'a str,
    ) -> Self {
        Self { look, doors, hold, unanswered: false, journal, step }
    }

    /// The same, and an earlier attempt may still arrive.
    pub(crate) fn unanswered(self, unanswered: bool) -> Self {
        Self { unanswered, ..self }
    }

    /// Whether an earlier attempt at this release began on this machine: something of it may be there that nobody told of.
    pub fn is_resumed(&self) -> bool {
        self.journal.borrow().resumed()
    }

    /// The reading half.
    pub fn look(&self) -> &Look<'a> {
        &self.look
    }

    /// Takes on a duty before the effect that makes it necessary; durable when this returns. The step's `discharge`
    /// is called with `data` on every path that does not do it first.
    pub fn oblige(&self, name: &str, data: &impl Serialize) -> Result<(), JournalError> {
        let obligation =
            Obligation { id: self.duty(name), step: self.step.to_owned(), data: serde_json::to_value(data)? };
        self.journal.borrow_mut().oblige(obligation)
    }

    /// The duty was done.
    pub fn discharged(&self, name: &str) -> Result<(), JournalError> {
        self.journal.borrow_mut().discharged(&self.duty(name))
    }

    fn duty(&self, name: &str) -> String {
        format!("{}:{name}", self.step)
    }
}

impl<'a> Deref for Cx<'a> {
    type Target = Look<'a>;
    fn deref(&self) -> &Look<'a> {
        &self.look
    }
}

impl Receipts {
    /// Keeps what `step` left.
    pub fn keep(&self, step: &str, receipt: Value) {
        self.0.borrow_mut().insert(step.to_owned(), receipt);
    }

    /// What `step` left, unread.
    pub fn raw(&self, step: &str) -> Option<Value> {
        self.0.borrow().get(step).cloned()
    }

    /// What `step` left, as the type that step declares.
    pub fn get<R: DeserializeOwned>(&self, step: &str) -> Result<R, ReceiptError> {
        let value = self.raw(step).ok_or_else(|| ReceiptError::Missing(step.to_owned()))?;
        serde_json::from_value(value).map_err(|source| ReceiptError::Shape { step: step.to_owned(), source })
    }
}
