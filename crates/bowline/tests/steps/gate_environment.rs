//! `gate/environment`: which rules open it, and that nothing else does.

use crate::shared::{Meddle, refused, stopped};
use crate::talking::Talking;
use crate::worlds;
use bowline_model::FailureKind;
use bowline_steps::gate::environment::Environment;
use bowline_testkit::bench::Bench;
use bowline_testkit::github::{Fault, Github};
use serde_json::{Value, json};
use std::sync::Arc;

const CONFIG: &str = "[gate.environment]\nname = \"release\"\n";

/// A world whose plan requires that the environment `release` has rules.
fn scene() -> (Bench, Arc<Github>) {
    let world = worlds::tags_only();
    world.write("bowline.toml", CONFIG);
    world.commit_and_push("fix: require an environment");
    let mut bench = worlds::bench(world);
    let github = Talking::begin(&mut bench);
    (bench, github)
}

fn reviewers(count: usize, prevent_self_review: bool) -> Value {
    let reviewer = json!({ "type": "User", "reviewer": { "login": "octocat", "id": 1 } });
    json!({ "type": "required_reviewers", "prevent_self_review": prevent_self_review, "reviewers": vec![reviewer; count] })
}

#[test]
fn only_rules_open_it() {
    let (mut bench, github) = scene();
    let policy = json!({ "protected_branches": true, "custom_branch_policies": false });
    let timer = |minutes: u64| json!({ "type": "wait_timer", "wait_timer": minutes });
    let both = ["reviewers", "prevent_self_review"].as_slice();
    for (rules, branches, required, expected) in [
        (json!([]), None, [].as_slice(), Err("environment_open")),
        (json!([reviewers(0, true), timer(0)]), None, &[], Err("environment_open")),
        (json!([reviewers(2, false)]), None, &[], Ok(vec!["reviewers: 2"])),
        (
            json!([reviewers(1, true), timer(30)]),
            None,
            both,
            Ok(vec!["reviewers: 1, nobody their own", "wait timer: 30 min"]),
        ),
        (json!([reviewers(1, false)]), None, both, Err("environment_weak")),
        (json!([reviewers(0, true)]), Some(policy.clone()), both, Err("environment_weak")),
        (json!([{ "type": "branch_policy" }]), Some(policy), &["branch_policy"], Ok(vec!["branch policy"])),
        (json!([{ "type": "of-an-app" }]), None, &[], Ok(vec!["other rules: 1"])),
        (json!([{ "type": "of-an-app" }]), None, &["wait_timer"], Err("environment_weak")),
    ] {
        github.state().environment("Release", rules.clone(), branches);
        let requirement = bench.plan.requirements.environment.as_mut().unwrap();
        requirement.rules = required.iter().map(|&rule| rule.to_owned()).collect();
        let found = bench.check(&Environment);
        match (found, expected) {
            (Ok(guarded), Ok(expected)) => assert_eq!(guarded.rules, expected, "{rules}"),
            (Err(failure), Err(code)) => {
                assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Refused, code), "{rules}");
                assert!(failure.message.contains("environment `release`"), "{failure:?}");
            }
            (found, expected) => panic!("{rules}: {found:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn what_cannot_be_read_lets_nothing_pass() {
    let (bench, github) = scene();
    let code = || bench.check(&Environment).unwrap_err().code;
    assert_eq!(code(), "environment_absent");
    github.state().environment("release", json!([reviewers(1, false)]), None);
    github.state().denied = ["actions"].into();
    let failure = bench.check(&Environment).unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Missing, "forge_right_missing"));
    assert!(failure.hints[0].contains("`Actions: read`"), "{failure:?}");
    github.state().denied.clear();
    (1..=3).for_each(|nth| github.state().fail("environments", nth, Fault::Status(500)));
    assert_eq!(code(), "forge_failed");
    github.state().forget_faults();
    assert_eq!(bench.check(&Environment).unwrap().rules, ["reviewers: 1"]);
}

#[test]
fn it_is_asked_again_before_the_push() {
    let (bench, github) = scene();
    github.state().environment("release", json!([reviewers(1, false)]), None);
    let before = bench.world.visible();
    let open = Meddle::before("push/refs", || github.state().environment("release", json!([]), None));
    stopped(&bench.run_with(&open), 10, "environment_open", "gate/environment");
    assert_eq!(bench.world.visible(), before, "the draft is taken back");
}

#[test]
fn a_forge_without_environments_is_refused() {
    let world = worlds::tags_only();
    world.write("bowline.toml", CONFIG);
    world.commit_and_push("fix: require an environment");
    let before = (world.visible(), world.checkout());
    refused(&world, &[], 3, ("environments_unsupported", "gate/environment"));
    let _ = world.bowline(&["release", "--skip", "gate/environment"]).expect_code(2);
    assert_eq!((world.visible(), world.checkout()), before);
}
