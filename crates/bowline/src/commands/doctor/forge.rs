//! The forge: who we are to it, and what guards branch, tags, environments, releases and jobs.
//!
//! A guard that can be seen to be missing is a finding. One that our rights do not show is unknown, with the right that would show it;
//! nobody is accused for what was not seen.

use super::Report;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_audit::finding::{Finding, Severity};
use bowline_model::facts::Facts;
use bowline_model::git::TagName;
use bowline_model::plan::ForgeKind;
use bowline_port::forge::ForgeError;
use bowline_port::forge::environments::EnvironmentRules;
use bowline_port::forge::guards::{Guard, Guards, Setting, Told};
use bowline_port::forge::immutable::Immutable;
use std::collections::BTreeSet;

/// Looks at it. `environments` are those that workflows name.
pub(super) fn look(
    session: &Session,
    workspace: &Workspace,
    facts: Option<&Facts>,
    mut environments: BTreeSet<String>,
    report: &mut Report,
) {
    let forge = workspace.readers.forge.as_ref();
    const IDS: [&str; 6] = [
        "forge/token",
        "forge/branch",
        "forge/tags",
        "forge/environments",
        "forge/immutable-releases",
        "forge/job-rights",
    ];
    let none_of_it = match forge.kind() {
        _ if session.global.offline => Some("not asked: --offline".to_owned()),
        ForgeKind::Local => Some(format!("releases go into a folder, {}", forge.location())),
        ForgeKind::Github => None,
        _ => Some(format!("{} is not looked at in this version", forge.location())),
    };
    if let Some(why) = none_of_it {
        IDS.iter().for_each(|id| report.skip(id, why.clone()));
        return;
    }
    let (Some(guards), Some(rules)) = (forge.guards(), forge.rules()) else {
        IDS.iter().for_each(|id| report.unknown(id, "there is no token: set GITHUB_TOKEN, GH_TOKEN or BOWLINE_TOKEN"));
        return;
    };
    match rules.identity() {
        Ok(identity) => token(session, &identity.words, report),
        Err(error) => report.unknown("forge/token", reason(&error)),
    }
    branch(guards, facts, report);
    tags(guards, facts, report);
    let gate = &workspace.config.config.gate.environment;
    environments.extend(gate.iter().map(|gate| gate.name.clone()));
    let channels = workspace.config.config.channel.0.values();
    environments.extend(channels.filter_map(|channel| channel.environment.clone()));
    environments_of(workspace, guards, &environments, report);
    immutable(workspace, guards, report);
    job_rights(guards, report);
}

/// Why something was not answered.
fn reason(error: &ForgeError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

fn token(session: &Session, words: &str, report: &mut Report) {
    const ID: &str = "forge/token";
    if words.contains("classic") || words.contains("OAuth") {
        let finding = Finding::new("token/broad", Severity::Warning, format!("{words}: it reaches every repository of its owner"))
            .fix("use a GitHub App (BOWLINE_GITHUB_APP_ID) or a fine-grained token for this one repository; see docs/github-rights.md");
        return report.found(ID, finding);
    }
    if session.is_pull_request() {
        let finding = Finding::new(
            "token/pull-request",
            Severity::Warning,
            format!("{words}, and this is a build of a pull request"),
        )
        .fix("give builds of pull requests no token that can write");
        return report.found(ID, finding);
    }
    report.well(ID, words);
}

fn branch(guards: &dyn Guards, facts: Option<&Facts>, report: &mut Report) {
    const ID: &str = "forge/branch";
    let Some(facts) = facts else { return report.unknown(ID, "which branch is released from is not known") };
    let finding = |severity: Severity, what: String| {
        Finding::new("branch/unprotected", severity, what).fix(format!(
            "a ruleset for the branch: restrict deletions, block force pushes: {}",
            guards.settings_page(Setting::Rules)
        ))
    };
    match guards.of_branch(&facts.branch) {
        Ok(Told::Yes(guard)) if guard.keeps() => {
            report.well(ID, format!("{}: nobody can remove or rewrite it", facts.branch));
        }
        Ok(Told::Yes(guard)) => {
            let what = format!("branch {} can be {} by whoever may push", facts.branch, missing(guard));
            report.found(ID, finding(Severity::Warning, what));
        }
        Ok(Told::Hidden(why)) => report.unknown(ID, why),
        Err(error) => report.unknown(ID, reason(&error)),
    }
}

fn missing(guard: Guard) -> &'static str {
    match (guard.deletion, guard.force_push || guard.update) {
        (false, false) => "removed and rewritten",
        (false, true) => "removed",
        _ => "rewritten",
    }
}

