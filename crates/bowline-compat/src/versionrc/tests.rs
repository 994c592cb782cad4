//! Configurations in both words.

use super::*;
use crate::profile::Profile;
use bowline_config::{Input, load};
use serde_json::Value;

/// What is read in `folder` of a commit with `files`.
fn found(folder: &str, files: &[(&str, &str)]) -> Result<Option<(Found, Translation)>, VersionrcError> {
    let read = |path: &str| {
        let file = files.iter().find(|(name, _)| *name == path);
        Ok(file.map(|(_, text)| text.as_bytes().to_vec()))
    };
    let evaluate = |path: &str| match files.iter().find(|(name, _)| *name == path) {
        Some((_, text)) => Ok(serde_json::from_str::<Value>(text).unwrap()),
        None => Err(Failure::new(FailureKind::Config, "no_node", "no node")),
    };
    let Some(found) = find(&Look { folder, read: &read, evaluate: &evaluate })? else { return Ok(None) };
    let translation = found.translate(&read)?;
    Ok(Some((found, translation)))
}

/// The loaded entries that are no defaults, as `key = value # origin`, for a `.versionrc` beside a `package.json`.
fn entries(folder: &str, files: &[(&str, &str)]) -> Vec<String> {
    let (_, translation) = found(folder, files).unwrap().unwrap();
    let input = Input { translated: Some(translation.config), ..Input::default() };
    let loaded = load(&input).unwrap_or_else(|error| panic!("{error} {:?}", error.findings()));
    assert!(!loaded.provisional);
    let entries = loaded.entries().into_iter().filter(|entry| entry.origin.to_string() != "default");
    entries.map(|entry| format!("{} = {} # {}", entry.key, entry.value, entry.origin)).collect()
}

/// That a `.versionrc` gives these entries, besides those that it gives when it says nothing.
fn check(versionrc: &str, expected: &[&str]) {
    let manifest = ("package.json", "{\"version\": \"1.0.0\"}");
    let usual = entries(".", &[manifest, (".versionrc", "{}")]);
    let files =
        [manifest, (".versionrc", versionrc), ("VERSION.txt", "1.0.0"), ("src/a.json", "{\"version\": \"1.0.0\"}")];
    let mut found = entries(".", &files);
    found.retain(|entry| !usual.contains(entry));
    assert_eq!(found, expected, "{versionrc}");
}

#[test]
fn what_holds_without_a_word() {
    let found = entries(".", &[("package.json", "{\"version\": \"1.0.0\"}"), (".versionrc", "{}")]);
    let values: Vec<&str> =
        found.iter().map(|entry| entry.strip_suffix(" # as standard-version does").unwrap()).collect();
    let header = "\"# Changelog\\n\\nAll notable changes to this project will be documented in this file. See [standard-version](https://github.com/conventional-changelog/standard-version) for commit guidelines.\\n\"";
    assert_eq!(
        values,
        [
            "changelog.date = \"today\"",
            &format!("changelog.header = {header}"),
            "changelog.path = \"CHANGELOG.md\"",
            "changelog.style = \"standard-version\"",
            "commits.ignore = [\"^chore\\\\(release\\\\): \"]",
            "commits.least = \"patch\"",
            "commits.types.feature.bump = \"minor\"",
            "commits.types.feature.section = \"Features\"",
            "release.commit_message = \"chore(release): {version}\"",
            "release.tag = \"v{version}\"",
            "release.tag_message = \"chore(release): {version}\"",
            "version.initial = \"1.0.0\"",
            "version.raise_initial = true",
            "version_file[0].format = \"json\"",
            "version_file[0].path = \"package.json\"",
            "version_file[0].role = \"both\"",
        ]
    );
}

