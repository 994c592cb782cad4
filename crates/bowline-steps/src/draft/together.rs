//! Doing several things of one kind at once, while the lock is kept.

use bowline_model::Failure;
use bowline_model::failure::Certainty;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::time::Duration;

/// Does `act` to all `jobs`, at most `at_once` at a time and in their order, and asks `may_go_on` on this thread before each
/// and every second. One at a time is done on this thread, and asked about in between only. Once anything fails nothing more is begun, and what is running comes to its end. The failure of the
/// first job in order is the one that is reported, the others are its causes.
pub(super) fn all<J: Sync>(
    jobs: &[J],
    at_once: usize,
    act: &(dyn Fn(&J) -> Result<(), Failure> + Sync),
    may_go_on: &dyn Fn() -> Result<(), Failure>,
) -> Result<(), Failure> {
    if at_once <= 1 {
        return jobs.iter().try_for_each(|job| may_go_on().and_then(|()| act(job)));
    }
    let mut failures = std::thread::scope(|scope| {
        let (done, came) = mpsc::channel();
        let (mut next, mut running, mut failures) = (jobs.iter().enumerate(), 0, Vec::new());
        loop {
            while running < at_once && failures.is_empty() {
                let Some((number, job)) = next.next() else { break };
                if let Err(failure) = may_go_on() {
                    failures.push((number, failure));
                    break;
                }
                let done = done.clone();
                // A panic is handed over as well: whoever waits must not wait for ever.
                scope.spawn(move || done.send((number, catch_unwind(AssertUnwindSafe(|| act(job))))));
                running += 1;
            }
            if running == 0 {
                break failures;
            }
            match came.recv_timeout(BEAT) {
                Ok((number, result)) => {
                    running -= 1;
                    let result = result.unwrap_or_else(|panic| resume_unwind(panic));
                    failures.extend(result.err().map(|failure| (number, failure)));
                }
                Err(_) if failures.is_empty() => {
                    failures.extend(may_go_on().err().map(|failure| (jobs.len(), failure)));
                }
                Err(_) => {}
            }
        }
    });
    failures.sort_by_key(|(number, _)| *number);
    let first = failures.into_iter().map(|(_, failure)| failure).reduce(joined);
    first.map_or(Ok(()), Err)
}

/// `first`, with `other` as one more cause. What became of one of them is not known when it is not known of either.
fn joined(mut first: Failure, other: Failure) -> Failure {
    first.causes.push(other.message);
    first.causes.extend(other.causes);
    if other.certainty == Certainty::Unknown { first.unknown() } else { first }
}

const BEAT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::FailureKind;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Condvar, Mutex, MutexGuard};

    const AT_ONCE: usize = 4;

    fn failure(message: &str) -> Failure {
        Failure::new(FailureKind::Failed, "x", message)
    }

    /// A room that nobody leaves before so many are in it, or a while has passed.
    struct Room {
        inside: Mutex<usize>,
        bell: Condvar,
        wanted: usize,
    }

    impl Room {
        fn of(wanted: usize) -> Self {
            Self { inside: Mutex::new(0), bell: Condvar::new(), wanted }
        }

        fn knock(&self) -> MutexGuard<'_, usize> {
            let mut inside = self.inside.lock().unwrap();
            *inside += 1;
            self.bell.notify_all();
            inside
        }

        /// Whether so many were in it at once.
        fn visit(&self) -> bool {
            let inside = self.knock();
            let wait = Duration::from_secs(20);
            let (inside, _) = self.bell.wait_timeout_while(inside, wait, |inside| *inside < self.wanted).unwrap();
            *inside >= self.wanted
        }
    }

    #[test]
    fn so_many_are_done_at_once_and_no_more() {
        let (now, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let room = Room::of(AT_ONCE);
        let act = |_: &usize| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            assert!(room.visit(), "they do not wait for each other");
            now.fetch_sub(1, Ordering::SeqCst);
            done.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        all(&[0; 23], AT_ONCE, &act, &|| Ok(())).unwrap();
        assert_eq!((most.load(Ordering::SeqCst), done.load(Ordering::SeqCst)), (AT_ONCE, 23));
        all(&[], AT_ONCE, &act, &|| panic!("there is nothing to do")).unwrap();
    }

    #[test]
    fn the_first_failure_is_told_and_nothing_more_is_begun() {
        let begun = AtomicUsize::new(0);
        let room = Room::of(3);
        let act = |job: &usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            assert!(*job > 2 || room.visit(), "they are under way together");
            match job {
                1 => Err(failure("second")),
                2 => Err(failure("third").unknown()),
                _ => Ok(()),
            }
        };
        let jobs: Vec<usize> = (0..100).collect();
        let told = all(&jobs, AT_ONCE, &act, &|| Ok(())).unwrap_err();
        assert_eq!((told.message.as_str(), told.causes.as_slice()), ("second", ["third".to_owned()].as_slice()));
        assert_eq!(told.certainty, Certainty::Unknown, "of one nothing is known");
        assert!(begun.into_inner() < 100, "it went on");
    }

    #[test]
    fn it_is_asked_before_each_and_while_they_last() {
        let asked = AtomicUsize::new(0);
        let ask = || match asked.fetch_add(1, Ordering::SeqCst) {
            0..3 => Ok(()),
            _ => Err(failure("the lock is lost")),
        };
        let begun = AtomicUsize::new(0);
        let act = |_: &usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        assert_eq!(all(&[0; 10], AT_ONCE, &act, &ask).unwrap_err().message, "the lock is lost");
        assert_eq!(begun.into_inner(), 3);
        // One that takes long is asked about while it does: before it, and twice more.
        let room = Room::of(3 + 1);
        let long = |_: &usize| {
            assert!(room.visit(), "nobody asks");
            Ok(())
        };
        let always = || {
            drop(room.knock());
            Ok(())
        };
        all(&[0], AT_ONCE, &long, &always).unwrap();
    }

    #[test]
    fn one_at_a_time_needs_no_other_thread() {
        let here = std::thread::current().id();
        let act = |job: &usize| {
            assert_eq!(std::thread::current().id(), here);
            if *job == 2 { Err(failure("second")) } else { Ok(()) }
        };
        assert_eq!(all(&[1, 2, 3], 1, &act, &|| Ok(())).unwrap_err().message, "second");
        all(&[1, 3], 1, &act, &|| Ok(())).unwrap();
    }

    #[test]
    #[should_panic(expected = "a bug")]
    fn a_panic_is_not_waited_for() {
        let _ = all(&[0; 10], AT_ONCE, &|_| panic!("a bug"), &|| Ok(()));
    }
}
