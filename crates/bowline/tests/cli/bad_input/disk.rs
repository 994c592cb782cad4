//! Disks that fill up in the middle: what was not finished is as if it had never been begun, or is finished later.

use crate::support::{everything, failure_code, files, hints, malformed, with_artifacts};
use bowline_testkit::World;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The journal's disk, from far too small to large enough.
#[test]
fn no_space_for_state() {
    fill("state", &[4, 8, 12, 16, 20, 24, 32, 64, 512]);
}

/// The releases' disk.
#[test]
fn no_space_for_releases() {
    fill("data", &[4, 8, 12, 16, 20, 24, 28, 32, 64, 512]);
}

/// State has 64 KiB, and the artifacts, which are kept there until they are public, need more.
#[test]
fn artifacts_that_do_not_fit_beside_state() {
    let world = with_artifacts();
    world.write("dist/more.tar", vec![b'x'; 200_000]);
    let state = world.root().join("state");
    let Some(disk) = Disk::mount(&state, 64) else { return };
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["release", "--yes"]).expect_code(20);
    assert_eq!(malformed(&ran), None);
    let words = ["build/manifest", "No space left on device", "hint: free space"];
    assert!(words.iter().all(|words| ran.stderr.contains(words)), "{}", ran.snapshot());
    assert_eq!(everything(&world, &world.work()), before);
    let left: Vec<String> = files(&state).into_keys().filter(|name| name.contains("/.scratch/")).collect();
    assert!(left.is_empty(), "private files take the space that is missing: {left:?}");
    disk.grow();
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    assert_whole(&world);
}

/// Releases with `folder` on a disk of each size, then again with space enough.
fn fill(folder: &str, sizes: &[u32]) {
    let mut codes = BTreeSet::new();
    for size in sizes {
        let world = with_artifacts();
        world.write("dist/more.tar", vec![b'x'; 9000]);
        let Some(disk) = Disk::mount(&world.root().join(folder), *size) else { return };
        let before = everything(&world, &world.work());
        let ran = world.bowline(&["release", "--yes"]);
        let code = ran.code.unwrap_or_default();
        codes.insert(code);
        assert_eq!(malformed(&ran), None);
        assert!(matches!(code, 0 | 20 | 21), "{size} KiB:\n{}", ran.snapshot());
        if code != 0 {
            assert!(failure_code(&ran).is_some() && !hints(&ran).is_empty(), "{size} KiB:\n{}", ran.snapshot());
        }
        if code == 20 {
            assert_eq!(everything(&world, &world.work()), before, "{size} KiB:\n{}", ran.snapshot());
        }
        disk.grow();
        let again = world.bowline(&["release", "--yes"]).expect_code(0);
        assert_eq!(malformed(&again), None);
        assert_whole(&world);
    }
    assert!(codes.contains(&0) && codes.contains(&20), "{folder}: {codes:?}");
}

/// One release, every asset once, nothing left over.
fn assert_whole(world: &World) {
    let visible = world.visible();
    for name in ["app.tar", "app.zip", "more.tar", "SHA256SUMS", "release.bowline.json"] {
        assert!(visible.contains(&format!("release v1.1.0/assets/{name} ")), "{name} in\n{visible}");
    }
    assert_eq!(visible.matches("refs/tags/").count(), 2, "{visible}");
    assert!(!visible.contains(".staging"), "{visible}");
}

/// A small disk of its own, gone with the value.
struct Disk(PathBuf);

impl Disk {
    /// Mounts one; none where that is not allowed, which is no excuse for root on a CI machine.
    #[expect(clippy::print_stderr, reason = "a skipped test says why")]
    #[expect(clippy::disallowed_methods, reason = "whether this is a CI machine decides about skipping")]
    fn mount(at: &Path, kib: u32) -> Option<Self> {
        let (ok, said) = run("mount", &["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs", &at.to_string_lossy()]);
        if ok {
            return Some(Self(at.to_owned()));
        }
        let root = rustix::process::geteuid().is_root();
        assert!(!(root && std::env::var_os("CI").is_some()), "root cannot mount a small disk: {said}");
        eprintln!("skipped: a small disk cannot be mounted: {said}");
        None
    }

    fn grow(&self) {
        let (ok, said) = run("mount", &["-o", "remount,size=64m", &self.0.to_string_lossy()]);
        assert!(ok, "{said}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A lazy unmount cannot fail for a reader that is still there.
        run("umount", &["--lazy", &self.0.to_string_lossy()]);
    }
}

#[expect(clippy::disallowed_methods, reason = "disks are mounted by their program")]
fn run(program: &str, args: &[&str]) -> (bool, String) {
    match Command::new(program).args(args).output() {
        Ok(out) => (out.status.success(), String::from_utf8_lossy(&out.stderr).trim().to_owned()),
        Err(error) => (false, error.to_string()),
    }
}
