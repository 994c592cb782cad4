//! `gate/remote`: the remote branch has not moved past the planned head, and the version's tag is free or ours.
//!
//! Asked when the run begins and again right before the push; the push itself carries a lease, so what happens in
//! between cannot slip through either.

use crate::objects::made_by_forge;
use crate::refs::{self, BranchState};
use bowline_engine::{Check, Look, StepMeta};
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind, Oid};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Remote;

/// What was found.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoteState {
    /// Where the release branch points; none when it does not exist.
    pub tip: Option<Oid>,
    /// How many local commits go out with the push.
    pub unpushed: u64,
    /// Whether the branch contains the release commit already.
    pub released: bool,
}

/// Why the remote stands in the way.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The tag belongs to something else.
    #[error("tag {tag} exists already, on commit {commit}, and was not made for this plan")]
    TagTaken {
        /// The tag.
        tag: String,
        /// The commit it stands on.
        commit: Oid,
        /// The remote, or `.` for this repository.
        remote: String,
        /// Whether a promotion wanted it.
        promoting: bool,
    },
    /// Newer commits are on the remote branch.
    #[error("branch {branch} has moved on to {tip} on the remote")]
    Superseded {
        /// The branch.
        branch: String,
        /// Its tip there.
        tip: Oid,
    },
    /// Both sides have commits the other lacks.
    #[error("branch {branch} and the planned head have diverged: the remote is at {tip}")]
    Diverged {
        /// The branch.
        branch: String,
        /// Its tip there.
        tip: Oid,
    },
    /// What is promoted is not on the branch.
    #[error("{tag}, on commit {}, is not part of branch {branch} on the remote", .commit.short())]
    NotMerged {
        /// The tag of the pre-release.
        tag: String,
        /// The commit it stands on.
        commit: Oid,
        /// The branch.
        branch: String,
        /// The remote, or `.` for this repository.
        remote: String,
    },
    /// Local commits would go out with the release.
    #[error("{} local commit{} not on the remote yet", .commits.len(), if .commits.len() == 1 { " is" } else { "s are" })]
    Unpushed {
        /// The commits, newest first.
        commits: Vec<(Oid, String)>,
        /// Whether they must be there before the release, because the forge makes the release commit on them.
        needs_head: bool,
        /// The branch.
        branch: String,
    },
    /// Looking failed.
    #[error(transparent)]
    Look(#[from] Failure),
}

impl From<RemoteError> for Failure {
    fn from(error: RemoteError) -> Self {
        match &error {
            RemoteError::TagTaken { tag, remote, promoting, .. } => {
                let failure = Self::from_error(FailureKind::Conflict, "tag_taken", &error)
                    .hint(format!("see what it is: git ls-remote --tags {remote} {tag}"));
                failure.hint(if *promoting {
                    "a promotion that was begun and cannot have its version any more is closed with `bowline abort`"
                } else {
                    "choose another version with `--version X`"
                })
            }
            RemoteError::Superseded { tip, .. } => Self::from_error(FailureKind::Conflict, "superseded", &error)
                .hint(format!("update and plan again: git pull --ff-only && bowline plan (the newer head is {tip})")),
            RemoteError::NotMerged { tag, branch, remote, .. } => {
                let push = if remote == "." { String::new() } else { format!(" && git push {remote} {branch}") };
                Self::from_error(FailureKind::Refused, "promotion_not_merged", &error)
                    .hint(format!("merge it first: git switch {branch} && git merge {tag}{push}"))
                    .hint("a promotion moves no branch, and the version belongs to the branch of its channel")
            }
            RemoteError::Diverged { .. } => Self::from_error(FailureKind::Conflict, "remote_diverged", &error)
                .hint("bring both together (git pull --rebase), then plan again"),
            RemoteError::Unpushed { commits, branch, needs_head } => {
                let mut failure = Self::from_error(FailureKind::Refused, "unpushed_commits", &error);
                failure.causes =
                    commits.iter().take(LISTED).map(|(oid, subject)| format!("{} {subject}", oid.short())).collect();
                if commits.len() > LISTED {
                    failure.causes.push(format!("… and {} more", commits.len() - LISTED));
                }
                let failure = failure.hint(format!("push first: git push (branch {branch})"));
                match needs_head {
                    true => {
                        failure.hint("with `release.push = \"api\"` the release commit is made on what the forge has")
                    }
                    false => failure.hint("or let them go out with the release: --yes"),
                }
            }
            RemoteError::Look(_) => match error {
                RemoteError::Look(failure) => failure,
                _ => Self::new(FailureKind::Internal, "unreachable", "an impossible gate error"),
            },
        }
    }
}

impl Check for Remote {
    type Receipt = RemoteState;
    type Error = RemoteError;
    const META: StepMeta = StepMeta {
        id: "gate/remote",
        stage: Stage::Gate,
        effect: Effect::Observe,
        needs: &[],
        tools: &["git"],
        summary: "the remote has not moved and the tag is free",
    };
    const RECHECK: bool = true;

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn check(&self, look: &Look<'_>) -> Result<RemoteState, RemoteError> {
        let now = refs::read(look)?;
        if let Some(tag) = &now.tag
            && !refs::is_our_tag(look, tag)?
        {
            let name = refs::package(look.plan)?.tag.to_string();
            let remote = look.settings.remote.clone().unwrap_or_else(|| ".".to_owned());
            let promoting = look.plan.promotes.is_some();
            return Err(RemoteError::TagTaken { tag: name, commit: tag.peeled, remote, promoting });
        }
        let branch = look.plan.repository.branch.to_string();
        let mut state = RemoteState { tip: now.branch, unpushed: 0, released: false };
        if let Some(promotion) = &look.plan.promotes {
            // Once the tag is public it stays, whatever becomes of the branch.
            if now.tag.is_none() && !refs::is_on_branch(look, now.branch)? {
                return Err(RemoteError::NotMerged {
                    tag: promotion.tag.to_string(),
                    commit: look.plan.repository.head,
                    branch,
                    remote: look.settings.remote.clone().unwrap_or_else(|| ".".to_owned()),
                });
            }
            return Ok(state);
        }
        match refs::branch_state(look, now.branch)? {
            BranchState::AtHead => {}
            BranchState::Released => state.released = true,
            BranchState::Absent => {
                let commits = look.readers.git.commits(look.plan.repository.head, &[]).map_err(refs::git_failure)?;
                let commits: Vec<_> = commits.iter().map(|c| (c.oid, refs::subject(&c.message))).collect();
                state.unpushed = self.unpushed(look, commits, branch)?;
            }
            BranchState::Behind(commits) => state.unpushed = self.unpushed(look, commits, branch)?,
            // A tag moves no branch: newer commits of others do not matter to it.
            BranchState::Ahead(_) if look.plan.commit_message.is_none() => {}
            BranchState::Ahead(tip) => return Err(RemoteError::Superseded { branch, tip }),
            BranchState::Diverged(tip) => return Err(RemoteError::Diverged { branch, tip }),
        }
        Ok(state)
    }
}

impl Remote {
    fn unpushed(&self, look: &Look<'_>, commits: Vec<(Oid, String)>, branch: String) -> Result<u64, RemoteError> {
        // A forge makes its commit on what it has.
        let needs_head = made_by_forge(look.plan);
        if (look.settings.push_local_commits && !needs_head) || look.settings.remote.is_none() {
            Ok(commits.len() as u64)
        } else {
            Err(RemoteError::Unpushed { commits, branch, needs_head })
        }
    }
}

/// Enough for a person to recognise what would go out.
const LISTED: usize = 10;
