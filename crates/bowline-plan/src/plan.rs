//! Configuration and facts become a plan.
//!
//! Nothing here looks at a clock, a file or a network: the same values give the same plan, and so the same digest, on
//! every machine and day.

mod failure;
mod promotion;
mod snapshot;

pub use promotion::{Promoted, PromotionError, promote, promoted};
pub use snapshot::{Snapshot, snapshot};

use crate::bump::{self, BumpError, Next, Wish};
use crate::changelog::{self, Addition, ChangelogError, Insertion};
use crate::current::{self, Current};
use crate::edits::{self, EditsError, Survey};
use crate::explain::{ExplainedChange, ExplainedCommit, Explanation};
use crate::floating::{self, FloatingTagError};
use crate::history::{self, Change, ChangeFileError, ChangeFiles, Overrides};
use crate::message::{self, MessageError};
use crate::render::People;
use crate::render::{Beside, Notes, Release, Renderer, TemplateError, audience, header};
use crate::{limits, reason};
use bowline_config::Config;
use bowline_config::candidates::package_path;
use bowline_config::section::changelog::DateSource;
use bowline_config::section::channel::{Channel, ChannelError};
use bowline_config::section::style::Style;
use bowline_config::section::version::BeforeOne;
use bowline_model::facts::{Facts, FileContent};
use bowline_model::git::{NameError, TagName};
use bowline_model::plan::{
    ArtifactRequirement, AudienceNotes, BuildRequirement, Bump, CheckRequirement, Contributor, Edit,
    EnvironmentRequirement, FollowUpRequirement, LimitFinding, PLAN_SCHEMA, PackagePlan, Plan, PlanRepository,
    PlannedChange, PublishRequirement, Recorded, RecordedConfiguration, Requirements,
};
use bowline_model::version::Level;
use bowline_model::{Failure, Version};

