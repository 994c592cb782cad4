//! Commits and notes in groups, in order.

use super::Job;
use crate::conventional::collation::sort_like_v8;
use crate::conventional::parser::{Note, Parsed};
use crate::conventional::settings::Sort;
use crate::options::PresetName;
use crate::profile::Profile;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Commits under one heading.
pub(super) struct Group {
    /// Empty: no heading.
    pub(super) title: String,
    pub(super) commits: Vec<Parsed>,
}

/// Notes under one heading.
pub(super) struct NoteGroup {
    pub(super) title: String,
    pub(super) notes: Vec<GroupedNote>,
}

/// A note, and the scope of the commit that has it.
pub(super) struct GroupedNote {
    pub(super) text: String,
    pub(super) scope: Option<String>,
}

pub(super) fn commit_groups(job: &Job<'_>, commits: Vec<Parsed>) -> Vec<Group> {
    let by = job.writer.group_by.as_deref().unwrap_or_else(|| default_group(job.question.preset.name));
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for commit in commits {
        let title = commit.raw_part(by).unwrap_or_default();
        match places.get(title) {
            Some(place) => groups[*place].commits.push(commit),
            None => {
                let title = title.to_owned();
                places.insert(title.clone(), groups.len());
                groups.push(Group { title, commits: vec![commit] });
            }
        }
    }
    // Keys of an object that are numbers come first in JavaScript.
    groups.sort_by_key(|group| array_index(&group.title).map_or((1, 0), |index| (0, index)));
    let sort = job.writer.commits_sort.clone().unwrap_or_else(|| default_commits_sort(job.question.preset.name));
    for group in &mut groups {
        // One field alone is spelled out by the older libraries, even when it has no value.
        let spells = matches!(sort, Sort::Field(_)) && !job.is_modern();
        sort_by(job, &mut group.commits, &sort, |commit, field| {
            let value = if spells { Some(commit.spelled(field)) } else { commit.raw_part(field) };
            value.map(Cow::Borrowed)
        });
    }
    sort_groups(job, &mut groups);
    groups
}

fn sort_groups(job: &Job<'_>, groups: &mut Vec<Group>) {
    let given = job.writer.commit_groups_sort.as_ref();
    if given.is_none() && job.question.is_default_preset() {
        if job.question.profile == Profile::Sv9 {
            // The oldest preset never calls two groups alike, so that those it does not know come out as its sort leaves them.
            const ORDER: [&str; 4] = ["Reverts", "Performance Improvements", "Bug Fixes", "Features"];
            let rank =
                |group: &Group| ORDER.iter().position(|title| *title == group.title).map_or(-1, |rank| rank as i64);
            sort_like_v8(groups, |one, other| rank(one) >= rank(other));
        } else {
            let sections: Vec<&str> = job.transform.sections();
            let rank = |group: &Group| sections.iter().position(|title| *title == group.title && !title.is_empty());
            groups.sort_by_key(|group| rank(group).map_or(0, |rank| rank + 1));
        }
        return;
    }
    let sort = given.cloned().unwrap_or_else(|| Sort::Field("title".to_owned()));
    let is_modern = job.is_modern();
    sort_by(job, groups, &sort, |group, field| match field {
        // A group without a title has `false` for one in the older libraries.
        "title" if group.title.is_empty() && !is_modern && matches!(sort, Sort::Field(_)) => {
            Some(Cow::Borrowed("false"))
        }
        "title" => Some(Cow::Borrowed(group.title.as_str())),
        _ => None,
    });
}

