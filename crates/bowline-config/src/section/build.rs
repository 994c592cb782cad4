//! `[build]`: the command that makes the artifacts.

use crate::key::{Fallback, Key, Kind, Names, Problem, Section, Words, quantity};
use crate::values::Values;
use bowline_model::plan::BuildPlace;
use serde::Serialize;
use std::collections::BTreeMap;

/// `[build]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Build {
    /// Program and arguments; no shell.
    pub command: Vec<String>,
    /// `in = "checkout"` or `"clone"`.
    #[serde(rename = "in")]
    pub place: BuildPlace,
    /// Extra variables.
    pub env: BTreeMap<String, String>,
    /// How long it may take, in milliseconds.
    #[serde(rename = "timeout", serialize_with = "quantity::serialize")]
    pub timeout_ms: u64,
}

impl Build {
    pub(crate) fn read(values: &mut Values<'_>) -> Option<Self> {
        if !values.has_table("build") {
            return None;
        }
        let mut env = BTreeMap::new();
        for name in values.names("build.env") {
            if let Some(value) = values.get(&format!("build.env.{name}")) {
                env.insert(name, value);
            }
        }
        Some(Self {
            command: values.get("build.command").unwrap_or_default(),
            place: values.get("build.in").unwrap_or_default(),
            env,
            timeout_ms: values.get("build.timeout").unwrap_or(60 * 60 * 1000),
        })
    }
}

fn check_variable(name: &str) -> Result<(), Problem> {
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if name.is_empty() || !letters || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Problem::new("is no name of a variable: letters, digits and `_`, no digit first"));
    }
    if name.starts_with("BOWLINE_") || name == "SOURCE_DATE_EPOCH" {
        return Err(Problem::new("is a variable that Bowline sets itself"));
    }
    Ok(())
}

pub(crate) const SECTION: Section = Section {
    name: "build",
    list: false,
    meaning: "The command that makes the artifacts. It gets `BOWLINE_VERSION`, `BOWLINE_TAG`, `BOWLINE_COMMIT` and `SOURCE_DATE_EPOCH`.",
    names: Some(Names {
        below: "build.env",
        sample: "NODE_ENV",
        pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
        check: check_variable,
        others: None,
    }),
    keys: &[
        Key {
            name: "build.command",
            kind: Kind::Command,
            fallback: Fallback::Required,
            meaning: "Program and arguments. No shell reads them.",
            example: "[\"make\", \"dist\"]",
        },
        Key {
            name: "build.in",
            kind: Kind::Word(Words::all(&["checkout", "clone"])),
            fallback: Fallback::Value("\"checkout\""),
            meaning: "Where it runs: in the checkout, where dependencies are installed, or in a private clone at the release commit with its tag.",
            example: "\"clone\"",
        },
        Key {
            name: "build.env.<name>",
            kind: Kind::Variable,
            fallback: Fallback::Words("none"),
            meaning: "Variables it gets besides. They are part of the plan: nothing secret belongs here.",
            example: "\"production\"",
        },
        Key {
            name: "build.timeout",
            kind: Kind::Duration,
            fallback: Fallback::Value("\"1h\""),
            meaning: "How long it may take, at most `30d`.",
            example: "\"90s\"",
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_names() {
        for (name, valid) in [
            ("A", true),
            ("_a1", true),
            ("1a", false),
            ("", false),
            ("a-b", false),
            ("BOWLINE_VERSION", false),
            ("SOURCE_DATE_EPOCH", false),
        ] {
            assert_eq!(check_variable(name).is_ok(), valid, "{name}");
        }
    }
}
