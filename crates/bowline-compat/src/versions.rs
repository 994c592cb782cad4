//! The arithmetic of npm's `semver` package, as far as the originals use it.
//!
//! Its grammar is wider than SemVer 2.0.0 in one place only that matters here: white space around, and `v` or `=` in front, are
//! allowed ([`Version::parse`]). Source: npm `semver` 7, `classes/semver.js` and `internal/re.js`.

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
}

impl Version {
    /// What `semver.valid` takes for a version: white space around it, and a `v` or `=` in front, do not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.encode_utf16().count() > MAX_LENGTH {
            return None;
        }
        let text = text.trim();
        let text = text.strip_prefix(['v', '=']).map_or(text, |rest| rest.trim_start());
        Self::parse_bare(text)
    }

    /// What `semver.clean` makes of a text: as [`Version::parse`], with any number of `v` and `=` in front.
    #[must_use]
    pub fn clean(text: &str) -> Option<Self> {
        Self::parse(text.trim().trim_start_matches(['=', 'v']))
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

    /// `semver.inc`: this version raised. A pre-release that leads to the release asked for becomes it.
    #[must_use]
    pub fn inc(&self, release: Release, id: Option<&str>) -> Option<Self> {
        let mut next = Self { build: Vec::new(), ..self.clone() };
        match release {
            Release::PreMajor => {
                next.start(self.major + 1, 0, 0);
                next.pre(id)?;
            }
            Release::PreMinor => {
                next.start(self.major, self.minor + 1, 0);
                next.pre(id)?;
            }
            Release::PrePatch => {
                // A pre-release of the same patch is left behind: 1.2.3-5 becomes 1.2.4-0.
                next.start(self.major, self.minor, self.patch_after());
                if !self.prerelease.is_empty() {
                    next.patch += 1;
                }
                next.pre(id)?;
            }
            Release::Prerelease => {
                if self.prerelease.is_empty() {
                    next.patch += 1;
                }
                next.pre(id)?;
            }
            Release::Major => {
                let is_reached = self.minor == 0 && self.patch == 0 && !self.prerelease.is_empty();
                next.start(self.major + u64::from(!is_reached), 0, 0);
            }
            Release::Minor => {
                let is_reached = self.patch == 0 && !self.prerelease.is_empty();
                next.start(self.major, self.minor + u64::from(!is_reached), 0);
            }
            Release::Patch => next.start(self.major, self.minor, self.patch_after()),
        }
        Some(next)
    }

    /// The patch number that `patch` gives: a pre-release becomes its own release.
    fn patch_after(&self) -> u64 {
        self.patch + u64::from(self.prerelease.is_empty())
    }

    fn start(&mut self, major: u64, minor: u64, patch: u64) {
        (self.major, self.minor, self.patch) = (major, minor, patch);
        self.prerelease.clear();
    }

    /// Counts the last number of the pre-release up, then sees to it that it begins with `id`.
    fn pre(&mut self, id: Option<&str>) -> Option<()> {
        let last = self.prerelease.iter_mut().rev().find_map(|part| match part {
            Identifier::Number(number) => Some(number),
            Identifier::Text(_) => None,
        });
        match last {
            Some(number) => *number += 1,
            None => self.prerelease.push(Identifier::Number(0)),
        }
        let Some(id) = id.filter(|id| !id.is_empty()) else { return Some(()) };
        // npm compares identifiers, so `1` and the number 1 are the same.
        let wanted = Identifier::loose(id);
        let continues =
            self.prerelease.first() == Some(&wanted) && matches!(self.prerelease.get(1), Some(Identifier::Number(_)));
        if !continues {
            self.prerelease = vec![wanted, Identifier::Number(0)];
        }
        Some(())
    }

    /// Whether it comes before 1.0.0.
    #[must_use]
    pub fn is_before_one(&self) -> bool {
        *self < Self { major: 1, minor: 0, patch: 0, prerelease: Vec::new(), build: Vec::new() }
    }
}

impl Identifier {
    fn parse(text: &str) -> Option<Self> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return number(text).map(Self::Number);
        }
        text_part(text).map(Self::Text)
    }

    /// As it is given by a person: what is no number is a text, whatever it is made of.
    fn loose(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|| Self::Text(text.to_owned()))
    }
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
            match part {
                Identifier::Number(number) => write!(f, "{number}")?,
                Identifier::Text(text) => f.write_str(text)?,
            }
        }
        Ok(())
    }
}
