//! Releases of ours that may be unfinished, newest first, and how far each has come.

use super::{ReleasesError, Scene, drafts_of, ours};
use crate::ours::OurTag;
use bowline_model::Oid;
use bowline_model::facts::{ReleasedFact, RemoteRelation, UnfinishedRelease};
use bowline_model::git::{Marker, TagName};
use bowline_port::forge::{ForgeError, Release};

/// A release of ours that left something on the remote.
pub(super) struct Candidate {
    pub(super) marker: Marker,
    /// The release commit, when it is on the remote branch.
    commit: Option<Oid>,
    tag: Option<OurTag>,
    /// Whether the head is what it released, or what it was made for.
    pub(super) concerns_head: bool,
}

/// How far a release has come.
pub(super) enum Standing {
    /// Tag and published release are there.
    Complete(ReleasedFact),
    /// Something is missing.
    Incomplete(UnfinishedRelease),
    /// The forge cannot say.
    Unreadable,
}

/// The release that the head is, then those that were made for it.
pub(super) fn of_head(scene: &Scene<'_>) -> Result<Vec<Candidate>, ReleasesError> {
    let head = scene.head.oid;
    let mut found = Vec::new();
    if let Some(marker) = scene.head.release {
        let commit = scene.is_pushed(head)?.then_some(head);
        found.push(Candidate { marker, commit, tag: tag_of(scene, head, &marker)?, concerns_head: true });
    }
    if let RemoteRelation::OurRelease { commit, marker } = *scene.relation {
        let tag = tag_of(scene, commit, &marker)?;
        found.push(Candidate { marker, commit: Some(commit), tag, concerns_head: true });
    }
    let standing = newest_first(scene, version_tags_on(scene, head)?);
    let of_head = |tag: &OurTag| tag.marker.head == head && !scene.is_foreign(&tag.name);
    if let Some(tag) = standing.into_iter().find(of_head) {
        found.push(Candidate { marker: tag.marker, commit: None, tag: Some(tag), concerns_head: true });
    }
    // What another channel released here is no reason for this one to have nothing to do.
    found.retain(|candidate| candidate.tag.as_ref().is_none_or(|tag| !scene.is_foreign(&tag.name)));
    Ok(found)
}

/// The newest release among the head's ancestors: a pushed release commit without its tag, else the current version.
pub(super) fn in_history(scene: &Scene<'_>) -> Result<Option<Candidate>, ReleasesError> {
    match untagged_commit(scene)? {
        Some(candidate) => Ok(Some(candidate)),
        None => current_version(scene),
    }
}

fn untagged_commit(scene: &Scene<'_>) -> Result<Option<Candidate>, ReleasesError> {
    for listed in scene.commits {
        let Some(marker) = ours::listed_release_commit(scene.git, listed)? else { continue };
        // One with its tag is a release of another line that was merged, older than the current version.
        if scene.is_pushed(listed.oid)? && tag_of(scene, listed.oid, &marker)?.is_none() {
            return Ok(Some(Candidate { marker, commit: Some(listed.oid), tag: None, concerns_head: false }));
        }
    }
    Ok(None)
}

fn current_version(scene: &Scene<'_>) -> Result<Option<Candidate>, ReleasesError> {
    let Some(current) = scene.scan.current.as_ref().filter(|current| current.object != current.commit) else {
        return Ok(None);
    };
    let tags = version_tags_on(scene, current.commit)?;
    let Some(tag) = tags.into_iter().find(|tag| tag.name == current.name) else { return Ok(None) };
    let released_head = tag.marker.head == tag.commit;
    let commit = if released_head || !scene.is_pushed(tag.commit)? { None } else { Some(tag.commit) };
    Ok(Some(Candidate { marker: tag.marker, commit, tag: Some(tag), concerns_head: false }))
}

fn tag_of(scene: &Scene<'_>, commit: Oid, marker: &Marker) -> Result<Option<OurTag>, ReleasesError> {
    let tags = newest_first(scene, version_tags_on(scene, commit)?);
    Ok(tags.into_iter().find(|tag| tag.marker == *marker))
}

/// The tags of ours on `commit` that name a version: any other tag, whatever its message says, is no release.
fn version_tags_on(scene: &Scene<'_>, commit: Oid) -> Result<Vec<OurTag>, ReleasesError> {
    let mut tags = ours::tags_on(scene.git, scene.refs, commit)?;
    tags.retain(|tag| scene.scan.tags.iter().any(|known| known.name == tag.name));
    Ok(tags)
}

