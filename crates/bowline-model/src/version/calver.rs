//! Calendar versioning: numbers that are taken from the day of the release (calver.org).
//!
//! A calendar version is a SemVer version here as well, because npm, Cargo, NuGet and Go take no other: three numbers
//! without leading zeros. The number always rises: a day before that of the version before counts as the same day.

use super::{Level, MAX_COMPONENT, Version};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// How the numbers of a version are made, `YYYY.MM.MICRO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    text: String,
    segments: [Segment; 3],
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// Raised by a breaking change.
    Major,
    /// Raised by a feature within the same day, week, month or year.
    Minor,
    /// Raised by anything else.
    Micro,
    /// Parts of the day, written one after the other.
    Date(Vec<Part>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Year,
    ShortYear,
    Month,
    /// Of ISO 8601, and then the year is the one that the week belongs to.
    Week,
    Day,
}

/// Why a format is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{format}` is no format of calendar versions: {reason}")]
pub struct CalendarError {
    format: String,
    reason: &'static str,
}

/// Why a calendar has no next version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NextError {
    /// Not a day.
    #[error("`{0}` is no day")]
    Day(String),
    /// Nothing in the format rises within one day, week or month.
    #[error("{current} is the version of this {period} already, and `{format}` has no number for a second one")]
    Taken {
        /// The version before.
        current: Version,
        /// What would have to pass first.
        period: &'static str,
        /// The format.
        format: String,
    },
    /// A number would be too large.
    #[error("the numbers of {0} cannot grow any further")]
    Overflow(Version),
}

impl Calendar {
    /// The version of `day` (`2026-11-23`) after `current`, when changes of `level` are released.
    pub fn next(&self, day: &str, current: Option<&Version>, level: Level) -> Result<Version, NextError> {
        let day = self.day(day).ok_or_else(|| NextError::Day(crate::text::one_line(day, 40).into_owned()))?;
        let now = self.segments.each_ref().map(|segment| segment.of(&day));
        let Some(current) = current else {
            let first = |segment: &Segment| segment.of(&day).unwrap_or(u64::from(*segment == Segment::Major));
            return Ok(version(self.segments.each_ref().map(first)));
        };
        let before = [current.major(), current.minor(), current.patch()];
        let raises_major = level == Level::Major && self.segments.contains(&Segment::Major);
        let newer = raises_major || later(&now, &before);
        let mut numbers = before;
        for (at, segment) in self.segments.iter().enumerate() {
            numbers[at] = match (segment, now[at]) {
                (Segment::Major, _) => before[at] + u64::from(raises_major),
                (_, Some(number)) if newer => number,
                (Segment::Minor | Segment::Micro, _) if newer => 0,
                _ => before[at],
            };
        }
        // A pre-release of this period becomes its final version.
        if !newer && !current.is_prerelease() {
            self.raise(&mut numbers, level).ok_or_else(|| NextError::Taken {
                current: current.clone(),
                period: self.period(),
                format: self.text.clone(),
            })?;
        }
        match numbers.iter().all(|&number| number <= MAX_COMPONENT) {
            true => Ok(version(numbers)),
            false => Err(NextError::Overflow(current.clone())),
        }
    }

    /// As [`next`](Self::next), but where the period has its version already, that of the next one: for what is only
    /// led to. A version far ahead of `day` gets one more in its last number.
    pub fn coming(&self, day: &str, current: Option<&Version>, level: Level) -> Result<Version, NextError> {
        let today = self.next(day, current, level);
        let (Err(NextError::Taken { current, .. }), Ok(date)) = (&today, day.parse::<jiff::civil::Date>()) else {
            return today;
        };
        let mut days = date.series(jiff::Span::new().days(1)).skip(1).take(DAYS_OF_A_YEAR);
        match days.find_map(|day| self.next(&day.to_string(), Some(current), level).ok()) {
            Some(version) => Ok(version),
            None => current.bumped(Level::Patch).map_err(|_| NextError::Overflow(current.clone())),
        }
    }

