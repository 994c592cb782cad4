//! `package.json`, its two lock files, and JSON at a configured place.

use super::json::{Found, locate};
use super::place::{Look, Place};

/// `version` of a manifest; a private root may have none.
pub(super) fn manifest(source: &str) -> Result<Look, String> {
    let look = at_each(source, &[&["version"]])?;
    Ok(if look.places.is_empty() { Look::note("names no version") } else { look })
}

/// The root's version in a lock file: `version`, and since lock file version 2 also `packages..version`.
pub(super) fn lock(source: &str) -> Result<Look, String> {
    at_each(source, &[&["version"], &["packages", "", "version"]])
}

/// The strings at `paths`; a path where nothing stands is passed over, one where no string stands is an error.
pub(super) fn at_each(source: &str, paths: &[&[&str]]) -> Result<Look, String> {
    let mut places = Vec::new();
    for (path, found) in paths.iter().zip(locate(source, paths)?) {
        match found {
            Found::Nothing => {}
            Found::Text(span) => places.extend(Place::new(source, span, path.join("."))),
            Found::Other => return Err(format!("`{}` is not a string", path.join("."))),
        }
    }
    Ok(Look { places, notes: Vec::new() })
}
