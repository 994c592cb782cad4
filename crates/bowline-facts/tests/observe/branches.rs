//! Which branch the release goes to.

use crate::world::World;
use bowline_model::FailureKind;

fn detached() -> World {
    let world = World::new();
    world.git(&["checkout", "--quiet", "--detach"]);
    world
}

#[test]
fn the_checked_out_branch_and_no_variable() {
    let mut world = World::new();
    world.asked.variables = vec![("CI_COMMIT_BRANCH", "other")];
    assert_eq!(world.facts().branch.as_str(), "main");
}

#[test]
fn the_flag_wins() {
    let mut world = World::new();
    world.asked.branch = Some("next");
    assert_eq!(world.facts().branch.as_str(), "next");
    world.git(&["checkout", "--quiet", "--detach"]);
    world.asked.variables = vec![("CI_COMMIT_BRANCH", "other")];
    assert_eq!(world.facts().branch.as_str(), "next");
}

#[test]
fn detached_with_variables() {
    for (variables, branch) in [
        (vec![("GITHUB_REF_NAME", "release/1.x"), ("GITHUB_REF_TYPE", "branch")], "release/1.x"),
        (vec![("GITHUB_REF_NAME", "v1.0.0"), ("GITHUB_REF_TYPE", "tag")], "main"),
        (vec![("CI_COMMIT_BRANCH", "develop")], "develop"),
        (vec![], "main"),
    ] {
        let mut world = detached();
        world.asked.variables.clone_from(&variables);
        assert_eq!(world.facts().branch.as_str(), branch, "{variables:?}");
    }
}

#[test]
fn detached_without_variables_needs_one_branch_of_the_remote() {
    let world = detached();
    world.git(&["push", "--quiet", "origin", "HEAD:refs/heads/twin"]);
    let failure = world.failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Usage, "branch_unknown"));
    assert!(failure.message.contains("main, twin"), "{failure}");
    assert!(failure.hints.iter().any(|hint| hint.contains("--branch")), "{failure:?}");

    let world = detached();
    world.commit("feat: nowhere");
    assert_eq!(world.failure().code, "branch_unknown");
}

#[test]
fn a_build_needs_no_branch() {
    let mut world = detached();
    world.asked.branchless = true;
    assert_eq!(world.facts().branch.as_str(), "main");
    world.git(&["push", "--quiet", "origin", "HEAD:refs/heads/twin"]);
    assert!(world.facts().branch.is_detached());
    world.commit("feat: nowhere");
    assert!(world.facts().branch.is_detached());
    world.asked.config = "[channel.any]\nbranch = \"*\"\nprerelease = \"any\"\n";
    assert!(world.facts().branch.is_detached());
    world.asked.branch = Some("next");
    assert_eq!(world.facts().branch.as_str(), "next");
}

#[test]
fn detached_offline_remembers_the_remote() {
    let mut world = World::new();
    world.git(&["checkout", "--quiet", "--detach"]);
    world.asked.offline = true;
    assert_eq!(world.facts().branch.as_str(), "main");
}

#[test]
fn detached_without_remote() {
    let world = World::without_remote();
    world.git(&["checkout", "--quiet", "--detach"]);
    let facts = world.facts();
    assert_eq!((facts.branch.as_str(), facts.remote), ("main", None));
}

#[test]
fn hostile_variables_are_refused() {
    let mut world = detached();
    world.asked.variables = vec![("CI_COMMIT_BRANCH", "--upload-pack=touch x")];
    let failure = world.failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Usage, "branch_name"));
}
