//! Everybody who wrote something, for telling who is new.

use bowline_model::Oid;
use bowline_model::facts::Person;
use bowline_port::git::{GitError, GitReader};
use std::collections::BTreeSet;

/// The authors and co-authors of `commit` and of all its ancestors. It reads the whole history, so it is asked only where
/// configuration wants people to be thanked.
pub fn authors(git: &dyn GitReader, commit: Oid) -> Result<BTreeSet<Person>, GitError> {
    let commits = git.commits(commit, &[])?;
    Ok(commits.iter().flat_map(bowline_model::facts::CommitFact::people).collect())
}
