//! `build/command`: what a build sees, and that the checkout is as before whatever it does.

use crate::shared::{asset, refused, release, step};
use crate::worlds;
use bowline_testkit::World;

/// A world whose build is this shell script. It has to make `dist/app.version`, in a clone `app.version`.
fn building(script: &str, more: &str) -> World {
    let world = worlds::with_artifacts();
    let folder = if more.contains("clone") { "" } else { "dist/" };
    world.write(
        "bowline.toml",
        format!("[build]\ncommand = [\"sh\", \"-c\", '''{script}''']\n{more}\n[artifacts]\ninclude = [\"{folder}app.version\"]\n"),
    );
    world.commit_and_push("fix: build it");
    world
}

#[test]
fn it_gets_its_version_and_no_secrets() {
    let mut world = building("env > dist/app.version", "env = { MODE = \"fast\", SETTING = \"theirs\" }");
    for secret in ["GITHUB_TOKEN", "npm_token", "AWS_SECRET_ACCESS_KEY", "MY_PASSWORD", "SIGNING_PRIVATE_KEY"] {
        world.set(secret, "hunter2");
    }
    world.set("SETTING", "mine");
    world.set("OTHER", "kept");
    world.set("GIT_TRACE2_PARENT_NAME", "gone");
    release(&world, &[], 0);
    let seen = asset(&world, "v1.1.0", "app.version");
    let has = |line: &str| seen.lines().any(|seen| seen == line);
    for line in [
        "BOWLINE_VERSION=1.1.0",
        "BOWLINE_VERSION_DEBIAN=1.1.0",
        "BOWLINE_TAG=v1.1.0",
        "MODE=fast",
        "SETTING=theirs",
        "OTHER=kept",
    ] {
        assert!(has(line), "{line} is not in\n{seen}");
    }
    assert!(has(&format!("BOWLINE_COMMIT={}", world.git(&["rev-parse", "v1.1.0^{commit}"]))), "{seen}");
    assert!(has(&format!("SOURCE_DATE_EPOCH={}", world.git(&["log", "-1", "--format=%ct", "v1.1.0~1"]))), "{seen}");
    assert!(!seen.contains("hunter2") && !seen.contains("GIT_"), "{seen}");
}

#[test]
fn a_failing_build_leaves_nothing() {
    let world = building(
        "echo junk > VERSION; rm package.json; for n in 1 2 3 4 5 6; do echo line $n >&2; done; printf '\\033[2Jbad\\n::error::no\\n' >&2; exit 7",
        "",
    );
    world.write("src/untracked.txt", "mine");
    let before = (world.visible(), world.checkout(), world.read("CHANGELOG.md"));
    let failure = refused(&world, &[], 20, ("build_failed", "build/command"));
    assert_eq!(failure["message"], "the build command `sh` ended with exit code 7");
    let causes = failure["causes"].to_string();
    assert!(causes.contains("line 4") && !causes.contains("line 3"), "the last five lines: {causes}");
    assert!(!causes.contains("\\u001b"), "{causes}");
    assert_eq!((world.visible(), world.checkout(), world.read("CHANGELOG.md")), before);
    let shown = world.bowline(&["release"]).expect_code(20).stderr;
    assert!(shown.contains("line 6") && !shown.contains('\u{1b}'), "{shown}");
    assert!(!shown.lines().any(|line| line.trim_start().starts_with("::")), "{shown}");
}

#[test]
fn the_program_must_be_there_and_come_to_an_end() {
    let world = building("true", "");
    let configure = |build: &str| {
        world.write("bowline.toml", format!("[build]\n{build}\n[artifacts]\ninclude = [\"dist/app.version\"]\n"));
        world.commit_and_push("ci: build otherwise");
    };
    let unchanged = |code: i32, name: &str, text: &str| {
        let before = (world.visible(), world.checkout());
        let failure = refused(&world, &[], code, (name, "build/command")).to_string();
        assert!(failure.contains(text), "{failure}");
        assert_eq!((world.visible(), world.checkout()), before);
        assert_eq!(world.read("VERSION"), "1.0.0\n");
    };
    configure("command = [\"no-such-program\", \"dist\"]");
    unchanged(12, "build_program_missing", "`no-such-program` was not found");
    configure("command = [\"sleep\", \"60\"]\ntimeout = \"1s\"");
    unchanged(20, "build_failed", "1 s");
    configure("command = [\"sh\", \"-c\", \"kill -9 $$\"]");
    unchanged(20, "build_failed", "ended with a signal");
}

#[test]
fn what_it_does_to_declared_files_does_not_stay() {
    let world =
        building("cp VERSION dist/app.version; echo junk > VERSION; echo more >> CHANGELOG.md; rm package.json", "");
    release(&world, &[], 0);
    assert_eq!(asset(&world, "v1.1.0", "app.version"), "1.1.0\n");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert_eq!(world.read("VERSION"), "1.1.0\n");
    assert!(!world.read("CHANGELOG.md").contains("more"));
}

