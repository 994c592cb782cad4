//! What to do: nothing, or this plan.

use super::{by_hand, promote};
use crate::args::ReleaseArgs;
use crate::documents;
use crate::output::snapshot;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::Config;
use bowline_config::section::version::Request;
use bowline_facts::At;
use bowline_ledger::runs::{PlanCopy, run_id, trusted_plan};
use bowline_model::facts::{Facts, ReleasedFact, RemoteRelation, Unfinished, UnfinishedRelease};
use bowline_model::git::{Marker, TagName};
use bowline_model::plan::{LimitFinding, Plan, PlanDocument};
use bowline_model::release::RunState;
use bowline_model::text::one_line;
use bowline_model::version::Level;
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::forge::{Drafts, Release};
use bowline_steps::assets::{forge_failure, read_release_file};

/// What to do.
pub enum Choice {
    /// Nothing, and why.
    Nothing {
        /// In words.
        reason: String,
        /// The plan of the complete release that this head belongs to: the checkout may still have to follow.
        complete: Option<Plan>,
    },
    /// Run this plan.
    Run {
        /// The plan.
        plan: Plan,
        /// What is missing of it, when it was begun earlier.
        resumed: Option<String>,
    },
}

/// Chooses for `release`. `handed` is a plan that another job handed over.
pub fn choose(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    args: &ReleaseArgs,
    handed: Option<&Plan>,
) -> Result<Choice, Failure> {
    // Beside something that was handed over, it says which plan that must be; whoever took it over has compared.
    let named = args.plan.as_ref().filter(|_| args.handoff_digest.is_none());
    let named = named.map(|named| named_plan(session, workspace, facts, named, Named::ToRun)).transpose()?;
    let named = handed.cloned().or(named).map(|plan| for_this_head(facts, plan)).transpose()?.flatten();
    if let Unfinished::Found(release) = &facts.unfinished {
        match plan_of(session, workspace, facts, release) {
            Ok(plan) => return Ok(Choice::Run { plan, resumed: Some(release.missing.clone()) }),
            // Neither tag nor draft: only a commit that says so, and anybody can write such a commit.
            Err(failure) if failure.code == "plan_lost" && release.tag.is_none() && release.draft.is_none() => {
                session
                    .screen
                    .warn("a commit claims to be a release commit of Bowline and is none: it is treated as any other");
            }
            Err(failure) => return Err(failure),
        }
    }
    if let Some(plan) = named {
        return Ok(Choice::Run { plan, resumed: None });
    }
    let asked = workspace.config.config.request != Request::default() && !args.plan_args.unless_released;
    if let Some(released) = facts.released.as_ref().filter(|_| !asked) {
        let reason = match released.commit == facts.head.oid {
            true => format!("head is {}", released.tag),
            false => format!("already released as {}", released.tag),
        };
        if args.adopt && is_unmarked(workspace, released)? {
            let plan = plan_of(session, workspace, facts, &without_marker(released))?;
            return Ok(Choice::Run { plan, resumed: Some("our marker".to_owned()) });
        }
        let plan = complete_plan(workspace, facts, released.marker, &released.tag)?;
        // Published and not known to have been verified: a run of ours died in between.
        if let Some(plan) = plan.as_ref().filter(|_| matches!(is_open(workspace, released.marker), Ok(true))) {
            return Ok(Choice::Run { plan: plan.clone(), resumed: Some("its verification".to_owned()) });
        }
        return Ok(Choice::Nothing { reason, complete: plan });
    }
    let planned = match by_hand::find(workspace, facts)? {
        Some(begun) if args.adopt && begun.can_be_adopted() => begun.plan(workspace, facts)?,
        Some(begun) if begun.is_release_commit() => return Err(begun.refused()),
        _ => documents::compute(workspace, facts)?,
    };
    if let Some(limit) = planned.limits.iter().find(|limit| !limit.ok) {
        return Err(limit_exceeded(limit));
    }
    if planned.plan.is_empty() {
        let mut reason = planned.plan.reason.clone().unwrap_or_else(|| "nothing is due".to_owned());
        if let Some(tag) = stranded(facts) {
            reason.push_str(&format!("; the commit of {tag} is not on the remote branch: push it with `git push`"));
        }
        if facts.unfinished == Unfinished::Unknown {
            reason.push_str("; whether an earlier release is unfinished cannot be seen from here");
        }
        return Ok(Choice::Nothing { reason, complete: None });
    }
    Ok(Choice::Run { plan: planned.plan, resumed: None })
}

