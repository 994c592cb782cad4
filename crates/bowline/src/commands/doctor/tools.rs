//! External tools: found where, in which version, or what will be skipped and why.

use super::Report;
use crate::session::Session;
use bowline_audit::finding::{Finding, Severity};
use bowline_host::process::SystemProcess;
use bowline_model::tool::{NODE, TOOLS, ToolPolicy, ToolReport, ToolState};
use bowline_port::process::Process;
use bowline_port::process::tools::{Toolbox, Wanted};
use std::sync::Arc;

/// Looks at the tools as this repository configures them.
pub(super) fn look(session: &Session, tools: &Toolbox, report: &mut Report) {
    let known = TOOLS.iter().filter_map(|tool| tools.report(tool.name));
    add(known.collect(), report);
    add(of_javascript(session), report);
}

/// Looks at the tools where there is no repository.
pub(super) fn look_anywhere(session: &Session, report: &mut Report) {
    let tools = Toolbox::usual(process(session));
    add(TOOLS.iter().filter_map(|tool| tools.report(tool.name)).collect(), report);
    add(of_javascript(session), report);
}

/// What only configuration of standard-version in JavaScript needs.
fn of_javascript(session: &Session) -> Vec<ToolReport> {
    Toolbox::new(process(session), [Wanted::usual(&NODE)]).report(NODE.name).into_iter().collect()
}

fn process(session: &Session) -> Arc<dyn Process> {
    Arc::new(
        SystemProcess::new(session.environment.clone(), session.screen.child_line()).stopping(session.stop.clone()),
    )
}

fn add(reports: Vec<ToolReport>, report: &mut Report) {
    for tool in reports {
        if tool.state != ToolState::Usable && tool.policy == ToolPolicy::Required {
            let why = tool.reason.clone().unwrap_or_default();
            let finding = Finding::new("tools/missing", Severity::Error, format!("{} is required: {why}", tool.name));
            let install = TOOLS.iter().find(|known| known.name == tool.name).map(|known| known.install);
            report.findings.push(match install {
                Some(install) => finding.fix(install),
                None => finding,
            });
        }
        report.tools.push(tool);
    }
}
