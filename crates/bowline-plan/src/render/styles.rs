//! The templates of each style.

use bowline_config::section::style::Style;

/// The template of a version's section in the changelog.
pub(super) fn section(style: Style) -> &'static str {
    match style {
        Style::Bowline => include_str!("styles/bowline.section.j2"),
        Style::KeepAChangelog => include_str!("styles/keep-a-changelog.section.j2"),
        Style::Conventional => include_str!("styles/conventional.section.j2"),
        Style::StandardVersion => include_str!("styles/standard-version.section.j2"),
        Style::Github => include_str!("styles/github.section.j2"),
        Style::Plain => include_str!("styles/plain.section.j2"),
    }
}

/// The template of the notes.
pub(super) fn notes(style: Style) -> &'static str {
    match style {
        Style::Bowline => include_str!("styles/bowline.notes.j2"),
        Style::KeepAChangelog => include_str!("styles/keep-a-changelog.notes.j2"),
        Style::Conventional | Style::StandardVersion => include_str!("styles/conventional.notes.j2"),
        Style::Github => include_str!("styles/github.notes.j2"),
        Style::Plain => include_str!("styles/plain.notes.j2"),
    }
}
