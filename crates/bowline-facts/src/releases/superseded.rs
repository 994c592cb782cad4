//! Drafts of ours that a newer head has replaced before anything of them was pushed.
//!
//! Listing one here allows deleting it, so doubt keeps it: whatever is carried by a tag or a commit of the remote
//! branch, or was made on a line that the head does not continue, is left alone.

use super::{ReleasesError, Scene};
use bowline_model::Oid;
use bowline_model::facts::SupersededDraft;
use bowline_model::git::Marker;
use bowline_port::forge::Release;
use bowline_port::git::GitError;

/// The superseded ones among `drafts`.
pub(super) fn among(scene: &Scene<'_>, drafts: &[Release]) -> Result<Vec<SupersededDraft>, ReleasesError> {
    let mut superseded = Vec::new();
    for draft in drafts {
        let Some(marker) = draft.marker.filter(|marker| marker.head != scene.head.oid) else { continue };
        if !scene.refs.has_tag(&draft.tag) && is_left_behind(scene, &marker)? {
            superseded.push(SupersededDraft { marker, tag: draft.tag.clone(), draft: draft.id.clone() });
        }
    }
    Ok(superseded)
}

fn is_left_behind(scene: &Scene<'_>, marker: &Marker) -> Result<bool, GitError> {
    if !scene.git.has_object(marker.head)? {
        // It was rewritten away, unless another branch, which was not fetched, ends in it.
        return Ok(!scene.refs.is_a_tip(marker.head));
    }
    if !scene.git.is_ancestor(marker.head, scene.head.oid)? {
        return Ok(false);
    }
    for end in [Some(scene.head.oid), scene.tip].into_iter().flatten() {
        if carries(scene, end, marker)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a commit between the planned head and `end` has the marker.
fn carries(scene: &Scene<'_>, end: Oid, marker: &Marker) -> Result<bool, GitError> {
    if !scene.git.has_object(end)? {
        return Ok(false);
    }
    let commits = scene.git.commits(end, &[marker.head])?;
    Ok(commits.iter().any(|commit| Marker::parse(&commit.message).as_ref() == Some(marker)))
}
