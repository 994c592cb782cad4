//! The keys that stand by themselves: names, messages, addresses, and what a release of Bowline does not do.

use super::find::{article, in_folder};
use super::translate::{Said, Walk};
use crate::profile::Profile;
use bowline_config::Origin;
use serde_json::{Value, json};

/// Writes what they say.
pub(super) fn translate(walk: &mut Walk<'_>) {
    package(walk);
    tag(walk);
    let message = message(walk);
    bump(walk, &message);
    changelog(walk);
    links(walk);
    elsewhere(walk);
    without_effect(walk);
}

fn package(walk: &mut Walk<'_>) {
    let folder = walk.found.folder.clone();
    if folder != "." {
        let origin = Origin::Detected;
        walk.set("package", json!([{ "path": folder }]), origin);
    }
    let Some((path, said)) = walk.text("path") else { return };
    // All commits of the repository touch its root.
    if !matches!(path, "." | "./" | "") {
        let hint = "`bowline release` counts all commits of the repository; `bowline standard-version --path` does not";
        walk.refuse(&said, "limits the commits that count", &[hint]);
    }
}

fn tag(walk: &mut Walk<'_>) {
    match walk.get("tagPrefix") {
        Some(said) => match said.value.as_str() {
            Some(prefix) => walk.set("release.tag", format!("{prefix}{{version}}"), said.origin()),
            None => walk.wrong(&said, "text"),
        },
        None => walk.assume("release.tag", "v{version}"),
    }
}

/// The message of the release commit, which is the tag's as well. Returned as it is written there.
fn message(walk: &mut Walk<'_>) -> String {
    let older = walk.text("message").map(|(text, said)| (text.replace("%s", "{{currentTag}}"), said));
    let newer = walk.text("releaseCommitMessageFormat").map(|(text, said)| (text.to_owned(), said));
    let Some((text, said)) = older.or(newer) else {
        walk.assume("release.commit_message", filled(USUAL_MESSAGE));
        walk.assume("release.tag_message", filled(USUAL_MESSAGE));
        return USUAL_MESSAGE.to_owned();
    };
    walk.set("release.commit_message", filled(&text), said.origin());
    walk.set("release.tag_message", filled(&text), said.origin());
    text
}

fn filled(message: &str) -> String {
    let message = message.replace("{{ currentTag }}", "{{currentTag}}");
    message.replace("{{currentTag}}", "{version}")
}

/// Every commit but release commits asks for a patch, and before the first tag there is a version already.
fn bump(walk: &mut Walk<'_>, message: &str) {
    let mut ignored = vec![json!(r"^chore\(release\): ")];
    ignored.extend(released(message).map(Value::from));
    walk.assume("commits.ignore", ignored);
    match walk.is_set("noBumpWhenEmptyChanges") {
        Some(said) => walk.set("commits.least", "none", said.origin()),
        None => walk.assume("commits.least", "patch"),
    }
    walk.assume("version.initial", "1.0.0");
    walk.assume("version.raise_initial", true);
}

/// What the first line of release commits looks like, as a regular expression; none where that is the usual one, or where
/// nothing in it is a version.
fn released(message: &str) -> Option<String> {
    let line = filled(message.lines().next()?);
    let (before, after) = line.split_once("{version}")?;
    let is_usual = before.starts_with("chore(release): ");
    let (before, after) = (regex::escape(before), regex::escape(after.trim_end()));
    (!is_usual).then(|| format!(r"^{before}[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?{after}$"))
}

fn changelog(walk: &mut Walk<'_>) {
    let folder = walk.found.folder.clone();
    let skipped = walk.members("skip").into_iter().find(|(name, said)| name == "changelog" && *said.value == true);
    let path = |name: &str| in_folder(&folder, name.strip_prefix("./").unwrap_or(name));
    match (skipped, walk.text("infile")) {
        (Some((_, said)), _) => walk.set("changelog.path", false, said.origin()),
        (None, Some((name, said))) => walk.set("changelog.path", path(name), said.origin()),
        (None, None) => walk.assume("changelog.path", path("CHANGELOG.md")),
    }
    let older = walk.text("changelogHeader");
    let header = older.or(walk.text("header"));
    match header {
        Some((header, said)) if header.trim().is_empty() => {
            walk.warn(&said, "is empty: a new changelog begins with Bowline's words");
        }
        Some((header, said)) => walk.set("changelog.header", header, said.origin()),
        None => walk.assume("changelog.header", usual_header(walk.found.profile)),
    }
    let style = if walk.found.profile == Profile::CatV13 { "conventional" } else { "standard-version" };
    walk.assume("changelog.style", style);
    walk.assume("changelog.date", "today");
}

fn usual_header(profile: Profile) -> String {
    let address = match profile {
        Profile::Sv9 => "https://github.com/conventional-changelog/standard-version",
        Profile::CatV12 | Profile::CatV13 => "https://github.com/absolute-version/commit-and-tag-version",
    };
    format!(
        "# Changelog\n\nAll notable changes to this project will be documented in this file. See [{}]({address}) for commit guidelines.\n",
        profile.package()
    )
}

