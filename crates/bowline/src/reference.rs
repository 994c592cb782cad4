//! Documentation that is made from the program, so that it cannot drift: the command reference, the configuration
//! reference, the exit codes, the steps, and the JSON Schemas of all documents.
//!
//! [`generated`] lists every such file with its content. The tidy test compares them with what is in `docs/`, and
//! `BOWLINE_BLESS=1` makes it write them.

use crate::args::Args;
use crate::commands::changelog::ChangelogDocument;
use crate::commands::check::CheckDocument;
use crate::commands::doctor::{DoctorDocument, WorkflowDocument};
use crate::commands::init::InitDocument;
use crate::commands::notes::NotesDocument;
use crate::commands::status::StatusDocument;
use crate::commands::verify::VerificationDocument;
use crate::output::FailureDocument;
use crate::output::plan_diff::PlanDiffDocument;
use crate::output::snapshot::SnapshotDocument;
use bowline_audit::workflow::AREAS;
use bowline_model::FailureKind;
use bowline_model::plan::PlanDocument;
use bowline_model::release::{ReleaseFile, ReleaseResult};
use bowline_steps::registry;
use clap::CommandFactory;
use schemars::{JsonSchema, schema_for};

/// Every generated file below the repository's root: path and content.
pub fn generated() -> Vec<(String, String)> {
    vec![
        ("docs/commands.md".to_owned(), commands()),
        ("docs/configuration.md".to_owned(), bowline_config::reference_markdown()),
        ("docs/exit-codes.md".to_owned(), exit_codes()),
        ("docs/steps/README.md".to_owned(), steps()),
        ("docs/release-checklist.md".to_owned(), checklist()),
        ("docs/schema/bowline.toml.json".to_owned(), pretty(&bowline_config::json_schema())),
        ("docs/schema/plan.v1.json".to_owned(), schema::<PlanDocument>("plan")),
        ("docs/schema/plan-diff.v1.json".to_owned(), schema::<PlanDiffDocument>("plan-diff")),
        ("docs/schema/result.v1.json".to_owned(), schema::<ReleaseResult>("result")),
        ("docs/schema/release.v1.json".to_owned(), schema::<ReleaseFile>("release")),
        ("docs/schema/status.v1.json".to_owned(), schema::<StatusDocument>("status")),
        ("docs/schema/check.v1.json".to_owned(), schema::<CheckDocument>("check")),
        ("docs/schema/doctor.v1.json".to_owned(), schema::<DoctorDocument>("doctor")),
        ("docs/schema/init.v1.json".to_owned(), schema::<InitDocument>("init")),
        ("docs/schema/verification.v1.json".to_owned(), schema::<VerificationDocument>("verification")),
        ("docs/schema/workflow-audit.v1.json".to_owned(), schema::<WorkflowDocument>("workflow-audit")),
        ("docs/schema/changelog.v1.json".to_owned(), schema::<ChangelogDocument>("changelog")),
        ("docs/schema/notes.v1.json".to_owned(), schema::<NotesDocument>("notes")),
        ("docs/schema/snapshot.v1.json".to_owned(), schema::<SnapshotDocument>("snapshot")),
        ("docs/schema/failure.v1.json".to_owned(), schema::<FailureDocument>("failure")),
    ]
}

fn commands() -> String {
    let mut root = Args::command();
    root.build();
    let mut out = String::from("# Commands\n\nMade from the program; do not edit.\n\n");
    out.push_str("Every flag has a variable: `BOWLINE_` and the flag's name in capitals with `_` for `-`. ");
    out.push_str("Tokens come only from the environment, a file or a command.\n\n## Global flags\n\n");
    out.push_str(&flags(&root, true));
    for command in root.get_subcommands() {
        section(command, "bowline", 2, &mut out);
    }
    out
}

