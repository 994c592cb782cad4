//! Change files: what stood in the head commit, unread.

use super::FileContent;
use crate::git::{Oid, TagName};

/// One change file of the head commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeFileFact {
    /// Path from the repository's root, with `/`.
    pub path: String,
    /// What is there.
    pub content: FileContent,
    /// Whether the current version is a pre-release whose tag holds the same file.
    pub contained: bool,
    /// The newest final version before, when its tag holds the same file: that version has told what the file says.
    pub spent: Option<TagName>,
    /// The unreleased commit that added it; none when it is older, or when there are too many commits to look at.
    pub added: Option<Oid>,
}