#[test]
fn a_link_in_the_place_of_a_declared_file_is_not_followed() {
    let world = building("cp VERSION dist/app.version; ln -sf ../outside CHANGELOG.md; echo junk > VERSION", "");
    std::fs::write(world.root().join("outside"), "not yours").unwrap();
    let before = world.visible();
    let failure = refused(&world, &[], 10, ("artifact_refused", "build/command"));
    assert!(failure["message"].as_str().unwrap().contains("CHANGELOG.md"), "{failure}");
    assert_eq!(std::fs::read_to_string(world.root().join("outside")).unwrap(), "not yours");
    assert_eq!(world.read("VERSION"), "1.0.0\n", "the others are put back all the same");
    assert_eq!(world.visible(), before);
    world.shell("git restore CHANGELOG.md");
    let result = release(&world, &["--skip", "build/command"], 0);
    assert_eq!(result["packages"][0]["tag"], "v1.1.0");
}

/// A build that ends the program itself the first time.
const DEADLY: &str = "cp VERSION dist/app.version; test -e dist/died || { touch dist/died; kill -9 $PPID; sleep 5; }";

#[test]
fn after_a_crash_the_files_are_put_back_first() {
    let world = building(DEADLY, "");
    assert_eq!(world.bowline(&["release"]).code, None, "the build ends the program");
    assert_eq!(world.read("VERSION"), "1.1.0\n", "the build had begun");
    let aborted = world.bowline(&["abort", "--json"]).expect_code(0).json();
    assert_eq!(aborted["status"], "aborted", "{aborted:#}");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert_eq!(world.read("VERSION"), "1.0.0\n");
    release(&world, &[], 0);
    assert_eq!(asset(&world, "v1.1.0", "app.version"), "1.1.0\n");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
}

#[test]
fn after_a_crash_an_edited_file_is_left_alone() {
    let world = building(DEADLY, "");
    assert_eq!(world.bowline(&["release"]).code, None, "the build ends the program");
    world.write("CHANGELOG.md", "my own text\n");
    let ran = world.bowline(&["release"]).expect_code(10);
    assert!(
        ran.stderr.contains("CHANGELOG.md was edited since the build stopped and is left as it is"),
        "{}",
        ran.stderr
    );
    assert_eq!((world.read("CHANGELOG.md").as_str(), world.read("VERSION").as_str()), ("my own text\n", "1.0.0\n"));
    world.git(&["restore", "CHANGELOG.md"]);
    release(&world, &[], 0);
}

#[test]
fn a_clone_has_the_tag_and_is_clean() {
    let world = building(
        "{ git describe --exact-match; git status --porcelain; cat VERSION; pwd; git rev-parse HEAD; } > ../found; mv ../found app.version",
        "in = \"clone\"",
    );
    world.shell("echo mine > src/app.txt; echo edited >> .gitignore");
    let before = world.git(&["status", "--porcelain"]);
    release(&world, &[], 0);
    let seen = asset(&world, "v1.1.0", "app.version");
    let [tag, version, place, head] = seen.lines().collect::<Vec<_>>()[..] else { panic!("not clean: {seen}") };
    assert_eq!((tag, version, head), ("v1.1.0", "1.1.0", world.git(&["rev-parse", "HEAD"]).as_str()));
    assert!(!std::path::Path::new(place).exists(), "{place} is left behind");
    assert_eq!(world.git(&["status", "--porcelain"]), before);
}

#[test]
fn a_failing_build_in_a_clone_leaves_no_clone() {
    let world = building("pwd > \"$HOME/where\"; exit 1", "in = \"clone\"");
    let before = (world.visible(), world.checkout());
    refused(&world, &[], 20, ("build_failed", "build/command"));
    let place = std::fs::read_to_string(world.root().join("home/where")).unwrap();
    assert!(!std::path::Path::new(place.trim()).exists(), "{place} is left behind");
    assert_eq!((world.visible(), world.checkout()), before);
}

#[test]
fn when_it_does_not_run() {
    let world = building("exit 1", "");
    world.write("dist/app.version", "made before\n");
    let result = release(&world, &["--skip", "build/command"], 0);
    assert_eq!(step(&result, "build/command"), ("skipped".to_owned(), "disabled by --skip build/command".to_owned()));
    assert_eq!(asset(&world, "v1.1.0", "app.version"), "made before\n");
    let result = release(&worlds::tags_only(), &[], 0);
    assert_eq!(step(&result, "build/command"), ("skipped".to_owned(), "not configured".to_owned()));
}
