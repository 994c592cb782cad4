//! Change files: planned, released and used up, in every way in which a release commit is made.

use crate::support::{PROGRAM, everything, failure_code, hints};
use bowline_testkit::World;
use serde_json::Value;

const BOTH: &str = "[commits]\nsources = [\"commits\", \"change-files\"]\n";
const FILES: &str = "[commits]\nsources = [\"change-files\"]\n";

/// A repository at v1.0.0 with `config` and a folder as changesets makes it.
fn world(config: &str) -> World {
    let world = World::with_repository(PROGRAM);
    world.write("bowline.toml", config);
    world.write(".changeset/README.md", "# Changesets\n");
    world.write(".changeset/config.json", "{}\n");
    world.commit_and_push("chore: configure");
    world
}

fn change(world: &World, name: &str, text: &str) {
    world.write(&format!(".changeset/{name}.md"), text);
    world.commit_and_push("Add a change");
}

fn released(world: &World) -> Value {
    let result = world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(world.git(&["status", "--porcelain"]), "", "the checkout is at the release");
    result["packages"][0]["version"].clone()
}

fn released_as(world: &World, version: &str) -> Value {
    let args = ["release", "--yes", "--json", "--version", version];
    world.bowline(&args).expect_code(0).json()["packages"][0]["version"].clone()
}

fn files(world: &World, revision: &str) -> String {
    world.git(&["ls-tree", "-r", "--name-only", revision, ".changeset/"]).replace('\n', " ")
}

#[test]
fn a_release_uses_them_up() {
    let world = world(BOTH);
    world.write("package.json", "{\n  \"name\": \"@acme/app\",\n  \"version\": \"1.0.0\"\n}\n");
    change(&world, "brave", "---\n\"@acme/app\": minor\n---\n\nAdd tabs\n\nOne for each file.\n");
    world.commit_and_push("fix: mend it");
    change(&world, "none", "---\n---\n");
    let plan = world.bowline(&["plan"]).expect_code(0).stdout;
    for line in [
        "  why       minor: feat: Add tabs (.changeset/brave.md)\n",
        "  changes   2 change files (feat 1, other 1)\n",
        "  delete    .changeset/brave.md\n  delete    .changeset/none.md\n",
        "  - Add tabs (",
    ] {
        assert!(plan.contains(line), "{line:?}\n{plan}");
    }
    let explained = world.bowline(&["explain"]).expect_code(0).stdout;
    assert!(explained.contains("\n2 change files\n▲ minor   .changeset/brave.md\n          Add tabs\n"), "{explained}");
    assert!(explained.contains(" by Dev\n") && explained.contains("empty front matter → none"), "{explained}");
    let document = world.bowline(&["plan", "--json"]).expect_code(0).json();
    let changes = &document["packages"][0]["changes"];
    assert_eq!((&changes[0]["file"], &changes[0]["type"]), (&".changeset/brave.md".into(), &"feat".into()));
    assert_eq!(changes[0]["commit"], world.git(&["rev-parse", "HEAD~2"]).as_str());
    assert_eq!(document["packages"][0]["commits"].as_array().unwrap().len(), 4);

    world.write("plan.json", document.to_string());
    world.write(".changeset/late.md", "---\n\"@acme/app\": major\n---\nDrop it\n");
    world.git(&["add", ".changeset"]);
    world.git(&["commit", "--quiet", "-m", "Add a late one"]);
    let diff = world.bowline(&["plan", "--diff", "plan.json"]).expect_code(0).stdout;
    assert!(diff.contains("+ delete .changeset/late.md"), "{diff}");
    world.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    world.shell("rm plan.json");

    assert_eq!(released(&world), "1.1.0");
    assert_eq!(files(&world, "origin/main"), ".changeset/README.md .changeset/config.json");
    assert!(!world.work().join(".changeset/brave.md").exists() && world.work().join(".changeset/README.md").exists());
    assert!(world.read("CHANGELOG.md").contains("\n\n  One for each file.\n"), "{}", world.read("CHANGELOG.md"));
    // What it said is still known.
    for args in [&["notes", "1.1.0"][..], &["changelog", "--all"], &["changelog", "v1.1.0"]] {
        let text = world.bowline(args).expect_code(0).stdout;
        assert!(text.contains("- Add tabs (") && text.contains("- mend it ("), "{args:?}\n{text}");
    }
    let again = world.bowline(&["plan"]).expect_code(0).stdout;
    assert!(again.contains("head is v1.1.0"), "{again}");
    world.commit_and_push("docs: more");
    let nothing = world.bowline(&["plan"]).expect_code(0).stdout;
    assert!(nothing.contains("no change files in .changeset; 1 commit since v1.1.0"), "{nothing}");
}

