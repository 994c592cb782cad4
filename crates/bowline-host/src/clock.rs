//! The system's clock.
//!
//! The only place that asks the operating system for the time or waits for it; everything else holds the
//! [`Clock`] door, so that plans are reproducible and tests do not sleep.

use bowline_model::Timestamp;
use bowline_port::clock::Clock;
use std::time::{Duration, Instant, SystemTime};

/// Real time.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts counting [`Clock::monotonic`] now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door that the ban points to")]
    fn now(&self) -> Timestamp {
        let seconds = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
        };
        // A clock outside the years 0 to 9999 is broken; the epoch makes that visible in every message.
        Timestamp::from_unix(seconds).unwrap_or(Timestamp::EPOCH)
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door that the ban points to")]
    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on() {
        let clock = SystemClock::new();
        let (now, monotonic) = (clock.now(), clock.monotonic());
        assert!(now.unix() > 1_700_000_000, "{now}");
        clock.sleep(Duration::from_millis(2));
        assert!(clock.now() >= now);
        assert!(clock.monotonic() >= monotonic + Duration::from_millis(2));
    }
}
