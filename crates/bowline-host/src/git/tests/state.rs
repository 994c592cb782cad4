//! Shared state in references of bare repositories, as several machines see it.

use super::{World, new_commit, new_tag, told};
use crate::git::HostGit;
use crate::state::git::{GitState, STATE_BRANCHES, STATE_REFERENCES};
use bowline_port::clock::FixedClock;
use bowline_port::git::{Git, GitReader, PushError, RefUpdate};
use bowline_port::state::conformance::Exam;
use bowline_port::state::settled::Settled;
use bowline_port::state::{Change, StateError, StateStore, Version};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A machine of its own that knows the bare repository `origin.git`.
fn machine(world: &World, name: &str) -> HostGit {
    if !world.exists("origin.git") {
        world.git("", &["init", "-q", "--bare", "origin.git"]);
    }
    world.git("", &["init", "-q", "--template=", name]);
    world.git(name, &["remote", "add", "origin", &world.url("origin.git")]);
    world.open(name)
}

fn state(git: &HostGit) -> GitState {
    git.state("origin", STATE_REFERENCES).unwrap()
}

/// The exam, in which every opened store is another machine.
fn take(prefix: &'static str, exam: Exam) {
    let world = Arc::new(World::new());
    let exams = Cell::new(0);
    exam.take(&|| {
        exams.set(exams.get() + 1);
        let (world, exam, machines) = (world.clone(), exams.get(), AtomicUsize::new(0));
        let remote = format!("{exam}/origin.git");
        world.git("", &["init", "-q", "--bare", &remote]);
        world.git(&remote, &["config", "receive.denyNonFastForwards", "true"]);
        let remote = world.text(&remote);
        Box::new(move || {
            let name = format!("{exam}/{}", machines.fetch_add(1, Ordering::SeqCst));
            world.git("", &["init", "-q", "--bare", "--template=", &name]);
            Arc::new(world.open(&name).state(&remote, prefix).unwrap())
        })
    });
}

#[test]
fn passes_the_exam() {
    take(STATE_REFERENCES, Exam { racers: 12, rounds: 8, ..Exam::default() });
}

#[test]
fn passes_the_exam_in_branches() {
    take(STATE_BRANCHES, Exam { racers: 3, rounds: 2, large: 1 << 10 });
}

/// The usual protection of branches: they only move forward, and stay.
#[test]
fn branches_move_forward_only() {
    let world = World::new();
    let (one, other) = (machine(&world, "one"), machine(&world, "other"));
    let [one, other] = [one, other].map(|git| git.state("origin", STATE_BRANCHES).unwrap());
    for rule in ["receive.denyNonFastForwards", "receive.denyDeletes"] {
        world.git("origin.git", &["config", rule, "true"]);
    }
    let mut version = one.swap(&[Change::create("lock/main", "0")]).unwrap().remove(0);
    for n in 1..5 {
        let beat = Change::update("lock/main", version.clone(), n.to_string());
        // Whoever has not read it can write it, and writes the same.
        let (writer, reader) = if n % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let riding = reader.ride("origin", &beat).unwrap().unwrap().1;
        version = writer.swap(std::slice::from_ref(&beat)).unwrap().remove(0);
        assert_eq!(version.as_ref(), Some(&riding));
        let late = reader.swap(&[beat]);
        assert!(matches!(&late, Err(StateError::Conflict { key, .. }) if key == "lock/main"), "{late:?}");
        let found = reader.get("lock/main").unwrap().unwrap();
        assert_eq!((Some(found.version), found.value), (version.clone(), n.to_string().into_bytes()));
    }
    let log = world.git("origin.git", &["rev-list", "--count", "refs/heads/bowline-state/lock/main"]);
    assert_eq!(log, "5");
    let removed = one.swap(&[Change::remove("lock/main", version.unwrap())]);
    assert!(matches!(removed, Err(StateError::Refused { .. })), "{removed:?}");
    assert_eq!(other.get("lock/main").unwrap().unwrap().value, b"4");
    assert_eq!(world.git("origin.git", &["fsck", "--strict", "--no-dangling"]), "");
}

