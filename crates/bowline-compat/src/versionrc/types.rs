//! `types`: what stands in the changelog, and under which heading.
//!
//! Without `types` Bowline's own hold, with `feature` beside `feat`: the originals count a `feature` and forget to list it. With
//! `types` what is listed is exactly what they say.

use super::translate::{Walk, quoted};
use crate::profile::Profile;
use bowline_config::{Config, Origin};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Writes what they say.
pub(super) fn translate(walk: &mut Walk<'_>) {
    let floor = if walk.is_set("noBumpWhenEmptyChanges").is_some() { "none" } else { "patch" };
    let Some(said) = walk.get("types") else {
        walk.assume("commits.types.feature.bump", "minor");
        return walk.assume("commits.types.feature.section", "Features");
    };
    let Some(entries) = said.value.as_array() else { return walk.wrong(&said, "a list") };
    let mut known: BTreeMap<String, Entry> = BTreeMap::new();
    let mut headings: Vec<&str> = Vec::new();
    for (n, entry) in entries.iter().enumerate() {
        let mut of_entry = said.clone();
        of_entry.key = format!("types[{n}]");
        of_entry.value = entry;
        let Some(name) = entry.get("type").and_then(Value::as_str) else {
            walk.refuse(&of_entry, "has no `type`", &["for example { \"type\": \"feat\", \"section\": \"Features\" }"]);
            continue;
        };
        if entry.get("scope").is_some_and(|scope| !scope.is_null()) {
            walk.warn(&of_entry, "is for one scope, which has no headings of its own here: it is passed over");
            continue;
        }
        if name.is_empty() || name.chars().any(char::is_uppercase) {
            walk.warn(&of_entry, "names a type that no commit has: types are compared in lower case");
            continue;
        }
        let effect = entry.get("effect").and_then(Value::as_str);
        let hidden = entry.get("hidden").and_then(Value::as_bool).unwrap_or(effect == Some("hidden"));
        let section = entry.get("section").and_then(Value::as_str).filter(|section| !section.trim().is_empty());
        // The first entry of a type counts.
        if known.contains_key(name) {
            continue;
        }
        if let Some(section) = section.filter(|section| !hidden && !headings.contains(section)) {
            headings.push(section);
        }
        let section = section.map(str::to_owned);
        known.insert(name.to_owned(), Entry { section, hidden, origin: of_entry.origin() });
    }
    if !headings.is_empty() {
        // The older ones put these first; the others have no certain order there.
        let rank = |title: &&str| FIRST.iter().position(|first| first == title).unwrap_or(FIRST.len());
        if walk.found.profile != Profile::CatV13 {
            headings.sort_by_key(rank);
        }
        walk.set("changelog.sections", headings, said.origin());
    }
    if let (Some(feat), false) = (known.get("feat").cloned(), known.contains_key("feature")) {
        known.insert("feature".to_owned(), feat);
    }
    let built_in: BTreeSet<String> = Config::default().commits.types.into_keys().collect();
    for (name, entry) in &known {
        let key = |key: &str| format!("commits.types.{}.{key}", quoted(name));
        let bump = if matches!(name.as_str(), "feat" | "feature") { "minor" } else { floor };
        if !built_in.contains(name) {
            walk.set(&key("bump"), bump, entry.origin.clone());
        }
        if let Some(section) = &entry.section {
            walk.set(&key("section"), section.clone(), entry.origin.clone());
        }
        walk.set(&key("hidden"), entry.hidden, entry.origin.clone());
    }
    for name in built_in.iter().filter(|name| !known.contains_key(*name)) {
        walk.set(&format!("commits.types.{}.hidden", quoted(name)), true, said.origin());
    }
}

#[derive(Clone)]
struct Entry {
    section: Option<String>,
    hidden: bool,
    origin: Origin,
}

const FIRST: [&str; 4] = ["Features", "Bug Fixes", "Performance Improvements", "Reverts"];
