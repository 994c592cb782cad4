//! Versions of builds that are no release: a pre-release of the next version, made from the commit alone.
//!
//! The same commit gives the same one everywhere, and they rise as changes are added. They come before the version that they
//! lead to, and after the one before it.

use super::{Version, VersionError};
use crate::git::Oid;
use crate::time::Timestamp;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The form of such versions: `{version}-snapshot.{date}.{commits}.g{commit}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotForm(String);

/// What is built.
#[derive(Clone, Copy, Debug)]
pub struct Build<'b> {
    /// The version that it leads to; of a pre-release, the final one.
    pub next: &'b Version,
    /// The commit.
    pub commit: Oid,
    /// Its committer time.
    pub time: Timestamp,
    /// How many commits there are since the current version.
    pub commits: usize,
}

/// Why a text is no such form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotFormError {
    /// It does not begin with the version that it leads to.
    #[error("must begin with `{{version}}-`, so that it comes before the version that it leads to")]
    Begin,
    /// It has other places than those that are filled in.
    #[error("has `{0}`, which is no place to fill in")]
    Place(String),
    /// Every commit would have the same version.
    #[error("must have `{{commit}}`: without it two commits can have one version")]
    Commit,
    /// What comes out is not SemVer.
    #[error("makes `{made}`, which is no SemVer version")]
    Made {
        /// What comes out for some commit.
        made: String,
        /// Why not.
        #[source]
        source: VersionError,
    },
}

impl SnapshotForm {
    /// The version of `build`. Errors: a time before the year 1000, whose date begins with 0.
    pub fn version(&self, build: &Build<'_>) -> Result<Version, VersionError> {
        self.filled(&build.next.release(), &build.commit.short(), build.time, build.commits).parse()
    }

    /// Whether `version` looks as if this form had made it: word for word, and in each place what can stand there.
    pub fn made(&self, version: &Version) -> bool {
        let text = version.to_string();
        // What is left of the text: a place may end at several points.
        let mut rests = BTreeSet::from([text.as_str()]);
        let mut form = self.0.as_str();
        while !form.is_empty() && !rests.is_empty() {
            let place = PLACES.into_iter().find_map(|place| Some((place, form.strip_prefix(place)?)));
            if let Some((place, after)) = place {
                rests = rests.into_iter().flat_map(|rest| behind(place, rest)).collect();
                form = after;
            } else {
                let mut letters = form.chars();
                let letter = letters.next().unwrap_or_default();
                rests = rests.into_iter().filter_map(|rest| rest.strip_prefix(letter)).collect();
                form = letters.as_str();
            }
        }
        rests.contains("")
    }

    fn filled(&self, next: &Version, commit: &str, time: Timestamp, commits: usize) -> String {
        let digits = |text: String| text.chars().filter(char::is_ascii_digit).collect::<String>();
        self.0
            .replace("{version}", &next.to_string())
            .replace("{date}", &digits(time.date()))
            .replace("{time}", &digits(time.to_string()))
            .replace("{commits}", &commits.to_string())
            .replace("{commit}", commit)
    }
}

impl Default for SnapshotForm {
    fn default() -> Self {
        Self("{version}-snapshot.{date}.{commits}.g{commit}".to_owned())
    }
}

impl FromStr for SnapshotForm {
    type Err = SnapshotFormError;

    fn from_str(text: &str) -> Result<Self, SnapshotFormError> {
        if !text.starts_with(BEGIN) {
            return Err(SnapshotFormError::Begin);
        }
        let rest = PLACES.iter().fold(text.to_owned(), |rest, place| rest.replace(place, ""));
        if let Some((_, after)) = rest.split_once(['{', '}']) {
            let name = after.split('}').next().unwrap_or_default();
            return Err(SnapshotFormError::Place(crate::text::one_line(&format!("{{{name}}}"), 40).into_owned()));
        }
        if !text.contains("{commit}") {
            return Err(SnapshotFormError::Commit);
        }
        let form = Self(text.to_owned());
        // Some ids begin with 0 and have no letter, and a number that begins so is none in SemVer.
        for commit in ["0123456789", "abcdefabcd"] {
            let made = form.filled(&Version::new(1, 2, 3), commit, SOME_TIME, 7);
            if let Err(source) = made.parse::<Version>() {
                let made = crate::text::one_line(&made, 100).into_owned();
                return Err(SnapshotFormError::Made { made, source });
            }
        }
        Ok(form)
    }
}

impl fmt::Display for SnapshotForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for SnapshotForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What can be left of `text` when it begins with what stands in `place`.
fn behind<'t>(place: &str, text: &'t str) -> Vec<&'t str> {
    let digit = |c: char| c.is_ascii_digit();
    match place {
        "{date}" => taken(text, 8..=8, digit),
        "{time}" => taken(text, 14..=14, digit),
        "{commit}" => taken(text, COMMIT, |c| matches!(c, '0'..='9' | 'a'..='f')),
        "{commits}" => taken(text, NUMBER, digit),
        _ => {
            let number = |text| taken(text, NUMBER, digit).into_iter();
            let dotted = |rest: &'t str| rest.strip_prefix('.').into_iter().flat_map(number);
            number(text).flat_map(dotted).flat_map(dotted).collect()
        }
    }
}

/// What is left after as many letters of one kind as there may be.
fn taken(text: &str, count: RangeInclusive<usize>, fits: impl Fn(char) -> bool) -> Vec<&str> {
    let (mut rest, mut found) = (text.chars(), Vec::new());
    for number in 1..=*count.end() {
        if !rest.next().is_some_and(&fits) {
            break;
        }
        if number >= *count.start() {
            found.push(rest.as_str());
        }
    }
    found
}

/// The digits of a number.
const NUMBER: RangeInclusive<usize> = 1..=20;
/// The letters of a short id.
const COMMIT: RangeInclusive<usize> = 10..=10;
const BEGIN: &str = "{version}-";
/// What is filled in.
const PLACES: [&str; 5] = ["{version}", "{date}", "{time}", "{commits}", "{commit}"];
/// 2026-11-23T06:24:35Z.
const SOME_TIME: Timestamp = Timestamp::from_known(1_795_415_075);

#[cfg(test)]
mod tests {
    use super::*;

    fn made(form: &SnapshotForm, next: &str, commit: &[u8], commits: usize) -> Version {
        let next: Version = next.parse().unwrap();
        let commit = Oid::from_hex(commit).unwrap();
        form.version(&Build { next: &next, commit, time: SOME_TIME, commits }).unwrap()
    }

    #[test]
    fn they_rise_and_come_before_what_they_lead_to() {
        let form = SnapshotForm::default();
        let (one, other) = (b"0123456789".repeat(4), b"abcdefabcd".repeat(4));
        let first = made(&form, "1.3.0", &one, 9);
        assert_eq!(first.to_string(), "1.3.0-snapshot.20261123.9.g0123456789");
        let second = made(&form, "1.3.0", &other, 10);
        assert!(first < second && second < Version::new(1, 3, 0) && Version::new(1, 2, 9) < first);
        assert_eq!(made(&form, "1.3.0-beta.2", &one, 9), first, "of a pre-release, the final version counts");
        assert!(form.made(&first) && !form.made(&"1.3.0-rc.1".parse().unwrap()));
        let form: SnapshotForm = "{version}-dev.{time}+{commit}".parse().unwrap();
        assert_eq!(made(&form, "1.3.0", &one, 9).to_string(), "1.3.0-dev.20261123062435+0123456789");
    }

    #[test]
    fn what_a_form_has_made() {
        let check = |form: &str, version: &str, expected: bool| {
            let form: SnapshotForm = form.parse().unwrap();
            assert_eq!(form.made(&version.parse().unwrap()), expected, "{form} {version}");
        };
        let commits = "{version}-dev.{commits}.g{commit}";
        check(commits, "1.1.0-dev.12.g0123456789", true);
        check(commits, "1.1.0-dev.0", false);
        check(commits, "1.1.0-dev.12.gabc", false);
        check(commits, "1.1.0-dev.12.g0123456789a", false);
        check(commits, "1.1.0", false);
        let date = "{version}-{date}.g{commit}";
        check(date, "1.1.0-20261123.g0123456789", true);
        check(date, "1.1.0-2026.g0123456789", false);
        check(date, "1.1.0-rc.1", false);
        let joined = "{version}-{commits}{commit}x{version}+{time}";
        check(joined, "1.1.0-120123456789x1.1.0+20261123062435", true);
        check(joined, "1.1.0-0123456789x1.1.0+20261123062435", false);
        check("{version}-x{commits}{commits}{commits}{commit}", &format!("1.1.0-x{}", "9".repeat(60)), true);
    }

    #[test]
    fn forms_that_are_none() {
        for (text, part) in [
            ("snapshot-{commit}", "must begin with `{version}-`"),
            ("{version}+{commit}", "must begin with `{version}-`"),
            ("{version}-{branch}.g{commit}", "has `{branch}`"),
            ("{version}-x.{commit", "has `{commit}`"),
            ("{version}-snapshot.{date}", "must have `{commit}`"),
            ("{version}-snapshot.{commit}", "makes `1.2.3-snapshot.0123456789`"),
            ("{version}-snap shot.g{commit}", "no SemVer version"),
        ] {
            let error = text.parse::<SnapshotForm>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
