//! The arithmetic of npm's `semver` package, as far as the originals use it.
//!
//! Its grammar is wider than SemVer 2.0.0 in one place only that matters here: white space around, and one `v` in front, are
//! allowed ([`Version::parse`]). The tables of the tests are answers of npm `semver` 7.8.6.

use std::cmp::Ordering;
use std::fmt;

/// The largest number that JavaScript counts exactly; npm refuses versions above it.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
/// npm refuses longer ones.
const MAX_LENGTH: usize = 256;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// Major.
    pub major: u64,
    /// Minor.
    pub minor: u64,
    /// Patch.
    pub patch: u64,
    /// What follows the `-`, in parts.
    pub prerelease: Vec<Identifier>,
    /// What follows the `+`, in parts. Counts nowhere.
    pub build: Vec<String>,
}

/// A part of a pre-release.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// A number.
    Number(u64),
    /// Anything else.
    Text(String),
}

/// How a version is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// `major`.
    Major,
    /// `minor`.
    Minor,
    /// `patch`.
    Patch,
    /// `premajor`.
    PreMajor,
    /// `preminor`.
    PreMinor,
    /// `prepatch`.
    PrePatch,
    /// `prerelease`.
    Prerelease,
}

impl Release {
    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "major" => Self::Major,
            "minor" => Self::Minor,
            "patch" => Self::Patch,
            "premajor" => Self::PreMajor,
            "preminor" => Self::PreMinor,
            "prepatch" => Self::PrePatch,
            "prerelease" => Self::Prerelease,
            _ => return None,
        })
    }

    /// Its name, as npm spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::PreMajor => "premajor",
            Self::PreMinor => "preminor",
            Self::PrePatch => "prepatch",
            Self::Prerelease => "prerelease",
        }
    }

    /// Whether it makes a pre-release.
    #[must_use]
    pub const fn is_pre(self) -> bool {
        matches!(self, Self::PreMajor | Self::PreMinor | Self::PrePatch | Self::Prerelease)
    }
}