    fn day(&self, text: &str) -> Option<Day> {
        let date: jiff::civil::Date = text.parse().ok()?;
        let week = date.iso_week_date();
        let has_weeks = self.parts().any(|part| part == Part::Week);
        let number = |number: i64| u64::try_from(number).ok();
        Some(Day {
            year: number(i64::from(if has_weeks { week.year() } else { date.year() }))?,
            month: number(i64::from(date.month()))?,
            week: number(i64::from(week.week()))?,
            day: number(i64::from(date.day()))?,
        })
    }

    fn parts(&self) -> impl Iterator<Item = Part> {
        self.segments
            .iter()
            .flat_map(|segment| match segment {
                Segment::Date(parts) => parts.as_slice(),
                _ => &[],
            })
            .copied()
    }

    /// One more within the same period.
    fn raise(&self, numbers: &mut [u64; 3], level: Level) -> Option<()> {
        let place = |wanted: &Segment| self.segments.iter().position(|segment| segment == wanted);
        let (minor, micro) = (place(&Segment::Minor), place(&Segment::Micro));
        let at = if level >= Level::Minor { minor.or(micro) } else { micro.or(minor) }?;
        numbers[at] += 1;
        if let Some(micro) = micro.filter(|&micro| micro > at) {
            numbers[micro] = 0;
        }
        Some(())
    }

    fn period(&self) -> &'static str {
        match self.parts().last() {
            Some(Part::Day) => "day",
            Some(Part::Week) => "week",
            Some(Part::Month) => "month",
            _ => "year",
        }
    }
}

/// Within so many days, each period ends.
const DAYS_OF_A_YEAR: usize = 371;

/// A day in numbers.
struct Day {
    year: u64,
    month: u64,
    week: u64,
    day: u64,
}

/// Whether the day's numbers come after those of the version before.
fn later(now: &[Option<u64>; 3], before: &[u64; 3]) -> bool {
    let parts = now.iter().zip(before).filter_map(|(now, before)| now.map(|now| (now, *before)));
    parts.map(|(now, before)| now.cmp(&before)).find(|order| order.is_ne()).is_some_and(std::cmp::Ordering::is_gt)
}

fn version(numbers: [u64; 3]) -> Version {
    Version::new(numbers[0], numbers[1], numbers[2])
}

impl Segment {
    /// Its number on a day; none when it has nothing to do with days.
    fn of(&self, day: &Day) -> Option<u64> {
        let Self::Date(parts) = self else { return None };
        let number = |part: &Part| match part {
            Part::Year => day.year,
            Part::ShortYear => day.year.saturating_sub(2000),
            Part::Month => day.month,
            Part::Week => day.week,
            Part::Day => day.day,
        };
        Some(parts.iter().fold(0, |joined, part| joined * 100 + number(part)))
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "MAJOR" => return Ok(Self::Major),
            "MINOR" => return Ok(Self::Minor),
            "MICRO" | "PATCH" => return Ok(Self::Micro),
            _ => {}
        }
        let (mut parts, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let tokens = if parts.is_empty() { PLAIN.as_slice() } else { PADDED.as_slice() };
            let found = tokens.iter().find_map(|(token, part)| Some((*part, rest.strip_prefix(token)?)));
            let Some((part, after)) = found else {
                let is_padded = PADDED.iter().any(|(token, _)| rest.starts_with(token)) || rest.starts_with("0Y");
                return Err(match (parts.is_empty(), is_padded) {
                    (true, true) => "SemVer has no leading zeros, nor have npm, Cargo and Go: write `MM` for `0M`",
                    (false, _) => "within one number, what follows the first has two digits: `YYYY0M0D`",
                    _ => "it may have YYYY, YY, MM, WW, DD, MAJOR, MINOR and MICRO",
                });
            };
            parts.push(part);
            rest = after;
        }
        match parts.is_empty() {
            true => Err("it has three numbers, with dots between them"),
            false => Ok(Self::Date(parts)),
        }
    }
}

