//! Limits of forge and formats, as far as a plan can know them before anything is built.

use crate::render::Notes;
use bowline_config::Config;
use bowline_model::facts::Facts;
use bowline_model::plan::{LimitFinding, PackagePlan};

/// The most characters that notes may have.
pub(crate) fn notes_max(config: &Config, facts: &Facts) -> u64 {
    let forge = facts.forge.limits.notes_chars;
    config.notes.max_chars.map_or(forge, |max| max.min(forge))
}

/// Checks `package`, whose notes are `notes`.
pub(crate) fn check(config: &Config, facts: &Facts, package: &PackagePlan, notes: &Notes) -> Vec<LimitFinding> {
    vec![
        notes_length(notes_max(config, facts), notes),
        at_most("tag_length", MAX_TAG, package.tag.as_str().len() as u64, "bytes in the tag's name"),
        at_most("tag_message_size", MAX_MESSAGE, package.tag_message.len() as u64, "bytes in the tag's message"),
        at_most("asset_count", facts.forge.limits.assets, fewest_assets(config), "assets at least"),
        asset_size(config, facts),
    ]
}

fn notes_length(max: u64, notes: &Notes) -> LimitFinding {
    let ok = notes.chars <= max;
    let message = match (ok, notes.omitted) {
        (true, 0) => "the notes fit".to_owned(),
        (true, omitted) => format!("the notes fit after {omitted} entries were left out"),
        (false, _) => {
            "even without any entry the notes do not fit: shorten what is added to them, the template or the footer"
                .to_owned()
        }
    };
    LimitFinding { limit: "notes_length".to_owned(), max, actual: notes.chars, ok, message }
}

/// The assets that there will be in any case: artifacts, notes for audiences, checksum files and the release's own record.
fn fewest_assets(config: &Config) -> u64 {
    let artifacts = &config.artifacts;
    let audiences = config.notes.audiences.0.values().filter(|audience| audience.asset).count() as u64;
    let checksums = if artifacts.include.is_empty() { 0 } else { artifacts.checksums.len() as u64 };
    artifacts.min.saturating_add(checksums).saturating_add(audiences).saturating_add(1)
}

/// A configured size above the forge's can never be reached; that is worth knowing and stops nothing.
fn asset_size(config: &Config, facts: &Facts) -> LimitFinding {
    let max = facts.forge.limits.asset_size;
    let configured = config.artifacts.max_size.unwrap_or(max);
    let message = if configured > max {
        format!("artifacts may have {max} bytes: the forge accepts no more, whatever is configured")
    } else {
        format!("artifacts may have {configured} bytes")
    };
    LimitFinding { limit: "asset_size".to_owned(), max, actual: configured.min(max), ok: true, message }
}

fn at_most(limit: &str, max: u64, actual: u64, what: &str) -> LimitFinding {
    let ok = actual <= max;
    let message = if ok { format!("{actual} {what}") } else { format!("{actual} {what}, {max} are accepted") };
    LimitFinding { limit: limit.to_owned(), max, actual, ok, message }
}

/// What the grammar of safe names accepts.
const MAX_TAG: u64 = 128;
/// Larger messages are accepted by git and refused or cut by forges and mail programs.
const MAX_MESSAGE: u64 = 64 << 10;