impl Version {
    /// What `semver.valid` takes for a version: white space around it and a `v` in front do not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.encode_utf16().take(MAX_LENGTH + 1).count() > MAX_LENGTH {
            return None;
        }
        let text = trim(text);
        Self::parse_bare(text.strip_prefix('v').unwrap_or(text))
    }

    /// What `semver.clean` makes of a text: as [`Version::parse`], with any number of `v` and `=` in front.
    #[must_use]
    pub fn clean(text: &str) -> Option<Self> {
        Self::parse(trim(text).trim_start_matches(['=', 'v']))
    }

    fn parse_bare(text: &str) -> Option<Self> {
        let (rest, build) = match text.split_once('+') {
            Some((rest, build)) => (rest, build.split('.').map(text_part).collect::<Option<Vec<_>>>()?),
            None => (text, Vec::new()),
        };
        let (core, prerelease) = match rest.split_once('-') {
            Some((core, parts)) => (core, parts.split('.').map(Identifier::parse).collect::<Option<Vec<_>>>()?),
            None => (rest, Vec::new()),
        };
        let mut numbers = core.split('.').map(number);
        let version =
            Self { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()??, prerelease, build };
        numbers.next().is_none().then_some(version)
    }

    /// `semver.inc`: this version raised. A pre-release that leads to the release asked for becomes it. `None` when `id` cannot
    /// stand in a version; it matters only where a pre-release is made.
    #[must_use]
    pub fn inc(&self, release: Release, id: Option<&str>) -> Option<Self> {
        let id = id.filter(|id| !id.is_empty());
        if release.is_pre() && id.is_some_and(|id| !id.split('.').all(is_identifier)) {
            return None;
        }
        let mut next = Self { build: Vec::new(), ..self.clone() };
        match release {
            Release::PreMajor => next.start(self.major + 1, 0, 0),
            Release::PreMinor => next.start(self.major, self.minor + 1, 0),
            // A pre-release of the same patch is left behind: 1.2.3-5 becomes 1.2.4-0.
            Release::PrePatch => next.start(self.major, self.minor, self.patch + 1),
            Release::Prerelease => next.patch = self.patch + u64::from(self.prerelease.is_empty()),
            Release::Major => {
                let is_reached = self.minor == 0 && self.patch == 0 && !self.prerelease.is_empty();
                next.start(self.major + u64::from(!is_reached), 0, 0);
            }
            Release::Minor => {
                let is_reached = self.patch == 0 && !self.prerelease.is_empty();
                next.start(self.major, self.minor + u64::from(!is_reached), 0);
            }
            Release::Patch => next.start(self.major, self.minor, self.patch + u64::from(self.prerelease.is_empty())),
        }
        if release.is_pre() {
            next.count_prerelease(id);
        }
        Some(next)
    }

    fn start(&mut self, major: u64, minor: u64, patch: u64) {
        (self.major, self.minor, self.patch) = (major, minor, patch);
        self.prerelease.clear();
    }

    /// Counts the last number of the pre-release up, then sees to it that it begins with `id` and a number.
    fn count_prerelease(&mut self, id: Option<&str>) {
        let last = self.prerelease.iter_mut().rev().find_map(|part| match part {
            Identifier::Number(number) => Some(number),
            Identifier::Text(_) => None,
        });
        match last {
            Some(number) => *number += 1,
            None => self.prerelease.push(Identifier::Number(0)),
        }
        let Some(id) = id else { return };
        let wanted: Vec<Identifier> = id.split('.').map(Identifier::loose).collect();
        let continues = self.prerelease.starts_with(&wanted)
            && matches!(self.prerelease.get(wanted.len()), Some(Identifier::Number(_)));
        if !continues {
            self.prerelease = wanted;
            self.prerelease.push(Identifier::Number(0));
        }
    }

    /// `semver.diff`: the largest part in which two versions differ, seen from the way up; `None` when they rank alike.
    #[must_use]
    pub fn diff(&self, other: &Self) -> Option<Release> {
        let (low, high) = match self.precedence(other) {
            Ordering::Equal => return None,
            Ordering::Less => (self, other),
            Ordering::Greater => (other, self),
        };
        let becomes_release = !low.prerelease.is_empty() && high.prerelease.is_empty();
        if becomes_release && low.patch == 0 && low.minor == 0 {
            return Some(Release::Major);
        }
        if becomes_release && (low.major, low.minor, low.patch) == (high.major, high.minor, high.patch) {
            return Some(if low.minor != 0 && low.patch == 0 { Release::Minor } else { Release::Patch });
        }
        let (full, pre) = if low.major != high.major {
            (Release::Major, Release::PreMajor)
        } else if low.minor != high.minor {
            (Release::Minor, Release::PreMinor)
        } else if low.patch != high.patch {
            (Release::Patch, Release::PrePatch)
        } else {
            (Release::Prerelease, Release::Prerelease)
        };
        Some(if high.prerelease.is_empty() { full } else { pre })
    }

    /// With the build part, which [`fmt::Display`] leaves out.
    #[must_use]
    pub fn with_build(&self) -> String {
        if self.build.is_empty() { self.to_string() } else { format!("{self}+{}", self.build.join(".")) }
    }

    /// Whether it comes before 1.0.0.
    #[must_use]
    pub fn is_before_one(&self) -> bool {
        *self < Self { major: 1, minor: 0, patch: 0, prerelease: Vec::new(), build: Vec::new() }
    }
}

impl Identifier {
    /// A number too large for JavaScript to count stays a text.
    fn parse(text: &str) -> Option<Self> {
        if !is_identifier(text) {
            return None;
        }
        Some(
            number(text)
                .filter(|number| *number < MAX_SAFE_INTEGER)
                .map_or_else(|| Self::Text(text.to_owned()), Self::Number),
        )
    }

    /// As it is given by a person: what is no number is a text, whatever it is made of.
    fn loose(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|| Self::Text(text.to_owned()))
    }
}

