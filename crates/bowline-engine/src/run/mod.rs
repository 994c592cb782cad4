//! The loop: look, write down the intent, act, write down the receipt; step by step.
//!
//! Running and resuming are the same call. [`Engine::begin`] gives a [`Run`], which goes on in one go or stage by stage,
//! so that whoever drives it can take the lock and look again in between. The journal is consulted for two things only: whether something
//! irreversible may already have been sent, and which duties are open. Whether an effect is there is always found by
//! looking.

mod again;
mod back;

use crate::context::{Alone, Cx, Hold, Look, Receipts, Settings};
use crate::registry::{AnyStep, Entry, Registry};
use crate::schedule::tool_failure;
use crate::step::Probe;
use bowline_ledger::journal::{Journal, JournalError, StepState};
use bowline_model::event::{Event, EventSink};
use bowline_model::failure::Certainty;
use bowline_model::git::Marker;
use bowline_model::plan::Plan;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::step::{Effect, Outcome, ScheduledStep, Stage, StepRecord, VerdictWord};
use bowline_model::{Failure, FailureKind};
use bowline_port::{Doors, Readers};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

/// Everything one run needs.
pub struct Engine<'a> {
    /// The steps.
    pub registry: &'a Registry,
    /// The plan.
    pub plan: &'a Plan,
    /// The marker of everything made for it.
    pub marker: Marker,
    /// Which steps take part.
    pub schedule: &'a [ScheduledStep],
    /// All doors.
    pub doors: &'a Doors,
    /// Where things are.
    pub settings: &'a Settings,
    /// Who listens.
    pub events: &'a dyn EventSink,
    /// Who may stop the run between two points.
    pub interrupt: &'a dyn Interrupt,
    /// The last stage to carry out; none: all of them.
    pub until: Option<Stage>,
}

/// How a run ended.
#[derive(Debug)]
pub struct RunEnd {
    /// Every step of the schedule that had its turn, with its outcome.
    pub steps: Vec<StepRecord>,
    /// What stopped it; none when everything is done.
    pub failure: Option<Failure>,
    /// Whether something irreversible happened or may have.
    pub public: bool,
    /// Whether something irreversible was sent and may still arrive.
    pub in_flight: bool,
    /// Whether the run was stopped from outside and nothing was unwound.
    pub interrupted: bool,
    /// What the steps left.
    pub receipts: Receipts,
}

impl std::fmt::Debug for Receipts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receipts")
    }
}

/// A place in the loop where a run can be stopped as if the process had died there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before the step looks.
    BeforeProbe,
    /// The intent is durable, the effect has not begun.
    AfterIntent,
    /// The effect happened, nothing is recorded.
    AfterEffect,
    /// The receipt is durable.
    AfterReceipt,
}

/// May stop a run, or make a step fail, between two points.
pub trait Interrupt {
    /// `Break` ends the run at once: nothing is recorded and nothing is unwound.
    fn at(&self, point: Point, step: &str) -> ControlFlow<()>;
    /// A failure to report instead of running the step.
    fn fail(&self, step: &str) -> Option<Failure>;
}

/// Never stops anything.
pub struct Uninterrupted;

impl Interrupt for Uninterrupted {
    fn at(&self, _: Point, _: &str) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    fn fail(&self, _: &str) -> Option<Failure> {
        None
    }
}

/// Why a step did not reach an outcome that lets the run go on.
enum Stop {
    Failed(Failure),
    Interrupted,
    /// Somebody wants it to pause.
    Paused(Failure),
}

impl From<JournalError> for Stop {
    fn from(error: JournalError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What a step came to.
struct Came {
    outcome: Outcome,
    attempts: u32,
    receipt: Option<Value>,
}

/// One pass through the schedule, as far as it has come.
pub struct Run<'e> {
    engine: &'e Engine<'e>,
    readers: Readers,
    hold: Option<&'e dyn Hold>,
    journal: RefCell<Journal>,
    receipts: Receipts,
    records: Vec<StepRecord>,
    /// The next entry of the schedule.
    next: usize,
    preflighted: bool,
    rechecked: bool,
    /// Something irreversible happened, or was sent and may have.
    public: Cell<bool>,
    stopped: Option<Stop>,
}

impl Engine<'_> {
    /// Goes through the schedule.
    pub fn run(&self, journal: Journal) -> RunEnd {
        let mut run = self.begin(journal);
        run.go_on(None);
        run.end()
    }

