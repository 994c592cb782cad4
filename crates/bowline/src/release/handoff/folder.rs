//! The folder that one job hands to another: what is in it, and that nothing else is.
//!
//! Whatever goes through an artifact store can be lost, changed or added on its way, and a link can lead anywhere. So
//! the folder is compared with its list before a byte of it is used: the same names, ordinary files, nothing more. A
//! folder that is written begins with a list that names nothing and ends with the true one, so one that was half
//! written when its job died is known as ours and cannot be taken over.

use super::HandedFile;
use bowline_model::text::one_line;
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::files::FilesError;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use serde::Deserialize;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where the parts are.
pub(super) const SCHEMA: &str = "bowline/handoff/v1";
pub(super) const LIST: &str = "handoff.json";
pub(super) const PLAN: &str = "plan.json";
pub(super) const BUNDLE: &str = "release.bundle";
pub(super) const ARTIFACTS: &str = "artifacts";
/// The list until it is whole.
const NEW_LIST: &str = "handoff.json.new";

/// See the module.
pub(super) struct Folder {
    /// Where it is.
    pub(super) dir: PathBuf,
}

/// What a file is written into: it counts and hashes.
pub(super) struct Counted {
    file: std::fs::File,
    hasher: bowline_model::hash::Hasher,
    size: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        if let Some(bytes) = bytes.get(..written) {
            self.hasher.write_all(bytes)?;
        }
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Folder {
    /// The bytes of the list.
    pub(super) fn list(&self) -> Result<Vec<u8>, Failure> {
        match std::fs::metadata(&self.dir) {
            Ok(found) if found.is_dir() => self.read(LIST, MAX_LIST),
            Ok(_) => Err(missing(&self.dir, "is no folder")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(missing(&self.dir, "is not there")),
            Err(error) => Err(file_failure(&self.dir, &error)),
        }
    }

    /// Compares what is there with `files`: each an ordinary file of its size, and nothing else.
    pub(super) fn compare(&self, files: &[HandedFile]) -> Result<(), Failure> {
        let mut found = Vec::new();
        self.walk("", &mut found)?;
        if let Some(added) = found.iter().find(|path| *path != LIST && !files.iter().any(|file| file.path == **path)) {
            return Err(self.differs(added, "was not handed over"));
        }
        for file in files {
            if self.open(&file.path)?.1 != file.size {
                return Err(self.differs(&file.path, "is not what was handed over"));
            }
        }
        Ok(())
    }

    /// Every file below `folder`. A folder that can hold nothing of ours counts as one that was added.
    fn walk(&self, folder: &str, found: &mut Vec<String>) -> Result<(), Failure> {
        let place = self.dir.join(folder);
        let failed = |error: std::io::Error| file_failure(&place, &error);
        for entry in std::fs::read_dir(&place).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            match std::fs::symlink_metadata(self.dir.join(&path)).map_err(failed)? {
                kind if path == ARTIFACTS && kind.is_dir() => self.walk(ARTIFACTS, found)?,
                kind if path == ARTIFACTS && kind.is_symlink() => {
                    return Err(self.differs(ARTIFACTS, "is a symbolic link"));
                }
                _ => found.push(path),
            }
        }
        Ok(())
    }

    /// Opens a file that must be there, as an ordinary one, with its size. It is looked at once it is open: what a path
    /// leads to can change, an open file cannot. Opening alone neither follows a link nor waits for a FIFO's writer.
    fn open(&self, path: &str) -> Result<(std::fs::File, u64), Failure> {
        let place = self.dir.join(path);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = match rustix::fs::open(&place, flags, Mode::empty()) {
            Ok(fd) => std::fs::File::from(fd),
            Err(Errno::NOENT) => return Err(self.differs(path, "is missing")),
            // Systems disagree about the error for a link, and a socket cannot be opened at all.
            Err(Errno::LOOP | Errno::MLINK) => return Err(self.differs(path, "is a symbolic link")),
            Err(Errno::NXIO) => return Err(self.differs(path, "is no ordinary file")),
            Err(error) => return Err(file_failure(&place, &error.into())),
        };
        let found = file.metadata().map_err(|error| file_failure(&place, &error))?;
        match () {
            () if !found.is_file() => Err(self.differs(path, "is no ordinary file")),
            () if found.nlink() > 1 => Err(self.differs(path, "has a second hard link")),
            () => Ok((file, found.len())),
        }
    }

    /// Reads an ordinary file of the folder, of at most `limit` bytes.
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, Failure> {
        let (file, _) = self.open(path)?;
        let mut bytes = Vec::new();
        let read = file.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|error| file_failure(&self.dir.join(path), &error))
    }

    /// The bytes of a file that `files` names, when they are what it says.
    pub(super) fn verified(&self, files: &[HandedFile], path: &str) -> Result<Vec<u8>, Failure> {
        let Some(file) = files.iter().find(|file| file.path == path) else {
            return Err(differs(format!("{LIST} does not list {path}")));
        };
        let bytes = self.read(path, file.size)?;
        match bytes.len() as u64 == file.size && Digest::of(&bytes) == file.sha256 {
            true => Ok(bytes),
            false => Err(self.differs(path, "is not what was handed over")),
        }
    }

    /// Why a file of the folder cannot be taken.
    pub(super) fn refused(&self, path: &str, error: FilesError) -> Failure {
        match &error {
            FilesError::Io { source, .. } if source.kind() != std::io::ErrorKind::NotFound => {
                bowline_steps::build::frozen::files_failure(error)
            }
            _ => self.differs(path, "is not what was handed over").because(&error),
        }
    }

