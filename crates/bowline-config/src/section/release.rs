//! `[release]`: who, from where, and under which names.

use bowline_model::plan::Identity;
use serde::Serialize;

/// `[release]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Release {
    /// `committer = { name, email }`.
    pub committer: Identity,
    /// Branches that may release, as globs; empty means any.
    pub branches: Vec<String>,
    /// Tag template; by default the form in use.
    pub tag: Option<String>,
    /// The release commit's message: `{version}`, `{tag}` and `{package}` are filled in.
    pub commit_message: String,
    /// The tag's message: the same places.
    pub tag_message: String,
}