/// What lay in the folder before anybody read it is told, and a line break in a name makes no line of its own.
#[test]
fn switching_on_loses_nothing() {
    let world = World::with_repository(PROGRAM);
    let name = ".changeset/a\n  delete    src.md";
    world.write(name, "---\ndefault: minor\n---\n# Add tabs\n");
    world.commit_and_push("docs: tell of it");
    assert_eq!(released_as(&world, "1.0.1"), "1.0.1");
    world.write("bowline.toml", FILES);
    world.commit_and_push("chore: configure");
    let plan = world.bowline(&["plan"]).expect_code(0).stdout;
    assert!(plan.contains("feat: Add tabs") && !plan.contains("\n  delete    src.md"), "{plan}");
    let explained = world.bowline(&["explain"]).expect_code(0).stdout;
    assert!(!explained.contains("\n  delete    src.md"), "{explained}");
    assert_eq!(released(&world), "1.1.0");
}

/// Nothing is edited here, and still there is a release commit; whenever the run dies, the next one completes it.
#[test]
fn a_release_that_dies_uses_them_up_once() {
    for at in [
        "effect:commit/objects",
        "effect:draft/upload",
        "git.push:after",
        "effect:push/refs",
        "finished:verify/release",
    ] {
        let world = world(FILES);
        change(&world, "one", "---\ndefault: patch\n---\n# Mend it\n");
        let died = world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(died.code, None, "{at}\n{}", died.snapshot());
        let _ = world.bowline(&["release", "--yes"]).expect_code(0);
        assert_eq!(world.git(&["status", "--porcelain", "--branch"]), "## main...origin/main", "{at}");
        assert_eq!(world.git(&["log", "--format=%s", "v1.0.0..v1.0.1"]).lines().count(), 3, "{at}");
        assert_eq!(files(&world, "v1.0.1"), ".changeset/README.md .changeset/config.json", "{at}");
        assert_eq!(
            world.git(&["show", "--format=", "--name-status", "v1.0.1^{commit}"]),
            "D\t.changeset/one.md",
            "{at}"
        );
    }
}

#[test]
fn a_checkout_keeps_what_is_not_the_plans() {
    let world = world(FILES);
    change(&world, "one", "---\ndefault: patch\n---\n# Mend it\n");
    world.write(".changeset/one.md", "mine");
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["release", "--yes"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("declared_files_edited"), "{}", ran.snapshot());
    assert!(hints(&ran).contains(".changeset/one.md"), "{}", ran.snapshot());
    assert_eq!(everything(&world, &world.work()), before);
    world.git(&["restore", ".changeset/one.md"]);
    // Public already, and then somebody writes.
    let died = world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "effect:publish/release")]);
    assert_eq!(died.code, None, "{}", died.snapshot());
    world.write(".changeset/one.md", "mine");
    let ran = world.bowline(&["resume", "--yes"]).expect_code(0);
    assert!(ran.stderr.contains(".changeset/one.md was edited during the release"), "{}", ran.snapshot());
    assert_eq!(world.read(".changeset/one.md"), "mine");
    assert_eq!(files(&world, "HEAD"), ".changeset/README.md .changeset/config.json");
}

/// The build sees the release commit's files, and gets the checkout back as it was when it fails.
#[test]
fn a_build_in_the_checkout_gives_them_back() {
    let world = world(&format!("{FILES}[build]\ncommand = [\"sh\", \"-c\", \"ls .changeset > seen; exit 1\"]\n"));
    change(&world, "one", "---\ndefault: patch\n---\n# Mend it\n");
    let _ = world.bowline(&["release", "--yes"]).expect_code(20);
    assert_eq!(world.read("seen"), "README.md\nconfig.json\n");
    assert_eq!(world.git(&["status", "--porcelain", "--untracked-files=no"]), "");
    assert!(world.read(".changeset/one.md").contains("Mend it"));
}

#[test]
fn pre_releases_keep_them_for_the_final_version() {
    let world = world(&format!("{FILES}[channel.beta]\nbranch = \"beta\"\nprerelease = true\n"));
    world.git(&["switch", "--quiet", "-c", "beta"]);
    world.git(&["push", "--quiet", "--set-upstream", "origin", "beta"]);
    change(&world, "one", "---\ndefault: minor\n---\n# Add tabs\n");
    assert_eq!(released(&world), "1.1.0-beta.0");
    assert!(files(&world, "HEAD").contains("one.md"), "a pre-release keeps it");
    world.commit_and_push("feat!: commits do not count");
    let nothing = world.bowline(&["plan"]).expect_code(0).stdout;
    assert!(nothing.contains("no change files in .changeset that v1.1.0-beta.0 lacks"), "{nothing}");
    change(&world, "two", "---\ndefault: patch\n---\n# Mend it\n");
    assert_eq!(released(&world), "1.1.0-beta.1");
    let notes = world.bowline(&["notes", "1.1.0-beta.1"]).expect_code(0).stdout;
    assert!(notes.contains("Mend it") && !notes.contains("Add tabs"), "{notes}");

    world.git(&["switch", "--quiet", "main"]);
    world.git(&["merge", "--quiet", "--ff-only", "beta"]);
    world.git(&["push", "--quiet"]);
    assert_eq!(released(&world), "1.1.0");
    assert_eq!(files(&world, "HEAD"), ".changeset/README.md .changeset/config.json");
    let notes = world.bowline(&["notes", "1.1.0"]).expect_code(0).stdout;
    assert!(notes.contains("Mend it") && notes.contains("Add tabs"), "{notes}");
}

