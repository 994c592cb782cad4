//! Running a plan with everything around it: consent, records, journal, result.

use super::choose;
use super::consent;
use super::locked::{self, Locked, Patience};
use super::report;
use crate::documents;
use crate::output;
use crate::session::Session;
use crate::workspace::{Workspace, build_environment};
use bowline_engine::run::was_attempted;
use bowline_engine::{Engine, Entry, Hold, Look, Receipts, RunEnd, Settings, Uninterrupted};
use bowline_ledger::journal::{self, Header, Journal};
use bowline_ledger::lock::{Claim, LOCK_LOST};
use bowline_ledger::runs::{Runs, run_id};
use bowline_model::event::Silent;
use bowline_model::facts::{Facts, RemoteRelation, Unfinished};
use bowline_model::git::Marker;
use bowline_model::plan::Plan;
use bowline_model::release::{ReleaseResult, RunRecord, RunState};
use bowline_model::step::{ScheduledStep, SkipReason, Stage, VerdictWord};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::Doors;
use bowline_port::forge::Drafts;
use bowline_port::git::Head;
use bowline_port::local::memory::MemoryLocal;
use bowline_port::state::memory::MemoryState;
use bowline_steps::assets::{foreign, forge_failure};
use bowline_steps::build::frozen::{files_failure, state_failure};
use bowline_steps::files::git_failure;
use bowline_steps::registry;
use std::cell::OnceCell;
use std::sync::Arc;

/// What is settled before a run begins.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// `--yes`: nothing is asked, and local commits go out with the push.
    pub yes: bool,
    /// Whether something of this release is known to be public.
    pub public: bool,
    /// `--adopt`.
    pub adopt: bool,
    /// The local tag of another tool that the released one takes the place of.
    pub replaces_tag: Option<Oid>,
    /// The last stage to carry out; none: all of them.
    pub until: Option<Stage>,
    /// How long others may be waited for.
    pub patience: &'a Patience,
    /// Whether the plan is still the right one, asked with fresh facts when the lock was taken.
    pub still: &'a dyn Fn(&Facts) -> Result<bool, Failure>,
    /// `--branch`.
    pub branch: Option<&'a str>,
}

/// How running a plan ended.
pub enum Ended {
    /// As the result says.
    With(Box<ReleaseResult>),
    /// When the lock was taken the world had changed: another plan is due. Nothing is left of this one.
    Overtaken(Failure),
}

/// Whether facts show something of this plan's release in public.
pub fn is_public(facts: &Facts, plan: &Plan) -> bool {
    let ours = |marker: &Marker| plan.marker().ok().as_ref() == Some(marker);
    let begun = matches!(&facts.unfinished, Unfinished::Found(release) if ours(&release.marker) && (release.tag.is_some() || release.commit.is_some()));
    begun || facts.released.as_ref().is_some_and(|released| ours(&released.marker))
}

