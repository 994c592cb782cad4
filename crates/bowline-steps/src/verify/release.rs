//! `verify/release`: reads the published release as anybody would, downloads every asset, and compares bytes.

use crate::assets::{download_digest, forge_failure, release_differs};
use crate::commit::objects::Objects;
use crate::draft::create::{expected, published};
use crate::refs::{self, package};
use bowline_engine::{Check, Look, StepMeta};
use bowline_model::plan::Plan;
use bowline_model::release::ReleasedAsset;
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Verify;

/// What a reader gets.
#[derive(Debug, Serialize, Deserialize)]
pub struct Verified {
    /// Where the release is.
    pub url: String,
    /// Every asset, as downloaded.
    pub assets: Vec<ReleasedAsset>,
}

impl Check for Verify {
    type Receipt = Verified;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "verify/release",
        stage: Stage::Verify,
        effect: Effect::Observe,
        needs: &["commit/objects", "build/manifest", "publish/release"],
        tools: &[],
        summary: "download and verify the release",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn check(&self, look: &Look<'_>) -> Result<Verified, Failure> {
        let forge = look.readers.forge.as_ref();
        let objects = look.receipt::<Objects>()?;
        let tag = &package(look.plan)?.tag;
        if refs::read(look)?.tag.map(|tag| tag.object) != Some(objects.tag) {
            return Err(release_differs(format!("tag {tag} is not the one that was pushed")));
        }
        let Some(release) = published(look)? else {
            return Err(Failure::new(
                FailureKind::Failed,
                "not_visible_yet",
                format!("release {tag} is published and cannot be seen yet"),
            )
            .hint("run `bowline resume` in a while"));
        };
        let set = expected(look)?;
        let difference = set.compare(forge, &release).map_err(forge_failure)?;
        if !difference.is_none() {
            return Err(release_differs(format!("release {tag} does not hold what was published: {difference}")));
        }
        let mut assets = Vec::new();
        for artifact in &set.assets {
            if download_digest(forge, &release, &artifact.name).map_err(forge_failure)? != artifact.sha256 {
                return Err(release_differs(format!(
                    "{} of release {tag} downloads with other bytes than were published",
                    artifact.name
                )));
            }
            let url = release.asset(&artifact.name).map(|asset| asset.url.clone()).unwrap_or_default();
            assets.push(ReleasedAsset {
                name: artifact.name.clone(),
                size: artifact.size,
                sha256: artifact.sha256,
                url,
            });
        }
        Ok(Verified { url: release.url, assets })
    }
}
