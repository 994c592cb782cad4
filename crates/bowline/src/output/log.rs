//! Log lines as JSON: one object a line, text from outside always inside one string.

use crate::args::LogLevel;
use bowline_host::clock::SystemClock;
use bowline_model::event::{Event, EventSink};
use bowline_model::step::Outcome;
use bowline_model::text::safe_json;
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::clock::Clock;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A file that log lines are appended to.
pub struct LogFile(Mutex<File>);

impl LogFile {
    /// Opens or creates it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::options().create(true).append(true).open(path);
        file.map(|file| Self(Mutex::new(file))).map_err(|error| {
            Failure::new(FailureKind::Usage, "log_file", format!("log file {} cannot be written", path.display()))
                .because(&error)
                .hint("name another one with --log-file, or leave it out")
        })
    }

    /// Appends one line. A full disk must not stop a release that is under way, so a lost line is lost. Jobs print such
    /// files, so nothing in one may be a command either.
    pub fn write(&self, line: &Value) {
        let mut line = line.clone();
        super::hidden::clean_document(&mut line);
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(safe_json(&format!("{line}\n")).as_bytes());
    }
}

/// Turns events into log lines.
pub struct JsonLog {
    to: To,
    level: LogLevel,
    /// Run and plan, known once the run has started.
    run: Mutex<Option<(String, Digest)>>,
}

enum To {
    Stderr,
    File(Arc<LogFile>),
}

impl JsonLog {
    /// Lines on standard error from `level` on.
    pub fn to_stderr(level: LogLevel) -> Self {
        Self { to: To::Stderr, level, run: Mutex::default() }
    }

    /// Every line into a file.
    pub fn to_file(file: Arc<LogFile>) -> Self {
        Self { to: To::File(file), level: LogLevel::Trace, run: Mutex::default() }
    }
}

impl EventSink for JsonLog {
    fn event(&self, event: &Event) {
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if let Event::RunStarted { run: id, plan, .. } = event {
            *run = Some((id.clone(), *plan));
        }
        let level = level(event);
        if level > self.level {
            return;
        }
        let line = line(event, level, run.as_ref());
        match &self.to {
            To::Stderr => super::put_err(&safe_json(&format!("{line}\n"))),
            To::File(file) => file.write(&line),
        }
    }
}

/// A failure outside any run.
pub fn line_for_failure(failure: &Failure, code: u8) -> Value {
    let mut line = head(LogLevel::Error, &failure.message);
    line.insert("event".to_owned(), json!("failure"));
    line.insert("failure".to_owned(), json!(failure));
    line.insert("exit_code".to_owned(), json!(code));
    Value::Object(line)
}

/// A warning outside any run.
pub fn line_for_warning(text: &str) -> Value {
    let mut line = head(LogLevel::Warn, text);
    line.insert("event".to_owned(), json!("warning"));
    Value::Object(line)
}

fn line(event: &Event, level: LogLevel, run: Option<&(String, Digest)>) -> Value {
    let mut line = head(level, &message(event));
    if let Ok(Value::Object(fields)) = serde_json::to_value(event) {
        line.extend(fields);
    }
    if let Some((id, plan)) = run {
        line.insert("run".to_owned(), json!(id));
        line.insert("plan".to_owned(), json!(plan));
        // A resumed run goes on in the same trace, so the ids come from what stays the same.
        line.insert("trace_id".to_owned(), json!(plan.hex().chars().take(32).collect::<String>()));
        let step = line.get("step").and_then(Value::as_str).unwrap_or("run").to_owned();
        let span = Digest::of(format!("{plan}/{step}").as_bytes()).hex().chars().take(16).collect::<String>();
        line.insert("span_id".to_owned(), json!(span));
    }
    Value::Object(line)
}

fn head(level: LogLevel, message: &str) -> Map<String, Value> {
    let mut line = Map::new();
    line.insert("ts".to_owned(), json!(SystemClock::new().now()));
    line.insert("level".to_owned(), json!(format!("{level:?}").to_lowercase()));
    line.insert("msg".to_owned(), json!(message));
    line.insert("target".to_owned(), json!("bowline"));
    line
}

fn level(event: &Event) -> LogLevel {
    match event {
        Event::StepFinished { outcome: Outcome::Failed { .. } | Outcome::UndoFailed { .. }, .. } => LogLevel::Error,
        Event::StepFinished { outcome: Outcome::Unknown { .. }, .. }
        | Event::UnwindStarted { .. }
        | Event::Warning { .. } => LogLevel::Warn,
        Event::RunStarted { .. } | Event::RunFinished { .. } | Event::StepFinished { .. } => LogLevel::Info,
        Event::StepStarted { .. } | Event::IntentRecorded { .. } | Event::EffectReturned { .. } => LogLevel::Debug,
        Event::Door { .. } | Event::Store { .. } => LogLevel::Trace,
    }
}

fn message(event: &Event) -> String {
    match event {
        Event::RunStarted { resumed: true, .. } => "run goes on".to_owned(),
        Event::RunStarted { .. } => "run begins".to_owned(),
        Event::StepStarted { step, .. } => format!("{step} begins"),
        Event::IntentRecorded { step } => format!("{step} is about to act"),
        Event::EffectReturned { step } => format!("{step} has acted"),
        Event::StepFinished { step, outcome, .. } => format!("{step}: {}", outcome.as_str().replace('_', " ")),
        Event::Door { door, call, .. } => format!("{door} {call}"),
        Event::Store { place, call, moment, .. } => format!("{place} {call}: {}", moment.as_str()),
        Event::UnwindStarted { failure } => format!("going back: {}", failure.message),
        Event::Warning { message, .. } => message.clone(),
        Event::RunFinished { exit_code, .. } => format!("run ends with exit code {exit_code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_file_holds_no_workflow_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.json");
        let message = "::error::a\n  ##[group]b\u{1b}[31m";
        LogFile::open(&path).unwrap().write(&line_for_warning(message));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.lines().any(bowline_model::text::is_workflow_command), "{text}");
        assert_eq!((text.lines().count(), text.contains('\u{1b}')), (1, false), "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["msg"], message, "the value is what was written");
    }
}
