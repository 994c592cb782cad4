//! `gate/remote`: what may stand on the remote, and what stops a release.

use crate::shared::{at, refused, release, somebody_commits};
use crate::worlds;
use bowline_model::Digest;
use bowline_model::git::Marker;
use bowline_steps::gate::remote::{Remote, RemoteState};
use bowline_testkit::World;
use bowline_testkit::bench::Bench;

/// Makes a tag on the remote, annotated when there is a message, looks, and removes it again.
fn with_tag(bench: &Bench, commit: &str, message: Option<&str>) -> Result<RemoteState, (String, u8)> {
    let (world, remote) = (&bench.world, bench.world.remote());
    match message {
        Some(message) => world.git_in(&remote, &["tag", "--annotate", "--message", message, "v1.1.0", commit]),
        None => world.git_in(&remote, &["tag", "v1.1.0", commit]),
    };
    let found = bench.check(&Remote).map_err(|failure| {
        assert!(failure.message.contains(&world.git_in(&remote, &["rev-parse", commit])), "{failure:?}");
        (failure.code, failure.kind.exit_code(false))
    });
    world.git_in(&remote, &["tag", "--delete", "v1.1.0"]);
    found
}

#[test]
fn only_a_tag_of_this_plan_may_be_there() {
    let bench = worlds::bench(worlds::with_artifacts());
    let taken = || Err(("tag_taken".to_owned(), 23));
    let state = |found: Result<RemoteState, _>| found.map(|state| (state.unpushed, state.released));
    let foreign = Marker { plan: Digest::of(b"another plan"), head: bench.marker.head }.append_to("v1.1.0");
    let quoted = format!("{}Signed-off-by: Eve <eve@example.org>\n", bench.marker.append_to("v1.1.0"));
    assert_eq!(state(with_tag(&bench, "v1.0.0", None)), taken());
    assert_eq!(state(with_tag(&bench, "main", None)), taken());
    assert_eq!(state(with_tag(&bench, "main", Some("1.1.0 by hand"))), taken());
    assert_eq!(state(with_tag(&bench, "main", Some(&foreign))), taken());
    assert_eq!(state(with_tag(&bench, "main", Some(&quoted))), taken());
    // The right words on the wrong object: only the very tag that the plan makes is ours.
    assert_eq!(state(with_tag(&bench, "main", Some(&bench.marker.append_to("v1.1.0")))), taken());
    let end = bench.run_until("draft/create");
    let tag = end.receipts.raw("commit/objects").unwrap()["tag"].as_str().unwrap().to_owned();
    bench.world.git(&["push", "--quiet", "origin", &format!("{tag}:refs/tags/v1.1.0")]);
    assert_eq!(state(bench.check(&Remote).map_err(|failure| (failure.code, 0))), Ok((0, false)));
}

/// What the gate says when the remote's branch stands at `tip`.
fn with_branch(bench: &Bench, tip: &str) -> Result<u64, (String, u8, String)> {
    let (world, remote) = (&bench.world, bench.world.remote());
    let old = at(world, "refs/heads/main");
    world.git_in(&remote, &["update-ref", "refs/heads/main", tip]);
    let found = bench.check(&Remote);
    world.git_in(&remote, &["update-ref", "refs/heads/main", &old]);
    let failed = |failure: bowline_model::Failure| {
        let text = format!("{} {}", failure.message, failure.hints.join(" "));
        assert!(failure.code == "unpushed_commits" || text.contains(tip), "the newer commit is named: {text}");
        (failure.code, failure.kind.exit_code(false), failure.causes.join("|"))
    };
    found.map(|state| state.unpushed).map_err(failed)
}