/// The tag of the current version, when it was pushed without the branch that leads to it.
fn stranded(facts: &Facts) -> Option<&TagName> {
    let RemoteRelation::Behind(unpushed) = &facts.remote.as_ref()?.relation else { return None };
    let current = facts.current.as_ref()?;
    unpushed.iter().any(|(commit, _)| *commit == current.commit).then_some(&current.name)
}

/// A plan that does not fit.
pub fn limit_exceeded(limit: &LimitFinding) -> Failure {
    Failure::new(FailureKind::Refused, "limit_exceeded", limit.message.clone())
        .hint("shorten it by configuration; see `bowline plan` for all limits")
}

/// The plan of an unfinished release: the named run's, the one that facts found, or the only open run's.
pub fn unfinished(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    run: Option<&str>,
) -> Result<Option<Plan>, Failure> {
    let here = |head| workspace.readers.git.has_object(head).unwrap_or(false);
    let known = workspace.runs()?.all()?;
    let open: Vec<_> =
        known.into_iter().filter(|known| known.state == RunState::Open && here(known.marker.head)).collect();
    if let (None, Unfinished::Found(release)) = (run, &facts.unfinished) {
        return plan_of(session, workspace, facts, release).map(Some);
    }
    let wanted: Vec<_> = open.iter().filter(|known| run.is_none_or(|run| known.run.starts_with(run))).collect();
    match (wanted.as_slice(), run) {
        ([], None) => Ok(None),
        ([], Some(run)) => {
            Err(Failure::new(FailureKind::Usage, "unknown_run", format!("there is no open run {}", one_line(run, 40)))
                .hint("see `bowline status`"))
        }
        ([only], _) => {
            let release = UnfinishedRelease {
                marker: only.marker,
                commit: None,
                tag: Some(only.tag.clone()),
                draft: None,
                missing: String::new(),
            };
            plan_of(session, workspace, facts, &release).map(Some)
        }
        (several, _) => {
            let list =
                several.iter().map(|known| format!("{} ({})", known.run, known.tag)).collect::<Vec<_>>().join(", ");
            Err(Failure::new(FailureKind::Usage, "several_runs", format!("several runs are open: {list}"))
                .hint("name one of them"))
        }
    }
}

/// The plan of a release that was begun: from state, from the release itself, or computed again at its head.
pub fn plan_of(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    release: &UnfinishedRelease,
) -> Result<Plan, Failure> {
    let marker = release.marker;
    let copy = workspace.runs()?.plan(&marker.plan, &facts.repository)?;
    if let Some(PlanCopy::Own(plan)) = copy {
        return Ok(plan);
    }
    if let Some(plan) = promote::again(session, workspace, facts, release)? {
        return Ok(plan);
    }
    let without_tag = release.tag.clone().filter(|_| release.commit.is_none());
    let at = At { head: marker.head, without_tag, promotes: None };
    let branch = Some(facts.branch.as_str());
    let facts_then = workspace.observe(session, branch, Some(at.clone()))?;
    let plan = documents::compute(workspace, &facts_then)?.plan;
    let digest = plan.digest().map_err(|error| Failure::from_error(FailureKind::Internal, "digest", &error))?;
    if digest == marker.plan {
        return Ok(plan);
    }
    let shared = match copy {
        Some(PlanCopy::Shared(plan)) => Some(plan),
        _ => carried_plan(workspace, facts, marker)?,
    };
    if let Some(shared) = &shared
        && shared.promotes.is_some()
    {
        let again = promote::as_carried(session, workspace, facts, shared)?;
        let is_it = again.is_some_and(|again| with_texts_of(shared.clone(), &again) == again);
        return if is_it { Ok(shared.clone()) } else { Err(not_trusted()) };
    }
    if let Some(shared) = shared {
        let again = |config: &Config| workspace.observe_as(session, config, branch, Some(at.clone()));
        return accept(workspace, &facts_then, &again, shared);
    }
    let what = release.tag.as_ref().map_or_else(|| "an unfinished release".to_owned(), |tag| format!("release {tag}"));
    Err(Failure::new(
        FailureKind::Stuck,
        "plan_lost",
        format!("{what} follows plan {}, of which no copy is left, and planning again gives {digest}", marker.plan),
    )
    .hint("use the Bowline version and configuration that began it, and run the same command again")
    .hint("or complete that release by hand; `bowline status` shows what is there"))
}