#[test]
fn equal_values_are_equal_objects_everywhere() {
    let world = World::new();
    let (one, other) = (state(&machine(&world, "one")), state(&machine(&world, "other")));
    let version = one.swap(&[Change::create("a/b", "value")]).unwrap().remove(0).unwrap();
    // Another format would make every lock that is held look like one of somebody else.
    assert_eq!(version.as_str(), "fa1254c50303299de586198a9df0c41c2da82cf2");
    let again = other.swap(&[Change::create("c/d", "value")]).unwrap().remove(0).unwrap();
    assert_eq!(version, again);
    // A value that is there already does not make its second writer the first one.
    for key in ["a/b", "c/d"] {
        let created = other.swap(&[Change::create(key, "value")]);
        assert!(matches!(&created, Err(StateError::Conflict { key: found, .. }) if found == key), "{created:?}");
    }
    let both = [Change::create("e/f", "new"), Change::create("a/b", "value")];
    let refused = other.swap(&both);
    assert!(matches!(&refused, Err(StateError::Conflict { key, .. }) if key == "a/b"), "{refused:?}");
    assert_eq!(one.get("e/f").unwrap(), None);
    // Writing it from the version that is there is no change, and from another one it is refused.
    one.swap(&[Change::update("a/b", Some(version.clone()), "value")]).unwrap();
    one.swap(&[Change::update("a/b", Some(version.clone()), "next")]).unwrap();
    let late = other.swap(&[Change::update("a/b", Some(version.clone()), "value")]);
    assert!(matches!(late, Err(StateError::Conflict { .. })), "{late:?}");
    assert_eq!(world.git("origin.git", &["fsck", "--strict", "--no-dangling"]), "");
}

#[test]
fn a_key_given_twice_and_a_strange_version_change_nothing() {
    let world = World::new();
    let state = state(&machine(&world, "one"));
    let twice = state.swap(&[Change::create("a/b", "1"), Change::create("a/b", "2")]);
    assert!(matches!(twice, Err(StateError::Refused { .. })), "{twice:?}");
    for version in ["", "main", "0123", &"0".repeat(64)] {
        let result = state.swap(&[Change::update("a/b", Some(Version::new(version)), "1")]);
        assert!(matches!(&result, Err(StateError::Conflict { key, .. }) if key == "a/b"), "{result:?}");
    }
    let huge = vec![0; (64 << 20) + 1];
    assert!(matches!(state.swap(&[Change::create("a/b", huge)]), Err(StateError::Refused { .. })));
    assert_eq!(world.git("origin.git", &["for-each-ref"]), "");
}

#[test]
fn no_reference_of_the_machine_moves() {
    let world = World::new();
    let git = machine(&world, "one");
    let other = state(&machine(&world, "other"));
    world.git("one", &["config", "fetch.prune", "true"]);
    let state = state(&git);
    for n in 0..3 {
        other.swap(&[Change::create(format!("runs/{n}"), "theirs")]).unwrap();
    }
    assert_eq!(state.read("runs/").unwrap().len(), 3);
    state.swap(&[Change::create("lock/main", "ours")]).unwrap();
    assert_eq!(world.git("one", &["for-each-ref"]), "");
    assert!(!world.exists("one/.git/FETCH_HEAD"));
    assert!(!git.is_shallow().unwrap());
}

