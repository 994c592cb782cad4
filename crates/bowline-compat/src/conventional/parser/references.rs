//! Issues that a line names, and what is done with them.

use super::Reference;
use crate::conventional::text::{self, is_line_end, is_word, part, pattern};
use regex::Regex;

/// Finds issues.
pub(in crate::conventional) struct Finder {
    /// A keyword and the white space behind it.
    action: Option<Regex>,
    /// A keyword.
    keyword: Option<Regex>,
    /// All keywords.
    keywords: Vec<String>,
    /// Version 7: as `action`, for a line that is a footer.
    footer_action: Option<Regex>,
    /// A prefix and an issue.
    issue: Option<Regex>,
    /// A text that contains none of these has no issue.
    prefixes: Vec<String>,
    ignores_case: bool,
    url: Regex,
}

impl Finder {
    /// For these keywords and prefixes; `None` stands for anything and for nothing. `what` says where the prefixes come from.
    pub(in crate::conventional) fn new(
        actions: Option<&[String]>,
        prefixes: Option<&[String]>,
        is_case_sensitive: bool,
        is_modern: bool,
    ) -> Result<Self, String> {
        let escape =
            |part: &String| if is_modern { regex::escape(text::trim(part)) } else { text::trim(part).to_owned() };
        let join = |parts: &[String]| -> String {
            parts.iter().map(escape).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("|")
        };
        let keywords = actions.map(join).filter(|joined| !joined.is_empty());
        let keywords = keywords.as_deref();
        let action = keywords.map(|keywords| pattern(&format!(r"({keywords})\s+"), "i")).transpose()?;
        let footer_action = keywords.map(|keywords| pattern(&format!(r"({keywords}):?\s+"), "i")).transpose()?;
        let keyword = keywords.map(|keywords| pattern(&format!("(?:{keywords})"), "i")).transpose()?;
        let joined = prefixes.map(join).filter(|joined| !joined.is_empty());
        let flags = if is_case_sensitive { "" } else { "i" };
        let issue = joined.map(|joined| {
            let source = if is_modern { format!("^({joined})") } else { format!(r"({joined})([\w-]*\d)") };
            pattern(&source, flags)
        });
        Ok(Self {
            action,
            keyword,
            footer_action,
            issue: issue.transpose()?,
            keywords: actions.unwrap_or_default().iter().map(|word| text::trim(word).to_owned()).collect(),
            prefixes: prefixes.unwrap_or_default().iter().map(|prefix| text::trim(prefix).to_owned()).collect(),
            ignores_case: !is_case_sensitive,
            url: pattern(r"\bhttps?:\/\/(?:www\.)?([-a-zA-Z0-9@:%_+.~#?&//=])+\b", "")?,
        })
    }

    /// As versions 3.2 and 4 find them: with a keyword in the line, only what follows one counts.
    pub(super) fn classic(&self, line: &str, references: &mut Vec<Reference>) {
        let Some(issue) = &self.issue else { return };
        if !self.may_have_issue(line) || !issue.is_match(line) {
            return;
        }
        let mut any = false;
        let mut at = 0;
        while let Some((action, from, to)) = self.sentence(line, at) {
            any = true;
            classic_issues(issue, part(line, from, to), Some(action), references);
            at = to;
        }
        if !any {
            for segment in line.split(is_line_end) {
                classic_issues(issue, segment, None, references);
            }
        }
    }

