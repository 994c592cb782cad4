//! What was asked for: flags, configuration files and defaults made one value.

mod arguments;
mod argv;
mod defaults;
mod help;
mod preset;
mod request;
mod resolve;
mod settle;
mod sources;
mod table;
mod which;

pub use crate::world::World;
pub(crate) use defaults::known_headers;
pub use request::{Asked, Refusal, Request};
pub use resolve::resolve;
pub(crate) use settle::START_OF_RELEASE;
pub use sources::evaluate;

use crate::profile::{Exactness, Profile};
use std::collections::BTreeMap;

/// Everything that decides about a run. Field names follow the originals' keys.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose habits.
    pub profile: Profile,
    /// Whether their mistakes are made again.
    pub exactness: Exactness,
    /// The files the version is read from; the first that can be read wins.
    pub package_files: Vec<FileEntry>,
    /// The files the version is written to.
    pub bump_files: Vec<FileEntry>,
    /// `major`, `minor`, `patch`, or a version.
    pub release_as: Option<String>,
    /// The identifier of a pre-release; empty for one without.
    pub prerelease: Option<String>,
    /// The changelog.
    pub infile: String,
    /// Write the changelog and tag for the version that is there.
    pub first_release: bool,
    /// Sign commit and tag.
    pub sign: bool,
    /// `git commit --signoff`.
    pub signoff: bool,
    /// `git commit --no-verify`.
    pub no_verify: bool,
    /// Commit all that is staged, not only the files of the release.
    pub commit_all: bool,
    /// Print nothing.
    pub silent: bool,
    /// What stands in front of the version in a tag.
    pub tag_prefix: String,
    /// `git tag -f`.
    pub tag_force: bool,
    /// How many releases the changelog is made for; 0: for all there are, anew.
    pub release_count: u64,
    /// Commands of the lifecycle, by name of the hook.
    pub scripts: BTreeMap<String, String>,
    /// What is left out.
    pub skip: Skip,
    /// Change nothing.
    pub dry_run: bool,
    /// Take the version from tags when no file has one.
    pub git_tag_fallback: bool,
    /// Only commits that touch this path.
    pub path: Option<String>,
    /// What stands on top of the changelog.
    pub header: String,
    /// The rules and the look of the changelog.
    pub preset: Preset,
    /// Only tags of this package, `name@1.2.3`, count for the bump.
    pub lerna_package: Option<String>,
    /// Said in place of `npm publish`.
    pub npm_publish_hint: Option<String>,
    /// Do nothing when no commit asks for a release.
    pub no_bump_when_empty_changes: bool,
    /// Whether people gave `types`.
    pub types_given: bool,
    /// Say more.
    pub verbose: bool,
    /// What is said on standard error before anything is done: deprecated and unknown flags.
    pub warnings: Vec<String>,
}

/// What is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skip {
    /// The version in files.
    pub bump: bool,
    /// The changelog.
    pub changelog: bool,
    /// The commit.
    pub commit: bool,
    /// The tag.
    pub tag: bool,
}

/// A file with a version in it, as it is named in `packageFiles` or `bumpFiles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Its path, from the folder that the program works in.
    pub filename: String,
    /// How it is read and written.
    pub updater: UpdaterChoice,
    /// The entry as `JSON.stringify` prints it; warnings show it.
    pub shown: String,
}

impl FileEntry {
    /// A file whose name says how it is read and written.
    #[must_use]
    pub fn named(filename: &str) -> Self {
        let shown = crate::javascript::print::quoted(filename);
        Self { filename: filename.to_owned(), updater: UpdaterChoice::ByName, shown }
    }
}

/// How a file is read and written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdaterChoice {
    /// As its name says.
    ByName,
    /// A known type: `json`, `plain-text`, and what commit-and-tag-version adds.
    Type(String),
    /// JavaScript, run by node.
    Script(ScriptUpdater),
}

/// An updater that is JavaScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptUpdater {
    /// A module, by absolute path or by name.
    Module(String),
    /// A value inside a configuration file that is itself JavaScript: the file, and the way to the value in it.
    Inside {
        /// The configuration file.
        file: String,
        /// Keys and places, from the outside in.
        at: Vec<String>,
    },
}

/// The rules and the look of the changelog. All have the same parts, which only `conventionalcommits` lets people change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Which.
    pub name: PresetName,
    /// `types`.
    pub types: Vec<CommitType>,
    /// `preMajor`.
    pub pre_major: bool,
    /// `commitUrlFormat`.
    pub commit_url_format: String,
    /// `compareUrlFormat`.
    pub compare_url_format: String,
    /// `issueUrlFormat`.
    pub issue_url_format: String,
    /// `userUrlFormat`.
    pub user_url_format: String,
    /// `releaseCommitMessageFormat`.
    pub release_commit_message_format: String,
    /// `issuePrefixes`.
    pub issue_prefixes: Vec<String>,
    /// Whether a version below 1.0.0 sets `preMajor`. The originals do not do that for a preset that is asked for by its name.
    pub pre_major_by_version: bool,
    /// `parserOpts` of commit-and-tag-version: JSON.
    pub parser_opts: serde_json::Value,
    /// `writerOpts` of commit-and-tag-version: JSON.
    pub writer_opts: serde_json::Value,
}

/// The presets that come with the originals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PresetName {
    /// The default.
    #[default]
    ConventionalCommits,
    /// Angular.
    Angular,
    /// Atom.
    Atom,
    /// CodeMirror.
    CodeMirror,
    /// Ember.
    Ember,
    /// ESLint.
    EsLint,
    /// Express.
    Express,
    /// jQuery.
    JQuery,
    /// JSHint.
    JsHint,
}

/// An entry of `types`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitType {
    /// The type.
    pub name: String,
    /// Only commits of this scope.
    pub scope: Option<String>,
    /// Its heading.
    pub section: Option<String>,
    /// Whether it is left out of the changelog.
    pub hidden: bool,
    /// `effect` of commit-and-tag-version 13: `bump`, `changelog` or `hidden`.
    pub effect: Option<String>,
}

/// What tests of other modules begin with.
#[cfg(test)]
pub(crate) mod fixture {
    use super::argv::Argv;
    use super::{Exactness, Options, Profile, settle};

    /// The options of standard-version when nobody says anything.
    pub(crate) fn options() -> Options {
        settle::settle(&Argv::new(Profile::Sv9), Exactness::Mended, None, "").unwrap()
    }
}

#[cfg(test)]
mod tests;
