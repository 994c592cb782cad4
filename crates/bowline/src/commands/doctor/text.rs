//! What `doctor` says to people.

use super::{Check, CheckState, Report};
use crate::output::plural;
use crate::output::style::Style;
use bowline_audit::finding::{Finding, Severity};
use bowline_audit::workflow::Audit;
use bowline_audit::workflow::checklist::State;
use bowline_model::text::markdown::cell;
use bowline_model::text::{one_line, visible};
use bowline_model::tool::{ToolReport, ToolState};

/// Checks by group, then the findings with what to do.
pub(super) fn of_report(report: &Report, style: Style) -> String {
    let mut out = format!("{}\n", style.bold("Tools"));
    for tool in &report.tools {
        out.push_str(&tool_line(tool, style));
    }
    let mut group = "";
    for check in &report.checks {
        let (of, name) = check.id.split_once('/').unwrap_or(("", check.id.as_str()));
        if of != group {
            group = of;
            out.push_str(&format!("\n{}\n", style.bold(&capital(group))));
        }
        out.push_str(&check_line(check, name, style));
    }
    out.push_str(&findings(&report.findings, style));
    out
}

/// The checklist, then the findings.
pub(super) fn of_audit(audit: &Audit, style: Style) -> String {
    let mut out = format!("{}\n", style.bold(&format!("Judged: {}", visible(&audit.files.join(", ")))));
    for row in &audit.areas {
        let mark = match row.state {
            State::Met => style.green("✓"),
            State::Gap => style.red("✗"),
            State::NotApplicable => style.dim("–"),
            State::CannotTell => style.yellow("?"),
        };
        let place = row
            .place
            .as_ref()
            .map(|place| format!(" ({}:{})", one_line(&place.path, 100), place.line))
            .unwrap_or_default();
        out.push_str(&format!(
            "  {mark} {:20} {}{}\n",
            row.area,
            visible(&one_line(&row.evidence, 200)),
            style.dim(&place)
        ));
        if row.state == State::Gap {
            out.push_str(&style.dim(&format!("    {:20} with Bowline: {}\n", "", row.with_bowline)));
        }
    }
    out.push_str(&findings(&audit.findings, style));
    out
}

/// For the job summary.
pub(super) fn summary(findings: &[Finding]) -> String {
    let mut out = format!("## Doctor: {}\n\n", plural(findings.len(), "finding"));
    if !findings.is_empty() {
        out.push_str("| severity | what | where | what to do |\n| --- | --- | --- | --- |\n");
    }
    for finding in findings {
        let place =
            finding.place.as_ref().map(|place| format!("{}:{}", cell(&place.path), place.line)).unwrap_or_default();
        let fixes: Vec<String> = finding.fixes.iter().map(|fix| cell(fix).into_owned()).collect();
        out.push_str(&format!(
            "| {} | {} | {place} | {} |\n",
            word(finding.severity),
            cell(&finding.message),
            fixes.join("<br>")
        ));
    }
    out.push('\n');
    out
}

fn findings(findings: &[Finding], style: Style) -> String {
    if findings.is_empty() {
        return format!("\n{}\n", style.green("Nothing was found."));
    }
    let mut out = format!("\n{}\n", style.bold(&capital(&plural(findings.len(), "finding"))));
    for finding in findings {
        let mark = match finding.severity {
            Severity::Error => style.red("error"),
            Severity::Warning => style.yellow("warning"),
            Severity::Note => style.dim("note"),
        };
        let place = finding.place.as_ref();
        let place = place
            .map(|place| format!("{}:{}:{} ", one_line(&place.path, 200), place.line, place.column))
            .unwrap_or_default();
        out.push_str(&format!(
            "  {mark} {place}{} {}\n",
            visible(&finding.message),
            style.dim(&format!("[{}]", finding.rule))
        ));
        for fix in &finding.fixes {
            out.push_str(&format!("    {} {}\n", style.cyan("fix:"), visible(fix)));
        }
    }
    out
}

fn tool_line(tool: &ToolReport, style: Style) -> String {
    let mark = if tool.state == ToolState::Usable { style.green("✓") } else { style.dim("–") };
    let found = match (&tool.version, &tool.program, &tool.reason) {
        (Some(version), Some(program), _) => format!("{version}, {program}"),
        (_, _, reason) => reason.clone().unwrap_or_default(),
    };
    format!("  {mark} {:20} {}\n", tool.name, visible(&found))
}

fn check_line(check: &Check, name: &str, style: Style) -> String {
    let mark = match check.state {
        CheckState::Ok => style.green("✓"),
        CheckState::Finding => style.red("✗"),
        CheckState::Skipped => style.dim("–"),
        CheckState::Unknown => style.yellow("?"),
    };
    format!("  {mark} {name:20} {}\n", visible(&one_line(&check.message, 300)))
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "❌ error",
        Severity::Warning => "⚠️ warning",
        Severity::Note => "note",
    }
}