    /// A file is not what was handed over.
    pub(super) fn differs(&self, path: &str, how: &str) -> Failure {
        differs(format!("{} {how}, in {}", one_line(path, 200), shown(&self.dir)))
    }

    /// Refuses a folder that is not ours to replace: it must be empty, or hold what was handed over earlier.
    pub(super) fn check_ours(&self) -> Result<(), Failure> {
        self.ours().map(drop)
    }

    /// What of ours is there.
    fn ours(&self) -> Result<Vec<String>, Failure> {
        let failed = |error: std::io::Error| file_failure(&self.dir, &error);
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
        }
        let known = [LIST, NEW_LIST, PLAN, BUNDLE, ARTIFACTS];
        let refused = |why: String| {
            let message = format!("{} {why}", shown(&self.dir));
            Err(Failure::new(FailureKind::Refused, "handoff_folder", message)
                .hint("name an empty folder, or one that does not exist yet"))
        };
        if let Some(foreign) = names.iter().find(|name| !known.contains(&name.as_str())) {
            return refused(format!("holds {}, which was not handed over", one_line(foreign, 80)));
        }
        // Nothing but the beginning of a list: the job died right there.
        let is_empty = names.iter().all(|name| name == NEW_LIST);
        if !is_empty && !self.holds_list() {
            return refused(format!("is not empty and holds no {LIST} of ours"));
        }
        Ok(names)
    }

    fn holds_list(&self) -> bool {
        #[derive(Deserialize)]
        struct Any {
            schema: String,
        }
        let list = self.read(LIST, MAX_LIST).ok().and_then(|bytes| serde_json::from_slice::<Any>(&bytes).ok());
        list.is_some_and(|list| list.schema == SCHEMA)
    }

    /// Begins to write the folder. What was handed over earlier goes.
    pub(super) fn begin(&self) -> Result<(), Failure> {
        let names = self.ours()?;
        std::fs::create_dir_all(&self.dir).map_err(|error| file_failure(&self.dir, &error))?;
        self.write_list(format!("{{\"schema\":\"{SCHEMA}\"}}\n").as_bytes())?;
        for name in names.iter().filter(|name| ![LIST, NEW_LIST].contains(&name.as_str())) {
            let path = self.dir.join(name);
            let removed = if name == ARTIFACTS { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.map_err(|error| file_failure(&path, &error))?;
        }
        Ok(())
    }

    /// Puts the list in its place, whole or not at all. What has the name of the unfinished one is never written through:
    /// it may be a link to somewhere else.
    pub(super) fn write_list(&self, bytes: &[u8]) -> Result<(), Failure> {
        let new = self.dir.join(NEW_LIST);
        let write = || -> std::io::Result<()> {
            match std::fs::remove_file(&new) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = std::fs::File::create_new(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&new, self.dir.join(LIST))
        };
        write().map_err(|error| file_failure(&new, &error))
    }

    /// Writes a new file with what `fill` gives.
    pub(super) fn write(
        &self,
        path: &str,
        fill: impl FnOnce(&mut Counted) -> Result<(), Failure>,
    ) -> Result<HandedFile, Failure> {
        let place = self.dir.join(path);
        let failed = |error: std::io::Error| file_failure(&place, &error);
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = std::fs::File::create_new(&place).map_err(failed)?;
        let mut counted = Counted { file, hasher: bowline_model::hash::Hasher::default(), size: 0 };
        fill(&mut counted)?;
        counted.file.sync_all().map_err(failed)?;
        Ok(HandedFile { path: path.to_owned(), size: counted.size, sha256: counted.hasher.finish() })
    }

    /// Copies all bytes of `from`.
    pub(super) fn copy(&self, path: &str, mut from: impl Read) -> Result<HandedFile, Failure> {
        self.write(path, |to| match std::io::copy(&mut from, to) {
            Ok(_) => Ok(()),
            Err(error) => Err(file_failure(&self.dir.join(path), &error)),
        })
    }

    /// Describes a file that somebody else wrote here.
    pub(super) fn describe(&self, path: &str) -> Result<HandedFile, Failure> {
        let bytes = self.read(path, u64::MAX - 1)?;
        Ok(HandedFile { path: path.to_owned(), size: bytes.len() as u64, sha256: Digest::of(&bytes) })
    }
}

/// What was handed over did not arrive as it was.
pub(super) fn differs(message: String) -> Failure {
    Failure::new(FailureKind::Mismatch, "handoff_differs", message)
        .hint("something changed it on its way here: find out what, and hand over again")
}

/// Nothing arrived at all: that is a mistake in the job, and no manipulation.
fn missing(dir: &Path, why: &str) -> Failure {
    Failure::new(FailureKind::Usage, "handoff_missing", format!("{} {why}", shown(dir)))
        .hint("download what the other job handed over first, and name the folder it is in with --handoff")
}

fn file_failure(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot use {} for handing over", shown(path));
    Failure::new(FailureKind::Failed, "handoff_file", message)
        .because(error)
        .hint("remove the cause and run the same command again")
}

/// A path for people.
pub(super) fn shown(path: &Path) -> String {
    one_line(&path.to_string_lossy(), 200).into_owned()
}

/// A thousand artifacts are about a megabyte.
const MAX_LIST: u64 = 64 << 20;
