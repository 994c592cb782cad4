//! `gate/checks`: what is green, what is waited for, what refuses, and when it is not asked any more.

use crate::shared::{Meddle, finish, refused, stopped};
use crate::talking::Talking;
use crate::worlds;
use bowline_engine::Point;
use bowline_model::FailureKind;
use bowline_model::plan::CheckRequirement;
use bowline_steps::gate::checks::Checks;
use bowline_testkit::bench::{At, Bench};
use bowline_testkit::github::{Fault, Github};
use serde_json::json;
use std::sync::Arc;

struct Scene {
    bench: Bench,
    github: Arc<Github>,
    head: String,
}

/// A world whose plan requires the check `test`.
fn scene() -> Scene {
    let world = worlds::tags_only();
    world.write("bowline.toml", "[gate.checks]\nrequired = [\"test\"]\n");
    world.commit_and_push("fix: require a check");
    let mut bench = worlds::bench(world);
    let github = Talking::begin(&mut bench);
    let head = bench.plan.repository.head.to_string();
    Scene { bench, github, head }
}

impl Scene {
    fn says(&self, name: &str, status: &str, conclusion: Option<&str>) {
        self.github.state().check_run(&self.head, name, "github-actions", status, conclusion);
    }

    fn requires(&mut self, change: impl FnOnce(&mut CheckRequirement)) {
        change(self.bench.plan.requirements.checks.as_mut().unwrap());
    }

    /// The names that were green, or the failure's code.
    fn check(&self) -> Result<Vec<String>, String> {
        self.bench.check(&Checks).map(|green| green.checks).map_err(|failure| failure.code)
    }
}

#[test]
fn only_a_green_check_opens_it() {
    let scene = scene();
    assert_eq!(scene.check(), Err("checks_waiting".to_owned()));
    scene.says("test", "queued", None);
    let failure = scene.bench.check(&Checks).unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Waiting, "checks_waiting"));
    assert!(failure.causes[0].starts_with("test: queued, https://github.example/"), "{failure:?}");
    scene.says("test", "completed", Some("failure"));
    let failure = scene.bench.check(&Checks).unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Refused, "checks_failed"));
    assert!(failure.causes[0].starts_with("test: failure, https://github.example/"), "{failure:?}");
    // A new attempt takes the place of the one before.
    scene.says("test", "completed", Some("success"));
    assert_eq!(scene.check(), Ok(vec!["test".to_owned()]));
    // A status of the same name has to be green, too, and so has the same name of another app.
    scene.github.state().commit_status(&scene.head, "test", "error", None);
    assert_eq!(scene.check(), Err("checks_failed".to_owned()));
    scene.github.state().commit_status(&scene.head, "test", "success", None);
    scene.github.state().check_run(&scene.head, "test", "other", "in_progress", None);
    assert_eq!(scene.check(), Err("checks_waiting".to_owned()));
}

#[test]
fn skipped_is_green_only_when_that_was_said() {
    let mut scene = scene();
    scene.says("test", "completed", Some("skipped"));
    let failure = scene.bench.check(&Checks).unwrap_err();
    assert_eq!(failure.code, "checks_failed");
    assert!(failure.hints.iter().any(|hint| hint.contains("accept = [\"skipped\"]")), "{failure:?}");
    scene.requires(|checks| checks.accept = vec!["skipped".to_owned()]);
    assert_eq!(scene.check(), Ok(vec!["test".to_owned()]));
}

#[test]
fn all_pages_are_read() {
    let mut scene = scene();
    scene.requires(|checks| checks.required = vec!["*".to_owned()]);
    for n in 0..250 {
        scene.says(&format!("job {n}"), "completed", Some("success"));
        scene.github.state().commit_status(&scene.head, &format!("service {n}"), "success", None);
    }
    assert_eq!(scene.check().unwrap().len(), 500);
    scene.says("job 249", "completed", Some("cancelled"));
    assert_eq!(scene.check(), Err("checks_failed".to_owned()));
    scene.says("job 249", "completed", Some("success"));
    scene.github.state().commit_status(&scene.head, "service 249", "failure", None);
    assert_eq!(scene.check(), Err("checks_failed".to_owned()));
}

#[test]
fn what_is_said_about_another_commit_does_not_count() {
    let scene = scene();
    let other = "1".repeat(40);
    scene.github.state().check_run(&other, "test", "github-actions", "completed", Some("success"));
    assert_eq!(scene.check(), Err("checks_waiting".to_owned()));
}

