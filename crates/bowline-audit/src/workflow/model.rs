//! A workflow as rules see it: files, jobs, steps, each with its place. GitHub allows most things in several forms; here is one.
//!
//! Source: GitHub docs, "Workflow syntax for GitHub Actions".

use super::shell::{self, Command};
use crate::finding::Place;
use crate::yaml::{self, Node, YamlError};

/// A workflow or a composite action.
#[derive(Debug)]
pub struct File {
    /// The path from the root, as people know it.
    pub path: String,
    /// All of it.
    pub root: Node,
    /// Its jobs; a composite action has one without a name.
    pub jobs: Vec<Job>,
}

/// One job.
#[derive(Debug)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub place: Place,
    /// All of it.
    pub node: Node,
    /// Its steps.
    pub steps: Vec<Step>,
    /// The workflow that it calls.
    pub calls: Option<Uses>,
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// Where it stands.
    pub place: Place,
    /// All of it.
    pub node: Node,
    /// The action that it uses.
    pub uses: Option<Uses>,
    /// Its script, with the place of each command.
    pub run: Vec<(Command, Place)>,
}

/// What stands behind `uses:`.
#[derive(Clone, Debug)]
pub struct Uses {
    /// Without the reference: `actions/checkout`, `./action`, `$/.github/workflows/x.yml`, `docker://image`.
    pub what: String,
    /// The reference; none for what is local.
    pub reference: Option<String>,
    /// Where it stands.
    pub place: Place,
}

impl Uses {
    fn of(node: &Node, path: &str) -> Option<Self> {
        let (text, place) = (node.text()?, place(node, path));
        let (what, reference) = match text.rsplit_once('@') {
            Some((what, reference)) => (what, Some(reference.to_owned())),
            None => (text, None),
        };
        Some(Self { what: what.to_owned(), reference, place })
    }

    /// Whether it is a file of the repository itself.
    pub fn local(&self) -> Option<&str> {
        let path = self.what.strip_prefix("./").or_else(|| self.what.strip_prefix("$/"))?;
        self.reference.is_none().then_some(path)
    }

    /// Whether it is this action or workflow, whoever has the repository: `release.yml`, `softprops/action-gh-release`.
    pub fn is(&self, name: &str) -> bool {
        self.what.eq_ignore_ascii_case(name)
            || self.what.to_ascii_lowercase().starts_with(&format!("{}/", name.to_ascii_lowercase()))
    }

    /// Whether it names exact content: a commit, or the digest of an image.
    pub fn is_pinned(&self) -> bool {
        match (&self.reference, self.what.strip_prefix("docker://")) {
            (Some(digest), Some(_)) => digest.starts_with("sha256:"),
            (None, Some(_)) => false,
            (Some(commit), None) => {
                matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
            (None, None) => true,
        }
    }
}

impl File {
    /// Reads the file at `path`.
    pub fn read(path: &str, text: &str) -> Result<Self, YamlError> {
        let root = yaml::read(text)?;
        let odd = |message: &str| YamlError { message: message.to_owned(), line: root.line, column: root.column };
        let jobs = match (root.get("jobs"), root.get("runs")) {
            (Some(jobs), _) => jobs.entries().iter().map(|(id, node)| Job::of(id, node, path)).collect(),
            (None, Some(runs)) if runs.get("steps").is_some() => vec![Job::of(&root, runs, path)],
            (None, Some(_)) => Vec::new(),
            (None, None) => return Err(odd("it is no workflow: it has no jobs")),
        };
        Ok(Self { path: path.to_owned(), root, jobs })
    }

    /// What starts it. A plain reader takes `on` for text, as it is meant.
    pub fn triggers(&self) -> Vec<(&str, &Node)> {
        let Some(on) = self.root.get("on") else { return Vec::new() };
        match on.entries() {
            [] => on.items().iter().filter_map(|item| Some((item.text()?, item))).collect(),
            entries => entries.iter().filter_map(|(name, _)| Some((name.text()?, name))).collect(),
        }
    }

    /// Whether it is a composite action.
    pub fn is_action(&self) -> bool {
        self.root.get("jobs").is_none()
    }

    /// Where a node of it stands.
    pub fn place(&self, node: &Node) -> Place {
        place(node, &self.path)
    }

    /// Every step with its job.
    pub fn steps(&self) -> impl Iterator<Item = (&Job, &Step)> {
        self.jobs.iter().flat_map(|job| job.steps.iter().map(move |step| (job, step)))
    }
}

impl Job {
    fn of(id: &Node, node: &Node, path: &str) -> Self {
        let steps = node.get("steps").map(Node::items).unwrap_or_default();
        Self {
            id: id.text().unwrap_or_default().to_owned(),
            place: place(id, path),
            calls: node.get("uses").and_then(|uses| Uses::of(uses, path)),
            steps: steps.iter().map(|step| Step::of(step, path)).collect(),
            node: node.clone(),
        }
    }

    /// The jobs that it waits for.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        self.node.get("needs").map(Node::items).unwrap_or_default().iter().filter_map(Node::text)
    }

    /// The environment it runs in.
    pub fn environment(&self) -> Option<&Node> {
        let environment = self.node.get("environment")?;
        let named = environment.get("name").unwrap_or(environment);
        named.text().filter(|name| !name.trim().is_empty()).map(|_| named)
    }
}

impl Step {
    fn of(node: &Node, path: &str) -> Self {
        let run = node.get("run").and_then(|run| Some((run, run.text()?)));
        let run = run.map(|(run, script)| {
            // A block begins on the line after its mark. Of other scripts only the first line is a line of the file for certain.
            let key = node.key("run").map_or(run.line, |key| key.line);
            let of_line = |line: u64| if run.is_literal() { key + 1 + line } else { run.line };
            let placed = |command: Command| {
                let line = of_line(command.line);
                (command, Place { path: path.to_owned(), line, column: 1 })
            };
            shell::commands(script).into_iter().map(placed).collect()
        });
        Self {
            place: place(node, path),
            uses: node.get("uses").and_then(|uses| Uses::of(uses, path)),
            run: run.unwrap_or_default(),
            node: node.clone(),
        }
    }

    /// An input of its action.
    pub fn with(&self, name: &str) -> Option<&str> {
        self.node.at(&["with", name])
    }
}

fn place(node: &Node, path: &str) -> Place {
    Place { path: path.to_owned(), line: node.line, column: node.column }
}
