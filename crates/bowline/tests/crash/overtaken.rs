//! The branch moves while a release is under way, or before it is taken up again.

use crate::campaign::{check_published, expect_killed};
use crate::scene::{RELEASE, TAG, Variant, clone, clone_as, ready};
use bowline_testkit::World;

fn crash(world: &World, at: &str) {
    let killed = world.command(&world.work(), RELEASE, &[("BOWLINE_CRASH_AT", at)]).output().unwrap();
    expect_killed(killed.status);
}

/// Somebody else commits and pushes, from a clone of their own.
fn foreign_commit(world: &World, message: &str) -> String {
    let dir = clone_as(world, "foreign");
    world.git_in(&dir, &["commit", "--quiet", "--allow-empty", "--message", message]);
    world.git_in(&dir, &["push", "--quiet", "origin", "HEAD"]);
    world.git_in(&dir, &["rev-parse", "HEAD"])
}

/// What a reference of the remote points to.
pub(crate) fn on_remote(world: &World, name: &str) -> Option<String> {
    let (found, oid) = world.try_git_in(&world.remote(), &["rev-parse", "--verify", "--quiet", name]);
    found.then_some(oid)
}

/// Tags of ours on the remote, and published releases.
pub(crate) fn check_released(world: &World, expected: &[(&str, &str)]) {
    check_published(world);
    assert!(!world.releases().join(".staging").exists(), "{}", world.visible());
    for (tag, head) in expected {
        let parent = on_remote(world, &format!("refs/tags/{tag}^{{commit}}^"));
        assert_eq!(parent.as_deref(), Some(*head), "{tag} does not release that head");
        assert!(world.releases().join(tag).is_dir(), "{tag} is not published");
    }
    let tags = world.git_in(&world.remote(), &["tag", "--list"]);
    let tags: Vec<&str> = tags.lines().filter(|tag| *tag != "v1.0.0").collect();
    assert_eq!(tags, expected.iter().map(|(tag, _)| *tag).collect::<Vec<_>>());
    let _ = world.git_in(&world.remote(), &["fsck", "--strict"]);
}

#[test]
fn a_draft_for_an_older_head_is_discarded() {
    for at in [
        "forge.create_draft:after",
        "forge.upload:after#1",
        "forge.upload:after#3",
        "finished:draft/verify",
        "intent:push/refs",
    ] {
        let world = ready(Variant::InClone);
        crash(&world, at);
        let head = world.commit_and_push("fix: more");
        let ran = world.bowline(RELEASE).expect_code(0);
        assert!(ran.stderr.contains("a newer head has replaced it"), "{}", ran.snapshot());
        check_released(&world, &[(TAG, &head)]);
        let _ = world.bowline(RELEASE).expect_code(0);
        check_released(&world, &[(TAG, &head)]);
    }
}

/// A release that was pushed is completed first; then what came after it is released.
#[test]
fn a_pushed_release_is_completed_before_the_next() {
    for at in ["git.push:after", "effect:push/refs", "intent:publish/release"] {
        for fresh in [false, true] {
            let world = ready(Variant::InClone);
            let head = world.git(&["rev-parse", "HEAD"]);
            crash(&world, at);
            let newer = foreign_commit(&world, "fix: more");
            let dir = if fresh { clone(&world) } else { world.work() };
            let _ = world.bowline_in(&dir, RELEASE, &[]).expect_code(0);
            if !fresh {
                check_released(&world, &[(TAG, &head)]);
                world.git(&["pull", "--quiet", "--ff-only"]);
                let _ = world.bowline(RELEASE).expect_code(0);
            }
            check_released(&world, &[(TAG, &head), ("v1.1.1", &newer)]);
            let again = world.bowline_in(&dir, RELEASE, &[]).expect_code(0);
            assert!(again.stdout.contains("head is v1.1.1"), "{}", again.snapshot());
        }
    }
}

/// The remote moved on after the draft: the old head is not released, and says so; the new one is.
#[test]
fn a_remote_that_moved_is_a_conflict() {
    for at in ["finished:commit/objects", "forge.upload:after#2", "finished:draft/verify", "git.push:before"] {
        let world = ready(Variant::InClone);
        crash(&world, at);
        let newer = foreign_commit(&world, "fix: more");
        let ran = world.bowline(RELEASE).expect_code(23);
        assert!(ran.stderr.contains("superseded"), "{}", ran.snapshot());
        assert_eq!(on_remote(&world, "refs/heads/main").as_deref(), Some(newer.as_str()));
        assert_eq!(on_remote(&world, &format!("refs/tags/{TAG}")), None, "an orphan tag");
        let _ = world.bowline_in(&clone(&world), RELEASE, &[]).expect_code(0);
        check_released(&world, &[(TAG, &newer)]);
    }
}

/// What somebody does on the remote while a release is under way.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// A commit on top of the planned head.
    Ahead,
    /// The branch is rewritten: a commit beside the planned head.
    Beside,
    /// A tag with the planned name.
    Tag,
}

/// Whatever happens on the remote before any one of the conversations with it, nobody's commit or tag is lost, and
/// branch and tag of a release arrive together or not at all.
#[test]
fn the_remote_moves_before_any_conversation() {
    let counted = {
        let world = ready(Variant::InClone);
        meddle(&world, 0, "true");
        let _ = world.bowline_with(RELEASE, &[("PATH", &path(&world))]).expect_code(0);
        conversations(&world).len()
    };
    assert!(counted > 5, "{counted}");
    for what in [Move::Ahead, Move::Beside, Move::Tag] {
        for number in 1..=counted {
            moved(what, number);
        }
    }
}

