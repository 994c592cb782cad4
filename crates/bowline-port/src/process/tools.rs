//! External tools: found once, judged before they are used, and started the same way by everybody.
//!
//! [`Toolbox`] knows the rows of [`bowline_model::tool`] with what configuration says about them. The first time a tool is
//! wanted it is looked up, asked for its version, and judged; the verdict is kept for the run. From then on that very
//! file runs: when another one stands in its place, that is an error and not a surprise.
//!
//! Three ways of being of no use are told apart, because people do different things about them: a tool is
//! [absent](ToolError::Absent), [broken](ToolError::Broken), or it [hangs](ToolError::Hangs). A fourth cannot be seen
//! here: a tool may **lie**, say that all is well and have done nothing. So exit code 0 is no proof of an effect. Whoever
//! uses a tool looks for its effect afterwards: the signature verifies, the file is there, the reference has moved.
//!
//! Until it has said that it is the tool, a program is asked for its version and nothing else, with no variables but the
//! few that every program needs, so a path in the configuration cannot make another program do something with our
//! arguments or tokens.

use super::{Command, Finished, Output, Process, ProcessError, ProgramFile};
use bowline_model::seeded::{Bug, seeded};
use bowline_model::text::one_line;
use bowline_model::tool::{TOOLS, Tool, ToolPolicy, ToolReport, ToolState, ToolVersion};
use bowline_model::{Failure, FailureKind};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A tool with what configuration says about it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The row of the table.
    pub tool: Tool,
    /// What happens when it cannot be used.
    pub policy: ToolPolicy,
    /// An absolute path to use instead of searching `PATH`.
    pub path: Option<PathBuf>,
    /// The oldest version that is accepted.
    pub oldest: ToolVersion,
    /// How long one call may take.
    pub timeout: Duration,
}

/// A tool that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usable {
    /// The file that runs.
    pub file: ProgramFile,
    /// Its version.
    pub version: ToolVersion,
}

/// Why a tool cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// It is switched off.
    #[error("`{name}` is switched off")]
    Off {
        /// Which.
        name: &'static str,
    },
    /// It is not there.
    #[error("`{name}` was not found {place}")]
    Absent {
        /// Which.
        name: &'static str,
        /// Where it was looked for, in words.
        place: String,
        /// How people get it.
        install: &'static str,
    },
    /// It is there and of no use.
    #[error("`{name}` cannot be used: {program} {why}")]
    Broken {
        /// Which.
        name: &'static str,
        /// The file.
        program: String,
        /// What is wrong with it, as the rest of a sentence.
        why: String,
        /// How people get one that works.
        install: &'static str,
    },
    /// It does not answer.
    #[error("`{name}` cannot be used: {program} did not say its version within {seconds} s")]
    Hangs {
        /// Which.
        name: &'static str,
        /// The file.
        program: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// Another file stands in its place since it was judged.
    #[error("`{name}` was not started: {program} is not the file any more that was found at the beginning")]
    Changed {
        /// Which.
        name: &'static str,
        /// The file.
        program: String,
    },
}

impl ToolError {
    const fn name(&self) -> &'static str {
        match self {
            Self::Off { name }
            | Self::Absent { name, .. }
            | Self::Broken { name, .. }
            | Self::Hangs { name, .. }
            | Self::Changed { name, .. } => name,
        }
    }

    const fn state(&self) -> ToolState {
        match self {
            Self::Off { .. } => ToolState::Off,
            Self::Absent { .. } => ToolState::Absent,
            Self::Broken { .. } | Self::Changed { .. } => ToolState::Broken,
            Self::Hangs { .. } => ToolState::Hangs,
        }
    }

    fn program(&self) -> Option<String> {
        match self {
            Self::Off { .. } | Self::Absent { .. } => None,
            Self::Broken { program, .. } | Self::Hangs { program, .. } | Self::Changed { program, .. } => {
                Some(program.clone())
            }
        }
    }
}

