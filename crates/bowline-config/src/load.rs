//! The way in: file and flags become one [`Loaded`] configuration.

use crate::document;
use crate::finding::ConfigError;
use crate::flags::Flags;
use crate::origin::{Origin, Origins};
use crate::section::{Config, Evaluated, TABLE};
use crate::values::Values;
use bowline_model::text::one_line;
use serde_json::Value;

/// Everything configuration is made from. Variables for flags are read by the command line, which hands them over as
/// flags; no others count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The configuration file, when there is one.
    pub file: Option<File>,
    /// What another tool's configuration says in these words. It counts only where there is no file.
    pub translated: Option<Translated>,
    /// The flags a plan depends on.
    pub flags: Flags,
}

/// The configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path people see, `bowline.toml`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether these are the head commit's bytes.
    pub committed: bool,
}

/// Another tool's configuration, said as this file would say it: so it is judged by the same table of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// The files that it is from, as people see them.
    pub name: String,
    /// Lines of TOML, each with the place that it is from. A line holds whole keys.
    pub lines: Vec<(String, Origin)>,
    /// The file that is a program, and what it gave.
    pub evaluated: Option<Evaluated>,
}

impl Translated {
    /// The lines as one text.
    pub fn text(&self) -> String {
        self.lines.iter().map(|(line, _)| format!("{line}\n")).collect()
    }
}

/// A resolved configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// Where they come from.
    pub origins: Origins,
    /// Whether the file is not the head commit's: a plan made from it can be looked at and not be released.
    pub provisional: bool,
}

/// One value for `config show`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Dotted key.
    pub key: String,
    /// The value as it is written in the file; null when there is none.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// Resolves `input`. A file with mistakes yields all of them.
pub fn load(input: &Input) -> Result<Loaded, ConfigError> {
    let name = input.file.as_ref().map(|file| &file.name).or(input.translated.as_ref().map(|other| &other.name));
    let name = name.map(|name| one_line(name, 200)).unwrap_or_default();
    let text = input.translated.as_ref().map(Translated::text).unwrap_or_default();
    let mut values = match (&input.file, &input.translated) {
        (Some(file), _) => Values::collect(document::parse(&name, &file.bytes)?, &TABLE),
        (None, Some(other)) => {
            Values::collect(document::parse(&name, text.as_bytes())?.translated(&other.lines), &TABLE)
        }
        (None, None) => Values::default(),
    };
    let mut config = Config::read(&mut values);
    let mut origins = values.finish()?;
    config.request = input.flags.read(&mut origins)?;
    if input.flags.draft {
        config.forge.draft = Some(true);
        origins.set("forge.draft".to_owned(), input.flags.origin("draft"));
    }
    if input.file.is_none() {
        config.evaluated = input.translated.as_ref().and_then(|other| other.evaluated.clone());
    }
    let provisional = input.file.as_ref().is_some_and(|file| !file.committed);
    Ok(Loaded { config, origins, provisional })
}

impl Loaded {
    /// Every value with its origin, sorted by key. Tables of which nothing is configured are left out.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        // Plain data always has a JSON form.
        let value = serde_json::to_value(&self.config).unwrap_or_default();
        self.flatten("", value, &mut entries);
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        entries
    }

    fn flatten(&self, key: &str, value: Value, entries: &mut Vec<Entry>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    self.flatten(&crate::key::join(key, &name), member, entries);
                }
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                for (n, item) in items.into_iter().enumerate() {
                    self.flatten(&format!("{key}[{n}]"), item, entries);
                }
            }
            value if !is_silent(key, &value) => {
                entries.push(Entry { key: key.to_owned(), origin: self.origins.of(key), value });
            }
            _ => {}
        }
    }
}

/// Values that nobody wrote and nobody could: absent tables, absent flags, and how a default came about.
fn is_silent(key: &str, value: &Value) -> bool {
    let absent = value.is_null() && (!key.contains('.') || key.starts_with("request."));
    absent || matches!(key, "changelog.asked" | "version_file")
}
