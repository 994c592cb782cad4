//! Why a template gives no text, and where in it.

use std::fmt;

/// Why a template gives no text.
#[derive(Debug)]
pub struct TemplateError {
    which: &'static str,
    audience: Option<String>,
    source: minijinja::Error,
}

impl TemplateError {
    pub(super) const fn new(which: &'static str, source: minijinja::Error) -> Self {
        Self { which, audience: None, source }
    }

    /// The same, for the template of an audience.
    #[must_use]
    pub fn of_audience(self, name: &str) -> Self {
        Self { audience: Some(name.to_owned()), ..self }
    }

    /// Line and column, from 1, as far as the engine knows them.
    pub fn place(&self) -> Option<(usize, Option<usize>)> {
        let place = || {
            let before = self.source.template_source()?.get(..self.source.range()?.start)?;
            let (above, line) = before.rsplit_once('\n').unwrap_or(("", before));
            let number = above.matches('\n').count() + if before.contains('\n') { 2 } else { 1 };
            Some((number, Some(line.chars().count() + 1)))
        };
        place().or_else(|| self.source.line().map(|line| (line, None)))
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let audience = self.audience.as_ref().map(|name| format!(" for {name}")).unwrap_or_default();
        write!(f, "the {} template{audience} does not work", self.which)?;
        match self.place() {
            Some((line, Some(column))) => write!(f, ": line {line}, column {column}"),
            Some((line, None)) => write!(f, ": line {line}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TemplateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