/// Whether `failure` can come of looking while somebody else was at work: a draft that was seen and is published by the
/// time its plan is asked for looks like one whose plan is lost, or like one that the repository does not give.
pub fn may_have_moved(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "plan_lost" | "plan_not_trusted")
}

/// Takes a plan that only others had: the forge, or shared state. Its digest proves that it is whole and not who made
/// it. So it is taken at its word about what flags decide, the version and the day, and planned again: everything else must
/// come out as it says, except for texts, which another version of Bowline may have put differently.
///
/// Which version counts as the current one can depend on the pre-releases that were asked for: then it is observed
/// `again`.
fn accept(
    workspace: &Workspace,
    facts_then: &Facts,
    again: &dyn Fn(&Config) -> Result<Facts, Failure>,
    carried: Plan,
) -> Result<Plan, Failure> {
    let mut as_asked = None;
    for request in requests(&carried) {
        let mut config = Config { request, ..workspace.config.config.clone() };
        // `--draft` makes a release less public, so it may be what was asked.
        if carried.requirements.publish.draft {
            config.forge.draft = Some(true);
        }
        let facts_then = match (&config.request.pre, &mut as_asked) {
            (None, _) => facts_then,
            (Some(_), Some(facts)) => facts,
            (Some(_), none) => none.insert(again(&config)?),
        };
        // What cannot be planned was not planned.
        let Ok(planned) = bowline_plan::plan(&config, facts_then, Some(&carried.recorded.date)) else { continue };
        if with_texts_of(carried.clone(), &planned.plan) == planned.plan {
            return Ok(carried);
        }
    }
    Err(not_trusted())
}

fn not_trusted() -> Failure {
    Failure::new(
        FailureKind::Stuck,
        "plan_not_trusted",
        "the unfinished release follows a plan that the committed configuration does not give",
    )
    .hint("look at who made it; delete its draft by hand to plan anew")
    .hint("or go on where its state is: the machine, or the state folder, that began it")
}

/// The flags that can have led to the version of `plan`.
fn requests(plan: &Plan) -> Vec<Request> {
    let Some(package) = plan.packages.first() else { return Vec::new() };
    let version = package.next.to_string();
    let suffix = version.split('+').next().and_then(|version| version.split_once('-')).map(|(_, pre)| pre);
    let pre = suffix.and_then(|pre| pre.split('.').next()).map(str::to_owned);
    let bumps = [None, Some(Level::Patch), Some(Level::Minor), Some(Level::Major)];
    let mut requests = Vec::new();
    for pre in [None, pre] {
        requests.push(Request { version: Some(package.next.clone()), bump: None, pre: pre.clone() });
        requests.extend(bumps.map(|bump| Request { version: None, bump, pre: pre.clone() }));
    }
    requests
}

/// `plan` with the texts of `other`: what people read, and nothing that decides what is built, changed, or moved.
fn with_texts_of(mut plan: Plan, other: &Plan) -> Plan {
    plan.config_digest = other.config_digest;
    plan.reason.clone_from(&other.reason);
    // Labels may have changed since; what they decided is compared below by what came of it.
    plan.recorded.pull_requests.clone_from(&other.recorded.pull_requests);
    if plan.commit_message.is_some() == other.commit_message.is_some() {
        plan.commit_message.clone_from(&other.commit_message);
    }
    for (package, other) in plan.packages.iter_mut().zip(&other.packages) {
        package.bump = other.bump;
        package.reason.clone_from(&other.reason);
        package.tag_message.clone_from(&other.tag_message);
        package.changelog.clone_from(&other.changelog);
        package.notes.clone_from(&other.notes);
        package.commits.clone_from(&other.commits);
        package.changes.clone_from(&other.changes);
        for (audience, other) in package.audiences.iter_mut().zip(&other.audiences) {
            audience.notes.clone_from(&other.notes);
        }
        for (edit, other) in package.edits.iter_mut().zip(&other.edits) {
            if edit.format == CHANGELOG && other.format == CHANGELOG {
                edit.to.clone_from(&other.to);
            }
        }
    }
    plan
}

