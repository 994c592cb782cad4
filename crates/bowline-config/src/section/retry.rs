//! `[retry]`: how patient a run is with remotes that fail for a moment. It is no part of the plan.

use crate::key::{Fallback, Key, Kind, Section, quantity};
use crate::values::Values;
use serde::Serialize;

/// `[retry]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retry {
    /// How often one call is made at most, the first time included.
    pub attempts: u64,
    /// Tokens that all calls of a run share: 5 for each further attempt, 10 after a timeout, 1 back for each success.
    pub budget: u64,
    /// How long a run waits in all before trying again, in milliseconds.
    #[serde(rename = "deadline", serialize_with = "quantity::serialize")]
    pub deadline_ms: u64,
    /// The slowest transfer of an upload or a download that is still waited for, in bytes per second.
    pub min_throughput: u64,
}

impl Retry {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self {
            attempts: values.get("retry.attempts").unwrap_or(3),
            budget: values.get("retry.budget").unwrap_or(500),
            deadline_ms: values.get("retry.deadline").unwrap_or(15 * 60 * 1000),
            min_throughput: values.get("retry.min_throughput").unwrap_or(100_000),
        }
    }
}

pub(crate) const SECTION: Section = Section {
    name: "retry",
    list: false,
    meaning: "How patient a run is with remotes that fail for a moment. See [reliability](reliability.md).",
    names: None,
    keys: &[
        Key {
            name: "retry.attempts",
            kind: Kind::Count(1),
            fallback: Fallback::Value("3"),
            meaning: "How often one call is made at most, the first time included; 1 tries nothing again. Only calls that surely had no effect, or only look, are made again.",
            example: "5",
        },
        Key {
            name: "retry.budget",
            kind: Kind::Count(0),
            fallback: Fallback::Value("500"),
            meaning: "Tokens that all calls of a run share: trying again costs 5, after a timeout 10, and each success gives 1 back. Without tokens nothing is tried again.",
            example: "100",
        },
        Key {
            name: "retry.deadline",
            kind: Kind::Duration,
            fallback: Fallback::Value("\"15m\""),
            meaning: "How long a run waits in all before trying again.",
            example: "\"1h\"",
        },
        Key {
            name: "retry.min_throughput",
            kind: Kind::Size,
            fallback: Fallback::Value("100_000"),
            meaning: "Bytes a second: an upload or a download that is slower for a whole minute is ended, and counts as timed out.",
            example: "20_000",
        },
    ],
};
