//! The summary of a job, in Markdown: what an approver reads before, and everybody after a run.

use bowline_model::plan::{PackagePlan, PlanDocument};
use bowline_model::release::{ReleaseResult, ReleasedPackage, Status};
use bowline_model::text::markdown::cell;

/// Of a plan.
pub fn of_plan(document: &PlanDocument) -> String {
    let plan = &document.plan;
    let mut out = String::from("## Release plan\n\n");
    if plan.is_empty() {
        let reason = plan.reason.as_deref().unwrap_or("nothing is due");
        out.push_str(&format!("Nothing to release: {}\n\n", cell(reason)));
        return out;
    }
    for package in &plan.packages {
        out.push_str(&planned(package));
    }
    out.push_str(&format!(
        "| branch | commit | plan |\n| --- | --- | --- |\n| {} | `{}` | `{}` |\n\n",
        cell(plan.repository.branch.as_str()),
        plan.repository.head,
        document.id
    ));
    for gate in document.gates.iter().filter(|gate| !gate.open) {
        out.push_str(&format!("- ❌ {}: {}\n", gate.id, cell(&gate.reason)));
    }
    for limit in document.limits.iter().filter(|limit| !limit.ok) {
        out.push_str(&format!("- ❌ {}\n", cell(&limit.message)));
    }
    if document.provisional {
        out.push_str("- ❌ bowline.toml has changes that are not committed\n");
    }
    for package in &plan.packages {
        out.push_str(&whats_new(package.shown_changelog()));
    }
    out
}

/// Of a run.
pub fn of_result(result: &ReleaseResult) -> String {
    let mut out = String::from("## Release\n\n");
    for package in &result.packages {
        out.push_str(&released(package));
    }
    if let Some(plan) = &result.plan {
        out.push_str(&format!("Plan `{plan}`, {}.\n\n", state(result)));
    }
    if let Some(failure) = &result.failure {
        let mark = if result.status == Status::Superseded { "⏭️" } else { "❌" };
        out.push_str(&format!("{mark} {}\n\n", cell(&failure.message)));
        for hint in &failure.hints {
            out.push_str(&format!("- {}\n", cell(hint)));
        }
        out.push('\n');
    }
    if let Some(reason) = &result.reason {
        out.push_str(&format!("{}\n\n", cell(reason)));
    }
    if let Some(digest) = &result.handoff_digest {
        out.push_str(&format!("Handed over as `{digest}`.\n\n"));
    }
    if !result.steps.is_empty() {
        out.push_str("| step | outcome | reason |\n| --- | --- | --- |\n");
        for step in &result.steps {
            let reason = step.reason.as_deref().map(cell).unwrap_or_default();
            out.push_str(&format!("| {} | {} | {reason} |\n", step.id, step.outcome.replace('_', " ")));
        }
        out.push('\n');
    }
    for package in &result.packages {
        out.push_str(&whats_new(&package.changelog));
    }
    out
}

fn planned(package: &PackagePlan) -> String {
    let before = package.current.as_ref().map(|current| format!("{current} → ")).unwrap_or_default();
    let (name, tag, reason) = (cell(&package.name), cell(package.tag.as_str()), cell(&package.reason));
    format!("**{name} {before}{}** ({tag}): {reason}\n\n", package.next)
}

fn released(package: &ReleasedPackage) -> String {
    let before = package.previous.as_ref().map(|previous| format!("{previous} → ")).unwrap_or_default();
    let place = package.release_url.as_ref().map(|url| format!(", {}", cell(url))).unwrap_or_default();
    format!("**{} {before}{}** ({}){place}\n\n", cell(&package.name), package.version, cell(package.tag.as_str()))
}

fn state(result: &ReleaseResult) -> String {
    let run = result.run.as_ref().map_or_else(|| "no run".to_owned(), |run| format!("run `{run}`"));
    let status = serde_json::to_value(result.status).ok();
    let status = status.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    format!("{run}: {status}")
}

/// The text that the release publishes, as the Markdown that it is.
fn whats_new(text: &str) -> String {
    match text.trim().is_empty() {
        true => String::new(),
        false => format!("### What is new\n\n{}\n\n", text.trim()),
    }
}
