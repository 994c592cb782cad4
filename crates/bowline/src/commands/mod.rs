//! One file per command.

pub mod changelog;
pub mod check;
pub mod config;
pub mod demo;
pub mod explain;
pub mod notes;
pub mod plan;
pub mod release;
pub mod shell;
pub mod status;

use crate::args::Command;
use crate::session::Session;
use bowline_model::Failure;

/// Runs `command` and returns the exit code.
pub fn run(command: Command, session: &Session) -> Result<u8, Failure> {
    match command {
        Command::Release(args) if session.global.dry_run => plan::run(session, &args.plan_args),
        Command::Release(args) => release::run(session, crate::release::release(session, &args)?),
        Command::Resume(args) => release::run(session, crate::release::resume(session, &args)?),
        Command::Abort(args) => release::run(session, crate::release::abort(session, &args)?),
        Command::Plan(args) => plan::run(session, &args),
        Command::Check(args) => check::run(session, &args),
        Command::Status => status::run(session),
        Command::Changelog(args) => changelog::run(session, &args),
        Command::Notes(args) => notes::run(session, &args),
        Command::Explain(args) => explain::run(session, &args),
        Command::Demo(args) => demo::run(session, &args),
        Command::Config(command) => config::run(session, &command),
        Command::Completions(args) => shell::completions(session, &args),
        Command::Man(args) => shell::man(session, &args),
    }
}
