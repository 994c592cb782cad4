//! Which unreleased commits take each other back.
//!
//! Commits are gone through from the newest: a revert that is itself reverted takes nothing back, so reverting a
//! revert restores the original. Only reverts of a commit of the same set count: one that they name (`This reverts
//! commit …`), or, where a forge's button made the revert and no id is written, the newest older commit with the quoted
//! title. A merge is a target where it counts itself, and what its pull request brought goes with it. Other merges are none,
//! because reverting them undoes commits that nothing here names.

use crate::commit::{Message, without_number};
use bowline_model::Oid;
use bowline_model::facts::CommitFact;
use std::collections::{BTreeSet, HashMap};

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

/// `is_target` says of each commit whether a revert of it takes it back, and `brought` which others go with it.
pub(super) fn fates<'p>(
    commits: &[CommitFact],
    messages: &[Message<'_>],
    is_target: impl Fn(usize) -> bool,
    brought: impl Fn(usize) -> &'p [Oid],
) -> Vec<Fate> {
    let mut fates = vec![Fate::Counts; commits.len()];
    if !messages.iter().any(is_revert) {
        return fates;
    }
    let (ids, mut titles) = (Ids::of(commits), Titles::of(messages));
    for (number, (commit, message)) in commits.iter().zip(messages).enumerate() {
        if !is_revert(message) || fates[number] != Fate::Counts || commit.parents > 1 {
            continue;
        }
        let live = |n: &usize| *n != number && fates[*n] == Fate::Counts && is_target(*n);
        let named: Vec<Option<usize>> = match (message.reverted(), message.git_revert) {
            (oids, Some(title)) if oids.is_empty() => vec![titles.newest_older(title, number, live)],
            (oids, _) => oids.into_iter().map(|hex| ids.find(hex)).collect(),
        };
        let targets: Vec<usize> = named.iter().flatten().copied().filter(live).collect();
        if let (Some(&first), true) = (targets.first(), targets.len() == named.len()) {
            fates[number] = Fate::Reverts(commits[first].oid);
        }
        for target in targets {
            fates[target] = Fate::RevertedBy(commit.oid);
            for part in brought(target).iter().filter_map(|oid| ids.find(oid.to_string().as_bytes())) {
                if part != number && fates[part] == Fate::Counts {
                    fates[part] = Fate::RevertedBy(commit.oid);
                }
            }
        }
    }
    fates
}

fn is_revert(message: &Message<'_>) -> bool {
    let typed = message.header.as_ref().is_some_and(|header| header.kind.eq_ignore_ascii_case(b"revert"));
    typed || message.git_revert.is_some()
}

/// Commits by their id in hex.
pub(super) struct Ids(Vec<(String, usize)>);

impl Ids {
    pub(super) fn of(commits: &[CommitFact]) -> Self {
        let mut ids: Vec<_> = commits.iter().enumerate().map(|(n, commit)| (commit.oid.to_string(), n)).collect();
        ids.sort_unstable();
        Self(ids)
    }

    /// The only commit whose id begins with `hex`.
    fn find(&self, hex: &[u8]) -> Option<usize> {
        let mut matches = self.beginning(hex);
        matches.next().filter(|_| matches.next().is_none())
    }

    /// All commits whose id begins with `hex`.
    pub(super) fn matching(&self, hex: &[u8]) -> Vec<usize> {
        self.beginning(hex).collect()
    }

    fn beginning<'h>(&self, hex: &'h [u8]) -> impl Iterator<Item = usize> + use<'_, 'h> {
        let start = self.0.partition_point(|(id, _)| id.as_bytes() < hex);
        let matches = self.0[start..].iter().take_while(move |(id, _)| id.as_bytes().starts_with(hex));
        matches.map(|(_, number)| *number)
    }
}

/// Commits by their title, without the number a forge appends.
struct Titles<'m>(HashMap<&'m [u8], BTreeSet<usize>>);

impl<'m> Titles<'m> {
    fn of(messages: &[Message<'m>]) -> Self {
        let mut titles: HashMap<&[u8], BTreeSet<usize>> = HashMap::new();
        for (number, message) in messages.iter().enumerate() {
            titles.entry(without_number(message.subject)).or_default().insert(number);
        }
        Self(titles)
    }

    /// The newest commit after number `than` with this title that is `live`. Those that are not never will be again, so
    /// they are forgotten and no commit is looked at twice.
    fn newest_older(&mut self, title: &[u8], than: usize, live: impl Fn(&usize) -> bool) -> Option<usize> {
        let numbers = self.0.get_mut(without_number(title))?;
        while let Some(&number) = numbers.range(than + 1..).next() {
            if live(&number) {
                return Some(number);
            }
            numbers.remove(&number);
        }
        None
    }
}
