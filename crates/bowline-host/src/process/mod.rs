//! Other programs, really started.
//!
//! A child is found by an explicit search (never in the working directory by accident), sees only the variables it
//! was given, and leads a process group of its own. When it ends, takes too long or prints too much, the whole group
//! is ended; a descendant that left the group and still holds the pipes is waited for only briefly. `output` reads
//! what it says, `lookup` finds it, `group` ends it.
//!
//! A pause ([`Stop`]) ends the child that is running when it is requested. A call that begins afterwards belongs to
//! putting things in order, because nothing new is begun by then: it is let run, for a short time at most, and the
//! stop does not end it. When the process ends in the middle of things ([`Stop::leave`]), no group outlives it.

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod group;
mod lookup;
mod output;

use bowline_port::environment::Environment;
use bowline_port::process::{Command, Finished, Output, Process, ProcessError, ProgramFile};
use bowline_port::stop::{Listening, Stop};
use group::Group;
use output::{Collected, Collector};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Receives each shown line, already safe to print.
pub type ShowLine = Arc<dyn Fn(&str) + Send + Sync>;

/// Takes secrets out of text.
pub type Clean = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// Runs programs of this machine.
#[derive(Clone)]
pub struct SystemProcess {
    environment: Environment,
    show: ShowLine,
    clean: Clean,
    limit: usize,
    stop: Stop,
}

impl SystemProcess {
    /// Children get their variables out of `environment`; lines of [`Output::Show`] go to `show`.
    pub fn new(environment: Environment, show: ShowLine) -> Self {
        Self { environment, show, clean: Arc::new(str::to_owned), limit: CAPTURE_LIMIT, stop: Stop::default() }
    }

    /// The same, and what is shown goes through `clean` first, before long lines are cut.
    #[must_use]
    pub fn hiding(self, clean: Clean) -> Self {
        Self { clean, ..self }
    }

    /// The same, and a child that is running when `stop` is requested is ended.
    #[must_use]
    pub fn stopping(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }
}

impl Process for SystemProcess {
    fn run(&self, command: &Command) -> Result<Finished, ProcessError> {
        let program = command.argv.first().map_or("", String::as_str);
        let variables = variables(&self.environment, command);
        let is_last = self.stop.is_requested();
        let (timeout, grace) =
            if is_last { (command.timeout.min(LAST_TIMEOUT), STOP_GRACE) } else { (command.timeout, GRACE) };
        let mut child = self.start(program, command, &variables)?;
        let group = Group::of(&child);
        let (sender, receiver) = channel();
        let leaving = Some(self.stop.listen_leaving(move || group.kill()));
        let pause = sender.clone();
        let _pausing = (!is_last).then(|| self.stop.listen(move || drop(pause.send(Message::Stop))));
        let collector = match command.output {
            Output::Capture => Collector::capture(self.limit),
            Output::Show => Collector::show(self.show.clone(), self.clean.clone()),
        };
        attend(&mut child, command, &collector, &sender);
        let ended = Watch { child, receiver, open: 2, grace, leaving }.until_end(timeout);
        let Collected { stdout, stderr } = collector.take();
        match ended {
            End::Exited(status) => Ok(Finished { code: status.code(), stdout, stderr }),
            End::Lost(source) => Err(ProcessError::Start { program: program.to_owned(), source }),
            End::Stopped => Err(ProcessError::Stopped { program: program.to_owned() }),
            // Its own limit was longer.
            End::TimedOut if timeout < command.timeout => Err(ProcessError::Stopped { program: program.to_owned() }),
            End::TimedOut => {
                Err(ProcessError::TimedOut { program: program.to_owned(), seconds: command.timeout.as_secs() })
            }
            End::TooMuch => Err(ProcessError::TooMuchOutput { program: program.to_owned(), limit: self.limit }),
        }
    }

    fn locate(&self, program: &str) -> Result<Option<ProgramFile>, ProcessError> {
        let failed = |source| ProcessError::Start { program: program.to_owned(), source };
        let path = self.environment.get("PATH").unwrap_or_default();
        let Some(path) = lookup::find(program, Path::new("/"), path).map_err(failed)? else { return Ok(None) };
        lookup::identify(path).map(Some).map_err(failed)
    }
}

impl SystemProcess {
    #[expect(clippy::disallowed_methods, reason = "this is the door that the ban points to")]
    fn start(
        &self,
        program: &str,
        command: &Command,
        variables: &BTreeMap<String, String>,
    ) -> Result<Child, ProcessError> {
        let failed = |source| ProcessError::Start { program: program.to_owned(), source };
        // The system reports a missing folder and a missing program alike; people need to know which it is.
        if !command.dir.is_dir() {
            return Err(failed(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                format!("the folder {} does not exist", command.dir.display()),
            )));
        }
        let path = variables.get("PATH").map_or("", String::as_str);
        let file = lookup::find(program, &command.dir, path)
            .map_err(failed)?
            .ok_or_else(|| ProcessError::NotFound { program: program.to_owned() })?;
        let mut child = std::process::Command::new(file);
        child.args(command.argv.iter().skip(1)).env_clear().envs(variables).current_dir(&command.dir);
        child.stdin(if command.input.is_empty() { Stdio::null() } else { Stdio::piped() });
        child.stdout(Stdio::piped()).stderr(Stdio::piped());
        group::lead(&mut child, program);
        child.spawn().map_err(failed)
    }
}

