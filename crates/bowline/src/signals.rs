//! SIGINT, SIGTERM and SIGHUP pause a run.
//!
//! The first one requests a [`Stop`]: whoever waits is woken, the child at work is ended, and the run says by itself how
//! far it got. Two seconds later the process must be gone, because that is what continuous integration systems and
//! people grant. So shortly before, and at a second signal, it ends in the middle of whatever it does: with exit code
//! 24, without children, with one line on standard error, and without a JSON document. That is always safe: a run that
//! is killed converges all the same.
//!
//! A signal that was ignored when the program began stays ignored, as `nohup` and shells without job control want it.
//! Only Linux tells without unsafe code which ones those are; elsewhere all three are heeded. Every other signal, and
//! every command that changes nothing, keeps what the system does by default.

use bowline_model::FailureKind;
use bowline_port::stop::Stop;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Says one line to people.
pub type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// Signals pause the run for as long as this lives. Afterwards they do nothing any more, so it is kept until the result
/// has been shown.
pub struct Guard(Handle);

/// Why signals cannot be heeded.
#[derive(Debug, thiserror::Error)]
#[error("the signals that pause a run cannot be listened to")]
pub struct SignalError(#[source] std::io::Error);

/// Begins to listen. `go_on` is the command that continues what was paused; `say` gets the line of a hard end.
pub fn install(stop: &Stop, go_on: &str, say: Say) -> Result<Guard, SignalError> {
    let heeded = SIGNALS.iter().map(|(signal, _)| *signal).filter(|signal| !is_ignored(*signal));
    let mut signals = Signals::new(heeded).map_err(SignalError)?;
    let guard = Guard(signals.handle());
    let (sender, receiver) = channel();
    thread::Builder::new()
        .spawn(move || {
            for signal in signals.forever() {
                let _ = sender.send(Arrived { signal, at: Instant::now() });
            }
        })
        .map_err(SignalError)?;
    let watch = Watch { receiver, stop: stop.clone(), go_on: go_on.to_owned(), say };
    thread::Builder::new().spawn(move || watch.until_the_end()).map_err(SignalError)?;
    Ok(guard)
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[derive(Clone, Copy)]
struct Arrived {
    signal: i32,
    at: Instant,
}

impl Arrived {
    /// Whether it is the very wish of `first` once more.
    fn echoes(self, first: Self) -> bool {
        self.signal == first.signal && self.at < first.at + ECHO
    }
}

struct Watch {
    receiver: Receiver<Arrived>,
    stop: Stop,
    go_on: String,
    say: Say,
}

impl Watch {
    /// Returns when the guard is gone: then the program has ended by itself, or is about to.
    fn until_the_end(self) {
        let Ok(first) = self.receiver.recv() else { return };
        let name = SIGNALS.iter().find(|(signal, _)| *signal == first.signal).map_or("a signal", |(_, name)| *name);
        self.stop.request(name);
        loop {
            match self.receiver.recv_timeout((first.at + PATIENCE).saturating_duration_since(Instant::now())) {
                Ok(next) if next.echoes(first) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(_) | Err(RecvTimeoutError::Timeout) => self.leave(name),
            }
        }
    }

    /// Ends the process here and now.
    #[expect(clippy::disallowed_methods, reason = "the place that the ban makes room for: two seconds are over")]
    fn leave(&self, name: &str) -> ! {
        let text = format!("paused by {name}; go on with: {}", self.go_on);
        let (sender, receiver) = channel();
        let say = self.say.clone();
        // Standard error may be a pipe that nobody reads any more, and somebody may be stuck while holding it.
        let saying = thread::Builder::new().spawn(move || {
            say(&text);
            let _ = sender.send(());
        });
        if saying.is_ok() {
            let _ = receiver.recv_timeout(LAST_WORDS);
        }
        // Last, so that no child can begin after it.
        self.stop.leave();
        // Not the way out of the standard library: that one waits for a thread which is on the same way.
        signal_hook::low_level::exit(FailureKind::Paused.exit_code(false).into())
    }
}

/// Whether the program was started with `signal` ignored.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    mask_holds(&status, signal)
}

/// The line `SigIgn:` of proc_pid_status(5) is a mask in hexadecimal; signal 1 is its lowest bit.
fn mask_holds(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    signal > 0 && mask.checked_shr(signal.unsigned_abs() - 1).is_some_and(|shifted| shifted & 1 == 1)
}

/// What pauses a run.
const SIGNALS: [(i32, &str); 3] = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")];
/// How long after the first signal the process may still be there. What remains of two seconds is for ending it.
const PATIENCE: Duration = Duration::from_millis(1600);
/// The same signal so soon is no second one: `timeout` signals its child and then the group, npm passes on what the
/// terminal has sent to both.
const ECHO: Duration = Duration::from_millis(20);
/// How long the last line may take.
const LAST_WORDS: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_no_second_signal() {
        let first = Arrived { signal: SIGTERM, at: Instant::now() };
        let next = |signal, after| Arrived { signal, at: first.at + Duration::from_millis(after) }.echoes(first);
        assert!(next(SIGTERM, 0) && next(SIGTERM, 19));
        assert!(!next(SIGTERM, 20), "a person does not press twice so fast");
        assert!(!next(SIGINT, 1), "another signal is another wish");
    }

    #[test]
    fn ignored_signals_are_known() {
        for (status, signal, expected) in [
            ("Name:\tbowline\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000000000\n", SIGHUP, false),
            ("SigIgn:\t0000000000000001\n", SIGHUP, true),
            ("SigIgn:\t0000000000000001\n", SIGINT, false),
            ("SigIgn:\t0000000000001006\nSigCgt:\t0000000000000000\n", SIGINT, true),
            ("SigIgn:\t0000000000004000\n", SIGTERM, true),
            ("SigIgn:\tnonsense\n", SIGHUP, false),
            ("", SIGHUP, false),
            ("SigIgn:\tffffffffffffffff\n", 0, false),
            ("SigIgn:\tffffffffffffffff\n", 65, false),
        ] {
            assert_eq!(mask_holds(status, signal), expected, "{signal} in {status:?}");
        }
    }
}
