//! A walk through the file that gathers every value a key of the table allows, and every finding about the rest.
//!
//! Sections read from the result by dotted key. What stands in the file and is in no table is a finding, so nothing
//! is ever ignored.

use crate::document::{Document, MAX_FINDINGS, Source};
use crate::finding::{ConfigError, Finding, is_secret};
use crate::key::check::{check, not_a_table};
use crate::key::{ANY, Child, Fallback, Key, Problem, Table, join};
use crate::origin::Origins;
use crate::suggest::closest;
use crate::unavailable;
use bowline_model::text::one_line;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What the file says, by dotted key; inside lists `version_file[0].path`.
#[derive(Default)]
pub(crate) struct Values<'a> {
    source: Option<Source<'a>>,
    found: BTreeMap<String, Found>,
    /// Every table that is there, with its offset.
    tables: BTreeMap<String, usize>,
    findings: Vec<Finding>,
    omitted: usize,
}

struct Found {
    value: Value,
    offset: usize,
}

/// Where the walk is.
struct Place<'p> {
    /// As the table of keys has it.
    pattern: &'p str,
    /// As the file has it.
    path: &'p str,
}

impl<'a> Values<'a> {
    /// Walks through `document`.
    pub(crate) fn collect(document: Document<'a>, table: &Table) -> Self {
        let mut values = Self { source: Some(document.source), ..Self::default() };
        values.walk(table, &document.root, &Place { pattern: "", path: "" });
        values
    }

