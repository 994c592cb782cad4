//! The list of steps in the order of effects.
//!
//! Typed steps are wrapped so that the engine can hold them side by side; receipts become JSON at this border and
//! nowhere else.

use crate::context::{Cx, Look};
use crate::step::{Check, Probe, Step, StepMeta, Undid};
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, Verdict};
use bowline_model::{Failure, FailureKind};
use serde::Serialize;
use serde_json::Value;

/// All steps, in order.
#[derive(Default)]
pub struct Registry {
    entries: Vec<Entry>,
}

/// One registered step.
pub enum Entry {
    /// It only looks.
    Check(Box<dyn AnyCheck>),
    /// It has an effect.
    Step(Box<dyn AnyStep>),
}

impl Registry {
    /// Adds a check at the end.
    #[must_use]
    pub fn check(mut self, check: impl Check) -> Self {
        self.entries.push(Entry::Check(Box::new(check)));
        self
    }

    /// Adds a step at the end.
    #[must_use]
    pub fn step(mut self, step: impl Step) -> Self {
        self.entries.push(Entry::Step(Box::new(step)));
        self
    }

    /// All entries, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry with this id.
    pub fn find(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.meta().id == id)
    }
}

impl Entry {
    /// What the step says about itself.
    pub fn meta(&self) -> StepMeta {
        match self {
            Self::Check(check) => check.meta(),
            Self::Step(step) => step.meta(),
        }
    }

    /// Whether it takes part.
    pub fn decide(&self, plan: &Plan) -> Verdict {
        match self {
            Self::Check(check) => check.decide(plan),
            Self::Step(step) => step.decide(plan),
        }
    }

    /// Whether its effect cannot be taken back.
    pub fn is_irreversible(&self) -> bool {
        self.meta().effect == Effect::Irreversible
    }
}

/// A check of any type.
pub trait AnyCheck: Send + Sync {
    /// See [`Check::META`].
    fn meta(&self) -> StepMeta;
    /// See [`Check::RECHECK`].
    fn recheck(&self) -> bool;
    /// See [`Check::decide`].
    fn decide(&self, plan: &Plan) -> Verdict;
    /// See [`Check::check`].
    fn check(&self, look: &Look<'_>) -> Result<Value, Failure>;
}

/// A step of any type.
pub trait AnyStep: Send + Sync {
    /// See [`Step::META`].
    fn meta(&self) -> StepMeta;
    /// See [`Step::decide`].
    fn decide(&self, plan: &Plan) -> Verdict;
    /// See [`Step::preflight`].
    fn preflight(&self, cx: &Cx<'_>) -> Result<(), Failure>;
    /// See [`Step::probe`].
    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Value>, Failure>;
    /// See [`Step::run`].
    fn run(&self, cx: &Cx<'_>) -> Result<Value, Failure>;
    /// See [`Step::undo`].
    fn undo(&self, cx: &Cx<'_>) -> Result<Undid, Failure>;
    /// See [`Step::discharge`].
    fn discharge(&self, cx: &Cx<'_>, data: &Value) -> Result<(), Failure>;
}

impl<C: Check> AnyCheck for C {
    fn meta(&self) -> StepMeta {
        C::META
    }
    fn recheck(&self) -> bool {
        C::RECHECK
    }
    fn decide(&self, plan: &Plan) -> Verdict {
        Check::decide(self, plan)
    }
    fn check(&self, look: &Look<'_>) -> Result<Value, Failure> {
        let receipt = Check::check(self, look).map_err(|error| at::<C::Error>(C::META, error))?;
        to_value(C::META, &receipt)
    }
}

impl<S: Step> AnyStep for S {
    fn meta(&self) -> StepMeta {
        S::META
    }
    fn decide(&self, plan: &Plan) -> Verdict {
        Step::decide(self, plan)
    }
    fn preflight(&self, cx: &Cx<'_>) -> Result<(), Failure> {
        Step::preflight(self, cx).map_err(|error| at::<S::Error>(S::META, error))
    }
    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Value>, Failure> {
        let probe = Step::probe(self, cx).map_err(|error| at::<S::Error>(S::META, error))?;
        match probe.try_map(|receipt| to_value(S::META, &receipt))? {
            Probe::Conflict(failure) => Ok(Probe::Conflict(failure.in_step(S::META.id))),
            other => Ok(other),
        }
    }
    fn run(&self, cx: &Cx<'_>) -> Result<Value, Failure> {
        let receipt = Step::run(self, cx).map_err(|error| at::<S::Error>(S::META, error))?;
        to_value(S::META, &receipt)
    }
    fn undo(&self, cx: &Cx<'_>) -> Result<Undid, Failure> {
        Step::undo(self, cx).map_err(|error| at::<S::Error>(S::META, error))
    }
    fn discharge(&self, cx: &Cx<'_>, data: &Value) -> Result<(), Failure> {
        Step::discharge(self, cx, data).map_err(|error| at::<S::Error>(S::META, error))
    }
}

fn at<E: Into<Failure>>(meta: StepMeta, error: E) -> Failure {
    error.into().in_step(meta.id)
}

fn to_value(meta: StepMeta, receipt: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(receipt)
        .map_err(|error| Failure::from_error(FailureKind::Internal, "receipt", &error).in_step(meta.id))
}
