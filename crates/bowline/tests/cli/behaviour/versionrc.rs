//! Repositories of standard-version: what a release of them is made of, and what is said instead.

use crate::support::{PROGRAM, everything, failure_code, hints};
use bowline_testkit::World;
use serde_json::Value;

const MANIFEST: &str = "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n";

/// A pushed repository at `v1.0.0` with these files, and one commit since for each of `messages`.
fn world(files: &[(&str, &str)], messages: &[&str]) -> World {
    let world = World::new(PROGRAM);
    world.init();
    for (path, text) in files {
        world.write(path, text);
    }
    world.commit("feat: begin");
    world.git(&["tag", "v1.0.0"]);
    for message in messages {
        world.commit(message);
    }
    world.git(&["push", "--quiet", "--tags", "--set-upstream", "origin", "main"]);
    world
}

fn released(world: &World) -> Value {
    world.bowline(&["release", "--yes", "--json"]).expect_code(0).json()
}

fn next(world: &World) -> Value {
    let plan = world.bowline(&["plan", "--json"]).expect_code(0).json();
    plan["packages"][0]["tag"].clone()
}

#[test]
fn a_release_as_its_file_says() {
    let versionrc = r###"{
  "tagPrefix": "v",
  "header": "# News\n",
  "releaseCommitMessageFormat": "build: {{currentTag}} [skip ci]",
  "commitUrlFormat": "https://git.example/acme/app/c/{{hash}}",
  "compareUrlFormat": "https://git.example/acme/app/d/{{previousTag}}/{{currentTag}}",
  "issueUrlFormat": "https://tracker.example/{{id}}",
  "types": [{"type": "feat", "section": "Added"}, {"type": "docs", "section": "Handbook"}, {"type": "fix", "hidden": true}],
  "bumpFiles": ["package.json", {"filename": "src/VERSION", "type": "plain-text"}]
}"###;
    let files = [("package.json", MANIFEST), (".versionrc", versionrc), ("src/VERSION", "1.0.0")];
    let world = world(&files, &["fix: mend", "docs: describe", "feat(api): add it (#7)"]);
    let first = released(&world);
    assert_eq!((&first["status"], &first["packages"][0]["tag"]), (&"released".into(), &"v1.1.0".into()));
    assert_eq!(world.read("package.json"), MANIFEST.replace("1.0.0", "1.1.0"));
    assert_eq!(world.read("src/VERSION"), "1.1.0");
    let subject = |name: &str| world.git(&["log", "-1", "--format=%s", name]).trim().to_owned();
    assert_eq!(subject("v1.1.0"), "build: 1.1.0 [skip ci]");
    assert!(world.git(&["cat-file", "tag", "v1.1.0"]).contains("\n\nbuild: 1.1.0 [skip ci]\n"));
    let id = |name: &str| world.git(&["rev-parse", name]).trim().to_owned();
    let (feat, docs) = (id("v1.1.0~1"), id("v1.1.0~2"));
    let day = first_heading_day(&world.read("CHANGELOG.md"));
    assert_eq!(
        world.read("CHANGELOG.md"),
        format!(
            "# News\n\n## [1.1.0](https://git.example/acme/app/d/v1.0.0/v1.1.0) ({day})\n\n\n### Added\n\n* **api:** add it ([#7](https://tracker.example/7)) ([{}](https://git.example/acme/app/c/{feat}))\n\n\n### Handbook\n\n* describe ([{}](https://git.example/acme/app/c/{docs}))\n",
            feat.get(..7).unwrap(),
            docs.get(..7).unwrap(),
        )
    );
    assert_eq!(released(&world)["status"], "nothing");
    // The next one is raised from what the files hold by now.
    world.commit_and_push("chore: tidy");
    assert_eq!(next(&world), "v1.1.1");
}

fn first_heading_day(changelog: &str) -> String {
    let heading = changelog.lines().find(|line| line.starts_with("## ")).unwrap();
    heading.rsplit_once('(').unwrap().1.trim_end_matches(')').to_owned()
}

#[test]
fn every_commit_asks_for_a_patch() {
    for (messages, expected) in [
        (&["docs: a"][..], Some("v1.0.1")),
        (&["whatever"], Some("v1.0.1")),
        (&["feature: a"], Some("v1.1.0")),
        (&["chore(release): 1.0.1"], None),
        (&["feat!: a"], Some("v2.0.0")),
        (&[], None),
    ] {
        let world = world(&[("package.json", MANIFEST), (".versionrc", "{}")], messages);
        let plan = world.bowline(&["plan", "--json"]).expect_code(0).json();
        assert_eq!(plan["packages"][0]["tag"].as_str(), expected, "{messages:?}: {}", plan["reason"]);
        assert_eq!(plan["packages"].as_array().map(Vec::is_empty), Some(expected.is_none()));
    }
}

