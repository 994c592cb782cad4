//! Real files, also the ones that must not ship.

use super::*;
use crate::testing::SmallDisk;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use tempfile::TempDir;

fn tree(files: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let path = dir.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.as_bytes()).unwrap();
    }
    dir
}

fn found(dir: &TempDir, patterns: &[&str]) -> Result<Vec<String>, FilesError> {
    let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    let found = HostFiles::default().find(dir.path(), &patterns)?;
    Ok(found.into_iter().map(|found| format!("{}:{}", found.pattern, found.path)).collect())
}

fn check_found(dir: &TempDir, patterns: &[&str], expected: &[&str]) {
    assert_eq!(found(dir, patterns).unwrap(), expected, "{patterns:?}");
}

#[test]
fn patterns_find_files() {
    let dir = tree(&[
        "dist/app.tar.gz",
        "dist/app.zip",
        "dist/deep/er/app.zip",
        "dist/.env",
        "dist/ünïcode 漢字.zip",
        "src/app.zip",
        ".git/x.zip",
        "sub/.git/y.zip",
        "[x].zip",
    ]);
    check_found(&dir, &[], &[]);
    check_found(&dir, &["dist/*.zip"], &["0:dist/app.zip", "0:dist/ünïcode 漢字.zip"]);
    check_found(&dir, &["./dist/app.zip", "dist/app.*"], &["1:dist/app.tar.gz", "0:dist/app.zip"]);
    check_found(&dir, &["nothing", "dist/{app,other}.zip"], &["1:dist/app.zip"]);
    check_found(&dir, &["{dist/deep/er,src}/*.zip"], &["0:dist/deep/er/app.zip", "0:src/app.zip"]);
    check_found(&dir, &["dist/*"], &["0:dist/.env", "0:dist/app.tar.gz", "0:dist/app.zip", "0:dist/ünïcode 漢字.zip"]);
    check_found(&dir, &["**/app.zip"], &["0:dist/app.zip", "0:dist/deep/er/app.zip", "0:src/app.zip"]);
    check_found(&dir, &["dist/d*/**"], &["0:dist/deep/er/app.zip"]);
    check_found(&dir, &[r"\[x\].zip"], &["0:[x].zip"]);
    check_found(&dir, &[".git/*", ".git/x.zip", "sub/.git/**", "absent/*", "dist", "dist/app.zip/x"], &[]);
}

#[test]
fn patterns_that_lead_out_are_refused() {
    let dir = tree(&["a"]);
    for pattern in ["/etc/*", "..", "../*", "dist/../../*", "", "dist/", "a//b", "[", "{a", r"a\"] {
        assert!(matches!(found(&dir, &[pattern]), Err(FilesError::Pattern { .. })), "{pattern:?}");
    }
    assert!(matches!(HostFiles::default().find(&dir.path().join("gone"), &["*".into()]), Err(FilesError::Io { .. })));
}

type Make = fn(&Path);

#[test]
fn matches_that_are_no_files_are_errors() {
    let make: [(&str, Make); 5] = [
        ("a symbolic link", |at| symlink("/etc/passwd", at).unwrap()),
        ("a symbolic link", |at| symlink("..", at).unwrap()),
        ("a FIFO", |at| rustix::fs::mkfifoat(rustix::fs::CWD, at, rustix::fs::Mode::from(0o600)).unwrap()),
        ("a socket", |at| drop(UnixListener::bind(at).unwrap())),
        ("a file with several hard links", |at| std::fs::hard_link(at.with_file_name("other.txt"), at).unwrap()),
    ];
    for (expected, make) in make {
        let dir = tree(&["dist/other.txt"]);
        make(&dir.path().join("dist/app.zip"));
        for pattern in ["dist/*.zip", "**/app.*", "dist/app.zip"] {
            let error = found(&dir, &[pattern]).unwrap_err();
            assert!(matches!(error, FilesError::NotAFile { what, .. } if what == expected), "{pattern} {error}");
        }
        let store = tempfile::tempdir().unwrap();
        let error = HostFiles::default().freeze(dir.path(), "dist/app.zip", "app.zip", store.path()).unwrap_err();
        assert!(matches!(error, FilesError::NotAFile { what, .. } if what == expected), "{error}");
        assert_eq!(std::fs::read_dir(store.path()).unwrap().count(), 0);
        // What is not matched does no harm.
        let others = if expected.contains("hard") { found(&dir, &["dist/*.md"]) } else { found(&dir, &["dist/*.txt"]) };
        others.unwrap();
    }
}

