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
    let workspace = Workspace::open(session, flags(session, args))?;
    let facts = workspace.observe(session, args.branch.as_deref(), None)?;
    let mut prepared = documents::prepare(session, &workspace, &facts)?;
    // A head that is released already plans nothing; say so the way `release` would.
    if let (Some(released), true) = (&facts.released, prepared.document.plan.is_empty()) {
        let word = if released.commit == facts.head.oid { "head is" } else { "already released as" };
        prepared.document.plan.reason = Some(format!("{word} {}", released.tag));
        prepared.document.id = prepared
            .document
            .plan
            .digest()
            .map_err(|error| Failure::from_error(bowline_model::FailureKind::Internal, "digest", &error))?;
    }
    let screen = &session.screen;
    screen.document(&prepared.document);
    screen.text(&output::plan::text(&prepared.document, screen.style()));
    if facts.unfinished == Unfinished::Unknown && !session.global.offline {
        screen.note("Whether an earlier release is unfinished cannot be seen from here.");
    }
    Ok(0)
}
