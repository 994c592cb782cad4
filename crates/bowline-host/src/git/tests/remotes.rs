//! Looking at other repositories, cut-off histories and missing objects.

use super::{World, version_tag};
use bowline_model::facts::FileContent;
use bowline_port::git::{GitError, GitReader, Reference};

#[test]
fn listing_with_peeled_tags() {
    let world = World::new();
    let git = world.repository("r");
    let head = world.rev("r", "HEAD");
    world.git("r", &["tag", "light"]);
    world.git("r", &["tag", "-m", "x", "heavy"]);
    world.git("r", &["update-ref", "refs/pull/1/head", "HEAD"]);
    world.git("r", &["update-ref", "refs/odd/refs/heads/x", "HEAD"]);
    let tag = world.rev("r", "refs/tags/heavy");
    world.git("", &["clone", "-q", "--mirror", "r", "origin.git"]);
    world.git("r", &["remote", "add", "origin", &world.url("origin.git")]);
    let reference = |name: &str, object, peeled| Reference { name: name.into(), object, peeled };
    let expected = [
        reference("refs/heads/main", head, head),
        reference("refs/tags/heavy", tag, head),
        reference("refs/tags/light", head, head),
    ];
    for remote in ["origin", &world.text("origin.git"), &world.url("origin.git")] {
        assert_eq!(git.ls_remote(remote).unwrap(), expected, "{remote}");
    }
    for bad in ["--upload-pack=touch x", "", "a\nb"] {
        assert!(matches!(git.ls_remote(bad), Err(GitError::Local { .. })), "{bad:?}");
    }
    assert!(matches!(git.ls_remote("nowhere"), Err(GitError::Program { command, .. }) if command == "ls-remote"));
    let Err(GitError::Program { message, .. }) = git.ls_remote("https://user:secret@127.0.0.1:1/x") else {
        panic!("listed")
    };
    assert!(!message.contains("secret") && message.contains("127.0.0.1"), "{message}");
}

#[test]
fn fetching_moves_nothing() {
    let world = World::new();
    world.repository("r");
    world.origin_of("r");
    world.git("", &["clone", "-q", "--no-tags", &world.url("origin.git"), "c"]);
    let first = world.rev("r", "HEAD");
    let second = world.commit("r", "second");
    world.git("r", &["tag", "-m", "x", "v1"]);
    world.git("r", &["push", "-q", "origin", "main", "v1"]);
    // Settings that would prune, follow tags and write elsewhere.
    world.git("c", &["config", "fetch.prune", "true"]);
    world.git("c", &["config", "remote.origin.tagOpt", "--tags"]);
    world.git("c", &["config", "--add", "remote.origin.fetch", "+refs/tags/*:refs/stolen/*"]);
    world.git("c", &["update-ref", "refs/remotes/origin/gone", "HEAD"]);
    let git = world.open("c");
    let before = world.git("c", &["for-each-ref"]);
    assert!(!git.has_object(second).unwrap());
    git.fetch("origin", &["refs/heads/main".into(), "refs/tags/v1".into()]).unwrap();
    assert!(git.has_object(second).unwrap() && git.has_object(world.rev("r", "refs/tags/v1")).unwrap());
    assert!(git.is_ancestor(first, second).unwrap());
    assert_eq!(world.git("c", &["for-each-ref"]), before);
    assert!(!world.exists("c/.git/FETCH_HEAD"));
    git.fetch("origin", &[]).unwrap();
    for bad in ["+refs/heads/main:refs/heads/main", "refs/heads/main:refs/heads/x", "main", "--all", "refs/heads/*"] {
        assert!(matches!(git.fetch("origin", &[bad.into()]), Err(GitError::Local { .. })), "{bad}");
    }
    assert!(git.fetch("origin", &["refs/heads/none".into()]).is_err());
    assert_eq!(world.git("c", &["for-each-ref"]), before);
}

#[test]
fn a_shallow_clone_is_cut_off_and_then_whole() {
    let world = World::new();
    world.repository("r");
    let first = world.rev("r", "HEAD");
    world.git("r", &["tag", "v1.0.0"]);
    world.git("r", &["branch", "other"]);
    for n in 0..5 {
        world.commit("r", &format!("more {n}"));
    }
    world.origin_of("r");
    let url = world.url("origin.git");
    for (name, arguments) in [
        ("one", &["--depth=1"][..]),
        ("all", &["--depth=2", "--no-single-branch"]),
        ("detached", &["--depth=1", "--no-tags"]),
    ] {
        world.git("", &[&["clone", "-q"], arguments, &[&url, name]].concat());
        if name == "detached" {
            world.git(name, &["checkout", "-q", "--detach"]);
        }
        let git = world.open(name);
        let head = world.rev(name, "HEAD");
        assert!(git.is_shallow().unwrap(), "{name}");
        let seen = git.commits(head, &[]).unwrap().len();
        assert!((1..=2).contains(&seen), "{name}: {seen}");
        let before = world.git(name, &["for-each-ref"]);
        git.unshallow("origin").unwrap();
        assert_eq!(world.git(name, &["for-each-ref"]), before, "{name}");
        assert!(!git.is_shallow().unwrap(), "{name}");
        assert_eq!(git.commits(head, &[]).unwrap().len(), 6, "{name}");
        let tag = version_tag("1.0.0", first);
        assert_eq!(git.newest_reachable(head, std::slice::from_ref(&tag)).unwrap(), Some(tag), "{name}");
        // Again: nothing to do.
        git.unshallow("origin").unwrap();
    }
    world.git("", &["clone", "-q", "--depth=1", &url, "lost"]);
    world.git("lost", &["remote", "set-url", "origin", &world.url("moved.git")]);
    assert!(matches!(world.open("lost").unshallow("origin"), Err(GitError::Program { .. })));
}

#[test]
fn a_partial_clone_gets_what_it_lacks() {
    let world = World::new();
    world.repository("r");
    let first = world.rev("r", "HEAD");
    world.write("r/VERSION", "2\n");
    world.commit("r", "second");
    world.origin_of("r");
    world.git("origin.git", &["config", "uploadpack.allowFilter", "true"]);
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        let name = filter.replace(['-', '=', ':'], "");
        world.git("", &["clone", "-q", filter, "--no-checkout", &world.url("origin.git"), &name]);
        let git = world.open(&name);
        assert_eq!(git.file(first, "VERSION").unwrap(), Some(FileContent::Bytes(b"1.0.0\n".to_vec())), "{filter}");
        assert_eq!(git.commits(world.rev(&name, "HEAD"), &[first]).unwrap().len(), 1);
    }
    // With the promisor gone there is a clear error.
    world.git("", &["clone", "-q", "--filter=blob:none", "--no-checkout", &world.url("origin.git"), "lost"]);
    world.git("lost", &["remote", "set-url", "origin", &world.url("moved.git")]);
    assert!(world.open("lost").file(first, "VERSION").is_err());
}
