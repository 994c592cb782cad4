//! The one question that a release asks, on a terminal only: whether the plan is meant.

use crate::output;
use crate::session::Session;
use bowline_model::plan::Plan;
use bowline_model::{Failure, FailureKind};
use bowline_port::Doors;
use std::io::{IsTerminal, Write};

/// Asks once, and only a person at a terminal. Returns whether local commits may go out with the push.
pub(super) fn ask(session: &Session, doors: &Doors, plan: &Plan, yes: bool) -> Result<bool, Failure> {
    let interactive = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if yes {
        return Ok(true);
    }
    if session.screen.is_json() || session.environment.is_ci() || !interactive {
        return Ok(false);
    }
    let mut err = std::io::stderr().lock();
    // A terminal that cannot be written to gets no answer either.
    let _ = write!(err, "{} [y/N] ", output::plan::question(plan));
    let _ = err.flush();
    drop(err);
    if matches!(crate::ask::line(&doors.stop).as_deref().map(str::trim), Some("y" | "Y" | "yes")) {
        return Ok(true);
    }
    Err(Failure::new(FailureKind::Refused, "not_confirmed", "the release was not confirmed; nothing was changed")
        .hint("answer y, or use --yes"))
}
