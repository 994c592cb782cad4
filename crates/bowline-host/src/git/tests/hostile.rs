//! Settings of a repository that name programs: none may run, whatever is done with the repository.

use super::{World, new_commit, new_tag, tag};
use bowline_port::git::{Git, GitReader, Head, RefUpdate};

#[test]
fn nothing_that_the_repository_names_runs() {
    let world = World::new();
    world.repository("r");
    world.write("r/.gitattributes", "* filter=evil diff=evil merge=evil\nVERSION filter=a=b\n");
    world.commit("r", "attributes");
    world.origin_of("r");
    let head = world.rev("r", "HEAD");
    let trap = world.trap("trap");
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.alternateRefsCommand",
        "sequence.editor",
        "gpg.program",
        "gpg.ssh.program",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "merge.evil.driver",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "filter.a=b.clean",
        "filter.a=b.process",
        "alias.status",
        "alias.push",
        "alias.update-ref",
        "uploadpack.packObjectsHook",
        "interactive.diffFilter",
        "pager.status",
        "credential.helper",
    ] {
        world.git("r", &["config", "--file", ".git/config", key, &trap]);
    }
    for (key, value) in [
        ("filter.evil.required", "true"),
        ("filter.a=b.required", "true"),
        ("commit.gpgSign", "true"),
        ("tag.gpgSign", "true"),
        ("push.gpgSign", "true"),
        ("push.followTags", "true"),
        ("protocol.ext.allow", "always"),
        ("core.hooksPath", &world.text("hooks")),
        ("gc.auto", "1"),
    ] {
        world.git("r", &["config", "--file", ".git/config", key, value]);
    }
    for hook in [
        "pre-push",
        "reference-transaction",
        "post-index-change",
        "post-checkout",
        "pre-auto-gc",
        "fsmonitor-watchman",
        "pre-commit",
        "commit-msg",
        "post-commit",
    ] {
        world.script(&format!("hooks/{hook}"), &format!("exec {trap}"));
        world.script(&format!("r/.git/hooks/{hook}"), &format!("exec {trap}"));
    }
    // Files whose stat differs, so that git must compare contents.
    world.write("r/VERSION", "1.0.0\n");
    world.write("r/.gitattributes", "* filter=evil diff=evil merge=evil\nVERSION filter=a=b\n");

    let git = world.open("r");
    assert!(matches!(git.head().unwrap(), Head::Branch(_, oid) if oid == head));
    let commit = git.write_commit(&new_commit(head, &[("VERSION", "1.2.3\n")])).unwrap();
    let tag_object = git.write_tag(&new_tag(commit, "v1.2.3")).unwrap();
    assert_eq!(git.other_changes(&[]).unwrap(), [""; 0]);
    git.status(head, &["VERSION".into()]).unwrap();
    git.references("refs/").unwrap();
    git.commits(commit, &[head]).unwrap();
    git.remotes().unwrap();
    git.ls_remote("origin").unwrap();
    git.fetch("origin", &["refs/heads/main".into()]).unwrap();
    let updates = [
        RefUpdate { name: "refs/heads/main".into(), old: Some(head), new: commit },
        RefUpdate { name: "refs/tags/v1.2.3".into(), old: None, new: tag_object },
    ];
    git.push_dry_run("origin", &updates).unwrap();
    git.push("origin", &updates).unwrap();
    assert!(git.ls_remote("ext::touch trap.ran").is_err());
    updates.iter().for_each(|update| git.update_reference(update).unwrap());
    git.update_index(commit, &["VERSION".into()]).unwrap();
    git.clone_at(&world.path("build"), commit, &tag("v1.2.3"), tag_object).unwrap();
    assert!(!world.exists("trap.ran"), "the trap was sprung");
    // The trap works: git by itself springs it.
    let _ = world.try_git("r", &["status"], b"");
    assert!(world.exists("trap.ran"));
}

/// Names of remotes, references and paths that git would take for an option, for two names, or for something else.
#[test]
fn names_are_never_options() {
    let world = World::new();
    world.repository("r");
    world.origin_of("r");
    let head = world.rev("r", "HEAD");
    let trap = world.trap("trap");
    let git = world.open("r");
    let before = world.git("r", &["for-each-ref"]);
    let on_remote = git.ls_remote("origin").unwrap();
    let options = [
        "-x".to_owned(),
        "--all".to_owned(),
        "--mirror".to_owned(),
        format!("--upload-pack={trap}"),
        format!("--receive-pack={trap}"),
        format!("--exec={trap}"),
        format!("--output={}", world.text("written")),
        "-c core.sshCommand=x".to_owned(),
    ];
    let others = [
        "@",
        "",
        "main",
        "refs/heads/*",
        "refs/heads/a:refs/heads/b",
        "+refs/heads/a",
        "refs/heads/a b",
        "refs/heads/-\n",
        "refs/heads/a..b",
    ];
    let update = |name: &str| RefUpdate { name: name.to_owned(), old: None, new: head };
    for name in options.iter().map(String::as_str).chain(others) {
        assert!(git.fetch("origin", &[name.to_owned()]).is_err(), "fetched {name:?}");
        assert!(git.push("origin", &[update(name)]).is_err(), "pushed {name:?}");
        assert!(git.push_dry_run("origin", &[update(name)]).is_err(), "pushed {name:?}");
        assert!(git.update_reference(&update(name)).is_err(), "moved {name:?}");
        // Paths that are not there: no error, and nothing else either.
        git.status(head, &[name.to_owned()]).unwrap();
        git.other_changes(&[name.to_owned()]).unwrap();
    }
    for name in options.iter().map(String::as_str).chain([""]) {
        assert!(git.ls_remote(name).is_err(), "listed {name:?}");
        assert!(git.fetch(name, &["refs/heads/main".to_owned()]).is_err(), "fetched from {name:?}");
        assert!(git.push(name, &[update("refs/heads/main")]).is_err(), "pushed to {name:?}");
        assert!(git.unshallow(name).is_err(), "fetched from {name:?}");
    }
    // A file may have such a name: it is data.
    let commit = git.write_commit(&new_commit(head, &[("-x", "1"), ("--all", "2")])).unwrap();
    git.update_index(commit, &["-x".into(), "--all".into()]).unwrap();
    assert_eq!(world.git("r", &["diff", "--cached", "--name-only"]), "--all\n-x");
    assert_eq!(world.git("r", &["for-each-ref"]), before);
    assert_eq!(git.ls_remote("origin").unwrap(), on_remote);
    assert!(!world.exists("trap.ran") && !world.exists("written"));
}

