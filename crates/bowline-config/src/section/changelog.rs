//! `[changelog]`: the file that tells people what changed.

use crate::key::{Fallback, Key, Kind, Section, Words};
use crate::values::Values;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// `[changelog]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changelog {
    /// Where it is; none when there shall be none. A repository without version files gets one only when asked.
    #[serde(serialize_with = "path_or_false")]
    pub path: Option<String>,
    /// Whether `path` was given rather than assumed.
    pub asked: bool,
    /// What a new file begins with.
    pub header: String,
    /// Template (minijinja) of one section; none for the built-in one.
    pub template: Option<String>,
    /// Which day headings carry.
    pub date: DateSource,
}

/// Which day headings carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateSource {
    /// The head commit's committer date in UTC.
    #[default]
    Commit,
    /// The day the plan is first made; recorded in the plan.
    Today,
}

impl Changelog {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        let path: Option<Value> = values.get("changelog.path");
        Self {
            asked: path.is_some(),
            path: path.map_or_else(|| Some("CHANGELOG.md".to_owned()), |path| path.as_str().map(str::to_owned)),
            header: values.get("changelog.header").unwrap_or_else(|| HEADER.to_owned()),
            template: values.get("changelog.template"),
            date: values.get("changelog.date").unwrap_or_default(),
        }
    }
}

#[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
fn path_or_false<S: Serializer>(path: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => serializer.serialize_str(path),
        None => serializer.serialize_bool(false),
    }
}

pub(crate) const SECTION: Section = Section {
    name: "changelog",
    list: false,
    meaning: "The file that tells people what changed. Text that is already in it stays.",
    names: None,
    keys: &[
        Key {
            name: "changelog.path",
            kind: Kind::FileOrFalse,
            fallback: Fallback::Value("\"CHANGELOG.md\""),
            meaning: "The file; `false` for none. A repository without version files gets one only when this is set.",
            example: "\"docs/CHANGES.md\"",
        },
        Key {
            name: "changelog.header",
            kind: Kind::Text,
            fallback: Fallback::Value(HEADER_TOML),
            meaning: "What a new file begins with.",
            example: "\"# Changes\\n\"",
        },
        Key {
            name: "changelog.template",
            kind: Kind::Text,
            fallback: Fallback::Words("the built-in one"),
            meaning: "Template of one version's section, in minijinja's language.",
            example: "\"## {{ version }}\\n\"",
        },
        Key {
            name: "changelog.date",
            kind: Kind::Word(Words::all(&["commit", "today"])),
            fallback: Fallback::Value("\"commit\""),
            meaning: "Which day headings carry: the head commit's in UTC, or the day the plan is first made, which the plan records.",
            example: "\"today\"",
        },
    ],
};

const HEADER: &str = "# Changelog\n\nAll notable changes to this project are documented in this file.\n";
const HEADER_TOML: &str = "\"# Changelog\\n\\nAll notable changes to this project are documented in this file.\\n\"";
