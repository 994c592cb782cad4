//! Reading and writing a version in a file.
//!
//! An [`Updater`] is chosen for an entry of `packageFiles` or `bumpFiles`, then reads and writes text: it never touches a file.
//! Those that are JavaScript are run by `node`. Which files git ignores, as far as the originals know, is told by
//! [`ignored`].

mod choose;
pub mod ignored;
mod indent;
mod json;
mod maven;
mod patterns;
mod script;
mod xml;
mod yaml;

use crate::javascript::Value;
use crate::options::{FileEntry, ScriptUpdater};
use crate::profile::Profile;
use crate::world::World;

/// Reads and writes the version in a text of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updater {
    kind: Kind,
    profile: Profile,
}

/// An updater, and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The updater.
    pub updater: Updater,
    /// A warning for standard error: the original has one although the updater is used.
    pub warning: Option<String>,
}

/// No updater fits an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The original's warning, for standard error.
    pub warning: String,
    /// The text that the original dies with: standard-version (4.7), made again only under `--compat exact`.
    pub crash: Option<String>,
}

impl Updater {
    /// The updater for `entry`.
    pub fn for_entry(entry: &FileEntry, profile: Profile, world: &World<'_>) -> Result<Chosen, Unsupported> {
        choose::choose(entry, profile, world)
    }

    /// The version in `contents`, as it is printed; a text without one has the version `undefined` in some kinds.
    ///
    /// The error is the text that the original prints; it goes on without the file.
    pub fn read_version(&self, contents: &str, world: &World<'_>) -> Result<Found, String> {
        self.kind.read(contents, self.profile, world)
    }

    /// `contents` with `version` in it. The error is the text that the original prints.
    pub fn write_version(&self, contents: &str, version: &str, world: &World<'_>) -> Result<String, String> {
        self.kind.write(contents, version, self.profile, world)
    }

    /// Whether the package in `contents` is not to be published.
    pub fn is_private(&self, contents: &str, world: &World<'_>) -> Result<bool, String> {
        self.kind.is_private(contents, world)
    }
}

/// What stands where a version is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// As JavaScript prints it: `undefined` when there is nothing.
    pub shown: String,
    /// The version, when there is text (or a number) that is not empty.
    pub version: Option<String>,
}

impl Found {
    /// What JavaScript finds there.
    fn of(value: Option<&Value>) -> Self {
        let shown = value.map_or_else(|| "undefined".to_owned(), Value::to_text);
        let version = value.filter(|value| value.is_truthy()).map(Value::to_text);
        Self { shown, version }
    }

    fn text(text: String) -> Self {
        Self::of(Some(&Value::Text(text)))
    }
}

/// The kinds of file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    PlainText,
    Maven,
    Gradle,
    Csproj,
    Yaml,
    OpenApi,
    Python,
    Script(ScriptUpdater),
}

impl Kind {
    fn read(&self, contents: &str, profile: Profile, world: &World<'_>) -> Result<Found, String> {
        match self {
            Self::Json => json::read(contents),
            Self::PlainText => Ok(Found::text(contents.to_owned())),
            Self::Maven => maven::read(contents, profile),
            Self::Gradle => patterns::read_gradle(contents),
            Self::Csproj => patterns::read_csproj(contents),
            Self::Yaml => yaml::read(contents, &["version"]),
            Self::OpenApi => yaml::read(contents, &["info", "version"]),
            Self::Python => Ok(patterns::read_python(contents)),
            Self::Script(script) => script::read(script, contents, world),
        }
    }

    fn write(&self, contents: &str, version: &str, profile: Profile, world: &World<'_>) -> Result<String, String> {
        match self {
            Self::Json => json::write(contents, version, profile),
            Self::PlainText => Ok(version.to_owned()),
            Self::Maven => maven::write(contents, version, profile),
            Self::Gradle => Ok(patterns::write_gradle(contents, version)),
            Self::Csproj => Ok(patterns::write_csproj(contents, version)),
            Self::Yaml => yaml::write(contents, &["version"], version, profile),
            Self::OpenApi => yaml::write(contents, &["info", "version"], version, profile),
            Self::Python => patterns::write_python(contents, version),
            Self::Script(script) => script::write(script, contents, version, world),
        }
    }

    fn is_private(&self, contents: &str, world: &World<'_>) -> Result<bool, String> {
        match self {
            Self::Json => json::is_private(contents),
            Self::Script(script) => script::is_private(script, contents, world),
            _ => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests;
