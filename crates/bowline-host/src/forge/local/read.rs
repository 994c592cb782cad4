//! Looking at release folders.

use super::record::{self, Record, RecordError};
use super::{ASSETS, LATEST, LocalForge, NOTES, STAGING, not_done};
use crate::folder::Folder;
use bowline_model::git::TagName;
use bowline_model::hash::{Digest, Hasher};
use bowline_model::text::one_line;
use bowline_port::files::FilesError;
use bowline_port::forge::{Asset, ForgeError, Release};
use rustix::fs::FileType;
use std::ffi::OsStr;
use std::fs::File;
use std::io;

/// A release's folder with what it says about itself.
pub(super) struct ReleaseFolder {
    pub(super) folder: Folder,
    pub(super) record: Record,
    pub(super) notes: String,
}

/// Why a folder cannot be read as a release.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error("{place} is not a release of ours")]
    Record {
        place: String,
        #[source]
        source: RecordError,
    },
    #[error("`{0}` is not the name of a tag")]
    Latest(String),
}

impl LocalForge {
    pub(super) fn root_folder(&self) -> Result<Option<Folder>, FilesError> {
        Folder::open(&self.root)
    }

    pub(super) fn published_folder(&self, tag: &TagName) -> Result<Option<ReleaseFolder>, ReadError> {
        let Some(root) = self.root_folder()? else { return Ok(None) };
        let Some(folder) = root.below(tag.as_str())? else { return Ok(None) };
        let Some(found) = read(folder, tag.as_str())? else { return Ok(None) };
        belongs(found, tag).map(Some)
    }

    /// Every published release, in no order. Folders that are no releases of ours are passed over.
    pub(super) fn published_folders(&self) -> Result<Vec<ReleaseFolder>, FilesError> {
        let mut found = Vec::new();
        let Some(root) = self.root_folder()? else { return Ok(found) };
        let mut waiting = vec![String::new()];
        while let Some(path) = waiting.pop() {
            let Some(folder) = root.below(&path)? else { continue };
            for name in folder.names()? {
                let Some(name) = name.to_str() else { continue };
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                let Ok(tag) = TagName::new(path.clone()) else { continue };
                if folder.kind(OsStr::new(name))? != Some(FileType::Directory) {
                    continue;
                }
                match self.published_folder(&tag) {
                    Ok(Some(release)) => found.push(release),
                    Ok(None) => waiting.push(path),
                    Err(_) => {}
                }
            }
        }
        Ok(found)
    }

    /// Every draft, by id. Folders without a record are not drafts yet, or no longer.
    pub(super) fn draft_folders(&self) -> Result<Vec<ReleaseFolder>, ReadError> {
        let mut found = Vec::new();
        let Some(root) = self.root_folder()? else { return Ok(found) };
        let Some(staging) = root.below(STAGING)? else { return Ok(found) };
        for name in staging.names()? {
            let Some(id) = name.to_str().filter(|id| is_id(id)) else { continue };
            if staging.kind(&name)? == Some(FileType::Directory) {
                found.extend(draft_folder(&staging, id)?);
            }
        }
        Ok(found)
    }

    /// The release as the door shows it. Where the folder stands decides whether it is a draft.
    pub(super) fn release(&self, found: &ReleaseFolder, draft: bool) -> Result<Release, ForgeError> {
        let assets = self.assets(found, draft).map_err(not_done(format!("look at release {}", found.record.tag)))?;
        Ok(self.shown(found, draft, assets))
    }

    /// A draft as its files are at this moment. The recorded digests say what arrived, and everybody who can write here can
    /// have put other bytes in their place since.
    pub(super) fn draft_now(&self, id: &str) -> Result<Option<Release>, ReadError> {
        let Some(mut found) = self.staged(id)? else { return Ok(None) };
        found.record.assets.clear();
        let assets = self.assets(&found, true)?;
        Ok(Some(self.shown(&found, true, assets)))
    }

    fn staged(&self, id: &str) -> Result<Option<ReleaseFolder>, ReadError> {
        match self.root_folder()?.map(|root| root.below(STAGING)).transpose()?.flatten() {
            Some(staging) => draft_folder(&staging, id),
            None => Ok(None),
        }
    }

    fn shown(&self, found: &ReleaseFolder, draft: bool, assets: Vec<Asset>) -> Release {
        let record = &found.record;
        Release {
            id: record.id.clone(),
            tag: record.tag.clone(),
            name: record.name.clone(),
            notes: found.notes.clone(),
            draft,
            prerelease: record.prerelease,
            marker: record.marker,
            assets,
            url: if draft { self.staging_path(&record.id) } else { self.url(&record.tag) },
        }
    }

