//! Taking one step back.
//!
//! Undoing works from the plan and from looking, never from a receipt, so it works after a crash and on another
//! machine; undoing what is not there is fine.

use crate::context::Cx;
use crate::registry::AnyStep;
use crate::step::{Probe, Undid};
use bowline_model::Failure;
use bowline_model::step::Effect;

/// What came of it.
pub(crate) enum Undo {
    /// There was nothing to take back.
    NothingThere,
    /// It is there and cannot be taken back.
    Public,
    /// It was there and is gone.
    Undone,
    /// It may still be there.
    Failed(Failure),
}

/// Takes back the effect of `step`, when it is there.
pub(crate) fn undo(step: &dyn AnyStep, cx: &Cx<'_>) -> Undo {
    let meta = step.meta();
    let there = match step.probe(cx) {
        Ok(Probe::Absent) => false,
        // A conflict is somebody else's: not ours to touch.
        Ok(Probe::Conflict(_)) => return Undo::NothingThere,
        Ok(Probe::Partial(_) | Probe::Present(_)) => true,
        // Looking failed (a receipt it needs is missing, say): undo itself looks again where it must.
        Err(_) => meta.effect != Effect::Irreversible,
    };
    match meta.effect {
        Effect::Observe | Effect::Recorded => Undo::NothingThere,
        _ if !there => Undo::NothingThere,
        Effect::Irreversible => Undo::Public,
        Effect::Local | Effect::Reversible => match step.undo(cx) {
            Ok(Undid::Effect) => Undo::Undone,
            Ok(Undid::Nothing) => Undo::NothingThere,
            Err(failure) => Undo::Failed(failure),
        },
    }
}
