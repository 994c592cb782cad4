//! Sections and keys that Bowline knows by name and this version does not carry out.
//!
//! They are refused by name: a required signature or an approval gate that is silently ignored would be worse than
//! none. An entry leaves this list in the change that implements it.

use crate::key::ANY;

/// Whole sections.
pub(crate) const SECTIONS: &[&str] =
    &["attest", "environment", "hooks", "ledger", "notify", "observe", "sign", "tracker"];

/// Keys of sections that exist.
pub(crate) const KEYS: &[&str] = &[
    "artifacts.embedded_version",
    "artifacts.sbom",
    "artifacts.scan_secrets",
    "gate.approvals",
    "gate.freeze",
    "gate.issues",
    "gate.policy",
    "package.artifacts",
    "package.depends_on",
    "package.group",
    "package.tag",
    "package.version_files",
    "release.mode",
    "version_file.pattern",
];

/// Advice for all of them.
pub(crate) const HINT: &str = "remove it or use a version that has it";

/// Whether the dotted `path` is the name of such a section or key.
pub(crate) fn contains(path: &str) -> bool {
    SECTIONS.contains(&path) || KEYS.iter().any(|key| is(key, path))
}

/// Whether `path` is `key`, with any name where the key leaves it to people.
fn is(key: &str, path: &str) -> bool {
    key.split('.').count() == path.split('.').count()
        && key.split('.').zip(path.split('.')).all(|(part, found)| part == ANY || part == found)
}

/// Whether such a name is `path` or a table that it stands in.
pub(crate) fn covers(path: &str) -> bool {
    let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end)).any(contains)
}

/// What is wrong with `shown`.
pub(crate) fn message(shown: &str) -> String {
    format!("`{shown}` is not available in this version of Bowline")
}
