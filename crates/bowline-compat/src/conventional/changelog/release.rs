//! A release: its commits in order, and what its heading says.

use super::Job;
use super::groups::{Group, NoteGroup, commit_groups, note_groups};
use crate::conventional::parser::Parsed;
use crate::versions::Version;

/// A release.
pub(super) struct Release {
    pub(super) version: String,
    pub(super) date: String,
    pub(super) previous_tag: Option<String>,
    pub(super) current_tag: Option<String>,
    pub(super) is_patch: bool,
    pub(super) groups: Vec<Group>,
    pub(super) notes: Vec<NoteGroup>,
}

impl Release {
    pub(super) fn new(job: &Job<'_>, commits: Vec<Parsed>, key: Option<usize>, last_hash: Option<String>) -> Self {
        let key = key.and_then(|key| job.commits.get(key));
        let tagged = key.and_then(|key| job.versions.of(&key.tags));
        let version = tagged.unwrap_or(job.question.version).to_owned();
        let date = key.map(|key| key.date.as_str()).filter(|date| !date.is_empty()).unwrap_or(job.question.date);
        let (previous_tag, current_tag) = match key {
            Some(key) => released_tags(job, key.tags.first(), last_hash),
            None => (job.tags.first().cloned(), Some(next_tag(job, &version))),
        };
        let notes = note_groups(job, &commits);
        Self {
            is_patch: Version::parse(&version).is_some_and(|version| version.patch != 0),
            version,
            date: date.to_owned(),
            previous_tag,
            current_tag,
            groups: commit_groups(job, commits),
            notes,
        }
    }

    /// Both ends of the comparison with the release before.
    pub(super) fn compared(&self) -> Option<(&str, &str)> {
        let set = |tag: &Option<String>| tag.as_deref().filter(|tag| !tag.is_empty()).is_some();
        match (&self.previous_tag, &self.current_tag) {
            (Some(previous), Some(current)) if set(&self.previous_tag) && set(&self.current_tag) => {
                Some((previous, current))
            }
            _ => None,
        }
    }
}

/// The first tag of the commit counts, and only when it is a release. What the first release is compared with is its oldest
/// commit.
fn released_tags(job: &Job<'_>, first: Option<&String>, last_hash: Option<String>) -> (Option<String>, Option<String>) {
    let place = first.and_then(|tag| job.tags.iter().position(|known| known == tag));
    match place {
        Some(place) => (job.tags.get(place + 1).cloned().or(last_hash), first.cloned()),
        None => (None, None),
    }
}

/// The tag that the release will have. Without a prefix the originals guess from the tag before, and so miss the tag that is
/// made.
fn next_tag(job: &Job<'_>, version: &str) -> String {
    let prefix = job.question.tag_prefix;
    if !prefix.is_empty() || !job.question.is_exact() {
        return format!("{prefix}{version}");
    }
    match job.tags.first() {
        Some(previous) if !previous.starts_with('v') => version.strip_prefix('v').unwrap_or(version).to_owned(),
        _ if version.starts_with('v') => version.to_owned(),
        _ => format!("v{version}"),
    }
}
