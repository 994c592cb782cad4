//! `bowline doctor`: what weakens a release here, each finding with what to do about it; nothing is changed, and nothing but
//! questions is asked.
//!
//! Every look is one file: it asks about tools, the checkout, the forge, or workflows, and adds to one report. No look ends another:
//! what cannot be seen is an answer as well. With `--workflow` only the named files are judged (`workflows.rs`).

mod checkout;
mod forge;
mod text;
mod tools;
mod workflows;

use crate::args::DoctorArgs;
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_audit::finding::Finding;
use bowline_audit::sarif;
use bowline_model::facts::Facts;
use bowline_model::text::visible;
use bowline_model::tool::ToolReport;
use bowline_model::{Failure, FailureKind};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;

pub use workflows::WorkflowDocument;

/// What `bowline doctor --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoctorDocument {
    /// Always `bowline/doctor/v1`.
    pub schema: String,
    /// Whether nothing was found that counts.
    pub ok: bool,
    /// Everything that was looked at.
    pub checks: Vec<Check>,
    /// Everything that was found, the gravest first.
    pub findings: Vec<Finding>,
    /// External tools: usable, or what will be skipped, and why.
    pub tools: Vec<ToolReport>,
}

/// One question and how it was answered.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// A stable name for scripts: `forge/branch`.
    pub id: String,
    /// How it was answered.
    pub state: CheckState,
    /// The answer, or the reason for having none.
    pub message: String,
}

/// How a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// All is well.
    Ok,
    /// Something was found.
    Finding,
    /// Does not concern this repository.
    Skipped,
    /// Could not be seen; the message says what it needs.
    Unknown,
}

/// What the looks found so far.
#[derive(Default)]
struct Report {
    checks: Vec<Check>,
    findings: Vec<Finding>,
    tools: Vec<ToolReport>,
}

impl Report {
    fn add(&mut self, id: &str, state: CheckState, message: impl Into<String>) {
        self.checks.push(Check { id: id.to_owned(), state, message: message.into() });
    }

    fn well(&mut self, id: &str, message: impl Into<String>) {
        self.add(id, CheckState::Ok, message);
    }

    fn skip(&mut self, id: &str, why: impl Into<String>) {
        self.add(id, CheckState::Skipped, why);
    }

    fn unknown(&mut self, id: &str, why: impl Into<String>) {
        self.add(id, CheckState::Unknown, why);
    }

    fn found(&mut self, id: &str, finding: Finding) {
        self.add(id, CheckState::Finding, finding.message.clone());
        self.findings.push(finding);
    }
}

/// Looks.
pub fn run(session: &Session, args: &DoctorArgs) -> Result<u8, Failure> {
    if !args.workflow.is_empty() {
        return workflows::judge(session, &args.workflow, args.sarif.as_deref());
    }
    let mut report = Report::default();
    match Workspace::look(session, flags(session, &crate::args::PlanArgs::default())) {
        Ok(workspace) => {
            tools::look(session, workspace.tools(), &mut report);
            // Observing fetches the history that is missing, so it comes later.
            checkout::look(&workspace, &mut report);
            let facts = observe(session, &workspace, &mut report);
            let environments = workflows::look(&workspace, &mut report);
            forge::look(session, &workspace, facts.as_ref(), environments, &mut report);
        }
        Err(failure) => {
            tools::look_anywhere(session, &mut report);
            if failure.code == "no_repository" {
                report.skip("checkout/repository", format!("{}: only tools were looked at", failure.message));
            } else {
                report.found("checkout/repository", as_finding("checkout/unusable", &failure));
            }
        }
    }
    show(session, report, args.sarif.as_deref())
}

/// What a release would see. That it cannot is an answer as well.
fn observe(session: &Session, workspace: &Workspace, report: &mut Report) -> Option<Facts> {
    match workspace.observe(session, None, None) {
        Ok(facts) => {
            report.well("checkout/branch", format!("{} at {}", facts.branch, facts.head.oid.short()));
            Some(facts)
        }
        Err(failure) if session.global.offline => {
            report.unknown("checkout/branch", format!("{} (--offline)", failure.message));
            None
        }
        Err(failure) => {
            report.found("checkout/branch", as_finding("checkout/unusable", &failure));
            None
        }
    }
}

/// A failure in the words of findings.
fn as_finding(rule: &str, failure: &Failure) -> Finding {
    let mut message = failure.message.clone();
    for cause in &failure.causes {
        message.push_str(&format!(": {cause}"));
    }
    let mut finding = Finding::new(rule, bowline_audit::finding::Severity::Error, message);
    finding.fixes.extend(failure.hints.iter().cloned());
    finding
}

fn show(session: &Session, mut report: Report, to: Option<&Path>) -> Result<u8, Failure> {
    report.findings.sort_by(|a, b| (b.severity, &a.rule, &a.place).cmp(&(a.severity, &b.rule, &b.place)));
    if let Some(path) = to {
        write_sarif(session, path, &report.findings)?;
    }
    let screen = &session.screen;
    screen.text(&text::of_report(&report, screen.style()));
    screen.summarize(&text::summary(&report.findings));
    let counts = report.findings.iter().any(Finding::counts);
    screen.document(&DoctorDocument {
        schema: "bowline/doctor/v1".to_owned(),
        ok: !counts,
        checks: report.checks,
        findings: report.findings,
        tools: report.tools,
    });
    Ok(if counts { FailureKind::Findings.exit_code(false) } else { 0 })
}

/// Writes the findings for code scanning.
fn write_sarif(session: &Session, path: &Path, findings: &[Finding]) -> Result<(), Failure> {
    let log = sarif::log(findings, env!("CARGO_PKG_VERSION"), "bowline.toml");
    let mut text = serde_json::to_string_pretty(&log)
        .map_err(|error| Failure::from_error(FailureKind::Internal, "json", &error))?;
    text.push('\n');
    let file = session.dir()?.join(path);
    std::fs::write(&file, text).map_err(|error| {
        let shown = visible(&path.to_string_lossy()).into_owned();
        Failure::from_error(FailureKind::Usage, "sarif_unwritable", &error)
            .hint(format!("name a file in a folder that is there and can be written to instead of {shown}"))
    })
}
