//! Which crate may depend on which, which may touch the outside, and what every manifest says.

use crate::tree;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The allowed normal dependencies inside the project. A crate only sees crates that stand above it here.
const TABLE: [(&str, &[&str]); 13] = [
    ("bowline-model", &[]),
    ("bowline-config", &["bowline-model"]),
    ("bowline-audit", &["bowline-model"]),
    ("bowline-port", &["bowline-model"]),
    ("bowline-facts", &["bowline-model", "bowline-config", "bowline-port"]),
    ("bowline-ledger", &["bowline-model", "bowline-port"]),
    ("bowline-plan", &["bowline-model", "bowline-config"]),
    ("bowline-engine", &["bowline-model", "bowline-port", "bowline-ledger"]),
    ("bowline-host", &["bowline-model", "bowline-port"]),
    (
        "bowline-steps",
        &["bowline-model", "bowline-config", "bowline-port", "bowline-ledger", "bowline-plan", "bowline-engine"],
    ),
    ("bowline-compat", &["bowline-model", "bowline-config", "bowline-port", "bowline-facts", "bowline-plan"]),
    (
        "bowline",
        &[
            "bowline-audit",
            "bowline-compat",
            "bowline-model",
            "bowline-config",
            "bowline-port",
            "bowline-facts",
            "bowline-ledger",
            "bowline-plan",
            "bowline-engine",
            "bowline-host",
            "bowline-steps",
        ],
    ),
    // Only ever a development dependency, so it may see whatever its worlds are made of.
    (
        "bowline-testkit",
        &[
            "bowline-audit",
            "bowline-compat",
            "bowline-model",
            "bowline-config",
            "bowline-port",
            "bowline-facts",
            "bowline-ledger",
            "bowline-plan",
            "bowline-engine",
            "bowline-host",
            "bowline-steps",
        ],
    ),
];

/// Libraries that belong to one place, so that replacing one is a change of that place.
const ONLY_IN: [(&str, &[&str]); 13] = [
    ("saphyr-parser", &["bowline-audit"]),
    ("gix", &["bowline-host"]),
    ("rustix", &["bowline-host", "bowline"]),
    ("clap", &["bowline"]),
    ("minijinja", &["bowline-plan"]),
    ("jiff", &["bowline-model"]),
    ("crc32c", &["bowline-ledger"]),
    ("aho-corasick", &["bowline-port"]),
    ("signal-hook", &["bowline"]),
    ("object_store", &["bowline-host"]),
    ("reqwest", &["bowline-host"]),
    ("rustls", &["bowline-host"]),
    ("tokio", &["bowline-host"]),
];

/// Crates without any door to the world, and what would be one.
const PURE: [&str; 5] = ["bowline-model", "bowline-config", "bowline-audit", "bowline-plan", "bowline-engine"];
const OUTSIDE: [&str; 6] =
    ["std::fs", "std::net", "std::process", "std::env", "std::time::SystemTime", "std::time::Instant"];

struct Manifest {
    name: String,
    description: Option<String>,
    /// Normal and build dependencies.
    needs: Vec<String>,
    text: String,
}

#[expect(clippy::disallowed_methods, reason = "a test asks cargo itself what it builds")]
fn metadata() -> Value {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(tree::root().join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn manifests() -> Vec<Manifest> {
    let metadata = metadata();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| Manifest {
            name: text(&package["name"]).unwrap(),
            description: text(&package["description"]),
            needs: package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| text(&dependency["name"]).unwrap())
                .collect(),
            text: tree::read(Path::new(package["manifest_path"].as_str().unwrap())),
        })
        .collect()
}

/// What stands in `manifests` and not in the table.
fn beyond_the_table(manifests: &[Manifest]) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = TABLE.into_iter().collect();
    let mut problems = Vec::new();
    for manifest in manifests {
        let Some(allowed) = table.get(manifest.name.as_str()) else {
            problems.push(format!("crate {} is not in the table", manifest.name));
            continue;
        };
        let own = manifest.needs.iter().filter(|need| need.starts_with("bowline"));
        for need in own.filter(|need| !allowed.contains(&need.as_str())) {
            problems.push(format!("{} depends on {need}", manifest.name));
        }
        for (library, places) in ONLY_IN {
            if manifest.needs.iter().any(|need| need == library) && !places.contains(&manifest.name.as_str()) {
                problems.push(format!(
                    "{} depends on {library}, which belongs to {}",
                    manifest.name,
                    places.join(", ")
                ));
            }
        }
    }
    for (name, _) in TABLE.iter().filter(|(name, _)| manifests.iter().all(|manifest| manifest.name != *name)) {
        problems.push(format!("the table names {name}, and there is no such crate"));
    }
    problems
}

