//! `bowline init`: the files that a repository needs to release with Bowline's workflow. It asks nobody, reads what is there
//! (`found.rs`), and writes files that are not there yet (`files.rs`), all of them or none.

mod caller;
mod files;
mod found;

use crate::args::InitArgs;
use crate::output::style::Style;
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_model::plan::ForgeKind;
use bowline_model::text::{one_line, visible};
use bowline_model::{Failure, FailureKind};
use caller::Reference;
use files::{Planned, State};
use found::Found;
use schemars::JsonSchema;
use serde::Serialize;

/// What `bowline init --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InitDocument {
    /// Always `bowline/init/v1`.
    pub schema: String,
    /// The files.
    pub files: Vec<InitFile>,
    /// What was found that matters for them.
    pub notes: Vec<String>,
    /// What to do next, in order.
    pub next: Vec<String>,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InitFile {
    /// Its path from the root.
    pub path: String,
    /// What became of it.
    pub state: State,
    /// Its content.
    pub content: String,
}

/// Writes the files.
pub fn run(session: &Session, args: &InitArgs) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, flags(session, &crate::args::PlanArgs::default()))?;
    let Some(root) = &workspace.checkout else {
        return Err(Failure::new(FailureKind::Usage, "no_checkout", "a bare repository has no files to write")
            .hint("clone it, and run `bowline init` there"));
    };
    let forge = workspace.readers.forge.kind();
    if matches!(forge, ForgeKind::Gitlab | ForgeKind::Gitea) {
        return Err(Failure::new(
            FailureKind::Refused,
            "init_other_forge",
            format!(
                "{} runs no GitHub workflows, and this version writes no other",
                workspace.readers.forge.location()
            ),
        )
        .hint("run `bowline release` in a job of your own; see docs/several-jobs.md"));
    }
    let reference = Reference::of(args.workflow_ref.as_deref())?;
    let found = Found::look(&workspace, root)?;
    let environment = args.environment.as_deref().map(plain_environment).transpose()?;
    let environment = environment.map(str::to_owned).or_else(|| found.environment.clone());
    let mut planned = vec![Planned {
        path: workflow_path(args)?,
        content: caller::workflow(&found, &reference, environment.as_deref()),
    }];
    if !found.is_configured {
        planned.push(Planned { path: "bowline.toml".to_owned(), content: caller::configuration() });
    }
    let states = match (args.print, session.global.dry_run) {
        // Printing needs no room in the checkout.
        (true, _) => vec![State::WouldBeWritten; planned.len()],
        (false, true) => files::look(root, &planned)?,
        (false, false) => files::write(root, &planned)?,
    };
    let document = InitDocument {
        schema: "bowline/init/v1".to_owned(),
        notes: notes(&found, &reference, forge),
        next: next(&planned, environment.is_some()),
        files: planned
            .into_iter()
            .zip(states)
            .map(|(file, state)| InitFile { path: file.path, state, content: file.content })
            .collect(),
    };
    let screen = &session.screen;
    screen.text(&text(&document, args.print, screen.style()));
    screen.document(&document);
    Ok(0)
}

/// Where the workflow goes. GitHub looks into one folder only.
fn workflow_path(args: &InitArgs) -> Result<String, Failure> {
    let name = args.into.as_deref().unwrap_or("release.yml");
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && !name.starts_with('.');
    if plain && (name.ends_with(".yml") || name.ends_with(".yaml")) {
        return Ok(format!(".github/workflows/{name}"));
    }
    Err(Failure::new(FailureKind::Usage, "init_name", format!("`{}` is no name for a workflow", one_line(name, 80)))
        .hint("give a file's name of letters, digits, dots and hyphens, such as --into bowline.yml"))
}

/// A name, and nothing that GitHub would carry out: it looks for expressions in quotes as well.
fn plain_environment(name: &str) -> Result<&str, Failure> {
    if !name.trim().is_empty() && !name.contains("${{") && !name.contains(char::is_control) {
        return Ok(name);
    }
    let message = format!("`{}` is no name of an environment", one_line(name, 80));
    Err(Failure::new(FailureKind::Usage, "init_environment", message)
        .hint("give the name that it has in the repository's settings, such as --environment production"))
}

fn notes(found: &Found, reference: &Reference, forge: ForgeKind) -> Vec<String> {
    let mut notes = Vec::new();
    if !found.tools.is_empty() {
        notes.push(format!(
            "{} is here and stays as it is: take it out of what releases, or two tools will",
            found.tools.join(", ")
        ));
    }
    for workflow in &found.releasing {
        notes.push(format!("{workflow} releases already: remove it, or what it does; see what it lacks with: bowline doctor --workflow {workflow}"));
    }
    if let Some(note) = reference.note() {
        notes.push(note);
    }
    if found.is_of_standard_version {
        notes.push("the .versionrc is read as it is, so no bowline.toml was made: it would take its place; see docs/versionrc.md".to_owned());
    }
    if forge != ForgeKind::Github {
        notes.push("the remote is not on github.com: on an Enterprise Server the workflow has to be mirrored; see docs/release-workflow.md".to_owned());
    }
    notes
}

fn next(planned: &[Planned], has_environment: bool) -> Vec<String> {
    let paths: Vec<&str> = planned.iter().map(|file| file.path.as_str()).collect();
    let mut next = vec![format!("git add {} && git commit -m 'ci: release with Bowline'", paths.join(" "))];
    if !has_environment {
        next.push(
            "make an environment with required reviewers, and name it in the workflow: environment: production"
                .to_owned(),
        );
    }
    next.push("see what else weakens a release: bowline doctor".to_owned());
    next.push("push, start the workflow by hand with dry-run, and look at its summary".to_owned());
    next
}

fn text(document: &InitDocument, print: bool, style: Style) -> String {
    let mut out = String::new();
    for file in &document.files {
        if print {
            out.push_str(&format!("{}\n{}\n", style.bold(&format!("# {}", file.path)), file.content));
            continue;
        }
        let word = match file.state {
            State::Written => style.green("wrote"),
            State::Unchanged => style.dim("is there already"),
            State::WouldBeWritten => style.yellow("would write"),
        };
        out.push_str(&format!("{word} {}\n", file.path));
    }
    for note in &document.notes {
        out.push_str(&format!("{} {}\n", style.yellow("note:"), visible(note)));
    }
    out.push_str(&format!("\n{}\n", style.bold("Next")));
    for (number, step) in document.next.iter().enumerate() {
        out.push_str(&format!("  {}. {}\n", number + 1, visible(step)));
    }
    out
}
