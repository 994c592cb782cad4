//! The system's clock.
//!
//! The only place that asks the operating system for the time or waits for it; everything else holds the
//! [`Clock`] door, so that plans are reproducible and tests do not sleep.

use bowline_model::Timestamp;
use bowline_port::clock::Clock;
use bowline_port::stop::Stop;
use std::time::{Duration, Instant, SystemTime};

/// Real time.
#[derive(Clone, Debug)]
pub struct SystemClock {
    start: Instant,
    stop: Stop,
}

impl SystemClock {
    /// Starts counting [`Clock::monotonic`] now.
    pub fn new() -> Self {
        Self::interruptible(Stop::default())
    }

    /// The same, and nobody sleeps on once `stop` is requested.
    pub fn interruptible(stop: Stop) -> Self {
        Self { start: Instant::now(), stop }
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

    fn sleep(&self, duration: Duration) {
        self.stop.wait(duration);
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

    #[test]
    fn nobody_sleeps_through_a_stop() {
        let stop = Stop::default();
        let clock = SystemClock::interruptible(stop.clone());
        let begun = clock.monotonic();
        let sleeper = std::thread::spawn({
            let clock = clock.clone();
            move || clock.sleep(Duration::from_secs(600))
        });
        stop.request("SIGINT");
        sleeper.join().unwrap();
        clock.sleep(Duration::from_secs(600));
        assert!(clock.monotonic() < begun + Duration::from_secs(60), "both returned early");
    }
}
