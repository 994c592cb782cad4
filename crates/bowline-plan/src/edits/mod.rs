//! Version files: which there are, what version they hold, and the edits that make them hold another.
//!
//! An edit is a byte span: the diff is exactly the version's bytes, so comments, indentation, line ends, byte order
//! marks and equal strings elsewhere stay as they are. Places are found by path in a parsed document, never by
//! searching for text, and every edit is applied and read back before it becomes part of a plan.

mod cargo;
mod finder;
mod json;
mod npm;
mod place;
mod plain;
mod python;
mod toml;

pub use place::EditsError;

use bowline_config::Config;
use bowline_config::candidates::in_package;
use bowline_config::section::package::Role;
use bowline_model::Version;
use bowline_model::facts::{Facts, FileContent};
use bowline_model::plan::{Edit, apply_edits};
use cargo::Members;
use finder::{Added, Finder};
use place::Place;

/// The version files of a repository.
#[derive(Debug, Default)]
pub struct Survey<'f> {
    files: Vec<Surveyed<'f>>,
    /// What was looked at and is not edited, and why.
    pub notes: Vec<String>,
}

/// A version that a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The file.
    pub path: String,
    /// What stands there, safe to show.
    pub text: String,
    /// The same as a version; none when it is not SemVer.
    pub version: Option<Version>,
}

/// Looks at the configured version files, or at those that are found by themselves.
pub fn survey<'f>(config: &Config, facts: &'f Facts) -> Result<Survey<'f>, EditsError> {
    let mut survey = Survey::default();
    if config.version_files.is_empty() {
        survey.detect(config, facts)?;
    } else {
        survey.configured(config, facts)?;
    }
    Ok(survey)
}

impl<'f> Survey<'f> {
    /// The versions that manifests hold, the most believed first. Lock files only repeat them.
    pub fn held(&self) -> impl Iterator<Item = Held> {
        self.files.iter().filter(|file| !file.finder.is_lock() && file.role.is_read()).filter_map(|file| {
            let place = file.places.first()?;
            let text = bowline_model::text::one_line(&place.text, 60).into_owned();
            Some(Held { path: file.path.clone(), text, version: file.finder.spelling().read(&place.text) })
        })
    }

    /// The edits that make every file hold `next`, in the order of files and of places inside.
    pub fn edits(&self, next: &Version) -> Result<Vec<Edit>, EditsError> {
        let mut edits = Vec::new();
        for file in self.files.iter().filter(|file| file.role.is_written()) {
            edits.extend(file.edits(next)?);
        }
        edits.sort_by(|a, b| (&a.file, a.offset).cmp(&(&b.file, b.offset)));
        Ok(edits)
    }

    fn detect(&mut self, config: &Config, facts: &'f Facts) -> Result<(), EditsError> {
        let npm = self.add_detected(facts, in_package(config, "package.json"), Finder::Npm)?;
        if npm.is_some_and(|look| look.found) {
            for name in ["package-lock.json", "npm-shrinkwrap.json"] {
                self.add_detected(facts, in_package(config, name), Finder::NpmLock)?;
            }
        }
        if let Some(look) = self.add_detected(facts, in_package(config, "Cargo.toml"), Finder::Cargo)? {
            self.detect_cargo_lock(config, facts, look)?;
        }
        let python = self.add_detected(facts, in_package(config, "pyproject.toml"), Finder::Python)?;
        if let Some(name) = python.filter(|look| look.found).and_then(|look| look.project) {
            self.add_detected(facts, in_package(config, "uv.lock"), Finder::UvLock(name))?;
        }
        for name in ["VERSION", "version.txt"] {
            self.add_detected(facts, in_package(config, name), Finder::Plain)?;
        }
        Ok(())
    }

    fn detect_cargo_lock(&mut self, config: &Config, facts: &'f Facts, look: Added) -> Result<(), EditsError> {
        let own = in_package(config, "Cargo.lock");
        let path = if facts.files.iter().any(|file| file.path == own) { own } else { "Cargo.lock".to_owned() };
        if look.found {
            self.add_detected(facts, path, Finder::CargoLock(look.members))?;
        }
        Ok(())
    }

