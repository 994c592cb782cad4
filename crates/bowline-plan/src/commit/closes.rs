//! The issues that a message says it closes.
//!
//! The words are those of GitHub (docs.github.com, "Linking a pull request to an issue"). Only issues of the own repository
//! count: those of others are none of this release's business.

/// The numbers behind `closes`, `fixes` or `resolves` in `text`, each once: `closes #1, #2`.
pub(super) fn closes(text: &[u8]) -> Vec<u32> {
    let mut found = Vec::new();
    // Most messages have none, and every message is asked.
    if !text.contains(&b'#') {
        return found;
    }
    let mut closing = false;
    let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for word in words.take(MAX_WORDS) {
        match number(word) {
            Some(number) if closing && !found.contains(&number) && found.len() < MAX_ISSUES => found.push(number),
            Some(_) => {}
            None if closing && matches!(word, b"and" | b"," | b"&") => {}
            None => closing = is_keyword(word),
        }
    }
    found
}

/// Whether `line` begins as one that closes an issue of another repository: `Closes owner/name#12`.
pub(super) fn closes_elsewhere(line: &[u8]) -> bool {
    // Most lines have none, and every line is asked.
    if !line.contains(&b'#') {
        return false;
    }
    let mut words = line.split(|&byte| byte == b' ');
    words.next().is_some_and(is_keyword) && words.next().is_some_and(is_elsewhere)
}

/// Whether this is `owner/name#12`.
fn is_elsewhere(word: &[u8]) -> bool {
    let number_at = word.iter().position(|&byte| byte == b'#').unwrap_or(word.len());
    let (repository, issue) = word.split_at(number_at);
    repository.contains(&b'/') && number(issue).is_some()
}

/// `12` of `#12`, `#12,` or `#12.`.
fn number(word: &[u8]) -> Option<u32> {
    let end = word.iter().rposition(|byte| !b".,;:!)".contains(byte))?;
    let digits = word.get(..=end)?.strip_prefix(b"#")?;
    let all = (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| all)?.parse().ok()
}

fn is_keyword(word: &[u8]) -> bool {
    let word = word.strip_suffix(b":").unwrap_or(word);
    KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

const KEYWORDS: [&[u8]; 9] =
    [b"close", b"closes", b"closed", b"fix", b"fixes", b"fixed", b"resolve", b"resolves", b"resolved"];
/// Nobody reads on, and a message may have twenty megabytes.
const MAX_WORDS: usize = 100_000;
const MAX_ISSUES: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed() {
        for (text, expected) in [
            ("Closes #1", &[1][..]),
            ("text\n\ncloses: #1, #2 and #3.\nRefs #4", &[1, 2, 3]),
            ("fix #7 and fixes #7", &[7]),
            ("see #1", &[]),
            ("closes org/other#5", &[]),
            ("closes the door on #5", &[]),
            ("Resolved\n#9)", &[9]),
            ("fixes #x #0123456789", &[]),
            ("closes #", &[]),
        ] {
            assert_eq!(closes(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn what_closes_issues_of_others() {
        for (line, expected) in [
            ("Closes a/b#5", true),
            ("fixes a-1/b.c#5, a/d#6", true),
            ("closes #5", false),
            ("See a/b#5", false),
            ("closes the a/b#5", false),
            ("closes a/b", false),
            ("closes a/b#x", false),
            ("closes", false),
        ] {
            assert_eq!(closes_elsewhere(line.as_bytes()), expected, "{line}");
        }
    }
}
