//! Which tags count as releases.

use super::{Error, Question, TagOrder};
use crate::profile::Profile;
use crate::versions::{Identifier, Version};
use regex::Regex;

/// The tags that count for the changelog, newest commit first.
///
/// # Errors
///
/// When the history cannot be read, or the prefix is no pattern.
pub fn changelog_tags(question: &Question<'_>) -> Result<Vec<String>, Error> {
    // 13 leaves pre-releases out, so that each section of a pre-release repeats those before it. Mended, it holds what is new.
    let skips = question.profile == Profile::CatV13 && (question.is_exact() || !is_prerelease(question.version));
    releases(question, skips)
}

/// The tag since which commits count for the bump.
///
/// # Errors
///
/// When the history cannot be read, or the prefix is no pattern.
pub fn bump_base(question: &Question<'_>) -> Result<Option<String>, Error> {
    let is_modern = question.profile == Profile::CatV13;
    let Some(package) = question.lerna_package else {
        return Ok(releases(question, is_modern)?.into_iter().next());
    };
    let tags = question.log.tags(order(question))?;
    let prefix = format!("{package}@");
    let exact = question.is_exact() && !is_modern;
    let matcher = if exact { Some(prefix_pattern(&format!("{prefix}(.*)"))?) } else { None };
    Ok(tags.into_iter().find(|tag| {
        if is_modern {
            return !is_unstable(tag) && tag.strip_prefix(&prefix).is_some_and(|rest| Version::parse(rest).is_some());
        }
        let is_of_package = match &matcher {
            Some(matcher) => matcher.is_match(tag),
            None => tag.starts_with(&prefix),
        };
        is_of_package && is_package_tag(tag)
    }))
}

/// The highest version that has a tag (`gitTagFallback`); of commit-and-tag-version, pre-releases under another identifier
/// than `prerelease` do not count. `None` when no tag is a release: the originals then say 1.0.0.
///
/// # Errors
///
/// When the history cannot be read, or the prefix is no pattern.
pub fn latest_version(question: &Question<'_>, prerelease: Option<&str>) -> Result<Option<Version>, Error> {
    let id = prerelease.filter(|id| !id.is_empty() && question.profile.is_catv());
    let mut highest: Option<Version> = None;
    for version in versions(question)? {
        let counts = id.is_none_or(|id| match version.prerelease.first() {
            None => true,
            Some(first) => matches!(first, Identifier::Text(text) if text == id),
        });
        if counts && highest.as_ref().is_none_or(|highest| version > *highest) {
            highest = Some(version);
        }
    }
    Ok(highest)
}

/// The version, with the number of its pre-release counted on past those that have a tag (commit-and-tag-version).
///
/// # Errors
///
/// When the history cannot be read, or the prefix is no pattern.
pub fn unique_prerelease(question: &Question<'_>, proposed: &Version, id: &str) -> Result<Version, Error> {
    let number = |version: &Version| {
        let place = usize::from(!id.is_empty());
        match version.prerelease.get(place) {
            Some(Identifier::Number(number)) => Some(*number),
            _ => None,
        }
    };
    let is_alike = |version: &Version| {
        let is_same = (version.major, version.minor, version.patch) == (proposed.major, proposed.minor, proposed.patch);
        is_same
            && match version.prerelease.first() {
                None => false,
                Some(Identifier::Number(_)) if id.is_empty() => true,
                Some(first) => !id.is_empty() && first.to_string() == id,
            }
    };
    let taken = versions(question)?
        .iter()
        .filter(|version| is_alike(version))
        .map(|version| number(version).unwrap_or(0))
        .max();
    let Some(taken) = taken.filter(|taken| number(proposed).unwrap_or(0) <= *taken) else {
        return Ok(proposed.clone());
    };
    let base = format!("{}.{}.{}", proposed.major, proposed.minor, proposed.patch);
    let next = taken + 1;
    let candidate = if id.is_empty() { format!("{base}-{next}") } else { format!("{base}-{id}.{next}") };
    Ok(match Version::parse(&candidate) {
        Some(version) => Version { build: proposed.build.clone(), ..version },
        None => proposed.clone(),
    })
}

