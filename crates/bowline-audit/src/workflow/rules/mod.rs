//! The rules, in two files: what a release workflow should have (`release.rs`), and what no workflow near a release should do
//! (`safety.rs`). A rule says only what is surely so; what it merely suspects is a note.

mod release;
mod safety;

use super::Seen;
use crate::finding::Finding;

/// Everything that all rules find.
pub(super) fn all(seen: &Seen) -> Vec<Finding> {
    let mut findings = release::find(seen);
    for file in &seen.files {
        findings.extend(safety::find(file, seen));
    }
    findings
}
