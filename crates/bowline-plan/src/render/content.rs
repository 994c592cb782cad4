//! What templates are given: one version's changes, grouped and escaped.

use super::Release;
use super::audience::Readers;
use super::people::People;
use crate::history::{Change, ForReaders};
use crate::links::Links;
use bowline_config::Config;
use bowline_config::section::commits;
use bowline_config::section::commits::labels::{Label, OTHER};
use bowline_config::section::style::Style;
use bowline_model::Oid;
use bowline_model::plan::Contributor;
use bowline_model::text::markdown::{inline, linked};
use bowline_model::version::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The variables of both templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Content {
    /// The version, or `Unreleased`.
    pub version: String,
    /// Whether it is a version of repairs: its last number is not 0.
    pub patch: bool,
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
    /// The same, or for a first version the page of its tag.
    pub link: Option<String>,
    /// What people wrote for the version by hand, where the style takes it up.
    pub written: Option<String>,
    /// What breaks. With `keep-a-changelog` it stands under `Changed` instead.
    pub breaking: Vec<Entry>,
    /// Everything else under its headings, in their order.
    pub groups: Vec<Group>,
    /// Who wrote it, by name, without programs; empty where configuration does not ask.
    pub contributors: Vec<Contributor>,
}

/// The entries under one heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// The heading.
    pub title: String,
    /// Newest first; by scope and text where the style sorts so.
    pub entries: Vec<Entry>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// The commit's id; for a change file that of the commit which added it, empty where that is not known.
    pub id: String,
    /// The first digits of it.
    pub short: String,
    /// Where the host shows it.
    pub link: Option<String>,
    /// The change file that it is from.
    pub file: Option<String>,
    /// What else a change file says, as Markdown whose lines are indented by two blanks, to stand below `line` in a list.
    pub details: Option<String>,
    /// The issues that it closes and its description does not name, as Markdown.
    pub closes: Vec<String>,
    /// Who wrote it, as Markdown; empty where configuration does not ask.
    pub authors: Vec<String>,
}

/// What a text is rendered from, besides its release.
pub(super) struct Source<'s> {
    pub(super) config: &'s Config,
    pub(super) links: &'s Links,
    pub(super) package: &'s str,
    /// Who it is for.
    pub(super) readers: Readers<'s>,
    /// Whether it is for a place where the host makes links of `#12` itself.
    pub(super) host_links: bool,
}

