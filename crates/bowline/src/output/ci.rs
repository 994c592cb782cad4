//! What CI systems show besides the log: annotations and job summaries.

use bowline_model::Failure;
use std::fs::File;
use std::io::Write;

/// A workflow command that annotates the run with a failure; the only workflow command we ever mean. Data and
/// properties are escaped as the runner's own toolkit does, and nothing in them is invisible, or a command of the kind that a
/// runner finds in the middle of a line.
pub fn github_error(failure: &Failure) -> String {
    let mut message = failure.message.clone();
    for hint in &failure.hints {
        message.push_str(&format!("\nhint: {hint}"));
    }
    let title = format!("bowline: {}", failure.code);
    format!("::error title={}::{}", property(&title), data(&message))
}

/// Appends Markdown to a summary file.
pub fn append(path: &str, markdown: &str) -> std::io::Result<()> {
    File::options().create(true).append(true).open(path)?.write_all(super::hidden::clean(markdown).as_bytes())
}

/// Text that stands in a Markdown table cell or line and shows as it is.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in bowline_model::text::one_line(text, 300).chars() {
        if "\\`*_{}[]<>()#|~@&!".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn data(text: &str) -> String {
    // Within a line `::` means nothing.
    let text = bowline_model::text::visible(text).replace("##[", "##\u{2060}[");
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
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
