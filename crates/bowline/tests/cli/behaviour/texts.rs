//! Changelog and notes: what people wrote, who is thanked, advice for upgrading, and the structured form.

use crate::support::{PROGRAM, failure_code, hints, malformed, with_artifacts};
use bowline_testkit::World;
use std::path::{Path, PathBuf};

const CHANGELOG: &str =
    "# Changelog\n\n## [Unreleased]\n\nMind the gap.\n\n### Fixed\n\n- by hand\n\n## 1.0.0 - 2020-01-01\n\n- first\n";

fn kept_by_hand() -> World {
    let world = World::with_repository(PROGRAM);
    world.write(
        "bowline.toml",
        "[changelog]\nstyle = \"keep-a-changelog\"\n[notes]\ncontributors = true\nupgrade = \"docs/to-{version}.md\"\n",
    );
    world.write("CHANGELOG.md", CHANGELOG);
    world.write("docs/to-1.1.0.md", "Run `migrate` once.\n::error::not a command\n");
    world.write("docs/to-9.0.0.md", "Not yet.\n");
    world.write(".mailmap", "Ada Lovelace <ada@example.org>\n");
    let helpers = "Co-authored-by: ada <ADA@example.org>\nCo-authored-by: robot[bot] <r@example.org>";
    world.commit_and_push(&format!("feat: add <things>\n\n{helpers}"));
    world.write("app.txt", "1\n");
    world.commit_and_push("fix: mend it");
    world
}

#[test]
fn a_changelog_kept_by_hand() {
    let world = kept_by_hand();
    let planned = world.bowline(&["changelog"]).expect_code(0).stdout;
    let plan = world.bowline(&["plan", "--json"]).expect_code(0).json();
    assert_eq!(plan["packages"][0]["changelog"], planned.as_str());
    let names = plan["recorded"]["contributors"].as_array().unwrap().iter();
    let names: Vec<_> =
        names.map(|who| (who["name"].as_str().unwrap(), who["first"] == true, who["bot"] == true)).collect();
    assert!(names.contains(&("Ada Lovelace", true, false)) && names.contains(&("robot[bot]", true, true)), "{names:?}");
    assert_eq!(names.iter().filter(|(_, first, _)| !first).count(), 1, "the author of the first version: {names:?}");

    let text = world.bowline(&["plan"]).expect_code(0).stdout;
    assert_eq!(text.matches("CHANGELOG.md gets").count(), 1, "{text}");
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    let after = world.read("CHANGELOG.md");
    assert!(after.starts_with("# Changelog\n\n## [Unreleased]\n\n## 1.1.0 - "), "{after}");
    assert!(after.contains("\n\nMind the gap.\n\n### Fixed\n\n- by hand\n- mend it ("), "{after}");
    assert!(after.contains("\n\n### Added\n\n- add &lt;things> ("), "{after}");
    assert!(after.ends_with("\n\n## 1.0.0 - 2020-01-01\n\n- first\n"), "{after}");

    let notes = std::fs::read_to_string(world.releases().join("v1.1.0/notes.md")).unwrap();
    for part in [
        "Mind the gap.",
        "- by hand\n- mend it (",
        "- Ada Lovelace (first contribution)\n",
        "### Upgrading\n\nRun `migrate` once.",
    ] {
        assert!(notes.contains(part), "{part} in {notes}");
    }
    assert!(!notes.contains("robot") && !notes.contains("Not yet"), "{notes}");
    assert!(!notes.lines().any(|line| line.trim_start().starts_with("::")), "{notes}");
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    assert_eq!(world.read("CHANGELOG.md"), after, "a second run changes nothing");
}

