//! `bowline promote`: a published pre-release becomes another version with the same files.
//!
//! What comes of it is an ordinary plan, whose head is the commit that the pre-release's tag stands on. So it is run,
//! resumed and found again like any other. Here is said which plan that is: of which tag, for which branch, and what is in
//! its way.

use super::choose::{self, Choice};
use super::execute::{self, Ended, Terms};
use super::locked::{self, Patience};
use super::{MOST_LOOKS, MOST_ROUNDS, pause_if_asked, refuse_offline, refuse_provisional, refuse_pull_request, report};
use crate::args::PromoteArgs;
use crate::documents;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::section::channel::{Channel, matches_itself};
use bowline_config::{Config, Flags};
use bowline_facts::At;
use bowline_model::facts::{Facts, Unfinished, UnfinishedRelease, VersionTag};
use bowline_model::git::{Marker, TagName};
use bowline_model::plan::{Plan, PlanDocument, Promotion};
use bowline_model::release::{ReleaseResult, RunState};
use bowline_model::step::Stage;
use bowline_model::text::one_line;
use bowline_model::version::Range;
use bowline_model::{Digest, Failure, FailureKind, Version};
use bowline_plan::{Planned, Promoted};
use bowline_port::forge::{Drafts, Release};
use bowline_steps::assets::{forge_failure, read_release_bytes};
use bowline_steps::files::{git_failure, unreachable_remote};

/// `bowline promote`.
pub fn promote(session: &Session, args: &PromoteArgs) -> Result<ReleaseResult, Failure> {
    let patience = Patience::new(args.wait.as_deref())?;
    let until = args.until.as_deref().map(super::stage).transpose()?;
    let workspace = Workspace::open(session, Flags::default())?;
    refuse_provisional(&workspace)?;
    refuse_pull_request(session)?;
    refuse_offline(session, &workspace)?;
    let wish = Wish::of(&workspace.config.config, args)?;
    let (mut rounds, mut looks) = (0, 0);
    while rounds < MOST_ROUNDS {
        let facts = workspace.observe(session, wish.branch.as_deref(), None);
        let facts = facts.map_err(|failure| execute::blind(&workspace, failure))?;
        let doors = workspace.doors()?;
        pause_if_asked(&doors)?;
        execute::discharge_open(session, &workspace, &doors, &facts)?;
        let chosen = match wish.choose(session, &workspace, &facts) {
            Err(failure) if choose::may_have_moved(&failure) && looks < MOST_LOOKS => {
                looks += 1;
                continue;
            }
            chosen => chosen?,
        };
        let (plan, resumed) = match chosen {
            Choice::Nothing { reason, complete } => {
                let plan = complete.as_ref().and_then(|plan| plan.digest().ok());
                return Ok(ReleaseResult { plan, ..report::nothing(&facts, reason, false) });
            }
            Choice::Run { plan, resumed } => (plan, resumed),
        };
        if until.is_none_or(Stage::is_remote) && locked::busy(&workspace, &doors, &plan)?.is_some() {
            locked::wait(&workspace, &doors, &plan, &patience)?;
            continue;
        }
        if let Some(missing) = &resumed {
            session.screen.note(&format!("This promotion was begun earlier (missing: {missing}): completing it."));
        }
        rounds += 1;
        let digest = digest(&plan)?;
        let still = |facts: &Facts| {
            Ok(match wish.choose(session, &workspace, facts)? {
                Choice::Run { plan, .. } => plan.digest().ok() == Some(digest),
                // Somebody else was faster with this very plan: every step finds it done.
                Choice::Nothing { complete, .. } => complete.and_then(|plan| plan.digest().ok()) == Some(digest),
            })
        };
        let is_tag = |tag: &VersionTag| plan.packages.iter().any(|package| package.tag == tag.name);
        let public = execute::is_public(&facts, &plan) || facts.version_tags.iter().any(is_tag);
        let branch = wish.branch.as_deref();
        let terms = Terms {
            yes: args.yes,
            public,
            adopt: false,
            replaces_tag: None,
            until,
            patience: &patience,
            still: &still,
            branch,
        };
        match execute::run(session, &workspace, &doors, &plan, terms)? {
            Ended::With(result) => return Ok(*result),
            Ended::Overtaken(failure) if rounds == MOST_ROUNDS => return Err(failure),
            Ended::Overtaken(failure) => session.screen.note(&format!("{}: looking again.", failure.message)),
        }
    }
    Err(Failure::new(FailureKind::Stuck, "never_ends", "other runs are always faster").hint("see `bowline status`"))
}

