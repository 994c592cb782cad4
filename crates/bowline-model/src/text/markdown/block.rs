//! Markdown that people wrote for the readers of a release: several lines that belong to one entry of a list.
//!
//! Emphasis, lists, tables, code and links to the web stay as they are. What would reach beyond the entry, or act on
//! somebody, does not: headings go below those of a changelog, what looks like a heading or an address of one is escaped, a
//! fence that never ends is closed, tags are shown, and mentions stand in code spans as in a description.
//!
//! It is read line by line. A code span that ends on another line is none here, or a tag could hide between the two.
//!
//! What is code is never left to how a reader nests lists and blanks: a fence is written anew, at the left edge of the entry
//! and longer than whatever it holds, and every line outside of one is written as text.

use super::{Runs, ticks};
use crate::text::visible;
use std::{iter::Peekable, str::Lines};

/// `text` as lines that continue an entry which begins with `- `: each is indented by two blanks or empty, and nothing of
/// it is read as a part of what follows. Empty when there is nothing to be seen in `text`.
pub fn block(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let (mut in_list, mut below_text) = (false, false);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim();
        if bare.is_empty() {
            out.push('\n');
            below_text = false;
            continue;
        }
        let (marker, content) = bare.split_at_checked(marker(bare)).unwrap_or(("", bare));
        in_list = !marker.is_empty() || in_list && (below_text || column(line) > 0);
        let (code_at, indent) = (column(line) + marker.len(), line.strip_suffix(line.trim_start()).unwrap_or_default());
        // A line that is indented further than by three blanks is code of its own, unless it stands in a list.
        match Fence::begins(content).filter(|_| in_list || code_at < 4) {
            Some(fence) => {
                if !marker.is_empty() {
                    out.push_str("  ");
                    out.push_str(indent);
                    write(marker.trim_end(), below_text, &mut out);
                    out.push('\n');
                }
                fence.write(content, &fence.inside(code_at, in_list, &mut lines), code_at, &mut out);
            }
            None => {
                out.push_str("  ");
                out.push_str(indent);
                write(bare, below_text, &mut out);
                out.push('\n');
            }
        }
        below_text = true;
    }
    out.trim_matches('\n').trim_end().to_owned()
}

/// How far `line` is indented.
fn column(line: &str) -> usize {
    let blanks = line.chars().take_while(|c| matches!(c, ' ' | '\t'));
    blanks.fold(0, |column, c| if c == '\t' { column / 4 * 4 + 4 } else { column + 1 })
}

/// The length of the mark of a list entry that `line` begins with, and of the blanks behind it.
fn marker(line: &str) -> usize {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let marks: &[char] = if rest.len() == line.len() { &['-', '+', '*'] } else { &['.', ')'] };
    let Some(rest) = rest.strip_prefix(marks) else { return 0 };
    let content = rest.trim_start_matches([' ', '\t']);
    if content.len() < rest.len() { line.len() - content.len() } else { 0 }
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

    /// The lines up to the end of the fence, which stands at the column `at`, or of the list entry that it belongs to.
    fn inside<'t>(self, at: usize, in_list: bool, lines: &mut Peekable<Lines<'t>>) -> Vec<&'t str> {
        let edge = if in_list && at >= 2 { at } else { 0 };
        let mut inside = Vec::new();
        while let Some(line) = lines.next_if(|line| line.trim().is_empty() || column(line) >= edge) {
            if column(line) < at + 4 && self.ends(line.trim()) {
                break;
            }
            inside.push(line);
        }
        inside
    }

    /// Writes the fence that begins with the line `first` and its lines so that nothing in them ends it.
    fn write(self, first: &str, inside: &[&str], at: usize, out: &mut String) {
        let runs = inside.iter().flat_map(|line| line.split(|c| c != self.mark));
        let length = runs.map(str::len).max().map_or(self.length, |longest| self.length.max(longest + 1));
        let mark = |out: &mut String| {
            out.push_str("  ");
            (0..length).for_each(|_| out.push(self.mark));
        };
        mark(out);
        out.push_str(first.trim_start_matches(self.mark));
        out.push('\n');
        for line in inside {
            if !line.trim().is_empty() {
                out.push_str("  ");
                (at..column(line)).for_each(|_| out.push(' '));
                out.push_str(line.trim_start_matches([' ', '\t']).trim_end());
            }
            out.push('\n');
        }
        mark(out);
        out.push('\n');
    }
}

