//! `gate/environment`: the environment that guards the releasing job has rules.
//!
//! An environment that a workflow names and nobody made comes into being without any rule, so a gate that everybody
//! believes in may be none. The rules are read as they are now, and what cannot be read lets nothing pass.

use crate::assets::forge_failure;
use bowline_engine::{Check, Look, StepMeta};
use bowline_model::plan::{EnvironmentRequirement, Plan};
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind};
use bowline_port::forge::environments::EnvironmentRules;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Environment;

/// What was found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Guarded {
    /// Its rules in words; empty when they were not asked for any more.
    pub rules: Vec<String>,
}

impl Check for Environment {
    type Receipt = Guarded;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "gate/environment",
        stage: Stage::Gate,
        effect: Effect::Observe,
        needs: &[],
        tools: &[],
        summary: "the environment has rules",
    };
    const RECHECK: bool = true;

    fn decide(&self, plan: &Plan) -> Verdict {
        match plan.requirements.environment {
            Some(_) => Verdict::Run,
            None => Verdict::Skip { reason: SkipReason::NotConfigured },
        }
    }

    fn check(&self, look: &Look<'_>) -> Result<Guarded, Failure> {
        let Some(required) = look.plan.requirements.environment.as_ref().filter(|_| !look.public) else {
            return Ok(Guarded { rules: Vec::new() });
        };
        let door = look.readers.forge.environments().ok_or_else(|| unsupported(look))?;
        let rules = door.rules_of(&required.name).map_err(forge_failure)?.ok_or_else(|| absent(required, look))?;
        let missing: Vec<&str> = required.rules.iter().map(String::as_str).filter(|rule| !has(&rules, rule)).collect();
        let told = told(&rules);
        if told.is_empty() {
            return Err(refused(required, &rules, "environment_open", "has no rule, so it guards nothing"));
        }
        if !missing.is_empty() {
            let lacks = format!("lacks what `gate.environment.rules` requires: {}", missing.join(", "));
            return Err(refused(required, &rules, "environment_weak", &lacks));
        }
        Ok(Guarded { rules: told })
    }
}

fn has(rules: &EnvironmentRules, rule: &str) -> bool {
    match rule {
        "reviewers" => rules.reviewers > 0,
        "prevent_self_review" => rules.prevents_self_review,
        "wait_timer" => rules.wait_minutes > 0,
        "branch_policy" => rules.has_branch_policy,
        _ => false,
    }
}

fn told(rules: &EnvironmentRules) -> Vec<String> {
    let EnvironmentRules { reviewers, wait_minutes, others, .. } = rules;
    let self_review = if rules.prevents_self_review { ", nobody their own" } else { "" };
    [
        (*reviewers > 0, format!("reviewers: {reviewers}{self_review}")),
        (*wait_minutes > 0, format!("wait timer: {wait_minutes} min")),
        (rules.has_branch_policy, "branch policy".to_owned()),
        (*others > 0, format!("other rules: {others}")),
    ]
    .into_iter()
    .filter_map(|(there, words)| there.then_some(words))
    .collect()
}

fn unsupported(look: &Look<'_>) -> Failure {
    let message = format!("{} has no environments, and configuration requires one", look.readers.forge.location());
    Failure::new(FailureKind::Config, "environments_unsupported", message)
        .hint("remove `[gate.environment]` and `environment` of the channel from bowline.toml, or release to a forge that has environments")
}

fn absent(required: &EnvironmentRequirement, look: &Look<'_>) -> Failure {
    let message = format!("{} shows no environment `{}`", look.readers.forge.location(), required.name);
    Failure::new(FailureKind::Refused, "environment_absent", message)
        .hint("make it in the repository's settings, with rules: one that a workflow names and nobody made has none")
        .hint("if it is there: give the token this right: `Actions: read`")
}

fn refused(required: &EnvironmentRequirement, rules: &EnvironmentRules, code: &'static str, why: &str) -> Failure {
    let page = rules.page.as_deref().map(|page| format!(" ({})", one_line(page, 300))).unwrap_or_default();
    let message = format!("environment `{}` {why}{page}", required.name);
    Failure::new(FailureKind::Refused, code, message)
        .hint("add the rule in the repository's settings, below Environments, and run the same command again")
}
