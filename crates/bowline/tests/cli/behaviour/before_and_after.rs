//! What a release on GitHub waits for before, and whom it tells after: the real program and a server with GitHub's habits.

use crate::support::{everything, failure_code};
use bowline_testkit::World;
use bowline_testkit::github::{Github, Thread, serve};
use bowline_testkit::http_double::HttpDouble;
use serde_json::Value;
use std::sync::Arc;

struct Scene {
    world: World,
    github: Arc<Github>,
    _server: HttpDouble,
    head: String,
}

/// A repository on GitHub with something to release; `more` is the rest of its configuration. Pull request 1 brought the
/// newest commit and closes issue 2.
fn scene(more: &str) -> Scene {
    let mut world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    let github = Arc::new(Github::default());
    github.state().repository = Some(world.remote());
    let server = serve(&github);
    let forge = format!("[forge]\nkind = \"github\"\nurl = \"http://{}\"\nrepository = \"acme/app\"\n", server.host());
    world.write("bowline.toml", forge + more);
    world.commit_and_push("feat: something to release");
    world.set("BOWLINE_ALLOW_HOSTS", &server.host());
    world.set("BOWLINE_TOKEN", "github-token-of-the-test");
    let head = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    {
        let mut state = github.state();
        state.talk.threads.insert(1, Thread { commits: vec![head.clone()], closes: vec![2], ..Thread::default() });
        state.talk.threads.insert(2, Thread::default());
    }
    Scene { world, github, _server: server, head }
}

impl Scene {
    fn says(&self, name: &str, status: &str, conclusion: Option<&str>) {
        self.github.state().check_run(&self.head, name, "github-actions", status, conclusion);
    }

    fn comments(&self) -> Vec<usize> {
        self.github.state().talk.threads.values().map(|thread| thread.comments.len()).collect()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let violations = self.github.state().violations.clone();
            assert!(violations.is_empty(), "{violations:?}");
        }
    }
}

fn receipt<'r>(result: &'r Value, step: &str) -> &'r Value {
    let steps = result["steps"].as_array().unwrap();
    &steps.iter().find(|found| found["id"] == step).unwrap()["receipt"]
}

#[test]
fn a_release_waits_for_its_checks() {
    let scene = scene("[gate.checks]\nrequired = [\"test\"]\n");
    let before = everything(&scene.world, &scene.world.work());
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(11);
    assert_eq!(failure_code(&ran).as_deref(), Some("checks_waiting"));
    assert_eq!(ran.json()["status"], "waiting");
    scene.says("test", "in_progress", None);
    let plan = scene.world.bowline(&["plan"]).expect_code(0);
    assert!(plan.stdout.contains("closed gate/checks      1 required check is not done on"), "{}", plan.stdout);
    let checked = scene.world.bowline(&["check"]).expect_code(11);
    assert!(checked.stdout.contains("✗ gate/checks"), "{}", checked.snapshot());
    let offline = scene.world.bowline(&["plan", "--offline"]).expect_code(0);
    assert!(offline.stdout.contains("gate/checks      not asked: --offline"), "{}", offline.stdout);
    scene.says("test", "completed", Some("failure"));
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("checks_failed"));
    assert!(ran.json()["failure"]["causes"][0].as_str().unwrap().starts_with("test: failure, http"), "{}", ran.stdout);
    assert_eq!(everything(&scene.world, &scene.world.work()), before, "nothing was changed");
    assert_eq!(scene.github.state().count(), 0);

    scene.says("test", "completed", Some("success"));
    let result = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(receipt(&result, "gate/checks")["checks"][0], "test", "{result:#}");
}

#[test]
fn waiting_ends_when_the_checks_are_done() {
    let scene = scene("[gate.checks]\nrequired = [\"test\"]\n");
    scene.says("test", "in_progress", None);
    scene.github.state().settles_after = Some(2);
    let ran = scene.world.bowline(&["release", "--yes", "--wait", "60s"]).expect_code(0);
    assert!(ran.stderr.contains("Waiting: 1 required check is not done on"), "{}", ran.stderr);
    // What fails meanwhile is not waited for.
    let other = self::scene("[gate.checks]\nrequired = [\"test\", \"lint\"]\n");
    other.says("test", "completed", Some("failure"));
    let ran = other.world.bowline(&["release", "--yes", "--wait", "60s"]).expect_code(10);
    assert!(!ran.stderr.contains("Waiting:"), "{}", ran.stderr);
}

#[test]
fn a_right_that_is_missing_is_named() {
    let scene = scene("[gate.checks]\n");
    scene.github.state().denied = ["checks"].into();
    let ran = scene.world.bowline(&["release", "--yes"]).expect_code(12);
    assert_eq!(failure_code(&ran).as_deref(), Some("forge_right_missing"));
    assert!(ran.stderr.contains("give the token this right: `Checks: read`"), "{}", ran.stderr);
    let mut scene = scene;
    scene.world.unset("BOWLINE_TOKEN");
    let ran = scene.world.bowline(&["release", "--yes"]).expect_code(12);
    assert_eq!(
        failure_code(&ran).as_deref(),
        Some("forge_no_token"),
        "without a token nobody is asked, and nothing passes"
    );
}

