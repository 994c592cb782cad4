//! Pushes to bare repositories, and every way in which they fail.

use super::{World, new_commit, new_tag};
use bowline_model::event::Silent;
use bowline_model::{Oid, Timestamp};
use bowline_port::clock::FixedClock;
use bowline_port::git::{Git, PushError, RefUpdate};
use bowline_port::retry::{Policy, Retries};
use bowline_port::stop::Stop;
use std::sync::Arc;
use std::time::Duration;

/// A repository with a release to push, and where its remote's branch is.
fn prepared(world: &World) -> (super::HostGit, Vec<RefUpdate>) {
    let git = world.repository("r");
    world.origin_of("r");
    let head = world.rev("r", "HEAD");
    let commit = git.write_commit(&new_commit(head, &[("VERSION", "1.2.3\n")])).unwrap();
    let tag = git.write_tag(&new_tag(commit, "v1.2.3")).unwrap();
    let updates = vec![
        RefUpdate { name: "refs/heads/main".into(), old: Some(head), new: commit },
        RefUpdate { name: "refs/tags/v1.2.3".into(), old: None, new: tag },
    ];
    (git, updates)
}

fn remote_references(world: &World) -> String {
    world.git("origin.git", &["for-each-ref", "--format=%(objectname) %(refname)"])
}

#[test]
fn branch_and_tag_land_together() {
    let world = World::new();
    let (git, updates) = prepared(&world);
    let before = remote_references(&world);
    git.push_dry_run("origin", &updates).unwrap();
    assert_eq!(remote_references(&world), before);
    git.push("origin", &updates).unwrap();
    assert_eq!(world.rev("origin.git", "refs/heads/main"), updates[0].new);
    assert_eq!(world.rev("origin.git", "refs/tags/v1.2.3"), updates[1].new);
    // Nothing of ours moved besides what a push always notes about the remote.
    assert_eq!(world.rev("r", "refs/heads/main"), updates[0].old.unwrap());
    assert_eq!(world.git("r", &["tag"]), "");
    // The same values again are a success, whatever the lease said.
    git.push("origin", &updates).unwrap();
    git.push("origin", &[]).unwrap();
}