/// References that only look like what they are not: a tag called as a branch, a branch called as a tag, both as ids.
#[test]
fn a_name_means_its_own_reference_only() {
    let world = World::new();
    world.repository("r");
    world.origin_of("r");
    let head = world.rev("r", "HEAD");
    let git = world.open("r");
    let commit = git.write_commit(&new_commit(head, &[("VERSION", "2\n")])).unwrap();
    for name in ["refs/tags/main", "refs/tags/HEAD", "refs/tags/@", "refs/heads/v1", &format!("refs/tags/{commit}")] {
        git.update_reference(&RefUpdate { name: name.to_owned(), old: None, new: head }).unwrap();
    }
    let updates = [
        RefUpdate { name: "refs/heads/main".into(), old: Some(head), new: commit },
        RefUpdate { name: "refs/tags/v1".into(), old: None, new: commit },
    ];
    git.push("origin", &updates).unwrap();
    let found = git.ls_remote("origin").unwrap();
    let at = |name: &str| found.iter().find(|reference| reference.name == name).map(|reference| reference.object);
    assert_eq!((at("refs/heads/main"), at("refs/tags/v1"), at("refs/heads/v1")), (Some(commit), Some(commit), None));
    assert!(matches!(git.head().unwrap(), Head::Branch(name, at) if name.as_str() == "main" && at == head));
}

#[test]
fn variables_from_outside_do_not_reach_git() {
    let world = World::new();
    world.repository("r");
    world.repository("other");
    let (other, index, trace) = (world.text("other/.git"), world.text("index"), world.text("trace"));
    let variables = [
        ("GIT_DIR", other.as_str()),
        ("GIT_WORK_TREE", other.as_str()),
        ("GIT_INDEX_FILE", index.as_str()),
        ("GIT_OBJECT_DIRECTORY", other.as_str()),
        ("GIT_TRACE", trace.as_str()),
        ("GIT_TRACE2", trace.as_str()),
        ("GIT_TRACE_CURL", trace.as_str()),
        ("GIT_NAMESPACE", "x"),
    ];
    let git = world.open_with("r", &variables).unwrap();
    let head = world.rev("r", "HEAD");
    let commit = git.write_commit(&new_commit(head, &[("VERSION", "2\n")])).unwrap();
    git.update_index(commit, &["VERSION".into()]).unwrap();
    git.update_reference(&RefUpdate { name: "refs/tags/x".into(), old: None, new: commit }).unwrap();
    assert_eq!(world.rev("r", "refs/tags/x"), commit);
    assert_eq!(git.other_changes(&[]).unwrap(), ["VERSION"]);
    assert!(!world.exists("index") && !world.exists("trace"));
    assert_eq!(world.git("other", &["tag"]), "");
}

#[test]
fn large_file_support_installed_locally_keeps_working() {
    let mut world = World::new();
    world.repository("r");
    world.script("bin/git-lfs", "case $1 in clean) sed s/big/pointer/;; *) exit 1;; esac");
    let path = format!("{}:{}", world.text("bin"), super::path());
    world.variables.push(("PATH".into(), path));
    world.git("r", &["config", "filter.lfs.clean", "git-lfs clean -- %f"]);
    world.git("r", &["config", "filter.lfs.required", "true"]);
    world.write("r/.gitattributes", "*.bin filter=lfs\n");
    world.write("r/a.bin", "big\n");
    world.commit("r", "large");
    assert_eq!(world.git("r", &["show", "HEAD:a.bin"]), "pointer");
    // The same size at another time: only the filter can tell that nothing changed.
    std::fs::File::open(world.path("r/a.bin")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    let git = world.open("r");
    assert_eq!(git.other_changes(&[]).unwrap(), [""; 0]);
    // The same driver with a command of the repository's own is switched off.
    world.git("r", &["config", "filter.lfs.clean", &world.trap("trap")]);
    assert_eq!(git.other_changes(&[]).unwrap(), ["a.bin"]);
    assert!(!world.exists("trap.ran"));
}
