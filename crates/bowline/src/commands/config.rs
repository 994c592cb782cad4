//! `bowline config show|schema|explain`: what is configured, and what can be.

use crate::args::ConfigCommand;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::{Flags, KeyDoc};
use bowline_model::text::visible;
use bowline_model::{Failure, FailureKind};
use serde_json::json;

/// Runs one of them.
pub fn run(session: &Session, command: &ConfigCommand) -> Result<u8, Failure> {
    match command {
        ConfigCommand::Show => show(session),
        ConfigCommand::Schema => schema(session),
        ConfigCommand::Explain { key } => explain(session, key.as_deref()),
    }
}

fn show(session: &Session) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, Flags::default())?;
    let entries = workspace.config.entries();
    let width = entries.iter().map(|entry| entry.key.len()).max().unwrap_or(0);
    let mut text = String::new();
    for entry in &entries {
        text.push_str(&format!("{:width$} = {}  # {}\n", entry.key, visible(&entry.value.to_string()), entry.origin));
    }
    session.screen.text(&text);
    for file in workspace.passed_over()? {
        session.screen.note(&format!("{file} is not read: there is a configuration of Bowline's own."));
    }
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| json!({"key": entry.key, "value": entry.value, "origin": entry.origin.to_string()}))
        .collect();
    session.screen.document(&json!({
        "schema": "bowline/config/v1",
        "provisional": workspace.config.provisional,
        "digest": workspace.config.config.digest(),
        "entries": entries,
    }));
    Ok(0)
}

fn schema(session: &Session) -> Result<u8, Failure> {
    let text = serde_json::to_string_pretty(&bowline_config::json_schema())
        .map_err(|error| Failure::from_error(FailureKind::Internal, "schema", &error))?;
    session.screen.raw(&format!("{text}\n"));
    Ok(0)
}

fn explain(session: &Session, key: Option<&str>) -> Result<u8, Failure> {
    let docs = match key {
        Some(key) => bowline_config::explain(key)?,
        None => bowline_config::reference(),
    };
    let text: Vec<String> = docs.iter().map(one).collect();
    session.screen.text(&text.join("\n"));
    let keys: Vec<_> = docs
        .iter()
        .map(|doc| json!({"key": doc.key, "type": doc.kind, "default": doc.default, "meaning": doc.meaning, "example": doc.example}))
        .collect();
    session.screen.document(&json!({"schema": "bowline/config-reference/v1", "keys": keys}));
    Ok(0)
}

fn one(doc: &KeyDoc) -> String {
    format!("{} ({})\n  {}\n  default: {}\n  example: {}\n", doc.key, doc.kind, doc.meaning, doc.default, doc.example)
}
