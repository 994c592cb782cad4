//! The files as text: the thin workflow that calls ours, and a configuration with nothing set.

use super::found::Found;
use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind};

/// Which release.yml is called.
pub(super) enum Reference {
    /// Exactly this commit, of a version.
    Commit { commit: String, version: String },
    /// A tag, which could be moved.
    Tag(String),
}

impl Reference {
    /// What was asked for; by default that of this program.
    pub(super) fn of(asked: Option<&str>) -> Result<Self, Failure> {
        let version = format!("v{}", env!("CARGO_PKG_VERSION"));
        let Some(asked) = asked.or(BUILT_FROM) else { return Ok(Self::Tag(version)) };
        let is_commit = matches!(asked.len(), 40 | 64) && asked.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_commit {
            return Ok(Self::Commit { commit: asked.to_ascii_lowercase(), version });
        }
        let plain = asked.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/+".contains(&byte));
        if plain && !asked.is_empty() && !asked.starts_with(['-', '/']) {
            return Ok(Self::Tag(asked.to_owned()));
        }
        let message = format!("`{}` is neither a commit nor a tag", one_line(asked, 80));
        Err(Failure::new(FailureKind::Usage, "init_reference", message)
            .hint("give the 40 digits of a commit, or a tag such as v1.2.3"))
    }

    fn text(&self) -> String {
        match self {
            Self::Commit { commit, version } => format!("{commit} # {version}"),
            Self::Tag(tag) => tag.clone(),
        }
    }

    /// What to do about it.
    pub(super) fn note(&self) -> Option<String> {
        match self {
            Self::Commit { .. } => None,
            Self::Tag(tag) => Some(format!(
                "the workflow is called by the tag {tag}, which can be moved: put its commit there instead, with the tag behind it as \
                 a comment: git ls-remote https://github.com/{REPOSITORY} 'refs/tags/{tag}^{{}}'"
            )),
        }
    }
}

/// The workflow.
pub(super) fn workflow(found: &Found, reference: &Reference, environment: Option<&str>) -> String {
    let branch = quoted(&as_pattern(&found.branch));
    let environment = match environment {
        Some(name) => {
            format!("      environment: {} # its rules let a release pass: give it required reviewers\n", quoted(name))
        }
        None => {
            "      # environment: production # an environment with required reviewers lets a release pass\n".to_owned()
        }
    };
    let node = found.node_version.as_ref();
    let node = node.map(|version| format!("      node-version: {}\n", quoted(version))).unwrap_or_default();
    format!(
        "# Releases with Bowline. What it takes and gives: \
https://github.com/{REPOSITORY}/blob/v{version}/docs/release-workflow-reference.md
name: Release

on:
  push:
    branches: [{branch}]
  workflow_dispatch:
    inputs:
      dry-run:
        description: Plan, build and check everything, and publish nothing
        type: boolean
        default: true
      release-type:
        description: What to release; auto lets the commits decide
        type: choice
        options: [auto, patch, minor, major, prerelease]
        default: auto
      prerelease:
        description: The identifier of a pre-release, such as rc
        type: string
        default: ''

permissions: {{}}

# Runs for one commit go one after the other; a newer commit need not wait for the approval of an older one.
concurrency:
  group: release-${{{{ github.ref }}}}-${{{{ github.sha }}}}
  queue: max
  cancel-in-progress: false

jobs:
  release:
    name: Release
    permissions:
      contents: write # one job of it pushes branch and tag and publishes the release; all others only read
    uses: {REPOSITORY}/.github/workflows/release.yml@{reference}
    with:
      dry-run: ${{{{ inputs.dry-run || false }}}}
      release-type: ${{{{ inputs.release-type || 'auto' }}}}
      prerelease: ${{{{ inputs.prerelease || '' }}}}
{environment}{node}      # build-command: make dist # makes the files that ship; [artifacts] in bowline.toml says which they are
    # A GitHub App is the best identity to release with; without it, the job's own token is used.
    # secrets:
    #   BOWLINE_GITHUB_APP_ID: ${{{{ secrets.BOWLINE_GITHUB_APP_ID }}}}
    #   BOWLINE_GITHUB_APP_PRIVATE_KEY: ${{{{ secrets.BOWLINE_GITHUB_APP_PRIVATE_KEY }}}}
",
        version = env!("CARGO_PKG_VERSION"),
        reference = reference.text(),
    )
}

/// A configuration that says nothing but what could be said.
pub(super) fn configuration() -> String {
    format!(
        "#:schema https://raw.githubusercontent.com/{REPOSITORY}/v{}/docs/schema/bowline.toml.json
# Nothing has to be set: version files, tag form, branch and forge are found. See what holds with: bowline config show

# The files that ship.
# [artifacts]
# include = [\"dist/*.tar.gz\"]

# Stop unless the environment that the workflow names has rules.
# [gate.environment]
# name = \"production\"
# rules = [\"required_reviewers\"]
",
        env!("CARGO_PKG_VERSION")
    )
}

/// A name as a pattern that fits it alone (GitHub docs, \"Workflow syntax\", filter pattern cheat sheet).
fn as_pattern(name: &str) -> String {
    name.chars().flat_map(|c| "*?+[]!\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// A YAML scalar in single quotes (YAML 1.2.2, section 7.3.2). Names of branches and environments hold no line ends.
fn quoted(text: &str) -> String {
    let one: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", one.replace('\'', "''"))
}

const REPOSITORY: &str = "bowline-release/bowline";
/// The commit that this program was built from, where its build says so.
const BUILT_FROM: Option<&str> = option_env!("BOWLINE_BUILD_COMMIT");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        assert_eq!(quoted("a'b: ${{ x }}\n#"), "'a''b: ${{ x }}#'");
        assert_eq!(as_pattern("a*b[c]!\\"), r"a\*b\[c\]\!\\");
        assert_eq!(as_pattern("release/1.x"), "release/1.x");
    }

    #[test]
    fn references() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert!(Reference::of(Some(commit)).unwrap().note().is_none());
        assert!(Reference::of(Some("v1.2.3")).unwrap().note().unwrap().contains("ls-remote"));
        for bad in ["", "-x", "a b", "${{ x }}", "v1\nuses: y"] {
            assert!(Reference::of(Some(bad)).is_err(), "{bad:?}");
        }
    }
}
