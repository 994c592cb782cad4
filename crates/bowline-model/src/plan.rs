//! The plan: what shall be true afterwards, and why.
//!
//! [`Plan`] is the digested part. It says nothing about how, where or when it was computed, so the same commit and
//! configuration give the same digest on every machine, path, locale and day. [`PlanDocument`] is what
//! `bowline plan --json` prints: the plan, its digest, and beside it the schedule with verdicts, the state of gates,
//! findings about limits, and what is unfinished.

mod change;
pub mod diff;
mod promotion;
mod recorded;
mod requirements;

pub use change::PlannedChange;
pub use promotion::Promotion;
pub use recorded::{Contributor, Recorded, RecordedConfiguration, RecordedOverride, RecordedPull};
pub use requirements::{CheckRequirement, EnvironmentRequirement, FollowUpRequirement};

use crate::canonical::{self, CanonicalError};
use crate::facts::{Unfinished, VersionTag};
use crate::git::{BranchName, Marker, Oid, TagName};
use crate::hash::Digest;
pub use crate::repository::{ForgeKind, RepositoryId, remote_host};
use crate::step::ScheduledStep;
use crate::time::Timestamp;
use crate::version::{Level, Version};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The `schema` value of a plan document.
pub const PLAN_SCHEMA: &str = "bowline/plan/v1";

/// What shall be true after the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Always `bowline/plan/v1`.
    pub schema: String,
    /// What is released, and from where.
    pub repository: PlanRepository,
    /// The release environment, when one was chosen.
    pub environment: Option<String>,
    /// The channel: which kind of versions this branch releases.
    pub channel: String,
    /// The head commit's time: the date of every object the plan makes.
    pub created: Timestamp,
    /// The packages to release; empty when nothing is due.
    pub packages: Vec<PackagePlan>,
    /// Why nothing is due; none when something is.
    pub reason: Option<String>,
    /// Who signs as committer and tagger.
    pub identity: Identity,
    /// The release commit's message before our trailers; none when no file changes and the tag stands on the head.
    pub commit_message: Option<String>,
    /// What must hold and what must be made besides refs and files.
    pub requirements: Requirements,
    /// Values that were read once and are kept, such as a date chosen as `today`.
    pub recorded: Recorded,
    /// Digest of the plan-relevant configuration.
    pub config_digest: Digest,
    /// The pre-release whose files are released again under another version; left out for any other release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotes: Option<Promotion>,
}

/// The repository part of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanRepository {
    /// Normalised identity.
    pub id: RepositoryId,
    /// The branch the release goes to.
    pub branch: BranchName,
    /// The planned head commit.
    pub head: Oid,
}

/// One package to release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackagePlan {
    /// Its name.
    pub name: String,
    /// Its folder from the repository's root, `.` for the root.
    pub path: String,
    /// The version before; none for a first release.
    pub current: Option<Version>,
    /// The version to release.
    pub next: Version,
    /// What moved the version.
    pub bump: Bump,
    /// The tag to create.
    pub tag: TagName,
    /// The tag's message before our trailers.
    pub tag_message: String,
    /// Why this version, in one line.
    pub reason: String,
    /// The commits it contains, newest first, each with the rule that hit.
    pub commits: Vec<PlannedCommit>,
    /// What change files say, by file, each with the rule that hit; left out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PlannedChange>,
    /// The exact edits of files; they give the release commit's tree.
    pub edits: Vec<Edit>,
    /// The new section of the changelog; empty when there is no changelog.
    pub changelog: String,
    /// The release's notes.
    pub notes: String,
    /// The same for those who read them elsewhere, by name; left out where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<AudienceNotes>,
    /// Whether the forge shall mark it as a pre-release.
    pub prerelease: bool,
}

impl PackagePlan {
    /// What is new, for people: the section of the changelog, or the notes where there is no changelog.
    pub fn shown_changelog(&self) -> &str {
        if self.changelog.is_empty() { &self.notes } else { &self.changelog }
    }
}

/// The notes for one audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AudienceNotes {
    /// What the audience is called.
    pub name: String,
    /// The text.
    pub notes: String,
    /// Whether it ships with the release.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asset: bool,
}

impl AudienceNotes {
    /// The name of the file that ships, `notes.customers.md`; none for notes that do not, and for empty ones, which no forge
    /// takes.
    pub fn asset_name(&self) -> Option<String> {
        (self.asset && !self.notes.is_empty()).then(|| format!("notes.{}.md", self.name))
    }
}

/// What moved a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Bump {
    /// Incompatible changes.
    Major,
    /// Additions.
    Minor,
    /// Repairs.
    Patch,
    /// The next pre-release of the same version.
    Prerelease,
    /// The calendar.
    Calver,
    /// Set by hand, or the first release.
    None,
}

