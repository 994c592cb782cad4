//! `[build]`: the command that makes the artifacts.

use bowline_model::plan::BuildPlace;
use serde::Serialize;
use std::collections::BTreeMap;

/// `[build]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Build {
    /// Program and arguments; no shell.
    pub command: Vec<String>,
    /// `in = "checkout"` or `"clone"`.
    #[serde(rename = "in")]
    pub place: BuildPlace,
    /// Extra variables.
    pub env: BTreeMap<String, String>,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
}
