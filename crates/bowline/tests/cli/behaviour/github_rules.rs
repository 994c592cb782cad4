//! What is known about a push to GitHub before it is made, what a refused one leaves behind, and who logs in.

use crate::support::failure_code;
use bowline_testkit::git_http::GitServer;
use bowline_testkit::github::{Fault, Github, Installed, ruleset, serve};
use bowline_testkit::http_double::HttpDouble;
use bowline_testkit::{World, parts};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

struct Scene {
    world: World,
    github: Arc<Github>,
    server: HttpDouble,
}

/// A repository with something to release, whose releases are on GitHub; a job's token is at hand.
fn scene() -> Scene {
    let mut world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    let github = Arc::new(Github::default());
    github.state().repository = Some(world.remote());
    let server = serve(&github);
    let forge = format!("[forge]\nkind = \"github\"\nurl = \"http://{}\"\nrepository = \"acme/app\"\n", server.host());
    world.write("bowline.toml", forge);
    world.write("CHANGELOG.md", "# Changelog\n");
    world.commit_and_push("feat: something to release");
    world.set("BOWLINE_ALLOW_HOSTS", &server.host());
    world.set("GITHUB_TOKEN", "ghs_token-of-the-job");
    Scene { world, github, server }
}

impl Scene {
    /// Requests that change something. Asking for notes changes nothing.
    fn changes(&self) -> Vec<String> {
        let log = self.github.state().log.clone();
        log.into_iter().filter(|line| !line.starts_with("GET ") && !line.ends_with("/generate-notes")).collect()
    }

