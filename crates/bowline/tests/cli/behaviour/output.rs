//! What is printed where: one JSON document, log lines, quiet, colour, variables.

use crate::support::{one_fix, with_package_json};
use bowline_testkit::{Ran, World};
use serde_json::Value;

/// Every command under `--json` with the schema of what it prints, and its exit code.
const DOCUMENTS: [(&[&str], &str, i32); 20] = [
    (&["plan"], "bowline/plan/v1", 0),
    (&["plan", "--snapshot"], "bowline/snapshot/v1", 0),
    (&["check"], "bowline/check/v1", 0),
    (&["explain"], "bowline/explanation/v1", 0),
    (&["status"], "bowline/status/v1", 0),
    (&["changelog"], "bowline/changelog/v1", 0),
    (&["notes"], "bowline/notes/v1", 0),
    (&["config", "show"], "bowline/config/v1", 0),
    (&["config", "explain"], "bowline/config-reference/v1", 0),
    (&["release", "--dry-run"], "bowline/plan/v1", 0),
    (&["release", "--require-release", "--version", "1.0.0"], "bowline/result/v1", 23),
    (&["release", "--yes"], "bowline/result/v1", 0),
    (&["release", "--yes"], "bowline/result/v1", 0),
    (&["release", "--require-release"], "bowline/result/v1", 4),
    (&["resume"], "bowline/result/v1", 0),
    (&["resume", "nothing"], "bowline/result/v1", 2),
    (&["abort"], "bowline/result/v1", 0),
    (&["plan", "--bump", "wrong"], "bowline/failure/v1", 2),
    (&["notes", "7.7.7"], "bowline/failure/v1", 2),
    (&["-C", "..", "status"], "bowline/failure/v1", 2),
];

fn document(ran: &Ran) -> Value {
    let mut documents = serde_json::Deserializer::from_str(&ran.stdout).into_iter::<Value>();
    let first = documents.next().unwrap_or_else(|| panic!("no document\n{}", ran.snapshot())).unwrap();
    assert!(documents.next().is_none(), "more than one document\n{}", ran.snapshot());
    first
}

#[test]
fn one_document() {
    let world = with_package_json();
    for (args, schema, code) in DOCUMENTS {
        let args = [&["--json"], args].concat();
        let ran = world.bowline(&args).expect_code(code);
        let document = document(&ran);
        assert_eq!(document["schema"], schema, "{args:?}");
        if code != 0 {
            assert!(document["failure"]["code"].is_string(), "{args:?}\n{}", ran.snapshot());
            assert_eq!(document["exit_code"], code, "{args:?}");
        }
    }
}

#[test]
fn the_result() {
    let world = with_package_json();
    let result = document(&world.bowline(&["release", "--yes", "--json"]).expect_code(0));
    for key in ["run", "plan", "status", "exit_code", "packages", "steps", "failure", "next"] {
        assert!(result.get(key).is_some(), "{key}");
    }
    assert_eq!(result["status"], "released");
    let package = &result["packages"][0];
    assert_eq!(package["commit"], world.git(&["rev-parse", "HEAD"]).as_str());
    let assets = package["assets"].as_array().unwrap();
    assert_eq!(assets.len(), 2);
    for asset in assets {
        let path = asset["url"].as_str().unwrap().trim_start_matches("file://").to_owned();
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(asset["size"], bytes.len());
        let sha256 = bowline_model::Digest::of(&bytes).to_string();
        assert!(sha256.ends_with(asset["sha256"].as_str().unwrap().trim_start_matches("sha256:")), "{asset}");
    }
    for step in result["steps"].as_array().unwrap() {
        for key in ["id", "stage", "outcome", "reason", "attempts", "duration_ms", "receipt"] {
            assert!(step.get(key).is_some(), "{key} of {step}");
        }
    }
}

#[test]
fn log_lines() {
    let world = with_package_json();
    for args in [
        &["--log-format", "json", "plan"][..],
        &["--log-format", "json", "-v", "--log-level", "trace", "release", "--yes"],
        &["--log-format", "json", "release", "--yes", "--version", "1.0.0"],
        &["--log-format", "json", "resume", "nothing"],
        &["--log-format", "json", "check", "--offline"],
    ] {
        let ran = world.bowline(args);
        for line in ran.stderr.lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            for key in ["ts", "level", "msg", "target", "event"] {
                assert!(line[key].is_string(), "{key} of {line}");
            }
            if line.get("run").is_some() {
                for key in ["plan", "trace_id", "span_id"] {
                    assert!(line[key].is_string(), "{key} of {line}");
                }
            }
        }
        let releases = args.contains(&"trace");
        assert_eq!(ran.stderr.lines().any(|line| line.contains("\"event\":\"door\"")), releases, "{args:?}");
    }
}

