//! One table, four readers: reference, schema, loader and defaults.

use crate::judge::is_valid;
use crate::support::read;
use bowline_config::{Config, Input, KeyDoc, explain, json_schema, load, reference, reference_markdown};
use serde_json::Value;
use std::collections::BTreeSet;

fn parse(toml: &str) -> Value {
    let table: toml::Table = toml::from_str(&format!("value = {toml}")).unwrap();
    serde_json::to_value(&table["value"]).unwrap()
}

/// The last line of an example: its key inside the section and its value.
fn assignment(doc: &KeyDoc) -> (String, Value) {
    let (name, value) = doc.example.lines().last().unwrap().split_once(" = ").unwrap();
    (name.to_owned(), parse(value))
}

/// The key under which an example's value is found after loading.
fn loaded_key(doc: &KeyDoc) -> String {
    let section = doc.example.lines().next().unwrap().trim_matches(['[', ']']);
    let list = if doc.example.starts_with("[[") { "[0]" } else { "" };
    // The package is the one optional table that is shown by its keys once it is there.
    format!("{section}{list}.{}", assignment(doc).0).replace("package[0]", "package")
}

#[test]
fn every_key_loads_and_its_example_arrives() {
    for doc in reference() {
        let loaded = read(&doc.example).unwrap_or_else(|error| panic!("{}: {error} {:?}", doc.key, error.findings()));
        let key = loaded_key(&doc);
        let entry = loaded.entries().into_iter().find(|entry| entry.key == key);
        let entry = entry.unwrap_or_else(|| panic!("{key} is not shown"));
        assert_eq!(entry.value, assignment(&doc).1, "{key}");
        let line = doc.example.lines().count();
        assert_eq!(entry.origin.to_string(), format!("bowline.toml:{line}"), "{key}");
    }
}

#[test]
fn documented_defaults_are_the_loaded_ones() {
    let entries = load(&Input::default()).unwrap().entries();
    for doc in reference() {
        let Some(default) = &doc.default_value else { continue };
        let default = parse(default);
        assert_ne!(default, assignment(&doc).1, "the example of {} shows the default", doc.key);
        let shown = match entries.iter().find(|entry| entry.key == doc.key) {
            Some(entry) => entry.value.clone(),
            None => with_siblings(&doc),
        };
        assert_eq!(shown, default, "{}", doc.key);
    }
}

/// The value of a key of an optional table in which only other keys are set.
fn with_siblings(doc: &KeyDoc) -> Value {
    let (table, _) = doc.key.rsplit_once('.').unwrap();
    let table = format!("{table}.");
    let other = reference().into_iter().find(|other| other.key.starts_with(&table) && other.key != doc.key).unwrap();
    let key = loaded_key(doc);
    let loaded = read(&other.example).unwrap();
    loaded.entries().into_iter().find(|entry| entry.key == key).unwrap_or_else(|| panic!("{key}")).value
}

#[test]
fn every_shown_key_is_in_the_reference() {
    let everything = example_file();
    for loaded in [load(&Input::default()).unwrap(), read(&everything).unwrap()] {
        for entry in loaded.entries() {
            assert_eq!(explain(&entry.key).map(|docs| docs.len()), Ok(1), "{}", entry.key);
        }
    }
}

/// One file with every key that can stand beside the others.
fn example_file() -> String {
    let mut text = String::new();
    let mut last = String::new();
    // Calendar versions take no first version, and what takes commits out gives them no type.
    let alone = ["version.initial", "commits.rule.ignore"];
    for doc in reference().into_iter().filter(|doc| !alone.contains(&doc.key.as_str())) {
        let header = doc.example.lines().next().unwrap();
        if header != last {
            text.push_str(&format!("{header}\n"));
            last = header.to_owned();
        }
        text.push_str(&format!("{}\n", doc.example.lines().last().unwrap()));
    }
    text
}

#[test]
fn every_key_with_one_letter_changed_is_refused() {
    let mut tried = 0;
    for doc in reference() {
        let section = doc.key.split('.').next().unwrap();
        let (name, _) = assignment(&doc);
        let chosen = doc.key.split('.').position(|part| part == "<name>");
        for mutated in mutations(section) {
            let text = doc.example.replacen(section, &mutated, 1);
            assert!(read(&text).is_err(), "{text}");
            tried += 1;
        }
        let parts: Vec<&str> = name.split('.').collect();
        for (n, part) in parts.iter().enumerate().filter(|(n, _)| Some(n + 1) != chosen) {
            for mutated in mutations(part) {
                let changed: Vec<&str> =
                    parts.iter().enumerate().map(|(m, p)| if m == n { &mutated } else { *p }).collect();
                let text = doc.example.replace(&format!("{name} ="), &format!("{} =", changed.join(".")));
                let error = read(&text).expect_err(&text);
                assert!(!error.findings().is_empty(), "{text}");
                tried += 1;
            }
        }
    }
    assert!(tried > 1000, "only {tried} mutations were tried");
}

