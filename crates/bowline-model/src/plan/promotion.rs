//! What a plan promotes: a published pre-release that becomes another version with the same files.

use crate::git::{Oid, TagName};
use crate::hash::Digest;
use crate::version::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The pre-release whose files are released once more, under another version and with no new commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Promotion {
    /// Its tag.
    pub tag: TagName,
    /// The version inside of its files: its own, or that of the pre-release which it promotes itself.
    pub version: Version,
    /// Its tag object.
    pub tag_object: Oid,
    /// The digest of the plan that it was made by.
    pub plan: Digest,
    /// SHA-256 of its `release.bowline.json`, which names every one of its files by digest.
    pub manifest: Digest,
}
