//! The section of the changelog.
//!
//! [`section`] gathers commits by releases; `transform` decides what each commit shows, `groups` puts them in order, and the
//! two printers write: `classic` fills what the templates of the older libraries fill, `modern` joins lines as 13 does.

mod classic;
mod groups;
mod links;
mod modern;
mod plain;
mod release;
mod transform;

use super::collation::Collation;
use super::log::{Commit, Range};
use super::parser::{self, Parsed};
use super::repository::{self, Repository};
use super::settings::{self, GenerateOn, Writer};
use super::tags::{self, CommitVersion};
use super::{Error, Question, reverts};
use crate::profile::Profile;
use crate::versions::Version;
use release::Release;

/// What is put on top of the releases that the changelog has, as the original library writes it: its blank lines at the end
/// included. Of commit-and-tag-version 13 the program adds one line end before the old text.
///
/// # Errors
///
/// When the history cannot be read, or the configuration cannot be followed.
pub fn section(question: &Question<'_>) -> Result<String, Error> {
    super::refuse_preset(question)?;
    let repository = repository::find(question);
    let rules = settings::rules(question, repository.forge)?;
    let tags = tags::changelog_tags(question)?;
    let commits = commits(question, &tags)?;
    let parsed = parser::read(&commits, &rules, true);
    let writer = settings::writer(question)?;
    let transform = transform::Transform::new(question, &repository)?;
    let versions = CommitVersion::new(question)?;
    let collation = Collation::new();
    let job =
        Job { question, repository: &repository, tags, commits: &commits, writer, transform, versions, collation };
    Ok(job.write(parsed))
}

/// All that a release is written from.
pub(super) struct Job<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) repository: &'a Repository,
    pub(super) tags: Vec<String>,
    pub(super) commits: &'a [Commit],
    pub(super) writer: Writer,
    pub(super) transform: transform::Transform<'a>,
    pub(super) versions: CommitVersion,
    pub(super) collation: Collation,
}

impl Job<'_> {
    fn is_modern(&self) -> bool {
        self.question.profile == Profile::CatV13
    }

    /// Cuts the commits at releases. A release begins with the commit that has its tag, newest first.
    fn write(&self, parsed: Vec<Parsed>) -> String {
        let mut text = String::new();
        let mut gathered: Vec<Parsed> = Vec::new();
        let mut key: Option<usize> = None;
        let (mut is_first, mut last_length) = (true, 0);
        let mut generated = false;
        let flush = self.flushes();
        let mut emit = |gathered: &mut Vec<Parsed>, key: Option<usize>, shown: bool| {
            let release = self.print(std::mem::take(gathered), key, last_length > 0);
            last_length = release.len();
            if shown {
                text.push_str(&release);
            }
        };
        for commit in parsed {
            let origin = commit.origin;
            let begins = self.begins_release(&commit);
            generated |= begins;
            if self.writer.reverse {
                gathered.push(commit);
                if begins {
                    emit(&mut gathered, Some(origin), true);
                }
                continue;
            }
            if begins {
                emit(&mut gathered, key, !is_first || flush);
                is_first = false;
                key = Some(origin);
            }
            gathered.push(commit);
        }
        if flush || (generated && !self.writer.reverse) {
            emit(&mut gathered, key, true);
        }
        text
    }

    /// Whether what has no tag yet is written. Not when the newest tag says the very version.
    fn flushes(&self) -> bool {
        let version = self.question.version;
        let is_released = self
            .tags
            .first()
            .is_some_and(|tag| tag == version || tag.strip_prefix('v').is_some_and(|tagged| tagged == version));
        self.writer.flush.unwrap_or(!is_released)
    }

    fn begins_release(&self, commit: &Parsed) -> bool {
        let tags = self.commits.get(commit.origin).map_or(&[][..], |commit| &commit.tags);
        if tags.is_empty() && self.writer.generate_on.is_none() {
            return false;
        }
        let version = self.versions.of(tags);
        match &self.writer.generate_on {
            Some(GenerateOn::Never) => false,
            Some(GenerateOn::Field(field)) if field == "version" => version.is_some(),
            Some(GenerateOn::Field(field)) => {
                matches!(field.as_str(), "gitTags" | "hash") || commit.raw_part(field).is_some()
            }
            None => {
                // 13 gathers pre-releases under the release they lead to.
                let only_stable = self.is_modern() && self.skips_prereleases();
                version.and_then(Version::parse).is_some_and(|version| !only_stable || version.prerelease.is_empty())
            }
        }
    }

    fn skips_prereleases(&self) -> bool {
        self.question.is_exact()
            || Version::parse(self.question.version).is_none_or(|version| version.prerelease.is_empty())
    }

    fn print(&self, gathered: Vec<Parsed>, key: Option<usize>, is_subsequent: bool) -> String {
        let mends_reverts = !self.question.is_exact() && !self.writer.keeps_reverted;
        let gathered = if mends_reverts { reverts::in_pairs(gathered) } else { gathered };
        let transformed: Vec<Parsed> = gathered.into_iter().filter_map(|commit| self.transform.apply(commit)).collect();
        let last_hash = transformed.last().and_then(Parsed::hash).map(str::to_owned);
        let kept = match (mends_reverts || self.writer.keeps_reverted, self.is_modern()) {
            (true, _) => transformed,
            (false, true) => reverts::in_pairs(transformed),
            (false, false) => reverts::first_only(transformed),
        };
        let release = Release::new(self, kept, key, last_hash);
        if self.is_modern() {
            return modern::print(self, &release, is_subsequent);
        }
        if self.question.is_default_preset() { classic::print(self, &release) } else { plain::print(self, &release) }
    }
}

/// The commits, by releases, newest first.
fn commits(question: &Question<'_>, tags: &[String]) -> Result<Vec<Commit>, Error> {
    let count = if question.profile.is_catv() { question.release_count } else { 1 };
    let kept = match usize::try_from(count) {
        Ok(0) | Err(_) => tags.len(),
        Ok(count) => count.min(tags.len()),
    };
    // When more releases are asked for than there are, everything is.
    let everything = count == 0 || usize::try_from(count).is_ok_and(|count| count > tags.len());
    let mut commits = Vec::new();
    for place in 0..=kept {
        let from = tags.get(place).map(String::as_str);
        let to = place.checked_sub(1).and_then(|newer| tags.get(newer)).map(String::as_str);
        if place == kept && !everything {
            break;
        }
        let range = Range { from, to, path: question.path, merges: true };
        commits.extend(question.log.commits(&range)?);
    }
    Ok(commits)
}