/// What a promotion would do; changes nothing. With it, why the branch has its channel.
pub fn look(session: &Session, args: &PromoteArgs) -> Result<(PlanDocument, String), Failure> {
    let workspace = Workspace::look(session, Flags::default())?;
    let wish = Wish::of(&workspace.config.config, args)?;
    let facts = workspace.observe(session, wish.branch.as_deref(), None)?;
    let channel = Channel::of(&workspace.config.config, &facts.branch)?.reason;
    let (plan, limits) = match wish.choose(session, &workspace, &facts)? {
        Choice::Run { plan, resumed: Some(_) } => (plan, Vec::new()),
        Choice::Run { .. } => {
            let planned = wish.plan(session, &workspace, &facts)?;
            (planned.plan, planned.limits)
        }
        Choice::Nothing { reason, .. } => {
            let plan = documents::compute(&workspace, &facts)?.plan;
            let empty = Plan { packages: Vec::new(), commit_message: None, reason: Some(reason), ..plan };
            (empty, Vec::new())
        }
    };
    Ok((documents::document(session, &workspace, &facts, plan, limits)?.0, channel))
}

/// What is asked for.
struct Wish<'a> {
    /// The version or tag, as given.
    version: &'a str,
    /// The channel.
    to: &'a str,
    /// The branch of that channel, where flags or configuration name it.
    branch: Option<String>,
}

impl<'a> Wish<'a> {
    fn of(config: &Config, args: &'a PromoteArgs) -> Result<Self, Failure> {
        let to = args.to.as_str();
        let settings = config.channel.0.get(to);
        // A line of old versions is a channel by its branch's name.
        if settings.is_none() && to != Channel::default().name && to.parse::<Range>().is_err() {
            return Err(unknown_channel(config, to));
        }
        let named = settings.map(|settings| settings.branch.clone()).filter(|branch| matches_itself(branch));
        Ok(Self { version: &args.version, to, branch: args.branch.clone().or(named) })
    }

    /// What to do now.
    fn choose(&self, session: &Session, workspace: &Workspace, facts: &Facts) -> Result<Choice, Failure> {
        self.check_branch(workspace, facts)?;
        let candidate = self.candidate(workspace, facts)?;
        match &facts.unfinished {
            Unfinished::Found(release) => match choose::plan_of(session, workspace, facts, release) {
                Ok(plan) if self.is_it(&plan, candidate) => {
                    return Ok(Choice::Run { plan, resumed: Some(release.missing.clone()) });
                }
                Ok(plan) => return Err(unfinished(&plan)),
                // Only a commit that says so, and anybody can write such a commit.
                Err(failure) if failure.code == "plan_lost" && release.tag.is_none() && release.draft.is_none() => {}
                Err(failure) => return Err(failure),
            },
            Unfinished::None | Unfinished::Unknown => {}
        }
        let config = &workspace.config.config;
        if let Promoted::There(there) = bowline_plan::promoted(config, facts, candidate).map_err(failure)? {
            return self.there(session, workspace, facts, candidate, there);
        }
        // Of a run that died before anything could be seen, this machine alone knows.
        let runs = workspace.runs()?;
        for run in runs.all()?.into_iter().filter(|run| run.state == RunState::Open) {
            if let Some(plan) = runs.own_plan(&run.marker.plan, &facts.repository)?
                && self.is_it(&plan, candidate)
            {
                return Ok(Choice::Run { plan, resumed: Some("the tag and the published release".to_owned()) });
            }
        }
        let planned = self.plan(session, workspace, facts)?;
        if let Some(limit) = planned.limits.iter().find(|limit| !limit.ok) {
            return Err(choose::limit_exceeded(limit));
        }
        Ok(Choice::Run { plan: planned.plan, resumed: None })
    }

