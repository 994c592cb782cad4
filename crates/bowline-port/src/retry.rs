//! Trying again, within limits that the whole run shares.
//!
//! A call that surely had no effect, or whose effect does not matter, may be made again. Whether it is, and how long to
//! wait before, is decided here for every door alike: a few attempts for each call, waits that grow and are drawn at
//! random (so that many runs do not come back together), and **one budget for the run**. When a remote is down, the first
//! calls use the budget up and all later ones fail at once, instead of each insisting by itself.
//!
//! The numbers are those of the AWS SDKs' standard mode: 500 tokens, 5 for trying again, 10 after a timeout, 1 back for
//! each success, waits of at most 20 s with full jitter.

use crate::clock::Clock;
use crate::stop::Stop;
use bowline_model::event::{Event, EventSink};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How often one call is made at most, the first time included.
    pub attempts: u32,
    /// Tokens at the start, and never more.
    pub budget: u32,
    /// How long a run waits in all.
    pub deadline: Duration,
}

/// What went wrong, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It failed at once.
    Failed,
    /// It took too long. That costs more: the next one will take as long again.
    TimedOut,
}

/// Why a run does not go on waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMore {
    /// The call has had its attempts, or the run its tokens.
    UsedUp,
    /// The wait would last longer than the deadline allows.
    TooLong,
    /// The run is to pause.
    Stopped,
}

/// What is left of the limits; clones share it.
#[derive(Clone)]
pub struct Retries {
    policy: Policy,
    clock: Arc<dyn Clock>,
    stop: Stop,
    events: Arc<dyn EventSink>,
    draw: fn() -> u64,
    left: Arc<Mutex<Left>>,
}

#[derive(Clone, Copy)]
struct Left {
    tokens: u32,
    waited: Duration,
}

impl Retries {
    /// All limits untouched. Nothing is tried again once `stop` is requested; `events` hears of every wait.
    pub fn new(policy: Policy, clock: Arc<dyn Clock>, stop: Stop, events: Arc<dyn EventSink>) -> Self {
        let left = Left { tokens: policy.budget, waited: Duration::ZERO };
        Self { policy, clock, stop, events, draw, left: Arc::new(Mutex::new(left)) }
    }

    /// A call went well.
    pub fn succeeded(&self) {
        let mut left = self.lock();
        left.tokens = left.tokens.saturating_add(1).min(self.policy.budget);
    }

    /// Waits and says yes when `call` may be made once more, of which `attempt` attempts have failed, the last one for
    /// the reason `why`.
    pub fn again(&self, call: &str, attempt: u32, trouble: Trouble, why: &str) -> bool {
        let wait = self.wait_after(attempt);
        self.spend(attempt, trouble.price(), wait).is_ok() && {
            let (next, attempts) = (attempt + 1, self.policy.attempts);
            self.tell(&format!("{call}: {why}; trying again in {:.1} s ({next} of {attempts})", wait.as_secs_f64()));
            self.sleep(wait).is_ok()
        }
    }

    /// Whether a call may be made once more as soon as its host allows it; the waiting is [`Retries::pause`]'s.
    pub fn again_later(&self, attempt: u32) -> Result<(), NoMore> {
        self.spend(attempt, Trouble::Failed.price(), Duration::ZERO)
    }

    /// Waits for `wait` because somebody asked for it, as `why` says. Nobody waits when that is longer than what is left
    /// of the deadline.
    pub fn pause(&self, wait: Duration, why: &str) -> Result<(), NoMore> {
        self.spend(0, 0, wait)?;
        self.tell(why);
        self.sleep(wait)
    }

    /// Waits for `wait`, which is so short that it counts for nothing.
    pub fn sleep(&self, wait: Duration) -> Result<(), NoMore> {
        self.clock.sleep(wait);
        if self.stop.is_requested() { Err(NoMore::Stopped) } else { Ok(()) }
    }

    /// Takes everything, or nothing.
    fn spend(&self, attempt: u32, price: u32, wait: Duration) -> Result<(), NoMore> {
        if self.stop.is_requested() {
            return Err(NoMore::Stopped);
        }
        if attempt >= self.policy.attempts {
            return Err(NoMore::UsedUp);
        }
        let mut left = self.lock();
        let tokens = left.tokens.checked_sub(price).ok_or(NoMore::UsedUp)?;
        let waited = left.waited.saturating_add(wait);
        if waited > self.policy.deadline {
            return Err(NoMore::TooLong);
        }
        *left = Left { tokens, waited };
        Ok(())
    }

    fn tell(&self, message: &str) {
        self.events.event(&Event::Warning { code: "trying_again".to_owned(), message: message.to_owned() });
    }

