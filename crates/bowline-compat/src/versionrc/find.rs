//! Where the configuration is: in the package's folder or above it, in a stanza of `package.json` or a file of its own.

use super::VersionrcError;
use crate::profile::Profile;
use bowline_model::Failure;
use bowline_model::plan::RepositoryId;
use bowline_model::text::one_line;
use serde_json::{Map, Value};

/// Reads a file of the commit by its path from the root; none when it is not there.
pub type Read<'a> = dyn Fn(&str) -> Result<Option<Vec<u8>>, Failure> + 'a;

/// Where to look.
pub struct Look<'a> {
    /// The folder that the program was started in, from the repository's root; `.` for that.
    pub folder: &'a str,
    /// The files of the commit.
    pub read: &'a Read<'a>,
    /// What a file that is JavaScript gives.
    pub evaluate: &'a dyn Fn(&str) -> Result<Value, Failure>,
}

/// A configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The package's folder, from the root; `.` for that.
    pub folder: String,
    /// Whose habits hold where it says nothing.
    pub profile: Profile,
    /// Its parts; what stands in an earlier one wins, key by key.
    pub sources: Vec<Source>,
    /// Where the repository is shown, and the manifest that says so.
    pub repository: Option<(String, String)>,
    /// The file that was evaluated, and what it gave.
    pub evaluated: Option<(String, Value)>,
}

/// A part of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What people call it: `.versionrc`, or `package.json (standard-version)`.
    pub name: String,
    /// Its keys, in camel case.
    pub keys: Map<String, Value>,
}

/// Looks for a configuration. None where there is none, and nobody asked for standard-version's habits.
pub fn find(look: &Look<'_>) -> Result<Option<Found>, VersionrcError> {
    let folders = upwards(look.folder);
    let there = |path: &str| (look.read)(path);
    let mut home = None;
    let mut manifest = None;
    let mut file = None;
    for folder in &folders {
        if manifest.is_none()
            && let Some(bytes) = there(&in_folder(folder, MANIFEST))?
        {
            manifest = Some((in_folder(folder, MANIFEST), bytes));
            home.get_or_insert(folder);
        }
        for name in NAMES {
            let path = in_folder(folder, name);
            if file.is_none()
                && let Some(bytes) = there(&path)?
            {
                file = Some((path, bytes));
                home.get_or_insert(folder);
            }
        }
    }
    // A manifest that is no JSON is for whoever reads versions from it to complain about.
    let manifest = manifest.and_then(|(path, bytes)| Some((path, json(&bytes).ok()?)));
    let mut sources = Vec::new();
    let mut profile = Profile::Sv9;
    let mut repository = None;
    if let Some((path, manifest)) = &manifest {
        for name in STANZAS {
            let Some(stanza) = manifest.get(name).filter(|stanza| !stanza.is_null()) else { continue };
            let source = Source::new(format!("{path} ({name})"), stanza)?;
            sources.push(source);
        }
        profile = profile_of(manifest);
        repository = address(manifest).map(|address| (address, one_line(path, 200).into_owned()));
    }
    let mut evaluated = None;
    if let Some((path, bytes)) = file {
        let value = if JAVASCRIPT_FILES.iter().any(|name| is_called(&path, name)) {
            let value = (look.evaluate)(&path)?;
            evaluated = Some((path.clone(), value.clone()));
            value
        } else {
            json(&bytes)
                .map_err(|reason| VersionrcError::NotJson { file: one_line(&path, 200).into_owned(), reason })?
        };
        sources.push(Source::new(path, &value)?);
    }
    let folder = home.map_or(".", |folder| folder.as_str()).to_owned();
    Ok((!sources.is_empty()).then_some(Found { folder, profile, sources, repository, evaluated }))
}

impl Source {
    fn new(name: String, value: &Value) -> Result<Self, VersionrcError> {
        let name = one_line(&name, 200).into_owned();
        let Some(object) = value.as_object() else {
            return Err(VersionrcError::NotAnObject { place: name, found: article(value) });
        };
        // What was not given was not said: `null` is a default for whoever merges configurations.
        let said = object.iter().filter(|(_, value)| !value.is_null());
        let keys = said.map(|(key, value)| (camel(key), value.clone())).collect();
        Ok(Self { name, keys })
    }
}