#[test]
fn the_rules_of_the_branch_are_required() {
    let mut scene = scene();
    scene.requires(|checks| (checks.required, checks.branch_rules) = (Vec::new(), true));
    let failure = scene.bench.check(&Checks).unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Refused, "checks_no_rule"), "no rule is no gate");
    scene.github.state().rules = vec![
        json!({ "type": "deletion" }),
        json!({ "type": "required_status_checks", "parameters": { "required_status_checks": [
            { "context": "lint", "integration_id": 15368 }, { "context": "docs" },
        ] } }),
    ];
    scene.github.state().protected = vec!["old".to_owned()];
    let failure = scene.bench.check(&Checks).unwrap_err();
    assert_eq!(failure.causes.len(), 3, "{failure:?}");
    scene.says("docs", "completed", Some("success"));
    scene.github.state().commit_status(&scene.head, "old", "success", None);
    scene.github.state().check_run(&scene.head, "lint", "other", "completed", Some("success"));
    let failure = scene.bench.check(&Checks).unwrap_err();
    assert_eq!(failure.causes, ["lint: nobody has said anything"], "it must come from the app that the rule names");
    scene.says("lint", "completed", Some("success"));
    assert_eq!(scene.check().unwrap(), ["docs", "lint", "old"]);
    // A rule that cannot be read demands nobody knows what.
    scene.github.state().rules = vec![json!({ "type": "required_status_checks", "parameters": {} })];
    assert_eq!(scene.check(), Err("forge_failed".to_owned()));
    // GitHub would not say that.
    std::mem::take(&mut scene.github.state().violations);
}

#[test]
fn what_cannot_be_read_lets_nothing_pass() {
    let scene = scene();
    scene.says("test", "completed", Some("success"));
    for (right, named) in [("checks", "Checks: read"), ("statuses", "Commit statuses: read")] {
        scene.github.state().denied = [right].into();
        let failure = scene.bench.check(&Checks).unwrap_err();
        assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Missing, "forge_right_missing"));
        assert!(failure.hints[0].contains(named), "{failure:?}");
    }
    scene.github.state().denied.clear();
    // A commit that was not pushed has no checks.
    scene.github.state().repository = Some(scene.bench.world.root().join("nothing"));
    assert_eq!(scene.check(), Err("checks_commit_unknown".to_owned()));
    scene.github.state().repository = None;
    for (fault, code) in [(500, "forge_failed"), (401, "token_refused")] {
        scene.github.state().fail("check-runs", 1, Fault::Status(fault));
        (2..=3).for_each(|nth| scene.github.state().fail("check-runs", nth, Fault::Status(fault)));
        assert_eq!(scene.check(), Err(code.to_owned()), "{fault}");
        scene.github.state().forget_faults();
    }
    assert_eq!(scene.check(), Ok(vec!["test".to_owned()]));
}

#[test]
fn a_forge_without_checks_is_refused() {
    let world = worlds::tags_only();
    world.write("bowline.toml", "[gate.checks]\nrequired = [\"test\"]\n");
    world.commit_and_push("fix: require a check");
    let before = (world.visible(), world.checkout());
    refused(&world, &[], 3, ("checks_unsupported", "gate/checks"));
    let _ = world.bowline(&["release", "--skip", "gate/checks"]).expect_code(2);
    assert_eq!((world.visible(), world.checkout()), before);
}

#[test]
fn it_is_asked_again_before_the_push_and_not_after_it() {
    let mut scene = scene();
    scene.says("test", "completed", Some("success"));
    let before = scene.bench.world.visible();
    let fails = Meddle::before("push/refs", || scene.says("test", "completed", Some("failure")));
    let end = scene.bench.run_with(&fails);
    drop(fails);
    stopped(&end, 10, "checks_failed", "gate/checks");
    assert_eq!(scene.bench.world.visible(), before, "nothing is left behind");

    scene.says("test", "completed", Some("success"));
    let dies = At { crash: Some((Point::AfterReceipt, "push/refs".to_owned())), fail: None };
    assert!(scene.bench.run(&dies).interrupted);
    scene.says("test", "completed", Some("failure"));
    scene.bench.settings.public = true;
    let _ = finish(&scene.bench);
    assert_eq!(scene.check(), Ok(Vec::new()), "what is public is completed");
}
