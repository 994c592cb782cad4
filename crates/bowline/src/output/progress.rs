//! A run as people watch it: one line a step, and on a terminal a live line for the step at work.

use super::style::Style;
use crate::args::LogLevel;
use bowline_model::event::{Event, EventSink, Moment, Phase};
use bowline_model::step::Outcome;
use bowline_model::text::one_line;
use bowline_model::text::screen::shown;
use bowline_steps::registry;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes progress on standard error.
pub struct Progress {
    style: Style,
    live: bool,
    level: LogLevel,
    summaries: BTreeMap<&'static str, &'static str>,
    column: usize,
    /// Whether going back was announced by the engine and is not yet by us: when there is nothing to take back, there
    /// is nothing to say.
    going_back: AtomicBool,
}

impl Progress {
    /// `live` keeps a line for the step at work.
    pub fn new(style: Style, live: bool, level: LogLevel) -> Self {
        let summaries = registry::all().entries().iter().map(|entry| (entry.meta().id, entry.meta().summary)).collect();
        Self { style, live, level, summaries, column: super::step_column(), going_back: AtomicBool::new(false) }
    }

    fn line(&self, level: LogLevel, text: &str) {
        if level <= self.level {
            let erase = if self.live { ERASE } else { "" };
            super::put_err(&format!("{erase}{}\n", shown(text)));
        }
    }

    fn status(&self, text: &str) {
        if self.live {
            super::put_err(&format!("{ERASE}{}", shown(text)));
        }
    }

    fn finished(&self, step: &str, outcome: &Outcome, duration_ms: u64) {
        let s = self.style;
        let what = self.summaries.get(step).copied().unwrap_or_default();
        let undo = matches!(outcome, Outcome::Undone | Outcome::UndoFailed { .. });
        if undo && self.going_back.swap(false, Ordering::Relaxed) {
            self.line(LogLevel::Info, &s.yellow("  nothing is public yet: going back"));
        }
        let (mark, text) = match outcome {
            Outcome::Done => (s.green("✓"), what.to_owned()),
            Outcome::AlreadyDone => (s.green("="), format!("{what} {}", s.dim("(was done already)"))),
            Outcome::Skipped { reason } => (s.dim("–"), s.dim(&format!("skipped: {reason}"))),
            Outcome::Failed { failure } => (s.red("✗"), one_line(&failure.message, 200).into_owned()),
            Outcome::Unknown { failure } => (s.yellow("?"), one_line(&failure.message, 200).into_owned()),
            Outcome::Undone => (s.yellow("↩"), "taken back".to_owned()),
            Outcome::UndoFailed { failure } => {
                (s.red("✗"), format!("could not be taken back: {}", one_line(&failure.message, 200)))
            }
        };
        let time =
            if duration_ms >= 100 { s.dim(&format!(" {:.1} s", duration_ms as f64 / 1000.0)) } else { String::new() };
        self.line(LogLevel::Info, &format!("  {mark} {step:0$} {text}{time}", self.column));
    }
}

impl EventSink for Progress {
    fn event(&self, event: &Event) {
        let s = self.style;
        let dim = |level, text: String| self.line(level, &s.dim(&text));
        match event {
            Event::RunStarted { run, resumed: true, .. } => dim(LogLevel::Info, format!("  run {run} goes on")),
            Event::RunStarted { run, .. } => dim(LogLevel::Debug, format!("  run {run} begins")),
            Event::StepStarted { step, .. } => {
                let what = self.summaries.get(step.as_str()).copied().unwrap_or_default();
                self.status(&format!("  {} {step:1$} {what} …", s.cyan("·"), self.column));
            }
            Event::IntentRecorded { step } => dim(LogLevel::Debug, format!("    {step} is about to act")),
            Event::EffectReturned { step } => dim(LogLevel::Trace, format!("    {step} has acted")),
            Event::StepFinished { step, outcome, duration_ms } => self.finished(step, outcome, *duration_ms),
            Event::Door { door, call, object, phase: Phase::Before } => {
                let object = one_line(object, 60);
                dim(LogLevel::Trace, format!("    {door} {call} {object}"));
                self.status(&format!("  {} {door} {call} {object} …", s.cyan("·")));
            }
            Event::Store { place, call, object, moment: Moment::Before } => {
                dim(LogLevel::Trace, format!("    {place} {call} {}", one_line(object, 60)));
            }
            Event::Door { .. } | Event::Store { .. } => {}
            Event::UnwindStarted { .. } => self.going_back.store(true, Ordering::Relaxed),
            Event::Warning { message, .. } => {
                let text = format!("{} {message}", s.yellow("warning:"));
                self.line(LogLevel::Warn, &text);
            }
            Event::RunFinished { .. } => self.status(""),
        }
    }
}

/// Carriage return and erase to the end of the line (ECMA-48 EL).
pub(super) const ERASE: &str = "\r\u{1b}[K";
