//! `packageFiles` and `bumpFiles`: the file that tells the version, and those that get the next one.
//!
//! As in the originals, the first of `packageFiles` that can be read tells it, and files that are not there are passed over.
//! A file that the originals would edit and Bowline cannot is refused: a release that misses a file is worse than none.

use super::VersionrcError;
use super::find::{Read, in_folder};
use super::translate::{Said, Walk};
use serde_json::{Value, json};

/// Writes which files there are.
pub(super) fn translate(walk: &mut Walk<'_>, read: &Read<'_>) -> Result<(), VersionrcError> {
    let readers = entries(walk, "packageFiles", &PACKAGE_FILES);
    let written = entries(walk, "bumpFiles", &BUMP_FILES);
    let mut files: Vec<Edited> = Vec::new();
    for entry in &written.entries {
        let Some(format) = entry.format(walk) else { continue };
        let path = entry.path(&walk.found.folder);
        let Some(bytes) = read(&path)? else {
            entry.warn(walk, "is not in the commit: it is passed over");
            continue;
        };
        if format == Format::Json && !may_hold_version(&bytes) {
            entry.warn(walk, "has no version: it is passed over");
        } else if files.iter().all(|known| known.path != path) {
            files.push(Edited { path, format, role: "write" });
        }
    }
    for entry in &readers.entries {
        let Some(format) = entry.known_format(walk) else { continue };
        let path = entry.path(&walk.found.folder);
        let Some(bytes) = read(&path)? else { continue };
        if format == Format::Json && !may_hold_version(&bytes) {
            continue;
        }
        match files.iter_mut().find(|known| known.path == path) {
            Some(known) => known.role = "both",
            None => files.push(Edited { path, format, role: "read" }),
        }
        break;
    }
    if files.is_empty() {
        return Ok(());
    }
    let list: Vec<Value> = files.iter().map(Edited::value).collect();
    match written.said.or(readers.said) {
        Some(said) => walk.set("version_file", list, said.origin()),
        None => walk.assume("version_file", list),
    }
    Ok(())
}

struct Edited {
    path: String,
    format: Format,
    role: &'static str,
}

impl Edited {
    fn value(&self) -> Value {
        let format = match self.format {
            Format::Json => "json",
            Format::Plain => "plain",
            Format::Toml => "toml",
        };
        json!({ "path": self.path, "format": format, "role": self.role })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Plain,
    Toml,
}

struct Entries<'f> {
    said: Option<Said<'f>>,
    entries: Vec<Entry<'f>>,
}

/// An entry of a list, or of what holds without one.
struct Entry<'f> {
    name: String,
    kind: Option<&'f str>,
    has_updater: bool,
    said: Option<Said<'f>>,
}

fn entries<'f>(walk: &mut Walk<'f>, key: &str, usual: &[&str]) -> Entries<'f> {
    let Some(said) = walk.get(key) else {
        let entry = |name: &&str| Entry { name: (*name).to_owned(), kind: None, has_updater: false, said: None };
        return Entries { said: None, entries: usual.iter().map(entry).collect() };
    };
    let mut entries = Vec::new();
    let Some(list) = said.value.as_array() else {
        walk.wrong(&said, "a list");
        return Entries { said: Some(said), entries };
    };
    for (n, value) in list.iter().enumerate() {
        let of_entry = Said { value, file: said.file, key: format!("{key}[{n}]") };
        let name = value.as_str().or_else(|| value.get("filename")?.as_str());
        let Some(name) = name else {
            walk.refuse(
                &of_entry,
                "names no file",
                &["for example { \"filename\": \"VERSION\", \"type\": \"plain-text\" }"],
            );
            continue;
        };
        let kind = value.get("type").and_then(Value::as_str);
        let has_updater = value.get("updater").is_some_and(|updater| !updater.is_null());
        entries.push(Entry { name: name.to_owned(), kind, has_updater, said: Some(of_entry) });
    }
    Entries { said: Some(said), entries }
}

impl Entry<'_> {
    fn path(&self, folder: &str) -> String {
        in_folder(folder, self.name.strip_prefix("./").unwrap_or(&self.name))
    }

    fn warn(&self, walk: &mut Walk<'_>, what: &str) {
        if let Some(said) = &self.said {
            walk.warn(said, &format!("{what} (`{}`)", bowline_model::text::one_line(&self.name, 80)));
        }
    }

    /// Its format, or nothing where the originals would have failed to read it and gone on.
    fn known_format(&self, walk: &Walk<'_>) -> Option<Format> {
        if self.has_updater {
            return None;
        }
        let base = self.name.rsplit('/').next().unwrap_or(&self.name);
        match self.kind {
            Some("json") => Some(Format::Json),
            Some("plain-text") => Some(Format::Plain),
            Some("python") if walk.found.profile.is_catv() && base.ends_with(".toml") => Some(Format::Toml),
            None if BUMP_FILES.contains(&base) => Some(Format::Json),
            None if matches!(self.name.as_str(), "VERSION.txt" | "version.txt") => Some(Format::Plain),
            None if walk.found.profile.is_catv() && base == "pyproject.toml" => Some(Format::Toml),
            _ => None,
        }
    }

    /// The same; a file that nobody could edit is refused.
    fn format(&self, walk: &mut Walk<'_>) -> Option<Format> {
        let known = self.known_format(walk);
        let (None, Some(said)) = (known, &self.said) else { return known };
        let name = bowline_model::text::one_line(&self.name, 80).into_owned();
        let said = said.clone();
        match (self.has_updater, self.kind) {
            (true, _) => {
                let what = format!("has an updater that is JavaScript, for `{name}`");
                walk.refuse(&said, &what, &[UPDATER]);
            }
            (false, Some(kind)) => {
                let kind = bowline_model::text::one_line(kind, 40).into_owned();
                walk.refuse(
                    &said,
                    &format!("has the type `{kind}`, which Bowline cannot edit, for `{name}`"),
                    &[UPDATER],
                );
            }
            (false, None) => {
                let hint = "say what it is: \"type\": \"json\" or \"type\": \"plain-text\"";
                walk.refuse(&said, &format!("does not say how `{name}` holds its version"), &[hint]);
            }
        }
        None
    }
}

/// Whether JSON holds a version at its top. What is no JSON is for whoever edits it to complain about.
fn may_hold_version(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_or(true, |value: Value| value.get("version").is_some_and(Value::is_string))
}

const PACKAGE_FILES: [&str; 3] = ["package.json", "bower.json", "manifest.json"];
const BUMP_FILES: [&str; 5] =
    ["package.json", "bower.json", "manifest.json", "package-lock.json", "npm-shrinkwrap.json"];
const UPDATER: &str = "`bowline standard-version` runs it; here name a file that is JSON or only the version, or say the place in a bowline.toml: [[version_file]]";
