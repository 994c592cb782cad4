//! A store that is asked at most once a second.
//!
//! Looking around before a change asks for many values, and where every question is a conversation with a remote one
//! answer serves all of them. What is read may be a second old; what is changed never is, because a change names the
//! version that it was made from. A change, made or refused, ends what is remembered.

use super::{Change, StateError, StateStore, Version, Versioned};
use crate::clock::Clock;
use crate::git::RefUpdate;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Remembers for a moment what its store holds. For stores that read everything in one question.
pub struct Recent {
    inner: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    seen: Mutex<Option<Seen>>,
}

struct Seen {
    at: Duration,
    values: Vec<(String, Versioned)>,
}

impl Recent {
    /// Asks `inner`.
    pub fn new(inner: Arc<dyn StateStore>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, seen: Mutex::default() }
    }

    fn with<T>(&self, pick: impl Fn(&[(String, Versioned)]) -> T) -> Result<T, StateError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.monotonic();
        if let Some(seen) = seen.as_ref().filter(|seen| now.saturating_sub(seen.at) < FRESH) {
            return Ok(pick(&seen.values));
        }
        let values = self.inner.read("")?;
        // From before the question: the answer may have been true for as long as it took.
        Ok(pick(&seen.insert(Seen { at: now, values }).values))
    }

    fn forget(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl StateStore for Recent {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        super::check_key(key)?;
        self.with(|values| values.iter().find(|(found, _)| found == key).map(|(_, found)| found.clone()))
    }

    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        self.with(|values| values.iter().filter(|(key, _)| key.starts_with(prefix)).cloned().collect())
    }

    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        let made = self.inner.swap(changes);
        self.forget();
        made
    }

    fn is_atomic(&self) -> bool {
        self.inner.is_atomic()
    }

    fn ride(&self, remote: &str, change: &Change) -> Result<Option<(RefUpdate, Version)>, StateError> {
        let riding = self.inner.ride(remote, change);
        self.forget();
        riding
    }
}

const FRESH: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::state::memory::MemoryState;
    use bowline_model::Timestamp;

    #[test]
    fn what_is_read_is_at_most_a_second_old_and_our_own_changes_are_seen_at_once() {
        let inner = Arc::new(MemoryState::default());
        let clock = Arc::new(FixedClock::new(Timestamp::EPOCH));
        let recent = Recent::new(inner.clone(), clock.clone());
        let value = |key: &str| recent.get(key).unwrap().map(|found| String::from_utf8(found.value).unwrap());
        assert_eq!(value("a/b"), None);
        inner.swap(&[Change::create("a/b", "theirs")]).unwrap();
        assert_eq!(value("a/b"), None, "asked a moment ago");
        // A change never rests on what is remembered.
        assert!(matches!(recent.swap(&[Change::create("a/b", "ours")]), Err(StateError::Conflict { .. })));
        assert_eq!(value("a/b").as_deref(), Some("theirs"), "a refused change ends what is remembered");
        recent.swap(&[Change::create("a/c", "ours")]).unwrap();
        assert_eq!(recent.read("a/").unwrap().len(), 2);
        inner.swap(&[Change::create("a/d", "theirs")]).unwrap();
        clock.sleep(FRESH);
        assert_eq!(value("a/d").as_deref(), Some("theirs"));
    }
}
