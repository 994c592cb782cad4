//! State kept in a private folder of this machine.
//!
//! A key is the path of a file. A value is put by temporary file and rename, an appended record is flushed before the
//! call returns, and a record that could not be written in full is taken back. Large files live in a scratch folder
//! whose name is no key.

use crate::folder::{Folder, failed};
use bowline_model::Digest;
use bowline_model::plan::RepositoryId;
use bowline_model::text::one_line;
use bowline_port::environment::Environment;
use bowline_port::files::FilesError;
use bowline_port::state::{StateError, StateStore, check_key};
use rustix::fs::{FileType, OFlags};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Keeps state in files.
pub struct FileState {
    root: PathBuf,
    folder: Folder,
}

/// No key begins with a dot, so the lock is no value.
const LOCK: &str = ".lock";

/// Why there is no place for state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateDirError {
    /// Neither a setting nor a home.
    #[error(
        "there is no place for state: HOME is not set to an absolute path; set BOWLINE_STATE_DIR to a folder that is kept between runs"
    )]
    NoHome,
    /// The working directory, which a relative setting needs, is gone.
    #[error("the state folder {0} is relative, and the working directory cannot be found")]
    NoWorkingDirectory(String),
}

impl FileState {
    /// Keeps state in `root`, which is made when it is not there and belongs to nobody else.
    pub fn open(root: &Path) -> Result<Self, StateError> {
        let open = || -> Result<Folder, FilesError> {
            check_link(root).map_err(|error| failed("open", root, error))?;
            let folder = Folder::make(root, 0o700)?;
            check_owner(root).map_err(|error| failed("open", root, error))?;
            Ok(folder)
        };
        let folder = open().map_err(|error| state_error("open", root, error))?;
        Ok(Self { root: root.to_owned(), folder })
    }

    fn error(&self, action: &'static str, key: &str, error: FilesError) -> StateError {
        state_error(action, &self.root.join(key), error)
    }

    fn open_for_writing(&self, key: &str, action: &'static str, flags: OFlags) -> Result<Option<File>, StateError> {
        let (folder, name) = split(key);
        let open = || -> Result<Option<File>, FilesError> {
            let Some(folder) = self.folder.below(folder)? else { return Ok(None) };
            match folder.kind(OsStr::new(name))? {
                None => Ok(None),
                Some(FileType::RegularFile) => folder.open_existing(name, flags).map(Some),
                Some(kind) => Err(folder.not_a_file(name, kind)),
            }
        };
        open().map_err(|error| self.error(action, key, error))
    }
}

impl StateStore for FileState {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StateError> {
        let (folder, name) = split(check_key(key)?);
        let read = || match self.folder.below(folder)? {
            Some(folder) => folder.read(name),
            None => Ok(None),
        };
        read().map_err(|error| self.error("read", key, error))
    }

    fn put(&self, key: &str, value: &[u8]) -> Result<(), StateError> {
        let (folder, name) = split(check_key(key)?);
        let write = || self.folder.make_below(folder, 0o700)?.replace(name, value, 0o600);
        write().map_err(|error| self.error("write", key, error))
    }

    fn append(&self, key: &str, bytes: &[u8]) -> Result<(), StateError> {
        check_key(key)?;
        let flags = OFlags::WRONLY | OFlags::APPEND;
        // A new value is made whole, so that a crash leaves no empty one behind.
        let Some(mut file) = self.open_for_writing(key, "append to", flags)? else { return self.put(key, bytes) };
        let failed = |error| state_io("append to", &self.root.join(key), error);
        let before = file.metadata().map_err(failed)?.len();
        let written = file.write_all(bytes).and_then(|()| file.sync_data());
        written.map_err(|error| {
            // The caller is told that it failed either way; a torn record would only make the next reader work.
            let _ = file.set_len(before);
            failed(error)
        })
    }

    fn truncate(&self, key: &str, length: u64) -> Result<(), StateError> {
        check_key(key)?;
        let Some(file) = self.open_for_writing(key, "shorten", OFlags::WRONLY)? else { return Ok(()) };
        let shorten = || -> io::Result<()> {
            if file.metadata()?.len() > length {
                file.set_len(length)?;
                file.sync_all()?;
            }
            Ok(())
        };
        shorten().map_err(|error| state_io("shorten", &self.root.join(key), error))
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        let mut keys = Vec::new();
        let mut waiting = vec![prefix.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()];
        while let Some(path) = waiting.pop() {
            // A prefix that is no key names nothing.
            if !path.is_empty() && check_key(&path).is_err() {
                continue;
            }
            self.list_folder(&path, &mut keys, &mut waiting).map_err(|error| self.error("list", &path, error))?;
        }
        keys.retain(|key| key.starts_with(prefix) && check_key(key).is_ok());
        keys.sort();
        Ok(keys)
    }

