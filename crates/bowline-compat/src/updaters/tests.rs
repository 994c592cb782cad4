//! Kinds of files, with answers of commit-and-tag-version 12; and updaters that are JavaScript, run by the node that is here.

use super::{Kind, Unsupported, Updater};
use crate::options::{FileEntry, ScriptUpdater, UpdaterChoice};
use crate::profile::Profile;
use crate::testing::{Place, node_is_here};

#[test]
fn plain_kinds_are_read_and_written_as_in_the_original() {
    let place = Place::new();
    let check = |kind: &Kind, text: &str, version: Result<&str, &str>, written: Result<&str, &str>| {
        let found = kind.read(text, Profile::CatV12, &place.world()).map(|found| found.shown);
        assert_eq!(found.as_deref().map_err(String::as_str), version, "{kind:?} {text}");
        let found = kind.write(text, "2.0.0", Profile::CatV12, &place.world());
        assert_eq!(found.as_deref().map_err(String::as_str), written, "{kind:?} {text}");
    };
    check(&Kind::Gradle, "version = \"1.0.0\"\n", Ok("1.0.0"), Ok("version = \"2.0.0\"\n"));
    check(
        &Kind::Gradle,
        "group = 'a'\nversion='1.0.0-SNAPSHOT' // x\n",
        Ok("1.0.0-SNAPSHOT"),
        Ok("group = 'a'\nversion = \"2.0.0\" // x\n"),
    );
    check(
        &Kind::Gradle,
        "  version \"1\"",
        Err("Failed to read the version field in your gradle file - is it present?"),
        Ok("  version \"1\""),
    );
    check(
        &Kind::Gradle,
        "version='abc'",
        Err("Failed to read the version field in your gradle file - is it present?"),
        Ok("version='abc'"),
    );
    check(
        &Kind::Gradle,
        "version = \"1\"\r\nversion = \"2\"\r\n",
        Ok("1"),
        Ok("version = \"2.0.0\"\r\nversion = \"2\"\r\n"),
    );
    check(&Kind::Gradle, "version = \"1.0\" + \"x\"\n", Ok("1.0\" + \"x"), Ok("version = \"2.0.0\"\n"));
    check(
        &Kind::Csproj,
        "<Project><PropertyGroup><Version>1.0.0</Version></PropertyGroup></Project>",
        Ok("1.0.0"),
        Ok("<Project><PropertyGroup><Version>2.0.0</Version></PropertyGroup></Project>"),
    );
    check(
        &Kind::Csproj,
        "<Version></Version><Version>2</Version>",
        Ok("</Version><Version>2"),
        Ok("<Version>2.0.0</Version>"),
    );
    check(
        &Kind::Csproj,
        "<version>1</version>",
        Err("Failed to read the Version field in your csproj file - is it present?"),
        Ok("<version>1</version>"),
    );
    check(
        &Kind::Csproj,
        "<Version>1\n</Version>",
        Err("Failed to read the Version field in your csproj file - is it present?"),
        Ok("<Version>1\n</Version>"),
    );
    check(
        &Kind::Csproj,
        "<Version>1</Version><Version>2</Version>",
        Ok("1</Version><Version>2"),
        Ok("<Version>2.0.0</Version>"),
    );
    check(
        &Kind::Python,
        "[tool.poetry]\nname = \"a\"\nversion = \"1.0.0\"\n",
        Ok("1.0.0"),
        Ok("[tool.poetry]\nname = \"a\"\nversion = \"2.0.0\"\n"),
    );
    check(&Kind::Python, "[project]\nVERSION='1.0.0'\r\n", Ok("1.0.0"), Ok("[project]\nVERSION='2.0.0'\r\n"));
    check(&Kind::Python, "x = 1\n", Ok("undefined"), Err("Cannot read properties of undefined (reading 'replace')"));
    check(
        &Kind::Python,
        "requires-python-version = \">=3\"\nversion = \"1.0.0\"",
        Ok(">=3"),
        Ok("requires-python-version = \"2.0.0\"\nversion = \"1.0.0\""),
    );
    check(&Kind::Python, "\"version\" = \"1\"", Ok("1"), Ok("\"version\" = \"2.0.0\""));
    check(&Kind::Python, "version = \"\" # \"x\"\n", Ok("\" # \"x"), Ok("version = \"2.0.0\"\n"));
    check(&Kind::Python, "version = \"1\" # v1 \"q\"\n", Ok("1\" # v1 \"q"), Ok("version = \"2.0.0\"\n"));
    check(
        &Kind::Python,
        "target-version = [\"py39\"]\nversion = \"1.0.0\"\n",
        Ok("1.0.0"),
        Ok("target-version = [\"py39\"]\nversion = \"2.0.0\"\n"),
    );
    check(
        &Kind::Python,
        "min_version = \"2\"\nversion = \"1\"\n",
        Ok("2"),
        Ok("min_version = \"2.0.0\"\nversion = \"1\"\n"),
    );
    check(&Kind::PlainText, "1.0.0\n", Ok("1.0.0\n"), Ok("2.0.0"));
    check(&Kind::PlainText, "", Ok(""), Ok("2.0.0"));
}

