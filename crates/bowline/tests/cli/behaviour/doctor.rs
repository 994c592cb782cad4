//! `doctor`: what weakens a release, what cannot be seen, and that nothing is changed by looking.

use crate::behaviour::github::{Scene, scene};
use crate::support::{everything, one_fix};
use bowline_testkit::github::ruleset;
use bowline_testkit::{Ran, World};
use serde_json::{Value, json};

const OLD: &str = "on: push\njobs:\n  release:\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n      - uses: actions/checkout@v4\n      - run: npx standard-version@latest\n      - run: git push --follow-tags || true\n";

fn rules(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

fn state<'d>(document: &'d Value, id: &str) -> &'d str {
    let checks = document["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("{id}: {document:#}"));
    check["state"].as_str().unwrap()
}

fn doctor(scene: &Scene, code: i32) -> Value {
    scene.world.bowline(&["doctor", "--json"]).expect_code(code).json()
}

/// Requests that would change something.
fn changes(scene: &Scene) -> usize {
    scene
        .server
        .heard()
        .iter()
        .filter(|heard| heard.method != "GET" && !heard.target.ends_with("generate-notes"))
        .count()
}

/// Everything guarded as it should be.
fn guard(scene: &Scene) {
    let mut state = scene.github.state();
    state.guards.admin = true;
    state.admin = true;
    state.immutable = true;
    let kept = json!([{ "type": "deletion" }, { "type": "non_fast_forward" }]);
    let fixed = json!([{ "type": "deletion" }, { "type": "update" }]);
    state.guards.rulesets = vec![
        ruleset(1, "branch", &["~DEFAULT_BRANCH"], "always", &kept),
        ruleset(2, "tag", &["refs/tags/v*"], "always", &fixed),
    ];
    let reviewers = json!([
        { "id": 1, "node_id": "x", "type": "required_reviewers", "prevent_self_review": true,
          "reviewers": [{ "type": "Team", "reviewer": { "id": 1 } }] }
    ]);
    let branches = json!({ "protected_branches": true, "custom_branch_policies": false });
    state.environment("production", reviewers, Some(branches));
}

#[test]
fn a_guarded_repository_is_well() {
    let scene = scene();
    guard(&scene);
    let text = scene.world.read("bowline.toml");
    scene.world.write("bowline.toml", format!("{text}[gate.environment]\nname = \"production\"\n"));
    scene.world.commit_and_push("ci: ask for an environment");
    let before = (everything(&scene.world, &scene.world.work()), changes(&scene));
    let document = doctor(&scene, 0);
    assert_eq!(rules(&document), [""; 0], "{document:#}");
    for id in ["token", "branch", "tags", "environments", "immutable-releases", "job-rights"] {
        assert_eq!(state(&document, &format!("forge/{id}")), "ok", "{document:#}");
    }
    assert_eq!(document["tools"][0]["name"], "git");
    assert_eq!(
        (everything(&scene.world, &scene.world.work()), changes(&scene)),
        before,
        "nothing is changed by looking"
    );
    let state = scene.github.state();
    assert!(state.violations.is_empty(), "{:?}", state.violations);
}

#[test]
fn everything_that_is_weak_is_told_with_its_fix() {
    let scene = scene();
    scene.github.state().guards.admin = true;
    scene.github.state().admin = true;
    scene.github.state().jobs_write = true;
    scene.github.state().environment("production", json!([]), None);
    scene.world.write(".github/workflows/release.yml", OLD);
    scene.world.write(
        ".github/workflows/test.yml",
        "on: push\njobs:\n  t:\n    runs-on: x\n    steps:\n      - run: npm test\n",
    );
    scene.world.commit_and_push("ci: the old workflow");
    let document = doctor(&scene, 5);
    let found = rules(&document);
    for rule in [
        "environment/no-rules",
        "branch/unprotected",
        "tags/unprotected",
        "jobs/broad-rights",
        "releases/mutable",
        "workflow/shallow-checkout",
        "workflow/unpinned-action",
        "workflow/ignored-failure",
    ] {
        assert!(found.iter().any(|one| one == rule), "{rule}: {document:#}");
    }
    let findings = document["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| !finding["fixes"].as_array().unwrap().is_empty()), "{document:#}");
    assert!(findings.iter().all(|finding| !finding["place"]["path"].to_string().contains("test.yml")), "{document:#}");
    let severities: Vec<&str> = findings.iter().map(|finding| finding["severity"].as_str().unwrap()).collect();
    assert_eq!(severities.first(), Some(&"error"), "the gravest first");
    let shown = scene.world.bowline(&["doctor"]).expect_code(5).stdout;
    assert!(
        shown.contains("environment production lets everything pass") && shown.contains("settings/environments"),
        "{shown}"
    );
    scene.github.state().environment(
        "production",
        json!([{ "id": 1, "node_id": "x", "type": "wait_timer", "wait_timer": 30 }]),
        None,
    );
    assert!(rules(&doctor(&scene, 5)).contains(&"environment/no-rules".to_owned()), "waiting is no approval");
}

#[test]
fn an_environment_that_is_not_there_is_no_gate() {
    let scene = scene();
    scene.world.write(".github/workflows/release.yml", OLD);
    scene.world.commit_and_push("ci: the old workflow");
    assert!(rules(&doctor(&scene, 5)).contains(&"environment/absent".to_owned()));
}

/// Nobody is accused for what was not seen.
#[test]
fn what_cannot_be_seen_is_unknown_and_no_finding() {
    let mut scene = scene();
    scene.github.state().guards.hidden = true;
    let document = doctor(&scene, 0);
    for id in ["forge/branch", "forge/tags", "forge/job-rights", "forge/immutable-releases"] {
        assert_eq!(state(&document, id), "unknown", "{document:#}");
    }
    let offline = scene.world.bowline(&["doctor", "--json", "--offline"]).expect_code(0).json();
    assert_eq!(state(&offline, "forge/branch"), "skipped", "{offline:#}");
    scene.world.unset("BOWLINE_TOKEN");
    let without = doctor(&scene, 0);
    assert_eq!(state(&without, "forge/token"), "unknown", "{without:#}");
    assert!(without.to_string().contains("GITHUB_TOKEN"), "{without:#}");
}

#[test]
fn the_checkout_is_looked_at() {
    let world = one_fix();
    let remote = format!("file://{}", world.remote().display());
    world.git_in(world.root(), &["clone", "--quiet", "--depth=1", &remote, "shallow"]);
    let shallow = world.root().join("shallow");
    world.git_in(&shallow, &["config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic c2VjcmV0"]);
    let ran = world.bowline_in(&shallow, &["doctor", "--json"], &[]).expect_code(5);
    let found = rules(&ran.json());
    assert!(
        found.contains(&"checkout/shallow".to_owned()) && found.contains(&"checkout/persisted-login".to_owned()),
        "{found:?}"
    );
    assert!(!ran.stdout.contains("c2VjcmV0"), "{}", ran.stdout);
    world.write("bowline.toml", "[release]\nnonsense = 1\n");
    let broken = world.bowline(&["doctor", "--json"]).expect_code(5).json();
    assert_eq!(rules(&broken), ["checkout/unusable"], "{broken:#}");
}

#[test]
fn without_a_repository_tools_are_looked_at() {
    let world = World::new(env!("CARGO_BIN_EXE_bowline"));
    let ran = world.bowline_in(world.root(), &["doctor", "--json"], &[]).expect_code(0).json();
    assert_eq!(state(&ran, "checkout/repository"), "skipped");
    assert_eq!(ran["tools"][0]["state"], "usable", "{ran:#}");
}

fn judge(world: &World, args: &[&str]) -> Ran {
    let args = [&["doctor", "--workflow"], args].concat();
    world.bowline_in(world.root(), &args, &[])
}

#[test]
fn a_workflow_is_judged_anywhere_and_told_to_code_scanning() {
    let world = World::new(env!("CARGO_BIN_EXE_bowline"));
    std::fs::write(world.root().join("old.yml"), OLD).unwrap();
    let ran = judge(&world, &["old.yml", "--sarif", "found.sarif", "--json"]).expect_code(5);
    let document = ran.json();
    assert_eq!(document["schema"], "bowline/workflow-audit/v1");
    assert_eq!(document["areas"].as_array().unwrap().len(), 15);
    let sarif: Value = serde_json::from_slice(&std::fs::read(world.root().join("found.sarif")).unwrap()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), document["findings"].as_array().unwrap().len());
    let regions = results.iter().map(|result| &result["locations"][0]["physicalLocation"]);
    assert!(regions.clone().all(|at| at["artifactLocation"]["uri"] == "old.yml" && at["region"]["startLine"].is_u64()));
    let shown = judge(&world, &["old.yml"]).expect_code(5).stdout;
    assert!(shown.contains("✗ pinning") && shown.contains("old.yml:7:") && shown.contains("with Bowline:"), "{shown}");
    let _ = judge(&world, &["nowhere.yml"]).expect_code(2);
    let _ = judge(&world, &["old.yml", "--sarif", "no/such/folder/x"]).expect_code(2);
}

#[test]
fn hostile_workflows_are_only_text() {
    let world = World::new(env!("CARGO_BIN_EXE_bowline"));
    for (name, bytes, code) in [
        ("escape.yml", &b"on: push\njobs:\n  \"a\\e[2J\\n::error::x\":\n    runs-on: x\n    steps:\n      - run: npm publish || true\n"[..], 5),
        ("large.yml", &[b'#'; 3 << 20][..], 5),
        ("deep.yml", &[b'['; 5000][..], 5),
        ("twice.yml", b"jobs:\n  a:\n    runs-on: x\n  a:\n    runs-on: y\n", 5),
        ("bytes.yml", b"\xff\xfe", 2),
        ("nothing.yml", b"", 5),
        ("folder.yml", b"", 2),
    ] {
        let path = world.root().join(name);
        if name == "folder.yml" { std::fs::create_dir(&path).unwrap() } else { std::fs::write(&path, bytes).unwrap() }
        let ran = judge(&world, &[name]).expect_code(code);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.contains('\u{1b}') && !all.lines().any(|line| line.trim_start().starts_with("::")), "{name}: {all}");
    }
}
