//! What `--adopt` takes over: a release of the planned tag that somebody made by hand, without our marker.
//!
//! - A draft is adopted when everything it holds is, byte for byte, what this release ships; what is missing is uploaded.
//! - A public release is adopted when its tag is the very one that this plan makes and it holds the whole set: nothing is
//!   ever added to what readers have.
//! - Its title, its text and its files stay; nothing is deleted. Anything different is a conflict that names it.

use super::create::expected;
use crate::assets::{Difference, forge_failure};
use crate::refs::{self, package};
use bowline_engine::{Cx, Look};
use bowline_model::{Failure, FailureKind};
use bowline_port::forge::{Drafts, NewRelease, Release};

/// Whether a release that carries no marker may be taken over.
pub fn is_offered(look: &Look<'_>, release: &Release) -> bool {
    look.settings.adopt && release.marker.is_none()
}

/// Whether the forge can do it at all.
pub fn is_possible(cx: &Cx<'_>) -> Result<(), Failure> {
    if !cx.settings.adopt || cx.doors.forge.adoption().is_some() {
        return Ok(());
    }
    let place = cx.readers.forge.location();
    Err(Failure::new(FailureKind::Usage, "adopt_unavailable", format!("releases at {place} cannot be adopted"))
        .hint("leave --adopt out"))
}

/// The draft of the planned tag that somebody made by hand, when one is to be taken over.
pub fn draft_by_hand(look: &Look<'_>) -> Result<Option<Release>, Failure> {
    if !look.settings.adopt {
        return Ok(None);
    }
    let Drafts::Visible(drafts) = look.readers.forge.drafts().map_err(forge_failure)? else { return Ok(None) };
    let tag = &package(look.plan)?.tag;
    let mut by_hand = drafts.into_iter().filter(|draft| draft.tag == *tag && is_offered(look, draft));
    match (by_hand.next(), by_hand.next()) {
        (Some(first), Some(second)) => Err(Failure::new(
            FailureKind::Conflict,
            "adopt_ambiguous",
            format!("there are several drafts of {tag} that were made by hand"),
        )
        .hint(format!("leave one of them: {}, {}", first.url, second.url))),
        (only, _) => Ok(only),
    }
}

/// Why `theirs` cannot be taken over; none when it can.
pub fn obstacle(look: &Look<'_>, theirs: &Release) -> Result<Option<Failure>, Failure> {
    let difference = expected(look)?.compare(look.readers.forge.as_ref(), theirs).map_err(forge_failure)?;
    if theirs.draft {
        let in_the_way = Difference { missing: Vec::new(), ..difference };
        return Ok((!in_the_way.is_none()).then(|| differs(theirs, &in_the_way.to_string())));
    }
    let is_ours = match refs::read(look)?.tag {
        Some(tag) => refs::is_our_tag(look, &tag)?,
        None => false,
    };
    if !is_ours {
        return Ok(Some(differs(theirs, "its tag is not the one that this plan makes")));
    }
    Ok((!difference.is_none()).then(|| {
        let failure = differs(theirs, &difference.to_string());
        match difference.different.is_empty() && difference.extra.is_empty() {
            true => failure.hint("nothing is added to what is public: make it a draft again, if it is not immutable"),
            false => failure,
        }
    }))
}

fn differs(theirs: &Release, how: &str) -> Failure {
    let what = if theirs.draft { "draft" } else { "release" };
    Failure::new(
        FailureKind::Conflict,
        "adopt_differs",
        format!("the {what} of {} that was made by hand is not what this plan releases: {how}", theirs.tag),
    )
    .hint(format!("look at it: {}", theirs.url))
    .hint("bring it in line by hand, or choose another version with `--version X`")
}

/// Takes `theirs` over, after looking at it once more.
pub fn take_over(cx: &Cx<'_>, theirs: &Release, new: &NewRelease) -> Result<Release, Failure> {
    is_possible(cx)?;
    if let Some(failure) = obstacle(cx, theirs)? {
        return Err(failure);
    }
    let Some(adoption) = cx.doors.forge.adoption() else { return Err(differs(theirs, "it cannot be changed")) };
    adoption.adopt(theirs, new).map_err(forge_failure)
}
