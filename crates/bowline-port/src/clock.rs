//! Time as a door: plans and tests own theirs.

use bowline_model::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    /// The current time in UTC, whole seconds.
    fn now(&self) -> Timestamp;
    /// Time since an arbitrary start that never goes back.
    fn monotonic(&self) -> Duration;
    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// A clock that stands still unless somebody sleeps.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Stands at `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.unix()))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        // Sleeping for eight thousand years is the only way out of range.
        Timestamp::from_unix(self.0.load(Ordering::SeqCst)).unwrap_or_else(|_| self.epoch())
    }
    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst).unsigned_abs())
    }
    fn sleep(&self, duration: Duration) {
        // Up to the next second: who waits for a part of one must not wait for ever.
        let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl FixedClock {
    fn epoch(&self) -> Timestamp {
        self.0.store(0, Ordering::SeqCst);
        self.now()
    }
}
