//! `notify/floating-tags`: only forward, only from what was seen, and never over somebody else's.

use crate::shared::{Meddle, at, finish, outcome, release, somebody_commits, step, stopped};
use crate::worlds;
use bowline_model::Digest;
use bowline_model::git::{Marker, TagName};
use bowline_port::forge::NewRelease;
use bowline_testkit::World;
use bowline_testkit::bench::{At, Bench};

/// Where the floating tags of the remote stand.
fn floating(world: &World) -> [String; 2] {
    ["v1", "v1.1"].map(|tag| at(world, &format!("refs/tags/{tag}")))
}

fn released(world: &World) -> String {
    at(world, "refs/tags/v1.1.0^{commit}")
}

fn bench_with(prepare: impl FnOnce(&World)) -> Bench {
    let world = worlds::with_floating_tags();
    prepare(&world);
    worlds::bench(world)
}

fn put(world: &World, tag: &str, place: &str) {
    world.git_in(&world.remote(), &["update-ref", &format!("refs/tags/{tag}"), place]);
}

#[test]
fn they_follow_the_release() {
    let bench = bench_with(|_| ());
    let end = finish(&bench);
    assert_eq!(outcome(&end, "notify/floating-tags"), "done");
    let commit = released(&bench.world);
    assert_eq!(floating(&bench.world), [commit.clone(), commit], "the commit, not the tag object of another name");
    assert_eq!(outcome(&finish(&bench), "notify/floating-tags"), "already_done");
}

/// Git fetches no tag over another one, so the checkout's own would be in the way from then on.
#[test]
fn those_of_the_checkout_follow_when_they_stood_there() {
    let bench = bench_with(|world| drop(world.git(&["tag", "v1", "v1.0.0^{commit}"])));
    finish(&bench);
    let here = |tag: &str| bench.world.git(&["rev-parse", tag]).trim().to_owned();
    assert_eq!([here("v1"), here("v1.1")], [released(&bench.world), released(&bench.world)]);
    let bench = bench_with(|world| drop(world.git(&["tag", "v1", "HEAD"])));
    let own = bench.world.git(&["rev-parse", "v1"]);
    finish(&bench);
    assert_eq!(bench.world.git(&["rev-parse", "v1"]), own, "it is somebody's own");
}

#[test]
fn an_annotated_one_of_a_lower_version_moves_as_well() {
    let bench = bench_with(|world| {
        world.git_in(
            &world.remote(),
            &["-c", "user.name=A", "-c", "user.email=a@b", "tag", "-f", "-m", "one", "v1", "v1.0.0"],
        );
    });
    finish(&bench);
    assert_eq!(floating(&bench.world)[0], released(&bench.world));
}

#[test]
fn one_on_a_higher_version_or_elsewhere_stays() {
    let bench = bench_with(|_| ());
    let world = &bench.world;
    let other = somebody_commits(world, "other");
    put(world, "v1.9.0", &other);
    put(world, "v1", &other);
    put(world, "v1.1", &somebody_commits(world, "foreign"));
    let before = floating(&bench.world);
    let end = finish(&bench);
    assert_eq!(floating(&bench.world), before);
    let receipt = end.receipts.raw("notify/floating-tags").unwrap();
    assert_eq!(receipt["elsewhere"].as_array().unwrap().len(), 2, "{receipt}");
}

#[test]
fn one_on_an_ancestor_without_a_version_moves() {
    let bench = bench_with(|world| put(world, "v1", "main~1"));
    finish(&bench);
    assert_eq!(floating(&bench.world)[0], released(&bench.world));
}