/// `word` with one letter left out, doubled, replaced, swapped with its neighbour or written large.
fn mutations(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut out = BTreeSet::new();
    for n in 0..letters.len() {
        let mut with = |replacement: &[char], taken: usize| {
            let (before, after) = (&letters[..n], &letters[n + taken..]);
            out.insert([before, replacement, after].concat().into_iter().collect::<String>());
        };
        let letter = letters[n];
        with(&[], 1);
        with(&[letter, letter], 1);
        with(&['x'], 1);
        with(&[letter.to_ascii_uppercase()], 1);
        if let Some(next) = letters.get(n + 1) {
            with(&[*next, letter], 2);
        }
    }
    out.remove(word);
    out.remove("");
    out
}

#[test]
fn schema_and_reference_have_the_same_keys() {
    let mut keys = BTreeSet::new();
    walk(&json_schema(), "", &mut keys);
    assert_eq!(keys, reference().into_iter().map(|doc| doc.key).collect());
}

/// Gathers the leaves of the schema and proves that every table is closed.
fn walk(schema: &Value, path: &str, keys: &mut BTreeSet<String>) {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    if schema["type"] == "array" && schema["items"]["type"] == "object" {
        return walk(&schema["items"], path, keys);
    }
    if schema["type"] != "object" {
        assert!(schema["description"].is_string(), "{path} is not described");
        keys.insert(path.to_owned());
        return;
    }
    assert_eq!(schema["additionalProperties"], Value::Bool(false), "{path} is open");
    for (name, child) in schema["properties"].as_object().into_iter().flatten() {
        walk(child, &join(name), keys);
    }
    for child in schema["patternProperties"].as_object().into_iter().flat_map(|members| members.values()) {
        walk(child, &join("<name>"), keys);
    }
}

#[test]
fn the_schema_judges_like_the_loader() {
    let schema = json_schema();
    let judge =
        |text: &str| is_valid(&schema, &serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap());
    for doc in reference() {
        assert!(judge(&doc.example), "{}", doc.example);
    }
    assert!(judge(&example_file()));
    assert!(judge("changelog.path = false\nartifacts.max_size = \"2GiB\"\n"));
    for bad in [
        "[relase]\n",
        "[release]\ntga = \"v{version}\"\n",
        "[sign]\nrequired = true\n",
        "[gate.approvals]\nrequired = 2\n",
        "release = 1\n",
        "[release]\nbranches = \"main\"\n",
        "[release]\ntag = \"v\"\n",
        "[version]\ninitial = \"1.0\"\n",
        "[version]\nbefore_one.breaking = \"none\"\n",
        "[commits.types.Feat]\nbump = \"minor\"\n",
        "[commits.types.feat]\nbumb = \"minor\"\n",
        "[[package]]\n[[package]]\n",
        "[package]\n",
        "[[version_file]]\nformat = \"json\"\n",
        "[[version_file]]\npath = \"/etc/passwd\"\n",
        "changelog.path = true\n",
        "[build]\nin = \"clone\"\n",
        "[build]\ncommand = []\n",
        "[build]\ncommand = [\"make\"]\nenv.A-B = \"x\"\n",
        "[build]\ncommand = [\"make\"]\ntimeout = \"1h30m\"\n",
        "[artifacts]\nmin = -1\n",
        "[artifacts]\nmax_size = \"2 GiB\"\n",
        "[artifacts]\nchecksums = [\"md5\"]\n",
        "[forge]\nkind = \"svn\"\n",
        "[forge]\nurl = \"ghe.example\"\n",
        "[forge]\nurl = \"ftp://ghe.example\"\n",
        "[forge]\napi_url = \"https://user:secret@ghe.example/\"\n",
        "[forge]\napi_url = \"https://ghe.example/?x=1\"\n",
        "[forge]\nrepository = \"app\"\n",
        "[forge]\nrepository = \"acme/app/more\"\n",
        "[gate.checks]\nrequired = \"test\"\n",
        "[gate.checks]\nbranch_rules = true\naccept = [\"failure\"]\n",
        "[follow_up]\nmilestone = \"delete\"\n",
        "[follow_up]\nlabels = [\"\"]\n",
        "[state]\nbackend = \"svn\"\n",
        "[state]\nbackend = \"s3://user:secret@bucket\"\n",
        "[state]\nbackend = \"s3://bucket/../x\"\n",
        "[state]\nlock_ttl = \"0s\"\n",
        "[tools.syft]\n",
        "[tools.git]\npath = \"git\"\n",
        "[tools.git]\npath = \"/opt/\"\n",
        "[tools.git]\nmin_version = \"2.45.1.2\"\n",
        "[tools.git]\ntimeout = 30\n",
    ] {
        assert!(!judge(bad), "the schema accepts {bad}");
        assert!(read(bad).is_err(), "the loader accepts {bad}");
    }
}

