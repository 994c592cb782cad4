//! Workflows: those of this repository that release, or the files that `--workflow` names.

use super::{CheckState, Report, text, write_sarif};
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_audit::finding::Finding;
use bowline_audit::workflow::checklist::Row;
use bowline_audit::workflow::{Audit, audit};
use bowline_model::text::{one_line, visible};
use bowline_model::{Failure, FailureKind};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// What `bowline doctor --workflow FILE --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WorkflowDocument {
    /// Always `bowline/workflow-audit/v1`.
    pub schema: String,
    /// Whether nothing was found that counts.
    pub ok: bool,
    /// The files that were read, also those that others use.
    pub files: Vec<String>,
    /// The checklist for releases.
    pub areas: Vec<Row>,
    /// Everything that was found, the gravest first.
    pub findings: Vec<Finding>,
}

/// Judges these files.
pub(super) fn judge(session: &Session, files: &[PathBuf], sarif: Option<&Path>) -> Result<u8, Failure> {
    let dir = session.dir()?;
    let mut texts = Vec::new();
    for file in files {
        let path = dir.join(file);
        let text = read(&path).map_err(|why| {
            let shown = one_line(&file.to_string_lossy(), 200).into_owned();
            Failure::new(FailureKind::Usage, "workflow_unreadable", format!("{shown} cannot be read: {why}"))
                .hint("name a workflow: bowline doctor --workflow .github/workflows/release.yml")
        })?;
        texts.push((named(file), text));
    }
    // What a workflow uses is looked for from the root of its repository.
    let root = files.first().and_then(|file| root_of(&dir.join(file)));
    let found = audit(&texts, &|path| read(&inside(root.as_deref()?, path)?).ok());
    if let Some(path) = sarif {
        write_sarif(session, path, &found.findings)?;
    }
    let screen = &session.screen;
    screen.text(&text::of_audit(&found, screen.style()));
    screen.summarize(&text::summary(&found.findings));
    let counts = found.findings.iter().any(Finding::counts);
    let Audit { files, areas, findings, .. } = found;
    screen.document(&WorkflowDocument {
        schema: "bowline/workflow-audit/v1".to_owned(),
        ok: !counts,
        files,
        areas,
        findings,
    });
    Ok(if counts { FailureKind::Findings.exit_code(false) } else { 0 })
}

/// Judges the workflows of this checkout that release, and tells which environments they name.
pub(super) fn look(workspace: &Workspace, report: &mut Report) -> BTreeSet<String> {
    const ID: &str = "workflows/release";
    let Some(root) = &workspace.checkout else {
        report.skip(ID, "there is no checkout");
        return BTreeSet::new();
    };
    let mut environments = BTreeSet::new();
    let mut releasing = 0;
    for (name, path) in workflows(root) {
        let text = match read(&path) {
            Ok(text) => text,
            Err(why) => {
                report.unknown(ID, format!("{}: {why}", visible(&name)));
                continue;
            }
        };
        let found = audit(&[(name.clone(), text)], &|path| read(&inside(root, path)?).ok());
        if !found.releases {
            continue;
        }
        releasing += 1;
        environments.extend(found.environments);
        let counting = found.findings.iter().filter(|finding| finding.counts()).count();
        let state = if counting == 0 { CheckState::Ok } else { CheckState::Finding };
        report.add(ID, state, format!("{name}: {}", crate::output::plural(counting, "finding")));
        for finding in found.findings {
            if !report.findings.contains(&finding) {
                report.findings.push(finding);
            }
        }
    }
    if releasing == 0 {
        report.skip(ID, "no workflow here is recognised as releasing; `bowline init` writes one");
    }
    environments
}

/// The workflows of a checkout, by name.
fn workflows(root: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(root.join(FOLDER)) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".yml") || name.ends_with(".yaml")).collect();
    names.sort();
    names.into_iter().map(|name| (format!("{FOLDER}/{name}"), root.join(FOLDER).join(name))).collect()
}

/// `path` below `root`, when it stays there.
fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let (root, found) = (root.canonicalize().ok()?, root.join(path).canonicalize().ok()?);
    (plain && found.starts_with(&root)).then_some(found)
}

/// The folder that has `.github` with this file in it.
fn root_of(file: &Path) -> Option<PathBuf> {
    let file = file.canonicalize().ok()?;
    file.ancestors().find(|folder| folder.join(".github").is_dir() || folder.join(".git").exists()).map(Path::to_owned)
}

/// The path as it was given, with `/`.
fn named(file: &Path) -> String {
    let parts = file.components().filter(|part| !matches!(part, Component::CurDir));
    let parts: Vec<String> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    one_line(&parts.join("/").replace("//", "/"), 300).into_owned()
}

/// The text of a file, which is not read to its end when it has none.
fn read(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    if !file.metadata().map_err(|error| error.to_string())?.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

const FOLDER: &str = ".github/workflows";
/// More than is read as YAML, so that a file that is too long is told as such.
const MOST: u64 = 2 << 20;
