//! Which channel a branch has, and which versions that channel makes.
//!
//! Facts and planning both ask here, so that the version that counts as current is the one that the next is made from.
//! Where neither configuration nor the branch's name says anything about channels, every version tag counts and nothing
//! is kept apart.

use super::STABLE;
use crate::section::Config;
use bowline_model::git::BranchName;
use bowline_model::version::Range;
use bowline_model::{Failure, FailureKind, Version};
use globset::GlobBuilder;

/// The channel of one branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// Why the branch has it, in one line.
    pub reason: String,
    /// The identifier of the pre-releases that are due, from the channel or from `--pre`; none for final versions.
    pub prerelease: Option<String>,
    /// The only versions it may make.
    pub range: Option<Range>,
    /// Whether the versions of channels are kept apart.
    pub parted: bool,
    /// Whether the channel makes nothing but pre-releases.
    only_prereleases: bool,
    /// Identifiers that other channels make.
    others: Vec<String>,
}

/// Why a branch has no channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// More than one names it.
    #[error("branch {branch} belongs to more than one channel: {}", .names.join(", "))]
    Several {
        /// The branch.
        branch: BranchName,
        /// The channels.
        names: Vec<String>,
    },
    /// The flag asks for pre-releases that are not the channel's.
    #[error("channel {channel} makes `{identifier}` pre-releases, not `{asked}` ones")]
    Identifier {
        /// The channel.
        channel: String,
        /// Its identifier.
        identifier: String,
        /// What `--pre` says, safe to show.
        asked: String,
    },
}

impl Default for Channel {
    /// The one of branches that nothing is said about.
    fn default() -> Self {
        Self {
            name: STABLE.to_owned(),
            reason: "no channels are configured".to_owned(),
            prerelease: None,
            range: None,
            parted: false,
            only_prereleases: false,
            others: Vec::new(),
        }
    }
}

impl Channel {
    /// The channel of `branch`: the configured one that names it, else that of the range it is named like, else the
    /// one of final versions.
    pub fn of(config: &Config, branch: &BranchName) -> Result<Self, ChannelError> {
        let mut channel = match Self::configured(config, branch)? {
            Some(channel) if !branch.is_detached() => channel,
            _ => Self::by_name(branch).unwrap_or_else(|| Self::rest(config, branch)),
        };
        let identifiers = config.channel.0.values().filter_map(|other| other.prerelease.clone());
        channel.others = identifiers.filter(|other| Some(other) != channel.prerelease.as_ref()).collect();
        channel.ask(config.request.pre.as_deref())
    }

    fn configured(config: &Config, branch: &BranchName) -> Result<Option<Self>, ChannelError> {
        let mut found = config.channel.0.iter().filter(|(_, settings)| matches(&settings.branch, branch));
        let Some((name, settings)) = found.next() else { return Ok(None) };
        let others: Vec<String> = found.map(|(other, _)| other.clone()).collect();
        if !others.is_empty() {
            let names = std::iter::once(name.clone()).chain(others).collect();
            return Err(ChannelError::Several { branch: branch.clone(), names });
        }
        Ok(Some(Self {
            name: name.clone(),
            reason: format!("`channel.{name}` has branch {branch}"),
            prerelease: settings.prerelease.clone(),
            range: settings.range,
            parted: true,
            only_prereleases: settings.prerelease.is_some(),
            others: Vec::new(),
        }))
    }

    fn by_name(branch: &BranchName) -> Option<Self> {
        let range = range_named(branch)?;
        let reason = format!("branch {branch} is named like the versions it maintains");
        Some(Self { name: range.to_string(), reason, range: Some(range), parted: true, ..Self::default() })
    }

    fn rest(config: &Config, branch: &BranchName) -> Self {
        if config.channel.is_empty() {
            return Self::default();
        }
        Self { reason: format!("no channel names branch {branch}"), parted: true, ..Self::default() }
    }

