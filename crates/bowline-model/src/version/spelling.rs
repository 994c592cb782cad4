//! One version as other ecosystems write it, so that their tools order it as SemVer does.
//!
//! A spelling that would be read as another version, or ordered differently, is refused and never approximated: a
//! pre-release that a package manager takes for the newest final version is worse than no release.

use super::Version;
use std::fmt::Write as _;

/// Who reads the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// SemVer 2.0.0: npm, Cargo, NuGet, Helm.
    Semver,
    /// Python packages, in normalised form (PEP 440, *Summary of permitted suffixes and relative ordering* and *Normalization*).
    Pep440,
    /// Maven, where an unknown qualifier comes after the final version (*POM Reference*, section *Version Order Specification*).
    Maven,
    /// An upstream version of Debian, where `~` comes before everything (Debian Policy, section 5.6.12).
    Debian,
    /// A Go module's version (*Go Modules Reference*, section *Versions*).
    Go,
}

/// Why there is no such spelling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{version} cannot be written as {ecosystem}: {reason}")]
pub struct SpellingError {
    /// The version.
    pub version: Version,
    /// For whom.
    pub ecosystem: &'static str,
    /// What is in the way.
    pub reason: String,
}

impl Spelling {
    /// What it is called in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Semver => "a SemVer version",
            Self::Pep440 => "a Python version (PEP 440)",
            Self::Maven => "a Maven version",
            Self::Debian => "a Debian version",
            Self::Go => "a Go module version",
        }
    }

    /// `version` in this spelling.
    pub fn write(self, version: &Version) -> Result<String, SpellingError> {
        let written = match self {
            Self::Semver => Ok(version.to_string()),
            Self::Pep440 => pep440(version),
            Self::Maven => maven(version),
            Self::Debian => Ok(debian(version)),
            Self::Go => go(version),
        };
        written.map_err(|reason| SpellingError { version: version.clone(), ecosystem: self.as_str(), reason })
    }

    /// The version that `text` spells; none when it spells none, or one that SemVer cannot express.
    pub fn read(self, text: &str) -> Option<Version> {
        match self {
            Self::Semver | Self::Maven => text.parse().ok(),
            // SemVer is tried first because it keeps what was written: `1.0.0-rc.1` is both. `1.0.0-1` is a post-release
            // there, and comes after 1.0.0.
            Self::Pep440 => match text.parse::<Version>() {
                Ok(version) if !version.prerelease().starts_with(|c: char| c.is_ascii_digit()) => Some(version),
                _ => read_pep440(text),
            },
            Self::Debian => text.replace('~', "-").parse().ok(),
            Self::Go => text.strip_prefix('v')?.parse().ok(),
        }
    }
}

fn pep440(version: &Version) -> Result<String, String> {
    let mut out = version.release().to_string();
    if version.is_prerelease() {
        let (name, number) = named(version.prerelease()).ok_or("a pre-release there is a name and one number")?;
        let (_, mark) = PEP440_NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| format!("`{name}` is not known there; `alpha`, `beta`, `rc` and `dev` are"))?;
        let _ = write!(out, "{mark}{number}");
    }
    if !version.build().is_empty() {
        // Segments of digits lose their leading zeros when they are read, so they lose them here.
        let segments: Vec<String> = version
            .build()
            .split(['.', '-'])
            .map(local_segment)
            .collect::<Option<_>>()
            .ok_or("its build metadata has an empty part")?;
        let _ = write!(out, "+{}", segments.join("."));
    }
    Ok(out)
}

fn local_segment(segment: &str) -> Option<String> {
    if segment.is_empty() {
        return None;
    }
    if segment.bytes().all(|byte| byte.is_ascii_digit()) {
        let bare = segment.trim_start_matches('0');
        return Some(if bare.is_empty() { "0".to_owned() } else { bare.to_owned() });
    }
    Some(segment.to_ascii_lowercase())
}