impl From<Level> for Bump {
    fn from(level: Level) -> Self {
        match level {
            Level::Major => Self::Major,
            Level::Minor => Self::Minor,
            Level::Patch => Self::Patch,
            Level::None => Self::None,
        }
    }
}

/// One commit as the plan understood it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedCommit {
    /// The commit.
    pub id: Oid,
    /// Its type, lowercase; empty when the message is not conventional.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its scope.
    pub scope: Option<String>,
    /// Whether it says it breaks something.
    pub breaking: bool,
    /// The description (or the first line when not conventional), readable and lossy.
    pub subject: String,
    /// The rule that decided, for example `feat → minor`.
    pub rule: String,
    /// What the rule asked for.
    pub level: Level,
    /// The merged pull request that it stands for, or whose description its message is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<u64>,
}

/// One exact edit: at `offset` of `file`, the bytes `from` become `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edit {
    /// Path from the repository's root, with `/`.
    pub file: String,
    /// How the place was found: `json`, `toml`, `plain`, `changelog`.
    pub format: String,
    /// The place inside, `version` or `packages..version`.
    pub at: String,
    /// Byte offset in the head commit's file.
    pub offset: u64,
    /// What stands there; empty for an insertion.
    pub from: String,
    /// What will stand there.
    pub to: String,
    /// Whether the file does not exist yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create: bool,
    /// Whether the whole file goes; it is then the only edit of it, and names no bytes: the head commit has them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delete: bool,
}

/// A name and mail address for git objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
}

/// What must hold and what must be made besides refs and files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requirements {
    /// The kind of forge that gets the release.
    pub forge: ForgeKind,
    /// Branches that may release, as globs; empty means any.
    pub branches: Vec<String>,
    /// How commit and branch get to the remote.
    #[serde(default, skip_serializing_if = "PushWay::is_git")]
    pub push: PushWay,
    /// The command that makes the artifacts.
    pub build: Option<BuildRequirement>,
    /// Which files ship.
    pub artifacts: ArtifactRequirement,
    /// How it becomes public, where that is not the usual way.
    #[serde(default, skip_serializing_if = "PublishRequirement::is_usual")]
    pub publish: PublishRequirement,
    /// Checks that must be green on the planned commit; left out where none are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks: Option<CheckRequirement>,
    /// An environment of the forge that must have rules; left out where none is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentRequirement>,
    /// What is told after the release; left out where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUpRequirement>,
}

/// How a release becomes public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublishRequirement {
    /// When readers are shown it as the latest.
    #[serde(default, skip_serializing_if = "Latest::is_auto")]
    pub latest: Latest,
    /// Whether it stays a draft, for a person to publish.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    /// Tags that move to it from the release before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floating_tags: Vec<TagName>,
    /// The category of the discussion that is opened about it; none for no discussion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discussion: Option<String>,
}

impl PublishRequirement {
    /// Whether nothing is out of the ordinary.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// When readers are shown a release as the latest. A pre-release never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Latest {
    /// When its version is not below that of the one they see now.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Latest {
    fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// How the release commit is made and the branch is moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PushWay {
    /// Made here, and pushed together with the tag.
    #[default]
    Git,
    /// Made, signed and put on the branch by the forge.
    Api,
}

impl PushWay {
    /// Whether it is the usual way, which texts that are digested leave out.
    pub const fn is_git(&self) -> bool {
        matches!(self, Self::Git)
    }
}

/// The command that makes the artifacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BuildRequirement {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Where it runs.
    #[serde(rename = "in")]
    pub place: BuildPlace,
    /// Variables it gets besides ours, sorted by name.
    pub env: Vec<(String, String)>,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
}

/// Where the build command runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BuildPlace {
    /// In the user's checkout, where dependencies are installed.
    #[default]
    Checkout,
    /// In a private clone at the release commit.
    Clone,
}

/// Which files ship.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArtifactRequirement {
    /// Globs from the repository's root; every one must match something.
    pub include: Vec<String>,
    /// At least this many files.
    pub min: u64,
    /// At most this many files; none for the forge's own limit.
    pub max: Option<u64>,
    /// No file larger than this many bytes; none for the forge's own limit.
    pub max_size: Option<u64>,
    /// Checksum files that are added to the assets: `sha256`, `sha512`.
    pub checksums: Vec<String>,
}

/// A plan with its digest, and beside it what may change without changing the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanDocument {
    /// SHA-256 over the canonical JSON (RFC 8785) of the plan part.
    pub id: Digest,
    /// The digested part.
    #[serde(flatten)]
    pub plan: Plan,
    /// The ordered steps with their verdicts.
    pub schedule: Vec<ScheduledStep>,
    /// How the gates stand right now.
    pub gates: Vec<GateState>,
    /// Limits of forge and formats, checked before anything is touched.
    pub limits: Vec<LimitFinding>,
    /// A release of ours that is not complete: an object, null, or `"unknown"`.
    #[serde(with = "unfinished_json")]
    #[schemars(with = "serde_json::Value")]
    pub unfinished: Unfinished,
    /// Whether something uncommitted went into it: it can be neither approved nor released.
    pub provisional: bool,
    /// The version that computed it.
    pub bowline_version: String,
}

