//! `commit/objects`: the release commit and the tag, as objects that nothing points to yet.
//!
//! Identity and dates come from the plan, so every machine and every attempt makes the same objects. Neither the
//! user's index nor any reference is touched; until the push these are unreachable bytes that git will clean up. A commit
//! that the forge makes is not made here: `commit/staged` had it made, and it is looked for.

use crate::objects::{self, made_by_forge, new_commit, new_tag};
use crate::refs::git_failure;
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind, Oid};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Objects;

/// The objects of the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseObjects {
    /// The released commit: the release commit, or the planned head when no file changes.
    pub commit: Oid,
    /// The annotated tag.
    pub tag: Oid,
}

impl Step for Objects {
    type Receipt = ReleaseObjects;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "commit/objects",
        stage: Stage::Commit,
        effect: Effect::Local,
        needs: &[],
        tools: &[],
        summary: "make the release commit and the tag",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<ReleaseObjects>, Failure> {
        let git = &cx.readers.git;
        let Some(commit) = objects::commit(cx)? else { return Ok(Probe::Absent) };
        let tag = objects::tag(cx, commit)?;
        let there = git.has_object(commit).map_err(git_failure)? && git.has_object(tag).map_err(git_failure)?;
        Ok(if there { Probe::Present(ReleaseObjects { commit, tag }) } else { Probe::Absent })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<ReleaseObjects, Failure> {
        let commit = match new_commit(cx)? {
            Some(_) if made_by_forge(cx.plan) => objects::commit(cx)?.ok_or_else(vanished)?,
            Some(new) => cx.doors.git.write_commit(&new).map_err(git_failure)?,
            None => cx.plan.repository.head,
        };
        let tag = cx.doors.git.write_tag(&new_tag(cx, commit)?).map_err(git_failure)?;
        Ok(ReleaseObjects { commit, tag })
    }
}

fn vanished() -> Failure {
    Failure::new(FailureKind::Failed, "staged_commit_vanished", "the commit that the forge has made is gone")
        .hint("somebody removed its branch: run the same command again")
}
