//! `gate/branch`: which patterns let which branches pass.

use crate::shared::{refused, release, step};
use crate::worlds;
use bowline_model::FailureKind;
use bowline_model::git::BranchName;
use bowline_steps::gate::branch::Branch;

#[test]
fn patterns_decide() {
    let mut bench = worlds::bench(worlds::tags_only());
    let mut check = |patterns: &[&str], branch: &str, expected: Result<&str, &str>| {
        bench.plan.requirements.branches = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        bench.plan.repository.branch = BranchName::new(branch).unwrap();
        let found = bench.check(&Branch);
        let found = found.as_ref().map(|allowed| allowed.pattern.as_str()).map_err(|failure| failure.code.as_str());
        assert_eq!(found, expected, "{patterns:?} {branch}");
    };
    check(&["main"], "main", Ok("main"));
    check(&["main", "release/*"], "release/1.x", Ok("release/*"));
    check(&["{main,next}"], "next", Ok("{main,next}"));
    check(&["release/**"], "release/a/b", Ok("release/**"));
    check(&["release/*"], "release/a/b", Err("branch_not_allowed"));
    check(&["release/*"], "release", Err("branch_not_allowed"));
    check(&["release/*"], "my/release/1", Err("branch_not_allowed"));
    check(&["mai", "main2", "Main"], "main", Err("branch_not_allowed"));
    check(&["[ab"], "main", Err("branch_pattern"));
    let failure = bench.check(&Branch).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Config);
    assert!(failure.message.contains("`[ab`") && !failure.causes.is_empty(), "{failure:?}");
}

#[test]
fn the_user_learns_which_branches_may_release() {
    let world = worlds::tags_only();
    let configure = |patterns: &str| {
        world.write("bowline.toml", format!("[release]\nbranches = {patterns}\n"));
        world.commit_and_push("ci: choose branches");
    };
    configure("[\"release/*\", \"next\"]");
    let before = (world.visible(), world.checkout());
    let failure = refused(&world, &[], 10, ("branch_not_allowed", "gate/branch"));
    assert_eq!(failure["message"], "branch main may not release: release/*, next may");
    // Whoever may not release may not switch the question off either.
    let _ = world.bowline(&["release", "--skip", "gate/branch"]).expect_code(2);
    assert_eq!((world.visible(), world.checkout()), before);
    configure("[\"[\"]");
    refused(&world, &[], 3, ("branch_pattern", "gate/branch"));
    configure("[\"ma*\"]");
    assert_eq!(step(&release(&world, &[], 0), "gate/branch").0, "done");
}

#[test]
fn without_patterns_it_is_skipped() {
    let result = release(&worlds::tags_only(), &[], 0);
    assert_eq!(step(&result, "gate/branch"), ("skipped".to_owned(), "not configured".to_owned()));
}
