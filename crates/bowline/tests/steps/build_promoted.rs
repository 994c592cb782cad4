//! `build/promoted`: the files of the promoted pre-release, and nothing that anybody has made of them since.

use crate::shared::{asset, assets, finish, outcome, stopped};
use crate::worlds;
use bowline_model::release::{Artifact, RELEASE_FILE, ReleaseFile};
use bowline_steps::assets::ReleaseSet;
use bowline_testkit::World;
use bowline_testkit::bench::{At, Bench};
use std::fs;

const TAG: &str = "v1.1.0-rc.0";

/// That a release after `change` is stopped by this step, before anything is made.
fn refused(candidate: &World, change: impl Fn(&std::path::Path), text: &str) {
    let bench = Bench::promoting(candidate.copy(), TAG);
    let folder = assets(&bench.world, TAG);
    change(&folder);
    let before = (bench.world.visible(), bench.world.checkout());
    let failure = stopped(&bench.run(&At::default()), 30, "promotion_differs", "build/promoted");
    assert!(failure.message.contains(text) && failure.message.contains(TAG), "{text}: {failure:?}");
    assert_eq!((bench.world.visible(), bench.world.checkout()), before, "{text}");
}

#[test]
fn the_same_files_and_nothing_else() {
    let candidate = worlds::with_candidate();
    let bench = Bench::promoting(candidate.copy(), TAG);
    let end = finish(&bench);
    assert_eq!(outcome(&end, "build/command"), "skipped");
    for name in ["app.tar", "app.zip"] {
        assert_eq!(asset(&bench.world, "v1.1.0", name), asset(&bench.world, TAG, name));
    }
    let file = asset(&bench.world, "v1.1.0", RELEASE_FILE);
    assert!(file.contains(TAG) && file.contains("\"promotes\""), "{file}");
    bench
        .world
        .shell(&format!("cd '{}'; sha256sum --check --strict SHA256SUMS", assets(&bench.world, "v1.1.0").display()));

    refused(&candidate, |folder| fs::write(folder.join("app.tar"), "artifact 0ne").unwrap(), "app.tar");
    refused(&candidate, |folder| fs::remove_file(folder.join("app.zip")).unwrap(), "missing: app.zip");
    refused(&candidate, |folder| fs::write(folder.join("more.tar"), "x").unwrap(), "not ours: more.tar");
    refused(&candidate, |folder| fs::remove_file(folder.join("SHA256SUMS")).unwrap(), "missing: SHA256SUMS");
    let turned = |folder: &std::path::Path| {
        let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
        let lines: Vec<&str> = sums.lines().rev().collect();
        fs::write(folder.join("SHA256SUMS"), lines.join("\n") + "\n").unwrap();
    };
    refused(&candidate, turned, "SHA256SUMS");
    // Somebody who can write releases, and makes files, manifest and checksums agree.
    let forged = |folder: &std::path::Path| {
        fs::write(folder.join("app.tar"), "artifact 0ne").unwrap();
        let mut file: ReleaseFile = serde_json::from_slice(&fs::read(folder.join(RELEASE_FILE)).unwrap()).unwrap();
        file.manifest.artifacts[0] = Artifact::of("app.tar", b"artifact 0ne");
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap();
        bytes.push(b'\n');
        for (name, text) in ReleaseSet::with_release_file(&file.plan, &file.manifest, bytes).texts {
            fs::write(folder.join(name), text).unwrap();
        }
    };
    refused(&candidate, forged, "is not the planned one");
    refused(&candidate, |folder| fs::remove_dir_all(folder.parent().unwrap()).unwrap(), "not there any more");
}

#[test]
fn what_was_fetched_is_not_fetched_again() {
    let bench = Bench::promoting(worlds::with_candidate(), TAG);
    bench.run_until("draft/upload");
    fs::remove_dir_all(assets(&bench.world, TAG).parent().unwrap()).unwrap();
    let end = finish(&bench);
    assert_eq!((outcome(&end, "build/promoted"), outcome(&end, "build/manifest")), ("already_done", "already_done"));
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "artifact one");
}
