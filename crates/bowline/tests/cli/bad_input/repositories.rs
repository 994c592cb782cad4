//! Rows: repositories in unusual states.

use super::{check, row};
use crate::support::{PROGRAM, one_fix, with_package_json};
use bowline_testkit::World;

#[test]
fn hardly_a_repository() {
    check(&[
        row("no repository", empty_folder).dir("tmp").fails(2, "no_repository", "bowline demo"),
        row("no repository, by -C", empty_folder).dir("tmp").run(&["-C", "nowhere", "plan"]).fails(
            2,
            "no_repository",
            "-C DIR",
        ),
        row("no commits", no_commits).fails(2, "no_commits", "commit something first"),
        row("unborn branch beside others", unborn).fails(2, "no_commits", "commit something first"),
        row("bare", one_fix).dir("remote/app.git").fails(2, "bare_repository", "git worktree add"),
        row("damaged history", damaged).fails(20, "git_object", "git fsck"),
    ]);
}

#[test]
fn nothing_to_release() {
    check(&[
        row("nothing since the tag", released_by_hand).says("Nothing to release: no commits since v1.0.0"),
        row("nothing, and a release is required", released_by_hand).run(&["release", "--require-release"]).fails(
            4,
            "nothing_to_release",
            "--bump patch",
        ),
        row("none of them releases", only_docs).says("Nothing to release: "),
        row("none of them releases, and a release is required", only_docs)
            .run(&["release", "--require-release"])
            .fails(4, "nothing_to_release", "--bump patch"),
        row("plan of nothing", only_docs).run(&["plan"]).says("Nothing to release: "),
        row("check of nothing", only_docs).run(&["check"]).says("Nothing to release: "),
    ]);
}

#[test]
fn detached_head() {
    const PLAN: &[&str] = &["plan"];
    check(&[
        row("on the remote's branch", detached_at_tip).run(PLAN).says("v1.0.1 on main"),
        row("behind it", detached_behind).run(PLAN).fails(2, "branch_unknown", "--branch NAME"),
        row("two branches there", detached_on_two).run(PLAN).fails(2, "branch_unknown", "--branch NAME"),
        row("GitHub, a branch", detached_on_two)
            .run(PLAN)
            .env(&[("GITHUB_REF_NAME", "main"), ("GITHUB_REF_TYPE", "branch")])
            .says("v1.0.1 on main"),
        row("GitHub, a tag", detached_behind)
            .run(PLAN)
            .env(&[("GITHUB_REF_NAME", "v1.0.0"), ("GITHUB_REF_TYPE", "tag")])
            .fails(2, "branch_unknown", "--branch NAME"),
        row("behind it, for a build", detached_behind).run(&["plan", "--snapshot"]).says("1.0.1-snapshot."),
        row("a proposal, for a build", detached_on_two)
            .run(&["plan", "--snapshot"])
            .env(&[("GITHUB_REF", "refs/pull/12/merge")])
            .says("1.0.1-snapshot."),
        row("GitLab", detached_on_two).run(PLAN).env(&[("CI_COMMIT_BRANCH", "twin")]).says("v1.0.1 on twin"),
        row("--branch", detached_on_two).run(&["plan", "--branch", "main"]).says("v1.0.1 on main"),
        row("--branch wins", detached_on_two)
            .run(&["plan", "--branch", "main"])
            .env(&[("CI_COMMIT_BRANCH", "twin")])
            .says("v1.0.1 on main"),
        row("an unusable --branch", detached_on_two).run(&["plan", "--branch=-x"]).fails(2, "branch_name", "--branch"),
        row("an unusable variable", detached_on_two).run(PLAN).env(&[("CI_COMMIT_BRANCH", "--upload-pack=x")]).fails(
            2,
            "branch_name",
            "--branch NAME",
        ),
    ]);
}

#[test]
fn clones_that_lack_something() {
    check(&[
        row("shallow, with its remote", shallow).dir("clone").run(&["plan"]).says("app 1.0.0 → 1.0.1"),
        row("shallow, 2 commits", shallow).dir("clone").run(&["explain"]).says("from tag v1.0.0"),
        row("shallow, without a remote", shallow_orphan).dir("clone").fails(10, "shallow", "git fetch --unshallow"),
        row("shallow, offline", shallow).dir("clone").run(&["plan", "--offline"]).fails(
            10,
            "shallow",
            "fetch-depth: 0",
        ),
        row("without tags", without_tags).dir("clone").run(&["plan"]).says("app 1.0.0 → 1.0.1"),
        row("without blobs", without_blobs).dir("clone").run(&["plan"]).says("app 1.0.0 → 1.1.0"),
        row("one branch", single_branch).dir("clone").run(&["plan"]).says("app 1.0.0 → 1.0.1"),
        row("remote gone", remote_gone).fails(20, "remote_unreachable", "git ls-remote origin"),
        row("remote gone, offline", remote_gone).run(&["plan", "--offline"]).says("not asked: --offline"),
    ]);
}

