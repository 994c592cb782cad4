//! What this machine remembers: journals, kept bytes, duties not yet done, and a copy of plans and run records.
//!
//! It is fast and private, and lost with the machine; what must outlive it is in [`crate::state`]. Keys are `/`-separated names of letters, digits and `.-_`. A value that was written is there after a crash; a
//! write that did not return may be there whole or not at all, never in part. Every implementation passes
//! [`conformance`].

pub mod conformance;
pub mod memory;

use std::path::PathBuf;

/// Keeps bytes under names, on this machine.
pub trait LocalStore: Send + Sync {
    /// The value, when there is one.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, LocalError>;
    /// Puts a value in place of whatever is there, durably.
    fn put(&self, key: &str, value: &[u8]) -> Result<(), LocalError>;
    /// Appends to a value (creating it), durably. A crash may leave a part of `bytes` at the end; the caller frames
    /// its records.
    fn append(&self, key: &str, bytes: &[u8]) -> Result<(), LocalError>;
    /// Cuts a value down to its first `length` bytes, durably.
    fn truncate(&self, key: &str, length: u64) -> Result<(), LocalError>;
    /// Keys below `prefix`, sorted.
    fn list(&self, prefix: &str) -> Result<Vec<String>, LocalError>;
    /// Removes a value; nothing there is fine.
    fn remove(&self, key: &str) -> Result<(), LocalError>;
    /// Takes the right to run in this store, until the value returned is dropped or the process dies; none when
    /// another process has it. Machines that do not share the store are not kept apart by it.
    fn lock(&self) -> Result<Option<Box<dyn Send>>, LocalError>;
    /// A private folder on this machine for large files such as frozen artifacts.
    fn scratch(&self) -> PathBuf;
}

/// Why it could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// A key outside the grammar: a bug, or a name from outside that was not checked.
    #[error("`{0}` is not a key of state")]
    Key(String),
    /// The store failed.
    #[error("cannot {action} state at {place}")]
    Io {
        /// `read`, `write`, …
        action: &'static str,
        /// Where.
        place: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Accepts `key` when it is in the grammar: what a file, a reference of git and an object of a bucket can all be called.
pub fn check_key(key: &str) -> Result<&str, LocalError> {
    let part_ok = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with(".lock")
            && !part.ends_with('.')
            && !part.contains("..")
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    if key.len() <= 200 && key.split('/').all(part_ok) {
        Ok(key)
    } else {
        Err(LocalError::Key(bowline_model::text::one_line(key, 80).into_owned()))
    }
}
