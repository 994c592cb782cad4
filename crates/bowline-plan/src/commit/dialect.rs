//! How each dialect writes its headers. The default one is [`Header::parse`].

use super::Header;
use super::line::Lines;
use bowline_config::section::dialect::{Dialect, gitmoji_code};

/// Reads one line as `dialect` writes headers; none when it is none.
pub(crate) fn header(dialect: Dialect, line: &[u8]) -> Option<Header<'_>> {
    match dialect {
        Dialect::Conventional => Header::parse(line),
        Dialect::Angular => Header::parse(line).filter(|header| !header.breaking),
        Dialect::Atom => atom(line),
        Dialect::Ember => ember(line),
        Dialect::Eslint => tagged(line, b":"),
        Dialect::Express | Dialect::Jquery => tagged(line, b": "),
        Dialect::Gitmoji => gitmoji(line),
        Dialect::Jshint => jshint(line),
    }
}

/// The line that holds the header: the first one, but in Ember's dialect the title of a merged pull request, which stands
/// below git's own title of the merge.
pub(super) fn subject<'a>(dialect: Dialect, first: &'a [u8], body: &'a [u8]) -> &'a [u8] {
    if dialect == Dialect::Ember && first.starts_with(b"Merge pull request #") {
        let title = Lines::of(body).map(|(_, line)| line.trim_ascii()).find(|line| !line.is_empty());
        return title.unwrap_or(first);
    }
    first
}

/// `:code: text`.
fn atom(line: &[u8]) -> Option<Header<'_>> {
    let (code, rest) = colons(line)?;
    of(code, None, rest.strip_prefix(b" ")?)
}

/// `✨ (scope)?: text` or `:sparkles: …`; scope and colon may be missing.
fn gitmoji(line: &[u8]) -> Option<Header<'_>> {
    let (code, rest) = match gitmoji_code(line) {
        Some((code, length)) => (code.as_bytes(), &line[length..]),
        None => colons(line)?,
    };
    let rest = rest.trim_ascii_start();
    let (scope, rest) = match rest.strip_prefix(b"(").and_then(|inner| split(inner, b")")) {
        Some((scope, after)) => (Some(scope), after),
        None => (None, rest),
    };
    of(code, scope, rest.strip_prefix(b":").unwrap_or(rest))
}

/// `[TAG channel] text`.
fn ember(line: &[u8]) -> Option<Header<'_>> {
    let (inside, text) = split(line.strip_prefix(b"[")?, b"]")?;
    let tag = inside.split(|&b| b == b' ').next()?;
    of(tag, None, text.strip_prefix(b" ")?)
}

/// `[[TYPE]] text`.
fn jshint(line: &[u8]) -> Option<Header<'_>> {
    let (kind, text) = split(line.strip_prefix(b"[[")?, b"]]")?;
    of(kind, None, text.strip_prefix(b" ")?)
}

/// `Tag: text`; `separator` is the colon and what must follow it.
fn tagged<'a>(line: &'a [u8], separator: &[u8]) -> Option<Header<'a>> {
    let end = line.iter().position(|b| !is_word(*b))?;
    of(&line[..end], None, line[end..].strip_prefix(separator)?)
}

/// The word between the colons at the beginning, and what follows.
fn colons(line: &[u8]) -> Option<(&[u8], &[u8])> {
    split(line.strip_prefix(b":")?, b":").filter(|(code, _)| code.iter().all(|b| is_word(*b) || *b == b'-'))
}

/// A header of these parts, when none that must be there is empty.
fn of<'a>(kind: &'a [u8], scope: Option<&'a [u8]>, text: &'a [u8]) -> Option<Header<'a>> {
    let (kind, description) = (kind.trim_ascii(), text.trim_ascii());
    let scope = scope.map(<[u8]>::trim_ascii).filter(|scope| !scope.is_empty());
    let complete = !kind.is_empty() && kind.iter().all(u8::is_ascii) && !description.is_empty();
    complete.then_some(Header { kind, scope, breaking: false, description, rule: None })
}

fn split<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = text.windows(at.len()).position(|window| window == at)?;
    Some((&text[..place], &text[place + at.len()..]))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::super::Message;
    use super::*;

    fn check(dialect: Dialect, message: &str, expected: &str) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let found = Message::parse_as(dialect, message.as_bytes()).header.map_or("-".to_owned(), |header| {
            let scope = header.scope.map(text).unwrap_or_default();
            format!("{}|{scope}|{}", text(header.kind), text(header.description))
        });
        assert_eq!(found, expected, "{dialect:?} {message:?}");
    }

    #[test]
    fn forms() {
        use Dialect::{Angular, Atom, Ember, Eslint, Express, Gitmoji, Jquery, Jshint};
        for (dialect, message, expected) in [
            (Angular, "feat(api): add", "feat|api|add"),
            (Angular, "feat(api)!: add", "-"),
            (Angular, "feat!: add", "-"),
            (Atom, ":bug: Fix it", "bug||Fix it"),
            (Atom, ":non-potable_water: Fix it", "non-potable_water||Fix it"),
            (Atom, ":bug:Fix it", "-"),
            (Atom, "bug: Fix it", "-"),
            (Atom, ":a b: Fix it", "-"),
            (Ember, "[BUGFIX beta] Fix it", "BUGFIX||Fix it"),
            (Ember, "[DOC] Fix it", "DOC||Fix it"),
            (Ember, "Merge pull request #12 from a/b\n\n[FEATURE x] Add it\n", "FEATURE||Add it"),
            (Ember, "Merge branch 'x'\n\n[FEATURE x] Add it\n", "-"),
            (Ember, "[] x", "-"),
            (Eslint, "Fix: a thing (fixes #1)", "Fix||a thing (fixes #1)"),
            (Eslint, "Fix:a thing", "Fix||a thing"),
            (Eslint, "Fix a: thing", "-"),
            (Express, "deps: x@1.2", "deps||x@1.2"),
            (Express, "deps:x", "-"),
            (Jquery, "Core: x", "Core||x"),
            (Jshint, "[[FEAT]] Add it", "FEAT||Add it"),
            (Jshint, "[FEAT] Add it", "-"),
            (Jshint, "[[FEAT]]Add it", "-"),
            (Gitmoji, "✨ add", "sparkles||add"),
            (Gitmoji, "⚡️ (ui): faster", "zap|ui|faster"),
            (Gitmoji, "⚡ (ui) faster", "zap|ui|faster"),
            (Gitmoji, ":sparkles: add", "sparkles||add"),
            (Gitmoji, ":sparkles:(api): add", "sparkles|api|add"),
            (Gitmoji, ":sparkles:", "-"),
            (Gitmoji, "🦀 add", "-"),
            (Gitmoji, "feat: add", "-"),
        ] {
            check(dialect, message, expected);
        }
    }
}
