//! The main job: observe, choose what to do, run it, report.
//!
//! [`choose`] turns facts into one of two answers: nothing to do, or this plan. A plan that was begun earlier, on
//! this machine or another one, is always completed before a new one is made. [`execute`] runs it; a first start and
//! a resume differ in nothing.

pub mod by_hand;
pub mod choose;
mod consent;
pub mod execute;
pub mod handoff;
pub mod locked;
pub mod promote;
pub mod report;

use crate::args::{PlanArgs, ReleaseArgs, RunArgs};
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::Flags;
use bowline_model::facts::{Facts, Unfinished};
use bowline_model::plan::Plan;
use bowline_model::release::lock::LockRecord;
use bowline_model::release::{ReleaseResult, Status};
use bowline_model::step::Stage;
use bowline_model::{Failure, FailureKind};
use bowline_port::Doors;
use choose::Choice;
use execute::{Ended, Terms};
use handoff::Handoff;
use locked::Patience;
use std::collections::BTreeSet;

/// `bowline release`.
pub fn release(session: &Session, args: &ReleaseArgs) -> Result<ReleaseResult, Failure> {
    let patience = Patience::new(args.wait.as_deref())?;
    let until = args.until.as_deref().map(stage).transpose()?;
    let workspace = Workspace::open(session, flags(session, &args.plan_args))?;
    refuse_snapshot(&workspace, args)?;
    refuse_provisional(&workspace)?;
    refuse_pull_request(session)?;
    refuse_offline(session, &workspace)?;
    let handed = Handoff::of(session, args, until)?;
    let (mut rounds, mut looks) = (0, 0);
    // A release that was left unfinished is completed first; then there may be newer commits to release.
    while rounds < MOST_ROUNDS {
        let branch = args.plan_args.branch.as_deref();
        let facts = workspace.observe(session, branch, None);
        let facts = facts.map_err(|failure| execute::blind(&workspace, failure))?;
        let doors = workspace.doors()?;
        pause_if_asked(&doors)?;
        execute::discharge_open(session, &workspace, &doors, &facts)?;
        let given = handed.as_ref().map(|handed| handed.take_over(&workspace, &doors, &facts)).transpose()?.flatten();
        let chosen = match choose::choose(session, &workspace, &facts, args, given.as_ref()) {
            Err(failure) if choose::may_have_moved(&failure) && looks < MOST_LOOKS => {
                looks += 1;
                continue;
            }
            chosen => chosen?,
        };
        let (plan, resumed) = match chosen {
            Choice::Nothing { reason, complete } => {
                // Nothing is written to any remote before the stage in which drafts are made.
                if until.is_none_or(Stage::is_remote) {
                    execute::tidy_up(session, &workspace, &doors, &facts, branch)?;
                }
                if let Some(plan) = complete {
                    execute::sync_checkout(session, &workspace, &doors, &facts, &plan)?;
                }
                let result = report::nothing(&facts, reason, args.require_release);
                return match &handed {
                    Some(handed) => handed.hand_over_complete(&workspace, &facts, result),
                    None => Ok(result),
                };
            }
            Choice::Run { plan, resumed } => (plan, resumed),
        };
        if until.is_none_or(Stage::is_remote)
            && let Some(holder) = locked::busy(&workspace, &doors, &plan)?
        {
            // The run that the push of a release commit starts finds that very release under way.
            if is_under_way(&facts, &holder) {
                return Ok(report::nothing(&facts, format!("release in progress: {}", holder.tag), false));
            }
            locked::wait(&workspace, &doors, &plan, &patience)?;
            continue;
        }
        if let Some(missing) = &resumed {
            session.screen.note(&format!("An earlier release is unfinished ({missing}): completing it."));
        }
        rounds += 1;
        let digest = plan.digest().map_err(|error| Failure::from_error(FailureKind::Internal, "digest", &error))?;
        let still = |facts: &Facts| {
            Ok(match choose::choose(session, &workspace, facts, args, given.as_ref())? {
                Choice::Run { plan, .. } => plan.digest().ok() == Some(digest),
                // Somebody else was faster with this very plan: every step finds it done.
                Choice::Nothing { .. } => facts.released.as_ref().is_some_and(|found| found.marker.plan == digest),
            })
        };
        let public = execute::is_public(&facts, &plan);
        let begun = by_hand::find(&workspace, &facts)?.filter(|begun| args.adopt && is_of(&plan, begun));
        // What is taken over stands in the checkout; at a forge that can adopt nothing there is nothing of it.
        let adopt = args.adopt && (begun.is_none() || doors.forge.adoption().is_some());
        let replaces_tag = match begun {
            Some(begun) => Some(begun.object),
            None if resumed.is_some() => by_hand::left(&workspace, &plan)?,
            None => None,
        };
        let yes = args.yes;
        let terms = Terms { yes, public, adopt, replaces_tag, until, patience: &patience, still: &still, branch };
        let result = match execute::run(session, &workspace, &doors, &plan, terms)? {
            Ended::With(result) => *result,
            Ended::Overtaken(failure) if rounds == MOST_ROUNDS => return Err(failure),
            Ended::Overtaken(failure) => {
                session.screen.note(&format!("{}: planning again.", failure.message));
                continue;
            }
        };
        if let Some(handed) = &handed
            && result.failure.is_none()
            && until.is_some()
        {
            return handed.hand_over(&workspace, &doors, &plan, result);
        }
        let newer = resumed.is_some() && result.status == Status::Released && !execute::is_at(&facts, &plan, &result);
        if !newer {
            return Ok(result);
        }
        session.screen.note(&format!("Completed {}; looking for newer commits.", report::tags(&result)));
    }
    Err(Failure::new(FailureKind::Stuck, "never_ends", "completing unfinished releases does not come to an end")
        .hint("see `bowline status`"))
}

