//! Git's own words: object ids, checked reference names, and the trailers by which a release finds itself again.
//!
//! A reference name from outside is text until [`TagName`] or [`BranchName`] has accepted it; nothing else may
//! become part of a command line, a path or an address.

use crate::hash::{Digest, from_hex, to_hex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A git object id: SHA-1 or SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$"))]
pub enum Oid {
    /// 20 bytes.
    Sha1([u8; 20]),
    /// 32 bytes.
    Sha256([u8; 32]),
}

/// Why a text is not a git name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not 40 or 64 lowercase hex digits.
    #[error("`{0}` is not a git object id")]
    Oid(String),
    /// Outside `^[A-Za-z0-9][A-Za-z0-9._+/@-]{0,127}$` or against git's own rules.
    #[error(
        "`{0}` is not a safe reference name: letters, digits and `. _ + / @ -` only, first a letter or digit, at most 128, no `..`, `//`, `@{{`, no part that starts or ends with a dot or ends with `.lock`, not `HEAD`, `refs/…` or what looks like an object id"
    )]
    Reference(String),
}

impl Oid {
    /// The first ten hex digits, for people.
    pub fn short(&self) -> String {
        let mut hex = self.to_string();
        hex.truncate(10);
        hex
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha1(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
        }
    }

    /// From raw bytes of either length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().map(Self::Sha1).or_else(|_| bytes.try_into().map(Self::Sha256)).ok()
    }

    /// From hex bytes, as they stand in git objects.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        from_hex(hex).map(Self::Sha1).or_else(|| from_hex(hex).map(Self::Sha256))
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(self.as_bytes()))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Oid {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::from_hex(text.as_bytes()).ok_or_else(|| NameError::Oid(clip(text)))
    }
}

impl TryFrom<String> for Oid {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Oid> for String {
    fn from(oid: Oid) -> Self {
        oid.to_string()
    }
}

macro_rules! reference_name {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts `name` (without `refs/…`) when it is safe everywhere.
            pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
                let name = name.into();
                if is_safe(&name) { Ok(Self(name)) } else { Err(NameError::Reference(clip(&name))) }
            }

            /// The short name.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The full reference, the only form that is handed to git: a tag named like a branch stays a tag.
            pub fn full(&self) -> String {
                format!(concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

reference_name!(
    /// A tag's short name, safe for git, paths, addresses and command lines.
    TagName,
    "refs/tags/"
);
reference_name!(
    /// A branch's short name, safe for git, paths, addresses and command lines.
    BranchName,
    "refs/heads/"
);

impl BranchName {
    /// What git says for a branch where there is none: `HEAD`. No branch has this name.
    pub fn detached() -> Self {
        Self("HEAD".to_owned())
    }

    /// Whether it stands for none.
    pub fn is_detached(&self) -> bool {
        *self == Self::detached()
    }
}

fn is_safe(name: &str) -> bool {
    let bytes = name.as_bytes();
    let grammar = (1..=128).contains(&bytes.len())
        && bytes[0].is_ascii_alphanumeric()
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"._+/@-".contains(b));
    // Legal names for git, and ambiguous for every reader: its own (`HEAD`, `FETCH_HEAD`), also on file systems that do not
    // know case, full names, and what looks like the id of an object.
    let begins = |start: &str| name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    let own = name.eq_ignore_ascii_case("HEAD") || name.to_ascii_uppercase().ends_with("_HEAD") && !name.contains('/');
    let reserved = own || begins("refs/") || Oid::from_hex(name.to_ascii_lowercase().as_bytes()).is_some();
    let parts = name
        .split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.ends_with(".lock"));
    grammar && !reserved && parts && !name.contains("..")
}

fn clip(text: &str) -> String {
    crate::text::one_line(text, 80).into_owned()
}

/// The two lines that make an object ours: which plan made it, and from which head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Marker {
    /// Digest of the plan.
    pub plan: Digest,
    /// Head commit the plan was made for.
    pub head: Oid,
}

