//! The release commit and the tag of a plan, before anybody writes them.
//!
//! They are a function of the plan, so their ids can be computed by whoever holds it. That is how a release is
//! recognised: not by what a message claims, but by being the very object that the plan makes.

use crate::files::{self, git_failure};
use bowline_engine::Look;
use bowline_model::plan::{PackagePlan, Plan};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::git::{NewCommit, NewTag};

/// The only package of a plan that has something to release.
pub fn package(plan: &Plan) -> Result<&PackagePlan, Failure> {
    plan.packages.first().ok_or_else(|| Failure::new(FailureKind::Internal, "empty_plan", "the plan releases nothing"))
}

/// Ids of the released commit and of the tag.
pub fn expected(look: &Look<'_>) -> Result<(Oid, Oid), Failure> {
    let git = &look.readers.git;
    let commit = match new_commit(look)? {
        Some(new) => git.commit_id(&new).map_err(git_failure)?,
        None => look.plan.repository.head,
    };
    Ok((commit, git.tag_id(&new_tag(look, commit)?).map_err(git_failure)?))
}

/// The release commit; none when no file changes.
pub fn new_commit(look: &Look<'_>) -> Result<Option<NewCommit>, Failure> {
    let Some(message) = &look.plan.commit_message else { return Ok(None) };
    let declared = files::declared(look.readers.git.as_ref(), look.plan)?;
    Ok(Some(NewCommit {
        parent: look.plan.repository.head,
        files: declared.into_iter().map(|file| (file.path, file.after)).collect(),
        message: look.marker.append_to(message),
        identity: look.plan.identity.clone(),
        time: look.plan.created,
    }))
}

/// The tag.
pub fn new_tag(look: &Look<'_>, target: Oid) -> Result<NewTag, Failure> {
    let package = package(look.plan)?;
    Ok(NewTag {
        target,
        name: package.tag.clone(),
        message: look.marker.append_to(&package.tag_message),
        identity: look.plan.identity.clone(),
        time: look.plan.created,
    })
}