/// `bowline resume`.
pub fn resume(session: &Session, args: &RunArgs) -> Result<ReleaseResult, Failure> {
    let mut begun = Begun::find(session, args)?;
    // Told before anything is built; after waiting, the other run may have completed it.
    if let Some(plan) = &begun.plan
        && locked::busy(&begun.workspace, &begun.doors, plan)?.is_some()
    {
        locked::wait(&begun.workspace, &begun.doors, plan, &begun.patience)?;
        begun = Begun::find(session, args)?;
    }
    let Some(plan) = &begun.plan else { return Ok(begun.nothing()) };
    let public = execute::is_public(&begun.facts, plan);
    let terms = Terms {
        yes: args.yes,
        public,
        // What was adopted carries our marker by now.
        adopt: false,
        replaces_tag: by_hand::left(&begun.workspace, plan)?,
        until: None,
        patience: &begun.patience,
        // What was begun is completed; the gates say whether that is still possible.
        still: &|_| Ok(true),
        branch: args.branch.as_deref(),
    };
    match execute::run(session, &begun.workspace, &begun.doors, plan, terms)? {
        Ended::With(result) => Ok(*result),
        Ended::Overtaken(failure) => Err(failure),
    }
}

/// `bowline abort`.
pub fn abort(session: &Session, args: &RunArgs) -> Result<ReleaseResult, Failure> {
    let begun = Begun::find(session, args)?;
    let Some(plan) = &begun.plan else { return Ok(begun.nothing()) };
    let observe = || begun.workspace.observe(session, args.branch.as_deref(), None);
    execute::abort(session, &begun.workspace, &begun.doors, plan, &observe, &begun.patience)
}

/// What `resume` and `abort` begin with: a release that was begun, or the certainty that there is none.
struct Begun {
    workspace: Workspace,
    facts: Facts,
    doors: Doors,
    plan: Option<Plan>,
    patience: Patience,
}

impl Begun {
    fn find(session: &Session, args: &RunArgs) -> Result<Self, Failure> {
        refuse_pull_request(session)?;
        let patience = Patience::new(args.wait.as_deref())?;
        let workspace = Workspace::open(session, Flags::default())?;
        refuse_offline(session, &workspace)?;
        let mut looks = 0;
        loop {
            let facts = workspace.observe(session, args.branch.as_deref(), None);
            let facts = facts.map_err(|failure| execute::blind(&workspace, failure))?;
            let doors = workspace.doors()?;
            pause_if_asked(&doors)?;
            match choose::unfinished(session, &workspace, &facts, args.run.as_deref()) {
                Err(failure) if choose::may_have_moved(&failure) && looks < MOST_LOOKS => looks += 1,
                plan => return Ok(Self { plan: plan?, workspace, facts, doors, patience }),
            }
        }
    }

    fn nothing(&self) -> ReleaseResult {
        report::nothing(&self.facts, "no release is unfinished".to_owned(), false)
    }
}

