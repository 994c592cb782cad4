//! Which runs there are, how they ended, and the plans they execute.
//!
//! Every run is noted on this machine when it begins, and where other machines find it from the moment it takes the
//! lock. A plan is stored under its digest and believed only when its content has that digest, so a damaged copy is as
//! good as none. A copy of this machine was put there by this machine; one that others can write is [`Shared`], and
//! whoever uses it must ask whether it may decide what it decides.
//!
//! [`Shared`]: PlanCopy::Shared

use bowline_model::git::Marker;
use bowline_model::plan::{Plan, RepositoryId};
use bowline_model::release::{RUN_SCHEMA, RunRecord, RunState};
use bowline_model::text::one_line;
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::local::{LocalError, LocalStore};
use bowline_port::state::{Change, StateError, StateStore};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

/// The runs of one repository.
#[derive(Clone)]
pub struct Runs {
    local: Arc<dyn LocalStore>,
    shared: Arc<dyn StateStore>,
}

/// A plan, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanCopy {
    /// This machine kept it.
    Own(Plan),
    /// Others can write where it was.
    Shared(Plan),
}

/// Why the list of runs cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// This machine cannot keep it.
    #[error("the list of runs cannot be read or kept")]
    Local(#[from] LocalError),
    /// The shared store failed.
    #[error("the list of runs cannot be read or kept")]
    State(#[from] StateError),
    /// A record was written by a later version.
    #[error("run {run} was recorded by a newer version of Bowline ({schema})")]
    Newer {
        /// Which.
        run: String,
        /// What it calls itself.
        schema: String,
    },
    /// A value has no JSON form: a bug.
    #[error("a run record cannot be written")]
    Record(#[from] serde_json::Error),
}

impl From<RunsError> for Failure {
    fn from(error: RunsError) -> Self {
        match &error {
            RunsError::Local(_) => Self::from_error(FailureKind::Failed, "state_unavailable", &error)
                .hint("make the state folder readable and writable (BOWLINE_STATE_DIR names another one)"),
            RunsError::State(source) => state_failure_of(source, &error),
            RunsError::Newer { .. } => Self::from_error(FailureKind::Stuck, "state_newer", &error)
                .hint("use the version of Bowline that wrote it, or a later one"),
            RunsError::Record(_) => Self::from_error(FailureKind::Internal, "run_record", &error),
        }
    }
}

/// An error about shared state, shown as `shown`, as a failure before anything public happened.
pub fn state_failure_of(error: &StateError, shown: &dyn Error) -> Failure {
    match error {
        StateError::Key(_) => Failure::from_error(FailureKind::Internal, "state_key", shown),
        StateError::Conflict { .. } => Failure::from_error(FailureKind::Busy, "state_conflict", shown)
            .hint("somebody else works on the same release; run the same command again"),
        StateError::Refused { .. } => Failure::from_error(FailureKind::Missing, "state_refused", shown)
            .hint("let this identity write there")
            .hint("or keep state elsewhere: `backend = \"s3://…\"` under `[state]` in bowline.toml")
            .hint("or, where only references of its own kind are refused, in a branch: `backend = \"git-branch\"`"),
        StateError::Failed { .. } => Failure::from_error(FailureKind::Failed, "state_unavailable", shown)
            .hint("make it reachable and run the same command again"),
        StateError::Foreign { reference, remote, .. } => {
            Failure::from_error(FailureKind::Stuck, "state_foreign", shown)
                .hint(format!("see what it is: `git fetch {remote} {reference} && git show FETCH_HEAD`"))
                .hint(format!("if nobody needs it there, remove it and run again: `git push {remote} :{reference}`"))
        }
        StateError::Unknown { .. } => Failure::from_error(FailureKind::Failed, "state_silent", shown)
            .hint("run the same command again: it looks whether the change was made"),
        StateError::Lies { .. } => Failure::from_error(FailureKind::Failed, "state_lost", shown)
            .hint("this store acknowledges what it does not keep; keep state elsewhere: `backend` under `[state]`"),
    }
}

/// The id of the run that executes the plan with this digest: the same plan is the same run, wherever it goes on.
pub fn run_id(plan: &Digest) -> String {
    plan.hex().chars().take(16).collect()
}

impl Runs {
    /// The runs noted in `local` and kept in `shared`.
    pub fn new(local: Arc<dyn LocalStore>, shared: Arc<dyn StateStore>) -> Self {
        Self { local, shared }
    }

    /// All runs that can be read, by id. What is shared counts more than what this machine noted: another machine may
    /// have gone on.
    pub fn all(&self) -> Result<Vec<RunRecord>, RunsError> {
        let mut runs = BTreeMap::new();
        for key in self.local.list(FOLDER)? {
            if let Some(bytes) = self.local.get(&key)? {
                runs.extend(parse(&key, &bytes)?.map(|run| (run.run.clone(), run)));
            }
        }
        for (key, found) in self.shared.read(FOLDER)? {
            runs.extend(parse(&key, &found.value)?.map(|run| (run.run.clone(), run)));
        }
        Ok(runs.into_values().collect())
    }

    /// What is known about one run.
    pub fn get(&self, run: &str) -> Result<Option<RunRecord>, RunsError> {
        let key = key(run);
        if let Some(found) = self.shared.get(&key)?
            && let Some(record) = parse(&key, &found.value)?
        {
            return Ok(Some(record));
        }
        match self.local.get(&key)? {
            Some(bytes) => parse(&key, &bytes),
            None => Ok(None),
        }
    }

    /// The plans that state calls complete. What was taken back here may have been taken up elsewhere since: if any of it
    /// is there again, it is unfinished.
    pub fn closed(&self) -> Result<Vec<Marker>, RunsError> {
        Ok(self.all()?.into_iter().filter(|run| run.state == RunState::Complete).map(|run| run.marker).collect())
    }

    /// Forgets, on this machine, a run that never did anything.
    pub fn forget(&self, run: &str) -> Result<(), RunsError> {
        Ok(self.local.remove(&key(run))?)
    }

    /// Notes on this machine what is known about a run.
    pub fn note(&self, record: &RunRecord) -> Result<(), RunsError> {
        Ok(self.local.put(&key(&record.run), &serde_json::to_vec_pretty(record)?)?)
    }

    /// Keeps a plan under its digest, on this machine.
    pub fn keep_plan(&self, id: &Digest, plan: &Plan) -> Result<(), RunsError> {
        Ok(self.local.put(&plan_key(id), &serde_json::to_vec_pretty(plan)?)?)
    }

    /// The changes that share what is known about a run, and its plan when it is not shared yet; made by whoever holds
    /// the lock.
    pub fn sharing(&self, record: &RunRecord, plan: Option<&Plan>) -> Result<Vec<Change>, RunsError> {
        let mut changes = Vec::new();
        let plan_key = plan_key(&record.marker.plan);
        if let Some(plan) = plan {
            let bytes = serde_json::to_vec_pretty(plan)?;
            let found = self.shared.get(&plan_key)?;
            if found.as_ref().is_none_or(|found| found.value != bytes) {
                changes.push(Change::update(plan_key, found.map(|found| found.version), bytes));
            }
        }
        let (key, bytes) = (key(&record.run), serde_json::to_vec_pretty(record)?);
        let found = self.shared.get(&key)?;
        // What is complete is not begun again: whoever looks once more only makes sure.
        let known = found.as_ref().map(|found| parse(&key, &found.value)).transpose()?.flatten();
        if record.state == RunState::Open && known.is_some_and(|known| known.state == RunState::Complete) {
            return Ok(changes);
        }
        if found.as_ref().is_none_or(|found| found.value != bytes) {
            changes.push(Change::update(key, found.map(|found| found.version), bytes));
        }
        Ok(changes)
    }

    /// Forgets, where it is shared, what is long over: only the newest release is ever looked at, and a store of
    /// references must not grow for ever.
    pub fn forget_old(&self) -> Result<(), RunsError> {
        let changes = self.forgetting()?;
        if !changes.is_empty() {
            self.shared.swap(&changes)?;
        }
        Ok(())
    }

    fn forgetting(&self) -> Result<Vec<Change>, RunsError> {
        let mut over = Vec::new();
        for (key, found) in self.shared.read(FOLDER)? {
            if let Some(record) = parse(&key, &found.value)?
                && let Some(ended) = record.ended
            {
                over.push((ended, key, found.version, plan_key(&record.marker.plan)));
            }
        }
        over.sort_by_key(|(ended, ..)| std::cmp::Reverse(*ended));
        let mut changes: Vec<Change> = Vec::new();
        for (_, key, version, plan) in over.into_iter().skip(KEPT) {
            changes.push(Change::remove(key, version));
            // Nothing may be changed twice at once.
            if !changes.iter().any(|change| change.key == plan) {
                changes.extend(self.shared.get(&plan)?.map(|found| Change::remove(plan, found.version)));
            }
        }
        Ok(changes)
    }

    /// The plan with this digest, when a copy is here or shared, whole, and of this repository.
    pub fn plan(&self, id: &Digest, repository: &RepositoryId) -> Result<Option<PlanCopy>, RunsError> {
        let key = plan_key(id);
        let own = self.local.get(&key)?.and_then(|bytes| trusted_plan(&bytes, id, repository));
        if let Some(plan) = own {
            return Ok(Some(PlanCopy::Own(plan)));
        }
        let shared = self.shared.get(&key)?.and_then(|found| trusted_plan(&found.value, id, repository));
        Ok(shared.map(PlanCopy::Shared))
    }

    /// The plan with this digest, when this machine kept it.
    pub fn own_plan(&self, id: &Digest, repository: &RepositoryId) -> Result<Option<Plan>, RunsError> {
        Ok(self.local.get(&plan_key(id))?.and_then(|bytes| trusted_plan(&bytes, id, repository)))
    }

    /// Digests of all plans kept on this machine, for completing a digest from its beginning.
    pub fn plans(&self) -> Result<Vec<Digest>, RunsError> {
        let hex = |key: &str| key.strip_prefix("plans/")?.strip_suffix(".json").map(|hex| format!("sha256:{hex}"));
        Ok(self.local.list("plans/")?.iter().filter_map(|key| hex(key)?.parse().ok()).collect())
    }
}

/// `bytes` as a plan, when it has exactly the digest and is about exactly the repository it is taken for.
pub fn trusted_plan(bytes: &[u8], id: &Digest, repository: &RepositoryId) -> Option<Plan> {
    let plan: Plan = serde_json::from_slice(bytes).ok()?;
    (plan.digest().ok()? == *id && plan.repository.id == *repository).then_some(plan)
}

/// What a document calls itself, when it says so.
pub(crate) fn schema_of(bytes: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    Some(one_line(value.get("schema")?.as_str()?, 60).into_owned())
}

/// A damaged record is the same as a lost one: the run is found again at the remote. So is one that is not about the run
/// that its key names, or names another plan than that run has; whoever may push may have written it, and what is left of
/// it has no text that is not checked. One of a later version is neither.
fn parse(key: &str, bytes: &[u8]) -> Result<Option<RunRecord>, RunsError> {
    match schema_of(bytes).filter(|schema| schema.starts_with("bowline/run/") && schema != RUN_SCHEMA) {
        Some(schema) => {
            Err(RunsError::Newer { run: one_line(key.trim_start_matches(FOLDER), 60).into_owned(), schema })
        }
        None => Ok(serde_json::from_slice(bytes).ok().filter(|record: &RunRecord| {
            record.schema == RUN_SCHEMA && record.run == run_id(&record.marker.plan) && self::key(&record.run) == key
        })),
    }
}

fn key(run: &str) -> String {
    format!("{FOLDER}{run}.json")
}

fn plan_key(id: &Digest) -> String {
    format!("plans/{}.json", id.hex())
}

const FOLDER: &str = "runs/";
/// Runs that are over and stay on record where others see them.
const KEPT: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::git::TagName;
    use bowline_model::{Oid, Timestamp};
    use bowline_port::local::memory::MemoryLocal;
    use bowline_port::state::memory::MemoryState;

    fn record(n: i64, state: RunState) -> RunRecord {
        let marker = Marker { plan: Digest::of(n.to_string().as_bytes()), head: Oid::from_hex(&[b'a'; 40]).unwrap() };
        let tag = TagName::new(format!("v1.0.{n}")).unwrap();
        RunRecord::new(run_id(&marker.plan), marker, tag, state, Timestamp::from_unix(n).unwrap())
    }

    fn runs() -> (Arc<MemoryState>, Runs) {
        let shared = Arc::new(MemoryState::default());
        (shared.clone(), Runs::new(Arc::new(MemoryLocal::default()), shared))
    }

    #[test]
    fn what_others_share_counts_more_than_what_was_noted_here() {
        let (shared, runs) = runs();
        runs.note(&record(1, RunState::Open)).unwrap();
        assert_eq!(runs.all().unwrap(), [record(1, RunState::Open)]);
        shared.swap(&runs.sharing(&record(1, RunState::Complete), None).unwrap()).unwrap();
        assert_eq!(runs.all().unwrap(), [record(1, RunState::Complete)]);
        assert_eq!(runs.get(&record(1, RunState::Open).run).unwrap(), Some(record(1, RunState::Complete)));
        assert_eq!(runs.sharing(&record(1, RunState::Complete), None).unwrap(), [], "shared already");
    }

    #[test]
    fn a_record_of_a_newer_version_stops_and_a_damaged_one_is_as_good_as_none() {
        let (shared, runs) = runs();
        shared.swap(&[Change::create("runs/a.json", "{"), Change::create("runs/b.json", "{\"run\":1}")]).unwrap();
        assert_eq!(runs.all().unwrap(), []);
        // Not the run of its plan, and not the run of its key.
        let mut other = record(1, RunState::Complete);
        other.run = "\u{1b}[2J".to_owned();
        shared.swap(&[Change::create("runs/e.json", serde_json::to_vec(&other).unwrap())]).unwrap();
        let whole = serde_json::to_vec(&record(2, RunState::Complete)).unwrap();
        shared.swap(&[Change::create("runs/f.json", whole.clone())]).unwrap();
        assert_eq!(runs.all().unwrap(), []);
        shared.swap(&[Change::create(key(&record(2, RunState::Complete).run), whole)]).unwrap();
        assert_eq!(runs.all().unwrap(), [record(2, RunState::Complete)]);
        shared.swap(&[Change::create("runs/c.json", "{\"schema\":\"bowline/run/v2\"}")]).unwrap();
        let failure: Failure = runs.all().unwrap_err().into();
        assert_eq!((failure.code.as_str(), failure.kind.exit_code(false)), ("state_newer", 22));
    }

    #[test]
    fn only_what_is_long_over_is_forgotten() {
        let (shared, runs) = runs();
        let most = i64::try_from(KEPT).unwrap() + 3;
        for n in 1..=most {
            let state = if n == 1 { RunState::Open } else { RunState::Complete };
            shared.swap(&runs.sharing(&record(n, state), None).unwrap()).unwrap();
        }
        let plan = plan_key(&record(2, RunState::Complete).marker.plan);
        shared.swap(&[Change::create(plan.clone(), "a plan")]).unwrap();
        let changes = runs.forgetting().unwrap();
        let keys: Vec<&str> = changes.iter().map(|change| change.key.as_str()).collect();
        let run = |n| key(&record(n, RunState::Complete).run);
        assert_eq!(keys, [run(3).as_str(), run(2).as_str(), plan.as_str()], "the open one stays");
        shared.swap(&changes).unwrap();
        assert_eq!(runs.forgetting().unwrap(), []);
    }
}
