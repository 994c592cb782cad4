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

use bowline_model::event::{Event, EventSink, Moment, Phase};
use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind};
use bowline_port::environment::Environment;
use bowline_steps::registry;
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
    /// Reads what is asked for. A name of no boundary is refused: who misspelt it wants no release in earnest.
    pub fn new(environment: &Environment) -> Result<Self, Failure> {
        let at = environment.get(AT).map(|text| asked(text).ok_or_else(|| unknown(text))).transpose()?;
        let open = |path| File::options().create(true).append(true).open(path).ok();
        let list = environment.get("BOWLINE_CRASH_LIST").and_then(open).map(Mutex::new);
        Ok(Self { at, seen: AtomicU64::new(0), list })
    }
}

/// `NAME` or `NAME#N` of a boundary that there may be.
fn asked(text: &str) -> Option<(String, u64)> {
    let (name, number) = match text.rsplit_once('#') {
        Some((name, number)) => (name, number.parse().ok().filter(|number| *number > 0)?),
        None => (text, 1),
    };
    let (first, last) = name.split_once(':')?;
    let is_known = match first {
        "step-started" | "intent" | "effect" | "finished" => registry::all().find(last).is_some(),
        call => call.contains('.') && (last == "after" || MOMENTS.iter().any(|moment| moment.as_str() == last)),
    };
    is_known.then(|| (name.to_owned(), number))
}

fn unknown(text: &str) -> Failure {
    let message = format!("{AT} names no moment of a release: `{}`", one_line(text, 80));
    Failure::new(FailureKind::Usage, "unknown_boundary", message)
        .hint("`effect:push/refs` is one; BOWLINE_CRASH_LIST=FILE writes all that a release passes")
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

const AT: &str = "BOWLINE_CRASH_AT";
const MOMENTS: [Moment; 7] = [
    Moment::Before,
    Moment::Written,
    Moment::Synced,
    Moment::Named,
    Moment::Renamed,
    Moment::Removed,
    Moment::FolderSynced,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_boundaries_are_taken() {
        for (text, expected) in [
            ("effect:push/refs", Some(("effect:push/refs", 1))),
            ("forge.upload:after#3", Some(("forge.upload:after", 3))),
            ("journal.append:folder-synced", Some(("journal.append:folder-synced", 1))),
            ("after:push/refs", None),
            ("effect:push/ref", None),
            ("effect:push/refs#0", None),
            ("effect:push/refs#x", None),
            ("forge.upload:later", None),
            ("push/refs", None),
        ] {
            assert_eq!(asked(text), expected.map(|(name, number)| (name.to_owned(), number)), "{text}");
        }
    }
}