/// Whether it can stand between the dots of a pre-release.
fn is_identifier(text: &str) -> bool {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text_part(text).is_some() && (!is_digits || text == "0" || !text.starts_with('0'))
}

/// `String.prototype.trim` of JavaScript.
fn trim(text: &str) -> &str {
    text.trim_matches(|letter: char| (letter.is_whitespace() && letter != '\u{85}') || letter == '\u{feff}')
}

/// A number without zeros in front.
fn number(text: &str) -> Option<u64> {
    let is_number =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let number = is_number.then(|| text.parse().ok())??;
    (number <= MAX_SAFE_INTEGER).then_some(number)
}

fn text_part(text: &str) -> Option<String> {
    let is_part = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_part.then(|| text.to_owned())
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Ord for Identifier {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
        }
    }
}

impl PartialOrd for Identifier {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialOrd for Version {
    /// By precedence (SemVer 2.0.0, section 11). Versions that differ in their build only are neither less nor greater.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.precedence(other))
    }
}

impl Version {
    /// Which one has precedence (SemVer 2.0.0, section 11); the build counts nowhere.
    #[must_use]
    pub fn precedence(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => self.prerelease.cmp(&other.prerelease),
            }
        })
    }
}

impl fmt::Display for Version {
    /// Without the build, as npm's `version` is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        for (place, part) in self.prerelease.iter().enumerate() {
            f.write_str(if place == 0 { "-" } else { "." })?;
            part.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(version: Option<Version>) -> Option<String> {
        version.map(|version| version.to_string())
    }

    #[test]
    fn what_is_a_version() {
        let check = |text: &str, valid: Option<&str>, clean: Option<&str>| {
            assert_eq!(shown(Version::parse(text)).as_deref(), valid, "valid {text:?}");
            assert_eq!(shown(Version::clean(text)).as_deref(), clean, "clean {text:?}");
        };
        check("1.2.3", Some("1.2.3"), Some("1.2.3"));
        check("v1.2.3", Some("1.2.3"), Some("1.2.3"));
        check(" v1.2.3 ", Some("1.2.3"), Some("1.2.3"));
        check("=1.2.3", None, Some("1.2.3"));
        check("= v1.2.3", None, Some("1.2.3"));
        check("vv1.2.3", None, Some("1.2.3"));
        check("v 1.2.3", None, Some("1.2.3"));
        check("1.2.3-a.01", None, None);
        check("1.2.3-01a", Some("1.2.3-01a"), Some("1.2.3-01a"));
        check("1.2", None, None);
        check("01.2.3", None, None);
        check("1.2.3-9007199254740993", Some("1.2.3-9007199254740993"), Some("1.2.3-9007199254740993"));
        check("9007199254740992.0.0", None, None);
        check("1.2.3+build.01", Some("1.2.3"), Some("1.2.3"));
        check("1.2.3-", None, None);
        assert_eq!(Version::parse("1.2.3-a+b.01").map(|version| version.with_build()).as_deref(), Some("1.2.3-a+b.01"));
    }

