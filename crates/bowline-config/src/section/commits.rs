//! `[commits]`: what commit types mean.

pub mod labels;
pub(crate) mod rule;

pub use rule::{Part, Pattern, Rule};

use super::dialect::{Dialect, Meaning};
use crate::key::{Fallback, Key, Kind, Names, Problem, Section, Words};
use crate::suggest::closest;
use crate::values::Values;
use bowline_model::version::Level;
use labels::{Label, LabelBump};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `[commits]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commits {
    /// Where changes are read from; never empty.
    pub sources: Vec<Source>,
    /// The folder of change files.
    pub change_files: String,
    /// How headers are written.
    pub dialect: Dialect,
    /// What every commit that takes part asks for at least.
    pub least: Level,
    /// What is done with the headers that a squashed commit lists in its body.
    pub squash: Squash,
    /// Regular expressions: a commit whose first line one of them matches takes no part.
    pub ignore: Vec<String>,
    /// `[[commits.rule]]`: what is tried before the dialect, in this order.
    #[serde(rename = "rule", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// The folder of messages that are read instead of those of commits.
    pub overrides: String,
    /// Every type with its meaning, defaults and configured ones together, lowercase.
    pub types: BTreeMap<String, CommitType>,
    /// Every label of pull requests with its meaning: configured ones, and where they are a source the built-in ones.
    pub labels: BTreeMap<String, Label>,
    /// What a pull request without any of them asks for.
    pub unlabelled: Level,
    /// Whether descriptions of merged pull requests may hold other messages for their commits.
    pub pull_request_overrides: bool,
}

/// Where changes are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The messages of commits.
    Commits,
    /// Files that people commit beside their changes.
    ChangeFiles,
    /// Merged pull requests with their labels.
    Labels,
}

/// What is done with the headers that a squashed commit lists in its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Squash {
    /// The commit's own header counts, and nothing else.
    #[default]
    Title,
    /// Headers that the body lists count as well, each as a change of its own.
    Body,
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
        let dialect: Dialect = values.get("commits.dialect").unwrap_or_default();
        let mut types = built_in(dialect);
        for name in values.names("commits.types") {
            let known = types.remove(&name);
            let path = format!("commits.types.{name}");
            let bump = values.get(&format!("{path}.bump"));
            if known.is_none() && bump.is_none() {
                values.complain(&path, needs_bump(dialect, &name));
            }
            let known = known.unwrap_or_else(|| CommitType { bump: Level::None, section: title(&name), hidden: false });
            let configured = CommitType {
                bump: bump.unwrap_or(known.bump),
                section: values.get(&format!("{path}.section")).unwrap_or(known.section),
                hidden: values.get(&format!("{path}.hidden")).unwrap_or(known.hidden),
            };
            types.insert(name, configured);
        }
        let sources = sources(values);
        Self {
            change_files: change_files(values),
            dialect,
            least: values.get::<LabelBump>("commits.least").unwrap_or(LabelBump::None).level(),
            squash: values.get("commits.squash").unwrap_or_default(),
            ignore: values.get("commits.ignore").unwrap_or_default(),
            rules: Rule::read_all(values, &types),
            overrides: values.get("commits.overrides").unwrap_or_else(|| OVERRIDES.to_owned()),
            types,
            labels: labels::read(values, sources.contains(&Source::Labels)),
            sources,
            unlabelled: values.get::<LabelBump>("commits.unlabelled").unwrap_or(LabelBump::Patch).level(),
            pull_request_overrides: values.get("commits.pull_request_overrides").unwrap_or_default(),
        }
    }
}

impl Commits {
    /// Whether changes come from `source`.
    pub fn reads(&self, source: Source) -> bool {
        self.sources.contains(&source)
    }

    /// The key for which merged pull requests must be read; none when nothing needs them.
    pub fn pull_requests_for(&self) -> Option<&'static str> {
        match (self.reads(Source::Labels), self.pull_request_overrides) {
            (true, _) => Some("commits.sources"),
            (false, true) => Some("commits.pull_request_overrides"),
            (false, false) => None,
        }
    }

    /// The label that a forge calls `name`, as it is written here, with its meaning.
    pub fn label(&self, name: &str) -> Option<(&str, &Label)> {
        let mut known = self.labels.iter();
        known.find(|(known, _)| labels::is_same(known, name)).map(|(known, label)| (known.as_str(), label))
    }

    /// What a change file may ask for that `word` is probably meant to be: a level or a known type.
    pub fn closest_wish(&self, word: &str) -> Option<&str> {
        closest(word, ["major", "minor", "patch", "none"].into_iter().chain(self.types.keys().map(String::as_str)))
    }

    /// The known type that `name` is probably meant to be.
    pub fn closest_type(&self, name: &str) -> Option<&str> {
        closest(name, self.types.keys().map(String::as_str))
    }
}

fn sources(values: &mut Values<'_>) -> Vec<Source> {
    let sources: Vec<Source> = values.get("commits.sources").unwrap_or_else(|| vec![Source::Commits]);
    if sources.is_empty() {
        let hint = "without a source nothing would ever be released: leave the key out to read commits";
        values.complain("commits.sources", Problem::new("must name a source").hint(hint));
    }
    sources
}

/// The folder has to be one of its own, or every page of the project would be taken for a change file.
fn change_files(values: &mut Values<'_>) -> String {
    let folder = values.get("commits.change_files").unwrap_or_else(|| CHANGE_FILES.to_owned());
    if folder == "." {
        let hint = "for example `change_files = \".changeset\"`: all Markdown files in it are change files";
        values.complain("commits.change_files", Problem::new("must be a folder of its own").hint(hint));
    }
    folder
}

