//! `[release]`: who, from where, and under which names.

use crate::key::{Fallback, Key, Kind, Section, Words};
use crate::values::Values;
use bowline_model::plan::{Identity, PushWay};
use serde::Serialize;

/// `[release]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Release {
    /// `committer = { name, email }`.
    pub committer: Identity,
    /// Branches that may release, as globs; empty means any.
    pub branches: Vec<String>,
    /// Tag template; by default the form in use.
    pub tag: Option<String>,
    /// The release commit's message: `{version}`, `{tag}` and `{package}` are filled in.
    pub commit_message: String,
    /// The tag's message: the same places.
    pub tag_message: String,
    /// Templates of tags that move to each release; by default there are none.
    pub floating_tags: Option<Vec<String>>,
    /// How the release commit is made and the branch is moved.
    pub push: PushWay,
}

impl Release {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        let committer = default_committer();
        Self {
            committer: Identity {
                name: values.get("release.committer.name").unwrap_or(committer.name),
                email: values.get("release.committer.email").unwrap_or(committer.email),
            },
            branches: values.get("release.branches").unwrap_or_default(),
            tag: values.get("release.tag"),
            commit_message: values
                .get("release.commit_message")
                .unwrap_or_else(|| "chore(release): {version}".to_owned()),
            tag_message: values.get("release.tag_message").unwrap_or_else(|| "{tag}".to_owned()),
            floating_tags: values.get("release.floating_tags"),
            push: values.get("release.push").unwrap_or_default(),
        }
    }
}

/// Who makes release commits and tags unless configured: not the machine's identity, so that every machine makes the
/// same objects.
pub fn default_committer() -> Identity {
    Identity { name: "Bowline".to_owned(), email: "bowline@users.noreply.invalid".to_owned() }
}

pub(crate) const SECTION: Section = Section {
    name: "release",
    list: false,
    meaning: "Who releases, from which branches, and how commit and tag are called.",
    names: None,
    keys: &[
        Key {
            name: "release.committer.name",
            kind: Kind::Person,
            fallback: Fallback::Value("\"Bowline\""),
            meaning: "The name in release commits and tags. It is fixed here and never taken from the machine, so that every machine makes the same objects.",
            example: "\"Release Robot\"",
        },
        Key {
            name: "release.committer.email",
            kind: Kind::Email,
            fallback: Fallback::Value("\"bowline@users.noreply.invalid\""),
            meaning: "The mail address in release commits and tags.",
            example: "\"releases@example.org\"",
        },
        Key {
            name: "release.branches",
            kind: Kind::Globs,
            fallback: Fallback::Value("[]"),
            meaning: "Branches that may release. An empty list allows every branch.",
            example: "[\"main\", \"release/*\"]",
        },
        Key {
            name: "release.tag",
            kind: Kind::Tag,
            fallback: Fallback::Words("the form of the newest version tag, else `\"v{version}\"`"),
            meaning: "How tags are called.",
            example: "\"{package}-v{version}\"",
        },
        Key {
            name: "release.commit_message",
            kind: Kind::Message,
            fallback: Fallback::Value("\"chore(release): {version}\""),
            meaning: "The message of the release commit. Bowline's trailers are added after it.",
            example: "\"release: {package} {version}\"",
        },
        Key {
            name: "release.tag_message",
            kind: Kind::Message,
            fallback: Fallback::Value("\"{tag}\""),
            meaning: "The message of the tag. Bowline's trailers are added after it.",
            example: "\"{package} {version}\"",
        },
        Key {
            name: "release.floating_tags",
            kind: Kind::FloatingTags,
            fallback: Fallback::Words("none"),
            meaning: "Tags that move to each final release when it is published and verified, only forward, each from the exact value it had.",
            example: "[\"v{major}\", \"v{major}.{minor}\"]",
        },
        Key {
            name: "release.push",
            kind: Kind::Word(Words::all(&["git", "api"])),
            fallback: Fallback::Value("\"git\""),
            meaning: "Who makes the release commit. With `git` it is made here and pushed together with the tag. With `api` the forge makes and signs it, for branches that take only signed commits; GitHub can.",
            example: "\"api\"",
        },
    ],
};
