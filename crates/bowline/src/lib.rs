//! Arguments, wiring, rendering and the exit code: the only crate that prints.
//!
//! [`start`] reads the command line and calls one file of [`commands`]. A command opens a [`workspace`] (the real
//! doors, the configuration, the state), lets the lower crates do the work, and hands values to [`output`]. Nothing
//! is decided here that a plan should say.

pub mod args;
pub mod ask;
pub mod commands;
pub mod crash;
pub mod documents;
pub mod output;
pub mod reference;
pub mod release;
pub mod session;
pub mod signals;
pub mod workspace;

use args::{Args, Command};
use bowline_host::git::Answer;
use bowline_model::{Failure, FailureKind};
use bowline_port::environment::Environment;
use bowline_port::secret;
use bowline_port::stop::Stop;
use clap::Parser;
use commands::standard_version;
use output::Screen;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Runs the program and returns its exit code.
pub fn start() -> ExitCode {
    let environment = capture_environment();
    if let Some(code) = answer_git(&environment) {
        return code;
    }
    output::hidden::hide(secret::of_environment(&environment));
    let invocation = Invocation::of(std::env::args_os());
    let args = match Args::try_parse_from(&invocation.own) {
        Ok(mut args) => {
            if let Command::StandardVersion(command) = &mut args.command {
                (command.program, command.flags) = (invocation.program, invocation.theirs);
            }
            args.without_empty()
        }
        Err(error) => {
            if error.use_stderr() {
                output::report_usage(&error.render().to_string());
                return ExitCode::from(FailureKind::Usage.exit_code(false));
            }
            // Help that a closed pipe does not take is nobody's problem.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
    };
    let screen = match Screen::new(&args.global, &environment) {
        Ok(screen) => screen,
        Err(failure) => return ExitCode::from(output::report_early(&failure)),
    };
    for name in secret::too_short(&environment) {
        screen.warn(&format!(
            "{name} is shorter than 8 characters: it cannot be told from ordinary text in what is printed"
        ));
    }
    let session = session::Session { global: args.global, environment, screen, stop: Stop::default() };
    match commands::run(args.command, &session) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => ExitCode::from(finish_with(&session, &failure)),
    }
}

/// The command line, with what another program's flags are told from ours.
struct Invocation {
    /// The last part of the program's own name.
    program: String,
    own: Vec<OsString>,
    /// What stands behind `standard-version`. It is not for clap to read: `-t` and `-s` mean other things there.
    theirs: Vec<String>,
}

impl Invocation {
    fn of(words: impl Iterator<Item = OsString>) -> Self {
        let mut own: Vec<OsString> = words.collect();
        let program = own.first().map(Path::new).and_then(Path::file_stem).unwrap_or_default();
        let mut program = program.to_string_lossy().into_owned();
        // Known by another name, all of it is theirs.
        let place = if standard_version::is_name(&program) {
            own.insert(1, OsString::from(standard_version::COMMAND));
            Some(1)
        } else {
            // What help shows is what people type.
            program = format!("{program} {}", standard_version::COMMAND);
            own.iter().position(|word| word == standard_version::COMMAND)
        };
        // Behind another command it is that one's argument.
        let is_command = |place: &usize| {
            let before = own.get(..=*place).unwrap_or_default();
            Args::try_parse_from(before).is_ok_and(|args| matches!(args.command, Command::StandardVersion(_)))
        };
        let theirs = match place.filter(is_command) {
            Some(place) => own.split_off(place + 1),
            None => Vec::new(),
        };
        let theirs = theirs.into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
        Self { program, own, theirs }
    }
}

/// Shows a failure that happened outside any run.
fn finish_with(session: &session::Session, failure: &Failure) -> u8 {
    let code = failure.kind.exit_code(false);
    session.screen.document(&output::FailureDocument::new(failure, code));
    session.screen.failure(failure, code);
    code
}

/// When git has started this process to ask for a login: answers that, and nothing else.
fn answer_git(environment: &Environment) -> Option<ExitCode> {
    let question = std::env::args_os().nth(1).unwrap_or_default().to_string_lossy().into_owned();
    Some(match bowline_host::git::answer(environment, &question)? {
        Answer::Line(line) => {
            output::answer(&line);
            ExitCode::SUCCESS
        }
        Answer::Nothing => ExitCode::FAILURE,
    })
}

/// The one place where the process environment is read.
fn capture_environment() -> Environment {
    let pairs =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Environment::from_pairs(pairs)
}