    /// The plan, made anew.
    fn plan(&self, session: &Session, workspace: &Workspace, facts: &Facts) -> Result<Planned, Failure> {
        let candidate = self.candidate(workspace, facts)?;
        match bowline_plan::promoted(&workspace.config.config, facts, candidate).map_err(failure)? {
            Promoted::Free(next) => planned(session, workspace, facts, candidate, &next, None),
            Promoted::There(there) => planned(session, workspace, facts, candidate, &there.version, None),
        }
    }

    fn check_branch(&self, workspace: &Workspace, facts: &Facts) -> Result<(), Failure> {
        let channel = Channel::of(&workspace.config.config, &facts.branch)?;
        if channel.name == self.to {
            return Ok(());
        }
        let message =
            format!("branch {} is of channel {}, not of {}", facts.branch, channel.name, one_line(self.to, 40));
        Err(Failure::new(FailureKind::Usage, "promotion_branch", message)
            .hint(format!("name the branch that {} releases from: --branch NAME", one_line(self.to, 40))))
    }

    /// The tag of the pre-release.
    fn candidate<'f>(&self, workspace: &Workspace, facts: &'f Facts) -> Result<&'f VersionTag, Failure> {
        let version = self.version.parse::<Version>().ok();
        let is_it = |tag: &&VersionTag| tag.name.as_str() == self.version || version.as_ref() == Some(&tag.version);
        let candidate = facts.version_tags.iter().find(is_it).ok_or_else(|| unknown_version(self.version, facts))?;
        bring(workspace, candidate)?;
        Ok(candidate)
    }

    fn is_it(&self, plan: &Plan, candidate: &VersionTag) -> bool {
        let is_candidate = plan.promotes.as_ref().is_some_and(|promotion| promotion.tag == candidate.name);
        is_candidate && plan.channel == self.to
    }

    /// The tag of the version is there already, on the commit of the pre-release.
    fn there(
        &self,
        session: &Session,
        workspace: &Workspace,
        facts: &Facts,
        candidate: &VersionTag,
        there: &VersionTag,
    ) -> Result<Choice, Failure> {
        bring(workspace, there)?;
        let tag = workspace.readers.git.tag(there.object).map_err(git_failure)?;
        let marker = tag.and_then(|tag| Marker::parse(&tag.message)).filter(|marker| marker.head == there.commit);
        let Some(marker) = marker else { return Err(taken(candidate, there)) };
        let published = workspace.readers.forge.published(&there.name).map_err(forge_failure)?;
        let release = UnfinishedRelease {
            marker,
            commit: None,
            tag: Some(there.name.clone()),
            draft: None,
            missing: format!("the published release of {}", there.name),
        };
        let complete = published.is_some_and(|published| published.marker == Some(marker));
        // Published and not known to have been verified: a run of ours died in between.
        if complete && !choose::is_open(workspace, marker)? {
            let plan = choose::complete_plan(workspace, facts, marker, &there.name)?;
            // The same version made anew has other files.
            if !plan.as_ref().is_some_and(|plan| self.is_it(plan, candidate)) {
                return Err(taken(candidate, there));
            }
            return Ok(Choice::Nothing { reason: format!("already released as {}", there.name), complete: plan });
        }
        let plan = choose::plan_of(session, workspace, facts, &release)?;
        match self.is_it(&plan, candidate) {
            true => Ok(Choice::Run { plan, resumed: Some(release.missing) }),
            false => Err(taken(candidate, there)),
        }
    }
}

