//! Seeded bugs: each is made somewhere, has a test that is to catch it, and stands in the documentation with it.

use crate::tree;
use bowline_model::seeded::{Bug, VARIABLE};
use std::collections::BTreeMap;

/// The name of the test that catches each bug, by a line of words that begins with the bug's name.
fn catchers(text: &str, words: impl Fn(&str) -> Option<(String, String)>) -> BTreeMap<String, String> {
    text.lines().filter_map(words).collect()
}

#[test]
fn every_bug_is_made_and_caught() {
    let script = tree::read(&tree::root().join("scripts/seeded-bugs"));
    let list = script.split("readonly CATCHERS='").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let scripted = catchers(list, |line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let test = words.get(3)?.rsplit("::").next()?;
        Some((words[0].to_owned(), test.to_owned()))
    });
    let documented = catchers(&tree::read(&tree::root().join("docs/reliability.md")), |line| {
        let (bug, rest) = line.strip_prefix("| `")?.split_once("`: ")?;
        let test = rest.split("| `").nth(1)?.split('`').next()?;
        Some((bug.to_owned(), test.to_owned()))
    });
    let names: Vec<&str> = Bug::ALL.iter().map(|bug| bug.name()).collect();
    let mut sorted: Vec<&str> = names.clone();
    sorted.sort_unstable();
    assert_eq!(scripted.keys().map(String::as_str).collect::<Vec<_>>(), sorted, "scripts/seeded-bugs");
    assert_eq!(documented, scripted, "docs/reliability.md");
    assert!(script.contains(VARIABLE), "scripts/seeded-bugs switches nothing on");
    let mut code = String::new();
    for folder in tree::crates() {
        for path in tree::files(&folder.join("src"), ".rs").into_iter().filter(|path| !path.ends_with("seeded.rs")) {
            code.push_str(&tree::read(&path));
        }
    }
    let unused = Bug::ALL.iter().filter(|bug| !code.contains(&format!("seeded(Bug::{bug:?})")));
    tree::none(
        &unused.map(|bug| format!("{} is made nowhere", bug.name())).collect::<Vec<_>>(),
        "Make it, or remove it.",
    );
}