#[test]
fn dependencies_point_downward() {
    tree::none(
        &beyond_the_table(&manifests()),
        "Move the code to a crate that may have the dependency. Only when the architecture itself changes, change \
         the table in crates/bowline/tests/tidy/crates.rs and ARCHITECTURE.md together.",
    );
}

#[test]
fn the_table_points_downward() {
    for (number, (name, allowed)) in TABLE.iter().enumerate() {
        let above: Vec<&str> = TABLE[..number].iter().map(|(name, _)| *name).collect();
        assert!(
            allowed.iter().all(|need| above.contains(need)),
            "{name} may see something that does not stand above it"
        );
    }
}

#[test]
fn a_forbidden_edge_is_seen() {
    let manifest = |name: &str, needs: &[&str]| Manifest {
        name: name.to_owned(),
        description: None,
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        text: String::new(),
    };
    let problems = beyond_the_table(&[manifest("bowline-plan", &["bowline-port", "gix"]), manifest("other", &[])]);
    for expected in ["bowline-plan depends on bowline-port", "crate other is not in the table"] {
        assert!(problems.iter().any(|problem| problem == expected), "{problems:?}");
    }
    assert!(problems.iter().any(|problem| problem.starts_with("bowline-plan depends on gix")), "{problems:?}");
}

#[test]
fn pure_crates_have_no_door() {
    let mut problems = Vec::new();
    for name in PURE {
        let src = tree::root().join("crates").join(name).join("src");
        // What exists for tests only may look for a test's wish.
        let is_test = |path: &Path| path.ends_with("tests.rs") || path.ends_with("seeded.rs");
        for path in tree::files(&src, ".rs").into_iter().filter(|path| !is_test(path)) {
            let code = crate::modules::code(&tree::read(&path));
            for door in OUTSIDE.into_iter().filter(|door| code.contains(door)) {
                problems.push(format!("{} uses {door}", tree::shown(&path)));
            }
        }
    }
    tree::none(&problems, "Take the value as an argument, or ask for it through a trait of bowline-port.");
}

/// Who asks for a feature that is for tests: by a dependency that is not, or by another feature.
fn askers(metadata: &Value, feature: &str) -> Vec<String> {
    let packages = metadata["packages"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    packages
        .flat_map(|package| {
            let asked =
                package["dependencies"].as_array().unwrap().iter().filter(|dependency| dependency["kind"] != "dev");
            let asked = asked.filter(|dependency| asks(&dependency["features"], feature));
            let asked =
                asked.map(|dependency| format!("{} asks it of {}", text(&package["name"]), text(&dependency["name"])));
            let own = package["features"].as_object().unwrap().iter().filter(|(name, _)| *name != feature);
            let own = own.filter(|(_, list)| asks(list, feature));
            asked.chain(own.map(|(name, _)| format!("{} has it in {name}", text(&package["name"])))).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether a list of features has this one.
fn asks(features: &Value, feature: &str) -> bool {
    features.as_array().unwrap().iter().any(|asked| asked.as_str().unwrap_or_default().ends_with(feature))
}

#[test]
fn nothing_that_ships_opens_its_parsers() {
    assert_eq!(askers(&metadata(), "fuzzing"), ["bowline-testkit asks it of bowline-host"]);
}

#[test]
fn nothing_that_ships_can_make_mistakes_on_demand() {
    assert_eq!(askers(&metadata(), "seeded-bugs"), ["bowline-testkit asks it of bowline-model"]);
}

#[test]
fn every_manifest_is_complete() {
    let manifests = manifests();
    let mut problems = Vec::new();
    for manifest in &manifests {
        if !manifest.text.contains("[lints]\nworkspace = true") {
            problems.push(format!("{}: add `[lints]` with `workspace = true`", manifest.name));
        }
        match &manifest.description {
            None => problems.push(format!("{}: add a `description`", manifest.name)),
            Some(own) if manifests.iter().filter(|other| other.description.as_ref() == Some(own)).count() > 1 => {
                problems.push(format!("{}: another crate has the same `description`", manifest.name));
            }
            Some(_) => {}
        }
    }
    tree::none(&problems, "Every crate says what it is for and obeys the same lints.");
}
