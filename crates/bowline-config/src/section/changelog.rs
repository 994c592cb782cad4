//! `[changelog]`: the file that tells people what changed.

use super::commits::Commits;
use super::commits::Source;
use super::commits::labels::OTHER;
use super::style::Style;
use crate::key::{Fallback, Key, Kind, Problem, Section, Words};
use crate::suggest::closest;
use crate::values::Values;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// `[changelog]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changelog {
    /// Where it is; none when there shall be none. A repository without version files gets one only when asked.
    #[serde(serialize_with = "path_or_false")]
    pub path: Option<String>,
    /// Whether `path` was given rather than assumed.
    pub asked: bool,
    /// What a new file begins with.
    pub header: String,
    /// The built-in form of changelog and notes.
    pub style: Style,
    /// Headings that stand first, in this order, as commit types or the style call them.
    pub sections: Vec<String>,
    /// Template (minijinja) of one section; none for the style's.
    pub template: Option<String>,
    /// Where keys such as `PROJ-123` lead to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jira: Option<Jira>,
    /// Where commits, issues and comparisons are shown, where that is not as the host has it.
    #[serde(skip_serializing_if = "LinkForms::is_empty")]
    pub links: LinkForms,
    /// Which day headings carry.
    pub date: DateSource,
}

/// `[changelog.links]`: addresses with places to fill in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinkForms {
    /// The repository, where that is another one than the remote's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Of a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Of what changed between two tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<String>,
    /// Of an issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
}

impl LinkForms {
    fn read(values: &mut Values<'_>) -> Self {
        Self {
            repository: values.get("changelog.links.repository"),
            commit: values.get("changelog.links.commit"),
            compare: values.get("changelog.links.compare"),
            issue: values.get("changelog.links.issue"),
        }
    }

    /// Whether the host's addresses hold.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `[changelog.jira]`: a tracker whose keys become links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jira {
    /// Its address, without a final `/`.
    pub url: String,
    /// The projects whose keys are linked.
    pub projects: Vec<String>,
}

/// Which day headings carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateSource {
    /// The head commit's committer date in UTC.
    #[default]
    Commit,
    /// The day the plan is first made; recorded in the plan.
    Today,
}

impl Changelog {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        let path: Option<Value> = values.get("changelog.path");
        Self {
            asked: path.is_some(),
            path: path.map_or_else(|| Some("CHANGELOG.md".to_owned()), |path| path.as_str().map(str::to_owned)),
            header: values.get("changelog.header").unwrap_or_else(|| HEADER.to_owned()),
            style: values.get("changelog.style").unwrap_or_default(),
            sections: values.get("changelog.sections").unwrap_or_default(),
            template: values.get("changelog.template"),
            jira: Jira::read(values),
            links: LinkForms::read(values),
            date: values.get("changelog.date").unwrap_or_default(),
        }
    }

    /// Complains about an order of headings that names one no commit type stands under.
    pub(crate) fn check_sections(&self, commits: &Commits, values: &mut Values<'_>) {
        let headings = || {
            let types = commits.types.values().map(|known| known.section.as_str());
            let by_label = commits.reads(Source::Labels);
            let labels = commits.labels.values().map(|label| label.section.as_str());
            types.chain(labels.filter(move |heading| by_label && !heading.is_empty())).chain(by_label.then_some(OTHER))
        };
        let known = || headings().flat_map(|heading| [heading, self.style.title(heading)]);
        let Some(unknown) = self.sections.iter().find(|title| known().all(|known| known != title.as_str())) else {
            return;
        };
        let problem = Problem::new(format!("names \"{unknown}\", and nothing stands under that heading"));
        let problem = match closest(unknown, known()) {
            Some(near) => problem.hint(format!("did you mean \"{near}\"?")),
            None => problem
                .hint("headings are those of `[commits.types]` and `[commits.labels]`, or what the style calls them"),
        };
        values.complain("changelog.sections", problem);
    }
}

impl Jira {
    fn read(values: &mut Values<'_>) -> Option<Self> {
        if !values.has_table("changelog.jira") {
            return None;
        }
        let url: String = values.get("changelog.jira.url").unwrap_or_default();
        if url.contains(['(', ')', '<', '>', '[', ']', '\\', '`']) {
            values.complain("changelog.jira.url", Problem::new("has characters that end a link in Markdown"));
        }
        let projects: Vec<String> = values.get("changelog.jira.projects").unwrap_or_default();
        if let Some(wrong) = projects.iter().find(|project| !is_project(project)) {
            let problem = Problem::new(format!("names \"{wrong}\", which is no project's key"));
            let hint = "keys are capital letters and digits: \"PROJ\" for issues such as PROJ-123";
            values.complain("changelog.jira.projects", problem.hint(hint));
        }
        Some(Self { url, projects })
    }
}

