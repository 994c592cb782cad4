//! Writing objects, moving local references, the index, and private clones.

use super::{World, identity, is_dir_empty, new_commit, new_tag, tag, told};
use bowline_model::Oid;
use bowline_port::git::{Git, GitError, GitReader, Head, NewCommit, RefUpdate, WorkFile};

#[test]
fn commits_and_tags_come_out_the_same() {
    let world = World::new();
    let git = world.repository("r");
    world.script("r/tool.sh", "true");
    world.write("r/dir/deep/file", "old");
    let head = world.commit("r", "more");
    let new = new_commit(
        head,
        &[("VERSION", "1.2.3\n"), ("tool.sh", "new"), ("dir/deep/file", "new"), ("x/y/z", "z"), ("dir.a", "")],
    );
    let named = git.commit_id(&new).unwrap();
    assert!(!git.has_object(named).unwrap());
    let oid = git.write_commit(&new).unwrap();
    assert_eq!(named, oid);
    assert_eq!(git.write_commit(&new).unwrap(), oid);
    let tag = new_tag(oid, "v1.2.3");
    let tag_oid = git.write_tag(&tag).unwrap();
    assert_eq!((git.write_tag(&tag).unwrap(), git.tag_id(&tag).unwrap()), (tag_oid, tag_oid));
    assert_eq!(git.tag_id(&new_tag(Oid::Sha1([1; 20]), "v1")).unwrap().as_bytes().len(), 20);
    world.git("r", &["fsck", "--strict"]);
    assert_eq!(
        world.git("r", &["diff-tree", "-r", "--name-status", &head.to_string(), &oid.to_string()]),
        "M\tVERSION\nA\tdir.a\nM\tdir/deep/file\nM\ttool.sh\nA\tx/y/z"
    );
    assert!(world.git("r", &["ls-tree", &oid.to_string(), "tool.sh"]).starts_with("100755"));
    assert!(world.git("r", &["ls-tree", &oid.to_string(), "dir.a"]).starts_with("100644"));
    assert_eq!(
        world.git("r", &["cat-file", "commit", &oid.to_string()]).split_once('\n').unwrap().1,
        format!(
            "parent {head}\nauthor Release Bot <bot@example.com> 1700000100 +0000\ncommitter Release Bot <bot@example.com> 1700000100 +0000\n\nchore(release): 1.2.3"
        )
    );
    assert_eq!(
        world.git("r", &["cat-file", "tag", &tag_oid.to_string()]),
        format!(
            "object {oid}\ntype commit\ntag v1.2.3\ntagger Release Bot <bot@example.com> 1700000100 +0000\n\nv1.2.3"
        )
    );
    // Nothing but objects appeared.
    assert_eq!(world.rev("r", "HEAD"), head);
    assert_eq!(world.git("r", &["status", "--porcelain"]), "");
    // No files: the parent's tree.
    let same = git.write_commit(&new_commit(head, &[])).unwrap();
    assert_eq!(git.commit(same).unwrap().tree, git.commit(head).unwrap().tree);
}

