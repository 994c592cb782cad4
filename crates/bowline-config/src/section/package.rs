//! `[[package]]` and `[[version_file]]`: what is released and which files hold its version.

use serde::Serialize;

/// `[[package]]`. This version releases one package a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Its name; by default the manifest's.
    pub name: Option<String>,
    /// Its folder from the repository's root, `.` for the root.
    pub path: String,
}

/// `[[version_file]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionFile {
    /// Path from the repository's root.
    pub path: String,
    /// How the version is found inside.
    pub format: VersionFormat,
    /// The place inside, as a dotted path (`package.version`); none for the format's usual place.
    pub at: Option<String>,
}

/// How a version is found inside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionFormat {
    /// By the file's name and ending.
    Auto,
    /// JSON, `version` by default.
    Json,
    /// TOML, `package.version`, `workspace.package.version` or `project.version` by default.
    Toml,
    /// The whole file is the version.
    Plain,
}