    /// The value of `key`, if the file has it.
    pub(crate) fn get<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let value = self.found.get(key)?.value.clone();
        match serde_json::from_value(value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.complain(key, Problem::new(format!("cannot be read: {error}")));
                None
            }
        }
    }

    /// Whether the table `path` is there.
    pub(crate) fn has_table(&self, path: &str) -> bool {
        self.tables.contains_key(path)
    }

    /// How many elements the list `path` has.
    pub(crate) fn count(&self, path: &str) -> usize {
        (0..).take_while(|n| self.has_table(&format!("{path}[{n}]"))).count()
    }

    /// The chosen names in the table `path`.
    pub(crate) fn names(&self, path: &str) -> Vec<String> {
        let keys = self.found.keys().chain(self.tables.keys());
        let mut names: Vec<String> =
            keys.filter_map(|key| crate::key::child_name(key, path)).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Records that `key` (or the table of that name) is wrong.
    pub(crate) fn complain(&mut self, key: &str, problem: Problem) {
        let place = self.found.get(key).map(|found| found.offset).or_else(|| self.tables.get(key).copied());
        let offset = problem.offset.or(place).unwrap_or(0);
        let message = format!("`{}` {}", one_line(key, 80), problem.message);
        self.push(offset, key, message, problem.hint);
    }

    /// The origins of all values, or the error when there are findings.
    pub(crate) fn finish(self) -> Result<Origins, ConfigError> {
        let mut origins = Origins::default();
        let name = self.source.as_ref().map_or("", |source| source.name).to_owned();
        if !self.findings.is_empty() {
            let mut findings = self.findings;
            findings.sort_by_key(|finding| (finding.line, finding.column));
            return Err(ConfigError::Invalid { name, findings, omitted: self.omitted });
        }
        if let Some(source) = &self.source {
            for (key, found) in self.found {
                // The one package is no list once it is resolved.
                let key = key.replacen("package[0]", "package", 1);
                origins.set(key, source.origin(found.offset));
            }
        }
        Ok(origins)
    }

    fn push(&mut self, offset: usize, key: &str, message: String, hint: Option<String>) {
        if self.is_full() {
            self.omitted += 1;
            return;
        }
        let finding = match &self.source {
            Some(source) => source.finding(offset, key, message, hint),
            None => Finding { line: 0, column: 0, excerpt: String::new(), key: key.to_owned(), message, hint },
        };
        self.findings.push(finding);
    }

    /// Advice is not worked out for findings that nobody will see.
    fn is_full(&self) -> bool {
        self.findings.len() >= MAX_FINDINGS
    }

    fn walk(&mut self, table: &Table, content: &DeTable<'_>, place: &Place<'_>) {
        for (name, value) in content {
            let (segment, offset) = (name.get_ref().as_ref(), name.span().start);
            let path = join(place.path, segment);
            match table.child(place.pattern, segment) {
                Child::Value(key) => self.value(key, &path, offset, value),
                Child::Table => self.table(table, &join(place.pattern, segment), (&path, offset), value),
                Child::List => self.list(table, &path, offset, value),
                Child::Named(names) => match (names.check)(segment) {
                    Err(problem) => {
                        let message = format!("`{}` {}", one_line(&path, 80), problem.message);
                        self.push(offset, &path, message, problem.hint);
                    }
                    Ok(()) => self.named(table, place.pattern, (&path, offset), value),
                },
                Child::Nothing if unavailable::contains(&join(place.pattern, segment)) => {
                    self.unavailable(place, segment, offset, value.get_ref());
                }
                Child::Nothing => self.unknown(table, place, segment, offset),
            }
        }
    }

    fn value(&mut self, key: &Key, path: &str, offset: usize, value: &Spanned<DeValue<'_>>) {
        match check(key.kind, value.get_ref()) {
            Ok(value) => {
                self.found.insert(path.to_owned(), Found { value, offset });
            }
            Err(problem) => {
                let at = problem.offset.unwrap_or_else(|| value.span().start);
                self.push(at, path, format!("`{}` {}", one_line(path, 80), problem.message), problem.hint);
            }
        }
    }

    fn table(&mut self, table: &Table, pattern: &str, at: (&str, usize), value: &Spanned<DeValue<'_>>) {
        let (path, offset) = at;
        let Some(content) = value.get_ref().as_table() else {
            let hint = value.get_ref().is_array().then(|| format!("write `[{path}]` once"));
            self.push(offset, path, format!("`{path}` {}", not_a_table(value.get_ref())), hint);
            return;
        };
        self.tables.insert(path.to_owned(), offset);
        self.walk(table, content, &Place { pattern, path });
        self.require(table, content, pattern, (path, offset));
    }

    fn require(&mut self, table: &Table, content: &DeTable<'_>, pattern: &str, at: (&str, usize)) {
        let (path, offset) = at;
        for key in table.keys().filter(|key| matches!(key.fallback, Fallback::Required)) {
            let name = key.name.strip_prefix(pattern).and_then(|rest| rest.strip_prefix('.'));
            if let Some(name) = name.filter(|name| !name.contains('.') && !content.contains_key(*name)) {
                let hint = format!("for example `{name} = {}`", key.example);
                self.push(offset, path, format!("`{path}` needs `{name}`"), Some(hint));
            }
        }
    }

    fn list(&mut self, table: &Table, path: &str, offset: usize, value: &Spanned<DeValue<'_>>) {
        let Some(elements) = value.get_ref().as_array() else {
            let message = format!("`{path}` must be a list of tables");
            self.push(offset, path, message, Some(format!("write `[[{path}]]`")));
            return;
        };
        for (n, element) in elements.iter().enumerate() {
            self.table(table, path, (&format!("{path}[{n}]"), element.span().start), element);
        }
    }

    fn named(&mut self, table: &Table, pattern: &str, at: (&str, usize), value: &Spanned<DeValue<'_>>) {
        let pattern = join(pattern, ANY);
        match table.keys().find(|key| key.name == pattern) {
            Some(key) => self.value(key, at.0, at.1, value),
            None => self.table(table, &pattern, at, value),
        }
    }

    /// Names the deepest tables, `[gate.approvals]` rather than `[gate]`: that is what people wrote.
    fn unavailable(&mut self, place: &Place<'_>, segment: &str, offset: usize, value: &DeValue<'_>) {
        let path = join(place.path, segment);
        let Some(content) = value.as_table().filter(|_| place.path.is_empty()) else {
            let shown = if value.is_table() { format!("[{path}]") } else { path.clone() };
            return self.push(offset, &path, unavailable::message(&shown), Some(unavailable::HINT.to_owned()));
        };
        if content.is_empty() || content.values().any(|value| !value.get_ref().is_table()) {
            let message = unavailable::message(&format!("[{path}]"));
            return self.push(offset, &path, message, Some(unavailable::HINT.to_owned()));
        }
        for name in content.keys() {
            let path = one_line(&join(&path, name.get_ref()), 80).into_owned();
            let message = unavailable::message(&format!("[{path}]"));
            self.push(name.span().start, &path, message, Some(unavailable::HINT.to_owned()));
        }
    }

    fn unknown(&mut self, table: &Table, place: &Place<'_>, segment: &str, offset: usize) {
        if self.is_full() {
            self.omitted += 1;
            return;
        }
        let shown = one_line(segment, 60);
        let message = match place.path {
            "" => format!("unknown section or key `{shown}`"),
            path => format!("unknown key `{shown}` in `[{}]`", one_line(path, 80)),
        };
        self.push(offset, &join(place.path, segment), message, advice(table, place.pattern, segment));
    }
}

/// What an unknown key was probably meant to be: a neighbour, a key of another section, or a secret in the wrong
/// place; else what there is.
fn advice(table: &Table, pattern: &str, segment: &str) -> Option<String> {
    let children = table.children(pattern);
    let elsewhere = |name: &str| {
        let found = table.keys().find(|key| key.name == name || key.name.rsplit('.').next() == Some(name))?;
        let section = table.section_of(found)?;
        let (open, close) = section.brackets();
        Some(format!("`{}` belongs to `{open}{}{close}`", found.within(section), section.name))
    };
    if let Some(near) = closest(segment, children.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let later = unavailable::SECTIONS.iter().chain(unavailable::KEYS);
    let later = later.filter_map(|name| crate::key::child_name(name, pattern));
    if let Some(near) = closest(segment, later) {
        return Some(format!("`{near}`, if that was meant, is not available in this version of Bowline"));
    }
    if let Some(place) = elsewhere(segment) {
        return Some(place);
    }
    if is_secret(segment) {
        return Some("secrets come from the environment, never from this file".to_owned());
    }
    let names = table.keys().flat_map(|key| [key.name, key.name.rsplit('.').next().unwrap_or(key.name)]);
    if let Some(place) = closest(segment, names.filter(|name| !name.contains('<'))).and_then(elsewhere) {
        return Some(place);
    }
    (!children.is_empty()).then(|| format!("there are: {}", children.join(", ")))
}
