//! A pre-release becomes a final version: the same files, no new commit, whatever dies in between.

use crate::support::{PROGRAM, everything, failure_code};
use bowline_testkit::World;
use serde_json::Value;
use std::fs;

const CONFIG: &str = "[build]\ncommand = [\"cp\", \"VERSION\", \"app.txt\"]\nin = \"clone\"\n[artifacts]\ninclude = [\"app.txt\"]\n[release]\nfloating_tags = [\"v{major}\"]\n[notes.audience.team]\ntypes = [\"feat\"]\nasset = true\n";
const PROMOTE: [&str; 5] = ["promote", "1.1.0-rc.1", "--to", "stable", "--yes"];

/// `v1.1.0-rc.0` and `v1.1.0-rc.1` are published, and a commit follows.
fn with_candidates() -> World {
    let world = World::with_repository(PROGRAM);
    world.write("VERSION", "1.0.0\n");
    world.write("bowline.toml", CONFIG);
    for (message, version) in [("feat: one", "1.1.0-rc.0"), ("fix: two", "1.1.0-rc.1")] {
        world.commit_and_push(message);
        let ran = world.bowline(&["release", "--yes", "--json", "--pre", "rc"]).expect_code(0);
        assert_eq!(ran.json()["packages"][0]["version"], version);
    }
    world.commit_and_push("fix: three");
    world
}

fn json(world: &World, args: &[&str]) -> Value {
    world.bowline(&[args, &["--json"]].concat()).expect_code(0).json()
}

fn asset(world: &World, tag: &str, name: &str) -> String {
    fs::read_to_string(world.releases().join(tag).join("assets").join(name)).unwrap()
}

fn forget(world: &World) {
    fs::remove_dir_all(world.root().join("state")).unwrap();
    fs::create_dir(world.root().join("state")).unwrap();
}

/// What is said when `args` are refused, which changes nothing.
#[track_caller]
fn refused(world: &World, args: &[&str], exit: i32, code: &str) -> String {
    let before = everything(world, &world.work());
    let ran = world.bowline(&[&["promote", "--yes"], args].concat()).expect_code(exit);
    assert_eq!(failure_code(&ran).as_deref(), Some(code), "{}", ran.snapshot());
    assert_eq!(everything(world, &world.work()), before, "{code}");
    ran.snapshot()
}

