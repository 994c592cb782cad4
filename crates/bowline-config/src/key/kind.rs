//! The kinds of values: their names for people and their schemas for editors. [`super::check`] reads them.

use super::{quantity, store};
use serde_json::{Value, json};

/// A kind of value.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A name that is safe in tags, paths and addresses.
    Name,
    /// One line.
    Line,
    /// A person's name in git objects.
    Person,
    /// A mail address in git objects.
    Email,
    /// Text of any number of lines.
    Text,
    /// Text with places for version, tag and package.
    Message,
    /// The same, and one for the release's address.
    Comment,
    /// A tag template.
    Tag,
    /// Templates of floating tags.
    FloatingTags,
    /// A file of the repository.
    File,
    /// A file of the repository whose name has a place for the version.
    VersionedFile,
    /// A folder of the repository.
    Folder,
    /// A file of the repository, or `false` for none.
    FileOrFalse,
    /// A folder of this machine.
    Place,
    /// Patterns for files, branches or names.
    Globs,
    /// A pattern for branches.
    Glob,
    /// The identifier of pre-releases, or `true` for a name that stands elsewhere.
    Identifier,
    /// The versions of a maintenance line.
    Range,
    /// Names, each one line.
    Lines,
    /// Regular expressions.
    Patterns,
    /// One regular expression.
    Pattern,
    /// Program and arguments.
    Command,
    /// A variable's value.
    Variable,
    /// Yes or no.
    Boolean,
    /// A whole number, at least this.
    Count(u64),
    /// A number of bytes.
    Size,
    /// A length of time.
    Duration,
    /// A version.
    Version,
    /// Where something answers on the web.
    Address,
    /// An address with these places to fill in, and those of the repository.
    Link(&'static [&'static str]),
    /// Owner and name of a repository on a forge.
    Slug,
    /// A version of a tool.
    Numbers,
    /// A program of this machine.
    Program,
    /// Where state is kept.
    Store,
    /// One word of a closed set.
    Word(Words),
    /// Any words of a closed set.
    WordList(Words),
}

/// A closed set of words.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    /// Those of this version.
    pub(crate) now: &'static [&'static str],
    /// Those that this version knows and cannot carry out; one that ends in `://` stands for all that begin so.
    pub(crate) later: &'static [&'static str],
}

impl Words {
    /// Words that are all available.
    pub(crate) const fn all(now: &'static [&'static str]) -> Self {
        Self { now, later: &[] }
    }

    /// `"a", "b" or "c"`.
    pub(crate) fn shown(&self) -> String {
        let quoted: Vec<String> = self.now.iter().map(|word| format!("\"{word}\"")).collect();
        match quoted.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
            _ => quoted.concat(),
        }
    }
}