#[test]
fn the_structured_form() {
    let world = kept_by_hand();
    let notes = world.bowline(&["notes", "--json"]).expect_code(0).json();
    assert_eq!((&notes["omitted"], &notes["version"]["version"]), (&0.into(), &"1.1.0".into()));
    let added = &notes["version"]["groups"][0];
    assert_eq!(added["title"], "Added");
    assert_eq!(added["entries"][0]["text"], "add &lt;things>");
    assert_eq!(added["entries"][0]["authors"][1], "Ada Lovelace");
    let all = world.bowline(&["changelog", "--all", "--json"]).expect_code(0).json();
    let versions = all["versions"].as_array().unwrap();
    assert_eq!(
        versions.iter().map(|version| version["version"].as_str().unwrap()).collect::<Vec<_>>(),
        ["1.1.0", "1.0.0"]
    );
}

#[test]
fn a_wrong_template_is_located() {
    let world = kept_by_hand();
    world.write("bowline.toml", "[notes]\ntemplate = \"\"\"\na\n{{ version }} {{ titel }}\n\"\"\"\n");
    let ran = world.bowline(&["plan"]).expect_code(3);
    assert_eq!(failure_code(&ran).as_deref(), Some("template_invalid"));
    assert!(ran.stderr.contains("the notes template does not work: line 2, column"), "{}", ran.snapshot());
    assert!(hints(&ran).contains("`[notes]`"), "{}", ran.snapshot());
    world.write("bowline.toml", "[changelog]\nsections = [\"Featurs\"]\n");
    let ran = world.bowline(&["plan"]).expect_code(3);
    assert!(ran.stderr.contains("did you mean \"Features\"?"), "{}", ran.snapshot());
}

#[test]
fn notes_for_audiences_ship_and_are_compared() {
    let world = with_artifacts();
    world.write(
        "bowline.toml",
        "[artifacts]\ninclude = [\"dist/**\"]\n\
         [notes.audience.customers]\ntypes = [\"feat\"]\nstyle = \"plain\"\nasset = true\n\
         [notes.audience.internal]\ntypes = [\"*\"]\nheader = \"::error::not a command\"\n",
    );
    world.commit_and_push("fix: mend it\n\nRelease-note-customers: It works \u{202e}again,\n @everyone.");
    let customers = world.bowline(&["notes", "--audience", "customers"]).expect_code(0);
    assert_eq!(
        customers.stdout,
        "### Features\n\n- add things\n\n### Bug Fixes\n\n- It works \\\\u{202E}again, `@everyone`.\n"
    );
    let internal = world.bowline(&["notes", "--audience", "internal"]).expect_code(0);
    assert!(internal.stdout.contains("- mend it ("), "{}", internal.stdout);
    for ran in [&customers, &internal] {
        assert_eq!(malformed(ran), None);
    }
    let planned = world.bowline(&["plan"]).expect_code(0).stdout;
    assert!(planned.contains("also for customers (asset notes.customers.md), internal"), "{planned}");

    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    let folder = world.releases().join("v1.1.0");
    let shipped = find(&folder, "notes.customers.md").expect("it ships");
    assert_eq!(std::fs::read_to_string(shipped).unwrap(), customers.stdout);
    assert!(find(&folder, "notes.internal.md").is_none());
    let sums = std::fs::read_to_string(find(&folder, "SHA256SUMS").unwrap()).unwrap();
    assert!(sums.contains("  notes.customers.md\n"), "{sums}");
    let later = world.bowline(&["notes", "--audience", "customers", "1.1.0"]).expect_code(0).stdout;
    assert_eq!(later, customers.stdout, "the history says the same");

    let ran = world.bowline(&["notes", "--audience", "custmers"]).expect_code(2);
    assert_eq!(failure_code(&ran).as_deref(), Some("unknown_audience"));
    assert!(hints(&ran).contains("did you mean `--audience customers`?"), "{}", ran.snapshot());
    // An artifact cannot take the name of a file that the release makes.
    world.write("dist/notes.customers.md", "mine");
    world.commit_and_push("fix: more");
    let ran = world.bowline(&["release", "--yes"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("artifact_name_reserved"), "{}", ran.snapshot());
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join("assets").join(name)].into_iter().find(|path| path.is_file())
}
