//! `bowline release`, `resume` and `abort`: show how it ended.

use crate::output::result;
use crate::session::Session;
use bowline_model::Failure;
use bowline_model::release::ReleaseResult;

/// Shows the result and returns its exit code.
pub fn run(session: &Session, outcome: ReleaseResult) -> Result<u8, Failure> {
    let screen = &session.screen;
    screen.document(&outcome);
    screen.text(&result::text(&outcome, screen.style()));
    screen.summarize(&result::summary(&outcome));
    if let Some(failure) = &outcome.failure {
        screen.failure(failure, outcome.exit_code);
    }
    Ok(outcome.exit_code)
}
