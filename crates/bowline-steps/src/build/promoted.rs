//! `build/promoted`: takes the files of the pre-release that is promoted, as readers get them, and freezes them.
//!
//! Nothing is built. Every file must be, byte for byte, what the pre-release was published with: its
//! `release.bowline.json` is the one that the plan names by digest, that names every file by digest, and the checksum
//! files say the same. Whatever else is there, or is not there any more, stops the release before anything is made.

use super::frozen::{self, files_failure, folder};
use crate::assets::{Difference, ReleaseSet, forge_failure, read_release_bytes};
use bowline_engine::{Cx, Look, Probe, Step, StepMeta};
use bowline_model::plan::{Plan, Promotion};
use bowline_model::release::{Artifact, Manifest, RELEASE_FILE};
use bowline_model::seeded::{Bug, seeded};
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::text::one_line;
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::files::FilesError;
use bowline_port::forge::{ForgeError, Release};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Fetch;

/// What was taken.
#[derive(Debug, Serialize, Deserialize)]
pub struct Fetched {
    /// The tag of the pre-release.
    pub from: String,
    /// Its files, besides those that every release gets.
    pub manifest: Manifest,
    /// Whether the frozen set was found, so that nothing had to be fetched.
    pub reused: bool,
}

/// A published pre-release that is whole, as far as its names, its manifest and its checksum files tell.
struct Candidate {
    release: Release,
    manifest: Manifest,
}