#[test]
fn the_same_files_and_no_commit() {
    let world = with_candidates();
    let before = everything(&world, &world.work());
    let plan = json(&world, &["promote", "v1.1.0-rc.1", "--to", "stable", "--dry-run"]);
    assert_eq!(everything(&world, &world.work()), before);
    assert_eq!(
        (&plan["promotes"]["version"], &plan["packages"][0]["edits"]),
        (&"1.1.0-rc.1".into(), &Value::Array(vec![]))
    );
    assert!(plan["gates"].as_array().unwrap().iter().all(|gate| gate["open"] == true), "{plan}");

    let result = json(&world, &PROMOTE);
    assert_eq!(result["plan"], plan["id"], "what was looked at is what is released");
    let commit = world.git(&["rev-parse", "v1.1.0-rc.1^{commit}"]);
    assert_eq!(result["packages"][0]["commit"], commit);
    for tag in ["v1.1.0", "v1"] {
        assert_eq!(world.git_in(&world.remote(), &["rev-parse", &format!("{tag}^{{commit}}")]), commit);
    }
    assert_eq!(world.git(&["rev-parse", "HEAD"]), world.git_in(&world.remote(), &["rev-parse", "main"]));
    assert_eq!(asset(&world, "v1.1.0", "app.txt"), "1.1.0-rc.1\n", "the bytes of the candidate");
    let notes = fs::read_to_string(world.releases().join("v1.1.0/notes.md")).unwrap();
    assert!(notes.contains("one") && notes.contains("two") && !notes.contains("three"), "{notes}");
    let team = asset(&world, "v1.1.0", "notes.team.md");
    assert!(
        team.contains("one") && !team.contains("two"),
        "the notes of an audience are those of the new version: {team}"
    );
    assert_eq!(fs::read_to_string(world.releases().join("latest")).unwrap().trim(), "v1.1.0");

    let after = everything(&world, &world.work());
    let again = json(&world, &PROMOTE);
    assert_eq!((&again["status"], &again["reason"]), (&"nothing".into(), &"already released as v1.1.0".into()));
    assert_eq!(again["plan"], plan["id"]);
    forget(&world);
    assert_eq!(json(&world, &PROMOTE)["status"], "nothing");
    assert_eq!(everything(&world, &world.work()), after);
    refused(&world, &["1.1.0-rc.0", "--to", "stable"], 23, "tag_taken");

    let told = world.bowline(&["notes", "1.1.0"]).expect_code(0).stdout;
    assert!(told.contains("one") && told.contains("two") && !told.contains("three"), "{told}");

    // The next release counts from there, and no heading is lost.
    assert_eq!(json(&world, &["release", "--yes"])["packages"][0]["version"], "1.1.1");
    let changelog = world.read("CHANGELOG.md");
    let headings: Vec<&str> = changelog.lines().filter(|line| line.starts_with("## ")).collect();
    let versions = headings.iter().map(|line| line.split(' ').nth(1).unwrap_or_default());
    assert_eq!(versions.collect::<Vec<_>>(), ["1.1.1", "1.1.0-rc.1", "1.1.0-rc.0"], "{changelog}");
    assert!(changelog.matches("- two").count() == 1 && changelog.matches("- three").count() == 1, "{changelog}");
    assert_eq!(world.read("VERSION"), "1.1.1\n");
    let rendered = world.bowline(&["changelog", "--all"]).expect_code(0).stdout;
    assert!(rendered.contains("## 1.1.0 - "), "{rendered}");
}

