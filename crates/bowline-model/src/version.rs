//! Versions by SemVer 2.0.0, and what a change does to them.
//!
//! Comparison is by precedence (section 11), so `1.0.0-beta.10` is newer than `1.0.0-beta.9` and older than `1.0.0`.
//! Arithmetic is checked: a number that no longer fits is an error, never a wrap.

mod calver;
mod range;
mod snapshot;
mod spelling;

pub use calver::{Calendar, CalendarError, NextError};
pub use range::{Range, RangeError};
pub use snapshot::{Build, SnapshotForm, SnapshotFormError};
pub use spelling::{Spelling, SpellingError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A SemVer version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Version(semver::Version);

/// Why there is no such version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not SemVer.
    #[error("`{text}` is not a SemVer version: {reason}")]
    Syntax {
        /// What was given, safe to show.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A component would pass the largest number that all common tools agree on (2^53 − 1).
    #[error("the {part} number of {version} cannot grow any further")]
    Overflow {
        /// `major`, `minor`, `patch` or `pre-release`.
        part: &'static str,
        /// The version before.
        version: Version,
    },
}

/// How much a set of changes moves a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No release.
    None,
    /// Backwards compatible repair.
    Patch,
    /// Backwards compatible addition.
    Minor,
    /// Incompatible change.
    Major,
}

impl Level {
    /// The word used in documents and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Version {
    /// `major.minor.patch` without pre-release or build metadata.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
    }

    /// The first component.
    pub const fn major(&self) -> u64 {
        self.0.major
    }

    /// The minor number.
    pub const fn minor(&self) -> u64 {
        self.0.minor
    }

    /// The patch number.
    pub const fn patch(&self) -> u64 {
        self.0.patch
    }

    /// Whether it precedes its own final version (`1.0.0-rc.1`).
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// The version after changes of `level`. A pre-release whose final version already covers the level becomes
    /// that final version (`2.0.0-rc.1` with a patch is `2.0.0`); `Level::None` leaves the version as it is.
    pub fn bumped(&self, level: Level) -> Result<Self, VersionError> {
        let v = &self.0;
        let overflow = |part| VersionError::Overflow { part, version: self.clone() };
        let next = |n: u64, part| n.checked_add(1).filter(|&n| n <= MAX_COMPONENT).ok_or_else(|| overflow(part));
        if self.is_prerelease() {
            let covered = match level {
                Level::None => return Ok(self.clone()),
                Level::Patch => true,
                Level::Minor => v.patch == 0,
                Level::Major => v.patch == 0 && v.minor == 0,
            };
            if covered {
                return Ok(Self::new(v.major, v.minor, v.patch));
            }
        }
        Ok(match level {
            Level::None => self.clone(),
            Level::Patch => Self::new(v.major, v.minor, next(v.patch, "patch")?),
            Level::Minor => Self::new(v.major, next(v.minor, "minor")?, 0),
            Level::Major => Self::new(next(v.major, "major")?, 0, 0),
        })
    }

    /// The first pre-release `ID.0` of this version, or the next one when `self` already is such a pre-release.
    pub fn next_prerelease(&self, id: &str) -> Result<Self, VersionError> {
        let syntax = |reason| VersionError::Syntax { text: crate::text::one_line(id, 60).into_owned(), reason };
        let counted = self.0.pre.as_str().strip_prefix(id).and_then(|rest| rest.strip_prefix('.'));
        let number = match counted.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
            // A number that does not even fit is as far as it goes: starting again would be a step back.
            Some(number) => {
                let next = number.parse::<u64>().ok().and_then(|n| n.checked_add(1)).filter(|&n| n <= MAX_COMPONENT);
                next.ok_or_else(|| VersionError::Overflow { part: "pre-release", version: self.clone() })?
            }
            None => 0,
        };
        let mut next = self.0.clone();
        next.build = semver::BuildMetadata::EMPTY;
        next.pre = semver::Prerelease::new(&format!("{id}.{number}")).map_err(|error| syntax(error.to_string()))?;
        if next.to_string().len() > MAX_LENGTH {
            return Err(syntax(format!("the version would be longer than {MAX_LENGTH} characters")));
        }
        Ok(Self(next))
    }

    /// The dot-separated identifiers after the hyphen; empty for a final version.
    pub fn prerelease(&self) -> &str {
        self.0.pre.as_str()
    }

    /// The identifiers after the plus sign; empty when there are none.
    pub fn build(&self) -> &str {
        self.0.build.as_str()
    }

    /// Order by precedence alone: build metadata does not count, so `1.0.0+a` and `1.0.0+b` are the same release.
    pub fn cmp_precedence(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }

    /// The version without pre-release and build metadata.
    pub const fn release(&self) -> Self {
        Self::new(self.0.major, self.0.minor, self.0.patch)
    }
}

