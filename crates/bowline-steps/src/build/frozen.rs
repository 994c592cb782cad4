//! Where the frozen set is: in this run's private folder, or in a release that holds all of it.
//!
//! Bytes that were frozen once are never made again: a second build would differ in some timestamp and be a conflict
//! for ever. Only when no copy is left anywhere and nothing was pushed is there something to build.

use crate::assets::{self, ReleaseSet, forge_failure};
use crate::commit::objects::Objects;
use bowline_engine::Cx;
use bowline_model::release::Manifest;
use bowline_model::{Failure, FailureKind};
use bowline_port::files::FilesError;
use bowline_port::forge::{Drafts, Release, ours};
use bowline_port::local::LocalError;
use std::io::ErrorKind::{QuotaExceeded, StorageFull};
use std::path::{Path, PathBuf};

/// The folder of this run's frozen bytes, each file named by its SHA-256.
pub fn folder(cx: &Cx<'_>) -> PathBuf {
    folder_in(&cx.settings.scratch)
}

/// The folder of frozen bytes of the run whose private folder is `scratch`.
pub fn folder_in(scratch: &Path) -> PathBuf {
    scratch.join("frozen")
}

/// Whether the frozen set was handed over by another job: then it counts, and not what lies about here.
pub fn was_handed_over(cx: &Cx<'_>) -> Result<bool, Failure> {
    Ok(cx.doors.local.get(&handed_key(&cx.settings.run)).map_err(state_failure)?.is_some())
}

/// The folder the build command runs in when it does not run in the checkout.
pub fn clone_folder(cx: &Cx<'_>) -> PathBuf {
    cx.settings.scratch.join("clone")
}

/// The frozen set, wherever all of it is.
pub fn find(cx: &Cx<'_>) -> Result<Option<Manifest>, Failure> {
    match in_scratch(cx)? {
        Some(manifest) => Ok(Some(manifest)),
        None => in_release(cx),
    }
}

/// Keeps the manifest of the frozen set.
pub fn keep(cx: &Cx<'_>, manifest: &Manifest) -> Result<(), Failure> {
    let bytes = serde_json::to_vec_pretty(manifest)
        .map_err(|error| Failure::from_error(FailureKind::Internal, "manifest", &error))?;
    cx.doors.local.put(&key(cx), &bytes).map_err(state_failure)
}

/// Forgets the frozen set.
pub fn forget(cx: &Cx<'_>) -> Result<(), Failure> {
    cx.doors.local.remove(&key(cx)).map_err(state_failure)?;
    cx.doors.local.remove(&handed_key(&cx.settings.run)).map_err(state_failure)?;
    cx.doors.files.remove_dir(&folder(cx)).map_err(files_failure)
}

/// The frozen set in this run's private folder, whole and unharmed.
pub fn in_scratch(cx: &Cx<'_>) -> Result<Option<Manifest>, Failure> {
    let Some(bytes) = cx.doors.local.get(&key(cx)).map_err(state_failure)? else { return Ok(None) };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else { return Ok(None) };
    for artifact in &manifest.artifacts {
        if cx.doors.files.open_frozen(artifact, &folder(cx)).map_err(files_failure)?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(manifest))
}

/// A draft or published release of ours that holds every name of its own manifest, by digest.
fn in_release(cx: &Cx<'_>) -> Result<Option<Manifest>, Failure> {
    let objects = cx.receipt::<Objects>()?;
    for release in releases(cx)? {
        let forge = cx.readers.forge.as_ref();
        let Some(file) = assets::read_release_file(forge, &release).map_err(forge_failure)? else { continue };
        let set = ReleaseSet::new(cx.plan, &file.manifest, objects.commit, objects.tag)?;
        if set.compare(forge, &release).map_err(forge_failure)?.is_none() {
            return Ok(Some(file.manifest));
        }
    }
    Ok(None)
}

/// Refuses a checkout that is at another commit: what is built or found there is not this release's.
pub fn at_release(cx: &Cx<'_>) -> Result<(), Failure> {
    if crate::gate::tree::commit_checked_out(cx).map_err(crate::refs::git_failure)?.is_some() {
        return Ok(());
    }
    let (head, tag) = (cx.plan.repository.head, &crate::refs::package(cx.plan)?.tag);
    Err(Failure::new(
        FailureKind::Failed,
        "artifacts_missing",
        format!("the artifacts of {tag} are lost, and another commit than {} is checked out", head.short()),
    )
    .hint(format!(
        "check it out and go on: git switch --detach {head} && bowline resume --branch {}",
        cx.plan.repository.branch
    )))
}

/// The releases of this plan: drafts first, then the published one.
pub fn releases(cx: &Cx<'_>) -> Result<Vec<Release>, Failure> {
    let forge = &cx.readers.forge;
    let mut found = match forge.drafts().map_err(forge_failure)? {
        Drafts::Visible(drafts) => ours(&drafts, &cx.marker).into_iter().cloned().collect(),
        Drafts::Invisible => Vec::new(),
    };
    let tag = &crate::refs::package(cx.plan)?.tag;
    found.extend(forge.published(tag).map_err(forge_failure)?.filter(|release| release.marker == Some(cx.marker)));
    Ok(found)
}

/// An error about files as a failure before anything public happened.
pub fn files_failure(error: FilesError) -> Failure {
    match &error {
        FilesError::Pattern { .. } => Failure::from_error(FailureKind::Config, "artifact_pattern", &error)
            .hint("correct it under `[artifacts]` in bowline.toml"),
        FilesError::NotAFile { .. } | FilesError::Outside { .. } => {
            Failure::from_error(FailureKind::Refused, "artifact_refused", &error)
                .hint("replace it by an ordinary file, or leave it out of `artifacts.include` in bowline.toml")
        }
        FilesError::Changed { .. } => Failure::from_error(FailureKind::Failed, "artifact_changed", &error)
            .hint("let the build finish before releasing, then run the same command again"),
        FilesError::Io { source, .. } if matches!(source.kind(), StorageFull | QuotaExceeded) => {
            Failure::from_error(FailureKind::Failed, "file_error", &error).hint(
                "free space there (BOWLINE_STATE_DIR names another folder for state), then run the same command again",
            )
        }
        FilesError::Io { .. } => Failure::from_error(FailureKind::Failed, "file_error", &error)
            .hint("remove the cause and run the same command again"),
    }
}

/// An error about state as a failure before anything public happened.
pub fn state_failure(error: LocalError) -> Failure {
    Failure::from_error(FailureKind::Failed, "state_unavailable", &error)
        .hint("make the state folder writable or name another one with BOWLINE_STATE_DIR")
}

fn key(cx: &Cx<'_>) -> String {
    manifest_key(&cx.settings.run)
}

/// Where the manifest of a run's frozen set is kept.
pub fn manifest_key(run: &str) -> String {
    format!("manifests/{run}.json")
}

/// What is there when a run's frozen set was handed over.
pub fn handed_key(run: &str) -> String {
    format!("handed/{run}")
}
