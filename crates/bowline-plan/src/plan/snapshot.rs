//! The version of a build that is no release. It needs no tag, no channel and nothing that is due.

use super::{PlanError, date};
use crate::bump;
use crate::current;
use crate::edits;
use bowline_config::Config;
use bowline_config::section::channel::Channel;
use bowline_model::Version;
use bowline_model::facts::Facts;
use bowline_model::version::{Build, Level};

/// A version for a build, and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The version.
    pub version: Version,
    /// The final version that it leads to.
    pub next: Version,
    /// The version before; none where nothing was released.
    pub current: Option<Version>,
    /// How many commits there are since that.
    pub commits: usize,
}

/// The snapshot of the head commit. What commits and flags ask for decides what it leads to, and at least a patch does: a build
/// always comes after the current version. `today` is as in [`plan`](super::plan()).
pub fn snapshot(config: &Config, facts: &Facts, today: Option<&str>) -> Result<Snapshot, PlanError> {
    let survey = edits::survey(config, facts)?;
    let current = current::determine(facts, &survey).version;
    // A branch that may not release still builds.
    let channel = Channel::of(config, &facts.branch).unwrap_or_default();
    let changes = super::changes(config, facts, &channel, before_one(config, current.as_ref()))?;
    let level = config.request.bump.unwrap_or(super::level(&changes)).max(Level::Patch);
    let footer = changes.iter().find_map(|change| change.release_as.as_ref()).filter(|_| config.request.bump.is_none());
    let named = config.request.version.as_ref().or(footer);
    // Whether a tag is free does not matter: none is made.
    let named = named.map(Version::release).filter(|named| current.as_ref().is_none_or(|current| current < named));
    let next = match named {
        Some(named) => named,
        None => bump::raised(config, current.as_ref(), level, &date(config, facts, today)?)?.release(),
    };
    let commits = facts.commits.len();
    let build = Build { next: &next, commit: facts.head.oid, time: facts.head.committed, commits };
    let version = config.version.snapshot.version(&build).map_err(bump::BumpError::from)?;
    Ok(Snapshot { version, next, current, commits })
}

/// What changes mean, when the current version is below 1.0.0.
pub(super) fn before_one(
    config: &Config,
    current: Option<&Version>,
) -> Option<bowline_config::section::version::BeforeOne> {
    let young = current.is_none_or(|version| version.release() < Version::new(1, 0, 0));
    young.then_some(config.version.before_one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{config, facts};
    use bowline_config::section::version::Request;

    #[track_caller]
    fn check(current: Option<&str>, messages: &[&str], request: Request, expected: &str) {
        let mut config = config();
        config.request = request;
        let facts = facts(current, messages);
        let found = snapshot(&config, &facts, None).unwrap();
        assert_eq!(found.version.to_string(), expected, "{current:?} {messages:?}");
        assert!(found.current.is_none_or(|current| current < found.version) && found.version < found.next);
        assert_eq!(snapshot(&config, &facts, None).unwrap().version, found.version);
    }

    #[test]
    fn a_build_comes_after_the_current_version() {
        let none = Request::default;
        check(Some("1.2.3"), &["feat: x", "fix: y"], none(), "1.3.0-snapshot.20261123.2.g00000063ab");
        check(Some("1.2.3"), &["docs: x"], none(), "1.2.4-snapshot.20261123.1.g00000063ab");
        check(Some("1.2.3"), &[], none(), "1.2.4-snapshot.20261123.0.g00000063ab");
        check(None, &["feat: x"], none(), "0.1.0-snapshot.20261123.1.g00000063ab");
        check(Some("1.3.0-rc.1"), &["fix: x"], none(), "1.3.0-snapshot.20261123.1.g00000063ab");
        check(Some("1.2.3"), &["fix: x\n\nRelease-As: 2.0.0"], none(), "2.0.0-snapshot.20261123.1.g00000063ab");
        check(Some("1.2.3"), &["fix: x\n\nRelease-As: 1.0.0"], none(), "1.2.4-snapshot.20261123.1.g00000063ab");
        let bump = Request { bump: Some(Level::Major), ..none() };
        check(Some("1.2.3"), &["fix: x"], bump, "2.0.0-snapshot.20261123.1.g00000063ab");
        let version = Request { version: Some("5.0.0-rc.1".parse().unwrap()), ..none() };
        check(Some("1.2.3"), &["fix: x"], version, "5.0.0-snapshot.20261123.1.g00000063ab");
    }
}