#[test]
fn stale_leases_move_nothing() {
    let world = World::new();
    let (git, updates) = prepared(&world);
    let head = updates[0].old.unwrap();
    let other = world.commit("r", "somebody else");
    let stale = |updates: &[RefUpdate], name: &str| {
        let before = remote_references(&world);
        for result in [git.push_dry_run("origin", updates), git.push("origin", updates)] {
            match result {
                Err(PushError::Stale { reference }) => assert_eq!(reference, name),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(remote_references(&world), before);
    };
    world.git("r", &["push", "-q", "origin", &format!("{other}:refs/heads/main")]);
    stale(&updates, "refs/heads/main");
    world.git("origin.git", &["update-ref", "refs/heads/main", &head.to_string()]);
    world.git("origin.git", &["update-ref", "refs/tags/v1.2.3", &head.to_string()]);
    stale(&updates, "refs/tags/v1.2.3");
    world.git("origin.git", &["update-ref", "-d", "refs/tags/v1.2.3"]);
    world.git("origin.git", &["update-ref", "-d", "refs/heads/main"]);
    stale(&updates, "refs/heads/main");
}

#[test]
fn a_refusing_hook_lets_nothing_in() {
    for (hook, body, reference, word) in [
        (
            "update",
            "case $1 in refs/heads/*) echo 'main is protected' >&2; exit 1;; esac",
            "refs/heads/main",
            "main is protected",
        ),
        ("update", "case $1 in refs/tags/*) echo 'no tags' >&2; exit 1;; esac", "refs/tags/v1.2.3", "no tags"),
        ("pre-receive", "echo 'GH006: protected' >&2; exit 1", "refs/heads/main", "GH006: protected"),
    ] {
        let world = World::new();
        let (git, updates) = prepared(&world);
        world.script(&format!("origin.git/hooks/{hook}"), body);
        let before = remote_references(&world);
        match git.push("origin", &updates) {
            Err(PushError::Rejected { reference: found, reason }) => {
                assert_eq!(found, reference, "{hook} {body}");
                assert!(reason.contains("hook declined") && reason.contains(word), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(remote_references(&world), before);
    }
}

#[test]
fn a_remote_that_dies_leaves_it_open() {
    let world = World::new();
    let (git, updates) = prepared(&world);
    world.script("origin.git/hooks/pre-receive", "kill -9 $PPID");
    assert!(matches!(git.push("origin", &updates), Err(PushError::Unknown { .. })));
    // It may also die after it has done everything.
    world.script("origin.git/hooks/pre-receive", "true");
    world.script("origin.git/hooks/post-receive", "kill -9 $PPID");
    let result = git.push("origin", &updates);
    assert!(matches!(result, Ok(()) | Err(PushError::Unknown { .. })), "{result:?}");
    assert_eq!(world.rev("origin.git", "refs/heads/main"), updates[0].new);
}

/// Words that would pass for a question say nothing about a push that was sent.
#[test]
fn an_open_push_is_not_sent_again() {
    let world = World::new();
    let (git, updates) = prepared(&world);
    world.script("origin.git/hooks/pre-receive", "echo sent >>\"$GIT_DIR/log\"; kill -9 $PPID");
    let policy = Policy { attempts: 3, budget: 500, deadline: Duration::from_secs(60) };
    let clock = Arc::new(FixedClock::new(Timestamp::EPOCH));
    let git = git.retrying(Retries::new(policy, clock, Stop::default(), Arc::new(Silent)));
    assert!(matches!(git.push("origin", &updates), Err(PushError::Unknown { .. })));
    assert_eq!(std::fs::read_to_string(world.path("origin.git/log")).unwrap(), "sent\n");
}

#[test]
fn a_slow_remote_leaves_it_open() {
    let world = World::new();
    let (_, updates) = prepared(&world);
    world.script("origin.git/hooks/pre-receive", "sleep 20");
    let environment = bowline_port::environment::Environment::from_pairs(world.variables.iter().cloned());
    let process =
        std::sync::Arc::new(crate::process::SystemProcess::new(environment.clone(), std::sync::Arc::new(|_| {})));
    let options = super::GitOptions { environment, process, timeout: std::time::Duration::from_secs(1) };
    let git = super::HostGit::open(&world.path("r"), options).unwrap();
    assert!(matches!(git.push("origin", &updates), Err(PushError::Unknown { .. })));
}

#[test]
fn a_pause_in_the_middle_leaves_it_open() {
    let world = World::new();
    let (_, updates) = prepared(&world);
    let marker = world.path("in-the-hook");
    world.script("origin.git/hooks/pre-receive", &format!(": >'{}'; sleep 20", marker.display()));
    let environment = bowline_port::environment::Environment::from_pairs(world.variables.iter().cloned());
    let stop = bowline_port::stop::Stop::default();
    let process = crate::process::SystemProcess::new(environment.clone(), std::sync::Arc::new(|_| {}));
    let process = std::sync::Arc::new(process.stopping(stop.clone()));
    let options = super::GitOptions { environment, process, timeout: std::time::Duration::from_secs(60) };
    let git = super::HostGit::open(&world.path("r"), options).unwrap();
    let pushing = std::thread::spawn({
        let updates = updates.clone();
        move || (git.push("origin", &updates), git)
    });
    let begun = std::time::Instant::now();
    while !marker.exists() && begun.elapsed() < std::time::Duration::from_secs(20) {
        std::thread::yield_now();
    }
    stop.request("SIGTERM");
    let (result, git) = pushing.join().unwrap();
    assert!(matches!(&result, Err(PushError::Unknown { message }) if message.contains("pause")), "{result:?}");
    // What puts things in order afterwards still reaches the remote.
    world.script("origin.git/hooks/pre-receive", "true");
    git.push("origin", &updates).unwrap();
}

#[test]
fn what_never_left_is_known() {
    let world = World::new();
    let (git, updates) = prepared(&world);
    let before = remote_references(&world);
    let nowhere = world.url("nowhere.git");
    for remote in
        ["nowhere", &nowhere, "https://u:secret@127.0.0.1:1/x", "ext::sh -c true", "-x", "git://127.0.0.1:1/x"]
    {
        match git.push(remote, &updates) {
            Err(PushError::NotSent { message }) => assert!(!message.contains("secret"), "{message}"),
            other => panic!("{remote}: {other:?}"),
        }
    }
    let missing = RefUpdate { name: "refs/heads/x".into(), old: None, new: Oid::Sha1([9; 20]) };
    assert!(git.push("origin", &[missing]).is_err());
    let short = RefUpdate { name: "main".into(), ..updates[0].clone() };
    assert!(matches!(git.push("origin", &[short]), Err(PushError::NotSent { .. })));
    assert_eq!(remote_references(&world), before);
}

#[test]
fn a_remote_without_atomic_pushes_gets_nothing() {
    let world = World::new();
    let (git, updates) = prepared(&world);
    world.git("origin.git", &["config", "receive.advertiseAtomic", "false"]);
    let before = remote_references(&world);
    assert!(matches!(git.push("origin", &updates), Err(PushError::NotAtomic)));
    assert_eq!(remote_references(&world), before);
}
