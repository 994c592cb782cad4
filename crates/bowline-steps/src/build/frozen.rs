//! Where the frozen set is: in a release that holds all of it, or in this run's private folder.
//!
//! Bytes that were frozen once are never made again: a second build would differ in some timestamp and be a conflict
//! for ever. Only when no copy is left anywhere and nothing was pushed is there something to build.
//!
//! Two machines can have frozen two sets for one plan. **What is whole in our release or draft is the set**, and what
//! this machine froze itself does not count then: whoever uploaded it held the lock and had validated it, and what is
//! public cannot be replaced at all. A draft that is not whole says nothing about what would have been published, so a
//! set that lies here goes before it. There is one exception: a set that another job handed over was named by its
//! digest, and no draft may put other files in its place. Once something is public that too is too late.

use crate::assets::{self, ReleaseSet, forge_failure};
use crate::commit::objects::Objects;
use bowline_engine::Cx;
use bowline_model::git::{Marker, TagName};
use bowline_model::release::{Artifact, Manifest};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::files::FilesError;
use bowline_port::forge::{Drafts, ForgeReader, Release, ours};
use bowline_port::local::{LocalError, LocalStore};
use std::io::ErrorKind::{QuotaExceeded, StorageFull};
use std::io::Write;
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

/// The frozen set, wherever all of it is. Nothing is removed for that: should the draft vanish, what lies here is the
/// set again.
pub fn find(cx: &Cx<'_>) -> Result<Option<Manifest>, Failure> {
    let own = in_scratch(cx)?;
    let releases = releases(cx)?;
    let Some(current) = releases.first() else { return Ok(own) };
    let Some(own) = own else { return first_whole(cx, &releases) };
    let theirs = match manifest_in(cx, current)? {
        Some(theirs) if theirs != own && is_whole(cx, current, &theirs)? => theirs,
        _ => return Ok(Some(own)),
    };
    let replaces = was_handed_over(cx)? && current.draft && !is_public(cx)?;
    Ok(Some(if replaces { own } else { theirs }))
}

/// Keeps the manifest of the frozen set.
pub fn keep(cx: &Cx<'_>, manifest: &Manifest) -> Result<(), Failure> {
    keep_in(cx.doors.local.as_ref(), &cx.settings.run, manifest, Some(cx.receipt::<Objects>()?.commit))
}

/// Keeps the manifest of a run's frozen set, which was built for `commit` where that is known.
pub fn keep_in(local: &dyn LocalStore, run: &str, manifest: &Manifest, commit: Option<Oid>) -> Result<(), Failure> {
    let bytes = serde_json::to_vec_pretty(manifest)
        .map_err(|error| Failure::from_error(FailureKind::Internal, "manifest", &error))?;
    let name = commit.map(|commit| commit.to_string()).unwrap_or_default();
    local.put(&commit_key(run), name.as_bytes()).map_err(state_failure)?;
    local.put(&key(run), &bytes).map_err(state_failure)
}

/// Forgets the frozen set.
pub fn forget(cx: &Cx<'_>) -> Result<(), Failure> {
    cx.doors.local.remove(&key(&cx.settings.run)).map_err(state_failure)?;
    cx.doors.local.remove(&commit_key(&cx.settings.run)).map_err(state_failure)?;
    cx.doors.local.remove(&handed_key(&cx.settings.run)).map_err(state_failure)?;
    cx.doors.files.remove_dir(&folder(cx)).map_err(files_failure)
}

/// The frozen set in this run's private folder, whole and unharmed. What this very run has frozen or found unharmed is
/// not read again for that: artifacts are large, and uploading reads every byte once more anyway.
pub fn in_scratch(cx: &Cx<'_>) -> Result<Option<Manifest>, Failure> {
    let Some(bytes) = cx.doors.local.get(&key(&cx.settings.run)).map_err(state_failure)? else { return Ok(None) };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else { return Ok(None) };
    if !is_of_this_commit(cx)? {
        return if was_handed_over(cx)? { Err(handed_commit_gone()) } else { Ok(None) };
    }
    let known = cx.receipts.get::<Manifest>(FREEZES).is_ok_and(|frozen| frozen == manifest);
    for artifact in manifest.artifacts.iter().filter(|_| !known) {
        if !cx.doors.files.holds_frozen(artifact, &folder(cx)).map_err(files_failure)? {
            return Ok(None);
        }
    }
    Ok(Some(manifest))
}

