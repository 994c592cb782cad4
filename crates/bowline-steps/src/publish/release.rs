//! `publish/release`: makes the verified draft public, after making sure that the tag it belongs to is ours and in
//! its place: a forge would otherwise make a tag of its own, somewhere.

use super::burned;
use crate::assets::{foreign, forge_failure};
use crate::commit::objects::Objects;
use crate::draft::create::{expected, find_all, listed, taken};
use crate::refs::{self, package, version_of};
use bowline_engine::{Cx, Look, Probe, Step, StepMeta};
use bowline_model::git::TagName;
use bowline_model::plan::{ForgeKind, Latest, Plan};
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use bowline_port::forge::immutable::Immutable;
use bowline_port::forge::{ForgeError, Release};
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

    fn decide(&self, plan: &Plan) -> Verdict {
        match plan.requirements.publish.draft {
            true => Verdict::Skip { reason: SkipReason::DisabledBy { flag_or_key: "forge.draft".to_owned() } },
            false => Verdict::Run,
        }
    }

    fn preflight(&self, cx: &Cx<'_>) -> Result<(), Failure> {
        let Some(immutability) = cx.readers.forge.immutability() else { return Ok(()) };
        // Only who may see the setting is told; that it cannot be seen stops nothing.
        if !matches!(immutability.immutable(), Ok(Immutable::Yes)) {
            return Ok(());
        }
        cx.warn(
            "releases_are_immutable",
            format!(
                "releases at {} are immutable: once published, tag and assets are final",
                cx.readers.forge.location()
            ),
        );
        match cx.public || !burned::is_known(cx) {
            true => Ok(()),
            false => Err(burned::failure(
                cx,
                &ForgeError::TagBurned { difference: "its push was refused before".to_owned() },
            )),
        }
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Published>, Failure> {
        Ok(match listed(cx)? {
            None => Probe::Absent,
            Some(release) if release.marker == Some(cx.marker) => {
                // A crash right after publishing can leave the pointer to the latest release behind.
                if is_latest(cx)? && latest(cx)?.as_ref() != Some(&release.tag) {
                    return Ok(Probe::Partial("readers are not shown it as the latest yet".to_owned()));
                }
                Probe::Present(receipt(&release))
            }
            Some(release) => Probe::Conflict(taken(cx, &release)),
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Published, Failure> {
        let ours = listed(cx)?.filter(|release| release.marker == Some(cx.marker));
        let mut draft = ours.map_or_else(|| whole_draft(cx), Ok)?;
        // Whoever opened the draft by hand may have ticked the box.
        draft.prerelease = package(cx.plan)?.prerelease;
        let is_latest = is_latest(cx)?;
        tag_is_in_place(cx)?;
        let release = cx.doors.forge.publish(&draft, is_latest).map_err(|error| match error {
            error @ ForgeError::TagBurned { .. } => burned::failure(cx, &error),
            other => forge_failure(other),
        })?;
        read_back(cx, &release, is_latest);
        remove_others(cx, &release);
        Ok(receipt(&release))
    }
}

fn tag_is_in_place(cx: &Cx<'_>) -> Result<(), Failure> {
    let objects = cx.receipt::<Objects>()?;
    if refs::read(cx)?.tag.map(|tag| tag.object) == Some(objects.tag) {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Stuck,
        "tag_not_in_place",
        format!("tag {} is not in its place on the remote any more", package(cx.plan)?.tag),
    )
    .hint("find out who removed or moved it; `bowline resume` goes on when it is back"))
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

/// Whether readers are shown what they shall be shown; said once more where not. The release is public, so nothing here can
/// fail it.
fn read_back(cx: &Cx<'_>, release: &Release, is_latest: bool) {
    let is_right = || latest(cx).is_ok_and(|shown| (shown.as_ref() == Some(&release.tag)) == is_latest);
    if is_right() {
        return;
    }
    let _ = cx.doors.forge.publish(release, is_latest);
    if !is_right() {
        let is = if is_latest { "is not shown as the latest yet" } else { "is shown as the latest" };
        cx.warn("latest_differs", format!("release {} {is}; look at {}", release.tag, release.url));
    }
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

/// Whether readers shall be shown this release as the latest: final, and as the configuration says, or by SemVer not below
/// the one they see now.
pub fn is_latest(look: &Look<'_>) -> Result<bool, Failure> {
    let package = package(look.plan)?;
    if package.prerelease {
        return Ok(false);
    }
    Ok(match look.plan.requirements.publish.latest {
        Latest::Always => true,
        Latest::Never => false,
        Latest::Auto => {
            let shown = latest(look)?.and_then(|tag| version_of(package, tag.as_str()));
            shown.is_none_or(|shown| shown <= package.next)
        }
    })
}

fn receipt(release: &Release) -> Published {
    Published { id: release.id.clone(), url: release.url.clone() }
}
