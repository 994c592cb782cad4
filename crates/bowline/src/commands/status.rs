//! `bowline status`: runs that are open or over, what is public, what is missing.

use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::Flags;
use bowline_ledger::lock::Standing;
use bowline_model::Failure;
use bowline_model::facts::{Facts, ReleasedFact, SupersededDraft, Unfinished, UnfinishedRelease};
use bowline_model::plan::RepositoryId;
use bowline_model::release::lock::LockRecord;
use bowline_model::release::{RunRecord, RunState};
use bowline_model::text::visible;
use schemars::JsonSchema;
use serde::Serialize;

/// What `bowline status --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatusDocument {
    /// Always `bowline/status/v1`.
    pub schema: String,
    /// The repository.
    pub repository: RepositoryId,
    /// The highest released version that the head contains.
    pub current: Option<String>,
    /// The complete release that the head belongs to.
    pub released: Option<ReleasedFact>,
    /// A release that is not complete: an object, null, or `"unknown"`.
    pub unfinished: serde_json::Value,
    /// Drafts that newer heads have replaced.
    pub superseded: Vec<SupersededDraft>,
    /// The runs that state knows: this machine's, and those that are shared.
    pub runs: Vec<RunRecord>,
    /// The locks that are held.
    pub locks: Vec<HeldLock>,
}

/// A lock that is held.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HeldLock {
    /// Who holds it.
    #[serde(flatten)]
    pub record: LockRecord,
    /// Whether its holder is at work.
    pub holder: Holder,
}

/// What is known about the holder of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    /// At work, as far as can be told.
    Working,
    /// Dead, and whoever runs here next goes on in its place.
    Dead,
    /// Away for longer than its lease.
    Expired,
}

impl HeldLock {
    fn of(standing: Standing) -> Option<Self> {
        Some(match standing {
            Standing::Free => return None,
            Standing::Busy(record) => Self { record, holder: Holder::Working },
            Standing::Ours(record) => Self { record, holder: Holder::Dead },
            Standing::Expired(record) => Self { record, holder: Holder::Expired },
        })
    }

    fn text(&self) -> String {
        let LockRecord { tag, acquired, expires, owner, .. } = &self.record;
        let who = visible(&owner.name);
        match self.holder {
            Holder::Working => format!("{who} is releasing {tag} since {acquired}, until {expires} unless renewed"),
            Holder::Dead => format!("{who} was releasing {tag} and has died; the next run here goes on at once"),
            Holder::Expired => format!("{who} was releasing {tag}; its lease ran out at {expires}"),
        }
    }
}

/// Shows the status.
pub fn run(session: &Session) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, Flags::default())?;
    let facts = workspace.observe(session, None, None)?;
    let mut runs = workspace.runs()?.all()?;
    // What is open first, then the newest.
    runs.sort_by_key(|run| (run.state != RunState::Open, std::cmp::Reverse(run.ended), run.run.clone()));
    let locks: Vec<HeldLock> = workspace.locks_seen()?.all()?.into_iter().filter_map(HeldLock::of).collect();
    session.screen.text(&text(&facts, &runs, &locks));
    session.screen.document(&StatusDocument {
        schema: "bowline/status/v1".to_owned(),
        repository: facts.repository.clone(),
        current: facts.current.as_ref().map(|tag| tag.name.to_string()),
        unfinished: match &facts.unfinished {
            Unfinished::None => serde_json::Value::Null,
            Unfinished::Unknown => "unknown".into(),
            Unfinished::Found(release) => serde_json::to_value(release).unwrap_or_default(),
        },
        released: facts.released,
        superseded: facts.superseded,
        runs,
        locks,
    });
    Ok(0)
}

fn text(facts: &Facts, runs: &[RunRecord], locks: &[HeldLock]) -> String {
    let mut out = format!("{} on {}\n", facts.repository, facts.branch);
    match (&facts.released, &facts.current) {
        (Some(released), _) => out.push_str(&format!(
            "  public      {} at {} ({})\n",
            released.tag,
            released.commit.short(),
            visible(&released.url)
        )),
        (None, Some(tag)) => out.push_str(&format!("  newest tag  {} at {}\n", tag.name, tag.commit.short())),
        (None, None) => out.push_str("  newest tag  none\n"),
    }
    match &facts.unfinished {
        Unfinished::None => {}
        Unfinished::Unknown => out.push_str("  unfinished  cannot be seen from here\n"),
        Unfinished::Found(release) => {
            let plan = format!("plan {}", release.marker.plan.short());
            let what = release.tag.as_ref().map_or(plan, ToString::to_string);
            out.push_str(&format!("  unfinished  {what}, missing: {}\n", visible(&release.missing)));
            for (part, stands) in parts(release) {
                out.push_str(&format!("    {part:9} {}\n", visible(&stands)));
            }
            out.push_str(match &release.tag {
                Some(_) => "              go on with `bowline resume`\n",
                None => "              go on with `bowline resume`, or take it back with `bowline abort`\n",
            });
        }
    }
    for old in &facts.superseded {
        out.push_str(&format!("  superseded  draft of {} for {}\n", old.tag, old.marker.head.short()));
    }
    for lock in locks {
        out.push_str(&format!("  lock        {}\n", lock.text()));
    }
    for run in runs.iter().take(SHOWN) {
        let state = match run.state {
            RunState::Open => "open",
            RunState::Complete => "complete",
            RunState::Aborted => "taken back",
            RunState::Superseded => "superseded",
        };
        out.push_str(&format!("  run {}  {state}, {}\n", visible(&run.run), run.tag));
    }
    if let Some(more) = runs.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        out.push_str(&format!("  and {more} more that are over\n"));
    }
    out
}

/// How far each part of an unfinished release has come.
fn parts(release: &UnfinishedRelease) -> Vec<(&'static str, String)> {
    let mut parts = Vec::new();
    if let Some(commit) = release.commit {
        parts.push(("commit", format!("public, {}", commit.short())));
    }
    parts.push(("tag", release.tag.as_ref().map_or("missing".to_owned(), |tag| format!("public, {tag}"))));
    parts.push(("release", if release.draft.is_some() { "a draft that nobody sees" } else { "missing" }.to_owned()));
    parts
}

/// Runs that are listed for people; the document has all of them.
const SHOWN: usize = 10;
