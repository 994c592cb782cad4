//! The version of a build that is no release. It needs no tag, no channel and nothing that is due.

use super::{PlanError, date};
use crate::bump::{self, BumpError};
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
    let current = current::determine(config, facts, &survey).version;
    // A branch that may not release still builds.
    let channel = Channel::of(config, &facts.branch).unwrap_or_default();
    let changes = super::changes(config, facts, &channel, before_one(config, current.as_ref()))?;
    let level = config.request.bump.unwrap_or(super::level(&changes)).max(Level::Patch);
    let footer = changes.iter().find_map(|change| change.release_as.as_ref()).filter(|_| config.request.bump.is_none());
    let named = config.request.version.as_ref().or(footer);
    // Whether a tag is free does not matter: none is made.
    let named = named.map(Version::release).filter(|named| current.as_ref().is_none_or(|current| current < named));
    let day = date(config, facts, today)?;
    let mut next = match named {
        Some(named) => named,
        None => coming(config, current.as_ref(), level, &day)?,
    };
    let commits = facts.commits.len();
    let made = |next: &Version| {
        let build = Build { next, commit: facts.head.oid, time: facts.head.committed, commits };
        config.version.snapshot.version(&build).map_err(BumpError::from)
    };
    let mut version = made(&next)?;
    // `1.1.0-test.0` comes after `1.1.0-snapshot.…`.
    if current.as_ref().is_some_and(|current| version.cmp_precedence(current).is_le()) {
        next = coming(config, Some(&next), Level::Patch, &day)?;
        version = made(&next)?;
    }
    Ok(Snapshot { version, next, current, commits })
}

/// The final version after `current`. That a calendar has none left for this day does not matter: none is released.
fn coming(config: &Config, current: Option<&Version>, level: Level, day: &str) -> Result<Version, BumpError> {
    let version = match &config.version.calendar {
        Some(calendar) => calendar.format.coming(day, current, level)?,
        None => bump::raised(config, current, level, day)?,
    };
    Ok(version.release())
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
    use bowline_model::version::Calendar;
    use proptest::prelude::*;
    use proptest::sample::select;

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
        check(Some("1.3.0-test.0"), &["fix: x"], none(), "1.3.1-snapshot.20261123.1.g00000063ab");
        check(Some("1.2.3"), &["fix: x\n\nRelease-As: 2.0.0"], none(), "2.0.0-snapshot.20261123.1.g00000063ab");
        check(Some("1.2.3"), &["fix: x\n\nRelease-As: 1.0.0"], none(), "1.2.4-snapshot.20261123.1.g00000063ab");
        let bump = Request { bump: Some(Level::Major), ..none() };
        check(Some("1.2.3"), &["fix: x"], bump, "2.0.0-snapshot.20261123.1.g00000063ab");
        let version = Request { version: Some("5.0.0-rc.1".parse().unwrap()), ..none() };
        check(Some("1.2.3"), &["fix: x"], version, "5.0.0-snapshot.20261123.1.g00000063ab");
    }

    fn by_calendar(format: &str) -> Config {
        let mut config = config();
        config.version.calendar = Some(format.parse::<Calendar>().unwrap().into());
        config
    }

    #[test]
    fn a_day_that_has_its_release_builds_all_the_same() {
        for (format, current, expected) in [
            ("YYYY.MM.DD", "2026.11.22", "2026.11.23-snapshot.20261123.1.g00000063ab"),
            ("YYYY.MM.DD", "2026.11.23", "2026.11.24-snapshot.20261123.1.g00000063ab"),
            ("YYYY.MM.DD", "2026.11.23-test.0", "2026.11.24-snapshot.20261123.1.g00000063ab"),
            ("YYYY.MM.MICRO", "2026.11.0", "2026.11.1-snapshot.20261123.1.g00000063ab"),
        ] {
            let found = snapshot(&by_calendar(format), &facts(Some(current), &["fix: x"]), None).unwrap();
            assert_eq!(found.version.to_string(), expected, "{format} {current}");
        }
    }

    proptest! {
        #[test]
        fn they_are_above_the_current_version(
            format in proptest::option::of(select(vec!["YYYY.MM.MICRO", "YYYY.MM.DD", "MAJOR.YY.WW"])),
            form in select(vec!["{version}-snapshot.{date}.{commits}.g{commit}", "{version}-0.g{commit}", "{version}-{time}+{commit}"]),
            current in "(0|1|2|26|2026|2090)\\.(0|11|26|50)\\.(0|23|31|48)(|-(0|99999999999999|alpha|rc|snapshot|test|zz)(|\\.[1-9][0-9]{0,8}))",
            message in select(vec!["fix: x", "feat: x", "feat!: x", "docs: x", "fix: x\n\nRelease-As: 1.11.23"]),
        ) {
            let mut config = format.map_or_else(config, by_calendar);
            config.version.snapshot = form.parse().unwrap();
            let found = snapshot(&config, &facts(Some(&current), &[message]), None).unwrap();
            let current: Version = current.parse().unwrap();
            prop_assert!(found.version.cmp_precedence(&current).is_gt(), "{} {}", current, found.version);
            prop_assert!(found.version < found.next && found.next > current);
        }
    }
}
