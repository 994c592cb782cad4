//! Text of strangers as one inline piece of Markdown.
//!
//! A description may bring code spans and bare addresses, which are useful and harmless. Everything else that Markdown
//! or a forge would act on is shown instead: tags, links, emphasis, block markers, `@mentions` and references into
//! other repositories (a forge would notify people or close issues there). `#12` of the own repository stays as it is.
//!
//! The time it takes grows with the text alone: what a code span or an entity could end with is never searched twice.

use super::{Piece, one_line, replaced};
use std::borrow::Cow;

/// `text` on one line, escaped. `own` is the repository's `owner/name`.
pub fn inline<'t>(text: &'t str, own: Option<&str>) -> Cow<'t, str> {
    match one_line(text.trim(), usize::MAX) {
        Cow::Borrowed(line) => escaped(line, own),
        Cow::Owned(line) => Cow::Owned(escaped(&line, own).into_owned()),
    }
}

/// Text that stands in a Markdown table cell or line and shows as it is, on one line of at most 300 characters.
pub fn cell(text: &str) -> Cow<'_, str> {
    let active = |c| {
        matches!(
            c,
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '|' | '~' | '@' | '&' | '!'
        )
    };
    let escaped = |c| active(c).then_some(Piece::Escaped(c));
    match one_line(text, 300) {
        Cow::Borrowed(line) => replaced(line, escaped),
        Cow::Owned(line) => Cow::Owned(replaced(&line, escaped).into_owned()),
    }
}

fn escaped<'t>(text: &'t str, own: Option<&str>) -> Cow<'t, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let runs = Runs::of(text);
    let mut out = Writer { out: String::with_capacity(text.len() + text.len() / 4 + 16), own };
    let mut rest = out.block_marker(text);
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '`' => out.code(rest, &runs, text.len() - rest.len()),
            _ if in_word(first) => out.word(rest),
            _ => out.character(first, rest),
        };
    }
    if out.out == text { Cow::Borrowed(text) } else { Cow::Owned(out.out) }
}

/// Whether nothing in `text` could have a meaning, seen at a glance: most text is so.
fn is_plain(text: &str) -> bool {
    let active =
        |byte: u8| matches!(byte, b'`' | b'<' | b'&' | b'\\' | b'*' | b'[' | b']' | b'~' | b'@' | b'#' | b'!' | b'_');
    let begins_block = text.starts_with(|c: char| c.is_ascii_digit() || "#>-+=:".contains(c));
    !begins_block && !text.bytes().any(active) && !text.contains("://")
}

struct Writer<'o> {
    out: String,
    own: Option<&'o str>,
}

impl Writer<'_> {
    /// Escapes what would make the start of a list entry a heading, a quotation, a list or a rule.
    fn block_marker<'t>(&mut self, text: &'t str) -> &'t str {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = text.split_at_checked(digits).unwrap_or(("", text));
        let mut rest = after.chars();
        match (digits, rest.next()) {
            (1.., Some(mark @ ('.' | ')'))) | (0, Some(mark @ ('#' | '>' | '-' | '+' | '=' | ':'))) => {
                self.out.push_str(number);
                self.out.push('\\');
                self.out.push(mark);
                rest.as_str()
            }
            _ => text,
        }
    }

    /// A code span of the text itself, or backticks that begin none. `at` is where they stand in the whole text.
    fn code<'t>(&mut self, rest: &'t str, runs: &Runs, at: usize) -> &'t str {
        let length = ticks(rest);
        let Some(end) = runs.span(rest, at, length) else {
            (0..length).for_each(|_| self.out.push_str("&#96;"));
            return rest.get(length..).unwrap_or_default();
        };
        self.separate();
        let (span, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        self.out.push_str(span);
        rest
    }

    /// A run of characters that may be a mention, an address or a reference.
    fn word<'t>(&mut self, rest: &'t str) -> &'t str {
        let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        let (word, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let tail = word.len() - word.trim_end_matches(['.', ',', ':', '!', '?', ';', '/']).len();
        let (word, tail) = word.split_at_checked(word.len() - tail).unwrap_or((word, ""));
        if self.is_active(word) {
            self.separate();
            self.out.push('`');
            self.out.push_str(word);
            self.out.push('`');
        } else {
            self.plain(word);
        }
        self.plain(tail);
        rest
    }

    /// Whether a forge would notify somebody or link to something outside of the repository.
    fn is_active(&self, word: &str) -> bool {
        mentions(word) || self.refers_elsewhere(word)
    }

    fn refers_elsewhere(&self, word: &str) -> bool {
        if word.starts_with("http://") || word.starts_with("https://") {
            return ["/issues/", "/pull/", "/merge_requests/", "/discussions/"].iter().any(|part| word.contains(part));
        }
        let Some((place, number)) = word.rsplit_once(['#', '!']) else { return false };
        let counts = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let is_path = place.contains('/') || place.starts_with(|c: char| c.is_ascii_alphanumeric());
        counts && is_path && !place.eq_ignore_ascii_case("GH") && Some(place) != self.own
    }

    fn plain(&mut self, word: &str) {
        let mut before = self.out.chars().next_back();
        let mut chars = word.chars().peekable();
        while let Some(c) = chars.next() {
            let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            if c == '_' && !(inside(before) && inside(chars.peek().copied())) {
                self.out.push('\\');
            }
            self.out.push(c);
            before = Some(c);
        }
    }

    fn character<'t>(&mut self, c: char, rest: &'t str) -> &'t str {
        match c {
            '<' => self.out.push_str("&lt;"),
            '&' if is_entity(rest) => self.out.push_str("&amp;"),
            '\\' | '*' | '[' | ']' | '~' => {
                self.out.push('\\');
                self.out.push(c);
            }
            _ => self.out.push(c),
        }
        rest.get(c.len_utf8()..).unwrap_or_default()
    }

    /// Two code spans side by side would be read as one.
    fn separate(&mut self) {
        if self.out.ends_with('`') {
            self.out.push(' ');
        }
    }
}

