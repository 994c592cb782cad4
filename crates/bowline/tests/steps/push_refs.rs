//! `push/refs`: branch and tag at once or neither, never over anybody's commits, and a lost answer is looked up.

use crate::shared::{Lock, Meddle, at, finish, outcome, refused, release, somebody_commits, stopped};
use crate::worlds;
use bowline_model::failure::Certainty;
use bowline_steps::commit::objects::ReleaseObjects;
use bowline_testkit::World;
use bowline_testkit::bench::{At, Bench};

const MAIN: &str = "refs/heads/main";
const TAG: &str = "refs/tags/v1.1.0";

/// What stays the same when a push is refused: everything that anybody can see, and the checkout.
fn refused_by_hook(hook: (&str, &str), text: &str) -> String {
    let world = worlds::with_artifacts();
    let before = (world.visible(), world.checkout());
    world.hook(hook.0, hook.1);
    let failure = refused(&world, &[], 20, ("push_rejected", "push/refs"));
    let message = failure["message"].as_str().unwrap().to_owned();
    assert!(message.contains(text), "{message}");
    assert!(failure["hints"][0].as_str().unwrap().starts_with("nothing moved"), "{failure}");
    assert_eq!((world.visible(), world.checkout()), before);
    let shown = world.bowline(&["release"]).expect_code(20).stderr;
    assert!(!shown.contains('\u{1b}') && !shown.lines().any(|line| line.trim_start().starts_with("::")), "{shown}");
    std::fs::remove_file(world.remote().join("hooks").join(hook.0)).unwrap();
    release(&world, &[], 0);
    message
}

#[test]
fn a_rule_for_the_branch_keeps_the_tag_away() {
    refused_by_hook(("update", "test \"$1\" != refs/heads/main"), "the remote refused refs/heads/main");
}

#[test]
fn a_rule_for_the_tag_keeps_the_branch_in_place() {
    refused_by_hook(("update", "case $1 in refs/tags/*) exit 1;; esac"), "the remote refused refs/tags/v1.1.0");
}

#[test]
fn what_the_server_says_is_shown_and_harmless() {
    let script = "printf 'ask the release team\\n\\033[2J\\033]0;owned\\007\\n::error::not yours\\n##[error]nor this\\n' >&2; exit 1";
    let message = refused_by_hook(("pre-receive", script), "ask the release team");
    assert!(message.contains("not yours") && !message.chars().any(char::is_control), "{message}");
}

#[test]
fn without_the_right_to_push_nothing_begins() {
    let world = worlds::with_artifacts();
    let before = (world.visible(), world.checkout());
    let nowhere = world.root().join("read-only").to_string_lossy().into_owned();
    world.git(&["config", "remote.origin.pushurl", &nowhere]);
    let result = release(&world, &[], 12);
    assert_eq!(result["failure"]["code"], "push_not_possible", "{result:#}");
    world.git(&["config", "--unset", "remote.origin.pushurl"]);
    world.git_in(&world.remote(), &["config", "receive.advertiseAtomic", "false"]);
    let result = release(&world, &[], 12);
    assert_eq!(result["failure"]["code"], "push_not_possible", "{result:#}");
    assert_eq!((world.visible(), world.checkout()), before);
    assert!(result["steps"].as_array().unwrap().iter().all(|step| step["stage"] == "gate"), "{result:#}");
}

/// Changes the remote when everything was checked for the last time and the push is about to be sent.
fn check(bench: &Bench, act: impl Fn(&World), back: impl Fn(&World), (exit, code): (u8, &str)) {
    act(&bench.world);
    let expected = bench.world.visible();
    back(&bench.world);
    stopped(&bench.run_with(&Meddle::within("push/refs", || act(&bench.world))), exit, code, "push/refs");
    assert_eq!(bench.world.visible(), expected, "what the others did stays, and nothing of ours is there");
    back(&bench.world);
}

#[test]
fn whoever_is_faster_keeps_what_they_did() {
    let world = worlds::with_artifacts();
    let head = at(&world, MAIN);
    let newer = somebody_commits(&world, "newer");
    let bench = worlds::bench(world);
    let set = |name: &'static str, value: &str| {
        let value = value.to_owned();
        move |world: &World| drop(world.git_in(&world.remote(), &["update-ref", name, &value]))
    };
    let delete =
        |name: &'static str| move |world: &World| drop(world.git_in(&world.remote(), &["update-ref", "-d", name]));
    check(&bench, set(MAIN, &newer), set(MAIN, &head), (23, "remote_moved"));
    check(&bench, set(TAG, &newer), delete(TAG), (23, "tag_taken"));
    check(&bench, set(TAG, &head), delete(TAG), (23, "tag_taken"));
    let atomic = |value: &'static str| {
        move |world: &World| drop(world.git_in(&world.remote(), &["config", "receive.advertiseAtomic", value]))
    };
    check(&bench, atomic("false"), atomic("true"), (20, "push_not_atomic"));
    let moved = |from: &'static str, to: &'static str| {
        move |world: &World| {
            let path = |name: &str| world.root().join(name);
            std::fs::rename(path(from), path(to)).unwrap();
        }
    };
    let away = moved("remote/app.git", "remote/away.git");
    let here = moved("remote/away.git", "remote/app.git");
    stopped(
        &bench.run_with(&Meddle::within("push/refs", || away(&bench.world))),
        20,
        "remote_unreachable",
        "push/refs",
    );
    here(&bench.world);
    finish(&bench);
}

