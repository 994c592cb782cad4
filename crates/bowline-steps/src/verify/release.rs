//! `verify/release`: reads the published release as anybody would, downloads every asset, and compares bytes.
//!
//! What was published this moment may not be everywhere yet, so what is not found is looked for again for a while.

use crate::assets::{download_digest, forge_failure, release_differs};
use crate::commit::objects::Objects;
use crate::draft::create::{expected, published};
use crate::refs::{self, package};
use bowline_engine::{Check, Look, StepMeta};
use bowline_model::plan::Plan;
use bowline_model::release::ReleasedAsset;
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use bowline_port::forge::ForgeError;
use serde::{Deserialize, Serialize};
use std::time::Duration;

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

/// What one look came to.
enum Seen {
    All(Verified),
    /// In words, what is not there.
    NotYet(String),
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
        let mut waits = WAITS.iter();
        loop {
            let missing = match seen(look)? {
                Seen::All(verified) => return Ok(verified),
                Seen::NotYet(missing) => missing,
            };
            let Some(wait) = waits.next() else {
                return Err(Failure::new(
                    FailureKind::Failed,
                    "not_visible_yet",
                    format!("{missing} is published and cannot be seen yet"),
                )
                .hint("run `bowline resume` in a while"));
            };
            look.readers.clock.sleep(*wait);
        }
    }
}

fn seen(look: &Look<'_>) -> Result<Seen, Failure> {
    let forge = look.readers.forge.as_ref();
    let objects = look.receipt::<Objects>()?;
    let tag = &package(look.plan)?.tag;
    if refs::read(look)?.tag.map(|tag| tag.object) != Some(objects.tag) {
        return Err(release_differs(format!("tag {tag} is not the one that was pushed")));
    }
    let Some(release) = published(look)? else { return Ok(Seen::NotYet(format!("release {tag}"))) };
    let set = expected(look)?;
    let difference = set.compare(forge, &release).map_err(forge_failure)?;
    if !difference.is_none() {
        return Err(release_differs(format!("release {tag} does not hold what was published: {difference}")));
    }
    let mut assets = Vec::new();
    for artifact in &set.assets {
        let name = &artifact.name;
        let arrived = match download_digest(forge, &release, name) {
            // It is listed, so it will be there.
            Err(ForgeError::Missing { .. }) => return Ok(Seen::NotYet(format!("{name} of release {tag}"))),
            arrived => arrived.map_err(forge_failure)?,
        };
        if arrived != artifact.sha256 {
            return Err(release_differs(format!(
                "{name} of release {tag} downloads with other bytes than were published"
            )));
        }
        let url = release.asset(name).map(|asset| asset.url.clone()).unwrap_or_default();
        assets.push(ReleasedAsset { name: name.clone(), size: artifact.size, sha256: artifact.sha256, url });
    }
    Ok(Seen::All(Verified { url: release.url, assets }))
}

/// Half a minute in all.
const WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];