/// The plan of a promotion that was begun and is lost, made again from the tags on its head: none when none of them, as what
/// the release is called, gives the digest.
pub fn again(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    release: &UnfinishedRelease,
) -> Result<Option<Plan>, Failure> {
    let marker = release.marker;
    let is_candidate = |tag: &&VersionTag| tag.commit == marker.head && tag.version.is_prerelease();
    let candidates: Vec<&VersionTag> = facts.version_tags.iter().filter(is_candidate).collect();
    if candidates.is_empty() {
        return Ok(None);
    }
    let name = release.tag.clone().map_or_else(|| drafted(workspace, marker), |tag| Ok(Some(tag)))?;
    let Some(next) = name.and_then(|name| facts.tag_form.version(name.as_str())) else { return Ok(None) };
    for candidate in candidates.into_iter().filter(|candidate| candidate.version < next) {
        bring(workspace, candidate)?;
        // What cannot be promoted was not.
        let Ok(planned) = planned(session, workspace, facts, candidate, &next, None) else { continue };
        if digest(&planned.plan)? == marker.plan {
            return Ok(Some(planned.plan));
        }
    }
    Ok(None)
}

/// What planning gives for a promotion that others carried; none when nothing can be promoted so.
pub fn as_carried(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    carried: &Plan,
) -> Result<Option<Plan>, Failure> {
    let (Some(promotion), Some(package)) = (&carried.promotes, carried.packages.first()) else { return Ok(None) };
    let Some(candidate) = facts.version_tags.iter().find(|tag| tag.name == promotion.tag) else { return Ok(None) };
    bring(workspace, candidate)?;
    let planned = planned(session, workspace, facts, candidate, &package.next, Some(&carried.recorded.date));
    Ok(planned.ok().map(|planned| planned.plan))
}

/// What the draft with this marker is called.
fn drafted(workspace: &Workspace, marker: Marker) -> Result<Option<TagName>, Failure> {
    match workspace.readers.forge.drafts().map_err(forge_failure)? {
        Drafts::Visible(drafts) => {
            Ok(drafts.into_iter().find(|draft| draft.marker == Some(marker)).map(|draft| draft.tag))
        }
        Drafts::Invisible => Ok(None),
    }
}

/// The plan that makes `candidate` the version `next`, from facts as they are at its commit.
fn planned(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    candidate: &VersionTag,
    next: &Version,
    day: Option<&str>,
) -> Result<Planned, Failure> {
    let promotion = promotion(workspace, facts, candidate)?;
    let at = At { head: candidate.commit, without_tag: None, promotes: Some(next.clone()) };
    let facts_then = workspace.observe(session, Some(facts.branch.as_str()), Some(at))?;
    let today = workspace.today();
    let day = day.unwrap_or(&today);
    Ok(bowline_plan::promote(&workspace.config.config, &facts_then, promotion, next, Some(day))?)
}

/// What is known of a pre-release that Bowline has published.
fn promotion(workspace: &Workspace, facts: &Facts, candidate: &VersionTag) -> Result<Promotion, Failure> {
    let (git, forge) = (workspace.readers.git.as_ref(), workspace.readers.forge.as_ref());
    let name = &candidate.name;
    let tag = git.tag(candidate.object).map_err(git_failure)?;
    let marker = tag.and_then(|tag| Marker::parse(&tag.message));
    let Some(marker) = marker else { return Err(not_ours(name, "its tag does not say which plan it is of")) };
    let Some(release) = forge.published(name).map_err(forge_failure)? else {
        return Err(unpublished(workspace, name)?);
    };
    if release.marker != Some(marker) {
        return Err(not_ours(name, "its release does not say which plan it is of, or says another than its tag"));
    }
    let found = read_release_bytes(forge, &release).map_err(forge_failure)?;
    let Some((file, bytes)) = found else {
        return Err(not_ours(
            name,
            "release.bowline.json is missing, or is not of this release: nothing says what it was published with",
        ));
    };
    if file.plan.repository.id != facts.repository
        || (file.commit, file.tag_object) != (candidate.commit, candidate.object)
    {
        return Err(not_ours(name, "release.bowline.json is of another repository, commit or tag"));
    }
    let inside = file.plan.promotes.as_ref().map_or(&candidate.version, |promotion| &promotion.version);
    Ok(Promotion {
        tag: name.clone(),
        version: inside.clone(),
        tag_object: candidate.object,
        plan: marker.plan,
        manifest: Digest::of(&bytes),
    })
}

