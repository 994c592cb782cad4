//! `[notes.audience.<name>]`: notes that say less, more, or the same in another way, for people who read them elsewhere.

use crate::key::Problem;
use crate::section::Config;
use crate::section::commits::Commits;
use crate::section::style::Style;
use crate::suggest::closest;
use crate::values::Values;
use bowline_model::text::one_line;
use serde::Serialize;
use std::collections::BTreeMap;

/// `[notes.audience]`: every audience by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Audiences(pub BTreeMap<String, Audience>);

/// `[notes.audience.<name>]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audience {
    /// The types that it sees; none for those that all notes show. `*` is every commit.
    pub types: Option<Vec<String>>,
    /// The built-in form; none for that of `changelog.style`.
    pub style: Option<Style>,
    /// Template (minijinja); none for the style's.
    pub template: Option<String>,
    /// Text put at the beginning.
    pub header: Option<String>,
    /// Text put at the end.
    pub footer: Option<String>,
    /// Whether they ship with the release, as [`asset_name`](bowline_model::plan::AudienceNotes::asset_name) says.
    pub asset: bool,
}

impl Audiences {
    pub(super) fn read(values: &mut Values<'_>) -> Self {
        let names = values.names("notes.audience");
        Self(names.into_iter().map(|name| (name.clone(), Audience::read(values, &name))).collect())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of an audience that `name` is probably meant to be.
    pub fn closest(&self, name: &str) -> Option<&str> {
        closest(name, self.0.keys().map(String::as_str))
    }

    /// Complains about types that no commit can have.
    pub(crate) fn check_types(&self, commits: &Commits, values: &mut Values<'_>) {
        for (name, audience) in &self.0 {
            let mut listed = audience.types.iter().flatten();
            let unknown = listed.find(|kind| *kind != EVERYTHING && !commits.types.contains_key(*kind));
            if let Some(unknown) = unknown {
                let problem = Problem::new(format!("names `{}`, which is no type", one_line(unknown, 40)));
                let hint = match commits.closest_type(unknown) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "types are built in, or stand under `[commits.types]`; `*` is every commit".to_owned(),
                };
                values.complain(&format!("notes.audience.{name}.types"), problem.hint(hint));
            }
        }
    }
}

impl Audience {
    fn read(values: &mut Values<'_>, name: &str) -> Self {
        let key = |key: &str| format!("notes.audience.{name}.{key}");
        let types: Option<Vec<String>> = values.get(&key("types"));
        Self {
            types: types.map(|types| types.iter().map(|kind| kind.to_lowercase()).collect()),
            style: values.get(&key("style")),
            template: values.get(&key("template")),
            header: values.get(&key("header")),
            footer: values.get(&key("footer")),
            asset: values.get(&key("asset")).unwrap_or_default(),
        }
    }

    /// Whether it sees commits of every type, and of none.
    pub fn sees_everything(&self) -> bool {
        self.types.iter().flatten().any(|kind| kind == EVERYTHING)
    }

    /// `config` with everything as this audience is to read it.
    pub fn applied_to(&self, config: &Config) -> Config {
        let mut config = config.clone();
        config.changelog.style = self.style.unwrap_or(config.changelog.style);
        config.notes.template.clone_from(&self.template);
        config.notes.header.clone_from(&self.header);
        config.notes.footer.clone_from(&self.footer);
        if let Some(types) = &self.types {
            for (name, meaning) in &mut config.commits.types {
                meaning.hidden = !self.sees_everything() && !types.contains(name);
            }
        }
        config
    }
}

pub(super) fn check_name(name: &str) -> Result<(), Problem> {
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let problem = || Problem::new("is no audience's name: lowercase letters, digits and `-`, at most 40");
    valid.then_some(()).ok_or_else(problem)
}

pub(super) const NAME_PATTERN: &str = "^[a-z][a-z0-9-]{0,39}$";
const EVERYTHING: &str = "*";
