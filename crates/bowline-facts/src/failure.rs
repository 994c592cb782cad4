//! Errors of this crate as failures: exit class, stable code and the next command.

use crate::branch::BranchError;
use crate::observe::FactsError;
use crate::refs::RefsError;
use crate::releases::ReleasesError;
use crate::tags::TagsError;
use bowline_model::{Failure, FailureKind};
use bowline_port::git::GitError;
use bowline_port::process::ProcessError;

impl From<FactsError> for Failure {
    fn from(error: FactsError) -> Self {
        match &error {
            FactsError::Bare { .. } => Self::from_error(FailureKind::Usage, "bare_repository", &error)
                .hint("run Bowline in a checkout: `git worktree add DIR BRANCH` makes one"),
            FactsError::NoCommits { .. } => Self::from_error(FailureKind::Usage, "no_commits", &error)
                .hint("commit something first: a release is made from a commit"),
            FactsError::Shallow => Self::from_error(FailureKind::Refused, "shallow", &error)
                .hint("fetch the whole history: `git fetch --unshallow`")
                .hint("in GitHub Actions: `fetch-depth: 0` for actions/checkout"),
            FactsError::HeadDate { .. } => Self::from_error(FailureKind::Refused, "commit_date", &error)
                .hint("the release takes its dates from this commit: amend it with `git commit --amend --no-edit`"),
            FactsError::Branch(inner) => of_branch(inner),
            FactsError::Refs(inner) | FactsError::Releases(ReleasesError::Refs(inner)) => of_refs(inner),
            FactsError::Tags(TagsError::Template(inner)) => {
                Self::from_error(FailureKind::Config, "tag_template", inner).hint("correct `[release] tag`")
            }
            FactsError::Releases(inner @ ReleasesError::Forge { source, .. }) => {
                if let Some(failure) = source.own_failure() {
                    return failure;
                }
                Self::from_error(FailureKind::Failed, "forge_unreachable", inner)
                    .hint("run again when the forge answers")
                    .hint("`bowline plan --offline` plans without it")
            }
            FactsError::Git(inner)
            | FactsError::Tags(TagsError::Git(inner))
            | FactsError::Releases(ReleasesError::Git(inner)) => of_git(inner),
        }
    }
}

fn of_branch(error: &BranchError) -> Failure {
    let code = match error {
        BranchError::Unknown { .. } | BranchError::Ambiguous { .. } => "branch_unknown",
        BranchError::Variable { .. } => "branch_name",
    };
    Failure::from_error(FailureKind::Usage, code, error).hint("name the branch to release: `--branch NAME`")
}

fn of_refs(error: &RefsError) -> Failure {
    match error {
        RefsError::Ambiguous { .. } => Failure::from_error(FailureKind::Usage, "remote_unknown", error)
            .hint("let the branch track the one to release to: `git branch --set-upstream-to REMOTE/BRANCH`"),
        RefsError::Unreachable {
            source: source @ (GitError::Start { .. } | GitError::Login { .. } | GitError::Token(_)),
            ..
        } => of_git(source),
        RefsError::Unreachable { remote, .. } => Failure::from_error(FailureKind::Failed, "remote_unreachable", error)
            .hint(format!("see whether git reaches it: `git ls-remote {remote}`"))
            .hint("`bowline plan --offline` plans without the remote"),
        RefsError::Moved { .. } => {
            Failure::from_error(FailureKind::Conflict, "remote_moved", error).hint("run again: nothing was touched")
        }
        RefsError::Git(inner) => of_git(inner),
    }
}

fn of_git(error: &GitError) -> Failure {
    if let Some(failure) = error.login_failure() {
        return failure;
    }
    match error {
        GitError::NoRepository { .. } => Failure::from_error(FailureKind::Usage, "no_repository", error)
            .hint("run inside a git repository, or name one: `-C DIR`"),
        GitError::Untrusted { path } => Failure::from_error(FailureKind::Missing, "untrusted_repository", error)
            .hint(format!("if you trust it: `git config --global --add safe.directory {path}`")),
        GitError::Start { source: ProcessError::Stopped { .. }, .. } => {
            Failure::from_error(FailureKind::Paused, "stopped", error).hint("run the same command again: it goes on")
        }
        GitError::Start { source: ProcessError::Unusable(tool), .. } => tool.clone().into(),
        GitError::Start { .. } => Failure::from_error(FailureKind::Missing, "tool_broken", error)
            .hint("see whether git runs: `git --version`"),
        GitError::Object { .. } => Failure::from_error(FailureKind::Failed, "git_object", error)
            .hint("see what is damaged or missing: `git fsck`"),
        GitError::Program { .. }
        | GitError::Moved { .. }
        | GitError::Local { .. }
        | GitError::Login { .. }
        | GitError::Token(_) => Failure::from_error(FailureKind::Failed, "git_failed", error),
    }
}
