//! `[project]`: what the whole is called.

use crate::key::{Fallback, Key, Kind, Section};
use crate::values::Values;
use serde::Serialize;

/// `[project]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Project {
    /// The project's name; by default the manifest's or the repository's.
    pub name: Option<String>,
}

impl Project {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self { name: values.get("project.name") }
    }
}

pub(crate) const SECTION: Section = Section {
    name: "project",
    list: false,
    meaning: "What the project is called.",
    names: None,
    keys: &[Key {
        name: "project.name",
        kind: Kind::Name,
        fallback: Fallback::Words("the name in the manifest, else the repository's"),
        meaning: "The project's name in titles and in the folder of the local forge.",
        example: "\"bowline\"",
    }],
};