/// The types that need no configuration.
pub(crate) fn built_in(dialect: Dialect) -> BTreeMap<String, CommitType> {
    let entry = |(name, bump, section): Meaning| {
        (name.to_owned(), CommitType { bump, section: section.to_owned(), hidden: bump == Level::None })
    };
    dialect.types().into_iter().map(entry).collect()
}

/// A type that is new and asks for nothing is more often a spelling mistake than a wish.
fn needs_bump(dialect: Dialect, name: &str) -> Problem {
    let problem = Problem::new("is not a built-in type, so it needs `bump`");
    match closest(name, dialect.types().iter().map(|(name, ..)| *name)) {
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

pub(crate) fn check_name(name: &str) -> Result<(), Problem> {
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
    meaning: "How commits are read and what their types mean. Settings for a built-in type change only what they name.",
    names: Some(Names {
        below: "commits.types",
        sample: "docs",
        pattern: "^[a-z][a-z0-9_-]{0,39}$",
        check: check_name,
        others: Some(&Names {
            below: "commits.labels",
            sample: "documentation",
            pattern: labels::LABEL_PATTERN,
            check: labels::check_label,
            others: None,
        }),
    }),
    keys: &[
        Key {
            name: "commits.sources",
            kind: Kind::WordList(Words::all(&["commits", "change-files", "labels"])),
            fallback: Fallback::Value("[\"commits\"]"),
            meaning: "Where changes are read from: messages of commits, [change files](change-files.md), labels of merged [pull requests](pull-requests.md), or several of them. The highest wish of all wins. With labels and commits, commits that no pull request brought count by their messages.",
            example: "[\"commits\", \"change-files\"]",
        },
        Key {
            name: "commits.change_files",
            kind: Kind::Folder,
            fallback: Fallback::Value("\".changeset\""),
            meaning: "The folder of change files: every `.md` file directly in it but `README.md`. Read at the head commit, and only where `sources` asks for it.",
            example: "\"changes\"",
        },
        Key {
            name: "commits.dialect",
            kind: Kind::Word(Words::all(&[
                "conventional",
                "angular",
                "atom",
                "ember",
                "eslint",
                "express",
                "gitmoji",
                "jquery",
                "jshint",
            ])),
            fallback: Fallback::Value("\"conventional\""),
            meaning: "How headers are written, and which types are built in.",
            example: "\"angular\"",
        },
        Key {
            name: "commits.least",
            kind: Kind::Word(Words::all(&["none", "patch", "minor", "major"])),
            fallback: Fallback::Value("\"none\""),
            meaning: "What every commit that takes part asks for at least, whatever it says. With `\"patch\"` each new commit makes a release due.",
            example: "\"patch\"",
        },
        Key {
            name: "commits.squash",
            kind: Kind::Word(Words::all(&["title", "body"])),
            fallback: Fallback::Value("\"title\""),
            meaning: "Whether a squashed commit asks only for what its own header says, or also for what the headers in its body's list say, each as a change of its own.",
            example: "\"body\"",
        },
        Key {
            name: "commits.ignore",
            kind: Kind::Patterns,
            fallback: Fallback::Value("[]"),
            meaning: "Commits whose first line one of these regular expressions matches take no part, whatever they say. Anchor them with `^`.",
            example: "[\"^chore\\\\(deps\\\\)\"]",
        },
        Key {
            name: "commits.overrides",
            kind: Kind::Folder,
            fallback: Fallback::Value("\".bowline/overrides\""),
            meaning: "A folder of messages that are read instead of those of commits. A file is called like the commit's id, or at least its first seven digits; an empty one takes the commit out. Read at the head commit.",
            example: "\"release/overrides\"",
        },
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
        Key {
            name: "commits.labels.<name>.bump",
            kind: Kind::Word(Words::all(&["skip", "none", "patch", "minor", "major"])),
            fallback: Fallback::Words("the built-in label's; a label of your own must have it"),
            meaning: "What a merged pull request with this label asks for; of several labels the highest wins. With `skip` it asks for nothing, whatever its other labels say. Labels match in any case.",
            example: "\"patch\"",
        },
        Key {
            name: "commits.labels.<name>.section",
            kind: Kind::Line,
            fallback: Fallback::Words("the built-in label's, else the label's name (none for `major`)"),
            meaning: "The heading its pull requests stand under in changelog and notes. Each stands under one: that of its highest label that has one.",
            example: "\"News\"",
        },
        Key {
            name: "commits.labels.<name>.hidden",
            kind: Kind::Boolean,
            fallback: Fallback::Words("`false`"),
            meaning: "Whether changelog and notes leave its pull requests out. A breaking change is never left out.",
            example: "true",
        },
        Key {
            name: "commits.unlabelled",
            kind: Kind::Word(Words::all(&["none", "patch", "minor", "major"])),
            fallback: Fallback::Value("\"patch\""),
            meaning: "What a merged pull request without any known label asks for.",
            example: "\"none\"",
        },
        Key {
            name: "commits.pull_request_overrides",
            kind: Kind::Boolean,
            fallback: Fallback::Value("false"),
            meaning: "Whether the text between `BEGIN_COMMIT_OVERRIDE` and `END_COMMIT_OVERRIDE` in the description of a merged pull request is read instead of the messages of its commits. It counts only when whoever [wrote the description last](pull-requests.md#trust) may write to the repository.",
            example: "true",
        },
    ],
};

const CHANGE_FILES: &str = ".changeset";
const OVERRIDES: &str = ".bowline/overrides";

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
