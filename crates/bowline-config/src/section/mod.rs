//! The typed sections of `bowline.toml`, one file each, after defaults have been filled in.
//!
//! A section's file holds its type, its keys (name, kind, default, meaning, example) and how it is read. A new
//! section is one file, one line in [`Config`], one in its reading and one in the table below.

pub mod artifacts;
pub mod build;
pub mod changelog;
pub mod channel;
pub mod commits;
pub mod dialect;
pub mod follow_up;
pub mod forge;
pub mod gate;
pub mod notes;
pub mod package;
pub mod project;
pub mod release;
pub mod retry;
pub mod state;
pub mod style;
pub mod tools;
pub mod version;

pub use project::Project;
pub use release::default_committer;

use crate::key::Table;
use crate::values::Values;
use bowline_model::{Digest, canonical};
use serde::Serialize;
use serde_json::Value;

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
    /// `[channel]`; left out where none is configured, so that older plans keep their digest.
    #[serde(skip_serializing_if = "channel::Channels::is_empty")]
    pub channel: channel::Channels,
    /// `[[package]]`; none when the package is found by itself.
    pub package: Option<package::Package>,
    /// `[[version_file]]`; empty when they are found by themselves.
    #[serde(rename = "version_file")]
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
    /// `[gate]`; left out where nothing is set, so that older plans keep their digest.
    #[serde(skip_serializing_if = "gate::Gate::is_empty")]
    pub gate: gate::Gate,
    /// `[follow_up]`; the same.
    #[serde(skip_serializing_if = "follow_up::FollowUp::is_empty")]
    pub follow_up: follow_up::FollowUp,
    /// `[retry]`.
    pub retry: retry::Retry,
    /// `[state]`.
    pub state: state::State,
    /// `[tools]`.
    pub tools: tools::Tools,
    /// What flags ask for this time: `--version`, `--bump`, `--pre`.
    pub request: version::Request,
    /// The program that said all this, and what it gave. What it means stands above, so it is no part of the digest.
    #[serde(skip)]
    pub evaluated: Option<Evaluated>,
}

/// What a configuration that is a program gave when it was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluated {
    /// The file, from the root.
    pub file: String,
    /// What it gave, as JSON with sorted keys.
    pub json: String,
}

impl Config {
    /// Reads every section; findings stay with `values`.
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        let config = Self {
            project: Project::read(values),
            release: release::Release::read(values),
            version: version::VersionSettings::read(values),
            commits: commits::Commits::read(values),
            channel: channel::Channels::read(values),
            package: package::Package::read(values),
            version_files: package::VersionFile::read(values),
            changelog: changelog::Changelog::read(values),
            notes: notes::Notes::read(values),
            build: build::Build::read(values),
            artifacts: artifacts::Artifacts::read(values),
            forge: forge::Forge::read(values),
            gate: gate::Gate::read(values),
            follow_up: follow_up::FollowUp::read(values),
            retry: retry::Retry::read(values),
            state: state::State::read(values),
            tools: tools::Tools::read(values),
            request: version::Request::default(),
            evaluated: None,
        };
        config.changelog.check_sections(&config.commits, values);
        config.notes.audiences.check_types(&config.commits, values);
        config
    }

    /// The environment of the forge that must have rules when `channel` releases, and which: its own goes before that of all
    /// channels. None where neither asks for one.
    pub fn environment_of(&self, channel: &str) -> Option<gate::Environment> {
        let own = self.channel.0.get(channel).and_then(|channel| channel.environment.clone());
        match (own, &self.gate.environment) {
            (None, general) => general.clone(),
            (Some(name), Some(general)) => Some(gate::Environment { name, rules: general.rules.clone() }),
            (Some(name), None) => Some(gate::Environment { name, rules: Vec::new() }),
        }
    }

    /// The digest of everything a plan depends on, flags included: how a file is written does not matter, and
    /// neither does what concerns only this machine.
    pub fn digest(&self) -> Digest {
        // Plain data always has a JSON form; the debug form keeps the function total and tells values apart as well.
        let bytes = self.plan_relevant().and_then(|value| canonical::to_vec(&value).ok());
        Digest::of(&bytes.unwrap_or_else(|| format!("{self:?}").into_bytes()))
    }

    fn plan_relevant(&self) -> Option<Value> {
        let mut value = serde_json::to_value(self).ok()?;
        let sections = value.as_object_mut()?;
        sections.remove("state")?;
        sections.remove("tools")?;
        sections.remove("retry")?;
        // Keys that came later say nothing where they are not set, so that older plans keep their digest.
        let release = sections.get_mut("release")?.as_object_mut()?;
        release.retain(|name, value| name != "floating_tags" || !value.is_null());
        // What no release has says nothing about one.
        let version = sections.get_mut("version")?.as_object_mut()?;
        version.remove("snapshot")?;
        version.retain(|name, value| name != "raise_initial" || *value == Value::Bool(true));
        for file in sections.get_mut("version_file")?.as_array_mut()? {
            file.as_object_mut()?.retain(|name, value| name != "role" || value != "both");
        }
        let forge = sections.get_mut("forge")?.as_object_mut()?;
        forge.remove("path")?;
        forge.retain(|name, value| name == "kind" || !value.is_null());
        if self.release.push.is_git() {
            sections.get_mut("release")?.as_object_mut()?.remove("push")?;
        }
        let assumed = serde_json::to_value(Self::default()).ok()?;
        let old = |section: &str, name: &str| match section {
            "commits" => name == "types",
            "changelog" => !matches!(name, "style" | "sections"),
            _ => !matches!(name, "audience" | "contributors" | "header" | "upgrade"),
        };
        for section in ["commits", "changelog", "notes"] {
            let assumed = assumed.get(section)?;
            let values = sections.get_mut(section)?.as_object_mut()?;
            values.retain(|name, value| old(section, name) || Some(&*value) != assumed.get(name));
        }
        Some(value)
    }
}

impl Default for Config {
    /// What holds without file and flags.
    fn default() -> Self {
        Self::read(&mut Values::default())
    }
}

/// Every section in the order of the reference.
pub(crate) static TABLE: Table = Table(&[
    &project::SECTION,
    &release::SECTION,
    &version::SECTION,
    &commits::SECTION,
    &commits::rule::SECTION,
    &channel::SECTION,
    &package::PACKAGE,
    &package::VERSION_FILE,
    &changelog::SECTION,
    &notes::SECTION,
    &build::SECTION,
    &artifacts::SECTION,
    &forge::SECTION,
    &gate::SECTION,
    &follow_up::SECTION,
    &retry::SECTION,
    &state::SECTION,
    &tools::SECTION,
]);
