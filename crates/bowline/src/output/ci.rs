//! What CI systems show besides the log: annotations and job summaries.

use bowline_model::Failure;
use bowline_model::text::{command_data, command_property, defuse_workflow_commands};
use std::fs::File;
use std::io::Write;

/// How many annotations of one kind GitHub keeps of a step.
pub const MOST_ANNOTATIONS: usize = 10;
/// Bytes of a step's summary; GitHub drops a longer one whole (GitHub docs, "Step isolation and limits").
const MOST_SUMMARY: u64 = 1 << 20;

/// A workflow command that annotates the run with a failure; the only workflow command we ever mean. That a newer head has
/// replaced this one is no error.
pub fn github_annotation(failure: &Failure) -> String {
    let kind = if failure.code == "superseded" { "notice" } else { "error" };
    let mut message = failure.message.clone();
    for hint in &failure.hints {
        message.push_str(&format!("\nhint: {hint}"));
    }
    let title = format!("bowline: {}", failure.code);
    format!("::{kind} title={}::{}", command_property(&title), command_data(&message))
}

/// Appends Markdown to a summary file, which a later step of the job may print.
pub fn append(path: &str, markdown: &str) -> std::io::Result<()> {
    let text = super::hidden::clean(&defuse_workflow_commands(markdown));
    let mut file = File::options().create(true).append(true).open(path)?;
    let room = MOST_SUMMARY.saturating_sub(file.metadata()?.len());
    file.write_all(fitting(&text, usize::try_from(room).unwrap_or(usize::MAX)).as_bytes())
}

/// As many whole lines of `text` as there is room for, and that some are missing.
fn fitting(text: &str, room: usize) -> String {
    const REST: &str = "\n… the rest does not fit into a summary; it is in the log\n";
    if text.len() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() + REST.len() > room {
            break;
        }
        kept.push_str(line);
    }
    if kept.len() + REST.len() <= room {
        kept.push_str(REST);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::FailureKind;

    #[test]
    fn a_message_cannot_leave_its_annotation() {
        let failure = Failure::new(FailureKind::Refused, "c,o:d", "a%0A\n::error::b\r\n").hint("x\n::y");
        assert_eq!(
            github_annotation(&failure),
            "::error title=bowline%3A c%2Co%3Ad::a%250A%0A::error::b%0A%0Ahint: x%0A::y"
        );
        let failure = Failure::new(FailureKind::Busy, "##[a", "\u{1b}[2J ##[error]b \u{202e}");
        let shown = github_annotation(&failure);
        let newer = Failure::new(FailureKind::Conflict, "superseded", "there is a newer head");
        assert!(github_annotation(&newer).starts_with("::notice title="), "no run is red for it");
        assert!(!shown.contains("##[") && !shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    }

    #[test]
    fn a_summary_ends_between_lines_before_its_limit() {
        let long = "a line\n".repeat(100);
        let cut = fitting(&long, 200);
        assert!(cut.len() <= 200 && cut.contains("a line\n\n… the rest"), "{cut}");
        assert_eq!(fitting(&long, 1000), long);
        assert_eq!(fitting(&long, 10), "", "not even the words fit");
    }
}