#[test]
fn whatever_dies_it_is_completed_once() {
    let base = with_candidates();
    let clean = base.copy();
    let _ = clean.bowline(&PROMOTE).expect_code(0);
    let released = clean.copy();
    let _ = released.bowline(&["release", "--yes"]).expect_code(0);
    let (clean, released) = (clean.visible(), released.visible());
    let release: &[&str] = &["release", "--yes"];
    for (at, keeps_state, go_on, expected) in [
        ("effect:build/promoted", true, &["resume", "--yes"][..], &clean),
        ("finished:build/manifest", true, &PROMOTE, &clean),
        ("finished:draft/create", false, &PROMOTE, &clean),
        ("finished:draft/create", true, release, &released),
        ("finished:draft/upload", false, release, &released),
        ("finished:draft/upload", true, &["resume", "--yes"], &clean),
        ("effect:push/refs", false, &PROMOTE, &clean),
        ("effect:push/refs", false, release, &released),
        ("finished:publish/release", true, &PROMOTE, &clean),
        ("finished:publish/release", false, release, &released),
    ] {
        let world = base.copy();
        let died = world.bowline_with(&PROMOTE, &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(died.code, None, "{at}: {}", died.snapshot());
        if !keeps_state {
            forget(&world);
        }
        let what = format!("{at}, state kept: {keeps_state}, then {go_on:?}");
        let ran = world.bowline(go_on);
        assert_eq!(ran.code, Some(0), "{what}: {}", ran.snapshot());
        assert_eq!(world.visible(), *expected, "{what}: {}", ran.snapshot());
    }
    // What is not public can be taken back.
    let world = base.copy();
    let before = world.visible();
    let _ = world.bowline_with(&PROMOTE, &[("BOWLINE_CRASH_AT", "finished:draft/upload")]);
    let _ = world.bowline(&["abort", "--yes"]).expect_code(0);
    assert_eq!(world.visible(), before);
}

#[test]
fn where_the_head_is_the_candidate() {
    let base = with_candidates();
    base.git(&["push", "--quiet", "--force", "origin", "v1.1.0-rc.1^{commit}:refs/heads/main"]);
    base.git(&["reset", "--quiet", "--hard", "v1.1.0-rc.1"]);
    for (at, keeps_state) in
        [("finished:draft/create", false), ("finished:draft/upload", false), ("effect:push/refs", false)]
    {
        let world = base.copy();
        let _ = world.bowline_with(&PROMOTE, &[("BOWLINE_CRASH_AT", at)]);
        if !keeps_state {
            forget(&world);
        }
        let ran = world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
        assert_eq!(ran["packages"][0]["tag"], "v1.1.0", "{at}: {ran}");
        let again = json(&world, &["release", "--yes"]);
        assert_eq!((&again["status"], &again["reason"]), (&"nothing".into(), &"head is v1.1.0".into()), "{at}");
    }
}

#[test]
fn what_is_refused() {
    let world = with_candidates();
    let stable = |version| [version, "--to", "stable"];
    let said = refused(&world, &stable("9.0.0-rc.0"), 2, "unknown_version");
    assert!(said.contains("1.1.0-rc.1, 1.1.0-rc.0"), "{said}");
    refused(&world, &["1.1.0-rc.1", "--to", "stabel"], 2, "channel_unknown");
    refused(&world, &["1.1.0-rc.1", "--to", "1.x"], 2, "promotion_branch");
    refused(&world, &["1.1.0-rc.1", "--to", "2.x", "--branch", "2.x"], 10, "version_outside_channel");
    // What was not made by Bowline: a tag without a word of it, and one without a release.
    refused(&world, &stable("1.0.0"), 2, "promotion_of_final");
    world.git(&["tag", "-m", "by hand", "v1.2.0-rc.0", "HEAD"]);
    world.git(&["push", "--quiet", "origin", "v1.2.0-rc.0"]);
    refused(&world, &stable("1.2.0-rc.0"), 10, "promotion_not_ours");
    let folder = world.releases().join("v1.1.0-rc.1");
    let app = folder.join("assets/app.txt");
    fs::write(&app, "1.1.0-rc.2\n").unwrap();
    let said = refused(&world, &stable("1.1.0-rc.1"), 30, "promotion_differs");
    assert!(said.contains("Next: bowline promote v1.1.0-rc.1 --to stable"), "{said}");
    fs::write(&app, "1.1.0-rc.1\n").unwrap();
    fs::remove_file(folder.join("assets/release.bowline.json")).unwrap();
    refused(&world, &stable("1.1.0-rc.1"), 10, "promotion_not_ours");
    fs::remove_dir_all(&folder).unwrap();
    refused(&world, &stable("1.1.0-rc.1"), 10, "promotion_not_published");
    world.git(&["tag", "v1.1.0", "HEAD"]);
    world.git(&["push", "--quiet", "origin", "v1.1.0"]);
    refused(&world, &stable("1.1.0-rc.0"), 23, "tag_taken");
    // A release that was begun goes before.
    world.commit_and_push("feat: four");
    let died = world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "finished:draft/upload")]);
    assert_eq!(died.code, None, "{}", died.snapshot());
    refused(&world, &stable("1.2.0-rc.0"), 10, "release_unfinished");
}

#[test]
fn the_same_version_built_anew_is_no_promotion() {
    let world = World::with_repository(PROGRAM);
    world.write("bowline.toml", "[changelog]\npath = false\n");
    world.commit_and_push("feat: one");
    let versions: [&[&str]; 2] =
        [&["release", "--yes", "--version", "1.1.0-rc.0"], &["release", "--yes", "--version", "1.1.0"]];
    for args in versions {
        json(&world, args);
    }
    assert_eq!(world.git(&["rev-parse", "v1.1.0^{commit}"]), world.git(&["rev-parse", "v1.1.0-rc.0^{commit}"]));
    refused(&world, &["1.1.0-rc.0", "--to", "stable"], 23, "tag_taken");
}

