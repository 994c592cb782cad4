//! What CI systems show besides the log: annotations and job summaries.

use bowline_model::Failure;
use bowline_model::text::{command_data, command_property, defuse_workflow_commands};
use std::fs::File;
use std::io::Write;

/// A workflow command that annotates the run with a failure; the only workflow command we ever mean.
pub fn github_error(failure: &Failure) -> String {
    let mut message = failure.message.clone();
    for hint in &failure.hints {
        message.push_str(&format!("\nhint: {hint}"));
    }
    let title = format!("bowline: {}", failure.code);
    format!("::error title={}::{}", command_property(&title), command_data(&message))
}

/// Appends Markdown to a summary file, which a later step of the job may print.
pub fn append(path: &str, markdown: &str) -> std::io::Result<()> {
    let text = super::hidden::clean(&defuse_workflow_commands(markdown));
    File::options().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::FailureKind;

    #[test]
    fn a_message_cannot_leave_its_annotation() {
        let failure = Failure::new(FailureKind::Refused, "c,o:d", "a%0A\n::error::b\r\n").hint("x\n::y");
        assert_eq!(
            github_error(&failure),
            "::error title=bowline%3A c%2Co%3Ad::a%250A%0A::error::b%0A%0Ahint: x%0A::y"
        );
        let failure = Failure::new(FailureKind::Busy, "##[a", "\u{1b}[2J ##[error]b \u{202e}");
        let shown = github_error(&failure);
        assert!(!shown.contains("##[") && !shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    }
}