    fn remove(&self, key: &str) -> Result<(), StateError> {
        let (folder, name) = split(check_key(key)?);
        let remove = || match self.folder.below(folder)? {
            Some(folder) => folder.remove(name),
            None => Ok(()),
        };
        remove().map_err(|error| self.error("remove", key, error))
    }

    fn lock(&self) -> Result<Option<Box<dyn Send>>, StateError> {
        let place = self.root.join(LOCK);
        let failed =
            |source: io::Error| StateError::Io { action: "lock", place: place.to_string_lossy().into_owned(), source };
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(&place, flags, rustix::fs::Mode::from_raw_mode(0o600))
            .map_err(|error| failed(error.into()))?;
        // The kernel lets go of it when the process ends, however it ends.
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(failed(error.into())),
        }
    }

    fn scratch(&self) -> PathBuf {
        self.root.join(SCRATCH)
    }
}

impl FileState {
    fn list_folder(&self, path: &str, keys: &mut Vec<String>, waiting: &mut Vec<String>) -> Result<(), FilesError> {
        let Some(folder) = self.folder.below(path)? else { return Ok(()) };
        for name in folder.names()? {
            let Some(text) = name.to_str() else { continue };
            let key = if path.is_empty() { text.to_owned() } else { format!("{path}/{text}") };
            match folder.kind(&name)? {
                Some(FileType::RegularFile) => keys.push(key),
                Some(FileType::Directory) => waiting.push(key),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Where state lives: `given`, else `BOWLINE_STATE_DIR`, else the XDG state folder, else the one below the home.
pub fn state_dir(environment: &Environment, given: Option<&Path>) -> Result<PathBuf, StateDirError> {
    if let Some(path) = given.or_else(|| environment.get("BOWLINE_STATE_DIR").map(Path::new)) {
        return std::path::absolute(path)
            .map_err(|_| StateDirError::NoWorkingDirectory(one_line(&path.to_string_lossy(), 200)));
    }
    // The XDG rules say that a relative folder is to be ignored.
    let absolute = |name: &str| environment.get(name).map(Path::new).filter(|path| path.is_absolute());
    if let Some(folder) = absolute("XDG_STATE_HOME") {
        return Ok(folder.join("bowline"));
    }
    absolute("HOME").map(|home| home.join(".local/state/bowline")).ok_or(StateDirError::NoHome)
}

/// A name for a repository that is safe as a part of a path and different for different repositories.
pub fn repository_key(id: &RepositoryId) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let readable: String = id.as_str().chars().map(safe).take(100).collect();
    let digest = Digest::of(id.as_str().as_bytes()).hex();
    format!("{}-{}", readable.trim_start_matches('.'), digest.get(..8).unwrap_or(&digest))
}

fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('/').unwrap_or(("", key))
}

/// Refuses a link that somebody else has put in the place of our folder.
fn check_link(root: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(root) {
        Ok(metadata) if metadata.is_symlink() && metadata.uid() != 0 && !may_use(metadata.uid(), us()) => {
            Err(foreign("it is a link made by"))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Refuses a folder of somebody else. One of ours keeps its permissions: it may be a place that others use too, and
/// what is made inside is private.
fn check_owner(root: &Path) -> io::Result<()> {
    let owner = std::fs::metadata(root)?.uid();
    if may_use(owner, us()) { Ok(()) } else { Err(foreign("it belongs to")) }
}

/// Root may use what belongs to others: in containers its home often does.
const fn may_use(owner: u32, us: u32) -> bool {
    us == 0 || owner == us
}

fn us() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn foreign(how: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{how} another user"))
}

fn state_error(action: &'static str, place: &Path, error: FilesError) -> StateError {
    let source = match error {
        FilesError::Io { source, .. } => source,
        other => io::Error::other(other),
    };
    state_io(action, place, source)
}

fn state_io(action: &'static str, place: &Path, source: io::Error) -> StateError {
    StateError::Io { action, place: one_line(&place.to_string_lossy(), 400), source }
}

/// No key begins with a dot.
const SCRATCH: &str = ".scratch";

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_pairs(pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())))
    }

    fn check_dir(pairs: &[(&str, &str)], given: Option<&str>, expected: Result<&str, StateDirError>) {
        let found = state_dir(&environment(pairs), given.map(Path::new));
        assert_eq!(found, expected.map(PathBuf::from), "{pairs:?} {given:?}");
    }

    #[test]
    fn state_has_a_place() {
        let home = ("HOME", "/h");
        check_dir(&[home], None, Ok("/h/.local/state/bowline"));
        check_dir(&[home, ("XDG_STATE_HOME", "/x")], None, Ok("/x/bowline"));
        check_dir(&[home, ("XDG_STATE_HOME", "x")], None, Ok("/h/.local/state/bowline"));
        check_dir(&[home, ("BOWLINE_STATE_DIR", "/s")], None, Ok("/s"));
        check_dir(&[home, ("BOWLINE_STATE_DIR", "/s")], Some("/g"), Ok("/g"));
        check_dir(&[("HOME", "h")], None, Err(StateDirError::NoHome));
        check_dir(&[], None, Err(StateDirError::NoHome));
        assert!(StateDirError::NoHome.to_string().contains("BOWLINE_STATE_DIR"));
    }

    #[test]
    fn repositories_have_names() {
        let key = |text: &str| repository_key(&RepositoryId::from_remote(text));
        assert!(key("https://github.com/acme/app.git").starts_with("github.com_acme_app-"));
        assert_eq!(key("https://github.com/acme/app.git"), key("git@github.com:acme/app"));
        assert_ne!(key("https://github.com/acme/app"), key("https://github.com/acme_app"));
        let hostile = repository_key(&RepositoryId::local("../../é\n"));
        assert!(check_key(&hostile).is_ok(), "{hostile}");
        assert!(check_key(&repository_key(&RepositoryId::local(&"x/".repeat(900)))).is_ok());
    }

    #[test]
    fn passes_the_exam() {
        let dir = tempfile::tempdir().unwrap();
        let number = std::cell::Cell::new(0);
        bowline_port::state::conformance::run(&|| {
            number.set(number.get() + 1);
            std::sync::Arc::new(FileState::open(&dir.path().join(number.get().to_string())).unwrap())
        });
    }

    #[test]
    fn values_outlive_the_store_and_stay_private() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("deep/state");
        FileState::open(&root).unwrap().put("a/b", b"value").unwrap();
        FileState::open(&root).unwrap().append("a/b", b"+").unwrap();
        assert_eq!(FileState::open(&root).unwrap().get("a/b").unwrap().unwrap(), b"value+");
        let mode = |path: &str| std::fs::metadata(root.join(path)).unwrap().mode() & 0o777;
        assert_eq!((mode(""), mode("a"), mode("a/b")), (0o700, 0o700, 0o600));
    }

