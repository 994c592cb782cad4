//! The contract of a step.
//!
//! A step knows how to decide, look, act and take back *one* effect. It is written once, in one file, and the engine
//! gives it everything else: durable intents, resuming, unwinding, events. Whatever a step promises here is proved
//! for every registered step by one generic test (`bowline_testkit::contract`).

use crate::context::{Cx, Look, ReceiptError};
use bowline_model::Failure;
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, Stage, Verdict};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a step says about itself.
#[derive(Clone, Copy, Debug)]
pub struct StepMeta {
    /// `<stage>/<name>`: also its configuration key, documentation page, journal key and `--skip` value.
    pub id: &'static str,
    /// Where it stands.
    pub stage: Stage,
    /// What it does to the world.
    pub effect: Effect,
    /// Steps whose receipts it reads.
    pub needs: &'static [&'static str],
    /// Programs it starts, by their names in the table of tools. Whether they are there is known before the first effect;
    /// the step starts them with [`Doors::tools`](bowline_port::Doors) and looks for the effect afterwards, whatever the
    /// tool says.
    pub tools: &'static [&'static str],
    /// What it is for, in one line.
    pub summary: &'static str,
}

/// Looks and says whether the release may go on.
pub trait Check: Send + Sync + 'static {
    /// What was found, for later steps and the record.
    type Receipt: Serialize + DeserializeOwned;
    /// Why not.
    type Error: Into<Failure>;
    /// About itself; `effect` is `Observe`.
    const META: StepMeta;
    /// Whether the state can change while the run works, so that it is checked again right before the first
    /// irreversible effect.
    const RECHECK: bool = false;
    /// Whether it takes part. Pure: evaluated while planning.
    fn decide(&self, plan: &Plan) -> Verdict;
    /// Looks.
    fn check(&self, look: &Look<'_>) -> Result<Self::Receipt, Self::Error>;
}

/// Has one effect.
pub trait Step: Send + Sync + 'static {
    /// What later steps and the record may rely on.
    type Receipt: Serialize + DeserializeOwned;
    /// Why not.
    type Error: Into<Failure>;
    /// About itself.
    const META: StepMeta;
    /// Whether it takes part. Pure: evaluated while planning.
    fn decide(&self, plan: &Plan) -> Verdict;
    /// Whether it could act, asked of all steps together before the first effect. Must leave nothing behind.
    fn preflight(&self, _cx: &Cx<'_>) -> Result<(), Self::Error> {
        Ok(())
    }
    /// Whether the effect is there, found by looking at the world and not at any record.
    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Self::Receipt>, Self::Error>;
    /// Acts, or completes what is partly there. The intent is durable by now.
    fn run(&self, cx: &Cx<'_>) -> Result<Self::Receipt, Self::Error>;
    /// Takes the effect back, from plan and looking alone; nothing there is fine. Never called on irreversible steps.
    fn undo(&self, _cx: &Cx<'_>) -> Result<Undid, Self::Error> {
        Ok(Undid::Nothing)
    }
    /// Does a duty that an earlier attempt left open.
    fn discharge(&self, _cx: &Cx<'_>, _data: &Value) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// What taking back came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undid {
    /// There is nothing to take back: the effect leaves no trace, or another step's undoing removes it.
    Nothing,
    /// The effect is gone.
    Effect,
}

/// What looking found.
#[derive(Debug)]
pub enum Probe<R> {
    /// Nothing of it.
    Absent,
    /// A part of it, ours; `run` completes it.
    Partial(String),
    /// All of it, ours.
    Present(R),
    /// Something else in its place.
    Conflict(Failure),
}

impl<R> Probe<R> {
    /// The same with another receipt.
    pub fn try_map<T, E>(self, map: impl FnOnce(R) -> Result<T, E>) -> Result<Probe<T>, E> {
        Ok(match self {
            Self::Absent => Probe::Absent,
            Self::Partial(what) => Probe::Partial(what),
            Self::Present(receipt) => Probe::Present(map(receipt)?),
            Self::Conflict(failure) => Probe::Conflict(failure),
        })
    }
}

impl Look<'_> {
    /// What step `S` left.
    pub fn receipt<S: Step>(&self) -> Result<S::Receipt, ReceiptError> {
        self.receipts.get(S::META.id)
    }

    /// What check `C` found.
    pub fn finding<C: Check>(&self) -> Result<C::Receipt, ReceiptError> {
        self.receipts.get(C::META.id)
    }
}
