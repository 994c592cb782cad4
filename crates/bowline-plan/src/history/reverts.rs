//! Which unreleased commits take each other back.
//!
//! Commits are gone through from the newest: a revert that is itself reverted takes nothing back, so reverting a
//! revert restores the original. Only reverts count that name (`This reverts commit …`) a commit of the same set; a
//! merge is never a target, because reverting it undoes commits that nothing here names.

use crate::commit::Message;
use bowline_model::Oid;
use bowline_model::facts::CommitFact;

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It takes part.
    Counts,
    /// This one takes it back.
    RevertedBy(Oid),
    /// Everything it takes back is unreleased (the first of it is named), so nothing is left of either.
    Reverts(Oid),
}

pub(super) fn fates(commits: &[CommitFact], messages: &[Message<'_>]) -> Vec<Fate> {
    let mut fates = vec![Fate::Counts; commits.len()];
    if !messages.iter().any(is_revert) {
        return fates;
    }
    let index = Index::of(commits);
    for (number, (commit, message)) in commits.iter().zip(messages).enumerate() {
        if !is_revert(message) || fates[number] != Fate::Counts || commit.parents > 1 {
            continue;
        }
        let named: Vec<Option<usize>> = message.reverted().map(|hex| index.find(hex)).collect();
        let target = |n: &usize| *n != number && fates[*n] == Fate::Counts && commits[*n].parents <= 1;
        let live: Vec<usize> = named.iter().flatten().copied().filter(target).collect();
        if let (Some(&first), true) = (live.first(), live.len() == named.len()) {
            fates[number] = Fate::Reverts(commits[first].oid);
        }
        for target in live {
            fates[target] = Fate::RevertedBy(commit.oid);
        }
    }
    fates
}

fn is_revert(message: &Message<'_>) -> bool {
    let typed = message.header.as_ref().is_some_and(|header| header.kind.eq_ignore_ascii_case(b"revert"));
    typed || message.git_revert.is_some()
}

/// Commits by their id in hex.
struct Index(Vec<(String, usize)>);

impl Index {
    fn of(commits: &[CommitFact]) -> Self {
        let mut ids: Vec<_> = commits.iter().enumerate().map(|(n, commit)| (commit.oid.to_string(), n)).collect();
        ids.sort_unstable();
        Self(ids)
    }

    /// The only commit whose id begins with `hex`.
    fn find(&self, hex: &[u8]) -> Option<usize> {
        let start = self.0.partition_point(|(id, _)| id.as_bytes() < hex);
        let mut matches = self.0[start..].iter().take_while(|(id, _)| id.as_bytes().starts_with(hex));
        match (matches.next(), matches.next()) {
            (Some((_, number)), None) => Some(*number),
            _ => None,
        }
    }
}
