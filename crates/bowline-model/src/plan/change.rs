//! What a plan says of change files: texts about changes that people commit beside them.

use crate::git::Oid;
use crate::version::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one change file says, as the plan understood it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedChange {
    /// The file, from the repository's root.
    pub file: String,
    /// The commit that added it; none where that cannot be told cheaply, such as for one that an earlier pre-release has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Oid>,
    /// Who wrote that commit, by name, safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The type it stands under in the texts; empty when it has none.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it says it breaks something.
    pub breaking: bool,
    /// Its summary, readable.
    pub subject: String,
    /// The rule that decided, for example `minor → minor`.
    pub rule: String,
    /// What the rule asked for.
    pub level: Level,
}
