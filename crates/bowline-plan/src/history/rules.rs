//! The rules: one commit in, its changes out.

use super::pulls::Role;
use super::reverts::Fate;
use super::{Change, ForReaders, Ignored, Pull, Said};
use crate::commit::{Header, Message, Reading, decode, without_number};
use bowline_config::Config;
use bowline_config::section::commits::Squash;
use bowline_config::section::dialect::Dialect;
use bowline_config::section::version::BeforeOne;
use bowline_model::facts::{CommitFact, PullFact};
use bowline_model::git::Marker;
use bowline_model::plan::PlannedCommit;
use bowline_model::text::one_line;
use bowline_model::version::Level;
use bowline_model::{Oid, Version};
use regex::bytes::RegexSet;

/// What each commit becomes.
pub(crate) struct Rules<'c> {
    config: &'c Config,
    before_one: Option<BeforeOne>,
    ignore: RegexSet,
}

impl<'c> Rules<'c> {
    /// The rules of `config`; `before_one` as in [`read`](super::read).
    pub(crate) fn new(config: &'c Config, before_one: Option<BeforeOne>) -> Self {
        // The patterns were compiled when the configuration was read; should one not compile, it matches nothing.
        let ignore = RegexSet::new(&config.commits.ignore).unwrap_or_else(|_| RegexSet::empty());
        Self { config, before_one, ignore }
    }

    /// Whether `commits.ignore` takes out a commit with this first line.
    pub(crate) fn ignores(&self, subject: &[u8]) -> bool {
        self.ignore.is_match(subject)
    }

