//! Which release the commits ask for.

use super::{Error, Question};
use crate::versions::Release;

/// A release that the commits ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// Major, minor or patch.
    pub release: Release,
    /// Why, in the words of the preset.
    pub reason: String,
}

/// The release that the commits since the last one ask for; `None` when they ask for none.
///
/// # Errors
///
/// When the history cannot be read, or the configuration cannot be followed.
pub fn recommend(question: &Question<'_>) -> Result<Option<Recommendation>, Error> {
    let _ = question;
    Ok(None)
}