    /// Begins, or goes on from where an earlier attempt came to; nothing has been done yet when this returns.
    pub fn begin(&self, journal: Journal) -> Run<'_> {
        let sent = |entry: &Entry| entry.is_irreversible() && journal.step(entry.meta().id).is_some();
        let public = self.settings.public || self.registry.entries().iter().any(sent);
        self.emit(&Event::RunStarted {
            run: self.settings.run.clone(),
            plan: self.marker.plan,
            resumed: journal.resumed(),
        });
        for finding in journal.findings() {
            self.emit(&Event::Warning { code: "journal_damaged".to_owned(), message: finding.clone() });
        }
        let run = self.pass(journal);
        run.public.set(public);
        run
    }

    /// Does the duties that earlier attempts left open, and nothing else.
    pub fn discharge(&self, journal: Journal) -> Result<(), Failure> {
        self.pass(journal).discharge_all()
    }

    /// Looks at the gates and asks every step whether it could act; changes nothing.
    pub fn preflight(&self, journal: Journal) -> Result<(), Failure> {
        match self.pass(journal).preflight() {
            Ok(()) | Err(Stop::Interrupted) => Ok(()),
            Err(Stop::Failed(failure) | Stop::Paused(failure)) => Err(failure),
        }
    }

    /// Takes back whatever can be taken back, newest first. Returns what was done and what could not be.
    pub fn unwind(&self, journal: Journal) -> RunEnd {
        self.unwind_holding(journal, &Alone)
    }

    /// The same while `hold` is held; what others may be using is not taken back once it is lost.
    pub fn unwind_holding(&self, journal: Journal, hold: &dyn Hold) -> RunEnd {
        let sent = |entry: &Entry| entry.is_irreversible() && journal.step(entry.meta().id).is_some();
        let public = self.settings.public || self.registry.entries().iter().any(sent);
        let mut pass = self.pass(journal);
        pass.hold(hold);
        pass.public.set(public);
        let mut records = Vec::new();
        pass.collect();
        // Once something is public its draft and files are what completing it needs: nothing is taken back then.
        let failure = pass.discharge_all().err().or_else(|| match pass.public.get() {
            true => None,
            false => pass.undo_all(&mut records, |_| true),
        });
        let in_flight = pass.in_flight();
        let public = pass.public.get();
        RunEnd { steps: records, failure, public, in_flight, interrupted: false, receipts: pass.receipts }
    }

    fn pass(&self, journal: Journal) -> Run<'_> {
        Run {
            engine: self,
            readers: self.doors.readers(),
            hold: None,
            journal: RefCell::new(journal),
            receipts: Receipts::default(),
            records: Vec::new(),
            next: 0,
            preflighted: false,
            rechecked: false,
            public: Cell::new(false),
            stopped: None,
        }
    }

    fn emit(&self, event: &Event) {
        self.events.event(event);
    }
}

impl<'e> Run<'e> {
    /// From now on the steps act only while `hold` is held.
    pub fn hold(&mut self, hold: &'e dyn Hold) {
        self.hold = Some(hold);
    }

    /// Whether something irreversible happened, or was sent and may have.
    pub fn is_public(&self) -> bool {
        self.public.get()
    }

    /// Goes on up to the first step of `before`, or to the end. Says whether it came there: otherwise something stopped
    /// it, and only [`Run::end`] is left.
    pub fn go_on(&mut self, before: Option<Stage>) -> bool {
        if self.stopped.is_none() {
            self.stopped = self.forward(before).err().map(|stop| self.or_paused(stop));
        }
        self.stopped.is_none()
    }

    /// Stops it, because of something that was found between two stages.
    pub fn stop(&mut self, failure: Failure) {
        let stop = match failure.kind.can_go_on() {
            true => Stop::Paused(failure),
            false => self.or_paused(Stop::Failed(failure)),
        };
        self.stopped.get_or_insert(stop);
    }