#[test]
fn a_first_release_is_raised_as_well() {
    for (files, expected) in [
        (&[(".versionrc", "{}")][..], "v1.1.0"),
        (&[(".versionrc", "{}"), ("package.json", "{\"version\": \"0.0.0\"}")], "v0.0.1"),
        (&[(".versionrc", "{}"), ("package.json", "{\"version\": \"0.3.0\"}")], "v0.3.1"),
    ] {
        let world = World::new(PROGRAM);
        world.init();
        files.iter().for_each(|(path, text)| world.write(path, text));
        world.commit("feat: begin");
        world.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
        assert_eq!(next(&world), expected);
    }
}

#[test]
fn a_stanza_of_the_manifest_comes_first() {
    let manifest = "{\"name\": \"app\", \"version\": \"1.0.0\", \"standard-version\": {\"tagPrefix\": \"r\"}}";
    let files = [("package.json", manifest), (".versionrc.json", "{\"tagPrefix\": \"x\", \"infile\": \"NEWS.md\"}")];
    let world = world(&files, &["fix: a"]);
    assert_eq!(next(&world), "r1.1.0");
    let shown = world.bowline(&["config", "show"]).expect_code(0).stdout;
    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(
        line("release.tag ").ends_with("= \"r{version}\"  # package.json (standard-version): tagPrefix"),
        "{shown}"
    );
    assert!(line("changelog.path ").ends_with("# .versionrc.json: infile"), "{shown}");
    assert!(line("changelog.date ").ends_with("# as standard-version does"), "{shown}");
}

#[test]
fn the_package_of_a_folder() {
    let files = [
        ("packages/a/package.json", MANIFEST),
        ("packages/a/.versionrc", "{\"tagPrefix\": \"a@\"}"),
        (".versionrc", "{\"tagPrefix\": \"root@\"}"),
        ("packages/b/package.json", MANIFEST),
    ];
    let world = world(&files, &["fix: a"]);
    for (folder, tag, path) in
        [(".", "root@1.1.0", "."), ("packages/a", "a@1.1.0", "packages/a"), ("packages/b", "root@1.1.0", "packages/b")]
    {
        let plan = world.bowline(&["-C", folder, "plan", "--json"]).expect_code(0).json();
        let package = &plan["packages"][0];
        assert_eq!((&package["tag"], &package["path"]), (&tag.into(), &path.into()));
    }
    let ran = world.bowline(&["-C", "packages/a", "release", "--yes", "--json"]).expect_code(0);
    assert_eq!(ran.json()["packages"][0]["tag"], "a@1.1.0");
    assert_eq!(world.read("packages/a/package.json"), MANIFEST.replace("1.0.0", "1.1.0"));
    assert!(world.read("packages/a/CHANGELOG.md").contains("1.1.0"));
}

#[test]
fn the_same_commit_and_day_give_the_same_plan() {
    let world = world(&[("package.json", MANIFEST), (".versionrc", "{}")], &["fix: a"]);
    let plan = || world.bowline(&["plan", "--json"]).expect_code(0).json();
    let (one, other) = (plan(), plan());
    // A run over midnight sees two days.
    if one["recorded"]["date"] == other["recorded"]["date"] {
        assert_eq!(one["id"], other["id"]);
    }
}

#[test]
fn what_is_wrong_is_said_and_changes_nothing() {
    for (file, text, code, part) in [
        (".versionrc", "{ \"tagPrefix\": \"v\", }", "versionrc_invalid", ".versionrc is not valid JSON"),
        (".versionrc", "[]", "versionrc_invalid", "must hold an object"),
        (".versionrc", "{\"infile\": \"../NEWS.md\"}", "config_invalid", ".versionrc: infile"),
        (".versionrc", "{\"scripts\": {\"prebump\": \"npm test\"}}", "versionrc_refused", "scripts.prebump is a hook"),
        (
            ".versionrc",
            "{\"bumpFiles\": [{\"filename\": \"x\", \"updater\": \"u.js\"}]}",
            "versionrc_refused",
            "updater",
        ),
    ] {
        let world = world(&[("package.json", MANIFEST), (file, text)], &["fix: a"]);
        let before = everything(&world, &world.work());
        let ran = world.bowline(&["release", "--yes"]).expect_code(3);
        assert_eq!(failure_code(&ran).as_deref(), Some(code), "{}", ran.stderr);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
        assert!(!hints(&ran).is_empty());
        assert_eq!(everything(&world, &world.work()), before);
    }
}

