//! Changelog sections and release notes as text.
//!
//! Templates are minijinja with strict undefined values, a bound on work and nothing that reaches outside: no files, no
//! environment, no loading of others. Commits enter as data, already escaped for Markdown, so nothing in a message is
//! ever a template. Blank lines are part of the templates; lines that hold only a tag leave none behind.

mod content;

pub use content::{Content, Entry, Group};

use crate::history::Change;
use crate::links::Links;
use bowline_config::Config;
use bowline_model::Version;
use bowline_model::git::TagName;
use bowline_model::plan::{ForgeKind, RepositoryId};
use bowline_model::text::defuse_workflow_commands;
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
}

/// Renders everything for one repository.
#[derive(Debug)]
pub struct Renderer<'c> {
    config: &'c Config,
    links: Links,
    package: String,
    templates: Environment<'c>,
}

/// Why a template gives no text.
#[derive(Debug, thiserror::Error)]
#[error("the {which} template does not work")]
pub struct TemplateError {
    which: &'static str,
    #[source]
    source: minijinja::Error,
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
        templates.set_syntax(syntax.map_err(|source| TemplateError { which: SECTION, source })?);
        let sources = [
            (SECTION, config.changelog.template.as_deref().unwrap_or(include_str!("section.j2"))),
            (NOTES, config.notes.template.as_deref().unwrap_or(include_str!("notes.j2"))),
        ];
        for (which, source) in sources {
            templates.add_template(which, source).map_err(|source| TemplateError { which, source })?;
        }
        Ok(Self { config, links: Links::new(repository, forge), package: package.to_owned(), templates })
    }

    /// The section of one version, as it stands in a changelog.
    pub fn section(&mut self, release: &Release<'_>) -> Result<String, TemplateError> {
        let content = Content::new(self.config, &self.links, &self.package, release);
        self.render(SECTION, &content)
    }

    /// A whole changelog: the header and a section for each of `releases`, newest first.
    pub fn document(&mut self, releases: &[Release<'_>]) -> Result<String, TemplateError> {
        let mut out = header(&self.config.changelog.header);
        for release in releases {
            out.push('\n');
            out.push_str(&self.section(release)?);
        }
        Ok(out)
    }

    /// The notes of one version in at most `max` characters. What does not fit is cut between two entries, and the
    /// text then says how many are missing and that `elsewhere` has them (`CHANGELOG.md`).
    pub fn notes(&mut self, release: &Release<'_>, max: u64, elsewhere: &str) -> Result<Notes, TemplateError> {
        let content = Content::new(self.config, &self.links, &self.package, release);
        let all = content.len();
        let whole = self.notes_of(&content, all, elsewhere)?;
        if whole.chars <= max {
            return Ok(whole);
        }
        // The text grows with every entry, so the largest number that fits is found by halving.
        let (mut fits, mut too_many) = (self.notes_of(&content, 0, elsewhere)?, all);
        let mut kept = 0;
        while kept + 1 < too_many && fits.chars <= max {
            let middle = kept.midpoint(too_many);
            let notes = self.notes_of(&content, middle, elsewhere)?;
            if notes.chars <= max {
                (kept, fits) = (middle, notes);
            } else {
                too_many = middle;
            }
        }
        Ok(fits)
    }

    fn notes_of(&mut self, content: &Content, kept: usize, elsewhere: &str) -> Result<Notes, TemplateError> {
        let omitted = content.len() - kept;
        let mut text = if omitted == 0 {
            self.render(NOTES, content)?
        } else {
            let (noun, verb) = if omitted == 1 { ("entry", "is") } else { ("entries", "are") };
            let shown = self.render(NOTES, &content.first(kept))?;
            format!("{shown}\n{omitted} more {noun} {verb} left out here for length; {elsewhere} has all of them.\n")
        };
        if let Some(footer) = self.config.notes.footer.as_deref().map(str::trim).filter(|footer| !footer.is_empty()) {
            text.push_str(&format!("\n{}\n", defuse_workflow_commands(footer)));
        }
        let chars = text.chars().count() as u64;
        Ok(Notes { text, omitted, chars })
    }

    fn render(&mut self, which: &'static str, content: &Content) -> Result<String, TemplateError> {
        self.templates.set_fuel(Some(FUEL + FUEL_PER_ENTRY * content.len() as u64));
        let text = self.templates.get_template(which).and_then(|template| template.render(Serde(content)));
        let text = text.map_err(|source| TemplateError { which, source })?;
        Ok(tidy(&defuse_workflow_commands(&text)))
    }
}

/// What a new changelog begins with, ending in one line break; empty for none.
pub(crate) fn header(configured: &str) -> String {
    let text = configured.trim_end();
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

/// No blank lines at either end, never two in a row, one line break at the end.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            blank = !out.is_empty();
            continue;
        }
        if blank {
            out.push('\n');
        }
        blank = false;
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