#[test]
fn what_is_required_is_part_of_the_plan_and_how_it_stands_is_not() {
    let scene = scene("[gate.checks]\nrequired = [\"test\"]\n");
    let plan = || scene.world.bowline(&["plan", "--json"]).expect_code(0).json();
    let before = plan();
    assert_eq!(before["requirements"]["checks"]["required"][0], "test");
    assert_eq!(before["requirements"]["follow_up"], Value::Null);
    scene.says("test", "completed", Some("success"));
    assert_eq!(plan()["id"], before["id"]);
}

const FOLLOW_UP: &str = "[follow_up]\ncomment = \"Released in [{tag}]({url}).\"\nlabels = [\"released\"]\nmilestone = \"close\"\nstatus = true\n";

#[test]
fn people_are_told_where_they_talked_about_it() {
    let scene = scene(FOLLOW_UP);
    scene.github.state().talk.milestones.insert(1, ("v1.1.0".to_owned(), true, 0));
    let result = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
    let url = result["packages"][0]["release_url"].as_str().unwrap().to_owned();
    assert_eq!(receipt(&result, "notify/released")["commented"], serde_json::json!([1, 2]), "{result:#}");
    assert_eq!(receipt(&result, "notify/released")["milestone"], "v1.1.0");
    let comment = scene.github.state().talk.threads[&2].comments[0].clone();
    assert!(
        comment.starts_with(&format!("Released in [v1.1.0]({url}).\n\n<!-- Bowline-Released: sha256:")),
        "{comment}"
    );
    let statuses = scene.github.state().statuses_of("bowline/release");
    assert_eq!(statuses.len(), 1);
    assert_eq!(statuses[0].2, url);
    let again = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(again["status"], "nothing", "{again:#}");
    assert_eq!(scene.comments(), [1, 1]);
}

#[test]
fn a_run_that_dies_while_it_tells_is_completed_and_tells_nobody_twice() {
    for at in [
        "intent:notify/released",
        "forge.comment:before",
        "forge.comment:after",
        "forge.comment:after#2",
        "forge.label:after",
        "forge.close_milestone:after",
        "forge.status:after",
        "effect:notify/released",
    ] {
        let scene = scene(FOLLOW_UP);
        scene.github.state().talk.milestones.insert(1, ("1.1.0".to_owned(), true, 0));
        let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(ran.code, None, "{at} was not passed\n{}", ran.snapshot());
        let _ = scene.world.bowline(&["resume", "--json"]).expect_code(0);
        assert_eq!(scene.comments(), [1, 1], "{at}");
        let state = scene.github.state();
        assert!(state.talk.threads.values().all(|thread| thread.labels == ["released"]), "{at}");
        assert!(!state.talk.milestones[&1].1, "{at}");
        assert_eq!(state.statuses_of("bowline/release").len(), 1, "{at}");
    }
}

#[test]
fn nothing_that_goes_wrong_by_then_makes_it_red() {
    for (right, named) in
        [("issues", "Issues: write"), ("graphql", "Issues: read"), ("statuses", "Commit statuses: write")]
    {
        let scene = scene(FOLLOW_UP);
        scene.github.state().denied = [right].into();
        let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0);
        assert_eq!(ran.json()["status"], "released");
        assert!(ran.stderr.contains(named), "{right}: {}", ran.stderr);
    }
}

#[test]
fn nobody_is_told_unless_it_is_set() {
    let scene = scene("");
    let _ = scene.world.bowline(&["release", "--yes"]).expect_code(0);
    assert_eq!(scene.comments(), [0, 0]);
    let asked = |part: &str| scene.github.state().log.iter().any(|line| line.contains(part));
    assert!(!asked("graphql") && !asked("check-runs") && !asked("milestones"));
}

/// Who publishes it by hand tells people by hand: there is nothing yet that they could be sent to.
#[test]
fn nobody_is_told_of_a_draft() {
    let scene = scene(&format!("draft = true\n{FOLLOW_UP}"));
    scene.github.state().talk.milestones.insert(1, ("1.1.0".to_owned(), true, 0));
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0);
    assert_eq!(ran.json()["status"], "paused", "{}", ran.snapshot());
    assert!(!ran.stderr.contains("warning:"), "{}", ran.stderr);
    assert_eq!(scene.comments(), [0, 0]);
    let state = scene.github.state();
    assert!(state.talk.threads.values().all(|thread| thread.labels.is_empty()), "no labels");
    assert!(state.talk.milestones[&1].1, "the milestone is open");
    assert!(state.statuses_of("bowline/release").is_empty());
}
