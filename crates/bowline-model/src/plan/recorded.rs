//! Values that were read once and are kept: they decide something and may be others tomorrow.

use crate::git::Oid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Values that were read once and are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// The day in changelog headings, `2026-11-23`.
    pub date: String,
    /// Who is thanked, by name; empty where configuration does not ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributors: Vec<Contributor>,
    /// What merged pull requests said that decided something, by number; empty where configuration does not ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pull_requests: Vec<RecordedPull>,
    /// What a configuration that is a program gave; left out for one that is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<RecordedConfiguration>,
}

/// What a configuration that is a program gave when it was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedConfiguration {
    /// The file, from the repository's root.
    pub file: String,
    /// What it gave, as JSON with sorted keys.
    pub json: String,
}

/// Somebody who wrote a part of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contributor {
    /// The name, safe to show.
    pub name: String,
    /// Whether no version before has anything of theirs.
    pub first: bool,
    /// Whether it is a program, by the name or address it uses.
    pub bot: bool,
}

/// What of a merged pull request decided something. What decided nothing is left out, so that it can change freely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedPull {
    /// Its number.
    pub number: u64,
    /// The commits of the release that it brought, newest first.
    pub commits: Vec<Oid>,
    /// Its title, safe to show; none where labels are no source of changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Those of its labels that have a meaning, as configuration writes them, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Who opened it, as the forge calls them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The messages that its description puts in place of those of its commits.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub override_text: Option<RecordedOverride>,
}

/// An override that counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedOverride {
    /// Its text, as it stands there.
    pub text: String,
    /// Who wrote the description last, as the forge calls them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<String>,
}