/// A plan, why it is so, and whether it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The digested part.
    pub plan: Plan,
    /// Why.
    pub explanation: Explanation,
    /// Limits that were checked.
    pub limits: Vec<LimitFinding>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The branch has no channel.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// There is no next version.
    #[error(transparent)]
    Bump(#[from] BumpError),
    /// The version files cannot be edited.
    #[error(transparent)]
    Edits(#[from] EditsError),
    /// The changelog cannot take a section.
    #[error(transparent)]
    Changelog(#[from] ChangelogError),
    /// A template does not work.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A message cannot be made.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A change file cannot be understood.
    #[error(transparent)]
    ChangeFile(#[from] ChangeFileError),
    /// The version makes no safe tag.
    #[error("version {version} makes no usable tag")]
    Tag {
        /// The version.
        version: Version,
        /// What is wrong.
        #[source]
        source: NameError,
    },
    /// Merged pull requests are a source of changes, and cannot be read.
    #[error("{}", .0.message)]
    Pulls(Box<Failure>),
    /// A floating tag cannot be one.
    #[error(transparent)]
    FloatingTag(#[from] FloatingTagError),
    /// There is nothing to promote.
    #[error(transparent)]
    Promotion(#[from] PromotionError),
    /// `date = "today"` without a day, or something that is none.
    #[error("`changelog.date` is \"today\", and `{0}` is no day")]
    Date(String),
}

/// The plan for `facts`. `today` (`2026-11-23`) is looked at only when the changelog is to carry today's date.
pub fn plan(config: &Config, facts: &Facts, today: Option<&str>) -> Result<Planned, PlanError> {
    let channel = Channel::of(config, &facts.branch)?;
    let survey = edits::survey(config, facts)?;
    let current = current::determine(config, facts, &survey);
    let before_one = snapshot::before_one(config, current.version.as_ref());
    let changes = changes(config, facts, &channel, before_one)?;
    let level = level(&changes);
    let date = date(config, facts, today)?;
    let asked = changes.iter().find_map(|change| change.release_as.as_ref());
    let reason = reason::for_release(&config.request, &changes, current.version.is_none());
    let wish = Wish { level, version: asked, reason: &reason, day: &date };
    let next = bump::next(config, facts, &channel, current.version.as_ref(), &wish)?;
    let parts = Parts { config, facts, channel, survey, current, changes, level, date };
    match next {
        Some(next) => parts.release(next, reason),
        None => Ok(parts.nothing()),
    }
}

/// What is not released yet: change files by path, then commits, newest first. `before_one` as in [`history::read`].
pub fn changes(
    config: &Config,
    facts: &Facts,
    channel: &Channel,
    before_one: Option<BeforeOne>,
) -> Result<Vec<Change>, PlanError> {
    history::check_mode(config, &facts.files)?;
    let files = ChangeFiles {
        package: &facts.package,
        files: &facts.change_files,
        commits: &facts.commits,
        head: facts.head.oid,
        before: facts.current.as_ref().map(|tag| &tag.name).filter(|_| channel.prerelease.is_some()),
    };
    let pulls = facts.pulls.known().map_err(|failure| PlanError::Pulls(Box::new(failure.clone())))?;
    let overrides = Overrides::of(config, &facts.files).with_pulls(pulls);
    let mut changes = history::read_files(config, &files, before_one)?;
    changes.extend(history::read(config, &facts.commits, &overrides, before_one));
    Ok(changes)
}

/// The highest wish. What a pre-release contains already makes no other one due, and counts when something does.
fn level(changes: &[Change]) -> Level {
    let highest = |news: bool| {
        let counting = changes.iter().filter(|change| !news || change.ignored.is_none());
        counting.map(|change| change.planned.level).max().unwrap_or(Level::None)
    };
    if highest(true) == Level::None { Level::None } else { highest(false) }
}

/// Everything that was understood.
struct Parts<'a> {
    config: &'a Config,
    facts: &'a Facts,
    channel: Channel,
    survey: Survey<'a>,
    current: Current,
    changes: Vec<Change>,
    level: Level,
    date: String,
}

impl Parts<'_> {
    fn nothing(self) -> Planned {
        let reason = reason::for_nothing(self.config, self.facts, &self.current.origin, &self.changes);
        let explanation = self.explanation(None, &reason, Vec::new());
        let plan = Plan { reason: Some(reason), ..self.empty_plan() };
        Planned { plan, explanation, limits: Vec::new() }
    }

    fn release(self, next: Next, reason: String) -> Result<Planned, PlanError> {
        let tag = self.tag(&next.version)?;
        let texts = self.texts(&next, &tag)?;
        self.whole(next, tag, reason, texts)
    }

    fn tag(&self, version: &Version) -> Result<TagName, PlanError> {
        self.facts.tag_form.tag(version).map_err(|source| PlanError::Tag { version: version.clone(), source })
    }

    /// The plan for `next`, with these texts.
    fn whole(self, next: Next, tag: TagName, reason: String, texts: Texts) -> Result<Planned, PlanError> {
        let fill = |key, template| message::fill(key, template, &next.version, &tag, &self.facts.package);
        let release = &self.config.release;
        let commit_message = fill("release.commit_message", &release.commit_message)?;
        let package = PackagePlan {
            name: self.facts.package.clone(),
            path: package_path(self.config).to_owned(),
            current: self.current.version.clone(),
            next: next.version.clone(),
            bump: next.bump,
            tag_message: fill("release.tag_message", &release.tag_message)?,
            tag,
            reason: reason.clone(),
            commits: self.commits().map(|change| change.planned.clone()).collect(),
            changes: self.changes.iter().filter(|change| !change.is_spent()).filter_map(planned).collect(),
            edits: texts.edits,
            changelog: texts.section,
            notes: texts.notes.text.clone(),
            audiences: texts.audiences,
            prerelease: next.version.is_prerelease(),
        };
        let floating_tags = floating::tags(self.config, self.facts, &next.version)?;
        let limits = limits::check(self.config, self.facts, &package, &texts.notes);
        let explanation = self.explanation(Some(&next), &reason, texts.remarks);
        let commit_message = (!package.edits.is_empty()).then_some(commit_message);
        let mut plan = Plan { packages: vec![package], commit_message, ..self.empty_plan() };
        plan.requirements.publish.floating_tags = floating_tags;
        plan.recorded.contributors = texts.contributors;
        Ok(Planned { plan, explanation, limits })
    }

    /// Edits of version files and changelog, and the notes.
    fn texts(&self, next: &Next, tag: &TagName) -> Result<Texts, PlanError> {
        let forge = self.config.forge.kind.unwrap_or(self.facts.forge.kind);
        let mut renderer = Renderer::new(self.config, &self.facts.repository, forge, &self.facts.package)?;
        let mut texts = Texts { edits: self.survey.edits(&next.version)?, ..Texts::default() };
        let path = self.changelog_path(!texts.edits.is_empty());
        let people = people(self.config, self.facts, &self.changes);
        let mut release = Release {
            version: Some(&next.version),
            tag: Some(tag),
            previous: self.facts.current.as_ref().map(|current| &current.name),
            date: Some(&self.date),
            changes: &self.changes,
            beside: beside(self.config, self.facts, &next.version).with(people.as_ref()),
        };
        texts.remarks.extend(self.missing_advice(&next.version));
        let mut elsewhere = format!("`bowline notes {}`", next.version);
        if let Some(path) = path {
            match self.insert(path, &mut renderer, &release)? {
                Some(edits) => {
                    texts.edits.extend(edits);
                    texts.section = renderer.section(&release)?;
                    elsewhere = format!("`{path}`");
                }
                None => {
                    // What stands under `Unreleased` is then for a later version.
                    release.beside.written = None;
                    texts.remarks.push(format!("{path} has a section for {} already: it stays as it is", next.version));
                }
            }
        }
        texts.edits.extend(self.used_up(&next.version, !texts.edits.is_empty()).map(deletion));
        texts.edits.sort_by(|a, b| (&a.file, a.offset).cmp(&(&b.file, b.offset)));
        texts.notes = renderer.notes(&release, limits::notes_max(self.config, self.facts), &elsewhere)?;
        texts.audiences = audience::of_release(self.config, self.facts, forge, &release)?;
        texts.contributors = people.map(|people| people.contributors).unwrap_or_default();
        Ok(texts)
    }

    /// The change files that go: with a final version all of them, with a pre-release those of versions before, when it
    /// makes a commit anyway. What could not be read stays.
    fn used_up(&self, version: &Version, has_edits: bool) -> impl Iterator<Item = &str> {
        let is_final = !version.is_prerelease();
        let goes = move |change: &&Change| !change.stays() && (is_final || has_edits && change.is_spent());
        self.changes.iter().filter(goes).filter_map(|change| change.file.as_ref()).map(|file| file.path.as_str())
    }

    fn commits(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.file.is_none())
    }

    /// That there is no advice for those who upgrade, although there may be.
    fn missing_advice(&self, version: &Version) -> Option<String> {
        let path = advice_path(self.config, version)?;
        let found = self.facts.file(&path).is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
        (!found).then(|| format!("there is no text file {path}, so the notes have no advice for upgrading"))
    }

    /// The changelog, when there shall be an entry: it was asked for, exists, or comes with edits of version files.
    fn changelog_path(&self, version_edits: bool) -> Option<&str> {
        let path = self.config.changelog.path.as_deref()?;
        let exists = || self.facts.files.iter().any(|file| file.path == path);
        (self.config.changelog.asked || version_edits || exists()).then_some(path)
    }

    /// The edits that put the section into the changelog; none when it has one for the version.
    fn insert(
        &self,
        path: &str,
        renderer: &mut Renderer<'_>,
        release: &Release<'_>,
    ) -> Result<Option<Vec<Edit>>, PlanError> {
        let content = match self.facts.files.iter().find(|file| file.path == path).map(|file| &file.content) {
            Some(FileContent::NotAFile(what)) => {
                return Err(ChangelogError::NotAFile { path: path.to_owned(), what }.into());
            }
            Some(FileContent::Bytes(bytes)) => Some(bytes.as_slice()),
            None => None,
        };
        let (Some(version), Some(tag)) = (release.version, release.tag) else { return Ok(None) };
        let (header, section) = (header(&self.config.changelog.header), renderer.generated(release)?);
        if self.config.changelog.style != Style::KeepAChangelog {
            return Ok(match changelog::insert(path, content, version, &header, &section)? {
                Insertion::Edit(edit) => Some(vec![edit]),
                Insertion::Present => None,
            });
        }
        let (address, later) = (renderer.address(release), renderer.later(tag));
        let addition = Addition {
            version,
            tag,
            previous: release.previous,
            header: &header,
            section: &section,
            address: address.as_deref(),
            later: later.as_deref(),
        };
        Ok(changelog::keep(path, content, &addition)?)
    }

    fn empty_plan(&self) -> Plan {
        let (config, facts) = (self.config, self.facts);
        Plan {
            schema: PLAN_SCHEMA.to_owned(),
            repository: PlanRepository {
                id: facts.repository.clone(),
                branch: facts.branch.clone(),
                head: facts.head.oid,
            },
            environment: None,
            channel: self.channel.name.clone(),
            created: facts.head.committed,
            packages: Vec::new(),
            reason: None,
            identity: config.release.committer.clone(),
            commit_message: None,
            requirements: requirements(config, facts, &self.channel),
            recorded: Recorded {
                date: self.date.clone(),
                contributors: Vec::new(),
                pull_requests: history::recorded(config, facts.pulls.known().unwrap_or_default()),
                configuration: config.evaluated.as_ref().map(|evaluated| RecordedConfiguration {
                    file: evaluated.file.clone(),
                    json: evaluated.json.clone(),
                }),
            },
            config_digest: config.digest(),
            promotes: None,
        }
    }

    /// What a pre-release of another channel that the head contains means here.
    fn of_another_channel(&self, next: Option<&Next>) -> Option<String> {
        let contained = self.facts.contained.as_ref().filter(|tag| Some(*tag) != self.facts.current.as_ref())?;
        let since = self.facts.current.as_ref().map_or("the beginning", |tag| tag.name.as_str());
        Some(match next.map(|next| &next.version).filter(|next| **next == contained.version.release()) {
            Some(next) => {
                format!("{next} finishes {}: what that brought is listed again, since {since}", contained.name)
            }
            None => format!("{} is a pre-release of another channel: changes count since {since}", contained.name),
        })
    }

    fn explanation(&self, next: Option<&Next>, reason: &str, remarks: Vec<String>) -> Explanation {
        let mut notes = self.current.notes.clone();
        notes.extend(self.survey.notes.iter().cloned());
        notes.extend(remarks);
        notes.extend(self.of_another_channel(next));
        let winner = reason::winner(&self.changes);
        let undecodable = self.changes.iter().filter(|change| change.undecodable).count();
        if undecodable > 0 {
            notes.push(format!("{undecodable} messages have bytes that could not be decoded; they count all the same"));
        }
        Explanation {
            package: self.facts.package.clone(),
            channel: self.channel.name.clone(),
            channel_reason: self.channel.reason.clone(),
            current: self.current.version.clone(),
            origin: self.current.origin.clone(),
            next: next.map(|next| next.version.clone()),
            bump: next.map_or(Bump::None, |next| next.bump),
            level: self.level,
            reason: reason.to_owned(),
            winner: winner.filter(|change| change.file.is_none()).map(|change| change.planned.id),
            winning_file: winner.and_then(|change| change.file.as_ref()).map(|file| file.path.clone()),
            changes: self.changes.iter().filter_map(explained_file).collect(),
            commits: self.commits().map(explained).collect(),
            notes,
            undecodable,
        }
    }
}

/// What a release writes.
#[derive(Default)]
struct Texts {
    edits: Vec<Edit>,
    section: String,
    notes: Notes,
    audiences: Vec<AudienceNotes>,
    remarks: Vec<String>,
    contributors: Vec<Contributor>,
}

/// What belongs to the next version besides its changes and its people: what stands in files of the head commit.
pub fn beside<'f>(config: &Config, facts: &'f Facts, version: &Version) -> Beside<'f> {
    let kept = config.changelog.path.as_deref().filter(|_| config.changelog.style == Style::KeepAChangelog);
    let advice = advice_path(config, version).and_then(|path| facts.file(&path));
    Beside {
        written: kept.and_then(|path| facts.file(path)).and_then(changelog::written),
        upgrade: advice.and_then(|bytes| std::str::from_utf8(bytes).ok()),
        people: None,
    }
}

