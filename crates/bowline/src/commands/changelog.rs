//! `bowline changelog`: the changelog rendered without releasing: what is unreleased, one version, or all of history.

use crate::args::ChangelogArgs;
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::candidates::change_folder;
use bowline_config::section::channel::Channel;
use bowline_facts::Before;
use bowline_model::facts::Person;
use bowline_model::facts::{CommitFact, Facts, PullFact, Pulls, VersionTag};
use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind, Oid, Timestamp, Version};
use bowline_plan::history::{self, Change, ChangeFiles, Overrides};
use bowline_plan::render::Content;
use bowline_plan::{Beside, People, Release, Renderer};
use bowline_port::git::Past;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// What `bowline changelog --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangelogDocument {
    /// Always `bowline/changelog/v1`.
    pub schema: String,
    /// The text.
    pub text: String,
    /// What it was rendered from, newest first.
    pub versions: Vec<Content>,
}

/// Renders.
pub fn run(session: &Session, args: &ChangelogArgs) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, flags(session, &crate::args::PlanArgs::default()))?;
    let facts = workspace.observe(session, None, None)?;
    let mut renderer = renderer(&workspace, &facts)?;
    let mut versions = Vec::new();
    let text = if args.all {
        let mut document = renderer.begin();
        all(session, &workspace, &facts, &mut |chapter| {
            let release = chapter.release();
            renderer.add(&mut document, &release).map_err(|error| template_failure(&error))?;
            versions.extend(session.global.json.then(|| renderer.content(&release)));
            Ok(())
        })?;
        document.finish()
    } else {
        let chapter = match &args.version {
            Some(version) => one(session, &workspace, &facts, version)?,
            None => unreleased(&workspace, &facts)?,
        };
        let release = chapter.release();
        versions.extend(session.global.json.then(|| renderer.content(&release)));
        renderer.section(&release).map_err(|error| template_failure(&error))?
    };
    session.screen.text(&text);
    if session.global.json {
        session.screen.document(&ChangelogDocument { schema: "bowline/changelog/v1".to_owned(), text, versions });
    }
    Ok(0)
}

/// One version's changes with everything a [`Release`] borrows.
pub struct Chapter {
    version: Option<Version>,
    tag: Option<bowline_model::git::TagName>,
    previous: Option<bowline_model::git::TagName>,
    date: Option<String>,
    changes: Vec<Change>,
    written: Option<String>,
    upgrade: Option<String>,
    people: Option<People>,
}

impl Chapter {
    /// As the renderer takes it.
    pub fn release(&self) -> Release<'_> {
        Release {
            version: self.version.as_ref(),
            tag: self.tag.as_ref(),
            previous: self.previous.as_ref(),
            date: self.date.as_deref(),
            changes: &self.changes,
            beside: Beside {
                written: self.written.as_deref(),
                upgrade: self.upgrade.as_deref(),
                people: self.people.as_ref(),
            },
        }
    }
}

/// A renderer for this repository.
pub fn renderer<'c>(workspace: &'c Workspace, facts: &Facts) -> Result<Renderer<'c>, Failure> {
    Renderer::new(&workspace.config.config, &facts.repository, facts.forge.kind, &facts.package)
        .map_err(|error| template_failure(&error))
}

/// What is not released yet, under the version it would get.
pub fn unreleased(workspace: &Workspace, facts: &Facts) -> Result<Chapter, Failure> {
    let planned = crate::documents::compute(workspace, facts)?.plan;
    let package = planned.packages.first();
    let config = &workspace.config.config;
    let changes = unreleased_changes(workspace, facts)?;
    let beside = package.map(|package| bowline_plan::beside(config, facts, &package.next)).unwrap_or_default();
    Ok(Chapter {
        version: package.map(|package| package.next.clone()),
        tag: package.map(|package| package.tag.clone()),
        previous: facts.current.as_ref().map(|tag| tag.name.clone()),
        date: package.map(|_| planned.recorded.date.clone()),
        // A section that is there already takes nothing up.
        written: beside
            .written
            .filter(|_| package.is_some_and(|package| !package.changelog.is_empty()))
            .map(str::to_owned),
        upgrade: beside.upgrade.map(str::to_owned),
        people: bowline_plan::people(config, facts, &changes),
        changes,
    })
}

/// The same where there is no next version.
fn versionless(workspace: &Workspace, facts: &Facts) -> Result<Chapter, Failure> {
    let changes = unreleased_changes(workspace, facts)?;
    Ok(Chapter {
        version: None,
        tag: None,
        previous: facts.current.as_ref().map(|tag| tag.name.clone()),
        date: None,
        written: None,
        upgrade: None,
        people: bowline_plan::people(&workspace.config.config, facts, &changes),
        changes,
    })
}

