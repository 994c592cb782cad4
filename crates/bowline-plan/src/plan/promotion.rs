//! A published pre-release becomes another version with the same files and no new commit.
//!
//! Which version that is, is asked with facts of now, because every tag there is has a say ([`promoted`]). The plan is made
//! from facts as they are at the pre-release's own commit ([`promote`]), so it is the same wherever and whenever it is made
//! again.

use super::{Parts, PlanError, Planned, Texts, beside, changes, date, level, people};
use crate::bump::{Next, prerelease_of};
use crate::current::Current;
use crate::edits::Survey;
use crate::explain::CurrentOrigin;
use crate::render::{Release, Renderer, audience};
use crate::{limits, reason};
use bowline_config::Config;
use bowline_config::section::channel::{Channel, ChannelError, has_identifier};
use bowline_config::section::version::Request;
use bowline_model::facts::{Facts, VersionTag};
use bowline_model::git::TagName;
use bowline_model::plan::{ArtifactRequirement, Bump, Promotion};
use bowline_model::version::{Range, VersionError};
use bowline_model::{Failure, FailureKind, Oid, Version};

/// Why there is nothing to promote.
#[derive(Debug, thiserror::Error)]
pub enum PromotionError {
    /// The branch has no channel.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// It is a final version already.
    #[error("{0} is a final version: only a pre-release can be promoted")]
    Final(Version),
    /// It is one of the very versions that the channel makes.
    #[error("{version} is a version of channel {channel} already")]
    Same {
        /// The pre-release.
        version: Version,
        /// The channel.
        channel: String,
    },
    /// The channel's versions are below it.
    #[error("{version} cannot become {next} on channel {channel}: that is a lower version")]
    Backward {
        /// The pre-release.
        version: Version,
        /// What it would be.
        next: Version,
        /// The channel.
        channel: String,
    },
    /// The channel makes no such versions.
    #[error("version {next} is outside of {range}, the range of channel {channel}")]
    OutsideRange {
        /// What it would be.
        next: Version,
        /// The range.
        range: Range,
        /// The channel.
        channel: String,
    },
    /// The tag of its version is somewhere else.
    #[error("tag {taken} exists already, on commit {commit}, and {tag} stands on {candidate}")]
    Taken {
        /// The tag that is there.
        taken: TagName,
        /// The commit it stands on.
        commit: Oid,
        /// The pre-release's tag.
        tag: TagName,
        /// The commit that one stands on.
        candidate: Oid,
    },
    /// The channel has a higher version already.
    #[error("version {next} is not above {tag}, which stands on {commit}")]
    NotAbove {
        /// What it would be.
        next: Version,
        /// The higher version's tag.
        tag: TagName,
        /// Where it stands.
        commit: Oid,
        /// The line that could have the version all the same.
        line: Range,
    },
    /// The arithmetic has no result.
    #[error("there is no next pre-release")]
    Version(#[from] VersionError),
}

impl From<&PromotionError> for Failure {
    fn from(error: &PromotionError) -> Self {
        let failure = |kind, code| Self::from_error(kind, code, error);
        match error {
            PromotionError::Channel(channel) => Self::from(channel.clone()),
            PromotionError::Final(_) => failure(FailureKind::Usage, "promotion_of_final")
                .hint("name a pre-release, such as 2.0.0-rc.3; `git tag --list` shows which there are"),
            PromotionError::Same { .. } | PromotionError::Backward { .. } => {
                failure(FailureKind::Refused, "version_outside_channel")
                    .hint("promote to a channel whose versions come later, such as `--to stable`")
            }
            PromotionError::OutsideRange { .. } => failure(FailureKind::Refused, "version_outside_channel")
                .hint("promote it to the channel that has this line"),
            PromotionError::Taken { taken, .. } => failure(FailureKind::Conflict, "tag_taken")
                .hint(format!("see what it is: git show --no-patch {taken}"))
                .hint("a version that is there is never replaced: release a new pre-release, and promote that"),
            PromotionError::NotAbove { line, .. } => failure(FailureKind::Conflict, "version_not_above")
                .hint("promote a newer pre-release")
                .hint(format!("or, to publish it on the line of its own: --to {line}, from a branch of that name")),
            PromotionError::Version(_) => failure(FailureKind::Usage, "version_invalid"),
        }
    }
}

/// What a pre-release becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promoted<'f> {
    /// This version, which is free.
    Free(Version),
    /// What this tag on the very same commit names: it has become that, or was begun to.
    There(&'f VersionTag),
}

/// The version that `candidate` becomes on the channel of the branch. `facts` are those of now.
pub fn promoted<'f>(config: &Config, facts: &'f Facts, candidate: &VersionTag) -> Result<Promoted<'f>, PromotionError> {
    let channel = Channel::of(config, &facts.branch)?.promoting();
    let version = &candidate.version;
    if !version.is_prerelease() {
        return Err(PromotionError::Final(version.clone()));
    }
    let base = version.release();
    let next = match &channel.prerelease {
        None => base,
        Some(identifier) if has_identifier(version, identifier) => {
            return Err(PromotionError::Same { version: version.clone(), channel: channel.name });
        }
        Some(identifier) => {
            let is_it = |tag: &&VersionTag| {
                let kind = has_identifier(&tag.version, identifier);
                kind && tag.commit == candidate.commit && tag.version.release() == base
            };
            match facts.version_tags.iter().find(is_it) {
                Some(tag) => return Ok(Promoted::There(tag)),
                None => prerelease_of(&base, identifier, facts, None)?,
            }
        }
    };
    if next.cmp_precedence(version).is_le() {
        return Err(PromotionError::Backward { version: version.clone(), next, channel: channel.name });
    }
    if let Some(tag) = facts.version_tags.iter().find(|tag| tag.version.cmp_precedence(&next).is_eq()) {
        return match tag.commit == candidate.commit {
            true => Ok(Promoted::There(tag)),
            false => Err(PromotionError::Taken {
                taken: tag.name.clone(),
                commit: tag.commit,
                tag: candidate.name.clone(),
                candidate: candidate.commit,
            }),
        };
    }
    if let Some(range) = channel.range.filter(|range| !range.contains(&next)) {
        return Err(PromotionError::OutsideRange { next, range, channel: channel.name });
    }
    let counts = |tag: &&VersionTag| {
        channel.range.is_none_or(|range| range.contains(&tag.version)) && channel.follows(&next, &tag.version)
    };
    match facts.version_tags.iter().filter(counts).max_by(|a, b| a.version.cmp(&b.version)) {
        Some(tag) if tag.version > next => {
            Err(PromotionError::NotAbove { tag: tag.name.clone(), commit: tag.commit, line: Range::minor(&next), next })
        }
        _ => Ok(Promoted::Free(next)),
    }
}

