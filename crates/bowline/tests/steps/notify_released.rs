//! `notify/released`: whom it tells, what, how often, and what it puts up with.

use crate::shared::{finish, outcome};
use crate::talking::Talking;
use crate::worlds;
use bowline_engine::RunEnd;
use bowline_steps::notify::released::Told;
use bowline_testkit::bench::Bench;
use bowline_testkit::github::{Fault, Github, Thread};
use std::sync::Arc;

struct Scene {
    bench: Bench,
    github: Arc<Github>,
}

/// A release of two commits: pull request 1 brought one of them and closes issue 2; pull request 3 brought the other.
fn scene() -> Scene {
    let world = worlds::tags_only();
    world.write(
        "bowline.toml",
        "[follow_up]\ncomment = \"Released in [{tag}]({url}).\"\nlabels = [\"released\"]\nmilestone = \"close\"\n",
    );
    world.commit_and_push("fix: tell people");
    let mut bench = worlds::bench(world);
    let github = Talking::begin(&mut bench);
    let commits: Vec<String> = bench.plan.packages[0].commits.iter().map(|commit| commit.id.to_string()).collect();
    assert_eq!(commits.len(), 2);
    let pull = |commit: &str, closes: &[u64]| Thread {
        commits: vec![commit.to_owned()],
        closes: closes.to_vec(),
        ..Thread::default()
    };
    {
        let mut state = github.state();
        state.talk.threads.insert(1, pull(&commits[0], &[2]));
        state.talk.threads.insert(2, Thread::default());
        state.talk.threads.insert(3, pull(&commits[1], &[]));
    }
    Scene { bench, github }
}

impl Scene {
    fn thread(&self, number: u64) -> Thread {
        self.github.state().talk.threads[&number].clone()
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Thread)) {
        change(self.github.state().talk.threads.entry(number).or_default());
    }

    fn requests(&self, part: &str) -> usize {
        self.github.state().log.iter().filter(|line| line.contains(part)).count()
    }

    fn release(&self) -> Told {
        report(&finish(&self.bench))
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let violations = self.github.state().violations.clone();
            assert!(violations.is_empty(), "{violations:?}");
        }
    }
}

fn report(end: &RunEnd) -> Told {
    let record = end.steps.iter().find(|record| record.id == "notify/released").unwrap();
    serde_json::from_value(record.receipt.clone().unwrap()).unwrap()
}

#[test]
fn everybody_is_told_once() {
    let scene = scene();
    let told = scene.release();
    assert_eq!((told.commented, told.labelled), (vec![1, 2, 3], vec![1, 2, 3]));
    assert!(told.problems.is_empty() && told.skipped.is_empty(), "{:?}", told.problems);
    let tag = &scene.bench.plan.packages[0].tag;
    let comment = scene.thread(2).comments.concat();
    assert!(comment.starts_with(&format!("Released in [{tag}](")), "{comment}");
    assert!(comment.ends_with(&format!("<!-- Bowline-Released: {} 1.0.1 -->", scene.bench.marker.plan)), "{comment}");
    assert_eq!(scene.thread(1).labels, ["released"]);
    // Two questions when looking, the same two when acting, whatever the number of commits.
    assert_eq!(scene.requests("graphql"), 4);
    assert_eq!(scene.requests("POST https://api.github.example/repos"), 6);

    let end = finish(&scene.bench);
    assert_eq!(outcome(&end, "notify/released"), "already_done");
    assert_eq!(report(&end).complete, 3);
    assert_eq!(scene.requests("POST https://api.github.example/repos"), 6, "nobody is told twice");
}

#[test]
fn only_what_is_ours_and_released_is_told() {
    let scene = scene();
    let commit = scene.thread(1).commits;
    scene.change(1, |pull| pull.closes.extend([10, 11]));
    scene.change(10, |issue| issue.elsewhere = Some("other/app"));
    scene.change(11, |issue| issue.open = true);
    scene.change(12, |pull| (pull.commits, pull.open) = (commit.clone(), true));
    scene.change(13, |pull| (pull.commits, pull.elsewhere) = (commit, Some("fork/app")));
    assert_eq!(scene.release().commented, [1, 2, 3]);
}

