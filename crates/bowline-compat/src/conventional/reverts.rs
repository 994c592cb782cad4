//! Commits that were taken back, and those that took them back.

use super::parser::Parsed;
use std::collections::{HashMap, HashSet, VecDeque};

type Key = Vec<String>;

/// As `conventional-commits-filter` 2 and 3 do it: every commit goes that some other takes back, even when that one was taken
/// back itself; of those that take back, only the first goes.
pub(super) fn first_only(commits: Vec<Parsed>) -> Vec<Parsed> {
    let Some(names) = names(&commits) else { return commits };
    let mut takes_back: HashMap<Key, Option<String>> = HashMap::new();
    for commit in &commits {
        if let Some(key) = target(commit) {
            takes_back.entry(key).or_insert_with(|| commit.hash().map(str::to_owned));
        }
    }
    let mut first: Option<Option<String>> = None;
    let mut kept = commits;
    kept.retain(|commit| match own(commit, &names).and_then(|key| takes_back.get(&key)) {
        Some(by) => {
            first.get_or_insert_with(|| by.clone());
            false
        }
        None => true,
    });
    if let Some(first) = first {
        kept.retain(|commit| commit.hash() != first.as_deref());
    }
    kept
}

/// As `conventional-commits-filter` 6 does it: newest first, a commit and the one that takes it back go together, so that what
/// was taken back twice stays.
pub(super) fn in_pairs(commits: Vec<Parsed>) -> Vec<Parsed> {
    let gone = pairs(&commits);
    let mut place = 0;
    let mut kept = commits;
    kept.retain(|_| {
        place += 1;
        !gone.contains(&(place - 1))
    });
    kept
}

/// The places of the commits that go.
fn pairs(commits: &[Parsed]) -> HashSet<usize> {
    let mut gone = HashSet::new();
    let Some(names) = names(commits) else { return gone };
    let mut waiting: HashMap<Key, VecDeque<usize>> = HashMap::new();
    for (place, commit) in commits.iter().enumerate() {
        let by = own(commit, &names).and_then(|key| waiting.get_mut(&key)).and_then(VecDeque::pop_front);
        if let Some(by) = by {
            gone.extend([by, place]);
        } else if let Some(key) = target(commit) {
            waiting.entry(key).or_default().push_back(place);
        }
    }
    gone
}

/// By which fields a commit that is taken back is known; `None` when none takes anything back.
fn names(commits: &[Parsed]) -> Option<Vec<String>> {
    let revert = commits.iter().find_map(|commit| commit.revert.as_ref())?;
    Some(revert.iter().map(|(name, _)| name.clone()).collect())
}

/// What a commit takes back. Without a value for each field it takes back nothing.
fn target(commit: &Parsed) -> Option<Key> {
    let value = |value: &Option<String>| value.as_deref().map(|value| super::text::trim(value).to_owned());
    commit.revert.as_ref()?.iter().map(|(_, text)| value(text)).collect()
}

fn own(commit: &Parsed, names: &[String]) -> Option<Key> {
    let value = |name: &String| match name.as_str() {
        "hash" => commit.full_hash.as_deref(),
        name => commit.raw_part(name),
    };
    names.iter().map(|name| value(name).map(|value| super::text::trim(value).to_owned())).collect()
}