/// The plan that releases the files of `promotion` as `next`. `facts` are those at its commit.
pub fn promote(
    config: &Config,
    facts: &Facts,
    promotion: Promotion,
    next: &Version,
    today: Option<&str>,
) -> Result<Planned, PlanError> {
    let channel = Channel::of(config, &facts.branch)?.promoting();
    let version = facts.current.as_ref().map(|tag| tag.version.clone());
    let young = version.as_ref().is_none_or(|version| version.release() < Version::new(1, 0, 0));
    let changes = changes(config, facts, &channel, young.then_some(config.version.before_one))?;
    let level = level(&changes);
    let origin = match &facts.current {
        Some(tag) => CurrentOrigin::Tag { tag: tag.name.clone(), commit: tag.commit },
        None => CurrentOrigin::None,
    };
    let why = reason::for_release(&Request::default(), &changes, version.is_none());
    let why = if why.is_empty() { why } else { format!("; {why}") };
    let reason = format!("promotes {}{why}", promotion.tag);
    let bump = if config.version.calendar.is_some() { Bump::Calver } else { bump(version.as_ref(), next) };
    let next = Next { version: next.clone(), bump };
    let current = Current { version, origin, notes: Vec::new() };
    let date = date(config, facts, today)?;
    // No file changes, so none is looked at.
    let parts = Parts { config, facts, channel, survey: Survey::default(), current, changes, level, date };
    let tag = parts.tag(&next.version)?;
    let texts = parts.notes_alone(&next.version, &tag)?;
    let mut planned = parts.whole(next, tag, reason, texts)?;
    let requirements = &mut planned.plan.requirements;
    requirements.build = None;
    requirements.artifacts = ArtifactRequirement { include: Vec::new(), ..std::mem::take(&mut requirements.artifacts) };
    planned.plan.promotes = Some(promotion);
    Ok(planned)
}

