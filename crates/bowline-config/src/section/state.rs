//! `[state]`: where runs are remembered. It is this machine's matter and no part of the plan.

use crate::key::{Fallback, Key, Kind, Section, Words};
use crate::values::Values;
use serde::{Deserialize, Serialize};

/// `[state]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// What keeps it.
    pub backend: StateBackend,
}

/// What keeps state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StateBackend {
    /// Whatever suits the place; files, in this version.
    #[default]
    Auto,
    /// Files in the user's state folder.
    File,
}

impl State {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self { backend: values.get("state.backend").unwrap_or_default() }
    }
}

pub(crate) const SECTION: Section = Section {
    name: "state",
    list: false,
    meaning: "Where runs are remembered.",
    names: None,
    keys: &[Key {
        name: "state.backend",
        kind: Kind::Word(Words { now: &["auto", "file"], later: &["git", "s3://", "gs://", "az://"] }),
        fallback: Fallback::Value("\"auto\""),
        meaning: "What keeps it: whatever suits the place (files, in this version), or files in the user's state folder.",
        example: "\"file\"",
    }],
};
