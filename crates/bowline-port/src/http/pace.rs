//! When the next request may go to a host: never while it wants to be left alone, and never faster than it likes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often a host lets itself be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// From the start of one change to the start of the next, at least.
    pub between: Duration,
    /// Changes within any minute, at most.
    pub per_minute: usize,
    /// Changes within any hour, at most.
    pub per_hour: usize,
}

impl Rules {
    /// What GitHub asks for (*Best practices for using the REST API*; *Rate limits for the REST API*, secondary limits): a
    /// second between two changes, 80 changes that make content a minute, 500 an hour.
    pub const GITHUB: Self = Self { between: Duration::from_secs(1), per_minute: 80, per_hour: 500 };
    /// No limits but those that the host tells.
    pub const NONE: Self = Self { between: Duration::ZERO, per_minute: usize::MAX, per_hour: usize::MAX };
}

/// Whether a request may go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may, and counts from now on.
    Now,
    /// Not before so much time has passed; then it is to be asked again.
    Wait(Duration, Reason),
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The host said so.
    Asked,
    /// It would be the next change too soon after the last one.
    Between,
    /// It would be one change too many in a minute or an hour.
    TooMany,
}

/// All hosts. Times are those of a clock that never goes back.
pub(super) struct Pace {
    rules: Rules,
    hosts: Mutex<BTreeMap<String, Host>>,
}

#[derive(Default)]
struct Host {
    not_before: Duration,
    /// Limits that came without a time, since the last one that did not.
    strikes: u32,
    /// When changes of the last hour began.
    changes: VecDeque<Duration>,
}

impl Pace {
    pub(super) const fn new(rules: Rules) -> Self {
        Self { rules, hosts: Mutex::new(BTreeMap::new()) }
    }

    /// Asks for a turn at `host` at the time `now`, to change something or not.
    pub(super) fn turn(&self, host: &str, changes: bool, now: Duration) -> Turn {
        self.with(host, |state| match state.earliest(self.rules, changes) {
            Some((earliest, reason)) if earliest > now => Turn::Wait(earliest - now, reason),
            _ => {
                if changes {
                    state.count(now);
                }
                Turn::Now
            }
        })
    }

    /// How long it would have to wait, without a turn of its own.
    pub(super) fn left(&self, host: &str, changes: bool, now: Duration) -> Duration {
        let earliest = self.with(host, |state| state.earliest(self.rules, changes));
        earliest.map_or(Duration::ZERO, |(time, _)| time.saturating_sub(now))
    }

    /// Leaves `host` alone for `wait` from `now` on. An earlier, longer wait stays.
    pub(super) fn hold(&self, host: &str, now: Duration, wait: Duration) {
        self.with(host, |state| state.not_before = state.not_before.max(now.saturating_add(wait)));
    }

    /// Limits without a time that `host` gave in a row.
    pub(super) fn strikes(&self, host: &str) -> u32 {
        self.with(host, |state| state.strikes)
    }

    /// `host` gave another one, or something that ends the row.
    pub(super) fn set_strikes(&self, host: &str, strikes: u32) {
        self.with(host, |state| state.strikes = strikes);
    }

    fn with<R>(&self, host: &str, act: impl FnOnce(&mut Host) -> R) -> R {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        act(hosts.entry(host.to_owned()).or_default())
    }
}

impl Host {
    /// When the next request may go, and what keeps it longest.
    fn earliest(&self, rules: Rules, changes: bool) -> Option<(Duration, Reason)> {
        let mut all = vec![(self.not_before, Reason::Asked)];
        if changes {
            let after = |back: usize, time: Duration| {
                let index = self.changes.len().checked_sub(back)?;
                self.changes.get(index).map(|begun| begun.saturating_add(time))
            };
            all.extend(after(1, rules.between).map(|time| (time, Reason::Between)));
            all.extend(after(rules.per_minute, MINUTE).map(|time| (time, Reason::TooMany)));
            all.extend(after(rules.per_hour, HOUR).map(|time| (time, Reason::TooMany)));
        }
        all.into_iter().max_by_key(|(time, _)| *time)
    }

    fn count(&mut self, now: Duration) {
        while self.changes.front().is_some_and(|begun| begun.saturating_add(HOUR) <= now) {
            self.changes.pop_front();
        }
        self.changes.push_back(now);
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn changes_keep_their_distance_and_questions_do_not() {
        let pace = Pace::new(Rules::GITHUB);
        let mut now = 5 * SECOND;
        assert_eq!(pace.turn("h", true, now), Turn::Now);
        assert_eq!(pace.turn("h", true, now), Turn::Wait(SECOND, Reason::Between));
        assert_eq!(pace.turn("h", false, now), Turn::Now);
        assert_eq!(pace.turn("other", true, now), Turn::Now, "hosts do not count for each other");
        now += Duration::from_millis(999);
        assert_eq!(pace.turn("h", true, now), Turn::Wait(Duration::from_millis(1), Reason::Between));
        now += Duration::from_millis(1);
        assert_eq!(pace.turn("h", true, now), Turn::Now);
    }

    #[test]
    fn minutes_and_hours_have_their_limits() {
        let pace = Pace::new(Rules::GITHUB);
        let mut now = Duration::ZERO;
        let mut begun = Vec::new();
        while begun.len() < 1500 {
            match pace.turn("h", true, now) {
                Turn::Now => begun.push(now),
                Turn::Wait(wait, _) => now += wait,
            }
        }
        for (n, time) in begun.iter().enumerate() {
            for (window, most) in [(MINUTE, 80), (HOUR, 500)] {
                let within = begun[n..].iter().take_while(|later| **later < *time + window).count();
                assert!(within <= most, "{within} changes from {time:?} on within {window:?}");
            }
        }
        // As fast as that, and no slower: two hours for the first thousand, a second for each of the rest.
        assert!(now < 2 * HOUR + 501 * SECOND, "{now:?}");
    }

    #[test]
    fn a_host_is_left_alone_as_long_as_it_asked() {
        let pace = Pace::new(Rules::NONE);
        pace.hold("h", SECOND, 60 * SECOND);
        pace.hold("h", 2 * SECOND, 5 * SECOND);
        for changes in [false, true] {
            assert_eq!(pace.turn("h", changes, 3 * SECOND), Turn::Wait(58 * SECOND, Reason::Asked));
            assert_eq!(pace.turn("h", changes, 61 * SECOND), Turn::Now);
        }
        pace.hold("h", SECOND, Duration::MAX);
        assert!(matches!(pace.turn("h", false, 99 * SECOND), Turn::Wait(..)));
    }
}