    /// The next keyword at or after a place, and what it is said of: up to the next keyword.
    fn sentence<'t>(&self, line: &'t str, mut at: usize) -> Option<(&'t str, usize, usize)> {
        let (action, keyword) = (self.action.as_ref()?, self.keyword.as_ref()?);
        loop {
            let found = action.captures_at(line, at)?;
            let (whole, word) = (found.get(0)?, found.get(1)?);
            let to = keyword.find_at(line, whole.end()).map_or(line.len(), |next| next.start());
            if !part(line, whole.end(), to).contains(is_line_end) {
                return Some((word.as_str(), whole.end(), to));
            }
            at = whole.start() + line.get(whole.start()..)?.chars().next()?.len_utf8();
        }
    }

    /// Cheap to ask, and mostly false.
    fn may_have_issue(&self, line: &str) -> bool {
        match self.prefixes.as_slice() {
            [prefix] if prefix == "#" => line.contains('#'),
            _ => true,
        }
    }

    /// As version 7 finds them: keywords are whole words, and what stands before one counts as well.
    pub(super) fn modern(&self, line: &str, is_footer: bool, references: &mut Vec<Reference>) {
        if self.issue.is_none() || !self.may_have_issue(line) {
            return;
        }
        let mut at = 0;
        let mut last = 0;
        while let Some((action, start, from, to)) = self.whole_word_sentence(line, at, is_footer) {
            self.modern_issues(part(line, last, start), None, references);
            self.modern_issues(part(line, from, to), Some(action), references);
            (at, last) = (to, to);
        }
        self.modern_issues(part(line, last, line.len()), None, references);
    }

    fn whole_word_sentence<'t>(
        &self,
        line: &'t str,
        mut at: usize,
        is_footer: bool,
    ) -> Option<(&'t str, usize, usize, usize)> {
        let action = if is_footer { self.footer_action.as_ref()? } else { self.action.as_ref()? };
        loop {
            let found = action.captures_at(line, at)?;
            let (whole, word) = (found.get(0)?, found.get(1)?);
            if !ends_with_word(line, whole.start()) {
                let to = self.next_whole_word(line, whole.end())?;
                if !part(line, whole.end(), to).contains(is_line_end) {
                    return Some((word.as_str(), whole.start(), whole.end(), to));
                }
            }
            at = whole.start() + line.get(whole.start()..)?.chars().next()?.len_utf8();
        }
    }

    fn next_whole_word(&self, line: &str, mut at: usize) -> Option<usize> {
        let keyword = self.keyword.as_ref()?;
        while let Some(found) = keyword.find_at(line, at) {
            // The first keyword that fits may be the head of a longer one: `close` of `closes`.
            let rest = line.get(found.start()..)?;
            let is_whole = self.keywords.iter().any(|keyword| begins_with_whole(rest, keyword));
            if is_whole && !ends_with_word(line, found.start()) {
                return Some(found.start());
            }
            at = found.start() + rest.chars().next()?.len_utf8();
        }
        Some(line.len())
    }

    /// Whether a text begins with a prefix and goes on behind it.
    pub(super) fn has_text_after_prefix(&self, text: &str) -> bool {
        self.prefixes.iter().filter(|prefix| !prefix.is_empty()).any(|prefix| {
            let is_prefix = text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
            let next = text.get(prefix.len()..).and_then(|rest| rest.chars().next());
            is_prefix && next.is_some_and(|next| !is_line_end(next))
        })
    }

    fn modern_issues(&self, sentence: &str, action: Option<&str>, references: &mut Vec<Reference>) {
        if !self.may_have_issue(sentence) || self.url.is_match(sentence) {
            return;
        }
        let mut at = 0;
        while let Some((mut reference, end)) = self.next_modern(sentence, at) {
            reference.action = action.map(str::to_owned);
            references.push(reference);
            at = end;
        }
    }

    fn next_modern(&self, sentence: &str, at: usize) -> Option<(Reference, usize)> {
        let bytes = sentence.as_bytes();
        let mut run_end = 0;
        for (offset, letter) in sentence.get(at..)?.char_indices() {
            let start = at + offset;
            if start.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|before| !is_repository(*before)) {
                if run_end <= start {
                    run_end = start + bytes.iter().skip(start).take_while(|byte| is_repository(**byte)).count();
                }
                let with_repository = (run_end > start).then(|| self.issue_at(sentence, run_end)).flatten();
                let (prefix_at, found) = match with_repository {
                    Some(found) => (run_end, Some(found)),
                    None => (start, self.issue_at(sentence, start)),
                };
                if let Some((prefix, issue)) = found {
                    let end = prefix_at + prefix.len() + issue.len();
                    let (owner, repository) = match part(sentence, start, prefix_at) {
                        "" => (None, None),
                        named => match named.split_once('/') {
                            Some((owner, name)) => (Some(owner.to_owned()), Some(name.to_owned())),
                            None => (None, Some(named.to_owned())),
                        },
                    };
                    let (prefix, issue) = (prefix.to_owned(), issue.to_owned());
                    let raw = part(sentence, at, end).to_owned();
                    return Some((Reference { action: None, owner, repository, prefix, issue, raw }, end));
                }
            }
            if is_line_end(letter) {
                return None;
            }
        }
        None
    }

    /// A prefix and a whole issue at a place: a word with a digit, and nothing behind it that would go on.
    fn issue_at<'t>(&self, sentence: &'t str, at: usize) -> Option<(&'t str, &'t str)> {
        let rest = sentence.get(at..)?;
        self.prefixes.iter().filter(|prefix| !prefix.is_empty()).find_map(|prefix| {
            let head = rest.get(..prefix.len())?;
            let is_prefix = head == prefix || (self.ignores_case && head.eq_ignore_ascii_case(prefix));
            let tail = is_prefix.then(|| rest.get(prefix.len()..))??;
            let length = tail.bytes().take_while(|byte| is_word(*byte) || *byte == b'-').count();
            let issue = part(tail, 0, length);
            let goes_on = tail
                .get(length..)?
                .chars()
                .next()
                .is_some_and(|next| !text::is_space(next) && !matches!(next, ',' | ';' | '.' | ')' | ']'));
            (issue.bytes().any(|byte| byte.is_ascii_digit()) && !goes_on).then_some((head, issue))
        })
    }
}

fn classic_issues(issue: &Regex, sentence: &str, action: Option<&str>, references: &mut Vec<Reference>) {
    let mut at = 0;
    while let Some(found) = issue.captures_at(sentence, at) {
        let (Some(whole), Some(prefix)) = (found.get(0), found.get(1)) else { return };
        let before = part(sentence, at, prefix.start());
        let length = before.bytes().rev().take_while(|byte| is_repository(*byte)).count();
        let named = part(before, before.len() - length, before.len());
        let (owner, repository) = match named.split_once('/') {
            Some((owner, name)) => (Some(owner.to_owned()), name),
            None => (None, named),
        };
        references.push(Reference {
            action: action.map(str::to_owned),
            owner,
            repository: (!repository.is_empty()).then(|| repository.to_owned()),
            prefix: prefix.as_str().to_owned(),
            issue: part(sentence, prefix.end(), whole.end()).to_owned(),
            raw: String::new(),
        });
        at = whole.end();
    }
}

const fn is_repository(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'.' | b'/')
}

fn ends_with_word(line: &str, at: usize) -> bool {
    at.checked_sub(1).and_then(|before| line.as_bytes().get(before)).is_some_and(|byte| is_word(*byte))
}

fn starts_with_word(line: &str, at: usize) -> bool {
    line.as_bytes().get(at).is_some_and(|byte| is_word(*byte))
}

/// Whether a text begins with a keyword that ends there as a word.
fn begins_with_whole(text: &str, keyword: &str) -> bool {
    text.get(..keyword.len()).is_some_and(|head| head.eq_ignore_ascii_case(keyword))
        && !starts_with_word(text, keyword.len())
}