#[test]
fn links_are_not_followed_on_the_way() {
    let outside = tree(&["secret/app.zip"]);
    let dir = tree(&["real/app.zip"]);
    symlink(outside.path().join("secret"), dir.path().join("dist")).unwrap();
    check_found(&dir, &["**/app.zip"], &["0:real/app.zip"]);
    let is_link = |error| matches!(error, FilesError::NotAFile { what: "a symbolic link", .. });
    assert!(is_link(found(&dir, &["dist/*.zip"]).unwrap_err()));
    assert!(is_link(HostFiles::default().read(dir.path(), "dist/app.zip").unwrap_err()));
    assert!(is_link(HostFiles::default().write(dir.path(), "dist/app.zip", b"x").unwrap_err()));
    assert!(is_link(HostFiles::default().write(dir.path(), "dist/new/app.zip", b"x").unwrap_err()));
    assert!(is_link(HostFiles::default().remove(dir.path(), "dist/app.zip").unwrap_err()));
    assert!(is_link(
        HostFiles::default().freeze(dir.path(), "dist/app.zip", "a", &dir.path().join("store")).unwrap_err()
    ));
    assert_eq!(std::fs::read(outside.path().join("secret/app.zip")).unwrap(), b"secret/app.zip");
    assert_eq!(std::fs::read_dir(outside.path().join("secret")).unwrap().count(), 1);
}

#[test]
fn paths_that_lead_out_are_refused() {
    let dir = tree(&["a/b"]);
    let root = dir.path().join("a");
    for path in ["../a/b", "/etc/passwd", "b/../../x", "", ".", "./b", "b/", "x//y", ".git/config", "s/.GIT/x", "a\0b"]
    {
        let outside = |result: Result<(), FilesError>| {
            assert!(matches!(result, Err(FilesError::Outside { .. })), "{path:?}");
        };
        outside(HostFiles::default().read(&root, path).map(drop));
        outside(HostFiles::default().write(&root, path, b"x"));
        outside(HostFiles::default().remove(&root, path));
        outside(HostFiles::default().freeze(&root, path, "x", dir.path()).map(drop));
    }
}

#[test]
fn writing_replaces_keeps_permissions_and_leaves_nothing_else() {
    let dir = tree(&["run.sh"]);
    let path = dir.path().join("run.sh");
    std::fs::set_permissions(&path, Permissions::from_mode(0o754)).unwrap();
    let before = path.metadata().unwrap().ino();
    HostFiles::default().write(dir.path(), "run.sh", b"new").unwrap();
    HostFiles::default().write(dir.path(), "deep/er/new.txt", b"new").unwrap();
    assert_eq!(HostFiles::default().read(dir.path(), "run.sh").unwrap().unwrap(), b"new");
    assert_eq!(HostFiles::default().read(dir.path(), "deep/er/new.txt").unwrap().unwrap(), b"new");
    let after = path.metadata().unwrap();
    assert_eq!(after.mode() & 0o7777, 0o754);
    assert_ne!(after.ino(), before);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    for nothing in ["absent", "absent/x", "run.sh/x"] {
        assert_eq!(HostFiles::default().read(dir.path(), nothing).unwrap(), None, "{nothing}");
        HostFiles::default().remove(dir.path(), nothing).unwrap();
    }
    HostFiles::default().remove(dir.path(), "run.sh").unwrap();
    assert!(!path.exists());
    assert!(HostFiles::default().remove(dir.path(), "deep").is_err());
    assert!(HostFiles::default().write(dir.path(), "deep/er/new.txt/x", b"").is_err());
}

#[test]
fn a_file_of_somebody_else_stays_theirs() {
    let dir = tree(&["file"]);
    // Only root may give files away.
    if std::os::unix::fs::chown(dir.path().join("file"), Some(12345), Some(54321)).is_err() {
        return;
    }
    HostFiles::default().write(dir.path(), "file", b"new").unwrap();
    let metadata = dir.path().join("file").metadata().unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (12345, 54321));
}

#[test]
fn a_linked_file_is_not_written_through() {
    let dir = tree(&["target"]);
    symlink("target", dir.path().join("link")).unwrap();
    HostFiles::default().write(dir.path(), "link", b"x").unwrap_err();
    HostFiles::default().remove(dir.path(), "link").unwrap_err();
    assert_eq!(std::fs::read(dir.path().join("target")).unwrap(), b"target");
}