/// Whose habits a package follows: those of the tool that it depends on.
fn profile_of(manifest: &Value) -> Profile {
    let newer = Profile::CatV12.package();
    let range = |list: &str| manifest.get(list)?.get(newer)?.as_str();
    let range = range("devDependencies").or_else(|| range("dependencies"));
    let digits = |range: &str| -> Option<u64> {
        let number = range.trim_start_matches(|c: char| !c.is_ascii_digit());
        number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    match range {
        Some(range) if digits(range).is_some_and(|major| major < 13) => Profile::CatV12,
        Some(_) => Profile::CatV13,
        None if manifest.get(newer).is_some() => Profile::CatV13,
        None => Profile::Sv9,
    }
}

/// The repository's address on the web, as a manifest names it: an address of git, or `owner/name` and the like.
fn address(manifest: &Value) -> Option<String> {
    let repository = manifest.get("repository")?;
    let said = repository.as_str().or_else(|| repository.get("url")?.as_str())?.trim();
    let said = said.strip_prefix("git+").unwrap_or(said);
    let short = |host: &str, path: &str| {
        let is_plain = path.split_once('/').is_some_and(|(owner, name)| !owner.is_empty() && !name.is_empty());
        (is_plain && !path.contains([':', '@'])).then(|| format!("https://{host}/{path}"))
    };
    let known = [("github:", "github.com"), ("gitlab:", "gitlab.com"), ("bitbucket:", "bitbucket.org")];
    let named = known.iter().find_map(|(prefix, host)| short(host, said.strip_prefix(prefix)?));
    let remote = named.or_else(|| short("github.com", said)).unwrap_or_else(|| said.to_owned());
    let id = RepositoryId::from_remote(&remote);
    let is_plain = id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~/-".contains(&byte));
    let (host, path) = id.as_str().split_once('/')?;
    (is_plain && host.contains('.') && path.contains('/')).then(|| format!("https://{id}"))
}

/// `folder` and those above it, innermost first, `.` last.
fn upwards(folder: &str) -> Vec<String> {
    let parts: Vec<&str> = folder.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let above = (1..=parts.len()).rev().filter_map(|length| parts.get(..length).map(|parts| parts.join("/")));
    above.chain([".".to_owned()]).collect()
}

pub(super) fn in_folder(folder: &str, name: &str) -> String {
    bowline_config::candidates::in_folder(folder, name)
}

fn is_called(path: &str, name: &str) -> bool {
    path.rsplit('/').next() == Some(name)
}

fn json(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| one_line(&error.to_string(), 200).into_owned())
}

/// `tag-prefix` is `tagPrefix`.
fn camel(key: &str) -> String {
    let mut words = key.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut key, word| {
        let mut letters = word.chars();
        key.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        key.push_str(letters.as_str());
        key
    })
}

/// What people call a value.
pub(super) const fn article(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

const MANIFEST: &str = "package.json";
/// Keys of `package.json`, the first wins.
const STANZAS: [&str; 2] = ["commit-and-tag-version", "standard-version"];
/// Files that are JSON.
pub const STATIC_FILES: [&str; 2] = [".versionrc", ".versionrc.json"];
/// Files that are JavaScript.
pub const JAVASCRIPT_FILES: [&str; 3] = [".versionrc.cjs", ".versionrc.js", ".versionrc.mjs"];
/// All of them in the order of the originals; the first in a folder counts.
const NAMES: [&str; 5] = [".versionrc", ".versionrc.cjs", ".versionrc.json", ".versionrc.js", ".versionrc.mjs"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_names() {
        assert_eq!(upwards("packages/app"), ["packages/app", "packages", "."]);
        assert_eq!(upwards("."), ["."]);
        for (given, expected) in [("tag-prefix", "tagPrefix"), ("tagPrefix", "tagPrefix"), ("-x", "X"), ("a-", "a")] {
            assert_eq!(camel(given), expected);
        }
    }

    #[test]
    fn addresses() {
        for (repository, expected) in [
            ("\"acme/app\"", Some("https://github.com/acme/app")),
            ("\"gitlab:a/b/c\"", Some("https://gitlab.com/a/b/c")),
            ("\"git+https://github.com/acme/app.git\"", Some("https://github.com/acme/app")),
            ("{\"type\": \"git\", \"url\": \"git@git.acme.org:a/b.git\"}", Some("https://git.acme.org/a/b")),
            ("\"git://github.com/acme/app.git\"", Some("https://github.com/acme/app")),
            ("\"ssh://git@github.com/acme/app.git\"", Some("https://github.com/acme/app")),
            ("\"gist:11081aaa281\"", None),
            ("\"/srv/git/app\"", None),
            ("\"https://github.com/a/b)](x\"", None),
            ("3", None),
        ] {
            let manifest = json(format!("{{\"repository\": {repository}}}").as_bytes()).unwrap();
            assert_eq!(address(&manifest).as_deref(), expected, "{repository}");
        }
    }

    #[test]
    fn profiles() {
        for (manifest, expected) in [
            ("{}", Profile::Sv9),
            (r#"{"devDependencies": {"standard-version": "^9.5.0"}}"#, Profile::Sv9),
            (r#"{"devDependencies": {"commit-and-tag-version": "^12.4.1"}}"#, Profile::CatV12),
            (r#"{"dependencies": {"commit-and-tag-version": ">=13"}}"#, Profile::CatV13),
            (r#"{"commit-and-tag-version": {}}"#, Profile::CatV13),
        ] {
            assert_eq!(profile_of(&json(manifest.as_bytes()).unwrap()), expected, "{manifest}");
        }
    }
}
