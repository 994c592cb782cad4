//! A store whose changes are answered with yes or no.
//!
//! A change that was sent and not answered, and one that was refused because its value had changed, are both a
//! question: the value is read back, and when it is what was to be written, the change was made. A server that applies
//! a change and then answers "precondition failed" to its own retry is told from a lost race that way. Values that must
//! have one writer therefore carry something of their writer (the lock does); writing what is there already is no
//! change.
//!
//! Somebody who wishes a pause wants nothing new to be begun: from then on a change that was not answered is looked at
//! and not sent again.

use super::{Change, StateError, StateStore, Version, Versioned};
use crate::clock::Clock;
use crate::git::RefUpdate;
use crate::stop::Stop;
use bowline_model::seeded::{Bug, seeded};
use std::sync::Arc;
use std::time::Duration;

/// Settles what its store leaves open.
pub struct Settled {
    inner: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    stop: Stop,
}

impl Settled {
    /// Settles the changes of `inner`.
    pub fn new(inner: Arc<dyn StateStore>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, stop: Stop::default() }
    }

    /// The same, and nothing is sent again once `stop` is requested.
    #[must_use]
    pub fn stopping(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// The versions of all changes, when every value is what its change makes of it.
    fn found(&self, changes: &[Change]) -> Result<Option<Vec<Option<Version>>>, StateError> {
        let mut versions = Vec::new();
        for change in changes {
            let there = self.inner.get(&change.key)?;
            if there.as_ref().map(|there| &there.value) != change.value.as_ref() {
                return Ok(None);
            }
            versions.push(there.map(|there| there.version));
        }
        Ok(Some(versions))
    }

    /// Whether a "no" to one of `changes`, of which `sent` were sent, was said to one that is made: then the store, which
    /// makes one after the other, has not tried those that follow. Whoever was overtaken is not among them.
    fn has_come_on(&self, changes: &[Change], sent: usize) -> bool {
        !self.inner.is_atomic() && self.left(changes).is_ok_and(|left| left.len() < sent)
    }

    /// Those of `changes` that are not made yet. One whose value is neither the old nor the new one was overtaken.
    fn left(&self, changes: &[Change]) -> Result<Vec<Change>, StateError> {
        let mut left = Vec::new();
        for change in changes {
            let there = self.inner.get(&change.key)?;
            if there.as_ref().map(|there| &there.value) == change.value.as_ref() {
                continue;
            }
            if there.map(|there| there.version) != change.expected {
                return Err(StateError::Conflict { key: change.key.clone(), place: self.inner.place() });
            }
            left.push(change.clone());
        }
        Ok(left)
    }
}

impl StateStore for Settled {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        self.inner.get(key)
    }

    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        self.inner.read(prefix)
    }

    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        let mut left = changes.to_vec();
        for attempt in 1.. {
            let error = match self.inner.swap(&left) {
                Ok(versions) if left.len() == changes.len() => return Ok(versions),
                Ok(_) => return self.found(changes)?.ok_or_else(|| self.lies(changes)),
                Err(error @ StateError::Conflict { .. }) if seeded(Bug::ConflictIsLoss) => return Err(error),
                Err(error @ (StateError::Unknown { .. } | StateError::Conflict { .. })) => error,
                Err(error) => return Err(error),
            };
            // What cannot be looked at stays open.
            let Ok(found) = self.found(changes) else { return Err(error) };
            match (found, &error) {
                (Some(versions), _) => return Ok(versions),
                (None, StateError::Unknown { .. }) if attempt < ATTEMPTS && !self.stop.is_requested() => {}
                (None, StateError::Conflict { .. })
                    if attempt < ATTEMPTS && !self.stop.is_requested() && self.has_come_on(changes, left.len()) => {}
                (None, _) => return Err(error),
            }
            self.clock.sleep(PAUSE * attempt);
            if self.stop.is_requested() {
                return Err(error);
            }
            left = self.left(changes)?;
        }
        Ok(Vec::new())
    }

    fn is_atomic(&self) -> bool {
        self.inner.is_atomic()
    }

    fn ride(&self, remote: &str, change: &Change) -> Result<Option<(RefUpdate, Version)>, StateError> {
        self.inner.ride(remote, change)
    }
}

impl Settled {
    fn lies(&self, changes: &[Change]) -> StateError {
        let key = changes.first().map(|change| change.key.clone()).unwrap_or_default();
        StateError::Lies { key, place: self.inner.place() }
    }
}

const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::state::Versioned;
    use crate::state::memory::MemoryState;
    use bowline_model::Timestamp;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Loses every change and does not say so.
    struct Silent(MemoryState, AtomicU32);

    impl StateStore for Silent {
        fn place(&self) -> String {
            self.0.place()
        }
        fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
            self.0.get(key)
        }
        fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
            self.0.read(prefix)
        }
        fn swap(&self, _: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
            self.1.fetch_add(1, Ordering::SeqCst);
            Err(StateError::Unknown { place: self.place(), message: "no answer".to_owned() })
        }
        fn is_atomic(&self) -> bool {
            true
        }
        fn ride(&self, _: &str, _: &Change) -> Result<Option<(RefUpdate, Version)>, StateError> {
            Ok(None)
        }
    }

    /// The first change of a batch was made, answered with a lost race, and the others were not tried.
    #[test]
    fn the_rest_of_a_batch_follows_what_was_made_of_it() {
        use crate::state::faulty::{Fault, Faulty};
        let settled = |memory: &Arc<MemoryState>| {
            let faulty = Arc::new(Faulty::new(memory.clone(), Fault::ConflictAfterFirst, 1));
            Settled::new(faulty, Arc::new(FixedClock::new(Timestamp::EPOCH)))
        };
        let memory = Arc::new(MemoryState::default());
        let both = [Change::create("a/b", "one"), Change::create("c/d", "two")];
        let versions = settled(&memory).swap(&both).unwrap();
        let found = ["a/b", "c/d"].map(|key| memory.get(key).unwrap().map(|found| found.version));
        assert_eq!(versions, found);
        // Of two writers of the rest one is told that he lost.
        let memory = Arc::new(MemoryState::default());
        memory.swap(&[Change::create("c/d", "somebody else's")]).unwrap();
        let result = settled(&memory).swap(&both);
        assert!(matches!(&result, Err(StateError::Conflict { .. })), "{result:?}");
        assert_eq!(memory.get("c/d").unwrap().unwrap().value, b"somebody else's");
    }

    #[test]
    fn nothing_is_sent_again_once_a_pause_is_wished() {
        for (wished, sent) in [(false, ATTEMPTS), (true, 1)] {
            let stop = Stop::default();
            if wished {
                stop.request("SIGTERM");
            }
            let silent = Arc::new(Silent(MemoryState::default(), AtomicU32::new(0)));
            let clock = Arc::new(FixedClock::new(Timestamp::EPOCH));
            let settled = Settled::new(silent.clone(), clock).stopping(stop);
            let result = settled.swap(&[Change::create("a/b", "one")]);
            assert!(matches!(result, Err(StateError::Unknown { .. })), "{result:?}");
            assert_eq!(silent.1.load(Ordering::SeqCst), sent);
        }
    }
}