/// Who wrote what is not released yet, where they are to be thanked.
pub fn people(config: &Config, facts: &Facts, changes: &[Change]) -> Option<People> {
    let people = || People::of(&facts.files, &facts.commits, changes, facts.earlier_authors.as_ref());
    config.notes.contributors.then(people)
}

fn advice_path(config: &Config, version: &Version) -> Option<String> {
    Some(config.notes.upgrade.as_ref()?.replace("{version}", &version.to_string()))
}

fn explained(change: &Change) -> ExplainedCommit {
    let planned = change.planned.clone();
    ExplainedCommit {
        id: planned.id,
        kind: planned.kind,
        scope: planned.scope,
        breaking: planned.breaking,
        subject: planned.subject,
        rule: planned.rule,
        level: planned.level,
        ignored: change.ignored.as_ref().map(|why| why.as_str().to_owned()),
        note: change.note.clone(),
        pull_request: planned.pull_request,
    }
}

/// A change file as it stands in the plan; none for a commit.
fn planned(change: &Change) -> Option<PlannedChange> {
    let (file, planned) = (change.file.as_ref()?, &change.planned);
    Some(PlannedChange {
        file: file.path.clone(),
        commit: file.commit,
        author: file.author.clone(),
        kind: planned.kind.clone(),
        breaking: planned.breaking,
        subject: planned.subject.clone(),
        rule: planned.rule.clone(),
        level: planned.level,
    })
}