#[test]
fn frozen_bytes_are_whole_or_absent() {
    let dir = tree(&[]);
    let bytes: Vec<u8> = (0..700_001_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(dir.path().join("app"), &bytes).unwrap();
    let store = dir.path().join("new/store");
    let artifact = HostFiles::default().freeze(dir.path(), "app", "app.bin", &store).unwrap();
    assert_eq!(artifact, Artifact::of("app.bin", &bytes));
    std::fs::write(dir.path().join("app"), "changed later").unwrap();
    let read = |artifact: &Artifact| {
        let opened = HostFiles::default().open_frozen(artifact, &store).unwrap().map(|mut from| {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).unwrap();
            bytes
        });
        let whole = opened.filter(|bytes| Artifact::of(&artifact.name, bytes) == *artifact);
        assert_eq!(HostFiles::default().holds_frozen(artifact, &store).unwrap(), whole.is_some());
        whole
    };
    assert_eq!(read(&artifact).unwrap(), bytes);
    assert_eq!(HostFiles::default().freeze_bytes(&bytes, "app.bin", &store).unwrap(), artifact);

    let frozen = store.join(artifact.sha256.hex());
    for (damage, is_opened) in [(bytes[1..].to_vec(), false), ([&bytes[1..], b"x"].concat(), true)] {
        std::fs::remove_file(&frozen).unwrap();
        std::fs::write(&frozen, damage).unwrap();
        assert_eq!(read(&artifact), None);
        assert_eq!(HostFiles::default().open_frozen(&artifact, &store).unwrap().is_some(), is_opened);
    }
    HostFiles::default().freeze_bytes(&bytes, "app.bin", &store).unwrap();
    assert_eq!(read(&artifact).unwrap(), bytes);
    assert_eq!(read(&Artifact::of("other", b"other")), None);
    assert!(HostFiles::default().open_frozen(&artifact, &dir.path().join("no/store")).unwrap().is_none());
    assert_eq!(read(&HostFiles::default().freeze_bytes(b"", "empty", &store).unwrap()).unwrap(), b"");
    assert!(matches!(HostFiles::default().freeze(dir.path(), "gone/x", "x", &store), Err(FilesError::Io { .. })));
}

#[test]
fn what_somebody_writes_is_frozen_whole_or_not_at_all() {
    let dir = tree(&[]);
    let store = dir.path().join("store");
    let files = HostFiles::default();
    let bytes = vec![5; 300_000];
    let artifact = files
        .freeze_written("app.bin", &store, &mut |to| bytes.chunks(7_000).try_for_each(|piece| to.write_all(piece)));
    assert_eq!(artifact.unwrap(), Artifact::of("app.bin", &bytes));
    assert!(files.holds_frozen(&Artifact::of("x", &bytes), &store).unwrap());
    let broken = files.freeze_written("other", &store, &mut |to| {
        to.write_all(b"half")?;
        Err(std::io::Error::other("the line broke"))
    });
    assert!(matches!(broken, Err(FilesError::Io { action: "get", .. })), "{broken:?}");
    assert_eq!(std::fs::read_dir(&store).unwrap().count(), 1);
}

#[test]
fn folders_come_and_go_without_touching_what_links_point_to() {
    let dir = tree(&["keep/file", "work/old/file"]);
    let work = dir.path().join("work");
    symlink(dir.path().join("keep"), work.join("link")).unwrap();
    HostFiles::default().fresh_dir(&work).unwrap();
    assert_eq!(std::fs::read_dir(&work).unwrap().count(), 0);
    assert_eq!(work.metadata().unwrap().mode() & 0o7777, 0o700);
    assert!(dir.path().join("keep/file").exists());
    HostFiles::default().remove_dir(&work).unwrap();
    HostFiles::default().remove_dir(&work).unwrap();
    symlink(dir.path().join("keep"), &work).unwrap();
    HostFiles::default().fresh_dir(&work).unwrap();
    assert!(dir.path().join("keep/file").exists());
    for dangerous in ["/", "/home", "relative/path", "/tmp/a/../b"] {
        let result = HostFiles::default().remove_dir(&PathBuf::from(dangerous));
        assert!(matches!(result, Err(FilesError::Outside { .. })), "{dangerous}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_a_clear_error() {
    let dir = tree(&["file"]);
    let below_a_file = dir.path().join("file/store");
    assert!(matches!(HostFiles::default().freeze_bytes(b"x", "x", &below_a_file), Err(FilesError::Io { .. })));
    assert!(matches!(HostFiles::default().fresh_dir(&below_a_file), Err(FilesError::Io { .. })));
    // Nobody, not even root, makes files there.
    assert!(matches!(HostFiles::default().write(Path::new("/proc"), "bowline", b"x"), Err(FilesError::Io { .. })));
}

#[test]
fn a_full_disk_keeps_what_was_there() {
    let Some(disk) = SmallDisk::mount() else { return };
    let store = disk.path().join("store");
    let is_full = |error: FilesError| {
        assert!(matches!(&error, FilesError::Io { source, .. } if source.kind() == ErrorKind::StorageFull), "{error}");
    };
    is_full(HostFiles::default().freeze_bytes(&vec![7; 2 << 20], "app", &store).unwrap_err());
    is_full(HostFiles::default().freeze_written("app", &store, &mut |to| to.write_all(&vec![7; 2 << 20])).unwrap_err());
    assert_eq!(std::fs::read_dir(&store).unwrap().count(), 0);
    HostFiles::default().write(disk.path(), "kept", b"old").unwrap();
    disk.fill();
    is_full(HostFiles::default().write(disk.path(), "kept", &[7; 1 << 14]).unwrap_err());
    assert_eq!(HostFiles::default().read(disk.path(), "kept").unwrap().unwrap(), b"old");
    assert_eq!(std::fs::read_dir(disk.path()).unwrap().count(), 3);
}