    /// Anything up to `most`, drawn at random.
    pub fn jitter(&self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX - 1);
        Duration::from_millis((self.draw)() % (most + 1))
    }

    /// Anything up to the limit of this attempt.
    fn wait_after(&self, attempt: u32) -> Duration {
        self.jitter(limit_after(attempt))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    const fn price(self) -> u32 {
        match self {
            Self::Failed => 5,
            Self::TimedOut => 10,
        }
    }
}

/// The longest wait after so many failed attempts; it doubles with each.
fn limit_after(attempt: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST_WAIT)
}

fn draw() -> u64 {
    // Each hasher has keys of its own; that is random enough to spread waits.
    RandomState::new().build_hasher().finish()
}

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::Timestamp;
    use bowline_model::event::Silent;

    const USUAL: Policy = Policy { attempts: 3, budget: 500, deadline: Duration::from_secs(15 * 60) };

    /// Adds up what is slept.
    #[derive(Default)]
    struct Sleepy(Mutex<Vec<Duration>>);

    impl Clock for Sleepy {
        fn now(&self) -> Timestamp {
            Timestamp::EPOCH
        }
        fn monotonic(&self) -> Duration {
            self.0.lock().unwrap().iter().sum()
        }
        fn sleep(&self, duration: Duration) {
            self.0.lock().unwrap().push(duration);
        }
    }

    fn retries(policy: Policy) -> (Retries, Arc<Sleepy>) {
        let clock = Arc::new(Sleepy::default());
        let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
        (Retries { draw: || 7, ..retries }, clock)
    }

    /// How many attempts a call gets that never succeeds.
    fn attempts(retries: &Retries, trouble: Trouble) -> u32 {
        (1..).find(|attempt| !retries.again("call", *attempt, trouble, "no")).unwrap()
    }

    #[test]
    fn a_call_gets_its_attempts() {
        for attempts in [1, 2, 3, 10] {
            let (retries, clock) = retries(Policy { attempts, ..USUAL });
            assert_eq!(self::attempts(&retries, Trouble::Failed), attempts);
            assert_eq!(clock.0.lock().unwrap().len(), attempts as usize - 1, "one wait between two attempts");
        }
    }

    #[test]
    fn waits_double_up_to_their_limit() {
        for (attempt, seconds) in [(0, 1), (1, 1), (2, 2), (3, 4), (5, 16), (6, 20), (u32::MAX, 20)] {
            assert_eq!(limit_after(attempt).as_secs(), seconds, "after {attempt}");
            let (retries, _) = retries(USUAL);
            for draw in [draw, || 0, || u64::MAX, || 20_000, || 20_001] {
                assert!(Retries { draw, ..retries.clone() }.wait_after(attempt) <= limit_after(attempt));
            }
        }
    }

    #[test]
    fn all_calls_share_the_budget() {
        // 20 tokens are four retries, or two after timeouts.
        for (trouble, retries_paid) in [(Trouble::Failed, 4), (Trouble::TimedOut, 2)] {
            let (retries, clock) = retries(Policy { budget: 20, ..USUAL });
            let other = retries.clone();
            for _ in 0..10 {
                attempts(&retries, trouble);
                attempts(&other, trouble);
            }
            assert_eq!(clock.0.lock().unwrap().len(), retries_paid, "{trouble:?}");
        }
    }

    #[test]
    fn successes_pay_back_and_never_more() {
        let (retries, _) = retries(Policy { attempts: 2, budget: 5, ..USUAL });
        assert_eq!(attempts(&retries, Trouble::Failed), 2);
        (0..4).for_each(|_| retries.succeeded());
        assert_eq!(attempts(&retries, Trouble::Failed), 1, "four are not five");
        (0..100).for_each(|_| retries.succeeded());
        assert_eq!(attempts(&retries, Trouble::Failed), 2);
        assert_eq!(attempts(&retries, Trouble::Failed), 1, "it never held more than five");
    }

    #[test]
    fn nobody_waits_longer_than_the_deadline_in_all() {
        let (retries, clock) = retries(Policy { attempts: 100, deadline: Duration::from_secs(30), ..USUAL });
        let retries = Retries { draw: || 20_000, ..retries };
        attempts(&retries, Trouble::Failed);
        attempts(&retries, Trouble::Failed);
        assert!(clock.monotonic() <= Duration::from_secs(30), "{:?}", clock.monotonic());
    }

    #[test]
    fn a_stop_ends_it() {
        let (retries, clock) = retries(USUAL);
        retries.stop.request("SIGTERM");
        assert_eq!(attempts(&retries, Trouble::Failed), 1);
        assert!(clock.0.lock().unwrap().is_empty());
    }
}
