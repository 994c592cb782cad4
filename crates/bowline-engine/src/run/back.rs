//! The way back: duties that are owed on every path, and taking everything back when nothing is public.

use super::{Run, reason_of};
use crate::registry::Entry;
use crate::step::Probe;
use crate::unwind;
use bowline_model::event::Event;
use bowline_model::step::{Outcome, ScheduledStep, StepRecord};
use bowline_model::{Failure, FailureKind};

impl Run<'_> {
    /// Does the duties that earlier attempts left open.
    pub(super) fn discharge_all(&self) -> Result<(), Failure> {
        let open = self.journal.borrow().obligations().to_vec();
        for duty in open {
            let Some(Entry::Step(step)) = self.engine.registry.find(&duty.step) else { continue };
            step.discharge(&self.cx(step.meta().id), &duty.data)?;
            self.journal.borrow_mut().discharged(&duty.id).map_err(Failure::from)?;
        }
        Ok(())
    }

    /// After a failure: back to a clean slate when nothing irreversible was sent, otherwise leave everything for the
    /// next attempt.
    pub(super) fn give_up(&self, failure: Failure, records: &mut Vec<StepRecord>) -> Failure {
        let mut failure = self.with_duties_done(failure);
        // What is only held up goes on from here. And whoever holds the lock now may be using what we made: the same plan
        // makes the same draft.
        if self.public.get() || failure.kind.can_go_on() {
            // Found in preflight it would mean that nothing was done; a token that is withdrawn later is another matter.
            if self.preflighted && failure.kind == FailureKind::Missing {
                failure.kind = FailureKind::Failed;
            }
            return failure;
        }
        // A step that failed after a long time may have outlived the lease, and how much time has passed since it was
        // renewed says nothing about that: a machine that slept, or a clock that was wrong, does not know. When nobody can
        // be asked, each step that takes something away asks again, and does not do it either.
        if let Err(mut lost) = self.held().confirm()
            && lost.kind.can_go_on()
        {
            lost.causes.push(failure.message);
            lost.causes.extend(failure.causes);
            return lost;
        }
        self.engine.emit(&Event::UnwindStarted { failure: failure.clone() });
        // Only what had its turn: a gate that refuses does not throw away the draft of an earlier attempt. What cannot
        // be taken back is always asked: without a journal, only looking tells that this release is public already.
        let had_turn: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
        let is_irreversible = |id: &str| self.engine.registry.find(id).is_some_and(Entry::is_irreversible);
        if let Some(stuck) = self.undo_all(records, |id| had_turn.iter().any(|turn| turn == id) || is_irreversible(id))
        {
            failure.causes.push(stuck.message);
            let new: Vec<String> = stuck.hints.into_iter().filter(|hint| !failure.hints.contains(hint)).collect();
            failure.hints.extend(new);
        }
        failure
    }

    pub(super) fn with_duties_done(&self, mut failure: Failure) -> Failure {
        if let Err(duty) = self.discharge_all() {
            failure.causes.push(duty.message);
            failure.hints.extend(duty.hints);
        }
        failure
    }

    /// Undoes the steps that `wanted` selects and whose effect may be there, newest first.
    pub(super) fn undo_all(&self, records: &mut Vec<StepRecord>, wanted: impl Fn(&str) -> bool) -> Option<Failure> {
        let mut first_failure = None;
        for (step, entry) in self.scheduled().into_iter().rev().filter(|(step, _)| wanted(&step.id)) {
            let Entry::Step(any) = entry else { continue };
            let outcome = match unwind::undo(any.as_ref(), &self.cx(&step.id)) {
                unwind::Undo::NothingThere => continue,
                // What came before it is what it needs: a public tag without its draft could never be completed.
                unwind::Undo::Public => {
                    self.public.set(true);
                    break;
                }
                unwind::Undo::Undone => {
                    // Best effort: a lost note only means that the next start looks once more.
                    let _ = self.journal.borrow_mut().undone(&step.id);
                    Outcome::Undone
                }
                unwind::Undo::Failed(failure) => {
                    first_failure.get_or_insert_with(|| failure.clone());
                    Outcome::UndoFailed { failure }
                }
            };
            record_undo(records, step, &outcome);
            self.engine.emit(&Event::StepFinished { step: step.id.clone(), outcome, duration_ms: 0 });
        }
        first_failure
    }

    /// Looks at every step in order and keeps what is there, so that later steps can look too; notes whether
    /// anything irreversible is there, in whole or in part.
    pub(super) fn collect(&self) {
        for (step, entry) in self.scheduled() {
            let Entry::Step(any) = entry else { continue };
            let there = match any.probe(&self.cx(&step.id)) {
                Ok(Probe::Present(receipt)) => {
                    self.receipts.keep(&step.id, receipt);
                    true
                }
                Ok(Probe::Absent | Probe::Conflict(_)) => false,
                // What cannot be looked at may be there.
                Ok(Probe::Partial(_)) | Err(_) => true,
            };
            if there && entry.is_irreversible() {
                self.public.set(true);
            }
        }
    }
}

/// Writes the outcome of going back over the outcome of going forward; a failure stays visible as such.
fn record_undo(records: &mut Vec<StepRecord>, step: &ScheduledStep, outcome: &Outcome) {
    match records.iter_mut().find(|record| record.id == step.id) {
        Some(record) if record.outcome == "failed" => {}
        Some(record) => outcome.as_str().clone_into(&mut record.outcome),
        None => records.push(StepRecord {
            id: step.id.clone(),
            stage: step.stage,
            outcome: outcome.as_str().to_owned(),
            reason: reason_of(outcome),
            attempts: 1,
            duration_ms: 0,
            receipt: None,
        }),
    }
}
