//! Real programs, real signals.

use super::*;
use std::path::Path;
use std::sync::Mutex;

fn environment() -> Environment {
    let pairs = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", "/nowhere"), ("SECRET", "s3cret"), ("XDG_X", "1")];
    Environment::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

fn shell(script: &str) -> Command {
    Command {
        argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
        dir: std::env::temp_dir(),
        env: Vec::new(),
        pass_env: Vec::new(),
        timeout: Duration::from_secs(30),
        output: Output::Capture,
        input: Vec::new(),
    }
}

fn quiet() -> SystemProcess {
    SystemProcess::new(environment(), Arc::new(|_| {}))
}

fn run(command: &Command) -> Result<Finished, ProcessError> {
    quiet().run(command)
}

fn stdout(command: &Command) -> String {
    String::from_utf8(run(command).unwrap().stdout).unwrap()
}

/// Whether a process is still there after a moment, and not merely waiting to be reaped. A process that was killed has
/// let go of its pipes shortly before it is gone.
fn survives(pid: &str) -> bool {
    let path = format!("/proc/{}/stat", pid.trim());
    let is_alive = || std::fs::read_to_string(&path).is_ok_and(|stat| !stat.contains(") Z "));
    let begun = Instant::now();
    while is_alive() && begun.elapsed() < Duration::from_secs(5) {
        thread::yield_now();
    }
    is_alive()
}

#[test]
fn streams_and_codes_come_back() {
    let finished = run(&shell("echo out; echo err >&2; exit 3")).unwrap();
    assert_eq!(finished, Finished { code: Some(3), stdout: b"out\n".to_vec(), stderr: b"err\n".to_vec() });
    assert_eq!(run(&shell("kill -9 $$")).unwrap().code, None);
}

#[test]
fn only_given_variables_are_seen() {
    let mut command = Command { argv: vec!["env".into()], ..shell("") };
    assert_eq!(stdout(&command), "HOME=/nowhere\nPATH=/usr/local/bin:/usr/bin:/bin\nXDG_X=1\n");
    command.pass_env = vec!["SECRET".into(), "ABSENT".into()];
    command.env = vec![("HOME".into(), "/set".into()), ("EXTRA".into(), "2".into())];
    let all = stdout(&command);
    assert!(all.contains("SECRET=s3cret") && all.contains("HOME=/set") && all.contains("EXTRA=2"), "{all}");
    assert!(!all.contains("ABSENT"), "{all}");
}

#[test]
fn input_is_fed_and_may_be_ignored() {
    let mut command = shell("cat");
    command.input = vec![b'x'; 3 << 20];
    assert_eq!(run(&command).unwrap().stdout.len(), 3 << 20);
    command.argv = vec!["true".into()];
    assert_eq!(run(&command).unwrap().code, Some(0));
    assert_eq!(stdout(&shell("cat; echo end")), "end\n");
}

#[test]
fn missing_things_are_told_apart() {
    let with = |program: &str| Command { argv: vec![program.into()], ..shell("") };
    for program in ["no-such-program-here", "./nor-this", "/nor/that"] {
        assert!(matches!(run(&with(program)), Err(ProcessError::NotFound { .. })), "{program}");
    }
    let in_no_folder = Command { dir: "/no/such/folder".into(), ..shell("true") };
    assert!(matches!(run(&in_no_folder), Err(ProcessError::Start { .. })));
    assert!(matches!(run(&Command { argv: Vec::new(), ..shell("") }), Err(ProcessError::Start { .. })));
    assert!(matches!(run(&with("/etc")), Err(ProcessError::Start { .. })));
}

#[test]
fn the_working_directory_is_not_searched() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/bin/echo", dir.path().join("git-evil")).unwrap();
    let mut command = Command { argv: vec!["git-evil".into(), "evil".into()], dir: dir.path().into(), ..shell("") };
    command.env = vec![("PATH".into(), ":.:/usr/bin".into())];
    assert!(matches!(run(&command), Err(ProcessError::NotFound { .. })));
    command.argv[0] = "./git-evil".into();
    assert_eq!(stdout(&command), "evil\n");
}

#[test]
fn a_slow_program_is_ended_with_its_children() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = shell("sleep 300 & echo $! > child; trap '' TERM; wait; wait; sleep 300");
    command.dir = dir.path().into();
    command.timeout = Duration::from_millis(1500);
    let begun = Instant::now();
    assert!(matches!(run(&command), Err(ProcessError::TimedOut { .. })));
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(!survives(&std::fs::read_to_string(dir.path().join("child")).unwrap()));
}

#[test]
fn a_program_may_clean_up_before_it_is_ended() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = shell("trap 'echo cleaned > mark; exit 1' TERM; sleep 300 & wait");
    command.dir = dir.path().into();
    command.timeout = Duration::from_millis(1500);
    assert!(matches!(run(&command), Err(ProcessError::TimedOut { .. })));
    assert_eq!(std::fs::read_to_string(dir.path().join("mark")).unwrap(), "cleaned\n");
}

#[test]
fn children_left_behind_are_ended_and_hold_nothing_up() {
    let begun = Instant::now();
    let pid = stdout(&shell("sleep 300 & echo $!"));
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(!survives(&pid));
}

