//! `validate/artifacts`: the frozen set against what configuration demands and the forge accepts, before any byte is
//! uploaded.

use crate::assets::ReleaseSet;
use crate::build::manifest::Freeze;
use crate::commit::objects::Objects;
use bowline_engine::{Check, Look, StepMeta};
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Artifacts;

/// What was found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Checked {
    /// Assets in the release, ours included.
    pub assets: u64,
    /// Their bytes together.
    pub bytes: u64,
}

/// Why the set is not fit.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactsError {
    /// Too few.
    #[error("there are {found} artifacts and `artifacts.min` is {min}")]
    TooFew {
        /// How many there are.
        found: u64,
        /// The least.
        min: u64,
    },
    /// Too many.
    #[error("there are {found} {what} and at most {max} are allowed")]
    TooMany {
        /// How many there are.
        found: u64,
        /// `artifacts` or `assets`.
        what: &'static str,
        /// The most.
        max: u64,
    },
    /// Too large.
    #[error("{name} has {size} bytes and at most {max} are allowed")]
    TooLarge {
        /// Which.
        name: String,
        /// Its size.
        size: u64,
        /// The most.
        max: u64,
    },
    /// Nothing in it.
    #[error("{name} is empty")]
    Empty {
        /// Which.
        name: String,
    },
    /// Anything around it.
    #[error(transparent)]
    Around(#[from] Failure),
}

impl From<ArtifactsError> for Failure {
    fn from(error: ArtifactsError) -> Self {
        match error {
            ArtifactsError::Around(failure) => failure,
            _ => Self::from_error(FailureKind::Refused, "artifacts_invalid", &error)
                .hint("mend the build, or the limits under `[artifacts]` in bowline.toml; nothing was released"),
        }
    }
}

impl Check for Artifacts {
    type Receipt = Checked;
    type Error = ArtifactsError;
    const META: StepMeta = StepMeta {
        id: "validate/artifacts",
        stage: Stage::Validate,
        effect: Effect::Observe,
        needs: &["commit/objects", "build/manifest"],
        tools: &[],
        summary: "check the frozen artifacts",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn check(&self, look: &Look<'_>) -> Result<Checked, ArtifactsError> {
        let manifest = look.receipt::<Freeze>().map_err(Failure::from)?;
        let objects = look.receipt::<Objects>().map_err(Failure::from)?;
        let set = ReleaseSet::new(look.plan, &manifest, objects.commit, objects.tag)?;
        let rules = &look.plan.requirements.artifacts;
        let limits = look.readers.forge.limits();
        let (found, assets) = (manifest.artifacts.len() as u64, set.assets.len() as u64);
        if found < rules.min {
            return Err(ArtifactsError::TooFew { found, min: rules.min });
        }
        if let Some(max) = rules.max.filter(|&max| found > max) {
            return Err(ArtifactsError::TooMany { found, what: "artifacts", max });
        }
        if assets > limits.assets {
            return Err(ArtifactsError::TooMany { found: assets, what: "assets", max: limits.assets });
        }
        let max = rules.max_size.unwrap_or(u64::MAX).min(limits.asset_size);
        for artifact in &manifest.artifacts {
            let name = artifact.name.clone();
            if artifact.size > max {
                return Err(ArtifactsError::TooLarge { name, size: artifact.size, max });
            }
            if artifact.size == 0 {
                return Err(ArtifactsError::Empty { name });
            }
        }
        Ok(Checked { assets, bytes: set.assets.iter().map(|artifact| artifact.size).sum() })
    }
}
