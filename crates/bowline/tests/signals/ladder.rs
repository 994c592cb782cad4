//! A job that is cancelled, at any moment: SIGINT, SIGTERM seven and a half seconds later, SIGKILL after ten, as GitHub
//! does it. The release is gone within two seconds of the first signal, says what it is, and goes on to the very
//! objects of a release that nobody disturbed.
//!
//! `BOWLINE_SIGNAL_ROUNDS` asks for more releases than CI signals, `BOWLINE_CRASH_SEED` for other moments.

use crate::scene::{Ended, GRANTED, PROGRAM, RELEASE, Running, first_rung, pause};
use bowline_testkit::World;
use std::collections::BTreeMap;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// However slow the machine: later than this is never.
const NEVER: Duration = Duration::from_secs(7);
/// Releases that are signalled at once.
const AT_ONCE: usize = 3;

/// What is signalled.
#[derive(Clone, Debug)]
struct Case {
    scene: usize,
    after: Duration,
    /// How long the remote thinks about each push.
    slow: Option<Duration>,
}

#[test]
fn a_cancelled_job_stops_in_time_and_goes_on() {
    let scenes = [Scene::new(false), Scene::new(true)];
    let seed = setting("BOWLINE_CRASH_SEED").unwrap_or(1);
    let mut dice = Dice(seed);
    let cases: Vec<Case> = (0..setting("BOWLINE_SIGNAL_ROUNDS").unwrap_or(100))
        .map(|number| {
            let scene = usize::from(number % 2 == 1);
            // In every fourth the push is under way for a while.
            let slow = (number % 8 >= 6).then(|| Duration::from_millis(200 + dice.next() % 1500));
            let window = scenes[scene].takes + slow.map_or(Duration::ZERO, |slow| slow * scenes[scene].pushes);
            let after = Duration::from_micros(dice.next() % u64::try_from(window.as_micros()).unwrap());
            Case { scene, after, slow }
        })
        .collect();
    let tally = Mutex::new(Tally::default());
    all(&cases, |case| {
        let scene = &scenes[case.scene];
        let world = scene.template.copy();
        let before = released(&world);
        if let Some(slow) = case.slow {
            world.hook("pre-receive", &format!("sleep {}", slow.as_secs_f64()));
        }
        let running = Running::start(&world, &["release", "--yes", "--json"]);
        pause(case.after);
        let ended = running.climb_down();
        let deaf = ended.status.signal() == Some(first_rung().as_raw());
        tally.lock().unwrap().add(&ended);
        // Before it listens to signals it has done nothing, and dies by them as any program does.
        assert!(
            matches!(ended.status.code(), Some(0 | 24)) || deaf,
            "{}: {}\n{}",
            ended.status,
            ended.stdout,
            ended.stderr
        );
        if deaf {
            assert_eq!(released(&world), before);
        }
        if case.slow.is_some() {
            // What is on its way now takes its time; what comes is quick.
            world.hook("pre-receive", "true");
        }
        goes_on(scene, &world);
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally}, {} of {} went on, seed {seed}", cases.len(), cases.len());
    tally.check();
}

/// Only the shell around it gets the signals, and passes none on: the release goes on alone, or is killed with
/// everything else when the job's time is over.
#[test]
#[expect(clippy::disallowed_methods, reason = "only a shell can be the parent that passes nothing on")]
fn a_job_whose_shell_alone_is_signalled_converges() {
    let scenes = [Scene::new(false), Scene::new(true)];
    let seed = setting("BOWLINE_CRASH_SEED").unwrap_or(1);
    let mut dice = Dice(seed);
    let cases: Vec<(usize, Duration, Option<Duration>)> = (0..24)
        .map(|number| {
            let scene = number % 2;
            let takes = u64::try_from(scenes[scene].takes.as_micros()).unwrap();
            let killed = (number % 4 >= 2).then(|| Duration::from_micros(dice.next() % takes));
            (scene, Duration::from_micros(dice.next() % takes), killed)
        })
        .collect();
    let alone = AtomicUsize::new(0);
    all(&cases, |&(scene, after, killed)| {
        let scene = &scenes[scene];
        let world = scene.template.copy();
        let mut command = std::process::Command::new("sh");
        command.args(["-c", "\"$0\" release --yes; exit $?", PROGRAM]).current_dir(world.work()).env_clear();
        command.envs(world.variables()).process_group(0);
        let mut running = Running::start_by(command);
        pause(after);
        running.signal(rustix::process::Signal::TERM);
        if let Some(wait) = killed {
            pause(wait);
            running.kill_group();
        } else {
            alone.fetch_add(1, Ordering::SeqCst);
        }
        let ended = running.end();
        assert!(ended.status.signal().is_some() || ended.status.code() == Some(0), "{}", ended.status);
        goes_on(scene, &world);
    });
    println!(
        "{} shells signalled, {} releases left alone, all converged, seed {seed}",
        cases.len(),
        alone.into_inner()
    );
}

/// A push is under way when the signal comes. It is not sent again; the end is a soft one, with a document.
#[test]
fn a_push_under_way_is_not_sent_again() {
    for scene in [Scene::new(false), Scene::new(true)] {
        for number in 1..=scene.pushes {
            let world = scene.template.copy();
            let folder = world.root().join("home");
            // The hook of a push counts, and only the wanted one is slow.
            let script = format!(
                "echo . >>'{0}/pushes'; if [ $(wc -l <'{0}/pushes') -eq {number} ]; then : >'{0}/in-the-hook'; sleep 4; fi",
                folder.display()
            );
            world.hook("pre-receive", &script);
            let mut running = Running::start(&world, &["release", "--yes", "--json"]);
            crate::scene::wait_for(&folder.join("in-the-hook"));
            running.signal(rustix::process::Signal::TERM);
            let ended = running.end();
            let words =
                format!("push {number} of {}: {}\n{}\n{}", scene.pushes, ended.status, ended.stdout, ended.stderr);
            // When the lock is let go of, everything else is done, and that is what the result says.
            let (status, code) = if number == 3 { ("released", 0) } else { ("paused", 24) };
            assert_eq!(ended.status.code(), Some(code), "{words}");
            assert!(ended.took < GRANTED, "{:?}: {words}", ended.took);
            let result: serde_json::Value = serde_json::from_str(&ended.stdout).expect(&words);
            assert_eq!((&result["status"], &result["exit_code"]), (&status.into(), &code.into()), "{words}");
            let pushes = std::fs::read_to_string(folder.join("pushes")).unwrap().lines().count();
            assert_eq!(pushes, usize::try_from(number).unwrap(), "something was sent after the signal: {words}");
            println!("push {number} of {}: {:?}, {}", scene.pushes, ended.took, result["failure"]["message"]);
            world.hook("pre-receive", "true");
            goes_on(&scene, &world);
        }
    }
}

/// The remote says nothing in the middle of any one of the conversations with it: the end is a soft one all the same.
#[test]
fn a_silent_remote_is_left_in_any_conversation() {
    let scene = Scene::new(true);
    let mut number = 0;
    loop {
        number += 1;
        let mut world = scene.template.copy();
        let marker = world.root().join("home/asked");
        let path = silent_from(&world, number, &marker);
        let old = path_of(&world);
        world.set("PATH", &format!("{path}:{old}"));
        let mut running = Running::start(&world, &["release", "--yes", "--json"]);
        while !marker.exists() && !running.has_ended() {
            pause(Duration::from_millis(1));
        }
        if !marker.exists() {
            assert_eq!(running.end().status.code(), Some(0));
            break;
        }
        running.signal(rustix::process::Signal::TERM);
        let ended = running.end();
        let words = format!("conversation {number}: {}\n{}\n{}", ended.status, ended.stdout, ended.stderr);
        let result: serde_json::Value = serde_json::from_str(&ended.stdout).expect(&words);
        // Only the lock is still to be let go of: then the release is complete, and says so.
        let expected = if result["status"] == "released" { 0 } else { 24 };
        assert_eq!((ended.status.code(), &result["exit_code"]), (Some(expected), &expected.into()), "{words}");
        assert!(ended.took < GRANTED, "{:?}: {words}", ended.took);
        world.set("PATH", &old);
        goes_on(&scene, &world);
    }
    println!("{} conversations, each left in the middle", number - 1);
    assert!(number > 15, "{number}");
}

/// A folder with a `git` that says nothing for a minute in conversation `number`.
fn silent_from(world: &World, number: usize, marker: &std::path::Path) -> String {
    let real = world.shell("command -v git");
    let folder = world.root().join("bin");
    let script = format!(
        "#!/bin/sh
for word; do
  case $word in ls-remote|push|fetch)
    echo . >>\"$HOME/conversations\"
    if [ $(wc -l <\"$HOME/conversations\") -eq {number} ]; then : >'{}'; exec sleep 60; fi
    break ;;
  esac
done
exec '{real}' \"$@\"
",
        marker.display()
    );
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("git"), script).unwrap();
    world.shell("chmod 755 \"$HOME/../bin/git\"");
    folder.to_string_lossy().into_owned()
}

fn path_of(world: &World) -> String {
    world.variables().into_iter().find(|(name, _)| name == "PATH").unwrap().1
}

/// A repository to release, and what its release comes to.
struct Scene {
    template: World,
    takes: Duration,
    pushes: u32,
    released: String,
}

impl Scene {
    fn new(in_git: bool) -> Self {
        let mut template = World::with_repository(PROGRAM);
        for sample in std::fs::read_dir(template.remote().join("hooks")).unwrap() {
            std::fs::remove_file(sample.unwrap().path()).unwrap();
        }
        template.write(".gitignore", "dist/\n");
        template.write("VERSION", "1.0.0\n");
        let build = "[build]\ncommand = [\"sh\", \"-c\", \"sleep 0.1; mkdir -p dist; cp VERSION dist/app.txt\"]\n";
        template.write("bowline.toml", format!("{build}[artifacts]\ninclude = [\"dist/*\"]\n"));
        template.commit_and_push("feat: add things");
        if in_git {
            for (name, value) in [
                ("CI", "1"),
                ("GITHUB_SERVER_URL", "https://github.com"),
                ("GITHUB_REPOSITORY", "acme/app"),
                ("GITHUB_JOB", "release"),
                ("GITHUB_RUN_ID", "1"),
            ] {
                template.set(name, value);
            }
        }
        let reference = template.copy();
        let begun = Instant::now();
        let _ = reference.bowline(RELEASE).expect_code(0);
        let takes = begun.elapsed();
        Self { template, takes, pushes: if in_git { 3 } else { 1 }, released: released(&reference) }
    }
}

/// What the outside world sees, without state.
fn released(world: &World) -> String {
    let visible = world.visible();
    visible.lines().filter(|line| !line.starts_with("refs/bowline/")).map(|line| format!("{line}\n")).collect()
}

/// `resume` completes what was begun, `release` what was not; then all is as if nobody had disturbed it.
fn goes_on(scene: &Scene, world: &World) {
    let _ = world.bowline(&["resume", "--yes", "--wait", "20s"]).expect_code(0);
    let _ = world.bowline(&["release", "--yes", "--wait", "20s"]).expect_code(0);
    assert_eq!(released(world), scene.released);
    assert_eq!(world.read("VERSION"), "1.1.0\n");
    let again = world.bowline(RELEASE).expect_code(0);
    assert!(again.stdout.contains("head is v1.1.0"), "{}", again.snapshot());
    assert_eq!(released(world), scene.released);
}

/// How the signalled releases ended.
#[derive(Default)]
struct Tally {
    codes: BTreeMap<String, usize>,
    took: Vec<Duration>,
    silent: usize,
}

impl Tally {
    fn add(&mut self, ended: &Ended) {
        let code = ended.status.code().map_or_else(|| "died by the signal".to_owned(), |code| format!("exit {code}"));
        *self.codes.entry(code).or_default() += 1;
        self.took.push(ended.took);
        self.silent += usize::from(ended.status.code() == Some(24) && ended.stdout.is_empty());
    }

    fn check(&self) {
        let late = self.took.iter().filter(|took| **took > GRANTED).count();
        assert!(late * 100 <= self.took.len(), "{late} of {} were late: {self}", self.took.len());
        assert!(self.took.iter().all(|took| *took <= NEVER), "{self}");
        let paused = self.codes.get("exit 24").copied().unwrap_or(0);
        assert!(paused * 2 > self.took.len(), "too few were hit: {self}");
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut took = self.took.clone();
        took.sort_unstable();
        let at = |part: usize| {
            took.get((took.len() * part / 100).min(took.len().saturating_sub(1))).copied().unwrap_or_default()
        };
        write!(
            f,
            "{} signalled {:?}, {} without a document, gone after {:?} (median), {:?} (99 %), {:?} (worst)",
            took.len(),
            self.codes,
            self.silent,
            at(50),
            at(99),
            at(100)
        )
    }
}

/// Runs every case, some at once; fails with all that went wrong.
fn all<T: Sync + std::fmt::Debug>(cases: &[T], run: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(why) = catch_unwind(AssertUnwindSafe(|| run(case))) {
                        let why = why.downcast_ref::<String>().cloned().unwrap_or_default();
                        wrong.lock().unwrap().push(format!("{case:?}: {why}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} cases:\n\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

/// Numbers that depend on the seed alone.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        // SplitMix64: small, and good enough to choose moments.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[expect(clippy::disallowed_methods, reason = "the campaign's own settings, not the program's")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
