//! Running a plan with everything around it: consent, records, journal, result.

use super::report;
use crate::documents;
use crate::session::Session;
use crate::workspace::{Workspace, build_environment};
use bowline_engine::run::was_attempted;
use bowline_engine::{Engine, Entry, Settings, Uninterrupted};
use bowline_ledger::journal::{self, Header, Journal};
use bowline_ledger::runs::{Runs, run_id};
use bowline_model::facts::{Facts, RemoteRelation, Unfinished};
use bowline_model::git::Marker;
use bowline_model::plan::Plan;
use bowline_model::release::{ReleaseResult, RunRecord, RunState};
use bowline_model::step::{ScheduledStep, SkipReason, Stage, VerdictWord};
use bowline_model::{Failure, FailureKind};
use bowline_port::Doors;
use bowline_port::forge::Drafts;
use bowline_port::git::Head;
use bowline_port::local::memory::MemoryLocal;
use bowline_port::state::memory::MemoryState;
use bowline_steps::assets::forge_failure;
use bowline_steps::build::frozen::{files_failure, state_failure};
use bowline_steps::registry;
use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;

/// What is settled before a run begins.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// `--yes`: nothing is asked, and local commits go out with the push.
    pub yes: bool,
    /// Whether something of this release is known to be public.
    pub public: bool,
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
    Terms { yes, public }: Terms,
) -> Result<ReleaseResult, Failure> {
    let job = Job::new(workspace, doors, plan)?;
    if let Some(package) = plan.packages.first() {
        session.screen.note(&format!(
            "Releasing {} from {} at {}",
            crate::output::plan::headline(package, session.screen.style()),
            plan.repository.branch,
            plan.repository.head.short()
        ));
    }
    let consent = consent(session, plan, yes)?;
    let _lock = lock(doors)?;
    let schedule = documents::schedule(session, plan)?;
    let before = job.runs.get(&job.settings.run)?;
    job.record(RunState::Open)?;
    job.runs.keep_plan(&job.marker.plan, plan)?;
    let settings =
        Settings { push_local_commits: consent, build_env: build_environment(session), public, ..job.settings.clone() };
    let journal = job.journal()?;
    let first_attempt = !journal.resumed();
    let end = job.engine(&schedule, &settings).run(journal);
    let kept = match (&end.failure, end.public) {
        (None, _) => job.close(RunState::Complete),
        // Refused before anything was done: what an earlier attempt left is as it was.
        (Some(_), false) if end.steps.iter().all(|step| step.stage == Stage::Gate) => match before {
            Some(before) => job.runs.keep(&before).map_err(Failure::from),
            None => job.forget(first_attempt),
        },
        // Everything was taken back: there is nothing to resume.
        (Some(_), false) if !report::undo_failed(&end) => job.record(RunState::Aborted),
        _ => Ok(()),
    };
    // The world is what it is by now; a record that cannot be kept is found again by looking.
    if let Err(failure) = kept {
        session.screen.warn(&format!("the state of the run could not be kept: {}", failure.message));
    }
    Ok(report::result(&job.settings.run, job.marker, plan, end))
}

/// Only one process of this machine works on a repository's releases at a time.
fn lock(doors: &Doors) -> Result<Box<dyn Send>, Failure> {
    let held = doors.local.lock().map_err(state_failure)?;
    held.ok_or_else(|| {
        Failure::new(FailureKind::Busy, "busy", "another process on this machine is releasing this repository")
            .hint("run the same command again when it has ended; `bowline status` shows what it did")
    })
}

