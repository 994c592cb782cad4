//! Messages that are read instead of those of commits: files of the head commit, called like the commits' ids, and what merged
//! pull requests say.

use super::reverts::Ids;
use bowline_config::Config;
use bowline_config::candidates::override_id;
use bowline_model::Oid;
use bowline_model::facts::{CommitFact, FileContent, FileFact, PullFact};
use std::collections::HashMap;

/// The messages at hand.
#[derive(Clone, Debug, Default)]
pub struct Overrides<'f> {
    files: Vec<Override<'f>>,
    pulls: &'f [PullFact],
}

#[derive(Clone, Debug)]
struct Override<'f> {
    hex: String,
    path: &'f str,
    message: &'f [u8],
}

impl<'f> Overrides<'f> {
    /// Those among `files`, as [`candidates`](bowline_config::candidates) names them.
    pub fn of(config: &Config, files: &'f [FileFact]) -> Self {
        let read = |file: &'f FileFact| match &file.content {
            FileContent::Bytes(message) => {
                Some(Override { hex: override_id(config, &file.path)?, path: &file.path, message })
            }
            FileContent::NotAFile(_) => None,
        };
        Self { files: files.iter().filter_map(read).collect(), pulls: &[] }
    }

    /// The same with merged pull requests.
    #[must_use]
    pub fn with_pulls(self, pulls: &'f [PullFact]) -> Self {
        Self { pulls, ..self }
    }

    pub(super) fn pulls(&self) -> &'f [PullFact] {
        self.pulls
    }

    /// What stands for the message of each of `commits`. Of several files the one that names more of an id is meant, and one that
    /// names several commits stands for none.
    pub(super) fn of_commits(&self, commits: &[CommitFact]) -> HashMap<Oid, Stand<'f>> {
        let mut found = HashMap::new();
        if self.files.is_empty() {
            return found;
        }
        let mut shortest_first: Vec<&Override<'f>> = self.files.iter().collect();
        shortest_first.sort_by_key(|one| one.hex.len());
        let ids = Ids::of(commits);
        for one in shortest_first {
            let named = ids.matching(one.hex.as_bytes());
            let stand = match named.as_slice() {
                [_] => Stand::Message { bytes: one.message, path: one.path },
                _ => Stand::Ambiguous { path: one.path },
            };
            found.extend(named.into_iter().map(|number| (commits[number].oid, stand)));
        }
        found
    }
}

/// What an override is for a commit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stand<'f> {
    /// It is read instead of the commit's own.
    Message { bytes: &'f [u8], path: &'f str },
    /// It names other commits as well.
    Ambiguous { path: &'f str },
}
