//! Which steps take part, decided while planning and printed with the plan.

use crate::context::Look;
use crate::registry::{Entry, Registry};
use bowline_model::event::{Event, EventSink};
use bowline_model::plan::{GateState, Plan};
use bowline_model::step::{ScheduledStep, SkipReason, Stage, Verdict, VerdictWord};
use bowline_model::tool::ToolPolicy;
use bowline_model::{Failure, FailureKind};
use bowline_port::process::ProcessError;
use bowline_port::process::tools::{ToolError, Toolbox};
use std::collections::{BTreeMap, BTreeSet};

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

/// Leaves out the steps whose tools are switched off, or are optional and of no use, and the steps that build on them.
/// A required tool is looked at in preflight and not here. `events` hears of an optional tool that is there and does not
/// work, because somebody meant it to.
pub fn equip(
    registry: &Registry,
    schedule: &mut [ScheduledStep],
    tools: &Toolbox,
    events: &dyn EventSink,
) -> Result<(), Failure> {
    let mut left_out: BTreeSet<String> = BTreeSet::new();
    for step in schedule.iter_mut().filter(|step| step.verdict == VerdictWord::Run) {
        let Some(meta) = registry.find(&step.id).map(Entry::meta) else { continue };
        let upstream = meta.needs.iter().find(|need| left_out.contains(**need));
        let reason = match upstream {
            Some(need) => Some((SkipReason::UpstreamSkipped { step: (*need).to_owned() }, None)),
            None => first_missing(meta.tools, tools, events)?,
        };
        if let Some((reason, origin)) = reason {
            left_out.insert(step.id.clone());
            step.verdict = VerdictWord::Skip;
            step.reason = Some(reason);
            step.origin = origin.unwrap_or_else(|| step.origin.clone());
        }
    }
    Ok(())
}

/// Why a step with these tools is left out, and what decided it.
fn first_missing(
    names: &[&str],
    tools: &Toolbox,
    events: &dyn EventSink,
) -> Result<Option<(SkipReason, Option<String>)>, Failure> {
    for name in names {
        let key = format!("tools.{name}.policy");
        match tools.policy(name) {
            Some(ToolPolicy::Off) => {
                return Ok(Some((SkipReason::DisabledBy { flag_or_key: key.clone() }, Some(key))));
            }
            Some(ToolPolicy::Optional) => {}
            Some(ToolPolicy::Required) | None => continue,
        }
        match tools.judge(name) {
            Ok(_) => {}
            Err(ProcessError::Unusable(error)) => {
                if !matches!(error, ToolError::Absent { .. }) {
                    events.event(&Event::Warning { code: "optional_tool".to_owned(), message: error.to_string() });
                }
                return Ok(Some((SkipReason::OptionalToolMissing { tool: (*name).to_owned() }, Some(key))));
            }
            Err(error) => return Err(tool_failure(error)),
        }
    }
    Ok(None)
}

/// The failure of a run that cannot do without a tool.
pub(crate) fn tool_failure(error: ProcessError) -> Failure {
    match error {
        ProcessError::Unusable(error) => error.into(),
        ProcessError::Stopped { .. } => {
            Failure::from_error(FailureKind::Paused, "paused", &error).hint("run the same command again")
        }
        error => Failure::from_error(FailureKind::Missing, "tool_broken", &error)
            .hint("see whether the program runs, then run the same command again"),
    }
}

/// How the gates stand right now, without changing anything. The failures are returned beside the states.
pub fn gates(registry: &Registry, look: &Look<'_>, schedule: &[ScheduledStep]) -> (Vec<GateState>, Vec<Failure>) {
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