impl Content {
    /// Groups `release`.
    pub(super) fn new(source: &Source<'_>, release: &Release<'_>) -> Self {
        let Source { config, links, .. } = source;
        let style = config.changelog.style;
        let readers = source.readers;
        let mut changes: Vec<&Change> = release.changes.iter().filter(|change| change.ignored.is_none()).collect();
        if style.is_sorted() {
            changes.sort_by(|a, b| key(a).cmp(&key(b)));
        }
        let people = release.beside.people;
        let entry = |change: &Change, text: &str| source.entry(change, text, people);
        let kept = style == Style::KeepAChangelog;
        let sections = sections(config);
        // What breaks and stands under another heading as well has its details there.
        let is_shown = |kind: &str| sections.iter().any(|(of, _, is_shown)| *of == kind && *is_shown);
        let note = |change: &Change, note: &str| {
            let told = readers.told(change).and_then(ForReaders::text).filter(|_| is_its_note(change));
            match entry(change, told.unwrap_or(note)) {
                entry if !kept && is_shown(&change.planned.kind) => Entry { details: None, ..entry },
                entry => entry,
            }
        };
        let notes = |change: &&Change| change.breaking_notes.iter().map(|text| note(change, text)).collect::<Vec<_>>();
        let mut breaking: Vec<Entry> = changes.iter().flat_map(notes).collect();
        let mut groups: Vec<Group> = Vec::new();
        let listed = |change: &&&Change, is_shown: bool| {
            let shown = readers.told(change).map_or(is_shown, |told| told.text().is_some());
            shown && !(kept && is_its_note(change))
        };
        let described = |change: &&Change| {
            let told = readers.told(change).and_then(ForReaders::text);
            entry(change, told.unwrap_or(&change.planned.subject))
        };
        for (kind, title, is_shown) in &sections {
            let of_kind = changes.iter().filter(|change| !is_by_label(change) && change.planned.kind == *kind);
            let of_kind = of_kind.filter(|change| listed(change, *is_shown));
            add(&mut groups, title, of_kind.map(described).collect());
        }
        // By the headings themselves: a style may put several of them under one title.
        let is_of_types = |heading: &str| {
            let mut types = config.commits.types.iter().filter(|(_, meaning)| !meaning.hidden);
            types.any(|(kind, meaning)| heading_of(kind, meaning) == heading)
        };
        let mut shown_headings = headings(config);
        shown_headings.retain(|(heading, _)| !readers.see_types_only() || is_of_types(heading));
        for (heading, title) in shown_headings {
            let under =
                |change: &&&Change| change.pull.as_ref().is_some_and(|pull| pull.heading.as_deref() == Some(heading));
            let under = changes.iter().filter(|change| under(change) && listed(change, true));
            let known = groups.len();
            add(&mut groups, title, under.map(described).collect());
            // One that types have as well stands where theirs would.
            let place = |title: &str| sections.iter().position(|(_, of, _)| *of == title);
            if let Some(rank) = place(title).filter(|_| groups.len() > known) {
                let is_after = |group: &Group| place(&group.title).is_some_and(|place| place > rank);
                let at = groups[..known].iter().position(is_after).unwrap_or(known);
                groups[at..].rotate_right(1);
            }
        }
        // Where a dialect has no type for what a change file asks for.
        let is_typeless = |change: &&&Change| change.planned.kind.is_empty() && is_listed_file(change);
        let rest = changes.iter().filter(|change| is_typeless(change) && listed(change, true));
        add(&mut groups, style.title("Changes"), rest.map(described).collect());
        let others = changes.iter().filter(|change| !config.commits.types.contains_key(&change.planned.kind));
        let others = others
            .filter(|change| !is_typeless(change) && !is_by_label(change) && listed(change, readers.see_everything()));
        add(&mut groups, style.title(OTHERS), others.map(described).collect());
        if style.is_sorted() {
            breaking.sort_by(|a, b| a.text.cmp(&b.text));
        }
        if kept {
            let mark = |entry: Entry| Entry { line: format!("**Breaking:** {}", entry.line), ..entry };
            let mut first = Vec::new();
            add(&mut first, "Changed", std::mem::take(&mut breaking).into_iter().map(mark).collect());
            first
                .into_iter()
                .chain(std::mem::take(&mut groups))
                .for_each(|group| add(&mut groups, &group.title, group.entries));
        }
        order(config, &mut groups);
        let compare = release.previous.zip(release.tag).and_then(|(from, to)| links.compare(from, to));
        Self {
            version: release.version.map_or("Unreleased".to_owned(), ToString::to_string),
            patch: release.version.is_some_and(|version| !version.release().to_string().ends_with(".0")),
            tag: release.tag.map(ToString::to_string),
            previous_tag: release.previous.map(ToString::to_string),
            date: release.date.map(str::to_owned),
            package: source.package.to_owned(),
            link: compare.clone().or_else(|| release.tag.and_then(|tag| links.tag(tag))),
            compare,
            written: release.beside.written.map(str::to_owned),
            breaking,
            groups,
            contributors: people.map(thanked).unwrap_or_default(),
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
            patch: self.patch,
            tag: self.tag.clone(),
            previous_tag: self.previous_tag.clone(),
            date: self.date.clone(),
            package: self.package.clone(),
            compare: self.compare.clone(),
            link: self.link.clone(),
            written: self.written.clone(),
            breaking: Vec::new(),
            groups: Vec::new(),
            contributors: self.contributors.clone(),
        }
    }
}

impl Source<'_> {
    fn entry(&self, change: &Change, text: &str, people: Option<&People>) -> Entry {
        let (planned, links, style) = (&change.planned, self.links, self.config.changelog.style);
        // Bowline's own style has always left numbers as they are; hosts make links of them where people talk.
        let numbers = !matches!(style, Style::Bowline | Style::Plain) && !self.host_links;
        let address = |word: &str| links.key(word).or_else(|| links.reference(word).filter(|_| numbers));
        let closes = change.closes.iter().map(|number| format!("#{number}"));
        let closes = closes.filter(|number| !names(&planned.subject, number));
        let text = if links.has_tracker() || numbers {
            linked(text, links.slug(), &address).into_owned()
        } else {
            inline(text, links.slug()).into_owned()
        };
        let text = match planned.pull_request.filter(|_| is_by_label(change)) {
            Some(number) => format!("{text} ({})", self.pull(number)),
            None => text,
        };
        let scope = planned.scope.as_deref().filter(|scope| !(style.is_sorted() && *scope == "*"));
        let scope = scope.map(|scope| inline(scope, links.slug()).into_owned());
        let commit = change.commit();
        let short = commit.map(Oid::short).unwrap_or_default();
        let link = commit.and_then(|commit| links.commit(commit));
        let mark = scope.as_ref().map_or(String::new(), |scope| format!("**{scope}:** "));
        let place = match &link {
            Some(link) => format!(" ([{short}]({link}))"),
            None if short.is_empty() => String::new(),
            None => format!(" ({short})"),
        };
        let authors = people.zip(commit).map_or(&[][..], |(people, commit)| people.of_commit(commit));
        let file = change.file.as_ref();
        Entry {
            line: format!("{mark}{text}{place}"),
            text,
            scope,
            kind: planned.kind.clone(),
            breaking: planned.breaking,
            id: commit.map(Oid::to_string).unwrap_or_default(),
            short,
            link,
            file: file.map(|file| file.path.clone()),
            details: file.map(|file| file.details.clone()).filter(|details| !details.is_empty()),
            closes: closes
                .map(|number| address(&number).map_or(number.clone(), |link| format!("[{number}]({link})")))
                .collect(),
            authors: authors.iter().map(|name| inline(name, None).into_owned()).collect(),
        }
    }
}