/// What the child sees: the base set, then what is passed on, then what was set.
fn variables(environment: &Environment, command: &Command) -> BTreeMap<String, String> {
    let is_base = |name: &str| BASE.contains(&name) || name.starts_with("XDG_");
    environment
        .iter()
        .filter(|(name, _)| is_base(name) || command.pass_env.iter().any(|passed| passed == name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .chain(command.env.iter().cloned())
        .collect()
}

/// Starts the threads that feed the child, read it and wait for it.
fn attend(child: &mut Child, command: &Command, collector: &Collector, sender: &Sender<Message>) {
    if let Some(mut stdin) = child.stdin.take() {
        let input = command.input.clone();
        // A child may close its input early; what it wanted to say about that comes with its exit code.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    if let Some(stdout) = child.stdout.take() {
        collector.read(stdout, output::Stream::Out, sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        collector.read(stderr, output::Stream::Err, sender.clone());
    }
    let group = Group::of(child);
    let sender = sender.clone();
    thread::spawn(move || {
        group.wait_for_leader();
        let _ = sender.send(Message::LeaderExited);
    });
}

/// What the threads report.
enum Message {
    LeaderExited,
    StreamClosed,
    TooMuch,
    Stop,
}

/// How it ended.
enum End {
    Exited(ExitStatus),
    TimedOut,
    TooMuch,
    Stopped,
    Lost(std::io::Error),
}

struct Watch {
    child: Child,
    receiver: Receiver<Message>,
    open: usize,
    /// How long each stage of the end may take.
    grace: Duration,
    /// Ends the group when the process ends in the middle of things.
    leaving: Option<Listening>,
}

impl Watch {
    fn until_end(mut self, timeout: Duration) -> End {
        let group = Group::of(&self.child);
        let stopped = match self.until_leader_exits(timeout) {
            Wait::Exited => None,
            wait => {
                if matches!(wait, Wait::Stopped) {
                    self.grace = STOP_GRACE;
                }
                // Asked first, so that programs can remove their lock files.
                group.ask_to_end();
                if !matches!(self.until_leader_exits(self.grace), Wait::Exited) {
                    group.kill();
                    if !matches!(self.until_leader_exits(self.grace), Wait::Exited) {
                        // It has rights that we lack, or hangs inside the system: nothing is left to be done.
                        return wait.into_end();
                    }
                }
                Some(wait.into_end())
            }
        };
        // The leader is not reaped yet, so its id cannot belong to anybody else.
        group.kill();
        // From here on it can, so nobody may signal the group any more.
        self.leaving = None;
        let status = self.child.wait();
        self.until_streams_close();
        stopped.unwrap_or_else(|| status.map_or_else(End::Lost, End::Exited))
    }

    fn until_leader_exits(&mut self, timeout: Duration) -> Wait {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            let left = deadline.map_or(timeout, |deadline| deadline.saturating_duration_since(Instant::now()));
            match self.receiver.recv_timeout(left) {
                Ok(Message::LeaderExited) => return Wait::Exited,
                Ok(Message::StreamClosed) => self.open = self.open.saturating_sub(1),
                Ok(Message::TooMuch) => return Wait::TooMuch,
                Ok(Message::Stop) => return Wait::Stopped,
                Err(_) => return Wait::TimedOut,
            }
        }
    }

    fn until_streams_close(&mut self) {
        let deadline = Instant::now() + self.grace;
        while self.open > 0 {
            match self.receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Message::StreamClosed) => self.open -= 1,
                Ok(Message::LeaderExited | Message::TooMuch) => {}
                Ok(Message::Stop) | Err(_) => return,
            }
        }
    }
}

enum Wait {
    Exited,
    TimedOut,
    TooMuch,
    Stopped,
}

impl Wait {
    fn into_end(self) -> End {
        match self {
            Self::TooMuch => End::TooMuch,
            Self::Stopped => End::Stopped,
            Self::Exited | Self::TimedOut => End::TimedOut,
        }
    }
}

/// What is kept of each stream.
const CAPTURE_LIMIT: usize = 64 << 20;
/// How long an ended group may take to go, and a descendant outside it to let go of the pipes.
const GRACE: Duration = Duration::from_secs(2);
/// The same when the run is to pause: whoever asked for that waits for two seconds in all.
const STOP_GRACE: Duration = Duration::from_millis(500);
/// How long a call may take that begins after that.
const LAST_TIMEOUT: Duration = Duration::from_millis(1200);
/// The variables that every program may expect.
const BASE: [&str; 9] = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "USER", "LOGNAME", "TZ"];

#[cfg(test)]
mod tests;
