//! `build/manifest`: which files become assets, and that only the frozen copy counts.

use crate::shared::{asset, finish, outcome, refused, stopped};
use crate::worlds;
use bowline_testkit::World;
use bowline_testkit::bench::{At, Bench};
use std::os::unix::fs::PermissionsExt;

/// A bench that ships everything below `dist`, which holds nothing.
fn bench() -> Bench {
    let world = worlds::with_artifacts();
    world.write("bowline.toml", "[artifacts]\ninclude = [\"dist/**\"]\n");
    world.commit_and_push("fix: ship everything");
    worlds::bench(world)
}

/// Fills `dist` with a script and tries to release, which must fail before anything is made.
fn check(bench: &Bench, script: &str, exit: u8, code: &str, text: &str) {
    bench.world.shell(&format!("rm -rf dist; mkdir dist; cd dist; {script}"));
    let end = bench.run(&At::default());
    let failure = end.failure.as_ref().unwrap_or_else(|| panic!("{script}: released"));
    assert_eq!((failure.code.as_str(), failure.kind.exit_code(end.public)), (code, exit), "{script}: {failure:?}");
    assert!(failure.message.contains(text), "{script}: {failure:?}");
    assert!(!failure.message.chars().any(char::is_control), "{script}: {failure:?}");
    // All of them are found in preflight.
    assert!(end.steps.iter().all(|step| step.id.starts_with("gate/")), "{script}: {:?}", end.steps);
}

#[test]
fn what_is_refused() {
    let bench = bench();
    let before = (bench.world.visible(), bench.world.checkout());
    let check = |script, exit, code, text| check(&bench, script, exit, code, text);
    check("true", 20, "artifacts_missing", "no file matches `dist/**`");
    check("mkdir folder", 20, "artifacts_missing", "dist/**");
    check("echo > real; ln -s real link", 10, "artifact_refused", "dist/link");
    check("ln -s /etc/passwd link", 10, "artifact_refused", "dist/link");
    check("ln -s nowhere link", 10, "artifact_refused", "dist/link");
    check("mkfifo pipe", 10, "artifact_refused", "dist/pipe");
    check("echo > one; ln one two", 10, "artifact_refused", "hard links");
    check("echo > 'a b.txt'", 10, "artifact_name_unsafe", "a safe one is a.b.txt");
    check("echo > größe.txt", 10, "artifact_name_unsafe", "a safe one is gr..e.txt");
    check("echo > .hidden", 10, "artifact_name_unsafe", "a safe one is hidden");
    check("echo > \"$(printf 'a\\033[2Jb')\"", 10, "artifact_name_unsafe", "a safe one is a..2Jb");
    check("echo > \"$(printf 'a\\nb')\"", 10, "artifact_name_unsafe", "a safe one is a.b");
    check("echo > \"$(printf 'a\\377')\"", 10, "artifact_refused", "not Unicode");
    check("mkdir x y; echo > x/app; echo > y/app", 10, "artifact_names_collide", "dist/x/app and dist/y/app");
    check("mkdir x; echo > App; echo > x/app", 10, "artifact_names_collide", "dist/App and dist/x/app");
    check("echo > SHA256SUMS", 10, "artifact_name_reserved", "dist/SHA256SUMS");
    check("echo > sha256sums", 10, "artifact_name_reserved", "dist/sha256sums");
    check("echo > release.bowline.json", 10, "artifact_name_reserved", "dist/release.bowline.json");
    bench.world.shell("rm -rf dist; mkdir dist; echo app > dist/app.tar; echo app > dist/app.zip");
    assert_eq!((bench.world.visible(), bench.world.checkout()), before);
}

#[test]
fn patterns_stay_inside_and_each_matches_something() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    let mut include = |patterns: &[&str]| {
        bench.plan.requirements.artifacts.include = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let end = bench.run(&At::default());
        let failure = end.failure.expect("a failure");
        (failure.code, failure.kind.exit_code(end.public), failure.message)
    };
    let (code, exit, message) = include(&["dist/*", "*.deb", "out/*"]);
    assert_eq!((code.as_str(), exit), ("artifacts_missing", 20));
    assert_eq!(message, "no file matches `*.deb`, `out/*`");
    for bad in ["../*", "/etc/passwd", "dist/[", ""] {
        let (code, exit, message) = include(&[bad]);
        assert_eq!((code.as_str(), exit), ("artifact_pattern", 3), "{bad}: {message}");
    }
    assert_eq!(include(&[".git/*"]).0, "artifacts_missing");
}

