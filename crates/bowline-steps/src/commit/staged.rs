//! `commit/staged`: has the forge make the release commit on a branch of its own, so that it is signed without a key.
//!
//! What is built, tagged and uploaded names that commit, so it has to be there first. Its branch is called after the plan,
//! and belongs to nobody else. The commit is made once and found again; it counts only when it is the planned one in all
//! but dates, committer and signature. The branch goes when the release branch has moved to the commit, and on the way
//! back.

use crate::assets::{forge_failure, writable};
use crate::files::unreachable_remote;
use crate::objects::{self, bring, difference, made_by_forge, new_commit};
use crate::refs;
use bowline_engine::{Cx, Look, Probe, Step, StepMeta, Undid};
use bowline_model::plan::{Plan, PushWay};
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::forge::{Commits, StagedCommit};
use bowline_port::git::NewCommit;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Staged;

/// What the forge has made.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedObject {
    /// The release commit.
    pub commit: Oid,
}

impl Step for Staged {
    type Receipt = StagedObject;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "commit/staged",
        stage: Stage::Commit,
        effect: Effect::Reversible,
        needs: &[],
        tools: &["git"],
        summary: "have the forge make and sign the release commit",
    };

    fn decide(&self, plan: &Plan) -> Verdict {
        let reason = match plan.requirements.push {
            PushWay::Git => SkipReason::NotConfigured,
            PushWay::Api if plan.commit_message.is_none() => {
                SkipReason::NotApplicable { because: "no file changes".to_owned() }
            }
            PushWay::Api => return Verdict::Run,
        };
        Verdict::Skip { reason }
    }

    fn preflight(&self, cx: &Cx<'_>) -> Result<(), Failure> {
        // A run that stops before the draft writes here all the same.
        writable(cx.doors.forge.as_ref())?;
        able(cx).map(drop)
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<StagedObject>, Failure> {
        if let Some(commit) = objects::commit(cx)? {
            return Ok(Probe::Present(StagedObject { commit }));
        }
        Ok(match tip(cx)? {
            Some(_) => Probe::Partial("a staging branch without the planned commit".to_owned()),
            None => Probe::Absent,
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<StagedObject, Failure> {
        let commits = able(cx)?;
        let new = new_commit(cx)?
            .ok_or_else(|| Failure::new(FailureKind::Internal, "no_commit", "the plan has no release commit"))?;
        let branch = cx.marker.staging();
        if tip(cx)?.is_some_and(|tip| tip != new.parent) {
            // Not the planned commit, or looking would have found it; nobody else uses that name.
            remove(cx, commits, &branch)?;
        }
        let staged = StagedCommit {
            branch: branch.clone(),
            parent: new.parent,
            files: new.files.clone(),
            removed: new.removed.clone(),
            message: new.message.clone(),
        };
        let commit = commits.stage(&staged).map_err(forge_failure)?;
        bring(cx, commit, &branch)?;
        match difference(cx, commit, &new)? {
            None => Ok(StagedObject { commit }),
            Some(difference) => {
                remove(cx, commits, &branch)?;
                Err(differs(cx, &new, difference))
            }
        }
    }

    fn undo(&self, cx: &Cx<'_>) -> Result<Undid, Failure> {
        if tip(cx)?.is_none() {
            return Ok(Undid::Nothing);
        }
        remove(cx, able(cx)?, &cx.marker.staging())?;
        Ok(Undid::Effect)
    }
}

/// The forge's way to make commits.
pub fn able<'c>(cx: &Cx<'c>) -> Result<&'c dyn Commits, Failure> {
    cx.doors.forge.commits().ok_or_else(|| {
        let (kind, location) = (cx.readers.forge.kind(), cx.readers.forge.location());
        Failure::new(
            FailureKind::Config,
            "push_way_not_available",
            format!("the {kind} forge at {location} makes no commits, and `release.push` is \"api\""),
        )
        .hint("remove `push` under `[release]` in bowline.toml; only GitHub makes and signs commits")
    })
}

/// Where the staging branch stands; none when it is not there, or when there is nothing to stage.
pub fn tip(look: &Look<'_>) -> Result<Option<Oid>, Failure> {
    let Some(remote) = look.settings.remote.as_ref().filter(|_| made_by_forge(look.plan)) else { return Ok(None) };
    let branch = look.marker.staging();
    let all = look.readers.git.ls_remote(remote).map_err(unreachable_remote)?;
    Ok(all.into_iter().find(|reference| reference.name == branch).map(|reference| reference.object))
}

/// Whoever holds the lock by now may be using the branch for the same plan.
fn remove(cx: &Cx<'_>, commits: &dyn Commits, branch: &str) -> Result<(), Failure> {
    cx.hold.confirm()?;
    commits.unstage(branch).map_err(forge_failure)
}

fn differs(cx: &Cx<'_>, new: &NewCommit, difference: &str) -> Failure {
    let paths: Vec<&str> = new.files.iter().map(|(path, _)| path.as_str()).collect();
    Failure::new(
        FailureKind::Refused,
        "staged_commit_differs",
        format!("the commit that {} has made is not the planned one: it has {difference}", cx.readers.forge.location()),
    )
    .hint(format!("executable files lose that permission in this way: look at {}", refs::listed(&paths)))
    .hint("a rule that signs off commits made on the web adds a line of its own")
    .hint("nothing was released; without `push = \"api\"` under `[release]` the commit is made here")
}