fn moved(what: Move, number: usize) {
    let world = ready(Variant::InClone);
    let head = world.git(&["rev-parse", "HEAD"]);
    let foreign = unseen_commit(&world, if matches!(what, Move::Beside) { "HEAD^" } else { "HEAD" });
    // Compare and swap: when the release was pushed already, nothing moves.
    let git = format!("git -C '{}'", world.remote().display());
    let action = match what {
        Move::Ahead | Move::Beside => format!("{git} update-ref refs/heads/main {foreign} {head}"),
        Move::Tag => format!("{git} update-ref refs/tags/{TAG} {foreign} 0000000000000000000000000000000000000000"),
    };
    meddle(&world, number, &format!("if {action} 2>/dev/null; then : >\"$HOME/moved\"; fi"));
    let ran = world.bowline_with(RELEASE, &[("PATH", &path(&world))]);
    let words = format!("{what:?} before conversation {number}: {}", ran.snapshot());
    check_published(&world);
    let (main, tag) = (on_remote(&world, "refs/heads/main"), on_remote(&world, &format!("refs/tags/{TAG}")));
    if !world.root().join("home/moved").exists() {
        assert_eq!(ran.code, Some(0), "{words}");
        return check_released(&world, &[(TAG, &head)]);
    }
    assert_eq!(ran.code, Some(23), "{words}");
    let (expected_main, expected_tag) = match what {
        Move::Ahead | Move::Beside => (foreign, None),
        Move::Tag => (head, Some(foreign)),
    };
    assert_eq!((main, tag), (Some(expected_main), expected_tag), "{words}");
    assert!(!world.releases().join(TAG).exists(), "{words}");
    assert!(!world.releases().join(".staging").exists(), "a draft is left: {words}");
}

/// A commit that the remote has the bytes of and no reference to.
pub(crate) fn unseen_commit(world: &World, parent: &str) -> String {
    let tree = world.git(&["rev-parse", "HEAD^{tree}"]);
    let parent = world.git(&["rev-parse", parent]);
    world.git_in(&world.remote(), &["commit-tree", "-p", &parent, "-m", "fix: more", &tree])
}

/// Puts a `git` in front of the real one that does `action` before conversation `number` with the remote, and writes
/// each conversation down.
pub(crate) fn meddle(world: &World, number: usize, action: &str) {
    meddle_each(world, &format!("if [ $count -eq {number} ]; then {action}; fi"));
}

/// The same with an action before each conversation; `$count` is its number.
pub(crate) fn meddle_each(world: &World, action: &str) {
    let real = world.shell("command -v git");
    let script = format!(
        "#!/bin/sh
for word; do
  case $word in ls-remote|push|fetch)
    printf '%s\\n' \"$*\" >>\"$HOME/conversations\"
    count=$(wc -l <\"$HOME/conversations\")
    {action}
    break ;;
  esac
done
exec '{real}' \"$@\"
"
    );
    std::fs::create_dir(world.root().join("bin")).unwrap();
    std::fs::write(world.root().join("bin/git"), script).unwrap();
    world.shell("chmod 755 \"$HOME/../bin/git\"");
}

/// The search path that finds that `git` first.
pub(crate) fn path(world: &World) -> String {
    let old = world.variables().into_iter().find(|(name, _)| name == "PATH").unwrap().1;
    format!("{}:{old}", world.root().join("bin").display())
}

/// The arguments of every conversation so far.
pub(crate) fn conversations(world: &World) -> Vec<String> {
    let list = std::fs::read_to_string(world.root().join("home/conversations")).unwrap();
    list.lines().map(str::to_owned).collect()
}

/// Giving up a release whose tag is public takes nothing away from it: it can still be completed.
#[test]
fn a_public_release_is_not_taken_apart() {
    for at in ["effect:push/refs", "intent:publish/release"] {
        for command in [&["resume", "--yes"][..], RELEASE] {
            let world = ready(Variant::Prebuilt);
            let head = world.git(&["rev-parse", "HEAD"]);
            crash(&world, at);
            std::fs::remove_dir_all(world.work().join("dist")).unwrap();
            let ran = world.bowline(&["abort"]).expect_code(22);
            assert!(ran.stderr.contains("bowline resume"), "{}", ran.snapshot());
            let _ = world.bowline(command).expect_code(0);
            check_released(&world, &[(TAG, &head)]);
        }
    }
}

/// A machine that gave up a release does not stand in its way when another machine has gone on with it.
#[test]
fn what_one_machine_took_back_another_may_have_pushed() {
    let world = ready(Variant::InClone);
    let head = world.git(&["rev-parse", "HEAD"]);
    crash(&world, "finished:draft/verify");
    let _ = world.bowline(&["abort"]).expect_code(0);
    let other = clone(&world);
    let state = world.root().join("another-machine").to_string_lossy().into_owned();
    let elsewhere = [("BOWLINE_STATE_DIR", state.as_str()), ("BOWLINE_CRASH_AT", "effect:push/refs")];
    let killed = world.command(&other, RELEASE, &elsewhere).output().unwrap();
    expect_killed(killed.status);
    world.git(&["pull", "--quiet", "--ff-only"]);
    let _ = world.bowline(RELEASE).expect_code(0);
    check_released(&world, &[(TAG, &head)]);
}
