//! Changelog sections and release notes as text.
//!
//! Templates are minijinja with strict undefined values, a bound on work and nothing that reaches outside: no files, no
//! environment, no loading of others. Commits enter as data, already escaped for Markdown, so nothing in a message is
//! ever a template. Blank lines are part of the templates; lines that hold only a tag leave none behind.

pub mod audience;
mod content;
mod error;
mod people;
mod styles;

pub use content::{Content, Entry, Group};
pub use error::TemplateError;
pub use people::People;

use crate::changelog::woven;
use crate::history::Change;
use crate::links::Links;
use audience::{Readers, Sees};
use bowline_config::Config;
use bowline_config::section::notes::Audience;
use bowline_config::section::style::Style;
use bowline_model::Version;
use bowline_model::git::TagName;
use bowline_model::plan::{Contributor, ForgeKind, RepositoryId};
use bowline_model::text::defuse_workflow_commands;
use content::Source;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};

/// One version's changes, ready to be rendered.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// The version; none for what is not released yet.
    pub version: Option<&'a Version>,
    /// Its tag.
    pub tag: Option<&'a TagName>,
    /// The tag of the version before.
    pub previous: Option<&'a TagName>,
    /// The day in its heading.
    pub date: Option<&'a str>,
    /// What it contains, newest first; from [`crate::history::read`].
    pub changes: &'a [Change],
    /// What else belongs to it.
    pub beside: Beside<'a>,
}

/// What belongs to a version besides its changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// What people wrote for it in the changelog, where the style takes that up.
    pub written: Option<&'a str>,
    /// Advice for those who upgrade.
    pub upgrade: Option<&'a str>,
    /// Who wrote it, where they are to be thanked.
    pub people: Option<&'a People>,
}

impl<'a> Beside<'a> {
    /// The same with these people.
    #[must_use]
    pub const fn with(self, people: Option<&'a People>) -> Self {
        Self { people, ..self }
    }
}

/// Renders everything for one repository.
#[derive(Debug)]
pub struct Renderer<'c> {
    config: &'c Config,
    links: Links,
    package: String,
    templates: Environment<'c>,
    /// The audience that notes are for, and whether it sees commits of any type.
    audience: Option<(String, Sees)>,
}

/// Notes, and how they were made to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// The text.
    pub text: String,
    /// How many entries were left out.
    pub omitted: usize,
    /// How many characters the text has.
    pub chars: u64,
}

/// A whole changelog, section by section, so that nobody has to have all of history at hand.
#[derive(Debug)]
pub struct Document {
    text: String,
    addresses: String,
}

impl Document {
    /// The text.
    pub fn finish(mut self) -> String {
        if !self.addresses.is_empty() {
            self.text.push('\n');
            self.text.push_str(&self.addresses);
        }
        self.text
    }
}