/// Writes a line that is no code, without the blanks around it. `below_text` is whether the line above holds text.
fn write(line: &str, below_text: bool, out: &mut String) {
    let (marks, line) = line.split_at_checked(marks(line)).unwrap_or(("", line));
    out.push_str(marks);
    let level = line.bytes().take_while(|&byte| byte == b'#').count();
    let is_heading = line.get(level..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
    if (1..=HIGHEST).contains(&level) && is_heading {
        out.push_str("###");
    }
    let is_underline = ['=', '-'].into_iter().any(|mark| line.chars().all(|c| c == mark));
    if is_underline && below_text {
        out.push('\\');
    }
    spans(line, out);
}

/// The length of the marks of list entries and quotations that `line` begins with.
fn marks(line: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = line.get(at..) {
        let quotation = rest.len() - rest.trim_start_matches(['>', ' ', '\t']).len();
        let length = if quotation > 0 { quotation } else { marker(rest) };
        if length == 0 {
            break;
        }
        at += length;
    }
    at
}

/// Writes a line whose first characters are settled.
fn spans(line: &str, out: &mut String) {
    let runs = Runs::of(line);
    let is_code = !is_torn(line, &runs);
    let (mut at, mut in_address) = (0, false);
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
        let read = match rest.as_bytes().first() {
            Some(b'`') if is_code => code(rest, &runs, at, out),
            Some(b'`') => push("&#96;", 1, out),
            Some(b'\\') if rest.starts_with("\\`") => push("&#96;", 2, out),
            Some(b'\\') if rest.starts_with("\\@") => 1,
            Some(b'\\') if rest.starts_with("\\]:") => push("\\]\\:", 3, out),
            Some(b'\\') => plain(rest, rest.chars().take(2).map(char::len_utf8).sum(), out),
            Some(b'<') if begins_tag(rest) => push("&lt;", 1, out),
            // A character in disguise could be the `@` of a mention.
            Some(b'&') if rest.starts_with("&#") || rest.starts_with("&commat;") => push("&amp;", 1, out),
            Some(b'~') if rest.starts_with("~~~") => push("\\~\\~\\~", 3, out),
            Some(b'@') if !in_address && is_mention(line, at) => mention(rest, out),
            // No definition of an address, and no link but to the web or into the repository.
            Some(b']') if rest.starts_with("]:") => push("]\\:", 2, out),
            Some(b']') if rest.strip_prefix("](").is_some_and(|target| !is_harmless(target)) => push("]\\(", 2, out),
            _ => plain(rest, rest.chars().next().map_or(1, char::len_utf8), out),
        };
        let ends_word = |c: char| c.is_whitespace() || matches!(c, '(' | '<' | '[');
        in_address =
            rest.starts_with("://") || in_address && !rest.get(..read).is_some_and(|read| read.contains(ends_word));
        at += read;
    }
}

