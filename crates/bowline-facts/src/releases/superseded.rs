//! Drafts of ours that a newer head has replaced before anything of them was pushed.
//!
//! Listing one here allows deleting it, so doubt keeps it: whatever is carried by a tag or a commit of the remote
//! branch, or was made on a line that the head does not continue, is left alone.

use super::{ReleasesError, Scene};
use bowline_model::Oid;
use bowline_model::facts::SupersededDraft;
use bowline_model::git::Marker;
use bowline_model::plan::Plan;
use bowline_model::release::{RELEASE_FILE, ReleaseFile};
use bowline_port::forge::Release;
use bowline_port::git::GitError;

/// The superseded ones among `drafts`.
pub(super) fn among(scene: &Scene<'_>, drafts: &[Release]) -> Result<Vec<SupersededDraft>, ReleasesError> {
    let mut superseded = Vec::new();
    for draft in drafts {
        let Some(marker) = draft.marker.filter(|marker| marker.head != scene.head.oid) else { continue };
        if !scene.refs.has_tag(&draft.tag) && is_left_behind(scene, &marker)? && is_of_this_line(scene, draft) {
            superseded.push(SupersededDraft { marker, tag: draft.tag.clone(), draft: draft.id.clone() });
        }
    }
    Ok(superseded)
}

fn is_left_behind(scene: &Scene<'_>, marker: &Marker) -> Result<bool, GitError> {
    // A head that is not here may be another branch's, or another repository's whose releases stand beside ours.
    if !scene.git.has_object(marker.head)? {
        return Ok(false);
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

/// Whether the draft's own plan says that it is this repository's and this branch's, and moves the branch: only then
/// does the branch having moved on mean that nothing of it can still arrive. A draft that does not say so is kept.
fn is_of_this_line(scene: &Scene<'_>, draft: &Release) -> bool {
    plan_of(scene, draft).is_some_and(|plan| is_here(scene, &plan) && plan.commit_message.is_some())
}

/// Whether a plan is this repository's and this branch's.
pub(super) fn is_here(scene: &Scene<'_>, plan: &Plan) -> bool {
    plan.repository.id == *scene.repository && plan.repository.branch == *scene.branch
}

/// The very plan that the draft's marker names: from this machine, or from the draft itself.
pub(super) fn plan_of(scene: &Scene<'_>, draft: &Release) -> Option<Plan> {
    let digest = draft.marker.map(|marker| marker.plan);
    let is_it = |plan: &Plan| plan.digest().ok() == digest;
    let begun = scene.begun.iter().find(|plan| is_it(plan)).cloned();
    begun.or_else(|| carried(scene, draft).filter(is_it))
}

/// The plan inside a draft.
fn carried(scene: &Scene<'_>, draft: &Release) -> Option<Plan> {
    draft.asset(RELEASE_FILE).filter(|asset| asset.complete && asset.size <= MAX_RELEASE_FILE)?;
    let mut bytes = Vec::new();
    scene.forge.download(draft, RELEASE_FILE, &mut bytes).ok()?;
    Some(serde_json::from_slice::<ReleaseFile>(&bytes).ok()?.plan)
}

/// Whether a commit between the planned head and `end` has the marker.
fn carries(scene: &Scene<'_>, end: Oid, marker: &Marker) -> Result<bool, GitError> {
    if !scene.git.has_object(end)? {
        return Ok(false);
    }
    let commits = scene.git.commits(end, &[marker.head])?;
    Ok(commits.iter().any(|commit| Marker::parse(&commit.message).as_ref() == Some(marker)))
}

/// A plan with a hundred thousand commits is about 30 MiB.
const MAX_RELEASE_FILE: u64 = 256 << 20;