/// `rc.1` and `rc` as name and number; a number may be joined to the name (`rc1`).
fn named(prerelease: &str) -> Option<(&str, u64)> {
    let (name, number) = match prerelease.split_once('.') {
        Some((name, number)) => (name, number),
        None => prerelease.split_at(prerelease.trim_end_matches(|c: char| c.is_ascii_digit()).len()),
    };
    let number = if number.is_empty() { 0 } else { number.parse().ok()? };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_name.then_some((name, number))
}

/// Normalised or not; epochs, post-releases and more than three numbers have no place in SemVer.
fn read_pep440(text: &str) -> Option<Version> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    let (public, local) = text.split_once('+').map_or((text, None), |(public, local)| (public, Some(local)));
    let end = public.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(public.len());
    let (numbers, suffix) = public.split_at(end);
    // A dot may stand before the suffix (`1.0.dev1`).
    let mut numbers: Vec<u64> =
        numbers.strip_suffix('.').unwrap_or(numbers).split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    if numbers.len() > 3 {
        return None;
    }
    numbers.resize(3, 0);
    let mut semver = format!("{}.{}.{}", numbers[0], numbers[1], numbers[2]);
    if !suffix.is_empty() {
        let suffix = suffix.trim_start_matches(['-', '_', '.']);
        let at = suffix.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(suffix.len());
        let (name, number) = suffix.split_at(at);
        let number = number.strip_prefix(['-', '_', '.']).unwrap_or(number);
        let number: u64 = if number.is_empty() { 0 } else { number.parse().ok()? };
        let (_, name) = PEP440_READ.iter().find(|(known, _)| *known == name)?;
        let _ = write!(semver, "-{name}.{number}");
    }
    if let Some(local) = local {
        let _ = write!(semver, "+{}", local.replace(['-', '_'], "."));
    }
    semver.parse().ok()
}

fn maven(version: &Version) -> Result<String, String> {
    let first = version.prerelease().split('.').next().unwrap_or_default();
    let name = first.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
    if !version.build().is_empty() {
        return Err("it has no build metadata, and would take it for a part of the version".to_owned());
    }
    match name.as_str() {
        "snapshot" if version.prerelease().eq_ignore_ascii_case("snapshot") => {
            Ok(format!("{}-SNAPSHOT", version.release()))
        }
        _ if !version.is_prerelease() => Ok(version.to_string()),
        // A hyphen and a change between letters and digits both begin a new part there, as the dot does here.
        name if MAVEN_BEFORE.contains(&name) && !version.prerelease().contains('-') => Ok(version.to_string()),
        _ => Err(format!(
            "`{first}` would come after the final version there; `alpha`, `beta`, `milestone` and `rc` come before"
        )),
    }
}

fn debian(version: &Version) -> String {
    let mut out = version.release().to_string();
    // A hyphen would begin the revision.
    if version.is_prerelease() {
        let _ = write!(out, "~{}", version.prerelease().replace('-', "."));
    }
    if !version.build().is_empty() {
        let _ = write!(out, "+{}", version.build().replace('-', "."));
    }
    out
}

fn go(version: &Version) -> Result<String, String> {
    match version.build() {
        "" => Ok(format!("v{version}")),
        _ => Err("it takes no build metadata".to_owned()),
    }
}