#[test]
fn a_tag_that_came_while_building_is_a_conflict() {
    let bench = worlds::bench(worlds::with_artifacts());
    let tag = || drop(bench.world.git_in(&bench.world.remote(), &["tag", "v1.1.0", "v1.0.0"]));
    let failure = stopped(&bench.run_with(&Meddle::before("push/refs", tag)), 23, "tag_taken", "push/refs");
    assert!(failure.message.contains(&bench.world.git(&["rev-parse", "v1.0.0"])), "{failure:?}");
}

/// A push whose connection breaks: `script` runs in a hook of the server and ends it with `die`.
fn broken(hook: &str, script: &str) -> Bench {
    let mut bench = worlds::bench(worlds::with_artifacts());
    bench.doors.clock = worlds::patient();
    bench.world.hook(hook, &format!("die() {{ kill -9 $PPID; }}\n{script}"));
    bench
}

#[test]
fn a_push_that_arrived_without_an_answer_is_found() {
    let bench = broken("reference-transaction", "cat > /dev/null; test \"$1\" != committed || die");
    let end = finish(&bench);
    let push = end.steps.iter().find(|step| step.id == "push/refs").unwrap();
    assert_eq!((push.outcome.as_str(), push.attempts), ("done", 2), "{push:?}");
    assert_eq!(at(&bench.world, "v1.1.0^{commit}"), at(&bench.world, MAIN));
}

/// Two machines release the same plan, and the other one's push lands while ours is under way: ours is refused, and all
/// that it wanted is there.
#[test]
fn a_refusal_because_it_is_done_already_is_no_failure() {
    let bench = broken(
        "pre-receive",
        "cat > /dev/null; unset GIT_QUARANTINE_PATH; \
         git update-ref refs/heads/main refs/other/commit && git update-ref refs/tags/v1.1.0 refs/other/tag",
    );
    let objects: ReleaseObjects = bench.run_until("push/refs").receipts.get("commit/objects").unwrap();
    let hook = bench.world.remote().join("hooks/pre-receive");
    std::fs::rename(&hook, hook.with_extension("later")).unwrap();
    let as_other = [format!("{}:refs/other/commit", objects.commit), format!("{}:refs/other/tag", objects.tag)];
    bench.world.git(&["push", "--quiet", "origin", &as_other[0], &as_other[1]]);
    std::fs::rename(hook.with_extension("later"), &hook).unwrap();
    let end = finish(&bench);
    let push = end.steps.iter().find(|step| step.id == "push/refs").unwrap();
    assert_eq!((push.outcome.as_str(), push.attempts), ("done", 1), "{push:?}");
    assert_eq!((at(&bench.world, MAIN), at(&bench.world, TAG)), (objects.commit.to_string(), objects.tag.to_string()));
}

#[test]
fn a_push_that_did_not_arrive_is_sent_again() {
    let bench = broken("pre-receive", "cat > /dev/null; test -e died || { touch died; die; }");
    let end = finish(&bench);
    let push = end.steps.iter().find(|step| step.id == "push/refs").unwrap();
    assert_eq!((push.outcome.as_str(), push.attempts), ("done", 2), "{push:?}");
}

#[test]
fn after_three_lost_answers_it_waits_for_a_person() {
    let bench = broken("pre-receive", "cat > /dev/null; echo x >> died; die");
    let failure = stopped(&bench.run(&At::default()), 21, "push_unanswered", "push/refs");
    assert!(failure.hints[0].contains("bowline resume"), "{failure:?}");
    assert_eq!(std::fs::read_to_string(bench.world.remote().join("died")).unwrap().lines().count(), 3);
    // It may have arrived, so the draft stays.
    assert!(crate::shared::draft(&bench.world).join("app.tar").exists());
    std::fs::remove_file(bench.world.remote().join("hooks/pre-receive")).unwrap();
    assert_eq!(outcome(&finish(&bench), "draft/upload"), "already_done");
}

