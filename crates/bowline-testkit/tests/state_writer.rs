//! The writer of state, killed at every system call that it makes.
//!
//! `strace` ends the writer right before the Nth call of one kind, for every N and every kind that can change a disk.
//! After each kill the store must be readable, hold every write that was acknowledged, and hold the one that was in
//! progress whole or not at all.
#![cfg(test)]

use bowline_host::state::FileState;
use bowline_ledger::journal::Journal;
use bowline_port::local::LocalStore;
use bowline_testkit::parts;
use bowline_testkit::writer::{Mark, header, journal_key, write};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// Everything that opens, writes, flushes, names or removes. A kind that this system does not have is left out by the `?`.
const CALLS: [&str; 16] = [
    "openat",
    "write",
    "pwrite64",
    "?writev",
    "fsync",
    "fdatasync",
    "?rename",
    "?renameat",
    "renameat2",
    "linkat",
    "?unlink",
    "unlinkat",
    "mkdirat",
    "ftruncate",
    "flock",
    "fchmod",
];
/// Kinds that the sequence surely makes: when none of them is met, nothing was tested.
const NEEDED: [&str; 5] = ["write", "fsync", "fdatasync", "ftruncate", "unlinkat"];

/// What stands under each key.
type Values = BTreeMap<String, Vec<u8>>;