/// How a gate stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateState {
    /// The gate's step id, `gate/tree`.
    pub id: String,
    /// Whether it would let the release pass now.
    pub open: bool,
    /// Why, in one line.
    pub reason: String,
}

/// One limit that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LimitFinding {
    /// What is limited, `notes_length`.
    pub limit: String,
    /// The largest value that is accepted.
    pub max: u64,
    /// The value found.
    pub actual: u64,
    /// Whether it fits.
    pub ok: bool,
    /// What that means, in one line.
    pub message: String,
}

impl Plan {
    /// The digest that approvals sign and that every object of the release carries.
    pub fn digest(&self) -> Result<Digest, CanonicalError> {
        Ok(Digest::of(&canonical::to_vec(self)?))
    }

    /// The marker of objects made for this plan.
    pub fn marker(&self) -> Result<Marker, CanonicalError> {
        Ok(Marker { plan: self.digest()?, head: self.repository.head })
    }

    /// Whether there is anything to release.
    pub const fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// All edits of all packages.
    pub fn edits(&self) -> impl Iterator<Item = &Edit> {
        self.packages.iter().flat_map(|package| &package.edits)
    }

    /// The paths that the release commit changes, sorted, each once.
    pub fn declared_files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = self.edits().map(|edit| edit.file.as_str()).collect();
        files.sort_unstable();
        files.dedup();
        files
    }
}

/// Why edits do not fit a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The bytes at the offset are not the ones the plan saw.
    #[error("{file} does not hold `{from}` at byte {offset}")]
    Differs {
        /// The file.
        file: String,
        /// What was expected, safe to show.
        from: String,
        /// Where.
        offset: u64,
    },
    /// Two edits touch the same bytes.
    #[error("two edits of {file} overlap at byte {offset}")]
    Overlap {
        /// The file.
        file: String,
        /// Where.
        offset: u64,
    },
}

/// `content` after `edits`, which all belong to one file.
pub fn apply_edits<'a>(content: &[u8], edits: impl IntoIterator<Item = &'a Edit>) -> Result<Vec<u8>, EditError> {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| edit.offset);
    let mut out = Vec::with_capacity(content.len() + 64);
    let mut done = 0;
    for edit in edits {
        let start = usize::try_from(edit.offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(edit.from.len());
        if start < done {
            return Err(EditError::Overlap { file: edit.file.clone(), offset: edit.offset });
        }
        if content.get(start..end) != Some(edit.from.as_bytes()) {
            let from = crate::text::one_line(&edit.from, 60).into_owned();
            return Err(EditError::Differs { file: edit.file.clone(), from, offset: edit.offset });
        }
        out.extend_from_slice(&content[done..start]);
        out.extend_from_slice(edit.to.as_bytes());
        done = end;
    }
    out.extend_from_slice(&content[done..]);
    Ok(out)
}

/// `unfinished` is an object, null or the word `unknown` in the document.
mod unfinished_json {
    use super::Unfinished;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &Unfinished, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Unfinished::None => serializer.serialize_none(),
            Unfinished::Unknown => serializer.serialize_str("unknown"),
            Unfinished::Found(release) => release.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Unfinished, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Null => Ok(Unfinished::None),
            serde_json::Value::String(word) if word == "unknown" => Ok(Unfinished::Unknown),
            other => serde_json::from_value(other).map(Unfinished::Found).map_err(D::Error::custom),
        }
    }
}

/// The highest of `tags`.
pub fn highest(tags: &[VersionTag]) -> Option<&VersionTag> {
    tags.iter().max_by(|a, b| a.version.cmp(&b.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(offset: u64, from: &str, to: &str) -> Edit {
        let (file, format, at) = ("VERSION".into(), "plain".into(), String::new());
        Edit { file, format, at, offset, from: from.into(), to: to.into(), create: false, delete: false }
    }

    #[test]
    fn edits_change_exactly_their_bytes() {
        let edits = [edit(4, "2", "33"), edit(0, "", "#\n"), edit(2, "1", "0")];
        assert_eq!(apply_edits(b"a 1 2 z", &edits).as_deref(), Ok(b"#\na 0 33 z".as_slice()));
        assert!(matches!(apply_edits(b"abc", &[edit(0, "x", "y")]), Err(EditError::Differs { .. })));
        assert!(matches!(apply_edits(b"abc", &[edit(9, "", "y")]), Err(EditError::Differs { .. })));
        assert!(matches!(apply_edits(b"abc", &[edit(0, "ab", "y"), edit(1, "b", "")]), Err(EditError::Overlap { .. })));
    }
}
