//! A file that nobody sees until it is whole.
//!
//! Where the system can make files without a name (Linux), a process killed in the middle of writing leaves nothing
//! behind; elsewhere a hidden file with our name may remain.

use super::{Folder, Watch};
use bowline_model::event::Moment;
use bowline_model::seeded::{Bug, seeded};
use rustix::fs::{AtFlags, Gid, Mode, OFlags, Stat, Uid};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file being written.
pub(crate) struct Temporary<'a> {
    folder: &'a Folder,
    file: File,
    /// Its name while it has one.
    name: Option<String>,
}

impl<'a> Temporary<'a> {
    /// Begins a file in `folder` with `mode` less the umask.
    pub(crate) fn create(folder: &'a Folder, mode: u32) -> io::Result<Self> {
        match nameless(folder, mode) {
            Some(file) => Ok(Self { folder, file, name: None }),
            None => Self::create_named(folder, mode),
        }
    }

    fn create_named(folder: &'a Folder, mode: u32) -> io::Result<Self> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        loop {
            let name = unique_name();
            match rustix::fs::openat(&folder.fd, &name, flags, Mode::from(mode)) {
                Ok(fd) => return Ok(Self { folder, file: File::from(fd), name: Some(name) }),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether `name` is one that an unfinished file of ours has.
    pub(crate) fn is_leftover(name: &str) -> bool {
        name.starts_with(PREFIX) && name.ends_with(SUFFIX)
    }

    /// Whether `name` is one that a process had which is gone: it was killed between naming and placing the file.
    pub(crate) fn is_abandoned(name: &str) -> bool {
        let middle = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
        let owner = middle.and_then(|middle| middle.split_once('-')?.0.parse().ok()).and_then(Pid::from_raw);
        owner.is_some_and(|owner| test_kill_process(owner) == Err(Errno::SRCH))
    }

    /// Gives it the permissions of the file it is to replace, and its owner where we may: a release made by root in a
    /// container shall leave a checkout to whom it belongs.
    pub(crate) fn take_rights(&self, old: &Stat) -> io::Result<()> {
        let _ = rustix::fs::fchown(&self.file, Some(Uid::from_raw(old.st_uid)), Some(Gid::from_raw(old.st_gid)));
        Ok(rustix::fs::fchmod(&self.file, Mode::from_raw_mode(old.st_mode))?)
    }

    /// Flushes its bytes to the disk.
    pub(crate) fn flush_to_disk(&self) -> io::Result<()> {
        if seeded(Bug::DropFsync) {
            return Ok(());
        }
        self.file.sync_all()
    }

    /// Makes it durable and gives it `name`, in place of any file that has it.
    pub(crate) fn place(self, name: &str) -> io::Result<()> {
        self.place_watched(name, super::UNWATCHED)
    }

    /// Like [`Temporary::place`], and tells `watch` how far it is.
    pub(crate) fn place_watched(mut self, name: &str, watch: Watch<'_>) -> io::Result<()> {
        self.flush_to_disk()?;
        watch(Moment::Synced);
        let from = match self.name.take() {
            Some(name) => name,
            None => self.link()?,
        };
        // Named from here on: an error below removes it again.
        let from = self.name.insert(from);
        watch(Moment::Named);
        rustix::fs::renameat(&self.folder.fd, from.as_str(), &self.folder.fd, name)?;
        self.name = None;
        watch(Moment::Renamed);
        self.folder.sync()?;
        watch(Moment::FolderSynced);
        Ok(())
    }

    /// Gives a nameless file a name of ours: a link cannot take the place of a file, a rename can.
    fn link(&self) -> io::Result<String> {
        use std::os::fd::AsRawFd;
        let file = format!("{OWN_FILES}/{}", self.file.as_raw_fd());
        loop {
            let name = unique_name();
            match rustix::fs::linkat(rustix::fs::CWD, &file, &self.folder.fd, &name, AtFlags::SYMLINK_FOLLOW) {
                Ok(()) => return Ok(name),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Write for Temporary<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // An error on the way here is already being reported.
            let _ = rustix::fs::unlinkat(&self.folder.fd, name.as_str(), AtFlags::empty());
        }
    }
}

#[cfg(target_os = "linux")]
fn nameless(folder: &Folder, mode: u32) -> Option<File> {
    // Without the folder of open files a nameless file could never get a name.
    if !std::path::Path::new(OWN_FILES).is_dir() {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::openat(&folder.fd, ".", flags, Mode::from(mode)).ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_folder: &Folder, _mode: u32) -> Option<File> {
    None
}

fn unique_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    format!("{PREFIX}{}-{}{SUFFIX}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

const PREFIX: &str = ".bowline-";
const SUFFIX: &str = ".tmp";
const OWN_FILES: &str = "/proc/self/fd";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(create: fn(&Folder) -> io::Result<Temporary<'_>>) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap().unwrap();
        std::fs::write(dir.path().join("a"), "old").unwrap();

        let mut dropped = create(&folder).unwrap();
        dropped.write_all(b"unfinished").unwrap();
        drop(dropped);
        assert_eq!(std::fs::read(dir.path().join("a")).unwrap(), b"old");

        let mut placed = create(&folder).unwrap();
        placed.write_all(b"new").unwrap();
        placed.place("a").unwrap();
        assert_eq!(std::fs::read(dir.path().join("a")).unwrap(), b"new");

        std::fs::create_dir(dir.path().join("taken")).unwrap();
        create(&folder).unwrap().place("taken").unwrap_err();
        assert_eq!(folder.names().unwrap(), ["a", "taken"]);
    }

    #[test]
    fn only_files_of_processes_that_are_gone_are_abandoned() {
        let own = std::process::id();
        // No system gives out this one.
        let gone = i32::MAX;
        for (name, abandoned) in [
            (format!(".bowline-{gone}-0.tmp"), true),
            (format!(".bowline-{own}-0.tmp"), false),
            (".bowline-0-0.tmp".to_owned(), false),
            (".bowline-x-0.tmp".to_owned(), false),
            (format!(".bowline-{gone}.tmp"), false),
            (format!("bowline-{gone}-0.tmp"), false),
        ] {
            assert_eq!(Temporary::is_abandoned(&name), abandoned, "{name}");
        }
    }

    #[test]
    fn both_ways_leave_only_the_result() {
        check(|folder| Temporary::create(folder, 0o600));
        check(|folder| Temporary::create_named(folder, 0o600));
    }
}
