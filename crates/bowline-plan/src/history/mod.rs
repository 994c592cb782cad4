//! What each commit asks for, and the rule that says so.
//!
//! Every commit gets exactly one rule. Merges ask for nothing (the commits they bring are counted themselves), neither
//! do release commits of ours; a revert and what it reverts cancel out when both are unreleased.

mod reverts;

use crate::commit::{Message, decode};
use bowline_config::Config;
use bowline_config::section::version::BeforeOne;
use bowline_model::facts::CommitFact;
use bowline_model::git::Marker;
use bowline_model::plan::PlannedCommit;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::version::Level;
use reverts::Fate;

/// One commit, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it stands in the plan.
    pub planned: PlannedCommit,
    /// What breaks, one entry for each breaking footer, or the description when only `!` says so; safe to show.
    pub breaking_notes: Vec<String>,
    /// Why it neither counts nor is listed; none when it takes part.
    pub ignored: Option<Ignored>,
    /// What a reader of the explanation should know besides.
    pub note: Option<String>,
    /// Whether some bytes of its message could not be decoded.
    pub undecodable: bool,
}

/// Why a commit does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// It has several parents.
    Merge,
    /// It is a release commit of ours.
    Release,
    /// An unreleased commit takes it back (`reverted by 0123456789`), or it takes one back itself.
    Reverted(String),
}

impl Ignored {
    /// The reason in words.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Merge => "merge commit: the commits it brings count themselves",
            Self::Release => "release commit of Bowline",
            Self::Reverted(how) => how,
        }
    }
}

/// Reads all commits (newest first). `before_one` is what changes mean when the current version is below 1.0.0.
pub fn read(config: &Config, commits: &[CommitFact], before_one: Option<BeforeOne>) -> Vec<Change> {
    let messages: Vec<Message<'_>> = commits.iter().map(|commit| Message::parse(said(commit))).collect();
    let fates = reverts::fates(commits, &messages);
    let rules = Rules { config, before_one };
    commits
        .iter()
        .zip(&messages)
        .zip(fates)
        .map(|((commit, message), fate)| rules.change(commit, message, fate))
        .collect()
}

/// The bytes of a message, whatever its encoding.
fn said(commit: &CommitFact) -> &[u8] {
    let is_text = || std::str::from_utf8(&commit.message).is_ok();
    if seeded(Bug::LossyUtf8) && !is_text() { b"" } else { &commit.message }
}

struct Rules<'c> {
    config: &'c Config,
    before_one: Option<BeforeOne>,
}

impl Rules<'_> {
    fn change(&self, commit: &CommitFact, message: &Message<'_>, fate: Fate) -> Change {
        let encoding = commit.encoding.as_deref();
        let shown = |bytes: &[u8], max| decode::one_line(bytes, encoding, max);
        let (kind, scope, subject) = match (&message.header, message.git_revert) {
            (Some(header), _) => (kind_of(header.kind), header.scope, header.description),
            (None, Some(quoted)) => ("revert".to_owned(), None, quoted),
            (None, None) => (String::new(), None, message.subject),
        };
        let breaking = message.is_breaking();
        let ignored = ignored(commit, fate);
        let (level, rule) = match &ignored {
            Some(why) => (Level::None, why.as_str().to_owned()),
            None => self.rule(message, &kind),
        };
        let subject = shown(subject, MAX_SUBJECT);
        let mut breaking_notes: Vec<_> = message.breaking.iter().map(|note| shown(note, MAX_BREAKING_NOTE)).collect();
        if breaking && breaking_notes.is_empty() {
            breaking_notes.push(subject.clone());
        }
        let scope = scope.map(|scope| shown(scope, MAX_SCOPE));
        Change {
            planned: PlannedCommit { id: commit.oid, kind, scope, breaking, subject, rule, level },
            breaking_notes,
            note: note(message, ignored.as_ref()),
            ignored,
            undecodable: decode::is_lossy(&commit.message, encoding),
        }
    }

    fn rule(&self, message: &Message<'_>, kind: &str) -> (Level, String) {
        let (asked, what) = if !message.breaking.is_empty() {
            (Level::Major, "BREAKING CHANGE footer")
        } else if message.is_breaking() {
            (Level::Major, "`!`")
        } else if kind.is_empty() {
            return (Level::None, "not conventional → none".to_owned());
        } else if let Some(known) = self.config.commits.types.get(kind) {
            (known.bump, kind)
        } else {
            return (Level::None, format!("type {kind} is not configured → none"));
        };
        let level = match (asked, self.before_one) {
            (Level::Major, Some(before_one)) => before_one.breaking,
            (Level::Minor, Some(before_one)) => before_one.feature,
            _ => asked,
        };
        let why = if level == asked { "" } else { " (before 1.0.0)" };
        (level, format!("{what} → {level}{why}"))
    }
}

/// Whether this is a release commit of ours: its trailers name its only parent as the planned head.
fn is_release(commit: &CommitFact) -> bool {
    let marker = commit.parent.and_then(|parent| Marker::parse(&commit.message).filter(|marker| marker.head == parent));
    marker.is_some()
}

fn ignored(commit: &CommitFact, fate: Fate) -> Option<Ignored> {
    match fate {
        _ if commit.parents > 1 => Some(Ignored::Merge),
        _ if is_release(commit) => Some(Ignored::Release),
        Fate::Counts => None,
        Fate::RevertedBy(by) => Some(Ignored::Reverted(format!("reverted by {}", by.short()))),
        Fate::Reverts(what) => Some(Ignored::Reverted(format!("reverts {}, which is not released", what.short()))),
    }
}

fn note(message: &Message<'_>, ignored: Option<&Ignored>) -> Option<String> {
    let conventional = message.header.is_some();
    if message.misplaced_breaking && !message.is_breaking() {
        Some("`BREAKING CHANGE` stands outside the footers and does not count".to_owned())
    } else if ignored == Some(&Ignored::Merge) && conventional {
        Some("the merge's own header does not count".to_owned())
    } else {
        None
    }
}

/// A type as it is looked up and shown.
fn kind_of(bytes: &[u8]) -> String {
    let shown = bytes.get(..MAX_KIND).unwrap_or(bytes);
    shown.iter().map(|b| char::from(b.to_ascii_lowercase())).collect()
}

/// Characters of a description that are shown anywhere.
const MAX_SUBJECT: usize = 300;
const MAX_BREAKING_NOTE: usize = 1000;
const MAX_SCOPE: usize = 60;
/// The header's grammar leaves only ASCII in a type.
const MAX_KIND: usize = 60;

#[cfg(test)]
mod tests;
