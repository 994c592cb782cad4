//! What git tells: tags and commits, in the order in which git shows them.

/// What git tells.
pub trait Log {
    /// All tags on commits reachable from HEAD, newest commit first, those of one commit in the order of `git log --decorate`.
    ///
    /// # Errors
    ///
    /// When the history cannot be read.
    fn tags(&self, order: TagOrder) -> Result<Vec<String>, LogError>;

    /// The commits of a range, in the order of `git log`.
    ///
    /// # Errors
    ///
    /// When the history cannot be read.
    fn commits(&self, range: &Range<'_>) -> Result<Vec<Commit>, LogError>;
}

/// In which order git walks the history when tags are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagOrder {
    /// As `git log` does by itself.
    Default,
    /// As `git log --date-order` does: no commit before all of its children.
    Date,
}

/// Which commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<'a> {
    /// Not those reachable from this tag.
    pub from: Option<&'a str>,
    /// Those reachable from this tag; from HEAD when absent.
    pub to: Option<&'a str>,
    /// Only those that touch this path, as `git log -- PATH` understands it.
    pub path: Option<&'a str>,
    /// Whether commits with more than one parent are among them (else `--no-merges`).
    pub merges: bool,
}

/// A commit, as git shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// The full hash (`%H`).
    pub hash: String,
    /// The message as `%B` shows it.
    pub message: String,
    /// Its tags, in the order of `%d`.
    pub tags: Vec<String>,
    /// The day it was committed, in UTC, as `yyyy-mm-dd`.
    pub date: String,
}

/// Git could not tell.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct LogError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
