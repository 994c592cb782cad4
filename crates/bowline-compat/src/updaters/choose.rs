//! Which updater fits an entry.

use super::{Chosen, Kind, Unsupported, Updater};
use crate::javascript::node::{NodeError, Task, run};
use crate::options::{FileEntry, ScriptUpdater, UpdaterChoice};
use crate::profile::Profile;
use crate::world::{World, absolute};

/// Files that are JSON whatever their folder.
const JSON_FILES: [&str; 5] =
    ["package.json", "bower.json", "manifest.json", "package-lock.json", "npm-shrinkwrap.json"];
/// Files that hold a version and nothing else; only in the folder that the program works in.
const PLAIN_TEXT_FILES: [&str; 2] = ["VERSION.txt", "version.txt"];

/// The updater for `entry`.
pub(super) fn choose(entry: &FileEntry, profile: Profile, world: &World<'_>) -> Result<Chosen, Unsupported> {
    let chosen = |kind| Ok(Chosen { updater: Updater { kind, profile }, warning: None });
    // standard-version looks into what it did not find.
    let crash = (!profile.is_catv()).then(|| "Cannot read properties of undefined (reading 'readVersion')".to_owned());
    match &entry.updater {
        UpdaterChoice::ByName => match by_name(&entry.filename, profile) {
            Some(kind) => chosen(kind),
            None => Err(Unsupported { warning: warning(entry, &unsupported(&entry.filename)), crash }),
        },
        UpdaterChoice::Type(name) => match by_type(name, profile) {
            Some(kind) => chosen(kind),
            None => {
                let why = format!("Unable to locate updater for provided type ({name}).");
                Err(Unsupported { warning: warning(entry, &why), crash })
            }
        },
        UpdaterChoice::Script(ScriptUpdater::Module(module)) => {
            let file = absolute(world.folder, module).display().to_string();
            match run(world, &file, &[], &Task::Check) {
                Ok(_) => chosen(Kind::Script(ScriptUpdater::Module(file))),
                Err(error) => Err(Unsupported { warning: warning(entry, &said(&error)), crash: None }),
            }
        }
        UpdaterChoice::Script(script @ ScriptUpdater::Inside { .. }) => {
            if profile.is_catv() {
                return chosen(Kind::Script(script.clone()));
            }
            // standard-version looks at the name first, finds nothing, says so, and takes the functions then.
            match by_name(&entry.filename, profile) {
                Some(kind) => chosen(kind),
                None => Ok(Chosen {
                    updater: Updater { kind: Kind::Script(script.clone()), profile },
                    warning: Some(warning(entry, &unsupported(&entry.filename))),
                }),
            }
        }
    }
}

/// What an error of JavaScript says, in one line: node adds where it was looked for from.
pub(super) fn said(error: &NodeError) -> String {
    match error {
        NodeError::Missing => format!("{error}: install Node.js, or use one of the types"),
        error => error.to_string().split("\nRequire stack:").next().unwrap_or_default().to_owned(),
    }
}

fn warning(entry: &FileEntry, why: &str) -> String {
    format!("Unable to obtain updater for: {}\n - Error: {why}\n - Skipping...", entry.shown)
}

fn unsupported(filename: &str) -> String {
    format!(
        "Unsupported file ({filename}) provided for bumping.\n Please specify the updater `type` or use a custom `updater`."
    )
}

fn by_type(name: &str, profile: Profile) -> Option<Kind> {
    Some(match name {
        "json" => Kind::Json,
        "plain-text" => Kind::PlainText,
        "maven" if profile.is_catv() => Kind::Maven,
        "gradle" if profile.is_catv() => Kind::Gradle,
        "csproj" if profile.is_catv() => Kind::Csproj,
        "yaml" if profile.is_catv() => Kind::Yaml,
        "openapi" if profile.is_catv() => Kind::OpenApi,
        "python" if profile.is_catv() => Kind::Python,
        _ => return None,
    })
}

/// The original asks patterns in which a dot is any character; so do we.
fn by_name(filename: &str, profile: Profile) -> Option<Kind> {
    let name = filename.trim_end_matches('/').rsplit('/').next().unwrap_or(filename);
    if JSON_FILES.contains(&name) {
        return Some(Kind::Json);
    }
    if PLAIN_TEXT_FILES.contains(&filename) {
        return Some(Kind::PlainText);
    }
    if !profile.is_catv() {
        return None;
    }
    let has = |first: &str, last: &str| {
        filename.match_indices(first).any(|(at, _)| {
            let mut rest = filename.get(at + first.len()..).unwrap_or_default().chars();
            let is_any = rest.next().is_some_and(|char| !matches!(char, '\n' | '\r' | '\u{2028}' | '\u{2029}'));
            is_any && rest.as_str().starts_with(last)
        })
    };
    Some(match () {
        () if has("pom", "xml") => Kind::Maven,
        () if has("build", "gradle") => Kind::Gradle,
        () if filename.ends_with(".csproj") => Kind::Csproj,
        () if has("openapi", "yaml") => Kind::OpenApi,
        () if filename.ends_with(".yml") || filename.ends_with(".yaml") => Kind::Yaml,
        () if has("pyproject", "toml") => Kind::Python,
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::by_name;
    use crate::profile::Profile;

    #[test]
    fn names_say_what_a_file_is() {
        let check = |filename: &str, sv9: &str, catv: &str| {
            let found =
                |profile| by_name(filename, profile).map_or_else(|| "none".to_owned(), |kind| format!("{kind:?}"));
            assert_eq!((found(Profile::Sv9), found(Profile::CatV13)), (sv9.to_owned(), catv.to_owned()), "{filename}");
        };
        check("package.json", "Json", "Json");
        check("a/b/manifest.json", "Json", "Json");
        check("package.json/", "Json", "Json");
        check("other.json", "none", "none");
        check("VERSION.txt", "PlainText", "PlainText");
        check("a/VERSION.txt", "none", "none");
        check("pom.xml", "none", "Maven");
        check("my-pom-xml.bak", "none", "Maven");
        check("app/build.gradle.kts", "none", "Gradle");
        check("App.csproj", "none", "Csproj");
        check("openapi.yaml", "none", "OpenApi");
        check("openapi.yml", "none", "Yaml");
        check("a.yaml.txt", "none", "none");
        check("pyproject.toml", "none", "Python");
        check("setup.py", "none", "none");
    }
}
