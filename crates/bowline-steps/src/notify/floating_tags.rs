//! `notify/floating-tags`: moves `v1` and `v1.2` to the release, once it is public and verified.
//!
//! Each moves from the exact value that was seen, and only forward: from a lower version of ours, or from a commit that the
//! release contains. One that is somewhere else, or that has a release of its own, is left where it is and named. They
//! point at the released commit and not at the tag object, which has another name inside.
//!
//! It cannot be taken back: whoever fetched a moved tag has it. So it comes after everything that could still fail.

use crate::assets::forge_failure;
use crate::commit::objects::Objects;
use crate::objects::bring;
use crate::refs::{self, git_failure, package, version_of};
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_model::git::TagName;
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::git::{PushError, RefUpdate, Reference};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct FloatingTags;

/// Where they are now.
#[derive(Debug, Serialize, Deserialize)]
pub struct Moved {
    /// Those that stand on the release.
    pub at_release: Vec<String>,
    /// Those that were left where they are.
    pub elsewhere: Vec<String>,
}

impl Step for FloatingTags {
    type Receipt = Moved;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "notify/floating-tags",
        stage: Stage::Notify,
        effect: Effect::Irreversible,
        needs: &["commit/objects", "verify/release"],
        tools: &["git"],
        summary: "move the floating tags to the release",
    };

    fn decide(&self, plan: &Plan) -> Verdict {
        match plan.requirements.publish.floating_tags.is_empty() {
            true => Verdict::Skip { reason: SkipReason::NotConfigured },
            false => Verdict::Run,
        }
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Moved>, Failure> {
        // Whoever takes a release back asks every step, and one that has nothing to move is done: but not before there is
        // something to follow.
        let all = refs::all(cx)?;
        if !is_released(cx, &all)? {
            return Ok(Probe::Absent);
        }
        let survey = survey(cx, &all)?;
        Ok(match survey.updates.as_slice() {
            [] => Probe::Present(survey.moved),
            _ => Probe::Absent,
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Moved, Failure> {
        let Survey { updates, mut moved } = survey(cx, &refs::all(cx)?)?;
        for update in updates {
            // One by one: that one cannot move is no reason for the others to stay behind.
            match &cx.settings.remote {
                Some(remote) => {
                    cx.doors
                        .git
                        .push(remote, std::slice::from_ref(&update))
                        .map_err(|error| refused(&update, &error))?;
                    follow_here(cx, &update);
                }
                None => cx.doors.git.update_reference(&update).map_err(git_failure)?,
            }
            moved.at_release.push(short(&update.name));
        }
        Ok(moved)
    }
}

/// Moves the local tag as well, when it stood where the remote's did: git fetches no tag over another one. Nobody but this
/// checkout sees it, so one that cannot be moved is nothing to stop for.
fn follow_here(cx: &Cx<'_>, update: &RefUpdate) {
    let Ok(tags) = cx.readers.git.references("refs/tags/") else { return };
    let here = tags.into_iter().find(|tag| tag.name == update.name).map(|tag| tag.object);
    if here == update.old {
        let _ = cx.doors.git.update_reference(update);
    }
}

/// Whether the release that they follow is public, found without what an attempt has left.
fn is_released(cx: &Cx<'_>, all: &[Reference]) -> Result<bool, Failure> {
    let name = package(cx.plan)?.tag.full();
    all.iter().find(|reference| reference.name == name).map_or(Ok(false), |tag| refs::is_our_tag(cx, tag))
}

/// What is to be moved, and where the others are.
struct Survey {
    updates: Vec<RefUpdate>,
    moved: Moved,
}

/// What a floating tag needs.
enum Next {
    /// Nothing: it is there.
    Stay,
    /// It moves, from here.
    From(Option<Oid>),
    /// It stays somewhere else, because of this.
    Leave(String),
}

fn survey(cx: &Cx<'_>, all: &[Reference]) -> Result<Survey, Failure> {
    let commit = cx.receipt::<Objects>()?.commit;
    let mut survey = Survey { updates: Vec::new(), moved: Moved { at_release: Vec::new(), elsewhere: Vec::new() } };
    for tag in &cx.plan.requirements.publish.floating_tags {
        match next(cx, all, tag, commit)? {
            Next::Stay => survey.moved.at_release.push(tag.to_string()),
            Next::From(old) => survey.updates.push(RefUpdate { name: tag.full(), old, new: commit }),
            Next::Leave(why) => {
                cx.warn("floating_tag_left", format!("floating tag {tag} stays where it is: {why}"));
                survey.moved.elsewhere.push(tag.to_string());
            }
        }
    }
    Ok(survey)
}

fn next(cx: &Cx<'_>, all: &[Reference], tag: &TagName, commit: Oid) -> Result<Next, Failure> {
    let Some(there) = all.iter().find(|reference| reference.name == tag.full()) else { return Ok(Next::From(None)) };
    if there.peeled == commit {
        return Ok(Next::Stay);
    }
    let package = package(cx.plan)?;
    let versions = all.iter().filter(|reference| reference.peeled == there.peeled);
    let names = versions.filter_map(|reference| reference.name.strip_prefix("refs/tags/"));
    let now = names.filter_map(|name| version_of(package, name)).max();
    let is_forward = match &now {
        Some(now) => *now < package.next,
        None => {
            bring(cx, there.peeled, &there.name)?;
            cx.readers.git.is_ancestor(there.peeled, commit).map_err(git_failure)?
        }
    };
    if !is_forward {
        let what = now.map_or_else(|| "a commit that is not part of it".to_owned(), |now| now.to_string());
        return Ok(Next::Leave(format!("it stands on {what}")));
    }
    if cx.readers.forge.published(tag).map_err(forge_failure)?.is_some() {
        return Ok(Next::Leave("it has a release of its own".to_owned()));
    }
    Ok(Next::From(Some(there.object)))
}

fn refused(update: &RefUpdate, error: &PushError) -> Failure {
    let tag = short(&update.name);
    match error {
        PushError::Stale { .. } => Failure::from_error(FailureKind::Failed, "floating_tag_moved", error)
            .hint("somebody moves it as well; `bowline resume` looks at it again"),
        PushError::Rejected { .. } => Failure::from_error(FailureKind::Failed, "floating_tag_refused", error).hint(
            format!("let this identity move tag {tag}, or take it out of `floating_tags`; then `bowline resume`"),
        ),
        PushError::NotAtomic | PushError::NotSent { .. } => {
            Failure::from_error(FailureKind::Failed, "remote_unreachable", error)
                .hint("check the connection and your access, then `bowline resume`")
        }
        PushError::Unknown { .. } => Failure::from_error(FailureKind::Failed, "push_unanswered", error)
            .hint("run `bowline resume`: it looks whether the push arrived")
            .unknown(),
    }
}

fn short(name: &str) -> String {
    name.trim_start_matches("refs/tags/").to_owned()
}