impl Step for Fetch {
    type Receipt = Fetched;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "build/promoted",
        stage: Stage::Build,
        effect: Effect::Local,
        needs: &["commit/objects"],
        tools: &[],
        summary: "take the files of the promoted pre-release",
    };

    fn decide(&self, plan: &Plan) -> Verdict {
        match plan.promotes {
            Some(_) => Verdict::Run,
            None => Verdict::Skip { reason: SkipReason::NotApplicable { because: "nothing is promoted".to_owned() } },
        }
    }

    fn preflight(&self, cx: &Cx<'_>) -> Result<(), Failure> {
        // A forge that cannot be read is the draft's own step to report.
        let begun = frozen::releases(cx).is_ok_and(|releases| !releases.is_empty());
        if !begun && frozen::in_scratch(cx)?.is_none() {
            Candidate::find(cx, promotion(cx)?)?;
        }
        Ok(())
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Fetched>, Failure> {
        let promotion = promotion(cx)?;
        Ok(match frozen::find(cx)? {
            Some(manifest) => Probe::Present(fetched(promotion, manifest, true)),
            None => Probe::Absent,
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Fetched, Failure> {
        let promotion = promotion(cx)?;
        let candidate = Candidate::find(cx, promotion)?;
        for artifact in &candidate.manifest.artifacts {
            candidate.freeze(cx, promotion, artifact).inspect_err(|_| {
                // Half a set is of no use, and when space is short it takes what is missing. The error is told already.
                let _ = cx.doors.files.remove_dir(&folder(cx));
            })?;
        }
        Ok(fetched(promotion, candidate.manifest, false))
    }
}

fn fetched(promotion: &Promotion, manifest: Manifest, reused: bool) -> Fetched {
    Fetched { from: promotion.tag.to_string(), manifest, reused }
}

fn promotion<'a>(cx: &Cx<'a>) -> Result<&'a Promotion, Failure> {
    let plan: &'a Plan = cx.plan;
    plan.promotes
        .as_ref()
        .ok_or_else(|| Failure::new(FailureKind::Internal, "no_promotion", "the plan promotes nothing"))
}

impl Candidate {
    fn find(cx: &Cx<'_>, promotion: &Promotion) -> Result<Self, Failure> {
        let forge = cx.readers.forge.as_ref();
        let tag = &promotion.tag;
        let published = forge.published(tag).map_err(forge_failure)?;
        let release = published.ok_or_else(|| differs(promotion, "it is not there any more"))?;
        let (file, bytes) = read_release_bytes(forge, &release)
            .map_err(forge_failure)?
            .filter(|(file, bytes)| {
                let is_planned = Digest::of(bytes) == promotion.manifest || seeded(Bug::TrustManifest);
                file.plan_id == promotion.plan && is_planned
            })
            .ok_or_else(|| differs(promotion, &format!("{RELEASE_FILE} is not the planned one")))?;
        let set = ReleaseSet::with_release_file(&file.plan, &file.manifest, bytes);
        let difference = of_names(&set, &release);
        if !difference.is_none() {
            return Err(differs(promotion, &difference.to_string()));
        }
        for (name, expected) in set.texts.iter().filter(|(name, _)| name != RELEASE_FILE) {
            let mut arrived = Vec::new();
            forge.download(&release, name, &mut arrived).map_err(|error| gone_meanwhile(promotion, error))?;
            if arrived != *expected {
                return Err(differs(promotion, &format!("{name} does not say what {RELEASE_FILE} says")));
            }
        }
        reserved(cx.look(), &file.manifest)?;
        Ok(Self { release, manifest: file.manifest })
    }

    /// Fetches one file, and compares the very bytes that are kept.
    fn freeze(&self, cx: &Cx<'_>, promotion: &Promotion, artifact: &Artifact) -> Result<(), Failure> {
        let mut forge_said = None;
        let frozen = cx.doors.files.freeze_written(&artifact.name, &folder(cx), &mut |to| {
            let arrived = cx.readers.forge.download(&self.release, &artifact.name, to);
            arrived.map(drop).map_err(|error| {
                forge_said = Some(error);
                std::io::Error::other("the forge did not give it")
            })
        });
        match (frozen, forge_said) {
            (Ok(frozen), _) if frozen == *artifact => Ok(()),
            (Ok(_), _) => Err(differs(promotion, &format!("{} has other bytes", artifact.name))),
            (Err(FilesError::Io { action: "get", .. }), Some(error)) => Err(gone_meanwhile(promotion, error)),
            (Err(error), _) => Err(files_failure(error)),
        }
    }
}

/// What is there and what is not, by name.
fn of_names(set: &ReleaseSet, release: &Release) -> Difference {
    let mut difference = Difference::default();
    for expected in &set.assets {
        match release.asset(&expected.name).filter(|asset| asset.complete) {
            None => difference.missing.push(expected.name.clone()),
            Some(asset) if asset.size != expected.size || asset.sha256.is_some_and(|told| told != expected.sha256) => {
                difference.different.push(expected.name.clone());
            }
            Some(_) => {}
        }
    }
    let known = |name: &str| set.assets.iter().any(|expected| expected.name == name);
    let extra = release.assets.iter().filter(|asset| !known(&asset.name));
    difference.extra.extend(extra.map(|asset| one_line(&asset.name, 200).into_owned()));
    difference
}

/// The checksum files that this release gets may be others than those of the pre-release.
fn reserved(look: &Look<'_>, manifest: &Manifest) -> Result<(), Failure> {
    let reserved = ReleaseSet::reserved(look.plan);
    let is_reserved = |artifact: &&Artifact| reserved.iter().any(|taken| taken.eq_ignore_ascii_case(&artifact.name));
    match manifest.artifacts.iter().find(is_reserved) {
        None => Ok(()),
        Some(artifact) => Err(Failure::new(
            FailureKind::Refused,
            "artifact_name_reserved",
            format!("{} has the name of a file that every release gets by now", artifact.name),
        )
        .hint("take that checksum out of `checksums` under `[artifacts]` in bowline.toml")),
    }
}

fn gone_meanwhile(promotion: &Promotion, error: ForgeError) -> Failure {
    match error {
        ForgeError::Missing { what } => differs(promotion, &format!("{what} does not exist")),
        error => forge_failure(error),
    }
}

fn differs(promotion: &Promotion, how: &str) -> Failure {
    Failure::new(
        FailureKind::Mismatch,
        "promotion_differs",
        format!("release {} is not what was published: {how}", promotion.tag),
    )
    .hint("find out who changed it; nothing was released")
    .hint("then release a new pre-release, and promote that")
}