    /// What it came to. A failure takes everything back that can be taken back, as long as nothing is public.
    pub fn end(mut self) -> RunEnd {
        let mut records = std::mem::take(&mut self.records);
        let stop = match self.stopped.take() {
            None => self.discharge_all().err().map(|failure| self.or_paused(Stop::Failed(failure))),
            stop => stop,
        };
        let (failure, interrupted) = match stop {
            None => (None, false),
            Some(Stop::Interrupted) => (None, true),
            Some(Stop::Paused(failure)) => (Some(self.with_duties_done(failure)), false),
            Some(Stop::Failed(failure)) => (Some(self.give_up(failure, &mut records)), false),
        };
        let (public, in_flight) = (self.public.get(), self.in_flight());
        let end = RunEnd { steps: records, failure, public, in_flight, interrupted, receipts: self.receipts };
        if !interrupted {
            let exit_code = end.failure.as_ref().map_or(0, |failure| failure.kind.exit_code(end.public));
            self.engine.emit(&Event::RunFinished { run: self.engine.settings.run.clone(), exit_code });
        }
        end
    }

    fn forward(&mut self, before: Option<Stage>) -> Result<(), Stop> {
        if self.next == 0 {
            self.discharge_all()?;
        }
        let engine = self.engine;
        while let Some(step) = engine.schedule.get(self.next) {
            let is_beyond = |limit: Option<Stage>| limit.is_some_and(|limit| step.stage > limit);
            if before.is_some_and(|before| step.stage >= before) || is_beyond(engine.until) {
                break;
            }
            self.next += 1;
            let Some(entry) = engine.registry.find(&step.id) else { continue };
            self.look_for_pause()?;
            if step.stage != Stage::Gate && !self.preflighted {
                self.preflight()?;
                self.preflighted = true;
            }
            let started = engine.doors.clock.monotonic();
            engine.emit(&Event::StepStarted { step: step.id.clone(), stage: step.stage, effect: step.effect });
            let result = match &step.reason {
                Some(reason) if step.verdict == VerdictWord::Skip => {
                    Ok(Came { outcome: Outcome::Skipped { reason: reason.clone() }, attempts: 0, receipt: None })
                }
                _ => self.one(entry),
            };
            let came = match result {
                Ok(came) => came,
                Err(Stop::Failed(failure)) => {
                    let failure = failure.in_step(&step.id);
                    let outcome = if failure.certainty == Certainty::Unknown {
                        Outcome::Unknown { failure: failure.clone() }
                    } else {
                        Outcome::Failed { failure: failure.clone() }
                    };
                    self.finish(step, Came { outcome, attempts: 1, receipt: None }, started);
                    return Err(Stop::Failed(failure));
                }
                Err(stop) => return Err(stop),
            };
            if let Some(receipt) = &came.receipt {
                self.receipts.keep(&step.id, receipt.clone());
            }
            self.finish(step, came, started);
        }
        Ok(())
    }

    /// What fails after somebody wanted a pause was ended for that.
    fn or_paused(&self, stop: Stop) -> Stop {
        match (stop, self.engine.doors.stop.reason()) {
            (Stop::Failed(failure), Some(why)) => {
                let paused = paused(&why, Some(&failure));
                Stop::Paused(match &failure.step {
                    Some(step) => paused.in_step(step),
                    None => paused,
                })
            }
            (stop, _) => stop,
        }
    }

    /// Between two steps nothing is half done: the best moment to pause.
    fn look_for_pause(&self) -> Result<(), Stop> {
        self.engine.doors.stop.reason().map_or(Ok(()), |why| Err(Stop::Paused(paused(&why, None))))
    }

    /// Whether an irreversible effect was begun and has neither been seen nor definitely failed.
    fn in_flight(&self) -> bool {
        let entries = self.engine.registry.entries();
        entries.iter().any(|entry| entry.is_irreversible() && self.is_intended(entry.meta().id))
    }

    fn is_intended(&self, step: &str) -> bool {
        self.journal.borrow().step(step) == Some(&StepState::Intended)
    }

