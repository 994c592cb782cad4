//! What each commit asks for, and the rule that says so.
//!
//! Every commit gets exactly one rule. Merges ask for nothing (the commits they bring are counted themselves), neither
//! do release commits of ours; a revert and what it reverts cancel out when both are unreleased. Configuration can give a commit
//! another message, take it out, or let the headers that a squashed commit lists count as changes of their own. It can also let
//! merged pull requests stand for their commits, see [`pulls`].

pub mod lint;
mod overrides;
mod pulls;
mod reverts;
mod rules;

use crate::commit::Message;
use bowline_config::Config;
use bowline_config::section::version::BeforeOne;
use bowline_model::facts::{CommitFact, PullFact};
use bowline_model::plan::PlannedCommit;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::text::one_line;
use bowline_model::{Oid, Version};
pub use overrides::Overrides;
use overrides::Stand;
pub(crate) use pulls::recorded;
use pulls::{Role, Roles};
use reverts::Fate;
pub(crate) use rules::{Rules, version_of};

/// One commit, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it stands in the plan.
    pub planned: PlannedCommit,
    /// What breaks, one entry for each breaking footer, or the description when only `!` says so; safe to show.
    pub breaking_notes: Vec<String>,
    /// The issues that it says it closes, besides those that its first line names.
    pub closes: Vec<u32>,
    /// Why it neither counts nor is listed; none when it takes part.
    pub ignored: Option<Ignored>,
    /// What a reader of the explanation should know besides.
    pub note: Option<String>,
    /// Whether some bytes of its message could not be decoded.
    pub undecodable: bool,
    /// The version that its `Release-As` footer asks for.
    pub release_as: Option<Version>,
    /// The merged pull request that it is, or whose description it is from.
    pub pull: Option<Pull>,
}

/// A merged pull request behind a change; its number stands in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// The commits of the release that it brought, newest first.
    pub commits: Vec<Oid>,
    /// Whether its labels decided.
    pub by_label: bool,
    /// The heading that they give it; none for no place among the groups, or where its type decides.
    pub heading: Option<String>,
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
    /// `commits.ignore` matches it, or its message was replaced by an empty one.
    Configured(String),
    /// A pull request stands for it.
    Part(String),
    /// No source of changes reads it.
    Unread,
}

impl Ignored {
    /// The reason in words.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Merge => "merge commit: the commits it brings count themselves",
            Self::Release => "release commit of Bowline",
            Self::Reverted(how) | Self::Configured(how) | Self::Part(how) => how,
            Self::Unread => "no pull request brought it, and messages of commits are no source of changes",
        }
    }
}

/// Reads all commits (newest first). `before_one` is what changes mean when the current version is below 1.0.0.
pub fn read(
    config: &Config,
    commits: &[CommitFact],
    overrides: &Overrides<'_>,
    before_one: Option<BeforeOne>,
) -> Vec<Change> {
    let dialect = config.commits.dialect;
    let stands = overrides.of_commits(commits);
    let has_file = |oid: &Oid| matches!(stands.get(oid), Some(Stand::Message { .. }));
    let roles = Roles::of(config, commits, overrides.pulls(), has_file);
    let role = |commit: &CommitFact| roles.of_commit(commit, has_file(&commit.oid));
    let said: Vec<Said<'_>> =
        commits.iter().map(|commit| Said::of(commit, stands.get(&commit.oid), role(commit))).collect();
    let messages: Vec<Message<'_>> = said.iter().map(|said| Message::parse_as(dialect, said.bytes)).collect();
    let fates = reverts::fates(commits, &messages);
    let rules = Rules::new(config, before_one);
    let taken: Vec<(&Message<'_>, Fate)> = messages.iter().zip(fates.iter().copied()).collect();
    let ignored = roles.ignored(&rules, commits, &taken);
    let changes = commits.iter().zip(said.iter().zip(&messages)).zip(fates);
    let of_commit = |((commit, (said, message)), fate): ((&CommitFact, (&Said<'_>, &Message<'_>)), Fate)| {
        let mut changes = match role(commit) {
            // What we made ourselves is nobody's change, whoever merged it.
            _ if rules::is_release(commit) => rules.changes(commit, said, message, fate),
            Role::Own => rules.changes(commit, said, message, fate),
            Role::Override(pull, messages) => rules.override_changes(commit, pull, messages, fate),
            Role::Labels(pulls) => {
                let ignored = |pull: &PullFact| ignored.get(&pull.number).cloned();
                pulls.iter().map(|pull| rules.pull_change(commit.oid, pull, ignored(pull))).collect()
            }
            Role::Part(number) | Role::Replaced(number) => {
                vec![rules.left_out(commit, Ignored::Part(format!("counted with pull request #{number}")))]
            }
            Role::Unread if commit.parents > 1 => rules.changes(commit, said, message, fate),
            Role::Unread => vec![rules.left_out(commit, Ignored::Unread)],
        };
        if let (Some(note), Some(first)) = (roles.note(&commit.oid), changes.first_mut()) {
            first.note = Some(note.clone());
        }
        changes
    };
    changes.flat_map(of_commit).collect()
}

/// What a commit says.
struct Said<'m> {
    bytes: &'m [u8],
    encoding: Option<&'m str>,
    /// The file that it is from instead of the commit.
    path: Option<&'m str>,
    /// A file that names this commit and others.
    ambiguous: Option<&'m str>,
}

impl<'m> Said<'m> {
    fn of(commit: &'m CommitFact, stand: Option<&Stand<'m>>, role: &Role<'m>) -> Self {
        let own = Self { bytes: said(commit), encoding: commit.encoding.as_deref(), path: None, ambiguous: None };
        if let Some(bytes) = role.instead() {
            return Self { bytes, encoding: None, ..own };
        }
        match stand {
            Some(&Stand::Message { bytes, path }) => Self { bytes, encoding: None, path: Some(path), ..own },
            Some(&Stand::Ambiguous { path }) => Self { ambiguous: Some(path), ..own },
            None => own,
        }
    }

    /// What a reader should know of where it is from.
    fn note(&self) -> Option<String> {
        if let Some(path) = self.ambiguous {
            return Some(format!("{} names several commits and stands for none", one_line(path, 120)));
        }
        self.path.map(|path| format!("its message is the one in {}", one_line(path, 120)))
    }
}

/// The bytes of a message, whatever its encoding.
fn said(commit: &CommitFact) -> &[u8] {
    let is_text = || std::str::from_utf8(&commit.message).is_ok();
    if seeded(Bug::LossyUtf8) && !is_text() { b"" } else { &commit.message }
}

#[cfg(test)]
mod tests;
