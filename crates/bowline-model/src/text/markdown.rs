//! Text of strangers as one inline piece of Markdown.
//!
//! A description may bring code spans and bare addresses, which are useful and harmless. Everything else that Markdown
//! or a forge would act on is shown instead: tags, links, emphasis, block markers, `@mentions` and references into
//! other repositories (a forge would notify people or close issues there). `#12` of the own repository stays as it is.
//!
//! The time it takes grows with the text alone: what a code span or an entity could end with is never searched twice.

mod block;

pub use block::block;

use super::{Piece, finished, is_hidden, number, one_line, push, replaced};
use std::borrow::Cow;

/// `text` on one line, escaped. `own` is the repository's `owner/name`.
pub fn inline<'t>(text: &'t str, own: Option<&str>) -> Cow<'t, str> {
    if is_plain(text.trim()) { Cow::Borrowed(text.trim()) } else { linked(text, own, &|_| None) }
}

/// The same with a link for every word that has an `address`, which must need no escaping in Markdown. Code spans hold no
/// links.
pub fn linked<'t>(text: &'t str, own: Option<&str>, address: &dyn Fn(&str) -> Option<String>) -> Cow<'t, str> {
    let text = text.trim();
    let runs = Runs::of(text);
    let mut out = Writer { out: Vec::with_capacity(2 * text.len()), own, address };
    let first = text.get(..word_length(text)).unwrap_or_default().trim_end_matches(is_tail);
    let mut rest = if address(first).is_some() { text } else { out.block_marker(text) };
    while let Some(first) = rest.chars().next() {
        rest = match (first, word_length(rest)) {
            ('`', _) => out.code(rest, &runs, text.len() - rest.len()),
            (_, 0) => out.character(first, rest),
            (_, length) => out.word(rest, length),
        };
    }
    if out.out == text.as_bytes() { Cow::Borrowed(text) } else { Cow::Owned(finished(out.out)) }
}

/// Text that stands in a Markdown table cell or line and shows as it is, on one line of at most 300 characters.
pub fn cell(text: &str) -> Cow<'_, str> {
    let active = |c| {
        matches!(
            c,
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '|' | '~' | '@' | '&' | '!'
        )
    };
    let escaped = |_, c| active(c).then_some(Piece::Escaped(c));
    match one_line(text, 300) {
        Cow::Borrowed(line) => replaced(line, escaped),
        Cow::Owned(line) => Cow::Owned(replaced(&line, escaped).into_owned()),
    }
}

/// Whether nothing in `text` could have a meaning, seen at a glance: most text is so.
fn is_plain(text: &str) -> bool {
    let active = |byte: u8| {
        matches!(byte, b'`' | b'<' | b'&' | b'\\' | b'*' | b'[' | b']' | b'~' | b'@' | b'#' | b'!' | b'_' | 0x7f)
            || byte < b' '
    };
    let begins_block = text.starts_with(|c: char| c.is_ascii_digit() || "#>-+=:".contains(c));
    !(begins_block || text.bytes().any(active) || text.contains("://"))
        && (text.is_ascii() || !text.chars().any(is_hidden))
}

struct Writer<'o> {
    out: Vec<u8>,
    own: Option<&'o str>,
    address: &'o dyn Fn(&str) -> Option<String>,
}

