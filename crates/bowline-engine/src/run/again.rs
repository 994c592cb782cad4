//! Looking again under the lock: what a run has made before it had the lock may not be what counts any more.
//!
//! Building takes long, and needs no lock. Somebody else may have gone on with the same plan meanwhile, even to its end,
//! and then what he has left is the release. So the steps that had their turn are asked again, without being told to
//! anybody as steps: most of the time nothing is different.

use super::{Run, Stop};
use crate::registry::{AnyStep, Entry};
use crate::step::Probe;
use bowline_model::event::Event;
use bowline_model::step::{Outcome, ScheduledStep, Stage, VerdictWord};
use serde_json::Value;

impl Run<'_> {
    /// Looks again at everything that had its turn, and keeps what is there now. Says the same as [`Run::go_on`].
    pub fn look_again(&mut self) -> bool {
        if self.stopped.is_none() {
            self.stopped = self.again().err().map(|stop| self.or_paused(stop));
        }
        self.stopped.is_none()
    }

    fn again(&mut self) -> Result<(), Stop> {
        // The gates look again right before the first irreversible effect.
        let had_turn = |step: &ScheduledStep| step.stage != Stage::Gate && step.verdict == VerdictWord::Run;
        let engine = self.engine;
        for step in engine.schedule.iter().take(self.next).filter(|step| had_turn(step)) {
            let Some(entry) = engine.registry.find(&step.id) else { continue };
            self.look_for_pause()?;
            let again = match entry {
                Entry::Check(check) => check.check(&self.look()).map(Some).map_err(Stop::from),
                Entry::Step(any) => self.step_again(any.as_ref()),
            };
            match again {
                Ok(Some(receipt)) => self.replace(entry, receipt)?,
                Ok(None) => {}
                Err(Stop::Failed(failure)) => return Err(Stop::Failed(failure.in_step(&step.id))),
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }

    /// What the effect of a step is now; none when what this run did itself stands.
    fn step_again(&mut self, step: &dyn AnyStep) -> Result<Option<Value>, Stop> {
        let id = step.meta().id;
        let done_here = self.records.iter().any(|record| record.id == id && record.outcome == Outcome::Done.as_str());
        let is_needed = self.engine.registry.entries().iter().any(|entry| entry.meta().needs.contains(&id));
        // Nobody builds on it, so nothing can have taken its place.
        if done_here && !is_needed {
            return Ok(None);
        }
        match step.probe(&self.cx(id))? {
            Probe::Present(receipt) => Ok(Some(receipt)),
            Probe::Conflict(failure) => Err(failure.into()),
            Probe::Partial(_) if done_here => Ok(None),
            // It was somebody else's, and is gone: a draft that was taken back, say.
            Probe::Absent | Probe::Partial(_) => Ok(self.effect(step)?.receipt),
        }
    }

    /// Keeps what a step has left by now, when it is not what it left at first.
    fn replace(&mut self, entry: &Entry, receipt: Value) -> Result<(), Stop> {
        let id = entry.meta().id;
        let Some(record) = self.records.iter_mut().find(|record| record.id == id) else { return Ok(()) };
        if record.receipt.as_ref() == Some(&receipt) {
            return Ok(());
        }
        record.receipt = Some(receipt.clone());
        if let Entry::Step(_) = entry {
            if record.outcome == Outcome::Done.as_str() {
                Outcome::AlreadyDone.as_str().clone_into(&mut record.outcome);
            }
            self.journal.borrow_mut().receipt(id, &receipt)?;
            let message = format!("{id}: another run of this plan was faster, and what it has left is used");
            self.engine.emit(&Event::Warning { code: "made_elsewhere".to_owned(), message });
        }
        self.receipts.keep(id, receipt);
        Ok(())
    }
}
