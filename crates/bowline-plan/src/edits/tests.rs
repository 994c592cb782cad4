//! Files before and after.

use super::*;
use crate::fixture::{WithFiles, config, facts};
use bowline_config::section::package::{Package, Role, VersionFile, VersionFormat};
use bowline_model::facts::FileFact;
use proptest::prelude::*;

const NEXT: Version = Version::new(2, 0, 0);

/// The files after the edits, in the order given; asserts that nothing else was touched.
fn edited(config: &Config, files: &[(&str, &str)]) -> Result<Vec<String>, EditsError> {
    let facts = files.iter().fold(facts(None, &[]), |facts, (path, text)| facts.with_file(path, text));
    let edits = survey(config, &facts)?.edits(&NEXT)?;
    assert!(edits.iter().all(|edit| edit.to == "2.0.0" && edit.from != edit.to && !edit.create));
    let after = |(path, text): &(&str, &str)| {
        let bytes = apply_edits(text.as_bytes(), edits.iter().filter(|edit| edit.file == *path)).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    Ok(files.iter().map(after).collect())
}

/// `«1.2.3»` marks the bytes that shall become the next version; everything else shall stay.
fn check(files: &[(&str, &str)]) {
    check_with(&config(), files);
}

fn check_with(config: &Config, files: &[(&str, &str)]) {
    let plain = |text: &str| text.replace(['«', '»'], "");
    let before: Vec<_> = files.iter().map(|(path, text)| (*path, plain(text))).collect();
    let before: Vec<_> = before.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let expected: Vec<String> = files
        .iter()
        .map(|(_, text)| {
            let mut parts = text.split(['«', '»']);
            let mut out = parts.next().unwrap_or_default().to_owned();
            while let (Some(_), Some(after)) = (parts.next(), parts.next()) {
                out.push_str("2.0.0");
                out.push_str(after);
            }
            out
        })
        .collect();
    assert_eq!(edited(config, &before).unwrap(), expected);
}

#[test]
fn python_writes_versions_its_own_way() {
    let project = "[project]\nname = \"app\"\nversion = \"1.2.0\"\n";
    let lock = "[[package]]\nname = \"app\"\nversion = \"1.2.0\"\nsource = { editable = \".\" }\n";
    let facts =
        facts(None, &[]).with_file("pyproject.toml", project).with_file("uv.lock", lock).with_file("VERSION", "1.2.0");
    let written = |next: &str| -> Result<Vec<String>, EditsError> {
        let edits = survey(&config(), &facts)?.edits(&next.parse().unwrap())?;
        Ok(edits.into_iter().map(|edit| format!("{} {}", edit.file, edit.to)).collect())
    };
    assert_eq!(written("1.3.0-rc.1").unwrap(), ["VERSION 1.3.0-rc.1", "pyproject.toml 1.3.0rc1", "uv.lock 1.3.0rc1"]);
    assert!(matches!(written("1.3.0-next.1"), Err(EditsError::NotWritable { .. })));
    let held = crate::fixture::facts(None, &[]).with_file("pyproject.toml", project.replace("1.2.0", "1.3.0b2"));
    let held: Vec<_> = survey(&config(), &held).unwrap().held().filter_map(|held| held.version).collect();
    assert_eq!(held, ["1.3.0-beta.2".parse().unwrap()]);
}

#[test]
fn npm() {
    check(&[("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"«1.2.3»\"\n}\n")]);
    check(&[("package.json", "\u{feff}{\r\n\t\"version\" :\t\"«1.2.3»\",\r\n\t\"x\": \"1.2.3\"\r\n}")]);
    check(&[("package.json", "{\"dependencies\":{\"version\":\"1.2.3\"},\"version\":\"v«1.2.3»\"}")]);
    check(&[("package.json", "{\"version\":\"«1.2»\"}")]);
    check(&[("package.json", "{\"ver\\u0073ion\":\"«1.2\\u002e3»\"}")]);
    check(&[("package.json", "{\"private\":true}"), ("package-lock.json", "{\"version\":\"1.2.3\"}")]);
    check(&[
        ("package.json", "{\"version\":\"«1.2.3»\"}"),
        (
            "package-lock.json",
            "{\n\t\"version\": \"«1.2.3»\",\n\t\"packages\": {\n\t\t\"\": {\"version\": \"«1.2.3»\"},\n\t\t\"node_modules/x\": \
             {\"version\": \"1.2.3\"}\n\t}\n}",
        ),
        ("npm-shrinkwrap.json", "{\"version\":\"«1.0.0»\"}\n"),
    ]);
}

#[test]
fn cargo() {
    let lock = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"«1.2.3»\"\ndependencies = [\n \"x\",\n]\n\n[[package]]\nname = \
                \"x\"\nversion = \"1.2.3\"\nsource = \"registry+https://x\"\n";
    check(&[("Cargo.toml", "[package]\nname = \"app\"\nversion = \"«1.2.3»\" # keep\n"), ("Cargo.lock", lock)]);
    check(&[("Cargo.toml", "[package]\r\nversion='«1.2.3»'\r\nname=\"app\"\r\n[dependencies]\r\nx = \"1.2.3\"\r\n")]);
    check(&[("Cargo.toml", "package.name = \"app\"\npackage.version = \"«1.2.3»\"")]);
    check(&[("Cargo.toml", "package = { name = \"app\", version = \"«1.2.3»\" }")]);
    check(&[
        (
            "Cargo.toml",
            "[workspace.package]\nversion = \"«1.2.3»\"\n[package]\nname = \"app\"\nversion.workspace = true\n",
        ),
        (
            "Cargo.lock",
            "[[package]]\nname = \"app\"\nversion = \"«1.2.3»\"\n[[package]]\nname = \"member\"\nversion = \
             \"«1.2.3»\"\n[[package]]\nname = \"other\"\nversion = \"0.9.0\"\n",
        ),
    ]);
    check(&[
        ("Cargo.toml", "[workspace.package]\nversion = \"«1.2.3»\"\n"),
        ("Cargo.lock", "[[package]]\nname = \"x\"\nversion = \"1.2.3\"\nsource = \"registry+x\"\n"),
    ]);
    check(&[("Cargo.toml", "[package]\nname = \"app\"\nversion = { workspace = true }\n")]);
    check(&[("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n")]);
    check(&[("Cargo.toml", "[package]\nversion = \"«1.2.3»\"\n[workspace.package]\nversion = \"0.5.0\"\n")]);
}

#[test]
fn cargo_follows_the_version_where_it_is_required() {
    check(&[
        (
            "Cargo.toml",
            "[workspace.package]\nversion = \"«1.2.3»\"\n[workspace.dependencies]\na = { path = \"a\", version = \"=«1.2.3»\" }\nb = { \
             version = \"1.2.3\" }\nc = { path = \"c\", version = \"0.3.0\" }\n",
        ),
        (
            "Cargo.lock",
            "[[package]]\nname = \"a\"\nversion = \"«1.2.3»\"\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\nsource = \
             \"registry+x\"\n[[package]]\nname = \"b\"\nversion = \"0.0.1\"\ndependencies = [\"a «1.2.3»\", \"a 0.1.0\"]\n",
        ),
    ]);
}

#[test]
fn python() {
    check(&[("pyproject.toml", "[project]\nname = \"app\"\nversion = \"«1.2.3»\"\n[tool.x]\nversion = \"1.2.3\"\n")]);
    check(&[("pyproject.toml", "[tool.poetry]\nversion = \"«1.2.3»\"\n")]);
    check(&[("pyproject.toml", "[project]\nversion = \"«1.2.3rc1»\"\n[tool.poetry]\nversion = \"«1.2.3»\"\n")]);
    check(&[("pyproject.toml", "[project]\nname = \"app\"\ndynamic = [\"version\"]\n")]);
    check(&[
        ("pyproject.toml", "[project]\nname = \"My_App\"\nversion = \"«1.2.3»\"\n"),
        (
            "uv.lock",
            "[[package]]\nname = \"my-app\"\nversion = \"«1.2.3»\"\nsource = { editable = \".\" }\n[[package]]\nname = \"x\"\nversion = \
             \"1.2.3\"\nsource = { registry = \"https://x\" }\n",
        ),
    ]);
}

#[test]
fn plain() {
    check(&[("VERSION", "«1.2.3»\n")]);
    check(&[("VERSION", "v«1.2.3»")]);
    check(&[("version.txt", "\u{feff} \t«1.2.3-rc.1+x» \r\n\r\n")]);
    check(&[("VERSION", "MAJOR=1\nMINOR=2\n")]);
    check(&[("VERSION", "1.2")]);
    check(&[("VERSION", "")]);
    check(&[("VERSION", "«1.2.3»"), ("package.json", "{\"version\":\"«0.0.1»\"}"), ("sub/VERSION", "1.2.3")]);
}

fn file(path: &str, format: VersionFormat, at: Option<&str>) -> VersionFile {
    VersionFile { path: path.to_owned(), format, at: at.map(str::to_owned), role: Role::Both }
}

#[test]
fn configured_files_only() {
    let mut config = config();
    config.version_files = vec![
        file("Cargo.lock", VersionFormat::Auto, None),
        file("Cargo.toml", VersionFormat::Auto, None),
        file("chart/meta.json", VersionFormat::Auto, Some("app.0.v")),
        file("conf.ini", VersionFormat::Toml, Some("a.b")),
        file("RELEASE", VersionFormat::Auto, None),
    ];
    check_with(
        &config,
        &[
            ("package.json", "{\"version\":\"1.2.3\"}"),
            ("Cargo.toml", "[package]\nname = \"app\"\nversion = \"«1.2.3»\"\n"),
            ("Cargo.lock", "[[package]]\nname = \"app\"\nversion = \"«1.2.3»\"\n"),
            ("chart/meta.json", "{\"app\":[{\"v\":\"«1.2.3»\"}],\"version\":\"1.2.3\"}"),
            ("conf.ini", "[a]\nb = \"«1.2.3»\"\n"),
            ("RELEASE", "«1.2.3»\n"),
        ],
    );
}

#[test]
fn packages_in_a_folder() {
    let mut config = config();
    config.package = Some(Package { name: None, path: "./crates/app/".to_owned() });
    check_with(
        &config,
        &[
            ("Cargo.toml", "[workspace]\n"),
            ("crates/app/Cargo.toml", "[package]\nname = \"app\"\nversion = \"«1.2.3»\"\n"),
            ("Cargo.lock", "[[package]]\nname = \"app\"\nversion = \"«1.2.3»\"\n"),
        ],
    );
}

#[test]
fn what_is_refused() {
    let mut missing = config();
    missing.version_files = vec![file("gone.json", VersionFormat::Auto, None)];
    let mut nowhere = config();
    nowhere.version_files = vec![file("a.json", VersionFormat::Auto, Some("x.y"))];
    for (config, path, text, expected) in [
        (&missing, "a.json", "{}", "version file `gone.json` is not in the commit to release"),
        (&nowhere, "a.json", "{\"x\":{}}", "version file `a.json` has no version at `x.y`"),
        (&nowhere, "a.json", "{\"x\":{\"y\":1}}", "version file `a.json` is not usable json: `x.y` is not a string"),
        (
            &config(),
            "package.json",
            "{\"version\":\"1\",\"version\":\"2\"}",
            "version file `package.json` is not usable json: `v",
        ),
        (&config(), "package.json", "{\"version\":", "version file `package.json` is not usable json: EOF"),
        (&config(), "Cargo.toml", "[package]\nversion =", "version file `Cargo.toml` is not usable toml: line 2"),
        (
            &config(),
            "VERSION",
            "version https://git-lfs.github.com/spec/v1\noid",
            "version file `VERSION` is a Git LFS pointer",
        ),
    ] {
        let error = edited(config, &[(path, text)]).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let mut facts = facts(None, &[]);
    facts.files.push(FileFact { path: "VERSION".into(), content: FileContent::NotAFile("symbolic link") });
    let error = survey(&config(), &facts).unwrap_err();
    assert_eq!(error.to_string(), "version file `VERSION` is a symbolic link");
}

#[test]
fn notes_say_what_is_left_alone() {
    let facts = facts(None, &[])
        .with_file("package.json", "{}")
        .with_file("Cargo.toml", "[package]\nversion.workspace = true\n")
        .with_file("pyproject.toml", "[project]\ndynamic = [\"version\"]\n")
        .with_file("VERSION", "two words\n");
    assert_eq!(
        survey(&config(), &facts).unwrap().notes,
        [
            "package.json names no version: it is not edited",
            "Cargo.toml takes its version from a workspace elsewhere: it is not edited",
            "pyproject.toml says that its version is dynamic: it is not edited",
            "VERSION is not one SemVer version: it is not edited",
        ]
    );
}

#[test]
fn an_edit_that_does_not_work_is_noticed() {
    let place = Place { at: "version".into(), span: 1..2, text: "1".into() };
    let file = Surveyed {
        path: "VERSION".into(),
        bytes: b"11.2.3",
        finder: Finder::Plain,
        places: vec![place],
        role: Role::Both,
    };
    assert!(matches!(file.edits(&NEXT), Err(EditsError::Ineffective { .. })));
}

proptest! {
    #[test]
    fn only_the_versions_bytes_change(
        before in "([a-zA-Z0-9 .\\-\u{e9}]|\\\\n|\\\\\"){0,12}",
        version in "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}(-rc\\.[1-9])?",
        next in "[1-9]{1,3}\\.[1-9]\\.[1-9](-beta\\.[1-9])?",
        gap in "[ \\t\\r\\n]{0,4}",
    ) {
        let next: Version = next.parse().unwrap();
        let json = format!("{gap}{{{gap}\"{before}\":{gap}\"{version}\",\"version\"{gap}:{gap}\"{version}\"{gap}}}{gap}");
        prop_assume!(before != "version");
        let toml = format!("# {version}\n[package]\nx = \"{version}\"\nversion =\t\"{version}\" # {version}\n");
        for (path, text) in [("package.json", &json), ("Cargo.toml", &toml), ("VERSION", &format!("{gap}{version}{gap}"))] {
            let facts = facts(None, &[]).with_file(path, text);
            let edits = survey(&config(), &facts).unwrap().edits(&next).unwrap();
            let Some(edit) = edits.first() else {
                prop_assert!(version == next.to_string() || path == "VERSION");
                continue;
            };
            prop_assert_eq!(edits.len(), 1);
            prop_assert_eq!(&edit.from, &version);
            let after = String::from_utf8(apply_edits(text.as_bytes(), &edits).unwrap()).unwrap();
            let at = usize::try_from(edit.offset).unwrap();
            prop_assert_eq!(after.get(..at), text.get(..at));
            prop_assert_eq!(after.get(at + edit.to.len()..), text.get(at + edit.from.len()..));
            let read_again = facts_with(path, &after);
            let held: Vec<_> = survey(&config(), &read_again).unwrap().held().map(|held| held.version).collect();
            prop_assert_eq!(held, [Some(next.clone())]);
        }
    }

    #[test]
    fn no_content_panics(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        for path in ["package.json", "Cargo.toml", "pyproject.toml", "VERSION"] {
            let facts = facts(None, &[]).with_file(path, &bytes);
            if let Ok(survey) = survey(&config(), &facts) {
                let _ = survey.edits(&NEXT);
            }
        }
    }
}

fn facts_with(path: &str, text: &str) -> Facts {
    facts(None, &[]).with_file(path, text)
}