/// By version; tags that name none come last.
fn newest_first(scene: &Scene<'_>, mut tags: Vec<OurTag>) -> Vec<OurTag> {
    let rank = |tag: &OurTag| scene.scan.tags.iter().position(|version| version.name == tag.name);
    tags.sort_by_cached_key(|tag| rank(tag).unwrap_or(usize::MAX));
    tags
}

/// The draft of an open plan for this head that none of `judged` accounts for: nothing of it was pushed.
pub(super) fn draft_for_head(
    scene: &Scene<'_>,
    drafts: Option<&[Release]>,
    judged: &[Candidate],
) -> Option<UnfinishedRelease> {
    let is_new = |marker: &Marker| {
        marker.head == scene.head.oid
            && !scene.is_closed(marker)
            && judged.iter().all(|candidate| candidate.marker != *marker)
    };
    let ours = drafts?.iter().filter(|draft| !scene.is_foreign(&draft.tag));
    let marker = ours.filter_map(|draft| draft.marker).find(is_new)?;
    let draft = drafts_of(drafts?, &marker).into_iter().next()?;
    Some(unfinished(marker, None, None, Some(draft)))
}

/// How far `candidate` has come.
pub(super) fn judge(
    scene: &Scene<'_>,
    candidate: &Candidate,
    drafts: Option<&[Release]>,
) -> Result<Standing, ReleasesError> {
    let marker = candidate.marker;
    if let Some(tag) = &candidate.tag {
        match published(scene, &tag.name)? {
            Published::Yes(release) if release.marker.is_none_or(|found| found == marker) => {
                return Ok(Standing::Complete(released(marker, tag, release.url)));
            }
            Published::Yes(_) | Published::No => {}
            Published::Unreadable => return Ok(Standing::Unreadable),
        }
    }
    let draft = drafts.and_then(|drafts| drafts_of(drafts, &marker).into_iter().next());
    if let (Some(tag), true) = (&candidate.tag, scene.stays_draft) {
        // Publishing it is somebody else's business.
        return Ok(match (draft, drafts) {
            (Some(draft), _) => Standing::Complete(released(marker, tag, draft.url.clone())),
            (None, None) => Standing::Unreadable,
            (None, Some(_)) => Standing::Incomplete(unfinished(marker, candidate.commit, Some(tag), None)),
        });
    }
    Ok(Standing::Incomplete(unfinished(marker, candidate.commit, candidate.tag.as_ref(), draft)))
}

fn released(marker: Marker, tag: &OurTag, url: String) -> ReleasedFact {
    ReleasedFact { marker, tag: tag.name.clone(), tag_object: tag.object, commit: tag.commit, url }
}

enum Published {
    Yes(Box<Release>),
    No,
    Unreadable,
}

fn published(scene: &Scene<'_>, tag: &TagName) -> Result<Published, ReleasesError> {
    if !scene.may_ask_forge() {
        return Ok(Published::Unreadable);
    }
    // A list may be late in showing a release, and is not too early.
    let listed = scene.forge.listed(tag);
    match listed.and_then(|found| found.map_or_else(|| scene.forge.published(tag), |release| Ok(Some(release)))) {
        Ok(Some(release)) => Ok(Published::Yes(Box::new(release))),
        Ok(None) => Ok(Published::No),
        Err(ForgeError::Unsupported(_) | ForgeError::NoToken { .. }) => Ok(Published::Unreadable),
        Err(source) => Err(scene.forge_error(source)),
    }
}

pub(super) fn unfinished(
    marker: Marker,
    commit: Option<Oid>,
    tag: Option<&OurTag>,
    draft: Option<&Release>,
) -> UnfinishedRelease {
    let missing = match (tag, draft) {
        (Some(tag), _) => format!("the published release of {}", tag.name),
        (None, Some(draft)) => format!("the tag {} and the published release", draft.tag),
        (None, None) => "its tag and the published release".to_owned(),
    };
    UnfinishedRelease {
        marker,
        commit,
        tag: tag.map(|tag| tag.name.clone()),
        draft: draft.map(|draft| draft.id.clone()),
        missing,
    }
}