/// Runs a plan to its end, or as far as it gets.
pub fn run(
    session: &Session,
    workspace: &Workspace,
    doors: &Doors,
    plan: &Plan,
    terms: Terms<'_>,
) -> Result<Ended, Failure> {
    let job = Job::new(workspace, doors, plan)?;
    if let Some(line) = output::plan::beginning(plan, session.screen.style()) {
        session.screen.note(&line);
    }
    let consent = consent::ask(session, doors, plan, terms.yes)?;
    let _alone = locked::alone(doors, terms.patience)?;
    let schedule = documents::schedule(session, workspace, plan)?;
    let before = job.runs.get(&job.settings.run)?;
    job.runs.note(&job.record(RunState::Open)?)?;
    job.runs.keep_plan(&job.marker.plan, plan)?;
    let settings = Settings {
        push_local_commits: consent,
        build_env: build_environment(session),
        public: terms.public,
        adopt: terms.adopt,
        replaces_tag: terms.replaces_tag,
        ..job.settings.clone()
    };
    let gates = || job.closed_gates(&schedule, &settings);
    let tell = |waiting: &Failure| session.screen.note(&format!("Waiting: {}.", waiting.message));
    locked::wait_for_gates(doors, terms.patience, &gates, &tell);
    let journal = job.journal()?;
    let first_attempt = !journal.resumed();
    let engine = Engine { until: terms.until, ..job.engine(&schedule, &settings) };
    let taken: OnceCell<Taken> = OnceCell::new();
    let mut run = engine.begin(journal);
    if run.go_on(Some(Stage::Draft)) && terms.until.is_none_or(Stage::is_remote) {
        match job.lock(session, terms, run.is_public()) {
            Ok(found) => {
                let found = taken.get_or_init(|| found);
                run.hold(&found.lock);
                match &found.overtaken {
                    Some(failure) => run.stop(failure.clone()),
                    None => drop(run.look_again() && run.go_on(None)),
                }
            }
            Err(failure) => run.stop(failure),
        }
    }
    let end = run.end();
    let stands = stands(&end, terms.until);
    let kept = job.keep(before, first_attempt, &end, stands);
    let unlocked = taken.get().map_or(Ok(()), |taken| job.unlock(session, taken, &end, stands));
    // The world is what it is by now; a record that cannot be kept is found again by looking.
    for failure in [kept.err(), unlocked.err()].into_iter().flatten() {
        session.screen.warn(&format!("the state of the run could not be kept: {}", failure.message));
    }
    Ok(match taken.get().and_then(|taken| taken.overtaken.clone()) {
        Some(failure) if !report::undo_failed(&end) => Ended::Overtaken(failure),
        _ => Ended::With(Box::new(report::result(&job.settings.run, job.marker, plan, end, terms.until))),
    })
}

/// How a run stands that ended so.
fn stands(end: &RunEnd, until: Option<Stage>) -> RunState {
    match (&end.failure, end.public) {
        (None, _) if until.is_some_and(|until| until < Stage::Notify) => RunState::Open,
        (None, _) => RunState::Complete,
        // Everything was taken back: there is nothing to resume.
        (Some(failure), false) if !failure.kind.can_go_on() && !report::undo_failed(end) => RunState::Aborted,
        _ => RunState::Open,
    }
}

/// Does the duties that died runs of this repository left open, such as putting back files that a build had changed.
pub fn discharge_open(session: &Session, workspace: &Workspace, doors: &Doors, facts: &Facts) -> Result<(), Failure> {
    // A run that is alive does its own duties, and its journal is its own.
    let Some(_alone) = doors.local.lock().map_err(state_failure)? else { return Ok(()) };
    let runs = Runs::new(doors.local.clone(), doors.state.clone());
    for run in runs.all()?.into_iter().filter(|run| run.state == RunState::Open) {
        let Some(plan) = runs.own_plan(&run.marker.plan, &facts.repository)? else { continue };
        let job = Job::new(workspace, doors, &plan)?;
        let journal = job.journal()?;
        if journal.obligations().is_empty() {
            continue;
        }
        let schedule = documents::schedule(session, workspace, &plan)?;
        job.engine(&schedule, &job.settings).discharge(journal)?;
    }
    Ok(())
}

/// Marks a failure to look as one that happened after something public, when a run of this machine had begun a push:
/// then "nothing public happened" would be a guess.
pub fn blind(workspace: &Workspace, failure: Failure) -> Failure {
    if pushes_begun(workspace).unwrap_or(false) {
        failure.unknown().hint("then go on: bowline resume")
    } else {
        failure
    }
}

