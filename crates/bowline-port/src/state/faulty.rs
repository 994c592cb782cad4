//! A store between which and us something goes wrong.

use super::{Change, StateError, StateStore, Version, Versioned};
use crate::git::RefUpdate;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What goes wrong with changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The change is made, the answer is lost.
    ReplyLost,
    /// The request is lost; who asked cannot tell.
    RequestLost,
    /// The change is made, and a server that retried by itself says that it was overtaken.
    ConflictAfterChange,
    /// The first of the changes is made, and a server that retried by itself says that it was overtaken; the others are
    /// not tried. Only a store that makes one change after the other can answer so.
    ConflictAfterFirst,
    /// The change is acknowledged and not made.
    AcceptedAndLost,
    /// No right to write.
    Refused,
    /// No connection.
    Unreachable,
}

/// Passes everything on, and lets the first changes go wrong.
pub struct Faulty {
    inner: Arc<dyn StateStore>,
    fault: Fault,
    /// How many changes still go wrong.
    left: AtomicU64,
}

impl Faulty {
    /// Lets the next `times` changes of `inner` go wrong.
    pub fn new(inner: Arc<dyn StateStore>, fault: Fault, times: u64) -> Self {
        Self { inner, fault, left: AtomicU64::new(times) }
    }

    fn takes_effect(&self) -> bool {
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

impl StateStore for Faulty {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        self.inner.get(key)
    }

    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        self.inner.read(prefix)
    }

    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        if !self.takes_effect() {
            return self.inner.swap(changes);
        }
        let place = self.place();
        let unknown = |message: &str| StateError::Unknown { place: place.clone(), message: message.to_owned() };
        match self.fault {
            Fault::ReplyLost => {
                self.inner.swap(changes)?;
                Err(unknown("the connection was closed"))
            }
            Fault::RequestLost => Err(unknown("the connection was closed")),
            Fault::ConflictAfterChange => {
                self.inner.swap(changes)?;
                let key = changes.first().map(|change| change.key.clone()).unwrap_or_default();
                Err(StateError::Conflict { key, place })
            }
            Fault::ConflictAfterFirst => {
                self.inner.swap(changes.get(..1).unwrap_or_default())?;
                let key = changes.first().map(|change| change.key.clone()).unwrap_or_default();
                Err(StateError::Conflict { key, place })
            }
            Fault::AcceptedAndLost => Ok(vec![Some(Version::new("accepted")); changes.len()]),
            Fault::Refused => Err(StateError::Refused { place, reason: "403".to_owned() }),
            Fault::Unreachable => Err(StateError::Failed {
                action: "write",
                place,
                source: Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionRefused)),
            }),
        }
    }

    fn is_atomic(&self) -> bool {
        self.fault != Fault::ConflictAfterFirst && self.inner.is_atomic()
    }

    fn ride(&self, remote: &str, change: &Change) -> Result<Option<(RefUpdate, Version)>, StateError> {
        self.inner.ride(remote, change)
    }
}
