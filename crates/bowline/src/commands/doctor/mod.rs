//! `bowline doctor`: what weakens a release here, each finding with what to do about it; nothing is changed.
//!
//! Every look is one file: it asks one question of machine, checkout or forge and yields [`Check`]s. `workflows.rs` judges workflow
//! files; with `--workflow` it is all that is done.

use crate::args::DoctorArgs;
use crate::session::Session;
use bowline_audit::finding::Finding;
use bowline_model::tool::ToolReport;
use bowline_model::{Failure, FailureKind};
use schemars::JsonSchema;
use serde::Serialize;

/// What `bowline doctor --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoctorDocument {
    /// Always `bowline/doctor/v1`.
    pub schema: String,
    /// Whether nothing was found that counts.
    pub ok: bool,
    /// Everything that was looked at.
    pub checks: Vec<Check>,
    /// Everything that was found.
    pub findings: Vec<Finding>,
    /// External tools: usable, or what will be skipped, and why.
    pub tools: Vec<ToolReport>,
}

/// One question and how it was answered.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// A stable name for scripts: `forge/branch-protection`.
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

/// Looks.
pub fn run(session: &Session, _args: &DoctorArgs) -> Result<u8, Failure> {
    let document = DoctorDocument {
        schema: "bowline/doctor/v1".to_owned(),
        ok: true,
        checks: Vec::new(),
        findings: Vec::new(),
        tools: Vec::new(),
    };
    session.screen.document(&document);
    Ok(if document.findings.iter().any(Finding::counts) { FailureKind::Findings.exit_code(false) } else { 0 })
}
