//! What a commit message says, by Conventional Commits 1.0.0, read from its bytes.
//!
//! Rules never decode: a byte that is no UTF-8 cannot hide a header or a footer, so it cannot change a version. The
//! parser borrows from the message, looks at every byte a bounded number of times and needs no regular expression,
//! so a message of any size or shape costs its length and nothing more. [`decode`] is only for showing.
//!
//! Where the specification leaves room, these rules hold:
//!
//! - Footers are the paragraphs at the end of the message that each begin with a footer line (`Token: value`,
//!   `Token #value`, `BREAKING CHANGE: value`, and what forges read: `Closes owner/name#1`). A later paragraph that is indented or is a fenced block belongs to the
//!   footer before it. A footer line inside a fenced block, or followed by prose, is a quotation and not a footer.
//! - `BREAKING CHANGE:` needs a description; a template's empty line breaks nothing.

mod closes;
pub mod decode;
mod dialect;
mod footer;
mod header;
mod line;
mod rule;

pub(crate) use dialect::header;
pub(crate) use footer::is_known as is_known_footer;
pub use header::Header;
pub use rule::Reading;

use bowline_config::section::dialect::Dialect;
use rule::Hit;

/// A message taken apart; everything borrows from the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The line that holds the header, trimmed: the first one that is not blank.
    pub subject: &'a [u8],
    /// The header: what a rule found, or the subject, when it is a conventional one.
    pub header: Option<Header<'a>>,
    /// The rule that takes the commit out, from 0.
    pub taken_out: Option<usize>,
    /// What stands between the quotes of `Revert "…"` or `Reapply "…"`, which is how git itself titles a revert.
    pub git_revert: Option<&'a [u8]>,
    /// The descriptions of breaking footers, in order.
    pub breaking: Vec<&'a [u8]>,
    /// Whether `BREAKING CHANGE` starts a line that is not at footer position (or is not in capitals), and so does
    /// not count.
    pub misplaced_breaking: bool,
    /// What the last `Release-As` footer asks for.
    pub release_as: Option<&'a [u8]>,
    /// Whether `Release-As:` starts a line that is not at footer position, and so does not count.
    pub misplaced_release_as: bool,
    /// Whether `Release-note` and a text stand where no footer can be, and so do not count.
    pub misplaced_release_note: bool,
    /// Audiences (empty for all readers of notes) and what `Release-note` footers tell them.
    pub for_readers: Vec<(&'a [u8], &'a [u8])>,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads `message` as Conventional Commits. Never fails: what is not conventional has no header.
    pub fn parse(message: &'a [u8]) -> Self {
        Self::parse_as(Dialect::Conventional, message)
    }

    /// Reads `message` as `dialect` writes headers.
    pub fn parse_as(dialect: Dialect, message: &'a [u8]) -> Self {
        Self::read(Reading { dialect, rules: &[] }, message, false)
    }

    /// Reads `message` by rules, and by the dialect when none of them matches. A rule needs text: see [`Reading::text`].
    pub fn read(reading: Reading<'a>, message: &'a [u8], is_merge: bool) -> Self {
        let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message).trim_ascii();
        let (first, body) = line::split_first(message);
        let subject = dialect::subject(reading.dialect, first, body);
        let (header, taken_out) = match reading.hit(message, is_merge) {
            Some(Hit::Header(header)) => (Some(header), None),
            Some(Hit::TakenOut(number)) => (dialect::header(reading.dialect, subject), Some(number)),
            None => (dialect::header(reading.dialect, subject), None),
        };
        let footers = footer::read(body);
        Self {
            subject,
            header,
            taken_out,
            git_revert: header::git_revert(subject),
            breaking: footers.breaking,
            misplaced_breaking: footers.misplaced,
            release_as: footers.release_as,
            misplaced_release_as: footers.misplaced_release_as,
            misplaced_release_note: footers.misplaced_release_note,
            for_readers: footers.for_readers,
            body,
        }
    }

    /// Whether the message says that it breaks something.
    pub fn is_breaking(&self) -> bool {
        !self.breaking.is_empty() || self.header.as_ref().is_some_and(|header| header.breaking)
    }

    /// The object ids (hex, possibly abbreviated) that a revert names: `This reverts commit …` at the start of a
    /// line, as git writes it, else the footer `Refs: …` that the specification proposes.
    pub fn reverted(&self) -> Vec<&'a [u8]> {
        let by_git = self.object_ids(b"This reverts commit ");
        if by_git.is_empty() { self.object_ids(b"Refs: ") } else { by_git }
    }

    /// The headers that a list in the body shows, as a forge's squash writes them: lines that begin with `* ` or `- ` and
    /// go on as a header does, or as a rule matches.
    pub fn listed(&self, reading: Reading<'a>) -> impl Iterator<Item = Header<'a>> {
        let items = line::Lines::of(self.body).filter_map(|(_, line)| {
            line.strip_prefix(b"* ").or_else(|| line.strip_prefix(b"- ")).map(<[u8]>::trim_ascii)
        });
        items.filter_map(move |item| reading.item(item))
    }

    /// The issues of the own repository that the message below its first line says it closes.
    pub fn closes(&self) -> Vec<u32> {
        closes::closes(self.body)
    }

    fn object_ids(&self, prefix: &[u8]) -> Vec<&'a [u8]> {
        let listed = |line: &'a [u8]| {
            let words = line.split(|&b| b == b' ' || b == b',' || b == b'.');
            words.take_while(|word| word.is_empty() || is_object_id(word)).filter(|word| !word.is_empty())
        };
        line::Lines::of(self.body).filter_map(|(_, line)| line.strip_prefix(prefix)).flat_map(listed).collect()
    }
}

/// `subject` without the number of a pull request that a forge appended, ` (#12)`.
pub fn without_number(subject: &[u8]) -> &[u8] {
    let number = || {
        let inner = subject.strip_suffix(b")")?;
        let digits = inner.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        inner[..inner.len() - digits].strip_suffix(b" (#").filter(|_| digits > 0)
    };
    number().unwrap_or(subject)
}

fn is_object_id(word: &[u8]) -> bool {
    (7..=64).contains(&word.len()) && word.iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b))
}

#[cfg(test)]
mod tests;
