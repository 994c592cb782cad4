//! As versions 3.2 and 4 of the library read.

use super::{Note, Parsed, Rules, append, cleaned, is_signature_line, lines};
use crate::conventional::text::{trim, trim_lines};
use std::rc::Rc;

/// From this line on, git leaves a message out.
const SCISSORS: &str = "# ------------------------ >8 ------------------------";

pub(super) fn read(text: &str, rules: &Rules) -> Parsed {
    let mut kept = lines(trim_lines(text))
        .take_while(|line| *line != SCISSORS)
        .filter(|line| rules.comment.as_deref().is_none_or(|comment| !starts_with_one(line, comment)))
        .filter(|line| !is_signature_line(line));
    let mut parsed = Parsed::default();
    let Some(first) = kept.next() else { return parsed };

    let merge = rules.merge.as_ref().and_then(|merge| merge.captures(first, false));
    let header = match &merge {
        Some(_) => kept.by_ref().find(|line| !trim(line).is_empty()).unwrap_or_default(),
        None => first,
    };
    match rules.header.captures(header, false) {
        Some(parts) => parsed.parts.extend(parts),
        None => parsed.parts.extend(rules.header.empty()),
    }
    match (merge, &rules.merge) {
        (Some(parts), _) => parsed.parts.extend(parts),
        (None, Some(pattern)) => parsed.parts.extend(pattern.empty()),
        (None, None) => {}
    }
    rules.references.classic(header, &mut parsed.references);
    let mut fields = Parsed::default();
    read_lines(kept, rules, &mut parsed, &mut fields);

    if parsed.notes.is_empty()
        && let Some(found) = rules.breaking_header.as_ref().and_then(|pattern| pattern.regex.captures(header))
    {
        let text = found.get(3).map_or("", |subject| subject.as_str()).to_owned();
        parsed.notes.push(Note { title: "BREAKING CHANGE".to_owned(), text });
    }
    if let Some(revert) = &rules.revert {
        let found = revert.captures(text, false);
        parsed.revert = found.map(|parts| parts.into_iter().map(|(name, value)| (name.to_string(), value)).collect());
    }
    for note in &mut parsed.notes {
        note.text = trim_lines(&note.text).to_owned();
    }
    parsed.header = Some(header.to_owned());
    parsed.body = cleaned(parsed.body);
    parsed.footer = cleaned(parsed.footer);
    for (name, value) in fields.parts {
        match &*name {
            "header" => parsed.header = value,
            "body" => parsed.body = value,
            "footer" => parsed.footer = value,
            _ => parsed.parts.push((name, value)),
        }
    }
    parsed
}

fn read_lines<'t>(lines: impl Iterator<Item = &'t str>, rules: &Rules, parsed: &mut Parsed, fields: &mut Parsed) {
    let mut field: Option<Rc<str>> = None;
    let mut in_note = false;
    let mut in_body = true;
    for line in lines {
        if let Some(name) = rules.fields.begins(line, rules.dialect) {
            field = (!name.is_empty()).then(|| name.into());
            continue;
        }
        if let Some(name) = &field {
            fields.append_field(name, line);
            continue;
        }
        if let Some(found) = rules.notes.as_ref().and_then(|notes| notes.captures(line)) {
            (in_note, in_body) = (true, false);
            append(&mut parsed.footer, line);
            let group = |place| found.get(place).map_or("", |group: regex::Match<'_>| group.as_str()).to_owned();
            parsed.notes.push(Note { title: group(1), text: group(2) });
            continue;
        }
        let before = parsed.references.len();
        rules.references.classic(line, &mut parsed.references);
        if parsed.references.len() > before {
            (in_note, in_body) = (false, false);
            append(&mut parsed.footer, line);
        } else if in_note {
            if let Some(note) = parsed.notes.last_mut() {
                if note.text.is_empty() {
                    line.clone_into(&mut note.text);
                } else {
                    note.text.push('\n');
                    note.text.push_str(line);
                }
            }
            append(&mut parsed.footer, line);
        } else if in_body {
            append(&mut parsed.body, line);
        } else {
            append(&mut parsed.footer, line);
        }
    }
}

/// These versions compare one letter with the whole of `commentChar`, so that more than one letter never begins a comment.
fn starts_with_one(line: &str, comment: &str) -> bool {
    let mut letters = line.chars();
    match letters.next() {
        Some(first) => comment.strip_prefix(first) == Some(""),
        None => comment.is_empty(),
    }
}
