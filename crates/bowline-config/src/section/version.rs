//! `[version]`: how versions move, and what flags ask for this time.

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
