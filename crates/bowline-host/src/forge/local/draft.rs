//! Making, filling and removing drafts.
//!
//! A draft is made under a name that marks it as unfinished and gets its own when everything is inside; removing goes
//! the other way. What a crash leaves half-made is recognised by that name and swept by the next draft.

use super::read::{ReadError, ReleaseFolder, draft_folder, is_id};
use super::record::{self, AssetRecord, Record};
use super::{ASSETS, HALF, INDEX, LATEST, LocalForge, NOTES, STAGING, not_done};
use crate::folder::{Folder, Temporary};
use bowline_model::Digest;
use bowline_model::hash::Hasher;
use bowline_model::release::Artifact;
use bowline_model::text::one_line;
use bowline_port::forge::{Asset, ForgeError, NewRelease, Release};
use std::io::{Read, Write};
use std::sync::Arc;

type Source = Box<dyn std::error::Error + Send + Sync>;

impl LocalForge {
    pub(super) fn make_draft(&self, new: &NewRelease) -> Result<Release, ForgeError> {
        // A tag of that name would stand in the place of a file of ours.
        if let Some(name) = new.tag.as_str().split('/').next().filter(|name| [LATEST, INDEX].contains(name)) {
            let difference = format!("`{name}` is a file of the local forge itself");
            return Err(ForgeError::Taken { what: format!("release {}", new.tag), difference });
        }
        let made = self.write_draft(new);
        if made.is_err() {
            self.sweep();
        }
        let found = made.map_err(not_done(format!("create a draft of {}", new.tag)))?;
        self.release(&found, true)
    }

    fn write_draft(&self, new: &NewRelease) -> Result<ReleaseFolder, Source> {
        let staging = Folder::make(&self.root, 0o777)?.make_below(STAGING, 0o700)?;
        self.sweep_half_made(&staging)?;
        let id = self.free_id(&staging, new)?;
        let half_made = format!("{id}{HALF}");
        let folder = staging.make_below(&half_made, 0o777)?;
        folder.make_below(ASSETS, 0o777)?;
        folder.replace(NOTES, new.notes.as_bytes(), 0o666)?;
        let record = Record::of(new, &id, self.clock.now());
        folder.replace(record::FILE, &record.to_bytes()?, 0o666)?;
        staging.rename(&half_made, &staging, &id)?;
        staging.sync()?;
        Ok(ReleaseFolder { folder, record, notes: new.notes.clone() })
    }

    /// An id that no release of this tag has or had a moment ago.
    fn free_id(&self, staging: &Folder, new: &NewRelease) -> Result<String, Source> {
        let published = self.published_folder(&new.tag)?.map(|found| found.record.id);
        for number in 0_u64.. {
            let name = Digest::of(format!("{}\n{}\n{number}", new.tag, new.marker.plan).as_bytes()).hex();
            let id = format!("{}-{}", self.clock.now().unix().unsigned_abs(), name.get(..10).unwrap_or(&name));
            let is_free = |name: &str| staging.kind(name.as_ref()).map(|kind| kind.is_none());
            if published.as_ref() != Some(&id) && is_free(&id)? && is_free(&format!("{id}{HALF}"))? {
                return Ok(id);
            }
        }
        Err("no id is free".into())
    }

    pub(super) fn add_asset(
        &self,
        draft: &Release,
        artifact: &Artifact,
        bytes: &Arc<dyn bowline_port::http::Source>,
    ) -> Result<Asset, ForgeError> {
        let action = || format!("upload {}", artifact.name);
        let (_, found) = self.own_draft(draft)?;
        let there = self.assets(&found, true).map_err(not_done(action()))?;
        if let Some(there) = there.into_iter().find(|asset| asset.name == artifact.name) {
            if there.size == artifact.size && there.sha256 == Some(artifact.sha256) {
                return Ok(there);
            }
            let difference = format!("it has {} bytes and another SHA-256", there.size);
            return Err(ForgeError::Taken { what: format!("asset {}", artifact.name), difference });
        }
        let assets = found.folder.make_below(ASSETS, 0o777).map_err(not_done(action()))?;
        let temporary = receive(&assets, artifact, bytes.open().map_err(not_done(action()))?.as_mut())?;
        let _changing = self.changing();
        temporary.place(&artifact.name).map_err(not_done(action()))?;
        self.record_asset(draft, artifact).map_err(not_done(action()))?;
        Ok(Asset {
            name: artifact.name.clone(),
            size: artifact.size,
            sha256: Some(artifact.sha256),
            complete: true,
            url: self.asset_url(&draft.tag, &artifact.name),
        })
    }

