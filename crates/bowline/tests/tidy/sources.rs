//! What every source file has, and what none has.

use crate::tree;

/// A longer file has two subjects.
const MOST_LINES: usize = 600;

#[test]
fn every_file_says_what_it_is_for() {
    let files = tree::files(&tree::root().join("crates"), ".rs");
    assert!(files.len() > 100, "only {} source files were found", files.len());
    let silent = files.iter().filter(|path| !tree::read(path).starts_with("//! "));
    let problems: Vec<String> = silent.map(|path| tree::shown(path)).collect();
    tree::none(&problems, "Begin each file with a `//!` paragraph: what it is for, and what it promises.");
}

#[test]
fn no_file_is_too_long() {
    let lines = |path: &std::path::Path| tree::read(path).lines().count();
    let long = product_files().into_iter().filter(|path| lines(path) > MOST_LINES);
    let problems: Vec<String> = long.map(|path| format!("{} has {} lines", tree::shown(&path), lines(&path))).collect();
    tree::none(&problems, "Split the file where its subject changes.");
}

#[test]
fn nothing_is_left_for_later() {
    // Written in parts, so that this file does not find itself.
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["unimple", "mented"], ["Place", "holder."]]
        .map(|parts| parts.concat());
    let mut problems = Vec::new();
    for path in product_files() {
        for (number, line) in tree::read(&path).lines().enumerate() {
            let is_word = |word: &String| {
                line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').any(|found| found == word)
            };
            if let Some(word) = words.iter().find(|word| is_word(word)) {
                problems.push(format!("{}:{}: {word}", tree::shown(&path), number + 1));
            }
        }
    }
    tree::none(&problems, "Do it now, or open an issue and take the note out.");
}

/// Everything that is compiled into the program.
fn product_files() -> Vec<std::path::PathBuf> {
    tree::crates().iter().flat_map(|folder| tree::files(&folder.join("src"), ".rs")).collect()
}
