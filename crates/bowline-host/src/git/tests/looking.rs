//! Opening and reading, in every shape a repository can have.

use super::{World, new_commit, told, version_tag};
use bowline_model::Oid;
use bowline_model::facts::FileContent;
use bowline_model::git::BranchName;
use bowline_port::git::{Git, GitError, GitReader, Head, Remote, WorkFile};

fn main_branch() -> BranchName {
    BranchName::new("main").unwrap()
}

#[test]
fn threads_share_one_repository() {
    let world = World::new();
    let git = world.repository("r");
    let head = world.rev("r", "HEAD");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(git.commits(head, &[]).unwrap().len(), 1));
        }
    });
}

#[test]
fn nothing_to_open() {
    let world = World::new();
    assert!(matches!(world.try_open(""), Err(GitError::NoRepository { .. })));
    assert!(matches!(world.try_open("nowhere"), Err(GitError::NoRepository { .. })));
}

#[test]
fn head_in_every_state() {
    let world = World::new();
    world.git("", &["init", "-q", "r"]);
    assert_eq!(world.open("r").head().unwrap(), Head::Unborn("main".into()));
    let first = world.commit("r", "first");
    let git = world.open("r");
    assert_eq!(git.head().unwrap(), Head::Branch(main_branch(), first));
    world.git("r", &["pack-refs", "--all"]);
    assert_eq!(git.head().unwrap(), Head::Branch(main_branch(), first));
    world.git("r", &["checkout", "-q", "--detach"]);
    assert_eq!(git.head().unwrap(), Head::Detached(first));
    world.git("r", &["checkout", "-q", "-b", "ümlaut"]);
    assert!(matches!(git.head(), Err(GitError::Local { action: "use the branch of", .. })));
}

