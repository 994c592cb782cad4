//! Which release the commits ask for.

use super::parser::{self, Parsed};
use super::{Error, Question, Range, reverts, settings, tags};
use crate::options::PresetName;
use crate::profile::Profile;
use crate::versions::{Release, Version};

/// A release that the commits ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// Major, minor or patch.
    pub release: Release,
    /// Why, in the words of the preset.
    pub reason: String,
}

/// The release that the commits since the last one ask for; `None` when they ask for none.
///
/// # Errors
///
/// When the history cannot be read, or the configuration cannot be followed.
pub fn recommend(question: &Question<'_>) -> Result<Option<Recommendation>, Error> {
    super::refuse_preset(question)?;
    let rules = settings::rules(question, None)?;
    let base = tags::bump_base(question)?;
    // The bump of 13 leaves merges out; the others, and all changelogs, do not.
    let merges = question.profile != Profile::CatV13;
    let range = Range { from: base.as_deref(), to: None, path: question.path, merges };
    let commits = parser::read(&question.log.commits(&range)?, &rules, false);
    let pairs = question.profile == Profile::CatV13 || !question.is_exact();
    let commits = if pairs { reverts::in_pairs(commits) } else { reverts::first_only(commits) };
    Ok(weigh(question, &commits))
}

fn weigh(question: &Question<'_>, commits: &[Parsed]) -> Option<Recommendation> {
    let mut count = Count::default();
    let breaks = breaking_header();
    for commit in commits {
        count.add(question, commit, breaks.as_ref());
    }
    let by_types = question.profile == Profile::CatV13 && question.preset_by_name && !asks_for_changes(question);
    let is_empty = if by_types { !count.any_bump } else { !count.any_change };
    if (by_types || asks_for_changes(question)) && is_empty {
        return None;
    }
    let level = match (count.breaking, count.features) {
        (0, 0) => 2,
        (0, _) => 1,
        _ => 0,
    };
    let level = if level < 2 && is_before_major(question) { level + 1 } else { level };
    let release = match level {
        0 => Release::Major,
        1 => Release::Minor,
        _ => Release::Patch,
    };
    Some(Recommendation { release, reason: reason(question, &count) })
}

#[derive(Default)]
struct Count {
    breaking: usize,
    features: usize,
    any_change: bool,
    any_bump: bool,
}

impl Count {
    fn add(&mut self, question: &Question<'_>, commit: &Parsed, breaks: Option<&regex::Regex>) {
        let preset = question.preset.name;
        if preset == PresetName::EsLint && !asks_for_changes(question) {
            match commit.part("tag").map(str::to_lowercase).as_deref() {
                Some("breaking") => self.breaking += 1,
                Some("new") => self.features += 1,
                _ => {}
            }
            return;
        }
        let kind = commit.part("type");
        // The question of empty changes is asked in the words of the default preset, whatever the preset.
        let by_default = preset == PresetName::ConventionalCommits || asks_for_changes(question);
        let is_feature = kind == Some("feat") || (by_default && kind == Some("feature"));
        // A `!` counts even where `parserOpts` has other patterns; 13 leaves that to the reader.
        let has_mark = by_default
            && question.profile != Profile::CatV13
            && commit.notes.is_empty()
            && commit.header.as_deref().is_some_and(|header| breaks.is_some_and(|breaks| breaks.is_match(header)));
        if !commit.notes.is_empty() || has_mark {
            self.breaking += commit.notes.len().max(1);
            (self.any_change, self.any_bump) = (true, true);
        } else if is_feature {
            self.features += 1;
            (self.any_change, self.any_bump) = (true, true);
        }
        self.any_change |= kind == Some("fix");
        let shown = if commit.revert.is_some() { Some("revert".to_owned()) } else { kind.map(str::to_lowercase) };
        self.any_bump |= matches!(shown.as_deref(), Some("feat" | "feature" | "fix" | "perf" | "revert"));
    }
}

/// `noBumpWhenEmptyChanges`, which standard-version does not know.
const fn asks_for_changes(question: &Question<'_>) -> bool {
    question.profile.is_catv() && question.no_bump_when_empty_changes
}

fn breaking_header() -> Option<regex::Regex> {
    super::text::pattern(r"^(\w*)(?:\((.*)\))?!: (.*)$", "").ok()
}

/// Only the default preset, with its keys, raises a version below 1.0.0 more carefully.
fn is_before_major(question: &Question<'_>) -> bool {
    question.is_default_preset()
        && !question.preset_by_name
        && (question.preset.pre_major || question.current.is_some_and(Version::is_before_one))
}

fn reason(question: &Question<'_>, count: &Count) -> String {
    let (breaking, features) = (count.breaking, count.features);
    let preset = if asks_for_changes(question) { PresetName::ConventionalCommits } else { question.preset.name };
    match preset {
        PresetName::EsLint => format!("There are {breaking} breaking changes and {features} features"),
        PresetName::ConventionalCommits | PresetName::Angular if breaking == 1 => {
            format!("There is 1 BREAKING CHANGE and {features} features")
        }
        _ => format!("There are {breaking} BREAKING CHANGES and {features} features"),
    }
}