impl From<ToolError> for Failure {
    fn from(error: ToolError) -> Self {
        let name = error.name();
        let is_essential = Tool::named(name).is_some_and(|tool| tool.essential);
        let missing = |code| Self::from_error(FailureKind::Missing, code, &error);
        let other = format!("or name another file with `path` under `[tools.{name}]` in bowline.toml");
        let failure = match &error {
            ToolError::Off { .. } => missing("tool_off").hint(format!("remove `policy` under `[tools.{name}]`")),
            ToolError::Absent { install, .. } => missing("tool_missing").hint(*install).hint(other),
            ToolError::Broken { install, .. } => missing("tool_broken").hint(*install).hint(other),
            ToolError::Hangs { program, .. } => {
                missing("tool_hangs").hint(format!("see what {program} waits for, in a terminal")).hint(other)
            }
            ToolError::Changed { .. } => Self::from_error(FailureKind::Failed, "tool_changed", &error)
                .hint("run the same command again: it looks at the new file first"),
        };
        let can_do_without = failure.kind == FailureKind::Missing && failure.code != "tool_off" && !is_essential;
        match can_do_without {
            true => failure.hint(format!("or do without it: `policy = \"optional\"` under `[tools.{name}]`")),
            false => failure,
        }
    }
}

/// The tools of a run.
pub struct Toolbox {
    process: Arc<dyn Process>,
    wanted: Vec<Wanted>,
    judged: Mutex<BTreeMap<&'static str, Result<Usable, ToolError>>>,
}

impl Wanted {
    /// What holds without configuration.
    pub const fn usual(tool: &Tool) -> Self {
        Self {
            tool: *tool,
            policy: tool.policy,
            path: None,
            oldest: tool.oldest,
            timeout: Duration::from_millis(tool.timeout_ms),
        }
    }

    fn program(&self) -> String {
        self.path.as_ref().map_or_else(|| self.tool.name.to_owned(), |path| path.to_string_lossy().into_owned())
    }
}

impl Toolbox {
    /// The tools `wanted`, which `process` finds and starts.
    pub fn new(process: Arc<dyn Process>, wanted: impl IntoIterator<Item = Wanted>) -> Self {
        Self { process, wanted: wanted.into_iter().collect(), judged: Mutex::default() }
    }

    /// All tools of the table, without configuration.
    pub fn usual(process: Arc<dyn Process>) -> Self {
        Self::new(process, TOOLS.iter().map(Wanted::usual))
    }

    /// What configuration says about the tool called `name`; none when there is no such tool.
    pub fn policy(&self, name: &str) -> Option<ToolPolicy> {
        self.wanted(name).map(|wanted| wanted.policy)
    }

    /// Whether the tool called `name` can be used. It is looked at once; [`ProcessError::Unusable`] says why not, and
    /// [`ProcessError::Stopped`] that somebody wanted a pause before that was known.
    pub fn judge(&self, name: &str) -> Result<Usable, ProcessError> {
        let wanted = self.wanted(name).ok_or_else(|| ProcessError::NotFound { program: name.to_owned() })?;
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = judged.get(wanted.tool.name) {
            return Ok(verdict.clone()?);
        }
        let verdict = match self.look(wanted) {
            Ok(usable) => Ok(usable),
            Err(ProcessError::Unusable(error)) => Err(error),
            // Nothing was found out about the tool.
            Err(other) => return Err(other),
        };
        judged.insert(wanted.tool.name, verdict.clone());
        Ok(verdict?)
    }

    /// The verdict on the tool called `name`, for people and documents; none when there is no such tool.
    pub fn report(&self, name: &str) -> Option<ToolReport> {
        let wanted = self.wanted(name)?;
        let report = |state, program, version, reason| ToolReport {
            name: wanted.tool.name.to_owned(),
            policy: wanted.policy,
            state,
            program,
            version,
            reason,
        };
        Some(match self.judge(name) {
            Ok(usable) => {
                let program = one_line(&usable.file.path.to_string_lossy(), LONGEST_PATH).into_owned();
                report(ToolState::Usable, Some(program), Some(usable.version.to_string()), None)
            }
            Err(ProcessError::Unusable(error)) => report(error.state(), error.program(), None, Some(error.to_string())),
            Err(error) => report(ToolState::Broken, None, None, Some(error.to_string())),
        })
    }

    fn wanted(&self, name: &str) -> Option<&Wanted> {
        self.wanted.iter().find(|wanted| wanted.tool.name == name)
    }

