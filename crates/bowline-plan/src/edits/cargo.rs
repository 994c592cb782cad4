//! `Cargo.toml` and `Cargo.lock`.
//!
//! Only root files are at hand, so a workspace's members are known by what the lock file says of them: an entry
//! without a source is a member, and one with the version that members inherit is taken for one that inherits it.

use super::place::{Look, Place};
use super::toml::{at, parse, string_span, text_at};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a manifest says of itself, as far as the lock file has to follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Members {
    /// The name of the manifest's own package, when its version is edited.
    pub(super) own: Option<String>,
    /// Whether the version that members inherit is edited.
    pub(super) inherited: bool,
    /// The version that stands there now.
    pub(super) version: String,
}

/// `package.version`, or the `workspace.package.version` that members inherit (both, when they are the same), and the
/// path dependencies that require exactly that version.
pub(super) fn manifest(source: &str) -> Result<(Look, Members), String> {
    let table = parse(source)?;
    let place = |path: &[&str]| Place::new(source, string_span(source, at(&table, path)?)?, path.join("."));
    let own = place(OWN);
    let inherited = place(INHERITED).filter(|shared| own.as_ref().is_none_or(|own| own.text == shared.text));
    let members = Members {
        own: text_at(&table, &["package", "name"])
            .filter(|_| own.is_some() || at(&table, &["package", "version", "workspace"]).is_some())
            .map(str::to_owned),
        inherited: inherited.is_some(),
        version: own.as_ref().or(inherited.as_ref()).map(|place| place.text.clone()).unwrap_or_default(),
    };
    let mut look = Look { places: own.into_iter().chain(inherited).collect(), notes: Vec::new() };
    if look.places.is_empty() {
        let elsewhere = at(&table, &["package", "version", "workspace"]).is_some();
        let why = if elsewhere { "takes its version from a workspace elsewhere" } else { "names no version" };
        return Ok((Look::note(why), members));
    }
    look.places.extend(path_dependencies(source, &table, &members));
    Ok((look, members))
}

/// Entries of the lock file that are `members` (no source, the same version), and mentions of them that carry the
/// version because another package has the same name.
pub(super) fn lock(source: &str, members: &Members) -> Result<Look, String> {
    let table = parse(source)?;
    let packages = at(&table, &["package"]).and_then(|value| value.get_ref().as_array());
    let packages: Vec<&DeTable<'_>> =
        packages.into_iter().flat_map(|items| items.iter()).filter_map(|item| item.get_ref().as_table()).collect();
    let moved: Vec<&str> = packages.iter().filter_map(|package| member_name(package, members)).collect();
    let mut places = Vec::new();
    for package in &packages {
        if let Some(name) = member_name(package, members) {
            let span = package.get("version").and_then(|value| string_span(source, value));
            places.extend(span.and_then(|span| Place::new(source, span, format!("package.{name}.version"))));
        }
        let dependencies = package.get("dependencies").and_then(|value| value.get_ref().as_array());
        for dependency in dependencies.into_iter().flat_map(|items| items.iter()) {
            places.extend(versioned_mention(source, dependency, &moved, &members.version));
        }
    }
    let missing = || Look::note(&format!("has no entry with version {}", members.version));
    Ok(if places.is_empty() { missing() } else { Look { places, notes: Vec::new() } })
}

fn member_name<'t>(package: &'t DeTable<'_>, members: &Members) -> Option<&'t str> {
    let name = text_at(package, &["name"])?;
    let is_ours = members.inherited || members.own.as_deref() == Some(name);
    let same = text_at(package, &["version"]) == Some(members.version.as_str());
    (is_ours && same && package.get("source").is_none()).then_some(name)
}

/// `name 1.2.3` in a list of dependencies.
fn versioned_mention(source: &str, item: &Spanned<DeValue<'_>>, moved: &[&str], version: &str) -> Option<Place> {
    let (name, rest) = item.get_ref().as_str()?.split_once(' ')?;
    if rest != version || !moved.contains(&name) {
        return None;
    }
    let span = string_span(source, item)?;
    Place::new(source, span.end - version.len()..span.end, format!("dependencies.{name}"))
}

/// Requirements of path dependencies that name the version being edited: with the new one in the manifest they would
/// no longer be met, and the workspace no longer build.
fn path_dependencies(source: &str, table: &DeTable<'_>, members: &Members) -> Vec<Place> {
    let mut places = Vec::new();
    for path in DEPENDENCIES {
        let dependencies = at(table, path).and_then(|value| value.get_ref().as_table());
        for (name, value) in dependencies.into_iter().flat_map(DeTable::iter) {
            let Some(dependency) = value.get_ref().as_table() else { continue };
            let Some(requirement) = dependency.get("version") else { continue };
            let required = requirement.get_ref().as_str().unwrap_or_default();
            let exact = required.trim_start_matches(['=', '^', '~', ' ']) == members.version;
            if members.inherited && exact && dependency.contains_key("path") {
                let span = string_span(source, requirement).map(|span| span.end - members.version.len()..span.end);
                let at = format!("{}.{}.version", path.join("."), name.get_ref());
                places.extend(span.and_then(|span| Place::new(source, span, at)));
            }
        }
    }
    places
}

const OWN: &[&str] = &["package", "version"];
const INHERITED: &[&str] = &["workspace", "package", "version"];
const DEPENDENCIES: [&[&str]; 4] =
    [&["workspace", "dependencies"], &["dependencies"], &["dev-dependencies"], &["build-dependencies"]];
