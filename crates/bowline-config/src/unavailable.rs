//! Sections and keys that Bowline knows by name and this version does not carry out.
//!
//! They are refused by name: a required signature or an approval gate that is silently ignored would be worse than
//! none. An entry leaves this list in the change that implements it.

/// Whole sections.
pub(crate) const SECTIONS: &[&str] =
    &["attest", "channel", "environment", "gate", "hooks", "ledger", "notify", "observe", "sign", "tracker"];

/// Keys of sections that exist.
pub(crate) const KEYS: &[&str] = &[
    "artifacts.embedded_version",
    "artifacts.sbom",
    "artifacts.scan_secrets",
    "changelog.sections",
    "changelog.style",
    "forge.draft",
    "forge.latest",
    "package.artifacts",
    "package.depends_on",
    "package.group",
    "package.tag",
    "package.version_files",
    "release.floating_tags",
    "release.mode",
    "release.push",
    "version.format",
    "version.scheme",
    "version_file.pattern",
];

/// Advice for all of them.
pub(crate) const HINT: &str = "remove it or use a version that has it";

/// Whether the dotted `path` is the name of such a section or key.
pub(crate) fn contains(path: &str) -> bool {
    SECTIONS.contains(&path) || KEYS.contains(&path)
}

/// What is wrong with `shown`.
pub(crate) fn message(shown: &str) -> String {
    format!("`{shown}` is not available in this version of Bowline")
}
