//! Git and the hooks: programs of the user's, in the user's own environment.

use super::console::Voice;
use super::{Ended, Surroundings};
use bowline_port::process::{Command, Finished, Output, ProcessError};
use std::time::Duration;

/// Runs `git` with `arguments`, and warns of what it says on standard error.
pub(super) fn git(world: &Surroundings<'_>, voice: &mut Voice<'_>, arguments: &[String]) -> Result<String, Ended> {
    let argv = std::iter::once("git".to_owned()).chain(arguments.iter().cloned()).collect();
    run(world, voice, argv, &format!("git {}", arguments.join(" ")))
}

/// Runs `command` by the system's shell, as npm runs scripts: it is a line of shell that the user wrote.
pub(super) fn shell(world: &Surroundings<'_>, voice: &mut Voice<'_>, command: &str) -> Result<String, Ended> {
    run(world, voice, ["/bin/sh", "-c", command].map(str::to_owned).to_vec(), command)
}

/// Runs `git` and says nothing; what it prints when it succeeds.
pub(super) fn quiet_git(world: &Surroundings<'_>, arguments: &[&str], input: Vec<u8>) -> Option<Vec<u8>> {
    let argv = std::iter::once("git").chain(arguments.iter().copied()).map(str::to_owned).collect();
    let finished = start(world, argv, input).ok()?;
    finished.success().then_some(finished.stdout)
}

fn run(world: &Surroundings<'_>, voice: &mut Voice<'_>, argv: Vec<String>, shown: &str) -> Result<String, Ended> {
    match start(world, argv, Vec::new()) {
        Ok(finished) => {
            let said = String::from_utf8_lossy(&finished.stderr);
            if finished.success() {
                if !said.is_empty() {
                    voice.warn(&said);
                }
                return Ok(String::from_utf8_lossy(&finished.stdout).into_owned());
            }
            // Node's words for a program that failed.
            let message = format!("Command failed: {shown}\n{said}");
            voice.error(if said.is_empty() { &message } else { &said });
            Err(Ended::Failed(message))
        }
        Err(error) => {
            let mut message = format!("Command failed: {shown}\n{error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                message.push_str(&format!(": {error}"));
                cause = error.source();
            }
            Err(Ended::Failed(message))
        }
    }
}

fn start(world: &Surroundings<'_>, argv: Vec<String>, input: Vec<u8>) -> Result<Finished, ProcessError> {
    let is_git = argv.first().is_some_and(|program| program == "git");
    let command = Command {
        argv,
        dir: world.dir.to_owned(),
        env: Vec::new(),
        // What they need is known to the user alone: logins, agents, settings of npm.
        pass_env: world.variables.to_vec(),
        timeout: LONGEST,
        output: Output::Capture,
        input,
    };
    if is_git { world.tools.run(&command) } else { world.process.run(&command) }
}

/// A hook may build and test all there is; one that hangs ends some day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