/// Jira's usual form of a project's key.
fn is_project(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_uppercase())
        && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
fn path_or_false<S: Serializer>(path: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => serializer.serialize_str(path),
        None => serializer.serialize_bool(false),
    }
}

pub(crate) const SECTION: Section = Section {
    name: "changelog",
    list: false,
    meaning: "The file that tells people what changed. Text that is already in it stays.",
    names: None,
    keys: &[
        Key {
            name: "changelog.path",
            kind: Kind::FileOrFalse,
            fallback: Fallback::Value("\"CHANGELOG.md\""),
            meaning: "The file; `false` for none. A repository without version files gets one only when this is set.",
            example: "\"docs/CHANGES.md\"",
        },
        Key {
            name: "changelog.header",
            kind: Kind::Text,
            fallback: Fallback::Value(HEADER_TOML),
            meaning: "What a new file begins with.",
            example: "\"# Changes\\n\"",
        },
        Key {
            name: "changelog.style",
            kind: Kind::Word(Words::all(Style::NAMES)),
            fallback: Fallback::Value("\"bowline\""),
            meaning: "The built-in form of changelog and notes. With `\"keep-a-changelog\"`, what people wrote under `Unreleased` becomes part of the new version's section.",
            example: "\"keep-a-changelog\"",
        },
        Key {
            name: "changelog.sections",
            kind: Kind::Lines,
            fallback: Fallback::Words("the style's order"),
            meaning: "Headings that stand first, in this order; the others follow.",
            example: "[\"Bug Fixes\", \"Features\"]",
        },
        Key {
            name: "changelog.template",
            kind: Kind::Text,
            fallback: Fallback::Words("the style's"),
            meaning: "Template of one version's section, in minijinja's language.",
            example: "\"## {{ version }}\\n\"",
        },
        Key {
            name: "changelog.jira.url",
            kind: Kind::Address,
            fallback: Fallback::Required,
            meaning: "The address of a Jira: keys of its `projects` in descriptions lead to `<url>/browse/<key>`.",
            example: "\"https://acme.atlassian.net\"",
        },
        Key {
            name: "changelog.jira.projects",
            kind: Kind::Lines,
            fallback: Fallback::Required,
            meaning: "The projects whose keys are linked: `\"PROJ\"` for issues such as PROJ-123.",
            example: "[\"PROJ\"]",
        },
        Key {
            name: "changelog.links.repository",
            kind: Kind::Address,
            fallback: Fallback::Words("the remote's"),
            meaning: "The repository's address on the web, for the links in changelog and notes.",
            example: "\"https://github.com/acme/app\"",
        },
        Key {
            name: "changelog.links.commit",
            kind: Kind::Link(&["{hash}"]),
            fallback: Fallback::Words("as the host has it"),
            meaning: "The address of a commit. `{host}` is `https://` and the host's name, `{owner}` and `{repository}` are the rest of the remote's address.",
            example: "\"{host}/{owner}/{repository}/changes/{hash}\"",
        },
        Key {
            name: "changelog.links.compare",
            kind: Kind::Link(&["{previous_tag}", "{tag}"]),
            fallback: Fallback::Words("as the host has it"),
            meaning: "The address of what changed between two tags.",
            example: "\"{host}/{owner}/{repository}/diff/{previous_tag}/{tag}\"",
        },
        Key {
            name: "changelog.links.issue",
            kind: Kind::Link(&["{id}"]),
            fallback: Fallback::Words("as the host has it"),
            meaning: "The address of an issue, for numbers such as `#12`.",
            example: "\"https://tracker.example.org/{id}\"",
        },
        Key {
            name: "changelog.date",
            kind: Kind::Word(Words::all(&["commit", "today"])),
            fallback: Fallback::Value("\"commit\""),
            meaning: "Which day headings carry: the head commit's in UTC, or the day the plan is first made, which the plan records.",
            example: "\"today\"",
        },
    ],
};

const HEADER: &str = "# Changelog\n\nAll notable changes to this project are documented in this file.\n";
const HEADER_TOML: &str = "\"# Changelog\\n\\nAll notable changes to this project are documented in this file.\\n\"";
