//! How the branch on the remote and the head relate.
//!
//! The one question with consequences is whether extra history on the remote begins with a release commit of ours
//! made for this very head: then it *is* the release to go on with, and not somebody else's change.

use crate::ours;
use crate::refs::{Refs, RefsError, Source};
use bowline_model::Oid;
use bowline_model::facts::{CommitFact, RemoteRelation};
use bowline_model::git::{BranchName, Marker};
use bowline_model::text::one_line;
use bowline_port::git::{GitError, GitReader};

/// Compares `head` with `branch` as `refs` have it, fetching the branch's commits when they are not here.
pub(crate) fn relate(
    git: &dyn GitReader,
    refs: &Refs,
    branch: &BranchName,
    head: Oid,
) -> Result<RemoteRelation, RefsError> {
    if *refs.source() == Source::Memory {
        return Ok(RemoteRelation::Unknown);
    }
    let Some(tip) = refs.tip(branch) else { return Ok(RemoteRelation::Absent) };
    if tip == head {
        return Ok(RemoteRelation::Equal);
    }
    refs.bring(git, &[(branch.full(), tip)])?;
    if git.is_ancestor(tip, head)? {
        let own = git.commits(head, &[tip])?;
        return Ok(RemoteRelation::Behind(own.iter().map(|commit| (commit.oid, subject(commit))).collect()));
    }
    if !git.is_ancestor(head, tip)? {
        return Ok(RemoteRelation::Diverged(tip));
    }
    Ok(match release_of(git, head, tip)? {
        Some((commit, marker)) => RemoteRelation::OurRelease { commit, marker },
        None => RemoteRelation::Ahead(tip),
    })
}

/// The release commit of ours directly on `head`, among what leads from it to `tip`.
fn release_of(git: &dyn GitReader, head: Oid, tip: Oid) -> Result<Option<(Oid, Marker)>, GitError> {
    for commit in git.commits(tip, &[head])?.iter().rev() {
        if let Some(marker) = ours::listed_release_commit(git, commit)?.filter(|marker| marker.head == head) {
            return Ok(Some((commit.oid, marker)));
        }
    }
    Ok(None)
}

fn subject(commit: &CommitFact) -> String {
    let message = String::from_utf8_lossy(&commit.message);
    one_line(message.trim_start().lines().next().unwrap_or_default(), SUBJECT_LENGTH).into_owned()
}

const SUBJECT_LENGTH: usize = 72;
