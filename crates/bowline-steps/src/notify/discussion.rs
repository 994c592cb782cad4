//! `notify/discussion`: opens a discussion about the release, once it is public and verified.
//!
//! It is best effort: what comes of it is said, and never the reason that a release fails. A release has one discussion, so
//! looking at the release tells whether it is there.

use super::followed::put_up_with;
use crate::assets::forge_failure;
use crate::draft::create::published;
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_model::Failure;
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_port::forge::{ForgeError, Release};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Discussion;

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Opened {
    /// Where it is; none when it could not be opened.
    pub url: Option<String>,
}

impl Step for Discussion {
    type Receipt = Opened;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "notify/discussion",
        stage: Stage::Notify,
        effect: Effect::Recorded,
        needs: &["verify/release"],
        tools: &[],
        summary: "open a discussion about the release",
    };

    fn decide(&self, plan: &Plan) -> Verdict {
        match plan.requirements.publish.discussion {
            None => Verdict::Skip { reason: SkipReason::NotConfigured },
            Some(_) => Verdict::Run,
        }
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Opened>, Failure> {
        // What cannot be seen is tried, and then said.
        let (Some(discussions), Ok(Some(release))) = (cx.doors.forge.discussions(), published(cx)) else {
            return Ok(Probe::Absent);
        };
        Ok(match discussions.discussed(&release) {
            Ok(Some(url)) => Probe::Present(Opened { url: Some(url) }),
            Ok(None) | Err(_) => Probe::Absent,
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Opened, Failure> {
        let Some(category) = &cx.plan.requirements.publish.discussion else {
            return Ok(left_out(cx, "no category is set"));
        };
        match published(cx) {
            Ok(Some(release)) => open(cx, &release, category),
            Ok(None) => Ok(left_out(cx, "the release is not to be seen")),
            Err(failure) => Ok(left_out(cx, &put_up_with(failure)?)),
        }
    }
}

fn open(cx: &Cx<'_>, release: &Release, category: &str) -> Result<Opened, Failure> {
    let Some(discussions) = cx.doors.forge.discussions() else {
        return Ok(left_out(cx, &format!("{} has none", cx.readers.forge.location())));
    };
    Ok(match discussions.discuss(release, category) {
        Ok(url) => Opened { url: Some(url) },
        Err(ForgeError::Missing { what }) => left_out(cx, &format!("there is no {what}")),
        Err(error) => left_out(cx, &put_up_with(forge_failure(error))?),
    })
}

fn left_out(cx: &Cx<'_>, why: &str) -> Opened {
    cx.warn("discussion_not_opened", format!("no discussion was opened about the release: {why}"));
    Opened { url: None }
}