    fn codes(document: &Value) -> Vec<String> {
        let warnings = document["warnings"].as_array().unwrap();
        warnings.iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn rules_that_stop_the_push_are_named_before_anything_is_touched() {
    let scene = scene();
    scene.github.state().guards.rulesets = vec![
        ruleset(1, "branch", &["~ALL"], "never", &json!([{ "type": "pull_request" }])),
        ruleset(2, "tag", &["refs/tags/v*"], "never", &json!([{ "type": "creation" }])),
        ruleset(3, "tag", &["~ALL"], "always", &json!([{ "type": "creation" }])),
    ];
    let before = (scene.world.visible(), scene.world.checkout());
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(12);
    assert_eq!(failure_code(&ran).as_deref(), Some("rules_forbid_push"), "{}", ran.snapshot());
    let failure = ran.json()["failure"].clone();
    let causes = failure["causes"].to_string();
    assert!(failure["message"].as_str().unwrap().contains("pull request"), "{failure:#}");
    assert!(causes.contains("tag v1.1.0") && causes.contains("rules 2") && !causes.contains("rules 3"), "{failure:#}");
    assert_eq!((scene.world.visible(), scene.world.checkout()), before);
    assert_eq!(scene.changes(), [""; 0]);

    let checked = scene.world.bowline(&["check", "--json"]).expect_code(12).json();
    assert_eq!(checked["failures"][0]["code"], "rules_forbid_push", "{checked:#}");
    let token = "a token of an installation of a GitHub App, out of GITHUB_TOKEN";
    assert_eq!(checked["token"], token, "{checked:#}");
    assert_eq!(scene.changes(), [""; 0]);

    scene.github.state().guards.rulesets.truncate(0);
    for command in [&["check"][..], &["release", "--yes"]] {
        let _ = scene.world.bowline(command).expect_code(0);
    }
}

#[test]
fn a_rule_that_nobody_could_read_refuses_the_push_and_nothing_is_left() {
    let script = "echo 'error: GH013: Repository rule violations found for refs/heads/main.' >&2\n\
                  echo 'Review all repository rules at https://github.example/acme/app/rules?ref=refs%2Fheads%2Fmain' >&2\n\
                  echo '- Commits must have verified signatures.' >&2\ncase $1 in refs/heads/main) exit 1;; esac";
    let scene = scene();
    scene.github.state().guards.hidden = true;
    scene.world.hook("update", script);
    let before = (scene.world.visible(), scene.world.checkout());
    let checked = scene.world.bowline(&["check", "--json"]).expect_code(0).json();
    assert_eq!(Scene::codes(&checked), ["rules_unreadable"], "{checked:#}");

    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(20);
    assert_eq!(failure_code(&ran).as_deref(), Some("push_rejected"), "{}", ran.snapshot());
    let failure = ran.json()["failure"].clone();
    let message = failure["message"].as_str().unwrap();
    assert!(message.contains("GH013") && message.contains("verified signatures"), "{failure:#}");
    let hints = failure["hints"].to_string();
    assert!(["nothing moved", "GitHub App", "push = \\\"api\\\""].iter().all(|words| hints.contains(words)), "{hints}");
    assert_eq!((scene.world.visible(), scene.world.checkout()), before);
    assert_eq!(scene.github.state().count(), 0, "the draft was deleted");
    assert!(scene.changes().iter().any(|line| line.starts_with("DELETE ")), "there was one");
}

#[test]
fn a_job_that_may_only_read_is_stopped_before_its_draft() {
    let scene = scene();
    scene.github.state().read_only = true;
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(12);
    assert!(ran.json()["failure"].to_string().contains("contents: write"), "{}", ran.snapshot());
    assert_eq!(scene.changes(), [""; 0]);
    let planned = scene.world.bowline(&["plan", "--json"]).expect_code(0).json();
    assert_eq!(planned["unfinished"], "unknown", "nobody can say that there is no draft");
}

/// Jobs before the publishing one have a token that may only read.
#[test]
fn a_job_that_may_only_read_prepares_a_release() {
    let scene = scene();
    scene.github.state().read_only = true;
    let handed = scene.world.root().join("handed").to_string_lossy().into_owned();
    let mut digest = String::new();
    for until in ["commit", "build", "sign"] {
        let mut args = vec!["release", "--json", "--until", until, "--handoff", &handed];
        let last = digest.clone();
        if !last.is_empty() {
            args.extend(["--handoff-digest", &last]);
        }
        let ran = scene.world.bowline(&args).expect_code(0).json();
        assert_eq!(ran["status"], "paused", "{until}: {ran:#}");
        digest = ran["handoff_digest"].as_str().unwrap().to_owned();
        assert_ne!(digest, last, "{until}");
    }
    assert_eq!(scene.changes(), [""; 0], "nothing was written");
    scene.github.state().read_only = false;
    let args = ["release", "--yes", "--json", "--handoff", &handed, "--handoff-digest", &digest];
    let ran = scene.world.bowline(&args).expect_code(0).json();
    assert_eq!(ran["status"], "released", "{ran:#}");
}

#[test]
fn a_token_that_is_withdrawn_after_the_push_leaves_something_to_resume() {
    let scene = scene();
    scene.github.state().fail("PATCH ", 1, Fault::Status(401));
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(21);
    assert_eq!(failure_code(&ran).as_deref(), Some("token_refused"), "{}", ran.snapshot());
    assert_eq!((&ran.json()["status"], &ran.json()["next"]), (&json!("failed"), &json!("bowline resume")));
    let _ = scene.world.bowline(&["resume", "--yes"]).expect_code(0);
}

#[test]
fn workflows_that_will_not_hear_of_it_are_named() {
    let mut scene = scene();
    scene.world.write(".github/workflows/publish.yml", "on:\n  release:\n    types: [published]\n");
    scene.world.write(".github/workflows/test.yml", "on: [pull_request]\n");
    scene.world.commit_and_push("ci: publish when released");
    let checked = scene.world.bowline(&["check", "--json"]).expect_code(0).json();
    let warning = checked["warnings"][0].clone();
    assert_eq!(Scene::codes(&checked), ["starts_no_workflow"], "{checked:#}");
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("publish.yml") && !message.contains("test.yml"), "{message}");
    scene.world.unset("GITHUB_TOKEN");
    scene.world.set("BOWLINE_TOKEN", "github_pat_of-a-person");
    let checked = scene.world.bowline(&["check", "--json"]).expect_code(0).json();
    assert_eq!(Scene::codes(&checked), [""; 0], "{checked:#}");
}

/// Every file below `folder` whose bytes contain one of `secrets`.
fn holding(folder: &Path, secrets: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            found.extend(holding(&path, secrets));
        } else if kind.is_file() {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            if secrets.iter().any(|secret| text.contains(secret)) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn an_app_releases_and_its_token_is_nowhere() {
    let keys = tempfile::tempdir().unwrap();
    let Some(app) = Installed::new("Iv23liTest", keys.path()) else { return };
    if !parts::require("a git that serves and speaks HTTP", GitServer::is_possible()) {
        return;
    }
    let mut scene = scene();
    scene.github.state().app = Some(app);
    let git = GitServer::with_login(&scene.world.root().join("remote"), "x-access-token:ghs_made-0");
    scene.world.git(&["remote", "set-url", "origin", &git.url("app.git")]);
    scene.world.set("BOWLINE_ALLOW_HOSTS", &format!("{},{}", scene.server.host(), git.host()));
    scene.world.set("BOWLINE_GITHUB_APP_ID", "Iv23liTest");
    let key = keys.path().join("private.pem");
    scene.world.set("BOWLINE_GITHUB_APP_PRIVATE_KEY_FILE", key.to_str().unwrap());
    // Beside a job's own token, which the app goes before.
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0);
    assert_eq!(ran.json()["status"], "released", "{}", ran.snapshot());
    let state = scene.github.state();
    let asked = &state.app.as_ref().unwrap().asked;
    let narrowed = json!({ "repositories": ["app"], "permissions": { "contents": "write" } });
    assert_eq!(*asked, [narrowed], "one token does for all of it");
    drop(state);
    let text = std::fs::read_to_string(&key).unwrap();
    let secrets = ["ghs_made-0", text.lines().nth(2).unwrap()];
    assert!(!secrets.iter().any(|secret| ran.stdout.contains(secret) || ran.stderr.contains(secret)));
    assert_eq!(holding(scene.world.root(), &secrets), [""; 0]);

    let checked = scene.world.bowline_with(&["check"], &[("BOWLINE_GITHUB_APP_ID", "another")]);
    assert_eq!(checked.code, Some(12), "{}", checked.snapshot());
    assert!(checked.stderr.contains("BOWLINE_GITHUB_APP_ID"), "{}", checked.snapshot());
}

#[test]
fn a_host_that_is_not_known_is_said_aloud_in_a_job() {
    let world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    world.git(&["remote", "set-url", "origin", "https://git.example.com/acme/app.git"]);
    let ran = world.bowline_with(&["plan", "--offline"], &[("CI", "true")]);
    assert!(ran.stderr.contains("git.example.com is not known"), "{}", ran.snapshot());
    let ran = world.bowline(&["plan", "--offline"]);
    assert!(!ran.stderr.contains("is not known"), "{}", ran.snapshot());
}
