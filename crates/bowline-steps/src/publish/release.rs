//! `publish/release`: makes the verified draft public, after making sure that the tag it belongs to is ours and in
//! its place: a forge would otherwise make a tag of its own, somewhere.

use crate::assets::forge_failure;
use crate::commit::objects::Objects;
use crate::draft::create::{find, published};
use crate::refs::{self, package};
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_model::git::TagName;
use bowline_model::plan::{PackagePlan, Plan};
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
        Ok(match published(cx)? {
            None => Probe::Absent,
            Some(release) if release.marker == Some(cx.marker) => {
                // A crash right after publishing can leave the pointer to the latest release behind.
                let shown = cx.readers.forge.latest().unwrap_or(None);
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
        let ours = published(cx)?.filter(|release| release.marker == Some(cx.marker));
        let Some(draft) = ours.map_or_else(|| find(cx), |release| Ok(Some(release)))? else {
            return Err(Failure::new(FailureKind::Failed, "release_vanished", "the draft is gone")
                .hint("run `bowline resume`: the draft is made again from the frozen artifacts"));
        };
        let latest = is_latest(cx)?;
        let release = cx.doors.forge.publish(&draft, latest).map_err(forge_failure)?;
        // A lost answer can have left a second draft of ours; nobody needs it now.
        while let Some(second) = find(cx)? {
            cx.doors.forge.delete_draft(&second).map_err(forge_failure)?;
        }
        Ok(receipt(&release))
    }
}

/// Whether readers shall be shown this release as the latest: final, and by SemVer not below the one they see now.
pub fn is_latest(cx: &bowline_engine::Look<'_>) -> Result<bool, Failure> {
    let package = package(cx.plan)?;
    // A pointer that cannot be read points nowhere; publishing writes it anew.
    let shown = cx.readers.forge.latest().unwrap_or(None);
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
