//! A program at work, and what a signal makes of it.

use bowline_testkit::World;
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_bowline");
/// What is signalled.
pub(crate) const RELEASE: &[&str] = &["release", "--yes"];
/// What a cancelled job is granted.
pub(crate) const GRANTED: Duration = Duration::from_secs(2);

/// A repository whose build command writes down who it is and does not end until it may, or a minute has passed: a
/// failed test leaves nothing behind for long.
pub(crate) fn slow_build(prelude: &str) -> World {
    let world = World::with_repository(PROGRAM);
    world.write(".gitignore", "dist/\n");
    world.write("VERSION", "1.0.0\n");
    let script = format!(
        "{prelude}\n\
         if test ! -e \"$HOME/may-end\"; then\n\
         sleep 60 &\n\
         echo $$ $! >\"$HOME/names\"; mv \"$HOME/names\" \"$HOME/building\"\n\
         left=1200\n\
         while test ! -e \"$HOME/may-end\" -a $left -gt 0; do sleep 0.05; left=$((left-1)); done\n\
         fi\n\
         mkdir -p dist && cp VERSION dist/app.txt\n"
    );
    world.write("build.sh", script);
    world.write("bowline.toml", "[build]\ncommand = [\"sh\", \"build.sh\"]\n\n[artifacts]\ninclude = [\"dist/*\"]\n");
    world.commit_and_push("feat: add things");
    world
}

/// A file in the world's home.
pub(crate) fn home(world: &World, name: &str) -> PathBuf {
    world.root().join("home").join(name)
}

/// Lets slow builds end.
pub(crate) fn let_builds_end(world: &World) {
    std::fs::write(home(world, "may-end"), "").unwrap();
}

/// A program that was started.
pub(crate) struct Running {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
    signalled: Option<Instant>,
}

/// How it ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Since the first signal.
    pub(crate) took: Duration,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Running {
    /// Starts the program in the checkout of `world`.
    pub(crate) fn start(world: &World, args: &[&str]) -> Self {
        Self::start_by(world.command(&world.work(), args, &[]))
    }

    /// Starts this command.
    pub(crate) fn start_by(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (read(child.stdout.take().unwrap()), read(child.stderr.take().unwrap()));
        Self { child, stdout: Some(stdout), stderr: Some(stderr), signalled: None }
    }

    /// Starts the program with a standard error that nobody reads; whoever holds the other end lets it fill up.
    pub(crate) fn start_unread(world: &World, args: &[&str]) -> (Self, std::process::ChildStderr) {
        let mut command = world.command(&world.work(), args, &[]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = read(child.stdout.take().unwrap());
        let unread = child.stderr.take().unwrap();
        (Self { child, stdout: Some(stdout), stderr: None, signalled: None }, unread)
    }

    /// Signals the program, and nobody else.
    pub(crate) fn signal(&mut self, signal: Signal) {
        self.signalled.get_or_insert_with(Instant::now);
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Whether it is over.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Kills its process group, which it must lead.
    pub(crate) fn kill_group(&self) {
        // It may have ended by itself.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
    }

    /// Signals it as a cancelled job is signalled, until it is gone.
    pub(crate) fn climb_down(mut self) -> Ended {
        if self.child.try_wait().unwrap().is_none() {
            self.signal(first_rung());
        }
        let begun = Instant::now();
        let mut ladder =
            [(Duration::from_millis(7500), Signal::TERM), (Duration::from_secs(10), Signal::KILL)].into_iter();
        let mut rung = ladder.next();
        while self.child.try_wait().unwrap().is_none() {
            if let Some((after, signal)) = rung.filter(|(after, _)| begun.elapsed() >= *after) {
                self.signal(signal);
                rung = ladder.find(|(later, _)| *later > after);
            }
            pause(Duration::from_millis(1));
        }
        self.end()
    }

    /// Waits for its end, and for that of everything that holds its output.
    pub(crate) fn end(mut self) -> Ended {
        let status = self.child.wait().unwrap();
        let took = self.signalled.map_or(Duration::ZERO, |signalled| signalled.elapsed());
        let said = |stream: Option<JoinHandle<String>>| stream.map_or_else(String::new, |text| text.join().unwrap());
        Ended { status, took, stdout: said(self.stdout), stderr: said(self.stderr) }
    }
}

/// SIGINT; SIGTERM where whoever runs the tests has SIGINT ignored, as a shell does for what it runs in the background.
pub(crate) fn first_rung() -> Signal {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    let is_ignored = mask >> (Signal::INT.as_raw() - 1) & 1 == 1;
    if is_ignored { Signal::TERM } else { Signal::INT }
}

impl Ended {
    /// It went within the time that is granted, and says that it was paused.
    pub(crate) fn paused(self) -> Self {
        assert!(self.took < GRANTED, "{:?}: {}", self.took, self.stderr);
        assert_eq!(self.status.code(), Some(24), "{}: {}", self.status, self.stderr);
        self
    }
}

fn read(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Returns once `file` is there.
pub(crate) fn wait_for(file: &Path) {
    let begun = Instant::now();
    while !file.exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} did not appear", file.display());
        pause(Duration::from_millis(2));
    }
}

/// The processes whose ids stand in `file`.
pub(crate) fn named_in(file: &Path) -> Vec<Pid> {
    let text = std::fs::read_to_string(file).unwrap();
    text.split_whitespace().map(|id| Pid::from_raw(id.parse().unwrap()).unwrap()).collect()
}

/// None of the processes in `file` is left a moment later. One that nobody has reaped yet has ended all the same.
pub(crate) fn assert_gone(file: &Path) {
    let is_alive = |pid: &Pid| {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        test_kill_process(*pid).is_ok() && !stat.contains(") Z ")
    };
    let (begun, processes) = (Instant::now(), named_in(file));
    while processes.iter().any(is_alive) {
        assert!(begun.elapsed() < Duration::from_secs(1), "{processes:?} are left");
        pause(Duration::from_millis(2));
    }
}

#[expect(clippy::disallowed_methods, reason = "when a signal comes is what this is about")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