impl Writer<'_> {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Escapes what would make the start of a list entry a heading, a quotation, a list or a rule.
    fn block_marker<'t>(&mut self, text: &'t str) -> &'t str {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = text.split_at_checked(digits).unwrap_or(("", text));
        match (digits, after.as_bytes().first()) {
            (1.., Some(mark @ (b'.' | b')'))) | (0, Some(mark @ (b'#' | b'>' | b'-' | b'+' | b'=' | b':'))) => {
                self.push(number);
                self.out.extend_from_slice(&[b'\\', *mark]);
                after.get(1..).unwrap_or_default()
            }
            _ => text,
        }
    }

    /// A code span of the text itself, or backticks that begin none. `at` is where they stand in the whole text.
    fn code<'t>(&mut self, rest: &'t str, runs: &Runs, at: usize) -> &'t str {
        let length = ticks(rest);
        let Some(end) = runs.span(rest, at, length) else {
            (0..length).for_each(|_| self.push("&#96;"));
            return rest.get(length..).unwrap_or_default();
        };
        self.separate();
        let (span, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        self.push(&one_line(span, usize::MAX));
        rest
    }

    /// A run of characters that may be a mention, an address or a reference.
    fn word<'t>(&mut self, rest: &'t str, length: usize) -> &'t str {
        let (word, rest) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let (word, tail) = word.split_at_checked(word.trim_end_matches(is_tail).len()).unwrap_or((word, ""));
        if let Some(address) = (self.address)(word) {
            self.out.push(b'[');
            self.plain(word);
            self.push("](");
            self.push(&address);
            self.out.push(b')');
        } else if self.is_active(word) {
            self.separate();
            self.out.push(b'`');
            self.push(word);
            self.out.push(b'`');
        } else {
            self.plain(word);
        }
        self.plain(tail);
        rest
    }

    /// Whether a forge would notify somebody or link to something outside of the repository.
    fn is_active(&self, word: &str) -> bool {
        let suspicious = word.bytes().any(|byte| matches!(byte, b'@' | b'#' | b'!' | b':'));
        suspicious && (mentions(word) || self.refers_elsewhere(word))
    }

    fn refers_elsewhere(&self, word: &str) -> bool {
        if word.starts_with("http://") || word.starts_with("https://") {
            return ["/issues/", "/pull/", "/merge_requests/", "/discussions/"].iter().any(|part| word.contains(part));
        }
        let digits = word.bytes().rev().take_while(u8::is_ascii_digit).count();
        let Some(place) = word.get(..word.len() - digits).and_then(|place| place.strip_suffix(['#', '!'])) else {
            return false;
        };
        let is_path = place.contains('/') || place.starts_with(|c: char| c.is_ascii_alphanumeric());
        digits > 0 && is_path && !place.eq_ignore_ascii_case("GH") && Some(place) != self.own
    }

    /// A word that is no more than one. An underscore between letters is one of them; any other could begin emphasis.
    fn plain(&mut self, word: &str) {
        let mut copied = 0;
        let underscores = word.bytes().enumerate().filter(|(_, byte)| *byte == b'_');
        for (at, _) in underscores {
            let (before, after) = (word.get(..at).unwrap_or_default(), word.get(at + 1..).unwrap_or_default());
            let begun =
                before.chars().next_back().or(self.out.last().filter(|_| at == 0).map(|&byte| char::from(byte)));
            let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            if !(inside(begun) && inside(after.chars().next())) {
                self.push(word.get(copied..at).unwrap_or_default());
                self.out.push(b'\\');
                copied = at;
            }
        }
        self.push(word.get(copied..).unwrap_or_default());
    }

    fn character<'t>(&mut self, c: char, rest: &'t str) -> &'t str {
        match c {
            '<' => self.push("&lt;"),
            '&' if is_entity(rest) => self.push("&amp;"),
            '\\' | '*' | '[' | ']' | '~' => self.out.extend_from_slice(&[b'\\', c as u8]),
            '\n' | '\r' | '\t' => self.out.push(b' '),
            c if is_hidden(c) => {
                self.out.push(b'\\');
                number(c, &mut self.out);
            }
            c => push(c, &mut self.out),
        }
        rest.get(c.len_utf8()..).unwrap_or_default()
    }

    /// Two code spans side by side would be read as one.
    fn separate(&mut self) {
        if self.out.last() == Some(&b'`') {
            self.out.push(b' ');
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

/// The length of the word at the start of `text`.
fn word_length(text: &str) -> usize {
    let mut end = 0;
    while let Some(&byte) = text.as_bytes().get(end) {
        let ascii = byte.is_ascii().then_some(char::from(byte));
        match ascii.or_else(|| text.get(end..)?.chars().next()) {
            Some(c) if in_word(c) => end += c.len_utf8(),
            _ => break,
        }
    }
    end
}

/// What may stand behind a word and is no part of it.
const fn is_tail(c: char) -> bool {
    matches!(c, '.' | ',' | ':' | '!' | '?' | ';' | '/')
}

/// Characters of words, names, paths and addresses that Markdown itself does not act on (`_` apart).
fn in_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric()
            || matches!(c, '@' | '_' | '-' | '.' | '/' | ':' | '#' | '!' | '?' | '=' | '+' | ',' | ';' | '%');
    }
    !is_hidden(c) && c.is_alphanumeric()
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

    #[test]
    fn words_with_addresses_are_links() {
        let address = |word: &str| ["#12", "PRO_J-7"].contains(&word).then(|| format!("https://x/{}", word.len()));
        for (text, expected) in [
            ("plain", "plain"),
            ("fix (#12).", "fix ([#12](https://x/3))."),
            ("#12: first", "[#12](https://x/3): first"),
            ("[#12] `#12` a#12 #123", "\\[[#12](https://x/3)\\] `#12` `a#12` #123"),
            ("PRO_J-7, _PRO_J-7_", "[PRO_J-7](https://x/7), \\_PRO_J-7\\_"),
        ] {
            assert_eq!(linked(text, None, &address), expected, "{text:?}");
        }
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