#[test]
fn every_kind_of_repository_opens() {
    let world = World::new();
    let git = world.repository("r");
    let Head::Branch(_, head) = git.head().unwrap() else { panic!("no branch") };
    std::fs::create_dir_all(world.path("r/a/b")).unwrap();
    assert_eq!(world.open("r/a/b").layout(), git.layout());
    world.git("r", &["worktree", "add", "-q", "-b", "other", "../tree"]);
    let tree = world.open("tree");
    assert_eq!(tree.head().unwrap(), Head::Branch(BranchName::new("other").unwrap(), head));
    assert_eq!(tree.layout().work_dir.unwrap(), world.path("tree").canonicalize().unwrap());
    world.git("", &["clone", "-q", "--bare", "r", "bare.git"]);
    let bare = world.open("bare.git");
    assert_eq!(bare.layout().work_dir, None);
    assert_eq!(bare.other_changes(&[]).unwrap(), [""; 0]);
    world.git("", &["clone", "-q", "--shared", "r", "shared"]);
    world.git("", &["init", "-q", "--separate-git-dir", "elsewhere.git", "pointing"]);
    world.git("", &["init", "-q", "outer"]);
    world.git("outer", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../r", "inner"]);
    for name in ["r", "tree", "bare.git", "shared", "outer/inner"] {
        let git = world.open(name);
        assert_eq!(git.file(head, "VERSION").unwrap(), Some(FileContent::Bytes(b"1.0.0\n".to_vec())), "{name}");
        assert_eq!(git.commits(head, &[]).unwrap().len(), 1, "{name}");
    }
    assert_eq!(world.open("pointing").head().unwrap(), Head::Unborn("main".into()));
    // The program and we mean the same repository.
    for name in ["r", "tree", "shared", "outer/inner"] {
        world.write(&format!("{name}/VERSION"), "changed\n");
        assert_eq!(world.open(name).other_changes(&[]).unwrap(), ["VERSION"], "{name}");
    }
}

#[test]
fn the_other_hash_works_too() {
    let world = World::new();
    world.git("", &["init", "-q", "--object-format=sha256", "r"]);
    world.write("r/VERSION", "1\n");
    let head = world.commit("r", "first");
    world.git("r", &["tag", "-m", "x", "v1.0.0"]);
    let git = world.open("r");
    assert!(matches!(head, Oid::Sha256(_)));
    let written = git.write_commit(&new_commit(head, &[("VERSION", "2\n")])).unwrap();
    world.git("r", &["fsck", "--strict"]);
    assert_eq!(git.commits(written, &[head]).unwrap().len(), 1);
    assert_eq!(git.references("refs/tags/").unwrap()[0].peeled, head);
    assert!(!git.has_object(Oid::Sha1([1; 20])).unwrap());
    assert_eq!(git.newest_reachable(head, &[version_tag("1.0.0", Oid::Sha1([1; 20]))]).unwrap(), None);
}

#[test]
fn another_reference_store_is_named() {
    let world = World::new();
    if !world.try_git("", &["init", "-q", "--ref-format=reftable", "r"], b"").status.success() {
        return;
    }
    let Err(error) = world.try_open("r") else { panic!("opened") };
    assert!(told(&error).contains("reftable"), "{}", told(&error));
}

#[test]
fn somebody_elses_repository_needs_permission() {
    use std::os::unix::fs::{MetadataExt, chown};
    let world = World::new();
    world.repository("r");
    // Only the superuser can give a folder away; for anybody else there is nothing to see here.
    if std::fs::metadata(world.path("r")).unwrap().uid() != 0 {
        return;
    }
    for name in ["r", "r/.git"] {
        chown(world.path(name), Some(12345), None).unwrap();
    }
    let error = world.try_open("r").err().unwrap();
    assert!(matches!(&error, GitError::Untrusted { path } if path.ends_with("/r")), "{error}");
    let permission = |value: &str| {
        let variables =
            [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.directory"), ("GIT_CONFIG_VALUE_0", value)];
        world.open_with("r", &variables)
    };
    assert!(permission("/nowhere").is_err());
    permission("*").unwrap().remotes().unwrap();
    world.write("home/.gitconfig", &format!("[safe]\n\tdirectory = {}\n", world.text("r")));
    assert_eq!(world.open("r").other_changes(&[]).unwrap(), [""; 0]);
    world.write("home/.gitconfig", &format!("[safe]\n\tdirectory = {}\n\tdirectory =\n", world.text("r")));
    assert!(world.try_open("r").is_err());
    world.write("home/.gitconfig", &format!("[safe]\n\tdirectory = {}/*\n", world.text("")));
    world.try_open("r").unwrap();
}

#[test]
fn files_of_a_commit() {
    let world = World::new();
    let git = world.repository("r");
    world.write("r/a/b.txt", "text");
    std::os::unix::fs::symlink("VERSION", world.path("r/link")).unwrap();
    let head = world.commit("r", "more");
    let check = |path: &str, expected: Option<FileContent>| {
        assert_eq!(git.file(head, path).unwrap(), expected, "{path}");
    };
    check("a/b.txt", Some(FileContent::Bytes(b"text".to_vec())));
    check("a", Some(FileContent::NotAFile("folder")));
    check("link", Some(FileContent::NotAFile("symbolic link")));
    for missing in ["", "b.txt", "a/c", "VERSION/x", "link/x", "/VERSION", "a/", "../r/VERSION"] {
        check(missing, None);
    }
}

#[test]
fn references_loose_and_packed() {
    let world = World::new();
    let git = world.repository("r");
    let first = world.rev("r", "HEAD");
    world.git("r", &["tag", "light"]);
    world.git("r", &["tag", "-m", "x", "heavy"]);
    world.git("r", &["tag", "-m", "x", "chain", "heavy"]);
    let blob = world.rev("r", "HEAD:VERSION");
    world.git("r", &["tag", "-m", "x", "blob", &blob.to_string()]);
    let check = || {
        let found: Vec<_> = git
            .references("refs/tags/")
            .unwrap()
            .into_iter()
            .map(|reference| (reference.name, reference.object == reference.peeled, reference.peeled))
            .collect();
        let expect = |name: &str, light, peeled| (format!("refs/tags/{name}"), light, peeled);
        let expected = [
            expect("blob", false, blob),
            expect("chain", false, first),
            expect("heavy", false, first),
            expect("light", true, first),
        ];
        assert_eq!(found, expected);
    };
    check();
    world.git("r", &["pack-refs", "--all"]);
    check();
    // A loose one wins over a packed one, and a file that is no reference is left out.
    let second = world.commit("r", "second");
    world.git("r", &["tag", "-f", "light"]);
    world.write("r/.git/refs/tags/broken.lock", "");
    let found = git.references("refs/tags/").unwrap();
    assert_eq!(found.iter().find(|reference| reference.name == "refs/tags/light").unwrap().object, second);
    assert_eq!(found.len(), 4);
    assert_eq!(git.references("refs/tags/hea").unwrap().len(), 1);
    assert_eq!(git.references("refs/none/").unwrap(), []);
}

#[test]
fn commits_and_tags_are_read_whole() {
    let world = World::new();
    let git = world.repository("r");
    let first = world.rev("r", "HEAD");
    // Bytes that are no UTF-8, under an encoding header.
    let tree = world.rev("r", "HEAD^{tree}");
    let raw = [
        format!("tree {tree}\nparent {first}\nauthor J").as_bytes(),
        b"\xf6rg <j@x> 1600000000 +0100\ncommitter C <c@x> 1600000001 +0100\nencoding ISO-8859-1\n\nfeat!: gr\xfc\xdfe\n",
    ]
    .concat();
    let oid: Oid = world.git_reading("r", &["hash-object", "-t", "commit", "-w", "--stdin"], &raw).parse().unwrap();
    let commit = git.commit(oid).unwrap();
    assert_eq!(
        (commit.parents, commit.time, commit.message),
        (vec![first], 1_600_000_001, b"feat!: gr\xfc\xdfe\n".to_vec())
    );
    let fact = git.commits(oid, &[first]).unwrap().remove(0);
    assert_eq!((fact.author_name, fact.author_email), (b"J\xf6rg".to_vec(), b"j@x".to_vec()));
    assert_eq!(
        (fact.encoding.as_deref(), fact.parents, fact.message),
        (Some("ISO-8859-1"), 1, b"feat!: gr\xfc\xdfe\n".to_vec())
    );
    world.git("r", &["tag", "-m", "the message", "v1"]);
    let tag = git.tag(world.rev("r", "v1^{tag}")).unwrap().unwrap();
    assert_eq!((tag.target, tag.name.as_str(), tag.message.as_slice()), (first, "v1", &b"the message\n"[..]));
    assert_eq!(git.tag(first).unwrap(), None);
    assert!(matches!(git.commit(world.rev("r", "HEAD^{tree}")), Err(GitError::Object { .. })));
}

#[test]
fn long_histories_are_read_alike_with_and_without_a_commit_graph() {
    let world = World::new();
    world.git(".", &["init", "--quiet", "--bare", "r.git"]);
    let length = 4500;
    let mut stream = String::new();
    for n in 1..=length {
        let message = format!("fix(scope{}): change {n}\n\nWith a body of {n} words.\n", n % 7);
        let size = message.len();
        let header =
            format!("commit refs/heads/main\nmark :{n}\ncommitter Ada <ada@example.org> {} +0000", 1_000_000 + n);
        stream += &format!("{header}\ndata {size}\n{message}\n");
    }
    world.git_reading("r.git", &["fast-import", "--quiet"], stream.as_bytes());
    let head = world.rev("r.git", "main");
    let read = || {
        let git = world.open("r.git");
        let commits = git.commits(head, &[]).unwrap();
        let mut past = git.past(head).unwrap();
        let half = past.commits(head, Some(commits[length / 2].oid)).unwrap();
        assert_eq!(half, commits[..length / 2]);
        // Asked again, each text is there again.
        assert_eq!(past.commits(head, None).unwrap(), commits);
        commits
    };
    let plain = read();
    assert_eq!(
        (plain.len(), plain[0].message.as_slice()),
        (length, &b"fix(scope6): change 4500\n\nWith a body of 4500 words.\n"[..])
    );
    world.git("r.git", &["commit-graph", "write", "--reachable"]);
    assert_eq!(read(), plain);
}

#[test]
fn replacements_and_grafts_are_not_believed() {
    let world = World::new();
    let git = world.repository("r");
    let (first, second) = (world.rev("r", "HEAD"), world.commit("r", "second"));
    world.git("r", &["replace", "--graft", &second.to_string()]);
    world.write("r/.git/info/grafts", &format!("{second}\n"));
    assert_eq!(world.git("r", &["rev-list", "--count", "HEAD"]), "1");
    assert_eq!(git.commits(second, &[]).unwrap().len(), 2);
    assert!(world.open("r").is_ancestor(first, second).unwrap());
}

#[test]
fn lost_and_broken_objects_are_named() {
    let world = World::new();
    let git = world.repository("r");
    let (first, second) = (world.rev("r", "HEAD"), world.commit("r", "second"));
    world.git("r", &["checkout", "-q", "--orphan", "side"]);
    let side = world.commit("r", "side");
    let object = |oid: Oid| {
        let hex = oid.to_string();
        let (folder, name) = hex.split_at(2);
        world.path(&format!("r/.git/objects/{folder}/{name}"))
    };
    let is_about = |error: GitError| matches!(error, GitError::Object { oid, .. } if oid == first);
    std::fs::rename(object(first), world.path("kept")).unwrap();
    assert!(is_about(git.commits(second, &[]).unwrap_err()));
    assert!(is_about(git.newest_reachable(second, &[version_tag("1.0.0", side)]).unwrap_err()));
    assert!(is_about(git.is_ancestor(side, second).unwrap_err()));
    assert!(!git.has_object(first).unwrap());
    assert!(!git.is_ancestor(first, second).unwrap());
    std::fs::write(object(first), b"garbage").unwrap();
    assert!(is_about(world.open("r").commits(second, &[]).unwrap_err()));
    // A commit that git would never write: no panic, no guess.
    let bad = b"tree 123\nnonsense";
    let arguments = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
    let bad: Oid = world.git_reading("r", &arguments, bad).parse().unwrap();
    assert!(matches!(git.commits(bad, &[]), Err(GitError::Object { oid, .. }) if oid == bad));
    assert!(matches!(git.is_ancestor(bad, bad), Err(GitError::Object { .. })));
}

#[test]
fn newest_tag_is_by_rank_and_not_by_date() {
    let world = World::new();
    let git = world.repository("r");
    let first = world.rev("r", "HEAD");
    let second = world.commit("r", "second");
    world.git("r", &["checkout", "-q", "-b", "side", &first.to_string()]);
    let side = world.commit("r", "side");
    let blob = world.rev("r", "HEAD:VERSION");
    let tags = [
        version_tag("9.0.0", blob),
        version_tag("8.0.0", Oid::Sha1([3; 20])),
        version_tag("3.0.0", side),
        version_tag("2.0.0", first),
        version_tag("1.5.0", first),
        version_tag("1.0.0", second),
    ];
    let check = |head: Oid, tags: &[_], expected: Option<&str>| {
        let found = git.newest_reachable(head, tags).unwrap().map(|tag| tag.version.to_string());
        assert_eq!(found.as_deref(), expected);
    };
    check(second, &tags, Some("2.0.0"));
    check(side, &tags, Some("3.0.0"));
    check(second, &tags[5..], Some("1.0.0"));
    check(second, &tags[..3], None);
    check(second, &[], None);
}

#[test]
fn index_and_working_tree() {
    let world = World::new();
    let git = world.repository("r");
    world.write("r/staged", "a");
    world.write("r/edited", "a");
    world.write("r/gone", "a");
    world.write("r/dir/in", "a");
    world.write("r/both", "a");
    let head = world.commit("r", "files");
    world.write("r/staged", "b");
    world.git("r", &["add", "staged"]);
    world.write("r/edited", "b");
    std::fs::remove_file(world.path("r/gone")).unwrap();
    std::fs::rename(world.path("r/dir"), world.path("moved")).unwrap();
    std::os::unix::fs::symlink(world.path("moved"), world.path("r/dir")).unwrap();
    world.write("r/new", "n");
    world.git("r", &["add", "-N", "new"]);
    world.git("r", &["update-index", "--chmod=+x", "both"]);
    world.write("r/untracked", "u");
    let paths =
        ["staged", "edited", "gone", "dir/in", "new", "both", "untracked", "nothing", "VERSION"].map(String::from);
    let bytes = |text: &str| WorkFile::Bytes(text.into());
    let found: Vec<_> =
        git.status(head, &paths).unwrap().into_iter().map(|s| (s.path, s.index_clean, s.file)).collect();
    let expected = [
        ("staged", false, bytes("b")),
        ("edited", true, bytes("b")),
        ("gone", true, WorkFile::Missing),
        ("dir/in", true, WorkFile::NotAFile),
        ("new", false, bytes("n")),
        ("both", false, bytes("a")),
        ("untracked", true, bytes("u")),
        ("nothing", true, WorkFile::Missing),
        ("VERSION", true, bytes("1.0.0\n")),
    ];
    assert_eq!(found, expected.map(|(path, clean, file)| (path.to_owned(), clean, file)));
    let changes = git.other_changes(&["edited".into()]).unwrap();
    assert_eq!(changes, ["both", "dir/in", "gone", "new", "staged"]);
}

#[test]
fn conflicts_and_folded_folders_in_the_index() {
    let world = World::new();
    let git = world.repository("r");
    world.git("r", &["checkout", "-q", "-b", "side"]);
    world.write("r/VERSION", "2\n");
    world.commit("r", "side");
    world.git("r", &["checkout", "-q", "main"]);
    world.write("r/VERSION", "3\n");
    let head = world.commit("r", "main");
    assert!(!world.try_git("r", &["merge", "side"], b"").status.success());
    assert!(!git.status(head, &["VERSION".into()]).unwrap()[0].index_clean);
    assert_eq!(git.operations_in_progress().unwrap(), ["merge"]);
    world.git("r", &["merge", "--abort"]);
    world.write("r/far/away/file", "x");
    let head = world.commit("r", "far");
    world.git("r", &["sparse-checkout", "set", "--cone", "--sparse-index", "near"]);
    let status = git.status(head, &["far/away/file".into(), "VERSION".into()]).unwrap();
    assert_eq!(status.iter().map(|s| s.index_clean).collect::<Vec<_>>(), [true, true]);
}

#[test]
fn operations_are_seen() {
    let world = World::new();
    let git = world.repository("r");
    assert_eq!(git.operations_in_progress().unwrap(), [""; 0]);
    for (file, name) in [
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
        ("BISECT_LOG", "bisect"),
        ("rebase-merge/head-name", "rebase"),
    ] {
        world.write(&format!("r/.git/{file}"), "");
        assert_eq!(git.operations_in_progress().unwrap(), [name]);
        let first = file.split('/').next().unwrap();
        let path = world.path(&format!("r/.git/{first}"));
        if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
    }
    world.write("r/.git/rebase-apply/next", "");
    assert_eq!(git.operations_in_progress().unwrap(), ["rebase"]);
    world.write("r/.git/rebase-apply/applying", "");
    assert_eq!(git.operations_in_progress().unwrap(), ["am"]);
}

#[test]
fn remotes_as_configured() {
    let world = World::new();
    let git = world.repository("r");
    world.write(
        "home/more",
        "[url \"https://long.example/\"]\n\tinsteadOf = gh:org/\n[url \"https://short.example/\"]\n\tinsteadOf = gh:\n",
    );
    world.write("home/.gitconfig", "[include]\n\tpath = more\n");
    for (name, url) in [("zeta", "gh:org/x"), ("alpha", "gh:y"), ("plain", "/some/path")] {
        world.git("r", &["remote", "add", name, url]);
    }
    world.git("r", &["config", "branch.main.remote", "alpha"]);
    world.git("r", &["config", "branch.local.remote", "."]);
    let expected = [("zeta", "https://long.example/x"), ("alpha", "https://short.example/y"), ("plain", "/some/path")]
        .map(|(name, url)| Remote { name: name.into(), url: url.into() });
    assert_eq!(git.remotes().unwrap(), expected);
    assert_eq!(git.upstream_remote(&main_branch()).unwrap().as_deref(), Some("alpha"));
    for name in ["local", "other"] {
        assert_eq!(git.upstream_remote(&BranchName::new(name).unwrap()).unwrap(), None);
    }
}

/// A repository whose settings cannot be read is not one without a remote: it would be released past its remote.
#[test]
fn settings_that_cannot_be_read() {
    let world = World::new();
    let git = world.repository("r");
    world.git("r", &["remote", "add", "origin", "/some/path"]);
    // Where no file can be there is none to read.
    let homeless = world.open_with("r", &[("HOME", "/dev/null"), ("XDG_CONFIG_HOME", "/dev/null/config")]).unwrap();
    assert_eq!(homeless.remotes().unwrap(), git.remotes().unwrap());
    for file in ["home/.gitconfig", "r/.git/config"] {
        let path = world.path(file);
        let _ = std::fs::remove_file(&path);
        std::fs::create_dir_all(&path).unwrap();
        let error = git.remotes().unwrap_err();
        assert!(matches!(error, GitError::Local { action: "read the settings of", .. }), "{file}: {error:?}");
        assert!(git.upstream_remote(&main_branch()).is_err(), "{file}");
        std::fs::remove_dir(&path).unwrap();
    }
}
