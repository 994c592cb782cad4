//! `bowline standard-version`: the drop-in, which `bowline-compat` is all about. Here its doors are opened.

use crate::commands::pausable;
use crate::output::Screen;
use crate::session::Session;
use bowline_compat::drop_in::{self, Console, Surroundings};
use bowline_compat::options::{self, Asked, Request, World};
use bowline_host::clock::SystemClock;
use bowline_host::files::plain::HostPlainFiles;
use bowline_host::git::{GitOptions, HostGit};
use bowline_host::process::SystemProcess;
use bowline_model::text::one_line;
use bowline_model::tool::{NODE, TOOLS};
use bowline_model::{Failure, FailureKind};
use bowline_port::git::{GitError, GitReader};
use bowline_port::process::Process;
use bowline_port::process::tools::{Toolbox, Wanted};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The command's name, and the name of the program that it stands for.
pub const COMMAND: &str = "standard-version";

/// Whether a program of this name is this command.
#[must_use]
pub fn is_name(program: &str) -> bool {
    [COMMAND, "commit-and-tag-version"].contains(&program)
}

/// Does what the originals do with `flags`. Their exit codes are 0 and 1, also for failures of our own.
pub fn run(session: &Session, program: &str, flags: &[String]) -> Result<u8, Failure> {
    done(session, program, flags).or_else(|failure| {
        session.screen.failure(&failure, 1);
        Ok(1)
    })
}

fn done(session: &Session, program: &str, flags: &[String]) -> Result<u8, Failure> {
    let dir = session.dir()?;
    if !dir.is_dir() {
        let message = format!("there is no folder {}", one_line(&dir.to_string_lossy(), 400));
        return Err(
            Failure::new(FailureKind::Usage, "no_such_folder", message).hint("name one that exists with -C DIR")
        );
    }
    let process = SystemProcess::new(session.environment.clone(), session.screen.child_line());
    let process: Arc<dyn Process> = Arc::new(process.stopping(session.stop.clone()));
    // Git runs hooks of the user's; node answers a question.
    let patient = TOOLS.iter().map(|tool| Wanted { timeout: LONGEST, ..Wanted::usual(tool) });
    let tools = Arc::new(Toolbox::new(process.clone(), patient.chain([Wanted::usual(&NODE)])));
    let names: Vec<String> = session.environment.iter().map(|(name, _)| name.to_owned()).collect();
    let world = World { folder: &dir, files: &HostPlainFiles, process: tools.as_ref(), pass_env: &names };
    let (flags, api) = handed_over(&dir, flags)?;
    let options = match options::resolve(&Request { arguments: &flags, api: api.as_deref(), program, world }) {
        Ok(Asked::Run(options)) => options,
        Ok(Asked::Help(text) | Asked::Version(text)) => {
            session.screen.line(text.trim_end_matches('\n'));
            return Ok(0);
        }
        Err(refusal) => {
            for text in refusal.warnings.iter().chain(&refusal.help).chain([&refusal.message]) {
                session.screen.error_line(text);
            }
            return Ok(1);
        }
    };
    let git = repository(session, &dir, tools.clone())?;
    let world = Surroundings {
        dir: &dir,
        git: git.as_ref().map(|git| git as &dyn GitReader),
        files: &HostPlainFiles,
        process: process.as_ref(),
        tools: tools.as_ref(),
        clock: &SystemClock::interruptible(session.stop.clone()),
        variables: &names,
    };
    let go = || drop_in::run(&options, &world, &mut OnScreen(&session.screen));
    if options.dry_run { Ok(go()) } else { pausable(session, "the same command", go) }
}

/// Takes `--options-json FILE` (`-`: standard input) out of `flags`, and reads it: that is how the npm package hands its options over.
fn handed_over(dir: &Path, flags: &[String]) -> Result<(Vec<String>, Option<String>), Failure> {
    const FLAG: &str = "--options-json";
    let Some(place) = flags.iter().position(|flag| flag == FLAG) else { return Ok((flags.to_vec(), None)) };
    let unreadable = |error: std::io::Error| {
        Failure::from_error(FailureKind::Usage, "options_unreadable", &error)
            .hint(format!("give {FLAG} a file with one JSON object, or `-` and the object on standard input"))
    };
    let mut flags = flags.to_vec();
    let mut taken = flags.drain(place..flags.len().min(place + 2)).skip(1);
    let mut text = String::new();
    match taken.next().as_deref() {
        None => return Err(unreadable(std::io::Error::other("no file is named"))),
        Some("-") => std::io::stdin().take(LARGEST).read_to_string(&mut text).map_err(unreadable)?,
        Some(path) => {
            let file = std::fs::File::open(dir.join(path)).map_err(unreadable)?;
            file.take(LARGEST).read_to_string(&mut text).map_err(unreadable)?
        }
    };
    drop(taken);
    Ok((flags, Some(text)))
}

/// The repository that `dir` is in; none when it is in none, which is said when git is asked for something.
fn repository(session: &Session, dir: &Path, tools: Arc<dyn Process>) -> Result<Option<HostGit>, Failure> {
    let options = GitOptions { environment: session.environment.clone(), process: tools, timeout: LONGEST };
    match HostGit::open(dir, options) {
        Ok(git) => {
            let secrets = git.secrets().map_err(|error| failed(&error))?;
            crate::output::hidden::hide(secrets);
            Ok(Some(git))
        }
        Err(GitError::NoRepository { .. }) => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: &GitError) -> Failure {
    Failure::from_error(FailureKind::Failed, "git", error)
}

/// The screen as the drop-in sees it.
struct OnScreen<'a>(&'a Screen);

impl Console for OnScreen<'_> {
    fn out(&mut self, line: &str) {
        self.0.line(line);
    }

    fn err(&mut self, line: &str) {
        self.0.error_line(line);
    }

    fn colours(&self) -> (bool, bool) {
        self.0.colours()
    }
}

/// Far above any options that somebody wrote.
const LARGEST: u64 = 16 << 20;
/// A hook of git's may test all there is.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
