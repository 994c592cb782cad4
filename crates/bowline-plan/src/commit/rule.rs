//! Rules of the repository's own: regular expressions that are tried before the dialect.
//!
//! They read text and not bytes, because people write them for text. A message that is no UTF-8 is read as the encoding that
//! its commit declares, and a byte that is no text is one character (`U+FFFD`), so a pattern such as `.+` does not stop in front of
//! it. How much is looked at is bounded, so a message of any size costs little.

use super::Header;
use super::line::{Lines, split_first};
use bowline_config::section::commits::{Part, Rule};
use bowline_config::section::dialect::Dialect;
use regex::Captures;
use std::borrow::Cow;

/// How messages are read: rules first, then the dialect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading<'c> {
    /// How headers are written that no rule matches.
    pub dialect: Dialect,
    /// The rules, in their order.
    pub rules: &'c [Rule],
}

/// What the first rule that matches makes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit<'t> {
    /// This header.
    Header(Header<'t>),
    /// It takes the commit out; its number, from 0.
    TakenOut(usize),
}

impl<'c> Reading<'c> {
    /// How the configuration asks for it.
    pub fn of(config: &'c bowline_config::Config) -> Self {
        Self { dialect: config.commits.dialect, rules: &config.commits.rules }
    }

    /// What is to be read of `bytes`: themselves, or text where rules need it and they are none.
    pub fn text<'m>(&self, bytes: &'m [u8], encoding: Option<&str>) -> Cow<'m, [u8]> {
        if self.rules.is_empty() || std::str::from_utf8(bytes).is_ok() {
            return Cow::Borrowed(bytes);
        }
        Cow::Owned(super::decode::decode(bytes, encoding).0.into_owned().into_bytes())
    }

    /// What the rules say about a whole message.
    pub(super) fn hit<'t>(&self, message: &'t [u8], is_merge: bool) -> Option<Hit<'t>>
    where
        'c: 't,
    {
        let (first, _) = split_first(message);
        let subject = text_of(first).filter(|_| !self.rules.is_empty())?;
        let message = text_of(message)?;
        let mut rules = self.rules.iter().enumerate().filter(|(_, rule)| rule.merges || !is_merge);
        rules.find_map(|(number, rule)| {
            let on = match rule.on {
                Part::Subject => subject,
                Part::Message => message,
            };
            matched(number, rule, on, first)
        })
    }

    /// A header in the list of a squashed commit's body; none for what is none or takes no part.
    pub(super) fn item<'t>(&self, item: &'t [u8]) -> Option<Header<'t>>
    where
        'c: 't,
    {
        let text = text_of(item);
        let mut rules = self.rules.iter().enumerate().filter(|(_, rule)| rule.on == Part::Subject);
        match rules.find_map(|(number, rule)| matched(number, rule, text?, item)) {
            Some(Hit::Header(header)) => Some(header),
            Some(Hit::TakenOut(_)) => None,
            None => super::dialect::header(self.dialect, item),
        }
    }
}

fn matched<'t>(number: usize, rule: &'t Rule, text: &'t str, first: &'t [u8]) -> Option<Hit<'t>> {
    let pattern = rule.pattern.regex();
    if rule.ignore {
        return pattern.is_match(text).then_some(Hit::TakenOut(number));
    }
    let groups = pattern.captures(text)?;
    let kind = group(&groups, "type").or(rule.kind.as_deref()).unwrap_or_default();
    let described = group(&groups, "subject").and_then(first_line);
    Some(Hit::Header(Header {
        kind: kind.as_bytes(),
        scope: group(&groups, "scope").and_then(first_line),
        breaking: rule.breaking || group(&groups, "breaking").is_some(),
        description: described.unwrap_or(first),
        rule: Some(number),
    }))
}

/// What a named group holds; none when it takes no part or has nothing but blanks.
fn group<'t>(groups: &Captures<'t>, name: &str) -> Option<&'t str> {
    groups.name(name).map(|found| found.as_str().trim()).filter(|text| !text.is_empty())
}

fn first_line(text: &str) -> Option<&[u8]> {
    Lines::of(text.as_bytes()).map(|(_, line)| line.trim_ascii()).find(|line| !line.is_empty())
}

/// `bytes` as text, as far as rules look; none for what is no text.
fn text_of(bytes: &[u8]) -> Option<&str> {
    let looked_at = bytes.get(..MOST_BYTES).unwrap_or(bytes);
    match std::str::from_utf8(looked_at) {
        Ok(text) => Some(text),
        // A character at the border is left out.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&looked_at[..error.valid_up_to()]).ok(),
        Err(_) => None,
    }
}

/// A type as it is looked up: what is no letter of ASCII, digit, `-` or `_` becomes `-`.
pub(super) fn type_name(kind: &[u8]) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let words = kind.split(|&byte| !is_plain(byte)).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| String::from_utf8_lossy(word).to_ascii_lowercase()).collect();
    words.join("-").chars().take(MAX_TYPE).collect()
}

/// Bytes of a message that rules look at.
const MOST_BYTES: usize = 64 << 10;
/// Characters of a type that counts.
const MAX_TYPE: usize = 60;

#[cfg(test)]
mod tests {
    use super::super::Message;
    use super::*;
    use bowline_config::section::commits::Pattern;

    fn rule(pattern: &str) -> Rule {
        Rule::matching(Pattern::new(pattern).unwrap())
    }

    fn typed(pattern: &str, kind: &str) -> Rule {
        Rule { kind: Some(kind.to_owned()), ..rule(pattern) }
    }

