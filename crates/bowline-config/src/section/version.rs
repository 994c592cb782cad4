//! `[version]`: how versions move, and what flags ask for this time.

use crate::key::{Fallback, Key, Kind, Section, Words};
use crate::values::Values;
use bowline_model::Version;
use bowline_model::version::Level;
use serde::Serialize;

/// `[version]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionSettings {
    /// The first version of a package that has none.
    pub initial: Version,
    /// What changes mean before 1.0.0.
    pub before_one: BeforeOne,
}

/// `before_one = { breaking = "minor", feature = "patch" }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BeforeOne {
    /// What a breaking change asks for.
    pub breaking: Level,
    /// What a feature asks for.
    pub feature: Level,
}

/// What flags ask for this time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Request {
    /// `--version X`.
    pub version: Option<Version>,
    /// `--bump LEVEL`.
    pub bump: Option<Level>,
    /// `--pre ID`.
    pub pre: Option<String>,
}

impl VersionSettings {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self {
            initial: values.get("version.initial").unwrap_or(Version::new(0, 1, 0)),
            before_one: BeforeOne {
                breaking: values.get("version.before_one.breaking").unwrap_or(Level::Minor),
                feature: values.get("version.before_one.feature").unwrap_or(Level::Patch),
            },
        }
    }
}

pub(crate) const SECTION: Section = Section {
    name: "version",
    list: false,
    meaning: "How versions begin and move.",
    names: None,
    keys: &[
        Key {
            name: "version.initial",
            kind: Kind::Version,
            fallback: Fallback::Value("\"0.1.0\""),
            meaning: "The first version of a package that has none.",
            example: "\"1.0.0\"",
        },
        Key {
            name: "version.before_one.breaking",
            kind: Kind::Word(STEPS),
            fallback: Fallback::Value("\"minor\""),
            meaning: "What a breaking change asks for before 1.0.0.",
            example: "\"major\"",
        },
        Key {
            name: "version.before_one.feature",
            kind: Kind::Word(STEPS),
            fallback: Fallback::Value("\"patch\""),
            meaning: "What a feature asks for before 1.0.0.",
            example: "\"minor\"",
        },
    ],
};

const STEPS: Words = Words::all(&["major", "minor", "patch"]);
