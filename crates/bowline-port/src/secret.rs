//! Secrets, and keeping them out of everything that leaves the process.
//!
//! A [`Secret`] can be used and cannot be shown: it has no `Debug`, no `Display` and no serialised form, so it cannot
//! reach a log by being part of something else. A [`Redactor`] is the second line: it knows the secrets of this process
//! and takes them out of text that others wrote, in the forms that text takes on its way: as it is, in base64 at any
//! offset, percent-encoded, as a JSON string, and in hexadecimal.

use crate::environment::Environment;
use aho_corasick::{AhoCorasick, MatchKind};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A value that must not be shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(String);

impl Secret {
    /// Takes a value in.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The secrets of a process's variables: those with a name that says so, and passwords inside addresses.
pub fn of_environment(environment: &Environment) -> Vec<Secret> {
    let mut found = BTreeSet::new();
    for (name, value) in environment.iter() {
        if is_secret(name) {
            found.insert(Secret::new(value.trim()));
        }
        found.extend(passwords(value));
    }
    found.into_iter().collect()
}

/// Whether a variable of this name has to do with a secret: by what CI systems and people call such variables. One that
/// only says where a secret is counts as well; a child that has no business with secrets gets neither.
pub fn is_about_secrets(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// Whether the value of a variable of this name is itself a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    is_about_secrets(&name) && !ABOUT.iter().any(|word| name.ends_with(word))
}

/// The variables that Bowline itself takes tokens from.
pub const TOKENS: [&str; 6] =
    ["BOWLINE_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "GITEA_TOKEN", "JIRA_TOKEN"];

/// Those of [`TOKENS`] that are too short to be recognised in text.
pub fn too_short(environment: &Environment) -> Vec<&'static str> {
    let short = |name: &&str| environment.get(name).is_some_and(|value| value.trim().len() < SHORTEST);
    TOKENS.into_iter().filter(short).collect()
}

/// Passwords inside the addresses of `text`.
pub fn passwords(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    for part in text.split("://").skip(1) {
        let end = part.find(|c: char| c.is_whitespace() || "/?#'\"".contains(c)).unwrap_or(part.len());
        let login = part.get(..end).and_then(|authority| authority.rsplit_once('@')).map(|(login, _)| login);
        let Some(login) = login else { continue };
        // A token alone stands where the user's name does.
        let password = login.split_once(':').map_or(login, |(_, password)| password);
        found.push(Secret::new(password));
        if let Some(plain) = percent_decoded(password).filter(|plain| plain != password) {
            found.push(Secret::new(plain));
        }
    }
    found
}

/// Takes secrets out of text.
#[derive(Clone, Default)]
pub struct Redactor {
    forms: Option<AhoCorasick>,
    secrets: BTreeSet<Secret>,
}

impl Redactor {
    /// Knows `secrets`. What is shorter than 8 bytes is left alone: it would be found in every other word.
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
        let forms: BTreeSet<Vec<u8>> = self.secrets.iter().flat_map(|secret| forms(&secret.0)).collect();
        // The longest form first: a secret that begins like another one is taken out whole.
        self.forms = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms).ok();
    }

    /// `text` without secrets.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.forms {
            Some(forms) if forms.is_match(text) => {
                let mut out = String::with_capacity(text.len());
                // Forms are matched as bytes; an encoded one can begin or end inside a character of the text only when
                // the secret itself is no text, which it is.
                forms.replace_all_with(text, &mut out, |_, _, out| {
                    out.push_str(MASK);
                    true
                });
                Cow::Owned(out)
            }
            _ => Cow::Borrowed(text),
        }
    }

    /// Every text of a JSON value without secrets, names of members included. Numbers stay what they are.
    pub fn redact_json(&self, value: &mut serde_json::Value) {
        use serde_json::Value;
        if self.forms.is_none() {
            return;
        }
        match value {
            Value::String(text) => {
                if let Cow::Owned(clean) = self.redact(text) {
                    *text = clean;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Value::Object(members) => {
                let dirty = members.keys().any(|name| matches!(self.redact(name), Cow::Owned(_)));
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

/// Everything that `secret` can look like.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    // A key of several lines is shown line by line.
    let lines = secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST);
    for text in std::iter::once(secret).chain(lines) {
        let bytes = text.as_bytes();
        forms.push(bytes.to_vec());
        forms.extend(json_forms(text));
        for upper in [false, true] {
            forms.push(percent_encoded(bytes, upper).into_bytes());
            forms.push(hex(bytes, upper).into_bytes());
        }
        for alphabet in [STANDARD, URL_SAFE] {
            forms.extend((0..3).map(|offset| base64_at(bytes, offset, alphabet)));
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

fn json_forms(text: &str) -> Vec<Vec<u8>> {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    // Some writers escape `/` and everything that is not ASCII.
    let mut ascii = String::new();
    for c in inner.replace('/', "\\/").chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    vec![inner.as_bytes().to_vec(), ascii.into_bytes()]
}

fn percent_encoded(bytes: &[u8], upper: bool) -> String {
    let mut out = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = if upper { write!(out, "%{byte:02X}") } else { write!(out, "%{byte:02x}") };
        }
    }
    out
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (high, low) = (char::from(bytes.next()?).to_digit(16)?, char::from(bytes.next()?).to_digit(16)?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok()
}

fn hex(bytes: &[u8], upper: bool) -> String {
    let mut out = String::new();
    for byte in bytes {
        let _ = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
    }
    out
}

/// What of `bytes` is certain in base64 when `offset` other bytes stand before them: the first and the last character
/// may depend on what stands beside them.
fn base64_at(bytes: &[u8], offset: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let mut out = Vec::new();
    let total = (offset + bytes.len()) * 8;
    for sextet in (offset * 8).div_ceil(6)..total / 6 {
        let value = (0..6).fold(0, |value, bit| {
            let position = sextet * 6 + bit;
            let byte = (position / 8).checked_sub(offset).and_then(|at| bytes.get(at)).copied().unwrap_or(0);
            value << 1 | usize::from(byte >> (7 - position % 8) & 1)
        });
        out.extend(alphabet.get(value));
    }
    out
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// What stands in the place of a secret.
pub const MASK: &str = "***";
/// A shorter secret is found in every other word.
const SHORTEST: usize = 8;
/// Names that carry secrets, in CI systems and on laptops.
const SECRET_WORDS: [&str; 13] = [
    "PASSPHRASE",
    "_PAT",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PRIVATE_KEY",
    "CREDENTIAL",
    "API_KEY",
    "ACCESS_KEY",
    "ACCOUNT_KEY",
    "STORAGE_KEY",
    "_AUTH",
];
/// Names of something about a secret: where it is, what it is called.
const ABOUT: [&str; 8] = ["_FILE", "_PATH", "_DIR", "_NAME", "_TYPE", "_SOCK", "_URL", "_HOST"];

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn every_form_is_found() {
        hidden(&format!("fatal: {TOKEN} is wrong"));
        hidden(&serde_json::to_string(&format!("x{TOKEN}y")).unwrap());
        hidden(&format!("https://x:{}@host/", percent_encoded(TOKEN.as_bytes(), true)));
        hidden(&format!("https://x:{}@host/", percent_encoded(TOKEN.as_bytes(), false)));
        hidden(&hex(TOKEN.as_bytes(), true));
        hidden(&hex(TOKEN.as_bytes(), false));
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
        let environment = |pairs: &[(&str, &str)]| {
            Environment::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
        };
        assert_eq!(too_short(&environment(&[("GITHUB_TOKEN", "1"), ("GH_TOKEN", "long enough")])), ["GITHUB_TOKEN"]);
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

    #[test]
    fn secrets_of_an_environment() {
        let pairs = [
            ("GITHUB_TOKEN", "token-value-1"),
            ("MY_PASSWORD", "password-value-2"),
            ("SSH_PRIVATE_KEY_FILE", "/home/me/key-file"),
            ("HTTPS_PROXY", "http://me:proxy%40pass@proxy:3128"),
            ("REMOTE", "https://only-a-token@host/x"),
            ("PATH", "/usr/bin:/bin"),
        ];
        let environment = Environment::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let found: Vec<String> = of_environment(&environment).iter().map(|secret| secret.expose().to_owned()).collect();
        let expected =
            ["only-a-token", "password-value-2", "proxy%40pass", "proxy@pass", "token-value-1"].map(str::to_owned);
        assert_eq!(found, expected);
    }
}
