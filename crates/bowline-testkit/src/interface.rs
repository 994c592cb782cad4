//! What workflows and actions promise to those who call them: inputs, secrets, outputs, jobs and the rights of these.
//!
//! Read from the YAML files alone. The reference is made of it, and a test compares it with what was promised before.

use bowline_audit::yaml::{self, Node};
use std::collections::BTreeMap;
use std::path::Path;

/// The files that others call, below the repository's root.
pub const FILES: [&str; 3] = [".github/workflows/release.yml", ".github/workflows/quality.yml", "action.yml"];

/// What one file promises.
#[derive(Debug)]
pub struct Interface {
    /// The file, below the repository's root.
    pub file: &'static str,
    /// What people see as its name.
    pub name: String,
    /// What callers give.
    pub inputs: Vec<Input>,
    /// What somebody gives who starts it by hand.
    pub by_hand: Vec<Input>,
    /// Secrets that callers give.
    pub secrets: Vec<Input>,
    /// What callers get: name and description.
    pub outputs: Vec<(String, String)>,
    /// The jobs of a workflow.
    pub jobs: Vec<Job>,
}

/// An input or a secret.
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// `string`, `boolean`, `number`, or `secret`.
    pub kind: String,
    /// Whether a caller must give it.
    pub required: bool,
    /// What it is when nobody gives it.
    pub default: Option<String>,
    /// What it is for.
    pub description: String,
}

impl Input {
    /// What to use in its place, where it is deprecated.
    #[must_use]
    pub fn replaced_by(&self) -> Option<&str> {
        self.description.strip_prefix("Deprecated: use ")
    }
}

/// A job.
#[derive(Debug)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// What people see, and what required checks are named after.
    pub name: String,
    /// The workflow that it calls.
    pub calls: Option<String>,
    /// Its rights.
    pub permissions: Vec<Permission>,
}

/// A right of a job.
#[derive(Debug)]
pub struct Permission {
    /// Such as `contents`.
    pub scope: String,
    /// `read`, `write` or `none`.
    pub level: String,
    /// Why, the comment beside it.
    pub reason: String,
}

impl Interface {
    /// Reads all [`FILES`] below `root`.
    ///
    /// # Panics
    ///
    /// When one is no workflow and no action.
    #[must_use]
    pub fn all(root: &Path) -> Vec<Self> {
        let read = |file| {
            let text = std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            Self::read(file, &text)
        };
        FILES.into_iter().map(read).collect()
    }

    /// Reads the text of `file`.
    ///
    /// # Panics
    ///
    /// When it is no workflow and no action.
    #[must_use]
    pub fn read(file: &'static str, text: &str) -> Self {
        let document = yaml::read(text).unwrap_or_else(|error| panic!("{file}: {error} in line {}", error.line));
        // An action has at the top what a workflow has below `on.workflow_call`.
        let called = document.get("on").map_or(Some(&document), |on| on.get("workflow_call"));
        let called = called.unwrap_or_else(|| panic!("{file} cannot be called"));
        let dispatch = document.get("on").and_then(|on| on.get("workflow_dispatch"));
        let outputs = entries(Some(called), "outputs").map(|(name, output)| (name, of(output, "description")));
        let inputs = |node| entries(node, "inputs").map(|(name, input)| Input::read(name, input, "string")).collect();
        Self {
            file,
            name: of(&document, "name"),
            inputs: inputs(Some(called)),
            by_hand: inputs(dispatch),
            secrets: entries(Some(called), "secrets").map(|(name, node)| Input::read(name, node, "secret")).collect(),
            outputs: outputs.collect(),
            jobs: entries(Some(&document), "jobs").map(|(id, job)| Job::read(id, job, text)).collect(),
        }
    }

    /// The rights that a caller's job must grant: of each scope the widest that a job has. GitHub refuses to start a workflow that
    /// has a job with more than that.
    #[must_use]
    pub fn granted(&self) -> BTreeMap<&str, &str> {
        let mut granted = BTreeMap::new();
        for permission in self.jobs.iter().flat_map(|job| &job.permissions) {
            let level = granted.entry(permission.scope.as_str()).or_insert(permission.level.as_str());
            if width(&permission.level) > width(level) {
                *level = &permission.level;
            }
        }
        granted
    }
}

/// How much a level lets somebody do.
#[must_use]
pub fn width(level: &str) -> usize {
    ["none", "read", "write"].iter().position(|known| *known == level).unwrap_or(usize::MAX)
}

impl Input {
    fn read(name: String, node: &Node, kind: &str) -> Self {
        Self {
            name,
            kind: node.at(&["type"]).unwrap_or(kind).to_owned(),
            required: node.get("required").is_some_and(Node::is_true),
            default: node.at(&["default"]).map(str::to_owned),
            description: of(node, "description"),
        }
    }
}

impl Job {
    fn read(id: String, job: &Node, text: &str) -> Self {
        let permission = |(scope, level): (String, &Node)| {
            let line = usize::try_from(level.line).ok().and_then(|line| text.lines().nth(line - 1)).unwrap_or_default();
            let reason = line.split_once(" # ").map(|(_, reason)| reason.to_owned()).unwrap_or_default();
            Permission { scope, level: level.text().unwrap_or_default().to_owned(), reason }
        };
        Self {
            name: of(job, "name"),
            calls: job.at(&["uses"]).map(str::to_owned),
            // `write-all` and `read-all` are one word for every scope.
            permissions: (job
                .get("permissions")
                .filter(|all| all.text().is_some())
                .map(|all| ("every".to_owned(), all)))
            .into_iter()
            .chain(entries(Some(job), "permissions"))
            .map(permission)
            .collect(),
            id,
        }
    }
}

fn entries<'a>(node: Option<&'a Node>, key: &str) -> impl Iterator<Item = (String, &'a Node)> {
    let entries = node.and_then(|node| node.get(key)).map_or(&[][..], Node::entries);
    entries.iter().filter_map(|(name, value)| Some((name.text()?.to_owned(), value)))
}

fn of(node: &Node, key: &str) -> String {
    node.at(&[key]).unwrap_or_default().trim().to_owned()
}
