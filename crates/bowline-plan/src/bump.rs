//! The next version: what commits and flags ask for, kept within the channel and above everything that already has a tag.

mod room;

use bowline_config::Config;
use bowline_config::section::channel::{Channel, has_identifier};
use bowline_config::section::version::Request;
use bowline_model::Oid;
use bowline_model::Version;
use bowline_model::facts::Facts;
use bowline_model::git::TagName;
use bowline_model::plan::Bump;
use bowline_model::version::{Level, NextError, Range, VersionError};
use room::Room;

/// A version and what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The version to release.
    pub version: Version,
    /// What moved it.
    pub bump: Bump,
}

/// Why there is no next version.
#[derive(Debug, thiserror::Error)]
pub enum BumpError {
    /// A tag of this version or of a higher one that it would repeat exists, reachable or not.
    #[error("version {next} is not above {tag}, which stands on {commit}")]
    NotAbove {
        /// The version that was to be released.
        next: Version,
        /// The highest version tag.
        tag: TagName,
        /// Where it stands.
        commit: Oid,
        /// The next version above it.
        free: Option<Version>,
        /// The maintenance line that could make the version all the same.
        line: Option<Range>,
        /// Whether the tag is a final version that a channel of pre-releases lacks.
        merge: bool,
    },
    /// The channel may not make this version.
    #[error("version {next} is outside of {range}, the range of channel {channel} ({reason})")]
    OutsideRange {
        /// The version that was to be released.
        next: Version,
        /// The range.
        range: Range,
        /// The channel.
        channel: String,
        /// Why it was to be released.
        reason: String,
        /// The version of the range that could be released instead.
        within: Option<Version>,
    },
    /// The head contains a version above the channel's range.
    #[error("the head contains {tag}, and channel {channel} makes only versions of {range}")]
    LaterLine {
        /// The tag.
        tag: TagName,
        /// The range.
        range: Range,
        /// The channel.
        channel: String,
    },
    /// Another channel makes such versions.
    #[error("version {next} is of a kind that channel {channel} does not make")]
    Foreign {
        /// The version that was to be released.
        next: Version,
        /// The channel.
        channel: String,
    },
    /// The version asked for is not above the current one.
    #[error("version {next} is not above the current version {current}")]
    NotForward {
        /// The version asked for.
        next: Version,
        /// The current one.
        current: Version,
    },
    /// Two flags exclude each other.
    #[error("{0} cannot be given together")]
    Contradiction(&'static str),
    /// The calendar has no next version.
    #[error(transparent)]
    Calendar(#[from] NextError),
    /// The arithmetic has no result.
    #[error("there is no next version")]
    Version(#[from] VersionError),
}

/// What commits ask for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The highest level that one asks for.
    pub level: Level,
    /// The version that the newest `Release-As` footer names. A flag that asks for a level or a version wins over it.
    pub version: Option<&'a Version>,
    /// Why there is to be a release, in one line.
    pub reason: &'a str,
    /// The day of the release, `2026-11-23`, which calendar versions are made from.
    pub day: &'a str,
}

/// The next version, or none when nothing asks for a release.
pub fn next(
    config: &Config,
    facts: &Facts,
    channel: &Channel,
    current: Option<&Version>,
    wish: &Wish<'_>,
) -> Result<Option<Next>, BumpError> {
    let request = &config.request;
    let level = request.bump.unwrap_or(wish.level);
    let room = Room { config, facts, channel, current, level, reason: wish.reason, day: wish.day };
    let Some(next) = unchecked(config, current, wish)? else { return Ok(None) };
    room.check_head()?;
    let next = if named(request, wish).is_some() { next } else { room.finish(next) };
    let next = match &channel.prerelease {
        Some(id) => prerelease(next, id, &room)?,
        None => next,
    };
    room.check(&next.version)?;
    above_current(&next.version, current)?;
    Ok(Some(next))
}

fn unchecked(config: &Config, current: Option<&Version>, wish: &Wish<'_>) -> Result<Option<Next>, BumpError> {
    let request = &config.request;
    if request.version.is_some() && request.bump.is_some() {
        return Err(BumpError::Contradiction("--version and --bump"));
    }
    if let Some(version) = named(request, wish) {
        return Ok(Some(Next { version: version.clone(), bump: Bump::None }));
    }
    let level = request.bump.unwrap_or(wish.level);
    if level == Level::None {
        return Ok(None);
    }
    let bump = match (current, &config.version.calendar) {
        (_, Some(_)) => Bump::Calver,
        (Some(_), None) => level.into(),
        (None, None) => Bump::None,
    };
    Ok(Some(Next { version: raised(config, current, level, wish.day)?, bump }))
}

/// The version after `current` by the scheme, when changes of `level` are released on `day`.
pub(crate) fn raised(
    config: &Config,
    current: Option<&Version>,
    level: Level,
    day: &str,
) -> Result<Version, BumpError> {
    Ok(match (current, &config.version.calendar) {
        (_, Some(calendar)) => calendar.format.next(day, current, level)?,
        (Some(current), None) => current.bumped(level)?,
        (None, None) => config.version.initial.clone(),
    })
}

/// The version that a flag or a footer names.
fn named<'a>(request: &'a Request, wish: &Wish<'a>) -> Option<&'a Version> {
    request.version.as_ref().or(wish.version.filter(|_| request.bump.is_none()))
}

fn prerelease(next: Next, id: &str, room: &Room<'_>) -> Result<Next, BumpError> {
    if next.version.is_prerelease() {
        return match has_identifier(&next.version, id) {
            true => Ok(next),
            false if room.channel.only_prereleases() => {
                Err(BumpError::Foreign { next: next.version, channel: room.channel.name.clone() })
            }
            false if room.config.request.version.is_none() => {
                Err(BumpError::Contradiction("this `Release-As` and --pre"))
            }
            false => Err(BumpError::Contradiction("this --version and --pre")),
        };
    }
    let base = next.version.release();
    let version = prerelease_of(&base, id, room.facts, room.current)?;
    let continued = room.current.is_some_and(|current| current.is_prerelease() && current.release() == base);
    Ok(Next { version, bump: if continued { Bump::Prerelease } else { next.bump } })
}

/// The next pre-release of `base` that no tag has: one more than the highest of the same version and identifier.
pub(crate) fn prerelease_of(
    base: &Version,
    id: &str,
    facts: &Facts,
    current: Option<&Version>,
) -> Result<Version, VersionError> {
    let prefix = format!("{id}.");
    let of_base = |version: &&Version| version.release() == *base && version.prerelease().starts_with(&prefix);
    let tagged = facts.version_tags.iter().map(|tag| &tag.version);
    tagged.chain(current).filter(of_base).max().unwrap_or(base).next_prerelease(id)
}

fn above_current(next: &Version, current: Option<&Version>) -> Result<(), BumpError> {
    match current {
        Some(current) if next.cmp_precedence(current).is_le() => {
            Err(BumpError::NotForward { next: next.clone(), current: current.clone() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{config, facts, tag};

    /// `next bump`, or the error. `tags` are further tags that the head does not contain.
    fn found(current: &str, level: Level, request: Request, tags: &[&str]) -> String {
        let mut config = config();
        config.request = request;
        let current = Some(current).filter(|current| !current.is_empty());
        let mut facts = facts(current, &[]);
        facts.version_tags.extend(tags.iter().map(|version| tag(version, 201)));
        let current = current.map(|current| current.parse().unwrap());
        let channel = Channel::of(&config, &facts.branch).unwrap();
        let wish = Wish { level, version: None, reason: "", day: "2026-11-23" };
        match next(&config, &facts, &channel, current.as_ref(), &wish) {
            Ok(Some(next)) => format!("{} {:?}", next.version, next.bump),
            Ok(None) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    fn version(text: &str) -> Request {
        Request { version: Some(text.parse().unwrap()), ..Request::default() }
    }

    fn bump(level: Level) -> Request {
        Request { bump: Some(level), ..Request::default() }
    }

    fn pre(id: &str) -> Request {
        Request { pre: Some(id.to_owned()), ..Request::default() }
    }

    #[test]
    fn from_commits_and_flags() {
        let none = Request::default;
        for (current, level, request, expected) in [
            ("1.2.3", Level::None, none(), "nothing"),
            ("1.2.3", Level::Patch, none(), "1.2.4 Patch"),
            ("1.2.3", Level::Minor, none(), "1.3.0 Minor"),
            ("1.2.3", Level::Major, none(), "2.0.0 Major"),
            ("", Level::None, none(), "nothing"),
            ("", Level::Patch, none(), "0.1.0 None"),
            ("", Level::None, bump(Level::Minor), "0.1.0 None"),
            ("", Level::None, version("3.0.0"), "3.0.0 None"),
            ("1.2.3", Level::None, bump(Level::Minor), "1.3.0 Minor"),
            ("1.2.3", Level::Major, bump(Level::Patch), "1.2.4 Patch"),
            ("1.2.3", Level::None, version("5.0.0"), "5.0.0 None"),
            ("1.3.0-rc.1", Level::Patch, none(), "1.3.0 Patch"),
            ("1.3.0-rc.1", Level::Minor, none(), "1.3.0 Minor"),
            ("1.3.0-rc.1", Level::Major, none(), "2.0.0 Major"),
            ("1.3.0-rc.1", Level::None, bump(Level::Patch), "1.3.0 Patch"),
        ] {
            assert_eq!(found(current, level, request, &[]), expected, "{current} {level}");
        }
    }

    #[test]
    fn prereleases() {
        for (current, level, id, tags, expected) in [
            ("1.2.3", Level::Minor, "rc", &[][..], "1.3.0-rc.0 Minor"),
            ("1.2.3", Level::None, "rc", &[], "nothing"),
            ("1.3.0-rc.1", Level::Patch, "rc", &[], "1.3.0-rc.2 Prerelease"),
            ("1.3.0-rc.1", Level::Minor, "rc", &[], "1.3.0-rc.2 Prerelease"),
            ("1.3.0-rc.1", Level::Major, "rc", &[], "2.0.0-rc.0 Major"),
            ("1.3.0-alpha.4", Level::Patch, "beta", &[], "1.3.0-beta.0 Prerelease"),
            ("1.2.3", Level::Minor, "rc", &["1.3.0-rc.9", "1.3.0-rc.10"], "1.3.0-rc.11 Minor"),
            ("1.2.4-rc.0", Level::Minor, "rc", &[], "1.3.0-rc.0 Minor"),
            ("", Level::Patch, "rc", &[], "0.1.0-rc.0 None"),
            ("1.2.3", Level::Minor, "no spaces", &[], "there is no next version"),
        ] {
            assert_eq!(found(current, level, pre(id), tags), expected, "{current} {level} {id}");
        }
        let asked = |text: &str| Request { pre: Some("rc".to_owned()), ..version(text) };
        assert_eq!(found("1.2.3", Level::None, asked("2.0.0"), &[]), "2.0.0-rc.0 None");
        assert_eq!(found("1.2.3", Level::None, asked("2.0.0-rc.5"), &[]), "2.0.0-rc.5 None");
        assert!(found("1.2.3", Level::None, asked("2.0.0-beta.5"), &[]).ends_with("cannot be given together"));
        let footer = "2.0.0-beta.5".parse().unwrap();
        let wish = Wish { level: Level::Patch, version: Some(&footer), reason: "", day: "2026-11-23" };
        let mut config = config();
        config.request = pre("rc");
        let channel = Channel::of(&config, &facts(None, &[]).branch).unwrap();
        let error = next(&config, &facts(Some("1.2.3"), &[]), &channel, None, &wish).unwrap_err();
        assert_eq!(error.to_string(), "this `Release-As` and --pre cannot be given together");
        let both = Request { bump: Some(Level::Minor), ..version("2.0.0") };
        assert_eq!(found("1.2.3", Level::None, both, &[]), "--version and --bump cannot be given together");
    }

    #[test]
    fn from_the_calendar() {
        let mut config = config();
        config.version.calendar = Some("YYYY.MM.MICRO".parse::<bowline_model::version::Calendar>().unwrap().into());
        let mut check = |current: &str, level, pre: Option<&str>, expected: &str| {
            config.request.pre = pre.map(str::to_owned);
            let facts = facts(Some(current), &[]);
            let channel = Channel::of(&config, &facts.branch).unwrap();
            let wish = Wish { level, version: None, reason: "", day: "2026-11-23" };
            let next = next(&config, &facts, &channel, Some(&current.parse().unwrap()), &wish).unwrap();
            assert_eq!(next.map_or("nothing".to_owned(), |next| format!("{} {:?}", next.version, next.bump)), expected);
        };
        check("2026.11.0", Level::None, None, "nothing");
        check("2026.11.0", Level::Major, None, "2026.11.1 Calver");
        check("2026.10.4", Level::Patch, None, "2026.11.0 Calver");
        check("1.4.2", Level::Patch, None, "2026.11.0 Calver");
        check("2026.10.4", Level::Patch, Some("rc"), "2026.11.0-rc.0 Calver");
        check("2026.11.0-rc.0", Level::Patch, Some("rc"), "2026.11.0-rc.1 Prerelease");
        check("2026.11.0-rc.1", Level::Patch, None, "2026.11.0 Calver");
    }

    #[test]
    fn the_free_version_is_one_of_the_scheme() {
        let mut config = config();
        let mut check = |format: Option<&str>, branch: &str, tag: &str, expected: Option<&str>| {
            config.version.calendar =
                format.map(|format| format.parse::<bowline_model::version::Calendar>().unwrap().into());
            let facts = facts(Some("2026.11.0"), &[]);
            let mut facts = Facts { branch: bowline_model::git::BranchName::new(branch).unwrap(), ..facts };
            facts.version_tags.push(crate::fixture::tag(tag, 201));
            let channel = Channel::of(&config, &facts.branch).unwrap();
            let wish = Wish { level: Level::Minor, version: None, reason: "", day: "2026-12-23" };
            let version = Some(Version::new(2026, 11, 0));
            config.request.version = Some("2026.11.1".parse().unwrap());
            match next(&config, &facts, &channel, version.as_ref(), &wish) {
                Err(BumpError::NotAbove { free, .. }) => {
                    assert_eq!(free.map(|free| free.to_string()).as_deref(), expected, "{branch} {tag}");
                }
                other => panic!("{other:?}"),
            }
        };
        // No month is the thirteenth.
        check(Some("YYYY.MM.MICRO"), "main", "2026.12.1", Some("2026.12.2"));
        check(Some("YYYY.MM.MICRO"), "main", "2026.11.1", Some("2026.12.0"));
        check(Some("YYYY.MM.DD"), "main", "2026.12.23", None);
        check(None, "main", "2026.12.1", Some("2026.13.0"));
        // On a line with a range a smaller step may be free where the asked one is not.
        check(Some("YYYY.MM.MICRO"), "2026.11.x", "2026.11.1", Some("2026.11.2"));
        check(None, "2026.11.x", "2026.11.1", Some("2026.11.2"));
    }

    #[test]
    fn the_free_version_is_above_what_is_in_the_way() {
        for (current, id, tags, expected) in [
            ("1.3.0-rc.1", "dev", &[][..], "1.3.1-dev.0"),
            ("1.3.0-rc.1", "dev", &["1.3.1-dev.4"], "1.3.1-dev.5"),
            ("1.2.3", "dev", &["1.2.4"], "1.2.5-dev.0"),
        ] {
            let mut config = config();
            config.request = pre(id);
            let mut facts = facts(Some(current), &[]);
            facts.version_tags.extend(tags.iter().map(|version| tag(version, 201)));
            let channel = Channel::of(&config, &facts.branch).unwrap();
            let wish = Wish { level: Level::Patch, version: None, reason: "", day: "2026-12-23" };
            match next(&config, &facts, &channel, Some(&current.parse().unwrap()), &wish) {
                Err(BumpError::NotAbove { free: Some(free), .. }) => assert_eq!(free.to_string(), expected),
                other => panic!("{current} {id}: {other:?}"),
            }
        }
    }

    #[test]
    fn never_at_or_below_a_version_file() {
        let mut config = config();
        config.request = version("1.2.3");
        let wish = Wish { level: Level::Minor, version: None, reason: "", day: "2026-11-23" };
        let current = Version::new(1, 2, 3);
        let error = next(&config, &facts(None, &[]), &Channel::default(), Some(&current), &wish).unwrap_err();
        assert_eq!(error.to_string(), "version 1.2.3 is not above the current version 1.2.3");
    }

    #[test]
    fn never_at_or_below_any_tag() {
        let taken = |next: &str, tag: &str| format!("version {next} is not above {tag}, which stands on 000000c9");
        for (level, tags, next, tag) in [
            (Level::Patch, &["1.2.4"][..], "1.2.4", "v1.2.4"),
            (Level::Patch, &["2.0.0", "1.9.0"], "1.2.4", "v2.0.0"),
            (Level::Minor, &["1.3.0+build"], "1.3.0", "v1.3.0+build"),
            (Level::Minor, &["1.3.1-rc.0"], "1.3.0", "v1.3.1-rc.0"),
        ] {
            let found = found("1.2.3", level, Request::default(), tags);
            assert!(found.starts_with(&taken(next, tag)), "{found}");
        }
        for asked in ["1.2.3", "1.2.3+x", "1.2.3-rc.1", "1.0.0"] {
            let found = found("1.2.3", Level::Minor, version(asked), &[]);
            assert!(found.starts_with(&taken(asked, "v1.2.3").replace("c9", "c8")), "{found}");
        }
        assert_eq!(found("1.2.3", Level::Minor, Request::default(), &["1.3.0-rc.7"]), "1.3.0 Minor");
    }
}
