//! The push of a commit that the forge has made: the forge moves the branch to it, and its staging branch goes.
//!
//! The branch moves first and alone, because what the API offers moves one reference. It moves forward only, so it stays
//! where it is when somebody else was faster. A run that ends before the tag is there leaves a release commit without its
//! tag, and whoever goes on finds that.

use super::refs::push_failure;
use crate::assets::forge_failure;
use crate::commit::staged;
use bowline_engine::Cx;
use bowline_model::{Failure, FailureKind};
use bowline_port::forge::MoveError;
use bowline_port::git::RefUpdate;

/// Moves the branch, after noting that this is about to be sent: the request cannot carry the lock.
pub(super) fn move_branch(cx: &Cx<'_>, update: &RefUpdate) -> Result<(), Failure> {
    cx.hold.sending(None)?;
    staged::able(cx)?.move_branch(update).map_err(|error| match error {
        MoveError::Refused(error) => push_failure(cx, error),
        MoveError::Forge(error) => forge_failure(error),
    })
}

/// Whether the staging branch is still there.
pub(super) fn is_staged(cx: &Cx<'_>) -> Result<bool, Failure> {
    Ok(staged::tip(cx)?.is_some())
}

/// Removes the staging branch. The release is public by now, so a branch that cannot be removed is named and stops nothing.
pub(super) fn tidy_up(cx: &Cx<'_>) {
    let branch = cx.marker.staging();
    let removed = staged::able(cx).and_then(|commits| commits.unstage(&branch).map_err(forge_failure));
    if let Err(failure) = removed {
        let name = branch.trim_start_matches("refs/heads/");
        let remote = cx.settings.remote.as_deref().unwrap_or("origin");
        let message = format!(
            "branch {name} was needed for a while and stays ({failure}); remove it: git push {remote} --delete {name}"
        );
        cx.warn("staging_branch_left", message);
    }
}

pub(super) fn vanished() -> Failure {
    Failure::new(FailureKind::Failed, "staged_commit_vanished", "the commit that the forge has made is gone")
        .hint("somebody removed its branch: run the same command again")
}