#[test]
fn what_somebody_else_planted_is_an_error() {
    let world = World::new();
    let state = state(&machine(&world, "one"));
    world.repository("r");
    world.write("r/value", "1");
    let history = world.commit("r", "second").to_string();
    let value = world.git_reading("r", &["hash-object", "-w", "--stdin"], b"1");
    let value = world.git_reading("r", &["mktree"], format!("100644 blob {value}\tvalue\n").as_bytes());
    let merge = world.git("r", &["commit-tree", "-p", "HEAD", "-p", "HEAD^", "-m", "x", &value]);
    world.git("r", &["tag", "-m", "x", "v1"]);
    let tag = world.rev("r", "refs/tags/v1").to_string();
    let blob = world.git("r", &["rev-parse", "HEAD:VERSION"]);
    let tree = world.git("r", &["rev-parse", "HEAD^{tree}"]);
    let two_files = world.git("r", &["commit-tree", "-m", "x", &tree]);
    let empty = world.git_reading("r", &["mktree"], b"");
    let no_file = world.git("r", &["commit-tree", "-m", "x", &empty]);
    let link = world.git_reading("r", &["mktree"], format!("120000 blob {blob}\tvalue\n").as_bytes());
    let link = world.git("r", &["commit-tree", "-m", "x", &link]);
    let url = world.url("origin.git");
    state.swap(&[Change::create("fine/value", "1")]).unwrap();
    for (object, word) in [
        (&history, "a commit of other files"),
        (&merge, "a merge"),
        (&tag, "a tag"),
        (&blob, "a blob"),
        (&tree, "a tree"),
        (&two_files, "a commit of other files"),
        (&no_file, "a commit of other files"),
        (&link, "a commit of other files"),
    ] {
        world.git("r", &["push", "-q", "--force", &url, &format!("{object}:refs/bowline/lock/main")]);
        let error = state.get("lock/main").unwrap_err();
        let text = told(&error);
        assert!(matches!(error, StateError::Foreign { .. }), "{text}");
        assert!(text.contains(word) && text.contains("refs/bowline/lock/main"), "{text}");
        assert!(state.read("").is_err() && state.read("lock/").is_err());
        assert_eq!(state.read("fine/").unwrap().len(), 1);
        let created = state.swap(&[Change::create("lock/main", "ours")]);
        assert!(matches!(created, Err(StateError::Conflict { .. })), "{created:?}");
    }
    // Names that no key has, and names that only end like ours.
    world.git("r", &["push", "-q", "--force", &url, ":refs/bowline/lock/main"]);
    for name in ["refs/bowline/@x", "refs/other/refs/bowline/lock/main"] {
        world.git("r", &["push", "-q", &url, &format!("{history}:{name}")]);
    }
    assert_eq!(state.get("lock/main").unwrap(), None);
    assert_eq!(state.read("").unwrap().len(), 1);
}

