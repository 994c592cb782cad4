//! Lengths of time and sizes as people write them.

use serde::Serializer;

/// Readers that keep numbers as doubles lose exactness past this one.
pub(crate) const MAX_NUMBER: u64 = (1 << 53) - 1;
/// [`duration`] as a pattern.
pub(crate) const DURATION_PATTERN: &str = "^[1-9][0-9]*[smhd]$";
/// [`size`] as a pattern.
pub(crate) const SIZE_PATTERN: &str = "^[1-9][0-9]*(B|[kKMGT]B|[KMGT]iB)?$";

/// Milliseconds in `90s`, `10m`, `24h`, `7d`; at least a second and at most thirty days.
pub(crate) fn duration(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let (_, seconds) = DURATION_UNITS.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*seconds).filter(|&seconds| seconds <= MAX_SECONDS).map(|seconds| seconds * 1000)
}

/// Milliseconds as [`duration`] reads them, in the largest unit without a rest.
pub(crate) fn duration_text(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let unit = DURATION_UNITS.iter().rev().find(|(_, size)| seconds >= *size && seconds.is_multiple_of(*size));
    let (name, size) = unit.unwrap_or(&DURATION_UNITS[0]);
    format!("{}{name}", seconds / size)
}

/// Serialises milliseconds as people write them.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
pub(crate) fn serialize<S: Serializer>(milliseconds: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&duration_text(*milliseconds))
}

/// Bytes in `2GiB`, `100MB`, `512`; at least one.
pub(crate) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let (_, bytes) = SIZE_UNITS.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*bytes).filter(|&bytes| bytes <= MAX_NUMBER)
}

/// A number without sign, fraction or leading zero, and what follows it.
fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    if number.starts_with('0') {
        return None;
    }
    Some((number.parse().ok()?, unit))
}

const MAX_SECONDS: u64 = 30 * 24 * 60 * 60;
const DURATION_UNITS: [(&str, u64); 4] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
const SIZE_UNITS: [(&str, u64); 11] = [
    ("", 1),
    ("B", 1),
    ("kB", 1000),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("24h", 86_400), ("7d", 604_800), ("30d", MAX_SECONDS)] {
            assert_eq!(duration(text), Some(seconds * 1000), "{text}");
        }
        for bad in [
            "",
            "s",
            "0s",
            "07d",
            "10",
            "10 m",
            "1.5h",
            "-1s",
            "1M",
            "1h30m",
            "31d",
            "99999999999999999999d",
            "1\u{0661}s",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
        for text in ["90s", "10m", "1h", "7d", "25h"] {
            assert_eq!(duration(text).map(duration_text).as_deref(), Some(text));
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in
            [("512", 512), ("1B", 1), ("3kB", 3000), ("100MB", 100_000_000), ("2GiB", 2 << 30), ("1TiB", 1 << 40)]
        {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for bad in ["", "0", "0MB", "MB", "2 GiB", "2gib", "2Gb", "1.5GB", "-1", "9007199254740992", "99999999TiB"] {
            assert_eq!(size(bad), None, "{bad}");
        }
    }
}
