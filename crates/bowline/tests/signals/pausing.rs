//! A release, and one that is taken back, pause.

use crate::scene::{RELEASE, Running, assert_gone, home, let_builds_end, pause, slow_build, wait_for};
use bowline_testkit::World;
use rustix::process::Signal;
use std::time::Duration;

/// What nobody may see a difference in.
fn everything(world: &World) -> String {
    format!("{}\n{}\n{}", world.visible(), world.checkout(), world.read("VERSION"))
}

/// The release comes to its end when nobody disturbs it any more.
fn goes_on(world: &World) {
    let_builds_end(world);
    let _ = world.bowline(RELEASE).expect_code(0);
    assert_eq!(world.git_in(&world.remote(), &["tag", "--list", "v1.1.0"]), "v1.1.0");
    assert_eq!(world.read("VERSION"), "1.1.0\n");
}

fn check(signal: Signal) {
    let world = slow_build("");
    let before = everything(&world);
    let mut running = Running::start(&world, RELEASE);
    wait_for(&home(&world, "building"));
    assert_eq!(world.read("VERSION"), "1.1.0\n", "the build sees the new version");
    running.signal(signal);
    let ended = running.end().paused();
    assert_gone(&home(&world, "building"));
    assert_eq!(everything(&world), before, "{}", ended.stderr);
    goes_on(&world);
}

#[test]
fn sigint_pauses_a_build() {
    check(Signal::INT);
}

#[test]
fn sigterm_pauses_a_build() {
    check(Signal::TERM);
}

#[test]
fn sighup_pauses_a_build() {
    check(Signal::HUP);
}

#[test]
fn the_result_says_so() {
    let world = slow_build("");
    let mut running = Running::start(&world, &["release", "--yes", "--json"]);
    wait_for(&home(&world, "building"));
    running.signal(Signal::TERM);
    let ended = running.end().paused();
    let result: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&result["status"], &result["exit_code"]), (&"paused".into(), &24.into()), "{}", ended.stdout);
    let_builds_end(&world);
    let next: Vec<&str> = result["next"].as_str().unwrap().split_whitespace().skip(1).collect();
    let went_on = world.bowline(&[&next[..], &["--json"]].concat()).expect_code(0);
    assert_eq!(went_on.json()["status"], "released", "{}", went_on.snapshot());
}

#[test]
fn a_build_that_does_not_want_to_end_is_killed() {
    let world = slow_build("trap '' TERM INT HUP");
    let before = everything(&world);
    let mut running = Running::start(&world, RELEASE);
    wait_for(&home(&world, "building"));
    running.signal(Signal::TERM);
    let ended = running.end().paused();
    assert_gone(&home(&world, "building"));
    assert_eq!(everything(&world), before, "{}", ended.stderr);
    goes_on(&world);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let world = slow_build("trap '' TERM INT HUP");
    let mut running = Running::start(&world, RELEASE);
    wait_for(&home(&world, "building"));
    running.signal(Signal::INT);
    pause(Duration::from_millis(50));
    running.signal(Signal::TERM);
    let ended = running.end().paused();
    // After one signal the last line would only be said when two seconds are almost over.
    assert!(ended.took < Duration::from_secs(1), "{:?}", ended.took);
    assert!(ended.stderr.ends_with("paused by SIGINT; go on with: the same command\n"), "{}", ended.stderr);
    assert_gone(&home(&world, "building"));
    goes_on(&world);
}

#[test]
fn nobody_waits_for_a_slow_server() {
    let world = slow_build("");
    let_builds_end(&world);
    let marker = home(&world, "in-the-hook");
    world.hook("pre-receive", &format!("echo $$ >'{0}.new'; mv '{0}.new' '{0}'; sleep 5", marker.display()));
    let before = world.git_in(&world.remote(), &["for-each-ref"]);
    let mut running = Running::start(&world, RELEASE);
    wait_for(&marker);
    running.signal(Signal::TERM);
    let _ = running.end().paused();
    assert_gone(&marker);
    assert_eq!(world.git_in(&world.remote(), &["for-each-ref"]), before);
    world.hook("pre-receive", "true");
    goes_on(&world);
}

#[test]
fn nobody_waits_for_a_silent_remote() {
    let mut world = slow_build("");
    let marker = home(&world, "asked");
    let silence = format!("echo $$ >'{0}.new'; mv '{0}.new' '{0}'; exec sleep 60; :", marker.display());
    let address = world.git(&["remote", "get-url", "origin"]);
    world.git(&["remote", "set-url", "origin", "ssh://nowhere.invalid/app.git"]);
    world.set("GIT_SSH_COMMAND", &silence);
    let mut running = Running::start(&world, RELEASE);
    wait_for(&marker);
    running.signal(Signal::TERM);
    let _ = running.end().paused();
    assert_gone(&marker);
    world.git(&["remote", "set-url", "origin", &address]);
    goes_on(&world);
}

#[test]
fn going_back_is_paused_and_gone_on_with_too() {
    let mut world = slow_build("");
    let mut running = Running::start(&world, RELEASE);
    wait_for(&home(&world, "building"));
    running.signal(Signal::KILL);
    assert_eq!(running.end().status.code(), None);
    let marker = home(&world, "asked");
    let silence = format!("echo $$ >'{0}.new'; mv '{0}.new' '{0}'; exec sleep 60; :", marker.display());
    let address = world.git(&["remote", "get-url", "origin"]);
    world.git(&["remote", "set-url", "origin", "ssh://nowhere.invalid/app.git"]);
    world.set("GIT_SSH_COMMAND", &silence);
    let mut running = Running::start(&world, &["abort"]);
    wait_for(&marker);
    running.signal(Signal::HUP);
    let _ = running.end().paused();
    assert_gone(&marker);
    world.git(&["remote", "set-url", "origin", &address]);
    let _ = world.bowline(&["abort"]).expect_code(0);
}

#[test]
fn nobody_waits_for_a_reader_that_is_gone() {
    let world = slow_build("i=0; while [ $i -lt 4000 ]; do echo a line that nobody reads; i=$((i+1)); done &");
    let (mut running, unread) = Running::start_unread(&world, RELEASE);
    wait_for(&home(&world, "building"));
    // By now the pipe is full, and whoever writes holds standard error.
    pause(Duration::from_millis(300));
    running.signal(Signal::TERM);
    let _ = running.end().paused();
    drop(unread);
    assert_gone(&home(&world, "building"));
    goes_on(&world);
}

/// Elsewhere nobody tells what is ignored.
#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::disallowed_methods, reason = "only a shell can ignore a signal for the program that it becomes")]
fn what_was_ignored_stays_ignored() {
    let world = slow_build("");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" release --yes", crate::scene::PROGRAM]);
    command.current_dir(world.work()).env_clear().envs(world.variables());
    let mut running = Running::start_by(command);
    wait_for(&home(&world, "building"));
    running.signal(Signal::HUP);
    pause(Duration::from_millis(200));
    let_builds_end(&world);
    let ended = running.end();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
}
