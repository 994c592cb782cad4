//! Crashing on purpose.
//!
//! `BOWLINE_CRASH_AT=NAME` makes the process kill itself with SIGKILL when the named boundary is reached for the
//! first time (`NAME#N`: for the Nth time). Nothing is cleaned up, nothing is flushed: it is what a power cut or an
//! evicted runner does. The demo uses it, the crash campaign uses it at every boundary, and so can anybody who wants
//! to see a resume before depending on one. `BOWLINE_CRASH_LIST=FILE` writes the names of all boundaries passed.
//!
//! Boundaries are `step-started:ID`, `intent:ID`, `effect:ID`, `finished:ID`, `DOOR.CALL:before` or `:after` for
//! every call that changes something, and `PLACE.CALL:MOMENT` for every moment of a durable write, such as
//! `journal.append:written`.

use bowline_model::event::{Event, EventSink, Phase};
use bowline_port::environment::Environment;
use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Kills the process at a boundary, when asked to.
pub struct CrashSwitch {
    at: Option<(String, u64)>,
    seen: AtomicU64,
    list: Option<Mutex<File>>,
}

impl CrashSwitch {
    /// Reads what is asked for.
    pub fn new(environment: &Environment) -> Self {
        let at = environment.get("BOWLINE_CRASH_AT").map(|text| match text.rsplit_once('#') {
            Some((name, number)) => (name.to_owned(), number.parse().unwrap_or(1)),
            None => (text.to_owned(), 1),
        });
        let open = |path| File::options().create(true).append(true).open(path).ok();
        let list = environment.get("BOWLINE_CRASH_LIST").and_then(open).map(Mutex::new);
        Self { at, seen: AtomicU64::new(0), list }
    }
}

impl EventSink for CrashSwitch {
    fn event(&self, event: &Event) {
        let Some(name) = boundary(event) else { return };
        if let Some(list) = &self.list {
            let mut file = list.lock().unwrap_or_else(PoisonError::into_inner);
            // A rehearsal's list is a help, not a promise.
            let _ = writeln!(file, "{name}");
        }
        if let Some((wanted, number)) = &self.at
            && *wanted == name
            && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == *number
        {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}

fn boundary(event: &Event) -> Option<String> {
    Some(match event {
        Event::StepStarted { step, .. } => format!("step-started:{step}"),
        Event::IntentRecorded { step } => format!("intent:{step}"),
        Event::EffectReturned { step } => format!("effect:{step}"),
        Event::StepFinished { step, .. } => format!("finished:{step}"),
        Event::Door { door, call, phase, .. } => {
            let phase = if *phase == Phase::Before { "before" } else { "after" };
            format!("{door}.{call}:{phase}")
        }
        Event::Store { place, call, moment, .. } => format!("{place}.{call}:{}", moment.as_str()),
        Event::RunStarted { .. } | Event::UnwindStarted { .. } | Event::Warning { .. } | Event::RunFinished { .. } => {
            return None;
        }
    })
}