#[test]
fn what_is_left_out_is_named() {
    let versionrc = r#"{"scripts": {"postbump": "make"}, "bowline": {"scripts": "leave-out"}, "tagprefix": "x"}"#;
    let world = world(&[("package.json", MANIFEST), (".versionrc", versionrc)], &["fix: a"]);
    let ran = world.bowline(&["plan"]).expect_code(0);
    assert!(ran.stderr.contains(".versionrc: scripts.postbump is left out: `make` does not run"), "{}", ran.stderr);
    assert!(ran.stderr.contains(".versionrc: tagprefix is no key of standard-version"), "{}", ran.stderr);
}

#[test]
fn a_bowline_toml_is_read_instead() {
    let files =
        [("package.json", MANIFEST), (".versionrc", "{ broken"), ("bowline.toml", "release.tag = \"b{version}\"\n")];
    let world = world(&files, &["fix: a"]);
    assert_eq!(next(&world), "b1.1.0");
    let ran = world.bowline(&["config", "show"]).expect_code(0);
    assert!(ran.stderr.contains(".versionrc is not read"), "{}", ran.stderr);
}

#[test]
fn the_commit_counts_and_not_the_checkout() {
    let world = world(&[("package.json", MANIFEST), (".versionrc", "{}")], &["fix: a"]);
    world.write(".versionrc", "{\"tagPrefix\": \"x\"}");
    let ran = world.bowline(&["plan", "--json"]).expect_code(0);
    assert_eq!(ran.json()["packages"][0]["tag"], "v1.0.1");
    assert!(ran.stderr.contains(".versionrc in the checkout is not what the head commit has"), "{}", ran.stderr);
}

#[test]
fn a_program_is_run_only_where_that_is_safe() {
    let program = "module.exports = () => ({ tagPrefix: 'j', types: [{ type: 'fix', section: 'Mended' }] })\n";
    let world = world(&[("package.json", MANIFEST), (".versionrc.js", program)], &["fix: a"]);
    let refused = |env: &[(&str, &str)], exit, code: &str| {
        let ran = world.bowline_with(&["plan"], env).expect_code(exit);
        assert_eq!(failure_code(&ran).as_deref(), Some(code), "{}", ran.stderr);
        assert!(hints(&ran).contains("write it as JSON"), "{}", ran.stderr);
    };
    refused(&[("GITHUB_EVENT_NAME", "pull_request_target")], 3, "versionrc_pull_request");
    refused(&[("CI_MERGE_REQUEST_IID", "7")], 3, "versionrc_pull_request");
    let (has_node, _) = world.try_git_in(&world.work(), &["-c", "alias.node=!node --version", "node"]);
    if has_node {
        let plan = world.bowline(&["plan", "--json"]).expect_code(0).json();
        assert_eq!(plan["packages"][0]["tag"], "j1.1.0");
        assert_eq!(
            plan["recorded"]["configuration"],
            serde_json::json!({
                "file": ".versionrc.js",
                "json": "{\"tagPrefix\":\"j\",\"types\":[{\"section\":\"Mended\",\"type\":\"fix\"}]}",
            })
        );
    }
    world.write(".versionrc.js", "throw new Error('not this one')\n");
    refused(&[], 3, "versionrc_uncommitted");
    world.commit_and_push("fix: b");
    if has_node {
        refused(&[], 3, "versionrc_program");
    }
}

#[test]
fn a_program_needs_node() {
    let world = world(&[("package.json", MANIFEST), (".versionrc.cjs", "module.exports = {}\n")], &["fix: a"]);
    let bin = world.root().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let git = world.shell("command -v git");
    std::os::unix::fs::symlink(git.trim(), bin.join("git")).unwrap();
    let ran = world.bowline_with(&["plan"], &[("PATH", &bin.to_string_lossy())]).expect_code(12);
    assert_eq!(failure_code(&ran).as_deref(), Some("no_node"), "{}", ran.stderr);
}

/// What standard-version leaves behind: its commit and its tag, not pushed.
fn begun_elsewhere() -> World {
    let world = world(&[("package.json", MANIFEST)], &["feat: add it", "docs: describe"]);
    world.write("package.json", MANIFEST.replace("1.0.0", "1.1.0"));
    world.write("CHANGELOG.md", "# Changelog\n\n## [1.1.0](/compare) (2026-11-23)\n\n\n### Features\n\n* add it\n");
    world.commit("chore(release): 1.1.0");
    world.git(&["tag", "--annotate", "v1.1.0", "--message", "chore(release): 1.1.0"]);
    world
}

