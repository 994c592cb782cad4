//! What outlives a machine: locks, run records, plans.
//!
//! Values are changed only by compare and swap: a change names the version that it was made from, and the store
//! refuses it when another one is there. Whoever loses is told so and has changed nothing. Keys are `/`-separated
//! names of letters, digits and `.-_`, so that a file, a reference of git and an object of a bucket can all be called
//! so.
//!
//! A change that was sent and not answered is [`StateError::Unknown`], never a failure; [`settled::Settled`] turns it
//! into an answer by looking. Every store passes [`conformance`].

pub mod conformance;
pub mod faulty;
pub mod memory;
pub mod recent;
pub mod settled;

use crate::git::RefUpdate;
pub use crate::local::check_key;
use std::fmt;

/// Keeps values under names, for every machine that may ask.
pub trait StateStore: Send + Sync {
    /// Where it is, in words that are safe to show: `refs/bowline/ of origin`, `s3://bucket/prefix`.
    fn place(&self) -> String;
    /// The value of `key`, when there is one.
    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError>;
    /// All values whose keys begin with `prefix`, sorted by key.
    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError>;
    /// Makes `changes` in their order and returns the new versions (none for a removal). A store that can makes all of
    /// them or none ([`StateStore::is_atomic`]); another one stops at the first that cannot be made, and those before
    /// it stay.
    ///
    /// # Errors
    ///
    /// [`StateError::Conflict`] when a value is at another version than its change expects.
    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError>;
    /// Whether several changes are made together or not at all.
    fn is_atomic(&self) -> bool;
    /// The same change as an update of a reference, when a push to `remote` can carry it: then the remote itself refuses
    /// a push whose lock was taken over. Returns the update and the version that the value has after the push.
    fn ride(&self, _remote: &str, _change: &Change) -> Result<Option<(RefUpdate, Version)>, StateError> {
        Ok(None)
    }
}

/// A value and its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// What changes name.
    pub version: Version,
    /// The value.
    pub value: Vec<u8>,
}

/// Which value it is; equal versions of a key mean equal values.
#[derive(Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// As the store calls it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As the store calls it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One value to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub key: String,
    /// The version it must have now; none: it must not exist.
    pub expected: Option<Version>,
    /// What it becomes; none: it is removed.
    pub value: Option<Vec<u8>>,
}

impl Change {
    /// Creates `key`, which must not exist.
    pub fn create(key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), expected: None, value: Some(value.into()) }
    }

    /// Puts `value` in the place of the version `from`; creates it when that is none.
    pub fn update(key: impl Into<String>, from: Option<Version>, value: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), expected: from, value: Some(value.into()) }
    }

    /// Removes the version `from`.
    pub fn remove(key: impl Into<String>, from: Version) -> Self {
        Self { key: key.into(), expected: Some(from), value: None }
    }
}

/// Why state could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A key outside the grammar: a bug, or a name from outside that was not checked.
    #[error("`{0}` is not a key of state")]
    Key(String),
    /// The value is at another version than the change expects. Nothing of that change was made.
    #[error("`{key}` at {place} was changed by somebody else")]
    Conflict {
        /// Whose value.
        key: String,
        /// Where.
        place: String,
    },
    /// The store says no: no right, a rule, a kind of change that it does not take. Nothing was changed.
    #[error("{place} does not take state: {reason}")]
    Refused {
        /// Where.
        place: String,
        /// Its own words, safe to show.
        reason: String,
    },
    /// It failed before anything was changed (name, connection, login, disk).
    #[error("cannot {action} state at {place}")]
    Failed {
        /// `read`, `write`, …
        action: &'static str,
        /// Where.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody else has put something where values are. Nothing was changed: whether it may go is for a person to say.
    #[error("{reference} of {remote} is {what}, which Bowline did not write")]
    Foreign {
        /// Full name.
        reference: String,
        /// The remote it is in.
        remote: String,
        /// In words.
        what: String,
    },
    /// The change was sent and not answered.
    #[error("{place} did not answer: {message}")]
    Unknown {
        /// Where.
        place: String,
        /// What was seen, safe to show.
        message: String,
    },
    /// A value is not what was written: the store lost or altered it.
    #[error("`{key}` at {place} is not what was written there a moment ago")]
    Lies {
        /// Whose value.
        key: String,
        /// Where.
        place: String,
    },
}

impl From<crate::local::LocalError> for StateError {
    fn from(error: crate::local::LocalError) -> Self {
        match error {
            crate::local::LocalError::Key(key) => Self::Key(key),
            crate::local::LocalError::Io { action, place, source } => {
                Self::Failed { action, place, source: Box::new(source) }
            }
        }
    }
}
