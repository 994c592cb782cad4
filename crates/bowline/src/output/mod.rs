//! Everything that is printed.
//!
//! Standard output carries the result only: text for people, or one JSON document. Everything else goes to standard
//! error: progress, warnings, failures, log lines. Whatever is written leaves through `bowline_model::text`, as text for
//! people or as JSON, and then through [`hidden`]: so nothing of a stranger acts on a terminal or commands a runner, also
//! where a caller forgot about it.

pub mod ci;
pub mod hidden;
pub mod log;
pub mod outputs;
pub mod plan;
pub mod plan_diff;
pub mod progress;
pub mod result;
pub mod snapshot;
pub mod style;
pub mod summary;

use crate::args::{Global, LogFormat, LogLevel};
use bowline_model::event::{Event, EventSink};
use bowline_model::text::safe_json;
use bowline_model::text::screen::shown;
use bowline_model::{Failure, FailureKind};
use bowline_port::environment::Environment;
use bowline_steps::registry;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use style::Style;

/// What a command prints under `--json` when it could not do its work.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FailureDocument {
    /// Always `bowline/failure/v1`.
    pub schema: String,
    /// The exit code.
    pub exit_code: u8,
    /// Why.
    pub failure: Failure,
}

impl FailureDocument {
    /// The document for `failure`.
    pub fn new(failure: &Failure, exit_code: u8) -> Self {
        Self { schema: "bowline/failure/v1".to_owned(), exit_code, failure: failure.clone() }
    }
}

/// Where output goes, and how it looks.
pub struct Screen {
    json: bool,
    quiet: bool,
    verbose: bool,
    out: Style,
    err: Style,
    live: bool,
    github: bool,
    gitlab: bool,
    summary: Option<String>,
    outputs: Option<String>,
    annotations: AtomicUsize,
    log_json: bool,
    level: LogLevel,
    log: Option<Arc<log::LogFile>>,
}

/// Shows what is wrong with the command line: it repeats words of it, which a job can have from anywhere.
pub fn report_usage(text: &str) {
    write_err(&ended(text));
}

/// Shows a failure that happened before there was a screen.
pub fn report_early(failure: &Failure) -> u8 {
    let code = failure.kind.exit_code(false);
    write_err(&failure_text(failure, code, Style::plain()));
    code
}

impl Screen {
    /// Decides from flags, variables and terminals.
    pub fn new(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        let terminal = std::io::stderr().is_terminal();
        let log = global.log_file.as_deref().map(log::LogFile::open).transpose()?;
        let level = global.log_level.unwrap_or(match (global.quiet, global.verbose) {
            (true, _) => LogLevel::Error,
            (_, true) => LogLevel::Debug,
            _ => LogLevel::Info,
        });
        Ok(Self {
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose,
            out: Style::new(global.color, std::io::stdout().is_terminal(), environment),
            err: Style::new(global.color, terminal, environment),
            live: terminal && !global.no_progress && !global.quiet && !environment.is_ci(),
            github: environment.get("GITHUB_ACTIONS") == Some("true"),
            gitlab: environment.get("GITLAB_CI") == Some("true"),
            summary: environment.get("GITHUB_STEP_SUMMARY").map(str::to_owned),
            outputs: environment.get("GITHUB_OUTPUT").map(str::to_owned),
            annotations: AtomicUsize::new(0),
            log_json: global.log_format == LogFormat::Json,
            level,
            log: log.map(Arc::new),
        })
    }

    /// Whether the result is one JSON document.
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Whether more was asked for.
    pub const fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// How standard output looks.
    pub const fn style(&self) -> Style {
        self.out
    }

    /// Prints the result for people; nothing when JSON was asked for.
    pub fn text(&self, text: &str) {
        if !self.json {
            put_out(&hidden::clean(&ended(&shown(text))));
        }
    }

    /// Prints a document made by us for other programs (a schema, completions), exactly as it is.
    pub fn raw(&self, text: &str) {
        put_out(&hidden::clean(text));
    }

    /// Prints the result as JSON, when that was asked for.
    pub fn document(&self, document: &impl Serialize) {
        if self.json {
            let text = serde_json::to_value(document).and_then(|mut value| {
                hidden::clean_document(&mut value);
                serde_json::to_string_pretty(&value)
            });
            match text {
                Ok(text) => put_out(&ended(&safe_json(&text))),
                Err(error) => self.failure(&Failure::from_error(FailureKind::Internal, "json", &error), 1),
            }
        }
    }

    /// Prints lines for people, also where the result is one document: what another program prints in our place.
    pub fn line(&self, text: &str) {
        put_out(&hidden::clean(&shown(&format!("{text}\n"))));
    }

    /// The same on standard error.
    pub fn error_line(&self, text: &str) {
        write_err(&format!("{text}\n"));
    }

    /// Whether standard output and standard error have colour.
    pub fn colours(&self) -> (bool, bool) {
        (self.out.is_coloured(), self.err.is_coloured())
    }

    /// Tells people something on standard error.
    pub fn note(&self, text: &str) {
        if !self.quiet && !self.log_json {
            write_err(&ended(text));
        }
    }

