//! Bundles: a release that travels in a file, and files that are not what they say.

use super::{HostGit, World, new_commit, new_tag, tag, told};
use bowline_model::Oid;
use bowline_model::git::BranchName;
use bowline_port::git::{Git, GitError, GitReader, NewBundle};

/// A repository with a release that no reference points to, and the bundle of it.
fn prepared(world: &World) -> (HostGit, NewBundle) {
    let git = world.repository("r");
    world.write("r/large.txt", &(0..2000).map(|n| format!("line {n}\n")).collect::<String>());
    let base = world.commit("r", "second");
    let bundle = bundle_of(&git, base);
    (git, bundle)
}

fn bundle_of(git: &HostGit, base: Oid) -> NewBundle {
    let commit = git.write_commit(&new_commit(base, &[("VERSION", "1.2.3\n")])).unwrap();
    let tag_object = git.write_tag(&new_tag(commit, "v1.2.3")).unwrap();
    let branch = BranchName::new("main").unwrap();
    NewBundle { tag: tag("v1.2.3"), tag_object, branch, commit, base: Some(base) }
}

/// References, and what git's own check of everything says.
fn standing(world: &World, dir: &str) -> String {
    world.git(dir, &["for-each-ref"]) + &world.git(dir, &["fsck", "--full", "--strict", "--no-dangling"])
}

#[test]
fn a_release_travels_in_a_file() {
    for format in ["sha1", "sha256"] {
        let world = World::new();
        world.git("", &["init", "-q", "--object-format", format, "r"]);
        let (git, bundle) = prepared(&world);
        let before = world.git("r", &["for-each-ref"]);
        git.write_bundle(&world.path("x.bundle"), &bundle).unwrap();
        git.write_bundle(&world.path("again.bundle"), &bundle).unwrap();
        assert_eq!(world.git("r", &["for-each-ref"]), before, "no reference was made");
        let bytes = std::fs::read(world.path("x.bundle")).unwrap();
        assert!(bytes == std::fs::read(world.path("again.bundle")).unwrap(), "the same again");
        assert!(bytes.len() < 2000, "what the reader has is not in it: {} bytes", bytes.len());

        // Git itself takes it for a bundle.
        world.git("", &["clone", "-q", &world.url("r"), "c"]);
        world.git("c", &["bundle", "verify", "-q", "../x.bundle"]);
        let heads = world.git("c", &["bundle", "list-heads", "../x.bundle"]);
        assert_eq!(heads, format!("{} refs/tags/v1.2.3\n{} refs/heads/main", bundle.tag_object, bundle.commit));
        world.git("c", &["fetch", "-q", "../x.bundle", "refs/tags/v1.2.3:refs/tags/v1.2.3", "main:refs/heads/new"]);
        assert_eq!(world.rev("c", "refs/tags/v1.2.3"), bundle.tag_object);
        assert_eq!(world.rev("c", "refs/heads/new"), bundle.commit);

        // And so do we, without moving anything.
        world.git("", &["clone", "-q", &world.url("r"), "d"]);
        let other = world.open("d");
        let before = standing(&world, "d");
        assert!(!other.has_object(bundle.commit).unwrap());
        for _ in 0..2 {
            other.read_bundle(&world.path("x.bundle")).unwrap();
            assert_eq!(other.tag(bundle.tag_object).unwrap().unwrap().target, bundle.commit);
            assert_eq!(other.commit(bundle.commit).unwrap().parents, [bundle.base.unwrap()]);
            assert!(other.file(bundle.commit, "VERSION").unwrap().is_some());
            assert_eq!(standing(&world, "d"), before);
        }
    }
}

