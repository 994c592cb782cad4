//! `[state]`: where runs are remembered and locks are kept. It is no part of the plan.

use crate::key::{Fallback, Key, Kind, Section, quantity};
use crate::values::Values;
use serde::{Deserialize, Serialize};

/// `[state]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    /// What keeps it.
    pub backend: StateBackend,
    /// How long a lock lasts that its owner does not renew, in milliseconds.
    #[serde(rename = "lock_ttl", serialize_with = "quantity::serialize")]
    pub lock_ttl_ms: u64,
}

impl Default for State {
    fn default() -> Self {
        Self { backend: StateBackend::Auto, lock_ttl_ms: LOCK_TTL_MS }
    }
}

/// What keeps state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum StateBackend {
    /// References of the remote in CI, files of this machine elsewhere.
    #[default]
    Auto,
    /// Files in the user's state folder.
    File,
    /// References below `refs/bowline/` of the remote that is released to.
    Git,
    /// Branches of that remote, where it takes no references of other kinds.
    GitBranch,
    /// A folder of a bucket: `s3://…`, `gs://…`, `az://…`.
    Object(String),
}

impl From<String> for StateBackend {
    fn from(text: String) -> Self {
        match text.as_str() {
            "auto" => Self::Auto,
            "file" => Self::File,
            "git" => Self::Git,
            "git-branch" => Self::GitBranch,
            // Words were checked when the file was read.
            _ => Self::Object(text),
        }
    }
}

impl From<StateBackend> for String {
    fn from(backend: StateBackend) -> Self {
        match backend {
            StateBackend::Auto => "auto".to_owned(),
            StateBackend::File => "file".to_owned(),
            StateBackend::Git => "git".to_owned(),
            StateBackend::GitBranch => "git-branch".to_owned(),
            StateBackend::Object(address) => address,
        }
    }
}

impl State {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self {
            backend: values.get("state.backend").unwrap_or_default(),
            lock_ttl_ms: values.get("state.lock_ttl").unwrap_or(LOCK_TTL_MS),
        }
    }
}

const LOCK_TTL_MS: u64 = 10 * 60 * 1000;

pub(crate) const SECTION: Section = Section {
    name: "state",
    list: false,
    meaning: "Where runs are remembered and locks are kept. See [state](state.md).",
    names: None,
    keys: &[
        Key {
            name: "state.backend",
            kind: Kind::Store,
            fallback: Fallback::Value("\"auto\""),
            meaning: "What keeps it: files in the user's state folder (`file`), references below `refs/bowline/` of the remote (`git`), branches of the remote (`git-branch`), or a bucket. `auto` is `git` in CI and `file` elsewhere.",
            example: "\"git\"",
        },
        Key {
            name: "state.lock_ttl",
            kind: Kind::Duration,
            fallback: Fallback::Value("\"10m\""),
            meaning: "How long a lock lasts that its owner does not renew. It is renewed between two steps; it should be longer than the longest single upload takes.",
            example: "\"30m\"",
        },
    ],
};