    #[test]
    fn raised() {
        let check = |version: &str, release: &str, id: Option<&str>, expected: Option<&str>| {
            let release = Release::named(release).unwrap();
            let raised = Version::parse(version).unwrap().inc(release, id);
            assert_eq!(shown(raised).as_deref(), expected, "{version} {} {id:?}", release.name());
        };
        check("1.2.3-5", "prepatch", None, Some("1.2.4-0"));
        check("1.2.3-5", "prepatch", Some("a"), Some("1.2.4-a.0"));
        check("1.2.3-5", "prepatch", Some(""), Some("1.2.4-0"));
        check("1.2.3", "prerelease", Some("beta"), Some("1.2.4-beta.0"));
        check("1.2.3-beta.1", "prerelease", Some("beta"), Some("1.2.3-beta.2"));
        check("1.2.3-beta.1", "prerelease", Some("alpha"), Some("1.2.3-alpha.0"));
        check("1.2.3-beta", "prerelease", Some("beta"), Some("1.2.3-beta.0"));
        check("1.2.3-beta.x", "prerelease", Some("beta"), Some("1.2.3-beta.0"));
        check("1.2.3-beta.1.x", "prerelease", Some("beta"), Some("1.2.3-beta.2.x"));
        check("1.2.3-0", "prerelease", Some("1"), Some("1.2.3-1.0"));
        check("1.2.3-1.0", "prerelease", Some("1"), Some("1.2.3-1.1"));
        check("1.2.3", "prerelease", Some("a.b"), Some("1.2.4-a.b.0"));
        check("1.2.3-a.b.0", "prerelease", Some("a.b"), Some("1.2.3-a.b.1"));
        check("1.2.3-a.b.1", "prerelease", Some("a"), Some("1.2.3-a.0"));
        check("1.2.3", "prerelease", Some("a b"), None);
        check("1.2.3", "prerelease", Some("ä"), None);
        check("1.2.3", "prerelease", Some("01"), None);
        check("1.2.3", "prerelease", Some("a..b"), None);
        check("1.2.3", "prerelease", Some("a+b"), None);
        check("1.2.3", "prerelease", Some("-"), Some("1.2.4--.0"));
        check("1.2.3", "prerelease", Some(""), Some("1.2.4-0"));
        check("1.2.3-alpha.1", "prerelease", Some(""), Some("1.2.3-alpha.2"));
        check("1.2.3", "premajor", Some("rc"), Some("2.0.0-rc.0"));
        check("1.2.3", "preminor", Some("rc"), Some("1.3.0-rc.0"));
        check("1.2.3-rc.1", "premajor", Some("rc"), Some("2.0.0-rc.0"));
        check("1.2.3", "minor", Some("a b"), Some("1.3.0"));
        check("2.0.0-rc.1", "major", None, Some("2.0.0"));
        check("2.1.0-rc.1", "major", None, Some("3.0.0"));
        check("2.0.1-rc.1", "minor", None, Some("2.1.0"));
        check("2.0.1-rc.1", "patch", None, Some("2.0.1"));
        check("1.2.3-rc.5+b", "patch", None, Some("1.2.3"));
        check("1.2.3", "prerelease", Some("9007199254740993"), Some("1.2.4-9007199254740993.0"));
        check("1.2.3-9007199254740991", "prerelease", None, Some("1.2.3-9007199254740991.0"));
        check("9007199254740991.0.0", "major", None, Some("9007199254740992.0.0"));
        check("1.2.3-a.5.b", "prerelease", Some("a"), Some("1.2.3-a.6.b"));
    }

    #[test]
    fn differences() {
        let check = |one: &str, other: &str, expected: Option<&str>| {
            let difference = Version::parse(one).unwrap().diff(&Version::parse(other).unwrap());
            assert_eq!(difference.map(Release::name), expected, "{one} {other}");
        };
        check("1.0.0", "1.0.0", None);
        check("1.0.0+a", "1.0.0+b", None);
        check("1.0.0-a", "1.0.0", Some("major"));
        check("1.0.0", "2.0.0-a", Some("premajor"));
        check("1.0.0-a.1", "1.0.0-a.2", Some("prerelease"));
        check("1.0.0-a", "1.0.1", Some("major"));
        check("1.1.0-a", "1.1.0", Some("minor"));
        check("2.1.0-a", "2.1.1", Some("patch"));
        check("2.1.1-a", "2.1.1", Some("patch"));
        check("2.1.1-a", "2.2.0", Some("minor"));
        check("1.0.0", "1.0.1-a", Some("prepatch"));
        check("1.0.0", "1.1.0-a", Some("preminor"));
        check("1.1.0-a", "2.0.0", Some("major"));
        check("1.0.0-a", "1.0.1-b", Some("prepatch"));
        check("3.0.0", "2.0.0", Some("major"));
    }
}
