//! Whole calls: command line, `package.json`, configuration files, defaults.

use super::{Asked, Options, PresetName, Refusal, Request, ScriptUpdater, Skip, UpdaterChoice, resolve};
use crate::profile::{Exactness, Profile};
use crate::testing::{Place, node_is_here};

fn called(place: &Place, program: &str, arguments: &[&str]) -> Result<Asked, Refusal> {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    resolve(&Request { arguments: &arguments, api: None, program, world: place.world() })
}

fn options(place: &Place, arguments: &[&str]) -> Options {
    match called(place, "bowline", arguments) {
        Ok(Asked::Run(options)) => options,
        other => panic!("{other:?}"),
    }
}

fn refusal(place: &Place, arguments: &[&str]) -> Refusal {
    called(place, "bowline", arguments).unwrap_err()
}

#[test]
fn nothing_said_is_the_defaults() {
    let found = options(&Place::new(), &[]);
    let names: Vec<&str> = found.bump_files.iter().map(|entry| entry.filename.as_str()).collect();
    assert_eq!(names, ["package.json", "bower.json", "manifest.json", "package-lock.json", "npm-shrinkwrap.json"]);
    assert_eq!(found.profile, Profile::Sv9);
    assert_eq!(found.tag_prefix, "v");
    assert_eq!(
        found.header,
        "# Changelog\n\nAll notable changes to this project will be documented in this file. See [standard-version](https://github.com/conventional-changelog/standard-version) for commit guidelines.\n"
    );
    assert!(found.git_tag_fallback && !found.preset.pre_major && found.preset.pre_major_by_version);
    assert_eq!(found.preset.types.iter().filter(|entry| !entry.hidden).count(), 2);
    assert_eq!((found.release_count, found.prerelease, found.warnings), (1, None, Vec::new()));
}

