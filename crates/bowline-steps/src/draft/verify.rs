//! `draft/verify`: the draft holds exactly the set, by digest, before anything irreversible happens.

use super::create::{current_now, expected};
use super::upload::Upload;
use crate::assets::{assets_differ, forge_failure};
use bowline_engine::{Check, Look, StepMeta};
use bowline_model::plan::Plan;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Verify;

/// What was found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Verified {
    /// Assets whose digests were compared.
    pub assets: u64,
}

impl Check for Verify {
    type Receipt = Verified;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "draft/verify",
        stage: Stage::Draft,
        effect: Effect::Observe,
        needs: &["commit/objects", "build/manifest", "draft/upload"],
        tools: &[],
        summary: "verify the whole set in the draft",
    };
    const RECHECK: bool = true;

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn check(&self, look: &Look<'_>) -> Result<Verified, Failure> {
        let uploaded = look.receipt::<Upload>()?;
        let Some(release) = current_now(look)? else {
            return Err(Failure::new(FailureKind::Failed, "release_vanished", "the draft is gone")
                .hint("run the same command again"));
        };
        let difference = expected(look)?.compare(look.readers.forge.as_ref(), &release).map_err(forge_failure)?;
        if difference.is_none() || seeded(Bug::SkipReadBack) {
            return Ok(Verified { assets: uploaded.assets.len() as u64 });
        }
        if !difference.different.is_empty() || !difference.extra.is_empty() {
            return Err(assets_differ(&release, &difference));
        }
        Err(Failure::new(
            FailureKind::Failed,
            "draft_differs",
            format!("the draft of {} is not what was uploaded: {difference}", release.tag),
        )
        .hint("run the same command again; if it happens again, something else writes to this draft"))
    }
}
