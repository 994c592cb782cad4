//! How a text is indented and how its lines end, as npm's `detect-indent` 6 and 7 and `detect-newline` 3 tell it.

use crate::profile::Profile;

/// The indentation of one level; empty when none is seen.
pub(super) fn detect(text: &str, profile: Profile) -> String {
    // A single space is most often something else, so it counts only when there is nothing else.
    let mut uses = count(text, true, profile);
    if uses.is_empty() {
        uses = count(text, false, profile);
    }
    let mut best: Option<&Use> = None;
    for found in &uses {
        if best.is_none_or(|best| (found.changes, found.lines) > (best.changes, best.lines)) {
            best = Some(found);
        }
    }
    best.map(|found| found.char.to_string().repeat(found.size)).unwrap_or_default()
}

/// The line break that most lines have; none when there is only one line.
pub(super) fn new_line(text: &str) -> Option<&'static str> {
    let all = text.matches('\n').count();
    let windows = text.matches("\r\n").count();
    (all > 0).then_some(if windows > all - windows { "\r\n" } else { "\n" })
}

/// A change of indentation, and how often it is seen.
struct Use {
    char: char,
    size: usize,
    changes: usize,
    /// Lines that stay where the line before them was.
    lines: usize,
}

fn count(text: &str, skips_single: bool, profile: Profile) -> Vec<Use> {
    // Version 7 does not take a line that stays for a change, nor one space more or less for an indentation.
    let is_newer = profile == Profile::CatV13;
    let mut uses: Vec<Use> = Vec::new();
    let mut previous = (None, 0);
    let mut key = None;
    for line in text.split('\n').filter(|line| !line.is_empty()) {
        let char = line.chars().next().filter(|char| matches!(char, ' ' | '\t'));
        let Some(char) = char else {
            previous = (None, 0);
            continue;
        };
        let size = line.chars().take_while(|other| *other == char).count();
        let is_single = |size: usize| skips_single && char == ' ' && size == 1;
        if is_single(size) {
            continue;
        }
        let before = if previous.0 == Some(char) { previous.1 } else { 0 };
        previous = (Some(char), size);
        let difference = size.abs_diff(before);
        if difference != 0 {
            if is_newer && is_single(difference) {
                continue;
            }
            key = Some((char, difference));
        }
        let Some((char, size)) = key else { continue };
        let stays = usize::from(difference == 0);
        match uses.iter_mut().find(|found| (found.char, found.size) == (char, size)) {
            Some(found) => {
                found.changes += if is_newer { 1 - stays } else { 1 };
                found.lines += stays;
            }
            None => uses.push(Use { char, size, changes: 1, lines: 0 }),
        }
    }
    uses
}