pub(super) fn note_groups(job: &Job<'_>, commits: &[Parsed]) -> Vec<NoteGroup> {
    let mut groups: Vec<NoteGroup> = Vec::new();
    for commit in commits {
        let scope = commit.part("scope");
        for Note { title, text } in &commit.notes {
            let note = GroupedNote { text: text.clone(), scope: scope.map(str::to_owned) };
            match groups.iter_mut().find(|group| group.title == *title) {
                Some(group) => group.notes.push(note),
                None => groups.push(NoteGroup { title: title.clone(), notes: vec![note] }),
            }
        }
    }
    let sort = job.writer.note_groups_sort.clone().unwrap_or_else(|| Sort::Field("title".to_owned()));
    sort_by(job, &mut groups, &sort, |group, field| (field == "title").then_some(Cow::Borrowed(group.title.as_str())));
    for group in &mut groups {
        let sort = job.writer.notes_sort.clone().unwrap_or_else(|| default_notes_sort(job));
        let title = group.title.clone();
        sort_by(job, &mut group.notes, &sort, |note, field| match field {
            "text" => Some(Cow::Borrowed(note.text.as_str())),
            "title" => Some(Cow::Owned(title.clone())),
            _ => None,
        });
    }
    groups
}

/// Three of the older presets hand over a comparison that never compares: notes stay as they come.
fn default_notes_sort(job: &Job<'_>) -> Sort {
    let never =
        matches!(job.question.preset.name, PresetName::ConventionalCommits | PresetName::Angular | PresetName::JsHint);
    if never && !job.is_modern() { Sort::None } else { Sort::Field("text".to_owned()) }
}

fn sort_by<T>(
    job: &Job<'_>,
    items: &mut [T],
    sort: &Sort,
    field: impl for<'t> Fn(&'t T, &str) -> Option<Cow<'t, str>>,
) {
    let is_modern = job.is_modern();
    let joined = |item: &T| -> String {
        match sort {
            Sort::None => String::new(),
            Sort::Field(name) if !is_modern => {
                field(item, name).map_or_else(|| "undefined".to_owned(), Cow::into_owned)
            }
            Sort::Field(name) => field(item, name).map(Cow::into_owned).unwrap_or_default(),
            Sort::Fields(names) => names.iter().filter_map(|name| field(item, name)).collect(),
        }
    };
    if *sort == Sort::None || items.len() < 2 {
        return;
    }
    let compare = |one: &String, other: &String| -> Ordering { job.collation.compare(one, other) };
    let mut order: Vec<(String, usize)> =
        items.iter().map(joined).enumerate().map(|(place, key)| (key, place)).collect();
    order.sort_by(|one, other| compare(&one.0, &other.0).then(one.1.cmp(&other.1)));
    permute(items, order.into_iter().map(|(_, place)| place).collect());
}

/// Puts items in the order of these places.
fn permute<T>(items: &mut [T], mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut at = start;
        while order[at] != start {
            let next = order[at];
            items.swap(at, next);
            order[at] = at;
            at = next;
        }
        order[at] = at;
    }
}

const fn default_group(preset: PresetName) -> &'static str {
    match preset {
        PresetName::ConventionalCommits | PresetName::Angular | PresetName::JsHint => "type",
        PresetName::Atom => "emoji",
        PresetName::CodeMirror => "language",
        PresetName::Ember | PresetName::EsLint => "tag",
        PresetName::Express | PresetName::JQuery => "component",
    }
}

fn default_commits_sort(preset: PresetName) -> Sort {
    let fields: &[&str] = match preset {
        PresetName::ConventionalCommits | PresetName::Angular => &["scope", "subject"],
        PresetName::Atom => &["emoji", "shortDesc"],
        PresetName::CodeMirror => &["language", "type", "message"],
        PresetName::Ember => &["tag", "taggedAs", "message"],
        PresetName::EsLint => &["tag", "message"],
        PresetName::Express | PresetName::JQuery => &["component", "shortDesc"],
        PresetName::JsHint => &["type", "shortDesc"],
    };
    Sort::Fields(fields.iter().map(|&field| field.to_owned()).collect())
}

/// Whether a key counts as a place in an array.
fn array_index(key: &str) -> Option<u32> {
    let is_plain = key == "0" || !key.starts_with('0');
    let index: u32 = key.parse().ok().filter(|_| is_plain && key.bytes().all(|byte| byte.is_ascii_digit()))?;
    (index < u32::MAX).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::permute;

    #[test]
    fn permuted() {
        let mut items = vec!['a', 'b', 'c', 'd', 'e'];
        permute(&mut items, vec![3, 0, 2, 4, 1]);
        assert_eq!(items, ['d', 'a', 'c', 'e', 'b']);
    }
}
