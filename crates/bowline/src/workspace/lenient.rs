//! Shared state for whoever only looks: a store that cannot be asked is said once, and counts as empty.
//!
//! A plan must be possible with no right to any store. A release uses the store itself, and stops where that stops.

use bowline_model::event::{Event, EventSink};
use bowline_port::git::RefUpdate;
use bowline_port::state::{Change, StateError, StateStore, Version, Versioned};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Reads what can be read.
pub(super) struct Lenient {
    inner: Arc<dyn StateStore>,
    events: Arc<dyn EventSink>,
    warned: Arc<AtomicBool>,
}

impl Lenient {
    /// Reads from `inner`, and tells `events` when that cannot be read, unless it was told before (`warned`).
    pub(super) fn new(inner: Arc<dyn StateStore>, events: Arc<dyn EventSink>, warned: Arc<AtomicBool>) -> Self {
        Self { inner, events, warned }
    }

    fn or_nothing<T: Default>(&self, found: Result<T, StateError>) -> Result<T, StateError> {
        match found {
            Err(
                error @ (StateError::Failed { .. }
                | StateError::Refused { .. }
                | StateError::Foreign { .. }
                | StateError::Unknown { .. }),
            ) => {
                // Once it did not answer it is not asked again: every question may take its whole time limit.
                if !self.warned.swap(true, Ordering::SeqCst) {
                    let why = error.source().map(|why| format!(": {why}")).unwrap_or_default();
                    let message = format!("shared state is not known from here: {error}{why}");
                    self.events.event(&Event::Warning { code: "state_unknown".to_owned(), message });
                }
                Ok(T::default())
            }
            other => other,
        }
    }

    fn is_silent(&self) -> bool {
        self.warned.load(Ordering::SeqCst)
    }
}

impl StateStore for Lenient {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        if self.is_silent() { Ok(None) } else { self.or_nothing(self.inner.get(key)) }
    }

    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        if self.is_silent() { Ok(Vec::new()) } else { self.or_nothing(self.inner.read(prefix)) }
    }

    fn swap(&self, _: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        Err(StateError::Refused { place: self.place(), reason: "it was opened to look".to_owned() })
    }

    fn is_atomic(&self) -> bool {
        self.inner.is_atomic()
    }

    fn ride(&self, _: &str, _: &Change) -> Result<Option<(RefUpdate, Version)>, StateError> {
        Ok(None)
    }
}