#[test]
fn a_log_file() {
    let world = with_package_json();
    let file = world.root().join("log");
    let path = file.to_string_lossy().into_owned();
    let ran = world.bowline(&["release", "--yes", "--log-file", &path]).expect_code(0);
    assert!(ran.stderr.contains("✓ push/refs"), "{}", ran.snapshot());
    let text = std::fs::read_to_string(&file).unwrap();
    let steps = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["event"] == "step_finished")
        .count();
    assert!(steps > 10, "{text}");
}

#[test]
fn quiet() {
    let world = with_package_json();
    let ran = world.bowline(&["-q", "release", "--yes"]).expect_code(0);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.starts_with("Released app 1.1.0\n"), "{}", ran.snapshot());
    let ran = world.bowline(&["-q", "release", "--yes", "--version", "0.1.0"]).expect_code(23);
    assert!(ran.stderr.starts_with("error: "), "{}", ran.snapshot());
}

#[test]
fn verbose() {
    let world = with_package_json();
    let ran = world.bowline(&["-v", "release", "--yes"]).expect_code(0);
    assert!(ran.stderr.contains("push/refs is about to act"), "{}", ran.snapshot());
}

#[test]
fn colour() {
    let world = one_fix();
    let coloured = |args: &[&str], env: &[(&str, &str)]| {
        let ran = world.bowline_with(args, env).expect_code(0);
        ran.stdout.contains('\u{1b}')
    };
    assert!(coloured(&["plan", "--color", "always"], &[]));
    assert!(coloured(&["plan", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&["plan"], &[("BOWLINE_COLOR", "always")]));
    assert!(!coloured(&["plan"], &[]));
    assert!(!coloured(&["plan", "--color", "never"], &[("BOWLINE_COLOR", "always")]));
    assert!(!coloured(&["plan", "--json", "--color", "always"], &[]));
    let plain = world.bowline(&["plan"]).expect_code(0).stdout;
    let painted = world.bowline(&["plan", "--color", "always"]).expect_code(0).stdout;
    assert_eq!(without_colour(&painted), plain);
}

fn without_colour(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn every_flag_has_a_variable() {
    let world = with_package_json();
    let run = |args: &[&str], env: &[(&str, &str)]| world.bowline_with(args, env);
    assert_eq!(run(&["plan"], &[("BOWLINE_JSON", "1")]).expect_code(0).json()["schema"], "bowline/plan/v1");
    assert_eq!(run(&["plan", "--json"], &[("BOWLINE_BUMP", "major")]).json()["packages"][0]["next"], "2.0.0");
    assert_eq!(run(&["plan", "--json"], &[("BOWLINE_VERSION", "4.0.0")]).json()["packages"][0]["next"], "4.0.0");
    assert_eq!(run(&["plan", "--json"], &[("BOWLINE_PRE", "rc")]).json()["packages"][0]["next"], "1.1.0-rc.0");
    assert_eq!(
        run(&["plan", "--json", "--bump", "patch"], &[("BOWLINE_BUMP", "major")]).json()["packages"][0]["next"],
        "1.0.1"
    );
    let work = world.work().to_string_lossy().into_owned();
    let _ = world.bowline_in(world.root(), &["plan"], &[("BOWLINE_C", &work)]).expect_code(0);
    let skipped = run(&["plan"], &[("BOWLINE_SKIP", "notify/checkout,build/command")]).expect_code(0).stdout;
    assert!(skipped.contains("notify/checkout      skipped"), "{skipped}");
    let before = world.visible();
    let dry = run(&["release", "--yes"], &[("BOWLINE_DRY_RUN", "true")]).expect_code(0);
    assert!(dry.stdout.contains("app 1.0.0 → 1.1.0") && world.visible() == before, "{}", dry.snapshot());
    let unpushed = with_unpushed();
    let _ = unpushed.bowline_with(&["release"], &[]).expect_code(10);
    let quiet = unpushed.bowline_with(&["release"], &[("BOWLINE_YES", "true"), ("BOWLINE_QUIET", "true")]);
    assert_eq!(quiet.expect_code(0).stderr, "");
    let _ = unpushed.bowline_with(&["release"], &[("BOWLINE_REQUIRE_RELEASE", "true")]).expect_code(4);
}

fn with_unpushed() -> World {
    let world = with_package_json();
    world.commit("fix: not pushed");
    world
}