#[test]
fn in_the_middle_of_something() {
    check(&[
        row("a merge with conflicts", merging).fails(10, "operation_in_progress", "git merge --abort"),
        row("a merge, planned all the same", merging).run(&["plan"]).says("closed gate/tree"),
        row("a cherry-pick", picking).fails(10, "operation_in_progress", "git cherry-pick --abort"),
        row("a rebase", rebasing).run(&["release", "--yes", "--branch", "main"]).fails(
            10,
            "operation_in_progress",
            "git rebase --abort",
        ),
    ]);
}

fn empty_folder() -> World {
    World::new(PROGRAM)
}

fn no_commits() -> World {
    let world = World::new(PROGRAM);
    world.init();
    world
}

fn unborn() -> World {
    let world = one_fix();
    world.git(&["checkout", "--quiet", "--orphan", "fresh"]);
    world
}

fn damaged() -> World {
    let world = one_fix();
    world.commit_and_push("fix: again");
    let oid = world.git(&["rev-parse", "HEAD~1"]);
    let (folder, file) = oid.split_at(2);
    let object = world.work().join(".git/objects").join(folder).join(file);
    std::fs::remove_file(object).unwrap();
    world
}

fn released_by_hand() -> World {
    World::with_repository(PROGRAM)
}

fn only_docs() -> World {
    let world = World::with_repository(PROGRAM);
    world.commit("docs: say more");
    world.commit_and_push("not a conventional commit");
    world
}

fn detached_at_tip() -> World {
    let world = one_fix();
    world.git(&["checkout", "--quiet", "--detach"]);
    world
}

fn detached_behind() -> World {
    let world = one_fix();
    world.commit_and_push("fix: more");
    world.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
    world
}

fn detached_on_two() -> World {
    let world = one_fix();
    world.git(&["push", "--quiet", "origin", "HEAD:twin"]);
    world.git(&["checkout", "--quiet", "--detach"]);
    world
}

fn clone(world: &World, options: &[&str]) {
    let url = format!("file://{}", world.remote().display());
    let mut args = vec!["clone", "--quiet"];
    args.extend(options);
    args.extend([url.as_str(), "clone"]);
    world.git_in(world.root(), &args);
}

fn shallow() -> World {
    let world = one_fix();
    for n in 0..3 {
        world.commit_and_push(&format!("fix: number {n}"));
    }
    clone(&world, &["--depth", "1"]);
    world
}

fn shallow_orphan() -> World {
    let world = shallow();
    world.git_in(&world.root().join("clone"), &["remote", "remove", "origin"]);
    world
}

fn without_tags() -> World {
    let world = one_fix();
    clone(&world, &["--no-tags"]);
    world
}

fn without_blobs() -> World {
    let world = with_package_json();
    world.git_in(&world.remote(), &["config", "uploadpack.allowFilter", "true"]);
    clone(&world, &["--filter=blob:none"]);
    world
}

fn single_branch() -> World {
    let world = one_fix();
    world.git(&["push", "--quiet", "origin", "HEAD:other"]);
    clone(&world, &["--single-branch"]);
    world
}

fn remote_gone() -> World {
    let world = one_fix();
    let gone = world.root().join("gone.git");
    world.git(&["remote", "set-url", "origin", &gone.to_string_lossy()]);
    world
}

/// A branch `side` that changes the same line as main.
fn two_sides() -> World {
    let world = one_fix();
    world.git(&["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    world.write("src/app.txt", "other\n");
    world.commit("fix: differently");
    world.git(&["checkout", "--quiet", "main"]);
    world
}

fn merging() -> World {
    let world = two_sides();
    assert!(!world.try_git_in(&world.work(), &["merge", "side"]).0);
    world
}

fn picking() -> World {
    let world = two_sides();
    assert!(!world.try_git_in(&world.work(), &["cherry-pick", "side"]).0);
    world
}

fn rebasing() -> World {
    let world = two_sides();
    assert!(!world.try_git_in(&world.work(), &["rebase", "side"]).0);
    world
}