#[test]
fn a_release_that_was_begun_elsewhere_is_not_raised_again() {
    let world = begun_elsewhere();
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["release", "--yes"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("release_begun_elsewhere"), "{}", ran.stderr);
    assert!(hints(&ran).contains("bowline release --adopt"), "{}", ran.stderr);
    assert_eq!(everything(&world, &world.work()), before);
    let looked = world.bowline(&["plan"]).expect_code(0);
    assert!(looked.stderr.contains("v1.1.0 stands on"), "{}", looked.stderr);
    let checked = world.bowline(&["check"]).expect_code(10);
    assert!(checked.stdout.contains("bowline release --adopt") || checked.stderr.contains("bowline release --adopt"));
    // With something above it, it cannot be taken over.
    world.commit("fix: later");
    let ran = world.bowline(&["release", "--yes", "--adopt"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("release_begun_elsewhere"), "{}", ran.stderr);
}

#[test]
fn a_release_that_was_begun_elsewhere_is_found_under_any_flag_and_below_the_head() {
    let world = begun_elsewhere();
    for flags in [&["--bump", "patch"][..], &["--version", "1.1.0"], &["--pre", "rc"]] {
        let ran = world.bowline(&[&["release", "--yes"], flags].concat()).expect_code(10);
        assert_eq!(failure_code(&ran).as_deref(), Some("release_begun_elsewhere"), "{flags:?} {}", ran.stderr);
    }
    // The commit is pushed without its tag, and somebody goes on.
    world.git(&["push", "--quiet", "origin", "main"]);
    world.commit_and_push("fix: later");
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["release", "--yes"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("release_begun_elsewhere"), "{}", ran.stderr);
    assert!(hints(&ran).contains("git push origin HEAD v1.1.0"), "{}", ran.stderr);
    assert_eq!(everything(&world, &world.work()), before);
    world.git(&["push", "--quiet", "origin", "v1.1.0"]);
    assert_eq!(next(&world), "v1.1.1");
}

#[test]
fn a_tag_that_was_pushed_without_its_branch_is_named() {
    let world = begun_elsewhere();
    world.git(&["push", "--quiet", "origin", "v1.1.0"]);
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(ran.stdout.contains("the commit of v1.1.0 is not on the remote branch"), "{ran:?}");
}

#[test]
fn a_release_that_was_begun_elsewhere_is_taken_over_when_asked() {
    let world = begun_elsewhere();
    let head = world.git(&["rev-parse", "HEAD"]);
    let looked = world.bowline(&["release", "--adopt", "--dry-run"]).expect_code(0);
    assert!(looked.stdout.contains("v1.1.0 on main") && !looked.stderr.contains("another tool"), "{looked:?}");
    // Local commits go out with consent only.
    let ran = world.bowline(&["release", "--adopt"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("unpushed_commits"), "{}", ran.stderr);
    let result = world.bowline(&["release", "--yes", "--adopt", "--json"]).expect_code(0).json();
    assert_eq!((&result["status"], &result["packages"][0]["tag"]), (&"released".into(), &"v1.1.0".into()));
    assert_eq!(world.git(&["rev-parse", "HEAD"]), head);
    let remote = |name: &str| world.git_in(&world.remote(), &["rev-parse", name]);
    assert_eq!((remote("refs/heads/main"), remote("refs/tags/v1.1.0^{commit}")), (head.clone(), head));
    // The tag here is the one that was pushed.
    assert_eq!(world.git(&["rev-parse", "v1.1.0"]), remote("refs/tags/v1.1.0"));
    let notes = std::fs::read_to_string(world.releases().join("v1.1.0/notes.md")).unwrap();
    assert!(notes.contains("add it"), "{notes}");
    assert_eq!(released(&world)["status"], "nothing");
    world.commit_and_push("fix: mend");
    assert_eq!(next(&world), "v1.1.1");
}

#[test]
fn a_release_that_is_taken_over_is_completed_by_any_run() {
    for (crash, second) in [
        ("effect:push/refs", &["release", "--yes"][..]),
        ("effect:push/refs", &["resume", "--yes"]),
        ("effect:draft/create", &["resume", "--yes"]),
    ] {
        let world = begun_elsewhere();
        let theirs = world.git(&["rev-parse", "v1.1.0"]);
        let _ = world.bowline_with(&["release", "--yes", "--adopt"], &[("BOWLINE_CRASH_AT", crash)]);
        let ran = world.bowline(second).expect_code(0);
        let released = world.git_in(&world.remote(), &["rev-parse", "refs/tags/v1.1.0"]);
        assert_ne!(released, theirs, "{crash} {second:?}");
        assert_eq!(world.git(&["rev-parse", "v1.1.0"]), released, "{crash} {second:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("is not the released one"), "{}", ran.stderr);
    }
}

#[test]
fn half_a_release_is_not_taken_over() {
    let world = begun_elsewhere();
    world.git(&["tag", "--delete", "v1.1.0"]);
    world.git(&["tag", "v1.2.0"]);
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["release", "--yes", "--adopt"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("adopt_incomplete"), "{}", ran.stderr);
    assert!(ran.stderr.contains("package.json"), "{}", ran.stderr);
    assert_eq!(everything(&world, &world.work()), before);
}
