//! One thing that weakens a release: what it is, where it stands, and what to do about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that weakens a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule, a stable name for scripts: `workflow/unpinned-action`, `environment/no-rules`.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// What it is, in a sentence. Holds text from outside.
    pub message: String,
    /// The line of the file it is about; none for what is in no file.
    pub place: Option<Place>,
    /// What to do, best first: commands, settings, addresses of settings pages.
    pub fixes: Vec<String>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; no reason to stop.
    Note,
    /// It weakens a release.
    Warning,
    /// It lets somebody publish what nobody meant to, or a release fail half way.
    Error,
}

/// Where a finding stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file, from the root of the repository, with `/`.
    pub path: String,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
}

impl Finding {
    /// A finding that is in no file.
    #[must_use]
    pub fn new(rule: &str, severity: Severity, message: impl Into<String>) -> Self {
        Self { rule: rule.to_owned(), severity, message: message.into(), place: None, fixes: Vec::new() }
    }

    /// The same, at `place`.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same, with one more thing to do about it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fixes.push(fix.into());
        self
    }

    /// Whether it counts for the exit code (5).
    #[must_use]
    pub fn counts(&self) -> bool {
        self.severity >= Severity::Warning
    }
}
