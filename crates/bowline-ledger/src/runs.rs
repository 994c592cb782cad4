//! Which runs there are, how they ended, and the plans they execute.
//!
//! A plan is stored under its digest and believed only when its content has that digest, so a planted or damaged
//! copy is as good as none.

use bowline_model::git::Marker;
use bowline_model::plan::{Plan, RepositoryId};
use bowline_model::release::{RunRecord, RunState};
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::local::{LocalError, LocalStore};
use std::sync::Arc;

/// The runs of one repository.
#[derive(Clone)]
pub struct Runs {
    store: Arc<dyn LocalStore>,
}

/// Why the list of runs cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// The store failed.
    #[error("the list of runs cannot be read or kept")]
    State(#[from] LocalError),
    /// A value has no JSON form: a bug.
    #[error("a run record cannot be written")]
    Record(#[from] serde_json::Error),
}

impl From<RunsError> for Failure {
    fn from(error: RunsError) -> Self {
        match error {
            RunsError::State(_) => Self::from_error(FailureKind::Failed, "state_unavailable", &error)
                .hint("make the state folder readable and writable (BOWLINE_STATE_DIR names another one)"),
            RunsError::Record(_) => Self::from_error(FailureKind::Internal, "run_record", &error),
        }
    }
}

/// The id of the run that executes the plan with this digest: the same plan is the same run, wherever it goes on.
pub fn run_id(plan: &Digest) -> String {
    plan.hex().chars().take(16).collect()
}

impl Runs {
    /// The runs kept in `store`.
    pub fn new(store: Arc<dyn LocalStore>) -> Self {
        Self { store }
    }

    /// All runs that can be read, by id.
    pub fn all(&self) -> Result<Vec<RunRecord>, RunsError> {
        let mut runs = Vec::new();
        for key in self.store.list("runs/")? {
            if let Some(bytes) = self.store.get(&key)? {
                // A damaged record is the same as a lost one: the run is found again at the remote.
                runs.extend(serde_json::from_slice::<RunRecord>(&bytes));
            }
        }
        Ok(runs)
    }

    /// What is known about one run.
    pub fn get(&self, run: &str) -> Result<Option<RunRecord>, RunsError> {
        let bytes = self.store.get(&key(run))?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Forgets a run that never did anything.
    pub fn forget(&self, run: &str) -> Result<(), RunsError> {
        Ok(self.store.remove(&key(run))?)
    }

    /// The plans that state calls complete. What was taken back here may have been taken up elsewhere since: if any of it
    /// is there again, it is unfinished.
    pub fn closed(&self) -> Result<Vec<Marker>, RunsError> {
        Ok(self.all()?.into_iter().filter(|run| run.state == RunState::Complete).map(|run| run.marker).collect())
    }

    /// Keeps what is known about a run.
    pub fn keep(&self, record: &RunRecord) -> Result<(), RunsError> {
        self.store.put(&key(&record.run), &serde_json::to_vec_pretty(record)?)?;
        Ok(())
    }

    /// Keeps a plan under its digest.
    pub fn keep_plan(&self, id: &Digest, plan: &Plan) -> Result<(), RunsError> {
        self.store.put(&plan_key(id), &serde_json::to_vec_pretty(plan)?)?;
        Ok(())
    }

    /// The plan with this digest, when a copy is here, whole, and of this repository.
    pub fn plan(&self, id: &Digest, repository: &RepositoryId) -> Result<Option<Plan>, RunsError> {
        let Some(bytes) = self.store.get(&plan_key(id))? else { return Ok(None) };
        Ok(trusted_plan(&bytes, id, repository))
    }

    /// Digests of all plans kept here, for completing a digest from its beginning.
    pub fn plans(&self) -> Result<Vec<Digest>, RunsError> {
        let hex = |key: &str| key.strip_prefix("plans/")?.strip_suffix(".json").map(|hex| format!("sha256:{hex}"));
        Ok(self.store.list("plans/")?.iter().filter_map(|key| hex(key)?.parse().ok()).collect())
    }
}

/// `bytes` as a plan, when it has exactly the digest and is about exactly the repository it is taken for.
pub fn trusted_plan(bytes: &[u8], id: &Digest, repository: &RepositoryId) -> Option<Plan> {
    let plan: Plan = serde_json::from_slice(bytes).ok()?;
    (plan.digest().ok()? == *id && plan.repository.id == *repository).then_some(plan)
}

fn key(run: &str) -> String {
    format!("runs/{run}.json")
}

fn plan_key(id: &Digest) -> String {
    format!("plans/{}.json", id.hex())
}
