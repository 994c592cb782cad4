//! Which version, which tag, and where they are written.

use crate::support::{PROGRAM, everything, failure_code, with_package_json};
use bowline_testkit::World;

/// A repository whose newest version tags are `tags`, with a `fix` since.
fn tagged(tags: &[&str]) -> World {
    let world = World::new(PROGRAM);
    world.init();
    world.commit("feat: begin");
    for tag in tags {
        world.git(&["tag", tag]);
        world.commit("docs: between");
    }
    world.commit("fix: mend");
    world.git(&["push", "--quiet", "--tags", "--set-upstream", "origin", "main"]);
    world
}

#[test]
fn the_tag_keeps_its_form() {
    for (tags, expected) in [
        (&["1.2.3"][..], "1.2.4"),
        (&["v1.2.3"], "v1.2.4"),
        (&["app-v1.2.3"], "app-v1.2.4"),
        (&["app@1.2.3"], "app@1.2.4"),
        (&["1.0.0", "v1.2.3"], "v1.2.4"),
        (&["v1.0.0", "1.2.3"], "1.2.4"),
        (&["v1.2.3", "other-v7.0.0", "nightly", "v8"], "v1.2.4"),
        (&["v1.2.3-rc.1"], "v1.2.3"),
        (&[], "v0.1.0"),
    ] {
        let plan = tagged(tags).bowline(&["plan", "--json"]).expect_code(0).json();
        assert_eq!(plan["packages"][0]["tag"], expected, "{tags:?}");
    }
}

#[test]
fn commits_decide() {
    for (current, messages, expected) in [
        ("v1.0.0", &["fix: a"][..], "1.0.1"),
        ("v1.0.0", &["perf: a"], "1.0.1"),
        ("v1.0.0", &["Feat(x): a", "fix: b"], "1.1.0"),
        ("v1.0.0", &["chore!: a", "feat: b"], "2.0.0"),
        ("v1.0.0", &["fix: a\n\nBREAKING-CHANGE: b"], "2.0.0"),
        ("v1.0.0", &["fix: a\n\nbreaking change: b"], "1.0.1"),
        ("v0.4.2", &["feat!: a"], "0.5.0"),
        ("v0.4.2", &["feat: a"], "0.4.3"),
    ] {
        let world = World::new(PROGRAM);
        world.init();
        world.commit("feat: begin");
        world.git(&["tag", current]);
        for message in messages {
            world.commit(message);
        }
        world.git(&["push", "--quiet", "--tags", "--set-upstream", "origin", "main"]);
        let plan = world.bowline(&["plan", "--json"]).expect_code(0).json();
        assert_eq!(plan["packages"][0]["next"], expected, "{current} {messages:?}");
    }
}

#[test]
fn flags_decide() {
    let world = with_package_json();
    for (flags, expected) in [
        (&["--bump", "patch"][..], "1.0.1"),
        (&["--bump", "major"], "2.0.0"),
        (&["--version", "3.1.4"], "3.1.4"),
        (&["--pre", "rc"], "1.1.0-rc.0"),
        (&["--bump", "major", "--pre", "beta"], "2.0.0-beta.0"),
    ] {
        let args = [&["plan", "--json"], flags].concat();
        let plan = world.bowline(&args).expect_code(0).json();
        assert_eq!(plan["packages"][0]["next"], expected, "{flags:?}");
    }
}

#[test]
fn version_files_ahead_and_behind() {
    let world = with_package_json();
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.5.0\"\n}\n");
    world.commit_and_push("chore: get ahead");
    let ran = world.bowline(&["explain"]).expect_code(0);
    assert!(ran.stdout.contains("1.5.0, from package.json, which is ahead of tag v1.0.0"), "{}", ran.snapshot());
    assert!(ran.stdout.contains("next     1.6.0"), "{}", ran.snapshot());

    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"0.9.0\"\n}\n");
    world.commit_and_push("chore: fall behind");
    let ran = world.bowline(&["explain"]).expect_code(0);
    assert!(ran.stdout.contains("next     1.1.0"), "{}", ran.snapshot());
    assert!(ran.stdout.contains("note"), "{}", ran.snapshot());
    assert!(ran.stdout.contains("0.9.0"), "{}", ran.snapshot());
}

#[test]
fn edits_are_the_version_and_nothing_else() {
    let world = with_package_json();
    world.write("package.json", "{ \"name\":\"app\",\r\n\t\"version\" : \"1.0.0\" , \"x\": [ \"1.0.0\" ]\r\n}");
    world.write("CHANGELOG.md", "# Ours\n\nBy hand, and it stays.\n\n## 1.0.0\n\n- Old.\n");
    world.commit_and_push("fix: format");
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    assert_eq!(
        world.read("package.json"),
        "{ \"name\":\"app\",\r\n\t\"version\" : \"1.1.0\" , \"x\": [ \"1.0.0\" ]\r\n}"
    );
    let changelog = world.read("CHANGELOG.md");
    assert!(changelog.starts_with("# Ours\n\nBy hand, and it stays.\n\n## 1.1.0"), "{changelog}");
    assert!(changelog.ends_with("## 1.0.0\n\n- Old.\n"), "{changelog}");
    assert_eq!(world.git(&["diff", "--name-only", "HEAD~1", "HEAD"]), "CHANGELOG.md\npackage.json");
}

#[test]
fn a_pre_release_then_the_version() {
    let world = with_package_json();
    for (args, expected) in [
        (&["release", "--yes", "--pre", "rc"][..], "v1.1.0-rc.0"),
        (&["release", "--yes", "--pre", "rc", "--bump", "minor"], "v1.1.0-rc.1"),
        (&["release", "--yes", "--version", "1.1.0"], "v1.1.0"),
    ] {
        let ran = world.bowline(args).expect_code(0);
        assert!(ran.stdout.contains(&format!("tag     {expected}\n")), "{}", ran.snapshot());
    }
}

#[test]
fn a_snapshot_is_for_builds_and_never_released() {
    let world = World::with_repository(PROGRAM);
    world.commit_and_push("docs: nothing is due");
    let head = world.git(&["rev-parse", "HEAD"]);
    let before = everything(&world, &world.work());
    let printed = world.bowline(&["plan", "--snapshot"]).expect_code(0);
    let version = printed.stdout.trim();
    let document = world.bowline(&["plan", "--snapshot", "--json"]).expect_code(0);
    let date = document.json()["time"].as_str().unwrap().to_owned();
    let day: String = date.chars().take(10).filter(char::is_ascii_digit).collect();
    let short: String = head.chars().take(10).collect();
    assert_eq!(version, format!("1.0.1-snapshot.{day}.1.g{short}"), "{}", printed.snapshot());
    assert_eq!(document.json()["version"], version);
    let minor = world.bowline(&["plan", "--snapshot", "--bump", "minor"]).expect_code(0);
    assert_eq!(minor.stdout, format!("1.1.0-snapshot.{day}.1.g{short}\n"));
    let file = world.root().join("snapshot.json");
    std::fs::write(&file, &document.stdout).unwrap();
    for args in [
        &["release", "--yes", "--snapshot"][..],
        &["release", "--dry-run", "--snapshot"],
        &["release", "--yes", "--version", version],
        &["release", "--yes", "--plan", file.to_str().unwrap()],
    ] {
        let ran = world.bowline(args).expect_code(2);
        assert_eq!(failure_code(&ran).as_deref(), Some("snapshot_not_released"), "{}", ran.snapshot());
    }
    let _ = world.bowline(&["plan", "--snapshot", "--pre", "rc"]).expect_code(2);
    assert_eq!(everything(&world, &world.work()), before);
}