fn links(walk: &mut Walk<'_>) {
    if let Some((address, file)) = walk.found.repository.clone() {
        walk.set("changelog.links.repository", address, Origin::Key { file, key: "repository".to_owned() });
    }
    for (key, ours) in [("commitUrlFormat", "commit"), ("compareUrlFormat", "compare"), ("issueUrlFormat", "issue")] {
        let Some((form, said)) = walk.text(key) else { continue };
        let mut form = form.to_owned();
        for (theirs, ours) in PLACES {
            form = form.replace(&format!("{{{{{theirs}}}}}"), ours).replace(&format!("{{{{ {theirs} }}}}"), ours);
        }
        walk.set(&format!("changelog.links.{ours}"), form, said.origin());
    }
    if let Some((_, said)) = walk.text("userUrlFormat") {
        walk.warn(&said, "has no effect: names of people are no links here");
    }
    if let Some(said) = walk.get("issuePrefixes") {
        match said.value.as_array() {
            Some(prefixes) if prefixes.iter().any(|prefix| prefix != "#") => {
                walk.warn(&said, "has others than `#`: issues with those are no links here");
            }
            Some(_) => {}
            None => walk.wrong(&said, "a list"),
        }
    }
}

/// What is said another way, and what would make another release.
fn elsewhere(walk: &mut Walk<'_>) {
    for (name, said) in walk.members("skip") {
        match (said.value.as_bool(), name.as_str()) {
            (Some(true), "bump" | "commit" | "tag") => {
                let hint = "a release of Bowline is version, commit, tag and publication together: leave it out";
                walk.refuse(&said, "leaves out a part of the release", &[hint]);
            }
            (Some(_), "bump" | "commit" | "tag" | "changelog") => {}
            (Some(_), _) => walk.warn(&said, "is no part that can be left out: nothing reads it"),
            (None, _) => walk.wrong(&said, "`true` or `false`"),
        }
    }
    for (key, flag) in [("releaseAs", "--version X` or `--bump LEVEL"), ("prerelease", "--pre ID")] {
        if let Some(said) = walk.get(key) {
            let hint = format!("give it when it is meant: `bowline release {flag}`");
            walk.refuse(&said, "would decide about every release", &[&hint]);
        }
    }
    for (key, what, hint) in [
        (
            "firstRelease",
            "would keep the version at every release",
            "leave it out; `bowline release --version X` makes a first one",
        ),
        ("dryRun", "would keep anything from being released", "leave it out; `bowline plan` changes nothing"),
        (
            "sign",
            "asks for signed commits and tags, which this version cannot make",
            "with `push = \"api\"` under `[release]` of a bowline.toml the forge signs the commit",
        ),
    ] {
        if let Some(said) = walk.is_set(key) {
            walk.refuse(&said, what, &[hint]);
        }
    }
    if let Some(said) = walk.get("lernaPackage") {
        let hint = "name the tags instead: \"tagPrefix\": \"name@\"";
        walk.refuse(&said, "reads the version from other tags than are made", &[hint]);
    }
    for (key, what) in [("parserOpts", "changes how commits are read"), ("preset", "")] {
        let Some(said) = walk.get(key) else { continue };
        match (key, said.value.as_str()) {
            ("preset", Some(preset)) => dialect(walk, preset, &said),
            ("preset", None) => walk.wrong(&said, "the name of a preset"),
            _ => {
                let hint = "say it as `[[commits.rule]]` in a bowline.toml";
                walk.refuse(&said, what, &[hint]);
            }
        }
    }
}

fn dialect(walk: &mut Walk<'_>, preset: &str, said: &Said<'_>) {
    let name = preset.strip_prefix("conventional-changelog-").unwrap_or(preset);
    let dialect = match name {
        "conventionalcommits" => "conventional",
        "angular" | "atom" | "ember" | "eslint" | "express" | "jquery" | "jshint" => name,
        _ => {
            let hint = "the presets that can be read are conventionalcommits, angular, atom, ember, eslint, express, jquery and jshint";
            return walk.refuse(said, "names a preset that Bowline does not know", &[hint]);
        }
    };
    walk.set("commits.dialect", dialect, said.origin());
}

/// What makes no other release.
fn without_effect(walk: &mut Walk<'_>) {
    for (key, what) in [
        ("signoff", "has no effect: the release commit gets no `Signed-off-by`"),
        ("commitAll", "has no effect: the release commit holds the files of the release and nothing else"),
        ("tagForce", "has no effect: no tag is ever moved"),
    ] {
        if let Some(said) = walk.is_set(key) {
            walk.warn(&said, what);
        }
    }
    if let Some(said) = walk.get("gitTagFallback")
        && *said.value == false
    {
        walk.warn(&said, "has no effect: the newest version tag counts where no file is ahead of it");
    }
    if let Some(said) = walk.get("releaseCount")
        && said.value.as_u64() != Some(1)
    {
        walk.warn(&said, "has no effect: text that is in the changelog stays");
    }
    if let Some(said) = walk.get("writerOpts") {
        let what = if said.value.is_object() { "has no effect on Bowline's changelog" } else { article(said.value) };
        walk.warn(&said, what);
    }
    for key in QUIET {
        let _ = walk.get(key);
    }
}

/// What stands for what in addresses.
const PLACES: [(&str, &str); 8] = [
    ("host", "{host}"),
    ("owner", "{owner}"),
    ("repository", "{repository}"),
    ("hash", "{hash}"),
    ("previousTag", "{previous_tag}"),
    ("currentTag", "{tag}"),
    ("id", "{id}"),
    ("prefix", "#"),
];
const USUAL_MESSAGE: &str = "chore(release): {{currentTag}}";
/// Keys that have no meaning for a release of Bowline, whatever they say: what is printed, git's hooks, which never run,
/// what the version itself decides, and what is for editors.
const QUIET: [&str; 7] = ["$schema", "silent", "verbose", "noVerify", "verify", "npmPublishHint", "preMajor"];
