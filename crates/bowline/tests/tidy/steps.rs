//! What a step comes with: one source file, one page, one test file, and its place in the order of effects.

use crate::tree;
use bowline_engine::StepMeta;
use bowline_engine::registry::Entry;
use bowline_model::step::Effect;
use bowline_model::tool::{TOOLS, Tool};
use bowline_steps::registry;
use std::collections::BTreeSet;

fn steps() -> Vec<StepMeta> {
    registry::all().entries().iter().map(Entry::meta).collect()
}

#[test]
fn every_step_has_its_files() {
    let mut problems = Vec::new();
    for step in steps() {
        let (dashed, underscored) = (step.id.replace('/', "-"), step.id.replace(['/', '-'], "_"));
        let source = format!("crates/bowline-steps/src/{}.rs", step.id.replace('-', "_"));
        for path in [source, page(&dashed), format!("crates/bowline/tests/steps/{underscored}.rs")] {
            if !tree::root().join(&path).is_file() {
                problems.push(format!("step {} has no {path}", step.id));
            }
        }
    }
    tree::none(&problems, "A step is four places under one name; CONTRIBUTING.md has the recipe.");
}

#[test]
fn every_page_and_test_has_its_step() {
    let ids: BTreeSet<String> = steps().iter().map(|step| step.id.replace('/', "-")).collect();
    let mut problems = Vec::new();
    // A name without the separator is no step's: the index of the pages, what the tests share.
    for (folder, ending, separator) in [("docs/steps", ".md", '-'), ("crates/bowline/tests/steps", ".rs", '_')] {
        for path in tree::files(&tree::root().join(folder), ending) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if name.contains(separator) && !ids.contains(&name.replace(separator, "-")) {
                problems.push(format!("{} belongs to no registered step", tree::shown(&path)));
            }
        }
    }
    tree::none(&problems, "Register the step in crates/bowline-steps/src/registry.rs, or remove the file.");
}

#[test]
fn every_page_names_the_failures_of_its_step() {
    let mut problems = Vec::new();
    for step in steps() {
        let page_path = page(&step.id.replace('/', "-"));
        let source = tree::root().join(format!("crates/bowline-steps/src/{}.rs", step.id.replace('-', "_")));
        let page = tree::read(&tree::root().join(&page_path));
        if !page.starts_with(&format!("# {}\n", step.id)) {
            problems.push(format!("{page_path} does not begin with the heading `# {}`", step.id));
        }
        for code in codes(&tree::read(&source)) {
            if !page.contains(&format!("`{code}`")) {
                problems.push(format!("{page_path} does not name the failure `{code}`"));
            }
        }
    }
    tree::none(&problems, "Add a row to the page's table of failures: code, exit code, what to do.");
}

#[test]
fn every_tool_is_in_the_table() {
    let mut problems = Vec::new();
    for step in steps() {
        for tool in step.tools.iter().filter(|tool| Tool::named(tool).is_none()) {
            problems.push(format!("{} starts {tool}, which is in no row", step.id));
        }
    }
    for tool in TOOLS.iter().filter(|tool| steps().iter().all(|step| !step.tools.contains(&tool.name))) {
        problems.push(format!("no step starts {}", tool.name));
    }
    tree::none(&problems, "Rows of tools are in crates/bowline-model/src/tool.rs; CONTRIBUTING.md has the recipe.");
}

#[test]
fn the_order_of_effects_holds() {
    let mut seen: Vec<StepMeta> = Vec::new();
    let mut problems = Vec::new();
    for step in steps() {
        let is_irreversible = step.effect == Effect::Irreversible;
        let first = !seen.iter().any(|earlier| earlier.effect == Effect::Irreversible);
        if is_irreversible && first && step.id != "push/refs" {
            problems.push(format!("{} cannot be taken back and comes before push/refs", step.id));
        }
        if step.effect == Effect::Reversible && !first {
            problems.push(format!("{} can be taken back and comes after something that cannot", step.id));
        }
        if seen.last().is_some_and(|earlier| earlier.stage > step.stage) {
            problems.push(format!("{} stands after a later stage", step.id));
        }
        if step.id.split('/').next() != Some(step.stage.as_str()) {
            problems.push(format!("{} has the stage {}", step.id, step.stage));
        }
        for need in step.needs.iter().filter(|need| seen.iter().all(|earlier| earlier.id != **need)) {
            problems.push(format!("{} needs {need}, which does not come before it", step.id));
        }
        seen.push(step);
    }
    assert!(seen.iter().any(|step| step.id == "push/refs"), "there is no push/refs");
    tree::none(&problems, "Put the step into its place in crates/bowline-steps/src/registry.rs.");
}

fn page(dashed: &str) -> String {
    format!("docs/steps/{dashed}.md")
}

/// The stable names of the failures that a step's own source raises; bugs of ours need no page.
fn codes(source: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let code = crate::modules::code(source);
    for (start, _) in code.match_indices("FailureKind::") {
        let rest = &code[start + "FailureKind::".len()..];
        let Some((kind, rest)) = rest.split_once(',') else { continue };
        let quoted = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
        if let Some((name, _)) = quoted.filter(|_| kind != "Internal") {
            codes.insert(name.to_owned());
        }
    }
    codes
}

#[test]
fn failures_are_found_in_sources() {
    let source = "Failure::new(FailureKind::Stuck, \"a_b\", x) from_error(FailureKind::Failed,\n    \"c\", e) \
                  (FailureKind::Internal, \"bug\") use FailureKind::X; // FailureKind::Stuck, \"comment\"";
    assert_eq!(codes(source).into_iter().collect::<Vec<_>>(), ["a_b", "c"]);
}
