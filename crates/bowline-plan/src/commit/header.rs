//! The first line: `type(scope)!: description`, or git's own title of a revert.

/// A conventional header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The type as written; compare it without regard to case.
    pub kind: &'a [u8],
    /// The scope, when there is one that is not empty.
    pub scope: Option<&'a [u8]>,
    /// Whether `!` stands before the colon.
    pub breaking: bool,
    /// What follows the colon, trimmed and not empty.
    pub description: &'a [u8],
    /// The rule of the repository's own that found it, from 0; none for the dialect.
    pub rule: Option<usize>,
}

impl<'a> Header<'a> {
    /// Reads one line; none when it is not conventional.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let end = line.iter().position(|b| !is_type_byte(*b))?;
        let (kind, rest) = line.split_at(end);
        if kind.is_empty() {
            return None;
        }
        let (scope, rest) = match rest.strip_prefix(b"(") {
            Some(inner) => {
                let close = closing_parenthesis(inner)?;
                (Some(inner[..close].trim_ascii()).filter(|scope| !scope.is_empty()), &inner[close + 1..])
            }
            None => (None, rest),
        };
        let (breaking, rest) = rest.strip_prefix(b"!").map_or((false, rest), |rest| (true, rest));
        let description = rest.strip_prefix(b":")?;
        if !description.first().is_some_and(u8::is_ascii_whitespace) {
            return None;
        }
        let description = description.trim_ascii();
        (!description.is_empty()).then_some(Self { kind, scope, breaking, description, rule: None })
    }

    /// The type as it is looked up and shown; empty where a rule gives none.
    pub fn name(&self) -> String {
        if self.rule.is_some() {
            return super::rule::type_name(self.kind);
        }
        // The grammar of dialects leaves only ASCII in a type.
        let shown = self.kind.get(..MAX_KIND).unwrap_or(self.kind);
        shown.iter().map(|b| char::from(b.to_ascii_lowercase())).collect()
    }
}

/// What git's own titles `Revert "…"` and `Reapply "…"` quote.
pub(super) fn git_revert(subject: &[u8]) -> Option<&[u8]> {
    let quoted = subject.strip_prefix(b"Revert \"").or_else(|| subject.strip_prefix(b"Reapply \""))?;
    // Forges append the number of the pull request after the closing quote.
    let end = quoted.iter().rposition(|&b| b == b'"')?;
    Some(&quoted[..end])
}

/// Where the scope ends: at the first parenthesis that is followed by the colon (or `!` and the colon), so that a
/// scope may hold parentheses itself.
fn closing_parenthesis(inner: &[u8]) -> Option<usize> {
    let follows = |at: usize| inner[at + 1..].starts_with(b":") || inner[at + 1..].starts_with(b"!:");
    inner.iter().enumerate().find(|&(at, &b)| b == b')' && follows(at)).map(|(at, _)| at)
}

fn is_type_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Characters of a type that are shown anywhere.
const MAX_KIND: usize = 60;
