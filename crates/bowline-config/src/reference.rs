//! The reference of all keys: as values, for `config explain`, and as the page `docs/configuration.md`.

use crate::key::{ANY, Fallback, Key, Names, Section};
use crate::section::TABLE;
use crate::section::commits::{built_in, labels};
use crate::section::dialect::Dialect;
use crate::suggest::closest;
use crate::unavailable;
use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind};
use serde::Serialize;

/// What there is to say about one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyDoc {
    /// Dotted name; `<name>` stands for a name of the user's choice.
    pub key: String,
    /// What kind of value it takes.
    pub kind: String,
    /// What holds without it, as it would be written, or in words.
    pub default: String,
    /// The default as TOML, when it is a value.
    pub default_value: Option<String>,
    /// What it means.
    pub meaning: String,
    /// A piece of a file that sets it.
    pub example: String,
}

/// Why there is nothing to explain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownKey {
    /// No such key.
    #[error("there is no configuration key `{key}`")]
    Unknown {
        /// What was asked for, safe to show.
        key: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// A key of another version.
    #[error("`{key}` is not available in this version of Bowline")]
    Unavailable {
        /// What was asked for.
        key: String,
    },
}

impl From<UnknownKey> for Failure {
    fn from(error: UnknownKey) -> Self {
        let failure = Self::new(FailureKind::Usage, "unknown_key", error.to_string());
        match error {
            UnknownKey::Unknown { near: Some(near), .. } => failure.hint(format!("did you mean `{near}`?")),
            UnknownKey::Unknown { .. } => failure.hint("`bowline config show` lists the keys"),
            UnknownKey::Unavailable { .. } => failure,
        }
    }
}

/// Every key in the order of the page.
pub fn reference() -> Vec<KeyDoc> {
    TABLE.0.iter().flat_map(|section| section.keys.iter().map(|key| document(section, key))).collect()
}

/// The keys that `key` names: one, or all of a section. Names of the user's choice, list positions and brackets may
/// be written (`commits.types.feat.bump`, `version_file[0].path`, `[release]`).
pub fn explain(key: &str) -> Result<Vec<KeyDoc>, UnknownKey> {
    let asked = normal(key);
    let segments: Vec<&str> = asked.split('.').collect();
    let found: Vec<KeyDoc> = reference().into_iter().filter(|doc| names(&segments, &doc.key)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    if unavailable::covers(&asked) {
        return Err(UnknownKey::Unavailable { key: one_line(&asked, 80).into_owned() });
    }
    let last = segments.last().copied().unwrap_or_default();
    let keys: Vec<&str> = TABLE.keys().map(|key| key.name).chain(TABLE.0.iter().map(|section| section.name)).collect();
    let by_last = || TABLE.keys().find(|key| key.name.rsplit('.').next() == Some(last)).map(|key| key.name);
    let near = closest(&asked, keys).or_else(by_last).map(str::to_owned);
    Err(UnknownKey::Unknown { key: one_line(key, 80).into_owned(), near })
}

/// The page `docs/configuration.md`.
pub fn reference_markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for section in TABLE.0 {
        let (open, close) = section.brackets();
        page.push_str(&format!("\n## `{open}{}{close}`\n\n{}\n", section.name, section.meaning));
        for key in section.keys {
            let doc = document(section, key);
            page.push_str(&format!(
                "\n### `{}`\n\n{}\n\n- Value: {}\n- Default: {}\n\n```toml\n{}```\n",
                doc.key, doc.meaning, doc.kind, doc.default, doc.example
            ));
        }
        if section.name == "commits" {
            page.push_str(&built_in_types());
            page.push_str(&built_in_labels());
        }
    }
    page.push_str(
        "\n## Not available in this version\n\nThese names are refused, so that no setting looks as if it were on.\n\n",
    );
    for name in unavailable::SECTIONS {
        page.push_str(&format!("- `[{name}]`\n"));
    }
    for name in unavailable::KEYS {
        page.push_str(&format!("- `{name}`\n"));
    }
    page
}