    fn finish(&mut self, step: &ScheduledStep, came: Came, started: Duration) {
        let elapsed = self.engine.doors.clock.monotonic().saturating_sub(started);
        let duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        self.records.push(StepRecord {
            id: step.id.clone(),
            stage: step.stage,
            outcome: came.outcome.as_str().to_owned(),
            reason: reason_of(&came.outcome),
            attempts: came.attempts,
            duration_ms,
            receipt: came.receipt,
        });
        self.engine.emit(&Event::StepFinished { step: step.id.clone(), outcome: came.outcome, duration_ms });
    }

    fn one(&mut self, entry: &Entry) -> Result<Came, Stop> {
        let id = entry.meta().id;
        self.point(Point::BeforeProbe, id)?;
        match entry {
            Entry::Check(check) => {
                self.injected(id)?;
                let receipt = check.check(&self.look())?;
                Ok(Came { outcome: Outcome::Done, attempts: 1, receipt: Some(receipt) })
            }
            Entry::Step(step) => self.effect(step.as_ref()),
        }
    }

    fn effect(&mut self, step: &dyn AnyStep) -> Result<Came, Stop> {
        let meta = step.meta();
        let irreversible = meta.effect == Effect::Irreversible;
        if seeded(Bug::TrustJournal)
            && let Some(StepState::Done(receipt)) = self.journal.borrow().step(meta.id)
        {
            return Ok(Came { outcome: Outcome::AlreadyDone, attempts: 1, receipt: Some(receipt.clone()) });
        }
        for attempt in 1..=ATTEMPTS {
            match step.probe(&self.cx(meta.id))? {
                Probe::Present(receipt) => {
                    if irreversible {
                        self.public.set(true);
                    }
                    self.journal.borrow_mut().receipt(meta.id, &receipt)?;
                    let outcome = if attempt == 1 { Outcome::AlreadyDone } else { Outcome::Done };
                    return Ok(Came { outcome, attempts: attempt, receipt: Some(receipt) });
                }
                Probe::Conflict(failure) => return Err(failure.into()),
                Probe::Partial(_) if irreversible => self.public.set(true),
                Probe::Absent | Probe::Partial(_) => {}
            }
            if irreversible && !self.rechecked {
                self.recheck()?;
                self.rechecked = true;
            }
            // Sent by an attempt of this or of an earlier run, and neither seen nor refused since.
            let unanswered = irreversible && self.is_intended(meta.id);
            match self.act(step, irreversible, unanswered) {
                Ok(receipt) => return Ok(Came { outcome: Outcome::Done, attempts: attempt, receipt: Some(receipt) }),
                // Sent and not answered: look again, and as everything we create is the same when created again,
                // sending it once more is safe when nothing is there.
                Err(Stop::Failed(failure)) if failure.certainty == Certainty::Unknown && attempt < ATTEMPTS => {
                    self.engine.doors.clock.sleep(PAUSE * attempt);
                    self.look_for_pause()?;
                }
                Err(Stop::Failed(failure)) if unanswered => return Err(failure.unknown().into()),
                Err(stop) => return Err(stop),
            }
        }
        Err(Failure::new(FailureKind::Internal, "attempts", "the attempts of a step ran out").into())
    }

    fn act(&self, step: &dyn AnyStep, irreversible: bool, unanswered: bool) -> Result<Value, Stop> {
        let id = step.meta().id;
        if !seeded(Bug::ActWithoutLock) {
            self.held().keep()?;
        }
        self.journal.borrow_mut().intent(id)?;
        self.engine.emit(&Event::IntentRecorded { step: id.to_owned() });
        self.point(Point::AfterIntent, id)?;
        let before = self.public.get();
        if irreversible {
            self.public.set(true);
        }
        // A failure that a test reports instead is one that surely had no effect.
        let ran = match self.engine.interrupt.fail(id) {
            Some(failure) => Err(failure.in_step(id)),
            None => step.run(&self.cx(id).unanswered(unanswered)),
        };
        match ran {
            Ok(receipt) => {
                self.engine.emit(&Event::EffectReturned { step: id.to_owned() });
                self.point(Point::AfterEffect, id)?;
                self.journal.borrow_mut().receipt(id, &receipt)?;
                self.point(Point::AfterReceipt, id)?;
                Ok(receipt)
            }
            Err(failure) => {
                // A definite no: it was not sent, so going back is allowed; unless an earlier attempt is open, which
                // this one must not erase.
                if failure.certainty == Certainty::NotDone && !unanswered {
                    self.public.set(before);
                    self.journal.borrow_mut().not_done(id)?;
                }
                Err(failure.into())
            }
        }
    }

