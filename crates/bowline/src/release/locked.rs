//! The lock as a run uses it: looked at before anything is begun, taken before anything leaves this machine, carried by
//! the push, and let go of when nothing of the run can arrive any more.

use crate::workspace::Workspace;
use bowline_engine::Hold;
use bowline_ledger::lock::{Claim, Held, LockError, Standing};
use bowline_ledger::runs::Runs;
use bowline_model::plan::Plan;
use bowline_model::release::RunRecord;
use bowline_model::release::lock::LockRecord;
use bowline_model::text::one_line;
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::Doors;
use bowline_port::git::RefUpdate;
use bowline_port::state::StateError;
use bowline_steps::build::frozen::state_failure;
use std::cell::Cell;
use std::time::Duration;

/// How long may still be waited for others; the time is used up across all waits of a command.
#[derive(Debug)]
pub struct Patience {
    left: Cell<Duration>,
}

impl Patience {
    /// `--wait`, as it was given.
    pub fn new(wait: Option<&str>) -> Result<Self, Failure> {
        let left = match wait {
            None => Duration::ZERO,
            Some(text) => Duration::from_millis(bowline_config::duration_ms(text).ok_or_else(|| {
                Failure::new(FailureKind::Usage, "wait", format!("`{}` is no length of time", one_line(text, 40)))
                    .hint("write a whole number and one unit: --wait 90s, --wait 15m")
            })?),
        };
        Ok(Self { left: Cell::new(left) })
    }

    /// Uses up the time that `act` takes.
    fn spend<T>(&self, doors: &Doors, act: impl FnOnce(Duration) -> T) -> T {
        let started = doors.clock.monotonic();
        let result = act(self.left.get());
        let took = doors.clock.monotonic().saturating_sub(started);
        self.left.set(self.left.get().saturating_sub(took));
        result
    }
}

/// Only one process of this machine works on a repository's releases at a time.
pub fn alone(doors: &Doors, patience: &Patience) -> Result<Box<dyn Send>, Failure> {
    patience.spend(doors, |mut left| {
        loop {
            if let Some(held) = doors.local.lock().map_err(state_failure)? {
                return Ok(held);
            }
            if left.is_zero() {
                let message = "another process on this machine is releasing this repository";
                return Err(Failure::new(FailureKind::Busy, "busy", message)
                    .hint("run the same command again when it has ended, or wait for it: --wait 15m")
                    .hint("`bowline status` shows what it did"));
            }
            let pause = left.min(POLL);
            doors.clock.sleep(pause);
            left = left.saturating_sub(pause);
            if doors.stop.is_requested() {
                return Err(Failure::new(FailureKind::Paused, "paused", "waiting for another process was ended"));
            }
        }
    })
}

/// Who is at work on the channel of `plan`, when that is somebody else.
pub fn busy(workspace: &Workspace, doors: &Doors, plan: &Plan) -> Result<Option<LockRecord>, Failure> {
    Ok(match workspace.locks(doors.state.clone()).look(&plan.channel)? {
        Standing::Busy(holder) => Some(holder),
        Standing::Free | Standing::Ours(_) | Standing::Expired(_) => None,
    })
}

/// Waits until the lock of `plan`'s channel can be taken.
pub fn wait(workspace: &Workspace, doors: &Doors, plan: &Plan, patience: &Patience) -> Result<(), Failure> {
    let locks = workspace.locks(doors.state.clone());
    Ok(patience.spend(doors, |left| locks.wait(&plan.channel, left, &doors.stop))?)
}

/// Waits as long as `look` says that a gate is waiting, asking now and then: what opens it is somebody else's work, and
/// every question is one to a forge. What else may be in the way, and what is still waiting in the end, is for the run itself
/// to find.
pub fn wait_for_gates(doors: &Doors, patience: &Patience, look: &dyn Fn() -> Vec<Failure>, tell: &dyn Fn(&Failure)) {
    patience.spend(doors, |mut left| {
        let (mut pause, mut told) = (FIRST_LOOK, None);
        while !left.is_zero() && !doors.stop.is_requested() {
            let failures = look();
            let only_waiting = failures.iter().all(|failure| failure.kind == FailureKind::Waiting);
            let Some(failure) = failures.first().filter(|_| only_waiting) else { return };
            if told.as_ref() != Some(&failure.message) {
                tell(failure);
                told = Some(failure.message.clone());
            }
            doors.clock.sleep(pause.min(left));
            left = left.saturating_sub(pause);
            pause = (pause * 2).min(LONGEST_LOOK);
        }
    });
}

/// A lock that was taken.
pub struct Locked {
    held: Held,
}

impl Locked {
    /// Takes the lock for `claim`, and makes its run and plan known where others find them.
    pub fn take(
        workspace: &Workspace,
        doors: &Doors,
        claim: &Claim,
        begun: Option<(&RunRecord, &Plan)>,
        patience: &Patience,
    ) -> Result<Self, Failure> {
        let locks = workspace.locks(doors.state.clone());
        let runs = Runs::new(doors.local.clone(), doors.state.clone());
        let also = || begun.map_or(Ok(Vec::new()), |(run, plan)| runs.sharing(run, Some(plan)));
        let held = patience.spend(doors, |left| locks.take(claim, &also, left, &doors.stop))?;
        Ok(Self { held })
    }

    /// Whether a push for `plan`, sent by a run that did not live to see what came of it, may still arrive.
    pub fn may_arrive(&self, plan: &Digest) -> bool {
        self.held.record().sent.is_some_and(|sent| sent.plan == *plan)
    }

    /// Lets go of it, and makes known how runs stand. What is long over is forgotten afterwards, because a store that
    /// does not let anything be removed (branches that nobody may delete, say) must not keep the lock held.
    pub fn release(&self, runs: &Runs, known: &[RunRecord]) -> Result<(), Failure> {
        let attempt = || -> Result<(), LockError> {
            let mut changes = Vec::new();
            for run in known {
                changes.extend(runs.sharing(run, None)?);
            }
            self.held.release(&changes)
        };
        match attempt() {
            // Not the lock has moved but what is known of a run: made again from what is known now, so that nobody has
            // to wait for the end of the lease.
            Err(LockError::State { source: StateError::Conflict { .. }, .. }) => attempt(),
            other => other,
        }?;
        // Nothing depends on it, and the next release tries again.
        let _ = runs.forget_old();
        Ok(())
    }

    /// Until when it lasts when nobody lets go of it.
    pub fn expires(&self) -> String {
        self.held.record().expires.to_string()
    }
}

impl Hold for Locked {
    fn keep(&self) -> Result<(), Failure> {
        Ok(self.held.keep()?)
    }

    fn confirm(&self) -> Result<(), Failure> {
        Ok(self.held.confirm()?)
    }

    fn sending(&self, remote: Option<&str>) -> Result<Vec<RefUpdate>, Failure> {
        match remote.map(|remote| self.held.ride(remote)).transpose()?.flatten() {
            Some(update) => Ok(vec![update]),
            // The push cannot carry it: the lease is renewed and the push noted before it is sent.
            None => Ok(self.held.sending().map(|()| Vec::new())?),
        }
    }

    fn sent(&self) {
        self.held.rode();
    }
}

/// Between two looks at another process of this machine.
/// Between two looks at gates, growing: a check takes minutes.
const FIRST_LOOK: Duration = Duration::from_secs(2);
const LONGEST_LOOK: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(500);