/// Does the duties that died runs of this repository left open, such as putting back files that a build had changed.
pub fn discharge_open(session: &Session, workspace: &Workspace, doors: &Doors, facts: &Facts) -> Result<(), Failure> {
    let runs = Runs::new(doors.local.clone());
    for run in runs.all()?.into_iter().filter(|run| run.state == RunState::Open) {
        let Some(plan) = runs.plan(&run.marker.plan, &facts.repository)? else { continue };
        let job = Job::new(workspace, doors, &plan)?;
        let journal = job.journal()?;
        // A run that is alive does its own duties.
        if journal.obligations().is_empty() || doors.local.lock().map_err(state_failure)?.is_none() {
            continue;
        }
        let schedule = documents::schedule(session, &plan)?;
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
    let Some(runs) = workspace.runs()? else { return Ok(false) };
    let doors = workspace.doors()?;
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
    let schedule = documents::schedule(session, plan)?;
    job.engine(&schedule, &job.settings).preflight(job.journal()?)
}

/// Takes back what can be taken back of a plan, and closes its run. One that is public stays open: it can only be
/// completed.
pub fn abort(
    session: &Session,
    workspace: &Workspace,
    doors: &Doors,
    plan: &Plan,
    public: bool,
) -> Result<ReleaseResult, Failure> {
    let mut job = Job::new(workspace, doors, plan)?;
    job.settings.public = public;
    let _lock = lock(doors)?;
    let schedule = documents::schedule(session, plan)?;
    let end = job.engine(&schedule, &job.settings).unwind(job.journal()?);
    if end.failure.is_none() && !end.public {
        job.close(RunState::Aborted)?;
    }
    Ok(report::aborted(&job.settings, job.marker, plan, end))
}

/// Removes drafts that a newer head has replaced. A published release, or one whose references were pushed, is never
/// among them.
pub fn discard_superseded(
    session: &Session,
    workspace: &Workspace,
    doors: &Doors,
    facts: &Facts,
) -> Result<(), Failure> {
    if facts.superseded.is_empty() {
        return Ok(());
    }
    let Drafts::Visible(drafts) = doors.forge.drafts().map_err(forge_failure)? else { return Ok(()) };
    for old in &facts.superseded {
        let Some(draft) = drafts.iter().find(|draft| draft.id == old.draft && draft.marker == Some(old.marker)) else {
            continue;
        };
        doors.forge.delete_draft(draft).map_err(forge_failure)?;
        session.screen.note(&format!(
            "Removed the draft of {} for {}: a newer head has replaced it.",
            old.tag,
            old.marker.head.short()
        ));
        if let Some(runs) = workspace.runs()? {
            let run = run_id(&old.marker.plan);
            runs.keep(&RunRecord { run, marker: old.marker, tag: old.tag.clone(), state: RunState::Superseded })?;
        }
    }
    Ok(())
}

/// Brings the checkout to a release that is complete already, when it stands at the planned head and holds no edits
/// of the user's in the files that would change.
pub fn sync_checkout(session: &Session, workspace: &Workspace, doors: &Doors, plan: &Plan) -> Result<(), Failure> {
    let job = Job::new(workspace, doors, plan)?;
    let mut schedule = documents::schedule(session, plan)?;
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
            runs: Runs::new(doors.local.clone()),
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
        }
    }

    fn journal(&self) -> Result<Journal, Failure> {
        let header = Header {
            repository: self.plan.repository.id.clone(),
            plan: self.marker.plan,
            run: self.settings.run.clone(),
        };
        Ok(Journal::open(self.doors.local.clone(), header)?)
    }

    fn record(&self, state: RunState) -> Result<(), Failure> {
        let tag = bowline_steps::refs::package(self.plan)?.tag.clone();
        Ok(self.runs.keep(&RunRecord { run: self.settings.run.clone(), marker: self.marker, tag, state })?)
    }

    /// The release is complete: a run of this machine that died before it could say so is over.
    fn settle(&self) -> Result<(), Failure> {
        match self.runs.get(&self.settings.run)? {
            Some(known) if known.state != RunState::Complete => self.close(RunState::Complete),
            _ => Ok(()),
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

    /// The run is over: its large private files go.
    fn close(&self, state: RunState) -> Result<(), Failure> {
        self.record(state)?;
        self.doors.files.remove_dir(&self.settings.scratch).map_err(files_failure)
    }
}

/// Asks once, and only a person at a terminal. Returns whether local commits may go out with the push.
fn consent(session: &Session, plan: &Plan, yes: bool) -> Result<bool, Failure> {
    let interactive = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if yes {
        return Ok(true);
    }
    if session.screen.is_json() || session.environment.is_ci() || !interactive {
        return Ok(false);
    }
    let tags = plan.packages.iter().map(|package| package.tag.to_string()).collect::<Vec<_>>().join(", ");
    let mut err = std::io::stderr().lock();
    // A terminal that cannot be written to gets no answer either.
    let _ = write!(err, "Release {tags} (local commits go out with it)? [y/N] ");
    let _ = err.flush();
    drop(err);
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(true);
    }
    Err(Failure::new(FailureKind::Refused, "not_confirmed", "the release was not confirmed; nothing was changed")
        .hint("answer y, or use --yes"))
}

fn at_planned_head(workspace: &Workspace, plan: &Plan) -> bool {
    let head = workspace.readers.git.head();
    matches!(head, Ok(Head::Branch(_, at) | Head::Detached(at)) if at == plan.repository.head)
}

const SYNC_STEPS: [&str; 3] = ["gate/tree", "commit/objects", "notify/checkout"];
