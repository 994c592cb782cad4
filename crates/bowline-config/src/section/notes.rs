//! `[notes]`: the text of the release.

use serde::Serialize;

/// `[notes]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Notes {
    /// Template (minijinja); none for the built-in one.
    pub template: Option<String>,
    /// Longest text in characters; none for the forge's own limit.
    pub max_chars: Option<u64>,
    /// Text put at the end.
    pub footer: Option<String>,
}
