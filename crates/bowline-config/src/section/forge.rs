//! `[forge]`: where releases live.

use bowline_model::plan::ForgeKind;
use serde::Serialize;

/// `[forge]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forge {
    /// What kind; by default from the remote's host.
    pub kind: Option<ForgeKind>,
    /// The folder of the local forge; by default below the user's data folder.
    pub path: Option<String>,
}
