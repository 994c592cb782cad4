//! Files of checkout and artifacts, on disk.
//!
//! Paths come from configuration and are taken as text from the root: absolute ones, `..` and anything inside `.git`
//! lead nowhere. `find` expands patterns, `freeze` copies artifacts to where nothing changes them any more,
//! `plain` is for programs that read and write any path.

mod find;
mod freeze;
pub mod plain;

use crate::folder::{Folder, failed};
use bowline_model::event::{Event, EventSink, Moment};
use bowline_model::release::Artifact;
use bowline_model::text::one_line;
use bowline_port::files::{Files, FilesError, Fill, Found};
use rustix::fs::FileType;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::Permissions;
use std::io::{Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path};
use std::sync::Arc;

/// Files of this machine.
#[derive(Clone, Default)]
pub struct HostFiles {
    events: Option<Arc<dyn EventSink>>,
}

impl HostFiles {
    /// Tells `events` how far each write has come.
    pub fn observed(events: Arc<dyn EventSink>) -> Self {
        Self { events: Some(events) }
    }

    /// Tells how far `call` on `path` is.
    fn watch(&self, call: &'static str, path: &str) -> impl Fn(Moment) {
        move |moment| {
            if let Some(events) = &self.events {
                let (place, object) = ("file".to_owned(), one_line(path, 400).into_owned());
                events.event(&Event::Store { place, call: call.to_owned(), object, moment });
            }
        }
    }
}

impl Files for HostFiles {
    fn find(&self, root: &Path, patterns: &[String]) -> Result<Vec<Found>, FilesError> {
        find::find(&open(root)?, patterns)
    }

    fn freeze(&self, root: &Path, path: &str, name: &str, store: &Path) -> Result<Artifact, FilesError> {
        let (folder, file) = split(path)?;
        let missing = || failed("read", Path::new(path), Errno::NOENT);
        let folder = open(root)?.below(folder)?.ok_or_else(missing)?;
        let mut file = folder.open_file(file)?.ok_or_else(missing)?;
        freeze::freeze(&mut file, path, name, store, &self.watch("freeze", path))
    }

    fn freeze_bytes(&self, bytes: &[u8], name: &str, store: &Path) -> Result<Artifact, FilesError> {
        freeze::freeze(&mut Cursor::new(bytes), name, name, store, &self.watch("freeze", name))
    }

    fn freeze_written(&self, name: &str, store: &Path, fill: Fill<'_>) -> Result<Artifact, FilesError> {
        freeze::freeze_written(name, store, fill, &self.watch("freeze", name))
    }

    fn holds_frozen(&self, artifact: &Artifact, store: &Path) -> Result<bool, FilesError> {
        freeze::holds(artifact, store)
    }

    fn open_frozen(&self, artifact: &Artifact, store: &Path) -> Result<Option<Box<dyn Read + Send>>, FilesError> {
        Ok(freeze::open(artifact, store)?.map(|file| Box::new(file) as Box<dyn Read + Send>))
    }

    fn read(&self, root: &Path, path: &str) -> Result<Option<Vec<u8>>, FilesError> {
        let (folder, file) = split(path)?;
        match open(root)?.below(folder)? {
            Some(folder) => folder.read(file),
            None => Ok(None),
        }
    }

    fn write(&self, root: &Path, path: &str, bytes: &[u8]) -> Result<(), FilesError> {
        let (folder, file) = split(path)?;
        let watch = self.watch("write", path);
        watch(Moment::Before);
        let folder = open(root)?.make_below(folder, 0o777)?;
        folder.sweep();
        folder.replace_watched(file, bytes, 0o666, &watch)
    }

    fn remove(&self, root: &Path, path: &str) -> Result<(), FilesError> {
        let (folder, file) = split(path)?;
        let Some(folder) = open(root)?.below(folder)? else { return Ok(()) };
        match folder.kind(OsStr::new(file))? {
            None => Ok(()),
            Some(FileType::RegularFile) => {
                let watch = self.watch("remove", path);
                watch(Moment::Before);
                folder.remove_watched(file, &watch)
            }
            Some(kind) => Err(folder.not_a_file(file, kind)),
        }
    }

    fn fresh_dir(&self, path: &Path) -> Result<(), FilesError> {
        self.remove_dir(path)?;
        Folder::make(path, 0o700).map(drop)
    }

    fn remove_dir(&self, path: &Path) -> Result<(), FilesError> {
        // Removing a tree forgives no slip: only a full path that was spelled out is taken.
        let spelled_out = path.is_absolute()
            && path.components().skip(1).all(|part| matches!(part, Component::Normal(_)))
            && path.components().count() > 2;
        if !spelled_out {
            return Err(FilesError::Outside { path: one_line(&path.to_string_lossy(), 400).into_owned() });
        }
        match remove_tree(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", path, error)),
            _ => Ok(()),
        }
    }
}

fn open(root: &Path) -> Result<Folder, FilesError> {
    Folder::root(root)?.ok_or_else(|| failed("open", root, Errno::NOENT))
}

/// The folder and the name of `path`, which must stay beneath the root and out of git's own folder.
fn split(path: &str) -> Result<(&str, &str), FilesError> {
    let part_ok = |part: &str| {
        !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git") && !part.contains('\0')
    };
    if path.split('/').all(part_ok) {
        Ok(path.rsplit_once('/').unwrap_or(("", path)))
    } else {
        Err(FilesError::Outside { path: one_line(path, 400).into_owned() })
    }
}

/// Removes a tree without following links. Folders that their maker left without write permission (build caches do
/// that) get it first.
fn remove_tree(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            make_removable(path)?;
            std::fs::remove_dir_all(path)
        }
        result => result,
    }
}

fn make_removable(folder: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            make_removable(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