fn pushes_begun(workspace: &Workspace) -> Result<bool, Failure> {
    let doors = workspace.doors()?;
    // What this machine noted is enough, and can be read when nothing else can be.
    let runs = Runs::new(doors.local.clone(), Arc::new(MemoryState::default()));
    let registry = registry::all();
    for run in runs.all()?.into_iter().filter(|run| run.state == RunState::Open) {
        let header = Header { repository: workspace.repository.clone(), plan: run.marker.plan, run: run.run };
        let journal = Journal::open(doors.local.clone(), header)?;
        let sent = |entry: &Entry| entry.is_irreversible() && was_attempted(&journal, entry.meta().id);
        if registry.entries().iter().any(sent) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Asks every step whether it could act, and leaves nothing behind.
pub fn preflight(session: &Session, workspace: &Workspace, plan: &Plan) -> Result<(), Failure> {
    let doors = workspace.doors_with(Arc::new(MemoryLocal::default()), Arc::new(MemoryState::default()));
    let job = Job::new(workspace, &doors, plan)?;
    let schedule = documents::schedule(session, workspace, plan)?;
    job.engine(&schedule, &job.settings).preflight(job.journal()?)
}

/// Takes back what can be taken back of a plan, and closes its run. One that is public stays open: it can only be
/// completed.
pub fn abort(
    session: &Session,
    workspace: &Workspace,
    doors: &Doors,
    plan: &Plan,
    observe: &dyn Fn() -> Result<Facts, Failure>,
    patience: &Patience,
) -> Result<ReleaseResult, Failure> {
    let mut job = Job::new(workspace, doors, plan)?;
    let _alone = locked::alone(doors, patience)?;
    let lock = Locked::take(workspace, doors, &job.claim()?, None, patience)?;
    // Whoever held the lock until now may have pushed, or completed it.
    let facts = observe().inspect_err(|_| drop(lock.release(&job.runs, &[])))?;
    if choose::is_complete(&facts, &job.marker.plan) {
        job.settle()?;
        lock.release(&job.runs, &[job.record(RunState::Complete)?])?;
        let tag = bowline_steps::refs::package(plan)?.tag.clone();
        return Ok(report::nothing(&facts, format!("already released as {tag}"), false));
    }
    job.settings.public = is_public(&facts, plan);
    let schedule = documents::schedule(session, workspace, plan)?;
    let end = job.engine(&schedule, &job.settings).unwind_holding(job.journal()?, &lock);
    let stands = if end.failure.is_none() && !end.public { RunState::Aborted } else { RunState::Open };
    if stands == RunState::Aborted {
        job.close(stands)?;
    }
    let taken = Taken { lock, overtaken: None, over: Vec::new() };
    if let Err(failure) = job.unlock(session, &taken, &end, stands) {
        session.screen.warn(&format!("the lock could not be released: {}", failure.message));
    }
    Ok(report::aborted(&job.settings, job.marker, plan, end))
}

/// Removes the drafts that a newer head has replaced, when nothing else is to be done. Whoever is at work does it himself.
pub fn tidy_up(
    session: &Session,
    workspace: &Workspace,
    doors: &Doors,
    facts: &Facts,
    branch: Option<&str>,
) -> Result<(), Failure> {
    let Some(first) = facts.superseded.first() else { return Ok(()) };
    let channel = documents::compute(workspace, facts)?.plan.channel;
    let run = run_id(&first.marker.plan);
    let claim = Claim { channel, run, plan: first.marker.plan, tag: first.tag.clone() };
    let lock = match Locked::take(workspace, doors, &claim, None, &Patience::new(None)?) {
        Ok(lock) => lock,
        Err(failure) if failure.kind == FailureKind::Busy => return Ok(()),
        Err(failure) => return Err(failure),
    };
    let now = workspace.observe(session, branch, None);
    let removed = now.and_then(|facts| discard_superseded(session, doors, &facts, &lock));
    let known = removed.as_deref().unwrap_or_default();
    lock.release(&Runs::new(doors.local.clone(), doors.state.clone()), known)?;
    removed.map(drop)
}

/// Removes drafts that a newer head has replaced. A published release, or one whose references were pushed or may still
/// arrive, is never among them. The lock is held; returns the runs that are over by that.
fn discard_superseded(
    session: &Session,
    doors: &Doors,
    facts: &Facts,
    lock: &Locked,
) -> Result<Vec<RunRecord>, Failure> {
    remove_left_staging(session, doors, facts, lock)?;
    let mut over = Vec::new();
    if facts.superseded.is_empty() {
        return Ok(over);
    }
    let Drafts::Visible(drafts) = doors.forge.drafts().map_err(forge_failure)? else { return Ok(over) };
    let runs = Runs::new(doors.local.clone(), doors.state.clone());
    // A push that may still arrive finds its branch where it expects it only while that is at the head it was made for.
    let tip = facts.remote.as_ref().and_then(|remote| remote.tip);
    let may_arrive = |marker: &Marker| tip == Some(marker.head) && lock.may_arrive(&marker.plan);
    for old in facts.superseded.iter().filter(|old| !may_arrive(&old.marker)) {
        let Some(draft) = drafts.iter().find(|draft| draft.id == old.draft && draft.marker == Some(old.marker)) else {
            continue;
        };
        let theirs = foreign(doors.forge.as_ref(), draft).map_err(forge_failure)?;
        if !theirs.is_empty() {
            let (names, url) = (theirs.join(", "), &draft.url);
            session
                .screen
                .warn(&format!("the draft of {} stays, for somebody has put {names} into it: {url}", old.tag));
            continue;
        }
        // A look at everything may have taken longer than the lease.
        lock.confirm()?;
        doors.forge.delete_draft(draft).map_err(forge_failure)?;
        session.screen.note(&format!(
            "Removed the draft of {} for {}: a newer head has replaced it.",
            old.tag,
            old.marker.head.short()
        ));
        let run = run_id(&old.marker.plan);
        let record = RunRecord::new(run, old.marker, old.tag.clone(), RunState::Superseded, doors.clock.now());
        runs.note(&record)?;
        over.push(record);
    }
    Ok(over)
}

/// Removes branches on which the forge made a release commit and which nobody needs any more. One that cannot be removed is
/// named, and stops nothing. The lock is held.
fn remove_left_staging(session: &Session, doors: &Doors, facts: &Facts, lock: &Locked) -> Result<(), Failure> {
    let Some(commits) = doors.forge.commits() else { return Ok(()) };
    for branch in &facts.left_staging {
        lock.confirm()?;
        match commits.unstage(branch) {
            Ok(()) => session.screen.note(&format!("Removed {branch}: no release needs it any more.")),
            Err(error) => {
                session.screen.warn(&format!("{branch} is of no use any more and could not be removed: {error}"));
            }
        }
    }
    Ok(())
}

/// Runs that are open for heads which the present one has left behind, and of which nothing is left to complete: they
/// died before anything of them could be seen. The lock is held.
fn close_left_behind(doors: &Doors, facts: &Facts, ours: &str, over: &mut Vec<RunRecord>) -> Result<(), Failure> {
    let runs = Runs::new(doors.local.clone(), doors.state.clone());
    let open: Vec<RunRecord> = runs
        .all()?
        .into_iter()
        .filter(|run| run.state == RunState::Open && run.run != ours && over.iter().all(|known| known.run != run.run))
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let Drafts::Visible(drafts) = doors.forge.drafts().map_err(forge_failure)? else { return Ok(()) };
    for run in open {
        let head = run.marker.head;
        let has_something = drafts.iter().any(|draft| draft.marker == Some(run.marker))
            || facts.version_tags.iter().any(|tag| tag.name == run.tag)
            || matches!(&facts.unfinished, Unfinished::Found(release) if release.marker == run.marker);
        let git = &doors.git;
        let left_behind = head != facts.head.oid
            && git.has_object(head).map_err(git_failure)?
            && git.is_ancestor(head, facts.head.oid).map_err(git_failure)?;
        if left_behind && !has_something {
            let record = RunRecord::new(run.run, run.marker, run.tag, RunState::Superseded, doors.clock.now());
            runs.note(&record)?;
            over.push(record);
        }
    }
    Ok(())
}

/// Brings the checkout to a release that is complete already, when it stands at the planned head and holds no edits
/// of the user's in the files that would change.
pub fn sync_checkout(
    session: &Session,
    workspace: &Workspace,
    doors: &Doors,
    facts: &Facts,
    plan: &Plan,
) -> Result<(), Failure> {
    let job = Job::new(workspace, doors, plan)?;
    // Only the very objects that are public: the plan may come from where others can write.
    let expected = documents::objects(workspace, plan, job.marker)?;
    let released = facts.released.as_ref().map(|released| (released.commit, released.tag_object));
    if released.is_none() || released != expected {
        return Ok(());
    }
    let mut schedule = documents::schedule(session, workspace, plan)?;
    for step in schedule.iter_mut().filter(|step| !SYNC_STEPS.contains(&step.id.as_str())) {
        step.verdict = VerdictWord::Skip;
        step.reason = Some(SkipReason::NotApplicable { because: "the release is complete".to_owned() });
    }
    schedule.retain(|step: &ScheduledStep| step.verdict == VerdictWord::Run);
    let silent = bowline_model::event::Silent;
    let end = Engine { events: &silent, ..job.engine(&schedule, &job.settings) }.run(job.journal()?);
    match end.failure {
        None => job.settle(),
        // At the release already: edits since then are nobody's business but the user's.
        Some(_) if !at_planned_head(workspace, plan) => Ok(()),
        Some(failure) => {
            session.screen.warn(&format!("the checkout could not be brought to the release: {}", failure.message));
            Ok(())
        }
    }
}

/// Whether the release just made is what this head was to be released as.
pub fn is_at(facts: &Facts, plan: &Plan, result: &ReleaseResult) -> bool {
    let released = result.packages.iter().any(|package| package.commit == Some(facts.head.oid));
    plan.repository.head == facts.head.oid
        || released
        || matches!(&facts.remote, Some(remote) if matches!(remote.relation, RemoteRelation::OurRelease { .. }))
}

/// One plan with everything needed to run it.
struct Job<'a> {
    workspace: &'a Workspace,
    doors: &'a Doors,
    plan: &'a Plan,
    marker: Marker,
    runs: Runs,
    settings: Settings,
    registry: bowline_engine::Registry,
}

impl<'a> Job<'a> {
    fn new(workspace: &'a Workspace, doors: &'a Doors, plan: &'a Plan) -> Result<Self, Failure> {
        let marker = plan.marker().map_err(|error| Failure::from_error(FailureKind::Internal, "digest", &error))?;
        let run = run_id(&marker.plan);
        let scratch = doors.local.scratch().join(&run);
        Ok(Self {
            settings: documents::settings(workspace, &run, scratch),
            runs: Runs::new(doors.local.clone(), doors.state.clone()),
            registry: registry::all(),
            workspace,
            doors,
            plan,
            marker,
        })
    }

    fn engine<'e>(&'e self, schedule: &'e [ScheduledStep], settings: &'e Settings) -> Engine<'e> {
        Engine {
            registry: &self.registry,
            plan: self.plan,
            marker: self.marker,
            schedule,
            doors: self.doors,
            settings,
            events: self.workspace.events.as_ref(),
            interrupt: &Uninterrupted,
            until: None,
        }
    }

    /// Why gates are closed right now.
    fn closed_gates(&self, schedule: &[ScheduledStep], settings: &Settings) -> Vec<Failure> {
        let (readers, receipts) = (self.doors.readers(), Receipts::default());
        let look = Look {
            plan: self.plan,
            marker: self.marker,
            readers: &readers,
            settings,
            receipts: &receipts,
            public: settings.public,
            events: &Silent,
        };
        bowline_engine::schedule::gates(&self.registry, &look, schedule).1
    }

    fn journal(&self) -> Result<Journal, Failure> {
        let header = Header {
            repository: self.plan.repository.id.clone(),
            plan: self.marker.plan,
            run: self.settings.run.clone(),
        };
        Ok(Journal::open(self.doors.local.clone(), header)?)
    }

    fn claim(&self) -> Result<Claim, Failure> {
        Claim::of(self.plan, &self.settings.run, self.marker.plan)
            .ok_or_else(|| Failure::new(FailureKind::Internal, "empty_plan", "the plan releases nothing"))
    }

    /// Takes the lock and looks again: what was planned without it may not be due any more.
    fn lock(&self, session: &Session, terms: Terms<'_>, public: bool) -> Result<Taken, Failure> {
        let record = self.record(RunState::Open)?;
        let begun = Some((&record, self.plan));
        let lock = Locked::take(self.workspace, self.doors, &self.claim()?, begun, terms.patience)?;
        let again = || -> Result<(bool, Vec<RunRecord>), Failure> {
            let facts = self.workspace.observe(session, terms.branch, None)?;
            let mut over = Vec::new();
            // A promotion is of no newer head, so it replaces nothing.
            if self.plan.promotes.is_none() {
                over.extend(discard_superseded(session, self.doors, &facts, &lock)?);
                close_left_behind(self.doors, &facts, &self.settings.run, &mut over)?;
            }
            Ok((public || (terms.still)(&facts)?, over))
        };
        match again() {
            Ok((stands, over)) => Ok(Taken { lock, overtaken: (!stands).then(overtaken), over }),
            Err(failure) => {
                // Nothing was done under it yet; what cannot be released ends with its lease.
                let goes_on = public || failure.kind.can_go_on();
                let stands = self.record(if goes_on { RunState::Open } else { RunState::Aborted })?;
                let _ = lock.release(&self.runs, &[stands]);
                Err(failure)
            }
        }
    }

    /// Lets go of the lock, unless a push may still arrive: then only the end of the lease proves that it will not.
    fn unlock(&self, session: &Session, taken: &Taken, end: &RunEnd, stands: RunState) -> Result<(), Failure> {
        if end.failure.as_ref().is_some_and(|failure| failure.code == LOCK_LOST) {
            return Ok(());
        }
        if end.in_flight {
            let until = taken.lock.expires();
            session.screen.note(&format!("The lock stays until {until}: the push may still arrive."));
            return Ok(());
        }
        let mut known = taken.over.clone();
        known.push(self.record(stands)?);
        taken.lock.release(&self.runs, &known)
    }

    fn record(&self, state: RunState) -> Result<RunRecord, Failure> {
        let tag = bowline_steps::refs::package(self.plan)?.tag.clone();
        Ok(RunRecord::new(self.settings.run.clone(), self.marker, tag, state, self.doors.clock.now()))
    }

    /// The release is complete: a run of this machine that died before it could say so is over, also when another
    /// machine has completed it.
    fn settle(&self) -> Result<(), Failure> {
        match self.runs.get(&self.settings.run)? {
            Some(known) if known.state == RunState::Complete => {
                self.runs.note(&known)?;
                self.doors.files.remove_dir(&self.settings.scratch).map_err(files_failure)
            }
            Some(_) => self.close(RunState::Complete),
            None => Ok(()),
        }
    }

    /// Notes on this machine how the run stands. One that was refused before anything was done leaves what was known
    /// `before` as it was.
    fn keep(
        &self,
        before: Option<RunRecord>,
        first_attempt: bool,
        end: &RunEnd,
        stands: RunState,
    ) -> Result<(), Failure> {
        let refused = end.failure.as_ref().is_some_and(|failure| !failure.kind.can_go_on());
        let at_once = refused && !end.public && end.steps.iter().all(|step| step.stage == Stage::Gate);
        match before {
            Some(before) if at_once => Ok(self.runs.note(&before)?),
            None if at_once => self.forget(first_attempt),
            _ if stands == RunState::Complete => self.close(stands),
            _ => Ok(self.runs.note(&self.record(stands)?)?),
        }
    }

    /// The run never did anything: neither it nor the journal of a first attempt is worth keeping.
    fn forget(&self, first_attempt: bool) -> Result<(), Failure> {
        self.runs.forget(&self.settings.run)?;
        if first_attempt {
            self.doors.local.remove(&journal::key(&self.settings.run)).map_err(state_failure)?;
        }
        Ok(())
    }

    /// The run is over: its large private files go. They go first, because nobody looks for files of a run that is
    /// known to be over; files that cannot be removed keep no run open.
    fn close(&self, state: RunState) -> Result<(), Failure> {
        let removed = self.doors.files.remove_dir(&self.settings.scratch).map_err(files_failure);
        self.runs.note(&self.record(state)?)?;
        removed
    }
}

fn overtaken() -> Failure {
    Failure::new(
        FailureKind::Conflict,
        "overtaken",
        "another run has released meanwhile, and this plan is not due any more",
    )
    .hint("plan again: bowline plan")
}

/// The lock, and what looking again under it found.
struct Taken {
    lock: Locked,
    /// Why the plan is not due any more.
    overtaken: Option<Failure>,
    /// Runs that are over because a newer head has replaced them.
    over: Vec<RunRecord>,
}

fn at_planned_head(workspace: &Workspace, plan: &Plan) -> bool {
    let head = workspace.readers.git.head();
    matches!(head, Ok(Head::Branch(_, at) | Head::Detached(at)) if at == plan.repository.head)
}

const SYNC_STEPS: [&str; 3] = ["gate/tree", "commit/objects", "notify/checkout"];
