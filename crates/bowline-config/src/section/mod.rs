//! The typed sections of `bowline.toml`, one file each, after defaults have been filled in.

pub mod artifacts;
pub mod build;
pub mod changelog;
pub mod commits;
pub mod forge;
pub mod notes;
pub mod package;
pub mod release;
pub mod version;

use bowline_model::plan::Identity;
use serde::Serialize;

/// The resolved configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Config {
    /// `[project]`.
    pub project: Project,
    /// `[release]`.
    pub release: release::Release,
    /// `[version]`.
    pub version: version::VersionSettings,
    /// `[commits]`.
    pub commits: commits::Commits,
    /// `[[package]]`; none when the package is found by itself.
    pub package: Option<package::Package>,
    /// `[[version_file]]`; empty when they are found by themselves.
    pub version_files: Vec<package::VersionFile>,
    /// `[changelog]`.
    pub changelog: changelog::Changelog,
    /// `[notes]`.
    pub notes: notes::Notes,
    /// `[build]`; none when there is no command.
    pub build: Option<build::Build>,
    /// `[artifacts]`.
    pub artifacts: artifacts::Artifacts,
    /// `[forge]`.
    pub forge: forge::Forge,
    /// What flags ask for this time: `--version`, `--bump`, `--pre`.
    pub request: version::Request,
}

/// `[project]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Project {
    /// The project's name; by default the manifest's or the repository's.
    pub name: Option<String>,
}

/// Who makes release commits and tags unless configured: not the machine's identity, so that every machine makes the
/// same objects.
pub fn default_committer() -> Identity {
    Identity { name: "Bowline".to_owned(), email: "bowline@users.noreply.invalid".to_owned() }
}