fn tags(guards: &dyn Guards, facts: Option<&Facts>, report: &mut Report) {
    const ID: &str = "forge/tags";
    // The newest version's tag shows the form; before there is one, the usual form.
    let newest = facts.and_then(|facts| facts.current.as_ref()).map(|tag| tag.name.clone());
    let Some(tag) = newest.or_else(|| TagName::new("v1.0.0").ok()) else { return };
    match guards.of_tag(&tag) {
        Ok(Told::Yes(guard)) if guard.deletion && guard.update => {
            report.well(ID, format!("tags such as {tag} cannot be moved or removed"));
        }
        Ok(Told::Yes(guard)) => {
            let what = match (guard.deletion, guard.update) {
                (false, false) => "moved and removed",
                (false, true) => "removed",
                _ => "moved",
            };
            report.found(
                ID,
                Finding::new("tags/unprotected", Severity::Warning, format!("tags such as {tag} can be {what} by whoever may push: a version can become something else"))
                    .fix(format!("a ruleset for tags: restrict updates and deletions; leave creations to the identity that releases: {}", guards.settings_page(Setting::Rules))),
            );
        }
        Ok(Told::Hidden(why)) => report.unknown(ID, why),
        Err(error) => report.unknown(ID, reason(&error)),
    }
}

fn environments_of(workspace: &Workspace, guards: &dyn Guards, names: &BTreeSet<String>, report: &mut Report) {
    const ID: &str = "forge/environments";
    let Some(environments) = workspace.readers.forge.environments() else {
        return report.skip(ID, "this forge has none");
    };
    if names.is_empty() {
        return report.skip(ID, "neither a workflow nor [gate.environment] names one");
    }
    let page = guards.settings_page(Setting::Environments);
    for name in names {
        match environments.rules_of(name) {
            Ok(None) => report.found(
                ID,
                Finding::new(
                    "environment/absent",
                    Severity::Error,
                    format!("there is no environment {name}: a job that names it makes one without rules, and passes"),
                )
                .fix(format!("make it, with required reviewers: {page}")),
            ),
            Ok(Some(rules)) => environment(name, &rules, &page, report),
            Err(error) => report.unknown(ID, format!("{name}: {} (needs Actions: read)", reason(&error))),
        }
    }
}

fn environment(name: &str, rules: &EnvironmentRules, page: &str, report: &mut Report) {
    const ID: &str = "forge/environments";
    if rules.reviewers == 0 && rules.others == 0 {
        let finding = Finding::new(
            "environment/no-rules",
            Severity::Error,
            format!("environment {name} lets everything pass: nobody has to approve"),
        )
        .fix(format!("add required reviewers, and prevent self-review: {page}"))
        .fix("let the release stop when that is missing: [gate.environment] in bowline.toml");
        return report.found(ID, finding);
    }
    let mut clean = true;
    let mut weak = |rule: &str, severity: Severity, what: String, fix: &str| {
        clean = false;
        report.found(ID, Finding::new(rule, severity, what).fix(format!("{fix}: {page}")));
    };
    if rules.reviewers > 0 && !rules.prevents_self_review {
        let what = format!("environment {name}: who starts a release may approve it as well");
        weak("environment/self-review", Severity::Warning, what, "prevent self-review");
    }
    if !rules.has_branch_policy {
        let what = format!("environment {name} can be used from every branch");
        weak("environment/any-branch", Severity::Note, what, "allow the release branches only");
    }
    if clean {
        report.well(ID, format!("{name}: {} reviewers, no self-review, chosen branches only", rules.reviewers));
    }
}

fn immutable(workspace: &Workspace, guards: &dyn Guards, report: &mut Report) {
    const ID: &str = "forge/immutable-releases";
    let Some(immutability) = workspace.readers.forge.immutability() else {
        return report.skip(ID, "this forge has none");
    };
    match immutability.immutable() {
        Ok(Immutable::Yes) => report.well(ID, "on: what is published cannot be changed"),
        Ok(Immutable::No) => report.found(
            ID,
            Finding::new("releases/mutable", Severity::Note, "files and tag of a published release can be changed")
                .fix(format!("turn on immutable releases: {}", guards.settings_page(Setting::General))),
        ),
        Ok(Immutable::Unknown) => report.unknown(ID, "only administrators are told (Administration: read)"),
        Err(error) => report.unknown(ID, reason(&error)),
    }
}

fn job_rights(guards: &dyn Guards, report: &mut Report) {
    const ID: &str = "forge/job-rights";
    let page = guards.settings_page(Setting::Actions);
    match guards.rights_of_jobs() {
        Ok(Told::Yes(rights)) if rights.write || rights.approves => {
            let what = match (rights.write, rights.approves) {
                (true, true) => "write everything, and approve pull requests",
                (true, false) => "write everything",
                _ => "approve pull requests",
            };
            report.found(
                ID,
                Finding::new(
                    "jobs/broad-rights",
                    Severity::Warning,
                    format!("a job whose workflow says nothing about its rights may {what}"),
                )
                .fix(format!("workflow permissions: read repository contents, no approvals: {page}")),
            );
        }
        Ok(Told::Yes(_)) => report.well(ID, "a job that asks for nothing may only read"),
        Ok(Told::Hidden(why)) => {
            report.unknown(ID, format!("only administrators are told (Administration: read): {why}"));
        }
        Err(error) => report.unknown(ID, reason(&error)),
    }
}