/// The plan inside a draft of ours.
fn carried_plan(workspace: &Workspace, facts: &Facts, marker: Marker) -> Result<Option<Plan>, Failure> {
    let forge = workspace.readers.forge.as_ref();
    let drafts = match forge.drafts() {
        Ok(Drafts::Visible(drafts)) => drafts,
        Ok(Drafts::Invisible) => Vec::new(),
        Err(error) => return Err(forge_failure(error)),
    };
    for draft in drafts.iter().filter(|draft| draft.marker == Some(marker)) {
        if let Some(plan) = plan_in(workspace, facts, draft)? {
            return Ok(Some(plan));
        }
    }
    Ok(None)
}

fn plan_in(workspace: &Workspace, facts: &Facts, release: &Release) -> Result<Option<Plan>, Failure> {
    let file = read_release_file(workspace.readers.forge.as_ref(), release).map_err(forge_failure)?;
    Ok(file.map(|file| file.plan).filter(|plan| plan.repository.id == facts.repository))
}

/// Whether a run of this machine began this plan and has not ended.
pub fn is_open(workspace: &Workspace, marker: Marker) -> Result<bool, Failure> {
    Ok(workspace.runs()?.get(&run_id(&marker.plan))?.is_some_and(|run| run.state == RunState::Open))
}

/// Whether the release of a tag of ours was published by hand.
fn is_unmarked(workspace: &Workspace, released: &ReleasedFact) -> Result<bool, Failure> {
    let published = workspace.readers.forge.published(&released.tag).map_err(forge_failure)?;
    Ok(published.is_some_and(|release| release.marker.is_none()))
}

fn without_marker(released: &ReleasedFact) -> UnfinishedRelease {
    UnfinishedRelease {
        marker: released.marker,
        commit: (released.commit != released.marker.head).then_some(released.commit),
        tag: Some(released.tag.clone()),
        draft: None,
        missing: "our marker".to_owned(),
    }
}

/// The plan of a complete release, when a copy is at hand.
pub fn complete_plan(
    workspace: &Workspace,
    facts: &Facts,
    marker: Marker,
    tag: &TagName,
) -> Result<Option<Plan>, Failure> {
    if let Some(PlanCopy::Own(plan) | PlanCopy::Shared(plan)) =
        workspace.runs()?.plan(&marker.plan, &facts.repository)?
    {
        return Ok(Some(plan));
    }
    match workspace.readers.forge.published(tag).map_err(forge_failure)? {
        Some(release) if release.marker == Some(marker) => plan_in(workspace, facts, &release),
        _ => Ok(None),
    }
}

/// What a plan is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// To be run, so it must be one that everybody can make again.
    ToRun,
    /// To be looked at.
    ToLookAt,
}

/// The plan of a file or digest, whole and of this repository.
pub fn named_plan(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    named: &str,
    wanted: Named,
) -> Result<Plan, Failure> {
    match digest_prefix(named) {
        Some(hex) => plan_by_digest(workspace, facts, &hex, wanted),
        None => plan_from_file(session, facts, named, wanted),
    }
}

/// Whether the release of this plan is complete, and concerns the head.
pub fn is_complete(facts: &Facts, plan: &Digest) -> bool {
    facts.released.as_ref().is_some_and(|released| released.marker.plan == *plan)
}

