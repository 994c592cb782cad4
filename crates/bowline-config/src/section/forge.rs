//! `[forge]`: where releases live.

use crate::key::{Fallback, Key, Kind, Section, Words};
use crate::values::Values;
use bowline_model::plan::{ForgeKind, Latest};
use serde::Serialize;

/// `[forge]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forge {
    /// What kind; by default from the remote's host.
    pub kind: Option<ForgeKind>,
    /// Where people find it; by default the remote's host.
    pub url: Option<String>,
    /// Where its API answers; by default what follows from `url`.
    pub api_url: Option<String>,
    /// Owner and name of the repository there; by default those of the remote.
    pub repository: Option<String>,
    /// Whether the release stays a draft; by default it does not.
    pub draft: Option<bool>,
    /// When readers are shown a release as the latest; by default its version decides.
    pub latest: Option<Latest>,
    /// The category of the discussion about each release; by default there is none.
    pub discussion: Option<String>,
    /// The folder of the local forge; by default below the user's data folder.
    pub path: Option<String>,
}

impl Forge {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self {
            kind: values.get("forge.kind"),
            url: values.get("forge.url"),
            api_url: values.get("forge.api_url"),
            repository: values.get("forge.repository"),
            draft: values.get("forge.draft"),
            latest: values.get("forge.latest"),
            discussion: values.get("forge.discussion"),
            path: values.get("forge.path"),
        }
    }
}

pub(crate) const SECTION: Section = Section {
    name: "forge",
    list: false,
    meaning: "Where releases live.",
    names: None,
    keys: &[
        Key {
            name: "forge.kind",
            kind: Kind::Word(Words::all(&["github", "gitlab", "gitea", "local"])),
            fallback: Fallback::Words("by the remote's host; a path or an unknown host is `\"local\"`"),
            meaning: "What kind of forge.",
            example: "\"local\"",
        },
        Key {
            name: "forge.url",
            kind: Kind::Address,
            fallback: Fallback::Words("`https://` and the remote's host"),
            meaning: "Where people find the forge. Not used by the local forge.",
            example: "\"https://ghe.example.com\"",
        },
        Key {
            name: "forge.api_url",
            kind: Kind::Address,
            fallback: Fallback::Words("`https://api.github.com` for github.com, else `url` and `/api/v3`"),
            meaning: "Where the forge's API answers. A host beside those of the public forge itself gets no token unless the variable `BOWLINE_ALLOW_HOSTS` names it.",
            example: "\"https://ghe.example.com/api/v3\"",
        },
        Key {
            name: "forge.repository",
            kind: Kind::Slug,
            fallback: Fallback::Words("the remote's path"),
            meaning: "Which repository of the forge gets the releases.",
            example: "\"acme/app\"",
        },
        Key {
            name: "forge.draft",
            kind: Kind::Boolean,
            fallback: Fallback::Words("`false`"),
            meaning: "Leave the release a draft, complete and with its tag pushed, for a person to publish. It is not verified as readers see it.",
            example: "true",
        },
        Key {
            name: "forge.latest",
            kind: Kind::Word(Words::all(&["auto", "always", "never"])),
            fallback: Fallback::Words("`\"auto\"`: when its version is not below that of the one they see"),
            meaning: "When readers are shown a release as the latest. A pre-release never is.",
            example: "\"never\"",
        },
        Key {
            name: "forge.discussion",
            kind: Kind::Line,
            fallback: Fallback::Words("none"),
            meaning: "The category of the discussion that is opened about each release when it is public. Where it cannot be opened, a warning says so.",
            example: "\"Announcements\"",
        },
        Key {
            name: "forge.path",
            kind: Kind::Place,
            fallback: Fallback::Words("`$XDG_DATA_HOME/bowline/releases/<name>`"),
            meaning: "The folder of the local forge. It is this machine's matter and no part of the plan.",
            example: "\"/srv/releases\"",
        },
    ],
};