/// Whether the head is the release commit of a release that `holder` has not ended yet, or, where it makes none, has its
/// tag.
fn is_under_way(facts: &Facts, holder: &LockRecord) -> bool {
    // Tag and release are there already, and are being verified.
    if facts.released.as_ref().is_some_and(|released| released.marker.plan == holder.plan) {
        return true;
    }
    let Unfinished::Found(release) = &facts.unfinished else { return false };
    let has_tag = release.commit.is_none() && release.tag.is_some() && release.marker.head == facts.head.oid;
    release.commit == Some(facts.head.oid) || facts.head.release == Some(release.marker) || has_tag
}

/// Whether `plan` releases what another tool has begun.
fn is_of(plan: &Plan, begun: &by_hand::ByHand) -> bool {
    plan.packages.iter().any(|package| package.tag == begun.tag)
}

fn pause_if_asked(doors: &Doors) -> Result<(), Failure> {
    match doors.stop.reason() {
        Some(why) => {
            Err(Failure::new(FailureKind::Paused, "paused", format!("paused by {why}, before anything was done"))
                .hint("run the same command again"))
        }
        None => Ok(()),
    }
}

fn stage(name: &str) -> Result<Stage, Failure> {
    Stage::ALL.into_iter().find(|stage| stage.as_str() == name).ok_or_else(|| {
        let name = bowline_model::text::one_line(name, 40);
        Failure::new(FailureKind::Usage, "unknown_stage", format!("there is no stage `{name}`"))
            .hint(format!("the stages are: {}", Stage::ALL.map(Stage::as_str).join(", ")))
    })
}

/// The flags that a plan depends on; which of them came from variables is for `config show` and `explain`.
pub fn flags(session: &Session, args: &PlanArgs) -> Flags {
    let from = |name: &str, variable: &str, value: &Option<String>| {
        let same = value.as_deref().is_some_and(|value| session.environment.get(variable) == Some(value));
        same.then(|| name.to_owned())
    };
    let from_environment: BTreeSet<String> = [
        from("version", "BOWLINE_VERSION", &args.version),
        from("bump", "BOWLINE_BUMP", &args.bump),
        from("pre", "BOWLINE_PRE", &args.pre),
        session.environment.get("BOWLINE_DRAFT").filter(|_| args.draft).map(|_| "draft".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    Flags {
        version: args.version.clone(),
        bump: args.bump.clone(),
        pre: args.pre.clone(),
        draft: args.draft,
        from_environment,
    }
}

/// What `plan --snapshot` prints is for builds.
fn refuse_snapshot(workspace: &Workspace, args: &ReleaseArgs) -> Result<(), Failure> {
    let config = &workspace.config.config;
    let named = config.request.version.as_ref().filter(|version| config.version.snapshot.made(version));
    if args.snapshot || named.is_some() { Err(snapshot_not_released()) } else { Ok(()) }
}

/// Why a snapshot is not released.
pub fn snapshot_not_released() -> Failure {
    let message = "a snapshot is for a build that is no release: it is never tagged nor published";
    Failure::new(FailureKind::Usage, "snapshot_not_released", message)
        .hint("build with the version that `bowline plan --snapshot` prints")
        .hint("for a release that people may try, make a pre-release: bowline release --pre ID")
}

fn refuse_provisional(workspace: &Workspace) -> Result<(), Failure> {
    if workspace.config.provisional {
        return Err(Failure::new(
            FailureKind::Config,
            "config_uncommitted",
            "bowline.toml has changes that are not committed",
        )
        .hint("commit it, so that everybody computes the same plan: git add bowline.toml && git commit")
        .hint("`bowline plan` works with the uncommitted file"));
    }
    Ok(())
}

/// A release asks its remote before, during and after; without one there is nothing to ask.
fn refuse_offline(session: &Session, workspace: &Workspace) -> Result<(), Failure> {
    match &workspace.remote {
        Some(remote) if session.global.offline => {
            Err(Failure::new(FailureKind::Usage, "offline", format!("a release needs its remote {}", remote.name))
                .hint("leave --offline out; `bowline plan --offline` works without the network"))
        }
        _ => Ok(()),
    }
}

/// A build of a pull request runs code that nobody has accepted yet: it may plan, and nothing more.
fn refuse_pull_request(session: &Session) -> Result<(), Failure> {
    if session.is_pull_request() {
        return Err(Failure::new(
            FailureKind::Refused,
            "pull_request",
            "this is a build of a pull request, and those do not release",
        )
        .hint("release from a push to the branch; `bowline plan` works here"));
    }
    Ok(())
}

/// One unfinished release, one new one, one to see that nothing is left, and some for being overtaken.
const MOST_ROUNDS: u32 = 6;
/// How often is looked again when what was found may have been somebody's at work.
const MOST_LOOKS: u32 = 2;
