//! What holds when nobody says anything.

use crate::javascript::parse::parse;
use crate::javascript::{Object, Value};
use crate::profile::Profile;

/// Names of the files that the version is read from.
pub(super) const PACKAGE_FILES: [&str; 3] = ["package.json", "bower.json", "manifest.json"];
/// Names of the files that it is written to besides.
pub(super) const LOCK_FILES: [&str; 2] = ["package-lock.json", "npm-shrinkwrap.json"];

/// What an option is when nobody sets it; none for what is not there then.
pub(super) fn of(name: &str, profile: Profile) -> Option<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    let list = |texts: &mut dyn Iterator<Item = &&str>| Value::List(texts.map(|name| text(name)).collect());
    Some(match name {
        "packageFiles" => list(&mut PACKAGE_FILES.iter()),
        "bumpFiles" => list(&mut PACKAGE_FILES.iter().chain(&LOCK_FILES)),
        "infile" => text("CHANGELOG.md"),
        "tagPrefix" => text("v"),
        "releaseCount" => Value::Number(1.0),
        "scripts" | "skip" => Value::Object(Object::default()),
        "gitTagFallback" => Value::Bool(true),
        "header" => text(&header(profile)),
        "types" => parse(TYPES).unwrap_or(Value::Null),
        "commitUrlFormat" => text("{{host}}/{{owner}}/{{repository}}/commit/{{hash}}"),
        "compareUrlFormat" => text("{{host}}/{{owner}}/{{repository}}/compare/{{previousTag}}...{{currentTag}}"),
        "issueUrlFormat" => text("{{host}}/{{owner}}/{{repository}}/issues/{{id}}"),
        "userUrlFormat" => text("{{host}}/{{user}}"),
        "releaseCommitMessageFormat" => text("chore(release): {{currentTag}}"),
        "issuePrefixes" => list(&mut ["#"].iter()),
        _ => return None,
    })
}

/// The headers that the originals write when nobody asks for another one.
pub(crate) fn known_headers() -> [String; 2] {
    [Profile::Sv9, Profile::CatV13].map(header)
}

fn header(profile: Profile) -> String {
    let home = if profile.is_catv() { "absolute-version" } else { "conventional-changelog" };
    let package = profile.package();
    format!(
        "# Changelog\n\nAll notable changes to this project will be documented in this file. \
         See [{package}](https://github.com/{home}/{package}) for commit guidelines.\n"
    )
}

/// The types of conventional-changelog-config-spec 2.1.0.
const TYPES: &str = r#"[
    {"type": "feat", "section": "Features"},
    {"type": "fix", "section": "Bug Fixes"},
    {"type": "chore", "hidden": true},
    {"type": "docs", "hidden": true},
    {"type": "style", "hidden": true},
    {"type": "refactor", "hidden": true},
    {"type": "perf", "hidden": true},
    {"type": "test", "hidden": true}
]"#;

/// The types of the preset conventionalcommits itself, which hold when it is asked for by name.
pub(super) const PRESET_TYPES: &str = r#"[
    {"type": "feat", "section": "Features"},
    {"type": "feature", "section": "Features"},
    {"type": "fix", "section": "Bug Fixes"},
    {"type": "perf", "section": "Performance Improvements"},
    {"type": "revert", "section": "Reverts"},
    {"type": "docs", "section": "Documentation", "hidden": true},
    {"type": "style", "section": "Styles", "hidden": true},
    {"type": "chore", "section": "Miscellaneous Chores", "hidden": true},
    {"type": "refactor", "section": "Code Refactoring", "hidden": true},
    {"type": "test", "section": "Tests", "hidden": true},
    {"type": "build", "section": "Build System", "hidden": true},
    {"type": "ci", "section": "Continuous Integration", "hidden": true}
]"#;