/// Makes sure that a tag and its commit are here; no reference moves.
fn bring(workspace: &Workspace, tag: &VersionTag) -> Result<(), Failure> {
    let git = workspace.readers.git.as_ref();
    let is_here =
        git.has_object(tag.object).map_err(git_failure)? && git.has_object(tag.commit).map_err(git_failure)?;
    match &workspace.remote {
        Some(remote) if !is_here => git.fetch(&remote.name, &[tag.name.full()]).map_err(unreachable_remote),
        _ => Ok(()),
    }
}

fn digest(plan: &Plan) -> Result<Digest, Failure> {
    plan.digest().map_err(|error| Failure::from_error(FailureKind::Internal, "digest", &error))
}

fn failure(error: bowline_plan::PromotionError) -> Failure {
    Failure::from(&error)
}

fn unknown_channel(config: &Config, to: &str) -> Failure {
    let mut known: Vec<&str> = config.channel.0.keys().map(String::as_str).collect();
    let usual = Channel::default().name;
    if !known.contains(&usual.as_str()) {
        known.push(&usual);
    }
    let message = format!("there is no channel `{}`", one_line(to, 40));
    Failure::new(FailureKind::Usage, "channel_unknown", message)
        .hint(format!("the channels are: {}, and lines such as 1.x", known.join(", ")))
}

fn unknown_version(version: &str, facts: &Facts) -> Failure {
    let newest = facts.version_tags.iter().filter(|tag| tag.version.is_prerelease()).take(5);
    let newest: Vec<String> = newest.map(|tag| tag.version.to_string()).collect();
    let message = format!("there is no released version {}", one_line(version, 60));
    let failure = Failure::new(FailureKind::Usage, "unknown_version", message);
    match newest.is_empty() {
        true => failure.hint("there is no pre-release at all: `bowline release --pre rc` makes one"),
        false => failure.hint(format!("the newest pre-releases are {}", newest.join(", "))),
    }
}

fn unpublished(workspace: &Workspace, name: &TagName) -> Result<Failure, Failure> {
    let drafts = match workspace.readers.forge.drafts().map_err(forge_failure)? {
        Drafts::Visible(drafts) => drafts,
        Drafts::Invisible => Vec::new(),
    };
    let draft: Option<&Release> = drafts.iter().find(|draft| draft.tag == *name);
    let what = if draft.is_some() { "is a draft" } else { "has no release" };
    Ok(Failure::new(
        FailureKind::Refused,
        "promotion_not_published",
        format!("{name} {what}, so there is nothing to promote"),
    )
    .hint("complete it first: bowline resume, or let a person publish the draft"))
}

fn not_ours(name: &TagName, why: &str) -> Failure {
    Failure::new(
        FailureKind::Refused,
        "promotion_not_ours",
        format!("{name} was not released by Bowline as it is: {why}"),
    )
    .hint("release a pre-release with Bowline, and promote that; or release the version anew: bowline release")
}

fn unfinished(plan: &Plan) -> Failure {
    let tags: Vec<&str> = plan.packages.iter().map(|package| package.tag.as_str()).collect();
    let message = format!("the release of {} is unfinished", tags.join(", "));
    Failure::new(FailureKind::Refused, "release_unfinished", message)
        .hint("complete it with `bowline resume`, or take it back with `bowline abort`; then promote")
}

fn taken(candidate: &VersionTag, there: &VersionTag) -> Failure {
    let message = format!("tag {} exists already and is no promotion of {}", there.name, candidate.name);
    Failure::new(FailureKind::Conflict, "tag_taken", message)
        .hint(format!("see what it is: git show --no-patch {}", there.name))
}
