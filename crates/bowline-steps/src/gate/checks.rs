//! `gate/checks`: the required checks are green on the planned commit.
//!
//! What counts is what is said about exactly that commit. A check that is not there, a word that is not known and a forge
//! that cannot be asked let nothing pass. It is asked again right before the push. Once something is public it is not
//! asked any more: a check that fails by then cannot take the release back, and only going on makes it whole.

use super::judge::{Judgement, judge};
use crate::assets::forge_failure;
use bowline_engine::{Check, Look, StepMeta};
use bowline_model::plan::{CheckRequirement, Plan};
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use bowline_port::forge::Checks as Door;
use bowline_port::forge::checks::Demand;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Checks;

/// What was found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Green {
    /// Names of the checks, sorted; empty when they were not asked for any more.
    pub checks: Vec<String>,
}

impl Check for Checks {
    type Receipt = Green;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "gate/checks",
        stage: Stage::Gate,
        effect: Effect::Observe,
        needs: &[],
        tools: &[],
        summary: "the required checks are green",
    };
    const RECHECK: bool = true;

    fn decide(&self, plan: &Plan) -> Verdict {
        match plan.requirements.checks {
            Some(_) => Verdict::Run,
            None => Verdict::Skip { reason: SkipReason::NotConfigured },
        }
    }

    fn check(&self, look: &Look<'_>) -> Result<Green, Failure> {
        let Some(required) = look.plan.requirements.checks.as_ref().filter(|_| !look.public) else {
            return Ok(Green { checks: Vec::new() });
        };
        let head = look.plan.repository.head;
        let door = look.readers.forge.checks().ok_or_else(|| unsupported(look))?;
        let demands = if required.branch_rules { demands(look, door)? } else { Vec::new() };
        let said = door.of_commit(head).map_err(forge_failure)?.ok_or_else(|| {
            let message = format!("{} does not know commit {}", look.readers.forge.location(), head.short());
            Failure::new(FailureKind::Refused, "checks_commit_unknown", message)
                .hint("push it first, so that its checks begin, and run the same command when they are done")
        })?;
        let judgement = judge(required, &demands, &said);
        let short = head.short();
        if !judgement.failed.is_empty() {
            return Err(failed(&judgement, required, &short));
        }
        if !judgement.waiting.is_empty() {
            return Err(waiting(&judgement, &short));
        }
        Ok(Green { checks: judgement.green.into_iter().collect() })
    }
}

/// What the branch's own rules demand; a rule that demands nothing is no gate.
fn demands(look: &Look<'_>, door: &dyn Door) -> Result<Vec<Demand>, Failure> {
    let branch = &look.plan.repository.branch;
    let demands = door.demanded(branch).map_err(forge_failure)?;
    if demands.is_empty() {
        let message = format!("no rule of {} demands a check for branch {branch}", look.readers.forge.location());
        return Err(Failure::new(FailureKind::Refused, "checks_no_rule", message).hint(
            "add the rule there, or name the checks under `[gate.checks]` in bowline.toml instead of `branch_rules`",
        ));
    }
    Ok(demands)
}

fn unsupported(look: &Look<'_>) -> Failure {
    let message = format!("{} has no checks, and `gate.checks` requires some", look.readers.forge.location());
    Failure::new(FailureKind::Config, "checks_unsupported", message)
        .hint("remove `[gate.checks]` from bowline.toml, or release to a forge that has checks")
}

fn failed(judgement: &Judgement, required: &CheckRequirement, commit: &str) -> Failure {
    let count = judgement.failed.len();
    let message = format!("{count} required check{} not green on {commit}", if count == 1 { " is" } else { "s are" });
    let mut failure = Failure::new(FailureKind::Refused, "checks_failed", message)
        .hint("start them again on the forge, or mend what they found and release the new commit");
    failure.causes.extend(judgement.failed.iter().take(LISTED).cloned());
    let is_accepted = |word: &str| required.accept.iter().any(|accepted| accepted == word);
    for word in ["skipped", "neutral"] {
        if !is_accepted(word) && judgement.failed.iter().any(|line| line.contains(&format!(": {word}"))) {
            failure =
                failure.hint(format!("if `{word}` is good enough: `accept = [\"{word}\"]` under `[gate.checks]`"));
        }
    }
    failure
}

fn waiting(judgement: &Judgement, commit: &str) -> Failure {
    let count = judgement.waiting.len();
    let message = format!("{count} required check{} not done on {commit}", if count == 1 { " is" } else { "s are" });
    let mut failure = Failure::new(FailureKind::Waiting, "checks_waiting", message)
        .hint("run the same command when they are done, or let it wait: --wait 30m")
        .hint("the job that runs this is never done before it: leave it out with `ignore` under `[gate.checks]`");
    failure.causes.extend(judgement.waiting.iter().take(LISTED).cloned());
    failure
}

/// Enough for a person to see what is going on.
const LISTED: usize = 20;
