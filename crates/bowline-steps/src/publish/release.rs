//! `publish/release`: makes the verified draft public, after making sure that the tag it belongs to is ours and in
//! its place: a forge would otherwise make a tag of its own, somewhere.

use crate::assets::{foreign, forge_failure};
use crate::commit::objects::Objects;
use crate::draft::create::{expected, find_all, listed};
use crate::refs::{self, package};
use bowline_engine::{Cx, Look, Probe, Step, StepMeta};
use bowline_model::git::TagName;
use bowline_model::plan::{ForgeKind, PackagePlan, Plan};
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::tag::TagForm;
use bowline_model::{Failure, FailureKind, Version};
use bowline_port::forge::Release;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Publish;

/// What is public now.
#[derive(Debug, Serialize, Deserialize)]
pub struct Published {
    /// The forge's id.
    pub id: String,
    /// Where people find it.
    pub url: String,
}

impl Step for Publish {
    type Receipt = Published;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "publish/release",
        stage: Stage::Publish,
        effect: Effect::Irreversible,
        needs: &["commit/objects", "draft/upload", "push/refs"],
        tools: &[],
        summary: "publish the release",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Published>, Failure> {
        Ok(match listed(cx)? {
            None => Probe::Absent,
            Some(release) if release.marker == Some(cx.marker) => {
                // A crash right after publishing can leave the pointer to the latest release behind.
                let shown = latest(cx)?;
                if is_latest(cx)? && shown.as_ref() != Some(&release.tag) {
                    return Ok(Probe::Partial("readers are not shown it as the latest yet".to_owned()));
                }
                Probe::Present(receipt(&release))
            }
            Some(release) => Probe::Conflict(
                Failure::new(
                    FailureKind::Conflict,
                    "release_taken",
                    format!("release {} exists already and was not made for this plan", release.tag),
                )
                .hint(format!("look at it: {}", release.url)),
            ),
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Published, Failure> {
        let objects = cx.receipt::<Objects>()?;
        let tag = refs::read(cx)?.tag;
        if tag.as_ref().map(|tag| tag.object) != Some(objects.tag) {
            return Err(Failure::new(
                FailureKind::Stuck,
                "tag_not_in_place",
                format!("tag {} is not in its place on the remote any more", package(cx.plan)?.tag),
            )
            .hint("find out who removed or moved it; `bowline resume` goes on when it is back"));
        }
        let ours = listed(cx)?.filter(|release| release.marker == Some(cx.marker));
        let draft = ours.map_or_else(|| whole_draft(cx), Ok)?;
        let latest = is_latest(cx)?;
        let release = cx.doors.forge.publish(&draft, latest).map_err(forge_failure)?;
        remove_others(cx, &release);
        Ok(receipt(&release))
    }
}

/// Our draft that holds the whole set and nothing else. A lost answer can have made a second one, which a list did not
/// show while the other was filled; only what was verified may become public.
fn whole_draft(cx: &Cx<'_>) -> Result<Release, Failure> {
    let drafts = find_all(cx)?;
    let set = expected(cx)?;
    let forge = cx.readers.forge.as_ref();
    for draft in &drafts {
        let Some(now) = forge.reread(draft).map_err(forge_failure)? else { continue };
        if now.draft && set.compare(forge, &now).map_err(forge_failure)?.is_none() {
            return Ok(now);
        }
    }
    let what =
        if drafts.is_empty() { "the draft is gone" } else { "the draft does not hold what was verified any more" };
    Err(Failure::new(FailureKind::Failed, "release_vanished", what)
        .hint("run `bowline resume`: the draft is made again from the frozen artifacts"))
}

/// A second draft of ours is of no use any more. The release is public, so nothing here can fail it: what stays is seen by
/// nobody.
fn remove_others(cx: &Cx<'_>, published: &Release) {
    if cx.is_resumed() {
        // The attempt before may have made one that no list showed until now.
        cx.readers.forge.look_anew();
    }
    let forge = &cx.doors.forge;
    for second in find_all(cx).unwrap_or_default().iter().filter(|draft| draft.id != published.id) {
        if foreign(forge.as_ref(), second).is_ok_and(|names| names.is_empty()) {
            let _ = forge.delete_draft(second);
        }
    }
}

/// The release that readers are shown as the latest. The local forge's pointer is a file, and one that cannot be read points
/// nowhere: publishing writes it anew. What another forge does not say is not known.
fn latest(look: &Look<'_>) -> Result<Option<TagName>, Failure> {
    match look.readers.forge.latest() {
        Err(_) if look.readers.forge.kind() == ForgeKind::Local => Ok(None),
        shown => shown.map_err(forge_failure),
    }
}

/// Whether readers shall be shown this release as the latest: final, and by SemVer not below the one they see now.
pub fn is_latest(cx: &Look<'_>) -> Result<bool, Failure> {
    let package = package(cx.plan)?;
    let shown = latest(cx)?;
    Ok(!package.prerelease && shown.and_then(|tag| version_of(package, &tag)).is_none_or(|shown| shown <= package.next))
}

/// The version that a tag names, in the form of the planned tag or any known one.
fn version_of(package: &PackagePlan, tag: &TagName) -> Option<Version> {
    let template = package.tag.as_str().replacen(&package.next.to_string(), "{version}", 1);
    let planned = TagForm::new(&template, &package.name).ok();
    planned.into_iter().chain(TagForm::known(&package.name)).find_map(|form| form.version(tag.as_str()))
}

fn receipt(release: &Release) -> Published {
    Published { id: release.id.clone(), url: release.url.clone() }
}
