//! How the remote branch and the head relate.

use crate::world::World;
use bowline_model::facts::RemoteRelation;

fn relation(world: &World) -> RemoteRelation {
    world.facts().remote.unwrap().relation
}

#[test]
fn absent() {
    let mut world = World::new();
    world.asked.branch = Some("next");
    let remote = world.facts().remote.unwrap();
    assert_eq!((remote.tip, remote.relation), (None, RemoteRelation::Absent));
}

#[test]
fn behind_lists_what_is_not_pushed() {
    let world = World::new();
    let first = world.commit("fix: one\n\nbody");
    let second = world.commit("feat: \u{1b}[31mtwo");
    let expected = vec![(second, "feat: \\u{001B}[31mtwo".to_owned()), (first, "fix: one".to_owned())];
    assert_eq!(relation(&world), RemoteRelation::Behind(expected));
}

/// A fresh clone at `first`, when the remote branch has moved on by `others` commits after our release, if any.
fn moved(released: bool, others: usize) -> (World, RemoteRelation) {
    let mut world = World::new();
    let first = world.head();
    let marker = world.marker("plan");
    let release = released.then(|| world.release_commit(marker));
    for n in 0..others {
        world.commit(&format!("feat: by others {n}"));
    }
    let tip = world.head();
    // The clone has the objects only when it fetched them: leave them out.
    world.clone_again(&[]);
    world.git_in(&world.path().join("app"), &["push", "--quiet", "origin", "main"]);
    assert_eq!(world.head(), first);
    let expected = match release {
        Some(commit) => RemoteRelation::OurRelease { commit, marker },
        None => RemoteRelation::Ahead(tip),
    };
    (world, expected)
}

#[test]
fn ahead_by_others() {
    for others in [1, 3] {
        let (world, expected) = moved(false, others);
        let before = world.git(&["for-each-ref"]);
        assert_eq!(relation(&world), expected, "{others}");
        assert_eq!(world.git(&["for-each-ref"]), before, "a reference moved");
    }
}

#[test]
fn ahead_by_our_release() {
    for others in [0, 2] {
        let (world, expected) = moved(true, others);
        assert_eq!(relation(&world), expected, "{others}");
    }
}

#[test]
fn diverged() {
    let (world, expected) = moved(true, 1);
    world.commit("fix: here");
    let RemoteRelation::OurRelease { .. } = expected else { panic!("{expected:?}") };
    let tip = world.facts().remote.unwrap().tip.unwrap();
    assert_eq!(relation(&world), RemoteRelation::Diverged(tip));
}

#[test]
fn a_release_of_another_head_is_somebody_elses_change() {
    let world = World::new();
    let first = world.head();
    let marker = world.marker("plan");
    world.commit("fix: in between");
    // The words of a release commit, on the wrong parent.
    world.release_commit(marker);
    world.push();
    let tip = world.head();
    world.forget(first);
    assert_eq!(relation(&world), RemoteRelation::Ahead(tip));

    // A release commit of ours, of what came in between.
    world.commit("fix: in between");
    world.release_commit(world.marker("later plan"));
    world.push();
    let tip = world.head();
    world.forget(first);
    assert_eq!(relation(&world), RemoteRelation::Ahead(tip));
}
