//! What each commit and each change file asks for, and the rule that says so.
//!
//! Every commit gets exactly one rule. Merges ask for nothing (the commits they bring are counted themselves), neither
//! do release commits of ours; a revert and what it reverts cancel out when both are unreleased. Configuration can give a commit
//! another message, take it out, or let the headers that a squashed commit lists count as changes of their own.

pub mod files;
pub mod lint;
mod overrides;
mod reverts;
mod rules;

use crate::commit::Message;
use bowline_config::Config;
use bowline_config::section::version::BeforeOne;
use bowline_model::facts::CommitFact;
use bowline_model::plan::PlannedCommit;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::text::one_line;
use bowline_model::{Oid, Version};
pub(crate) use files::check_mode;
pub use files::{ChangeFileError, ChangeFiles, FromFile, read_files};
pub use overrides::Overrides;
use overrides::Stand;
pub(crate) use rules::{Rules, version_of};

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
        matches!(self.ignored, Some(Ignored::Spent(_)))
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
    /// A change file that a final version has used up without removing it.
    Spent(String),
}

impl Ignored {
    /// The reason in words.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Merge => "merge commit: the commits it brings count themselves",
            Self::Release => "release commit of Bowline",
            Self::NoSource => "commits are not read: `commits.sources` does not name them",
            Self::Reverted(how) | Self::Configured(how) | Self::Contained(how) | Self::Spent(how) => how,
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
    let said: Vec<Said<'_>> = commits.iter().map(|commit| Said::of(commit, stands.get(&commit.oid))).collect();
    let messages: Vec<Message<'_>> = said.iter().map(|said| Message::parse_as(dialect, said.bytes)).collect();
    let fates = reverts::fates(commits, &messages);
    let rules = Rules::new(config, before_one);
    commits
        .iter()
        .zip(said.iter().zip(&messages))
        .zip(fates)
        .flat_map(|((commit, (said, message)), fate)| rules.changes(commit, said, message, fate))
        .collect()
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
    fn of(commit: &'m CommitFact, stand: Option<&Stand<'m>>) -> Self {
        let own = Self { bytes: said(commit), encoding: commit.encoding.as_deref(), path: None, ambiguous: None };
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