/// Whether `line` could be a row of a table that tears one of its code spans apart, with something active on it.
fn is_torn(line: &str, runs: &Runs) -> bool {
    let (mut at, mut torn) = (0, false);
    while let Some(begin) = line.get(at..).and_then(|rest| rest.find('`')) {
        at += begin;
        let rest = line.get(at..).unwrap_or_default();
        let span = runs.span(rest, at, ticks(rest));
        torn |= span.and_then(|end| rest.get(..end)).is_some_and(|span| span.contains('|'));
        at += span.unwrap_or(ticks(rest));
    }
    torn && line.contains(['<', '@', ']', '&', '~'])
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

/// Whether a forge would take the `@` at `at` for a mention: not inside of a word.
fn is_mention(line: &str, at: usize) -> bool {
    let begins = !line.get(..at).is_some_and(|before| before.ends_with(char::is_alphanumeric));
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

/// Whether a link may lead to what begins `target`. No further than to the next link is read, or many on one line would
/// each be read to its end.
fn is_harmless(target: &str) -> bool {
    let target = target.trim_start();
    let begins = |scheme: &str| target.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    let end = |c: char| c.is_whitespace() || matches!(c, ')' | ':' | '&' | '\\' | '<' | ']');
    let is_path = || {
        target
            .find(end)
            .and_then(|end| target.get(end..))
            .is_none_or(|rest| !rest.starts_with([':', '&', '\\', '<', ']']))
    };
    // What a link leads to may stand on the next line.
    !target.is_empty() && (["http://", "https://", "mailto:"].into_iter().any(begins) || is_path())
}

/// Headings of this level and above belong to the changelog itself.
const HIGHEST: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
    use std::time::{Duration, Instant};

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

    #[test]
    fn fences_are_those_of_markdown_and_stand_at_the_edge() {
        check("    ```\n@o <img>\n\n## 9.9.9", "      &#96;&#96;&#96;\n  `@o` &lt;img>\n\n  ##### 9.9.9");
        check("\t```\n@o", "  \t&#96;&#96;&#96;\n  `@o`");
        check("- n\n\n  ```\n@o <b>", "  - n\n\n  ```\n  ```\n  `@o` &lt;b>");
        check("1. ```sh\n   npm i\n     x\n   ```\n\nThen @o", "  1.\n  ```sh\n  npm i\n    x\n  ```\n\n  Then `@o`");
        check("- a\n  ```\n  b\n\n  ```\n- c", "  - a\n  ```\n  b\n\n  ```\n  - c");
        check("```\n    ```\n<b>\n```\n<b>", "  ````\n      ```\n  <b>\n  ````\n  &lt;b>");
        check("> ```\n> <b>\n> ~~~", "  > &#96;&#96;&#96;\n  > &lt;b>\n  > \\~\\~\\~");
    }

    #[test]
    fn nothing_acts_from_within_lists_tables_and_entities() {
        check("- # a\n> 1. #\n> x\n> ---", "  - #### a\n  > 1. ####\n  > x\n  > \\---");
        check("| `a | <b>` |", "  | &#96;a | &lt;b>&#96; |");
        check("| `a` | `<b>` |", "  | `a` | `<b>` |");
        check("[x](\njavascript:y)", "  [x]\\(\n  javascript:y)");
        check("&#64;x &commat;x &amp;", "  &amp;#64;x &amp;commat;x &amp;");
    }

    /// What of an entry with these details reaches beyond it or acts on somebody.
    fn dangers(details: &str) -> Vec<String> {
        let text = format!("- x\n\n{details}\n- next\n\n## 1.0.0\n");
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        let (mut found, mut code, mut depth, mut top) = (Vec::new(), false, 0_usize, Vec::new());
        let mut word = String::new();
        for event in Parser::new_ext(&text, options | Options::ENABLE_FOOTNOTES) {
            if depth <= 1 && matches!(event, Event::Start(_)) {
                top.push(format!("{event:?}"));
            }
            match &event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                _ => {}
            }
            match &event {
                Event::Html(_) | Event::InlineHtml(_) => found.push(format!("{event:?}")),
                Event::Start(Tag::Heading { level, .. }) if depth > 1 && *level <= HeadingLevel::H3 => {
                    found.push(format!("{event:?}"));
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
                    if dest_url.contains(':') && !dest_url.starts_with("https://") =>
                {
                    found.push(format!("{event:?}"));
                }
                Event::Start(Tag::CodeBlock(_)) => code = true,
                Event::End(TagEnd::CodeBlock) => code = false,
                _ => {}
            }
            match event {
                Event::Text(text) if !code => word.push_str(&text),
                _ => word.push(' '),
            }
        }
        let mentions = word.match_indices('@').filter(|&(at, _)| is_mention(&word, at)).map(|(at, _)| at);
        found.extend(
            mentions
                .filter(|&at| word.get(..at).is_some_and(|before| !before.contains("://")))
                .map(|at| format!("mention at {at} in {word}")),
        );
        let references = Parser::new(&text).reference_definitions().iter().count();
        found.extend((references > 0).then(|| "a definition".to_owned()));
        let items = top.iter().filter(|tag| tag.ends_with("(Item)")).count();
        let others = top.iter().filter(|tag| !tag.ends_with("(Item)")).count();
        found.extend(((items, others) != (2, 2)).then(|| format!("{top:?}")));
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn an_entry_stays_within_itself(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "```", "```", "````", "~~~", "`", "sh", "\n", "\n", "\n", "\n\n", " ", "  ", "    ", "\t", "- ", "1. ", "2) ",
                "> ", "* ", "| ", "|", "\n|-|-|\n", "<img src=x>", "</b>", "<!-- ", "<?", "@ada", "@ada", "a", "## 9.9.9", "# ",
                "---", "===", "[1.0.0]: https://e", "[x]", "](", "javascript:", ")", "\\", "&#64;", "*", "_", "\u{a0}", "[^1]:",
            ]), 0..24),
        ) {
            let text = pieces.concat();
            let details = block(&text);
            prop_assert!(details.lines().all(|line| line.is_empty() || line.starts_with("  ")), "{}", details);
            let dangers = dangers(&details);
            prop_assert!(dangers.is_empty(), "{:?} became\n{}\n{:?}", text, details, dangers);
        }
    }

    #[test]
    fn time_grows_with_the_text_alone() {
        for piece in ["](", "@a.", "a@", "://@", "`|", "[x](a", "~~~\n", "- ```\n", "    ```\n", "> ", "1. "] {
            let begin = Instant::now();
            block(&piece.repeat(0x10000 / piece.len()));
            assert!(begin.elapsed() < Duration::from_secs(2), "{piece:?} takes {:?}", begin.elapsed());
        }
    }
}
