//! What `bowline plan --snapshot --json` prints.

use bowline_model::{Oid, Timestamp, Version};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A version for a build that is no release.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SnapshotDocument {
    /// Always `bowline/snapshot/v1`.
    pub schema: String,
    /// The version.
    pub version: Version,
    /// The same as others write it; left out where they cannot.
    pub spellings: Spellings,
    /// The final version that it leads to.
    pub next: Version,
    /// The version before; null where nothing was released.
    pub current: Option<Version>,
    /// The commit.
    pub head: Oid,
    /// Its committer time.
    pub time: Timestamp,
    /// How many commits there are since the current version.
    pub commits: usize,
    /// Whether uncommitted configuration went into it.
    pub provisional: bool,
}

/// A version in the spellings of other ecosystems.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Spellings {
    /// Python's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pep440: Option<String>,
    /// Maven's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maven: Option<String>,
    /// Debian's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debian: Option<String>,
}

/// The `schema` value of the document.
pub const SCHEMA: &str = "bowline/snapshot/v1";

/// Whether `bytes` are such a document.
pub fn is_document(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Any {
        schema: String,
    }
    serde_json::from_slice::<Any>(bytes).is_ok_and(|any| any.schema == SCHEMA)
}