/// One released version.
pub fn one(session: &Session, workspace: &Workspace, facts: &Facts, version: &str) -> Result<Chapter, Failure> {
    let wanted = version.strip_prefix('v').unwrap_or(version);
    let position =
        facts.version_tags.iter().position(|tag| tag.version.to_string() == wanted || tag.name.as_str() == version);
    let Some(position) = position else {
        let known: Vec<String> = facts.version_tags.iter().take(5).map(|tag| tag.version.to_string()).collect();
        let failure = Failure::new(
            FailureKind::Usage,
            "unknown_version",
            format!("there is no released version {}", one_line(version, 60)),
        );
        return Err(if known.is_empty() {
            failure
        } else {
            failure.hint(format!("the newest are {}", known.join(", ")))
        });
    };
    let tag = &facts.version_tags[position];
    let channel = Candidates::of(facts).channel_for(&channel(workspace, facts)?, tag);
    let below = facts.version_tags[position + 1..].iter().filter(|below| channel.follows(&tag.version, &below.version));
    let below: Vec<VersionTag> = below.cloned().collect();
    let git = workspace.readers.git.as_ref();
    let previous = git.newest_reachable(tag.commit, &below).map_err(|error| git_failure(&error))?;
    // Who is new is asked of one version only: for each of them the whole history would be read.
    let asked = previous.as_ref().filter(|_| workspace.config.config.notes.contributors);
    let earlier = asked.map(|tag| bowline_facts::authors(git, tag.commit)).transpose();
    let earlier = earlier.map_err(|error| git_failure(&error))?;
    let exclude: Vec<Oid> = previous.iter().map(|tag| tag.commit).collect();
    let commits = git.commits(tag.commit, &exclude).map_err(|error| git_failure(&error))?;
    let time = git.commit(tag.commit).map_err(|error| git_failure(&error))?.time;
    let last_final = match &previous {
        Some(tag) if is_to_find(workspace, tag) => {
            let finals: Vec<VersionTag> = below.into_iter().filter(|tag| !tag.version.is_prerelease()).collect();
            git.newest_reachable(tag.commit, &finals).map_err(|error| git_failure(&error))?
        }
        previous => previous.clone(),
    };
    let before = Before { version: previous.as_ref(), last_final: last_final.as_ref() };
    let pulls = pulls(session, workspace, &commits)?;
    chapter(workspace, facts, &Cut { tag, before, commits, pulls, time, earlier })
}

/// Hands `each` every version that the head contains, newest first, after what is unreleased. None is kept: all of them
/// together are several times as much as their texts.
fn all(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    each: &mut dyn FnMut(&Chapter) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let git = workspace.readers.git.as_ref();
    let mut past = git.past(facts.head.oid).map_err(|error| git_failure(&error))?;
    let tags: Vec<&VersionTag> = facts.version_tags.iter().filter(|tag| past.contains(tag.commit)).collect();
    let first = match unreleased(workspace, facts) {
        // What may not be released as it is has no version yet, and everything before it is as it was.
        Err(refused) if matches!(refused.kind, FailureKind::Refused | FailureKind::Conflict) => {
            versionless(workspace, facts)?
        }
        first => first?,
    };
    if first.version.is_some() || first.changes.iter().any(|change| change.ignored.is_none()) {
        each(&first)?;
    }
    let (channel, candidates) = (channel(workspace, facts)?, Candidates::of(facts));
    for (position, tag) in tags.iter().enumerate() {
        let channel = candidates.channel_for(&channel, tag);
        let below = || tags[position + 1..].iter().copied();
        let followed = below().filter(|below| channel.follows(&tag.version, &below.version));
        let previous = first_contained(past.as_mut(), tag, followed)?;
        let last_final = match previous {
            Some(previous) if is_to_find(workspace, previous) => {
                first_contained(past.as_mut(), tag, below().filter(|tag| !tag.version.is_prerelease()))?
            }
            previous => previous,
        };
        let before = Before { version: previous, last_final };
        let commits = past.commits(tag.commit, previous.map(|tag| tag.commit)).map_err(|error| git_failure(&error))?;
        let time = past.time(tag.commit).unwrap_or_default();
        let pulls = pulls(session, workspace, &commits)?;
        each(&chapter(workspace, facts, &Cut { tag, before, commits, pulls, time, earlier: None })?)?;
    }
    Ok(())
}

/// The first of `below` that `tag` contains.
fn first_contained<'t>(
    past: &mut dyn Past,
    tag: &VersionTag,
    mut below: impl Iterator<Item = &'t VersionTag>,
) -> Result<Option<&'t VersionTag>, Failure> {
    loop {
        // Nearly always it is one of the next few, and of thousands nobody needs to know the rest.
        let few: Vec<&VersionTag> = below.by_ref().take(FEW).collect();
        let commits: Vec<Oid> = few.iter().map(|tag| tag.commit).collect();
        let place = past.first_contained(tag.commit, &commits).map_err(|error| git_failure(&error))?;
        if place.is_some() || few.is_empty() {
            return Ok(place.map(|place| few[place]));
        }
    }
}