    /// Adds a file when it is there; tells what was found in it.
    fn add_detected(&mut self, facts: &'f Facts, path: String, finder: Finder) -> Result<Option<Added>, EditsError> {
        let Some(bytes) = read(facts, &path)? else { return Ok(None) };
        let (look, added) = finder.find(&path, bytes)?;
        self.notes.extend(look.notes.iter().map(|why| format!("{path} {why}: it is not edited")));
        if !look.places.is_empty() {
            self.files.push(Surveyed { path, bytes, finder, places: look.places, role: Role::Both });
        }
        Ok(Some(added))
    }

    fn configured(&mut self, config: &Config, facts: &'f Facts) -> Result<(), EditsError> {
        // Lock files follow what their manifest says, in whatever order they are listed.
        let mut files: Vec<_> = config.version_files.iter().collect();
        files.sort_by_key(|file| Finder::configured(file, &Members::default()).is_lock());
        let mut members = Members::default();
        for file in files {
            let path = file.path.strip_prefix("./").unwrap_or(&file.path).to_owned();
            let Some(bytes) = read(facts, &path)? else { return Err(EditsError::Missing { path }) };
            let finder = Finder::configured(file, &members);
            let (look, added) = finder.find(&path, bytes)?;
            if look.places.is_empty() {
                let at = file.at.clone().unwrap_or_else(|| finder.usual_place().to_owned());
                return Err(EditsError::NoPlace { path, at });
            }
            if finder == Finder::Cargo {
                members = added.members;
            }
            self.files.push(Surveyed { path, bytes, finder, places: look.places, role: file.role });
        }
        Ok(())
    }
}

/// A file with the places of its version.
#[derive(Debug)]
struct Surveyed<'f> {
    path: String,
    bytes: &'f [u8],
    finder: Finder,
    places: Vec<Place>,
    role: Role,
}

impl Surveyed<'_> {
    fn edits(&self, next: &Version) -> Result<Vec<Edit>, EditsError> {
        let written = self.finder.spelling().write(next);
        let wanted = written.map_err(|source| EditsError::NotWritable { path: self.path.clone(), source })?;
        let format = self.finder.format();
        let changed = self.places.iter().filter(|place| place.text != wanted);
        let edits: Vec<Edit> = changed.map(|place| place.edit(&self.path, format, &wanted)).collect();
        self.read_back(&edits, next, &wanted)?;
        Ok(edits)
    }

    /// Applies the edits and looks again: every place must hold the new version.
    fn read_back(&self, edits: &[Edit], next: &Version, wanted: &str) -> Result<(), EditsError> {
        let unfit = |source| EditsError::Unfit { path: self.path.clone(), source };
        let bytes = apply_edits(self.bytes, edits).map_err(unfit)?;
        let (look, _) = self.finder.after(next).find(&self.path, &bytes)?;
        let holds = |place: &Place| {
            let before = |edit: &&Edit| edit.offset < place.span.start as u64;
            let moved: usize = edits.iter().filter(before).map(|edit| edit.to.len()).sum::<usize>() + place.span.start;
            let start = moved - edits.iter().filter(before).map(|edit| edit.from.len()).sum::<usize>();
            look.places.iter().any(|found| found.span.start == start && found.text == wanted)
        };
        if self.places.iter().all(holds) {
            Ok(())
        } else {
            Err(EditsError::Ineffective { path: self.path.clone(), next: next.clone() })
        }
    }
}

/// The bytes at `path`; none when nothing stands there.
fn read<'f>(facts: &'f Facts, path: &str) -> Result<Option<&'f [u8]>, EditsError> {
    let Some(file) = facts.files.iter().find(|file| file.path == path) else { return Ok(None) };
    match &file.content {
        FileContent::NotAFile(what) => Err(EditsError::NotAFile { path: path.to_owned(), what }),
        FileContent::Bytes(bytes) if bytes.starts_with(LFS) => Err(EditsError::Pointer { path: path.to_owned() }),
        FileContent::Bytes(bytes) => Ok(Some(bytes)),
    }
}

/// How every Git LFS pointer begins.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";

#[cfg(test)]
mod tests;
