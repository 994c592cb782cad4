//! `bowline release`, `resume` and `abort`: show how it ended.

use crate::output::result;
use crate::release::report;
use crate::session::Session;
use bowline_model::Failure;
use bowline_model::release::ReleaseResult;

/// Shows the result of `command` and returns its exit code. A run that could not begin has a result as well.
pub fn run(session: &Session, command: &str, outcome: Result<ReleaseResult, Failure>) -> u8 {
    let outcome = outcome.unwrap_or_else(report::not_begun);
    let screen = &session.screen;
    screen.document(&outcome);
    if let Some(failure) = &outcome.failure {
        screen.failure(failure, outcome.exit_code);
    }
    // Last, so that on a terminal the next command stands below everything else.
    screen.text(&result::text(&outcome, command, screen.style()));
    screen.summarize(&result::summary(&outcome));
    outcome.exit_code
}