impl<'c> Renderer<'c> {
    /// Reads the templates.
    pub fn new(
        config: &'c Config,
        repository: &RepositoryId,
        forge: ForgeKind,
        package: &str,
    ) -> Result<Self, TemplateError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
        templates.set_syntax(syntax.map_err(|source| TemplateError::new(SECTION, source))?);
        let style = config.changelog.style;
        let sources = [
            (SECTION, config.changelog.template.as_deref().unwrap_or(styles::section(style))),
            (NOTES, config.notes.template.as_deref().unwrap_or(styles::notes(style))),
        ];
        for (which, source) in sources {
            templates.add_template(which, source).map_err(|source| TemplateError::new(which, source))?;
        }
        let links =
            Links::new(repository, forge, config.changelog.jira.as_ref()).with_forms(&config.changelog.links, forge);
        Ok(Self { config, links, package: package.to_owned(), templates, audience: None })
    }

    /// The same for notes that the audience `name` reads; `config` is what [`applied_to`] makes of it.
    ///
    /// [`applied_to`]: bowline_config::section::notes::Audience::applied_to
    #[must_use]
    pub fn for_audience(self, name: &str, audience: &Audience) -> Self {
        Self { audience: Some((name.to_owned(), Sees::of(audience))), ..self }
    }

    /// What templates and scripts are told about `release`.
    pub fn content(&self, release: &Release<'_>) -> Content {
        self.content_for(release, Readers::OfChangelog, false)
    }

    /// What the template of the notes is told about `release`, as files show it.
    pub fn notes_content(&self, release: &Release<'_>) -> Content {
        self.content_for(release, self.readers(), false)
    }

    fn readers(&self) -> Readers<'_> {
        self.audience.as_ref().map_or(Readers::OfNotes, |(name, sees)| Readers::Audience(name, *sees))
    }

    fn content_for(&self, release: &Release<'_>, readers: Readers<'_>, host_links: bool) -> Content {
        let source = Source { config: self.config, links: &self.links, package: &self.package, readers, host_links };
        Content::new(&source, release)
    }

    /// The section of one version, as it stands in a changelog.
    pub fn section(&mut self, release: &Release<'_>) -> Result<String, TemplateError> {
        let generated = self.generated(release)?;
        Ok(release.beside.written.map_or(generated.clone(), |written| woven(written, &generated)))
    }

    /// That section without what people wrote.
    pub fn generated(&mut self, release: &Release<'_>) -> Result<String, TemplateError> {
        let content = self.content(release);
        self.render(SECTION, &content)
    }

    /// A whole changelog that has its header and no section yet.
    pub fn begin(&self) -> Document {
        Document { text: header(&self.config.changelog.header), addresses: String::new() }
    }

    /// Adds the section of `release`, which is older than those before.
    pub fn add(&mut self, document: &mut Document, release: &Release<'_>) -> Result<(), TemplateError> {
        let section = self.section(release)?;
        document.text.push('\n');
        document.text.push_str(&section);
        let content = release.version.map(|version| format!("[{version}]")).zip(self.address(release));
        if let Some((label, address)) = content.filter(|(label, _)| self.keeps() && section.contains(label)) {
            document.addresses.push_str(&format!("{label}: {address}\n"));
        }
        Ok(())
    }

    /// Where the host shows what `release` changes; its tag, when it is the first.
    pub fn address(&self, release: &Release<'_>) -> Option<String> {
        let compare = release.previous.zip(release.tag).and_then(|(from, to)| self.links.compare(from, to));
        compare.or_else(|| self.links.tag(release.tag?))
    }

    /// Where the host shows what comes after `tag`.
    pub fn later(&self, tag: &TagName) -> Option<String> {
        self.links.since(tag)
    }

    /// Whether changelogs are kept as keepachangelog.com asks for.
    fn keeps(&self) -> bool {
        self.config.changelog.style == Style::KeepAChangelog
    }

    /// The notes of one version in at most `max` characters. What does not fit is cut between two entries, and the
    /// text then says how many are missing and that `elsewhere` has them (`CHANGELOG.md`).
    pub fn notes(&mut self, release: &Release<'_>, max: u64, elsewhere: &str) -> Result<Notes, TemplateError> {
        // What an audience reads is a file.
        let host_links = self.audience.is_none() && self.links.links_itself();
        let content = self.content_for(release, self.readers(), host_links);
        let upgrade = release.beside.upgrade;
        let all = content.len();
        let whole = self.notes_of(&content, all, elsewhere, upgrade)?;
        if whole.chars <= max {
            return Ok(whole);
        }
        // The text grows with every entry, so the largest number that fits is found by halving.
        let (mut fits, mut too_many) = (self.notes_of(&content, 0, elsewhere, upgrade)?, all);
        let mut kept = 0;
        while kept + 1 < too_many && fits.chars <= max {
            let middle = kept.midpoint(too_many);
            let notes = self.notes_of(&content, middle, elsewhere, upgrade)?;
            if notes.chars <= max {
                (kept, fits) = (middle, notes);
            } else {
                too_many = middle;
            }
        }
        Ok(fits)
    }

    fn notes_of(
        &mut self,
        content: &Content,
        kept: usize,
        elsewhere: &str,
        upgrade: Option<&str>,
    ) -> Result<Notes, TemplateError> {
        let omitted = content.len() - kept;
        let shown = if omitted == 0 { self.render(NOTES, content)? } else { self.render(NOTES, &content.first(kept))? };
        let mut text = match &content.written {
            Some(written) => defuse_workflow_commands(&woven(written, &shown)).into_owned(),
            None => shown,
        };
        if let Some(header) = self.config.notes.header.as_deref().map(str::trim).filter(|header| !header.is_empty()) {
            text = format!("{}\n\n{text}", defuse_workflow_commands(header));
        }
        if omitted > 0 {
            let (noun, verb) = if omitted == 1 { ("entry", "is") } else { ("entries", "are") };
            text.push_str(&format!(
                "\n{omitted} more {noun} {verb} left out here for length; {elsewhere} has all of them.\n"
            ));
        }
        if self.config.notes.template.is_none() {
            text.push_str(&thanks(&content.contributors));
        }
        text.push_str(&upgrade.map(advice).unwrap_or_default());
        if let Some(footer) = self.config.notes.footer.as_deref().map(str::trim).filter(|footer| !footer.is_empty()) {
            text.push_str(&format!("\n{}\n", defuse_workflow_commands(footer)));
        }
        let chars = text.chars().count() as u64;
        Ok(Notes { text, omitted, chars })
    }

    fn render(&mut self, which: &'static str, content: &Content) -> Result<String, TemplateError> {
        self.templates.set_fuel(Some(FUEL + FUEL_PER_ENTRY * content.len() as u64));
        let text = self.templates.get_template(which).and_then(|template| template.render(Serde(content)));
        let text = text.map_err(|source| TemplateError::new(which, source))?;
        let own = if which == SECTION { &self.config.changelog.template } else { &self.config.notes.template };
        let most = if own.is_some() || which == NOTES { 1 } else { self.config.changelog.style.blank_lines() };
        Ok(tidy(&defuse_workflow_commands(&text), most))
    }
}

/// The people of a release as a list; nothing for nobody.
fn thanks(contributors: &[Contributor]) -> String {
    let line = |who: &Contributor| format!("- {}{}\n", who.name, if who.first { " (first contribution)" } else { "" });
    let list: String = contributors.iter().map(line).collect();
    if list.is_empty() { list } else { format!("\n### Contributors\n\n{list}") }
}

/// Advice for those who upgrade, under a heading: its own, or one of ours.
fn advice(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').trim();
    let heading = if text.starts_with('#') || text.is_empty() { "" } else { "### Upgrading\n\n" };
    if text.is_empty() { String::new() } else { format!("\n{heading}{}\n", defuse_workflow_commands(text)) }
}

/// What a new changelog begins with, ending in one line break; empty for none.
pub(crate) fn header(configured: &str) -> String {
    let text = configured.trim_end();
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

/// No blank lines at either end, never more than `most` in a row, one line break at the end.
fn tidy(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            (0..blank.min(most)).for_each(|_| out.push('\n'));
        }
        blank = 0;
        out.push_str(line);
        out.push('\n');
    }
    out
}

const SECTION: &str = "changelog";
const NOTES: &str = "notes";
/// Instructions a template may take, and how many more for each entry: far more than any honest one needs.
const FUEL: u64 = 1_000_000;
const FUEL_PER_ENTRY: u64 = 2_000;

#[cfg(test)]
mod tests;
