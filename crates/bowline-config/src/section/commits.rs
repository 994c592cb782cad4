//! `[commits]`: what commit types mean.

use crate::key::{Fallback, Key, Kind, Names, Problem, Section, Words};
use crate::suggest::closest;
use crate::values::Values;
use bowline_model::version::Level;
use serde::Serialize;
use std::collections::BTreeMap;

/// `[commits]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commits {
    /// Every type with its meaning, defaults and configured ones together, lowercase.
    pub types: BTreeMap<String, CommitType>,
}

/// `types.<name> = { bump, section, hidden }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommitType {
    /// What it asks for.
    pub bump: Level,
    /// The heading it stands under in changelog and notes.
    pub section: String,
    /// Whether changelog and notes leave it out (a breaking change is never left out).
    pub hidden: bool,
}

impl Commits {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        let mut types = built_in();
        for name in values.names("commits.types") {
            let known = types.remove(&name);
            let path = format!("commits.types.{name}");
            let bump = values.get(&format!("{path}.bump"));
            if known.is_none() && bump.is_none() {
                values.complain(&path, needs_bump(&name));
            }
            let known = known.unwrap_or_else(|| CommitType { bump: Level::None, section: title(&name), hidden: false });
            let configured = CommitType {
                bump: bump.unwrap_or(known.bump),
                section: values.get(&format!("{path}.section")).unwrap_or(known.section),
                hidden: values.get(&format!("{path}.hidden")).unwrap_or(known.hidden),
            };
            types.insert(name, configured);
        }
        Self { types }
    }
}

/// The types that need no configuration.
pub(crate) fn built_in() -> BTreeMap<String, CommitType> {
    let entry = |&(name, bump, section): &(&str, Level, &str)| {
        (name.to_owned(), CommitType { bump, section: section.to_owned(), hidden: bump == Level::None })
    };
    BUILT_IN.iter().map(entry).collect()
}

/// A type that is new and asks for nothing is more often a spelling mistake than a wish.
fn needs_bump(name: &str) -> Problem {
    let problem = Problem::new("is not a built-in type, so it needs `bump`");
    match closest(name, BUILT_IN.iter().map(|(name, ..)| *name)) {
        Some(near) => {
            problem.hint(format!("did you mean `{near}`? a type of your own needs `bump`, which may be \"none\""))
        }
        None => problem.hint("add `bump`, which may be \"none\""),
    }
}

fn title(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn check_name(name: &str) -> Result<(), Problem> {
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte));
    if valid {
        return Ok(());
    }
    let problem = Problem::new("is no commit type: lowercase letters, digits, `_` and `-`, at most 40");
    let lower = name.to_lowercase();
    if lower != name && check_name(&lower).is_ok() {
        return Err(problem.hint(format!("write `{lower}`: commits match it in any case")));
    }
    Err(problem)
}

pub(crate) const SECTION: Section = Section {
    name: "commits",
    list: false,
    meaning: "What commit types mean. Settings for a built-in type change only what they name.",
    names: Some(Names {
        below: "commits.types",
        sample: "docs",
        pattern: "^[a-z][a-z0-9_-]{0,39}$",
        check: check_name,
    }),
    keys: &[
        Key {
            name: "commits.types.<name>.bump",
            kind: Kind::Word(Words::all(&["none", "patch", "minor", "major"])),
            fallback: Fallback::Words("the built-in type's; a type of your own must have it"),
            meaning: "What a commit of this type asks for. A breaking change asks for more whatever its type.",
            example: "\"patch\"",
        },
        Key {
            name: "commits.types.<name>.section",
            kind: Kind::Line,
            fallback: Fallback::Words("the built-in type's, else the type's name"),
            meaning: "The heading its commits stand under in changelog and notes.",
            example: "\"Handbook\"",
        },
        Key {
            name: "commits.types.<name>.hidden",
            kind: Kind::Boolean,
            fallback: Fallback::Words("the built-in type's, else `false`"),
            meaning: "Whether changelog and notes leave its commits out. A breaking change is never left out.",
            example: "false",
        },
    ],
};

const BUILT_IN: [(&str, Level, &str); 11] = [
    ("feat", Level::Minor, "Features"),
    ("fix", Level::Patch, "Bug Fixes"),
    ("perf", Level::Patch, "Performance"),
    ("revert", Level::Patch, "Reverts"),
    ("docs", Level::None, "Documentation"),
    ("style", Level::None, "Code Style"),
    ("chore", Level::None, "Chores"),
    ("refactor", Level::None, "Code Refactoring"),
    ("test", Level::None, "Tests"),
    ("build", Level::None, "Build System"),
    ("ci", Level::None, "Continuous Integration"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, valid) in
            [("feat", true), ("my-type_2", true), ("Feat", false), ("", false), ("2x", false), ("a.b", false)]
        {
            assert_eq!(check_name(name).is_ok(), valid, "{name}");
        }
        assert!(check_name("Feat").unwrap_err().hint.unwrap().contains("`feat`"));
    }
}
