//! Files of the checkout and of artifacts.
//!
//! All paths are resolved beneath a root without following links, and only ordinary files are read: a symbolic link,
//! a device, a FIFO or a file with a second hard link never ships by accident.

pub mod plain;

use bowline_model::release::Artifact;
use std::io::{Read, Write};
use std::path::Path;

/// A file that a pattern matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Index of the pattern in the list given.
    pub pattern: usize,
    /// Path from the root, with `/`.
    pub path: String,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A pattern is not a glob.
    #[error("`{pattern}` is not a pattern for files: {reason}")]
    Pattern {
        /// As configured.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// Not an ordinary file.
    #[error("{path} is {what}, and only ordinary files can be released")]
    NotAFile {
        /// The path from the root.
        path: String,
        /// `a symbolic link`, `a FIFO`, …
        what: &'static str,
    },
    /// The path leads out of the root.
    #[error("{path} lies outside the repository")]
    Outside {
        /// As given.
        path: String,
    },
    /// The bytes changed while they were read.
    #[error("{path} changed while it was read")]
    Changed {
        /// The path from the root.
        path: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}")]
    Io {
        /// `read`, `write`, …
        action: &'static str,
        /// The path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// What gives the bytes of a file, piece by piece.
pub type Fill<'f> = &'f mut dyn FnMut(&mut dyn Write) -> std::io::Result<()>;

/// Looks at and changes files.
pub trait Files: Send + Sync {
    /// Every file below `root` that a pattern matches, sorted by path, each once (under its first pattern). A match
    /// that is not an ordinary file is an error, not an omission. `.git` is never entered.
    fn find(&self, root: &Path, patterns: &[String]) -> Result<Vec<Found>, FilesError>;

    /// Opens `path` beneath `root` once, copies its bytes into `store` under their SHA-256 and returns what was
    /// copied under the name `name`. Bytes that are there already are kept.
    fn freeze(&self, root: &Path, path: &str, name: &str, store: &Path) -> Result<Artifact, FilesError>;

    /// Puts `bytes` into `store` as an artifact called `name`.
    fn freeze_bytes(&self, bytes: &[u8], name: &str, store: &Path) -> Result<Artifact, FilesError>;

    /// Puts what `fill` writes into `store` as an artifact called `name`; nothing when it fails. Whether the bytes could
    /// not be kept (`write`) or `fill` itself said no (`get`), is in the error's `action`.
    fn freeze_written(&self, name: &str, store: &Path, fill: Fill<'_>) -> Result<Artifact, FilesError>;

    /// Whether `store` holds the bytes of `artifact` in full and unharmed; reads them all.
    fn holds_frozen(&self, artifact: &Artifact, store: &Path) -> Result<bool, FilesError>;

    /// The frozen bytes of `artifact`, when `store` has as many. Nothing is read for that: whoever reads them compares
    /// them with the artifact's digest.
    fn open_frozen(&self, artifact: &Artifact, store: &Path) -> Result<Option<Box<dyn Read + Send>>, FilesError>;

    /// The bytes of an ordinary file beneath `root`; none when nothing is there.
    fn read(&self, root: &Path, path: &str) -> Result<Option<Vec<u8>>, FilesError>;

    /// Replaces the file at `path` beneath `root` by temporary file and rename, keeping its permissions. Creates it
    /// (and its folder) when it is not there.
    fn write(&self, root: &Path, path: &str, bytes: &[u8]) -> Result<(), FilesError>;

    /// Removes the file at `path` beneath `root`; nothing there is fine.
    fn remove(&self, root: &Path, path: &str) -> Result<(), FilesError>;

    /// Makes a private empty folder for this run's build at `path`, removing an earlier one.
    fn fresh_dir(&self, path: &Path) -> Result<(), FilesError>;

    /// Removes a private folder with everything in it; nothing there is fine.
    fn remove_dir(&self, path: &Path) -> Result<(), FilesError>;
}