/// Whether it is a change file that asks for something and has no heading of its own.
fn is_listed_file(change: &Change) -> bool {
    change.file.is_some() && change.planned.level > Level::None && !change.planned.breaking
}

impl Source<'_> {
    /// A pull request: as a link, unless the host makes one of it.
    fn pull(&self, number: u64) -> String {
        let address = self.links.issue(&number.to_string()).filter(|_| !self.host_links);
        address.map_or_else(|| format!("#{number}"), |address| format!("[#{number}]({address})"))
    }
}

fn is_by_label(change: &Change) -> bool {
    change.pull.as_ref().is_some_and(|pull| pull.by_label)
}

/// Whether what breaks is what the description says, so that both would be the same entry.
fn is_its_note(change: &Change) -> bool {
    change.breaking_notes.len() == 1 && change.breaking_notes[0] == change.planned.subject
}

/// Whether `subject` has `number` (`#12`) and not only a longer one.
fn names(subject: &str, number: &str) -> bool {
    let longer =
        |at: usize| subject.get(at + number.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    subject.match_indices(number).any(|(at, _)| !longer(at))
}

/// How conventional-changelog sorts.
fn key(change: &Change) -> (&str, &str) {
    (change.planned.scope.as_deref().unwrap_or_default(), &change.planned.subject)
}

fn add(groups: &mut Vec<Group>, title: &str, entries: Vec<Entry>) {
    match groups.iter_mut().find(|group| group.title == title) {
        Some(group) => group.entries.extend(entries),
        None if entries.is_empty() => {}
        None => groups.push(Group { title: title.to_owned(), entries }),
    }
}

/// Those that configuration puts first, then those of the style, then the others as they are.
fn order(config: &Config, groups: &mut [Group]) {
    let (chosen, style) = (&config.changelog.sections, config.changelog.style);
    let first: Vec<&str> = chosen.iter().map(|title| style.title(title)).chain(style.first().iter().copied()).collect();
    groups.sort_by_key(|group| first.iter().position(|title| *title == group.title).unwrap_or(first.len()));
}

/// People, not programs.
fn thanked(people: &People) -> Vec<Contributor> {
    let shown =
        |somebody: &Contributor| Contributor { name: inline(&somebody.name, None).into_owned(), ..somebody.clone() };
    people.contributors.iter().filter(|somebody| !somebody.bot).map(shown).collect()
}

/// Types with their headings, and whether they are listed: what users care about first, then everything else by name.
fn sections(config: &Config) -> Vec<(&str, &str, bool)> {
    let rank = |kind: &str| FIRST.iter().position(|first| *first == kind).unwrap_or(FIRST.len());
    let named = config.commits.types.iter().map(|(kind, meaning)| {
        (kind.as_str(), config.changelog.style.title(heading_of(kind, meaning)), !meaning.hidden)
    });
    let mut sections: Vec<(&str, &str, bool)> = named.collect();
    sections.sort_by_key(|(kind, ..)| rank(kind));
    sections
}

fn heading_of<'m>(kind: &'m str, meaning: &'m commits::CommitType) -> &'m str {
    if meaning.section.is_empty() { kind } else { &meaning.section }
}

/// Where commits stand that have no type.
const OTHERS: &str = "Other Changes";

/// Headings of labels with what the style calls them, those that ask for most first; none where labels are not read.
fn headings(config: &Config) -> Vec<(&str, &str)> {
    if !config.commits.reads(commits::Source::Labels) {
        return Vec::new();
    }
    let mut labels: Vec<(&String, &Label)> = config.commits.labels.iter().collect();
    labels.sort_by(|(a, x), (b, y)| y.bump.level().cmp(&x.bump.level()).then_with(|| a.cmp(b)));
    let mut headings: Vec<&str> = Vec::new();
    let named = labels.into_iter().map(|(_, label)| label.section.as_str()).filter(|section| !section.is_empty());
    for heading in named.chain([OTHER]) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    headings.into_iter().map(|heading| (heading, config.changelog.style.title(heading))).collect()
}

const FIRST: [&str; 12] =
    ["feat", "fix", "perf", "revert", "deps", "refactor", "docs", "style", "test", "build", "ci", "chore"];
