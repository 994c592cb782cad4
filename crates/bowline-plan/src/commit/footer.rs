//! The footers at the end of a message, and what only looks like one.

use super::closes::closes_elsewhere;
use super::line::Lines;

/// What the footers say about breaking changes and the next version.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Footers<'a> {
    /// Descriptions of breaking footers.
    pub(super) breaking: Vec<&'a [u8]>,
    /// Whether a line outside the footers (or not in capitals) speaks of a breaking change.
    pub(super) misplaced: bool,
    /// The value of the last `Release-As` footer.
    pub(super) release_as: Option<&'a [u8]>,
    /// Whether a line outside the footers begins with `Release-As:`.
    pub(super) misplaced_release_as: bool,
    /// Whether `Release-note` and a text stand outside the footers.
    pub(super) misplaced_release_note: bool,
    /// Audiences (empty for all readers of notes) and what `Release-note` footers tell them.
    pub(super) for_readers: Vec<(&'a [u8], &'a [u8])>,
}

/// Reads the part of a message after its first line.
pub(super) fn read(body: &[u8]) -> Footers<'_> {
    // A fence that is never closed is no fence: it must not swallow the footers after it.
    let found = find_start(body, true).or_else(|| find_start(body, false)).unwrap_or_default();
    let Some(start) = found.start else {
        return Footers {
            misplaced: found.speaks_of_breaking,
            misplaced_release_as: found.names_version,
            misplaced_release_note: found.tells_readers.is_some(),
            ..Footers::default()
        };
    };
    let breaking = breaking_values(&body[start..]);
    let release_as = Lines::of(&body[start..]).filter_map(|(_, line)| release_as(line)).last();
    Footers {
        misplaced: found.speaks_of_breaking && breaking.is_empty(),
        misplaced_release_as: found.names_version && release_as.is_none(),
        misplaced_release_note: found.tells_readers.is_some_and(|at| at < start),
        breaking,
        release_as,
        for_readers: for_readers(&body[start..]),
    }
}

/// What one walk over a body finds.
#[derive(Default)]
struct Found {
    /// Where the footers begin.
    start: Option<usize>,
    /// Whether any line speaks of a breaking change.
    speaks_of_breaking: bool,
    /// Whether any line begins with `Release-As:`.
    names_version: bool,
    /// Where, outside of fences, the first `Release-note` stands that has a text.
    tells_readers: Option<usize>,
}

/// Walks over a body. None when a fence stays open.
fn find_start(body: &[u8], fences: bool) -> Option<Found> {
    let (mut found, mut after_blank, mut fenced) = (Found::default(), false, false);
    let mut without_text = None;
    for (offset, line) in Lines::of(body) {
        found.speaks_of_breaking = found.speaks_of_breaking || speaks_of_breaking(line);
        found.names_version = found.names_version || release_as(line.trim_ascii_start()).is_some();
        let note = without_text.take().filter(|_| !is_blank(line) && matches!(kind_of(line), Kind::Text));
        found.tells_readers = found.tells_readers.or(note);
        let start = line.trim_ascii_start();
        match release_note(start).filter(|_| !fenced) {
            Some((_, value)) if is_blank(&start[value..]) => without_text = Some(offset),
            Some(_) => found.tells_readers = found.tells_readers.or(Some(offset)),
            None => {}
        }
        let is_fence = fences && is_fence(line);
        if fenced {
            fenced = !is_fence;
        } else if is_blank(line) {
            after_blank = true;
            continue;
        } else {
            if after_blank {
                let continues = is_fence || line.first().is_some_and(u8::is_ascii_whitespace);
                found.start = match kind_of(line) {
                    Kind::Text if continues => found.start,
                    Kind::Text => None,
                    Kind::Breaking(_) | Kind::Footer => found.start.or(Some(offset)),
                };
            }
            fenced = is_fence;
        }
        after_blank = false;
    }
    (!fenced).then_some(found)
}

/// The descriptions of the breaking footers in `footers`: each goes on until the next footer line.
fn breaking_values(footers: &[u8]) -> Vec<&[u8]> {
    let mut values = Vec::new();
    let mut open = None;
    let mut close = |from: Option<usize>, to: usize| {
        values.extend(from.map(|from| footers[from..to].trim_ascii()).filter(|value| !value.is_empty()));
    };
    for (offset, line) in Lines::of(footers) {
        match kind_of(line) {
            Kind::Text => {}
            Kind::Footer => close(open.take(), offset),
            Kind::Breaking(value) => {
                close(open.take(), offset);
                open = Some(offset + value);
            }
        }
    }
    close(open, footers.len());
    values
}