#[test]
fn what_has_no_updater_is_told_in_the_words_of_the_originals() {
    let place = Place::new();
    let entry = FileEntry::named("a \"b\".txt");
    let warning = "Unable to obtain updater for: \"a \\\"b\\\".txt\"\n - Error: Unsupported file (a \"b\".txt) provided for bumping.\n \
                   Please specify the updater `type` or use a custom `updater`.\n - Skipping...";
    let crash = "Cannot read properties of undefined (reading 'readVersion')";
    let told = |crash: Option<&str>| Err(Unsupported { warning: warning.to_owned(), crash: crash.map(str::to_owned) });
    assert_eq!(Updater::for_entry(&entry, Profile::Sv9, &place.world()), told(Some(crash)));
    assert_eq!(Updater::for_entry(&entry, Profile::CatV13, &place.world()), told(None));
    let maven = FileEntry { updater: UpdaterChoice::Type("maven".to_owned()), ..FileEntry::named("x") };
    let refused = Updater::for_entry(&maven, Profile::Sv9, &place.world()).unwrap_err();
    assert!(refused.warning.contains("Unable to locate updater for provided type (maven)."), "{refused:?}");
}

#[test]
fn a_script_reads_and_writes() {
    if !node_is_here() {
        return;
    }
    let place = Place::new();
    let script = "console.log('noise'); module.exports.readVersion = c => /v=(.*)/.exec(c)[1];\n\
                  module.exports.writeVersion = (c, v) => c.replace(/v=.*/, 'v=' + v + '\\u00e9');\n\
                  module.exports.isPrivate = c => c.includes('secret');";
    place.write("tools/updater.js", script);
    place.write(
        "esm.mjs",
        "export const readVersion = c => undefined; export const writeVersion = c => { throw new Error('no ' + c) };",
    );
    place.write("none.js", "module.exports = { readVersion() {} };");
    let entry = |module: &str| {
        let updater = UpdaterChoice::Script(ScriptUpdater::Module(module.to_owned()));
        Updater::for_entry(&FileEntry { updater, ..FileEntry::named("x") }, Profile::Sv9, &place.world())
    };
    let world = place.world();
    let updater = entry("tools/updater.js").unwrap().updater;
    assert_eq!(updater.read_version("a\nv=1.0.0\n", &world).unwrap().version.as_deref(), Some("1.0.0"));
    assert_eq!(updater.write_version("v=1\n", "2.0.0", &world).as_deref(), Ok("v=2.0.0é\n"));
    assert_eq!(updater.is_private("secret", &world), Ok(true));
    assert_eq!(updater.read_version("a", &world), Err("Cannot read properties of null (reading '1')".to_owned()));
    let updater = entry("esm.mjs").unwrap().updater;
    assert_eq!(updater.read_version("a", &world).unwrap().shown, "undefined");
    assert_eq!(updater.is_private("a", &world), Ok(false));
    assert_eq!(updater.write_version("a", "2", &world), Err("no a".to_owned()));
    let missing = entry("absent.js").unwrap_err().warning;
    assert!(missing.contains("Cannot find module '") && !missing.contains("Require stack"), "{missing}");
    let wrong = entry("none.js").unwrap_err().warning;
    assert!(wrong.contains("no readVersion and writeVersion"), "{wrong}");
}

#[test]
fn the_nearest_gitignore_decides() {
    let mut place = Place::new();
    place.write(".gitignore", "*.lock\n/package.json\nsub/x.json\n");
    let check = |place: &Place, filename: &str, sv9: bool, catv: bool| {
        let found = |profile| super::ignored::is_ignored(filename, profile, &place.world());
        assert_eq!((found(Profile::Sv9), found(Profile::CatV12)), (sv9, catv), "{filename}");
    };
    check(&place, "a.lock", true, true);
    // One is asked about the path from the root of the disk, the other about the name as it is given.
    check(&place, "package.json", false, true);
    check(&place, "sub/x.json", false, true);
    check(&place, "other.json", false, false);
    place.write("sub/.gitignore", "");
    place.enter("sub");
    check(&place, "a.lock", false, false);
}
