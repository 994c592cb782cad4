//! `bowline plan` (and every dry run): what a release would do. Changes nothing and needs no write access.

use crate::args::PlanArgs;
use crate::documents;
use crate::output;
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_model::Failure;
use bowline_model::facts::Unfinished;

/// Prints the plan.
pub fn run(session: &Session, args: &PlanArgs) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, flags(session, args))?;
    let facts = workspace.observe(session, args.branch.as_deref(), None)?;
    let prepared = documents::prepare(session, &workspace, &facts)?;
    let screen = &session.screen;
    screen.document(&prepared.document);
    screen.text(&output::plan::text(&prepared.document, &prepared.explanation.channel_reason, screen.style()));
    if facts.unfinished == Unfinished::Unknown && !session.global.offline {
        screen.note("Whether an earlier release is unfinished cannot be seen from here.");
    }
    Ok(0)
}
