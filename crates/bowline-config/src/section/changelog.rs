//! `[changelog]`: the file that tells people what changed.

use serde::Serialize;

/// `[changelog]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changelog {
    /// Where it is; none when there shall be none. A repository without version files gets one only when asked.
    pub path: Option<String>,
    /// Whether `path` was given rather than assumed.
    pub asked: bool,
    /// What a new file begins with.
    pub header: String,
    /// Template (minijinja) of one section; none for the built-in one.
    pub template: Option<String>,
    /// Which day headings carry.
    pub date: DateSource,
}

/// Which day headings carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DateSource {
    /// The head commit's committer date in UTC.
    #[default]
    Commit,
    /// The day the plan is first made; recorded in the plan.
    Today,
}