    fn record_asset(&self, draft: &Release, artifact: &Artifact) -> Result<(), Source> {
        // Read again: another asset may have arrived in the meantime.
        let (_, ReleaseFolder { folder, mut record, .. }) = self.own_draft(draft)?;
        let Artifact { name, size, sha256, .. } = artifact.clone();
        record.put_asset(AssetRecord { name, size, sha256 });
        Ok(folder.replace(record::FILE, &record.to_bytes()?, 0o666)?)
    }

    pub(super) fn remove_draft(&self, draft: &Release) -> Result<(), ForgeError> {
        let (staging, found) = self.own_draft(draft)?;
        let id = found.record.id;
        let remove = || -> Result<(), Source> {
            let half_removed = format!("{id}{HALF}");
            staging.rename(&id, &staging, &half_removed)?;
            staging.sync()?;
            Ok(staging.remove_tree(&half_removed)?)
        };
        remove().map_err(not_done(format!("delete draft {id}")))?;
        self.sweep();
        Ok(())
    }

    /// The staging folder and the draft in it that `draft` names, when it is still there and carries the same marker.
    pub(super) fn own_draft(&self, draft: &Release) -> Result<(Folder, ReleaseFolder), ForgeError> {
        let what = || format!("draft {}", one_line(&draft.id, 80));
        let find = || -> Result<_, ReadError> {
            let Some(root) = self.root_folder()? else { return Ok(None) };
            let Some(staging) = root.below(STAGING)? else { return Ok(None) };
            Ok(draft_folder(&staging, &draft.id)?.map(|found| (staging, found)))
        };
        match find().map_err(not_done(format!("look for {}", what())))? {
            None => Err(ForgeError::Missing { what: what() }),
            Some((_, found)) if found.record.marker.is_none() || found.record.marker != draft.marker => {
                Err(ForgeError::NotOurs { what: what() })
            }
            Some(found) => Ok(found),
        }
    }

    /// Takes half-made and half-removed drafts away, and the staging folder with the last draft, as far as possible:
    /// what stays is swept next time.
    pub(super) fn sweep(&self) {
        let Ok(Some(root)) = self.root_folder() else { return };
        if let Ok(Some(staging)) = root.below(STAGING) {
            let _ = self.sweep_half_made(&staging);
        }
        let _ = root.remove_empty(STAGING);
    }

    fn sweep_half_made(&self, staging: &Folder) -> Result<(), Source> {
        for name in staging.names()? {
            if let Some(name) = name.to_str().filter(|name| name.strip_suffix(HALF).is_some_and(is_id)) {
                staging.remove_tree(name)?;
            }
        }
        Ok(())
    }
}

/// Writes what arrives into a file that nobody sees, and lets it pass when it is what was announced.
fn receive<'a>(assets: &'a Folder, artifact: &Artifact, bytes: &mut dyn Read) -> Result<Temporary<'a>, ForgeError> {
    let action = || format!("upload {}", artifact.name);
    let corrupt = || ForgeError::Corrupt { name: artifact.name.clone() };
    let mut temporary = Temporary::create(assets, 0o666).map_err(not_done(action()))?;
    let mut hasher = Hasher::default();
    let mut size = 0;
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = match bytes.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(not_done(action())(error)),
        };
        size += length as u64;
        if size > artifact.size {
            return Err(corrupt());
        }
        let chunk = &buffer[..length];
        temporary.write_all(chunk).and_then(|()| hasher.write_all(chunk)).map_err(not_done(action()))?;
    }
    if size == artifact.size && hasher.finish() == artifact.sha256 { Ok(temporary) } else { Err(corrupt()) }
}

const CHUNK: usize = 128 << 10;
