//! `[artifacts]`: which files ship.

use serde::Serialize;

/// `[artifacts]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Artifacts {
    /// Globs from the repository's root; every one must match something.
    pub include: Vec<String>,
    /// At least this many files.
    pub min: u64,
    /// At most this many files.
    pub max: Option<u64>,
    /// No file larger than this many bytes.
    pub max_size: Option<u64>,
    /// Which checksum files are added: `sha256`, `sha512`.
    pub checksums: Vec<String>,
}
