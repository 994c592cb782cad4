//! The walk over all keys: each is read once, and what is left over is named.

use super::find::{Found, Read, Source, article};
use super::{Problem, Translation, VersionrcError, files, hooks, keys, types};
use bowline_config::{Evaluated, Origin, Translated};
use bowline_model::text::one_line;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

impl Found {
    /// Says it in Bowline's words. `read` gives the bytes of a file of the commit.
    pub fn translate(&self, read: &Read<'_>) -> Result<Translation, VersionrcError> {
        let mut walk = Walk::new(self);
        hooks::check(&mut walk);
        keys::translate(&mut walk);
        types::translate(&mut walk);
        files::translate(&mut walk, read)?;
        walk.left_over();
        walk.finish()
    }

    /// Its files, as people see them.
    pub fn name(&self) -> String {
        self.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Keys in, lines out.
pub(super) struct Walk<'f> {
    pub(super) found: &'f Found,
    lines: Vec<(String, Origin)>,
    warnings: Vec<String>,
    problems: Vec<Problem>,
    read: BTreeSet<String>,
}

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Said<'f> {
    pub(super) value: &'f Value,
    pub(super) file: &'f str,
    pub(super) key: String,
}

impl Said<'_> {
    /// `.versionrc: types[0]`.
    pub(super) fn place(&self) -> String {
        format!("{}: {}", self.file, one_line(&self.key, 80))
    }

    pub(super) fn origin(&self) -> Origin {
        Origin::Key { file: self.file.to_owned(), key: one_line(&self.key, 80).into_owned() }
    }
}

impl<'f> Walk<'f> {
    fn new(found: &'f Found) -> Self {
        let (lines, warnings, problems) = (Vec::new(), Vec::new(), Vec::new());
        Self { found, lines, warnings, problems, read: BTreeSet::new() }
    }

    /// What the first source says that says something of `key`.
    pub(super) fn get(&mut self, key: &str) -> Option<Said<'f>> {
        self.read.insert(key.to_owned());
        let said = |source: &'f Source| Some((source.keys.get(key)?, source.name.as_str()));
        let (value, file) = self.found.sources.iter().find_map(said)?;
        Some(Said { value, file, key: key.to_owned() })
    }

    /// Text; anything else is wrong.
    pub(super) fn text(&mut self, key: &str) -> Option<(&'f str, Said<'f>)> {
        let said = self.get(key)?;
        match said.value.as_str() {
            Some(text) => Some((text, said)),
            None => {
                self.wrong(&said, "text");
                None
            }
        }
    }

    /// Whether `key` is set; the place that says so.
    pub(super) fn is_set(&mut self, key: &str) -> Option<Said<'f>> {
        let said = self.get(key)?;
        if said.value.is_boolean() {
            return said.value.as_bool().filter(|set| *set).map(|_| said);
        }
        self.wrong(&said, "`true` or `false`");
        None
    }

    /// The members of the object `key` in all sources; the first wins.
    pub(super) fn members(&mut self, key: &str) -> Vec<(String, Said<'f>)> {
        self.read.insert(key.to_owned());
        let mut members: Vec<(String, Said<'f>)> = Vec::new();
        for source in &self.found.sources {
            let Some(value) = source.keys.get(key) else { continue };
            let said = Said { value, file: &source.name, key: key.to_owned() };
            let Some(object): Option<&Map<String, Value>> = value.as_object() else {
                self.wrong(&said, "an object");
                continue;
            };
            for (name, value) in object {
                if members.iter().all(|(known, _)| known != name) {
                    let key = format!("{key}.{name}");
                    members.push((name.clone(), Said { value, file: &source.name, key }));
                }
            }
        }
        members
    }

    /// Writes `key = value`, said by `origin`.
    pub(super) fn set(&mut self, key: &str, value: impl Into<Value>, origin: Origin) {
        self.lines.push((format!("{key} = {}", toml(&value.into())), origin));
    }

    /// Writes what holds where nothing is said.
    pub(super) fn assume(&mut self, key: &str, value: impl Into<Value>) {
        let origin = Origin::Habit { tool: self.found.profile.package().to_owned() };
        self.set(key, value, origin);
    }

    /// Says that something is not carried out and makes no other release.
    pub(super) fn warn(&mut self, said: &Said<'_>, what: &str) {
        self.warnings.push(format!("{} {what}", said.place()));
    }

    /// Refuses what would make another release than people expect.
    pub(super) fn refuse(&mut self, said: &Said<'_>, what: &str, hints: &[&str]) {
        let hints = hints.iter().map(|&hint| hint.to_owned()).collect();
        let problem = Problem { message: format!("{} {what}", said.place()), hints };
        // A key can be read for several reasons.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    pub(super) fn wrong(&mut self, said: &Said<'_>, expected: &str) {
        let what = format!("must be {expected}, and is {}", article(said.value));
        self.refuse(said, &what, &["correct it: standard-version takes it for something else, or not at all"]);
    }

    /// Names what nobody read.
    fn left_over(&mut self) {
        for source in &self.found.sources {
            for (key, value) in source.keys.iter().filter(|(key, _)| !self.read.contains(*key)) {
                let said = Said { value, file: &source.name, key: key.clone() };
                self.warnings.push(format!("{} is no key of standard-version: nothing reads it", said.place()));
            }
        }
    }

    fn finish(self) -> Result<Translation, VersionrcError> {
        let name = self.found.name();
        if !self.problems.is_empty() {
            return Err(VersionrcError::Refused { name, problems: self.problems });
        }
        let evaluated = self.found.evaluated.as_ref();
        let evaluated = evaluated.map(|(file, value)| Evaluated { file: file.clone(), json: value.to_string() });
        Ok(Translation { config: Translated { name, lines: self.lines, evaluated }, warnings: self.warnings })
    }
}

/// A value on one line of TOML. JSON's spelling of text is TOML's, but for one character.
pub(super) fn toml(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{} = {}", quoted(key), toml(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Text in quotes, also as a part of a key.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