#[test]
fn the_branch_may_be_behind_and_not_ahead() {
    let world = worlds::with_artifacts();
    let head = at(&world, "refs/heads/main");
    let ahead = somebody_commits(&world, "ahead");
    let tree = format!("{head}^{{tree}}");
    let side = world.git_in(&world.remote(), &["commit-tree", "-p", "v1.0.0", "-m", "fix: aside", &tree]);
    let old = world.git(&["rev-parse", "v1.0.0"]);
    let mut bench = worlds::bench(world);
    let conflict = |code: &str| Err((code.to_owned(), 23, String::new()));
    assert_eq!(with_branch(&bench, &head), Ok(0));
    assert_eq!(with_branch(&bench, &ahead), conflict("superseded"));
    assert_eq!(with_branch(&bench, &side), conflict("remote_diverged"));
    assert_eq!(with_branch(&bench, &old), Ok(1), "with consent");
    bench.settings.push_local_commits = false;
    let listed = format!("{} feat: add things", head.get(..10).unwrap());
    assert_eq!(with_branch(&bench, &old), Err(("unpushed_commits".to_owned(), 10, listed)));
    bench.world.git_in(&bench.world.remote(), &["update-ref", "-d", "refs/heads/main"]);
    let failure = bench.check(&Remote).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.causes.len()), ("unpushed_commits", 2), "{failure:?}");
}

#[test]
fn newer_commits_do_not_matter_to_a_release_that_pushes_no_branch() {
    let world = worlds::tags_only();
    let ahead = somebody_commits(&world, "ahead");
    let bench = worlds::bench(world);
    assert_eq!(bench.plan.commit_message, None);
    assert_eq!(with_branch(&bench, &ahead), Ok(0));
}

/// `count` local commits that the remote lacks.
fn local_commits(world: &World, count: usize) {
    for number in 1..=count {
        world.git(&["commit", "--quiet", "--allow-empty", "--message", &format!("fix: number {number}")]);
    }
}

#[test]
fn local_commits_go_out_only_with_consent() {
    let world = worlds::with_artifacts();
    local_commits(&world, 12);
    let before = (world.visible(), world.checkout());
    let failure = refused(&world, &[], 10, ("unpushed_commits", "gate/remote"));
    let causes: Vec<&str> = failure["causes"].as_array().unwrap().iter().filter_map(|cause| cause.as_str()).collect();
    assert_eq!(causes.len(), 11, "{causes:?}");
    assert!(causes[0].ends_with("fix: number 12") && causes[10] == "… and 2 more", "{causes:?}");
    assert_eq!((world.visible(), world.checkout()), before);
    release(&world, &["--yes"], 0);
    assert_eq!(at(&world, "refs/heads/main"), world.git(&["rev-parse", "HEAD"]));
    assert_eq!(at(&world, "refs/heads/main~2"), world.git(&["rev-parse", "HEAD~2"]));
}

#[test]
fn the_user_learns_who_was_faster() {
    let world = worlds::with_artifacts();
    let newer = somebody_commits(&world, "main");
    let before = (world.visible(), world.checkout());
    let result = release(&world, &[], 23);
    assert_eq!(
        (result["status"].as_str(), result["failure"]["code"].as_str()),
        (Some("superseded"), Some("superseded"))
    );
    assert!(result["failure"]["message"].as_str().unwrap().contains(&newer), "{result:#}");
    world.git(&["pull", "--quiet", "--ff-only"]);
    let elsewhere = somebody_commits(&world, "elsewhere");
    world.git_in(&world.remote(), &["update-ref", "refs/tags/v1.1.0", &elsewhere]);
    let result = release(&world, &[], 23);
    assert_eq!(result["failure"]["code"], "version_not_above", "found out while planning: {result:#}");
    world.git_in(&world.remote(), &["update-ref", "-d", "refs/tags/v1.1.0"]);
    world.git_in(&world.remote(), &["update-ref", "-d", "refs/heads/elsewhere"]);
    assert_eq!(world.visible(), before.0);
    release(&world, &[], 0);
}

#[test]
fn without_a_remote_the_local_references_count() {
    let world = worlds::with_artifacts();
    world.git(&["remote", "remove", "origin"]);
    let bench = worlds::bench(world);
    assert_eq!(bench.check(&Remote).unwrap().unpushed, 0);
    bench.world.git(&["tag", "v1.1.0", "v1.0.0"]);
    assert_eq!(bench.check(&Remote).unwrap_err().code, "tag_taken");
}

#[test]
fn a_remote_that_does_not_answer() {
    let bench = worlds::bench(worlds::tags_only());
    std::fs::rename(bench.world.remote(), bench.world.root().join("away")).unwrap();
    let failure = bench.check(&Remote).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.kind.exit_code(false)), ("remote_unreachable", 20), "{failure:?}");
}