    /// How many headers the body lists that ask for more than the commit itself does.
    pub(crate) fn listed_above<'m>(&'m self, message: &Message<'m>, level: Level) -> usize {
        let asks = |header: &Header<'_>| {
            let (asked, _) = self.of_header(header);
            asked > level
        };
        message.listed(Reading::of(self.config)).filter(asks).count()
    }

    /// The change that a commit is, and those that its body lists when they count.
    pub(super) fn changes<'m>(
        &'m self,
        commit: &CommitFact,
        said: &Said<'_>,
        message: &Message<'m>,
        fate: Fate,
    ) -> Vec<Change> {
        let own = self.change(commit, said, message, fate);
        let counts = self.config.commits.squash == Squash::Body && own.ignored.is_none();
        let listed = if counts { self.listed(commit.oid, said, message) } else { Vec::new() };
        std::iter::once(own).chain(listed).collect()
    }

    /// The changes that the description of `pull` puts in the place of `commit`.
    pub(super) fn override_changes(
        &self,
        commit: &CommitFact,
        pull: &PullFact,
        messages: &[&[u8]],
        fate: Fate,
    ) -> Vec<Change> {
        // What was a merge or a release is one no more.
        let stand = CommitFact { parent: None, message: Vec::new(), encoding: None, ..commit.clone() };
        let writer = pull.override_block.as_ref().and_then(|block| block.writer.as_deref()).unwrap_or("somebody");
        let note = format!(
            "its message is from the description of #{}, last written by {}",
            pull.number,
            one_line(writer, 60)
        );
        let of_message = |bytes: &&[u8]| {
            let said = Said { bytes, encoding: None, path: None, ambiguous: None, is_merge: false };
            self.changes(&stand, &said, &Message::read(Reading::of(self.config), bytes, false), fate)
        };
        let mut changes: Vec<Change> = messages.iter().flat_map(of_message).collect();
        for change in &mut changes {
            change.planned.pull_request = Some(pull.number);
            change.pull = Some(Pull { commits: pull.commits.clone(), by_label: false, heading: None });
            change.note.get_or_insert_with(|| note.clone());
        }
        changes
    }

    /// `commit` as one that does not count.
    pub(super) fn left_out(&self, commit: &CommitFact, why: Ignored) -> Change {
        let said = Said::of(commit, None, &Role::Own);
        let reading = Reading::of(self.config);
        let text = reading.text(said.bytes, said.encoding);
        let message = Message::read(reading, &text, commit.parents > 1);
        let change = self.change(commit, &said, &message, Fate::Counts);
        let planned = PlannedCommit { level: Level::None, rule: why.as_str().to_owned(), ..change.planned };
        Change { planned, closes: Vec::new(), note: None, ignored: Some(why), release_as: None, ..change }
    }

    /// The configuration that the rules are of.
    pub(super) fn config(&self) -> &'c Config {
        self.config
    }

    fn change(&self, commit: &CommitFact, said: &Said<'_>, message: &Message<'_>, fate: Fate) -> Change {
        let shown = |bytes: &[u8], max| decode::one_line(bytes, said.encoding, max);
        let (kind, scope, subject) = match (&message.header, message.git_revert) {
            (Some(header), _) => (header.name(), header.scope, header.description),
            (None, Some(quoted)) => ("revert".to_owned(), None, quoted),
            (None, None) => (String::new(), None, message.subject),
        };
        let breaking = message.is_breaking();
        let ignored = self.ignored(commit, said, message, fate);
        let release_as = message.release_as.filter(|_| ignored.is_none()).map(version_of);
        let (level, rule) = match (&ignored, &release_as) {
            (Some(why), _) => (Level::None, why.as_str().to_owned()),
            (None, Some(Ok(version))) => (self.rule(message, &kind).0, format!("Release-As footer → {version}")),
            (None, _) => self.rule(message, &kind),
        };
        let subject = shown(subject, MAX_SUBJECT);
        let mut breaking_notes: Vec<_> = message.breaking.iter().map(|note| shown(note, MAX_BREAKING_NOTE)).collect();
        if breaking && breaking_notes.is_empty() {
            breaking_notes.push(subject.clone());
        }
        let scope = scope.map(|scope| shown(scope, MAX_SCOPE));
        let note = match &release_as {
            Some(Err(value)) => Some(format!("`Release-As: {value}` is no SemVer version and does not count")),
            _ => said.note().or_else(|| self.note(message, ignored.as_ref(), level)),
        };
        Change {
            closes: if ignored.is_none() { message.closes() } else { Vec::new() },
            for_readers: message.for_readers.iter().rev().map(|told| for_readers(told, said.encoding)).collect(),
            planned: PlannedCommit { id: commit.oid, kind, scope, breaking, subject, rule, level, pull_request: None },
            file: None,
            breaking_notes,
            note,
            ignored,
            undecodable: decode::is_lossy(said.bytes, said.encoding),
            release_as: release_as.and_then(Result::ok),
            pull: None,
        }
    }

    /// The changes that the body of a squashed commit lists. A forge repeats the title there when there was one commit.
    fn listed<'m>(&'m self, commit: Oid, said: &Said<'_>, message: &Message<'m>) -> Vec<Change> {
        let title = message.header.map(|header| without_number(header.description));
        let others = message.listed(Reading::of(self.config));
        let others = others.filter(|header| Some(without_number(header.description)) != title);
        others.map(|header| self.listed_change(commit, said, &header)).collect()
    }

    fn listed_change(&self, commit: Oid, said: &Said<'_>, header: &Header<'_>) -> Change {
        let shown = |bytes: &[u8], max| decode::one_line(bytes, said.encoding, max);
        let kind = header.name();
        let (level, rule) = self.of_header(header);
        let subject = shown(header.description, MAX_SUBJECT);
        Change {
            breaking_notes: if header.breaking { vec![subject.clone()] } else { Vec::new() },
            planned: PlannedCommit {
                id: commit,
                kind,
                scope: header.scope.map(|scope| shown(scope, MAX_SCOPE)),
                breaking: header.breaking,
                subject,
                rule: format!("{rule}, listed in the body"),
                level,
                pull_request: None,
            },
            file: None,
            closes: Vec::new(),
            for_readers: Vec::new(),
            note: None,
            ignored: None,
            undecodable: false,
            release_as: None,
            pull: None,
        }
    }

    /// What a commit asks for, and the rule that says so.
    pub(crate) fn rule(&self, message: &Message<'_>, kind: &str) -> (Level, String) {
        let (level, rule) = self.said(message, kind);
        match self.config.commits.least {
            least if level < least => (least, format!("{rule}; every commit asks for at least a {least}")),
            _ => (level, rule),
        }
    }

    /// The same without what every commit asks for.
    fn said(&self, message: &Message<'_>, kind: &str) -> (Level, String) {
        let breaking = match (message.breaking.is_empty(), message.is_breaking()) {
            (false, _) => Some("BREAKING CHANGE footer"),
            (true, true) => Some(mark(message.header.as_ref())),
            (true, false) => None,
        };
        let number = message.header.and_then(|header| header.rule);
        if let (Some(number), true) = (number, kind.is_empty() && breaking.is_none()) {
            return (Level::None, format!("{} gives no type → none", self.named(number)));
        }
        if kind.is_empty() && breaking.is_none() {
            let what = match self.config.commits.dialect {
                Dialect::Conventional if self.config.commits.rules.is_empty() => "not conventional".to_owned(),
                Dialect::Conventional => "no rule matches, and it is not conventional".to_owned(),
                other => format!("no header of dialect {}", other.as_str()),
            };
            return (Level::None, format!("{what} → none"));
        }
        self.told(number, self.typed(kind, breaking))
    }

    /// What a header of a list asks for.
    fn of_header(&self, header: &Header<'_>) -> (Level, String) {
        let kind = header.name();
        if let (Some(number), true, false) = (header.rule, kind.is_empty(), header.breaking) {
            return (Level::None, format!("{} gives no type → none", self.named(number)));
        }
        self.told(header.rule, self.typed(&kind, header.breaking.then(|| mark(Some(header)))))
    }

    /// The same, with the rule that found the header in front.
    fn told(&self, number: Option<usize>, (level, rule): (Level, String)) -> (Level, String) {
        match number {
            Some(number) => (level, format!("{}: {rule}", self.named(number))),
            None => (level, rule),
        }
    }

    /// A rule of the repository's own as people find it again: `rule 2 "^\[(?<type>…"`.
    fn named(&self, number: usize) -> String {
        let pattern = self.config.commits.rules.get(number).map_or("", |rule| rule.pattern.as_str());
        format!("rule {} \"{}\"", number + 1, one_line(pattern, 24))
    }

    /// What a type asks for; `breaking` says where it is written that something breaks.
    fn typed(&self, kind: &str, breaking: Option<&str>) -> (Level, String) {
        let (asked, what) = match (breaking, self.config.commits.types.get(kind)) {
            (Some(place), _) => (Level::Major, place),
            (None, Some(known)) => (known.bump, kind),
            (None, None) => return (Level::None, format!("type {kind} is not configured → none")),
        };
        self.raised(asked, what)
    }

    /// What a wish means for the version, and the rule that says so; `what` is what asks for it.
    pub(super) fn raised(&self, asked: Level, what: &str) -> (Level, String) {
        let (level, young) = self.when_young(asked);
        (level, format!("{what} → {level}{young}"))
    }

    /// What `asked` means at the current version, and what to say when that is something else.
    pub(super) fn when_young(&self, asked: Level) -> (Level, &'static str) {
        let level = match (asked, self.before_one) {
            (Level::Major, Some(before_one)) => before_one.breaking,
            (Level::Minor, Some(before_one)) => before_one.feature,
            _ => asked,
        };
        (level, if level == asked { "" } else { " (before 1.0.0)" })
    }

    fn ignored(&self, commit: &CommitFact, said: &Said<'_>, message: &Message<'_>, fate: Fate) -> Option<Ignored> {
        let taken_out = self.taken_out(said, message);
        match fate {
            _ if is_release(commit) => Some(Ignored::Release),
            _ if said.is_merge && !self.merge_counts(message) => Some(Ignored::Merge),
            _ if taken_out.is_some() => taken_out.map(Ignored::Configured),
            fate => Ignored::by_fate(fate),
        }
    }

    /// Whether a merge with this message counts itself.
    pub(super) fn merge_counts(&self, message: &Message<'_>) -> bool {
        let is_ember = self.config.commits.dialect == Dialect::Ember;
        message.header.is_some_and(|header| is_ember || header.rule.is_some())
    }

    /// Why configuration takes a commit out.
    fn taken_out(&self, said: &Said<'_>, message: &Message<'_>) -> Option<String> {
        if let Some(path) = said.path.filter(|_| message.subject.is_empty()) {
            return Some(format!("taken out by {}, which is empty", one_line(path, 120)));
        }
        self.ignoring(message)
    }

    /// Which pattern or rule takes out what has this message, in words.
    pub(super) fn ignoring(&self, message: &Message<'_>) -> Option<String> {
        let matching = self.ignore.matches(message.subject).iter().next();
        let pattern = matching.and_then(|number| self.config.commits.ignore.get(number));
        let by_pattern = pattern.map(|pattern| format!("`commits.ignore` matches: {}", one_line(pattern, 80)));
        by_pattern.or_else(|| message.taken_out.map(|number| format!("{} takes it out", self.named(number))))
    }

    fn note(&self, message: &Message<'_>, ignored: Option<&Ignored>, level: Level) -> Option<String> {
        if message.misplaced_breaking && !message.is_breaking() {
            return Some("`BREAKING CHANGE` stands outside the footers and does not count".to_owned());
        }
        if message.misplaced_release_as {
            return Some("`Release-As` stands outside the footers and does not count".to_owned());
        }
        if let Some(unknown) = unknown_audience(self.config, message) {
            return Some(format!("`Release-note-{unknown}` names no audience, so nobody reads it"));
        }
        if ignored == Some(&Ignored::Merge) && message.header.is_some() {
            return Some("the merge's own header does not count".to_owned());
        }
        let squashed = (ignored.is_none() && self.config.commits.squash == Squash::Title)
            .then(|| self.squashed(message, level))
            .flatten();
        let misplaced = || "`Release-note` stands outside the footers and nobody reads it".to_owned();
        squashed.or_else(|| message.misplaced_release_note.then(misplaced))
    }

    /// Whether the body lists a header that asks for more than the commit does.
    fn squashed(&self, message: &Message<'_>, level: Level) -> Option<String> {
        let count = self.listed_above(message, level);
        (count > 0).then(|| {
            let what = if count == 1 { "1 header that asks".to_owned() } else { format!("{count} headers that ask") };
            format!("its body lists {what} for more and does not count (`commits.squash`)")
        })
    }
}

