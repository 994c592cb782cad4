//! `bowline release`, `resume` and `abort`: show how it ended.

use crate::output::{outputs, result, summary};
use crate::release::report;
use crate::session::Session;
use bowline_model::release::ReleaseResult;
use bowline_model::{Failure, FailureKind};

/// Shows the result of `command` and returns its exit code. A run that could not begin has a result as well.
pub fn run(session: &Session, command: &str, outcome: Result<ReleaseResult, Failure>) -> u8 {
    let outcome = outcome.unwrap_or_else(|failure| report::not_begun(or_paused(session, failure)));
    let screen = &session.screen;
    screen.document(&outcome);
    if let Some(failure) = &outcome.failure {
        screen.failure(failure, outcome.exit_code);
    }
    // Last, so that on a terminal the next command stands below everything else.
    screen.text(&result::text(&outcome, command, screen.style()));
    screen.summarize(&summary::of_result(&outcome));
    screen.hand_out(&outputs::of_result(&outcome));
    outcome.exit_code
}

/// A question that was ended because somebody wants a pause is no failure of whoever was asked.
fn or_paused(session: &Session, failure: Failure) -> Failure {
    match session.stop.reason() {
        Some(why) if matches!(failure.kind, FailureKind::Failed | FailureKind::Missing) => {
            let mut paused = Failure::new(FailureKind::Paused, "paused", format!("paused by {why}"));
            paused.causes.push(failure.message);
            paused.causes.extend(failure.causes);
            paused.certainty = failure.certainty;
            paused.hint("run the same command again: it goes on")
        }
        _ => failure,
    }
}