const PEP440_NAMES: [(&str, &str); 10] = [
    ("alpha", "a"),
    ("a", "a"),
    ("beta", "b"),
    ("b", "b"),
    ("rc", "rc"),
    ("c", "rc"),
    ("pre", "rc"),
    ("preview", "rc"),
    ("dev", ".dev"),
    ("snapshot", ".dev"),
];
const PEP440_READ: [(&str, &str); 9] = [
    ("a", "alpha"),
    ("alpha", "alpha"),
    ("b", "beta"),
    ("beta", "beta"),
    ("rc", "rc"),
    ("c", "rc"),
    ("pre", "rc"),
    ("preview", "rc"),
    ("dev", "dev"),
];
const MAVEN_BEFORE: [&str; 7] = ["alpha", "beta", "milestone", "rc", "cr", "a", "b"];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spelling: Spelling, version: &str, expected: Result<&str, &str>) {
        let written = spelling.write(&version.parse().unwrap());
        match (&written, expected) {
            (Ok(written), Ok(expected)) => assert_eq!(written, expected, "{version}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            _ => panic!("{version}: {written:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn python() {
        use Spelling::Pep440;
        for (version, expected) in [
            ("1.2.3", "1.2.3"),
            ("1.2.3-rc.1", "1.2.3rc1"),
            ("1.2.3-alpha.0", "1.2.3a0"),
            ("1.2.3-beta", "1.2.3b0"),
            ("1.2.3-b2", "1.2.3b2"),
            ("1.2.3-dev.4", "1.2.3.dev4"),
            ("1.2.3+Ubuntu-007.x", "1.2.3+ubuntu.7.x"),
            ("1.2.3-rc.1+000", "1.2.3rc1+0"),
        ] {
            check(Pep440, version, Ok(expected));
        }
        check(Pep440, "1.2.3-next.1", Err("`next` is not known there"));
        check(Pep440, "1.2.3-rc.1.2", Err("a name and one number"));
        check(Pep440, "1.2.3-0", Err("a name and one number"));
        check(Pep440, "1.2.3-rc.99999999999999999999", Err("one number"));
        check(Pep440, "1.2.3+a--b", Err("empty part"));
    }

    #[test]
    fn python_is_read_in_any_form() {
        for (text, expected) in [
            ("1.2.3", Some("1.2.3")),
            ("1.2", Some("1.2.0")),
            ("1", Some("1.0.0")),
            ("1.2.3rc1", Some("1.2.3-rc.1")),
            ("1.2.3-RC1", Some("1.2.3-RC1")),
            ("1.2.3.RC-1", Some("1.2.3-rc.1")),
            ("v1.2a", Some("1.2.0-alpha.0")),
            ("1.0.dev3", Some("1.0.0-dev.3")),
            ("1.2.3b2+local_1", Some("1.2.3-beta.2+local.1")),
            ("1.2.3-rc.1", Some("1.2.3-rc.1")),
            ("1!2.3.4", None),
            ("1.2.3.4", None),
            ("1.2.3.post1", None),
            ("1.2.3-1", None),
            ("1.2.3a1.dev2", None),
            ("1..3", None),
            ("", None),
            ("main", None),
        ] {
            assert_eq!(Spelling::Pep440.read(text).map(|found| found.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for version in ["1.2.3", "1.2.3-rc.1", "1.2.3-alpha.0", "1.2.3-beta.10", "1.2.3-dev.2"] {
            let version: Version = version.parse().unwrap();
            for spelling in [Spelling::Semver, Spelling::Pep440, Spelling::Debian, Spelling::Go] {
                assert_eq!(spelling.read(&spelling.write(&version).unwrap()), Some(version.clone()), "{spelling:?}");
            }
        }
    }

    #[test]
    fn others() {
        use Spelling::{Debian, Go, Maven, Semver};
        check(Semver, "1.2.3-x.1+b", Ok("1.2.3-x.1+b"));
        check(Maven, "1.2.3", Ok("1.2.3"));
        check(Maven, "1.2.3-rc.1", Ok("1.2.3-rc.1"));
        check(Maven, "1.2.3-snapshot", Ok("1.2.3-SNAPSHOT"));
        check(Maven, "1.2.3-next.1", Err("after the final version"));
        check(Maven, "1.2.3-0", Err("after the final version"));
        check(Maven, "1.2.3-snapshot.1", Err("after the final version"));
        check(Maven, "1.2.3+b", Err("no build metadata"));
        check(Debian, "1.2.3-rc.1", Ok("1.2.3~rc.1"));
        check(Debian, "1.2.3-rc-x.1+b-1", Ok("1.2.3~rc.x.1+b.1"));
        check(Go, "2.0.0-rc.1", Ok("v2.0.0-rc.1"));
        check(Go, "2.0.0+b", Err("no build metadata"));
    }
}
