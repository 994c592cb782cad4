//! `[artifacts]`: which files ship.

use crate::key::{Fallback, Key, Kind, Problem, Section, Words};
use crate::values::Values;
use serde::Serialize;

/// `[artifacts]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Artifacts {
    /// Globs from the repository's root; every one must match something.
    pub include: Vec<String>,
    /// At least this many files.
    pub min: u64,
    /// At most this many files.
    pub max: Option<u64>,
    /// No file larger than this many bytes.
    pub max_size: Option<u64>,
    /// Which checksum files are added: `sha256`, `sha512`.
    pub checksums: Vec<String>,
}

impl Artifacts {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        let artifacts = Self {
            include: values.get("artifacts.include").unwrap_or_default(),
            min: values.get("artifacts.min").unwrap_or(0),
            max: values.get("artifacts.max"),
            max_size: values.get("artifacts.max_size"),
            checksums: values.get("artifacts.checksums").unwrap_or_else(|| vec!["sha256".to_owned()]),
        };
        if artifacts.max.is_some_and(|max| max < artifacts.min) {
            values.complain("artifacts.max", Problem::new(format!("is less than `min`, which is {}", artifacts.min)));
        }
        artifacts
    }
}

pub(crate) const SECTION: Section = Section {
    name: "artifacts",
    list: false,
    meaning: "Which files ship.",
    names: None,
    keys: &[
        Key {
            name: "artifacts.include",
            kind: Kind::Globs,
            fallback: Fallback::Value("[]"),
            meaning: "Patterns from the repository's root. Every one must match something.",
            example: "[\"dist/*.tar.gz\"]",
        },
        Key {
            name: "artifacts.min",
            kind: Kind::Count(0),
            fallback: Fallback::Value("0"),
            meaning: "At least this many files.",
            example: "1",
        },
        Key {
            name: "artifacts.max",
            kind: Kind::Count(1),
            fallback: Fallback::Words("the forge's own limit"),
            meaning: "At most this many files.",
            example: "20",
        },
        Key {
            name: "artifacts.max_size",
            kind: Kind::Size,
            fallback: Fallback::Words("the forge's own limit"),
            meaning: "No file larger than this.",
            example: "100_000_000",
        },
        Key {
            name: "artifacts.checksums",
            kind: Kind::WordList(Words::all(&["sha256", "sha512"])),
            fallback: Fallback::Value("[\"sha256\"]"),
            meaning: "Checksum files that are added to the release.",
            example: "[\"sha256\", \"sha512\"]",
        },
    ],
};