#[test]
fn explanations() {
    let names = |key: &str| explain(key).map(|docs| docs.into_iter().map(|doc| doc.key).collect::<Vec<_>>());
    assert_eq!(names("release.tag"), Ok(vec!["release.tag".to_owned()]));
    assert_eq!(names("commits.types.feat.bump"), Ok(vec!["commits.types.<name>.bump".to_owned()]));
    assert_eq!(names("version_file[12].at"), Ok(vec!["version_file.at".to_owned()]));
    assert_eq!(names("[[package]]").map(|names| names.len()), Ok(2));
    assert_eq!(names("release.committer").map(|names| names.len()), Ok(2));
    for (asked, message, hint) in [
        ("relaese.tag", "there is no configuration key `relaese.tag`", Some("did you mean `release.tag`?")),
        ("include", "there is no configuration key `include`", Some("did you mean `artifacts.include`?")),
        ("", "there is no configuration key ``", Some("`bowline config show` lists the keys")),
        ("a\u{1b}b", "there is no configuration key `a\\u{001B}b`", Some("`bowline config show` lists the keys")),
        ("[sign]", "`sign` is not available in this version of Bowline", None),
        ("gate.approvals.required", "`gate.approvals.required` is not available in this version of Bowline", None),
        ("release.mode", "`release.mode` is not available in this version of Bowline", None),
    ] {
        let failure = bowline_model::Failure::from(explain(asked).unwrap_err());
        assert_eq!((failure.message.as_str(), failure.hints.first().map(String::as_str)), (message, hint), "{asked}");
    }
}

#[test]
fn the_page_has_every_key_and_the_types() {
    let page = reference_markdown();
    for doc in reference() {
        assert!(page.contains(&format!("### `{}`\n\n{}\n", doc.key, doc.meaning)), "{}", doc.key);
    }
    for (name, kind) in Config::default().commits.types {
        let hidden = if kind.hidden { "yes" } else { "no" };
        assert!(page.contains(&format!("| `{name}` | {} | {} | {hidden} |", kind.bump, kind.section)), "{name}");
    }
    assert!(page.contains("- `[sign]`") && page.contains("- `release.mode`"));
}

#[test]
fn defaults_in_full() {
    let shown: Vec<String> = load(&Input::default())
        .unwrap()
        .entries()
        .into_iter()
        .filter(|entry| !entry.key.starts_with("commits.types.") || entry.key.starts_with("commits.types.fix"))
        .map(|entry| format!("{} = {} # {}", entry.key, entry.value, entry.origin))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r##"
    artifacts.checksums = ["sha256"] # default
    artifacts.include = [] # default
    artifacts.max = null # default
    artifacts.max_size = null # default
    artifacts.min = 0 # default
    changelog.date = "commit" # default
    changelog.header = "# Changelog\n\nAll notable changes to this project are documented in this file.\n" # default
    changelog.path = "CHANGELOG.md" # default
    changelog.sections = [] # default
    changelog.style = "bowline" # default
    changelog.template = null # default
    commits.change_files = ".changeset" # default
    commits.dialect = "conventional" # default
    commits.ignore = [] # default
    commits.least = "none" # default
    commits.overrides = ".bowline/overrides" # default
    commits.pull_request_overrides = false # default
    commits.sources = ["commits"] # default
    commits.squash = "title" # default
    commits.types.fix.bump = "patch" # default
    commits.types.fix.hidden = false # default
    commits.types.fix.section = "Bug Fixes" # default
    commits.unlabelled = "patch" # default
    forge.api_url = null # default
    forge.discussion = null # default
    forge.draft = null # default
    forge.kind = null # default
    forge.latest = null # default
    forge.path = null # default
    forge.repository = null # default
    forge.url = null # default
    notes.contributors = false # default
    notes.footer = null # default
    notes.header = null # default
    notes.max_chars = null # default
    notes.template = null # default
    notes.upgrade = null # default
    project.name = null # default
    release.branches = [] # default
    release.commit_message = "chore(release): {version}" # default
    release.committer.email = "bowline@users.noreply.invalid" # default
    release.committer.name = "Bowline" # default
    release.floating_tags = null # default
    release.push = "git" # default
    release.tag = null # default
    release.tag_message = "{tag}" # default
    retry.attempts = 3 # default
    retry.budget = 500 # default
    retry.deadline = "15m" # default
    retry.min_throughput = 100000 # default
    state.backend = "auto" # default
    state.lock_ttl = "10m" # default
    tools.git.min_version = "2.31.0" # default
    tools.git.path = null # default
    tools.git.policy = "required" # default
    tools.git.timeout = "15m" # default
    version.before_one.breaking = "minor" # default
    version.before_one.feature = "patch" # default
    version.initial = "0.1.0" # default
    version.raise_initial = false # default
    version.snapshot = "{version}-snapshot.{date}.{commits}.g{commit}" # default
    "##);
}
