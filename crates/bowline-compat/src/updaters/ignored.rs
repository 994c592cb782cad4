//! Which files git ignores, as far as npm's `dotgitignore` knows.

use crate::options::World;
use crate::profile::Profile;

/// Whether `filename` of an entry is left out because git ignores it.
#[must_use]
pub fn is_ignored(_filename: &str, _profile: Profile, _world: &World<'_>) -> bool {
    false
}
