//! The reference of the workflows and the action, made from their files.

use crate::{docs, tree};
use bowline_testkit::interface::{Input, Interface};
use std::fmt::Write as _;
use std::fs;

const PAGE: &str = "docs/release-workflow-reference.md";

const BEGIN: &str = "# Reference of the workflows and the action

<!-- Made by `BOWLINE_BLESS=1 cargo test -p bowline --test tidy generated`; do not edit. -->

Names here stay. A test fails when an input, secret, output or job is gone or has another type, when a new input is required, or when a
job has more rights: each of these is a major version. A deprecated input keeps working and warns; a deprecated secret keeps working.
";

#[test]
fn the_generated_reference_of_the_workflows_is_up_to_date() {
    let expected = page(&Interface::all(&tree::root()));
    let file = tree::root().join(PAGE);
    if docs::bless() {
        fs::write(&file, &expected).unwrap();
    }
    let is = fs::read_to_string(&file).unwrap_or_default();
    let problems: Vec<String> =
        (is != expected).then(|| format!("{PAGE} is not what the workflows say")).into_iter().collect();
    tree::none(&problems, "Write it with: BOWLINE_BLESS=1 cargo test -p bowline --test tidy generated");
}

fn page(interfaces: &[Interface]) -> String {
    let mut page = BEGIN.to_owned();
    for interface in interfaces {
        let _ = write!(page, "\n## `{}`\n", interface.file);
        rights(&mut page, interface);
        inputs(&mut page, "Inputs", &interface.inputs);
        inputs(&mut page, "Inputs of a start by hand", &interface.by_hand);
        inputs(&mut page, "Secrets", &interface.secrets);
        let outputs = interface.outputs.iter().map(|(name, what)| [code(name), cell(what)]);
        table(&mut page, "Outputs", ["name", "what it is"], outputs);
        let jobs = interface.jobs.iter().map(|job| {
            let rights = job.permissions.iter().map(|right| {
                format!("{}: {}", code(&format!("{}: {}", right.scope, right.level)), cell(&right.reason))
            });
            let rights: Vec<String> = rights.collect();
            let rights = if rights.is_empty() { "none".to_owned() } else { rights.join("; ") };
            [code(&job.id), cell(&job.name), job.calls.as_deref().map(code).unwrap_or_default(), rights]
        });
        table(&mut page, "Jobs", ["job", "name", "calls", "rights"], jobs);
    }
    page
}

/// What the caller's job has to grant.
fn rights(page: &mut String, interface: &Interface) {
    if interface.jobs.is_empty() {
        return;
    }
    page.push_str("\nThe job that calls it must grant at least this; GitHub does not start a workflow that asks for more than its caller has:\n\n```yaml\npermissions:\n");
    for (scope, level) in interface.granted() {
        let _ = writeln!(page, "  {scope}: {level}");
    }
    page.push_str("```\n");
}

fn inputs(page: &mut String, heading: &str, inputs: &[Input]) {
    let rows = inputs.iter().map(|input| {
        let default = match (&input.default, input.required) {
            (_, true) => "required".to_owned(),
            (Some(default), false) if !default.is_empty() => code(default),
            (_, false) => "none".to_owned(),
        };
        let what = input
            .replaced_by()
            .map_or_else(|| cell(&input.description), |new| format!("Deprecated: use {}", code(new)));
        [code(&input.name), cell(&input.kind), default, what]
    });
    table(page, heading, ["name", "type", "default", "what it is"], rows);
}

/// A table under a heading; nothing where it would be empty.
fn table<const N: usize>(page: &mut String, heading: &str, head: [&str; N], rows: impl Iterator<Item = [String; N]>) {
    let rows: Vec<String> = rows.map(|row| format!("| {} |\n", row.join(" | "))).collect();
    if !rows.is_empty() {
        let _ = write!(page, "\n### {heading}\n\n| {} |\n|{}\n{}", head.join(" | "), " --- |".repeat(N), rows.concat());
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
