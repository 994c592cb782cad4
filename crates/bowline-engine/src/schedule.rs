//! Which steps take part, decided while planning and printed with the plan.

use crate::context::Look;
use crate::registry::{Entry, Registry};
use bowline_model::plan::{GateState, Plan};
use bowline_model::step::{ScheduledStep, SkipReason, Stage, Verdict, VerdictWord};
use std::collections::BTreeMap;

/// Steps switched off from outside: id and the flag or key that did it.
pub type Disabled = BTreeMap<String, String>;

/// The ordered steps with their verdicts. A step whose need is skipped is skipped with it.
pub fn schedule(registry: &Registry, plan: &Plan, disabled: &Disabled) -> Vec<ScheduledStep> {
    let mut scheduled: Vec<ScheduledStep> = Vec::new();
    for entry in registry.entries() {
        let meta = entry.meta();
        let (verdict, origin) = match disabled.get(meta.id) {
            Some(by) => (Verdict::Skip { reason: SkipReason::DisabledBy { flag_or_key: by.clone() } }, by.as_str()),
            None => (entry.decide(plan), "default"),
        };
        let upstream =
            scheduled.iter().find(|step| step.verdict == VerdictWord::Skip && meta.needs.contains(&step.id.as_str()));
        let reason = match (verdict, upstream) {
            (Verdict::Skip { reason }, _) => Some(reason),
            (Verdict::Run, Some(step)) => Some(SkipReason::UpstreamSkipped { step: step.id.clone() }),
            (Verdict::Run, None) => None,
        };
        scheduled.push(ScheduledStep {
            id: meta.id.to_owned(),
            stage: meta.stage,
            effect: meta.effect,
            verdict: if reason.is_some() { VerdictWord::Skip } else { VerdictWord::Run },
            reason,
            origin: origin.to_owned(),
        });
    }
    scheduled
}

/// How the gates stand right now, without changing anything. The failures are returned beside the states.
pub fn gates(
    registry: &Registry,
    look: &Look<'_>,
    schedule: &[ScheduledStep],
) -> (Vec<GateState>, Vec<bowline_model::Failure>) {
    let mut states = Vec::new();
    let mut failures = Vec::new();
    for entry in registry.entries() {
        let Entry::Check(check) = entry else { continue };
        let meta = check.meta();
        let runs = schedule.iter().any(|step| step.id == meta.id && step.verdict == VerdictWord::Run);
        if meta.stage != Stage::Gate || !runs {
            continue;
        }
        let (open, reason) = match check.check(look) {
            Ok(receipt) => {
                look.receipts.keep(meta.id, receipt);
                (true, meta.summary.to_owned())
            }
            Err(failure) => {
                let reason = failure.message.clone();
                failures.push(failure);
                (false, reason)
            }
        };
        states.push(GateState { id: meta.id.to_owned(), open, reason });
    }
    (states, failures)
}
