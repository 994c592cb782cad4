//! As version 7 of the library reads.

use super::{Note, Parsed, Rules, append, cleaned, is_signature_line, lines};
use crate::conventional::text::{is_space, is_word, trim, trim_lines};
use std::collections::HashSet;

const SCISSORS: &str = "------------------------ >8 ------------------------";

pub(super) fn read(text: &str, rules: &Rules) -> Parsed {
    let mut reader = Reader { lines: kept_lines(text, rules), at: 0, rules, parsed: Parsed::default() };
    let is_merge = reader.merge();
    reader.header(is_merge);
    if let Some(header) = &reader.parsed.header {
        rules.references.modern(header, false, &mut reader.parsed.references);
    }
    let mut in_body = true;
    while reader.line().is_some() {
        reader.fields();
        if reader.note() {
            in_body = false;
        }
        in_body = reader.body_or_footer(in_body);
    }
    let mut parsed = reader.parsed;
    if parsed.notes.is_empty()
        && let (Some(pattern), Some(header)) = (&rules.breaking_header, &parsed.header)
        && let Some(found) = pattern.regex.captures(header)
    {
        let text = found.get(3).map_or("", |subject| subject.as_str()).to_owned();
        parsed.notes.push(Note { title: "BREAKING CHANGE".to_owned(), text });
    }
    if let Some(revert) = &rules.revert {
        let found = revert.captures(text, true);
        parsed.revert = found.map(|parts| parts.into_iter().map(|(name, value)| (name.to_string(), value)).collect());
    }
    parsed.body = cleaned(parsed.body);
    parsed.footer = cleaned(parsed.footer);
    for note in &mut parsed.notes {
        note.text = trim_lines(&note.text).to_owned();
    }
    let mut known = HashSet::new();
    parsed.references.retain(|reference| {
        let action = reference.action.as_deref().unwrap_or("null");
        known.insert(format!("{action} {}", reference.raw).to_lowercase())
    });
    parsed
}

fn kept_lines<'t>(text: &'t str, rules: &Rules) -> Vec<&'t str> {
    let all = lines(trim_lines(text));
    match rules.comment.as_deref().filter(|comment| !comment.is_empty()) {
        Some(comment) => {
            let scissors = format!("{comment} {SCISSORS}");
            all.take_while(|line| *line != scissors)
                .filter(|line| !line.starts_with(comment) && !is_signature_line(line))
                .collect()
        }
        None => all.filter(|line| !is_signature_line(line)).collect(),
    }
}

struct Reader<'t> {
    lines: Vec<&'t str>,
    at: usize,
    rules: &'t Rules,
    parsed: Parsed,
}

