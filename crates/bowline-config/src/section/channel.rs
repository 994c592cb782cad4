//! `[channel.<name>]`: which branches make which kind of versions.

mod branch;

pub use branch::{Channel, ChannelError, has_identifier, matches_itself};

use crate::key::{Fallback, Key, Kind, Names, Problem, Section};
use crate::values::Values;
use bowline_model::version::Range;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// `[channel]`: every channel by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Channels(pub BTreeMap<String, ChannelSettings>);

/// `[channel.<name>]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelSettings {
    /// The branches it has, as a glob.
    pub branch: String,
    /// The identifier of its pre-releases; none where it makes final versions.
    pub prerelease: Option<String>,
    /// The versions it may make; none for all.
    pub range: Option<Range>,
    /// The environment of the forge that guards its releases; none for that of `[gate.environment]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

impl Channels {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        let mut channels = BTreeMap::new();
        for name in values.names("channel") {
            let settings = ChannelSettings::read(values, &name);
            complain(values, &channels, &name, &settings);
            channels.insert(name, settings);
        }
        Self(channels)
    }

    /// Whether none is configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The branches that may release, as globs: as soon as the channel of final versions is named, those that a channel
    /// names. Empty means any.
    pub fn branches(&self) -> Vec<String> {
        if !self.0.values().any(ChannelSettings::is_final) {
            return Vec::new();
        }
        let mut branches: Vec<String> = self.0.values().map(|channel| channel.branch.clone()).collect();
        branches.sort();
        branches.dedup();
        branches
    }
}

impl ChannelSettings {
    fn read(values: &mut Values<'_>, name: &str) -> Self {
        let key = |key: &str| format!("channel.{name}.{key}");
        let prerelease = match values.get(&key("prerelease")) {
            Some(Value::String(identifier)) => Some(identifier),
            Some(_) => Some(name.to_owned()),
            None => None,
        };
        Self {
            branch: values.get(&key("branch")).unwrap_or_default(),
            prerelease,
            range: values.get(&key("range")),
            environment: values.get(&key("environment")),
        }
    }

    const fn is_final(&self) -> bool {
        self.prerelease.is_none() && self.range.is_none()
    }
}

/// What cannot be said of the channel `name`, by itself and beside the channels `before` it.
fn complain(
    values: &mut Values<'_>,
    before: &BTreeMap<String, ChannelSettings>,
    name: &str,
    channel: &ChannelSettings,
) {
    let path = format!("channel.{name}");
    if name == STABLE && !channel.is_final() {
        let problem = Problem::new("is the channel of final versions, so it has neither `prerelease` nor `range`");
        values.complain(&path, problem.hint("give the channel another name"));
    }
    let Some(identifier) = &channel.prerelease else { return };
    if let Some((other, _)) = before.iter().find(|(_, other)| other.prerelease.as_ref() == Some(identifier)) {
        let problem = Problem::new(format!(
            "makes `{identifier}` pre-releases, and so does `channel.{other}`: they would collide"
        ));
        values.complain(&path, problem.hint("give each an identifier of its own, or make them one channel"));
    }
}

fn check_name(name: &str) -> Result<(), Problem> {
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let problem = || Problem::new("is no channel's name: lowercase letters, digits and `-`, at most 40");
    valid.then_some(()).ok_or_else(problem)
}

/// The channel of final versions where no other is named.
pub(crate) const STABLE: &str = "stable";

pub(crate) const SECTION: Section = Section {
    name: "channel",
    list: false,
    meaning: "Which branches make which kind of versions. See [channels](channels.md). A channel with neither `prerelease` nor `range` makes final versions; as soon as there is one, only branches that a channel names, or that are called like a range, may release.",
    names: Some(Names {
        below: "channel",
        sample: "beta",
        pattern: "^[a-z][a-z0-9-]{0,39}$",
        check: check_name,
        others: None,
    }),
    keys: &[
        Key {
            name: "channel.<name>.branch",
            kind: Kind::Glob,
            fallback: Fallback::Required,
            meaning: "The branches of the channel. A branch that two channels name is an error.",
            example: "\"beta\"",
        },
        Key {
            name: "channel.<name>.prerelease",
            kind: Kind::Identifier,
            fallback: Fallback::Words("none: it makes final versions"),
            meaning: "The identifier of its versions: `\"beta\"` makes `1.3.0-beta.0`, `1.3.0-beta.1` and so on. `true` takes the channel's name.",
            example: "\"rc\"",
        },
        Key {
            name: "channel.<name>.range",
            kind: Kind::Range,
            fallback: Fallback::Words(
                "any version; a branch named like a range (`1.x`, `v1.x`, `1.2.x`) that no channel names has that range",
            ),
            meaning: "The only versions it may make, for the maintenance of an older line.",
            example: "\"1.x\"",
        },
        Key {
            name: "channel.<name>.environment",
            kind: Kind::Line,
            fallback: Fallback::Words("`gate.environment.name`, where there is `[gate.environment]`"),
            meaning: "The environment of the forge that must have rules when this channel releases, instead of that of `[gate.environment]`, whose `rules` hold for it as well. See [gate/environment](steps/gate-environment.md).",
            example: "\"preview\"",
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, valid) in
            [("beta", true), ("next-2", true), ("1x", false), ("a_b", false), ("", false), ("B", false)]
        {
            assert_eq!(check_name(name).is_ok(), valid, "{name}");
        }
    }
}
