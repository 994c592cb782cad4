//! Text from outside, made safe to look at.
//!
//! Commit messages, names and paths are data that strangers wrote. Before any of it reaches a terminal, a log or a
//! CI runner's output it passes through here: control characters, escape sequences and bidirectional overrides
//! become visible escapes, and a line can no longer be taken for a workflow command.

/// `text` on one line of at most `max` characters: line breaks become spaces, everything invisible or active is
/// escaped, and a cut is marked with `…`.
pub fn one_line(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max * 4));
    for (n, c) in text.chars().enumerate() {
        if n == max {
            out.push('…');
            break;
        }
        if matches!(c, '\n' | '\r' | '\t') { out.push(' ') } else { push_visible(c, &mut out) }
    }
    out
}

/// `text` with its line breaks kept and everything invisible or active escaped.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            _ => push_visible(c, &mut out),
        }
    }
    out
}

/// Whether a CI runner could take `line` for a command (GitHub trims leading blanks, and finds `##[` anywhere).
pub fn is_workflow_command(line: &str) -> bool {
    line.trim_start().starts_with("::") || line.contains("##[")
}

/// `text` in which no line can be taken for a workflow command; a word joiner that shows nothing breaks the pattern. A
/// carriage return alone ends a line as well: runners read so.
pub fn defuse_workflow_commands(text: &str) -> String {
    const ENDS: [char; 2] = ['\n', '\r'];
    if !text.split(ENDS).any(is_workflow_command) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive(ENDS) {
        let body = line.trim_start();
        let (indent, body) = line.split_at(line.len() - body.len());
        out.push_str(indent);
        if body.starts_with("::") {
            out.push('\u{2060}');
        }
        out.push_str(&body.replace("##[", "##\u{2060}["));
    }
    out
}

fn push_visible(c: char, out: &mut String) {
    if is_hidden(c) {
        out.push_str(&format!("\\u{{{:04X}}}", u32::from(c)));
    } else {
        out.push(c);
    }
}

/// Characters that a reader cannot see or that change how neighbours are shown: C0 and C1 controls, zero-width
/// characters, bidirectional marks, embeddings, overrides and isolates, line separators, tags, interlinear marks, and the
/// format marks of shorthand and music.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        assert_eq!(one_line(input, 60), expected, "{input:?}");
    }

    #[test]
    fn active_text_becomes_visible() {
        check("plain ünïcode 漢字 🎉", "plain ünïcode 漢字 🎉");
        check("\x1b]0;title\x07", "\\u{001B}]0;title\\u{0007}");
        check("a\u{202e}b\u{200b}c", "a\\u{202E}b\\u{200B}c");
        check("two\nlines\r\n", "two lines  ");
        check("a\u{1bca0}b\u{1d173}c", "a\\u{1BCA0}b\\u{1D173}c");
        check("\u{9b}31m", "\\u{009B}31m");
        assert_eq!(one_line("abcdef", 3), "abc…");
        assert_eq!(visible("a\r\nb\rc\td"), "a\nb\\u{000D}c\td");
    }

    #[test]
    fn no_line_commands_a_runner() {
        for hostile in [
            "::error::x",
            "  ::add-mask::a",
            "a\n\t::stop-commands::t\nb",
            "x ##[group]y",
            "\u{2003}::debug::",
            "a\r ::debug::",
        ] {
            let safe = defuse_workflow_commands(hostile);
            assert!(!safe.split(['\n', '\r']).any(is_workflow_command), "{hostile:?} became {safe:?}");
        }
        assert_eq!(defuse_workflow_commands("a::b\nc"), "a::b\nc");
    }
}
