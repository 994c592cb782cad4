//! What the originals do with the history: read commits, recommend the next release, write the section of the changelog.
//!
//! Everything here is pure: [`Log`] tells what git knows, [`Question`] says what is asked, and [`recommend`] and [`section`]
//! answer. The libraries that each program installs differ, so each [`Profile`] has its own reader of commits and its own
//! writer: `conventional-commits-parser` 3.2 and 4 read alike, 7 does not; `conventional-changelog-writer` 5 and 6 fill in
//! templates, 9 joins lines. Start with [`section`], then `changelog`.

mod bump;
mod changelog;
mod collation;
mod log;
mod parser;
mod repository;
mod reverts;
mod settings;
mod tags;
#[cfg(test)]
mod tests;
mod text;

pub use bump::{Recommendation, recommend};
pub use changelog::section;
pub use log::{Commit, Log, LogError, Range, TagOrder};
pub use tags::{bump_base, changelog_tags, latest_version, unique_prerelease};

use crate::options::{Preset, PresetName};
use crate::profile::{Exactness, Profile};
use crate::versions::Version;

/// What is asked of a history.
pub struct Question<'a> {
    /// Whose habits.
    pub profile: Profile,
    /// Whether their mistakes are made again.
    pub exactness: Exactness,
    /// The rules and the look of the changelog.
    pub preset: &'a Preset,
    /// Whether `conventionalcommits` was asked for by that name (`--preset conventionalcommits`). The originals then leave the
    /// keys of the configuration aside and use what the preset brings along itself.
    pub preset_by_name: bool,
    /// Whether `types` were given by people. When not, and mistakes are mended, `feature`, `perf` and `revert` have their
    /// sections as the preset means it.
    pub types_given: bool,
    /// What stands in front of the version in a tag.
    pub tag_prefix: &'a str,
    /// Only commits that touch this path.
    pub path: Option<&'a str>,
    /// Only tags of this package count for the bump.
    pub lerna_package: Option<&'a str>,
    /// How many releases the section is made of; 0 for all there are.
    pub release_count: u64,
    /// `noBumpWhenEmptyChanges`.
    pub no_bump_when_empty_changes: bool,
    /// The version before the bump; a version below 1.0.0 is raised more carefully.
    pub current: Option<&'a Version>,
    /// The version that the section is for, without prefix.
    pub version: &'a str,
    /// The day of the run, in UTC, as `yyyy-mm-dd`.
    pub date: &'a str,
    /// The nearest `package.json`, upwards from the folder of the run.
    pub package: Option<&'a serde_json::Value>,
    /// The URL of the remote `origin`.
    pub origin: Option<&'a str>,
    /// What git tells.
    pub log: &'a dyn Log,
}

impl Question<'_> {
    fn is_default_preset(&self) -> bool {
        self.preset.name == PresetName::ConventionalCommits
    }

    fn is_exact(&self) -> bool {
        self.exactness.is_exact()
    }
}

/// commit-and-tag-version 13 brings only the default preset along.
fn refuse_preset(question: &Question<'_>) -> Result<(), Error> {
    if question.profile != Profile::CatV13 || question.is_default_preset() {
        return Ok(());
    }
    Err(Error::Preset(match question.preset.name {
        PresetName::ConventionalCommits => "conventionalcommits",
        PresetName::Angular => "angular",
        PresetName::Atom => "atom",
        PresetName::CodeMirror => "codemirror",
        PresetName::Ember => "ember",
        PresetName::EsLint => "eslint",
        PresetName::Express => "express",
        PresetName::JQuery => "jquery",
        PresetName::JsHint => "jshint",
    }))
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Git could not tell.
    #[error("reading the history: {0}")]
    Log(#[from] LogError),
    /// The preset does not come with the program.
    #[error("Unable to load the \"{0}\" preset. Please make sure it's installed.")]
    Preset(&'static str),
    /// A key of `parserOpts` or `writerOpts` that this program does not follow.
    #[error("`{key}` of `{object}` in the configuration {reason}; take it out, or run the original program")]
    Key {
        /// `parserOpts` or `writerOpts`.
        object: &'static str,
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A text of the configuration that is used as a regular expression and is none.
    #[error("`{what}` is no regular expression that can be followed: {reason}")]
    Pattern {
        /// Where it stands in the configuration.
        what: String,
        /// What is wrong.
        reason: String,
    },
}