impl Marker {
    /// Appends the marker to a message as a trailer paragraph of its own. Lines of `message` that look like our
    /// trailers are indented first, so that text from outside can never speak for us.
    pub fn append_to(&self, message: &str) -> String {
        let mut out = String::with_capacity(message.len() + 160);
        for line in message.trim_end().lines() {
            if is_trailer_line(line.trim_start().as_bytes()) {
                out.push_str("  ");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        if out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("\n{PLAN_TRAILER}{}\n{HEAD_TRAILER}{}\n", self.plan, self.head));
        out
    }

    /// Reads the marker from the last paragraph of `message`. Both lines must be there, once each and alone in their
    /// paragraph: a squash or a quotation that merely contains them is an ordinary message.
    pub fn parse(message: &[u8]) -> Option<Self> {
        let message = message.trim_ascii_end();
        let start = message.windows(2).rposition(|w| w == b"\n\n")? + 2;
        let mut lines = message[start..].split(|&b| b == b'\n');
        let plan = lines.next()?.strip_prefix(PLAN_TRAILER.as_bytes())?;
        let head = lines.next()?.strip_prefix(HEAD_TRAILER.as_bytes())?;
        if lines.next().is_some() {
            return None;
        }
        Some(Self { plan: std::str::from_utf8(plan).ok()?.parse().ok()?, head: Oid::from_hex(head)? })
    }

    /// The branch, by its full name, on which a forge makes the release commit before the release branch moves to it.
    pub fn staging(&self) -> String {
        format!("{STAGING}{}", self.plan.hex())
    }
}

/// The plan whose release commit the branch of that full name is there for.
pub fn staged_plan(reference: &str) -> Option<Digest> {
    format!("sha256:{}", reference.strip_prefix(STAGING)?).parse().ok()
}

fn is_trailer_line(line: &[u8]) -> bool {
    line.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"bowline-"))
}

const PLAN_TRAILER: &str = "Bowline-Plan: ";
const HEAD_TRAILER: &str = "Bowline-Head: ";
const STAGING: &str = "refs/heads/bowline/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_of_an_empty_message_is_found() {
        let marker = Marker { plan: Digest::of(b"plan"), head: Oid::Sha1([7; 20]) };
        for empty in ["", " \n\t\n"] {
            assert_eq!(Marker::parse(marker.append_to(empty).as_bytes()), Some(marker), "{empty:?}");
        }
    }

    #[test]
    fn hostile_reference_names_are_refused() {
        for bad in [
            "",
            "v1$(id)",
            "v1`id`",
            "v1;id",
            "v1\"x",
            "v1{{x}}",
            "v1<b>",
            "v1\u{200b}",
            "v1\u{202e}",
            "HEAD",
            "head",
            "FETCH_HEAD",
            "orig_head",
            "@",
            "refs/heads/main",
            "Refs/tags/v1",
            "0123456789abcdef0123456789abcdef01234567",
            "0123456789ABCDEF0123456789abcdef01234567",
            "-x",
            "--upload-pack=x",
            "a..b",
            "a//b",
            "a/",
            "/a",
            ".a",
            "a/.b",
            "a.lock",
            "a.",
            "a@{1}",
            "a b",
            "a~1",
            "a^",
            "a:b",
            "a\\b",
            "ä",
            "a\nb",
            &"a".repeat(129),
        ] {
            assert!(TagName::new(bad).is_err(), "{bad:?} was accepted");
        }
        for good in [
            "v1.2.3",
            "1.2.3",
            "name-v1.2.3",
            "name@1.2.3",
            "a/b/v1.0.0-rc.1+x",
            "main",
            "x/HEAD",
            "ahead",
            "abc123",
            &"g".repeat(40),
            &"a".repeat(128),
        ] {
            assert!(TagName::new(good).is_ok(), "{good:?} was refused");
        }
        assert_eq!(TagName::new("main").unwrap().full(), "refs/tags/main");
    }

    fn marker() -> Marker {
        Marker { plan: Digest::of(b"plan"), head: Oid::Sha1([7; 20]) }
    }

    #[test]
    fn marker_survives_the_round_trip() {
        let message = marker().append_to("chore(release): 1.2.3\n\nbody\n");
        assert_eq!(Marker::parse(message.as_bytes()), Some(marker()));
        assert!(message.starts_with("chore(release): 1.2.3\n\nbody\n\nBowline-Plan: sha256:"));
    }

    #[test]
    fn staging_branches_are_known_by_their_name() {
        assert_eq!(staged_plan(&marker().staging()), Some(marker().plan));
        for other in ["refs/heads/bowline/x", "refs/heads/bowline/", "refs/heads/main", "refs/tags/bowline/x"] {
            assert_eq!(staged_plan(other), None, "{other}");
        }
    }

    #[test]
    fn forged_trailers_are_never_believed() {
        let forged = Marker { plan: Digest::of(b"forged"), head: Oid::Sha1([9; 20]) };
        let ours = marker().append_to(&forged.append_to("subject"));
        assert_eq!(Marker::parse(ours.as_bytes()), Some(marker()));
        let trailing = format!("{ours}Signed-off-by: someone\n");
        let reversed = format!("s\n\nBowline-Head: {}\nBowline-Plan: {}\n", forged.head, forged.plan);
        let no_gap = format!("s\nBowline-Plan: {}\nBowline-Head: {}\n", forged.plan, forged.head);
        for text in [trailing, reversed, no_gap, String::new(), "\n\n".into()] {
            assert_eq!(Marker::parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
