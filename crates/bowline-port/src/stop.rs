//! The wish that a run pauses: a signal, told to everybody who is waiting for something.
//!
//! Whoever waits (for time, for a child) is woken; whoever works looks at [`Stop::is_requested`] between two calls.
//! Nothing is lost when nobody looks: a run that is killed instead converges all the same. So when waiting has no use any
//! more, [`Stop::leave`] lets everybody drop what would outlive the process, and the process ends in the middle of
//! whatever it does.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Shared by everybody in the process; clones are the same wish.
#[derive(Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Why, in words: `SIGINT`.
    requested: Option<String>,
    leaving: bool,
    next: u64,
    listeners: Vec<Listener>,
}

struct Listener {
    id: u64,
    to: News,
    tell: Box<dyn Fn() + Send>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    Requested,
    Leaving,
}

/// Somebody who is told; dropping it ends that.
pub struct Listening {
    stop: Stop,
    id: u64,
}

impl Stop {
    /// Wishes it, because of `why`. The first wish counts.
    pub fn request(&self, why: &str) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.requested.is_none() {
            state.requested = Some(why.to_owned());
            state.tell(News::Requested);
        }
        self.0.changed.notify_all();
    }

    /// Whether it was wished.
    pub fn is_requested(&self) -> bool {
        self.reason().is_some()
    }

    /// Why, when it was wished.
    pub fn reason(&self) -> Option<String> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).requested.clone()
    }

    /// Waits for `duration`, or until it is wished; says whether it was.
    pub fn wait(&self, duration: Duration) -> bool {
        let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.changed.wait_timeout_while(state, duration, |state| state.requested.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.requested.is_some()
    }

    /// Says that the process ends now. Whoever holds something that would outlive it has let go when this returns.
    pub fn leave(&self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut state.leaving, true) {
            state.tell(News::Leaving);
        }
    }

    /// Calls `tell` when it is wished, or at once when it was. `tell` must be short and must not call back here.
    #[must_use]
    pub fn listen(&self, tell: impl Fn() + Send + 'static) -> Listening {
        self.listen_to(News::Requested, tell)
    }

    /// Calls `tell` when the process ends in the middle of things ([`Stop::leave`]), or at once when it is about to.
    /// `tell` must be short and must not call back here; once the [`Listening`] is dropped it is not running.
    #[must_use]
    pub fn listen_leaving(&self, tell: impl Fn() + Send + 'static) -> Listening {
        self.listen_to(News::Leaving, tell)
    }

    fn listen_to(&self, to: News, tell: impl Fn() + Send + 'static) -> Listening {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old_news = match to {
            News::Requested => state.requested.is_some(),
            News::Leaving => state.leaving,
        };
        if is_old_news {
            tell();
        }
        let id = state.next;
        state.next += 1;
        state.listeners.push(Listener { id, to, tell: Box::new(tell) });
        drop(state);
        Listening { stop: self.clone(), id }
    }
}

impl State {
    fn tell(&self, news: News) {
        self.listeners.iter().filter(|listener| listener.to == news).for_each(|listener| (listener.tell)());
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut state = self.stop.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.listeners.retain(|listener| listener.id != self.id);
    }
}

impl std::fmt::Debug for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Stop").field(&self.reason()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn whoever_waits_is_woken() {
        let stop = Stop::default();
        assert!(!stop.wait(Duration::from_millis(1)), "nobody wished it");
        let told = Arc::new(AtomicU32::new(0));
        let count = || {
            let told = told.clone();
            move || {
                told.fetch_add(1, Ordering::SeqCst);
            }
        };
        let _kept = stop.listen(count());
        drop(stop.listen(count()));
        let other = stop.clone();
        let waiting = std::thread::spawn(move || other.wait(Duration::from_secs(60)));
        stop.request("SIGINT");
        stop.request("SIGTERM");
        assert!(waiting.join().unwrap());
        assert_eq!(told.load(Ordering::SeqCst), 1, "told once, and only who still listens");
        let _late = stop.listen(count());
        assert_eq!(told.load(Ordering::SeqCst), 2, "who comes late is told at once");
        assert_eq!(stop.reason().as_deref(), Some("SIGINT"));
    }

    #[test]
    fn leaving_is_news_of_its_own() {
        let stop = Stop::default();
        let told = Arc::new(AtomicU32::new(0));
        let count = || {
            let told = told.clone();
            move || {
                told.fetch_add(1, Ordering::SeqCst);
            }
        };
        let _kept = stop.listen_leaving(count());
        drop(stop.listen_leaving(count()));
        stop.request("SIGINT");
        assert_eq!(told.load(Ordering::SeqCst), 0, "a wish leaves time");
        stop.leave();
        stop.leave();
        assert_eq!(told.load(Ordering::SeqCst), 1, "told once, and only who still listens");
        let _late = stop.listen_leaving(count());
        assert_eq!(told.load(Ordering::SeqCst), 2, "who comes late is told at once");
    }
}
