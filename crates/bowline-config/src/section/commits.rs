//! `[commits]`: what commit types mean.

use bowline_model::version::Level;
use serde::Serialize;
use std::collections::BTreeMap;

/// `[commits]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commits {
    /// Every type with its meaning, defaults and configured ones together, lowercase.
    pub types: BTreeMap<String, CommitType>,
}

/// `types.<name> = { bump, section, hidden }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommitType {
    /// What it asks for.
    pub bump: Level,
    /// The heading it stands under in changelog and notes.
    pub section: String,
    /// Whether changelog and notes leave it out (a breaking change is never left out).
    pub hidden: bool,
}
