//! Which reader is for which file.

use super::cargo::{self, Members};
use super::place::{EditsError, Look, Place};
use super::{npm, plain, python, toml};
use bowline_config::section::package::{VersionFile, VersionFormat};
use bowline_model::Version;
use bowline_model::version::Spelling;

/// What a manifest means for the lock file beside it.
#[derive(Debug, Default)]
pub(super) struct Added {
    pub(super) found: bool,
    pub(super) members: Members,
    pub(super) project: Option<String>,
}

/// How versions are found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finder {
    Npm,
    NpmLock,
    JsonAt(Vec<String>),
    Cargo,
    CargoLock(Members),
    Python,
    UvLock(String),
    TomlAt(Vec<String>),
    Plain,
}

impl Finder {
    pub(super) fn configured(file: &VersionFile, members: &Members) -> Self {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let format = match file.format {
            VersionFormat::Auto if name.ends_with(".json") => VersionFormat::Json,
            VersionFormat::Auto if name.ends_with(".toml") || name.ends_with(".lock") => VersionFormat::Toml,
            VersionFormat::Auto => VersionFormat::Plain,
            other => other,
        };
        let segments = |at: &String| at.split('.').map(str::to_owned).collect();
        match (format, &file.at) {
            (VersionFormat::Json, Some(at)) => Self::JsonAt(segments(at)),
            (VersionFormat::Json, None) if LOCKS.contains(&name) => Self::NpmLock,
            (VersionFormat::Json, None) => Self::Npm,
            (VersionFormat::Toml, Some(at)) => Self::TomlAt(segments(at)),
            (VersionFormat::Toml, None) if name == "Cargo.lock" => Self::CargoLock(members.clone()),
            (VersionFormat::Toml, None) if name == "pyproject.toml" => Self::Python,
            (VersionFormat::Toml, None) => Self::Cargo,
            (VersionFormat::Plain | VersionFormat::Auto, _) => Self::Plain,
        }
    }

    pub(super) const fn format(&self) -> &'static str {
        match self {
            Self::Npm | Self::NpmLock | Self::JsonAt(_) => "json",
            Self::Cargo | Self::CargoLock(_) | Self::Python | Self::UvLock(_) | Self::TomlAt(_) => "toml",
            Self::Plain => "plain",
        }
    }

    /// How whoever reads the file writes versions.
    pub(super) const fn spelling(&self) -> Spelling {
        match self {
            Self::Python | Self::UvLock(_) => Spelling::Pep440,
            _ => Spelling::Semver,
        }
    }

    pub(super) const fn is_lock(&self) -> bool {
        matches!(self, Self::NpmLock | Self::CargoLock(_) | Self::UvLock(_))
    }

    pub(super) const fn usual_place(&self) -> &'static str {
        match self {
            Self::Cargo => "package.version",
            Self::Python => "project.version",
            _ => "version",
        }
    }

    /// The finder that finds the same places once they hold `next`.
    pub(super) fn after(&self, next: &Version) -> Self {
        match self {
            Self::CargoLock(members) => Self::CargoLock(Members { version: next.to_string(), ..members.clone() }),
            other => other.clone(),
        }
    }

    pub(super) fn find(&self, path: &str, bytes: &[u8]) -> Result<(Look, Added), EditsError> {
        let format = self.format();
        let malformed = |reason| EditsError::Malformed { path: path.to_owned(), format, reason };
        let text = std::str::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
        let source = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut added = Added::default();
        let mut look = self.look(source, &mut added).map_err(malformed)?;
        let mark = text.len() - source.len();
        for place in &mut look.places {
            place.span = place.span.start + mark..place.span.end + mark;
        }
        added.found = !look.places.is_empty();
        Ok((look, added))
    }

    fn look(&self, source: &str, added: &mut Added) -> Result<Look, String> {
        match self {
            Self::Npm => npm::manifest(source),
            Self::NpmLock => npm::lock(source),
            Self::JsonAt(path) => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                npm::at_each(source, &[&path])
            }
            Self::Cargo => {
                let (look, members) = cargo::manifest(source)?;
                added.members = members;
                // A file of another name that is read as TOML may follow Python's places instead.
                let (other, _) = if look.places.is_empty() { python::manifest(source)? } else { Default::default() };
                Ok(if other.places.is_empty() { look } else { other })
            }
            Self::CargoLock(members) => cargo::lock(source, members),
            Self::Python => {
                let (look, name) = python::manifest(source)?;
                added.project = name;
                Ok(look)
            }
            Self::UvLock(name) => python::uv_lock(source, name),
            Self::TomlAt(path) => toml_at(source, path),
            Self::Plain => Ok(plain::whole(source)),
        }
    }
}

/// The string at a configured place.
fn toml_at(source: &str, path: &[String]) -> Result<Look, String> {
    let table = toml::parse(source)?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let span = toml::at(&table, &path).and_then(|value| toml::string_span(source, value));
    let places = span.and_then(|span| Place::new(source, span, path.join("."))).into_iter().collect();
    Ok(Look { places, notes: Vec::new() })
}

const LOCKS: [&str; 2] = ["package-lock.json", "npm-shrinkwrap.json"];
