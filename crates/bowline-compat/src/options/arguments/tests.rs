//! Answers of the originals: `yargs.argv` of each, without defaults and other names for the same.

use super::super::argv::Argv;
use super::{Said, near, read};
use crate::javascript::Value;
use crate::profile::Profile;

fn read_all(profile: Profile, arguments: &[&str]) -> (Argv, Said) {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let mut argv = Argv::new(profile);
    let said = read(&arguments, &mut argv);
    (argv, said)
}

#[test]
fn a_command_line_is_read_as_the_originals_read_it() {
    let check = |profiles: &[Profile], arguments: &[&str], expected: &str, wrong: Option<&str>| {
        for profile in profiles {
            let (argv, said) = read_all(*profile, arguments);
            let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
            assert_eq!(Value::Object(argv.values).to_json(), expected, "{profile} {arguments:?}");
            assert_eq!(said.wrong.as_deref(), wrong, "{profile} {arguments:?}");
        }
    };
    check(&Profile::ALL, &[], r##"{}"##, None);
    check(&Profile::ALL, &["-r", "minor"], r##"{"releaseAs": "minor"}"##, None);
    check(&Profile::ALL, &["--release-as", "1.1"], r##"{"releaseAs": "1.1"}"##, None);
    check(&Profile::ALL, &["-r", "1.1.0", "-p"], r##"{"prerelease": "", "releaseAs": "1.1.0"}"##, None);
    check(&Profile::ALL, &["-p", "1"], r##"{"prerelease": "1"}"##, None);
    check(&Profile::ALL, &["-p", "alpha", "-f"], r##"{"firstRelease": true, "prerelease": "alpha"}"##, None);
    check(&Profile::ALL, &["--prerelease=beta"], r##"{"prerelease": "beta"}"##, None);
    check(&Profile::ALL, &["-p", "--dry-run"], r##"{"dryRun": true, "prerelease": ""}"##, None);
    check(&Profile::ALL, &["-fs"], r##"{"firstRelease": true, "sign": true}"##, None);
    check(
        &Profile::ALL,
        &["-fas", "-n"],
        r##"{"commitAll": true, "firstRelease": true, "noVerify": true, "sign": true}"##,
        None,
    );
    check(&Profile::ALL, &["-sp", "rc"], r##"{"prerelease": "rc", "sign": true}"##, None);
    check(&Profile::ALL, &["-t"], r##"{"tagPrefix": "v"}"##, None);
    check(&Profile::ALL, &["-t", ""], r##"{"tagPrefix": ""}"##, None);
    check(&Profile::ALL, &["-t", "@x/y@"], r##"{"tagPrefix": "@x/y@"}"##, None);
    check(&Profile::ALL, &["--tag-prefix", "v", "--tag-prefix", "w"], r##"{"tagPrefix": ["v", "w"]}"##, None);
    check(&Profile::ALL, &["-t=", "x"], r##"{"=": "x", "tagPrefix": "v"}"##, None);
    check(&Profile::ALL, &["-p5", "-p5"], r##"{"prerelease": ["5", "5"]}"##, None);
    check(&Profile::ALL, &["--no-sign=b", "-p.a", "1.5"], r##"{"noSign": "b", "prerelease": {"a": 1.5}}"##, None);
    check(&Profile::ALL, &["--no-verify"], r##"{"verify": false}"##, None);
    check(&Profile::ALL, &["--no-verify=true"], r##"{"noVerify": true}"##, None);
    check(&Profile::ALL, &["-n"], r##"{"noVerify": true}"##, None);
    check(&Profile::ALL, &["--no-git-tag-fallback"], r##"{"gitTagFallback": false}"##, None);
    check(&Profile::ALL, &["--git-tag-fallback", "false"], r##"{"gitTagFallback": false}"##, None);
    check(&Profile::ALL, &["--gitTagFallback=false"], r##"{"gitTagFallback": false}"##, None);
    check(&Profile::ALL, &["--sign=false"], r##"{"sign": false}"##, None);
    check(&Profile::ALL, &["--sign", "true", "x"], r##"{"sign": true}"##, None);
    check(&Profile::ALL, &["--sign", "yes"], r##"{"sign": true}"##, None);
    check(&Profile::ALL, &["--skip.changelog"], r##"{"skip": {"changelog": true}}"##, None);
    check(&Profile::ALL, &["--skip.changelog", "--skip.tag"], r##"{"skip": {"changelog": true, "tag": true}}"##, None);
    check(&Profile::ALL, &["--skip.changelog=false"], r##"{"skip": {"changelog": "false"}}"##, None);
    check(&Profile::ALL, &["--skip.bump", "false"], r##"{"skip": {"bump": "false"}}"##, None);
    check(&Profile::ALL, &["--no-skip.tag"], r##"{"skip": {"tag": false}}"##, None);
    check(
        &Profile::ALL,
        &["--scripts.prebump", "echo 1.2.3", "--scripts.posttag=true"],
        r##"{"scripts": {"posttag": "true", "prebump": "echo 1.2.3"}}"##,
        None,
    );
    check(&Profile::ALL, &["--scripts.prebump", "5"], r##"{"scripts": {"prebump": 5}}"##, None);
    check(
        &Profile::ALL,
        &["--packageFiles", "a", "b", "--bumpFiles", "c"],
        r##"{"bumpFiles": ["c"], "packageFiles": ["a", "b"]}"##,
        None,
    );
    check(&Profile::ALL, &["--bump-files", "a", "--bumpFiles", "b"], r##"{"bumpFiles": ["a", "b"]}"##, None);
    check(
        &Profile::ALL,
        &["--bumpFiles"],
        r##"{"bumpFiles": ["package.json", "bower.json", "manifest.json", "package-lock.json", "npm-shrinkwrap.json"]}"##,
        None,
    );
    check(&Profile::ALL, &["--bumpFiles=a", "b", "-s"], r##"{"bumpFiles": ["a", "b"], "sign": true}"##, None);
    check(&Profile::ALL, &["--packageFiles", "1"], r##"{"packageFiles": [1]}"##, None);
    check(&Profile::ALL, &["-i", "HISTORY.md"], r##"{"infile": "HISTORY.md"}"##, None);
    check(&Profile::ALL, &["-i", "5"], r##"{"infile": 5}"##, None);
    check(&Profile::ALL, &["--infile"], r##"{"infile": "CHANGELOG.md"}"##, None);
    check(&Profile::ALL, &["-i=x"], r##"{"infile": "x"}"##, None);
    check(&Profile::ALL, &["-ix"], r##"{"infile": "CHANGELOG.md", "x": true}"##, None);
    check(&Profile::ALL, &["-i5"], r##"{"infile": 5}"##, None);
    check(&Profile::ALL, &["-m", "rel: %s"], r##"{"message": "rel: %s"}"##, None);
    check(&Profile::ALL, &["--message="], r##"{"message": ""}"##, None);
    check(
        &[Profile::Sv9],
        &["--releaseCommitMessageFormat", r##""{{currentTag}}""##],
        r##"{"releaseCommitMessageFormat": "{{currentTag}}"}"##,
        None,
    );
    check(
        &[Profile::CatV12, Profile::CatV13],
        &["--releaseCommitMessageFormat", r##""{{currentTag}}""##],
        r##"{"releaseCommitMessageFormat": "\"{{currentTag}}\""}"##,
        None,
    );
    check(&Profile::ALL, &[r##"--header="x""##], r##"{"header": "x"}"##, None);
    check(&[Profile::Sv9], &["--header", "'x y'"], r##"{"header": "x y"}"##, None);
    check(&[Profile::CatV12, Profile::CatV13], &["--header", "'x y'"], r##"{"header": "'x y'"}"##, None);
    check(&Profile::ALL, &["--release-count", "0"], r##"{"releaseCount": 0}"##, None);
    check(&[Profile::Sv9], &["--releaseCount=abc"], r##"{"releaseCount": "abc"}"##, None);
    check(&[Profile::CatV12, Profile::CatV13], &["--releaseCount=abc"], r##"{"releaseCount": null}"##, None);
    check(&[Profile::Sv9], &["--release-count"], r##"{"releaseCount": true}"##, None);
    check(&[Profile::CatV12, Profile::CatV13], &["--release-count"], r##"{"releaseCount": 1}"##, None);
    check(&Profile::ALL, &["--issuePrefixes", "#", "JIRA-"], r##"{"issuePrefixes": ["#", "JIRA-"]}"##, None);
    check(&Profile::ALL, &["--types", "a"], r##"{"types": ["a"]}"##, None);
    check(&Profile::ALL, &["--preMajor"], r##"{"preMajor": true}"##, None);
    check(&Profile::ALL, &["--no-preMajor"], r##"{"preMajor": false}"##, None);
    check(&Profile::ALL, &["--", "-s"], r##"{}"##, None);
    check(&Profile::ALL, &["word", "-s", "5"], r##"{"sign": true}"##, None);
    check(&Profile::ALL, &["--foo-bar", "x", "-q"], r##"{"fooBar": "x", "q": true}"##, None);
    check(&Profile::ALL, &["--silent", "--silent"], r##"{"silent": true}"##, None);
    check(
        &[Profile::Sv9],
        &["-rmajor"],
        r##"{"commitAll": true, "j": true, "message": "", "o": true, "releaseAs": ""}"##,
        Some("Not enough arguments following: r"),
    );
    check(&Profile::ALL, &["-r=major"], r##"{"releaseAs": "major"}"##, None);
    check(&Profile::ALL, &["-a-"], r##"{"commitAll": false}"##, None);
    check(&Profile::ALL, &["---"], r##"{}"##, None);
    check(&Profile::ALL, &["--=x"], r##"{"=x": true}"##, None);
    check(&Profile::ALL, &["-"], r##"{}"##, None);
    check(&Profile::ALL, &["-5"], r##"{}"##, None);
    check(&Profile::ALL, &["--path", "-5"], r##"{"path": "-5"}"##, None);
    check(&Profile::ALL, &["--path", "-x"], r##"{"path": "", "x": true}"##, None);
    check(&[Profile::Sv9], &["-r"], r##"{}"##, Some("Not enough arguments following: r"));
    check(&[Profile::Sv9], &["-r", "-s"], r##"{"sign": true}"##, Some("Not enough arguments following: r"));
    check(&[Profile::Sv9], &["--release-as"], r##"{}"##, Some("Not enough arguments following: release-as"));
    check(&Profile::ALL, &["--verbose"], r##"{"verbose": true}"##, None);
    check(&Profile::ALL, &["--noBumpWhenEmptyChanges"], r##"{"noBumpWhenEmptyChanges": true}"##, None);
    check(&Profile::ALL, &["--no-bump-when-empty-changes"], r##"{"bumpWhenEmptyChanges": false}"##, None);
    check(&[Profile::Sv9], &["-c", "x.json"], r##"{"c": "x.json"}"##, None);
    check(&[Profile::CatV12, Profile::CatV13], &["-c", "x.json"], r##"{"config": "x.json"}"##, None);
    check(&Profile::ALL, &["--signoff", "--tag-force"], r##"{"signoff": true, "tagForce": true}"##, None);
    check(&Profile::ALL, &["--lerna-package", "@a/b"], r##"{"lernaPackage": "@a/b"}"##, None);
    check(&Profile::ALL, &["--skip"], r##"{"skip": {}}"##, None);
    check(&Profile::ALL, &["-s.x", "1"], r##"{"sign": {"x": 1}}"##, None);
    check(&Profile::ALL, &["--header", ""], r##"{"header": ""}"##, None);
    check(&Profile::ALL, &["--i", "x"], r##"{"infile": "x"}"##, None);
    check(&Profile::ALL, &["--commitAll", "-a"], r##"{"commitAll": true}"##, None);
    check(&Profile::ALL, &["--dryRun"], r##"{"dryRun": true}"##, None);
    check(&Profile::ALL, &["--npmPublishHint", "pnpm publish"], r##"{"npmPublishHint": "pnpm publish"}"##, None);
    check(&Profile::ALL, &["-p", "0x10"], r##"{"prerelease": "0x10"}"##, None);
    check(&Profile::ALL, &["--infile", "007"], r##"{"infile": "007"}"##, None);
    check(&Profile::ALL, &["--infile", "1e3"], r##"{"infile": 1000}"##, None);
}

#[test]
fn words_and_unknown_flags_are_told() {
    let check = |arguments: &[&str], words: &[&str], unknown: &[&str]| {
        let (_, said) = read_all(Profile::CatV13, arguments);
        assert_eq!((said.words, said.unknown), (owned(words), owned(unknown)), "{arguments:?}");
    };
    check(&["a", "-s", "5", "--", "-x"], &["a", "5", "-x"], &[]);
    check(&["--dry-rum", "--no-verfy", "-q", "--foo=1"], &[], &["--dry-rum", "--no-verfy", "-q", "--foo"]);
    check(&["--skip.changelog", "--no-verify"], &[], &[]);
}

#[test]
fn a_flag_like_it_is_named() {
    let check =
        |flag: &str, expected: Option<&str>| assert_eq!(near(flag, Profile::CatV13).as_deref(), expected, "{flag}");
    check("--dry-rum", Some("--dry-run"));
    check("--no-bump-when-empty-changes", Some("--noBumpWhenEmptyChanges"));
    check("--relase-as", Some("--release-as"));
    check("--completely-different", None);
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
