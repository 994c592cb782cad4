//! `build/manifest`: collects the artifacts and freezes them: each is opened once, copied and hashed from that one
//! reading, and from then on only the copy counts.

use super::frozen::{self, clone_folder, files_failure};
use bowline_engine::{Cx, Probe, Step, StepMeta, Undid};
use bowline_model::plan::{BuildPlace, Plan};
use bowline_model::release::Manifest;
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::text::name::check_asset;
use bowline_model::{Failure, FailureKind};
use bowline_port::files::Found;
use std::path::PathBuf;

/// See the module.
pub struct Freeze;

/// Why the artifacts cannot be collected.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Nothing matches a pattern.
    #[error("no file matches `{}`", .patterns.join("`, `"))]
    Missing {
        /// The patterns.
        patterns: Vec<String>,
    },
    /// Two files would have one name.
    #[error("{first} and {second} would both be the asset {name}")]
    SameName {
        /// One path.
        first: String,
        /// The other path.
        second: String,
        /// The name.
        name: String,
    },
    /// A name that forges rewrite.
    #[error("{path} has a name that forges would change; a safe one is {safe}")]
    Name {
        /// The path.
        path: String,
        /// The safe name.
        safe: String,
    },
    /// A name that is ours.
    #[error("{path} has the name of a file that every release gets")]
    Reserved {
        /// The path.
        path: String,
    },
    /// Anything around it.
    #[error(transparent)]
    Around(#[from] Failure),
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        let rename = "rename the file, or leave it out of `artifacts.include` in bowline.toml";
        match error {
            ManifestError::Missing { .. } => Self::from_error(FailureKind::Failed, "artifacts_missing", &error).hint(
                "build them first, set `command` under `[build]` in bowline.toml, or correct `artifacts.include`",
            ),
            ManifestError::SameName { .. } => {
                Self::from_error(FailureKind::Refused, "artifact_names_collide", &error).hint(rename)
            }
            ManifestError::Name { .. } => {
                Self::from_error(FailureKind::Refused, "artifact_name_unsafe", &error).hint(rename)
            }
            ManifestError::Reserved { .. } => {
                Self::from_error(FailureKind::Refused, "artifact_name_reserved", &error).hint(rename)
            }
            ManifestError::Around(failure) => failure,
        }
    }
}

impl Step for Freeze {
    type Receipt = Manifest;
    type Error = ManifestError;
    const META: StepMeta = StepMeta {
        id: "build/manifest",
        stage: Stage::Build,
        effect: Effect::Local,
        needs: &["commit/objects"],
        tools: &[],
        summary: "collect the artifacts and freeze them",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    /// Without a build command the artifacts must be there already; found out before anything is made.
    fn preflight(&self, cx: &Cx<'_>) -> Result<(), ManifestError> {
        // What is promoted is fetched, and found as a frozen set.
        let builds = cx.plan.requirements.build.is_some() || cx.plan.promotes.is_some();
        // A forge that cannot be read is the draft's own step to report.
        let begun = frozen::releases(cx).is_ok_and(|releases| !releases.is_empty());
        if !builds && !begun && frozen::in_scratch(cx)?.is_none() {
            names(cx, &collect(cx)?)?;
        }
        Ok(())
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Manifest>, ManifestError> {
        // Without a build command and before there is a draft, the files at hand are the truth: freezing them again
        // costs little, and somebody may have mended them since.
        let made = cx.plan.requirements.build.is_some() || cx.plan.promotes.is_some();
        let by_hand = !made && !frozen::was_handed_over(cx)?;
        if by_hand && !cx.public && frozen::releases(cx)?.is_empty() {
            let earlier = frozen::in_scratch(cx)?;
            return Ok(earlier.map_or(Probe::Absent, |_| Probe::Partial("files that were frozen earlier".to_owned())));
        }
        Ok(frozen::find(cx)?.map_or(Probe::Absent, Probe::Present))
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Manifest, ManifestError> {
        if cx.plan.promotes.is_some() {
            // What was fetched lies among the frozen files already, and becomes the set by that.
            let manifest = cx.receipt::<super::promoted::Fetch>().map_err(Failure::from)?.manifest;
            frozen::keep(cx, &manifest)?;
            return Ok(manifest);
        }
        let found = collect(cx)?;
        let names = names(cx, &found)?;
        freeze(cx, &found, names).inspect_err(|_| {
            // Half a set is of no use, and when space is short it takes what is missing. The error is told already.
            let _ = cx.doors.files.remove_dir(&frozen::folder(cx));
        })
    }

    fn undo(&self, cx: &Cx<'_>) -> Result<Undid, ManifestError> {
        frozen::forget(cx)?;
        Ok(Undid::Effect)
    }
}

fn freeze(cx: &Cx<'_>, found: &[Found], names: Vec<String>) -> Result<Manifest, ManifestError> {
    let (root, store) = (root(cx), frozen::folder(cx));
    let mut manifest = Manifest::default();
    for (file, name) in found.iter().zip(names) {
        manifest.artifacts.push(cx.doors.files.freeze(&root, &file.path, &name, &store).map_err(files_failure)?);
    }
    manifest.artifacts.sort_by(|a, b| a.name.cmp(&b.name));
    frozen::keep(cx, &manifest)?;
    Ok(manifest)
}

/// Where the artifacts are.
fn root(cx: &Cx<'_>) -> PathBuf {
    match &cx.settings.checkout {
        Some(checkout) if !in_clone(cx) => checkout.clone(),
        _ => clone_folder(cx),
    }
}

fn in_clone(cx: &Cx<'_>) -> bool {
    cx.plan.requirements.build.as_ref().is_some_and(|build| build.place == BuildPlace::Clone)
}

/// All artifacts; every pattern must match something.
fn collect(cx: &Cx<'_>) -> Result<Vec<Found>, ManifestError> {
    let mut found: Vec<Found> = Vec::new();
    let mut missing = Vec::new();
    if !cx.plan.requirements.artifacts.include.is_empty() && !in_clone(cx) {
        frozen::at_release(cx)?;
    }
    for pattern in &cx.plan.requirements.artifacts.include {
        let matched = cx.doors.files.find(&root(cx), std::slice::from_ref(pattern)).map_err(files_failure)?;
        if matched.is_empty() {
            missing.push(pattern.clone());
        }
        found.extend(matched);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    if missing.is_empty() { Ok(found) } else { Err(ManifestError::Missing { patterns: missing }) }
}

/// The asset names, in the order of `found`; safe, and different even where case does not count.
fn names(cx: &Cx<'_>, found: &[Found]) -> Result<Vec<String>, ManifestError> {
    let reserved = crate::assets::ReleaseSet::reserved(cx.plan);
    let mut names: Vec<String> = Vec::new();
    for file in found {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path).to_owned();
        if let Err(error) = check_asset(&name) {
            return Err(ManifestError::Name { path: shown(&file.path), safe: error.safe });
        }
        if reserved.iter().any(|taken| taken.eq_ignore_ascii_case(&name)) {
            return Err(ManifestError::Reserved { path: shown(&file.path) });
        }
        if let Some(index) = names.iter().position(|other| other.eq_ignore_ascii_case(&name)) {
            return Err(ManifestError::SameName { first: shown(&found[index].path), second: shown(&file.path), name });
        }
        names.push(name);
    }
    Ok(names)
}

fn shown(path: &str) -> String {
    bowline_model::text::one_line(path, 200).into_owned()
}