    fn ask(mut self, asked: Option<&str>) -> Result<Self, ChannelError> {
        match (&self.prerelease, asked) {
            (_, None) => Ok(self),
            (Some(identifier), Some(asked)) if identifier != asked => Err(ChannelError::Identifier {
                channel: self.name,
                identifier: identifier.clone(),
                asked: bowline_model::text::one_line(asked, 40).into_owned(),
            }),
            (_, Some(asked)) => {
                self.prerelease = Some(asked.to_owned());
                Ok(self)
            }
        }
    }

    /// The same for a promotion: what a final version follows is the final version before, also where channels are not
    /// kept apart otherwise.
    #[must_use]
    pub fn promoting(self) -> Self {
        Self { parted: true, ..self }
    }

    /// Whether a tag of `version` can be the current version: final ones, and pre-releases of the kind that is due.
    pub fn counts(&self, version: &Version) -> bool {
        !self.parted || !version.is_prerelease() || self.is_own(version)
    }

    /// Whether the release of `version` is surely another channel's business.
    pub fn is_foreign(&self, version: &Version) -> bool {
        let outside = self.range.is_some_and(|range| !range.contains(version));
        let of_others = || self.others.iter().any(|identifier| has_identifier(version, identifier));
        outside || if self.only_prereleases { !self.is_own(version) } else { of_others() }
    }

    /// Whether what `version` brings is counted from `earlier` on, and `version` has to be above it: a final one, or one of
    /// the same kind.
    pub fn follows(&self, version: &Version, earlier: &Version) -> bool {
        let kind = |version: &Version| version.prerelease().split('.').next().map(str::to_owned);
        !self.parted || !earlier.is_prerelease() || kind(earlier) == kind(version)
    }

    /// Whether the channel makes nothing but pre-releases, whatever flags say.
    pub const fn only_prereleases(&self) -> bool {
        self.only_prereleases
    }

    fn is_own(&self, version: &Version) -> bool {
        self.prerelease.as_ref().is_some_and(|identifier| has_identifier(version, identifier))
    }
}

impl From<ChannelError> for Failure {
    fn from(error: ChannelError) -> Self {
        match &error {
            ChannelError::Several { .. } => Self::from_error(FailureKind::Config, "channel_ambiguous", &error)
                .hint("let the `branch` patterns under `[channel]` in bowline.toml name different branches"),
            ChannelError::Identifier { .. } => {
                Self::from_error(FailureKind::Refused, "version_outside_channel", &error)
                    .hint("leave --pre out, or release from another branch")
            }
        }
    }
}

/// Whether `version` is a pre-release such as `1.0.0-beta.1`, of the identifier `beta`.
pub fn has_identifier(version: &Version, identifier: &str) -> bool {
    let rest = version.prerelease().strip_prefix(identifier);
    rest.is_some_and(|rest| version.is_prerelease() && (rest.is_empty() || rest.starts_with('.')))
}

/// The range that `branch` is named like: `1.x`, `1.x.x`, `1.2.x`, and with a `v` before. Names with folders say nothing,
/// because what `team/1.x` stands for is the team's business.
fn range_named(branch: &BranchName) -> Option<Range> {
    let name = branch.as_str();
    name.strip_prefix('v').unwrap_or(name).parse().ok()
}