/// A plan that was named, when it can be run here; none when its release is complete: then there is nothing to run.
fn for_this_head(facts: &Facts, plan: Plan) -> Result<Option<Plan>, Failure> {
    if plan.digest().is_ok_and(|digest| is_complete(facts, &digest)) {
        return Ok(None);
    }
    if plan.is_empty() {
        return Err(Failure::new(FailureKind::Usage, "empty_plan", "the named plan releases nothing"));
    }
    let head = plan.repository.head;
    let unfinished = matches!(&facts.unfinished, Unfinished::Found(release) if release.marker.head == head);
    if head != facts.head.oid && !unfinished {
        return Err(Failure::new(
            FailureKind::Conflict,
            "plan_of_another_head",
            format!("the named plan is for commit {}, and {} is checked out", head.short(), facts.head.oid.short()),
        )
        .hint("plan again: bowline plan --json"));
    }
    Ok(Some(plan))
}

/// The beginning of a digest; none when it is the name of a file.
pub fn digest_prefix(named: &str) -> Option<String> {
    let hex = named.strip_prefix("sha256:").unwrap_or(named);
    let is_hex = hex.len() <= 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (is_hex && hex.len() >= SHORTEST_DIGEST).then(|| hex.to_owned())
}

fn plan_by_digest(workspace: &Workspace, facts: &Facts, hex: &str, wanted: Named) -> Result<Plan, Failure> {
    let matches = |digest: &Digest| digest.hex().starts_with(hex);
    let planned = documents::compute(workspace, facts)?.plan;
    let computed = planned.digest().map_err(|error| Failure::from_error(FailureKind::Internal, "digest", &error))?;
    if matches(&computed) {
        return Ok(planned);
    }
    let runs = workspace.runs()?;
    let known: Vec<Digest> = runs.plans()?.into_iter().filter(matches).collect();
    if let [only] = known.as_slice()
        && let Some(plan) = runs.own_plan(only, &facts.repository)?
    {
        return Ok(plan);
    }
    if wanted == Named::ToLookAt {
        let message = format!("no copy of plan {} is kept here", one_line(hex, 70));
        return Err(Failure::new(FailureKind::Usage, "plan_unknown", message)
            .hint("name a file instead, made with: bowline plan --json > plan.json"));
    }
    let failure = Failure::new(
        FailureKind::Conflict,
        "plan_differs",
        format!("planning gives {computed}, not the named plan {}", one_line(hex, 70)),
    )
    .hint("something changed since it was made: look at `bowline plan` and name the new digest")
    .hint("with the old plan in a file, this shows what: bowline plan --diff FILE");
    if planned.recorded.pull_requests.is_empty() {
        return Err(failure);
    }
    Err(failure.hint("titles and labels of pull requests can change at any time: approve a file, --plan FILE"))
}

fn plan_from_file(session: &Session, facts: &Facts, name: &str, wanted: Named) -> Result<Plan, Failure> {
    let path = session.dir()?.join(name);
    let shown = one_line(name, 200);
    let bytes = std::fs::read(&path).map_err(|error| {
        Failure::new(FailureKind::Usage, "plan_file", format!("plan file {shown} cannot be read")).because(&error).hint(
            format!("name a file that `bowline plan --json` wrote, or {SHORTEST_DIGEST} digits or more of a digest"),
        )
    })?;
    if snapshot::is_document(&bytes) {
        return Err(super::snapshot_not_released());
    }
    let document: PlanDocument = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(FailureKind::Usage, "plan_file", format!("{shown} is not a plan document"))
            .because(&error)
            .hint("make one with: bowline plan --json")
    })?;
    if document.provisional && wanted == Named::ToRun {
        return Err(Failure::new(
            FailureKind::Config,
            "plan_provisional",
            format!("the plan in {shown} was made with uncommitted configuration"),
        ));
    }
    let bytes = serde_json::to_vec(&document.plan)
        .map_err(|error| Failure::from_error(FailureKind::Internal, "plan", &error))?;
    trusted_plan(&bytes, &document.id, &facts.repository).ok_or_else(|| {
        Failure::new(
            FailureKind::Conflict,
            "plan_altered",
            format!("the plan in {shown} was altered, or is for another repository than {}", facts.repository),
        )
        .hint("plan again: bowline plan --json")
    })
}

/// The format of edits that put a section into the changelog.
const CHANGELOG: &str = "changelog";
/// Fewer digits than a file could be named by accident.
const SHORTEST_DIGEST: usize = 12;