#[test]
fn one_with_a_release_of_its_own_stays() {
    let bench = bench_with(|_| ());
    let new = NewRelease {
        tag: TagName::new("v1").unwrap(),
        commit: bench.plan.repository.head,
        name: "v1".to_owned(),
        notes: "by hand".to_owned(),
        prerelease: false,
        marker: Marker { plan: Digest::of(b"another plan"), head: bench.marker.head },
    };
    let draft = bench.doors.forge.create_draft(&new).unwrap();
    bench.doors.forge.publish(&draft, false).unwrap();
    let before = floating(&bench.world)[0].clone();
    finish(&bench);
    assert_eq!(floating(&bench.world), [before, released(&bench.world)], "the other one moves all the same");
}

#[test]
fn one_that_somebody_else_moves_is_looked_at_again() {
    let bench = bench_with(|_| ());
    let other = somebody_commits(&bench.world, "other");
    // Between looking and pushing: the lease does not let it through, and the next look finds a commit of others.
    bench.world.hook("pre-receive", &format!("while read old new ref; do [ $ref = refs/tags/v1 ] && [ ! -e moved ] && touch moved && env -u GIT_QUARANTINE_PATH git update-ref refs/tags/v1 {other}; done; exit 0"));
    let end = bench.run(&At::default());
    let failure = stopped(&end, 21, "floating_tag_moved", "notify/floating-tags");
    assert!(failure.hints[0].contains("bowline resume"), "{failure:?}");
    finish(&bench);
    assert_eq!(floating(&bench.world), [other, released(&bench.world)]);
}

#[test]
fn one_that_a_rule_protects_is_named() {
    let bench = bench_with(|_| ());
    bench.world.hook("update", "[ $1 != refs/tags/v1 ] || { echo 'tag v1 is protected' >&2; exit 1; }");
    let failure = stopped(&bench.run(&At::default()), 21, "floating_tag_refused", "notify/floating-tags");
    assert!(failure.message.contains("tag v1 is protected"), "{failure:?}");
    bench.world.hook("update", "exit 0");
    finish(&bench);
}

#[test]
fn a_release_that_is_not_public_moves_none() {
    let bench = bench_with(|_| ());
    let before = floating(&bench.world);
    let remote = bench.world.remote();
    let lose = || drop(bench.world.git_in(&remote, &["update-ref", "-d", "refs/tags/v1.1.0"]));
    stopped(&bench.run_with(&Meddle::before("publish/release", lose)), 22, "tag_not_in_place", "publish/release");
    assert_eq!(floating(&bench.world), before);
}

/// That it has nothing to move does not make a release public that is not.
#[test]
fn one_that_stays_does_not_keep_a_failed_release() {
    let bench = bench_with(|world| {
        let other = somebody_commits(world, "other");
        ["v1", "v1.1"].iter().for_each(|tag| put(world, tag, &other));
    });
    let before = bench.world.visible();
    bench.world.hook("update", "[ $1 != refs/tags/v1.1.0 ] || exit 1");
    stopped(&bench.run(&At::default()), 20, "push_rejected", "push/refs");
    assert_eq!(bench.world.visible(), before, "the draft is gone");
}

/// Also not where it cannot be known yet what would be released.
#[test]
fn a_run_that_came_to_nothing_is_given_up() {
    let world = worlds::with_floating_tags();
    for until in ["gate", "draft"] {
        release(&world, &["--until", until, "--yes"], 0);
        let given_up = world.bowline(&["abort", "--json"]).expect_code(0).json();
        assert_eq!(given_up["status"], "aborted", "{until}: {given_up:#}");
    }
}

#[test]
fn a_prerelease_moves_none() {
    let world = worlds::with_floating_tags();
    let before = floating(&world);
    let result = release(&world, &["--yes", "--pre", "rc"], 0);
    assert_eq!(step(&result, "notify/floating-tags").0, "skipped");
    assert_eq!(floating(&world), before);
    // A patch of the same line moves both again.
    let result = release(&world, &["--yes", "--version", "1.1.0"], 0);
    assert_eq!(step(&result, "notify/floating-tags").0, "done", "{result:#}");
    assert_eq!(floating(&world), [released(&world), released(&world)]);
}