impl FromStr for Calendar {
    type Err = CalendarError;
    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let error = |reason| CalendarError { format: crate::text::one_line(text, 60).into_owned(), reason };
        let segments: Vec<Segment> = text.split('.').map(Segment::parse).collect::<Result<_, _>>().map_err(error)?;
        let segments: [Segment; 3] =
            segments.try_into().map_err(|_| error("it has three numbers, with dots between them"))?;
        let calendar = Self { text: text.to_owned(), segments };
        calendar.check().map_err(error)?;
        Ok(calendar)
    }
}

impl Calendar {
    /// Whether its versions rise from day to day.
    fn check(&self) -> Result<(), &'static str> {
        let rank = |segment: &Segment| match segment {
            Segment::Major => 0,
            Segment::Date(_) => 1,
            Segment::Minor => 2,
            Segment::Micro => 3,
        };
        let is_date = |segment: &Segment| matches!(segment, Segment::Date(_));
        let in_order = |pair: &[Segment]| rank(&pair[0]) < rank(&pair[1]) || (is_date(&pair[0]) && is_date(&pair[1]));
        if !self.segments.windows(2).all(in_order) {
            return Err("the order is MAJOR, the date, MINOR, MICRO, each once");
        }
        let parts: Vec<Part> = self.parts().collect();
        match parts.as_slice() {
            [] => return Err("it has no part of a date"),
            [Part::Year | Part::ShortYear, ..] => {}
            _ => return Err("the date begins with the year"),
        }
        let fits = |pair: &[Part]| {
            matches!(pair, [Part::Year | Part::ShortYear, Part::Month | Part::Week] | [Part::Month, Part::Day])
        };
        match parts.windows(2).all(fits) {
            true => Ok(()),
            false => Err("the year is followed by month and day, or by the week"),
        }
    }
}

impl Serialize for Calendar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const PLAIN: [(&str, Part); 5] =
    [("YYYY", Part::Year), ("YY", Part::ShortYear), ("MM", Part::Month), ("WW", Part::Week), ("DD", Part::Day)];