impl Ord for Version {
    /// Precedence first; build metadata only breaks ties so that equality and order agree.
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0).then_with(|| self.0.build.cmp(&other.0.build))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Version {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let error =
            |reason: String| VersionError::Syntax { text: crate::text::one_line(text, 60).into_owned(), reason };
        if text.len() > MAX_LENGTH {
            return Err(error(format!("longer than {MAX_LENGTH} characters")));
        }
        let version: semver::Version = text.parse().map_err(|e: semver::Error| error(e.to_string()))?;
        if [version.major, version.minor, version.patch].iter().any(|&n| n > MAX_COMPONENT) {
            return Err(error(format!("a number is larger than {MAX_COMPONENT}")));
        }
        Ok(Self(version))
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;
    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

const MAX_LENGTH: usize = 256;
/// Readers that keep numbers as doubles (npm's among them) lose exactness past this one.
const MAX_COMPONENT: u64 = (1 << 53) - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn v(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn bumps() {
        for (from, level, to) in [
            ("1.2.3", Level::None, "1.2.3"),
            ("1.2.3", Level::Patch, "1.2.4"),
            ("1.2.3+build.5", Level::Patch, "1.2.4"),
            ("1.2.3", Level::Minor, "1.3.0"),
            ("1.2.3", Level::Major, "2.0.0"),
            ("2.0.0-rc.1", Level::Patch, "2.0.0"),
            ("2.0.0-rc.1", Level::Major, "2.0.0"),
            ("2.1.0-rc.1", Level::Major, "3.0.0"),
            ("2.1.1-rc.1", Level::Minor, "2.2.0"),
        ] {
            assert_eq!(v(from).bumped(level), Ok(v(to)), "{from} {level}");
        }
        assert!(matches!(v("1.0.9007199254740991").bumped(Level::Patch), Err(VersionError::Overflow { .. })));
    }

    #[test]
    fn prereleases_count() {
        assert_eq!(v("1.2.3").next_prerelease("rc"), Ok(v("1.2.3-rc.0")));
        assert_eq!(v("1.2.3-rc.9").next_prerelease("rc"), Ok(v("1.2.3-rc.10")));
        assert_eq!(v("1.2.3-beta.9").next_prerelease("rc"), Ok(v("1.2.3-rc.0")));
        assert!(v("1.2.3").next_prerelease("no spaces").is_err());
        assert!(v("1.2.3").next_prerelease(&"a".repeat(250)).is_err());
        for last in ["9007199254740991", "18446744073709551615", "99999999999999999999"] {
            let next = v(&format!("1.2.3-rc.{last}")).next_prerelease("rc");
            assert!(matches!(next, Err(VersionError::Overflow { part: "pre-release", .. })), "{last}: {next:?}");
        }
    }

    #[test]
    fn not_versions() {
        for bad in [
            "",
            "1",
            "1.2",
            "01.2.3",
            "1.2.3.4",
            "v1.2.3",
            "1.2.3-",
            "1.2.3-01",
            "9007199254740992.0.0",
            "1.2.3-é",
            &format!("1.2.3-{}", "a".repeat(300)),
        ] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }

    /// Section 11 of SemVer, step by step; `ours` and `theirs` are the parts of a pre-release.
    fn by_section_11(ours: &[String], theirs: &[String]) -> Ordering {
        match (ours, theirs) {
            ([], []) => Ordering::Equal,
            // 11.3: a version without a pre-release is higher.
            ([], _) => Ordering::Greater,
            (_, []) => Ordering::Less,
            _ => {
                for (our, their) in ours.iter().zip(theirs) {
                    // 11.4.1 to 11.4.3: numbers by value, words by ASCII, numbers below words.
                    let order = match (our.parse::<u64>(), their.parse::<u64>()) {
                        (Ok(our), Ok(their)) => our.cmp(&their),
                        (Ok(_), Err(_)) => Ordering::Less,
                        (Err(_), Ok(_)) => Ordering::Greater,
                        (Err(_), Err(_)) => our.as_bytes().cmp(their.as_bytes()),
                    };
                    if order != Ordering::Equal {
                        return order;
                    }
                }
                // 11.4.4: more parts are higher.
                ours.len().cmp(&theirs.len())
            }
        }
    }

    fn parts() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("(0|[1-9][0-9]{0,3}|rc|beta|Beta|[0-9]{0,2}[a-z-]{1,2})", 0..4)
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_section_11(core in [0..3_u64, 0..3, 0..3], other in [0..3_u64, 0..3, 0..3], ours in parts(), theirs in parts()) {
            let written = |core: [u64; 3], parts: &[String], build| {
                let sign = if parts.is_empty() { "" } else { "-" };
                v(&format!("{}.{}.{}{sign}{}{build}", core[0], core[1], core[2], parts.join(".")))
            };
            let (a, b) = (written(core, &ours, "+a"), written(other, &theirs, "+b"));
            prop_assert_eq!(a.cmp_precedence(&b), core.cmp(&other).then_with(|| by_section_11(&ours, &theirs)), "{} {}", a, b);
            prop_assert_eq!(a.cmp(&b).reverse(), b.cmp(&a));
        }

        #[test]
        fn every_bump_grows(major in 0..99_u64, minor in 0..99_u64, patch in 0..99_u64, pre in "(|-(rc|beta)\\.[0-9]{1,3})") {
            let Ok(version) = format!("{major}.{minor}.{patch}{pre}").parse::<Version>() else { return Ok(()) };
            for level in [Level::Patch, Level::Minor, Level::Major] {
                let next = version.bumped(level).unwrap();
                prop_assert!(next > version, "{version} {level} -> {next}");
                prop_assert!(!next.is_prerelease());
                prop_assert_eq!(next.to_string().parse::<Version>().unwrap(), next);
            }
        }

        #[test]
        fn precedence_of_prereleases_is_numeric(a in 0..2000_u64, b in 0..2000_u64) {
            prop_assert_eq!(a.cmp(&b), v(&format!("1.0.0-rc.{a}")).cmp(&v(&format!("1.0.0-rc.{b}"))));
            let prerelease = v(&format!("1.0.0-rc.{a}"));
            prop_assert!(prerelease < v("1.0.0"));
        }
    }
}