/// Whether the final version below is another one than `previous`, and matters: it does for change files.
fn is_to_find(workspace: &Workspace, previous: &VersionTag) -> bool {
    previous.version.is_prerelease() && change_folder(&workspace.config.config).is_some()
}

/// The channel of the branch: it says which version comes before another.
fn channel(workspace: &Workspace, facts: &Facts) -> Result<Channel, Failure> {
    Ok(Channel::of(&workspace.config.config, &facts.branch)?)
}

/// The lowest pre-release on each commit that has one.
struct Candidates<'f>(HashMap<Oid, &'f Version>);

impl<'f> Candidates<'f> {
    fn of(facts: &'f Facts) -> Self {
        let mut lowest: HashMap<Oid, &Version> = HashMap::new();
        for tag in facts.version_tags.iter().filter(|tag| tag.version.is_prerelease()) {
            let version = lowest.entry(tag.commit).or_insert(&tag.version);
            *version = (*version).min(&tag.version);
        }
        Self(lowest)
    }

    /// The channel for one version: what was promoted stands on the commit of a pre-release, and has what that and those
    /// before it brought.
    fn channel_for(&self, channel: &Channel, tag: &VersionTag) -> Channel {
        match self.0.get(&tag.commit).is_some_and(|lowest| **lowest < tag.version) {
            true => channel.clone().promoting(),
            false => channel.clone(),
        }
    }
}

/// What one version brought.
struct Cut<'a> {
    tag: &'a VersionTag,
    before: Before<'a>,
    commits: Vec<CommitFact>,
    /// Pull requests that brought them, where configuration asks.
    pulls: Vec<PullFact>,
    /// When it was tagged, or rather committed: in Unix seconds.
    time: i64,
    /// Who had taken part before.
    earlier: Option<BTreeSet<Person>>,
}

fn chapter(workspace: &Workspace, facts: &Facts, cut: &Cut<'_>) -> Result<Chapter, Failure> {
    let config = &workspace.config.config;
    let changes = released_changes(workspace, facts, cut)?;
    let people = || People::of(&facts.files, &cut.commits, &changes, cut.earlier.as_ref());
    Ok(Chapter {
        version: Some(cut.tag.version.clone()),
        tag: Some(cut.tag.name.clone()),
        previous: cut.before.version.map(|tag| tag.name.clone()),
        date: Timestamp::from_unix(cut.time).ok().map(Timestamp::date),
        written: None,
        upgrade: bowline_plan::beside(config, facts, &cut.tag.version).upgrade.map(str::to_owned),
        people: config.notes.contributors.then(people),
        changes,
    })
}

fn unreleased_changes(workspace: &Workspace, facts: &Facts) -> Result<Vec<Change>, Failure> {
    let changes = bowline_plan::changes(&workspace.config.config, facts, &channel(workspace, facts)?, None);
    changes.map_err(Failure::from)
}

/// What a version was about. A change file of it that cannot be read says nothing any more: it is in the past.
fn released_changes(workspace: &Workspace, facts: &Facts, cut: &Cut<'_>) -> Result<Vec<Change>, Failure> {
    let (config, git) = (&workspace.config.config, workspace.readers.git.as_ref());
    let files = bowline_facts::released_change_files(git, config, cut.tag, cut.before, &cut.commits);
    let files = files.map_err(|error| git_failure(&error))?;
    let mut changes = Vec::new();
    for file in &files {
        let found = ChangeFiles {
            package: &facts.package,
            files: std::slice::from_ref(file),
            commits: &cut.commits,
            head: cut.tag.commit,
            before: cut.before.version.map(|tag| &tag.name),
        };
        changes.extend(history::read_files(config, &found, None).unwrap_or_default());
    }
    let overrides = Overrides::of(config, &facts.files).with_pulls(&cut.pulls);
    changes.extend(history::read(config, &cut.commits, &overrides, None));
    Ok(changes)
}

/// The pull requests that brought `commits`, where configuration asks.
fn pulls(session: &Session, workspace: &Workspace, commits: &[CommitFact]) -> Result<Vec<PullFact>, Failure> {
    let forge = workspace.readers.forge.as_ref();
    let pulls = bowline_facts::pulls(forge, &workspace.config.config, commits, session.global.offline);
    known(&pulls).map(<[PullFact]>::to_vec)
}

fn known(pulls: &Pulls) -> Result<&[PullFact], Failure> {
    pulls.known().map_err(Failure::clone)
}

/// Tags that are asked about at once.
const FEW: usize = 64;

/// A template that does not work.
pub fn template_failure(error: &bowline_plan::render::TemplateError) -> Failure {
    Failure::from_error(FailureKind::Config, "template_invalid", error)
        .hint("correct it under `[changelog]` or `[notes]` in bowline.toml")
}

fn git_failure(error: &bowline_port::git::GitError) -> Failure {
    Failure::from_error(FailureKind::Failed, "git", error)
}
