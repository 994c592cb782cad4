//! `release.json`: what a release's folder says about itself.

use bowline_model::git::{Marker, TagName};
use bowline_model::{Digest, Oid, Timestamp};
use bowline_port::forge::NewRelease;
use serde::{Deserialize, Serialize};

/// The content of `release.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) schema: String,
    pub(super) id: String,
    pub(super) tag: TagName,
    pub(super) name: String,
    pub(super) commit: Oid,
    /// For readers of the file. Where the folder stands decides what it is: there are two writes between a draft and
    /// a release, and only the second, a rename, makes it public.
    pub(super) draft: bool,
    pub(super) prerelease: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) marker: Option<Marker>,
    pub(super) created: Timestamp,
    pub(super) published: Option<Timestamp>,
    pub(super) assets: Vec<AssetRecord>,
}

/// One asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AssetRecord {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) sha256: Digest,
}

/// Why a `release.json` says nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    #[error("{FILE} is not valid")]
    Json(#[source] serde_json::Error),
    #[error("{FILE} has the schema `{0}`, and this version of Bowline reads `{SCHEMA}`")]
    Schema(String),
    #[error("{FILE} is about release {0}, which belongs in another folder")]
    Elsewhere(String),
}

impl Record {
    /// The record of a new draft.
    pub(super) fn of(new: &NewRelease, id: &str, created: Timestamp) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            id: id.to_owned(),
            tag: new.tag.clone(),
            name: new.name.clone(),
            commit: new.commit,
            draft: true,
            prerelease: new.prerelease,
            marker: Some(new.marker),
            created,
            published: None,
            assets: Vec::new(),
        }
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        /// Read first, so that a newer version's file is named as such and not called invalid.
        #[derive(Deserialize)]
        struct Version {
            schema: String,
        }
        let Version { schema } = serde_json::from_slice(bytes).map_err(RecordError::Json)?;
        if schema != SCHEMA {
            return Err(RecordError::Schema(bowline_model::text::one_line(&schema, 80).into_owned()));
        }
        serde_json::from_slice(bytes).map_err(RecordError::Json)
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, RecordError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(RecordError::Json)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    pub(super) fn asset(&self, name: &str) -> Option<&AssetRecord> {
        self.assets.iter().find(|asset| asset.name == name)
    }

    pub(super) fn put_asset(&mut self, asset: AssetRecord) {
        self.assets.retain(|there| there.name != asset.name);
        self.assets.push(asset);
        self.assets.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

/// The file's name.
pub(super) const FILE: &str = "release.json";
const SCHEMA: &str = "bowline/local-release/v1";
