//! A fixed sequence of durable writes, and what they must leave.
//!
//! The program `write_state` makes them and is killed on the way; its test makes them in this process, undisturbed, and
//! so knows what has to be there after each of them.

use bowline_host::state::FileState;
use bowline_ledger::journal::{self, Header, Journal, Obligation};
use bowline_model::Digest;
use bowline_model::plan::RepositoryId;
use bowline_port::local::LocalStore;
use bowline_port::state::{Change, StateStore};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// Whether a write is about to begin or has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is about to begin.
    Begin,
    /// It has returned.
    Done,
}

/// Whose journal it is.
pub fn header() -> Header {
    Header { repository: RepositoryId::local("app"), plan: Digest::of(b"plan"), run: "r1".to_owned() }
}

/// Where the journal is kept.
pub fn journal_key() -> String {
    journal::key(&header().run)
}

/// Makes all writes in a store at `root`; `tell` hears before and after each one.
pub fn write(root: &Path, tell: &dyn Fn(Mark, usize)) {
    let store = Arc::new(FileState::open(root).unwrap());
    let number = std::cell::Cell::new(0);
    let step = |act: &mut dyn FnMut()| {
        tell(Mark::Begin, number.get());
        act();
        tell(Mark::Done, number.get());
        number.set(number.get() + 1);
    };
    let _alone = LocalStore::lock(store.as_ref()).unwrap().expect("nobody else works here");
    step(&mut || store.put("runs/r1.json", b"{\"state\":\"open\"}").unwrap());
    step(&mut || store.put("plans/p.json", &[b'p'; 3000]).unwrap());
    let mut log = Journal::open(store.clone(), header()).unwrap();
    step(&mut || log.intent("build/command").unwrap());
    let duty = Obligation { id: "o".into(), step: "build/command".into(), data: Value::from("VERSION") };
    step(&mut || log.oblige(duty.clone()).unwrap());
    step(&mut || log.receipt("build/command", &Value::from("built")).unwrap());
    step(&mut || log.discharged("o").unwrap());
    step(&mut || log.intent("push/refs").unwrap());
    step(&mut || log.receipt("push/refs", &Value::from("x".repeat(5000))).unwrap());
    drop(log);
    // What a power cut leaves in the middle of a record; the next append takes it away first.
    step(&mut || store.append(&journal_key(), b"\x40\0\0\0torn").unwrap());
    let mut log = Journal::open(store.clone(), header()).unwrap();
    step(&mut || log.intent("publish/release").unwrap());
    step(&mut || log.receipt("publish/release", &Value::from("published")).unwrap());
    let mut lock = Vec::new();
    step(&mut || lock = store.swap(&[Change::create("lock/stable", b"held 1".to_vec())]).unwrap());
    let mut held = lock.remove(0);
    step(&mut || {
        let changes = [
            Change::update("lock/stable", held.take(), b"held 2".to_vec()),
            Change::create("runs/r2.json", b"{\"state\":\"open\"}".to_vec()),
        ];
        lock = store.swap(&changes).unwrap();
    });
    let mut held = lock.remove(0);
    step(&mut || drop(store.swap(&[Change::update("lock/stable", held.take(), b"free".to_vec())]).unwrap()));
    step(&mut || store.append("notes/log", b"one").unwrap());
    step(&mut || store.append("notes/log", b"two").unwrap());
    step(&mut || store.truncate("notes/log", 3).unwrap());
    step(&mut || store.remove("plans/p.json").unwrap());
    step(&mut || store.put("runs/r1.json", b"{\"state\":\"complete\"}").unwrap());
}
