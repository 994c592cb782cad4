//! What every command is given: global flags, the environment, and the screen.

use crate::args::Global;
use crate::output::Screen;
use bowline_model::{Failure, FailureKind};
use bowline_port::environment::Environment;
use bowline_port::stop::Stop;
use std::path::PathBuf;

/// One invocation of the program.
pub struct Session {
    /// Global flags.
    pub global: Global,
    /// The process environment.
    pub environment: Environment,
    /// Where output goes.
    pub screen: Screen,
    /// The wish that the run pauses.
    pub stop: Stop,
}

impl Session {
    /// The folder to work in.
    pub fn dir(&self) -> Result<PathBuf, Failure> {
        let current = std::env::current_dir().map_err(|error| {
            Failure::from_error(FailureKind::Usage, "no_current_folder", &error)
                .hint("change into a folder that exists, or name one with -C DIR")
        })?;
        Ok(match &self.global.dir {
            Some(dir) => current.join(dir),
            None => current,
        })
    }
}
