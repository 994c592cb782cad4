//! Merged pull requests as facts: those of this history, and what is said when they cannot be read.

use crate::world::{Sight, World};
use bowline_model::facts::{PullFact, Pulls};
use bowline_model::{FailureKind, Oid};

const LABELS: &str = "commits.sources = [\"labels\"]";

fn pull(number: u64, merge: Option<Oid>, commits: &[Oid]) -> PullFact {
    PullFact {
        number,
        title: format!("Number {number}"),
        labels: Vec::new(),
        author: None,
        commits: commits.to_vec(),
        merge,
        override_block: None,
    }
}

#[test]
fn those_that_were_merged_into_this_history() {
    let mut world = World::new();
    world.tag("v1.0.0");
    let (one, two, merge) = (world.commit("one"), world.commit("two"), world.commit("Merge pull request #7"));
    world.push();
    let elsewhere = Oid::Sha1([7; 20]);
    // The last one took these commits over into another branch.
    world.shelf.pulls = Some(vec![
        pull(9, Some(elsewhere), &[one, two]),
        pull(8, None, &[two]),
        pull(7, Some(merge), &[one, two, elsewhere]),
    ]);
    assert_eq!(world.facts().pulls, Pulls::NotAsked, "nobody is asked for what nobody needs");
    world.asked.config = LABELS;
    let facts = world.facts();
    let found: Vec<_> = facts.pulls.known().unwrap().iter().map(|pull| (pull.number, pull.commits.clone())).collect();
    assert_eq!(found, [(7, vec![merge, two, one]), (8, vec![two])]);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_observed() {
    let mut world = World::new();
    world.asked.config = LABELS;
    let check = |world: &World, kind: FailureKind, code: &str| {
        let facts = world.facts();
        let failure = facts.pulls.known().unwrap_err();
        assert_eq!((failure.kind, failure.code.as_str()), (kind, code), "{failure:?}");
        assert!(failure.message.starts_with("`commits.sources` needs merged pull requests: "), "{}", failure.message);
        assert!(!failure.hints.is_empty());
        assert_eq!(facts.commits.len(), 1);
    };
    check(&world, FailureKind::Config, "pull_requests_unavailable");
    world.shelf.pulls = Some(Vec::new());
    world.asked.offline = true;
    check(&world, FailureKind::Usage, "pull_requests_offline");
    world.asked.offline = false;
    assert_eq!(world.facts().pulls, Pulls::Known(Vec::new()));
    world.shelf.sight = Sight::NoDrafts;
    assert_eq!(world.facts().pulls, Pulls::Known(Vec::new()));
}