const PADDED: [(&str, Part); 3] = [("0M", Part::Month), ("0W", Part::Week), ("0D", Part::Day)];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(format: &str, day: &str, current: &str, level: Level, expected: Result<&str, &str>) {
        let current = (!current.is_empty()).then(|| current.parse().unwrap());
        let next = format.parse::<Calendar>().unwrap().next(day, current.as_ref(), level);
        match (&next, expected) {
            (Ok(next), Ok(expected)) => assert_eq!(next.to_string(), expected, "{format} {day} {current:?}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            _ => panic!("{format} {day} {current:?}: {next:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn numbers_come_from_the_day() {
        use Level::{Major, Minor, Patch};
        let day = "2026-11-23";
        for (format, current, level, expected) in [
            ("YYYY.MM.MICRO", "", Patch, "2026.11.0"),
            ("YYYY.MM.MICRO", "2026.10.7", Major, "2026.11.0"),
            ("YYYY.MM.MICRO", "2026.11.0", Patch, "2026.11.1"),
            ("YYYY.MM.MICRO", "1.4.2", Minor, "2026.11.0"),
            ("YY.MM.MICRO", "26.11.9", Patch, "26.11.10"),
            ("YYYY.MM.DD", "2026.11.22", Patch, "2026.11.23"),
            ("YYYY.WW.MICRO", "2026.47.3", Patch, "2026.48.0"),
            ("YYYY0M0D.MINOR.MICRO", "20261123.0.4", Minor, "20261123.1.0"),
            ("YYYY0M0D.MINOR.MICRO", "20261123.1.0", Patch, "20261123.1.1"),
            ("YYYY.MM0D.MICRO", "2026.1122.5", Patch, "2026.1123.0"),
            ("MAJOR.YYYY0M.MICRO", "", Patch, "1.202611.0"),
            ("MAJOR.YYYY0M.MICRO", "3.202611.2", Major, "4.202611.0"),
            ("MAJOR.YYYY0M.MICRO", "3.202611.2", Minor, "3.202611.3"),
            ("YYYY.MINOR.MICRO", "2026.4.2", Minor, "2026.5.0"),
            // A clock that runs behind does not lower a version.
            ("YYYY.MM.MICRO", "2026.12.3", Patch, "2026.12.4"),
            ("YYYY.MM.MICRO", "2027.1.0", Minor, "2027.1.1"),
            // A pre-release of this month becomes its final version.
            ("YYYY.MM.MICRO", "2026.11.0-rc.1", Patch, "2026.11.0"),
            ("YYYY.MM.MICRO", "2026.10.0-rc.1", Patch, "2026.11.0"),
        ] {
            check(format, day, current, level, Ok(expected));
        }
        check("YYYY.MM.DD", day, "2026.11.23", Patch, Err("is the version of this day already"));
        check("YYYY.MM.DD", "yesterday", "", Patch, Err("`yesterday` is no day"));
        check("YYYY.MM.MICRO", day, "2026.11.9007199254740991", Patch, Err("cannot grow"));
    }

    #[test]
    fn a_period_that_has_its_version_leads_to_the_next_one() {
        for (format, day, current, expected) in [
            ("YYYY.MM.DD", "2026-11-23", "2026.11.22", "2026.11.23"),
            ("YYYY.MM.DD", "2026-11-23", "2026.11.23", "2026.11.24"),
            ("YYYY.MM.DD", "2026-11-30", "2026.11.30", "2026.12.1"),
            ("YYYY.MM.DD", "2026-12-31", "2026.12.31", "2027.1.1"),
            ("MAJOR.YYYY.MM", "2026-11-23", "2.2026.11", "2.2026.12"),
            ("MAJOR.YY.WW", "2026-11-23", "2.26.48", "2.26.49"),
            ("YYYY.MM.DD", "2026-11-23", "2030.1.31", "2030.1.32"),
            ("YYYY.MM.MICRO", "2026-11-23", "2026.11.0", "2026.11.1"),
        ] {
            let current = current.parse().unwrap();
            let coming = format.parse::<Calendar>().unwrap().coming(day, Some(&current), Level::Patch).unwrap();
            assert_eq!(coming.to_string(), expected, "{format} {day} {current}");
        }
    }

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        check("YYYY.WW.MICRO", "2027-01-01", "2026.53.0", Level::Patch, Ok("2026.53.1"));
        check("YYYY.WW.MICRO", "2027-01-04", "2026.53.1", Level::Patch, Ok("2027.1.0"));
        check("YY.WW.MICRO", "2024-12-31", "", Level::Patch, Ok("25.1.0"));
    }

    #[test]
    fn formats_that_would_not_rise_are_refused() {
        for (format, reason) in [
            ("YYYY.0M.MICRO", "no leading zeros"),
            ("0Y.MM.MICRO", "no leading zeros"),
            ("YYYY.MM", "three numbers"),
            ("YYYY.MM.DD.MICRO", "three numbers"),
            ("YYYY..MICRO", "three numbers"),
            ("YYYY.MONTH.MICRO", "it may have"),
            ("YYYYMM.MINOR.MICRO", "two digits"),
            ("MM.YYYY.MICRO", "begins with the year"),
            ("YYYY.DD.MICRO", "followed by month"),
            ("YYYY.WW.MM", "followed by month"),
            ("YYYY.MICRO.MM", "the order is"),
            ("MAJOR.MINOR.MICRO", "no part of a date"),
            ("YYYY.MICRO.MICRO", "the order is"),
            ("", "three numbers"),
        ] {
            let error = format.parse::<Calendar>().unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    proptest! {
        #[test]
        fn they_always_rise(
            format in proptest::sample::select(vec!["YYYY.MM.MICRO", "YY.WW.MICRO", "YYYY0M0D.MINOR.MICRO", "MAJOR.YYYY.MICRO"]),
            days in proptest::collection::vec((2000_i16..2200, 1_i8..13, 1_i8..29, 1_usize..4), 1..20),
        ) {
            let calendar: Calendar = format.parse().unwrap();
            let mut current: Option<Version> = None;
            for (year, month, day, level) in days {
                let level = [Level::None, Level::Patch, Level::Minor, Level::Major][level];
                let next = calendar.next(&format!("{year}-{month:02}-{day:02}"), current.as_ref(), level).unwrap();
                prop_assert!(current.is_none_or(|current| current < next));
                current = Some(next);
            }
        }
    }
}
