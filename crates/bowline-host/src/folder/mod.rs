//! A folder held open, and what can safely be done inside it.
//!
//! Paths are walked part by part from an open folder and no part may be a link, so nothing that happens in a checkout
//! or a shared folder can lead a read or a write out of it. Every write is a `Temporary` that is flushed and then
//! renamed, and the folder is flushed after it: a file is the old one or the new one, also after a power cut.

mod temporary;

pub(crate) use temporary::Temporary;

use bowline_model::event::Moment;
use bowline_model::text::one_line;
use bowline_port::files::FilesError;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// An open folder.
pub(crate) struct Folder {
    fd: OwnedFd,
    /// How messages call it; empty for a root whose paths are shown from there.
    shown: PathBuf,
}

/// Who is told how far a write has come.
pub(crate) type Watch<'a> = &'a dyn Fn(Moment);
/// Nobody is told.
pub(crate) const UNWATCHED: Watch<'static> = &|_| ();

impl Folder {
    /// Opens the folder at `path`, following links; none when nothing is there.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, FilesError> {
        Self::root(path).map(|root| root.map(|root| Self { shown: path.to_owned(), ..root }))
    }

    /// Like [`Folder::open`], with messages that show paths from this folder.
    pub(crate) fn root(path: &Path) -> Result<Option<Self>, FilesError> {
        match rustix::fs::open(path, DIRECTORY.difference(OFlags::NOFOLLOW), Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, shown: PathBuf::new() })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failed("open", path, error)),
        }
    }

    /// Opens the folder at `path`, made with `mode` (less the umask) when it is not there.
    pub(crate) fn make(path: &Path, mode: u32) -> Result<Self, FilesError> {
        if let Some(folder) = Self::open(path)? {
            return Ok(folder);
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(failed("create", path, Errno::NOENT));
        };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        Self::make(parent, mode)?.make_child(name, mode)?;
        Self::open(path)?.ok_or_else(|| failed("create", path, Errno::NOENT))
    }

    /// The folder at `path` below this one; none when no folder is there.
    pub(crate) fn below(&self, path: &str) -> Result<Option<Self>, FilesError> {
        let mut folder = self.again()?;
        for part in parts(path) {
            match folder.child(OsStr::new(part))? {
                Some(child) => folder = child,
                None => return Ok(None),
            }
        }
        Ok(Some(folder))
    }

    /// The folder at `path` below this one, made when it is not there.
    pub(crate) fn make_below(&self, path: &str, mode: u32) -> Result<Self, FilesError> {
        parts(path).try_fold(self.again()?, |folder, part| folder.make_child(OsStr::new(part), mode))
    }

    /// The folder called `name`; none when no folder is there.
    pub(crate) fn child(&self, name: &OsStr) -> Result<Option<Self>, FilesError> {
        match rustix::fs::openat(&self.fd, name, DIRECTORY, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, shown: self.shown.join(name) })),
            Err(Errno::NOENT) => Ok(None),
            // Systems disagree about the error for a link.
            Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => match self.kind(name)? {
                Some(FileType::Symlink) => Err(self.not_a_file(name, FileType::Symlink)),
                _ => Ok(None),
            },
            Err(error) => Err(self.failed("open", name, error)),
        }
    }

    /// What stands under `name`, links not followed.
    pub(crate) fn stat(&self, name: &OsStr) -> Result<Option<Stat>, FilesError> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(self.failed("look at", name, error)),
        }
    }

    /// What kind of thing stands under `name`.
    pub(crate) fn kind(&self, name: &OsStr) -> Result<Option<FileType>, FilesError> {
        Ok(self.stat(name)?.map(|stat| FileType::from_raw_mode(stat.st_mode)))
    }

    /// Opens the ordinary file called `name` for reading; none when nothing is there.
    pub(crate) fn open_file(&self, name: &str) -> Result<Option<File>, FilesError> {
        let name = OsStr::new(name);
        // Looked at first, because opening alone can have effects on devices, and again once it is open.
        match self.kind(name)? {
            None => return Ok(None),
            Some(FileType::RegularFile) => {}
            Some(kind) => return Err(self.not_a_file(name, kind)),
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::MLINK) => return Err(self.not_a_file(name, FileType::Symlink)),
            Err(error) => return Err(self.failed("open", name, error)),
        };
        let stat = rustix::fs::fstat(&file).map_err(|error| self.failed("look at", name, error))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(Some(file)),
            kind => Err(self.not_a_file(name, kind)),
        }
    }

    /// Opens the file called `name`, which is there, with `flags`.
    pub(crate) fn open_existing(&self, name: &str, flags: OFlags) -> Result<File, FilesError> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => Ok(File::from(fd)),
            Err(error) => Err(self.failed("open", name, error)),
        }
    }

    /// The bytes of the ordinary file called `name`; none when nothing is there.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FilesError> {
        let Some(file) = self.open_file(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        let failed = |error| self.failed("read", name, error);
        file.take(READ_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > READ_LIMIT {
            return Err(self.failed("read", name, Errno::FBIG));
        }
        Ok(Some(bytes))
    }

    /// Puts a file with `bytes` in place of whatever ordinary file is called `name`, keeping its permissions; a new
    /// one gets `mode` less the umask.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8], mode: u32) -> Result<(), FilesError> {
        self.replace_watched(name, bytes, mode, UNWATCHED)
    }

    /// Like [`Folder::replace`], and tells `watch` how far it is.
    pub(crate) fn replace_watched(
        &self,
        name: &str,
        bytes: &[u8],
        mode: u32,
        watch: Watch<'_>,
    ) -> Result<(), FilesError> {
        let failed = |error| self.failed("write", name, error);
        let old = match self.stat(OsStr::new(name))? {
            None => None,
            Some(stat) => match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Some(stat),
                kind => return Err(self.not_a_file(name, kind)),
            },
        };
        let mut temporary = Temporary::create(self, mode).map_err(failed)?;
        temporary.write_all(bytes).map_err(failed)?;
        if let Some(old) = old {
            temporary.take_rights(&old).map_err(failed)?;
        }
        watch(Moment::Written);
        temporary.place_watched(name, watch).map_err(failed)
    }

    /// Removes what processes that were killed have left unfinished, as far as possible: it stands in nobody's way.
    pub(crate) fn sweep(&self) {
        for name in self.names().unwrap_or_default() {
            if let Some(name) = name.to_str().filter(|name| Temporary::is_abandoned(name)) {
                let _ = self.remove(name);
            }
        }
    }

    /// Removes the file called `name`; nothing there is fine.
    pub(crate) fn remove(&self, name: &str) -> Result<(), FilesError> {
        self.remove_watched(name, UNWATCHED)
    }

    /// Like [`Folder::remove`], and tells `watch` how far it is.
    pub(crate) fn remove_watched(&self, name: &str, watch: Watch<'_>) -> Result<(), FilesError> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) => {
                watch(Moment::Removed);
                self.sync().map_err(|error| self.failed("remove", name, error))?;
                watch(Moment::FolderSynced);
                Ok(())
            }
            Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.failed("remove", name, error)),
        }
    }

    /// Moves what is called `name` here to `new` in `to`, on the same file system. Flush both folders afterwards.
    pub(crate) fn rename(&self, name: &str, to: &Self, new: &str) -> Result<(), Errno> {
        rustix::fs::renameat(&self.fd, name, &to.fd, new)
    }

    /// Removes the folder called `name` when it is empty.
    pub(crate) fn remove_empty(&self, name: &str) -> Result<(), Errno> {
        rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR)
    }

    /// Removes the folder called `name` with everything in it, links not followed; nothing there is fine.
    pub(crate) fn remove_tree(&self, name: &str) -> Result<(), FilesError> {
        let Some(folder) = self.child(OsStr::new(name))? else { return Ok(()) };
        for inside in folder.names()? {
            if folder.kind(&inside)? == Some(FileType::Directory) {
                // Ours are two levels deep; a name that is no text is not ours, and is left with its folder.
                if let Some(inside) = inside.to_str() {
                    folder.remove_tree(inside)?;
                }
            } else {
                let removed = rustix::fs::unlinkat(&folder.fd, &inside, AtFlags::empty());
                removed.map_err(|error| folder.failed("remove", &inside, error))?;
            }
        }
        self.remove_empty(name).map_err(|error| self.failed("remove", name, error))
    }

    /// The names of everything inside, sorted.
    pub(crate) fn names(&self) -> Result<Vec<OsString>, FilesError> {
        let failed = |error| self.failed("list", "", error);
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
        }
        names.sort();
        Ok(names)
    }

    /// Makes its entries survive a power cut.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.fd) {
            // Some file systems cannot flush a folder and need not.
            Ok(()) | Err(Errno::INVAL) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The error for `name` here.
    pub(crate) fn failed(
        &self,
        action: &'static str,
        name: impl AsRef<OsStr>,
        error: impl Into<io::Error>,
    ) -> FilesError {
        failed(action, &self.shown.join(name.as_ref()), error)
    }

    /// The error for something under `name` that is no ordinary file.
    pub(crate) fn not_a_file(&self, name: impl AsRef<OsStr>, kind: FileType) -> FilesError {
        FilesError::NotAFile { path: show(&self.shown.join(name.as_ref())), what: in_words(kind) }
    }

    fn make_child(&self, name: &OsStr, mode: u32) -> Result<Self, FilesError> {
        match rustix::fs::mkdirat(&self.fd, name, Mode::from(mode)) {
            Ok(()) => self.sync().map_err(|error| self.failed("create", name, error))?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(self.failed("create", name, error)),
        }
        self.child(name)?.ok_or_else(|| self.failed("create", name, Errno::NOTDIR))
    }

    fn again(&self) -> Result<Self, FilesError> {
        let fd = self.fd.try_clone().map_err(|error| self.failed("open", "", error))?;
        Ok(Self { fd, shown: self.shown.clone() })
    }
}

/// The error for `path`.
pub(crate) fn failed(action: &'static str, path: &Path, error: impl Into<io::Error>) -> FilesError {
    FilesError::Io { action, path: show(path), source: error.into() }
}

fn show(path: &Path) -> String {
    one_line(&path.to_string_lossy(), 400).into_owned()
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

const fn in_words(kind: FileType) -> &'static str {
    match kind {
        FileType::Symlink => "a symbolic link",
        FileType::Directory => "a folder",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::RegularFile => "a file",
        FileType::Unknown => "of an unknown kind",
    }
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// Nothing that is read whole is larger; artifacts are streamed.
const READ_LIMIT: u64 = 256 << 20;
