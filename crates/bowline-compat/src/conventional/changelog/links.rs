//! Links, as the configuration spells them.

use crate::conventional::Question;
use crate::conventional::repository::{Part, Repository};
use crate::profile::Profile;

/// The names that stand for the repository in a format.
const REPOSITORY: [&str; 3] = ["host", "owner", "repository"];

/// The formats that the older presets have themselves.
pub(super) const COMMIT: &str = "{{host}}/{{owner}}/{{repository}}/commit/{{hash}}";
pub(super) const COMPARE: &str = "{{host}}/{{owner}}/{{repository}}/compare/{{previousTag}}...{{currentTag}}";
pub(super) const ISSUE: &str = "{{host}}/{{owner}}/{{repository}}/issues/{{id}}";
pub(super) const USER: &str = "{{host}}/{{user}}";

/// Where a format is filled in: that decides how a name without a value looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the subject, by the older libraries: names are replaced one by one, `undefined` and unknown names included.
    Subject,
    /// In a template, or anywhere by 13: what has no value is empty.
    Template,
}

/// What has a name in a format.
pub(super) struct Values<'v> {
    pub(super) repository: &'v Repository,
    /// In place of the owner and the repository of the project.
    pub(super) other: Option<(&'v str, &'v str)>,
    pub(super) named: &'v [(&'v str, &'v str)],
}

impl Values<'_> {
    fn repository_part(&self, name: &str) -> Option<&Part> {
        match name {
            "host" => Some(&self.repository.host),
            "owner" => Some(&self.repository.owner),
            "repository" => Some(&self.repository.project),
            _ => None,
        }
    }

    fn other_part(&self, name: &str) -> Option<&str> {
        let (owner, repository) = self.other?;
        let part = match name {
            "owner" => owner,
            "repository" => repository,
            _ => return None,
        };
        Some(part).filter(|part| !part.is_empty())
    }
}

/// The link that a format spells. `None`: it would lead nowhere, as a part of it is not known. The originals write it anyhow.
pub(super) fn expand(question: &Question<'_>, format: &str, values: &Values<'_>, place: Place) -> Option<String> {
    let is_modern = question.profile == Profile::CatV13;
    let mut link = String::with_capacity(format.len() + 32);
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        link.push_str(before);
        let Some((inner, behind)) = after.split_once("}}") else {
            link.push_str("{{");
            rest = after;
            continue;
        };
        let name = if place == Place::Subject && !is_modern { inner } else { crate::conventional::text::trim(inner) };
        if !question.is_exact()
            && REPOSITORY.contains(&name)
            && values.other_part(name).is_none()
            && values.repository_part(name).is_some_and(|part| part.text().is_none())
        {
            return None;
        }
        let named = values.named.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        match (named.or_else(|| values.other_part(name)), values.repository_part(name)) {
            (Some(value), _) => link.push_str(value),
            (None, Some(part)) if place == Place::Subject && !is_modern => link.push_str(part.spelled()),
            (None, Some(part)) => link.push_str(part.shown()),
            (None, None) if place == Place::Subject && !is_modern => {
                link.push_str("{{");
                link.push_str(inner);
                link.push_str("}}");
            }
            (None, None) => {}
        }
        rest = behind;
    }
    link.push_str(rest);
    Some(link)
}
