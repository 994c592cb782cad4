//! State kept in a private folder of this machine: what only this machine needs, and, with the `file` backend, what is
//! shared by all its processes.
//!
//! A key is the path of a file. A value is put by temporary file and rename, an appended record is flushed before the
//! call returns, and a record that could not be written in full is taken back. Large files live in a scratch folder
//! whose name is no key.

use crate::folder::{Folder, failed};
use bowline_model::Digest;
use bowline_model::event::{Event, EventSink, Moment, Silent};
use bowline_model::seeded::{Bug, seeded};
use bowline_model::text::one_line;
use bowline_port::files::FilesError;
use bowline_port::local::{LocalError, LocalStore, check_key};
use bowline_port::state::{Change, StateError, StateStore, Version, Versioned};
use rustix::fs::{FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Keeps state in files.
pub struct FileState {
    root: PathBuf,
    folder: Folder,
    events: Arc<dyn EventSink>,
}

/// No key begins with a dot, so the lock is no value.
const LOCK: &str = ".lock";
/// Held while values are compared and swapped.
const SWAP: &str = ".swap";

impl FileState {
    /// Keeps state in `root`, which is made when it is not there and belongs to nobody else.
    pub fn open(root: &Path) -> Result<Self, LocalError> {
        Self::observed(root, Arc::new(Silent))
    }

    /// Like [`FileState::open`], and tells `events` how far each write has come.
    pub fn observed(root: &Path, events: Arc<dyn EventSink>) -> Result<Self, LocalError> {
        let open = || -> Result<Folder, FilesError> {
            check_link(root).map_err(|error| failed("open", root, error))?;
            let folder = Folder::make(root, 0o700)?;
            check_owner(root).map_err(|error| failed("open", root, error))?;
            Ok(folder)
        };
        let folder = open().map_err(|error| state_error("open", root, error))?;
        Ok(Self { root: root.to_owned(), folder, events })
    }

    /// Tells how far `call` on `key` is.
    fn watch(&self, call: &'static str, key: &str) -> impl Fn(Moment) {
        let place = key.split('/').next().unwrap_or(key).to_owned();
        let (events, object) = (self.events.clone(), key.to_owned());
        move |moment| {
            let (place, object) = (place.clone(), object.clone());
            events.event(&Event::Store { place, call: call.to_owned(), object, moment });
        }
    }

    fn error(&self, action: &'static str, key: &str, error: FilesError) -> LocalError {
        state_error(action, &self.root.join(key), error)
    }

    fn open_for_writing(&self, key: &str, action: &'static str, flags: OFlags) -> Result<Option<File>, LocalError> {
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

impl LocalStore for FileState {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, LocalError> {
        let (folder, name) = split(check_key(key)?);
        let read = || match self.folder.below(folder)? {
            Some(folder) => folder.read(name),
            None => Ok(None),
        };
        read().map_err(|error| self.error("read", key, error))
    }

    fn put(&self, key: &str, value: &[u8]) -> Result<(), LocalError> {
        let (folder, name) = split(check_key(key)?);
        let watch = self.watch("put", key);
        watch(Moment::Before);
        let write = || {
            let folder = self.folder.make_below(folder, 0o700)?;
            folder.sweep();
            folder.replace_watched(name, value, 0o600, &watch)
        };
        write().map_err(|error| self.error("write", key, error))
    }

    fn append(&self, key: &str, bytes: &[u8]) -> Result<(), LocalError> {
        check_key(key)?;
        let flags = OFlags::WRONLY | OFlags::APPEND;
        // A new value is made whole, so that a crash leaves no empty one behind.
        let Some(mut file) = self.open_for_writing(key, "append to", flags)? else { return self.put(key, bytes) };
        let failed = |error| state_io("append to", &self.root.join(key), error);
        let before = file.metadata().map_err(failed)?.len();
        let watch = self.watch("append", key);
        let mut write = || {
            watch(Moment::Before);
            file.write_all(bytes)?;
            watch(Moment::Written);
            if !seeded(Bug::DropFsync) {
                file.sync_data()?;
            }
            watch(Moment::Synced);
            Ok(())
        };
        write().map_err(|error| {
            // The caller is told that it failed either way; a torn record would only make the next reader work.
            let _ = file.set_len(before);
            failed(error)
        })
    }

    fn truncate(&self, key: &str, length: u64) -> Result<(), LocalError> {
        check_key(key)?;
        let Some(file) = self.open_for_writing(key, "shorten", OFlags::WRONLY)? else { return Ok(()) };
        let watch = self.watch("truncate", key);
        let shorten = || -> io::Result<()> {
            if file.metadata()?.len() > length {
                watch(Moment::Before);
                file.set_len(length)?;
                watch(Moment::Written);
                file.sync_all()?;
                watch(Moment::Synced);
            }
            Ok(())
        };
        shorten().map_err(|error| state_io("shorten", &self.root.join(key), error))
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, LocalError> {
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

    fn remove(&self, key: &str) -> Result<(), LocalError> {
        let (folder, name) = split(check_key(key)?);
        let watch = self.watch("remove", key);
        watch(Moment::Before);
        let remove = || match self.folder.below(folder)? {
            Some(folder) => folder.remove_watched(name, &watch),
            None => Ok(()),
        };
        remove().map_err(|error| self.error("remove", key, error))
    }

    fn lock(&self) -> Result<Option<Box<dyn Send>>, LocalError> {
        let file = self.lock_file(LOCK, FlockOperation::NonBlockingLockExclusive)?;
        Ok(file.map(|file| Box::new(file) as Box<dyn Send>))
    }

    fn scratch(&self) -> PathBuf {
        self.root.join(SCRATCH)
    }
}

impl StateStore for FileState {
    fn place(&self) -> String {
        one_line(&self.root.to_string_lossy(), 400).into_owned()
    }

    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        Ok(LocalStore::get(self, key)?.map(versioned))
    }

    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        let mut found = Vec::new();
        for key in self.list(prefix)? {
            // One that was removed since it was listed is not there.
            if let Some(value) = LocalStore::get(self, &key)? {
                found.push((key, versioned(value)));
            }
        }
        Ok(found)
    }

    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        changes.iter().try_for_each(|change| check_key(&change.key).map(drop))?;
        let held = self.lock_file(SWAP, FlockOperation::LockExclusive)?;
        let mut versions = Vec::new();
        for change in changes {
            let found = LocalStore::get(self, &change.key)?.map(versioned);
            if found.map(|found| found.version) != change.expected {
                return Err(StateError::Conflict { key: change.key.clone(), place: self.place() });
            }
            match &change.value {
                Some(value) => self.put(&change.key, value)?,
                None => self.remove(&change.key)?,
            }
            versions.push(change.value.as_deref().map(version));
        }
        drop(held);
        Ok(versions)
    }

    fn is_atomic(&self) -> bool {
        false
    }
}

fn versioned(value: Vec<u8>) -> Versioned {
    Versioned { version: version(&value), value }
}

/// Equal values are the same version: what changes must tell apart carries something of its writer.
fn version(value: &[u8]) -> Version {
    Version::new(Digest::of(value).hex())
}

impl FileState {
    /// Takes the lock called `name`; none when another process has it and `how` does not wait.
    fn lock_file(&self, name: &str, how: FlockOperation) -> Result<Option<File>, LocalError> {
        let place = self.root.join(name);
        let failed = |error: Errno| state_io("lock", &place, error.into());
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(&place, flags, Mode::from_raw_mode(0o600)).map(File::from).map_err(failed)?;
        loop {
            // The kernel lets go of it when the process ends, however it ends.
            match rustix::fs::flock(&file, how) {
                Ok(()) => return Ok(Some(file)),
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(error) => return Err(failed(error)),
            }
        }
    }

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

fn state_error(action: &'static str, place: &Path, error: FilesError) -> LocalError {
    let source = match error {
        FilesError::Io { source, .. } => source,
        other => io::Error::other(other),
    };
    state_io(action, place, source)
}

fn state_io(action: &'static str, place: &Path, source: io::Error) -> LocalError {
    LocalError::Io { action, place: one_line(&place.to_string_lossy(), 400).into_owned(), source }
}

/// No key begins with a dot.
const SCRATCH: &str = ".scratch";

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn passes_the_exam() {
        let dir = tempfile::tempdir().unwrap();
        let number = std::cell::Cell::new(0);
        bowline_port::local::conformance::run(&|| {
            number.set(number.get() + 1);
            std::sync::Arc::new(FileState::open(&dir.path().join(number.get().to_string())).unwrap())
        });
    }

    #[test]
    fn passes_the_exam_of_shared_state() {
        let dir = tempfile::tempdir().unwrap();
        let number = std::cell::Cell::new(0);
        bowline_port::state::conformance::run(&|| {
            number.set(number.get() + 1);
            let root = dir.path().join(number.get().to_string());
            Box::new(move || std::sync::Arc::new(FileState::open(&root).unwrap()))
        });
    }

    #[test]
    fn values_outlive_the_store_and_stay_private() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("deep/state");
        FileState::open(&root).unwrap().put("a/b", b"value").unwrap();
        FileState::open(&root).unwrap().append("a/b", b"+").unwrap();
        assert_eq!(LocalStore::get(&FileState::open(&root).unwrap(), "a/b").unwrap().unwrap(), b"value+");
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
    fn what_a_killed_process_left_unfinished_goes_with_the_next_put() {
        let dir = tempfile::tempdir().unwrap();
        let state = FileState::open(dir.path()).unwrap();
        state.put("runs/a", b"1").unwrap();
        // No system gives out this process id.
        let leftover = dir.path().join(format!("runs/.bowline-{}-0.tmp", i32::MAX));
        std::fs::write(&leftover, "half").unwrap();
        assert_eq!(state.list("").unwrap(), ["runs/a"]);
        state.put("runs/b", b"2").unwrap();
        assert!(!leftover.exists());
    }

    #[test]
    fn every_write_tells_how_far_it_is() {
        #[derive(Default)]
        struct Heard(std::sync::Mutex<Vec<String>>);
        impl EventSink for Heard {
            fn event(&self, event: &Event) {
                let Event::Store { place, call, object, moment } = event else { panic!("{event:?}") };
                self.0.lock().unwrap().push(format!("{place} {call} {object} {}", moment.as_str()));
            }
        }
        let (dir, heard) = (tempfile::tempdir().unwrap(), Arc::new(Heard::default()));
        let state = FileState::observed(dir.path(), heard.clone()).unwrap();
        let check = |act: &dyn Fn() -> Result<(), LocalError>, call: &str, moments: &[&str]| {
            act().unwrap();
            let expected: Vec<String> = moments.iter().map(|moment| format!("a {call} a/b {moment}")).collect();
            assert_eq!(std::mem::take(&mut *heard.0.lock().unwrap()), expected);
        };
        let mut put = vec!["before", "written", "synced", "named", "renamed", "folder-synced"];
        // A value is begun by a put, whoever asks for it.
        check(&|| state.append("a/b", b"one"), "put", &put);
        check(&|| state.append("a/b", b"two"), "append", &["before", "written", "synced"]);
        check(&|| state.truncate("a/b", 3), "truncate", &["before", "written", "synced"]);
        check(&|| state.truncate("a/b", 3), "truncate", &[]);
        check(&|| state.remove("a/b"), "remove", &["before", "removed", "folder-synced"]);
        put.truncate(1);
        std::fs::create_dir(dir.path().join("a/b")).unwrap();
        state.put("a/b", b"one").unwrap_err();
        assert_eq!(heard.0.lock().unwrap().len(), put.len(), "a write that failed is not told as one that was made");
    }

    #[test]
    fn links_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let state = FileState::open(&dir.path().join("state")).unwrap();
        std::fs::write(dir.path().join("target"), "target").unwrap();
        symlink("../target", dir.path().join("state/link")).unwrap();
        symlink("..", dir.path().join("state/up")).unwrap();
        for key in ["link", "up/target"] {
            assert!(matches!(LocalStore::get(&state, key), Err(LocalError::Io { .. })), "{key}");
            assert!(matches!(state.put(key, b"x"), Err(LocalError::Io { .. })), "{key}");
            assert!(matches!(state.append(key, b"x"), Err(LocalError::Io { .. })), "{key}");
            assert!(matches!(state.truncate(key, 0), Err(LocalError::Io { .. })), "{key}");
        }
        assert_eq!(std::fs::read(dir.path().join("target")).unwrap(), b"target");
        assert_eq!(state.list("").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_place_that_cannot_be_used_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        for place in [dir.path().join("file"), dir.path().join("file/state"), "/proc/bowline/state".into()] {
            assert!(matches!(FileState::open(&place), Err(LocalError::Io { .. })), "{}", place.display());
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
        assert_eq!(LocalStore::get(&state, "log").unwrap().unwrap(), b"record");
        assert_eq!(state.list("").unwrap(), ["log"]);
        assert_eq!(std::fs::read_dir(disk.path().join("state")).unwrap().count(), 1);
        state.append("log", b"+").unwrap();
        assert_eq!(LocalStore::get(&state, "log").unwrap().unwrap(), b"record+");
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
