//! `notify/released`: comments and labels on the pull requests and issues of a release, and its milestone closed.
//!
//! Nothing of it unless configured. Each comment ends in a marker that nobody sees, and is written only where it is not
//! there, so that it is there once, whatever died in between. Best effort: the release is complete by now, so whatever goes
//! wrong is told and makes no run fail; rights that are missing and a forge that wants to be left alone end it early.

use super::followed::{self, GONE, Skipped, Todo, Work, put_up_with};
use crate::assets::forge_failure;
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_model::plan::{FollowUpRequirement, Plan};
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use bowline_port::forge::{FollowUp, ForgeError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Released;

/// What was told.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// Numbers of pull requests and issues that were commented on now.
    pub commented: Vec<u64>,
    /// Numbers of those that were labelled now.
    pub labelled: Vec<u64>,
    /// How many had everything already.
    pub complete: usize,
    /// Those that got nothing, and why.
    pub skipped: Vec<Skipped>,
    /// The milestone that was closed now.
    pub milestone: Option<String>,
    /// What could not be done.
    pub problems: Vec<String>,
}

impl Step for Released {
    type Receipt = Told;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "notify/released",
        stage: Stage::Notify,
        effect: Effect::Recorded,
        needs: &["commit/objects", "verify/release"],
        tools: &[],
        summary: "tell pull requests, issues and milestones",
    };

    fn decide(&self, plan: &Plan) -> Verdict {
        match &plan.requirements.follow_up {
            Some(wanted) if wanted.is_about_conversations() => Verdict::Run,
            _ => Verdict::Skip { reason: SkipReason::NotConfigured },
        }
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Told>, Failure> {
        // What cannot be looked at is told by `run`, which looks again.
        Ok(match Todo::find(cx, &wanted(cx.plan)) {
            Ok(todo) if todo.is_done() => {
                followed::warn(cx, &todo.notes);
                Probe::Present(Told::begin(&todo))
            }
            Ok(_) | Err(_) => Probe::Absent,
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Told, Failure> {
        let mut told = Told::default();
        if let Err(failure) = told.tell(cx, &wanted(cx.plan)) {
            told.problems.push(put_up_with(failure)?);
        }
        followed::warn(cx, &told.problems);
        Ok(told)
    }
}

fn wanted(plan: &Plan) -> FollowUpRequirement {
    plan.requirements.follow_up.clone().unwrap_or_default()
}

impl Told {
    fn begin(todo: &Todo) -> Self {
        let skipped = todo.skipped.iter().map(|left| Skipped { number: left.number, reason: left.reason.clone() });
        Self { complete: todo.complete, skipped: skipped.collect(), problems: todo.notes.clone(), ..Self::default() }
    }

    /// Tells everybody who was not told yet. A failure ends it.
    fn tell(&mut self, cx: &Cx<'_>, wanted: &FollowUpRequirement) -> Result<(), Failure> {
        let todo = Todo::find(cx, wanted)?;
        *self = Self::begin(&todo);
        let forge = &cx.doors.forge;
        let door = forge.follow_up().ok_or_else(|| forge_failure(ForgeError::Unsupported(forge.kind())))?;
        let text = wanted.comment.as_deref().map(|template| followed::comment(template, cx)).transpose()?;
        let mut failed = 0;
        for (done, work) in todo.work.iter().enumerate() {
            // Many conversations take longer than a lease lasts.
            match cx.hold.keep().and_then(|()| self.one(cx, door, work, text.as_deref())) {
                Ok(()) => {}
                Err(failure) if ends_it(&failure) || failed + 1 == MOST_FAILED => {
                    let left = todo.work.len() - done;
                    self.problems.push(format!("given up with {left} of {} left", todo.work.len()));
                    return Err(failure);
                }
                Err(failure) => {
                    failed += 1;
                    self.problems.push(put_up_with(failure)?);
                }
            }
        }
        if let Some(milestone) = todo.milestone {
            door.close_milestone(milestone.number).map_err(forge_failure)?;
            self.milestone = Some(milestone.title);
        }
        Ok(())
    }

    /// Tells one conversation.
    fn one(&mut self, cx: &Cx<'_>, door: &dyn FollowUp, work: &Work, text: Option<&str>) -> Result<(), Failure> {
        let number = work.number;
        if let Some(text) = text.filter(|_| work.comment) {
            match door.comment(number, text) {
                Err(ForgeError::Missing { .. }) => return self.gone(number),
                Err(error) => arrived(cx, number, forge_failure(error))?,
                Ok(()) => {}
            }
            self.commented.push(number);
        }
        if !work.labels.is_empty() {
            match door.label(number, &work.labels) {
                Err(ForgeError::Missing { .. }) => return self.gone(number),
                other => other.map_err(forge_failure)?,
            }
            self.labelled.push(number);
        }
        Ok(())
    }

    fn gone(&mut self, number: u64) -> Result<(), Failure> {
        self.skipped.push(Skipped { number, reason: GONE.to_owned() });
        Ok(())
    }
}

/// A comment whose answer was lost is looked for and never sent twice.
fn arrived(cx: &Cx<'_>, number: u64, failure: Failure) -> Result<(), Failure> {
    if failure.certainty != bowline_model::failure::Certainty::Unknown {
        return Err(failure);
    }
    let found = followed::conversations(cx)?.look(&[number], &followed::marker(cx)?).map_err(forge_failure)?;
    if found.iter().any(|there| there.marked) { Ok(()) } else { Err(failure) }
}

/// Whether the next one would fail in the same way.
fn ends_it(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Missing | FailureKind::Paused | FailureKind::Busy)
}

/// Failures of single conversations after which the rest is given up.
const MOST_FAILED: u32 = 3;