impl Ignored {
    /// Why something does not count that has this fate; none when it does.
    pub(super) fn by_fate(fate: Fate) -> Option<Self> {
        match fate {
            Fate::Counts => None,
            Fate::RevertedBy(by) => Some(Self::Reverted(format!("reverted by {}", by.short()))),
            Fate::Reverts(what) => Some(Self::Reverted(format!("reverts {}, which is not released", what.short()))),
        }
    }
}

/// Whether this is a release commit of ours: its trailers name its only parent as the planned head.
pub(super) fn is_release(commit: &CommitFact) -> bool {
    let marker = commit.parent.and_then(|parent| Marker::parse(&commit.message).filter(|marker| marker.head == parent));
    marker.is_some()
}

/// The version that a `Release-As` footer names, or what it says instead, safe to show.
pub(crate) fn version_of(value: &[u8]) -> Result<Version, String> {
    let text = std::str::from_utf8(value).unwrap_or_default();
    let version = text.strip_prefix('v').unwrap_or(text);
    version.parse().map_err(|_| decode::one_line(value, None, 60))
}

/// The first audience that a footer of `message` names and configuration does not know.
pub(crate) fn unknown_audience(config: &Config, message: &Message<'_>) -> Option<String> {
    let named = message.for_readers.iter().filter(|(audience, _)| !audience.is_empty());
    let mut named = named.map(|(audience, _)| decode::one_line(audience, None, 40).to_ascii_lowercase());
    named.find(|name| !config.notes.audiences.0.contains_key(name))
}

fn for_readers((audience, text): &(&[u8], &[u8]), encoding: Option<&str>) -> ForReaders {
    let audience = decode::one_line(audience, None, 40).to_ascii_lowercase();
    // Lines are folded as people fold them, with blanks at their beginning.
    let told = || decode::one_line(text, encoding, MAX_FOR_READERS).split_whitespace().collect::<Vec<_>>().join(" ");
    ForReaders {
        audience: (!audience.is_empty()).then_some(audience),
        text: (!text.eq_ignore_ascii_case(b"none")).then(told),
    }
}

/// What says that a header breaks something.
fn mark(header: Option<&Header<'_>>) -> &'static str {
    if header.is_some_and(|header| header.rule.is_some()) { "breaking" } else { "`!`" }
}

/// Characters of a description that are shown anywhere.
pub(super) const MAX_SUBJECT: usize = 300;
const MAX_BREAKING_NOTE: usize = 1000;
const MAX_FOR_READERS: usize = 1000;
const MAX_SCOPE: usize = 60;
