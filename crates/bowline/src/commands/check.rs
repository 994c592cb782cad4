//! `bowline check`: what would stop a release now: gates, limits and preflight; nothing is changed.

use crate::args::PlanArgs;
use crate::documents;
use crate::output::style::Style;
use crate::release::{by_hand, execute, flags};
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_ledger::lock::{LockError, Standing};
use bowline_model::event::{Event, EventSink};
use bowline_model::plan::{GateState, LimitFinding};
use bowline_model::step::ScheduledStep;
use bowline_model::text::visible;
use bowline_model::tool::{ToolPolicy, ToolReport, ToolState};
use bowline_model::{Digest, Failure, FailureKind};
use bowline_steps::registry;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};

/// What `bowline check --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckDocument {
    /// Always `bowline/check/v1`.
    pub schema: String,
    /// The plan that was checked.
    pub plan: Digest,
    /// Whether a release would start.
    pub ok: bool,
    /// Why there is nothing to check.
    pub reason: Option<String>,
    /// How the gates stand.
    pub gates: Vec<GateState>,
    /// What kind of token the forge is asked with; none when it has no tokens, or was not asked.
    pub token: Option<String>,
    /// What may be in the way, or deserves a look.
    pub warnings: Vec<CheckWarning>,
    /// The external tools that steps of the release start.
    pub tools: Vec<ToolReport>,
    /// Limits of forge and formats.
    pub limits: Vec<LimitFinding>,
    /// Everything that is in the way.
    pub failures: Vec<Failure>,
}

/// Something that may be in the way.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckWarning {
    /// A stable name for scripts.
    pub code: String,
    /// What it is.
    pub message: String,
}

/// Keeps the warnings of preflight for the document, and hands everything on.
struct Heard {
    inner: Arc<dyn EventSink>,
    warnings: Mutex<Vec<CheckWarning>>,
}

impl EventSink for Heard {
    fn event(&self, event: &Event) {
        if let Event::Warning { code, message } = event {
            let warning = CheckWarning { code: code.clone(), message: message.clone() };
            self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
        }
        self.inner.event(event);
    }
}

/// Checks.
pub fn run(session: &Session, args: &PlanArgs) -> Result<u8, Failure> {
    let mut workspace = Workspace::open(session, flags(session, args))?;
    let heard = Arc::new(Heard { inner: workspace.events.clone(), warnings: Mutex::default() });
    workspace.events = heard.clone();
    let facts = workspace.observe(session, args.branch.as_deref(), None)?;
    let prepared = documents::prepare(session, &workspace, &facts)?;
    let document = prepared.document;
    let mut failures = prepared.closed;
    if document.provisional {
        failures.push(
            Failure::new(FailureKind::Config, "config_uncommitted", "bowline.toml has changes that are not committed")
                .hint("commit it, so that everybody computes the same plan: git add bowline.toml && git commit"),
        );
    }
    let begun = by_hand::find(&workspace, &facts)?.filter(by_hand::ByHand::is_release_commit);
    failures.extend(begun.map(|begun| begun.refused()));
    for limit in document.limits.iter().filter(|limit| !limit.ok) {
        failures.push(Failure::new(FailureKind::Refused, "limit_exceeded", limit.message.clone()));
    }
    if failures.is_empty() && !document.plan.is_empty() && !session.global.offline {
        failures.extend(execute::preflight(session, &workspace, &document.plan).err());
    }
    if failures.is_empty() && !document.plan.is_empty() {
        // Somebody at work now is in the way now.
        let holder = workspace.locks_seen()?.look(&document.plan.channel)?;
        if let Standing::Busy(holder) = holder {
            failures.push(LockError::Busy(Box::new(holder)).into());
        }
    }
    let token = if session.global.offline { None } else { token(&workspace) };
    let tools = tools(&workspace, &document.schedule);
    let screen = &session.screen;
    let mut text = String::new();
    text.push_str(&match (&document.plan.reason, document.plan.packages.first()) {
        (_, Some(package)) => format!("Checked the release of {} ({}).\n", visible(&package.name), package.tag),
        (Some(reason), None) => format!("Nothing to release: {}\n", visible(reason)),
        (None, None) => "Nothing to release.\n".to_owned(),
    });
    for gate in &document.gates {
        let mark = if gate.open { screen.style().green("✓") } else { screen.style().red("✗") };
        text.push_str(&format!("  {mark} {:16} {}\n", gate.id, visible(&gate.reason)));
    }
    if let Some(token) = &token {
        text.push_str(&format!("  {} {:16} {}\n", screen.style().dim("-"), "token", visible(token)));
    }
    for tool in &tools {
        text.push_str(&tool_line(tool, screen.style()));
    }
    let ok = failures.is_empty() && document.gates.iter().all(|gate| gate.open);
    if ok && !document.plan.is_empty() {
        text.push_str("Nothing stands in the way.\n");
    }
    screen.text(&text);
    let code = failures.first().map_or(0, |failure| failure.kind.exit_code(false));
    for failure in &failures {
        screen.failure(failure, failure.kind.exit_code(false));
    }
    screen.document(&CheckDocument {
        schema: "bowline/check/v1".to_owned(),
        plan: document.id,
        ok,
        reason: document.plan.reason.clone(),
        gates: document.gates,
        token,
        warnings: heard.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        tools,
        limits: document.limits,
        failures,
    });
    Ok(code)
}

/// What kind of token it is. That one cannot be had is told by preflight.
fn token(workspace: &Workspace) -> Option<String> {
    let identity = workspace.readers.forge.rules()?.identity().ok()?;
    Some(identity.words)
}

/// The verdicts on the tools of all scheduled steps, also of those that were left out for want of one.
fn tools(workspace: &Workspace, schedule: &[ScheduledStep]) -> Vec<ToolReport> {
    let registry = registry::all();
    let mut names: Vec<&str> = schedule
        .iter()
        .filter_map(|step| registry.find(&step.id))
        .flat_map(|entry| entry.meta().tools.iter().copied())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter_map(|name| workspace.tools().report(name)).collect()
}

fn tool_line(tool: &ToolReport, style: Style) -> String {
    let mark = match tool.state {
        ToolState::Usable => style.green("✓"),
        _ if tool.policy == ToolPolicy::Required => style.red("✗"),
        _ => style.dim("-"),
    };
    let found = match (&tool.version, &tool.program, &tool.reason) {
        (Some(version), Some(program), _) => format!("{version}, {program}"),
        (_, _, reason) => reason.clone().unwrap_or_default(),
    };
    format!("  {mark} {:16} {}\n", tool.name, visible(&found))
}
