//! `verify`: every way in which a release can be other than it was made, and that a right one passes.

use crate::behaviour::github::scene;
use crate::support::{everything, failure_code, with_artifacts};
use bowline_testkit::{Ran, World};
use std::path::{Path, PathBuf};

fn released() -> (World, PathBuf) {
    let world = with_artifacts();
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    let folder = world.releases().join("v1.1.0");
    (world, folder)
}

fn verify(world: &World, folder: &Path) -> Ran {
    world.bowline_in(world.root(), &["verify", folder.to_str().unwrap(), "--json"], &[])
}

fn refused(world: &World, folder: &Path, words: &str) {
    let ran = verify(world, folder).expect_code(30);
    assert_eq!(failure_code(&ran).as_deref(), Some("verification_failed"), "{}", ran.snapshot());
    assert!(ran.stderr.contains(words), "{words}: {}", ran.snapshot());
}

#[test]
fn a_release_that_is_right_passes() {
    let (world, folder) = released();
    let document = verify(&world, &folder).expect_code(0).json();
    assert_eq!((&document["ok"], &document["release"]["tag"]), (&true.into(), &"v1.1.0".into()), "{document:#}");
    assert_eq!(document["identity"], "not_checked");
    // The same files, downloaded into a folder.
    let downloads = world.root().join("downloads");
    std::fs::rename(folder.join("assets"), &downloads).unwrap();
    let shown = world.bowline_in(world.root(), &["verify", "downloads"], &[]).expect_code(0).stdout;
    assert!(shown.contains("Verified app 1.1.0") && shown.contains("! identity  not checked"), "{shown}");
    let ran =
        world.bowline_in(world.root(), &["verify", "downloads", "--require-identity", "--json"], &[]).expect_code(30);
    assert_eq!(failure_code(&ran).as_deref(), Some("identity_not_checked"));
}

#[test]
fn every_change_of_a_folder_is_noticed() {
    let (world, folder) = released();
    let assets = folder.join("assets");
    for name in ["app.tar", "app.zip", "SHA256SUMS", "release.bowline.json"] {
        let path = assets.join(name);
        let good = std::fs::read(&path).unwrap();
        let mut flipped = good.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for bad in [flipped, good[..middle].to_vec(), [&good[..], b"\n"].concat(), Vec::new()] {
            std::fs::write(&path, bad).unwrap();
            refused(&world, &folder, "");
        }
        std::fs::remove_file(&path).unwrap();
        refused(&world, &folder, name);
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        refused(&world, &folder, "");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &good).unwrap();
    }
    let _ = verify(&world, &folder).expect_code(0);
    std::fs::write(assets.join("install.sh"), "curl x | sh").unwrap();
    refused(&world, &folder, "install.sh is no file of this release");
}

/// The plan is bound by its digest, which stands in tag and commit.
#[test]
fn a_changed_plan_is_noticed() {
    let (world, folder) = released();
    let path = folder.join("assets/release.bowline.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"next\": \"1.1.0\"", "\"next\": \"1.1.1\"", 1)).unwrap();
    refused(&world, &folder, "does not have the digest that it claims");
}

#[test]
fn a_release_on_github_is_verified_with_its_tag_and_commit() {
    let scene = scene();
    let _ = scene.world.bowline(&["release", "--yes"]).expect_code(0);
    let reader = "ghs_reader-of-the-test";
    scene.github.state().readers.insert(reader.to_owned());
    let before = everything(&scene.world, &scene.world.work());
    let token = [("BOWLINE_TOKEN", reader)];
    for target in ["forge:@v1.1.0", "forge:acme/app@v1.1.0"] {
        let args = ["verify", target, "--json"];
        let ran = scene.world.bowline_with(&args, &token);
        // The remote is a path here, so only the first names this repository.
        if target.contains("acme") {
            let _ = ran.expect_code(2);
            continue;
        }
        let document = ran.expect_code(0).json();
        let checked: Vec<&str> = document["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["checked"] == true)
            .map(|check| check["id"].as_str().unwrap())
            .collect();
        assert_eq!(checked, ["plan", "files", "tag", "commit"], "{document:#}");
    }
    assert_eq!(everything(&scene.world, &scene.world.work()), before, "nothing is changed");
    for (args, code) in [
        (["verify", "forge:@v9.9.9"], 30),
        (["verify", "forge:v1.1.0"], 2),
        (["verify", "forge:@"], 2),
        (["verify", "nowhere"], 2),
    ] {
        let _ = scene.world.bowline_with(&args, &token).expect_code(code);
    }
    // Somebody moves the tag.
    scene.world.git_in(&scene.world.remote(), &["tag", "--force", "v1.1.0", "v1.0.0"]);
    let ran = scene.world.bowline_with(&["verify", "forge:@v1.1.0", "--json"], &token).expect_code(30);
    assert!(ran.stderr.contains("tag v1.1.0 is"), "{}", ran.snapshot());
}
