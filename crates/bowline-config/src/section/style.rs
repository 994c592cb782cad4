//! `changelog.style`: the forms of changelog and notes that are built in, and what each calls its headings.

use serde::{Deserialize, Serialize};

/// A built-in form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// Bowline's own.
    #[default]
    Bowline,
    /// <https://keepachangelog.com>, version 1.1.0.
    KeepAChangelog,
    /// As the preset `conventionalcommits` of conventional-changelog writes it.
    Conventional,
    /// As standard-version 9 writes it.
    StandardVersion,
    /// As the notes that GitHub generates.
    Github,
    /// Bowline's own without commits and their links.
    Plain,
}

impl Style {
    /// Every style by its name in the file.
    pub(crate) const NAMES: &'static [&'static str] =
        &["bowline", "keep-a-changelog", "conventional", "standard-version", "github", "plain"];

    /// What the heading `section` of a commit type is called. A heading of the user's own keeps its name.
    pub fn title(self, section: &str) -> &str {
        let renamed = match self {
            Self::Bowline | Self::Github | Self::Plain => &[][..],
            Self::KeepAChangelog => &KEPT[..],
            Self::Conventional | Self::StandardVersion => &PRESET[..],
        };
        renamed.iter().find(|(from, _)| *from == section).map_or(section, |(_, to)| to)
    }

    /// The headings that come first, in their order.
    pub fn first(self) -> &'static [&'static str] {
        match self {
            Self::KeepAChangelog => &["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"],
            _ => &[],
        }
    }

    /// Whether entries stand by scope and text, as conventional-changelog sorts them, and not by age.
    pub fn is_sorted(self) -> bool {
        matches!(self, Self::Conventional | Self::StandardVersion)
    }

    /// The most blank lines in a row.
    pub fn blank_lines(self) -> usize {
        if self == Self::StandardVersion { 2 } else { 1 }
    }
}

/// The built-in headings of all dialects, as <https://keepachangelog.com/en/1.1.0/> (section "Types of changes") sorts changes.
const KEPT: [(&str, &str); 21] = [
    ("Features", "Added"),
    ("Enhancements", "Changed"),
    ("Breaking Changes", "Changed"),
    ("Performance", "Changed"),
    ("Code Refactoring", "Changed"),
    ("Code Style", "Changed"),
    ("Dependencies", "Changed"),
    ("Documentation", "Changed"),
    ("Build System", "Changed"),
    ("Continuous Integration", "Changed"),
    ("Chores", "Changed"),
    ("Cleanup", "Changed"),
    ("Tests", "Changed"),
    ("Other Changes", "Changed"),
    ("Deprecations", "Deprecated"),
    ("Removals", "Removed"),
    ("Bug Fixes", "Fixed"),
    ("Memory Leaks", "Fixed"),
    ("Reverts", "Removed"),
    ("Linux", "Fixed"),
    ("Windows", "Fixed"),
];
/// Where the preset calls a heading by another name.
const PRESET: [(&str, &str); 3] =
    [("Performance", "Performance Improvements"), ("Code Style", "Styles"), ("Chores", "Miscellaneous Chores")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings() {
        for (style, section, title) in [
            (Style::Bowline, "Features", "Features"),
            (Style::KeepAChangelog, "Features", "Added"),
            (Style::KeepAChangelog, "Bug Fixes", "Fixed"),
            (Style::KeepAChangelog, "Security", "Security"),
            (Style::KeepAChangelog, "Handbook", "Handbook"),
            (Style::StandardVersion, "Performance", "Performance Improvements"),
            (Style::Conventional, "Features", "Features"),
        ] {
            assert_eq!(style.title(section), title);
        }
    }

    #[test]
    fn names_are_those_of_the_file() {
        let read = |name: &&str| serde_json::from_value::<Style>((*name).into()).is_ok();
        assert!(Style::NAMES.iter().all(read));
    }
}
