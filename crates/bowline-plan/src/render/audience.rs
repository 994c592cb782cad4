//! Notes for those who read them elsewhere: customers, support, one's own people.
//!
//! An audience is the same configuration with some values of its own, so everything that is true of notes is true of
//! these. What an author wrote for it alone stands for what the commit says.

use super::{Content, Notes, Release, Renderer, TemplateError};
use crate::history::{Change, ForReaders};
use bowline_config::Config;
use bowline_config::section::notes::Audience;
use bowline_model::facts::Facts;
use bowline_model::plan::{AudienceNotes, ForgeKind};

/// Who a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers<'r> {
    /// Those of the changelog, who get what commits say.
    OfChangelog,
    /// Those of the notes.
    OfNotes,
    /// An audience of that name.
    Audience(&'r str, Sees),
}

/// Which changes an audience sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sees {
    /// Those that all notes show.
    AsNotes,
    /// Those of its types.
    ItsTypes,
    /// All, also those of no type.
    Everything,
}

impl Sees {
    pub(super) fn of(audience: &Audience) -> Self {
        match audience.types {
            None => Self::AsNotes,
            Some(_) if audience.sees_everything() => Self::Everything,
            Some(_) => Self::ItsTypes,
        }
    }
}

impl Readers<'_> {
    /// What the author of `change` wrote for them; none where they get what the commit says.
    pub(super) fn told(self, change: &Change) -> Option<&ForReaders> {
        let of = |audience: Option<&str>| change.for_readers.iter().find(|text| text.audience.as_deref() == audience);
        match self {
            Self::OfChangelog => None,
            Self::OfNotes => of(None),
            Self::Audience(name, _) => of(Some(name)).or_else(|| of(None)),
        }
    }

    /// Whether commits are shown that have no type.
    pub(super) const fn see_everything(self) -> bool {
        matches!(self, Self::Audience(_, Sees::Everything))
    }

    /// Whether only changes of some types are shown, and so of pull requests with labels those under the headings of these.
    pub(super) const fn see_types_only(self) -> bool {
        matches!(self, Self::Audience(_, Sees::ItsTypes))
    }
}

/// The notes of every audience, by name.
pub fn of_release(
    config: &Config,
    facts: &Facts,
    forge: ForgeKind,
    release: &Release<'_>,
) -> Result<Vec<AudienceNotes>, TemplateError> {
    let audiences = config.notes.audiences.0.iter();
    let notes = audiences.map(|(name, audience)| {
        let (notes, _) = render(config, facts, forge, (name, audience), release)?;
        Ok(AudienceNotes { name: name.clone(), notes: notes.text, asset: audience.asset })
    });
    notes.collect()
}

/// The notes of one audience, whole, because no forge limits them, and what they were rendered from.
pub fn render(
    config: &Config,
    facts: &Facts,
    forge: ForgeKind,
    (name, audience): (&str, &Audience),
    release: &Release<'_>,
) -> Result<(Notes, Content), TemplateError> {
    let applied = audience.applied_to(config);
    let renderer = Renderer::new(&applied, &facts.repository, forge, &facts.package);
    let mut renderer = renderer.map_err(|error| error.of_audience(name))?.for_audience(name, audience);
    let notes = renderer.notes(release, u64::MAX, "").map_err(|error| error.of_audience(name))?;
    Ok((notes, renderer.notes_content(release)))
}
