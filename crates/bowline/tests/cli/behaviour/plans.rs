//! The plan document, and releasing exactly the plan that is named.

use crate::support::{everything, failure_code, with_package_json};
use bowline_testkit::World;
use serde_json::Value;

fn plan(world: &World) -> Value {
    world.bowline(&["plan", "--json"]).expect_code(0).json()
}

#[test]
fn the_documented_fields() {
    let world = with_package_json();
    let plan = plan(&world);
    let head = world.git(&["rev-parse", "HEAD"]);
    assert_eq!(plan["schema"], "bowline/plan/v1");
    assert_eq!(plan["repository"]["id"], "local/app");
    assert_eq!(plan["repository"]["branch"], "main");
    assert_eq!(plan["repository"]["head"], head.as_str());
    assert!(plan["created"].as_str().unwrap().ends_with('Z'));
    for key in ["environment", "channel", "requirements", "recorded", "config_digest", "limits", "unfinished"] {
        assert!(plan.get(key).is_some(), "{key}");
    }
    assert_eq!(plan["provisional"], false);
    assert_eq!(plan["bowline_version"], env!("CARGO_PKG_VERSION"));
    let package = &plan["packages"][0];
    for (key, expected) in
        [("name", "app"), ("current", "1.0.0"), ("next", "1.1.0"), ("bump", "minor"), ("tag", "v1.1.0")]
    {
        assert_eq!(package[key], expected, "{key}");
    }
    for key in ["path", "reason", "changelog", "notes"] {
        assert!(package[key].is_string(), "{key}");
    }
    let commit = &package["commits"][0];
    assert_eq!((&commit["id"], &commit["type"]), (&Value::from(head), &Value::from("feat")));
    assert_eq!((&commit["breaking"], &commit["subject"]), (&Value::from(false), &Value::from("add things")));
    assert!(commit.get("scope").is_some() && commit["rule"].is_string());
    let edit = package["edits"].as_array().unwrap().iter().find(|edit| edit["file"] == "package.json").unwrap();
    assert_eq!((&edit["from"], &edit["to"], &edit["format"]), (&"1.0.0".into(), &"1.1.0".into(), &"json".into()));
    assert!(edit.get("at").is_some());
    let schedule = plan["schedule"].as_array().unwrap();
    assert!(schedule.len() > 8);
    for step in schedule {
        for key in ["id", "stage", "effect", "verdict", "reason", "origin"] {
            assert!(step.get(key).is_some(), "{key} of {step}");
        }
    }
    assert!(plan["gates"].as_array().unwrap().iter().all(|gate| gate["open"] == true));
}

#[test]
fn an_empty_plan_says_why() {
    let world = World::with_repository(crate::support::PROGRAM);
    let plan = plan(&world);
    assert_eq!(plan["packages"], Value::Array(Vec::new()));
    assert_eq!(plan["reason"], "no commits since v1.0.0");
}

#[test]
fn by_digest() {
    let world = with_package_json();
    let id = plan(&world)["id"].as_str().unwrap().to_owned();
    let other = format!("sha256:{}", "0".repeat(64));
    let before = everything(&world, &world.work());
    let ran = world.bowline(&["release", "--yes", "--plan", &other]).expect_code(23);
    assert_eq!(failure_code(&ran).as_deref(), Some("plan_differs"), "{}", ran.snapshot());
    assert_eq!(everything(&world, &world.work()), before);
    let result = world.bowline(&["release", "--yes", "--json", "--plan", &id]).expect_code(0).json();
    assert_eq!(result["plan"], id.as_str());
    assert_eq!(result["status"], "released");
}

#[test]
fn by_the_beginning_of_a_digest() {
    let world = with_package_json();
    let id = plan(&world)["id"].as_str().unwrap().to_owned();
    let short = id.strip_prefix("sha256:").unwrap().get(..16).unwrap();
    let result = world.bowline(&["release", "--yes", "--json", "--plan", short]).expect_code(0).json();
    assert_eq!(result["plan"], id.as_str());
}

