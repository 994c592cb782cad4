//! What the forge says about a push before it is made: its rules, and whether anybody hears of it.
//!
//! What surely stops the push is a failure of preflight with all its causes; what may is a warning. Once something of the
//! release is public there is nothing to decide any more.

use super::workflows;
use crate::assets::forge_failure;
use crate::objects::{made_by_forge, new_commit};
use crate::refs::{Refs, git_failure, package};
use bowline_engine::{Cx, Look};
use bowline_model::plan::remote_host;
use bowline_model::{Failure, FailureKind};
use bowline_port::forge::rules::{Finding, Identity, Push, PushedFile, Strength};

/// Asks for everything that stops the push to `remote`, whose references are `now`, and warns of what may.
pub fn ask(cx: &Cx<'_>, remote: &str, now: &Refs) -> Result<(), Failure> {
    let Some(rules) = cx.readers.forge.rules().filter(|_| !cx.public && now.tag.is_none()) else { return Ok(()) };
    let found = rules.findings(&push(cx, remote, now)?).map_err(forge_failure)?;
    let (refused, warned): (Vec<Finding>, Vec<Finding>) =
        found.into_iter().partition(|finding| finding.strength == Strength::Refuse);
    for finding in warned {
        let advice = finding.hints.first().map(|hint| format!(" ({hint})")).unwrap_or_default();
        cx.warn(finding.code, format!("{}{advice}", finding.message));
    }
    warn_of_silence(cx, &rules.identity().map_err(forge_failure)?)?;
    refused.into_iter().map(failure).reduce(both).map_or(Ok(()), Err)
}

/// Two failures as one, which names all causes and choices.
pub fn both(mut first: Failure, second: Failure) -> Failure {
    first.causes.push(second.message);
    first.causes.extend(second.causes);
    for hint in second.hints {
        if !first.hints.contains(&hint) {
            first.hints.push(hint);
        }
    }
    first
}

/// What can be done about a push that GitHub refused because of a rule, in its words; empty when these are others'. They
/// begin with `GH006` for a protected branch and with `GH013` for rulesets, and name each rule.
pub fn choices(reason: &str) -> Vec<String> {
    if !RULE_WORDS.iter().any(|words| reason.contains(words)) {
        return Vec::new();
    }
    let mut choices = vec!["release as a GitHub App that may bypass the rule: see docs/github.md".to_owned()];
    if reason.to_ascii_lowercase().contains("verified signatures") {
        choices.push("or let GitHub sign the commit: `push = \"api\"` under `[release]`".to_owned());
    }
    choices.push("see what else is in the way before the next try: bowline check".to_owned());
    choices
}

fn failure(finding: Finding) -> Failure {
    let failure = Failure::new(FailureKind::Missing, finding.code, finding.message);
    finding.hints.into_iter().fold(failure, Failure::hint)
}

fn push(look: &Look<'_>, remote: &str, now: &Refs) -> Result<Push, Failure> {
    let plan = look.plan;
    let commit = new_commit(look)?;
    let files = commit.iter().flat_map(|commit| &commit.files);
    let files = files.map(|(path, bytes)| PushedFile { path: path.clone(), size: bytes.len() as u64 }).collect();
    let message = commit.map(|commit| commit.message);
    let remotes = look.readers.git.remotes().map_err(git_failure)?;
    let address = remotes.iter().find(|known| known.name == remote).map(|known| known.url.as_str()).unwrap_or_default();
    Ok(Push {
        // A plan without a release commit moves no branch.
        branch: message.as_ref().map(|_| plan.repository.branch.clone()),
        creates_branch: now.branch.is_none(),
        tag: package(plan)?.tag.clone(),
        message,
        signed_by_forge: made_by_forge(plan),
        email: plan.identity.email.clone(),
        files,
        // Over SSH a key says who pushes.
        same_login: remote_host(address).is_none() || address.starts_with("http"),
    })
}

/// Warns where workflows wait for the tag or the release and will not hear of it.
fn warn_of_silence(look: &Look<'_>, identity: &Identity) -> Result<(), Failure> {
    if identity.starts_workflows == Some(true) {
        return Ok(());
    }
    let waiting = workflows::waiting(look.readers.git.as_ref(), look.plan.repository.head)?;
    if !waiting.is_empty() {
        let surely = match identity.starts_workflows {
            Some(false) => "what a job does with its own GITHUB_TOKEN starts no workflow",
            _ => "if this is a job's own GITHUB_TOKEN, what it does starts no workflow",
        };
        let waiting = waiting.join(", ");
        look.warn(
            "starts_no_workflow",
            format!("{surely}, and {waiting} waits for a tag or a release (use a GitHub App's token, or start it with `gh workflow run`)"),
        );
    }
    Ok(())
}

const RULE_WORDS: [&str; 4] =
    ["GH006", "GH013", "protected branch hook declined", "push declined due to repository rule violations"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn githubs_words_are_known() {
        for (reason, choices_of_it, signs) in [
            (
                "push declined due to repository rule violations: error: GH013: Repository rule violations found for \
                 refs/heads/main.; - Changes must be made through a pull request.",
                2,
                false,
            ),
            ("error: GH013: …; - Commits must have verified signatures.", 3, true),
            (
                "protected branch hook declined: error: GH006: Protected branch update failed for refs/heads/main.",
                2,
                false,
            ),
            ("hook declined: ask the release team", 0, false),
        ] {
            let found = choices(reason);
            assert_eq!(found.len(), choices_of_it, "{reason}: {found:?}");
            assert_eq!(found.iter().any(|hint| hint.contains("api")), signs, "{reason}: {found:?}");
        }
    }
}
