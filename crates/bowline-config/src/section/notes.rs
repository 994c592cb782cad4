//! `[notes]`: the text of the release.

use crate::key::{Fallback, Key, Kind, Section};
use crate::values::Values;
use serde::Serialize;

/// `[notes]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Notes {
    /// Template (minijinja); none for the built-in one.
    pub template: Option<String>,
    /// Longest text in characters; none for the forge's own limit.
    pub max_chars: Option<u64>,
    /// Whether people are thanked by name.
    pub contributors: bool,
    /// The file with advice for those who upgrade, with `{version}` in its name.
    pub upgrade: Option<String>,
    /// Text put at the end.
    pub footer: Option<String>,
}

impl Notes {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self {
            template: values.get("notes.template"),
            max_chars: values.get("notes.max_chars"),
            contributors: values.get("notes.contributors").unwrap_or_default(),
            upgrade: values.get("notes.upgrade"),
            footer: values.get("notes.footer"),
        }
    }
}

pub(crate) const SECTION: Section = Section {
    name: "notes",
    list: false,
    meaning: "The text of the release.",
    names: None,
    keys: &[
        Key {
            name: "notes.template",
            kind: Kind::Text,
            fallback: Fallback::Words("that of `changelog.style`"),
            meaning: "Template of the whole text, in minijinja's language.",
            example: "\"What is new in {{ version }}\"",
        },
        Key {
            name: "notes.max_chars",
            kind: Kind::Count(100),
            fallback: Fallback::Words("the forge's own limit"),
            meaning: "The longest text, in characters; a longer one is cut and says so.",
            example: "20_000",
        },
        Key {
            name: "notes.contributors",
            kind: Kind::Boolean,
            fallback: Fallback::Value("false"),
            meaning: "Whether the notes name the authors and co-authors of their commits, and who of them is new. Names are corrected by `.mailmap`; programs are left out.",
            example: "true",
        },
        Key {
            name: "notes.upgrade",
            kind: Kind::VersionedFile,
            fallback: Fallback::Words("none"),
            meaning: "A file of the head commit with advice for those who upgrade, one for each version that needs it. It is put into the notes as it is.",
            example: "\"docs/upgrading/{version}.md\"",
        },
        Key {
            name: "notes.footer",
            kind: Kind::Text,
            fallback: Fallback::Words("nothing"),
            meaning: "Text put at the end.",
            example: "\"Thanks to everybody who helped.\"",
        },
    ],
};
