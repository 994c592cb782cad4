//! What a repository has that its release workflow must know about. Only the checkout is read.

use crate::workspace::Workspace;
use bowline_audit::workflow::audit;
use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind};
use bowline_port::git::Head;
use std::path::Path;

/// What was found.
pub(super) struct Found {
    /// The branch that is released from.
    pub(super) branch: String,
    /// The Node.js that the project names.
    pub(super) node_version: Option<String>,
    /// Other tools that release, by name.
    pub(super) tools: Vec<&'static str>,
    /// Workflows that release.
    pub(super) releasing: Vec<String>,
    /// The environment that one of them names.
    pub(super) environment: Option<String>,
    /// Whether there is a configuration that Bowline reads.
    pub(super) is_configured: bool,
    /// Whether it is standard-version's.
    pub(super) is_of_standard_version: bool,
}

impl Found {
    /// Looks at the checkout below `root`.
    pub(super) fn look(workspace: &Workspace, root: &Path) -> Result<Self, Failure> {
        let is_there = |path: &&str| root.join(path).exists();
        let of_standard_version = VERSIONRC.iter().any(&is_there);
        let own = ["bowline.toml", ".config/bowline.toml"].iter().any(is_there);
        let tools = TOOLS.iter().filter(|(_, files)| files.iter().any(is_there)).map(|(name, _)| *name);
        let mut releasing = Vec::new();
        let mut environment = None;
        for (name, text) in workflows(root) {
            let found = audit(&[(name.clone(), text.clone())], &|_| None);
            // Ours is what is made here.
            if found.releases && !text.contains("/bowline/.github/workflows/release.yml@") {
                environment = environment.or_else(|| found.environments.first().cloned());
                releasing.push(name);
            }
        }
        Ok(Self {
            branch: branch(workspace)?,
            node_version: node_version(root),
            tools: tools.collect(),
            releasing,
            environment,
            is_configured: own || of_standard_version,
            is_of_standard_version: of_standard_version && !own,
        })
    }
}

/// The usual branch where there is one, else the one that is checked out.
fn branch(workspace: &Workspace) -> Result<String, Failure> {
    let git = &workspace.readers.git;
    for usual in ["main", "master"] {
        let local = git.resolve(&format!("refs/heads/{usual}"));
        if matches!(local, Ok(Some(_))) {
            return Ok(usual.to_owned());
        }
    }
    match git.head() {
        Ok(Head::Branch(name, _)) => Ok(name.to_string()),
        Ok(Head::Unborn(name)) => Ok(name),
        Ok(Head::Detached(_)) => Err(Failure::new(
            FailureKind::Usage,
            "init_no_branch",
            "no branch is checked out, and there is neither main nor master",
        )
        .hint("check out the branch that you release from: git switch NAME")),
        Err(error) => Err(Failure::from_error(FailureKind::Failed, "git", &error)),
    }
}

/// The first line of `.nvmrc` or `.node-version`, when it is a version; others (`lts/*`) are left to the runner.
fn node_version(root: &Path) -> Option<String> {
    let read = |name: &str| std::fs::read_to_string(root.join(name)).ok();
    let text = [".nvmrc", ".node-version"].into_iter().find_map(read)?;
    let line = text.lines().next()?.trim().trim_start_matches('v');
    let plain = !line.is_empty() && line.len() < 20 && line.chars().all(|c| c.is_ascii_digit() || c == '.');
    plain.then(|| line.to_owned())
}

fn workflows(root: &Path) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(root.join(".github/workflows")) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut found: Vec<(String, String)> = names
        .filter(|name| name.ends_with(".yml") || name.ends_with(".yaml"))
        .filter_map(|name| {
            let path = format!(".github/workflows/{}", one_line(&name, 100));
            Some((path, std::fs::read_to_string(root.join(".github/workflows").join(name)).ok()?))
        })
        .collect();
    found.sort();
    found
}

const VERSIONRC: [&str; 4] = [".versionrc", ".versionrc.json", ".versionrc.js", ".versionrc.cjs"];

/// Tools that release, and the files that show them.
const TOOLS: [(&str, &[&str]); 10] = [
    (
        "semantic-release",
        &[
            ".releaserc",
            ".releaserc.json",
            ".releaserc.yml",
            ".releaserc.yaml",
            ".releaserc.js",
            "release.config.js",
            "release.config.cjs",
            "release.config.mjs",
        ],
    ),
    ("release-please", &["release-please-config.json", ".release-please-manifest.json"]),
    ("GoReleaser", &[".goreleaser.yml", ".goreleaser.yaml"]),
    ("JReleaser", &["jreleaser.yml", "jreleaser.toml"]),
    ("changesets", &[".changeset/config.json"]),
    ("Lerna", &["lerna.json"]),
    ("release-plz", &["release-plz.toml", ".release-plz.toml"]),
    ("cargo-dist", &["dist-workspace.toml"]),
    ("knope", &["knope.toml"]),
    ("release-it", &[".release-it.json", ".release-it.yml"]),
];
