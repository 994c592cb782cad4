//! Markdown that people wrote for the readers of a release: several lines that belong to one entry of a list.
//!
//! Emphasis, lists, tables, code and links to the web stay as they are. What would reach beyond the entry, or act on
//! somebody, does not: headings go below those of a changelog, what looks like a heading or an address of one is escaped, a
//! fence that never ends is closed, tags are shown, and mentions stand in code spans as in a description.
//!
//! It is read line by line. A code span that ends on another line is none here, or a tag could hide between the two.

use super::{Runs, ticks};
use crate::text::visible;

/// `text` as lines that continue an entry which begins with `- `: each is indented by two blanks or empty, and nothing of
/// it is read as a part of what follows. Empty when there is nothing to be seen in `text`.
pub fn block(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let (mut fence, mut below_text): (Option<Fence>, bool) = (None, false);
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() {
            out.push('\n');
            below_text = false;
            continue;
        }
        let indent = line.strip_suffix(line.trim_start()).unwrap_or_default();
        out.push_str("  ");
        out.push_str(indent);
        match fence.or_else(|| Fence::begins(bare)) {
            Some(open) => {
                let ends = fence.is_some() && open.ends(bare);
                fence = Some(open).filter(|_| !ends);
                out.push_str(bare);
            }
            None => write(bare, below_text, &mut out),
        }
        out.push('\n');
        below_text = true;
    }
    if let Some(open) = fence {
        out.push_str("  ");
        (0..open.length).for_each(|_| out.push(open.mark));
    }
    out.trim_matches('\n').trim_end().to_owned()
}

/// What hides the lines inside of it.
#[derive(Clone, Copy)]
struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// Backticks with more of them behind are code within a line.
    fn begins(line: &str) -> Option<Self> {
        ['`', '~'].into_iter().find_map(|mark| {
            let info = line.trim_start_matches(mark);
            let length = line.len() - info.len();
            (length >= 3 && !(mark == '`' && info.contains('`'))).then_some(Self { mark, length })
        })
    }

    fn ends(self, line: &str) -> bool {
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

/// Writes a line that is no code, without the blanks around it. `below_text` is whether the line above holds text.
fn write(line: &str, below_text: bool, out: &mut String) {
    let level = line.bytes().take_while(|&byte| byte == b'#').count();
    let is_heading = line.get(level..).is_some_and(|rest| rest.starts_with([' ', '\t']));
    if (1..=HIGHEST).contains(&level) && is_heading {
        out.push_str("###");
    }
    let is_underline = ['=', '-'].into_iter().any(|mark| line.chars().all(|c| c == mark));
    if is_underline && below_text {
        out.push('\\');
    }
    spans(line, out);
}

/// Writes a line whose first characters are settled.
fn spans(line: &str, out: &mut String) {
    let runs = Runs::of(line);
    let mut at = 0;
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
        at += match rest.as_bytes().first() {
            Some(b'`') => code(rest, &runs, at, out),
            Some(b'\\') if rest.starts_with("\\`") => push("&#96;", 2, out),
            Some(b'\\') if rest.starts_with("\\@") => 1,
            Some(b'\\') if rest.starts_with("\\]:") => push("\\]\\:", 3, out),
            Some(b'\\') => plain(rest, rest.chars().take(2).map(char::len_utf8).sum(), out),
            Some(b'<') if begins_tag(rest) => push("&lt;", 1, out),
            Some(b'@') if is_mention(line, at) => mention(rest, out),
            // No definition of an address, and no link but to the web or into the repository.
            Some(b']') if rest.starts_with("]:") => push("]\\:", 2, out),
            Some(b']') if rest.strip_prefix("](").is_some_and(|target| !is_harmless(target)) => push("]\\(", 2, out),
            _ => plain(rest, rest.chars().next().map_or(1, char::len_utf8), out),
        };
    }
}

fn push(text: &str, read: usize, out: &mut String) -> usize {
    out.push_str(text);
    read
}

fn plain(rest: &str, length: usize, out: &mut String) -> usize {
    out.push_str(rest.get(..length).unwrap_or(rest));
    length
}

/// A code span, or backticks that begin none on this line. Whoever looks for comments looks into code spans as well.
fn code(rest: &str, runs: &Runs, at: usize, out: &mut String) -> usize {
    let length = ticks(rest);
    match runs.span(rest, at, length) {
        Some(end) => {
            out.push_str(&rest.get(..end).unwrap_or(rest).replace("<!--", "<!\u{2060}--"));
            end
        }
        None => {
            (0..length).for_each(|_| out.push_str("&#96;"));
            length
        }
    }
}

