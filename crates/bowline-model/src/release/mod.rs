//! What ships and what came of it: the frozen manifest, the release file inside every release, and the result that
//! `bowline release --json` prints.

pub mod lock;

use crate::failure::Failure;
use crate::git::{Marker, Oid, TagName};
use crate::hash::Digest;
use crate::plan::Plan;
use crate::step::StepRecord;
use crate::text::name::check_asset;
use crate::time::Timestamp;
use crate::version::Version;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::Digest as _;

/// The asset that carries plan and manifest inside a release.
pub const RELEASE_FILE: &str = "release.bowline.json";
/// The `schema` value of that asset.
pub const RELEASE_FILE_SCHEMA: &str = "bowline/release/v1";
/// The `schema` value of a result.
pub const RESULT_SCHEMA: &str = "bowline/result/v1";

/// The `schema` value of a run record.
pub const RUN_SCHEMA: &str = "bowline/run/v1";

/// The frozen set of artifacts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The files, sorted by name.
    pub artifacts: Vec<Artifact>,
}

/// One file that ships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// The asset's name: letters, digits and `. _ + -`.
    #[serde(deserialize_with = "asset_name")]
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// SHA-512 of the bytes, lowercase hex.
    pub sha512: String,
}

/// A manifest can come from a draft that others may write, and its names become parts of paths.
fn asset_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    check_asset(&name).map_err(D::Error::custom)?;
    Ok(name)
}

impl Artifact {
    /// Describes `bytes` under the name `name`.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            size: bytes.len() as u64,
            sha256: Digest::of(bytes),
            sha512: crate::hash::to_hex(&sha2::Sha512::digest(bytes)),
        }
    }
}

/// The content of `release.bowline.json`: everything needed to go on, or to check, without us.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseFile {
    /// Always `bowline/release/v1`.
    pub schema: String,
    /// Digest of the plan.
    pub plan_id: Digest,
    /// The plan that was executed: the digested part only, so that every attempt writes the same bytes.
    pub plan: Plan,
    /// The artifacts, without this file itself.
    pub manifest: Manifest,
    /// The released commit.
    pub commit: Oid,
    /// The tag object.
    pub tag_object: Oid,
}

/// What `bowline release --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseResult {
    /// Always `bowline/result/v1`.
    pub schema: String,
    /// The run's id; none when nothing ran.
    pub run: Option<String>,
    /// The plan's digest; none when there is no plan.
    pub plan: Option<Digest>,
    /// How it ended.
    pub status: Status,
    /// The process exit code.
    pub exit_code: u8,
    /// What was released.
    pub packages: Vec<ReleasedPackage>,
    /// Every step with its outcome.
    pub steps: Vec<StepRecord>,
    /// What went wrong.
    pub failure: Option<Failure>,
    /// Why, when nothing was released and nothing is wrong.
    pub reason: Option<String>,
    /// The command to go on with.
    pub next: Option<String>,
    /// The newest version there is, when nothing was released.
    #[serde(default)]
    pub current: Option<CurrentVersion>,
    /// The digest of what was handed over to another job, for `--handoff-digest`.
    pub handoff_digest: Option<Digest>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The release is public and verified.
    Released,
    /// There was nothing to release.
    Nothing,
    /// A gate waits.
    Waiting,
    /// A gate or preflight refused.
    Refused,
    /// Someone else got there first.
    Conflict,
    /// A newer head replaced this plan.
    Superseded,
    /// Stopped on purpose.
    Paused,
    /// Another run is at it.
    Busy,
    /// An operation failed.
    Failed,
    /// A person has to look.
    Stuck,
    /// Unwound on request.
    Aborted,
}

/// A version that is released already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CurrentVersion {
    /// The version.
    pub version: Version,
    /// Its tag.
    pub tag: TagName,
}

/// One released package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleasedPackage {
    /// Its name.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The version before; none for a first release.
    #[serde(default)]
    pub previous: Option<Version>,
    /// The tag.
    pub tag: TagName,
    /// What is new: the section of the changelog, or the notes where there is no changelog.
    #[serde(default)]
    pub changelog: String,
    /// The released commit.
    pub commit: Option<Oid>,
    /// Where people find it.
    pub release_url: Option<String>,
    /// What ships with it.
    pub assets: Vec<ReleasedAsset>,
}

/// One asset of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleasedAsset {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// Where it can be downloaded.
    pub url: String,
}

/// What the state store keeps about a run: enough to list it and to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// Always `bowline/run/v1`.
    #[serde(default = "run_schema")]
    pub schema: String,
    /// The run's id.
    pub run: String,
    /// The plan and head.
    pub marker: Marker,
    /// The tag it makes.
    pub tag: TagName,
    /// Whether it is over, and how.
    pub state: RunState,
    /// When it was over, by the clock of the machine that said so; none while it is open.
    #[serde(default)]
    pub ended: Option<Timestamp>,
}

impl RunRecord {
    /// What is known about `run` at the time `now`.
    pub fn new(run: impl Into<String>, marker: Marker, tag: TagName, state: RunState, now: Timestamp) -> Self {
        let ended = (state != RunState::Open).then_some(now);
        Self { schema: run_schema(), run: run.into(), marker, tag, state, ended }
    }
}

fn run_schema() -> String {
    RUN_SCHEMA.to_owned()
}

/// Whether a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Started, and not known to have ended.
    Open,
    /// Everything is done.
    Complete,
    /// Unwound; nothing of it is public.
    Aborted,
    /// A newer head took its place.
    Superseded,
}
