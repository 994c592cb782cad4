//! `push/refs`: moves the branch and creates the tag, both at once or neither, each from the exact value it was
//! planned for. The point of no return.
//!
//! Nothing is ever forced: the branch only moves from the tip that was seen (an ancestor of the release), the tag
//! only comes into being. A lost answer is no failure: looking tells what happened, and pushing the same objects
//! again is the same push.
//!
//! Where the forge has made the commit, it also moves the branch (see `by_forge`); the tag follows by a push of its own.

use super::{by_forge, rules};
use crate::commit::objects::ReleaseObjects;
use crate::gate::remote::RemoteError;
use crate::objects::{self, made_by_forge};
use crate::publish::burned;
use crate::refs::{self, BranchState, Refs as Now, git_failure, package};
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_ledger::lock::LOCK_LOST;
use bowline_model::plan::Plan;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::git::{PushError, RefUpdate, Reference};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Refs;

/// What is public now.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pushed {
    /// The remote; none when the repository has none.
    pub remote: Option<String>,
    /// The released commit.
    pub commit: Oid,
    /// The tag.
    pub tag: String,
    /// The tag object.
    pub tag_object: Oid,
}

impl Step for Refs {
    type Receipt = Pushed;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "push/refs",
        stage: Stage::Push,
        effect: Effect::Irreversible,
        needs: &["commit/objects"],
        tools: &["git"],
        summary: "push branch and tag at once",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn preflight(&self, cx: &Cx<'_>) -> Result<(), Failure> {
        let Some(remote) = &cx.settings.remote else { return Ok(()) };
        let now = refs::read(cx)?;
        // The objects of the release do not exist yet; the planned head stands in for them, and where the branch is
        // there already nothing would move, so only access is asked.
        let probe = RefUpdate {
            name: cx.plan.repository.branch.full(),
            old: now.branch,
            new: now.branch.unwrap_or(cx.plan.repository.head),
        };
        let able = match cx.doors.git.push_dry_run(remote, &[probe]) {
            Ok(()) | Err(PushError::Stale { .. }) => Ok(()),
            Err(error) => Err(Failure::from_error(FailureKind::Missing, "push_not_possible", &error)
                .hint(format!("make sure that you may push: git push --dry-run {remote} HEAD"))),
        };
        // Rules are not asked by a dry run, and whoever cannot push wants to hear of them all the same.
        match (able, rules::ask(cx, remote, &now)) {
            (Err(able), Err(ruled)) => Err(rules::both(able, ruled)),
            (able, ruled) => able.and(ruled),
        }
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Pushed>, Failure> {
        let now = refs::read(cx)?;
        let Some(objects) = expected(cx)? else {
            // Nothing can have moved to a commit that nobody has made.
            return now.tag.map_or(Ok(Probe::Absent), |tag| Ok(Probe::Conflict(tag_taken(cx, &tag)?)));
        };
        if let Some(tag) = &now.tag
            && tag.object != objects.tag
        {
            return Ok(Probe::Conflict(tag_taken(cx, tag)?));
        }
        let branch = match branch_move(cx, &now, objects)? {
            Move::Done => true,
            Move::From(_) => false,
            // Our tag is public: whatever became of the branch, this release is not undone any more.
            Move::Blocked(_) if now.tag.is_some() => false,
            Move::Blocked(failure) => return Ok(Probe::Conflict(failure)),
        };
        Ok(match (branch, now.tag.is_some()) {
            (true, true) if by_forge::is_staged(cx)? => Probe::Partial("the staging branch is left".to_owned()),
            (true, true) => Probe::Present(pushed(cx, objects)?),
            (true, false) if cx.plan.commit_message.is_some() => {
                Probe::Partial("the branch has the release commit, its tag is missing".to_owned())
            }
            (false, true) => Probe::Partial("the tag is there, the branch lacks its commit".to_owned()),
            _ => Probe::Absent,
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Pushed, Failure> {
        let objects = expected(cx)?.ok_or_else(by_forge::vanished)?;
        let now = refs::read(cx)?;
        let mut updates = Vec::new();
        match &now.tag {
            None => updates.push(RefUpdate { name: package(cx.plan)?.tag.full(), old: None, new: objects.tag }),
            Some(tag) if tag.object != objects.tag => return Err(tag_taken(cx, tag)?),
            Some(_) => {}
        }
        let update = |old| RefUpdate { name: cx.plan.repository.branch.full(), old, new: objects.commit };
        match branch_move(cx, &now, objects)? {
            Move::Done => {}
            Move::From(old) if made_by_forge(cx.plan) => {
                let moved = by_forge::move_branch(cx, &update(old));
                moved.or_else(|failure| if has_moved(cx, objects)? { Ok(()) } else { Err(failure) })?;
            }
            Move::From(old) => updates.insert(0, update(old)),
            Move::Blocked(failure) => return Err(failure),
        }
        let sent = send(cx, &updates, objects);
        if made_by_forge(cx.plan) {
            // The branch has moved: whatever the tag's push came to, something is public.
            sent.map_err(Failure::unknown)?;
            by_forge::tidy_up(cx);
        } else {
            sent?;
        }
        pushed(cx, objects)
    }
}

/// Pushes `updates` at once.
fn send(cx: &Cx<'_>, updates: &[RefUpdate], objects: ReleaseObjects) -> Result<(), Failure> {
    let Some(remote) = &cx.settings.remote else {
        return updates.iter().try_for_each(|update| cx.doors.git.update_reference(update).map_err(git_failure));
    };
    // Completed in between: nothing is sent.
    if updates.is_empty() {
        return Ok(());
    }
    let carried = cx.hold.sending(Some(remote))?;
    let all = [updates, carried.as_slice()].concat();
    match cx.doors.git.push(remote, &all) {
        Ok(()) => cx.hold.sent(),
        // What moved may be this very release: an earlier push that arrived late, or another machine's.
        Err(PushError::Stale { .. } | PushError::Rejected { .. })
            if !seeded(Bug::RefusalIsFailure) && in_place(cx, objects).map_err(Failure::unknown)? => {}
        Err(error @ PushError::Stale { .. }) if blames(&error, &carried) => return Err(lock_lost(cx, &error)),
        Err(error) => return Err(push_failure(cx, error)),
    }
    Ok(())
}

/// The objects that must be in place, found without what an attempt has left; none when the forge has not made them.
fn expected(cx: &Cx<'_>) -> Result<Option<ReleaseObjects>, Failure> {
    Ok(objects::expected(cx)?.map(|(commit, tag)| ReleaseObjects { commit, tag }))
}

/// What the branch needs.
enum Move {
    /// It contains the released commit.
    Done,
    /// It moves from here (none: it comes into being).
    From(Option<Oid>),
    /// It holds commits of others that the released commit lacks: a lease would let those be overwritten, so this is
    /// looked at right here, whatever the gates said before.
    Blocked(Failure),
}

fn branch_move(cx: &Cx<'_>, now: &Now, objects: ReleaseObjects) -> Result<Move, Failure> {
    if now.branch == Some(objects.commit) {
        return Ok(Move::Done);
    }
    if cx.plan.promotes.is_some() {
        // A promotion moves no branch: with its tag in place, nothing of the branch concerns it any more.
        let done = now.tag.is_some() || refs::is_on_branch(cx, now.branch)?;
        return Ok(if done { Move::Done } else { Move::Blocked(not_there(cx)) });
    }
    let on_head = objects.commit == cx.plan.repository.head;
    Ok(match refs::branch_state(cx, now.branch)? {
        BranchState::Released => Move::Done,
        BranchState::Ahead(_) if on_head => Move::Done,
        BranchState::Behind(_) | BranchState::Absent if made_by_forge(cx.plan) => Move::Blocked(not_there(cx)),
        BranchState::AtHead | BranchState::Behind(_) | BranchState::Absent => Move::From(now.branch),
        BranchState::Ahead(tip) | BranchState::Diverged(tip) => Move::Blocked(
            Failure::new(
                FailureKind::Conflict,
                "remote_moved",
                format!("branch {} has moved to {tip} on the remote", cx.plan.repository.branch),
            )
            .hint("update and plan again: git pull --ff-only && bowline plan"),
        ),
    })
}

/// Whether branch and tag are where this release wants them.
fn in_place(cx: &Cx<'_>, objects: ReleaseObjects) -> Result<bool, Failure> {
    let now = refs::read(cx)?;
    let tag = now.tag.as_ref().is_some_and(|tag| tag.object == objects.tag);
    Ok(tag && matches!(branch_move(cx, &now, objects)?, Move::Done))
}

/// Whether the branch is where this release wants it: an earlier request may have arrived late.
fn has_moved(cx: &Cx<'_>, objects: ReleaseObjects) -> Result<bool, Failure> {
    let now = refs::read(cx).map_err(Failure::unknown)?;
    Ok(matches!(branch_move(cx, &now, objects).map_err(Failure::unknown)?, Move::Done))
}

/// The commit stands on the planned head, or is that, which has to be on the branch: it is moved forward from there, or not at
/// all.
fn not_there(cx: &Cx<'_>) -> Failure {
    let (branch, head) = (&cx.plan.repository.branch, cx.plan.repository.head.short());
    Failure::new(FailureKind::Conflict, "remote_moved", format!("branch {branch} does not have {head} on the remote"))
        .hint("push the branch, and plan again: bowline plan")
}

fn tag_taken(cx: &Cx<'_>, tag: &Reference) -> Result<Failure, Failure> {
    let remote = cx.settings.remote.clone().unwrap_or_else(|| ".".to_owned());
    let name = package(cx.plan)?.tag.to_string();
    let promoting = cx.plan.promotes.is_some();
    Ok(RemoteError::TagTaken { tag: name, commit: tag.peeled, remote, promoting }.into())
}

fn pushed(cx: &Cx<'_>, objects: ReleaseObjects) -> Result<Pushed, Failure> {
    Ok(Pushed {
        remote: cx.settings.remote.clone(),
        commit: objects.commit,
        tag: package(cx.plan)?.tag.to_string(),
        tag_object: objects.tag,
    })
}

/// Whether the remote refused because of one of `carried`.
fn blames(error: &PushError, carried: &[RefUpdate]) -> bool {
    matches!(error, PushError::Stale { reference } if carried.iter().any(|update| update.name == *reference))
}

fn lock_lost(cx: &Cx<'_>, error: &PushError) -> Failure {
    let hint = format!("another run took the lock over and goes on with this release; {}", moved(cx));
    Failure::from_error(FailureKind::Busy, LOCK_LOST, error).hint(hint)
}

/// What a definite no to this push says about the references.
fn moved(cx: &Cx<'_>) -> &'static str {
    if cx.unanswered {
        "an earlier push was not answered and may still arrive: `bowline resume` looks"
    } else {
        "nothing moved"
    }
}

pub(super) fn push_failure(cx: &Cx<'_>, error: PushError) -> Failure {
    match &error {
        PushError::Stale { .. } => Failure::from_error(FailureKind::Conflict, "remote_moved", &error)
            .hint("update and plan again: git pull --ff-only && bowline plan"),
        PushError::Rejected { reason, .. } if !cx.unanswered && burned::is_refused(cx, reason) => {
            burned::failure(cx, &error)
        }
        PushError::Rejected { reference, reason } => {
            let failure = Failure::from_error(FailureKind::Failed, "push_rejected", &error);
            let is_tag = |reference: &String| package(cx.plan).is_ok_and(|package| package.tag.full() == *reference);
            let choice = if *reference == cx.plan.repository.branch.full() {
                "let this identity bypass the branch's rule, or release from a branch without it".to_owned()
            } else if is_tag(reference) {
                "let this identity create this tag, or change the rule that protects it".to_owned()
            } else {
                // The lock that the push carries.
                format!("let this identity update {reference}, or choose another `backend` under `[state]`")
            };
            let failure = failure.hint(format!("{}; {choice}", moved(cx)));
            rules::choices(reason).into_iter().fold(failure, Failure::hint)
        }
        PushError::NotAtomic => Failure::from_error(FailureKind::Failed, "push_not_atomic", &error)
            .hint(format!("{}; Bowline does not push a branch and its tag one by one", moved(cx))),
        PushError::NotSent { .. } => Failure::from_error(FailureKind::Failed, "remote_unreachable", &error)
            .hint(format!("{}; check the connection and your access, then run the same command again", moved(cx))),
        PushError::Unknown { .. } => Failure::from_error(FailureKind::Failed, "push_unanswered", &error)
            .hint("run `bowline resume`: it looks whether the push arrived")
            .unknown(),
    }
}
