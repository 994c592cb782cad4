//! One line that says why a version moves, or why it does not.

use crate::explain::CurrentOrigin;
use crate::history::{Change, Ignored};
use bowline_config::Config;
use bowline_config::candidates::change_folder;
use bowline_config::section::commits::Source;
use bowline_config::section::version::Request;
use bowline_model::facts::Facts;
use bowline_model::version::Level;
use std::collections::BTreeMap;

/// The change whose rule decides: the newest commit that names a version, else the first of those that ask for the most.
/// What a pre-release contains already is no reason for another one.
pub(crate) fn winner(changes: &[Change]) -> Option<&Change> {
    if let Some(named) = changes.iter().find(|change| change.release_as.is_some()) {
        return Some(named);
    }
    let counting = || changes.iter().filter(|change| change.ignored.is_none());
    let level = counting().map(|change| change.planned.level).max().filter(|&level| level > Level::None)?;
    counting().find(|change| change.planned.level == level)
}

/// Why there is a release: the flag that asks for it, or the commit.
pub(crate) fn for_release(request: &Request, changes: &[Change], first: bool) -> String {
    let by_commit = || winner(changes).map(headline);
    let mut reason = match (&request.version, request.bump, by_commit()) {
        (Some(version), ..) => format!("asked for: --version {version}"),
        (None, Some(level), _) => format!("asked for: --bump {level}"),
        (None, None, Some(line)) if first => format!("first release: {line}"),
        (None, None, line) => line.unwrap_or_default(),
    };
    if let Some(id) = &request.pre {
        reason.push_str(&format!(", pre-release {}", bowline_model::text::one_line(id, 40)));
    }
    reason
}

/// Why there is none: `3 commits since v1.2.3, none asks for a release (docs 2, chore 1)`.
pub(crate) fn for_nothing(config: &Config, facts: &Facts, origin: &CurrentOrigin, changes: &[Change]) -> String {
    let (files, commits): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| change.file.is_some());
    let of_files = change_folder(config).map(|folder| of_files(folder, facts, &files));
    let only_files = !config.commits.reads(Source::Commits) && !config.commits.reads(Source::Labels);
    let of_commits = (!only_files).then(|| of_commits(facts, origin, &commits));
    let reasons: Vec<String> = of_files.into_iter().chain(of_commits).collect();
    format!("{}{}", reasons.join("; "), if only_files { " (`commits.sources` names nothing else)" } else { "" })
}

/// `2 change files in .changeset, none asks for a release`.
fn of_files(folder: &str, facts: &Facts, files: &[&Change]) -> String {
    let folder = bowline_model::text::one_line(folder, 80);
    let news = files.iter().filter(|change| change.ignored.is_none()).count();
    let count = files.iter().filter(|change| !change.is_spent()).count();
    match (files.len(), news, &facts.current) {
        (0, ..) => format!("no change files in {folder}"),
        (_, 0, Some(tag)) => format!("no change files in {folder} that {} lacks", tag.name),
        _ if count == 1 => format!("1 change file in {folder}, it does not ask for a release"),
        _ => format!("{count} change files in {folder}, none asks for a release"),
    }
}

fn of_commits(facts: &Facts, origin: &CurrentOrigin, changes: &[&Change]) -> String {
    let since = match (&facts.current, origin) {
        (Some(tag), _) => format!("since {}", tag.name),
        (None, CurrentOrigin::File { path, .. }) => format!("without a version tag ({path} holds the version)"),
        (None, _) => "without a version tag".to_owned(),
    };
    match changes.len() {
        0 => format!("no commits {since}"),
        1 => format!("1 commit {since}, it does not ask for a release ({})", counts(changes)),
        count => format!("{count} commits {since}, none asks for a release ({})", counts(changes)),
    }
}

/// `minor: feat(api): add X (0123456789)`.
fn headline(change: &Change) -> String {
    let commit = &change.planned;
    if let Some(version) = &change.release_as {
        return format!("Release-As: {version} ({})", commit.id.short());
    }
    let place = match (&change.file, commit.pull_request) {
        (Some(file), _) => bowline_model::text::one_line(&file.path, 120).into_owned(),
        (None, Some(number)) => format!("#{number}"),
        (None, None) => commit.id.short(),
    };
    let scope = commit.scope.as_ref().map_or(String::new(), |scope| format!("({scope})"));
    let mark = if commit.breaking { "!" } else { "" };
    let kind = if commit.kind.is_empty() { String::new() } else { format!("{}{scope}{mark}: ", commit.kind) };
    format!("{}: {kind}{} ({place})", commit.level, commit.subject)
}

/// `docs 2, chore 1`: the most frequent first.
fn counts(changes: &[&Change]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for change in changes {
        let name = match &change.ignored {
            Some(Ignored::Merge) => "merge",
            Some(Ignored::Release) => "release",
            Some(Ignored::Reverted(_)) => "reverted",
            Some(
                Ignored::Configured(_)
                | Ignored::NoSource
                | Ignored::Contained(_)
                | Ignored::Spent(_)
                | Ignored::Unreadable(_),
            ) => "taken out",
            Some(Ignored::Part(_)) => "part of a pull request",
            Some(Ignored::Unread) => "without a pull request",
            None if change.pull.as_ref().is_some_and(|pull| pull.by_label) => "pull request",
            None if change.planned.kind.is_empty() => "not conventional",
            None => &change.planned.kind,
        };
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    let more = counts.len().saturating_sub(MAX_KINDS);
    let mut shown: Vec<_> = counts.iter().take(MAX_KINDS).map(|(name, count)| format!("{name} {count}")).collect();
    if more > 0 {
        shown.push(format!("{more} more types"));
    }
    shown.join(", ")
}

/// Types that one line can take.
const MAX_KINDS: usize = 8;
