//! Tags that an immutable release has used up: the release was deleted, and nothing can have its tag's name again.
//!
//! A forge refuses such a tag in the words of an ordinary rule, so it is asked what it was. Not being able to tell leaves
//! the refusal what it says it is.

use crate::refs::{self, package};
use bowline_engine::Look;
use bowline_model::version::Level;
use bowline_model::{Failure, FailureKind, Version};
use std::collections::BTreeSet;

/// Whether a push that was refused in these words was so because the planned tag is used up.
pub fn is_refused(look: &Look<'_>, words: &str) -> bool {
    is_burned(look, Some(words))
}

/// Whether the planned tag is known to be used up, before anybody tries it.
pub fn is_known(look: &Look<'_>) -> bool {
    is_burned(look, None)
}

fn is_burned(look: &Look<'_>, refusal: Option<&str>) -> bool {
    let (Some(immutability), Ok(package)) = (look.readers.forge.immutability(), package(look.plan)) else {
        return false;
    };
    // What cannot be seen is not known.
    matches!(immutability.is_burned(&package.tag, refusal), Ok(Some(true)))
}

/// The tag cannot be had, and the next version that can.
pub fn failure(look: &Look<'_>, why: &dyn std::error::Error) -> Failure {
    let tag = package(look.plan).map(|package| package.tag.to_string()).unwrap_or_default();
    let message = format!("tag {tag} was used up by an immutable release that is gone: it can never be used again");
    let failure = Failure::new(FailureKind::Conflict, "tag_burned", message).because(why);
    match next_free(look) {
        Some(next) => failure.hint(format!("release the next free version: bowline release --version {next}")),
        None => failure.hint("choose another version with `--version X`"),
    }
}

/// The lowest final version above the planned one whose tag is not on the remote.
fn next_free(look: &Look<'_>) -> Option<Version> {
    let package = package(look.plan).ok()?;
    let there: BTreeSet<String> = refs::all(look).ok()?.into_iter().map(|reference| reference.name).collect();
    let mut version = package.next.release();
    for _ in 0..MOST {
        version = version.bumped(Level::Patch).ok()?;
        let tag = package.tag.as_str().replacen(&package.next.to_string(), &version.to_string(), 1);
        if !there.contains(&format!("refs/tags/{tag}")) {
            return Some(version);
        }
    }
    None
}

/// Nobody has used up more than this in a row.
const MOST: usize = 100;
