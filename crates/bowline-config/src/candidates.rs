//! Which files of the head commit planning may need, and what the package is called.
//!
//! Facts are read by one crate and understood by another; both ask here, so that a file that planning looks for is
//! always a file that was read. Everything is a pure function of configuration and bytes.

use crate::section::Config;
use crate::section::commits::Source;
use serde::Deserialize;

/// Every path that must be read from the head commit: the version files that are found by themselves (below the
/// package's folder), the configured ones, and the changelog. Sorted, each once; most of them will not exist.
pub fn candidate_files(config: &Config) -> Vec<String> {
    let mut paths: Vec<String> = DETECTED_FILES.iter().map(|name| in_package(config, name)).collect();
    // The lock file of a Cargo workspace stands at its root whatever the member's folder is.
    paths.push("Cargo.lock".to_owned());
    paths.extend(config.version_files.iter().map(|file| file.path.clone()));
    paths.extend(config.changelog.path.clone());
    paths.extend(pre_mode_file(config));
    if config.notes.contributors {
        paths.push(MAILMAP.to_owned());
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// The commit that a file called `path` holds another message for: its id in hex, or at least the first seven digits. None for
/// a file that is no such message. An ending such as `.md` does not matter.
pub fn override_id(config: &Config, path: &str) -> Option<String> {
    let folder = config.commits.overrides.trim_end_matches('/');
    let name = path.strip_prefix(folder)?.strip_prefix('/')?;
    let hex = name.split_once('.').map_or(name, |(hex, _)| hex).to_ascii_lowercase();
    let is_id = (MIN_HEX..=MAX_HEX).contains(&hex.len()) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some(hex)
}

/// The folder of change files, without a final `/`; none where configuration does not ask for them.
pub fn change_folder(config: &Config) -> Option<&str> {
    config.commits.reads(Source::ChangeFiles).then(|| config.commits.change_files.trim_end_matches('/'))
}

/// Whether a file of that folder with this name says something about a change: Markdown, and neither the folder's own
/// description nor hidden.
pub fn is_change_file(name: &str) -> bool {
    let is_markdown = name.ends_with(".md") && !name.starts_with('.');
    is_markdown && !name.contains('/') && !name.eq_ignore_ascii_case("README.md")
}

/// The same of a path, for what a release edits itself is none: a changelog or a version file that lies there.
pub fn is_change_path(config: &Config, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_change_file(name) && candidate_files(config).iter().all(|candidate| candidate != path)
}

/// What changesets keeps in that folder while it makes pre-releases.
pub fn pre_mode_file(config: &Config) -> Option<String> {
    change_folder(config).map(|folder| in_folder(folder, "pre.json"))
}

/// The file called `name` in `folder`, which may be the root (`.`).
pub fn in_folder(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folder with the files of `notes.upgrade`, and how their names begin and end around the version.
pub fn upgrade_files(config: &Config) -> Option<(&str, &str, &str)> {
    let path = config.notes.upgrade.as_deref()?;
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let (before, after) = name.split_once("{version}")?;
    Some((folder, before, after))
}

/// `name` below the package's folder, as a path from the repository's root.
pub fn in_package(config: &Config, name: &str) -> String {
    in_folder(package_path(config), name)
}

/// The package's folder without `./` and a final `/`; `.` for the root.
pub fn package_path(config: &Config) -> &str {
    let path = config.package.as_ref().map_or(".", |package| package.path.as_str());
    let path = path.strip_prefix("./").unwrap_or(path).trim_end_matches('/');
    if path.is_empty() { "." } else { path }
}

/// The package's name: configured, else the manifest's (`package.json`, `Cargo.toml`, `pyproject.toml`), else the
/// repository's. `files` are paths from the root with their bytes; a manifest that cannot be read, or whose name
/// holds anything but letters, digits and `. _ @ / + -`, is passed over here and reported by planning when it matters.
pub fn package_name(config: &Config, files: &[(&str, &[u8])], repository: &str) -> String {
    let configured = config.package.as_ref().and_then(|package| package.name.as_ref()).or(config.project.name.as_ref());
    if let Some(name) = configured {
        return name.clone();
    }
    let text = |name: &str| {
        let path = in_package(config, name);
        let bytes = files.iter().find(|(candidate, _)| *candidate == path)?.1;
        std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()
    };
    let json = || serde_json::from_str::<Named>(text("package.json")?).ok()?.name;
    let cargo = || toml::from_str::<CargoManifest>(text("Cargo.toml")?).ok()?.package?.name;
    let python = || {
        let manifest = toml::from_str::<PythonManifest>(text("pyproject.toml")?).ok()?;
        manifest.project.and_then(|project| project.name).or_else(|| manifest.tool?.poetry?.name)
    };
    let plain = |name: &String| is_plain(name);
    let manifest = json().filter(plain).or_else(|| cargo().filter(plain)).or_else(|| python().filter(plain));
    manifest.unwrap_or_else(|| repository.to_owned())
}

/// The part of a package's name that fits into a tag: `x` of `@scope/x`.
pub fn tag_part(package: &str) -> &str {
    match package.strip_prefix('@').and_then(|scoped| scoped.split_once('/')) {
        Some((_, name)) => name,
        None => package,
    }
}

fn is_plain(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@/+-".contains(&b))
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct CargoManifest {
    package: Option<Named>,
}

#[derive(Deserialize)]
struct PythonManifest {
    project: Option<Named>,
    tool: Option<PythonTools>,
}

#[derive(Deserialize)]
struct PythonTools {
    poetry: Option<Named>,
}

/// The version files that are found by themselves, in the order in which they are believed.
pub const DETECTED_FILES: &[&str] = &[
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "Cargo.toml",
    "Cargo.lock",
    "pyproject.toml",
    "uv.lock",
    "VERSION",
    "version.txt",
];
/// Where configuration is found, the first that is there.
pub const CONFIG_FILES: [&str; 2] = ["bowline.toml", ".config/bowline.toml"];
/// Who is who, as git itself reads it at the root: gitmailmap(5).
pub const MAILMAP: &str = ".mailmap";
/// The most change files of one release: more are a mistake of a script.
pub const MOST_CHANGE_FILES: usize = 1000;
/// Digits of an id that git shows at least, and those of SHA-256.
const MIN_HEX: usize = 7;
const MAX_HEX: usize = 64;
/// The longest name that npm accepts, the most generous of the registries.
const MAX_NAME: usize = 214;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::section::package::Package;

    #[test]
    fn overrides_are_called_like_commits() {
        let config = Config::default();
        for (path, expected) in [
            (".bowline/overrides/0123abc", Some("0123abc")),
            (".bowline/overrides/0123ABC.md", Some("0123abc")),
            (".bowline/overrides/0123ab", None),
            (".bowline/overrides/README.md", None),
            (".bowline/overrides/x/0123abc", None),
            (".bowline/overridesx/0123abc", None),
            ("0123abc", None),
        ] {
            assert_eq!(override_id(&config, path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn change_files_are_asked_for() {
        let mut config = Config::default();
        assert_eq!((change_folder(&config), pre_mode_file(&config)), (None, None));
        config.commits.sources = vec![Source::ChangeFiles];
        assert_eq!(change_folder(&config), Some(".changeset"));
        assert!(candidate_files(&config).contains(&".changeset/pre.json".to_owned()));
        for (name, expected) in [
            ("brave-lions-jump.md", true),
            ("README.md", false),
            ("readme.md", false),
            (".hidden.md", false),
            ("config.json", false),
            ("x.MD", false),
            ("x/y.md", false),
        ] {
            assert_eq!(is_change_file(name), expected, "{name}");
        }
        config.changelog.path = Some(".changeset/CHANGELOG.md".to_owned());
        let is_change = |path: &str| is_change_path(&config, path);
        assert!(
            is_change(".changeset/x.md") && is_change(".changeset/HISTORY.md") && !is_change(".changeset/README.md")
        );
        assert!(!is_change(".changeset/CHANGELOG.md"), "the release writes it");
    }

    #[test]
    fn scopes_stay_out_of_tags() {
        for (package, part) in [("app", "app"), ("@acme/app", "app"), ("a/b", "a/b"), ("@odd", "@odd")] {
            assert_eq!(tag_part(package), part);
        }
    }

    #[test]
    fn every_file_that_planning_may_ask_for() {
        let mut config = Config::default();
        assert!(candidate_files(&config).iter().is_sorted());
        for path in ["package.json", "Cargo.lock", "VERSION", "CHANGELOG.md"] {
            assert!(candidate_files(&config).iter().any(|candidate| candidate == path), "{path}");
        }
        config.package = Some(Package { name: None, path: "./crates/app/".to_owned() });
        config.changelog.path = None;
        let files = candidate_files(&config);
        assert!(files.contains(&"crates/app/Cargo.toml".to_owned()) && files.contains(&"Cargo.lock".to_owned()));
        assert!(!files.contains(&"Cargo.toml".to_owned()) && !files.contains(&"CHANGELOG.md".to_owned()));
    }

    #[test]
    fn names_from_manifests() {
        let config = Config::default();
        for (files, expected) in [
            (&[][..], "repo"),
            (&[("package.json", "\u{feff}{\"name\":\"@acme/app\"}")], "@acme/app"),
            (&[("package.json", "{}"), ("Cargo.toml", "[package]\nname = \"crate\"\n")], "crate"),
            (&[("Cargo.toml", "[workspace]\n"), ("pyproject.toml", "[project]\nname = \"py\"\n")], "py"),
            (&[("pyproject.toml", "[tool.poetry]\nname = \"poem\"\n")], "poem"),
            (&[("package.json", "{\"name\":\"a b\"}"), ("Cargo.toml", "broken")], "repo"),
            (&[("sub/package.json", "{\"name\":\"sub\"}")], "repo"),
        ] {
            let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
            assert_eq!(package_name(&config, &files, "repo"), expected);
        }
        let named = Config { project: crate::section::Project { name: Some("mine".to_owned()) }, ..config };
        assert_eq!(package_name(&named, &[("package.json", b"{\"name\":\"app\"}")], "repo"), "mine");
    }

    #[test]
    fn odd_names_are_passed_over() {
        for (name, plain) in
            [("@acme/app", true), ("a b", false), ("", false), ("a\u{202e}", false), (&"a".repeat(215), false)]
        {
            assert_eq!(is_plain(name), plain, "{name:?}");
        }
    }
}