/// A definite no to a later attempt says nothing about an earlier one that was not answered.
#[test]
fn a_refusal_does_not_make_an_earlier_push_undone() {
    let bench = broken(
        "pre-receive",
        "cat > /dev/null; echo x >> died; test $(wc -l < died) -gt 1 || die; echo no >&2; exit 1",
    );
    let end = bench.run(&At::default());
    let failure = stopped(&end, 21, "push_rejected", "push/refs");
    assert!(end.in_flight && end.public, "{end:?}");
    assert_eq!(failure.certainty, Certainty::Unknown);
    assert!(failure.hints.iter().all(|hint| !hint.contains("nothing moved")), "{failure:?}");
    assert!(failure.hints[0].contains("may still arrive"), "{failure:?}");
    let end = bench.unwind();
    assert!(end.in_flight && end.public, "{end:?}");
    assert!(crate::shared::draft(&bench.world).join("app.tar").exists(), "the draft was taken back");
    // The same when the next run is told that it has lost its lock.
    let lock = Lock::default();
    lock.lost_at_push.set(true);
    let end = bench.run_holding(&lock, &At::default());
    let failure = stopped(&end, 25, "lock_lost", "push/refs");
    assert!(end.in_flight && failure.certainty == Certainty::Unknown, "{failure:?}");
    std::fs::remove_file(bench.world.remote().join("hooks/pre-receive")).unwrap();
    assert_eq!(outcome(&finish(&bench), "draft/upload"), "already_done");
}

#[test]
fn between_two_attempts_somebody_is_faster() {
    let bench = broken(
        "pre-receive",
        "cat > /dev/null; env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main refs/heads/newer; die",
    );
    let newer = somebody_commits(&bench.world, "newer");
    let end = bench.run(&At::default());
    assert_eq!(end.failure.as_ref().map(|failure| failure.kind.exit_code(end.public)), Some(23), "{:?}", end.failure);
    assert_eq!(at(&bench.world, MAIN), newer, "their commit stays");
    assert_eq!(at(&bench.world, TAG), "");
}

#[test]
fn a_reference_that_is_missing_is_completed() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("publish/release");
    let (commit, tag) = (at(&bench.world, MAIN), at(&bench.world, TAG));
    bench.world.git_in(&bench.world.remote(), &["update-ref", "-d", TAG]);
    let newer = somebody_commits(&bench.world, "main");
    bench.run_until("publish/release");
    assert_eq!((at(&bench.world, MAIN), at(&bench.world, TAG)), (newer, tag.clone()), "only the tag was missing");
    bench.world.git_in(&bench.world.remote(), &["update-ref", MAIN, &bench.plan.repository.head.to_string()]);
    assert_eq!(outcome(&finish(&bench), "push/refs"), "done");
    assert_eq!((at(&bench.world, MAIN), at(&bench.world, TAG)), (commit, tag));
}

#[test]
fn without_edits_only_the_tag_is_pushed() {
    let bench = worlds::bench(worlds::tags_only());
    let newer = somebody_commits(&bench.world, "main");
    finish(&bench);
    assert_eq!(at(&bench.world, MAIN), newer);
    assert_eq!(at(&bench.world, "v1.0.1^{commit}"), bench.plan.repository.head.to_string());
}

#[test]
fn hooks_of_the_checkout_do_not_run() {
    let world = worlds::with_artifacts();
    world.shell("mkdir -p .git/hooks; for h in pre-push reference-transaction post-checkout; do printf '#!/bin/sh\\ntouch ../ran-'$h'\\nexit 1\\n' > .git/hooks/$h; chmod 755 .git/hooks/$h; done");
    release(&world, &[], 0);
    assert_eq!(world.shell("ls .. | grep ran- || true"), "");
}

#[test]
fn without_a_remote_the_local_references_move() {
    let world = worlds::with_artifacts();
    world.git(&["remote", "remove", "origin"]);
    let result = release(&world, &[], 0);
    assert_eq!(result["packages"][0]["commit"], world.git(&["rev-parse", "main"]));
    assert_eq!(world.git(&["rev-parse", "v1.1.0^{commit}"]), world.git(&["rev-parse", "main"]));
    assert_eq!((world.git(&["status", "--porcelain"]).as_str(), world.read("VERSION").as_str()), ("", "1.1.0\n"));
    assert_eq!(release(&world, &[], 0)["status"], "nothing");
}

#[test]
fn without_edits_the_branch_comes_along_when_it_lacks_the_commit() {
    let world = World::with_repository(worlds::PROGRAM);
    world.write("src/app.txt", "two\n");
    let head = world.commit("fix: mend it");
    refused(&world, &[], 10, ("unpushed_commits", "gate/remote"));
    release(&world, &["--yes"], 0);
    assert_eq!((at(&world, MAIN), at(&world, "v1.0.1^{commit}")), (head.clone(), head));
}