#[test]
fn from_channel_to_channel() {
    let world = World::with_repository(PROGRAM);
    let channel = |name: &str| format!("[channel.{name}]\nbranch = \"{name}\"\nprerelease = true\n");
    world.write("bowline.toml", format!("{}{}[channel.stable]\nbranch = \"main\"\n", channel("beta"), channel("rc")));
    world.commit_and_push("chore: configure");
    world.git(&["switch", "--quiet", "-c", "beta"]);
    world.write("VERSION", "1.0.0\n");
    world.commit_and_push("feat: one");
    assert_eq!(json(&world, &["release", "--yes"])["packages"][0]["version"], "1.1.0-beta.0");
    let rc = ["promote", "1.1.0-beta.0", "--to", "rc", "--yes"];
    refused(&world, &rc[1..4], 10, "promotion_not_merged");
    refused(&world, &["1.1.0-beta.0", "--to", "beta"], 10, "version_outside_channel");
    world.git(&["push", "--quiet", "origin", "beta:rc"]);
    assert_eq!(json(&world, &rc)["packages"][0]["version"], "1.1.0-rc.0");
    assert_eq!(json(&world, &rc)["reason"], "already released as v1.1.0-rc.0");

    let stable = ["promote", "1.1.0-rc.0", "--to", "stable", "--yes"];
    let said = refused(&world, &stable[1..4], 10, "promotion_not_merged");
    let command = "git switch main && git merge v1.1.0-rc.0 && git push origin main";
    assert!(said.contains(command), "{said}");
    world.shell("git config user.email d@example.org; git config user.name Dev");
    world.shell(&format!("{} 2>&1", command.replace("git merge", "git merge --no-edit --no-ff")));
    let plan = json(&world, &[&stable[..4], &["--dry-run"]].concat());
    assert_eq!(plan["promotes"]["version"], "1.1.0-beta.0", "what is inside of the files");
    // A promotion of a promotion has the same files, and is found again when everything is forgotten.
    let _ = world.bowline_with(&stable, &[("BOWLINE_CRASH_AT", "effect:push/refs")]);
    forget(&world);
    assert_eq!(json(&world, &stable)["packages"][0]["version"], "1.1.0");
    assert_eq!(world.git(&["rev-parse", "v1.1.0^{commit}"]), world.git(&["rev-parse", "v1.1.0-beta.0^{commit}"]));
    assert_eq!(json(&world, &["release", "--yes"])["status"], "nothing");
    world.git(&["switch", "--quiet", "beta"]);
    assert_eq!(json(&world, &["release", "--yes"])["status"], "nothing");
    world.commit_and_push("fix: two");
    assert_eq!(json(&world, &["release", "--yes"])["packages"][0]["version"], "1.1.1-beta.0");
}

#[test]
fn on_github() {
    let scene = super::github::scene();
    let _ = scene.world.bowline(&["release", "--yes", "--pre", "rc"]).expect_code(0);
    fs::remove_dir_all(scene.world.work().join("dist")).unwrap();
    let result = json(&scene.world, &["promote", "1.1.0-rc.0", "--to", "stable", "--yes"]);
    let names: Vec<&Value> =
        result["packages"][0]["assets"].as_array().unwrap().iter().map(|asset| &asset["name"]).collect();
    assert_eq!(names, ["release.bowline.json", "app.tar.gz", "app.zip", "SHA256SUMS"], "{result:#}");
    let state = scene.github.state();
    assert!(state.violations.is_empty(), "{:?}", state.violations);
    assert_eq!(state.count(), 2);
}

#[test]
fn another_heads_draft_stays() {
    let world = with_candidates();
    let died = world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "finished:draft/upload")]);
    assert_eq!(died.code, None, "{}", died.snapshot());
    let drafts = || fs::read_dir(world.releases().join(".staging")).unwrap().count();
    assert_eq!(drafts(), 1);
    // From here that release looks like one that newer commits have replaced.
    world.git(&["switch", "--quiet", "-c", "topic"]);
    world.commit("chore: more");
    forget(&world);
    let _ = world.bowline(&[&PROMOTE[..], &["--branch", "main"]].concat()).expect_code(0);
    assert_eq!(drafts(), 1);
}
