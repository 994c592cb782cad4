//! Staging branches that nobody needs any more.
//!
//! The forge makes a release commit on one, and the release branch moves to it from the planned head and from nowhere else.
//! So when no branch of the remote stands at that head any more, the commit is either on a branch, and found there, or can
//! never get there.

use super::{ReleasesError, Scene};
use crate::ours;
use bowline_model::git::staged_plan;

/// The full names of those branches.
pub(super) fn left(scene: &Scene<'_>) -> Result<Vec<String>, ReleasesError> {
    let mut left = Vec::new();
    for reference in scene.refs.staging() {
        scene.refs.bring(scene.git, &[(reference.name.clone(), reference.object)])?;
        let marker = ours::release_commit(&scene.git.commit(reference.object)?);
        let marker = marker.filter(|marker| staged_plan(&reference.name) == Some(marker.plan));
        // Without a commit of its own it stands at the planned head.
        let head = marker.map_or(reference.object, |marker| marker.head);
        if !scene.refs.is_tip(head) {
            left.push(reference.name.clone());
        }
    }
    Ok(left)
}