#[test]
fn files_go_and_empty_folders_with_them() {
    let world = World::new();
    let git = world.repository("r");
    for path in ["notes/a.md", "notes/b.md", "x/y/only", "README.md"] {
        world.write(&format!("r/{path}"), path);
    }
    let head = world.commit("r", "more");
    let without = |paths: &[&str]| {
        let removed = paths.iter().map(|path| (*path).to_owned()).collect();
        NewCommit { removed, ..new_commit(head, &[("README.md", "new")]) }
    };
    let new = without(&["notes/a.md", "x/y/only"]);
    let oid = git.write_commit(&new).unwrap();
    assert_eq!(git.commit_id(&new).unwrap(), oid);
    world.git("r", &["fsck", "--strict"]);
    assert_eq!(
        world.git("r", &["diff-tree", "-r", "--name-status", &head.to_string(), &oid.to_string()]),
        "M\tREADME.md\nD\tnotes/a.md\nD\tx/y/only"
    );
    assert_eq!(world.git("r", &["ls-tree", "--name-only", &oid.to_string(), "x"]), "", "git has no empty folders");
    // The same tree as git itself makes it.
    world.git("r", &["rm", "--quiet", "notes/a.md", "x/y/only"]);
    world.write("r/README.md", "new");
    let by_git = world.commit("r", "the same");
    assert_eq!(git.commit(oid).unwrap().tree, git.commit(by_git).unwrap().tree);
    for paths in
        [&["absent"][..], &["notes"], &["notes/absent"], &["README.md"], &["notes/a.md", "notes/a.md"], &["../x"]]
    {
        let error = git.write_commit(&without(paths)).unwrap_err();
        assert!(matches!(error, GitError::Local { .. }), "{paths:?}: {error}");
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let world = World::new();
    let git = world.repository("r");
    std::os::unix::fs::symlink("VERSION", world.path("r/link")).unwrap();
    world.write("r/dir/file", "x");
    let head = world.commit("r", "more");
    for files in [
        &["VERSION/x"][..],
        &["link"],
        &["link/x"],
        &["dir"],
        &["../x"],
        &["/x"],
        &[""],
        &["a//b"],
        &[".git/hooks/x"],
        &["a/.GIT/x"],
        &["a\0b"],
        &["a", "a"],
        &["a", "a/b"],
        &["a/b", "a"],
    ] {
        let files: Vec<_> = files.iter().map(|path| (*path, "x")).collect();
        let error = git.write_commit(&new_commit(head, &files)).unwrap_err();
        assert!(matches!(error, GitError::Local { .. }), "{files:?}: {error}");
    }
    for (name, email) in [("a\nb", "x"), ("a <b>", "x"), ("a", "x>"), ("", "x"), ("a", "x\0"), ("a", "b c")] {
        let mut new = new_commit(head, &[]);
        new.identity = identity();
        (new.identity.name, new.identity.email) = (name.into(), email.into());
        assert!(git.write_commit(&new).is_err(), "{name:?} {email:?}");
    }
    let mut new = new_commit(head, &[]);
    new.message = "a\0b".into();
    assert!(git.write_commit(&new).is_err());
    let tree = git.commit(head).unwrap().tree;
    assert!(matches!(git.write_tag(&new_tag(tree, "v1")), Err(GitError::Object { .. })));
    assert!(matches!(git.write_tag(&new_tag(Oid::Sha1([1; 20]), "v1")), Err(GitError::Object { .. })));
}

#[test]
fn references_move_only_from_the_given_value() {
    let world = World::new();
    let git = world.repository("r");
    let (first, second) = (world.rev("r", "HEAD"), world.commit("r", "second"));
    let update = |name: &str, old: Option<Oid>, new: Oid| RefUpdate { name: name.into(), old, new };
    let moved = |result: Result<(), GitError>, at: &str| match result {
        Err(GitError::Moved { found, .. }) => assert!(found.starts_with(at), "{found}"),
        other => panic!("{other:?}"),
    };
    git.update_reference(&update("refs/tags/v1", None, first)).unwrap();
    moved(git.update_reference(&update("refs/tags/v1", None, second)), &first.to_string());
    moved(git.update_reference(&update("refs/tags/v1", Some(second), second)), &first.to_string());
    moved(git.update_reference(&update("refs/tags/v2", Some(second), second)), "no commit");
    git.update_reference(&update("refs/tags/v1", Some(first), second)).unwrap();
    assert_eq!(world.rev("r", "refs/tags/v1"), second);
    world.git("r", &["checkout", "-q", "--detach"]);
    git.update_reference(&update("HEAD", Some(second), first)).unwrap();
    assert_eq!(git.head().unwrap(), Head::Detached(first));
    assert_eq!(world.rev("r", "refs/heads/main"), second);
    for name in ["main", "v1", "refs/", "refs/heads/a..b", "refs/heads/a b", "-x", "refs/heads/x:y", "refs/heads/x\n"] {
        assert!(matches!(git.update_reference(&update(name, None, first)), Err(GitError::Local { .. })), "{name}");
    }
    // A lock that somebody left is named with its age.
    world.write("r/.git/refs/tags/v1.lock", "");
    let error = told(&git.update_reference(&update("refs/tags/v1", Some(second), first)).unwrap_err());
    assert!(error.contains("refs/tags/v1.lock") && error.contains(" s old"), "{error}");
}

#[test]
fn the_index_gets_blobs_and_keeps_the_rest() {
    let world = World::new();
    let git = world.repository("r");
    let head = world.rev("r", "HEAD");
    world.write("r/mine", "staged by hand");
    world.git("r", &["add", "mine"]);
    let oid = git.write_commit(&new_commit(head, &[("VERSION", "2\n"), ("new", "n")])).unwrap();
    git.update_index(oid, &["VERSION".into(), "new".into(), "nowhere".into()]).unwrap();
    let clean: Vec<_> = git
        .status(oid, &["VERSION".into(), "new".into()])
        .unwrap()
        .into_iter()
        .map(|s| (s.index_clean, s.file))
        .collect();
    assert_eq!(clean, [(true, WorkFile::Bytes(b"1.0.0\n".to_vec())), (true, WorkFile::Missing)]);
    assert_eq!(world.git("r", &["diff", "--cached", "--name-only", &oid.to_string()]), "mine");
    world.write("r/.git/index.lock", "");
    let error = told(&git.update_index(oid, &["VERSION".into()]).unwrap_err());
    assert!(error.contains("index.lock") && error.contains(" s old"), "{error}");
}

#[test]
fn a_clone_to_build_in() {
    let world = World::new();
    let git = world.repository("r");
    world.git("r", &["tag", "-m", "x", "v1.0.0"]);
    let head = world.rev("r", "HEAD");
    let oid = git.write_commit(&new_commit(head, &[("VERSION", "1.2.3\n")])).unwrap();
    let tag_object = git.write_tag(&new_tag(oid, "v1.2.3")).unwrap();
    git.clone_at(&world.path("build"), oid, &tag("v1.2.3"), tag_object).unwrap();
    let clone = world.open("build");
    assert_eq!(clone.head().unwrap(), Head::Detached(oid));
    assert_eq!(std::fs::read_to_string(world.path("build/VERSION")).unwrap(), "1.2.3\n");
    assert_eq!(world.git("build", &["describe", "--exact-match"]), "v1.2.3");
    assert_eq!(world.git("build", &["tag"]), "v1.0.0\nv1.2.3");
    assert_eq!(world.git("build", &["status", "--porcelain"]), "");
    // The source is as it was, and a used folder is refused.
    assert_eq!(world.git("r", &["tag"]), "v1.0.0");
    assert!(git.clone_at(&world.path("build"), oid, &tag("v1.2.3"), tag_object).is_err());
    std::fs::create_dir(world.path("empty")).unwrap();
    assert!(git.clone_at(&world.path("empty"), Oid::Sha1([1; 20]), &tag("v1"), Oid::Sha1([1; 20])).is_err());
    assert!(!is_dir_empty(&world.path("empty")));
    // From a worktree as well.
    world.git("r", &["worktree", "add", "-q", "--detach", "../tree"]);
    world.open("tree").clone_at(&world.path("second"), oid, &tag("v1.2.3"), tag_object).unwrap();
    assert_eq!(world.open("second").head().unwrap(), Head::Detached(oid));
}
