//! `bowline status`: runs that are open or over, what is public, what is missing.

use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::Flags;
use bowline_model::Failure;
use bowline_model::facts::{Facts, ReleasedFact, SupersededDraft, Unfinished};
use bowline_model::plan::RepositoryId;
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
    /// The runs that this machine knows.
    pub runs: Vec<RunRecord>,
}

/// Shows the status.
pub fn run(session: &Session) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, Flags::default())?;
    let facts = workspace.observe(session, None, None)?;
    let runs = workspace.runs()?.all()?;
    let locks = workspace.locks_seen()?.all()?;
    session.screen.text(&text(&facts, &runs));
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
    });
    Ok(0)
}

fn text(facts: &Facts, runs: &[RunRecord]) -> String {
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
            let what = release
                .tag
                .as_ref()
                .map_or_else(|| format!("plan {}", release.marker.plan.short()), ToString::to_string);
            out.push_str(&format!("  unfinished  {what}, missing: {}\n", visible(&release.missing)));
            out.push_str(match &release.tag {
                Some(_) => "              go on with `bowline resume`\n",
                None => "              go on with `bowline resume`, or take it back with `bowline abort`\n",
            });
        }
    }
    for old in &facts.superseded {
        out.push_str(&format!("  superseded  draft of {} for {}\n", old.tag, old.marker.head.short()));
    }
    for run in runs {
        let state = match run.state {
            RunState::Open => "open",
            RunState::Complete => "complete",
            RunState::Aborted => "taken back",
            RunState::Superseded => "superseded",
        };
        out.push_str(&format!("  run {}  {state}, {}\n", run.run, run.tag));
    }
    out
}
