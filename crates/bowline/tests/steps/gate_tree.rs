//! `gate/tree`: which states of a checkout a release accepts.

use crate::shared::{finish, refused, release};
use crate::worlds;
use bowline_model::Failure;
use bowline_steps::files;
use bowline_steps::gate::tree::Tree;
use bowline_testkit::bench::Bench;

/// Brings the checkout into a state with a script, asks, and brings it back.
fn check(bench: &Bench, script: &str, expected: Result<(), (&str, &str)>) {
    bench.world.shell(script);
    let found: Result<_, Failure> = bench.check(&Tree).map(drop);
    match (&found, expected) {
        (Ok(()), Ok(())) => {}
        (Err(failure), Err((code, text))) => {
            assert_eq!(failure.code, code, "{script}: {failure:?}");
            assert!(failure.message.contains(text), "{script}: {failure:?}");
            assert_eq!(failure.kind.exit_code(false), 10, "{script}");
        }
        _ => panic!("{script}: {found:?} instead of {expected:?}"),
    }
    bench.world.shell("rm -rf .git/MERGE_HEAD .git/rebase-merge .git/BISECT_LOG; git reset -q --hard; git clean -qfd");
}

#[test]
fn declared_files_are_clean_or_the_plans_own() {
    let bench = worlds::bench(worlds::with_artifacts());
    let refused = |name| Err(("declared_files_edited", name));
    let check = |script, expected| check(&bench, script, expected);
    check("true", Ok(()));
    check("echo 9 > VERSION", refused("VERSION has changes"));
    check("echo 9 > VERSION; git add VERSION", refused("VERSION has"));
    check("echo 9 > VERSION; git add VERSION; echo 1.0.0 > VERSION", refused("VERSION has"));
    check("rm VERSION", refused("VERSION has"));
    check("git rm -q --cached VERSION", refused("VERSION has"));
    check("rm VERSION; ln -s ../elsewhere VERSION", refused("VERSION has"));
    check("rm VERSION; mkdir VERSION", refused("VERSION has"));
    check("echo 9 > VERSION; echo >> CHANGELOG.md", refused("CHANGELOG.md and VERSION have changes"));
    // The same file with other line ends is the same file; a mixture is an edit.
    check("printf '1.0.0\\r\\n' > VERSION", Ok(()));
    check("printf '# Changelog\\r\\n\\r\\nWritten by hand.\\r\\n' > CHANGELOG.md", Ok(()));
    check("printf '# Changelog\\r\\n\\nWritten by hand.\\n' > CHANGELOG.md", refused("CHANGELOG.md"));
    // Everything else is the user's.
    check("echo two > src/app.txt; echo new > untracked", Ok(()));
    check("echo two > src/app.txt; git add src/app.txt; rm -f .gitignore", Ok(()));
    // A crash may have left the plan's own bytes.
    check("echo 1.1.0 > VERSION", Ok(()));
    check("printf '1.1.0\\r\\n' > VERSION", Ok(()));
    check("echo 1.1.1 > VERSION", refused("VERSION"));
    for file in files::declared(bench.doors.git.as_ref(), &bench.plan).unwrap() {
        bench.world.write(&file.path, file.after.as_ref().unwrap());
    }
    check("true", Ok(()));
    // A checkout that stands elsewhere will not be touched.
    check("git checkout -q --detach v1.0.0; echo 9 > VERSION", Ok(()));
}

#[test]
fn a_public_release_is_completed_whatever_is_edited() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    bench.settings.public = true;
    check(&bench, "echo 9 > VERSION; git add VERSION", Ok(()));
}

/// The last step moves the branch, then the index, then the files; it may have died after any of them.
#[test]
fn a_checkout_on_its_way_to_the_release_is_recognised() {
    let bench = worlds::bench(worlds::with_artifacts());
    let end = bench.run_until("notify/checkout");
    let commit = end.receipts.raw("commit/objects").unwrap()["commit"].as_str().unwrap().to_owned();
    let follow = |script: &str| {
        let head = bench.plan.repository.head;
        bench.world.git(&["reset", "--quiet", "--hard", &head.to_string()]);
        bench.world.shell(&format!("git update-ref refs/heads/main {commit}; {script}"));
    };
    let ask = || bench.check(&Tree).map(drop).map_err(|failure| failure.code);
    follow("true");
    assert_eq!(ask(), Ok(()), "the branch has moved");
    follow("git read-tree HEAD");
    assert_eq!(ask(), Ok(()), "and the index");
    follow("git read-tree HEAD; git checkout-index --force VERSION");
    assert_eq!(ask(), Ok(()), "and one file");
    follow("echo 9 > VERSION");
    assert_eq!(ask(), Err("declared_files_edited".to_owned()), "somebody is at work here");
    follow("true");
    finish(&bench);
    assert_eq!(bench.world.git(&["status", "--porcelain"]), "");
    assert_eq!(bench.world.read("VERSION"), "1.1.0\n");
}

#[test]
fn nobody_is_in_the_middle_of_something() {
    let bench = worlds::bench(worlds::tags_only());
    for (script, operation) in [
        ("git rev-parse HEAD > .git/MERGE_HEAD", "a merge is in progress"),
        ("mkdir .git/rebase-merge", "a rebase is in progress"),
        ("touch .git/BISECT_LOG", "a bisect is in progress"),
    ] {
        check(&bench, script, Err(("operation_in_progress", operation)));
    }
    bench.world.shell("touch .git/BISECT_LOG");
    let failure = bench.check(&Tree).unwrap_err();
    assert!(failure.hints[0].contains("git bisect reset"), "bisect knows no --abort: {failure:?}");
}

#[test]
fn a_build_in_the_checkout_sees_only_what_is_committed() {
    let refused = Err(("checkout_modified", "src/app.txt"));
    for (place, expected) in [("checkout", refused), ("clone", Ok(()))] {
        let bench = worlds::bench(worlds::with_build(place));
        check(&bench, "echo two > src/app.txt", expected);
        check(&bench, "echo two > src/app.txt; git add src/app.txt", expected);
        check(&bench, "rm src/app.txt", expected);
        check(&bench, "echo new > untracked; echo 1.1.0 > VERSION", Ok(()));
    }
}

#[test]
fn the_printed_command_is_the_way_out() {
    let world = worlds::with_artifacts();
    world.write("my files/VERSION", "1.0.0\n");
    world.write(
        "bowline.toml",
        "[[version_file]]\npath = \"my files/VERSION\"\n\n[[version_file]]\npath = \"VERSION\"\n",
    );
    world.commit_and_push("fix: hold the version elsewhere");
    world.write("my files/VERSION", "9.9.9\n");
    world.shell("echo 8.8.8 > VERSION; git add VERSION; echo mine > src/app.txt");
    let before = (world.visible(), world.checkout());
    let failure = refused(&world, &[], 10, ("declared_files_edited", "gate/tree"));
    assert_eq!((world.visible(), world.checkout()), before);
    let hint = failure["hints"][0].as_str().unwrap();
    let (_, command) = hint.split_once("git restore").unwrap_or_else(|| panic!("no command in {hint}"));
    world.shell(&format!("git restore{command}"));
    release(&world, &[], 0);
    assert_eq!((world.read("VERSION").as_str(), world.read("src/app.txt").as_str()), ("1.1.0\n", "mine\n"));
}