/// Where the last run of backticks of each length begins, so that no end is looked for in vain.
struct Runs(Vec<usize>);

impl Runs {
    fn of(text: &str) -> Self {
        let mut last = Vec::new();
        let mut at = 0;
        while let Some(found) = text.get(at..).and_then(|rest| rest.find('`')) {
            at += found;
            let length = ticks(text.get(at..).unwrap_or_default());
            if last.len() <= length {
                last.resize(length + 1, 0);
            }
            last[length] = at;
            at += length;
        }
        Self(last)
    }

    /// The length of the code span at the start of `rest`, which begins with so many backticks and stands at `at`: it ends
    /// with the next run of the same length.
    fn span(&self, rest: &str, at: usize, length: usize) -> Option<usize> {
        if self.0.get(length).is_none_or(|&last| last <= at) {
            return None;
        }
        let mut end = length;
        loop {
            end += rest.get(end..)?.find('`')?;
            let here = ticks(rest.get(end..)?);
            end += here;
            if here == length {
                return Some(end);
            }
        }
    }
}

/// How many backticks `text` begins with.
fn ticks(text: &str) -> usize {
    text.bytes().take_while(|&byte| byte == b'`').count()
}

/// Whether `word` holds `@name` where a forge takes it for a mention: not inside a word, as in a mail address.
fn mentions(word: &str) -> bool {
    word.match_indices('@').any(|(at, _)| {
        let before = word.get(..at).and_then(|before| before.chars().next_back());
        let after = word.get(at + 1..).and_then(|after| after.chars().next());
        !before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
    })
}

/// Whether `text`, which begins with `&`, begins with what would be read as a single character. No name of one is longer.
fn is_entity(text: &str) -> bool {
    let name = text.bytes().skip(1).take(32).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
    text.as_bytes().get(name + 1) == Some(&b';')
}

