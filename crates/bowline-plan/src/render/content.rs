//! What templates are given: one version's changes, grouped and escaped.

use super::Release;
use crate::history::Change;
use crate::links::Links;
use bowline_config::Config;
use bowline_model::text::markdown::inline;
use serde::Serialize;

/// The variables of both templates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// The version, or `Unreleased`.
    pub version: String,
    /// The tag; none for what is not released yet.
    pub tag: Option<String>,
    /// The tag of the version before.
    pub previous_tag: Option<String>,
    /// The day, `2026-11-23`.
    pub date: Option<String>,
    /// The package's name.
    pub package: String,
    /// Where the host shows all changes since the version before.
    pub compare: Option<String>,
    /// What breaks.
    pub breaking: Vec<Entry>,
    /// Everything else under its headings, in a fixed order.
    pub groups: Vec<Group>,
}

/// The entries under one heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The heading.
    pub title: String,
    /// Newest first.
    pub entries: Vec<Entry>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Everything below as one line of Markdown.
    pub line: String,
    /// The description as Markdown.
    pub text: String,
    /// The scope as Markdown.
    pub scope: Option<String>,
    /// The commit's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it breaks something.
    pub breaking: bool,
    /// The commit's id.
    pub id: String,
    /// The first digits of it.
    pub short: String,
    /// Where the host shows it.
    pub link: Option<String>,
}

impl Content {
    /// Groups `release`.
    pub fn new(config: &Config, links: &Links, package: &str, release: &Release<'_>) -> Self {
        let counted = || release.changes.iter().filter(|change| change.ignored.is_none());
        let entry = |change: &Change, text: &str| Entry::new(change, text, links);
        let breaking = counted().flat_map(|change| change.breaking_notes.iter().map(move |note| entry(change, note)));
        let breaking = breaking.collect();
        let mut groups: Vec<Group> = Vec::new();
        for (kind, title) in sections(config) {
            let of_kind = counted().filter(|change| change.planned.kind == kind);
            let entries: Vec<Entry> = of_kind.map(|change| entry(change, &change.planned.subject)).collect();
            match groups.iter_mut().find(|group| group.title == title) {
                Some(group) => group.entries.extend(entries),
                None if entries.is_empty() => {}
                None => groups.push(Group { title: title.to_owned(), entries }),
            }
        }
        Self {
            version: release.version.map_or("Unreleased".to_owned(), ToString::to_string),
            tag: release.tag.map(ToString::to_string),
            previous_tag: release.previous.map(ToString::to_string),
            date: release.date.map(str::to_owned),
            package: package.to_owned(),
            compare: release.previous.zip(release.tag).and_then(|(from, to)| links.compare(from, to)),
            breaking,
            groups,
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.breaking.len() + self.groups.iter().map(|group| group.entries.len()).sum::<usize>()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same with the first `count` entries only.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let mut left = count;
        let mut take = |entries: &[Entry]| {
            let taken = entries.len().min(left);
            left -= taken;
            entries[..taken].to_vec()
        };
        let breaking = take(&self.breaking);
        let cut = |group: &Group| Group { title: group.title.clone(), entries: take(&group.entries) };
        let groups = self.groups.iter().map(cut).filter(|group| !group.entries.is_empty()).collect();
        Self { breaking, groups, ..self.clone_head() }
    }

    /// Everything but the entries.
    fn clone_head(&self) -> Self {
        Self {
            version: self.version.clone(),
            tag: self.tag.clone(),
            previous_tag: self.previous_tag.clone(),
            date: self.date.clone(),
            package: self.package.clone(),
            compare: self.compare.clone(),
            breaking: Vec::new(),
            groups: Vec::new(),
        }
    }
}

impl Entry {
    fn new(change: &Change, text: &str, links: &Links) -> Self {
        let planned = &change.planned;
        let text = inline(text, links.slug()).into_owned();
        let scope = planned.scope.as_deref().map(|scope| inline(scope, links.slug()).into_owned());
        let (short, link) = (planned.id.short(), links.commit(&planned.id));
        let mark = scope.as_ref().map_or(String::new(), |scope| format!("**{scope}:** "));
        let place = link.as_ref().map_or(short.clone(), |link| format!("[{short}]({link})"));
        Self {
            line: format!("{mark}{text} ({place})"),
            text,
            scope,
            kind: planned.kind.clone(),
            breaking: planned.breaking,
            id: planned.id.to_string(),
            short,
            link,
        }
    }
}

/// Types that are listed with their headings: what users care about first, then everything else by name.
fn sections(config: &Config) -> Vec<(&str, &str)> {
    let rank = |kind: &str| FIRST.iter().position(|first| *first == kind).unwrap_or(FIRST.len());
    let shown = config.commits.types.iter().filter(|(_, meaning)| !meaning.hidden);
    let mut sections: Vec<(&str, &str)> = shown.map(|(kind, meaning)| (kind.as_str(), title(kind, meaning))).collect();
    sections.sort_by_key(|(kind, _)| rank(kind));
    sections
}

fn title<'c>(kind: &'c str, meaning: &'c bowline_config::section::commits::CommitType) -> &'c str {
    if meaning.section.is_empty() { kind } else { &meaning.section }
}

const FIRST: [&str; 12] =
    ["feat", "fix", "perf", "revert", "deps", "refactor", "docs", "style", "test", "build", "ci", "chore"];
