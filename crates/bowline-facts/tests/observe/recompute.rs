//! Facts as they were at a commit, for computing a lost plan again.

use crate::world::World;
use bowline_facts::At;
use bowline_model::facts::{Facts, RemoteRelation, Unfinished};
use bowline_model::git::TagName;

/// What a plan is made from, in a form that can be compared.
fn relevant(facts: Facts) -> String {
    let remote = facts.remote.map(|remote| (remote.name, remote.relation));
    format!(
        "{:#?}",
        (
            facts.repository,
            facts.head,
            facts.branch,
            remote,
            (facts.package, facts.tag_form),
            (facts.version_tags, facts.current),
            facts.commits,
            facts.files
        )
    )
}

#[test]
fn the_same_facts_after_the_release() {
    for with_commit in [true, false] {
        let mut world = World::new();
        world.tag("v1.0.0");
        world.commit_file("VERSION", "1.0.0\n");
        world.push();
        let before = relevant(world.facts());
        let head = world.head();
        let marker = world.marker("plan");
        if with_commit {
            world.release_commit(marker);
        }
        world.annotate("v1.1.0", Some(marker));
        world.commit_file("VERSION", "2.0.0\n");
        world.tag("v2.0.0");
        world.push();
        world.clone_again(&[]);
        let without_tag = (!with_commit).then(|| TagName::new("v1.1.0").unwrap());
        world.asked.at = Some(At { head, without_tag, promotes: None });
        let facts = world.facts();
        assert_eq!((&facts.unfinished, &facts.released), (&Unfinished::None, &None));
        assert_eq!(facts.remote.as_ref().unwrap().relation, RemoteRelation::Equal);
        assert_eq!(relevant(facts), before, "with a release commit: {with_commit}");
    }
}