#[test]
fn by_file() {
    let world = with_package_json();
    let document = world.bowline(&["plan", "--json"]).expect_code(0).stdout;
    let good = world.root().join("plan.json").to_string_lossy().into_owned();
    let bad = world.root().join("altered.json").to_string_lossy().into_owned();
    std::fs::write(&good, &document).unwrap();
    let before = everything(&world, &world.work());
    for (content, code, failure) in [
        (document.replace("\"v1.1.0\"", "\"v9.0.0\""), 23, "plan_altered"),
        (document.replace("local/app", "local/other"), 23, "plan_altered"),
        (document.replace("\"provisional\": false", "\"provisional\": true"), 3, "plan_provisional"),
        ("not JSON".to_owned(), 2, "plan_file"),
        ("{}".to_owned(), 2, "plan_file"),
    ] {
        std::fs::write(&bad, &content).unwrap();
        let ran = world.bowline(&["release", "--yes", "--plan", &bad]).expect_code(code);
        assert_eq!(failure_code(&ran).as_deref(), Some(failure), "{}", ran.snapshot());
    }
    let ran = world.bowline(&["release", "--yes", "--plan", "nowhere.json"]).expect_code(2);
    assert_eq!(failure_code(&ran).as_deref(), Some("plan_file"));
    assert_eq!(everything(&world, &world.work()), before);
    let result = world.bowline(&["release", "--yes", "--json", "--plan", &good]).expect_code(0).json();
    assert_eq!(result["packages"][0]["tag"], "v1.1.0");
    let again = world.bowline(&["release", "--yes", "--plan", &good]);
    assert!(again.code == Some(0) || again.code == Some(23), "{}", again.snapshot());
}

#[test]
fn of_another_head() {
    let world = with_package_json();
    let file = world.root().join("plan.json").to_string_lossy().into_owned();
    let document = world.bowline(&["plan", "--json"]).expect_code(0);
    std::fs::write(&file, &document.stdout).unwrap();
    let id = document.json()["id"].as_str().unwrap().to_owned();
    world.commit_and_push("docs: more");
    let before = everything(&world, &world.work());
    for (named, failure) in [(&file, "plan_of_another_head"), (&id, "plan_differs")] {
        let ran = world.bowline(&["release", "--yes", "--plan", named]).expect_code(23);
        assert_eq!(failure_code(&ran).as_deref(), Some(failure), "{}", ran.snapshot());
    }
    assert_eq!(everything(&world, &world.work()), before);
}

#[test]
fn what_is_different_from_an_older_plan() {
    let world = with_package_json();
    let old = world.bowline(&["plan", "--json"]).expect_code(0);
    world.write("plan.json", &old.stdout);
    let same = world.bowline(&["plan", "--diff", "plan.json"]).expect_code(0);
    assert!(same.stdout.starts_with("The plan is the same: sha256:"), "{}", same.snapshot());
    world.commit("fix!: break things");
    let before = everything(&world, &world.work());
    let screen = world.bowline(&["plan", "--diff", "plan.json"]).expect_code(0);
    for part in [
        "packages.app.next: 1.1.0 → 2.0.0",
        "packages.app.tag: v1.1.0 → v2.0.0",
        "    + - break things (",
        "+ fix: break things (",
    ] {
        assert!(screen.stdout.contains(part), "{part}: {}", screen.snapshot());
    }
    let document = world.bowline(&["plan", "--diff", "plan.json", "--json"]).expect_code(0).json();
    assert_eq!(document["schema"], "bowline/plan-diff/v1");
    assert_eq!((&document["before"], &document["after"]), (&old.json()["id"], &plan(&world)["id"]));
    let differences = document["differences"].as_array().unwrap();
    let next = differences.iter().find(|difference| difference["at"] == "packages.app.next").unwrap();
    assert_eq!((&next["before"], &next["after"]), (&"1.1.0".into(), &"2.0.0".into()));
    for (named, exit, code) in [("nothing.json", 2, "plan_file"), ("sha256:0123456789abcdef", 2, "plan_unknown")] {
        let ran = world.bowline(&["plan", "--diff", named]).expect_code(exit);
        assert_eq!(failure_code(&ran).as_deref(), Some(code), "{}", ran.snapshot());
    }
    assert_eq!(everything(&world, &world.work()), before, "looking changes nothing");
}
