//! `gate/tree`: the declared files are clean or hold this plan's own bytes, and nobody is in the middle of a merge.
//!
//! Everything else in the checkout, tracked or not, is the user's and does not matter, except when a build command
//! runs there: then it would be built into the artifacts without being in the release commit.

use crate::files::{self, Held};
use bowline_engine::{Check, Look, StepMeta};
use bowline_model::git::Marker;
use bowline_model::plan::{BuildPlace, Plan};
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::git::{GitError, Head, WorkFile};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Tree;

/// What was found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Clean {
    /// The declared files that were looked at.
    pub files: Vec<String>,
}

/// Why the checkout is not fit.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A merge or the like is unfinished.
    #[error("a {operation} is in progress")]
    InProgress {
        /// Which.
        operation: &'static str,
    },
    /// Declared files have edits of somebody else.
    #[error("{} {} changes that are not part of this release", .files.join(" and "), if .files.len() == 1 { "has" } else { "have" })]
    Edited {
        /// The files.
        files: Vec<String>,
    },
    /// The build would see changes that are in no commit.
    #[error("the build would see uncommitted changes of {}", .files.join(", "))]
    Uncommitted {
        /// The files.
        files: Vec<String>,
    },
    /// Git failed.
    #[error("the checkout cannot be read")]
    Git(#[from] GitError),
    /// The plan does not fit the commit.
    #[error(transparent)]
    Plan(#[from] Failure),
}

impl From<TreeError> for Failure {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::InProgress { operation } => {
                Self::from_error(FailureKind::Refused, "operation_in_progress", &error).hint(way_out(operation))
            }
            TreeError::Edited { ref files } => Self::from_error(FailureKind::Refused, "declared_files_edited", &error)
                .hint(format!(
                    "commit the changes, or drop them: git restore --staged --worktree -- {}",
                    quoted(files)
                )),
            TreeError::Uncommitted { ref files } => Self::from_error(FailureKind::Refused, "checkout_modified", &error)
                .hint(format!("commit the changes, or drop them: git restore --staged --worktree -- {}", quoted(files)))
                .hint("or build in a private clone: set `in = \"clone\"` under `[build]` in bowline.toml"),
            TreeError::Git(_) => Self::from_error(FailureKind::Failed, "git", &error),
            TreeError::Plan(failure) => failure,
        }
    }
}

impl Check for Tree {
    type Receipt = Clean;
    type Error = TreeError;
    const META: StepMeta = StepMeta {
        id: "gate/tree",
        stage: Stage::Gate,
        effect: Effect::Observe,
        needs: &[],
        tools: &[],
        summary: "the declared files are clean",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn check(&self, look: &Look<'_>) -> Result<Clean, TreeError> {
        let git = &look.readers.git;
        if look.settings.checkout.is_none() {
            return Ok(Clean { files: Vec::new() });
        }
        if let Some(operation) = git.operations_in_progress()?.first() {
            return Err(TreeError::InProgress { operation });
        }
        // A checkout that has moved elsewhere will not be touched, so nothing in it matters.
        let Some(at) = commit_checked_out(look)? else { return Ok(Clean { files: Vec::new() }) };
        let declared = files::declared(git.as_ref(), look.plan)?;
        let paths: Vec<String> = declared.iter().map(|file| file.path.clone()).collect();
        let mut edited = Vec::new();
        let at_head = git.status(look.plan.repository.head, &paths)?;
        let at_commit = git.status(at, &paths)?;
        for file in &declared {
            let index_clean =
                [&at_head, &at_commit].iter().any(|all| all.iter().any(|s| s.path == file.path && s.index_clean));
            let bytes = at_commit.iter().find(|status| status.path == file.path).map(|status| &status.file);
            let held = match bytes {
                Some(WorkFile::Bytes(bytes)) => file.held(Some(bytes)),
                Some(WorkFile::NotAFile) => Held::Foreign,
                Some(WorkFile::Missing) | None => file.held(None),
            };
            if !index_clean || held == Held::Foreign {
                edited.push(file.path.clone());
            }
        }
        // Once the tag is public, local edits must not keep the release from being completed; they are left alone.
        if look.settings.public {
            return Ok(Clean { files: paths });
        }
        if !edited.is_empty() {
            return Err(TreeError::Edited { files: edited });
        }
        if look.plan.requirements.build.as_ref().is_some_and(|build| build.place == BuildPlace::Checkout) {
            let files = git.other_changes(&paths)?;
            if !files.is_empty() {
                return Err(TreeError::Uncommitted { files });
            }
        }
        Ok(Clean { files: paths })
    }
}

/// How to end an operation of git.
fn way_out(operation: &str) -> String {
    match operation {
        // It knows neither of the two words that all others know.
        "bisect" => "leave it (`git bisect reset`), then run again".to_owned(),
        _ => {
            format!("finish it (`git {operation} --continue`) or leave it (`git {operation} --abort`), then run again")
        }
    }
}

/// The planned head or our release commit, when that is what is checked out.
pub(crate) fn commit_checked_out(look: &Look<'_>) -> Result<Option<Oid>, GitError> {
    let (Head::Branch(_, oid) | Head::Detached(oid)) = look.readers.git.head()? else { return Ok(None) };
    if oid == look.plan.repository.head {
        return Ok(Some(oid));
    }
    let ours = Marker::parse(&look.readers.git.commit(oid)?.message) == Some(look.marker);
    Ok(ours.then_some(oid))
}

/// Paths as a shell takes them.
fn quoted(files: &[String]) -> String {
    let plain = |file: &str| file.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/+@-".contains(&b));
    let quote = |file: &String| if plain(file) { file.clone() } else { format!("'{}'", file.replace('\'', "'\\''")) };
    files.iter().map(quote).collect::<Vec<_>>().join(" ")
}