    fn read(rules: &[Rule], message: &[u8], encoding: Option<&str>, is_merge: bool) -> String {
        let reading = Reading { dialect: Dialect::Conventional, rules };
        let text = reading.text(message, encoding);
        let message = Message::read(reading, &text, is_merge);
        if let Some(number) = message.taken_out {
            return format!("out {number}");
        }
        message.header.map_or("-".to_owned(), |header| {
            let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let number = header.rule.map_or(String::new(), |number| format!("{number} "));
            let scope = header.scope.map(|scope| format!("({})", shown(scope))).unwrap_or_default();
            let mark = if header.breaking { "!" } else { "" };
            format!("{number}{}{scope}{mark}: {}", header.name(), shown(header.description))
        })
    }

    #[track_caller]
    fn check(rules: &[Rule], table: &[(&str, &str)]) {
        for (message, expected) in table {
            assert_eq!(read(rules, message.as_bytes(), None, false), *expected, "{message:?}");
        }
    }

    #[test]
    fn tickets_in_front() {
        let rules = [rule(
            r"^(?:[A-Z][A-Z0-9]+-\d+[:,]?\s+)+(?<type>\w+)(?:\((?<scope>[^)]+)\))?(?<breaking>!)?: (?<subject>.+)",
        )];
        check(
            &rules,
            &[
                ("PROJ-12: fix: a crash", "0 fix: a crash"),
                ("PROJ-12 PROJ-13 feat(api)!: tabs", "0 feat(api)!: tabs"),
                ("PROJ-12: tidy up", "proj-12: tidy up"),
                ("feat(ui): tabs", "feat(ui): tabs"),
            ],
        );
    }

    #[test]
    fn subsystems() {
        let rules = [
            Rule { ignore: true, ..rule(r"^(?:doc|MAINTAINERS)\b") },
            typed(r"^(?<scope>[\w/.,+ -]+?): (?<subject>.+)", "fix"),
        ];
        check(
            &rules,
            &[
                ("net/mlx5e: do not read past the end", "1 fix(net/mlx5e): do not read past the end"),
                ("drm/i915: gt: take the lock", "1 fix(drm/i915): gt: take the lock"),
                ("doc: a table", "out 0"),
                ("Linux 6.18", "-"),
            ],
        );
    }

    #[test]
    fn brackets() {
        let rules = [
            typed(r"(?i)^\[features?\]\s*(?<subject>.+)", "feat"),
            rule(r"^\[(?<type>[^\]]+)\](?<breaking> BREAKING)? (?<subject>.+)"),
        ];
        check(
            &rules,
            &[
                ("[FEATURE] Add tabs", "0 feat: Add tabs"),
                ("[Bug Fix] A crash", "1 bug-fix: A crash"),
                ("[fix] BREAKING drop v1", "1 fix!: drop v1"),
                ("[Änderung] x", "1 nderung: x"),
                ("[FEATURE]", "-"),
            ],
        );
    }

    #[test]
    fn merges_of_pull_requests() {
        let pattern =
            r"^Merge pull request #\d+ from \S+\s+(?<type>\w+)(?:\((?<scope>[^)]+)\))?(?<breaking>!)?: (?<subject>.+)";
        let merges = [Rule { on: Part::Message, merges: true, ..rule(pattern) }];
        let message = b"Merge pull request #12 from acme/tabs\r\n\r\nfeat(ui): tabs\r\n\r\nMore words.";
        assert_eq!(read(&merges, message, None, true), "0 feat(ui): tabs");
        assert_eq!(read(&merges, b"Merge branch 'main' into tabs", None, true), "-");
        // What is no such merge is taken out by a rule behind it.
        let all = [merges[0].clone(), Rule { ignore: true, ..rule("^") }];
        assert_eq!(read(&all, message, None, true), "0 feat(ui): tabs");
        assert_eq!(read(&all, b"feat: brought by it", None, false), "out 1");
        let others = [Rule { on: Part::Message, ..rule(pattern) }];
        assert_eq!(read(&others, message, None, true), "-");
    }

    #[test]
    fn the_first_rule_decides() {
        check(
            &[typed("^fix", "chore"), typed("x", "feat"), Rule { breaking: true, ..rule("y$") }],
            &[("fix: x", "0 chore: fix: x"), ("tax", "1 feat: tax"), ("y", "2 !: y"), ("docs: a", "docs: a")],
        );
        // A group goes before the rule's own type, where it has anything.
        check(&[typed(r"^(?<type>\w*)/(?<subject>.*)$", "fix")], &[("feat/x", "0 feat: x"), ("/", "0 fix: /")]);
    }

    #[test]
    fn a_byte_that_is_no_text_is_one_character() {
        let rules = [typed(r"^korrektur: (?<subject>.+)$", "fix"), typed(r"^ände.ung$", "feat")];
        for (message, encoding, expected) in [
            (b"korrektur: caf\xe9 zu".as_slice(), Some("latin1"), "0 fix: café zu"),
            (b"korrektur: caf\xe9 zu", None, "0 fix: caf\u{fffd} zu"),
            (b"\xe4nderung", Some("latin1"), "1 feat: änderung"),
            ("ände\u{fffd}ung".as_bytes(), None, "1 feat: ände\u{fffd}ung"),
            (b"feat: caf\xe9", None, "feat: caf\u{fffd}"),
        ] {
            assert_eq!(read(&rules, message, encoding, false), expected, "{message:?}");
        }
    }

    #[test]
    fn the_cost_is_bounded() {
        let rules = [Rule { on: Part::Message, ..typed(r"(?s)(?:a|aa|\w+)+(?:.*é){3}z$", "fix") }];
        let huge = format!("{}\n\n{}", "é".repeat(5 << 20), "a".repeat(5 << 20));
        assert_eq!(read(&rules, huge.as_bytes(), None, false), "-");
        assert_eq!(type_name(&[b'a'; 1 << 20]).len(), MAX_TYPE);
    }
}
