//! The exam for state stores: what every [`StateStore`] promises, tried out.
//!
//! Call [`run`] from a test, or [`Exam`] with fewer rounds where a round is expensive. What a crash leaves behind is
//! each store's own test.
#![expect(clippy::panic, clippy::unwrap_used, reason = "an exam reports by panicking, as tests do")]

use super::faulty::{Fault, Faulty};
use super::settled::Settled;
use super::{Change, StateError, StateStore, Version};
use crate::clock::FixedClock;
use bowline_model::Timestamp;
use std::sync::{Arc, Barrier};

/// Opens one and the same store, each time as another machine would.
pub type Open = Box<dyn Fn() -> Arc<dyn StateStore> + Send + Sync>;

/// How hard the exam is.
#[derive(Clone, Copy, Debug)]
pub struct Exam {
    /// Writers that race for one value.
    pub racers: usize,
    /// Races.
    pub rounds: usize,
    /// Size of the largest value in bytes.
    pub large: usize,
}

impl Default for Exam {
    fn default() -> Self {
        Self { racers: 12, rounds: 50, large: 8 << 20 }
    }
}

/// Tries everything; `make` makes a new, empty store and returns how to open it.
pub fn run(make: &dyn Fn() -> Open) {
    Exam::default().take(make);
}

impl Exam {
    /// Tries everything.
    pub fn take(self, make: &dyn Fn() -> Open) {
        for part in [
            creating,
            updating,
            removing,
            batches,
            reading,
            keys,
            no_change,
            lost_answers,
            a_store_that_lies,
            other_eyes,
        ] {
            part(&make());
        }
        self.large_values(&make());
        self.races(&make());
        self.races_for_nothing(&make());
    }

    fn large_values(self, open: &Open) {
        let store = open();
        let large: Vec<u8> = (0..self.large).map(|n| (n % 251) as u8).collect();
        let version = one(store.as_ref(), Change::create("large/value", large.clone())).unwrap();
        let found = open().get("large/value").unwrap().unwrap();
        assert!(found.value == large && Some(found.version) == version, "a large value came back different");
    }

    /// Everybody moves one value on from the same version: one succeeds, the others are told.
    fn races(self, open: &Open) {
        let stores: Vec<_> = (0..self.racers).map(|_| open()).collect();
        for round in 0..self.rounds {
            let before = stores[0].get("race/value").unwrap().map(|found| found.version);
            let won = self.race(&stores, |racer| {
                Change::update("race/value", before.clone(), format!("round {round}, racer {racer}"))
            });
            let winner = only(&won, round);
            let found = stores[0].get("race/value").unwrap().unwrap();
            assert_eq!(
                found.value,
                format!("round {round}, racer {winner}").into_bytes(),
                "the loser's value is there"
            );
        }
    }

    /// Everybody creates one value.
    fn races_for_nothing(self, open: &Open) {
        let stores: Vec<_> = (0..self.racers).map(|_| open()).collect();
        for round in 0..self.rounds {
            let key = format!("race/new-{round}");
            let won = self.race(&stores, |racer| Change::create(key.clone(), format!("racer {racer}")));
            let winner = only(&won, round);
            let found = stores[0].get(&key).unwrap().unwrap();
            assert_eq!(found.value, format!("racer {winner}").into_bytes(), "the loser's value is there");
        }
    }

    /// Who of all racers succeeded. A store that is too busy to say may be asked again.
    fn race(self, stores: &[Arc<dyn StateStore>], change: impl Fn(usize) -> Change + Sync) -> Vec<usize> {
        let barrier = Barrier::new(stores.len());
        let (barrier, change) = (&barrier, &change);
        std::thread::scope(|scope| {
            let racing = stores.iter().enumerate().map(|(racer, store)| {
                scope.spawn(move || {
                    let store = settled(store.clone());
                    barrier.wait();
                    match store.swap(&[change(racer)]) {
                        Ok(_) => Some(racer),
                        Err(StateError::Conflict { .. }) => None,
                        Err(other) => panic!("racer {racer}: {other:?}"),
                    }
                })
            });
            let racing: Vec<_> = racing.collect();
            racing.into_iter().filter_map(|racer| racer.join().unwrap()).collect()
        })
    }
}

fn only(won: &[usize], round: usize) -> usize {
    match won {
        [winner] => *winner,
        several => panic!("round {round} has {} winners: {several:?}", several.len()),
    }
}

