//! `[notes]`: the text of the release.

mod audience;

pub use audience::{Audience, Audiences};

use super::style::Style;
use crate::key::{Fallback, Key, Kind, Names, Section, Words};
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
    /// Text put at the beginning.
    pub header: Option<String>,
    /// Text put at the end.
    pub footer: Option<String>,
    /// `[notes.audience]`.
    #[serde(rename = "audience", skip_serializing_if = "Audiences::is_empty")]
    pub audiences: Audiences,
}

impl Notes {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self {
            template: values.get("notes.template"),
            max_chars: values.get("notes.max_chars"),
            contributors: values.get("notes.contributors").unwrap_or_default(),
            upgrade: values.get("notes.upgrade"),
            header: values.get("notes.header"),
            footer: values.get("notes.footer"),
            audiences: Audiences::read(values),
        }
    }
}

pub(crate) const SECTION: Section = Section {
    name: "notes",
    list: false,
    meaning: "The text of the release.",
    names: Some(Names {
        below: "notes.audience",
        sample: "customers",
        pattern: audience::NAME_PATTERN,
        check: audience::check_name,
        others: None,
    }),
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
            name: "notes.header",
            kind: Kind::Text,
            fallback: Fallback::Words("nothing"),
            meaning: "Text put at the beginning.",
            example: "\"Install it with `npm install app`.\"",
        },
        Key {
            name: "notes.footer",
            kind: Kind::Text,
            fallback: Fallback::Words("nothing"),
            meaning: "Text put at the end.",
            example: "\"Thanks to everybody who helped.\"",
        },
        Key {
            name: "notes.audience.<name>.types",
            kind: Kind::Lines,
            fallback: Fallback::Words("those that all notes show"),
            meaning: "The types of commits that these notes show, also hidden ones; `\"*\"` is every commit. A breaking change is never left out. See [notes for an audience](changelog-and-notes.md#notes-for-an-audience).",
            example: "[\"feat\", \"fix\"]",
        },
        Key {
            name: "notes.audience.<name>.style",
            kind: Kind::Word(Words::all(Style::NAMES)),
            fallback: Fallback::Words("that of `changelog.style`"),
            meaning: "The built-in form of these notes. `\"plain\"` names no commits.",
            example: "\"plain\"",
        },
        Key {
            name: "notes.audience.<name>.template",
            kind: Kind::Text,
            fallback: Fallback::Words("that of the style"),
            meaning: "Template of the whole text, in minijinja's language.",
            example: "\"What is new in {{ version }}\"",
        },
        Key {
            name: "notes.audience.<name>.header",
            kind: Kind::Text,
            fallback: Fallback::Words("nothing"),
            meaning: "Text put at the beginning of these notes, instead of that of all notes.",
            example: "\"# What is new\"",
        },
        Key {
            name: "notes.audience.<name>.footer",
            kind: Kind::Text,
            fallback: Fallback::Words("nothing"),
            meaning: "Text put at the end of these notes, instead of that of all notes.",
            example: "\"Questions? support@example.org\"",
        },
        Key {
            name: "notes.audience.<name>.asset",
            kind: Kind::Boolean,
            fallback: Fallback::Value("false"),
            meaning: "Whether these notes ship with the release, as the file `notes.<name>.md`. Everybody who sees the release can read it.",
            example: "true",
        },
    ],
};
