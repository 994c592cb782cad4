//! `notify/status`: a commit status on the released commit that leads to the release.
//!
//! Best effort: the release is complete by now, so nothing that goes wrong here can make the run fail.

use super::followed::{put_up_with, release_url};
use crate::assets::forge_failure;
use crate::commit::objects::Objects;
use crate::refs::package;
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_model::Failure;
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::text::one_line;
use bowline_port::forge::ForgeError;
use bowline_port::forge::checks::CheckState;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Status;

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Said {
    /// Where the status leads; none when it could not be set.
    pub url: Option<String>,
    /// Why it could not be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Step for Status {
    type Receipt = Said;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "notify/status",
        stage: Stage::Notify,
        effect: Effect::Recorded,
        needs: &["commit/objects", "verify/release"],
        tools: &[],
        summary: "set a status on the released commit",
    };

    fn decide(&self, plan: &Plan) -> Verdict {
        match &plan.requirements.follow_up {
            Some(wanted) if wanted.status => Verdict::Run,
            _ => Verdict::Skip { reason: SkipReason::NotConfigured },
        }
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Said>, Failure> {
        // What cannot be read is set once more: the newest counts, and equal ones do no harm.
        Ok(match there(cx) {
            Ok(Some(url)) => Probe::Present(Said { url: Some(url), problem: None }),
            Ok(None) | Err(_) => Probe::Absent,
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Said, Failure> {
        match set(cx) {
            Ok(url) => Ok(Said { url: Some(url), problem: None }),
            Err(failure) => {
                let problem = put_up_with(failure)?;
                cx.warn("status_not_set", format!("the released commit has no status: {problem}"));
                Ok(Said { url: None, problem: Some(problem) })
            }
        }
    }
}

/// Where the status leads, when it is there and leads to the release.
fn there(cx: &Cx<'_>) -> Result<Option<String>, Failure> {
    let Some(checks) = cx.readers.forge.checks() else { return Ok(None) };
    let (commit, url) = (cx.receipt::<Objects>()?.commit, release_url(cx)?);
    let said = checks.of_commit(commit).map_err(forge_failure)?.unwrap_or_default();
    let is_ours = said.iter().any(|check| {
        check.app.is_none()
            && check.name == NAME
            && check.state == CheckState::Passed
            && check.url.as_ref() == Some(&url)
    });
    Ok(is_ours.then_some(url))
}

fn set(cx: &Cx<'_>) -> Result<String, Failure> {
    let forge = &cx.doors.forge;
    let statuses = forge.statuses().ok_or_else(|| forge_failure(ForgeError::Unsupported(forge.kind())))?;
    let url = release_url(cx)?;
    let description = format!("Released as {}", package(cx.plan)?.tag);
    let commit = cx.receipt::<Objects>()?.commit;
    statuses.succeed(commit, NAME, &one_line(&description, DESCRIPTION), &url).map_err(forge_failure)?;
    Ok(url)
}

const NAME: &str = "bowline/release";
/// The longest line that GitHub takes, in characters.
const DESCRIPTION: usize = 140;
