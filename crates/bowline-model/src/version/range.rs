//! The versions of a maintenance line, as people write them: `1.x`, `1.2.x`.

use super::Version;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// All versions of one major, or of one major and minor number. Pre-releases belong to the line of their final version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Range {
    major: u64,
    minor: Option<u64>,
}

/// Why there is no such range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no range of versions such as `1.x` or `1.2.x`")]
pub struct RangeError(String);

impl Range {
    /// `major.x`.
    pub const fn major(version: &Version) -> Self {
        Self { major: version.major(), minor: None }
    }

    /// `major.minor.x`.
    pub const fn minor(version: &Version) -> Self {
        Self { major: version.major(), minor: Some(version.minor()) }
    }

    /// Whether `version` is of this line.
    pub fn contains(&self, version: &Version) -> bool {
        version.major() == self.major && self.minor.is_none_or(|minor| version.minor() == minor)
    }

    /// Whether all of the line comes before `version`.
    pub fn is_below(&self, version: &Version) -> bool {
        let minor = self.minor.filter(|_| version.major() == self.major);
        version.major() > self.major || minor.is_some_and(|minor| version.minor() > minor)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            Some(minor) => write!(f, "{}.{minor}.x", self.major),
            None => write!(f, "{}.x", self.major),
        }
    }
}

impl FromStr for Range {
    type Err = RangeError;

    /// Reads `1.x`, `1.x.x` (the same) and `1.2.x`.
    fn from_str(text: &str) -> Result<Self, RangeError> {
        let range = match text.split('.').collect::<Vec<_>>().as_slice() {
            [major, "x"] | [major, "x", "x"] => number(major).map(|major| Self { major, minor: None }),
            [major, minor, "x"] => {
                number(major).zip(number(minor)).map(|(major, minor)| Self { major, minor: Some(minor) })
            }
            _ => None,
        };
        range.ok_or_else(|| RangeError(crate::text::one_line(text, 60).into_owned()))
    }
}

impl TryFrom<String> for Range {
    type Error = RangeError;

    fn try_from(text: String) -> Result<Self, RangeError> {
        text.parse()
    }
}

impl From<Range> for String {
    fn from(range: Range) -> Self {
        range.to_string()
    }
}

/// A number as versions have it: digits alone, and no zero before others.
fn number(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        text.parse().unwrap()
    }

    #[test]
    fn spellings() {
        for (text, shown) in [("1.x", "1.x"), ("1.x.x", "1.x"), ("1.2.x", "1.2.x"), ("0.10.x", "0.10.x")] {
            assert_eq!(range(text).to_string(), shown);
        }
        for bad in
            ["", "x", "1", "1.2", "1.2.3", "x.x", "1.2.X", "v1.x", "01.x", "1.x.2", "+1.x", "99999999999999999999.x"]
        {
            assert!(bad.parse::<Range>().is_err(), "{bad}");
        }
    }

    #[test]
    fn lines() {
        for (line, version, inside, above) in [
            ("1.2.x", "1.2.0", true, false),
            ("1.2.x", "1.2.9-rc.1", true, false),
            ("1.2.x", "1.3.0", false, true),
            ("1.2.x", "2.0.0-rc.0", false, true),
            ("1.2.x", "1.1.9", false, false),
            ("1.2.x", "0.9.0", false, false),
            ("1.x", "1.99.0", true, false),
            ("1.x", "2.0.0", false, true),
            ("1.x", "0.2.0", false, false),
        ] {
            let version: Version = version.parse().unwrap();
            assert_eq!(range(line).contains(&version), inside, "{line} {version}");
            assert_eq!(range(line).is_below(&version), above, "{line} {version}");
        }
    }
}
