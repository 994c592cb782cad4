//! Releases that nobody can change once they are public, and the tags that such releases use up.

use super::ForgeError;
use bowline_model::git::TagName;

/// Knows what a forge does for immutability.
pub trait Immutability {
    /// Whether what is published from now on is immutable.
    fn immutable(&self) -> Result<Immutable, ForgeError>;
    /// Whether `tag` is used up: it belonged to an immutable release that was deleted, and nothing can have that name again.
    /// `refusal` is what the remote has just said when it refused to create it. None when that cannot be seen.
    fn is_burned(&self, tag: &TagName, refusal: Option<&str>) -> Result<Option<bool>, ForgeError>;
}

/// Whether what is published from now on is immutable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Immutable {
    /// Its tag and its assets can never be changed.
    Yes,
    /// They can.
    No,
    /// The rights at hand do not show it.
    Unknown,
}