    #[test]
    fn scratch_and_temporary_files_are_no_values() {
        let dir = tempfile::tempdir().unwrap();
        let state = FileState::open(dir.path()).unwrap();
        std::fs::create_dir(state.scratch()).unwrap();
        std::fs::write(state.scratch().join("large"), "x").unwrap();
        std::fs::write(dir.path().join(".bowline-1-1.tmp"), "x").unwrap();
        state.put("a", b"1").unwrap();
        assert_eq!(state.list("").unwrap(), ["a"]);
    }

    #[test]
    fn links_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let state = FileState::open(&dir.path().join("state")).unwrap();
        std::fs::write(dir.path().join("target"), "target").unwrap();
        symlink("../target", dir.path().join("state/link")).unwrap();
        symlink("..", dir.path().join("state/up")).unwrap();
        for key in ["link", "up/target"] {
            assert!(matches!(state.get(key), Err(StateError::Io { .. })), "{key}");
            assert!(matches!(state.put(key, b"x"), Err(StateError::Io { .. })), "{key}");
            assert!(matches!(state.append(key, b"x"), Err(StateError::Io { .. })), "{key}");
            assert!(matches!(state.truncate(key, 0), Err(StateError::Io { .. })), "{key}");
        }
        assert_eq!(std::fs::read(dir.path().join("target")).unwrap(), b"target");
        assert_eq!(state.list("").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_place_that_cannot_be_used_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        for place in [dir.path().join("file"), dir.path().join("file/state"), "/proc/bowline/state".into()] {
            assert!(matches!(FileState::open(&place), Err(StateError::Io { .. })), "{}", place.display());
        }
    }

    #[test]
    fn a_full_disk_keeps_what_was_there() {
        let Some(disk) = crate::testing::SmallDisk::mount() else { return };
        let state = FileState::open(&disk.path().join("state")).unwrap();
        state.append("log", b"record").unwrap();
        state.append("log", &vec![7; 2 << 20]).unwrap_err();
        state.put("log", &vec![7; 2 << 20]).unwrap_err();
        state.put("other", &vec![7; 2 << 20]).unwrap_err();
        assert_eq!(state.get("log").unwrap().unwrap(), b"record");
        assert_eq!(state.list("").unwrap(), ["log"]);
        assert_eq!(std::fs::read_dir(disk.path().join("state")).unwrap().count(), 1);
        state.append("log", b"+").unwrap();
        assert_eq!(state.get("log").unwrap().unwrap(), b"record+");
    }

    #[test]
    fn a_foreign_folder_is_refused() {
        for (owner, us, expected) in [(1000, 1000, true), (1001, 1000, false), (0, 1000, false), (1000, 0, true)] {
            assert_eq!(may_use(owner, us), expected, "{owner} {us}");
        }
        if us() != 0 {
            assert!(FileState::open(Path::new("/")).is_err());
        }
    }
}
