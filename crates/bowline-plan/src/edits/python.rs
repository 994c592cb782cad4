//! `pyproject.toml` (PEP 621, and Poetry's older place) and `uv.lock`.

use super::place::{Look, Place};
use super::toml::{at, parse, string_span, text_at};
use toml::de::DeTable;

/// `project.version` and `tool.poetry.version`, whichever are there; a dynamic version is made by the build.
pub(super) fn manifest(source: &str) -> Result<(Look, Option<String>), String> {
    let table = parse(source)?;
    let place = |path: &&[&str]| Place::new(source, string_span(source, at(&table, path)?)?, path.join("."));
    let places: Vec<_> = PLACES.iter().filter_map(place).collect();
    let name = text_at(&table, &["project", "name"]).map(str::to_owned);
    if !places.is_empty() {
        return Ok((Look { places, notes: Vec::new() }, name));
    }
    let dynamic = at(&table, &["project", "dynamic"])
        .and_then(|value| value.get_ref().as_array())
        .is_some_and(|items| items.iter().any(|item| item.get_ref().as_str() == Some("version")));
    let why = if dynamic { "says that its version is dynamic" } else { "names no version" };
    Ok((Look::note(why), name))
}

/// The entry of the project itself in `uv.lock`: the one whose source is a folder.
pub(super) fn uv_lock(source: &str, name: &str) -> Result<Look, String> {
    let table = parse(source)?;
    let packages = at(&table, &["package"]).and_then(|value| value.get_ref().as_array());
    let entries = packages.into_iter().flat_map(|items| items.iter()).filter_map(|item| item.get_ref().as_table());
    let places = entries
        .filter(|entry| is_the_project(entry, name))
        .filter_map(|entry| {
            Place::new(source, string_span(source, entry.get("version")?)?, format!("package.{name}.version"))
        })
        .collect();
    Ok(Look { places, notes: Vec::new() })
}

fn is_the_project(entry: &DeTable<'_>, name: &str) -> bool {
    let local = ["editable", "virtual"].iter().any(|kind| text_at(entry, &["source", kind]) == Some("."));
    local && text_at(entry, &["name"]).is_some_and(|entry| normalised(entry) == normalised(name))
}

/// PEP 503: case does not matter, and runs of `-`, `_` and `.` are one.
fn normalised(name: &str) -> String {
    name.to_ascii_lowercase().split(['-', '_', '.']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

const PLACES: [&[&str]; 2] = [&["project", "version"], &["tool", "poetry", "version"]];
