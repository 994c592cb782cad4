//! Other programs, started without a shell.
//!
//! Every child gets an explicit argument list and an explicit environment, no standard input, a time limit and an
//! output cap, and its own process group, so that nothing it started survives it.
//!
//! When the run is to pause ([`Stop`](crate::stop::Stop)), a child that is running is ended. One that is started after
//! that is not: nobody begins anything new by then, so it puts things in order (gives back a lock, puts back files), and
//! only its time is short.
//!
//! What is started by its own name is one of the [`tools`] and goes through them; the build command does not.

pub mod tools;

use std::path::PathBuf;
use std::time::Duration;

/// What to run.
#[derive(Clone, Debug)]
pub struct Command {
    /// Program (a name looked up in `PATH`, or a path) and arguments.
    pub argv: Vec<String>,
    /// Where it runs.
    pub dir: PathBuf,
    /// Variables it gets besides the small set every program needs (`PATH`, `HOME`, locale, temporary folder).
    pub env: Vec<(String, String)>,
    /// Names of our own variables to pass on when they are set.
    pub pass_env: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Where its output goes.
    pub output: Output,
    /// What it reads; nothing when empty.
    pub input: Vec<u8>,
}

/// Where a child's output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Kept, up to a cap.
    Capture,
    /// Shown on our standard error, line by line and made safe; the last lines are kept for the error message.
    Show,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Captured standard output (empty with [`Output::Show`]).
    pub stdout: Vec<u8>,
    /// Captured standard error, or the last lines of what was shown.
    pub stderr: Vec<u8>,
}

impl Finished {
    /// Whether it exited with zero.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// The file that a program's name means, and how it is told from another one that takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFile {
    /// Absolute, links not followed: some programs look at the name they were called by.
    pub path: PathBuf,
    /// Device, inode, size in bytes, and when it was changed last, in seconds and nanoseconds.
    pub identity: (u64, u64, u64, i64, i64),
}

/// Why a program gave no result.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It is a tool that was found to be of no use, so it was not started.
    #[error(transparent)]
    Unusable(#[from] tools::ToolError),
    /// It is not there.
    #[error("program `{program}` was not found")]
    NotFound {
        /// What was looked for.
        program: String,
    },
    /// It could not be started.
    #[error("program `{program}` could not be started")]
    Start {
        /// What was to be started.
        program: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It took too long and was ended with everything it had started.
    #[error("program `{program}` was ended after {seconds} s")]
    TimedOut {
        /// Which.
        program: String,
        /// The limit.
        seconds: u64,
    },
    /// It printed more than we keep and was ended.
    #[error("program `{program}` printed more than {limit} bytes and was ended")]
    TooMuchOutput {
        /// Which.
        program: String,
        /// The cap.
        limit: usize,
    },
    /// It was ended with everything it had started, and may have had its effect.
    #[error("program `{program}` was ended because the run is to pause")]
    Stopped {
        /// Which.
        program: String,
    },
}

/// Runs programs.
pub trait Process: Send + Sync {
    /// Runs `command` to its end.
    fn run(&self, command: &Command) -> Result<Finished, ProcessError>;

    /// The file that `program` means: an absolute path itself, a name in the absolute folders of `PATH`, never in the
    /// working directory. None when there is no such file.
    fn locate(&self, program: &str) -> Result<Option<ProgramFile>, ProcessError>;
}