#[test]
fn a_file_that_several_patterns_match_ships_once() {
    let world = worlds::with_artifacts();
    world.write(
        "bowline.toml",
        "[artifacts]\ninclude = [\"dist/*.tar\", \"dist/*\"]\nchecksums = [\"sha256\", \"sha512\"]\n",
    );
    world.commit_and_push("fix: name it twice");
    // Folders between the files are no artifacts, and a script stays what it is.
    world.shell("mkdir dist/folder; echo inside > dist/folder/inside");
    let bench = worlds::bench(world);
    finish(&bench);
    let folder = crate::shared::assets(&bench.world, "v1.1.0");
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["SHA256SUMS", "SHA512SUMS", "app.tar", "app.zip", "release.bowline.json"]);
    bench.world.shell(&format!(
        "cd '{}'; sha256sum --check --strict SHA256SUMS; sha512sum --check --strict SHA512SUMS",
        folder.display()
    ));
    assert_eq!(asset(&bench.world, "v1.1.0", "SHA256SUMS").lines().count(), 3, "all but the checksum files");
}

/// The file with the frozen bytes of `content`.
fn frozen(bench: &Bench, content: &str) -> std::path::PathBuf {
    bench.settings.scratch.join("frozen").join(bowline_model::Digest::of(content.as_bytes()).hex())
}

#[test]
fn files_mended_before_there_is_a_draft_are_frozen_again() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("draft/create");
    bench.world.write("dist/app.tar", "mended");
    let end = finish(&bench);
    assert_eq!(outcome(&end, "build/manifest"), "done");
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "mended");
}

#[test]
fn only_the_frozen_copy_counts() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("draft/upload");
    bench.world.write("dist/app.tar", "another build");
    bench.world.write("dist/app.new", "one more");
    std::fs::remove_file(bench.world.work().join("dist/app.zip")).unwrap();
    let end = finish(&bench);
    assert_eq!(outcome(&end, "build/manifest"), "already_done");
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "artifact one");
    assert_eq!(asset(&bench.world, "v1.1.0", "app.zip"), "artifact two");
}

#[test]
fn a_damaged_copy_is_made_again() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("draft/create");
    let copy = frozen(&bench, "artifact one");
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&copy, "artifact 0ne").unwrap();
    let end = finish(&bench);
    assert_eq!(outcome(&end, "build/manifest"), "done");
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "artifact one");
}

#[test]
fn taken_back_the_copies_are_gone() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("draft/upload");
    assert!(frozen(&bench, "artifact one").exists());
    assert!(bench.unwind().failure.is_none());
    assert!(!frozen(&bench, "artifact one").exists());
}

#[test]
fn a_build_is_not_run_twice() {
    let bench = worlds::bench(worlds::with_build("checkout"));
    bench.run_until("draft/create");
    bench.world.shell("rm dist/app.version");
    let end = finish(&bench);
    assert_eq!((outcome(&end, "build/command"), outcome(&end, "build/manifest")), ("already_done", "already_done"));
    assert_eq!(asset(&bench.world, "v1.1.0", "app.version"), "1.1.0\n");
}

#[test]
fn files_beside_another_commit_are_not_this_releases() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.world.git(&["checkout", "--quiet", "--detach", "v1.0.0"]);
    let failure = stopped(&bench.run(&At::default()), 20, "artifacts_missing", "build/manifest");
    assert!(failure.hints[0].contains(&bench.plan.repository.head.to_string()), "{failure:?}");
    bench.world.git(&["checkout", "--quiet", "main"]);
    finish(&bench);
}

#[test]
fn the_user_learns_what_is_missing_before_anything_is_made() {
    let world: World = worlds::with_artifacts();
    world.shell("rm -r dist");
    let before = (world.visible(), world.checkout());
    let failure = refused(&world, &[], 20, ("artifacts_missing", "build/manifest"));
    assert!(failure["hints"][0].as_str().unwrap().contains("[build]"), "{failure}");
    assert_eq!((world.visible(), world.checkout()), before);
    let bench = worlds::bench(worlds::with_build("checkout"));
    bench.world.shell("rm -rf dist/*");
    bench.run_until("draft/create");
    bench.world.shell("rm -rf dist");
    assert!(bench.unwind().failure.is_none());
    // A build that makes nothing is found out after the build.
    stopped(&bench.run(&At::default()), 20, "build_failed", "build/command");
}
