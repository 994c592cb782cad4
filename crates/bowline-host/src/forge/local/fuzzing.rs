//! The record of a release's folder and its part of the page as functions, for fuzzing; not part of what ships.

use super::page;
use super::record::Record;

/// What is read of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    /// The tag.
    pub tag: String,
    /// Names of assets.
    pub assets: Vec<String>,
    /// The record as it is written again.
    pub written: Vec<u8>,
    /// What the page says about the release.
    pub page: String,
}

/// Reads a record, for a release with these notes.
pub fn record(data: &[u8], notes: &str) -> Option<Read> {
    let record = Record::parse(data).ok()?;
    Some(Read {
        tag: record.tag.to_string(),
        assets: record.assets.iter().map(|asset| asset.name.clone()).collect(),
        written: record.to_bytes().ok()?,
        page: page::section(&record, notes, true),
    })
}
