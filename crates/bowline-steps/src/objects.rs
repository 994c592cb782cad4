//! The release commit and the tag of a plan.
//!
//! Usually they are a function of the plan, so their ids can be computed by whoever holds it. That is how a release is
//! recognised: not by what a message claims, but by being the very object that the plan makes. A commit that the forge
//! makes has dates and a signature of the forge's, so its id cannot be computed. It is looked for where it can be: on the
//! release branch, under the tag, on its staging branch. The one commit counts that has the planned parent, the planned
//! tree and our trailers, and whose signature the forge takes to be valid.

use crate::files::{self, git_failure, unreachable_remote};
use bowline_engine::Look;
use bowline_model::git::Marker;
use bowline_model::plan::{PackagePlan, Plan, PushWay};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::forge::ForgeError;
use bowline_port::git::{NewCommit, NewTag, Reference};
use serde::Deserialize;

/// The only package of a plan that has something to release.
pub fn package(plan: &Plan) -> Result<&PackagePlan, Failure> {
    plan.packages.first().ok_or_else(|| Failure::new(FailureKind::Internal, "empty_plan", "the plan releases nothing"))
}

/// Whether the forge makes the release commit and moves the branch.
pub fn made_by_forge(plan: &Plan) -> bool {
    plan.requirements.push == PushWay::Api && plan.commit_message.is_some()
}

/// Ids of the released commit and of the tag; none when the forge makes the commit and has not yet. What this run has
/// found is not looked for again: whoever keeps the receipts looks again when somebody else may have made another one.
pub fn expected(look: &Look<'_>) -> Result<Option<(Oid, Oid)>, Failure> {
    let found = look.receipts.get::<Found>(FINDS).ok().filter(|_| made_by_forge(look.plan));
    match found.map_or_else(|| commit(look), |found| Ok(Some(found.commit)))? {
        Some(commit) => Ok(Some((commit, tag(look, commit)?))),
        None => Ok(None),
    }
}

/// Id of the released commit, found by looking; none when the forge makes it and has not yet.
pub fn commit(look: &Look<'_>) -> Result<Option<Oid>, Failure> {
    let Some(new) = new_commit(look)? else { return Ok(Some(look.plan.repository.head)) };
    match look.plan.requirements.push {
        PushWay::Git => look.readers.git.commit_id(&new).map(Some).map_err(git_failure),
        PushWay::Api => find(look, &new),
    }
}

/// Id of the tag on `commit`.
pub fn tag(look: &Look<'_>, commit: Oid) -> Result<Oid, Failure> {
    look.readers.git.tag_id(&new_tag(look, commit)?).map_err(git_failure)
}

/// The release commit; none when no file changes.
pub fn new_commit(look: &Look<'_>) -> Result<Option<NewCommit>, Failure> {
    let Some(message) = &look.plan.commit_message else { return Ok(None) };
    let (mut files, mut removed) = (Vec::new(), Vec::new());
    for file in files::declared(look.readers.git.as_ref(), look.plan)? {
        match file.after {
            Some(after) => files.push((file.path, after)),
            None => removed.push(file.path),
        }
    }
    Ok(Some(NewCommit {
        parent: look.plan.repository.head,
        files,
        removed,
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

/// Makes sure that the object behind a reference of the remote is here; no reference moves.
pub fn bring(look: &Look<'_>, oid: Oid, reference: &str) -> Result<(), Failure> {
    let git = &look.readers.git;
    match &look.settings.remote {
        Some(remote) if !git.has_object(oid).map_err(git_failure)? => {
            git.fetch(remote, &[reference.to_owned()]).map_err(unreachable_remote)
        }
        _ => Ok(()),
    }
}

/// In what `found`, a commit that is here, differs from the release commit `new`; none when it is it.
pub fn difference(look: &Look<'_>, found: Oid, new: &NewCommit) -> Result<Option<&'static str>, Failure> {
    let git = look.readers.git.as_ref();
    let there = git.commit(found).map_err(git_failure)?;
    Ok(if there.parents != [new.parent] {
        Some("another parent than the planned commit")
    } else if Marker::parse(&there.message) != Some(look.marker) {
        Some("a message that does not end in the lines that say which plan it is of")
    } else if there.tree != git.tree_id(new).map_err(git_failure)? {
        Some("other files than planned; permissions and links count")
    } else if !is_signed(look, found)? {
        Some("no signature that the forge takes to be valid")
    } else {
        None
    })
}

/// Looks for the release commit that the forge has made.
fn find(look: &Look<'_>, new: &NewCommit) -> Result<Option<Oid>, Failure> {
    let Some(remote) = &look.settings.remote else { return Ok(None) };
    let all = look.readers.git.ls_remote(remote).map_err(unreachable_remote)?;
    let named = |name: String| all.iter().find(|reference| reference.name == name);
    // What is public comes first: the staging branch may hold another one by then, when somebody made it twice.
    let mut candidates = match named(look.plan.repository.branch.full()) {
        Some(branch) => on_branch(look, branch)?,
        None => Vec::new(),
    };
    for reference in [named(package(look.plan)?.tag.full()), named(look.marker.staging())].into_iter().flatten() {
        bring(look, reference.peeled, &reference.name)?;
        candidates.push(reference.peeled);
    }
    for candidate in candidates {
        if difference(look, candidate, new)?.is_none() {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// The commits that claim to be it, on what leads from the planned head to the branch.
fn on_branch(look: &Look<'_>, branch: &Reference) -> Result<Vec<Oid>, Failure> {
    let (git, head) = (look.readers.git.as_ref(), look.plan.repository.head);
    bring(look, branch.object, &branch.name)?;
    if branch.object == head || !git.is_ancestor(head, branch.object).map_err(git_failure)? {
        return Ok(Vec::new());
    }
    let commits = git.commits(branch.object, &[head]).map_err(git_failure)?;
    let claims = commits.iter().filter(|commit| Marker::parse(&commit.message) == Some(look.marker));
    Ok(claims.map(|commit| commit.oid).collect())
}

fn is_signed(look: &Look<'_>, commit: Oid) -> Result<bool, Failure> {
    let Some(signatures) = look.readers.forge.signatures() else {
        return Err(Failure::new(
            FailureKind::Missing,
            "signature_unknown",
            format!("{} does not tell here whether commit {commit} is signed", look.readers.forge.location()),
        )
        .hint("give a token, for example in BOWLINE_TOKEN"));
    };
    signatures.is_signed(commit).map_err(|error: ForgeError| {
        let own = error.own_failure();
        own.unwrap_or_else(|| {
            Failure::from_error(FailureKind::Failed, "signature_unknown", &error).hint("run the same command again")
        })
    })
}

/// What is read of the receipt of the step that looks for the commit.
#[derive(Deserialize)]
struct Found {
    commit: Oid,
}

/// The step whose receipt says which commit it is; by name, because that step looks here.
const FINDS: &str = "commit/objects";