#[test]
fn what_cannot_be_read_is_refused_and_nothing_is_touched() {
    let world = world(BOTH);
    change(&world, "bad", "---\n\"b\": minor\n---\nx\n");
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["release", "--yes"]).expect_code(3);
    assert_eq!(failure_code(&ran).as_deref(), Some("change_file_invalid"), "{}", ran.snapshot());
    assert!(ran.stderr.contains(".changeset/bad.md, line 2, is about `b`"), "{}", ran.snapshot());
    assert_eq!(everything(&world, &world.work()), before);
    // A half-written file changes nothing: only what is committed counts.
    world.write(".changeset/bad.md", "---\n\"app\": minor\n---\nx\n");
    let _ = world.bowline(&["plan"]).expect_code(3);
    world.write("bowline.toml", "[commits]\nsources = []\n");
    let ran = world.bowline(&["plan"]).expect_code(3);
    assert!(ran.stderr.contains("must name a source"), "{}", ran.snapshot());
}

/// A promotion makes no commit, so what the candidates kept stays, and is told once all the same.
#[test]
fn a_promotion_uses_them_up_and_the_next_release_removes_them() {
    let world = world(BOTH);
    world.write("VERSION", "1.0.0\n");
    change(&world, "tabs", "---\ndefault: minor\n---\n# Add tabs\n");
    let _ = world.bowline(&["release", "--yes", "--pre", "rc"]).expect_code(0);
    change(&world, "late", "---\ndefault: major\n---\n# Drop it\n");
    let promote = ["promote", "1.1.0-rc.0", "--to", "stable", "--yes", "--json"];
    // Nobody knows of it but the draft; the notes come from the candidate's commit.
    let died = world.bowline_with(&promote, &[("BOWLINE_CRASH_AT", "finished:draft/upload")]);
    assert_eq!(died.code, None, "{}", died.snapshot());
    std::fs::remove_dir_all(world.root().join("state")).unwrap();
    std::fs::create_dir(world.root().join("state")).unwrap();
    assert_eq!(world.bowline(&promote).expect_code(0).json()["packages"][0]["version"], "1.1.0");
    let notes = std::fs::read_to_string(world.releases().join("v1.1.0/notes.md")).unwrap();
    assert!(notes.contains("Add tabs") && !notes.contains("Drop it"), "{notes}");
    assert!(files(&world, "v1.1.0").contains("tabs.md"), "there is no new commit");

    let plan = world.bowline(&["plan", "--json"]).expect_code(0).json();
    assert_eq!(plan["packages"][0]["next"], "2.0.0", "what came after the candidate is due");
    world.git(&["rm", "--quiet", ".changeset/late.md"]);
    world.commit_and_push("docs: think again");
    let nothing = world.bowline(&["plan"]).expect_code(0).stdout;
    assert!(nothing.contains("no change files in .changeset that v1.1.0 lacks; 2 commits since v1.1.0"), "{nothing}");
    let explained = world.bowline(&["explain"]).expect_code(0).stdout;
    assert!(explained.contains("v1.1.0 has used it up: it goes with the next release commit"), "{explained}");

    world.commit_and_push("fix: mend it");
    assert_eq!(released(&world), "1.1.1");
    assert_eq!(files(&world, "HEAD"), ".changeset/README.md .changeset/config.json");
    for version in ["1.1.0", "1.1.1"] {
        let notes = world.bowline(&["notes", version]).expect_code(0).stdout;
        assert_eq!(notes.contains("Add tabs"), version == "1.1.0", "{notes}");
    }
    let text = world.bowline(&["changelog", "--all"]).expect_code(0).stdout;
    let sections: Vec<_> = text.split("\n## ").filter(|part| part.contains("Add tabs")).collect();
    let titles: Vec<_> = sections.iter().filter_map(|part| part.split(' ').next()).collect();
    assert_eq!(titles, ["1.1.0", "1.1.0-rc.0"], "{text}");
    let changelog = world.read("CHANGELOG.md");
    assert_eq!((changelog.matches("Add tabs").count(), changelog.matches("mend it").count()), (1, 1), "{changelog}");
}
