//! Which commits and tags are ours.
//!
//! An object is ours when its trailers parse *and* it stands where they say: a release commit directly on the planned
//! head as its only parent, a tag on that commit or on the head itself, under the name it was made with. A copy that
//! was cherry-picked, rebased, squashed or put under another name says the same words in the wrong place, and is an
//! ordinary object.

use crate::refs::{Refs, RefsError};
use bowline_model::Oid;
use bowline_model::facts::{CommitFact, VersionTag};
use bowline_model::git::{Marker, TagName};
use bowline_port::git::{Commit, GitError, GitReader, Reference};

/// An annotated tag of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OurTag {
    pub(crate) name: TagName,
    pub(crate) object: Oid,
    pub(crate) commit: Oid,
    pub(crate) marker: Marker,
}

/// The marker of `commit` when it is a release commit of ours.
pub(crate) fn release_commit(commit: &Commit) -> Option<Marker> {
    Marker::parse(&commit.message).filter(|marker| commit.parents == [marker.head])
}

/// The marker of a listed commit when it is a release commit of ours.
pub(crate) fn listed_release_commit(git: &dyn GitReader, commit: &CommitFact) -> Result<Option<Marker>, GitError> {
    // The list has no parent ids; hardly any commit has the trailers, so hardly any is read again.
    if commit.parents != 1 || Marker::parse(&commit.message).is_none() {
        return Ok(None);
    }
    Ok(release_commit(&git.commit(commit.oid)?))
}

/// The tags of ours that stand on `commit`.
pub(crate) fn tags_on(git: &dyn GitReader, refs: &Refs, commit: Oid) -> Result<Vec<OurTag>, RefsError> {
    let annotated: Vec<(TagName, &Reference)> =
        refs.tags().filter(|(_, tag)| tag.peeled == commit && tag.object != commit).collect();
    let wanted: Vec<(String, Oid)> = annotated.iter().map(|(_, tag)| (tag.name.clone(), tag.object)).collect();
    refs.bring(git, &wanted)?;
    let mut ours = Vec::new();
    for (name, reference) in annotated {
        ours.extend(read(git, name, reference.object, commit)?);
    }
    Ok(ours)
}

/// Whether a version's tag is ours. One whose object is not here is taken for ours: see [`tags_on`] for those that must be.
pub(crate) fn is_ours(git: &dyn GitReader, tag: &VersionTag) -> Result<bool, GitError> {
    if tag.object == tag.commit {
        return Ok(false);
    }
    Ok(!git.has_object(tag.object)? || read(git, tag.name.clone(), tag.object, tag.commit)?.is_some())
}

fn read(git: &dyn GitReader, name: TagName, object: Oid, commit: Oid) -> Result<Option<OurTag>, GitError> {
    let Some(tag) = git.tag(object)?.filter(|tag| tag.target == commit && tag.name == name.as_str()) else {
        return Ok(None);
    };
    let Some(marker) = Marker::parse(&tag.message) else { return Ok(None) };
    let ours = marker.head == commit || release_commit(&git.commit(commit)?) == Some(marker);
    Ok(ours.then_some(OurTag { name, object, commit, marker }))
}