impl<'t> Reader<'t> {
    fn line(&self) -> Option<&'t str> {
        self.lines.get(self.at).copied()
    }

    fn merge(&mut self) -> bool {
        let found = match (&self.rules.merge, self.line()) {
            (Some(pattern), Some(line)) => pattern.captures(line, true),
            _ => None,
        };
        let Some(parts) = found else { return false };
        self.at += 1;
        for (name, value) in parts {
            self.assign(&name, value);
        }
        true
    }

    fn header(&mut self, is_merge: bool) {
        if is_merge {
            while self.line().is_some_and(|line| trim(line).is_empty()) {
                self.at += 1;
            }
        }
        let header = match self.parsed.header.clone() {
            Some(header) => Some(header),
            None => {
                let line = self.line().map(str::to_owned);
                self.at += 1;
                line
            }
        };
        let Some(header) = header.filter(|header| !header.is_empty()) else { return };
        let parts = self.rules.breaking_header.as_ref().and_then(|pattern| pattern.captures(&header, true));
        let parts = parts.or_else(|| self.rules.header.captures(&header, true));
        self.parsed.header = Some(header);
        for (name, value) in parts.unwrap_or_default() {
            self.assign(&name, value);
        }
    }

    fn assign(&mut self, name: &str, value: Option<String>) {
        match name {
            "header" => self.parsed.header = value,
            "body" => self.parsed.body = value,
            "footer" => self.parsed.footer = value,
            _ => self.parsed.set(name, value),
        }
    }

    /// Takes fields, with all that follows them: once a field has begun, only the end ends it.
    fn fields(&mut self) -> bool {
        let mut field: Option<String> = None;
        let mut any = false;
        while let Some(line) = self.line() {
            if let Some(name) = self.rules.fields.begins(line, self.rules.dialect) {
                field = (!name.is_empty()).then(|| name.to_owned());
            } else if let Some(name) = &field {
                any = true;
                match name.as_str() {
                    "header" => append(&mut self.parsed.header, line),
                    "body" => append(&mut self.parsed.body, line),
                    "footer" => append(&mut self.parsed.footer, line),
                    _ => self.parsed.append_field(name, line),
                }
            } else {
                break;
            }
            self.at += 1;
        }
        any
    }

    fn note(&mut self) -> bool {
        let mut any = false;
        'notes: loop {
            let Some(line) = self.line() else { return any };
            let Some(found) = self.rules.notes.as_ref().and_then(|notes| notes.captures(line)) else { return any };
            any = true;
            let group = |place| found.get(place).map_or("", |group: regex::Match<'_>| group.as_str()).to_owned();
            self.parsed.notes.push(Note { title: group(1), text: group(2) });
            let place = self.parsed.notes.len() - 1;
            append(&mut self.parsed.footer, line);
            self.at += 1;
            while let Some(line) = self.line() {
                if self.fields() {
                    return true;
                }
                // Fields may have been there without any text.
                let Some(current) = self.line() else { return true };
                let line = if std::ptr::eq(current, line) { line } else { current };
                if self.rules.notes.as_ref().is_some_and(|notes| notes.is_match(line)) {
                    continue 'notes;
                }
                let is_footer = self.is_footer(line);
                self.rules.references.modern(line, is_footer, &mut self.parsed.references);
                if !is_footer && let Some(note) = self.parsed.notes.get_mut(place) {
                    if !note.text.is_empty() {
                        note.text.push('\n');
                    }
                    note.text.push_str(line);
                }
                append(&mut self.parsed.footer, line);
                self.at += 1;
                if is_footer {
                    return true;
                }
            }
            return true;
        }
    }

    fn body_or_footer(&mut self, in_body: bool) -> bool {
        let Some(line) = self.line() else { return in_body };
        let is_footer = self.is_footer(line);
        let stays = in_body && !is_footer;
        self.rules.references.modern(line, is_footer, &mut self.parsed.references);
        append(if stays { &mut self.parsed.body } else { &mut self.parsed.footer }, line);
        self.at += 1;
        stays
    }

    /// Whether a line is a trailer, as git calls it: `Token: text`, or `Token #1`.
    fn is_footer(&self, line: &str) -> bool {
        let word = line.bytes().take_while(|byte| is_word(*byte) || *byte == b'-').count();
        let phrase = "BREAKING CHANGE";
        let is_phrase = line.get(..phrase.len()).is_some_and(|head| head.eq_ignore_ascii_case(phrase));
        (is_phrase && self.has_footer_text(line, phrase.len())) || (word > 0 && self.has_footer_text(line, word))
    }

    /// After the token: a colon, white space and a text, or white space, an issue's prefix and a text.
    fn has_footer_text(&self, line: &str, at: usize) -> bool {
        let rest = line.get(at..).unwrap_or_default();
        match rest.strip_prefix(':') {
            // One white space is the least, and some text; the text may itself be white space.
            Some(text) => {
                let mut letters = text.chars();
                letters.next().is_some_and(is_space)
                    && letters.next().is_some_and(|next| !super::super::text::is_line_end(next))
            }
            None => {
                let text = rest.trim_start_matches(is_space);
                text.len() < rest.len() && self.rules.references.has_text_after_prefix(text)
            }
        }
    }
}
