//! One file per command.

pub mod changelog;
pub mod check;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod init;
pub mod lint_commits;
pub mod notes;
pub mod plan;
pub mod release;
pub mod shell;
pub mod snapshot;
pub mod standard_version;
pub mod status;
pub mod verify;

use crate::args::{Command, ManArgs};
use crate::session::Session;
use crate::signals;
use bowline_model::{Failure, FailureKind};

/// Runs `command` and returns the exit code.
pub fn run(command: Command, session: &Session) -> Result<u8, Failure> {
    match command {
        // Nothing is changed in a dry run: the status says what resuming or going back would find.
        Command::Resume(_) | Command::Abort(_) if session.global.dry_run => status::run(session),
        Command::Demo(_) | Command::Man(ManArgs { into: Some(_) }) if session.global.dry_run => Err(Failure::new(
            FailureKind::Usage,
            "no_dry_run",
            "this command has no dry run: writing files is all it does",
        )),
        Command::Release(args) if session.global.dry_run && !args.snapshot => {
            plan::show_with(session, &args.plan_args, args.adopt)
        }
        Command::Release(args) => pausable(session, "the same command", || {
            release::run(session, "release", crate::release::release(session, &args))
        }),
        Command::Promote(args) if session.global.dry_run => plan::show_promotion(session, &args),
        Command::Promote(args) => pausable(session, "the same command", || {
            release::run(session, "promote", crate::release::promote::promote(session, &args))
        }),
        Command::Resume(args) => pausable(session, "bowline resume", || {
            release::run(session, "resume", crate::release::resume(session, &args))
        }),
        Command::Abort(args) => {
            pausable(session, "bowline abort", || release::run(session, "abort", crate::release::abort(session, &args)))
        }
        Command::Plan(args) => plan::run(session, &args),
        Command::Check(args) => check::run(session, &args),
        Command::Status => status::run(session),
        Command::Changelog(args) => changelog::run(session, &args),
        Command::Notes(args) => notes::run(session, &args),
        Command::Explain(args) => explain::run(session, &args),
        Command::LintCommits(args) => lint_commits::run(session, &args),
        Command::Verify(args) => verify::run(session, &args),
        Command::Init(args) => init::run(session, &args),
        Command::Doctor(args) => doctor::run(session, &args),
        Command::StandardVersion(args) => standard_version::run(session, &args.program, &args.flags),
        Command::Demo(args) => demo::run(session, &args),
        Command::Config(command) => config::run(session, &command),
        Command::Completions(args) => shell::completions(session, &args),
        Command::Man(args) => shell::man(session, &args),
    }
}

/// Does `work`, which changes something, so that signals pause it and the command `go_on` continues it.
pub(crate) fn pausable(session: &Session, go_on: &str, work: impl FnOnce() -> u8) -> Result<u8, Failure> {
    let _heeded = signals::install(&session.stop, go_on, session.screen.last_words()).map_err(|error| {
        Failure::from_error(FailureKind::Failed, "signals_unavailable", &error)
            .hint("nothing was begun: see why the system has no room for a pipe or a thread, and run again")
    })?;
    Ok(work())
}