#[test]
fn a_stranger_that_holds_the_pipes_is_not_waited_for() {
    let begun = Instant::now();
    let finished = run(&shell("setsid sleep 30 & echo done")).unwrap();
    assert_eq!(finished.stdout, b"done\n");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_flood_is_stopped() {
    let process = SystemProcess { limit: 100_000, ..quiet() };
    assert!(matches!(process.run(&shell("exec yes")), Err(ProcessError::TooMuchOutput { limit: 100_000, .. })));
    assert_eq!(process.run(&shell("head -c 100000 /dev/zero")).unwrap().stdout.len(), 100_000);
}

/// Runs `script` in `dir`, requests the stop once the script has written `ready`, and returns what came of it and how
/// long that took from the request on.
fn stopped(script: &str, dir: &Path, show: ShowLine) -> (Result<Finished, ProcessError>, Duration) {
    let stop = Stop::default();
    let process = SystemProcess::new(environment(), show).stopping(stop.clone());
    let command = Command { dir: dir.into(), output: Output::Show, ..shell(script) };
    let running = thread::spawn(move || process.run(&command));
    let begun = Instant::now();
    while !dir.join("ready").exists() && begun.elapsed() < Duration::from_secs(20) {
        thread::yield_now();
    }
    let asked = Instant::now();
    stop.request("SIGTERM");
    (running.join().unwrap(), asked.elapsed())
}

#[test]
fn a_pause_ends_a_program_with_its_children() {
    let dir = tempfile::tempdir().unwrap();
    let shown = Arc::new(Mutex::new(Vec::new()));
    let into = shown.clone();
    let (result, took) = stopped(
        "echo begun; printf half; sleep 60 & echo $! > child; mv child ready; sleep 60",
        dir.path(),
        Arc::new(move |line| into.lock().unwrap().push(line.to_owned())),
    );
    let error = result.unwrap_err();
    assert!(matches!(&error, ProcessError::Stopped { program } if program == "sh"), "{error}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(!survives(&std::fs::read_to_string(dir.path().join("ready")).unwrap()));
    assert_eq!(*shown.lock().unwrap(), ["begun", "half"], "what it had said is not lost");
}

#[test]
fn a_pause_ends_a_program_that_does_not_want_to() {
    let dir = tempfile::tempdir().unwrap();
    let script = "trap '' TERM; sleep 60 & echo $! > child; mv child ready; while :; do sleep 1; done";
    let (result, took) = stopped(script, dir.path(), Arc::new(|_| {}));
    assert!(matches!(result, Err(ProcessError::Stopped { .. })));
    assert!(took >= STOP_GRACE && took < Duration::from_millis(1500), "{took:?}");
    assert!(!survives(&std::fs::read_to_string(dir.path().join("ready")).unwrap()));
}

#[test]
fn a_program_may_clean_up_before_a_pause() {
    let dir = tempfile::tempdir().unwrap();
    let script = "trap 'echo cleaned > mark; exit 0' TERM; : > ready; sleep 60 & wait";
    let (result, _) = stopped(script, dir.path(), Arc::new(|_| {}));
    // It says that all is well, and only means that it went quietly.
    assert!(matches!(result, Err(ProcessError::Stopped { .. })));
    assert_eq!(std::fs::read_to_string(dir.path().join("mark")).unwrap(), "cleaned\n");
}

#[test]
fn what_begins_after_the_request_is_let_run_shortly() {
    let stop = Stop::default();
    stop.request("SIGINT");
    let process = quiet().stopping(stop);
    assert_eq!(process.run(&shell("sleep 0.2; echo done")).unwrap().stdout, b"done\n");
    let begun = Instant::now();
    assert!(matches!(process.run(&shell("sleep 60")), Err(ProcessError::Stopped { .. })));
    assert!(begun.elapsed() < Duration::from_secs(10));
    let own_limit = Command { timeout: Duration::from_millis(100), ..shell("sleep 60") };
    assert!(matches!(process.run(&own_limit), Err(ProcessError::TimedOut { .. })));
}

#[test]
fn nothing_outlives_a_hard_end() {
    let dir = tempfile::tempdir().unwrap();
    let (running, last) = (Stop::default(), Stop::default());
    last.request("SIGINT");
    for (name, stop) in [("running", running), ("last", last)] {
        let process = quiet().stopping(stop.clone());
        let script = format!("trap '' TERM; sleep 60 & echo $! > child; mv child {name}; sleep 60");
        let command = Command { dir: dir.path().into(), ..shell(&script) };
        let waiting = thread::spawn(move || process.run(&command));
        let ready = dir.path().join(name);
        let begun = Instant::now();
        while !ready.exists() && begun.elapsed() < Duration::from_secs(20) {
            thread::yield_now();
        }
        stop.leave();
        assert!(!survives(&std::fs::read_to_string(&ready).unwrap()), "{name}");
        let ended = waiting.join().unwrap();
        assert!(!ended.is_ok_and(|finished| finished.success()), "{name}");
    }
}

#[test]
fn shown_lines_are_safe_and_the_last_are_kept() {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let into = shown.clone();
    let process = SystemProcess::new(environment(), Arc::new(move |line| into.lock().unwrap().push(line.to_owned())));
    let script = r"printf '::error::no\n\033[31mred\n'; i=0; while [ $i -lt 50 ]; do echo line $i; i=$((i+1)); done";
    let finished = process.run(&Command { output: Output::Show, ..shell(script) }).unwrap();
    let lines = shown.lock().unwrap();
    assert_eq!(lines.len(), 52);
    assert_eq!(lines[0], "\u{2060}::error::no");
    assert_eq!(lines[1], "\\u{001B}[31mred");
    assert!(finished.stdout.is_empty());
    let kept = String::from_utf8(finished.stderr).unwrap();
    assert_eq!(kept.lines().count(), 40);
    assert!(kept.ends_with("line 49\n"), "{kept}");
}
