//! `notify/checkout`: brings the checkout to the release commit, as `git commit` and `git tag` would have: branch,
//! tag, and the declared files. Everything else in it stays as it is.
//!
//! It comes last, by fast-forward only, so a release that fails leaves nothing to reset. A checkout that has moved
//! elsewhere in the meantime is left alone.

use crate::build::frozen::files_failure;
use crate::commit::objects::{Objects, ReleaseObjects};
use crate::files::{self, DeclaredFile, Held};
use crate::refs::{git_failure, package};
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, Oid};
use bowline_port::git::{Head, RefUpdate};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// See the module.
pub struct Checkout;

/// What became of the checkout.
#[derive(Debug, Serialize, Deserialize)]
pub struct Updated {
    /// Whether branch, tag and files are at the release; false when the checkout is somewhere else.
    pub at_release: bool,
}

impl Step for Checkout {
    type Receipt = Updated;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "notify/checkout",
        stage: Stage::Notify,
        effect: Effect::Local,
        needs: &["commit/objects"],
        tools: &["git"],
        summary: "bring the checkout to the release",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Updated>, Failure> {
        let objects = cx.receipt::<Objects>()?;
        let tag_there = local_tag(cx)? == LocalTag::There;
        let Some(place) = place(cx, objects)? else {
            return Ok(if tag_there {
                Probe::Present(Updated { at_release: false })
            } else {
                Probe::Partial("the local tag is missing".to_owned())
            });
        };
        let done = tag_there
            && place == Place::AtRelease
            && index_to_update(cx, objects)?.is_empty()
            && files_to_write(cx)?.is_empty();
        Ok(if done { Probe::Present(Updated { at_release: true }) } else { Probe::Absent })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Updated, Failure> {
        let objects = cx.receipt::<Objects>()?;
        let git = &cx.doors.git;
        if let LocalTag::ToMake(old) = local_tag(cx)? {
            let update = RefUpdate { name: package(cx.plan)?.tag.full(), old, new: objects.tag };
            git.update_reference(&update).map_err(git_failure)?;
        }
        let Some(place) = place(cx, objects)? else { return Ok(Updated { at_release: false }) };
        // Reference, index, files: after any of them the gate of the next start knows what it sees.
        if let Place::AtHead(name) = place {
            let update = RefUpdate { name, old: Some(cx.plan.repository.head), new: objects.commit };
            if objects.commit != cx.plan.repository.head {
                git.update_reference(&update).map_err(git_failure)?;
            }
        }
        let Some(root) = &cx.settings.checkout else { return Ok(Updated { at_release: true }) };
        let to_write = files_to_write(cx)?;
        let index = index_to_update(cx, objects)?;
        if !index.is_empty() {
            git.update_index(objects.commit, &index).map_err(git_failure)?;
        }
        for (file, crlf) in to_write {
            file.put(cx.doors.files.as_ref(), root, crlf).map_err(files_failure)?;
        }
        Ok(Updated { at_release: true })
    }
}

/// Where the checkout is, when it is somewhere that the release touches.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// At the planned head; the reference that moves is named.
    AtHead(String),
    /// At the released commit.
    AtRelease,
}

fn place(cx: &Cx<'_>, objects: ReleaseObjects) -> Result<Option<Place>, Failure> {
    let (name, at) = match cx.readers.git.head().map_err(git_failure)? {
        Head::Branch(branch, at) if branch == cx.plan.repository.branch => (branch.full(), at),
        Head::Detached(at) => ("HEAD".to_owned(), at),
        Head::Branch(..) | Head::Unborn(_) => return Ok(None),
    };
    Ok(match at {
        at if at == objects.commit => Some(Place::AtRelease),
        at if at == cx.plan.repository.head => Some(Place::AtHead(name)),
        _ => None,
    })
}

/// How the local tag stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LocalTag {
    /// It is there, or somebody's own.
    There,
    /// It is to be made, in the place of this one.
    ToMake(Option<Oid>),
}

/// The local tag of the planned name. One that points elsewhere is the user's, is named, and counts as there; one of a release
/// that is taken over makes room.
fn local_tag(cx: &Cx<'_>) -> Result<LocalTag, Failure> {
    let objects = cx.receipt::<Objects>()?;
    let name = package(cx.plan)?.tag.full();
    let tags = cx.readers.git.references("refs/tags/").map_err(git_failure)?;
    let Some(tag) = tags.into_iter().find(|reference| reference.name == name) else {
        return Ok(LocalTag::ToMake(None));
    };
    if tag.object == objects.tag {
        return Ok(LocalTag::There);
    }
    if cx.settings.replaces_tag == Some(tag.object) && tag.peeled == objects.commit {
        return Ok(LocalTag::ToMake(Some(tag.object)));
    }
    cx.warn(
        "local_tag_differs",
        format!(
            "the local tag {} is not the released one; update it with: git fetch --force {1} tag {0}",
            package(cx.plan)?.tag,
            cx.settings.remote.as_deref().unwrap_or(".")
        ),
    );
    Ok(LocalTag::There)
}

/// The declared files whose index entry is still the planned head's. What somebody has staged is theirs, is named, and
/// stays.
fn index_to_update(cx: &Cx<'_>, objects: ReleaseObjects) -> Result<Vec<String>, Failure> {
    let paths: Vec<String> = cx.plan.declared_files().into_iter().map(str::to_owned).collect();
    if paths.is_empty() || cx.settings.checkout.is_none() {
        return Ok(Vec::new());
    }
    let git = &cx.readers.git;
    let released = git.status(objects.commit, &paths).map_err(git_failure)?;
    let planned = git.status(cx.plan.repository.head, &paths).map_err(git_failure)?;
    let mut update = Vec::new();
    for (now, before) in released.into_iter().zip(planned) {
        if now.index_clean {
            continue;
        }
        if before.index_clean {
            update.push(now.path);
        } else {
            cx.warn("staged_left_alone", format!("{} has staged changes and is left as it is in the index", now.path));
        }
    }
    Ok(update)
}

/// The declared files that still hold the planned head's bytes, and whether with CRLF line ends.
fn files_to_write(cx: &Cx<'_>) -> Result<Vec<(DeclaredFile, bool)>, Failure> {
    let Some(root) = &cx.settings.checkout else { return Ok(Vec::new()) };
    let mut to_write = Vec::new();
    for file in files::declared(cx.readers.git.as_ref(), cx.plan)? {
        match held(cx, root, &file)? {
            Held::Before { crlf } => to_write.push((file, crlf)),
            Held::After { .. } => {}
            Held::Foreign => {
                cx.warn("file_left_alone", format!("{} was edited during the release and is left as it is", file.path));
            }
        }
    }
    Ok(to_write)
}

fn held(cx: &Cx<'_>, root: &Path, file: &DeclaredFile) -> Result<Held, Failure> {
    let bytes = cx.doors.files.read(root, &file.path).map_err(files_failure)?;
    Ok(file.held(bytes.as_deref()))
}