    /// Finds it and asks it.
    fn look(&self, wanted: &Wanted) -> Result<Usable, ProcessError> {
        let Tool { name, install, .. } = wanted.tool;
        if wanted.policy == ToolPolicy::Off {
            return Err(ToolError::Off { name }.into());
        }
        let program = wanted.program();
        let file = match self.process.locate(&program) {
            Ok(Some(file)) => file,
            Ok(None) => {
                let place = match &wanted.path {
                    Some(_) => format!("at {}", one_line(&program, LONGEST_PATH)),
                    None => "in any absolute folder of PATH".to_owned(),
                };
                return Err(ToolError::Absent { name, place, install }.into());
            }
            Err(ProcessError::Start { source, .. }) => {
                let why = format!("cannot be looked at: {}", one_line(&source.to_string(), LONGEST_WORDS));
                return Err(ToolError::Broken { name, program, why, install }.into());
            }
            Err(other) => return Err(other),
        };
        let version = self.ask(wanted, &file)?;
        Ok(Usable { file, version })
    }

    fn ask(&self, wanted: &Wanted, file: &ProgramFile) -> Result<ToolVersion, ProcessError> {
        let Tool { name, install, question, .. } = wanted.tool;
        let program = one_line(&file.path.to_string_lossy(), LONGEST_PATH).into_owned();
        let broken = |why: String| ToolError::Broken { name, program: program.clone(), why, install };
        let timeout = wanted.timeout.min(ANSWER);
        let command = Command {
            argv: std::iter::once(start(file)).chain(question.iter().map(|word| (*word).to_owned())).collect(),
            dir: PathBuf::from("/"),
            env: Vec::new(),
            pass_env: Vec::new(),
            timeout,
            output: Output::Capture,
            input: Vec::new(),
        };
        let asked = question.join(" ");
        let finished = match self.process.run(&command) {
            Ok(finished) => finished,
            Err(ProcessError::TimedOut { seconds, .. }) => {
                return Err(ToolError::Hangs { name, program, seconds }.into());
            }
            Err(ProcessError::TooMuchOutput { limit, .. }) => {
                return Err(broken(format!("answers `{asked}` with more than {} MiB", limit >> 20)).into());
            }
            Err(ProcessError::Start { source, .. }) => {
                return Err(
                    broken(format!("cannot be started: {}", one_line(&source.to_string(), LONGEST_WORDS))).into()
                );
            }
            Err(other) => return Err(other),
        };
        if !finished.success() {
            let end = finished.code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
            return Err(broken(format!("answers `{asked}` with {end}{}", last_words(&finished))).into());
        }
        let version = [&finished.stdout, &finished.stderr]
            .into_iter()
            .find_map(|bytes| wanted.tool.version_in(&String::from_utf8_lossy(bytes)))
            .ok_or_else(|| broken(format!("does not say that it is {name}, or its version, when asked `{asked}`")))?;
        if version < wanted.oldest {
            let lacking =
                if version < wanted.tool.oldest { wanted.tool.lacking } else { "configured as `min_version`" };
            return Err(broken(format!("is version {version}; {} is needed ({lacking})", wanted.oldest)).into());
        }
        Ok(version)
    }
}

impl Process for Toolbox {
    /// Runs the tool that the first argument names, when it can be used: the file that was judged, for at most as long as
    /// the tool may take.
    fn run(&self, command: &Command) -> Result<Finished, ProcessError> {
        let name = command.argv.first().map_or("", String::as_str);
        let usable = self.judge(name)?;
        let wanted = self.wanted(name).ok_or_else(|| ProcessError::NotFound { program: name.to_owned() })?;
        let path = start(&usable.file);
        let is_same = self.process.locate(&path)?.as_ref() == Some(&usable.file);
        if !is_same && !seeded(Bug::TrustTool) {
            let program = one_line(&path, LONGEST_PATH).into_owned();
            return Err(ToolError::Changed { name: wanted.tool.name, program }.into());
        }
        let argv = std::iter::once(path).chain(command.argv.iter().skip(1).cloned()).collect();
        self.process.run(&Command { argv, timeout: wanted.timeout, ..command.clone() })
    }

    fn locate(&self, program: &str) -> Result<Option<ProgramFile>, ProcessError> {
        self.process.locate(program)
    }
}

/// The first argument that starts this very file.
fn start(file: &ProgramFile) -> String {
    file.path.to_string_lossy().into_owned()
}

/// What a program that failed said last.
fn last_words(finished: &Finished) -> String {
    let said = String::from_utf8_lossy(&finished.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    if last.is_empty() { String::new() } else { format!(": {}", one_line(last.trim(), LONGEST_WORDS)) }
}

/// How long a program may take to say its version. Generous: a cold start on a busy runner reads from a slow disk.
const ANSWER: Duration = Duration::from_secs(20);
const LONGEST_PATH: usize = 400;
const LONGEST_WORDS: usize = 200;