/// Characters of words, names, paths and addresses that Markdown itself does not act on (`_` apart).
fn in_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric()
            || matches!(c, '@' | '_' | '-' | '.' | '/' | ':' | '#' | '!' | '?' | '=' | '+' | ',' | ';' | '%');
    }
    c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    fn check(text: &str, expected: &str) {
        let safe = inline(text, Some("acme/app"));
        assert_eq!(safe, expected, "{text:?}");
        assert_eq!(matches!(safe, Cow::Borrowed(_)), text == expected, "{text:?} is copied only when it changes");
    }

    #[test]
    fn harmless_text_stays() {
        check("add a thing", "add a thing");
        check("use `Vec<u8>` here", "use `Vec<u8>` here");
        check("``a ` b`` ok", "``a ` b`` ok");
        check("snake_case stays", "snake_case stays");
        check("close #12, GH-3 (#4)", "close #12, GH-3 (#4)");
        check("acme/app#12", "acme/app#12");
        check("see https://example.org/a_b?c=d#e.", "see https://example.org/a_b?c=d#e.");
        check("mail a@example.org", "mail a@example.org");
        check("AT&T, 100% & more!", "AT&T, 100% & more!");
        check("drop x: y -> z | w", "drop x: y -> z | w");
        check("1.2.3 is out", "1\\.2.3 is out");
        check("what?! no #", "what?! no #");
        check("`a` ``b`` `c`", "`a` ``b`` `c`");
    }

    #[test]
    fn active_text_is_shown() {
        check("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)>");
        check("[x](javascript:alert(1))", "\\[x\\](javascript:alert(1))");
        check("unclosed ` tick", "unclosed &#96; tick");
        check("``` a ``", "&#96;&#96;&#96; a &#96;&#96;");
        check("``` a `b` ``", "&#96;&#96;&#96; a `b` &#96;&#96;");
        check("two\nlines\r\n\u{202e}", "two lines  \\\\u{202E}");
        check("*a* _b_ ~~c~~ __init__", "\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\_\\_init\\_\\_");
        check("&lt;b&gt; &#60;", "&amp;lt;b&amp;gt; &amp;#60;");
        check("# heading", "\\# heading");
        check("> quote", "\\> quote");
        check("- item", "\\- item");
        check("1) item", "1\\) item");
        check("::error::x", "\\::error::x");
        check("a \\ b", "a \\\\ b");
        check("thanks @spawn, @org/team.", "thanks `@spawn`, `@org/team`.");
        check("bump @types/node", "bump `@types/node`");
        check("`a`@b", "`a` `@b`");
        check("@b`a`", "`@b` `a`");
        check("fixes org/other#1 and other#2", "fixes `org/other#1` and `other#2`");
        check("see group/proj!7", "see `group/proj!7`");
        check("fixes https://github.com/o/r/issues/1.", "fixes `https://github.com/o/r/issues/1`.");
        check("(@spawn)", "(`@spawn`)");
        check("_@spawn_", "`_@spawn_`");
    }

    /// Raw HTML, links to anything but the web, and blocks other than one list entry.
    fn dangers(markdown: &str) -> Vec<String> {
        let danger = |event: Event<'_>| match event {
            Event::Html(html) | Event::InlineHtml(html) => Some(format!("html {html}")),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(format!("link {dest_url}")),
            Event::Start(Tag::List(_) | Tag::Item | Tag::Paragraph) | Event::End(_) => None,
            Event::Start(tag) => Some(format!("{tag:?}")),
            Event::Rule | Event::SoftBreak | Event::HardBreak | Event::TaskListMarker(_) => Some(format!("{event:?}")),
            _ => None,
        };
        let lists = Parser::new(markdown).filter(|event| matches!(event, Event::Start(Tag::Item))).count();
        let found = Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION).filter_map(danger);
        found.chain((lists > 1).then(|| "several lists".to_owned())).collect()
    }

    fn visible(markdown: &str) -> String {
        Parser::new(markdown)
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.into_string()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn cells_show_what_they_are_given() {
        for (text, expected) in [
            ("plain 1.2.3", "plain 1.2.3"),
            ("a|b\n<img> [x](y) @z `c` &lt;", "a\\|b \\<img\\> \\[x\\]\\(y\\) \\@z \\`c\\` \\&lt;"),
            ("\u{1b}[1m", "\\\\u\\{001B\\}\\[1m"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn readers_see_the_text_and_nothing_acts(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "<", ">", "b", "/", "!", "--", "`", "``", "*", "_", "[", "]", "(", ")", ":", "javascript", "&", "lt", ";", "#",
                "1", ".", "-", "+", "~", "|", "\\", " ", "@", "a", "é", "=", "\"", "'", "::", "$", "{", "}", "https://x", "^",
            ]), 0..14),
        ) {
            let text = pieces.concat();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let markdown = format!("- {}", inline(&text, None));
            let dangers = dangers(&markdown);
            // Dollar signs make formulas, colons definition lists and carets superscripts in dialects that no forge
            // gives to release texts as blocks or links.
            let dangers: Vec<_> = dangers
                .iter()
                .filter(|danger| !["Superscript", "Subscript", "DefinitionList"].iter().any(|d| danger.starts_with(d)))
                .collect();
            prop_assert!(dangers.is_empty(), "{:?} became {:?}: {:?}", text, markdown, dangers);
            if !text.contains('`') {
                let seen: String = visible(&markdown).split_whitespace().collect();
                prop_assert_eq!(seen, text.split_whitespace().collect::<String>(), "{}", markdown);
            }
        }
    }
}
