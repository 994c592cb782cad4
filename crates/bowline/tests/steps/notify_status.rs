//! `notify/status`: the released commit gets a status, once, and nothing fails for want of it.

use crate::shared::{finish, outcome};
use crate::talking::Talking;
use crate::worlds;
use bowline_testkit::bench::Bench;
use bowline_testkit::github::{Fault, Github};
use std::sync::Arc;

fn scene() -> (Bench, Arc<Github>) {
    let world = worlds::tags_only();
    world.write("bowline.toml", "[follow_up]\nstatus = true\n");
    world.commit_and_push("fix: say it");
    let mut bench = worlds::bench(world);
    let github = Talking::begin(&mut bench);
    (bench, github)
}

#[test]
fn the_released_commit_leads_to_the_release() {
    let (bench, github) = scene();
    let end = finish(&bench);
    assert_eq!(outcome(&end, "notify/status"), "done");
    let url = bench.doors.forge.published(&bench.plan.packages[0].tag).unwrap().unwrap().url;
    let head = bench.plan.repository.head.to_string();
    assert_eq!(github.state().statuses_of("bowline/release"), [(head, "success".to_owned(), url)]);
    assert_eq!(outcome(&finish(&bench), "notify/status"), "already_done");
    let posts = || github.state().log.iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(posts(), 1, "it is said once");
    // Somebody else's word in its place is replaced.
    let head = bench.plan.repository.head.to_string();
    github.state().commit_status(&head, "bowline/release", "failure", None);
    assert_eq!(outcome(&finish(&bench), "notify/status"), "done");
    assert_eq!(posts(), 2);
}

#[test]
fn nothing_fails_for_want_of_it() {
    let (bench, github) = scene();
    github.state().denied = ["statuses"].into();
    let end = finish(&bench);
    let record = end.steps.iter().find(|record| record.id == "notify/status").unwrap();
    let problem = record.receipt.as_ref().unwrap()["problem"].as_str().unwrap();
    assert!(problem.contains("Commit statuses: write"), "{problem}");
    github.state().denied.clear();
    (1..=9).for_each(|nth| github.state().fail("statuses/", nth, Fault::Status(500)));
    assert_eq!(outcome(&finish(&bench), "notify/status"), "done");
    github.state().forget_faults();
    assert!(github.state().statuses_of("bowline/release").is_empty());
}

#[test]
fn a_forge_that_has_none_is_told() {
    let world = worlds::tags_only();
    world.write("bowline.toml", "[follow_up]\nstatus = true\nlabels = [\"released\"]\n");
    world.commit_and_push("fix: say it");
    let ran = world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(ran.stderr.contains("the released commit has no status"), "{}", ran.stderr);
    assert!(ran.stderr.contains("of what follows not everything was done"), "{}", ran.stderr);
}