/// Whether `rest`, which begins with `<`, could begin anything but an address of the web in brackets.
fn begins_tag(rest: &str) -> bool {
    let inside = rest.get(1..).unwrap_or_default();
    let address = ["http://", "https://"].into_iter().any(|scheme| inside.starts_with(scheme));
    let end = inside.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '`' | '\\'));
    let is_closed = end.and_then(|end| inside.get(end..)).is_some_and(|rest| rest.starts_with('>'));
    !(address && is_closed) && inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
}

/// Whether a forge would take the `@` at `at` for a mention: not inside of a word or an address.
fn is_mention(line: &str, at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    let word = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '<' | '[')).next().unwrap_or_default();
    let begins = !before.ends_with(char::is_alphanumeric) && !word.contains("://");
    begins && line.get(at + 1..).is_some_and(|after| after.starts_with(char::is_alphanumeric))
}

fn mention(rest: &str, out: &mut String) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '@' | '-' | '_' | '/');
    let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
    // Two code spans side by side would be read as one.
    if out.ends_with('`') {
        out.push(' ');
    }
    out.push('`');
    out.push_str(rest.get(..length).unwrap_or(rest));
    out.push('`');
    if rest.get(length..).is_some_and(|after| after.starts_with('`')) {
        out.push(' ');
    }
    length
}

/// Whether a link may lead to what begins `target`.
fn is_harmless(target: &str) -> bool {
    let target = target.trim_start().to_ascii_lowercase();
    let end = target.find(|c: char| c.is_whitespace() || c == ')').unwrap_or(target.len());
    let target = target.get(..end).unwrap_or_default();
    let is_web = ["http://", "https://", "mailto:"].into_iter().any(|scheme| target.starts_with(scheme));
    is_web || !target.contains([':', '&', '\\', '<'])
}

/// Headings of this level and above belong to the changelog itself.
const HIGHEST: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(block(text), expected, "{text:?}");
    }

    #[test]
    fn markdown_stays() {
        check("", "");
        check("\n\n", "");
        check("one\r\ntwo\n\n- *a*\n  - [b](c.md)\n", "  one\n  two\n\n  - *a*\n    - [b](c.md)");
        check(
            "see <https://a.b/c> and [x](https://a.b/@c \"t\")",
            "  see <https://a.b/c> and [x](https://a.b/@c \"t\")",
        );
        check("a < b `<p>` ``x ` y``", "  a < b `<p>` ``x ` y``");
        check("```js\n# <p>\n\n@x\n```\nend", "  ```js\n  # <p>\n\n  @x\n  ```\n  end");
        check("| a | b |\n| --- | --- |\n| 1 | 2 |", "  | a | b |\n  | --- | --- |\n  | 1 | 2 |");
        check("above\n\n---\n\nbelow", "  above\n\n  ---\n\n  below");
    }

    #[test]
    fn nothing_reaches_beyond_the_entry() {
        check("# a\n### b\n#### c\n#d", "  #### a\n  ###### b\n  #### c\n  #d");
        check("1.0.0\n-----\nx\n===", "  1.0.0\n  \\-----\n  x\n  \\===");
        check("[1.0.0]: https://x", "  [1.0.0]\\: https://x");
        check("```\n# x", "  ```\n  # x\n  ```");
        check("~~~~\n~~~", "  ~~~~\n  ~~~\n  ~~~~");
        check("<!-- x\n</li> <a name=\"x\">", "  &lt;!-- x\n  &lt;/li> &lt;a name=\"x\">");
    }

    #[test]
    fn nothing_acts() {
        check("<script>x</script>", "  &lt;script>x&lt;/script>");
        check("<javascript:x>", "  &lt;javascript:x>");
        check("[x](javascript:y) [x](java&Tab;script:y)", "  [x]\\(javascript:y) [x]\\(java&Tab;script:y)");
        check("thanks @ada, [@bob](https://x/bob) a@b.c", "  thanks `@ada`, [`@bob`](https://x/bob) a@b.c");
        check("a ` b\n` <p> `x`", "  a &#96; b\n  ` <p> `x&#96;");
        check("\\`<p>`", "  &#96;&lt;p>&#96;");
        check("\\@x [1.0.0\\]: y", "  `@x` [1.0.0\\]\\: y");
        check("`<!--`", "  `<!\u{2060}--`");
        check("\u{202e}x\u{1b}[1m", "  \\u{202E}x\\u{001B}[1m");
    }
}
