//! Judges workflows that release by a checklist, and everything else about them that would let somebody release what nobody meant to.
//!
//! [`audit`] takes files as text and returns an [`Audit`]: every [`Area`] of the checklist with what shows it, and the findings. Local
//! workflows and actions that a file uses are followed through a function from path to text. Nothing is carried out.

pub mod checklist;
pub mod known;
pub mod model;
mod rules;
pub mod shell;

use crate::finding::{Finding, Place, Severity};
use checklist::Row;
use known::Does;
use model::{File, Job};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

pub use checklist::{AREAS, Area};

/// What was found about the files.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Audit {
    /// The files that were read, also those that others use.
    pub files: Vec<String>,
    /// The checklist.
    pub areas: Vec<Row>,
    /// Everything that was found, the gravest first.
    pub findings: Vec<Finding>,
    /// Names of environments that jobs name, without expressions.
    pub environments: BTreeSet<String>,
    /// Whether anything in them releases, as far as that is recognised.
    pub releases: bool,
}

/// Judges `files` (path and text). `read` gives the text of another file of the same repository.
pub fn audit(files: &[(String, String)], read: &dyn Fn(&str) -> Option<String>) -> Audit {
    let mut seen = Seen::default();
    for (path, text) in files {
        seen.add(path, text, read, 0);
    }
    let findings = rules::all(&seen);
    let areas = checklist::fill(&seen, &findings);
    let mut findings: Vec<Finding> = seen.unreadable.iter().cloned().chain(findings).collect();
    findings.sort_by(|a, b| (b.severity, &a.place, &a.rule).cmp(&(a.severity, &b.place, &b.rule)));
    findings.dedup();
    let jobs = seen.files.iter().flat_map(|file| &file.jobs);
    // To ours the environment is handed over.
    let handed = |job: &Job| {
        let ours = job.calls.as_ref().is_some_and(|calls| known::is_ours(&calls.what));
        let names = ["environment", "publish-environment"]
            .map(|name| job.node.at(&["with", name]).filter(|_| ours).map(str::to_owned));
        names.into_iter().flatten().collect::<Vec<_>>()
    };
    let of_job = |job: &Job| job.environment().and_then(|node| node.text()).map(str::to_owned);
    let environments = jobs.flat_map(|job| of_job(job).into_iter().chain(handed(job)));
    let environments = environments.filter(|name| !name.is_empty() && !name.contains("${{"));
    Audit {
        environments: environments.collect(),
        releases: seen.releases(),
        files: seen.files.into_iter().map(|file| file.path).collect(),
        areas,
        findings,
    }
}

/// Everything that was read.
#[derive(Default)]
struct Seen {
    files: Vec<File>,
    /// What is used and cannot be followed.
    elsewhere: Vec<(String, Place)>,
    unreadable: Vec<Finding>,
}

impl Seen {
    fn add(&mut self, path: &str, text: &str, read: &dyn Fn(&str) -> Option<String>, depth: usize) {
        if self.files.iter().any(|file| file.path == path) || depth > DEEPEST {
            return;
        }
        let file = match File::read(path, text) {
            Ok(file) => file,
            Err(error) => {
                let place = Place { path: path.to_owned(), line: error.line, column: error.column };
                let finding = Finding::new(
                    "workflow/unreadable",
                    Severity::Error,
                    format!("{path} cannot be judged: {}", error.message),
                );
                self.unreadable.push(finding.at(place).fix("correct it; GitHub does not run what it cannot read"));
                return;
            }
        };
        let called = file.jobs.iter().filter_map(|job| job.calls.clone());
        let used = file.steps().filter_map(|(_, step)| step.uses.clone());
        let uses: Vec<_> = called.chain(used).collect();
        self.files.push(file);
        for uses in uses {
            let Some(local) = uses.local() else {
                // What ours does is known.
                let is_workflow = uses.what.ends_with(".yml") || uses.what.ends_with(".yaml");
                if is_workflow && !known::is_ours(&uses.what) {
                    self.elsewhere.push((uses.what, uses.place));
                }
                continue;
            };
            let candidates = match local.ends_with(".yml") || local.ends_with(".yaml") {
                true => vec![local.to_owned()],
                false => vec![format!("{local}/action.yml"), format!("{local}/action.yaml")],
            };
            match candidates.iter().find_map(|path| Some((path, read(path)?))) {
                Some((path, text)) => self.add(path, &text, read, depth + 1),
                None => self.elsewhere.push((uses.what, uses.place)),
            }
        }
    }

    /// Everything that is done, with the job that does it.
    fn done(&self) -> impl Iterator<Item = (&File, &Job, Does, Place)> {
        self.files.iter().flat_map(|file| {
            file.jobs.iter().flat_map(move |job| {
                let steps = job.steps.iter().flat_map(known::of_step);
                steps.chain(known::of_call(job)).map(move |(does, place)| (file, job, does, place))
            })
        })
    }

    /// The first place where one of these is done.
    fn first(&self, wanted: &[Does]) -> Option<Place> {
        self.done().find(|(_, _, does, _)| wanted.contains(does)).map(|(.., place)| place)
    }

    fn releases(&self) -> bool {
        self.first(&[Does::Bowline, Does::Publish, Does::Tag, Does::Upload]).is_some()
    }

    /// Jobs that publish, tag, or add to a release, themselves.
    fn publishing(&self) -> Vec<(&File, &Job)> {
        let mut jobs: Vec<(&File, &Job)> = Vec::new();
        for (file, job, does, _) in self.done() {
            let publishes = matches!(does, Does::Publish | Does::Tag | Does::Upload | Does::Bowline);
            if publishes && job.calls.is_none() && !jobs.iter().any(|(_, known)| std::ptr::eq(*known, job)) {
                jobs.push((file, job));
            }
        }
        jobs
    }
}

/// GitHub follows ten levels of workflows (GitHub docs, "Reusing workflow configurations").
const DEEPEST: usize = 10;
