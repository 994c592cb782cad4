//! What callers of the workflows and the action rely on does not change by accident.
//!
//! `interface.txt` holds what was promised. `BOWLINE_BLESS=1` adds to it what is new. What would break a caller is never written by the
//! test: it is a major version, and a person who means it edits the file.

use bowline_testkit::interface::{Input, Interface, width};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is promised, by its name: `release.yml input dry-run` is `optional boolean, default "false"`.
type Promises = BTreeMap<String, String>;

#[test]
fn what_callers_rely_on_is_still_there() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workflow/interface.txt");
    let was = read(&std::fs::read_to_string(&file).unwrap());
    let is = promises(&Interface::all(&root()));
    let broken = broken(&was, &is);
    assert!(
        broken.is_empty(),
        "\n  {}\n\nThis breaks callers, so it is a major version. Whoever means it edits {} by hand.\n",
        broken.join("\n  "),
        file.display()
    );
    if bless() {
        std::fs::write(&file, written(&is)).unwrap();
    } else {
        let new: Vec<String> = is.iter().filter(|(name, what)| was.get(*name) != Some(*what)).map(line).collect();
        let gone = was.iter().filter(|(name, _)| !is.contains_key(*name)).map(line);
        let changed: Vec<String> = new.into_iter().chain(gone).collect();
        assert!(
            changed.is_empty(),
            "\n  {}\n\nNo caller breaks. Write it down with: BOWLINE_BLESS=1 cargo test -p bowline --test workflow interface\n",
            changed.join("\n  ")
        );
    }
}

/// A deprecated name keeps working, says what to use, and its use is told.
#[test]
fn a_deprecated_name_names_another_and_warns() {
    let script = std::fs::read_to_string(root().join(".github/actions/release-inputs/inputs.sh")).unwrap();
    let mut seen = 0;
    for interface in Interface::all(&root()) {
        for names in [&interface.inputs, &interface.secrets] {
            for (old, new) in names.iter().filter_map(|input| Some((input, input.replaced_by()?))) {
                seen += 1;
                let there = names.iter().any(|input| input.name == new && input.replaced_by().is_none());
                assert!(there, "{}: {} is to be replaced by {new}, which is not there", interface.file, old.name);
                let warned = old.kind == "secret" || script.contains(&format!("deprecated {} ", old.name));
                assert!(warned, "{}: nothing warns of {}", interface.file, old.name);
            }
        }
    }
    assert!(seen >= 3, "only {seen} deprecated names were found");
}

#[test]
fn every_right_and_every_name_says_what_it_is_for() {
    for interface in Interface::all(&root()) {
        for input in interface.inputs.iter().chain(&interface.by_hand).chain(&interface.secrets) {
            assert!(!input.description.is_empty(), "{}: {} has no description", interface.file, input.name);
        }
        for (name, description) in &interface.outputs {
            assert!(!description.is_empty(), "{}: output {name} has no description", interface.file);
        }
        for job in &interface.jobs {
            assert!(!job.name.is_empty(), "{}: job {} has no name", interface.file, job.id);
            for right in &job.permissions {
                assert!(!right.reason.is_empty(), "{}: {} of {} has no reason", interface.file, right.scope, job.id);
            }
        }
    }
}

#[test]
fn what_breaks_callers_is_told_from_what_does_not() {
    let check = |was: &str, is: &str, expected: &[&str]| {
        let found = broken(&read(was), &read(is));
        let matches = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| a.contains(b));
        assert!(matches, "{was:?} to {is:?}: {found:?}");
    };
    let input = "a.yml input x: optional string\n";
    check(input, input, &[]);
    check("", input, &[]);
    check("", "a.yml output x: given\n", &[]);
    check(input, "", &["a.yml input x: is gone"]);
    check(input, "a.yml input y: optional string\n", &["a.yml input x: is gone"]);
    check(input, "a.yml input x: optional number\n", &["was optional string, is optional number"]);
    check(input, "a.yml input x: required string\n", &["is required string"]);
    check("a.yml input x: required string\n", input, &[]);
    check("a.yml input x: required string\n", "a.yml input x: optional number\n", &["is optional number"]);
    check("", "a.yml input x: required string\n", &["is new and required"]);
    check("", "a.yml secret x: required secret\n", &["is new and required"]);
    check("a.yml job b: B\n", "a.yml job b: C\n", &["was B, is C"]);
    check("a.yml permission b contents: write\n", "a.yml permission b contents: read\n", &[]);
    check("a.yml permission b contents: write\n", "", &[]);
    check("a.yml permission b contents: read\n", "a.yml permission b contents: write\n", &["was read, is write"]);
    check("", "a.yml permission b contents: read\n", &["is a new right"]);
}

/// What of `was` does not hold any more in `is`, and what of `is` asks more of callers.
fn broken(was: &Promises, is: &Promises) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, old) in was {
        match is.get(name) {
            None if is_right(name) => {}
            None => broken.push(format!("{name}: is gone, was {old}")),
            Some(new) if new == old => {}
            Some(new) if is_right(name) && width(new) < width(old) => {}
            // Nobody breaks who has to give less.
            Some(new) if old.strip_prefix("required ").is_some_and(|kind| keeps(new, kind)) => {}
            Some(new) => broken.push(format!("{name}: was {old}, is {new}")),
        }
    }
    for (name, new) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
        if is_right(name) {
            broken.push(format!("{name}: is a new right, {new}"));
        } else if new.starts_with("required ") {
            broken.push(format!("{name}: is new and required"));
        }
    }
    broken
}

/// Whether `new` is optional now, and of the same kind.
fn keeps(new: &str, kind: &str) -> bool {
    let new = new.strip_prefix("optional ").and_then(|rest| rest.split(',').next());
    new.is_some_and(|new| Some(new) == kind.split(',').next())
}

fn is_right(name: &str) -> bool {
    name.split(' ').nth(1) == Some("permission")
}

fn promises(interfaces: &[Interface]) -> Promises {
    let mut promises = Promises::new();
    for interface in interfaces {
        let file = interface.file.rsplit('/').next().unwrap();
        let mut put = |kind: &str, name: &str, what: String| promises.insert(format!("{file} {kind} {name}"), what);
        for (kind, inputs) in
            [("input", &interface.inputs), ("by-hand", &interface.by_hand), ("secret", &interface.secrets)]
        {
            for input in inputs {
                put(kind, &input.name, told(input));
            }
        }
        for (name, _) in &interface.outputs {
            put("output", name, "given".to_owned());
        }
        for job in &interface.jobs {
            put("job", &job.id, job.name.clone());
            for right in &job.permissions {
                put("permission", &format!("{} {}", job.id, right.scope), right.level.clone());
            }
        }
    }
    promises
}

fn told(input: &Input) -> String {
    let required = if input.required { "required" } else { "optional" };
    let default = input.default.as_ref().map(|default| format!(", default {default:?}")).unwrap_or_default();
    format!("{required} {}{default}", input.kind)
}

fn read(text: &str) -> Promises {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once(": ").unwrap()).map(|(name, what)| (name.to_owned(), what.to_owned())).collect()
}

fn written(promises: &Promises) -> String {
    let mut text =
        "# What callers of the workflows and the action rely on; see interface.rs beside this file.\n".to_owned();
    for promise in promises {
        text.push_str(&line(promise));
        text.push('\n');
    }
    text
}

fn line((name, what): (&String, &String)) -> String {
    format!("{name}: {what}")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[expect(clippy::disallowed_methods, reason = "a switch for people who run tests, not for the program")]
fn bless() -> bool {
    std::env::var_os("BOWLINE_BLESS").is_some()
}
