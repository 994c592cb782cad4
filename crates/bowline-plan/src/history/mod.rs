//! What each commit and each change file asks for, and the rule that says so.
//!
//! Every commit gets exactly one rule. Merges ask for nothing (the commits they bring are counted themselves), neither
//! do release commits of ours; a revert and what it reverts cancel out when both are unreleased. Configuration can give a commit
//! another message, take it out, or let the headers that a squashed commit lists count as changes of their own. It can also let
//! merged pull requests stand for their commits, see `history/pulls.rs`.

pub mod files;
pub mod lint;
mod overrides;
mod pulls;
mod reverts;
mod rules;

use crate::commit::{Message, Reading};
use bowline_config::Config;
use bowline_config::section::commits::Source;
use bowline_config::section::version::BeforeOne;
use bowline_model::facts::{CommitFact, PullFact};
use bowline_model::plan::PlannedCommit;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::text::one_line;
use bowline_model::{Oid, Version};
pub(crate) use files::check_mode;
pub use files::{ChangeFileError, ChangeFiles, FromFile, read_files};
pub use overrides::Overrides;
use overrides::Stand;
pub(crate) use pulls::recorded;
use pulls::{Role, Roles};
use reverts::Fate;
pub(crate) use rules::{Rules, unknown_audience, version_of};

/// One commit or change file, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it stands in the plan. Its commit is, for a change file, the one that added it, or the planned head where that is
    /// not known: see [`Change::commit`].
    pub planned: PlannedCommit,
    /// The change file that it is from; none for a commit.
    pub file: Option<FromFile>,
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
    /// What its author wrote for those who read notes.
    pub for_readers: Vec<ForReaders>,
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

/// What a `Release-note` footer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForReaders {
    /// The audience that it is for, lowercase; none for all readers of notes.
    pub audience: Option<String>,
    text: Option<String>,
}

impl ForReaders {
    /// The text, on one line and safe to show; none for `none`, which leaves the commit out.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

impl Change {
    /// The commit that it is, or that added its file; none where that is not known.
    pub fn commit(&self) -> Option<&Oid> {
        match &self.file {
            Some(file) => file.commit.as_ref(),
            None => Some(&self.planned.id),
        }
    }

    /// Whether it is a change file of a version that is out.
    pub const fn is_spent(&self) -> bool {
        matches!(self.ignored, Some(Ignored::Spent(_) | Ignored::Unreadable(_)))
    }

    /// Whether it is a file that no release deletes, because nobody knows what it is.
    pub const fn stays(&self) -> bool {
        matches!(self.ignored, Some(Ignored::Unreadable(_)))
    }
}

/// Why a commit or change file does not count.
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
    /// `commits.sources` does not name commits.
    NoSource,
    /// A change file that the pre-release before has already: it counts for the level, and is not listed again.
    Contained(String),
    /// A pull request stands for it.
    Part(String),
    /// No source of changes reads it.
    Unread,
    /// A change file that a final version has used up without removing it.
    Spent(String),
    /// A file among them that a final version has as well, and that cannot be read as one.
    Unreadable(String),
}

impl Ignored {
    /// The reason in words.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Merge => "merge commit: the commits it brings count themselves",
            Self::Release => "release commit of Bowline",
            Self::NoSource => "commits are not read: `commits.sources` does not name them",
            Self::Unread => "no pull request brought it, and messages of commits are no source of changes",
            Self::Reverted(how)
            | Self::Configured(how)
            | Self::Contained(how)
            | Self::Part(how)
            | Self::Spent(how)
            | Self::Unreadable(how) => how,
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
    let reading = Reading::of(config);
    let stands = overrides.of_commits(commits);
    let has_file = |oid: &Oid| matches!(stands.get(oid), Some(Stand::Message { .. }));
    let roles = Roles::of(config, commits, overrides.pulls(), has_file);
    let role = |commit: &CommitFact| roles.of_commit(commit, has_file(&commit.oid));
    let said: Vec<Said<'_>> =
        commits.iter().map(|commit| Said::of(commit, stands.get(&commit.oid), role(commit))).collect();
    let texts: Vec<_> = said.iter().map(|said| reading.text(said.bytes, said.encoding)).collect();
    let messages: Vec<Message<'_>> =
        (said.iter().zip(&texts)).map(|(said, text)| Message::read(reading, text, said.is_merge)).collect();
    let rules = Rules::new(config, before_one);
    let is_target = |n: usize| {
        let by_pull = || matches!(role(&commits[n]), Role::Labels(_) | Role::Override(..));
        !said[n].is_merge || by_pull() || rules.merge_counts(&messages[n])
    };
    let fates = reverts::fates(commits, &messages, is_target, |n| roles.brought(&commits[n]));
    let taken: Vec<(&Message<'_>, Fate)> = messages.iter().zip(fates.iter().copied()).collect();
    let ignored = roles.ignored(&rules, commits, &taken);
    let asked = roles.asked_in_vain(commits, &taken);
    let changes = commits.iter().zip(said.iter().zip(&messages)).zip(fates);
    let of_commit = |((commit, (said, message)), fate): ((&CommitFact, (&Said<'_>, &Message<'_>)), Fate)| {
        let mut changes = match role(commit) {
            // What we made ourselves is nobody's change, whoever merged it.
            _ if rules::is_release(commit) => rules.changes(commit, said, message, fate),
            Role::Own | Role::File(_) => rules.changes(commit, said, message, fate),
            Role::Override(pull, messages) => rules.override_changes(commit, pull, messages, fate),
            Role::Labels(pulls) => {
                let ignored = |pull: &PullFact| ignored.get(&pull.number).cloned();
                let asked = |pull: &PullFact| asked.get(&pull.number).copied().unwrap_or_default();
                pulls.iter().map(|pull| rules.pull_change(commit.oid, pull, ignored(pull), asked(pull))).collect()
            }
            Role::Part(number) | Role::Replaced(number) => {
                vec![rules.left_out(commit, Ignored::Part(format!("counted with pull request #{number}")))]
            }
            Role::Unread if commit.parents > 1 => rules.changes(commit, said, message, fate),
            Role::Unread if config.commits.reads(Source::Labels) => vec![rules.left_out(commit, Ignored::Unread)],
            Role::Unread => vec![rules.left_out(commit, Ignored::NoSource)],
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
    /// Whether it is what a merge says, and so no change of its own.
    is_merge: bool,
}

impl<'m> Said<'m> {
    fn of(commit: &'m CommitFact, stand: Option<&Stand<'m>>, role: &Role<'m>) -> Self {
        let is_merge = commit.parents > 1 && !matches!(role, Role::File(_));
        let encoding = commit.encoding.as_deref();
        let own = Self { bytes: said(commit), encoding, path: None, ambiguous: None, is_merge };
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