/// Whether the frozen set was built for the commit that is released. A forge that makes the commit makes another one when its
/// branch was removed, and what was built names the one before.
fn is_of_this_commit(cx: &Cx<'_>) -> Result<bool, Failure> {
    let Ok(objects) = cx.receipt::<Objects>() else { return Ok(true) };
    let name = cx.doors.local.get(&commit_key(&cx.settings.run)).map_err(state_failure)?.unwrap_or_default();
    Ok(name.is_empty() || name == objects.commit.to_string().as_bytes())
}

/// Another commit could be made, but what another job has built names the one that is gone.
pub fn handed_commit_gone() -> Failure {
    Failure::new(
        FailureKind::Conflict,
        "handed_commit_gone",
        "the forge does not have the release commit of what was handed over any more",
    )
    .hint("its branch was removed, by a release that failed or by somebody: run the job that hands over again")
}

/// The set of the first release that holds every name of its own manifest, by digest.
fn first_whole(cx: &Cx<'_>, releases: &[Release]) -> Result<Option<Manifest>, Failure> {
    for release in releases {
        if let Some(manifest) = manifest_in(cx, release)?
            && is_whole(cx, release, &manifest)?
        {
            return Ok(Some(manifest));
        }
    }
    Ok(None)
}

/// What a release says it was made of.
fn manifest_in(cx: &Cx<'_>, release: &Release) -> Result<Option<Manifest>, Failure> {
    let file = assets::read_release_file(cx.readers.forge.as_ref(), release).map_err(forge_failure)?;
    Ok(file.map(|file| file.manifest))
}

fn is_whole(cx: &Cx<'_>, release: &Release, manifest: &Manifest) -> Result<bool, Failure> {
    let objects = cx.receipt::<Objects>()?;
    let set = ReleaseSet::new(cx.plan, manifest, objects.commit, objects.tag)?;
    Ok(set.compare(cx.readers.forge.as_ref(), release).map_err(forge_failure)?.is_none())
}

/// Whether this release has a tag that others can see, or may have.
fn is_public(cx: &Cx<'_>) -> Result<bool, Failure> {
    Ok(cx.public || crate::refs::read(cx)?.tag.is_some())
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

/// The releases of this plan, the one that counts first: the published one, then drafts.
pub fn releases(cx: &Cx<'_>) -> Result<Vec<Release>, Failure> {
    releases_of(cx.readers.forge.as_ref(), &cx.marker, &crate::refs::package(cx.plan)?.tag)
}

/// The releases of `tag` that carry `marker`: the published one, then drafts.
fn releases_of(forge: &dyn ForgeReader, marker: &Marker, tag: &TagName) -> Result<Vec<Release>, Failure> {
    let published = forge.listed(tag).map_err(forge_failure)?;
    let mut found: Vec<Release> = published.into_iter().filter(|release| release.marker == Some(*marker)).collect();
    if let Drafts::Visible(drafts) = forge.drafts().map_err(forge_failure)? {
        found.extend(ours(&drafts, marker).into_iter().cloned());
    }
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

/// Writes the bytes of `artifact` into `to` from a release of `tag` that carries `marker`; false when none holds them.
/// Whoever calls compares digests.
pub fn fetch(
    forge: &dyn ForgeReader,
    (marker, tag): (&Marker, &TagName),
    artifact: &Artifact,
    to: &mut dyn Write,
) -> Result<bool, Failure> {
    for release in releases_of(forge, marker, tag)? {
        if let Some(asset) = release.asset(&artifact.name).filter(|asset| asset.complete && asset.size == artifact.size)
            && assets::digest(forge, &release, asset).map_err(forge_failure)? == artifact.sha256
        {
            forge.download(&release, &artifact.name, to).map_err(forge_failure)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where the manifest of a run's frozen set is kept.
fn key(run: &str) -> String {
    format!("manifests/{run}.json")
}

/// Where the commit is kept that it was built for.
fn commit_key(run: &str) -> String {
    format!("built_for/{run}")
}

/// What is there when a run's frozen set was handed over.
pub fn handed_key(run: &str) -> String {
    format!("handed/{run}")
}

/// The step whose receipt the frozen set is; by name, because that step looks here.
const FREEZES: &str = "build/manifest";