#[test]
fn a_remote_that_refuses_says_why() {
    for (hook, setting, word) in [
        (Some("pre-receive"), None, "state is not welcome"),
        (Some("update"), None, "state is not welcome"),
        (None, Some(("receive.hideRefs", "refs/bowline")), "hidden ref"),
        (None, Some(("transfer.hideRefs", "refs/bowline")), "hidden ref"),
        (None, Some(("receive.advertiseAtomic", "false")), "several references at once"),
    ] {
        let world = World::new();
        let state = state(&machine(&world, "one"));
        if let Some(hook) = hook {
            world.script(&format!("origin.git/hooks/{hook}"), "echo 'state is not welcome' >&2; exit 1");
        }
        if let Some((key, value)) = setting {
            world.git("origin.git", &["config", key, value]);
        }
        for changes in [vec![Change::create("a/b", "1")], vec![Change::create("a/b", "1"), Change::create("c", "2")]] {
            match state.swap(&changes) {
                Err(StateError::Refused { reason, place }) => {
                    assert!(reason.contains(word), "{reason}");
                    assert_eq!(place, "refs/bowline/ of origin");
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(world.git("origin.git", &["for-each-ref"]), "");
    }
}

#[test]
fn a_key_below_another_key_is_refused() {
    let world = World::new();
    let state = state(&machine(&world, "one"));
    state.swap(&[Change::create("a", "1")]).unwrap();
    let below = state.swap(&[Change::create("a/b", "1")]);
    assert!(matches!(&below, Err(StateError::Refused { reason, .. }) if reason.contains("exists")), "{below:?}");
}

#[test]
fn a_remote_that_is_not_there_is_a_failure() {
    let world = World::new();
    let git = machine(&world, "one");
    let nowhere = world.url("nowhere.git");
    for remote in ["nowhere", &nowhere, "http://user:secret@127.0.0.1:1/x.git", "-x"] {
        let state = git.state(remote, STATE_REFERENCES).unwrap();
        for error in [
            state.get("a/b").unwrap_err(),
            state.read("").unwrap_err(),
            state.swap(&[Change::create("a/b", "1")]).unwrap_err(),
            state.swap(&[Change::create("a/b", "1"), Change::create("c/d", "1")]).unwrap_err(),
        ] {
            assert!(matches!(error, StateError::Failed { .. }), "{remote}: {error:?}");
            assert!(!told(&error).contains("secret"), "{}", told(&error));
        }
    }
    for prefix in ["", "refs/", "refs/bowline", "bowline/", "refs/../x/", "refs/heads/*/", "-x/"] {
        assert!(git.state("origin", prefix).is_err(), "{prefix}");
    }
}

#[test]
fn a_remote_that_dies_leaves_it_open() {
    let world = World::new();
    let open = Arc::new(state(&machine(&world, "one")));
    world.script("origin.git/hooks/post-receive", "kill -9 $PPID");
    let result = open.swap(&[Change::create("a/b", "1")]);
    assert!(matches!(result, Ok(_) | Err(StateError::Unknown { .. })), "{result:?}");
    let settled = Settled::new(open, Arc::new(FixedClock::new(bowline_model::Timestamp::EPOCH)));
    settled.swap(&[Change::create("c/d", "1")]).unwrap();
    world.script("origin.git/hooks/pre-receive", "kill -9 $PPID");
    let result = settled.swap(&[Change::create("e/f", "1")]);
    assert!(matches!(result, Err(StateError::Unknown { .. })), "{result:?}");
}

#[test]
fn a_shallow_or_partial_clone_reads_state_and_stays_what_it_is() {
    let world = World::new();
    world.repository("r");
    world.commit("r", "second");
    world.origin_of("r");
    world.git("origin.git", &["config", "uploadpack.allowFilter", "true"]);
    let writer = machine(&world, "w");
    state(&writer).swap(&[Change::create("a/b", "one")]).unwrap();
    let url = world.url("origin.git");
    for (name, option) in [("shallow", "--depth=1"), ("partial", "--filter=blob:none")] {
        world.git("", &["clone", "-q", option, &url, name]);
        let git = world.open(name);
        let boundary = git.is_shallow().unwrap();
        assert_eq!(state(&git).get("a/b").unwrap().unwrap().value, b"one", "{name}");
        let version = state(&git).get("a/b").unwrap().map(|found| found.version);
        state(&git).swap(&[Change::update("a/b", version, "one")]).unwrap();
        assert_eq!(git.is_shallow().unwrap(), boundary);
        world.git(name, &["fsck", "--connectivity-only"]);
    }
}

#[test]
fn a_lock_rides_on_the_push_of_a_release() {
    let world = World::new();
    let git = world.repository("r");
    world.origin_of("r");
    let store = state(&git);
    let held = store.swap(&[Change::create("lock/main", "run 1, beat 1")]).unwrap().remove(0);
    let beat = Change::update("lock/main", held.clone(), "run 1, beat 2");
    assert!(store.ride("other", &beat).unwrap().is_none());
    assert!(store.ride("origin", &Change::remove("lock/main", held.clone().unwrap())).unwrap().is_none());
    let same = Change::update("lock/main", held.clone(), "run 1, beat 1");
    assert!(store.ride("origin", &same).unwrap().is_none(), "git would not send it");
    let (lock, version) = store.ride("origin", &beat).unwrap().unwrap();
    assert_eq!(lock.name, "refs/bowline/lock/main");
    let head = world.rev("r", "HEAD");
    let commit = git.write_commit(&new_commit(head, &[("VERSION", "1.2.3\n")])).unwrap();
    let tag = git.write_tag(&new_tag(commit, "v1.2.3")).unwrap();
    let updates = vec![
        RefUpdate { name: "refs/heads/main".into(), old: Some(head), new: commit },
        RefUpdate { name: "refs/tags/v1.2.3".into(), old: None, new: tag },
        lock,
    ];

    // Somebody has taken the lock over: nothing of the release gets in.
    let other = state(&machine(&world, "other"));
    let stolen = other.swap(&[Change::update("lock/main", held.clone(), "run 2")]).unwrap().remove(0);
    let before = world.git("origin.git", &["for-each-ref"]);
    for result in [git.push_dry_run("origin", &updates), git.push("origin", &updates)] {
        match result {
            Err(PushError::Stale { reference }) => assert_eq!(reference, "refs/bowline/lock/main"),
            other => panic!("{other:?}"),
        }
    }
    other.swap(&[Change::remove("lock/main", stolen.unwrap())]).unwrap();
    assert!(matches!(git.push("origin", &updates), Err(PushError::Stale { .. })));
    assert_ne!(world.git("origin.git", &["for-each-ref"]), before);
    assert!(!world.git("origin.git", &["for-each-ref"]).contains("v1.2.3"));

    let again = other.swap(&[Change::create("lock/main", "run 1, beat 1")]).unwrap().remove(0);
    assert_eq!(again, held);
    git.push("origin", &updates).unwrap();
    let found = other.get("lock/main").unwrap().unwrap();
    assert_eq!((found.version, found.value.as_slice()), (version, b"run 1, beat 2".as_slice()));
    assert_eq!(world.rev("origin.git", "refs/tags/v1.2.3"), tag);
}