fn creating(open: &Open) {
    let store = open();
    assert_eq!(store.get("a/b").unwrap(), None, "nothing was put yet");
    let version = one(store.as_ref(), Change::create("a/b", "one")).unwrap();
    let found = store.get("a/b").unwrap().unwrap();
    assert_eq!(
        (found.value.as_slice(), Some(&found.version)),
        (b"one".as_slice(), version.as_ref()),
        "what was created"
    );
    conflict(store.as_ref(), Change::create("a/b", "two"));
    assert_eq!(store.get("a/b").unwrap().unwrap().value, b"one", "a refused creation changed it");
    for (n, value) in [b"".as_slice(), b"\0\xff\n", b"value\r\n"].into_iter().enumerate() {
        let key = format!("bytes/{n}");
        one(store.as_ref(), Change::create(key.clone(), value)).unwrap();
        assert_eq!(store.get(&key).unwrap().unwrap().value, value, "bytes are bytes");
    }
}

fn updating(open: &Open) {
    let store = open();
    let first = one(store.as_ref(), Change::create("a/b", "one")).unwrap();
    let second = one(store.as_ref(), Change::update("a/b", first.clone(), "two")).unwrap();
    assert_ne!(first, second, "another value has another version");
    conflict(store.as_ref(), Change::update("a/b", first, "three"));
    assert_eq!(store.get("a/b").unwrap().unwrap().value, b"two", "a refused update changed it");
    conflict(store.as_ref(), Change::update("a/absent", second, "x"));
    assert_eq!(store.get("a/absent").unwrap(), None, "a refused update created it");
}

fn removing(open: &Open) {
    let store = open();
    let first = one(store.as_ref(), Change::create("a/b", "one")).unwrap().unwrap();
    one(store.as_ref(), Change::create("a/c", "other")).unwrap();
    let second = one(store.as_ref(), Change::update("a/b", Some(first.clone()), "two")).unwrap().unwrap();
    conflict(store.as_ref(), Change::remove("a/b", first));
    assert_eq!(store.get("a/b").unwrap().unwrap().value, b"two", "a refused removal removed it");
    assert_eq!(one(store.as_ref(), Change::remove("a/b", second.clone())).unwrap(), None);
    assert_eq!(store.get("a/b").unwrap(), None, "it was removed");
    assert_eq!(keys_of(store.as_ref(), ""), ["a/c"], "only it was removed");
    conflict(store.as_ref(), Change::remove("a/b", second));
    one(store.as_ref(), Change::create("a/b", "again")).unwrap();
    assert_eq!(store.get("a/b").unwrap().unwrap().value, b"again", "created again");
}

