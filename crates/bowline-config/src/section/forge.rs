//! `[forge]`: where releases live.

use crate::key::{Fallback, Key, Kind, Section, Words};
use crate::values::Values;
use bowline_model::plan::ForgeKind;
use serde::Serialize;

/// `[forge]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forge {
    /// What kind; by default from the remote's host.
    pub kind: Option<ForgeKind>,
    /// The folder of the local forge; by default below the user's data folder.
    pub path: Option<String>,
}

impl Forge {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self { kind: values.get("forge.kind"), path: values.get("forge.path") }
    }
}

pub(crate) const SECTION: Section = Section {
    name: "forge",
    list: false,
    meaning: "Where releases live.",
    names: None,
    keys: &[
        Key {
            name: "forge.kind",
            kind: Kind::Word(Words::all(&["github", "gitlab", "gitea", "local"])),
            fallback: Fallback::Words("by the remote's host; a path or an unknown host is `\"local\"`"),
            meaning: "What kind of forge.",
            example: "\"local\"",
        },
        Key {
            name: "forge.path",
            kind: Kind::Place,
            fallback: Fallback::Words("`$XDG_DATA_HOME/bowline/releases/<name>`"),
            meaning: "The folder of the local forge. It is this machine's matter and no part of the plan.",
            example: "\"/srv/releases\"",
        },
    ],
};