#[test]
fn keys() {
    check("{}", &[]);
    check(r#"{"tagPrefix": "app@"}"#, &["release.tag = \"app@{version}\" # .versionrc: tagPrefix"]);
    check(r#"{"tag-prefix": ""}"#, &["release.tag = \"{version}\" # .versionrc: tagPrefix"]);
    check(
        r#"{"releaseCommitMessageFormat": "release: {{currentTag}} [skip ci]"}"#,
        &[
            r#"commits.ignore = ["^chore\\(release\\): ","^release: [0-9]+\\.[0-9]+\\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)? \\[skip ci\\]$"] # as standard-version does"#,
            "release.commit_message = \"release: {version} [skip ci]\" # .versionrc: releaseCommitMessageFormat",
            "release.tag_message = \"release: {version} [skip ci]\" # .versionrc: releaseCommitMessageFormat",
        ],
    );
    check(
        r#"{"message": "chore(release): v%s"}"#,
        &[
            "release.commit_message = \"chore(release): v{version}\" # .versionrc: message",
            "release.tag_message = \"chore(release): v{version}\" # .versionrc: message",
        ],
    );
    check(
        r##"{"infile": "./docs/NEWS.md", "header": "# News\n"}"##,
        &[
            "changelog.header = \"# News\\n\" # .versionrc: header",
            "changelog.path = \"docs/NEWS.md\" # .versionrc: infile",
        ],
    );
    check(r#"{"skip": {"changelog": true}}"#, &["changelog.path = false # .versionrc: skip.changelog"]);
    check(r#"{"noBumpWhenEmptyChanges": true}"#, &["commits.least = \"none\" # .versionrc: noBumpWhenEmptyChanges"]);
    check(r#"{"preset": "angular"}"#, &["commits.dialect = \"angular\" # .versionrc: preset"]);
    check(
        r#"{"commitUrlFormat": "{{host}}/{{owner}}/{{repository}}/c/{{hash}}", "issueUrlFormat": "https://t.example/{{id}}"}"#,
        &[
            "changelog.links.commit = \"{host}/{owner}/{repository}/c/{hash}\" # .versionrc: commitUrlFormat",
            "changelog.links.issue = \"https://t.example/{id}\" # .versionrc: issueUrlFormat",
        ],
    );
    check(
        r#"{"compareUrlFormat": "{{host}}/diff/{{ previousTag }}/{{currentTag}}"}"#,
        &["changelog.links.compare = \"{host}/diff/{previous_tag}/{tag}\" # .versionrc: compareUrlFormat"],
    );
}

#[test]
fn types_of_commits() {
    let kept = |keep: &[&str]| {
        let all = ["build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"];
        let mut hidden: Vec<String> =
            all.iter().map(|name| format!("commits.types.{name}.hidden = true # .versionrc: types")).collect();
        hidden.retain(|line| !keep.iter().any(|name| line.starts_with(&format!("commits.types.{name}."))));
        hidden
    };
    let mut expected = kept(&["feat", "docs"]);
    expected.extend([
        "changelog.sections = [\"News\",\"Handbook\"] # .versionrc: types".to_owned(),
        "commits.types.docs.hidden = false # .versionrc: types[1]".to_owned(),
        "commits.types.docs.section = \"Handbook\" # .versionrc: types[1]".to_owned(),
        "commits.types.feat.hidden = false # .versionrc: types[0]".to_owned(),
        "commits.types.feat.section = \"News\" # .versionrc: types[0]".to_owned(),
        "commits.types.feature.bump = \"minor\" # .versionrc: types[0]".to_owned(),
        "commits.types.feature.hidden = false # .versionrc: types[0]".to_owned(),
        "commits.types.feature.section = \"News\" # .versionrc: types[0]".to_owned(),
        "commits.types.wip.bump = \"patch\" # .versionrc: types[2]".to_owned(),
        "commits.types.wip.hidden = true # .versionrc: types[2]".to_owned(),
    ]);
    expected.sort();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check(
        r#"{"types": [{"type": "feat", "section": "News"}, {"type": "docs", "section": "Handbook", "hidden": false}, {"type": "wip", "hidden": true}, {"type": "docs", "section": "Later"}]}"#,
        &expected,
    );
}

#[test]
fn headings_have_an_order() {
    let types = r#"{"types": [{"type": "docs", "section": "Docs"}, {"type": "fix", "section": "Bug Fixes"}, {"type": "feat", "section": "Features"}, {"type": "ci", "section": "CI", "hidden": true}]}"#;
    for (manifest, expected) in [
        ("{}", r#"["Features","Bug Fixes","Docs"]"#),
        (r#"{"devDependencies": {"commit-and-tag-version": "^13.0.0"}}"#, r#"["Docs","Bug Fixes","Features"]"#),
    ] {
        let found = entries(".", &[("package.json", manifest), (".versionrc", types)]);
        assert!(found.contains(&format!("changelog.sections = {expected} # .versionrc: types")), "{found:?}");
    }
}

#[test]
fn files_with_versions() {
    check(
        r#"{"bumpFiles": ["package.json", {"filename": "src/a.json", "type": "json"}, "VERSION.txt", "bower.json"]}"#,
        &[
            "version_file[0].format = \"json\" # .versionrc: bumpFiles",
            "version_file[0].path = \"package.json\" # .versionrc: bumpFiles",
            "version_file[0].role = \"both\" # .versionrc: bumpFiles",
            "version_file[1].format = \"json\" # .versionrc: bumpFiles",
            "version_file[1].path = \"src/a.json\" # .versionrc: bumpFiles",
            "version_file[1].role = \"write\" # .versionrc: bumpFiles",
            "version_file[2].format = \"plain\" # .versionrc: bumpFiles",
            "version_file[2].path = \"VERSION.txt\" # .versionrc: bumpFiles",
            "version_file[2].role = \"write\" # .versionrc: bumpFiles",
        ],
    );
    check(
        r#"{"packageFiles": [{"filename": "VERSION.txt", "type": "plain-text"}]}"#,
        &[
            "version_file[0].format = \"json\" # .versionrc: packageFiles",
            "version_file[0].path = \"package.json\" # .versionrc: packageFiles",
            "version_file[0].role = \"write\" # .versionrc: packageFiles",
            "version_file[1].format = \"plain\" # .versionrc: packageFiles",
            "version_file[1].path = \"VERSION.txt\" # .versionrc: packageFiles",
            "version_file[1].role = \"read\" # .versionrc: packageFiles",
        ],
    );
}

#[test]
fn places() {
    let prefix = |prefix: &str| format!("{{\"tagPrefix\": \"{prefix}\"}}");
    let stanza = |name: &str, value: &str| format!("{{\"version\": \"1.0.0\", \"{name}\": {value}}}");
    let tag = |folder: &str, files: &[(&str, &str)]| {
        let entry = entries(folder, files).into_iter().find(|entry| entry.starts_with("release.tag =")).unwrap();
        entry.strip_prefix("release.tag = ").unwrap().to_owned()
    };
    let (a, b) = (prefix("a"), prefix("b"));
    assert_eq!(tag(".", &[(".versionrc.json", &a)]), "\"a{version}\" # .versionrc.json: tagPrefix");
    assert_eq!(tag(".", &[(".versionrc.json", &a), (".versionrc", &b)]), "\"b{version}\" # .versionrc: tagPrefix");
    assert_eq!(
        tag(".", &[(".versionrc.json", &a), (".versionrc.cjs", &b)]),
        "\"b{version}\" # .versionrc.cjs: tagPrefix"
    );
    let manifest = stanza("standard-version", &a);
    assert_eq!(
        tag(".", &[("package.json", &manifest), (".versionrc", &b)]),
        "\"a{version}\" # package.json (standard-version): tagPrefix"
    );
    // The folder's own comes before the one above it, and one above is found.
    assert_eq!(tag("p/x", &[("p/x/.versionrc", &a), (".versionrc", &b)]), "\"a{version}\" # p/x/.versionrc: tagPrefix");
    let below = [("p/x/package.json", "{\"version\": \"1.0.0\"}"), (".versionrc", b.as_str())];
    let found = entries("p/x/src", &below);
    assert!(found.contains(&"package.path = \"p/x\" # detected".to_owned()), "{found:?}");
    assert!(found.contains(&"changelog.path = \"p/x/CHANGELOG.md\" # as standard-version does".to_owned()));
    assert!(found.contains(&"version_file[0].path = \"p/x/package.json\" # as standard-version does".to_owned()));
    for files in [&[][..], &[("package.json", "{\"version\": \"1.0.0\"}")], &[("a/.versionrc", "{}")]] {
        assert_eq!(super::tests::found(".", files).unwrap(), None);
    }
}

#[test]
fn the_first_source_wins_key_by_key() {
    let manifest = r#"{"commit-and-tag-version": {"tagPrefix": "x", "skip": {"tag": false}}, "devDependencies": {"commit-and-tag-version": "12"}}"#;
    let files = [
        ("package.json", manifest),
        (".versionrc", r#"{"tagPrefix": "y", "skip": {"changelog": true}, "header": null}"#),
    ];
    let (source, translation) = found(".", &files).unwrap().unwrap();
    assert_eq!((source.profile, translation.warnings), (Profile::CatV12, Vec::new()));
    let found = entries(".", &files);
    for expected in [
        "release.tag = \"x{version}\" # package.json (commit-and-tag-version): tagPrefix",
        "changelog.path = false # .versionrc: skip.changelog",
    ] {
        assert!(found.contains(&expected.to_owned()), "{found:?}");
    }
}

#[test]
fn what_is_refused() {
    for (versionrc, expected) in [
        (
            r#"{"scripts": {"prebump": "npm test"}}"#,
            "scripts.prebump is a hook, and `bowline release` runs none: `npm test`",
        ),
        (r#"{"scripts": "x"}"#, "scripts must be an object, and is text"),
        (r#"{"skip": {"tag": true}}"#, "skip.tag leaves out a part"),
        (r#"{"skip": true}"#, "skip must be an object"),
        (r#"{"releaseAs": "major"}"#, "releaseAs would decide"),
        (r#"{"prerelease": "alpha"}"#, "prerelease would decide"),
        (r#"{"firstRelease": true}"#, "firstRelease would keep"),
        (r#"{"dryRun": true}"#, "dryRun would keep"),
        (r#"{"sign": true}"#, "sign asks for signed"),
        (r#"{"path": "packages/a"}"#, "path limits the commits"),
        (r#"{"lernaPackage": "a"}"#, "lernaPackage reads"),
        (r#"{"parserOpts": {}}"#, "parserOpts changes how"),
        (r#"{"preset": "codemirror"}"#, "preset names a preset"),
        (r#"{"tagPrefix": 3}"#, "tagPrefix must be text, and is a number"),
        (r#"{"types": {}}"#, "types must be a list, and is an object"),
        (r#"{"types": [{}]}"#, "types[0] has no `type`"),
        (r#"{"bumpFiles": [{"filename": "a.txt", "updater": "u.js"}]}"#, "bumpFiles[0] has an updater"),
        (r#"{"bumpFiles": [{"filename": "pom.xml", "type": "maven"}]}"#, "bumpFiles[0] has the type `maven`"),
        (r#"{"bumpFiles": ["a.txt"]}"#, "bumpFiles[0] does not say how `a.txt`"),
        (r#"{"bumpFiles": [3]}"#, "bumpFiles[0] names no file"),
        (r#"{"bowline": {"scripts": "run"}}"#, "bowline.scripts means nothing"),
    ] {
        let Err(VersionrcError::Refused { problems, .. }) = found(".", &[(".versionrc", versionrc)]) else {
            panic!("{versionrc} was taken");
        };
        let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages.len(), 1, "{messages:?}");
        let expected = format!(".versionrc: {expected}");
        assert!(messages.iter().all(|message| message.starts_with(&expected)), "{messages:?}");
        assert!(problems.iter().all(|problem| !problem.hints.is_empty()));
    }
}

#[test]
fn what_is_no_configuration() {
    for (file, text, expected) in [
        (".versionrc", "{ // a comment\n}", ".versionrc is not valid JSON: "),
        (".versionrc.json", "", ".versionrc.json is not valid JSON: "),
        (".versionrc", "[]", ".versionrc must hold an object, and it holds a list"),
        ("package.json", "{\"standard-version\": 3}", "package.json (standard-version) must hold an object"),
        (".versionrc.js", "3", ".versionrc.js must hold an object, and it holds a number"),
    ] {
        let error = found(".", &[(file, text)]).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(Failure::from(error).kind, FailureKind::Config);
    }
}

#[test]
fn what_is_said_and_done_all_the_same() {
    for (versionrc, expected) in [
        (r#"{"scripts": {}, "$schema": "x", "silent": true, "skip": {"tag": false}, "sign": false}"#, ""),
        (r#"{"tagprefix": "v"}"#, ".versionrc: tagprefix is no key of standard-version: nothing reads it"),
        (
            r#"{"scripts": {"postbump": "x"}, "bowline": {"scripts": "leave-out"}}"#,
            ".versionrc: scripts.postbump is left out",
        ),
        (r#"{"userUrlFormat": "https://x"}"#, ".versionrc: userUrlFormat has no effect"),
        (r#"{"issuePrefixes": ["JIRA-"]}"#, ".versionrc: issuePrefixes has others"),
        (r#"{"signoff": true}"#, ".versionrc: signoff has no effect"),
        (r#"{"tagForce": true}"#, ".versionrc: tagForce has no effect"),
        (r#"{"releaseCount": 0}"#, ".versionrc: releaseCount has no effect"),
        (r#"{"header": " "}"#, ".versionrc: header is empty"),
        (r#"{"types": [{"type": "feat", "scope": "x"}]}"#, ".versionrc: types[0] is for one scope"),
        (r#"{"types": [{"type": "Feat"}]}"#, ".versionrc: types[0] names a type that no commit has"),
        (
            r#"{"bumpFiles": ["bower.json"]}"#,
            ".versionrc: bumpFiles[0] is not in the commit: it is passed over (`bower.json`)",
        ),
    ] {
        let (_, translation) = found(".", &[(".versionrc", versionrc)]).unwrap().unwrap();
        let warnings = translation.warnings;
        assert_eq!(warnings.is_empty(), expected.is_empty(), "{warnings:?}");
        assert!(warnings.iter().all(|warning| warning.starts_with(expected)), "{warnings:?}");
        let input = Input { translated: Some(translation.config), ..Input::default() };
        load(&input).unwrap();
    }
}

#[test]
fn the_table_of_keys_judges_what_is_said() {
    for (versionrc, expected) in [
        (r#"{"tagPrefix": "v {version}"}"#, ".versionrc: tagPrefix: `release.tag` cannot be used"),
        (r#"{"infile": "../NEWS.md"}"#, ".versionrc: infile: `changelog.path` must stay inside the repository"),
        (r#"{"commitUrlFormat": "{{x}}"}"#, ".versionrc: commitUrlFormat: `changelog.links.commit` has `{{x}`"),
        (r#"{"types": [{"type": "9x"}]}"#, ".versionrc: types[0]: `commits.types.9x` is no commit type"),
        ("{\"infile\": \"a\\u007fb\"}", ".versionrc: infile: `changelog.path` must be one line"),
    ] {
        let (_, translation) = found(".", &[(".versionrc", versionrc)]).unwrap().unwrap();
        let error = load(&Input { translated: Some(translation.config), ..Input::default() }).unwrap_err();
        let shown = error.findings().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(shown.first().is_some_and(|first| first.starts_with(expected)), "{shown:?}");
        assert!(Failure::from(error).causes.iter().all(|cause| cause.starts_with(".versionrc: ")));
    }
}