fn batches(open: &Open) {
    let store = open();
    let versions = store.swap(&[Change::create("a/b", "one"), Change::create("c/d", "two")]).unwrap();
    assert_eq!(versions.len(), 2, "one version for each change");
    assert_eq!(keys_of(store.as_ref(), ""), ["a/b", "c/d"], "both were made");
    let refused = store.swap(&[
        Change::create("e/f", "three"),
        Change::update("a/b", versions[1].clone(), "wrong version"),
        Change::create("g/h", "four"),
    ]);
    assert!(matches!(refused, Err(StateError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.get("a/b").unwrap().unwrap().value, b"one", "a refused change was made");
    assert_eq!(store.get("g/h").unwrap(), None, "what follows a refused change was made");
    assert_eq!(store.get("e/f").unwrap().is_some(), !store.is_atomic(), "what stands before a refused change");
    assert_eq!(store.swap(&[]).unwrap(), [], "no change is no change");
}

fn reading(open: &Open) {
    let store = open();
    assert_eq!(keys_of(store.as_ref(), ""), Vec::<String>::new(), "a new store is empty");
    for key in ["runs/b", "runs/a", "runs-old/c", "lock/main", "plans/x.json"] {
        one(store.as_ref(), Change::create(key, key)).unwrap();
    }
    let check = |prefix: &str, expected: &[&str]| assert_eq!(keys_of(store.as_ref(), prefix), expected, "`{prefix}`");
    check("", &["lock/main", "plans/x.json", "runs-old/c", "runs/a", "runs/b"]);
    check("runs/", &["runs/a", "runs/b"]);
    check("runs/a", &["runs/a"]);
    check("absent/", &[]);
    check("../", &[]);
    for (key, found) in store.read("").unwrap() {
        assert_eq!(Some(&found), store.get(&key).unwrap().as_ref(), "{key} is what it is");
        assert_eq!(found.value, key.as_bytes());
    }
}

fn keys(open: &Open) {
    let store = open();
    let long = "x".repeat(201);
    for hostile in [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        ".hidden",
        "a b",
        "ä",
        "a\0b",
        "a\nb",
        "a.lock",
        &long,
    ] {
        let key = |error: StateError| match error {
            StateError::Key(_) => {}
            other => panic!("{hostile:?} was not refused as a key: {other:?}"),
        };
        key(store.get(hostile).unwrap_err());
        key(store.swap(&[Change::create("fine/key", "x"), Change::create(hostile, "x")]).unwrap_err());
        key(store.swap(&[Change::remove(hostile, Version::new("x"))]).unwrap_err());
    }
    assert_eq!(keys_of(store.as_ref(), ""), Vec::<String>::new(), "a refused key left something");
    for fine in ["A-z_0.9/x", "sha256-00/x.json", &"x".repeat(200)] {
        one(store.as_ref(), Change::create(fine, "x")).unwrap();
        assert_eq!(store.get(fine).unwrap().unwrap().value, b"x", "{fine}");
    }
}

/// Writing what is there already is not refused for being the same.
fn no_change(open: &Open) {
    let store = open();
    let first = one(store.as_ref(), Change::create("a/b", "one")).unwrap();
    one(store.as_ref(), Change::update("a/b", first.clone(), "one")).unwrap();
    assert_eq!(store.get("a/b").unwrap().unwrap().value, b"one");
}

/// An answer that is lost is found by looking, and a request that is lost is sent again.
fn lost_answers(open: &Open) {
    for (n, fault) in [Fault::ReplyLost, Fault::RequestLost, Fault::ConflictAfterChange].into_iter().enumerate() {
        for times in [1, 2] {
            let store = open();
            let (key, other) = (format!("lost/{n}-{times}"), format!("lost/other-{n}-{times}"));
            let faulty = settled(Arc::new(Faulty::new(store.clone(), fault, times)));
            let made = faulty.swap(&[Change::create(key.clone(), "one"), Change::create(other.clone(), "two")]);
            let version = made.unwrap_or_else(|error| panic!("{fault:?} {times}: {error:?}")).swap_remove(0);
            assert_eq!(store.get(&key).unwrap().map(|found| found.version), version, "{fault:?}");
            assert_eq!(store.get(&other).unwrap().unwrap().value, b"two", "{fault:?}");
            let faulty = settled(Arc::new(Faulty::new(store.clone(), fault, times)));
            faulty.swap(&[Change::remove(key.clone(), version.unwrap())]).unwrap();
            assert_eq!(store.get(&key).unwrap(), None, "{fault:?}");
            // Somebody else's value is never taken for ours.
            let faulty = settled(Arc::new(Faulty::new(store.clone(), Fault::RequestLost, times)));
            conflict(faulty.as_ref(), Change::create(other.clone(), "another"));
        }
    }
}

/// A store that acknowledges what it does not keep cannot make anybody believe in a value.
fn a_store_that_lies(open: &Open) {
    let store = open();
    let lying = Faulty::new(store.clone(), Fault::AcceptedAndLost, 1);
    lying.swap(&[Change::create("a/b", "one")]).unwrap();
    assert_eq!(lying.get("a/b").unwrap(), None, "reading back finds it out");
}

/// What one machine writes another one reads, at once.
fn other_eyes(open: &Open) {
    let (one_store, other) = (open(), open());
    let first = one(one_store.as_ref(), Change::create("a/b", "one")).unwrap();
    assert_eq!(other.get("a/b").unwrap().unwrap().value, b"one");
    one(other.as_ref(), Change::update("a/b", first.clone(), "two")).unwrap();
    assert_eq!(one_store.get("a/b").unwrap().unwrap().value, b"two");
    conflict(one_store.as_ref(), Change::update("a/b", first, "three"));
}

fn one(store: &dyn StateStore, change: Change) -> Result<Option<Version>, StateError> {
    Ok(store.swap(&[change])?.pop().flatten())
}

fn conflict(store: &dyn StateStore, change: Change) {
    match store.swap(std::slice::from_ref(&change)) {
        Err(StateError::Conflict { key, .. }) => assert_eq!(key, change.key),
        other => panic!("{change:?} was not refused: {other:?}"),
    }
}

fn keys_of(store: &dyn StateStore, prefix: &str) -> Vec<String> {
    store.read(prefix).unwrap().into_iter().map(|(key, _)| key).collect()
}

fn settled(store: Arc<dyn StateStore>) -> Arc<dyn StateStore> {
    Arc::new(Settled::new(store, Arc::new(FixedClock::new(Timestamp::EPOCH))))
}