fn document(section: &Section, key: &Key) -> KeyDoc {
    let (default, default_value) = match key.fallback {
        Fallback::Required => ("none: it must be there".to_owned(), None),
        Fallback::Value(value) => (format!("`{value}`"), Some(value.to_owned())),
        Fallback::Words(words) => (words.to_owned(), None),
    };
    KeyDoc {
        key: key.name.to_owned(),
        kind: key.kind.title(),
        default,
        default_value,
        meaning: key.meaning.to_owned(),
        example: example(section, key),
    }
}

/// A piece of a file that sets `key`, and what it cannot stand without.
fn example(section: &Section, key: &Key) -> String {
    let (open, close) = section.brackets();
    let mut text = format!("{open}{}{close}\n", section.name);
    let required = |other: &&Key| matches!(other.fallback, Fallback::Required) && other.name != key.name;
    let table = |other: &Key| other.name.rsplit_once('.').map_or("", |(table, _)| table);
    // Only the tables that the key stands in are there because of it.
    let beside = |other: &&Key| key.name.strip_prefix(table(other)).is_some_and(|rest| rest.starts_with('.'));
    for other in section.keys.iter().filter(required).filter(beside).chain(std::iter::once(key)) {
        let mut names = section.names.iter().flat_map(Names::all);
        let sample = names.find(|names| other.name.starts_with(&format!("{}.", names.below)));
        let sample = sample.map_or(ANY, |names| names.sample);
        text.push_str(&format!("{} = {}\n", other.within(section).replace(ANY, sample), other.example));
    }
    text
}

fn built_in_types() -> String {
    let mut text = "\n### Built-in types\n\n| type | bump | section | hidden |\n|---|---|---|---|\n".to_owned();
    let mut types: Vec<_> = built_in(Dialect::default()).into_iter().collect();
    types.sort_by(|(a, x), (b, y)| y.bump.cmp(&x.bump).then_with(|| a.cmp(b)));
    for (name, kind) in types {
        text.push_str(&format!(
            "| `{name}` | {} | {} | {} |\n",
            kind.bump,
            kind.section,
            if kind.hidden { "yes" } else { "no" }
        ));
    }
    text
}

fn built_in_labels() -> String {
    let mut text = "\n### Built-in labels\n\n| label | bump | section |\n|---|---|---|\n".to_owned();
    let mut labels: Vec<_> = labels::built_in().into_iter().collect();
    labels.sort_by(|(a, x), (b, y)| y.bump.level().cmp(&x.bump.level()).then_with(|| a.cmp(b)));
    for (name, label) in labels {
        text.push_str(&format!("| `{name}` | {} | {} |\n", label.bump.as_str(), label.section));
    }
    text
}

/// `[[version_file]][0].path` as `version_file.path`.
fn normal(key: &str) -> String {
    let key = key.trim().trim_start_matches('[');
    let mut out = String::with_capacity(key.len());
    let mut skipping = false;
    for c in key.chars().filter(|c| !c.is_whitespace()) {
        match c {
            '[' => skipping = true,
            ']' => skipping = false,
            c if !skipping => out.push(c),
            _ => {}
        }
    }
    out
}

/// Whether `segments` name the key, or a table it stands in.
fn names(segments: &[&str], key: &str) -> bool {
    let mut parts = key.split('.');
    segments
        .iter()
        .all(|segment| parts.next().is_some_and(|part| part == *segment || (part == ANY && !segment.is_empty())))
}

const INTRODUCTION: &str = "# Configuration

Bowline reads `bowline.toml`, or `.config/bowline.toml`, from the commit that is released. No file is needed: what
cannot be found in the repository has a default. A key that is not listed here is an error.

Lengths of time are a whole number and one unit: `90s`, `10m`, `24h`, `7d`. Sizes are a number of bytes, or a number
with a unit: `512kB`, `100MB`, `2GiB`.

`bowline config show` prints every value with its origin, `bowline config explain KEY` an entry of this page, and
`bowline config schema` the JSON Schema that editors use.
";
