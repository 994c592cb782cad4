//! A promotion that died before anything of it was pushed.
//!
//! Its draft belongs to a commit that need not be the branch's tip, so newer commits do not replace it. It counts as begun
//! when its own plan says so, as long as its version is still free and above what the head contains; what can be read of
//! it decides nothing but that its plan is looked at.

use super::{ReleasesError, Scene, candidate, superseded};
use bowline_model::facts::UnfinishedRelease;
use bowline_port::forge::Release;

/// The begun promotion among `drafts`.
pub(super) fn begun(scene: &Scene<'_>, drafts: Option<&[Release]>) -> Result<Option<UnfinishedRelease>, ReleasesError> {
    for draft in drafts.into_iter().flatten() {
        let Some(marker) = draft.marker.filter(|marker| marker.head != scene.head.oid) else { continue };
        if scene.is_closed(&marker) || scene.is_foreign(&draft.tag) || scene.refs.has_tag(&draft.tag) {
            continue;
        }
        let Some(version) = scene.scan.form.version(draft.tag.as_str()) else { continue };
        let is_above = scene.scan.current.as_ref().is_none_or(|current| current.version < version);
        if !is_above || !is_on_branch(scene, marker.head)? {
            continue;
        }
        let plan = superseded::plan_of(scene, draft);
        if plan.is_some_and(|plan| plan.promotes.is_some() && superseded::is_here(scene, &plan)) {
            return Ok(Some(candidate::unfinished(marker, None, None, Some(draft))));
        }
    }
    Ok(None)
}

fn is_on_branch(scene: &Scene<'_>, commit: bowline_model::Oid) -> Result<bool, ReleasesError> {
    let Some(tip) = scene.tip else { return Ok(false) };
    let git = scene.git;
    Ok(git.has_object(commit)? && git.has_object(tip)? && git.is_ancestor(commit, tip)?)
}
