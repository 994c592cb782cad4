//! `bowline notes`: the release notes rendered without releasing.

use super::changelog;
use crate::args::{NotesArgs, PlanArgs};
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_model::Failure;
use bowline_plan::render::Content;
use schemars::JsonSchema;
use serde::Serialize;

/// What `bowline notes --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NotesDocument {
    /// Always `bowline/notes/v1`.
    pub schema: String,
    /// The text.
    pub text: String,
    /// How many entries were left out for length.
    pub omitted: usize,
    /// What it was rendered from, whole.
    pub version: Content,
}

/// Renders.
pub fn run(session: &Session, args: &NotesArgs) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, flags(session, &PlanArgs::default()))?;
    let facts = workspace.observe(session, None, None)?;
    let chapter = match &args.version {
        Some(version) => changelog::one(session, &workspace, &facts, version)?,
        None => changelog::unreleased(&workspace, &facts)?,
    };
    let config = &workspace.config.config;
    let max = config.notes.max_chars.unwrap_or(u64::MAX).min(facts.forge.limits.notes_chars);
    let elsewhere = config.changelog.path.clone().unwrap_or_else(|| "CHANGELOG.md".to_owned());
    let mut renderer = changelog::renderer(&workspace, &facts)?;
    let notes = renderer.notes(&chapter.release(), max, &elsewhere);
    let notes = notes.map_err(|error| changelog::template_failure(&error))?;
    session.screen.text(&notes.text);
    session.screen.document(&NotesDocument {
        schema: "bowline/notes/v1".to_owned(),
        text: notes.text,
        omitted: notes.omitted,
        version: renderer.content(&chapter.release()),
    });
    Ok(0)
}
