//! The contract of steps, over every registered step, in eight kinds of repositories.

use crate::forge::{Trick, Tricky};
use crate::talking::Talking;
use crate::worlds;
use bowline_testkit::bench::Bench;
use bowline_testkit::contract::prove;
use bowline_testkit::github::{Github, Thread};
use std::cell::RefCell;
use std::sync::{Arc, Mutex};

#[test]
fn with_files_and_artifacts() {
    let cases = prove(&|| worlds::bench(worlds::with_artifacts()));
    assert!(cases > 50, "{cases}");
}

#[test]
fn with_a_build_in_the_checkout() {
    prove(&|| worlds::bench(worlds::with_build("checkout")));
}

#[test]
fn with_a_build_in_a_clone() {
    prove(&|| worlds::bench(worlds::with_build("clone")));
}

#[test]
fn with_tags_only() {
    prove(&|| worlds::bench(worlds::tags_only()));
}

#[test]
fn with_floating_tags() {
    prove(&|| worlds::bench(worlds::with_floating_tags()));
}

#[test]
fn with_a_discussion() {
    prove(&|| {
        let mut bench = worlds::bench(worlds::with_discussion());
        Tricky::play(&mut bench, Trick::Discusses(None, Mutex::default()));
        bench
    });
}

#[test]
fn with_a_promotion() {
    let candidate = worlds::with_candidate();
    prove(&|| Bench::promoting(candidate.copy(), "v1.1.0-rc.0"));
}

#[test]
fn with_checks_before_and_follow_up_after() {
    let doubles: RefCell<Vec<Arc<Github>>> = RefCell::default();
    prove(&|| {
        let world = worlds::tags_only();
        world.write(
            "bowline.toml",
            "[gate.checks]\n[follow_up]\ncomment = \"{tag}\"\nlabels = [\"out\"]\nstatus = true\nmilestone = \"close\"\n",
        );
        world.commit_and_push("fix: tell people");
        let mut bench = worlds::bench(world);
        let github = Talking::begin(&mut bench);
        let head = bench.plan.repository.head.to_string();
        {
            let mut state = github.state();
            state.check_run(&head, "test", "github-actions", "completed", Some("success"));
            state.talk.threads.insert(1, Thread { commits: vec![head], closes: vec![2], ..Thread::default() });
            state.talk.threads.insert(2, Thread::default());
            state.talk.milestones.insert(1, ("1.0.1".to_owned(), true, 0));
        }
        doubles.borrow_mut().push(github);
        bench
    });
    for github in doubles.borrow().iter() {
        let state = github.state();
        assert!(state.violations.is_empty(), "{:?}", state.violations);
        let comments: Vec<usize> = state.talk.threads.values().map(|thread| thread.comments.len()).collect();
        assert_eq!(comments, [1, 1], "once, whatever died in between");
        assert_eq!(state.statuses_of("bowline/release").len(), 1);
        assert!(!state.talk.milestones[&1].1);
    }
}
