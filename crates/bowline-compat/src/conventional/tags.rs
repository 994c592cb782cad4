//! Which tags count as releases.

use super::{Error, Question};
use crate::versions::Version;

/// The tags that count for the changelog, newest commit first.
///
/// # Errors
///
/// When the history cannot be read, or the prefix is no pattern.
pub fn changelog_tags(question: &Question<'_>) -> Result<Vec<String>, Error> {
    let _ = question;
    Ok(Vec::new())
}

/// The tag since which commits count for the bump.
///
/// # Errors
///
/// When the history cannot be read, or the prefix is no pattern.
pub fn bump_base(question: &Question<'_>) -> Result<Option<String>, Error> {
    let _ = question;
    Ok(None)
}

/// The highest version that has a tag (`gitTagFallback`); of commit-and-tag-version, pre-releases under another identifier
/// than `prerelease` do not count. `None` when no tag is a release: the originals then say 1.0.0.
///
/// # Errors
///
/// When the history cannot be read, or the prefix is no pattern.
pub fn latest_version(question: &Question<'_>, prerelease: Option<&str>) -> Result<Option<Version>, Error> {
    let _ = (question, prerelease);
    Ok(None)
}

/// The version, with the number of its pre-release counted on past those that have a tag (commit-and-tag-version).
///
/// # Errors
///
/// When the history cannot be read, or the prefix is no pattern.
pub fn unique_prerelease(question: &Question<'_>, proposed: &Version, id: &str) -> Result<Version, Error> {
    let _ = (question, id);
    Ok(proposed.clone())
}