#[test]
fn a_whole_history_needs_nothing() {
    let world = World::new();
    let (git, bundle) = prepared(&world);
    let whole = NewBundle { base: None, ..bundle.clone() };
    git.write_bundle(&world.path("whole.bundle"), &whole).unwrap();
    git.write_bundle(&world.path("part.bundle"), &bundle).unwrap();
    world.git("", &["init", "-q", "empty"]);
    let empty = world.open("empty");
    let text = told(&empty.read_bundle(&world.path("part.bundle")).unwrap_err());
    assert!(text.contains("builds on the commit") && text.contains(&bundle.base.unwrap().to_string()), "{text}");
    empty.read_bundle(&world.path("whole.bundle")).unwrap();
    assert!(empty.is_ancestor(bundle.base.unwrap(), bundle.commit).unwrap());
    // A history that is cut off cannot be given away whole, and its tip can be built on.
    world.git("", &["clone", "-q", "--depth=1", &world.url("r"), "shallow"]);
    let shallow = world.open("shallow");
    shallow.read_bundle(&world.path("part.bundle")).unwrap();
    assert!(told(&shallow.write_bundle(&world.path("no"), &whole).unwrap_err()).contains("cut off"));
    shallow.write_bundle(&world.path("part.bundle"), &bundle).unwrap();
    assert!(!world.exists("no"));
}

#[test]
fn what_is_not_there_is_not_bundled() {
    let world = World::new();
    let (git, bundle) = prepared(&world);
    let path = world.path("x.bundle");
    let nothing = Oid::Sha1([7; 20]);
    for wrong in [
        NewBundle { commit: nothing, ..bundle.clone() },
        NewBundle { tag_object: nothing, ..bundle.clone() },
        NewBundle { base: Some(nothing), ..bundle.clone() },
        NewBundle { base: Some(bundle.tag_object), ..bundle.clone() },
        NewBundle { commit: bundle.base.unwrap(), ..bundle.clone() },
        NewBundle { commit: bundle.tag_object, ..bundle.clone() },
    ] {
        assert!(git.write_bundle(&path, &wrong).is_err(), "{wrong:?}");
    }
    for place in ["nowhere/x.bundle", "r", "r/.."] {
        assert!(matches!(git.write_bundle(&world.path(place), &bundle), Err(GitError::Local { .. })), "{place}");
    }
    assert!(!world.exists("x.bundle"));
}

#[test]
fn damaged_files_are_refused_and_leave_nothing() {
    let world = World::new();
    let (git, bundle) = prepared(&world);
    git.write_bundle(&world.path("x.bundle"), &bundle).unwrap();
    world.git("", &["clone", "-q", &world.url("r"), "c"]);
    let other = world.open("c");
    let objects = |world: &World| world.git("c", &["count-objects", "-v"]);
    let before = standing(&world, "c") + &objects(&world);
    let bytes = std::fs::read(world.path("x.bundle")).unwrap();
    let pack = bytes.windows(6).position(|window| window == b"\n\nPACK").unwrap() + 2;
    let damaged = world.path("y.bundle");
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(&damaged, bytes).unwrap();
        let error = other.read_bundle(&damaged).unwrap_err();
        assert!(matches!(error, GitError::Local { .. }), "{what}: {}", told(&error));
    };
    for length in (0..bytes.len()).step_by(7) {
        refused(&bytes[..length], &format!("cut after {length}"));
    }
    for place in (pack..bytes.len()).step_by(5).chain([0, 1, 17, 30]) {
        let mut bytes = bytes.clone();
        bytes[place] ^= 0x10;
        refused(&bytes, &format!("flipped at {place}"));
    }
    refused(&[bytes.as_slice(), b"more"].concat(), "with a tail");
    refused(b"", "empty");
    assert_eq!(standing(&world, "c") + &objects(&world), before, "nothing of it stayed");
    assert!(!other.has_object(bundle.commit).unwrap());

    // A bundle that announces what it does not hold: its objects are harmless, but it is refused.
    let (head, body) = (String::from_utf8(bytes[..pack].to_vec()).unwrap(), &bytes[pack..]);
    let announced = head.replace(&bundle.commit.to_string(), &"7".repeat(40));
    refused(&[announced.as_bytes(), body].concat(), "another commit");
    let without_base: String = head.lines().filter(|line| !line.starts_with('-')).map(|l| format!("{l}\n")).collect();
    world.git("", &["init", "-q", "empty"]);
    std::fs::write(&damaged, [without_base.as_bytes(), body].concat()).unwrap();
    assert!(world.open("empty").read_bundle(&damaged).is_err());
    assert_eq!(world.git("c", &["fsck", "--full", "--strict", "--no-dangling"]), "");
    assert!(matches!(other.read_bundle(&world.path("nowhere")), Err(GitError::Local { .. })));
}