#[test]
fn sources_are_put_together_and_the_first_word_counts() {
    let mut place = Place::new();
    place.write(
        "package.json",
        r#"{"standard-version": {"scripts": {"postbump": "a"}, "tagPrefix": "p", "skip": {"tag": true}}}"#,
    );
    place.write(".versionrc", r#"{"scripts": {"posttag": "b", "postbump": "c"}, "tag-prefix": "x", "skip.commit": true, "infile": "H.md", "noVerify": true}"#);
    place.enter("sub/deep");
    let found = options(&place, &["--scripts.prebump", "z", "--infile", "I.md"]);
    assert_eq!(found.tag_prefix, "p");
    assert_eq!(found.infile, "I.md");
    assert!(found.no_verify);
    assert_eq!(found.skip, Skip { tag: true, commit: true, ..Skip::default() });
    let scripts: Vec<(&str, &str)> =
        found.scripts.iter().map(|(hook, command)| (hook.as_str(), command.as_str())).collect();
    assert_eq!(scripts, [("postbump", "a"), ("posttag", "b"), ("prebump", "z")]);
}

#[test]
fn surroundings_say_whose_habits_are_meant() {
    let check = |package: &str, rc: &str, program: &str, arguments: &[&str], expected: Profile| {
        let place = Place::new();
        place.write("package.json", package);
        place.write(".versionrc.json", rc);
        let Ok(Asked::Run(found)) = called(&place, program, arguments) else { panic!("{package} {rc} {program}") };
        assert_eq!(found.profile, expected, "{package} {rc} {program} {arguments:?}");
    };
    check("{}", "{}", "bowline", &[], Profile::Sv9);
    check(r#"{"devDependencies": {"commit-and-tag-version": "^12.4.4"}}"#, "{}", "bowline", &[], Profile::CatV12);
    check(r#"{"devDependencies": {"commit-and-tag-version": "^12.4.4"}}"#, "{}", "standard-version", &[], Profile::Sv9);
    check(
        r#"{"dependencies": {"commit-and-tag-version": "13"}}"#,
        r#"{"profile": "catv12"}"#,
        "bowline",
        &[],
        Profile::CatV12,
    );
    check("{}", "{}", "commit-and-tag-version", &[], Profile::CatV13);
    check("{}", r#"{"profile": "catv13"}"#, "standard-version", &["--profile", "sv9"], Profile::Sv9);
}

#[test]
fn deprecated_and_unknown_flags_are_warned_about() {
    let place = Place::new();
    let found = options(&place, &["-m", "out: %s (%s)", "--changelogHeader", "# H\n", "--dry-rum"]);
    assert_eq!(found.preset.release_commit_message_format, "out: {{currentTag}} ({{currentTag}})");
    assert_eq!(found.header, "# H\n");
    assert_eq!(
        found.warnings,
        [
            "the flag --dry-rum is not known, and does nothing; did you mean --dry-run?",
            "[standard-version]: --message (-m) will be removed in the next major release. Use --releaseCommitMessageFormat.",
            "[standard-version]: --changelogHeader will be removed in the next major release. Use --header.",
        ]
    );
    let exact = options(&place, &["--compat", "exact", "--dry-rum", "--skip.tag=false"]);
    assert_eq!((exact.exactness, exact.warnings, exact.skip.tag), (Exactness::Exact, Vec::new(), true));
    assert!(options(&place, &["-m", "x", "--silent", "--foo"]).warnings.is_empty());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let check = |rc: &str, arguments: &[&str], message: &str, has_help: bool| {
        let place = Place::new();
        place.write(".versionrc", rc);
        let refused = refusal(&place, arguments);
        assert!(refused.message.contains(message), "{rc} {arguments:?}: {}", refused.message);
        assert_eq!(refused.help.is_some(), has_help, "{rc} {arguments:?}");
    };
    check("{}", &["-r"], "Not enough arguments following: r", true);
    check("{}", &["--scripts", "x"], "scripts must be an object", true);
    check(r#"{"skip": ["tag"]}"#, &[], "skip must be an object", true);
    check("{}", &["-r", "1.1"], "releaseAs is \"1.1\"", false);
    check("{}", &["-r", "1.1", "--profile", "catv12"], "releaseAs must be one of 'major', 'minor' or 'patch'", false);
    check("{}", &["--profile", "sv8"], "there is no profile sv8: give one of sv9, catv12, catv13", false);
    check("{}", &["--compat", "no"], "takes exact only", false);
    check("{}", &["--header", "# 1.2.3"], "custom changelog header must not match /(^#+ ", false);
    check("{}", &["-t", "a", "-t", "b"], "tagPrefix must be a string, and there are 2: give it once", false);
    check("{}", &["--preset", "./mine.js"], "there is no preset ./mine.js here", false);
    check("{}", &["--preset", "angular", "--profile", "catv13"], "--profile catv12 has the others", false);
    check(r#"{"bumpFiles": {"filename": "x"}}"#, &[], "bumpFiles must be an array of files but is an object", false);
    check(r#"{"bumpFiles": [{"type": "json"}]}"#, &[], "entry 0 has no filename in bumpFiles", false);
    check(r#"{"types": ["feat"]}"#, &[], "entry 0 in types is a string", false);
    check(r#"{"scripts": {"prebump": 5}}"#, &[], "scripts.prebump must be a command but is 5", false);
    check("// no\n{}", &[], "Unexpected token '/', \"// no\n{}\" is not valid JSON", false);
    check("\"text\"", &[], "[standard-version] Invalid configuration in ", false);
    check("\"text\"", &[], "provided. Expected an object but found string.", false);
    check("{}", &["--release-count", "x", "--profile", "catv13"], "releaseCount must be a whole number", false);
}

#[test]
fn release_as_is_looked_at_only_when_it_counts() {
    let place = Place::new();
    let check = |arguments: &[&str], expected: Option<&str>| {
        assert_eq!(options(&place, arguments).release_as.as_deref(), expected, "{arguments:?}");
    };
    check(&["-r", "MINOR"], Some("minor"));
    check(&["-r", "v2.0.0"], Some("v2.0.0"));
    check(&["-r", "premajor"], Some("premajor"));
    check(&["-r", "1.1", "--compat", "exact"], Some("1.1"));
    check(&["-r", "1.1", "--skip.bump"], None);
    check(&["-r", "1.1", "-f"], None);
}

#[test]
fn presets_by_name_bring_their_own() {
    let place = Place::new();
    let found = options(&place, &["--preset", "conventionalcommits"]).preset;
    assert_eq!(
        (found.name, found.types.len(), found.pre_major_by_version),
        (PresetName::ConventionalCommits, 12, false)
    );
    let found = options(&place, &["--preset", "conventional-changelog-eslint"]).preset;
    assert_eq!(found.name, PresetName::EsLint);
    place.write(
        ".versionrc",
        r#"{"preset": {"name": "conventionalcommits", "types": [{"type": "x", "section": "X", "scope": "s"}]}}"#,
    );
    let found = options(&place, &[]).preset;
    assert_eq!((found.types.len(), found.pre_major_by_version), (1, true));
    assert_eq!(found.types[0].scope.as_deref(), Some("s"));
}

#[test]
fn a_configuration_may_extend_a_file() {
    let place = Place::new();
    place.write("base.json", r#"{"tagPrefix": "b", "infile": "B.md", "extends": "./deep/base.json"}"#);
    place.write("deep/base.json", r#"{"commitAll": true}"#);
    place.write(".versionrc", r#"{"extends": "base.json", "tagPrefix": "c"}"#);
    assert!(options(&place, &[]).commit_all);
    let found = options(&place, &[]);
    assert_eq!((found.tag_prefix.as_str(), found.infile.as_str()), ("c", "B.md"));
    place.write("deep/base.json", r#"{"extends": "../base.json"}"#);
    assert!(refusal(&place, &[]).message.starts_with("Circular extended configurations: '"));
}

#[test]
fn a_file_may_be_named() {
    let place = Place::new();
    place.write("conf/a.json", r#"{"tagPrefix": "n"}"#);
    place.write(".versionrc", r#"{"tagPrefix": "r"}"#);
    assert_eq!(options(&place, &["--profile", "catv12", "-c", "conf/a.json"]).tag_prefix, "n");
    let found = options(&place, &["--profile", "catv12", "-c", "conf/b.json"]);
    assert_eq!((found.tag_prefix.as_str(), found.warnings.len()), ("v", 1));
    assert_eq!(options(&place, &["--config", "conf/a.json"]).tag_prefix, "r");
}

#[test]
fn help_and_version_come_first() {
    let place = Place::new();
    let check = |arguments: &[&str], expected: &str| {
        let told = match called(&place, "commit-and-tag-version", arguments) {
            Ok(Asked::Help(text) | Asked::Version(text)) => text,
            other => panic!("{other:?}"),
        };
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
    };
    check(&["-h", "-r"], "--release-as LEVEL");
    check(&["help"], "--compat exact");
    check(&["--version"], "13.2.1");
    check(&["-v", "--profile", "sv9"], "9.5.0");
}

#[test]
fn configuration_that_is_code_is_run() {
    if !node_is_here() {
        return;
    }
    let check = |file: &str, code: &str, profile: &str| {
        let place = Place::new();
        place.write(file, code);
        options(&place, &["--profile", profile]).tag_prefix
    };
    assert_eq!(check(".versionrc.js", "console.log('noise'); module.exports = { tagPrefix: 'a' };", "sv9"), "a");
    assert_eq!(
        check(".versionrc.cjs", "module.exports = () => ({ tagPrefix: 'b', x: /a/, y: undefined });", "catv12"),
        "b"
    );
    assert_eq!(check(".versionrc.mjs", "export default { tagPrefix: await Promise.resolve('c') };", "catv13"), "c");
    assert_eq!(check(".versionrc.js", "export default { tagPrefix: 'd' };", "sv9"), "d");
    let check = |code: &str, message: &str| {
        let place = Place::new();
        place.write(".versionrc.js", code);
        let refused = refusal(&place, &[]);
        assert!(refused.message.contains(message), "{code}: {}", refused.message);
    };
    check("throw new Error('broken')", "broken\nSee what `node ");
    check("module.exports = async () => ({})", "it gives a promise");
    check("module.exports = 5", "Expected an object but found number.");
    check("module.exports = () => () => 1", "Expected an object but found function.");
    check("process.exit(3)", "it ended before there was a result (exit code 3)");
    check("module.exports = {", "Unexpected end of input");
    check("const a = {}; a.a = a; module.exports = a", "it is nested without end");
}

#[test]
fn an_updater_in_code_is_found_again() {
    if !node_is_here() {
        return;
    }
    let place = Place::new();
    let code = "const updater = { readVersion: c => c.trim(), writeVersion: (c, v) => v + '\\n' };\n\
                module.exports = { bumpFiles: ['a.json', { filename: 'V', updater }], packageFiles: [{ filename: 'V', type: 'plain-text', updater }] };";
    place.write(".versionrc.js", code);
    let found = options(&place, &["--profile", "catv13"]);
    let file = place.path().join(".versionrc.js").display().to_string();
    let at = |key: &str, place: &str| vec![key.to_owned(), place.to_owned(), "updater".to_owned()];
    let inside = |at| UpdaterChoice::Script(ScriptUpdater::Inside { file: file.clone(), at });
    assert_eq!(found.bump_files[1].updater, inside(at("bumpFiles", "1")));
    assert_eq!(found.package_files[0].updater, inside(at("packageFiles", "0")));
    assert_eq!(found.bump_files[1].shown, r#"{"filename":"V","updater":{}}"#);
    let chosen = crate::updaters::Updater::for_entry(&found.bump_files[1], Profile::CatV13, &place.world()).unwrap();
    assert_eq!(chosen.updater.write_version("1\n", "2.0.0", &place.world()).as_deref(), Ok("2.0.0\n"));
    // standard-version takes the type before the functions, and complains before it takes functions.
    let found = options(&place, &[]);
    assert_eq!(found.package_files[0].updater, UpdaterChoice::Type("plain-text".to_owned()));
    let chosen = crate::updaters::Updater::for_entry(&found.bump_files[1], Profile::Sv9, &place.world()).unwrap();
    assert!(chosen.warning.unwrap().starts_with(r#"Unable to obtain updater for: {"filename":"V","updater":{}}"#));
}
