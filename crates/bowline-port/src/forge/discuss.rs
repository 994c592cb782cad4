//! Discussions about releases.

use super::{ForgeError, Release};

/// Opens a discussion about a release.
pub trait Discussions {
    /// Where `release` is discussed; none when it is not.
    fn discussed(&self, release: &Release) -> Result<Option<String>, ForgeError>;
    /// Opens a discussion of `category` about a public release and says where; one that is there already stays the only
    /// one. [`ForgeError::Missing`] when there is no such category.
    fn discuss(&self, release: &Release, category: &str) -> Result<String, ForgeError>;
}