/// What is different between two versions.
fn bump(current: Option<&Version>, next: &Version) -> Bump {
    match current {
        None => Bump::None,
        Some(current) if current.release() == next.release() => Bump::Prerelease,
        Some(current) if current.major() != next.major() => Bump::Major,
        Some(current) if current.minor() != next.minor() => Bump::Minor,
        Some(_) => Bump::Patch,
    }
}

impl Parts<'_> {
    /// The notes, and nothing in any file.
    fn notes_alone(&self, version: &Version, tag: &TagName) -> Result<Texts, PlanError> {
        let (config, facts) = (self.config, self.facts);
        let forge = config.forge.kind.unwrap_or(facts.forge.kind);
        let mut renderer = Renderer::new(config, &facts.repository, forge, &facts.package)?;
        let people = people(config, facts, &self.changes);
        let mut beside = beside(config, facts, version).with(people.as_ref());
        // What stands under `Unreleased` is for a later version.
        beside.written = None;
        let release = Release {
            version: Some(version),
            tag: Some(tag),
            previous: facts.current.as_ref().map(|current| &current.name),
            date: Some(&self.date),
            changes: &self.changes,
            beside,
        };
        let notes =
            renderer.notes(&release, limits::notes_max(config, facts), &format!("`bowline notes {version}`"))?;
        let audiences = audience::of_release(config, facts, forge, &release)?;
        let contributors = people.map(|people| people.contributors).unwrap_or_default();
        let remarks = self.missing_advice(version).into_iter().collect();
        Ok(Texts { notes, audiences, remarks, contributors, ..Texts::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, WithFiles, oid, tag};
    use bowline_config::section::channel::ChannelSettings;
    use bowline_model::git::BranchName;

    fn config() -> Config {
        let mut config = fixture::config();
        for (name, range) in [("alpha", None), ("beta", None), ("rc", None), ("old", Some("1.2.x"))] {
            let prerelease = range.is_none().then(|| name.to_owned());
            let range = range.map(|range| range.parse().unwrap());
            config.channel.0.insert(
                name.to_owned(),
                ChannelSettings { branch: name.to_owned(), prerelease, range, environment: None },
            );
        }
        config
    }

    /// What `candidate`, on commit 50, becomes on `branch`, with further tags and their commits.
    fn found(config: &Config, branch: &str, candidate: &str, tags: &[(&str, usize)]) -> String {
        let candidate = tag(candidate, 50);
        let mut facts = fixture::facts(Some("1.2.0"), &[]);
        facts.branch = BranchName::new(branch).unwrap();
        facts.version_tags.extend(tags.iter().map(|(version, commit)| tag(version, *commit)));
        facts.version_tags.push(candidate.clone());
        facts.version_tags.sort_by(|a, b| b.version.cmp(&a.version));
        match promoted(config, &facts, &candidate) {
            Ok(Promoted::Free(next)) => next.to_string(),
            Ok(Promoted::There(there)) => format!("is {}", there.name),
            Err(error) => {
                let failure = Failure::from(&error);
                assert!(!failure.hints.is_empty(), "{failure:?}");
                format!("{} {} {}", failure.kind.exit_code(false), failure.code, failure.message)
            }
        }
    }

    #[test]
    fn versions() {
        for (branch, candidate, tags, expected) in [
            ("main", "2.0.0-rc.3", &[][..], "2.0.0"),
            ("main", "2.0.0-rc.3", &[("2.0.0-rc.4", 60), ("2.1.0-beta.0", 61)], "2.0.0"),
            ("main", "2.0.0-rc.3", &[("2.0.0", 50)], "is v2.0.0"),
            ("rc", "2.0.0-beta.5", &[], "2.0.0-rc.0"),
            ("rc", "2.0.0-beta.5", &[("2.0.0-rc.0", 40), ("1.9.0-rc.7", 41)], "2.0.0-rc.1"),
            ("rc", "2.0.0-beta.5", &[("2.0.0-rc.0", 50)], "is v2.0.0-rc.0"),
            ("old", "1.2.1-rc.0", &[("2.0.0", 60)], "1.2.1"),
        ] {
            assert_eq!(found(&config(), branch, candidate, tags), expected, "{branch} {candidate}");
        }
        // Where nothing is said about channels, too.
        let plain = fixture::config();
        assert_eq!(found(&plain, "main", "2.0.0-rc.3", &[("2.1.0-rc.0", 60)]), "2.0.0");
        assert_eq!(found(&plain, "1.2.x", "1.2.1-rc.3", &[("1.3.0", 60)]), "1.2.1");
    }

    #[test]
    fn refusals() {
        for (branch, candidate, tags, expected) in [
            ("main", "1.3.0", &[][..], "2 promotion_of_final 1.3.0 is a final version"),
            ("rc", "2.0.0-rc.3", &[], "10 version_outside_channel 2.0.0-rc.3 is a version of channel rc already"),
            (
                "beta",
                "2.0.0-rc.3",
                &[],
                "10 version_outside_channel 2.0.0-rc.3 cannot become 2.0.0-beta.0 on channel beta: that is a lower",
            ),
            ("old", "1.3.0-rc.0", &[], "10 version_outside_channel version 1.3.0 is outside of 1.2.x"),
            ("main", "2.0.0-rc.3", &[("2.0.0", 60)], "23 tag_taken tag v2.0.0 exists already, on commit 0000003c"),
            ("main", "2.0.0-rc.3", &[("2.1.0", 60)], "23 version_not_above version 2.0.0 is not above v2.1.0"),
            ("rc", "2.0.0-beta.3", &[("2.0.0", 60)], "23 version_not_above version 2.0.0-rc.0 is not above v2.0.0"),
        ] {
            let found = found(&config(), branch, candidate, tags);
            assert!(found.starts_with(expected), "{branch} {candidate}: {found}");
        }
    }

    fn promotion() -> Promotion {
        let digest = bowline_model::Digest::of(b"x");
        let name = TagName::new("v2.0.0-rc.3").unwrap();
        let version = "2.0.0-rc.3".parse().unwrap();
        Promotion { tag: name, version, tag_object: oid(7), plan: digest, manifest: digest }
    }

    #[test]
    fn a_plan_of_no_commits() {
        let facts = fixture::facts(Some("1.2.0"), &["chore(release): 2.0.0-rc.3", "feat!: anew", "fix: one"])
            .with_file("package.json", "{\"version\": \"2.0.0-rc.3\"}\n")
            .with_file("CHANGELOG.md", "# Changelog\n\n## 2.0.0-rc.3\n\n- all\n");
        let mut config = config();
        config.artifacts.include = vec!["dist/*".to_owned()];
        config.release.floating_tags = Some(vec!["v{major}".to_owned()]);
        let next = Version::new(2, 0, 0);
        let planned = promote(&config, &facts, promotion(), &next, None).unwrap();
        let (plan, package) = (&planned.plan, &planned.plan.packages[0]);
        assert_eq!((&package.next, package.bump, package.tag.as_str()), (&next, Bump::Major, "v2.0.0"));
        assert_eq!((package.edits.len(), package.changelog.as_str(), &plan.commit_message), (0, "", &None));
        assert_eq!(package.reason, "promotes v2.0.0-rc.3; major: feat!: anew (00000001ab)");
        assert!(package.notes.contains("anew") && package.notes.contains("one"), "{}", package.notes);
        assert!(!package.prerelease && plan.requirements.artifacts.include.is_empty());
        assert_eq!(plan.requirements.publish.floating_tags[0].as_str(), "v2");
        assert_eq!(plan.promotes, Some(promotion()));
        // It is part of the digest, and of no other plan.
        let other = Promotion { manifest: bowline_model::Digest::of(b"y"), ..promotion() };
        let other = promote(&config, &facts, other, &next, None).unwrap().plan;
        assert_ne!(other.digest().unwrap(), plan.digest().unwrap());
        let usual = super::super::plan(&fixture::config(), &facts, None).unwrap().plan;
        assert!(!serde_json::to_string(&usual).unwrap().contains("promotes"));
        let again: bowline_model::plan::Plan = serde_json::from_str(&serde_json::to_string(plan).unwrap()).unwrap();
        assert_eq!(&again, plan);
    }
}
