//! Where configuration stands: `package.json`, and a file of its own, searched for from the folder upwards.

use super::Refusal;
use crate::javascript::node::{NodeError, Task, run};
use crate::javascript::parse::parse;
use crate::javascript::{Object, Value};
use crate::profile::Profile;
use crate::world::{World, absolute};
use bowline_port::files::plain::Kind;
use std::path::{Path, PathBuf};

/// A configuration file.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) object: Object,
    /// Whether it is JavaScript, so that functions in it can be called.
    pub(super) is_script: bool,
}

/// The nearest `package.json`; one that cannot be read is none, as for the originals.
pub(super) fn package(world: &World<'_>) -> Option<Object> {
    packages(world).next()
}

/// All of them, from the folder upwards.
pub(super) fn packages<'a>(world: &World<'a>) -> impl Iterator<Item = Object> + use<'a> {
    let world = *world;
    world.folder.ancestors().map(|folder| folder.join("package.json")).filter_map(move |path| {
        world.files.kind(&path).ok()??;
        let text = world.files.read(&path).ok().flatten().unwrap_or_default();
        match parse(&String::from_utf8_lossy(&text)) {
            Ok(Value::Object(object)) => Some(object),
            _ => Some(Object::default()),
        }
    })
}

/// What `package.json` says under `key`.
pub(super) fn stanza(package: &Object, key: &str, world: &World<'_>) -> Result<Option<Object>, Refusal> {
    match package.get(key) {
        Some(Value::Object(object)) => extended(object, world.folder, &mut Vec::new(), world).map(Some),
        _ => Ok(None),
    }
}

/// The configuration file: the one that `asked` names, or the first of those that the original looks for.
pub(super) fn configuration(
    asked: Option<&str>,
    profile: Profile,
    world: &World<'_>,
) -> Result<Option<Source>, Refusal> {
    let names: &[&str] = match profile {
        Profile::Sv9 | Profile::CatV12 => &[".versionrc", ".versionrc.cjs", ".versionrc.json", ".versionrc.js"],
        Profile::CatV13 => &[".versionrc", ".versionrc.cjs", ".versionrc.mjs", ".versionrc.json", ".versionrc.js"],
    };
    let names = asked.as_ref().map_or(names, std::slice::from_ref);
    let mut paths = world.folder.ancestors().flat_map(|folder| names.iter().map(|name| absolute(folder, name)));
    let Some(path) = paths.find(|path| is_file(path, world)) else { return Ok(None) };
    let is_script = is_script(&path);
    let value = if is_script { evaluate(&path, profile, world)? } else { json(&path, world)? };
    let Value::Object(object) = value else { return Err(no_object(&path, &value, profile)) };
    let object = extended(&object, world.folder, &mut Vec::new(), world)?;
    Ok(Some(Source { path, object, is_script }))
}

/// A configuration file that is JavaScript, run by `node`: what it exports, or what the function that it exports returns. Functions in
/// it are [`Value::Function`].
pub fn evaluate(path: &Path, profile: Profile, world: &World<'_>) -> Result<Value, Refusal> {
    let shown = path.display();
    let refused =
        |why: String, next: &str| Refusal::new(format!("cannot use the configuration {shown}: {why}\n{next}"));
    match run(world, &path.display().to_string(), &[], &Task::Configuration) {
        Ok(value) => Ok(value.unwrap_or(Value::Null)),
        Err(error @ NodeError::Missing) => {
            let told =
                refused(error.to_string(), "Install Node.js, or write the configuration as JSON into .versionrc.json.");
            Err(Refusal { is_tool: true, ..told })
        }
        Err(NodeError::Unfit(found)) if found.contains("promise") => Err(refused(
            "it gives a promise, and is not waited for".to_owned(),
            "Export an object, or a function that returns one at once.",
        )),
        Err(NodeError::Unfit(found)) => {
            let found = found.strip_prefix("a ").unwrap_or(&found);
            Err(Refusal::new(wrong_kind(path, found, profile)))
        }
        Err(error) => Err(refused(error.to_string(), &format!("See what `node {shown}` says."))),
    }
}

fn is_script(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "js" || extension == "cjs" || extension == "mjs")
}

fn is_file(path: &Path, world: &World<'_>) -> bool {
    match world.files.kind(path) {
        Ok(Some(Kind::File)) => true,
        Ok(Some(Kind::Link)) => matches!(world.files.read(path), Ok(Some(_))),
        _ => false,
    }
}

fn json(path: &Path, world: &World<'_>) -> Result<Value, Refusal> {
    let refused = |why: String| {
        let shown = path.display();
        Refusal::new(format!(
            "cannot read the configuration {shown}: {why}\nMend the file: it has to be JSON, without comments."
        ))
    };
    let bytes = world.files.read(path).map_err(|error| refused(error.to_string()))?;
    parse(&String::from_utf8_lossy(&bytes.unwrap_or_default())).map_err(refused)
}

fn no_object(path: &Path, value: &Value, profile: Profile) -> Refusal {
    let found = match value {
        Value::Null | Value::List(_) => value.described(),
        value => value.type_name(),
    };
    Refusal::new(wrong_kind(path, found, profile))
}

fn wrong_kind(path: &Path, found: &str, profile: Profile) -> String {
    let (package, shown) = (profile.package(), path.display());
    format!("[{package}] Invalid configuration in {shown} provided. Expected an object but found {found}.")
}

/// A configuration with what it names under `extends` below it. Keys of it replace those of the other, whole.
fn extended(object: &Object, folder: &Path, seen: &mut Vec<PathBuf>, world: &World<'_>) -> Result<Object, Refusal> {
    let Some(extends) = object.get("extends") else { return Ok(object.clone()) };
    // yargs drops such a configuration without a word.
    let Some(name) = extends.as_text() else {
        return Err(Refusal::new(format!("extends must be a string but is {}: name a file", extends.described())));
    };
    let is_path = name.contains(".json") || name.split_once('.').is_some_and(|(_, rest)| rest.ends_with("rc"));
    if !is_path {
        return Err(Refusal::new(format!(
            "extends names the module {name}, and only files are read here\nName a JSON file in place of it, such as ./base.json."
        )));
    }
    let path = absolute(folder, name);
    if seen.contains(&path) {
        return Err(Refusal::new(format!("Circular extended configurations: '{}'.", path.display())));
    }
    let Value::Object(base) = json(&path, world)? else {
        return Err(Refusal::new(format!("{} is extended, and holds no object", path.display())));
    };
    let above = path.parent().map(Path::to_path_buf).unwrap_or_default();
    seen.push(path);
    let mut merged = extended(&base, &above, seen, world)?;
    for (key, value) in object.iter().filter(|(key, _)| *key != "extends") {
        merged.set(key, value.clone());
    }
    Ok(merged)
}