impl Kind {
    /// What people call it.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Name => "name (letters, digits, `. _ - @ /`)".to_owned(),
            Self::Line => "text, one line".to_owned(),
            Self::Person => "text, one line, without `<` and `>`".to_owned(),
            Self::Email => "mail address".to_owned(),
            Self::Text | Self::Variable => "text".to_owned(),
            Self::Message => "text with `{version}`, `{tag}`, `{package}`".to_owned(),
            Self::Comment => "text with `{version}`, `{tag}`, `{package}`, `{url}`".to_owned(),
            Self::Tag => "text with `{version}` once, and `{package}`".to_owned(),
            Self::FloatingTags => "list of texts with `{major}`, `{minor}`, `{package}`".to_owned(),
            Self::File => "path of a file from the repository's root".to_owned(),
            Self::VersionedFile => "path of a file from the repository's root, with `{version}` in its name".to_owned(),
            Self::Folder => "path of a folder from the repository's root".to_owned(),
            Self::FileOrFalse => "path of a file from the repository's root, or `false`".to_owned(),
            Self::Place => "path of a folder".to_owned(),
            Self::Globs => "list of patterns".to_owned(),
            Self::Glob => "pattern".to_owned(),
            Self::Identifier => "letters, digits and `-`, not digits alone; or `true`".to_owned(),
            Self::Range => "range such as `\"1.x\"` or `\"1.2.x\"`".to_owned(),
            Self::Lines => "list of text, each one line".to_owned(),
            Self::Patterns => "list of regular expressions".to_owned(),
            Self::Pattern => "regular expression".to_owned(),
            Self::Command => "list: program and arguments".to_owned(),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::Count(least) => format!("whole number, at least {least}"),
            Self::Size => "bytes: a number, or text such as `\"100MB\"` or `\"2GiB\"`".to_owned(),
            Self::Duration => "length of time such as `\"90s\"`, `\"10m\"`, `\"24h\"`, `\"7d\"`".to_owned(),
            Self::Version => "SemVer version".to_owned(),
            Self::Address => "address such as `\"https://host/path\"`".to_owned(),
            Self::Link(places) => {
                let places: Vec<String> = places.iter().chain(&LINK_PLACES).map(|place| format!("`{place}`")).collect();
                format!("address with {}", places.join(", "))
            }
            Self::Slug => "`\"owner/name\"`".to_owned(),
            Self::Numbers => "one to three numbers with dots, such as `\"2.45\"`".to_owned(),
            Self::Program => "absolute path of a file outside the repository".to_owned(),
            Self::Store => {
                "\"auto\", \"file\", \"git\", \"git-branch\", or an address: `s3://`, `gs://`, `az://`".to_owned()
            }
            Self::Word(words) => words.shown(),
            Self::WordList(words) => format!("list of {}", words.shown()),
        }
    }

    /// Its JSON Schema.
    pub(crate) fn schema(self) -> Value {
        match self {
            Self::Name => json!({ "type": "string", "pattern": "^[A-Za-z0-9@][A-Za-z0-9@._/-]*$", "maxLength": 100 }),
            Self::Line | Self::Place | Self::Person | Self::Glob => {
                json!({ "type": "string", "pattern": "^[^\\r\\n]*\\S[^\\r\\n]*$" })
            }
            Self::Email => json!({ "type": "string", "pattern": "^[^\\s<>]+@[^\\s<>]+$" }),
            Self::Text | Self::Message | Self::Comment => json!({ "type": "string", "pattern": "\\S" }),
            Self::Tag => json!({ "type": "string", "pattern": "\\{version\\}" }),
            Self::FloatingTags => {
                json!({ "type": "array", "items": { "type": "string", "pattern": FLOATING_PATTERN } })
            }
            Self::File | Self::Folder => json!({ "type": "string", "pattern": "^[^/\\\\]" }),
            Self::VersionedFile => {
                json!({ "type": "string", "pattern": "^[^/\\\\].*\\{version\\}[^/]*$|^\\{version\\}[^/]*$" })
            }
            Self::FileOrFalse => json!({ "anyOf": [{ "type": "string", "pattern": "^[^/\\\\]" }, { "const": false }] }),
            Self::Globs | Self::Lines | Self::Patterns => json!({ "type": "array", "items": Self::Line.schema() }),
            Self::Pattern => json!({ "type": "string", "pattern": "[\\s\\S]" }),
            Self::Command => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
            Self::Identifier => {
                json!({ "anyOf": [{ "type": "string", "pattern": IDENTIFIER_PATTERN }, { "const": true }] })
            }
            Self::Range => json!({ "type": "string", "pattern": RANGE_PATTERN }),
            Self::Variable => json!({ "type": "string" }),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::Count(least) => json!({ "type": "integer", "minimum": least, "maximum": quantity::MAX_NUMBER }),
            Self::Size => json!({ "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": quantity::MAX_NUMBER },
                { "type": "string", "pattern": quantity::SIZE_PATTERN },
            ] }),
            Self::Duration => json!({ "type": "string", "pattern": quantity::DURATION_PATTERN }),
            Self::Version => json!({ "type": "string", "pattern": VERSION_PATTERN }),
            Self::Address => json!({ "type": "string", "pattern": "^https?://[^\\s/@?#]+(/[^\\s?#@]*)?$" }),
            Self::Link(_) => json!({ "type": "string", "pattern": LINK_PATTERN }),
            Self::Slug => json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$" }),
            Self::Numbers => json!({ "type": "string", "pattern": "^[0-9]{1,9}(\\.[0-9]{1,9}){0,2}$" }),
            Self::Program => json!({ "type": "string", "pattern": "^/[^\\r\\n]*[^/\\r\\n]$" }),
            Self::Store => json!({ "anyOf": [
                { "enum": store::WORDS },
                { "type": "string", "pattern": store::ADDRESS_PATTERN },
            ] }),
            Self::Word(words) => json!({ "enum": words.now }),
            Self::WordList(words) => json!({ "type": "array", "items": { "enum": words.now }, "uniqueItems": true }),
        }
    }
}

/// No other place than these three, and nothing that a name of git cannot have.
const FLOATING_PATTERN: &str = "^(\\{(major|minor|package)\\}|[^-{}\\s])(\\{(major|minor|package)\\}|[^{}\\s])*$";
/// What every address has a place for.
pub(crate) const LINK_PLACES: [&str; 3] = ["{host}", "{owner}", "{repository}"];
const LINK_PATTERN: &str = "^(https?://|\\{host\\})[^\\s()<>\\[\\]\\\\`]*$";
const IDENTIFIER_PATTERN: &str = "^[0-9]*[A-Za-z-][0-9A-Za-z-]*$";
const RANGE_PATTERN: &str = "^(0|[1-9][0-9]*)\\.((0|[1-9][0-9]*)\\.x|x(\\.x)?)$";
const VERSION_PATTERN: &str =
    "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$";