fn section(command: &clap::Command, parent: &str, depth: usize, out: &mut String) {
    let name = format!("{parent} {}", command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    out.push_str(&format!("{} `{name}`\n\n{about}.\n\n", "#".repeat(depth)));
    let arguments: Vec<_> = command.get_positionals().collect();
    for argument in arguments {
        let value =
            argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default();
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        out.push_str(&format!("- `{value}`: {help}\n"));
    }
    out.push_str(&flags(command, false));
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
    for inner in command.get_subcommands() {
        section(inner, &name, depth + 1, out);
    }
}

fn flags(command: &clap::Command, global: bool) -> String {
    let mut out = String::new();
    for flag in command.get_arguments().filter(|a| {
        let is_made_by_clap = a.get_id() == "help" || a.get_id() == "version_flag";
        !a.is_positional() && a.is_global_set() == global && !a.is_hide_set() && !is_made_by_clap
    }) {
        let long = flag.get_long().map(|long| format!("--{long}"));
        let short = flag.get_short().map(|short| format!("-{short}"));
        let names: Vec<String> = short.into_iter().chain(long).collect();
        if names.is_empty() || names.iter().any(|name| name == "--help") {
            continue;
        }
        let value = match flag.get_action() {
            clap::ArgAction::Set | clap::ArgAction::Append => flag
                .get_value_names()
                .and_then(|names| names.first())
                .map(|name| format!(" {name}"))
                .unwrap_or_default(),
            _ => String::new(),
        };
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        let possible: Vec<String> =
            flag.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
        let possible =
            if possible.is_empty() || value.is_empty() { String::new() } else { format!(" ({})", possible.join(", ")) };
        out.push_str(&format!("- `{}{value}`: {help}{possible}\n", names.join(", ")));
    }
    if out.is_empty() { out } else { format!("{out}\n") }
}

fn exit_codes() -> String {
    let mut out = String::from(
        "# Exit codes\n\nMade from the program; do not edit.\n\n| code | meaning | what next |\n| --- | --- | --- |\n",
    );
    out.push_str("| 0 | done, or nothing to release (the reason is printed) | |\n");
    for kind in FailureKind::ALL {
        let (meaning, next) = kind.meaning();
        let (code, other) = (kind.exit_code(false), kind.exit_code(true));
        let codes = if code == other { code.to_string() } else { format!("{code}, {other}") };
        out.push_str(&format!("| {codes} | {meaning} | {next} |\n"));
    }
    out
}

fn checklist() -> String {
    let mut out = String::from(
        "# The checklist for release workflows\n\nMade from the program; do not edit. `bowline doctor --workflow FILE` fills it in for \
         a workflow of any tool; see [doctor](doctor.md#judging-a-workflow).\n\n| area | what is asked | from | with Bowline | findings |\n| --- | --- | --- | --- | --- |\n",
    );
    for area in AREAS {
        let rules: Vec<String> = area.rules().iter().map(|rule| format!("`{rule}`")).collect();
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            area.id,
            area.asks,
            area.source,
            area.with_bowline,
            rules.join(" ")
        ));
    }
    out.push_str("\nA file that is no workflow, or that YAML does not allow, is `workflow/unreadable`.\n");
    out
}

fn steps() -> String {
    let mut out = String::from(
        "# Steps\n\nMade from the program; do not edit. In the order of effects:\n\n| step | what it does | effect | needs |\n| --- | --- | --- | --- |\n",
    );
    for entry in registry::all().entries() {
        let meta = entry.meta();
        let page = meta.id.replace('/', "-");
        let effect = format!("{:?}", meta.effect).to_lowercase();
        out.push_str(&format!(
            "| [{}]({page}.md) | {} | {effect} | {} |\n",
            meta.id,
            meta.summary,
            meta.needs.join(", ")
        ));
    }
    out.push_str("\n*observe* looks only · *local* touches this machine · *reversible* can be taken back · *recorded* leaves a record · *irreversible* cannot.\n");
    out
}

fn schema<T: JsonSchema>(name: &str) -> String {
    let mut schema = schema_for!(T);
    schema.insert("$id".to_owned(), format!("bowline/{name}/v1").into());
    pretty(&schema)
}

fn pretty(value: &impl serde::Serialize) -> String {
    // A schema is plain data; should it ever not be, the tidy test fails on the empty file.
    serde_json::to_string_pretty(value).map(|text| format!("{text}\n")).unwrap_or_default()
}