/// What `Release-note: …` and `Release-note-<audience>: …` in `footers` tell: each goes on until the next footer line.
fn for_readers<'a>(footers: &'a [u8]) -> Vec<(&'a [u8], &'a [u8])> {
    let mut told = Vec::new();
    let mut open = None;
    let mut close = |from: Option<(&'a [u8], usize)>, to: usize| {
        let text = from.map(|(audience, from)| (audience, footers[from..to].trim_ascii()));
        told.extend(text.filter(|(_, text)| !text.is_empty()));
    };
    for (offset, line) in Lines::of(footers) {
        if !matches!(kind_of(line), Kind::Text) {
            close(open.take(), offset);
        }
        if let Some((audience, value)) = release_note(line) {
            open = Some((audience, offset + value));
        }
    }
    close(open, footers.len());
    told
}

/// The audience of a `Release-note` line, and where its text starts.
fn release_note(line: &[u8]) -> Option<(&[u8], usize)> {
    let (token, rest) = line.split_at_checked(RELEASE_NOTE.len())?;
    let end = rest.iter().position(|&b| b == b':').filter(|_| token.eq_ignore_ascii_case(RELEASE_NOTE))?;
    let audience = match rest[..end].split_first() {
        None => &rest[..0],
        Some((b'-', audience)) if !audience.is_empty() => audience,
        Some(_) => return None,
    };
    let is_name = audience.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    // The text may start on the next line, as that of a breaking footer may.
    let complete = rest.get(end + 1).is_none_or(u8::is_ascii_whitespace);
    (is_name && complete).then_some((audience, RELEASE_NOTE.len() + end + 1))
}

enum Kind {
    Text,
    Footer,
    /// Where the description starts in the line.
    Breaking(usize),
}

fn kind_of(line: &[u8]) -> Kind {
    if BREAKING.iter().any(|token| line.starts_with(token)) {
        // The description may start on the next line, which git's own clean-up makes of `BREAKING CHANGE: `.
        let after = &line[BREAKING[0].len()..];
        let complete = after.starts_with(b":") && after.get(1).is_none_or(u8::is_ascii_whitespace);
        return if complete { Kind::Breaking(BREAKING[0].len() + 1) } else { Kind::Text };
    }
    let token = line.iter().position(|b| !(b.is_ascii_alphanumeric() || *b == b'-')).unwrap_or(0);
    let separated = line[token..].starts_with(b": ") || line[token..].starts_with(b" #");
    let is_footer = token > 0 && line[0].is_ascii_alphabetic() && separated || release_note(line).is_some();
    // `git cherry-pick -x` puts its note below the last footer, in a paragraph of its own when that footer is ours.
    let is_note = line.starts_with(b"(cherry picked from commit ");
    // Forges' own way to close an issue elsewhere has no separator; as prose it would hide a breaking footer below it.
    if is_footer || is_note || closes_elsewhere(line) { Kind::Footer } else { Kind::Text }
}

/// Whether `line` is a footer that git, forges or Bowline know, whatever else it looks like.
pub(crate) fn is_known(line: &[u8]) -> bool {
    let end = line.iter().position(|b| !(b.is_ascii_alphanumeric() || *b == b'-')).unwrap_or(line.len());
    let token = line[..end].to_ascii_lowercase();
    let named = token.starts_with(b"release-") || token.ends_with(b"-by") || KNOWN.contains(&token.as_slice());
    match kind_of(line) {
        Kind::Text => false,
        Kind::Breaking(_) => true,
        // A note of `git cherry-pick -x` has no token.
        Kind::Footer => named || token.is_empty(),
    }
}

/// The value of a `Release-As: …` line, as release-please reads it.
fn release_as(line: &[u8]) -> Option<&[u8]> {
    let (token, value) = line.split_at_checked(RELEASE_AS.len())?;
    let value = value.trim_ascii();
    (token.eq_ignore_ascii_case(RELEASE_AS) && !value.is_empty()).then_some(value)
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn is_fence(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    line.starts_with(b"```") || line.starts_with(b"~~~")
}

fn speaks_of_breaking(line: &[u8]) -> bool {
    let start = line.iter().position(|b| !b" \t-*>#_`".contains(b)).unwrap_or(line.len());
    let words = &line[start..];
    matches!(words.first(), Some(b'B' | b'b'))
        && words.get(..BREAKING[0].len()).is_some_and(|w| BREAKING.iter().any(|token| w.eq_ignore_ascii_case(token)))
}

const BREAKING: [&[u8]; 2] = [b"BREAKING CHANGE", b"BREAKING-CHANGE"];
/// Tokens of footers about issues; `fix` is a type as well.
const KNOWN: [&[u8]; 7] = [b"refs", b"closes", b"closed", b"fixes", b"fixed", b"resolves", b"resolved"];
const RELEASE_AS: &[u8] = b"Release-As:";
const RELEASE_NOTE: &[u8] = b"Release-note";