    /// Warns people on standard error.
    pub fn warn(&self, text: &str) {
        if self.log_json {
            self.log_line(&log::line_for_warning(text));
        } else {
            write_err(&ended(&format!("{} {text}", self.err.yellow("warning:"))));
        }
    }

    /// Shows a failure on standard error, and as an annotation where a CI system knows such a thing.
    pub fn failure(&self, failure: &Failure, code: u8) {
        if self.log_json {
            self.log_line(&log::line_for_failure(failure, code));
        } else {
            write_err(&failure_text(failure, code, self.err));
        }
        // What is beyond GitHub's limit would be dropped without a word; it is in the log in any case.
        if self.github && self.annotations.fetch_add(1, Ordering::Relaxed) < ci::MOST_ANNOTATIONS {
            put_err(&ended(&ci::github_annotation(failure)));
        }
    }

    /// Adds Markdown to the CI system's summary of this job, where there is one.
    pub fn summarize(&self, markdown: &str) {
        if let Some(path) = &self.summary
            && let Err(error) = ci::append(path, markdown)
        {
            self.warn(&format!("the job summary cannot be written: {error}"));
        }
    }

    /// Hands `outputs` to later steps of the job, where the CI system has a place for them.
    pub fn hand_out(&self, outputs: &outputs::Outputs) {
        if let Some(path) = &self.outputs
            && let Err(error) = outputs::append(path, outputs)
        {
            self.warn(&format!("the outputs of this step cannot be written to {path}: {error}"));
        }
    }

    /// A section that GitLab folds, around what a build prints.
    pub const fn folds(&self) -> bool {
        self.gitlab || self.github
    }

    /// The listener for a run's events.
    pub fn sink(&self) -> Box<dyn EventSink> {
        let mut sinks: Vec<Box<dyn EventSink>> = Vec::new();
        if self.log_json {
            sinks.push(Box::new(log::JsonLog::to_stderr(self.level)));
        } else {
            sinks.push(Box::new(progress::Progress::new(self.err, self.live, self.level)));
        }
        if let Some(file) = &self.log {
            sinks.push(Box::new(log::JsonLog::to_file(file.clone())));
        }
        Box::new(Many(sinks))
    }

    /// Shows one line of a child's output.
    pub fn child_line(&self) -> Arc<dyn Fn(&str) + Send + Sync> {
        if self.quiet || self.log_json {
            return Arc::new(|_| {});
        }
        let style = self.err;
        Arc::new(move |line| write_err(&ended(&format!("    {} {line}", style.dim("│")))))
    }

    /// Says one line in the middle of whatever is being written, also when little else is to be said.
    pub fn last_words(&self) -> Arc<dyn Fn(&str) + Send + Sync> {
        let (live, log_json, log) = (self.live, self.log_json, self.log.clone());
        Arc::new(move |text| {
            if log_json {
                log_line(&log::line_for_warning(text), log.as_deref());
            } else {
                let erase = if live { progress::ERASE } else { "" };
                put_err(&format!("{erase}{}", ended(&shown(text))));
            }
        })
    }

    fn log_line(&self, line: &serde_json::Value) {
        log_line(line, self.log.as_deref());
    }
}

struct Many(Vec<Box<dyn EventSink>>);

impl EventSink for Many {
    fn event(&self, event: &Event) {
        for sink in &self.0 {
            sink.event(event);
        }
    }
}

/// A failure as people read it, before it is [`shown`].
pub fn failure_text(failure: &Failure, code: u8, style: Style) -> String {
    let mut text = format!("{} {}\n", style.red("error:"), failure.message);
    for cause in &failure.causes {
        text.push_str(&format!("  {} {}\n", style.dim("because:"), cause.replace('\n', "\n           ")));
    }
    for hint in &failure.hints {
        text.push_str(&format!("  {} {hint}\n", style.cyan("hint:")));
    }
    let place = failure.step.as_ref().map(|step| format!(" in {step}")).unwrap_or_default();
    text.push_str(&style.dim(&format!("  ({}{place}, exit code {code})", failure.code)));
    text.push('\n');
    text
}

/// How wide a column of step ids is: the longest one fits.
pub fn step_column() -> usize {
    registry::all().entries().iter().map(|entry| entry.meta().id.len()).max().unwrap_or_default()
}

/// `1 commit`, `2 commits`.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn log_line(line: &serde_json::Value, log: Option<&log::LogFile>) {
    put_err(&ended(&safe_json(&line.to_string())));
    if let Some(file) = log {
        file.write(line);
    }
}

fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// Answers the git that has started this process, as the one output that is not searched for secrets: it is one.
pub(crate) fn answer(line: &str) {
    put_out(&format!("{line}\n"));
}

/// A reader that has gone away (`| head`) is no failure of a release.
fn put_out(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Text for people on standard error.
pub(crate) fn write_err(text: &str) {
    put_err(&shown(text));
}

/// What the layer of text has made safe already, or what is meant as it is: JSON, annotations, moves of the cursor.
pub(crate) fn put_err(text: &str) {
    let text = hidden::clean(text);
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes());
    let _ = err.flush();
}
