//! A forge that is a folder.
//!
//! A published release is the folder `<tag>/` with `release.json`, `notes.md` and `assets/`; a draft is the same folder
//! below `.staging/`, which only its owner can enter. Publishing is one rename, so at any moment, also after a power
//! cut, a release is a draft or public and never something between. `latest` and `index.html` are derived and made
//! again by every publication. `record` is the file inside, `read` looks at folders, `draft` makes and fills
//! drafts, `publish` moves them out, `page` renders the index.

mod draft;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod page;
mod publish;
mod read;
mod record;

use crate::folder::{Folder, Temporary, failed};
use bowline_model::git::TagName;
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_model::text::one_line;
use bowline_port::clock::Clock;
use bowline_port::forge::{
    Asset, Drafts, Forge, ForgeError, ForgeReader, Limits, NewRelease, Release, check_asset_name,
};
use bowline_port::http::Source;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Releases below a folder.
pub struct LocalForge {
    root: PathBuf,
    clock: Arc<dyn Clock>,
    changing: Mutex<()>,
}

impl LocalForge {
    /// Releases below `root`, which is made by the first draft.
    pub fn new(root: &Path, clock: Arc<dyn Clock>) -> Self {
        // Addresses of releases must not depend on where somebody stands.
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        Self { root, clock, changing: Mutex::default() }
    }

    /// Changes come one after the other: assets that are uploaded in parallel share one record.
    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ForgeReader for LocalForge {
    fn kind(&self) -> ForgeKind {
        ForgeKind::Local
    }
    fn location(&self) -> String {
        one_line(&self.root.to_string_lossy(), 400).into_owned()
    }
    fn limits(&self) -> Limits {
        LIMITS
    }
    fn published(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        let found = self.published_folder(tag).map_err(not_done(format!("look for release {tag}")))?;
        found.map(|folder| self.release(&folder, false)).transpose()
    }
    fn drafts(&self) -> Result<Drafts, ForgeError> {
        let folders = self.draft_folders().map_err(not_done("look for drafts"))?;
        folders.iter().map(|folder| self.release(folder, true)).collect::<Result<_, _>>().map(Drafts::Visible)
    }
    fn latest(&self) -> Result<Option<TagName>, ForgeError> {
        self.read_latest().map_err(not_done("look for the latest release"))
    }
    fn reread(&self, release: &Release) -> Result<Option<Release>, ForgeError> {
        match self.draft_now(&release.id).map_err(not_done(format!("look at the draft of {}", release.tag)))? {
            Some(draft) => Ok(Some(draft)),
            None => Ok(self.published(&release.tag)?.filter(|found| found.id == release.id)),
        }
    }
    fn download(&self, release: &Release, asset: &str, to: &mut dyn Write) -> Result<u64, ForgeError> {
        let missing = || ForgeError::Missing { what: format!("asset {} of {}", one_line(asset, 80), release.tag) };
        let action = || format!("download {}", one_line(asset, 80));
        if asset.contains('/') || asset.starts_with('.') {
            return Err(missing());
        }
        let mut file = self.open_asset(release, asset).map_err(not_done(action()))?.ok_or_else(missing)?;
        std::io::copy(&mut file, to).map_err(not_done(action()))
    }
}

impl Forge for LocalForge {
    fn check_writable(&self) -> Result<(), ForgeError> {
        let try_to_write = || {
            let folder = self.nearest_folder()?;
            let refused = |error| failed("write in", &self.root, error);
            // A full disk lets empty files in.
            let mut temporary = Temporary::create(&folder, 0o600).map_err(refused)?;
            temporary.write_all(&[0; 4096]).map_err(refused)?;
            temporary.flush_to_disk().map_err(refused)
        };
        try_to_write().map_err(not_done(format!("write to {}", self.location())))
    }
    fn create_draft(&self, new: &NewRelease) -> Result<Release, ForgeError> {
        let _changing = self.changing();
        self.make_draft(new)
    }
    fn upload(&self, draft: &Release, artifact: &Artifact, bytes: &Arc<dyn Source>) -> Result<Asset, ForgeError> {
        check_asset_name(&artifact.name)?;
        self.add_asset(draft, artifact, bytes)
    }
    fn delete_draft(&self, draft: &Release) -> Result<(), ForgeError> {
        let _changing = self.changing();
        self.remove_draft(draft)
    }
    fn publish(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError> {
        let _changing = self.changing();
        self.move_out(draft, latest)
    }
}

impl LocalForge {
    /// The forge's folder, or the first one above it that is there.
    fn nearest_folder(&self) -> Result<Folder, bowline_port::files::FilesError> {
        for path in self.root.ancestors() {
            if let Some(folder) = Folder::open(path)? {
                return Ok(folder);
            }
        }
        Err(failed("open", &self.root, std::io::Error::from(std::io::ErrorKind::NotFound)))
    }
}

/// Turns an error into one of a call that had no effect.
fn not_done<E>(action: impl Into<String>) -> impl FnOnce(E) -> ForgeError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |error| ForgeError::NotDone { action: action.into(), source: error.into() }
}

/// Far from what a disk cannot keep, and exact in every JSON reader.
pub(super) const LIMITS: Limits = Limits { notes_chars: 10_000_000, assets: 10_000, asset_size: 1 << 50 };
const STAGING: &str = ".staging";
/// Ends the name of a folder that is being made or removed.
const HALF: &str = ".tmp";
const NOTES: &str = "notes.md";
const ASSETS: &str = "assets";
const LATEST: &str = "latest";
const INDEX: &str = "index.html";

#[cfg(test)]
mod tests;
