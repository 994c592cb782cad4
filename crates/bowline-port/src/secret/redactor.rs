//! Takes secrets out of text.

use super::pieces::Pieces;
use super::{MASK, SHORTEST, Secret, forms};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// Takes secrets out of text.
#[derive(Clone, Default)]
pub struct Redactor {
    search: Search,
    secrets: BTreeSet<Secret>,
    /// Made when the first text comes that could hold some.
    pieces: Arc<OnceLock<Pieces>>,
}

/// What is searched for.
#[derive(Clone, Default)]
enum Search {
    /// There is no secret.
    #[default]
    Nothing,
    /// All forms of all secrets.
    Forms(AhoCorasick),
    /// The search could not be set up, so nothing may leave: a secret that is shown cannot be taken back.
    Everything,
}

impl Redactor {
    /// Knows `secrets`. What is shorter than [`SHORTEST`] is left alone: it would be found in every other word.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut redactor = Self::default();
        redactor.add(secrets);
        redactor
    }

    /// Knows `secrets` as well.
    pub fn add(&mut self, secrets: impl IntoIterator<Item = Secret>) {
        let known = self.secrets.len();
        self.secrets.extend(secrets.into_iter().filter(|secret| secret.0.len() >= SHORTEST));
        if self.secrets.len() == known {
            return;
        }
        let forms: BTreeSet<Vec<u8>> = self.secrets.iter().flat_map(|secret| forms::of(&secret.0)).collect();
        // The longest form first: a secret that begins like another one is taken out whole.
        let built = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            // As fast as a table of all states here, and made in a sixth of the time, which every start pays for.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(forms);
        self.search = Search::of(built.ok());
        self.pieces = Arc::default();
    }

    /// `text` without secrets.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let forms = match &self.search {
            Search::Nothing => return Cow::Borrowed(text),
            Search::Everything => return Cow::Borrowed(MASK),
            Search::Forms(forms) => forms,
        };
        let whole = if forms.is_match(text) {
            let mut out = String::with_capacity(text.len());
            // Forms are matched as bytes; an encoded one can begin or end inside a character of the text only when
            // the secret itself is no text, which it is.
            forms.replace_all_with(text, &mut out, |_, _, out| {
                out.push_str(MASK);
                true
            });
            Cow::Owned(out)
        } else {
            Cow::Borrowed(text)
        };
        let pieces = self.pieces.get_or_init(|| Pieces::new(self.secrets.iter().map(Secret::expose)));
        match pieces.redact(&whole) {
            Some(clean) => Cow::Owned(clean),
            None => whole,
        }
    }

    /// Every text of a JSON value without secrets, names of members included. Numbers stay what they are.
    pub fn redact_json(&self, value: &mut serde_json::Value) {
        use serde_json::Value;
        if matches!(self.search, Search::Nothing) {
            return;
        }
        match value {
            Value::String(text) => {
                let clean = self.redact(text);
                if clean != *text {
                    *text = clean.into_owned();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Value::Object(members) => {
                let dirty = members.keys().any(|name| self.redact(name) != *name);
                if dirty {
                    let old = std::mem::take(members);
                    members.extend(old.into_iter().map(|(name, value)| (self.redact(&name).into_owned(), value)));
                }
                members.values_mut().for_each(|item| self.redact_json(item));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl Search {
    fn of(built: Option<AhoCorasick>) -> Self {
        built.map_or(Self::Everything, Self::Forms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::text::{defuse_workflow_commands, visible};

    const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const TOKEN: &str = "ghp_s3cr3t/Token+With \"quotes\" & ümlaut";

    fn hidden(text: &str) {
        let redactor = Redactor::new([Secret::new(TOKEN)]);
        let clean = redactor.redact(text);
        assert!(clean.contains(MASK), "{text} was not redacted");
        assert!(!clean.contains("s3cr3t"), "{clean}");
    }

    /// Base64 as everybody else computes it, for comparison.
    fn encode(bytes: &[u8], alphabet: &[u8; 64]) -> String {
        let mut out = String::new();
        for chunk in bytes.chunks(3) {
            let word =
                chunk.iter().chain([0, 0].iter()).take(3).fold(0_usize, |word, &byte| word << 8 | usize::from(byte));
            for n in 0..4 {
                out.push(if n <= chunk.len() { char::from(alphabet[word >> (18 - 6 * n) & 63]) } else { '=' });
            }
        }
        out
    }

    fn spelled(byte: u8, upper: bool) -> String {
        if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }
    }

    #[test]
    fn every_form_is_found() {
        hidden(&format!("fatal: {TOKEN} is wrong"));
        hidden(&serde_json::to_string(&format!("x{TOKEN}y")).unwrap());
        for upper in [false, true] {
            hidden(&TOKEN.bytes().map(|byte| spelled(byte, upper)).collect::<String>());
            for plain in ["-._~", "-._~!*'()"] {
                let encode = |byte: u8| match char::from(byte) {
                    c if c.is_ascii_alphanumeric() || plain.contains(c) => c.to_string(),
                    _ => format!("%{}", spelled(byte, upper)),
                };
                hidden(&format!("https://x:{}@host/", TOKEN.bytes().map(encode).collect::<String>()));
            }
        }
        for alphabet in [STANDARD, URL_SAFE] {
            for before in ["", "x", "x:", "user:", "x-access-token:"] {
                for after in ["", "\n", "@host"] {
                    let redactor = Redactor::new([Secret::new(TOKEN)]);
                    let encoded = encode(format!("{before}{TOKEN}{after}").as_bytes(), alphabet);
                    let text = format!("Authorization: Basic {encoded}");
                    let clean = redactor.redact(&text);
                    assert!(clean.contains(MASK), "{before:?} {after:?}: {clean}");
                    assert!(clean.len() < text.len() - TOKEN.len(), "{clean}");
                }
            }
        }
    }

    /// As this program shows it: what is hidden is made visible, and what commands a runner is not left together.
    #[test]
    fn the_form_in_which_text_is_shown_is_found() {
        let secret = "a\u{200b}b##[c]defgh";
        let visible = visible(secret);
        let shown = defuse_workflow_commands(&visible);
        assert_ne!(shown, secret);
        assert_eq!(Redactor::new([Secret::new(secret)]).redact(&shown), MASK);
    }

    /// Whatever stands before it: no eight characters in a row are left, in one text or line by line.
    #[test]
    fn base64_in_lines_is_found() {
        let redactor = Redactor::new([Secret::new(TOKEN)]);
        let token = encode(TOKEN.as_bytes(), STANDARD);
        let inner: Vec<&[u8]> = token.as_bytes().windows(SHORTEST).collect();
        for (width, end) in [(76, "\n"), (64, "\n"), (76, "\r\n"), (20, "\n    ")] {
            for before in (0..120).step_by(3) {
                let text = format!("{}{TOKEN}{}", "x".repeat(before), "y".repeat(90));
                let encoded = encode(text.as_bytes(), STANDARD);
                assert!(encoded.contains(token.trim_end_matches('=').get(..40).unwrap()));
                let lines: Vec<String> =
                    encoded.as_bytes().chunks(width).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
                let at_once = redactor.redact(&lines.join(end)).into_owned();
                let one_by_one: Vec<_> = lines.iter().map(|line| redactor.redact(line).into_owned()).collect();
                for clean in [at_once, one_by_one.join(end)] {
                    let left =
                        inner.iter().find(|piece| clean.as_bytes().windows(SHORTEST).any(|eight| eight == **piece));
                    assert!(left.is_none() && clean.contains(MASK), "{width} {before}: {clean}");
                }
            }
        }
    }

    #[test]
    fn ordinary_lines_are_left_alone() {
        let redactor = Redactor::new([Secret::new("correct-horse-battery")]);
        let text = "Y29ycmVj\ncorrect\n\n  horse-battery and other words\nY29y cmVjdC1o\n";
        assert_eq!(
            redactor.redact("correct\nhorse-battery and Y29ycm and other words\n\n"),
            "correct\nhorse-battery and Y29ycm and other words\n\n"
        );
        assert_eq!(redactor.redact(text), text.replace("Y29ycmVj\n", "***\n").replace("cmVjdC1o", MASK));
    }

    #[test]
    fn without_a_search_nothing_leaves() {
        let redactor = Redactor { search: Search::of(None), ..Redactor::default() };
        assert_eq!(redactor.redact("anything"), MASK);
        let mut value = serde_json::json!({ "name": ["text", 1] });
        redactor.redact_json(&mut value);
        assert_eq!(value, serde_json::json!({ "***": ["***", 1] }));
    }

    #[test]
    fn every_line_of_a_key_is_found() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n";
        let redactor = Redactor::new([Secret::new(key)]);
        for line in ["MIIEvQIBADANBgkq", "  hkiG9w0BAQEFAASC", key] {
            assert!(redactor.redact(line).contains(MASK), "{line}");
        }
    }

    #[test]
    fn ordinary_text_and_short_secrets_are_left_alone() {
        let redactor = Redactor::new(["1", "app", "secret"].map(Secret::new));
        assert!(matches!(redactor.redact("app 1.0.1 has no secret"), Cow::Borrowed(_)));
        assert!(matches!(Redactor::default().redact("anything"), Cow::Borrowed(_)));
    }

    #[test]
    fn of_two_secrets_the_longer_one_is_taken_out_whole() {
        let redactor = Redactor::new(["abcdefgh", "abcdefghijkl"].map(Secret::new));
        assert_eq!(redactor.redact("<abcdefghijkl> <abcdefgh>"), "<***> <***>");
    }

    #[test]
    fn json_stays_json() {
        let redactor = Redactor::new(["12345678", "a\"b\\c\nd\te"].map(Secret::new));
        let mut value = serde_json::json!({ "n": 12_345_678, "text": "12345678", "12345678": ["a\"b\\c\nd\te"] });
        redactor.redact_json(&mut value);
        assert_eq!(value, serde_json::json!({ "n": 12_345_678, "text": "***", "***": ["***"] }));
    }
}