/// Whether a glob is the name of the one branch that it has.
pub fn matches_itself(glob: &str) -> bool {
    !glob.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

/// Whether the glob matches. One that cannot be read matches nothing; the loader has refused it.
fn matches(glob: &str, branch: &BranchName) -> bool {
    let glob = GlobBuilder::new(glob).literal_separator(true).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(branch.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::section::channel::ChannelSettings;

    const BETA: (&str, &str, Option<&str>, Option<&str>) = ("beta", "beta", Some("beta"), None);

    /// Channels by name, branch, identifier and range.
    fn config(channels: &[(&str, &str, Option<&str>, Option<&str>)]) -> Config {
        let mut config = Config::default();
        for (name, branch, prerelease, range) in channels {
            let (prerelease, range) = (prerelease.map(str::to_owned), range.map(|range| range.parse().unwrap()));
            let settings = ChannelSettings { branch: (*branch).to_owned(), prerelease, range, environment: None };
            config.channel.0.insert((*name).to_owned(), settings);
        }
        config
    }

    /// `name prerelease range`, or the error.
    fn found(config: &Config, branch: &str) -> String {
        match Channel::of(config, &BranchName::new(branch).unwrap()) {
            Ok(channel) => {
                let range = channel.range.map(|range| range.to_string()).unwrap_or_default();
                format!("{} {} {range}", channel.name, channel.prerelease.unwrap_or_default()).trim_end().to_owned()
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn without_configuration() {
        for (branch, expected) in [
            ("main", "stable"),
            ("beta", "stable"),
            ("next", "stable"),
            ("1.x", "1.x  1.x"),
            ("v1.x", "1.x  1.x"),
            ("1.x.x", "1.x  1.x"),
            ("v1.2.x", "1.2.x  1.2.x"),
            ("release/1.2.x", "stable"),
            ("1.2.3", "stable"),
            ("x", "stable"),
        ] {
            assert_eq!(found(&Config::default(), branch), expected, "{branch}");
        }
        assert!(!Channel::of(&Config::default(), &BranchName::new("main").unwrap()).unwrap().parted);
    }

    #[test]
    fn configured() {
        let config = config(&[
            BETA,
            ("preview", "preview/*", Some("rc"), None),
            ("one", "release/1.x", None, Some("1.x")),
            ("both", "{beta,release}/1.x", None, Some("1.x")),
        ]);
        for (branch, expected) in [
            ("beta", "beta beta"),
            ("preview/a", "preview rc"),
            ("preview/a/b", "stable"),
            ("main", "stable"),
            ("1.2.x", "1.2.x  1.2.x"),
            ("beta/1.x", "both  1.x"),
            ("release/1.x", "branch release/1.x belongs to more than one channel: both, one"),
        ] {
            assert_eq!(found(&config, branch), expected, "{branch}");
        }
    }

    #[test]
    fn flags() {
        let mut config = config(&[BETA]);
        config.request.pre = Some("rc".to_owned());
        assert_eq!(found(&config, "main"), "stable rc");
        assert_eq!(found(&config, "1.x"), "1.x rc 1.x");
        assert_eq!(found(&config, "beta"), "channel beta makes `beta` pre-releases, not `rc` ones");
        config.request.pre = Some("beta".to_owned());
        assert_eq!(found(&config, "beta"), "beta beta");
    }

    #[test]
    fn own_and_foreign_versions() {
        let config = config(&[BETA, ("alpha", "alpha", Some("alpha"), None)]);
        for (branch, version, counts, foreign) in [
            ("main", "1.0.0", true, false),
            ("main", "1.0.0-beta.1", false, true),
            ("main", "1.0.0-rc.1", false, false),
            ("beta", "1.0.0", true, true),
            ("beta", "1.0.0-beta.1", true, false),
            ("beta", "1.0.0-beta", true, false),
            ("beta", "1.0.0-betamax.1", false, true),
            ("beta", "1.0.0-alpha.1", false, true),
            ("1.x", "1.0.0", true, false),
            ("1.x", "2.0.0", true, true),
        ] {
            let channel = Channel::of(&config, &BranchName::new(branch).unwrap()).unwrap();
            let version: Version = version.parse().unwrap();
            assert_eq!(channel.counts(&version), counts, "{branch} {version}");
            assert_eq!(channel.is_foreign(&version), foreign, "{branch} {version}");
        }
        let plain = Channel::default();
        assert!(plain.counts(&"1.0.0-rc.1".parse().unwrap()) && !plain.is_foreign(&"1.0.0-rc.1".parse().unwrap()));
    }

    #[test]
    fn branches_that_may_release() {
        assert!(config(&[BETA]).channel.branches().is_empty());
        assert_eq!(config(&[BETA, ("stable", "main", None, None)]).channel.branches(), ["beta", "main"]);
    }
}