    /// What stands in the folder, with the digests that were recorded when it arrived. A draft's asset without one
    /// (the machine stopped between the two writes) is read again; a published one is shown as incomplete.
    pub(super) fn assets(&self, found: &ReleaseFolder, draft: bool) -> Result<Vec<Asset>, FilesError> {
        let Some(folder) = found.folder.below(ASSETS)? else { return Ok(Vec::new()) };
        let mut assets = Vec::new();
        for name in folder.names()? {
            // Hidden names are never assets: they are unfinished writes or the desktop's own.
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            let Some(mut file) = folder.open_file(name)? else { continue };
            let size = file.metadata().map_err(|error| folder.failed("look at", name, error))?.len();
            let recorded = found.record.asset(name).filter(|asset| asset.size == size).map(|asset| asset.sha256);
            let sha256 = match recorded {
                None if draft => Some(digest(&mut file).map_err(|error| folder.failed("read", name, error))?),
                recorded => recorded,
            };
            let url = self.asset_url(&found.record.tag, name);
            assets.push(Asset { name: name.to_owned(), size, sha256, complete: sha256.is_some(), url });
        }
        Ok(assets)
    }

    pub(super) fn open_asset(&self, release: &Release, asset: &str) -> Result<Option<File>, ReadError> {
        let found = match release.draft {
            true => self.staged(&release.id)?,
            false => self.published_folder(&release.tag)?,
        };
        let Some(found) = found.filter(|found| found.record.id == release.id) else { return Ok(None) };
        match found.folder.below(ASSETS)? {
            Some(folder) => Ok(folder.open_file(asset)?),
            None => Ok(None),
        }
    }

    pub(super) fn read_latest(&self) -> Result<Option<TagName>, ReadError> {
        let Some(root) = self.root_folder()? else { return Ok(None) };
        let Some(bytes) = root.read(LATEST)? else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes);
        TagName::new(text.trim_end()).map(Some).map_err(|_| ReadError::Latest(one_line(&text, 80).into_owned()))
    }

    pub(super) fn url(&self, tag: &TagName) -> String {
        self.root.join(tag.as_str()).to_string_lossy().into_owned()
    }

    fn staging_path(&self, id: &str) -> String {
        self.root.join(STAGING).join(id).to_string_lossy().into_owned()
    }

    pub(super) fn asset_url(&self, tag: &TagName, name: &str) -> String {
        self.root.join(tag.as_str()).join(ASSETS).join(name).to_string_lossy().into_owned()
    }
}

/// The draft with `id`; none when there is none or when `id` is not one of our making.
pub(super) fn draft_folder(staging: &Folder, id: &str) -> Result<Option<ReleaseFolder>, ReadError> {
    if !is_id(id) {
        return Ok(None);
    }
    match staging.below(id)? {
        Some(folder) => Ok(read(folder, id)?.filter(|found| found.record.id == id)),
        None => Ok(None),
    }
}

/// Whether `text` is an id of our making: a time in seconds and ten hex digits. Nothing else in the staging folder is
/// looked at or removed.
pub(super) fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(time, name)| {
        !time.is_empty()
            && time.bytes().all(|b| b.is_ascii_digit())
            && name.len() == 10
            && name.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// The SHA-256 of a file from where it stands.
fn digest(file: &mut File) -> io::Result<Digest> {
    let mut hasher = Hasher::default();
    io::copy(file, &mut hasher)?;
    Ok(hasher.finish())
}

fn read(folder: Folder, place: &str) -> Result<Option<ReleaseFolder>, ReadError> {
    let Some(bytes) = folder.read(record::FILE)? else { return Ok(None) };
    let record = Record::parse(&bytes).map_err(|source| ReadError::Record { place: place.to_owned(), source })?;
    let notes = String::from_utf8_lossy(&folder.read(NOTES)?.unwrap_or_default()).into_owned();
    Ok(Some(ReleaseFolder { folder, record, notes }))
}

fn belongs(found: ReleaseFolder, tag: &TagName) -> Result<ReleaseFolder, ReadError> {
    if found.record.tag == *tag {
        return Ok(found);
    }
    let source = RecordError::Elsewhere(found.record.tag.to_string());
    Err(ReadError::Record { place: tag.to_string(), source })
}