#[test]
fn what_takes_nothing_is_passed_over() {
    let scene = scene();
    scene.change(1, |pull| pull.locked = true);
    scene.change(2, |issue| issue.gone = true);
    scene.change(3, |pull| pull.labels = vec!["Released".to_owned()]);
    let told = scene.release();
    assert_eq!((told.commented.as_slice(), told.labelled.as_slice()), ([3].as_slice(), [].as_slice()));
    let skipped: Vec<(u64, bool)> =
        told.skipped.iter().map(|left| (left.number, left.reason.contains("locked"))).collect();
    assert_eq!(skipped, [(2, false), (1, true)]);
    assert!(told.problems.is_empty(), "{:?}", told.problems);
}

#[test]
fn a_lost_answer_is_looked_up_and_nothing_is_sent_twice() {
    let scene = scene();
    scene.github.state().fail("issues/2/comments", 1, Fault::Lost);
    let told = scene.release();
    assert_eq!(told.commented, [1, 2, 3]);
    assert_eq!(scene.thread(2).comments.len(), 1);
    assert!(told.problems.is_empty(), "{:?}", told.problems);
}

#[test]
fn it_makes_no_run_fail() {
    for (right, named) in [("issues", "Issues: write"), ("graphql", "Issues: read")] {
        let scene = scene();
        scene.github.state().denied = [right].into();
        let told = scene.release();
        assert!(told.commented.is_empty());
        assert!(told.problems.iter().any(|problem| problem.contains(named)), "{:?}", told.problems);
        assert!(scene.requests("POST https://api.github.example/repos") <= 1, "a missing right ends it");
    }
    let scene = scene();
    (1..=9).for_each(|nth| scene.github.state().fail("issues/1/comments", nth, Fault::Status(422)));
    let told = scene.release();
    assert_eq!(told.commented, [2, 3], "one that fails is no reason to leave the others out");
    assert_eq!(told.problems.len(), 1, "{:?}", told.problems);
    scene.github.state().forget_faults();
    assert_eq!(scene.release().commented, [1], "and is told by the next run");
}

#[test]
fn a_forge_that_wants_to_be_left_alone_is_left_alone() {
    let scene = scene();
    (1..=9).for_each(|nth| scene.github.state().fail("/comments", nth, Fault::Status(429)));
    let told = scene.release();
    assert!(told.commented.is_empty() && scene.requests("/comments") <= 3, "{told:?}");
    assert!(told.problems[0].contains("given up with 3 of 3 left"), "{:?}", told.problems);
}

#[test]
fn a_run_that_is_to_pause_leaves_the_rest_for_later() {
    let scene = scene();
    let stop = scene.bench.doors.stop.clone();
    scene.github.state().fail("issues/2/comments", 1, Fault::Status(500));
    let stopping = crate::shared::Meddle::within("notify/released", || stop.request("a test"));
    let end = scene.bench.run_with(&stopping);
    let failure = end.failure.unwrap();
    assert_eq!((failure.kind.exit_code(true), failure.code.as_str()), (24, "paused"), "{failure:?}");
}

#[test]
fn the_milestone_is_closed_when_nothing_in_it_is_open() {
    let scene = scene();
    {
        let mut state = scene.github.state();
        state.talk.milestones.insert(1, ("1.0.1 and more".to_owned(), true, 0));
        state.talk.milestones.insert(2, ("1.0.1".to_owned(), true, 2));
    }
    let told = scene.release();
    assert_eq!(told.milestone, None);
    assert!(told.problems[0].contains("stays open"), "{:?}", told.problems);
    scene.github.state().talk.milestones.insert(2, ("v1.0.1".to_owned(), true, 0));
    assert_eq!(scene.release().milestone.as_deref(), Some("v1.0.1"));
    let open: Vec<bool> = scene.github.state().talk.milestones.values().map(|(_, open, _)| *open).collect();
    assert_eq!(open, [true, false]);
    assert_eq!(outcome(&finish(&scene.bench), "notify/released"), "already_done");
}

#[test]
fn there_is_an_end_to_it() {
    let scene = scene();
    let commit = scene.thread(1).commits;
    (100..400).for_each(|number| scene.change(number, |pull| pull.commits.clone_from(&commit)));
    let told = scene.release();
    assert_eq!(told.commented.len(), 200);
    assert!(told.problems[0].contains("only 200 conversations are told, of 303"), "{:?}", told.problems);
}