fn explained_file(change: &Change) -> Option<ExplainedChange> {
    let ignored = change.ignored.as_ref().map(|why| why.as_str().to_owned());
    planned(change).map(|planned| ExplainedChange { planned, ignored })
}

/// The edit by which a change file goes: what it says is in changelog and notes.
fn deletion(path: &str) -> Edit {
    Edit {
        file: path.to_owned(),
        format: "change-file".to_owned(),
        at: String::new(),
        offset: 0,
        from: String::new(),
        to: String::new(),
        create: false,
        delete: true,
    }
}

fn requirements(config: &Config, facts: &Facts, channel: &Channel) -> Requirements {
    let artifacts = &config.artifacts;
    Requirements {
        forge: config.forge.kind.unwrap_or(facts.forge.kind),
        branches: branches(config, facts, channel),
        push: config.release.push,
        build: config.build.as_ref().map(|build| BuildRequirement {
            command: build.command.clone(),
            place: build.place,
            env: build.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            timeout_ms: build.timeout_ms,
        }),
        artifacts: ArtifactRequirement {
            include: artifacts.include.clone(),
            min: artifacts.min,
            max: artifacts.max,
            max_size: artifacts.max_size,
            checksums: artifacts.checksums.clone(),
        },
        publish: PublishRequirement {
            latest: config.forge.latest.unwrap_or_default(),
            draft: config.forge.draft.unwrap_or_default(),
            floating_tags: Vec::new(),
            discussion: config.forge.discussion.clone(),
        },
        checks: config.gate.checks.as_ref().map(|checks| CheckRequirement {
            required: checks.required.clone(),
            ignore: checks.ignore.clone(),
            apps: checks.apps.clone(),
            accept: checks.accept.clone(),
            branch_rules: checks.branch_rules,
        }),
        environment: config
            .environment_of(&channel.name)
            .map(|environment| EnvironmentRequirement { name: environment.name, rules: environment.rules }),
        follow_up: (!config.follow_up.is_empty()).then(|| FollowUpRequirement {
            comment: config.follow_up.comment.clone(),
            labels: config.follow_up.labels.clone(),
            close_milestone: config.follow_up.milestone.is_some(),
            status: config.follow_up.status,
        }),
    }
}

/// The branches that may release: those of `release.branches`, else those of the channels.
fn branches(config: &Config, facts: &Facts, channel: &Channel) -> Vec<String> {
    if !config.release.branches.is_empty() {
        return config.release.branches.clone();
    }
    let mut branches = config.channel.branches();
    // A maintenance line that needs no configuration.
    if !branches.is_empty() && channel.range.is_some() && !config.channel.0.contains_key(&channel.name) {
        branches.push(facts.branch.as_str().to_owned());
    }
    branches
}

fn date(config: &Config, facts: &Facts, today: Option<&str>) -> Result<String, PlanError> {
    match config.changelog.date {
        DateSource::Commit => Ok(facts.head.committed.date()),
        DateSource::Today => {
            let day = today.unwrap_or_default();
            if is_day(day) {
                Ok(day.to_owned())
            } else {
                Err(PlanError::Date(bowline_model::text::one_line(day, 40).into_owned()))
            }
        }
    }
}

fn is_day(text: &str) -> bool {
    format!("{text}T00:00:00Z").parse::<bowline_model::Timestamp>().is_ok_and(|time| time.date() == text)
}

#[cfg(test)]
mod change_files;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod tests;
