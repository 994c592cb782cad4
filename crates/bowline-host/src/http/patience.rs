//! How long a request may take.
//!
//! Nothing limits the whole of it: an upload may last for hours, as long as it gets on. What is limited is each part for
//! itself, so that a request that gets nowhere ends soon, and one that is slow does not.

use super::progress::{Progress, State};
use bowline_port::http::{Kind, Phase};
use bowline_port::stop::Stop;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the connection: name, proxy and TLS together.
    pub connect: Duration,
    /// From the last byte of the request to the first of the answer. When the body was large, what this machine itself
    /// still holds of it gets the time that it takes at `throughput`.
    pub answer: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
    /// For how long a body, of the request or of the answer, may be slower than `throughput`.
    pub window: Duration,
    /// Bytes per second.
    pub throughput: u64,
    /// What a request gets to come to its end once a pause is wished.
    pub parting: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            idle: Duration::from_secs(30),
            window: Duration::from_secs(60),
            throughput: 100_000,
            parting: Duration::from_millis(500),
        }
    }
}

impl Patience {
    /// How often is looked: often enough for the shortest limit, and for whoever wishes a pause.
    fn tick(&self) -> Duration {
        let shortest = self.answer.min(self.idle).min(self.window).min(self.parting);
        (shortest / 10).clamp(Duration::from_millis(1), Duration::from_millis(50))
    }

    fn answer_to(&self, length: u64) -> Duration {
        self.answer + Duration::from_secs(length.min(BUFFERED) / self.throughput.max(1))
    }
}

/// Returns when the request that `progress` tells of has to end, and says why.
pub(super) async fn watch(patience: &Patience, progress: &Progress, stop: &Stop) -> (Kind, String) {
    let mut pace = Pace::default();
    let mut wished = None;
    loop {
        tokio::time::sleep(patience.tick()).await;
        let now = Instant::now();
        if let Some(why) = stop.reason() {
            let since = *wished.get_or_insert(now);
            if now.duration_since(since) >= patience.parting {
                return (Kind::Passing, format!("ended, as the run pauses ({why})"));
            }
        }
        if let Some(late) = pace.late(patience, &progress.state(), now) {
            return (Kind::TimedOut, late);
        }
    }
}

/// How fast bytes were moved lately.
#[derive(Default)]
struct Pace {
    phase: Option<Phase>,
    /// The oldest one is the newest that is at least a window old.
    samples: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// Whether it takes too long, in words.
    fn late(&mut self, patience: &Patience, state: &State, now: Instant) -> Option<String> {
        if self.phase.replace(state.phase) != Some(state.phase) {
            self.samples.clear();
        }
        let still = now.saturating_duration_since(state.changed);
        match state.phase {
            // The client itself ends a connection that takes too long.
            Phase::Before | Phase::Connecting => None,
            Phase::Sending => self.is_slow(patience, state.moved, now).then(|| slower(patience, "the upload")),
            Phase::Waiting => {
                let limit = patience.answer_to(state.length);
                (still > limit).then(|| format!("no answer within {} of the whole request", shown(limit)))
            }
            Phase::Receiving(_) if still > patience.idle => {
                Some(format!("nothing more of the answer within {}", shown(patience.idle)))
            }
            Phase::Receiving(_) => self.is_slow(patience, state.moved, now).then(|| slower(patience, "the answer")),
        }
    }

    fn is_slow(&mut self, patience: &Patience, moved: u64, now: Instant) -> bool {
        let is_due = self.samples.back().is_none_or(|(last, _)| now.duration_since(*last) >= patience.window / 10);
        if is_due {
            self.samples.push_back((now, moved));
        }
        while self.samples.get(1).is_some_and(|(then, _)| now.duration_since(*then) >= patience.window) {
            self.samples.pop_front();
        }
        let Some((then, before)) = self.samples.front() else { return false };
        let elapsed = now.duration_since(*then);
        let moved = u128::from(moved.saturating_sub(*before)) * 1000;
        elapsed >= patience.window && moved < u128::from(patience.throughput.max(1)) * elapsed.as_millis()
    }
}

fn slower(patience: &Patience, what: &str) -> String {
    format!("{what} was slower than {} bytes a second for {}", patience.throughput, shown(patience.window))
}

fn shown(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// What the connection and the kernel may hold of a body that was handed over whole: as large as Linux lets a send buffer
/// grow, and what the client keeps before it.
const BUFFERED: u64 = 5 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Looks every second at a body of which `moved` tells how much there is after so many seconds; returns when it ends.
    fn check(moved: impl Fn(u64) -> u64, expected: Option<u64>) {
        let patience = Patience::default();
        for phase in [Phase::Sending, Phase::Receiving(200)] {
            let mut pace = Pace::default();
            let start = Instant::now();
            let ended = (0..600).find(|&seconds| {
                let now = start + SECOND * u32::try_from(seconds).unwrap();
                let state = State { phase, moved: moved(seconds), length: u64::MAX, changed: now };
                pace.late(&patience, &state, now).is_some()
            });
            assert_eq!(ended, expected, "{phase:?}");
        }
    }

    #[test]
    fn a_minute_below_the_least_speed_ends_it() {
        check(|seconds| seconds * 100_000, None);
        check(|seconds| seconds * 99_999, Some(60));
        check(|_| 0, Some(60));
        // Fast at first, then nothing: noticed a window and a tenth later at most.
        check(|seconds| seconds.min(100) * 10_000_000, Some(162));
        // Bursts with pauses of less than a minute.
        check(|seconds| seconds / 50 * 7_000_000, None);
        check(|seconds| if seconds < 300 { seconds * 1_000_000 } else { 300_000_000 + (seconds - 300) }, Some(355));
    }

    #[test]
    fn every_part_has_its_own_limit() {
        let patience = Patience::default();
        let late = |phase, length, seconds: u64| {
            let changed = Instant::now();
            let state = State { phase, moved: 0, length, changed };
            Pace::default().late(&patience, &state, changed + SECOND * u32::try_from(seconds).unwrap())
        };
        for (phase, length, limit) in [
            (Phase::Waiting, 0, 60),
            (Phase::Waiting, 1_000_000, 70),
            (Phase::Waiting, u64::MAX, 60 + 52),
            (Phase::Receiving(200), 0, 30),
        ] {
            assert_eq!(late(phase, length, limit), None, "{phase:?} {length}");
            assert!(late(phase, length, limit + 1).is_some(), "{phase:?} {length}");
        }
        for phase in [Phase::Before, Phase::Connecting, Phase::Sending] {
            assert_eq!(late(phase, 1, 10_000), None, "{phase:?}: one look shows no speed");
        }
    }
}
