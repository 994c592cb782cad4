//! Points in time as the documents spell them: RFC 3339 in UTC, whole seconds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Seconds since 1970-01-01T00:00:00Z, written `2026-11-23T06:24:35Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Timestamp(i64);

/// Why a text or a number is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time between the years 0 and 9999 (RFC 3339, UTC)")]
pub struct TimeError(String);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// From Unix seconds. Commits can claim any number; only years that RFC 3339 can write are accepted.
    pub fn from_unix(seconds: i64) -> Result<Self, TimeError> {
        // 0000-01-01 and 9999-12-31T23:59:59.
        if (-62_167_219_200..=253_402_300_799).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(TimeError(seconds.to_string()))
        }
    }

    /// Seconds that are known to be of a year that RFC 3339 can write.
    pub(crate) const fn from_known(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Unix seconds.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The calendar day in UTC, `2026-11-23`.
    pub fn date(self) -> String {
        self.to_string().chars().take_while(|&c| c != 'T').collect()
    }

    /// Seconds from `earlier` to `self`; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{time}"),
            // `from_unix` keeps the number in a range that jiff accepts.
            Err(_) => write!(f, "@{}", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let error = || TimeError(crate::text::one_line(text, 60).into_owned());
        Self::from_unix(text.parse::<jiff::Timestamp>().map_err(|_| error())?.as_second())
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelled_as_rfc_3339_in_utc() {
        let time = Timestamp::from_unix(1_795_415_075).unwrap();
        assert_eq!(time.to_string(), "2026-11-23T06:24:35Z");
        assert_eq!(time.date(), "2026-11-23");
        assert_eq!("2026-11-23T08:24:35+02:00".parse(), Ok(time));
        assert!("yesterday".parse::<Timestamp>().is_err());
        assert!(Timestamp::from_unix(i64::MAX).is_err());
        assert!(Timestamp::from_unix(i64::MIN).is_err());
    }
}