#[test]
fn is_killed_at_every_system_call() {
    if !parts::strace() {
        return;
    }
    let expected = undisturbed();
    let results: Vec<(&str, usize)> = std::thread::scope(|scope| {
        let expected = &expected;
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let calls = CALLS.into_iter().skip(worker).step_by(WORKERS);
                scope.spawn(move || calls.map(|call| (call, kill_at_each(call, expected))).collect::<Vec<_>>())
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    for (call, landed) in &results {
        println!("{}: {landed} kills landed", call.trim_start_matches('?'));
    }
    let landed: usize = results.iter().map(|(_, landed)| landed).sum();
    println!("{landed} kills landed, {landed} stores whole");
    for call in NEEDED {
        assert!(results.iter().any(|(made, landed)| *made == call && *landed > 0), "{call} was never made");
    }
    let renames: usize = results.iter().filter(|(call, _)| call.contains("rename")).map(|(_, landed)| landed).sum();
    assert!(renames > 5 && landed > 100, "{results:?}");
}

/// A kill loses nothing that the system has, a power cut does. So before anything is acknowledged or gets its name, all of
/// its bytes were flushed, and before it is acknowledged, so was the folder that names it.
#[test]
#[expect(clippy::disallowed_methods, reason = "strace is started as it is, and it starts the writer")]
fn flushes_before_it_names_and_before_it_acknowledges() {
    if !parts::strace() {
        return;
    }
    let dir = fast_folder();
    let trace = dir.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o"]).arg(&trace).args(["-e", &format!("trace={}", CALLS.join(","))]);
    let ran = strace.arg(env!("CARGO_BIN_EXE_write_state")).arg(dir.path().join("state")).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let (mut unflushed, mut unnamed, mut flushes) = (BTreeSet::new(), false, 0);
    for line in std::fs::read_to_string(&trace).unwrap().lines() {
        let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
        let (name, arguments) = call.split_once('(').unwrap_or((call, ""));
        let file = arguments.split([',', ')']).next().unwrap_or_default();
        match name {
            "write" if file == "1" && arguments.contains("done") => {
                assert!(unflushed.is_empty() && !unnamed, "acknowledged before it was flushed: {line}");
            }
            "write" | "pwrite64" | "writev" | "ftruncate" if !["1", "2"].contains(&file) => {
                unflushed.insert(file.to_owned());
            }
            "fsync" | "fdatasync" => {
                flushes += 1;
                // A folder is flushed by itself, after everything that it names.
                unnamed &= unflushed.remove(file);
            }
            "linkat" | "rename" | "renameat" | "renameat2" | "unlink" | "unlinkat" => {
                assert!(unflushed.is_empty(), "named before it was flushed: {line}");
                unnamed = true;
            }
            _ => {}
        }
    }
    assert!(flushes > 20, "{flushes} flushes");
}

/// Kills the writer right before the first, second, … call of this kind, until it makes no more of them.
#[expect(clippy::disallowed_methods, reason = "strace is started as it is, and it starts the writer")]
fn kill_at_each(call: &str, expected: &[Values]) -> usize {
    let mut landed = 0;
    loop {
        let dir = fast_folder();
        let root = dir.path().join("state");
        let inject = format!("inject={call}:signal=SIGKILL:when={}", landed + 1);
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
        let ended = strace.arg(env!("CARGO_BIN_EXE_write_state")).arg(&root).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        match (ended.status.signal(), ended.status.code()) {
            (Some(9), _) => landed += 1,
            (None, Some(0)) => {
                check(&root, &said, expected, "to the end");
                assert!(said.ends_with(&format!("done {}\n", expected.len() - 2)), "{said}");
                return landed;
            }
            _ => panic!("{call} {}: {}: {}", landed + 1, ended.status, String::from_utf8_lossy(&ended.stderr)),
        }
        check(&root, &said, expected, &format!("killed before {call} {landed}"));
    }
}

/// What must be there before the first write and after each one.
fn undisturbed() -> Vec<Values> {
    let dir = fast_folder();
    let root = dir.path().join("state");
    let seen = RefCell::new(vec![Values::new()]);
    write(&root, &|mark, _| {
        if mark == Mark::Done {
            seen.borrow_mut().push(values(&root));
        }
    });
    let seen = seen.into_inner();
    assert!(seen.len() > 15 && seen.windows(2).all(|pair| pair[0] != pair[1]), "a write that changes nothing");
    seen
}

fn check(root: &Path, said: &str, expected: &[Values], what: &str) {
    let last = |word: &str| {
        let mut numbers = said.lines().filter_map(|line| line.strip_prefix(word)?.trim().parse::<usize>().ok());
        numbers.next_back().map_or(0, |number| number + 1)
    };
    let (begun, done) = (last("begin "), last("done "));
    assert!(begun == done || begun == done + 1, "{what}: {said}");
    let (before, after) = (&expected[done], &expected[begun]);
    let found = values(root);
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).chain(found.keys()).collect();
    for key in keys {
        let (old, new, found) = (before.get(key), after.get(key), found.get(key));
        // An append that has to take away a torn record first is not one write.
        let mended = *key == journal_key() && found.is_some_and(|found| is_between(found, old, new));
        assert!(found == old || found == new || mended, "{what}: {key} is {found:?}, was {old:?}, becomes {new:?}");
    }
    let Some(bytes) = found.get(&journal_key()) else { return };
    let journal = Journal::open(Arc::new(FileState::open(root).unwrap()), header()).unwrap();
    assert!(journal.resumed(), "{what}: the journal is not taken over");
    let torn = bytes.ends_with(b"torn");
    let findings = journal.findings();
    assert_eq!(findings.len(), usize::from(torn), "{what}: {findings:?}");
    assert!(findings.iter().all(|finding| finding.contains("torn")), "{what}: {findings:?}");
}

/// Whether `found` is what two versions of a journal have in common, or more of the new one.
fn is_between(found: &[u8], old: Option<&Vec<u8>>, new: Option<&Vec<u8>>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return false };
    let common = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    new.starts_with(found) && found.len() >= common
}

/// Everything in the store, read as the program reads it.
fn values(root: &Path) -> Values {
    if !root.exists() {
        return Values::new();
    }
    let store = FileState::open(root).unwrap();
    let keys = store.list("").unwrap();
    assert!(keys.iter().all(|key| !key.contains(".tmp")), "a temporary file passes for a value: {keys:?}");
    keys.into_iter().map(|key| (key.clone(), LocalStore::get(&store, &key).unwrap().unwrap())).collect()
}

/// In memory where that is possible: a killed process loses nothing that the system has.
fn fast_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

const WORKERS: usize = 2;