/// The version that a commit's tags say, for the places where a changelog of several releases is cut: the first tag that has
/// the prefix, whatever follows it.
pub(super) struct CommitVersion(Regex);

impl CommitVersion {
    pub(super) fn new(question: &Question<'_>) -> Result<Self, Error> {
        let prefix = escaped(question);
        let is_modern = question.profile == Profile::CatV13;
        let source = match (prefix.is_empty(), is_modern) {
            (true, _) => "^[v=]?([^,)]+)".to_owned(),
            (false, true) => format!("^[v=]?{prefix}([^,)]*)"),
            (false, false) => format!("^=?{prefix}([^,)]+)"),
        };
        super::text::pattern(&source, "i").map(Self).map_err(bad_prefix)
    }

    pub(super) fn of<'t>(&self, tags: &'t [String]) -> Option<&'t str> {
        tags.iter().find_map(|tag| self.0.captures(tag)).and_then(|found| found.get(1)).map(|version| version.as_str())
    }
}

fn versions(question: &Question<'_>) -> Result<Vec<Version>, Error> {
    let tags = releases(question, false)?;
    // All three make a pattern of the prefix here.
    let matcher = prefix_pattern(&escaped(question))?;
    Ok(tags.iter().filter_map(|tag| Version::parse(&matcher.replace(tag, ""))).collect())
}

fn releases(question: &Question<'_>, skips_unstable: bool) -> Result<Vec<String>, Error> {
    let mut tags = question.log.tags(order(question))?;
    let is_modern = question.profile == Profile::CatV13;
    let prefix = question.tag_prefix;
    let matcher = if question.is_exact() && !is_modern && !prefix.is_empty() {
        Some(prefix_pattern(&format!("{prefix}(.*)"))?)
    } else {
        None
    };
    tags.retain(|tag| {
        if skips_unstable && is_unstable(tag) {
            return false;
        }
        let rest = match &matcher {
            Some(matcher) => matcher.captures(tag).and_then(|found| found.get(1)).map(|rest| rest.as_str()),
            None => tag.strip_prefix(prefix),
        };
        rest.is_some_and(|rest| Version::parse(rest).is_some())
    });
    Ok(tags)
}

const fn order(question: &Question<'_>) -> TagOrder {
    match question.profile {
        Profile::CatV13 => TagOrder::Date,
        Profile::Sv9 | Profile::CatV12 => TagOrder::Default,
    }
}

/// The prefix as a part of a pattern: the originals take it as one, whatever it holds.
fn escaped(question: &Question<'_>) -> String {
    if question.is_exact() { question.tag_prefix.to_owned() } else { regex::escape(question.tag_prefix) }
}

fn prefix_pattern(source: &str) -> Result<Regex, Error> {
    super::text::pattern(&format!("^(?:{source})"), "").map_err(bad_prefix)
}

fn bad_prefix(reason: String) -> Error {
    Error::Pattern { what: "tagPrefix".to_owned(), reason }
}

fn is_prerelease(version: &str) -> bool {
    Version::parse(version).is_some_and(|version| !version.prerelease.is_empty())
}

/// Whether there is a version with something behind a `-` in it: three numbers, a dash, and more.
fn is_unstable(tag: &str) -> bool {
    tag.match_indices('-').any(|(at, _)| {
        let is_last = at + 1 == tag.len();
        let mut numbers = tag.get(..at).unwrap_or_default().rsplitn(3, '.');
        let is_number = |text: Option<&str>| {
            text.is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        };
        !is_last
            && is_number(numbers.next())
            && is_number(numbers.next())
            && numbers.next().is_some_and(|head| head.bytes().last().is_some_and(|byte| byte.is_ascii_digit()))
    })
}

/// `name@1.2.3`, with or without a pre-release.
fn is_package_tag(tag: &str) -> bool {
    tag.match_indices('@').any(|(at, _)| {
        let rest = tag.get(at + 1..).unwrap_or_default();
        let (core, more) = rest.split_once('-').map_or((rest, None), |(core, more)| (core, Some(more)));
        let mut numbers = core.split('.');
        let are_numbers = (0..3).all(|_| {
            numbers.next().is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        });
        at > 0 && are_numbers && numbers.next().is_none() && more != Some("")
    })
}
