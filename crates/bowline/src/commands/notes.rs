//! `bowline notes`: the release notes rendered without releasing.

use super::changelog;
use crate::args::{NotesArgs, PlanArgs};
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::Config;
use bowline_config::section::notes::Audience;
use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind};
use bowline_plan::render::{self, Content};
use schemars::JsonSchema;
use serde::Serialize;

/// What `bowline notes --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NotesDocument {
    /// Always `bowline/notes/v1`.
    pub schema: String,
    /// The audience that it is for; left out for the notes of the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
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
    let release = chapter.release();
    let failure = |error| changelog::template_failure(&error);
    let (notes, version) = match &args.audience {
        None => {
            let max = config.notes.max_chars.unwrap_or(u64::MAX).min(facts.forge.limits.notes_chars);
            let elsewhere = config.changelog.path.clone().unwrap_or_else(|| "CHANGELOG.md".to_owned());
            let mut renderer = changelog::renderer(&workspace, &facts)?;
            (renderer.notes(&release, max, &elsewhere).map_err(failure)?, renderer.notes_content(&release))
        }
        Some(name) => {
            let audience = audience(config, name)?;
            let kind = config.forge.kind.unwrap_or(facts.forge.kind);
            render::audience::render(config, &facts, kind, audience, &release).map_err(failure)?
        }
    };
    session.screen.text(&notes.text);
    session.screen.document(&NotesDocument {
        schema: "bowline/notes/v1".to_owned(),
        audience: args.audience.clone(),
        text: notes.text,
        omitted: notes.omitted,
        version,
    });
    Ok(0)
}

/// The audience called `name`.
fn audience<'c>(config: &'c Config, name: &str) -> Result<(&'c str, &'c Audience), Failure> {
    let audiences = &config.notes.audiences;
    if let Some((name, audience)) = audiences.0.get_key_value(name) {
        return Ok((name, audience));
    }
    let message = format!("there is no audience `{}`", one_line(name, 60));
    let failure = Failure::new(FailureKind::Usage, "unknown_audience", message);
    let known: Vec<&str> = audiences.0.keys().map(String::as_str).collect();
    Err(match audiences.closest(name) {
        Some(near) => failure.hint(format!("did you mean `--audience {near}`?")),
        None if known.is_empty() => failure.hint("describe it under `[notes.audience.NAME]` in bowline.toml"),
        None => failure.hint(format!("there are: {}", known.join(", "))),
    })
}
