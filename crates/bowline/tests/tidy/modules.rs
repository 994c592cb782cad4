//! No cycles among the top-level modules of a crate, and not too many of them.
//!
//! A module that can be read without its neighbours can be understood, tested and moved alone. Paths that begin with
//! `crate::` or climb to the root with `super::` are edges; items that the root hands on (`pub use`) count for the
//! module they come from. Comments and test modules do not count.

use crate::tree;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How many top-level modules a newcomer can keep in mind.
const MOST: usize = 12;
/// Crates with more, and why that is easier to read than folders would be.
const MORE: [(&str, usize, &str); 5] = [
    ("bowline-config", 13, "the loader's stages, one small file each"),
    ("bowline-model", 16, "one word of the domain each, flat like the index of a dictionary"),
    ("bowline-plan", 14, "the stages of planning in order, each a pure function"),
    ("bowline-port", 14, "one module for each door, and what is decided in front of all of them"),
    ("bowline-steps", 14, "the stages of a release, and what steps share"),
];

/// A module and those it knows, each with the file that says so.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

/// A crate's source: path parts below `src` without ending, the file as shown, and its text.
type Source = (Vec<String>, String, String);

#[test]
fn no_cycles() {
    let mut problems = Vec::new();
    for folder in tree::crates() {
        let edges = edges(&sources(&folder));
        problems.extend(cycle(&edges).map(|cycle| format!("{}: {}", tree::shown(&folder), described(&edges, &cycle))));
    }
    tree::none(
        &problems,
        "Move what both need into a module below them, or move the item beside its only user. An `impl` block may \
         stand in another module than its type.",
    );
}

#[test]
fn few_enough_modules() {
    let mut problems = Vec::new();
    for folder in tree::crates() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let found = edges(&sources(&folder)).len();
        let most = MORE.iter().find(|(known, ..)| *known == name).map_or(MOST, |(_, most, _)| *most);
        if found > most {
            problems.push(format!("{name} has {found} top-level modules, and {most} are allowed"));
        }
        if most > MOST && found <= MOST {
            problems.push(format!("{name} does not need its exception any more"));
        }
    }
    tree::none(
        &problems,
        "Put modules that belong together into a folder; see MORE in crates/bowline/tests/tidy/modules.rs.",
    );
}

/// `text` without comments and without a test module at its end.
pub(crate) fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let strip = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(strip).collect::<Vec<_>>().join("\n")
}

fn sources(folder: &Path) -> Vec<Source> {
    let src = folder.join("src");
    let mut sources = Vec::new();
    for path in tree::files(&src, ".rs") {
        let inside = path.strip_prefix(&src).unwrap().with_extension("");
        let mut parts: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if parts.last().is_some_and(|last| last == "mod") {
            parts.pop();
        }
        if !parts.iter().any(|part| part == "tests") {
            sources.push((parts, tree::shown(&path), tree::read(&path)));
        }
    }
    sources
}

fn edges(sources: &[Source]) -> Edges {
    let root = sources.iter().find(|(parts, ..)| parts.as_slice() == ["lib"]).map_or("", |(.., text)| text.as_str());
    let modules = declared(root);
    let handed_on = handed_on(&code(root), &modules);
    let mut edges: Edges = modules.iter().map(|module| (module.clone(), BTreeMap::new())).collect();
    for (parts, file, text) in sources {
        let Some(known) = parts.first().and_then(|module| edges.get_mut(module)) else { continue };
        for name in names_at_root(&code(text), parts.len()) {
            let target = if modules.contains(&name) { Some(&name) } else { handed_on.get(&name) };
            if let Some(target) = target.filter(|target| **target != parts[0]) {
                known.entry(target.clone()).or_insert_with(|| file.clone());
            }
        }
    }
    edges
}

/// The modules that the root declares, apart from those that only tests have.
fn declared(root: &str) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    let mut test_only = false;
    for line in root.lines().map(str::trim) {
        let name = line.trim_start_matches("pub ").strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        if let Some(name) = name.filter(|_| !test_only) {
            modules.insert(name.to_owned());
        }
        test_only = line == "#[cfg(test)]";
    }
    modules
}

/// Items that the root hands on, with the module they come from.
fn handed_on(root: &str, modules: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut items = BTreeMap::new();
    for (start, _) in root.match_indices("use ") {
        let path = root[start + 4..].split(';').next().unwrap_or_default();
        let Some((module, names)) = path.split_once("::").filter(|(module, _)| modules.contains(*module)) else {
            continue;
        };
        let names = names.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty());
        items.extend(names.map(|name| (name.to_owned(), module.to_owned())));
    }
    items
}

/// The first names of all paths that begin at the crate's root, in a file `depth` modules below it.
fn names_at_root(code: &str, depth: usize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for prefix in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (start, _) in code.match_indices(&prefix) {
            let before = code[..start].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            names.extend(first_names(&code[start + prefix.len()..]));
        }
    }
    names
}

/// `a` of `a::b`, and `a`, `c` of `{a::b, c}`.
fn first_names(path: &str) -> Vec<String> {
    let word =
        |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(list) = path.strip_prefix('{') else { return vec![word(path)] };
    let mut names = vec![word(list)];
    let mut depth = 0;
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(word(&list[at + 1..])),
            _ => {}
        }
    }
    names
}

/// Modules that know each other in a circle, the first again at the end.
fn cycle(edges: &Edges) -> Option<Vec<String>> {
    edges.keys().filter_map(|start| way(edges, start)).min_by_key(Vec::len)
}

/// The shortest way from `start` back to itself.
fn way(edges: &Edges, start: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
        for next in edges.get(way.last()?)?.keys() {
            let longer = || way.iter().cloned().chain([next.clone()]).collect();
            if next == start {
                return Some(longer());
            }
            if seen.insert(next.clone()) {
                ways.push(longer());
            }
        }
    }
    None
}

fn described(edges: &Edges, cycle: &[String]) -> String {
    let step = |pair: &[String]| format!("{} knows {} ({})", pair[0], pair[1], edges[&pair[0]][&pair[1]]);
    cycle.windows(2).map(step).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_cycle_is_seen() {
    let source = |path: &str, text: &str| {
        let parts = path.split('/').map(str::to_owned).collect();
        (parts, format!("src/{path}.rs"), text.to_owned())
    };
    let root = "pub mod a;\nmod b;\nmod c;\n#[cfg(test)]\nmod fixture;\npub use c::{Thing, other};\n";
    let check = |a: &str, b: &str, c: &str, expected: Option<&str>| {
        let sources = [source("lib", root), source("a", a), source("b/inner", b), source("c", c)];
        let edges = edges(&sources);
        assert_eq!(edges.len(), 3);
        assert_eq!(cycle(&edges).map(|cycle| cycle.join(" ")).as_deref(), expected, "{a} {b} {c}");
    };
    check("use crate::b;", "use super::super::a::x;", "", Some("a b a"));
    check("use crate::{b::{self, c}, Thing};", "", "fn f() { crate::a::g() }", Some("a c a"));
    check("use crate::{fixture::x,\n    b};", "use crate::c;", "use crate::a;", Some("a b c a"));
    check("use crate::b;", "use super::a;", "// use crate::a;", None);
    check("use crate::c;", "", "\n#[cfg(test)]\nmod tests { use crate::a; }", None);
}
