//! `draft/create`: a release that nobody can see yet, found again by its marker.
//!
//! A draft of ours that holds another set of files than the frozen one (its machine was lost, and what was built
//! again differs) is discarded whole, as long as no reference was pushed. A draft that somebody else has put files into is
//! never discarded.

use super::adopt;
use crate::assets::{Difference, ReleaseSet, assets_differ, foreign, forge_failure, read_release_file, writable};
use crate::build::frozen;
use crate::build::manifest::Freeze;
use crate::commit::objects::Objects;
use crate::refs::{self, package};
use bowline_engine::{Cx, Look, Probe, Step, StepMeta, Undid};
use bowline_model::plan::{ForgeKind, Plan};
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use bowline_port::forge::{Drafts, NewRelease, Release, ours};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct Create;

/// The draft, or the release it has become.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// The forge's id.
    pub id: String,
    /// Where it is or will be.
    pub url: String,
}

impl Step for Create {
    type Receipt = Draft;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "draft/create",
        stage: Stage::Draft,
        effect: Effect::Reversible,
        needs: &["commit/objects", "build/manifest"],
        tools: &[],
        summary: "create the draft release",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn preflight(&self, cx: &Cx<'_>) -> Result<(), Failure> {
        adopt::is_possible(cx)?;
        if cx.plan.requirements.publish.draft && cx.readers.forge.kind() == ForgeKind::Local {
            return Err(Failure::new(
                FailureKind::Config,
                "draft_for_nobody",
                "a draft of the local forge cannot be published by a person",
            )
            .hint("leave `draft` out of `[forge]`"));
        }
        writable(cx.doors.forge.as_ref())
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Draft>, Failure> {
        if let Some(published) = listed(cx)? {
            return match published.marker == Some(cx.marker) {
                true => Ok(Probe::Present(receipt(&published))),
                false if adopt::is_offered(cx, &published) => offered(cx, &published),
                false => Ok(Probe::Conflict(taken(cx, &published))),
            };
        }
        let Some(draft) = find(cx)? else {
            return adopt::draft_by_hand(cx)?.map_or(Ok(Probe::Absent), |theirs| offered(cx, &theirs));
        };
        if !holds_another_set(cx, &draft)? {
            return Ok(Probe::Present(receipt(&draft)));
        }
        Ok(match not_ours(cx, &draft)? {
            Some(failure) => Probe::Conflict(failure),
            None => Probe::Partial("a draft with other files".to_owned()),
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Draft, Failure> {
        if cx.settings.adopt
            && let Some(public) = published(cx)?.filter(|release| adopt::is_offered(cx, release))
        {
            let adopted = adopt::take_over(cx, &public, &new_release(cx)?)?;
            remove_all(cx)?;
            return Ok(receipt(&adopted));
        }
        if let Some(draft) = find(cx)? {
            if refs::read(cx)?.tag.is_some() {
                forget_another_set(cx, &draft)?;
                return Err(Failure::new(
                    FailureKind::Stuck,
                    "pushed_files_lost",
                    format!("the draft of {} holds other files than were frozen, and its tag is public", draft.tag),
                )
                .hint("put the original artifacts back and run `bowline resume`")
                .hint("or delete the draft by hand and run `bowline resume`: the artifacts at hand are uploaded"));
            }
            delete(cx, &draft)?;
        }
        let new = new_release(cx)?;
        if let Some(theirs) = adopt::draft_by_hand(cx)? {
            return adopt::take_over(cx, &theirs, &new).map(|release| receipt(&release));
        }
        Ok(receipt(&cx.doors.forge.create_draft(&new).map_err(forge_failure)?))
    }

    fn undo(&self, cx: &Cx<'_>) -> Result<Undid, Failure> {
        remove_all(cx)?;
        Ok(Undid::Effect)
    }
}

fn new_release(cx: &Cx<'_>) -> Result<NewRelease, Failure> {
    let package = package(cx.plan)?;
    Ok(NewRelease {
        tag: package.tag.clone(),
        commit: cx.receipt::<Objects>()?.commit,
        name: package.tag.to_string(),
        notes: package.notes.clone(),
        prerelease: package.prerelease,
        marker: cx.marker,
    })
}

/// What somebody made by hand, when it may be taken over.
fn offered(cx: &Cx<'_>, theirs: &Release) -> Result<Probe<Draft>, Failure> {
    Ok(match adopt::obstacle(cx, theirs)? {
        None => Probe::Partial("it was made by hand and does not carry our marker".to_owned()),
        Some(failure) => Probe::Conflict(failure),
    })
}

fn remove_all(cx: &Cx<'_>) -> Result<(), Failure> {
    while let Some(draft) = find(cx)? {
        delete(cx, &draft)?;
    }
    Ok(())
}

/// Whoever holds the lock by now makes the same draft of the same plan, and finds it by the same marker: only the lock says
/// whose it is.
fn delete(cx: &Cx<'_>, draft: &Release) -> Result<(), Failure> {
    if let Some(failure) = not_ours(cx, draft)? {
        return Err(failure);
    }
    cx.hold.confirm()?;
    cx.doors.forge.delete_draft(draft).map_err(forge_failure)
}

/// Why the draft must stay as it is: somebody else has put files into it.
fn not_ours(look: &Look<'_>, draft: &Release) -> Result<Option<Failure>, Failure> {
    let extra = foreign(look.readers.forge.as_ref(), draft).map_err(forge_failure)?;
    let difference = Difference { extra, ..Difference::default() };
    Ok((!difference.is_none()).then(|| assets_differ(draft, &difference)))
}

/// Our draft. Should a lost answer have made two, the one with the lowest id is it.
pub fn find(look: &Look<'_>) -> Result<Option<Release>, Failure> {
    Ok(find_all(look)?.into_iter().next())
}

/// Our drafts, the one with the lowest id first.
pub fn find_all(look: &Look<'_>) -> Result<Vec<Release>, Failure> {
    match look.readers.forge.drafts().map_err(forge_failure)? {
        Drafts::Visible(drafts) => Ok(ours(&drafts, &look.marker).into_iter().cloned().collect()),
        Drafts::Invisible => Err(Failure::new(
            FailureKind::Missing,
            "drafts_invisible",
            format!("{} does not show drafts to this user", look.readers.forge.location()),
        )
        .hint("use a token that may write releases")),
    }
}

/// The published release of the planned tag.
pub fn published(look: &Look<'_>) -> Result<Option<Release>, Failure> {
    look.readers.forge.published(&package(look.plan)?.tag).map_err(forge_failure)
}

/// The published release of the planned tag, as far as the releases that were looked through show it.
pub fn listed(look: &Look<'_>) -> Result<Option<Release>, Failure> {
    look.readers.forge.listed(&package(look.plan)?.tag).map_err(forge_failure)
}

/// The same as [`current`], read at this moment.
pub fn current_now(look: &Look<'_>) -> Result<Option<Release>, Failure> {
    let Some(known) = current(look)? else { return Ok(None) };
    look.readers.forge.reread(&known).map_err(forge_failure)
}

/// Our draft, or our published release, whichever it is by now.
pub fn current(look: &Look<'_>) -> Result<Option<Release>, Failure> {
    match listed(look)? {
        Some(release) if release.marker == Some(look.marker) => Ok(Some(release)),
        Some(release) => Err(taken(look, &release)),
        None => find(look),
    }
}

/// The set this release must have.
pub fn expected(look: &Look<'_>) -> Result<ReleaseSet, Failure> {
    let objects = look.receipt::<Objects>()?;
    ReleaseSet::new(look.plan, &look.receipt::<Freeze>()?, objects.commit, objects.tag)
}

fn holds_another_set(cx: &Cx<'_>, draft: &Release) -> Result<bool, Failure> {
    let difference = expected(cx)?.compare(cx.readers.forge.as_ref(), draft).map_err(forge_failure)?;
    Ok(!difference.different.is_empty() || !difference.extra.is_empty())
}

/// What was frozen from other files than the release was made of must not stand in the way of the original ones.
fn forget_another_set(cx: &Cx<'_>, draft: &Release) -> Result<(), Failure> {
    let original = read_release_file(cx.readers.forge.as_ref(), draft).map_err(forge_failure)?;
    match original {
        Some(file) if file.manifest != cx.receipt::<Freeze>()? => frozen::forget(cx),
        _ => Ok(()),
    }
}

fn receipt(release: &Release) -> Draft {
    Draft { id: release.id.clone(), url: release.url.clone() }
}

/// A published release of the planned tag is not of this plan.
pub fn taken(look: &Look<'_>, release: &Release) -> Failure {
    let failure = Failure::new(
        FailureKind::Conflict,
        "release_taken",
        format!("release {} exists already and was not made for this plan", release.tag),
    )
    .hint(format!("look at it: {}", release.url));
    if release.marker.is_none() && !look.settings.adopt {
        return failure.hint("if it is this very release, made by hand: `bowline release --adopt`");
    }
    failure.hint("choose another version with `--version X`")
}
