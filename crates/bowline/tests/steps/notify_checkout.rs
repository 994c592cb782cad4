//! `notify/checkout`: the checkout follows as after `git commit` and `git tag`, and everything else in it stays.

use crate::shared::{Meddle, at, finish, release, step};
use crate::worlds;
use std::path::Path;

#[test]
fn changes_of_the_user_stay() {
    let world = worlds::with_artifacts();
    world.write("src/other.txt", "one\n");
    world.write("src/partly.txt", "one\n");
    world.commit_and_push("fix: more files");
    world.shell(
        "echo staged > src/app.txt; git add src/app.txt; echo edited > src/other.txt; \
         echo staged > src/partly.txt; git add src/partly.txt; echo further > src/partly.txt; \
         echo new > src/new.txt; git add src/new.txt; echo mine > untracked; chmod 755 VERSION; git config core.fileMode false",
    );
    let status = world.git(&["status", "--porcelain"]);
    let staged = world.git(&["diff", "--cached", "--", "src"]);
    release(&world, &[], 0);
    assert_eq!(world.git(&["status", "--porcelain"]), status);
    assert_eq!(world.git(&["diff", "--cached", "--", "src"]), staged);
    assert_eq!(world.read("src/partly.txt"), "further\n");
    assert_eq!(world.git(&["rev-parse", "HEAD"]), at(&world, "refs/heads/main"));
    assert_eq!(world.git(&["rev-parse", "v1.1.0"]), at(&world, "refs/tags/v1.1.0"));
    assert_eq!(world.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(world.read("VERSION"), "1.1.0\n");
}

#[test]
fn a_detached_head_moves_and_local_branches_stay() {
    let world = worlds::with_artifacts();
    let head = world.git(&["rev-parse", "HEAD"]);
    world.git(&["checkout", "--quiet", "--detach"]);
    release(&world, &[], 0);
    assert_eq!(world.git(&["rev-parse", "HEAD"]), at(&world, "refs/heads/main"));
    assert!(!world.try_git_in(&world.work(), &["symbolic-ref", "--quiet", "HEAD"]).0, "still detached");
    assert_eq!(world.git(&["rev-parse", "refs/heads/main"]), head);
    assert_eq!((world.git(&["status", "--porcelain"]).as_str(), world.read("VERSION").as_str()), ("", "1.1.0\n"));
}

#[test]
fn another_branch_is_not_touched() {
    let world = worlds::with_artifacts();
    let head = world.git(&["rev-parse", "HEAD"]);
    world.git(&["checkout", "--quiet", "-b", "topic"]);
    let result = release(&world, &["--branch", "main"], 0);
    assert_eq!(step(&result, "notify/checkout").0, "done");
    assert_ne!(at(&world, "refs/heads/main"), head);
    for name in ["HEAD", "refs/heads/topic", "refs/heads/main"] {
        assert_eq!(world.git(&["rev-parse", name]), head, "{name}");
    }
    assert_eq!((world.git(&["status", "--porcelain"]).as_str(), world.read("VERSION").as_str()), ("", "1.0.0\n"));
    assert_eq!(world.git(&["rev-parse", "v1.1.0"]), at(&world, "refs/tags/v1.1.0"), "the tag is there");
}

#[test]
fn a_local_tag_of_that_name_is_kept_and_named() {
    let world = worlds::with_artifacts();
    world.git(&["tag", "v1.1.0", "v1.0.0"]);
    let ran = world.bowline(&["release"]).expect_code(0);
    assert!(ran.stderr.contains("the local tag v1.1.0 is not the released one"), "{}", ran.stderr);
    assert_eq!(world.git(&["rev-parse", "v1.1.0"]), world.git(&["rev-parse", "v1.0.0"]));
    assert_eq!(world.read("VERSION"), "1.1.0\n");
    // The printed command works.
    let (_, command) = ran.stderr.split_once("git fetch ").expect("a command");
    world.shell(&format!("git fetch --quiet {}", command.lines().next().unwrap()));
    assert_eq!(world.git(&["rev-parse", "v1.1.0"]), at(&world, "refs/tags/v1.1.0"));
}

#[test]
fn line_ends_stay_as_the_checkout_has_them() {
    let world = worlds::with_artifacts();
    world.git(&["config", "core.autocrlf", "true"]);
    world.shell("rm VERSION CHANGELOG.md; git checkout -q -- VERSION CHANGELOG.md");
    assert_eq!(world.read("VERSION"), "1.0.0\r\n");
    release(&world, &[], 0);
    assert_eq!(world.read("VERSION"), "1.1.0\r\n");
    let changelog = world.read("CHANGELOG.md");
    assert!(changelog.contains("1.1.0") && changelog.lines().count() > 5, "{changelog}");
    assert_eq!(changelog.matches('\n').count(), changelog.matches("\r\n").count(), "{changelog:?}");
    assert!(!world.read("package.json").contains('\r'), "this one had none");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert!(!world.git(&["show", "v1.1.0:CHANGELOG.md"]).contains('\r'), "the commit has the repository's");
}

#[test]
fn what_happened_during_the_release_is_respected() {
    let bench = worlds::bench(worlds::with_artifacts());
    let edit = Meddle::before("notify/checkout", || bench.world.write("VERSION", "mine\n"));
    let end = bench.run_with(&edit);
    assert!(end.failure.is_none(), "{:?}", end.failure);
    drop(edit);
    assert_eq!(bench.world.read("VERSION"), "mine\n");
    assert!(bench.world.read("package.json").contains("1.1.0"));
    assert_eq!(bench.world.git(&["status", "--porcelain"]), " M VERSION", "as an edit of the release commit");

    let bench = worlds::bench(worlds::with_artifacts());
    let commit = Meddle::before("notify/checkout", || drop(bench.world.commit("fix: meanwhile")));
    let end = bench.run_with(&commit);
    assert!(end.failure.is_none(), "{:?}", end.failure);
    drop(commit);
    assert_eq!(bench.world.git(&["log", "-1", "--format=%s"]), "fix: meanwhile");
    assert_eq!(
        (bench.world.read("VERSION").as_str(), bench.world.git(&["status", "--porcelain"]).as_str()),
        ("1.0.0\n", "")
    );
    assert_eq!(bench.world.git(&["rev-parse", "v1.1.0"]), at(&bench.world, "refs/tags/v1.1.0"));
}

#[test]
fn a_checkout_that_was_released_elsewhere_follows() {
    let world = worlds::with_artifacts();
    let here = world.work();
    let result = release(&world, &["--skip", "notify/checkout"], 0);
    assert_eq!(
        step(&result, "notify/checkout"),
        ("skipped".to_owned(), "disabled by --skip notify/checkout".to_owned())
    );
    assert_eq!(world.read("VERSION"), "1.0.0\n");
    assert!(!world.try_git_in(&here, &["rev-parse", "--quiet", "--verify", "v1.1.0"]).0);
    let again = release(&world, &[], 0);
    assert_eq!(again["status"], "nothing", "{again:#}");
    assert_eq!(world.read("VERSION"), "1.1.0\n");
    assert_eq!(world.git(&["rev-parse", "HEAD"]), at(&world, "refs/heads/main"));
    assert_eq!(world.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_linked_checkout_follows_and_the_main_one_stays() {
    let world = worlds::with_artifacts();
    let linked = world.root().join("linked");
    world.git(&["checkout", "--quiet", "-b", "topic"]);
    world.git(&["worktree", "add", "--quiet", &linked.to_string_lossy(), "main"]);
    world.shell("mkdir ../linked/dist; cp dist/* ../linked/dist");
    let ran = world.bowline_in(&linked, &["release", "--json"], &[]).expect_code(0);
    assert_eq!(ran.json()["status"], "released");
    let version = |folder: &Path| std::fs::read_to_string(folder.join("VERSION")).unwrap();
    assert_eq!((version(&linked).as_str(), version(&world.work()).as_str()), ("1.1.0\n", "1.0.0\n"));
    assert_eq!(world.git_in(&linked, &["status", "--porcelain"]), "");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert_eq!(world.git(&["symbolic-ref", "HEAD"]), "refs/heads/topic");
}

#[test]
fn a_release_without_edits_moves_nothing_but_the_tag() {
    let bench = worlds::bench(worlds::tags_only());
    let head = bench.world.git(&["rev-parse", "HEAD"]);
    finish(&bench);
    assert_eq!(bench.world.git(&["rev-parse", "HEAD"]), head);
    assert_eq!(bench.world.git(&["rev-parse", "v1.0.1^{commit}"]), head);
}
