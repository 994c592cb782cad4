//! Releases that somebody made by hand, and that shall be ours from now on.

use super::{ForgeError, NewRelease, Release};

/// Makes a release ours that carries no marker.
pub trait Adoption {
    /// Gives `theirs` the marker of `new`, and marks it as a pre-release as `new` says; its title, text and assets stay as
    /// they are, and a draft stays a draft. The caller has compared tag and assets before.
    ///
    /// From then on it is found like a release of ours. [`Forge::delete_draft`](super::Forge::delete_draft) on it takes
    /// only the marker away again: what somebody else made is never removed.
    fn adopt(&self, theirs: &Release, new: &NewRelease) -> Result<Release, ForgeError>;
}
