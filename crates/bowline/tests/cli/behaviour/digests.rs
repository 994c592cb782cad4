//! A plan has one digest, wherever and whenever it is computed.

use crate::support::with_artifacts;
use bowline_testkit::World;
use std::path::Path;

fn digest(world: &World, dir: &Path, env: &[(&str, &str)]) -> String {
    let plan = world.bowline_in(dir, &["plan", "--json"], env).expect_code(0).json();
    plan["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_same_everywhere() {
    let world = with_artifacts();
    let expected = digest(&world, &world.work(), &[]);
    assert!(expected.starts_with("sha256:") && expected.len() == 71, "{expected}");
    let url = format!("file://{}", world.remote().display());
    world.git_in(world.root(), &["clone", "--quiet", &url, "a b/ü/app"]);
    world.git_in(world.root(), &["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    let elsewhere = world.root().join("a b/ü/app");
    let shallow = world.root().join("shallow");
    for (dir, env) in [
        (&elsewhere, &[][..]),
        (&shallow, &[]),
        (&world.work(), &[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")]),
        (&world.work(), &[("TZ", "Pacific/Kiritimati")]),
        (&world.work(), &[("TZ", "Etc/GMT+12"), ("LC_ALL", "")]),
        (&world.work(), &[("HOME", "/nonexistent"), ("USER", "else"), ("CI", "true")]),
        (&world.work(), &[("SOURCE_DATE_EPOCH", "1"), ("GIT_AUTHOR_NAME", "Else"), ("EMAIL", "e@example.org")]),
    ] {
        assert_eq!(digest(&world, dir, env), expected, "{} {env:?}", dir.display());
    }
}

#[test]
fn whatever_is_in_the_working_tree() {
    let world = with_artifacts();
    let expected = digest(&world, &world.work(), &[]);
    world.write("dist/new.tar", "built");
    assert_eq!(digest(&world, &world.work(), &[]), expected, "after a build");
    world.write("package.json", "{ \"version\": \"9.9.9\" }");
    world.write("CHANGELOG.md", "half written");
    world.write("VERSION", "7.0.0\n");
    world.git(&["rm", "--quiet", "--cached", "src/app.txt"]);
    assert_eq!(digest(&world, &world.work(), &[]), expected, "with a dirty tree");
    world.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(digest(&world, &world.work(), &[]), expected, "without a branch");
}

#[test]
fn another_commit_or_configuration_is_another_plan() {
    let world = with_artifacts();
    let first = digest(&world, &world.work(), &[]);
    let major = world.bowline(&["plan", "--json", "--bump", "major"]).expect_code(0).json();
    assert_ne!(major["id"], first.as_str());
    world.commit_and_push("docs: say more");
    let second = digest(&world, &world.work(), &[]);
    assert_ne!(second, first);
    world.write("bowline.toml", "[artifacts]\ninclude = [\"dist/*\"]\nmin = 1\n");
    let provisional = world.bowline(&["plan", "--json"]).expect_code(0).json();
    assert_eq!(provisional["provisional"], true);
    assert_ne!(provisional["id"], second.as_str());
}
