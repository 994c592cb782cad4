//! Text of strangers as one inline piece of Markdown.
//!
//! A description may bring code spans and bare addresses, which are useful and harmless. Everything else that Markdown
//! or a forge would act on is shown instead: tags, links, emphasis, block markers, `@mentions` and references into
//! other repositories (a forge would notify people or close issues there). `#12` of the own repository stays as it is.

/// `text`, which is on one line, escaped. `own` is the repository's `owner/name`.
pub fn inline(text: &str, own: Option<&str>) -> String {
    let mut out = Writer { out: String::with_capacity(text.len() + 16), own };
    let text = text.trim();
    let mut rest = out.block_marker(text);
    while let Some(first) = rest.chars().next() {
        rest = match code_span(rest) {
            Some(end) => out.verbatim(rest, end),
            None if in_word(first) => out.word(rest),
            None => out.character(first, rest),
        };
    }
    out.out
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

    /// A code span of the text itself.
    fn verbatim<'t>(&mut self, rest: &'t str, end: usize) -> &'t str {
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
            '`' => self.out.push_str("&#96;"),
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

/// The length of the code span at the start of `text`: a run of backticks, and the next run of the same length.
fn code_span(text: &str) -> Option<usize> {
    let run = |text: &str| text.bytes().take_while(|&b| b == b'`').count();
    let length = run(text);
    if length == 0 {
        return None;
    }
    let mut at = length;
    while let Some(found) = text.get(at..)?.find('`') {
        let here = run(text.get(at + found..)?);
        at += found + here;
        if here == length {
            return Some(at);
        }
    }
    None
}

/// Whether `word` holds `@name` where a forge takes it for a mention: not inside a word, as in a mail address.
fn mentions(word: &str) -> bool {
    word.match_indices('@').any(|(at, _)| {
        let before = word.get(..at).and_then(|before| before.chars().next_back());
        let after = word.get(at + 1..).and_then(|after| after.chars().next());
        !before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
    })
}

fn is_entity(text: &str) -> bool {
    let name = text.get(1..).and_then(|rest| rest.split_once(';')).map(|(name, _)| name);
    name.is_some_and(|name| name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#'))
}

/// Characters of words, names, paths and addresses that Markdown itself does not act on (`_` apart).
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || "@_-./:#!?=+,;%".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    fn check(text: &str, expected: &str) {
        assert_eq!(inline(text, Some("acme/app")), expected, "{text:?}");
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
    }

    #[test]
    fn active_text_is_shown() {
        check("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)>");
        check("[x](javascript:alert(1))", "\\[x\\](javascript:alert(1))");
        check("unclosed ` tick", "unclosed &#96; tick");
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