    /// Asks for all tools and all steps together, so that one run names everything that is missing.
    fn preflight(&self) -> Result<(), Stop> {
        let mut missing: Vec<Failure> = Vec::new();
        let mut tools = BTreeSet::new();
        let wanted = |step: &ScheduledStep| self.engine.until.is_none_or(|until| step.stage <= until);
        for (step, entry) in self.scheduled().into_iter().filter(|(step, _)| wanted(step)) {
            // A tool that several steps need is named once.
            let needed = entry.meta().tools.iter().filter(|tool| tools.insert(**tool));
            let unusable = needed.filter_map(|tool| self.engine.doors.tools.judge(tool).err());
            missing.extend(unusable.map(|error| tool_failure(error).in_step(&step.id)));
            if let Entry::Step(any) = entry {
                missing.extend(any.preflight(&self.cx(&step.id)).err());
            }
        }
        // Several steps can lack the same.
        missing.dedup_by(|later, first| later.message == first.message);
        let first = missing.into_iter().reduce(|mut first, failure| {
            first.causes.push(failure.message);
            first.causes.extend(failure.causes);
            first.hints.extend(failure.hints);
            first.hints.dedup();
            first
        });
        first.map_or(Ok(()), |failure| Err(failure.into()))
    }

    /// Checks once more what can have changed while the run was at work.
    fn recheck(&self) -> Result<(), Stop> {
        for (_, entry) in self.scheduled() {
            if let Entry::Check(check) = entry
                && check.recheck()
            {
                let receipt = check.check(&self.look())?;
                self.receipts.keep(check.meta().id, receipt);
            }
        }
        Ok(())
    }

    fn held(&self) -> &'e dyn Hold {
        self.hold.unwrap_or(&Alone)
    }

    fn scheduled(&self) -> Vec<(&ScheduledStep, &Entry)> {
        let runs = self.engine.schedule.iter().filter(|step| step.verdict == VerdictWord::Run);
        runs.filter_map(|step| Some((step, self.engine.registry.find(&step.id)?))).collect()
    }

    fn look(&self) -> Look<'_> {
        Look {
            plan: self.engine.plan,
            marker: self.engine.marker,
            readers: &self.readers,
            settings: self.engine.settings,
            receipts: &self.receipts,
            public: self.public.get(),
            events: self.engine.events,
        }
    }

    fn cx<'s>(&'s self, step: &'s str) -> Cx<'s> {
        Cx::new(self.look(), self.engine.doors, self.held(), &self.journal, step)
    }

    fn point(&self, point: Point, step: &str) -> Result<(), Stop> {
        match self.engine.interrupt.at(point, step) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Interrupted),
        }
    }

    fn injected(&self, step: &str) -> Result<(), Stop> {
        self.engine.interrupt.fail(step).map_or(Ok(()), |failure| Err(failure.in_step(step).into()))
    }
}

/// The failure of a run that pauses because of `why`, with what was ended for that.
fn paused(why: &str, ended: Option<&Failure>) -> Failure {
    let mut failure = Failure::new(FailureKind::Paused, "paused", format!("paused by {why}"));
    if let Some(ended) = ended {
        failure.causes.push(ended.message.clone());
        failure.certainty = ended.certainty;
    }
    failure.hint("go on: bowline resume")
}

fn reason_of(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Skipped { reason } => Some(reason.to_string()),
        Outcome::Failed { failure } | Outcome::Unknown { failure } | Outcome::UndoFailed { failure } => {
            Some(failure.message.clone())
        }
        Outcome::Done | Outcome::AlreadyDone | Outcome::Undone => None,
    }
}

/// Whether the journal knows of an attempt to do `step` that was not taken back.
pub fn was_attempted(journal: &Journal, step: &str) -> bool {
    matches!(journal.step(step), Some(StepState::Intended | StepState::Done(_)))
}

const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
