//! Commands that change nothing die by the signal, as their callers expect: a shell reports 130 and stops its loop.

use crate::scene::{GRANTED, Running, home, named_in, slow_build, wait_for};
use rustix::process::{Signal, kill_process};
use std::os::unix::process::ExitStatusExt;

/// The remote of this world never answers, so whatever asks it can be signalled.
fn check(args: &[&str], signal: Signal, number: i32) {
    let mut world = slow_build("");
    let marker = home(&world, "asked");
    let silence = format!("echo $$ >'{0}.new'; mv '{0}.new' '{0}'; exec sleep 60; :", marker.display());
    world.git(&["remote", "set-url", "origin", "ssh://nowhere.invalid/app.git"]);
    world.set("GIT_SSH_COMMAND", &silence);
    let mut running = Running::start(&world, args);
    wait_for(&marker);
    running.signal(signal);
    let ended = running.end();
    assert_eq!(ended.status.signal(), Some(number), "{args:?}: {}: {}", ended.status, ended.stderr);
    assert!(ended.took < GRANTED, "{args:?}: {:?}", ended.took);
    // Nobody ends the children of a program that simply dies.
    for child in named_in(&marker) {
        let _ = kill_process(child, Signal::KILL);
    }
}

#[test]
fn plan_dies() {
    check(&["plan"], Signal::INT, 2);
    check(&["plan"], Signal::TERM, 15);
}

#[test]
fn status_dies() {
    check(&["status"], Signal::INT, 2);
}

#[test]
fn check_dies() {
    check(&["check"], Signal::HUP, 1);
}

#[test]
fn a_dry_run_dies() {
    check(&["release", "--dry-run"], Signal::INT, 2);
    check(&["resume", "--dry-run"], Signal::INT, 2);
}
