//! Repositories that are odd as a whole, and the remote.

use crate::world::World;
use bowline_model::FailureKind;
use bowline_model::facts::{RemoteRelation, Unfinished};

#[test]
fn no_repository() {
    let mut world = World::empty();
    world.work = world.path().join("elsewhere");
    std::fs::create_dir(&world.work).unwrap();
    let failure = world.failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Usage, "no_repository"));
    assert!(!failure.hints.is_empty());
}

#[test]
fn no_commits() {
    let failure = World::empty().failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Usage, "no_commits"));
    assert!(failure.message.contains("main"), "{failure}");
}

#[test]
fn bare() {
    let mut world = World::new();
    world.work = world.path().join("remote.git");
    let failure = world.failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Usage, "bare_repository"));
}

#[test]
fn local_only() {
    let world = World::without_remote();
    world.tag("v1.0.0");
    let facts = world.facts();
    assert_eq!(facts.repository.as_str(), "local/app");
    assert_eq!(facts.remote, None);
    assert_eq!(facts.current.unwrap().name.as_str(), "v1.0.0");
    assert_eq!(facts.unfinished, Unfinished::None);
}

#[test]
fn which_remote() {
    let world = World::new();
    let name = |world: &World| world.facts().remote.unwrap().name;
    world.git(&["remote", "add", "fork", &world.remote()]);
    assert_eq!(name(&world), "origin");
    world.git(&["config", "branch.main.remote", "fork"]);
    assert_eq!(name(&world), "fork");
    world.git(&["config", "--unset", "branch.main.remote"]);
    assert_eq!(name(&world), "origin");
    world.git(&["remote", "rename", "origin", "upstream"]);
    let failure = {
        world.git(&["config", "--remove-section", "branch.main"]);
        world.failure()
    };
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Usage, "remote_unknown"));
    assert!(failure.message.contains("upstream") && failure.message.contains("fork"), "{failure}");
    world.git(&["remote", "remove", "fork"]);
    assert_eq!(name(&world), "upstream");
}

#[test]
fn the_repository_is_known_by_its_remote() {
    let world = World::new();
    let facts = world.facts();
    assert_eq!(facts.repository.as_str(), "local/remote");
    let remote = facts.remote.unwrap();
    assert_eq!((remote.host, remote.tip, remote.relation), (None, Some(facts.head.oid), RemoteRelation::Equal));
}

#[test]
fn an_unreachable_remote_stops_and_offline_goes_on() {
    let mut world = World::new();
    world.tag("v1.0.0");
    world.git(&["remote", "set-url", "origin", "/nowhere/at/all.git"]);
    let failure = world.failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Failed, "remote_unreachable"));
    assert!(failure.hints.iter().any(|hint| hint.contains("--offline")), "{failure:?}");

    world.asked.offline = true;
    let facts = world.facts();
    assert_eq!(facts.remote.unwrap().relation, RemoteRelation::Unknown);
    assert_eq!(facts.current.unwrap().name.as_str(), "v1.0.0");
    assert_eq!(facts.unfinished, Unfinished::Unknown);
}

#[test]
fn a_shallow_clone_is_deepened() {
    for depth in ["1", "2"] {
        let mut world = World::new();
        world.tag("v1.2.3");
        for n in 0..4 {
            world.commit(&format!("fix: {n}"));
        }
        world.push();
        world.clone_again(&["--depth", depth]);
        assert_eq!(world.git(&["rev-parse", "--is-shallow-repository"]), "true");
        let refs = world.git(&["for-each-ref"]);
        let facts = world.facts();
        assert_eq!(facts.current.unwrap().name.as_str(), "v1.2.3", "depth {depth}");
        assert_eq!(facts.commits.len(), 4, "depth {depth}");
        assert_eq!(world.git(&["for-each-ref"]), refs, "a reference moved");
    }
}

#[test]
fn a_shallow_clone_that_cannot_be_deepened_stops() {
    let mut world = World::new();
    world.commit("fix: one");
    world.push();
    world.clone_again(&["--depth", "1"]);
    world.asked.offline = true;
    let failure = world.failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Refused, "shallow"));
    assert!(failure.hints[0].contains("git fetch --unshallow"), "{failure:?}");
    world.asked.offline = false;
    world.git(&["remote", "remove", "origin"]);
    assert_eq!(world.failure().code, "shallow");
}

#[test]
fn a_clone_without_blobs_works() {
    let mut world = World::new();
    world.commit_file("package.json", r#"{"name": "@acme/tool", "version": "1.0.0"}"#);
    world.tag("tool-v1.0.0");
    world.push();
    world.git_in(&world.path().join("remote.git"), &["config", "uploadpack.allowFilter", "true"]);
    world.clone_again(&["--filter=blob:none"]);
    let facts = world.facts();
    assert_eq!(facts.current.as_ref().unwrap().name.as_str(), "tool-v1.0.0");
    assert_eq!(facts.package, "@acme/tool");
    assert!(facts.file("package.json").is_some());
}

#[test]
fn files_and_head_are_those_of_the_commit() {
    let world = World::new();
    let head = world.commit_file("VERSION", "1.0.0\n");
    std::fs::write(world.work.join("VERSION"), "9.9.9\n").unwrap();
    std::os::unix::fs::symlink("VERSION", world.work.join("CHANGELOG.md")).unwrap();
    world.git(&["add", "CHANGELOG.md"]);
    let facts = world.facts();
    assert_eq!(facts.file("VERSION"), Some(b"1.0.0\n".as_slice()));
    assert!(facts.files.iter().all(|file| file.path != "CHANGELOG.md"), "an uncommitted file was read");
    assert_eq!((facts.head.oid, facts.head.release), (head, None));
    assert_eq!(facts.head.parent, Some(world.oid("HEAD^")));

    world.commit("chore: link");
    let facts = world.facts();
    assert!(facts.files.iter().any(|file| file.path == "CHANGELOG.md"));
    assert_eq!(facts.file("CHANGELOG.md"), None);
}

#[test]
fn an_impossible_date_is_named() {
    let world = World::new();
    let tree = world.git(&["rev-parse", "HEAD^{tree}"]);
    let raw = format!("tree {tree}\nauthor A <a> 1 +0000\ncommitter A <a> 999999999999999 +0000\n\nfeat: later\n");
    let path = world.path().join("raw");
    std::fs::write(&path, raw).unwrap();
    let oid = world.git(&["hash-object", "-t", "commit", "--literally", "-w", path.to_str().unwrap()]);
    world.git(&["reset", "--quiet", "--hard", &oid]);
    let failure = world.failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Refused, "commit_date"));
    assert!(failure.message.contains(&oid), "{failure}");
}
