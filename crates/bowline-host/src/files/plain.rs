//! Files of this machine, as an ordinary program sees them.

use bowline_port::files::plain::{Kind, PlainFiles};
use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Error, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Files of this machine, wherever they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostPlainFiles;

impl PlainFiles for HostPlainFiles {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = found(File::options().read(true).custom_flags(NONBLOCK).open(path))? else { return Ok(None) };
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(Error::new(ErrorKind::InvalidInput, format!("it is {}", words(about.file_type()))));
        }
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(Error::new(ErrorKind::FileTooLarge, format!("it has more than {} MiB", LARGEST >> 20)));
        }
        Ok(Some(bytes))
    }

    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        Ok(found(fs::symlink_metadata(path))?.map(|about| match about.file_type() {
            kind if kind.is_file() => Kind::File,
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_symlink() => Kind::Link,
            _ => Kind::Other,
        }))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        // Nothing is there, or a link that leads nowhere: the system knows what to make of it.
        let Some(real) = found(fs::canonicalize(path))? else { return overwrite(path, bytes) };
        let about = fs::metadata(&real)?;
        if !about.is_file() {
            return Err(Error::new(ErrorKind::InvalidInput, format!("it is {}", words(about.file_type()))));
        }
        // Another name for the same file would keep the old bytes, and a folder that lets nobody add files lets nobody replace one.
        if about.nlink() > 1 {
            return overwrite(&real, bytes);
        }
        match replace(&real, &about, bytes) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => overwrite(&real, bytes),
            done => done,
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        found(fs::remove_file(path)).map(drop)
    }
}

/// What is not there is no error.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).custom_flags(NONBLOCK).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes beside the file and renames.
fn replace(path: &Path, about: &fs::Metadata, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let written = OpenOptions::new().write(true).create_new(true).open(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.set_permissions(about.permissions())?;
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (about.uid(), about.gid()) {
            std::os::unix::fs::fchown(&file, Some(about.uid()), Some(about.gid()))?;
        }
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| drop(fs::remove_file(&beside)))
}

/// A name that nobody else uses, in the same folder.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.bowline-{}", std::process::id()))
}

fn words(kind: FileType) -> &'static str {
    if kind.is_dir() { "a folder" } else { "no ordinary file" }
}

/// A FIFO that nobody writes to must not hold us up.
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;
/// Far above any changelog that somebody reads.
const LARGEST: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_file_keeps_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link, twin) = (folder.path().join("file"), folder.path().join("link"), folder.path().join("twin"));
        let files = HostPlainFiles;
        assert_eq!(files.read(&file).unwrap(), None);
        assert_eq!(files.kind(&file).unwrap(), None);
        files.write(&file, b"one").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        files.write(&link, b"two").unwrap();
        assert_eq!(files.kind(&link).unwrap(), Some(Kind::Link));
        assert_eq!(files.read(&file).unwrap().unwrap(), b"two");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        fs::hard_link(&file, &twin).unwrap();
        files.write(&file, b"three").unwrap();
        assert_eq!(files.read(&twin).unwrap().unwrap(), b"three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        files.remove(&twin).unwrap();
        files.remove(&twin).unwrap();
        assert_eq!(files.kind(&twin).unwrap(), None);
    }

    #[test]
    fn what_is_no_file_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(HostPlainFiles.kind(folder.path()).unwrap(), Some(Kind::Folder));
        assert!(HostPlainFiles.read(folder.path()).unwrap_err().to_string().contains("a folder"));
        assert!(HostPlainFiles.write(folder.path(), b"").unwrap_err().to_string().contains("a folder"));
        assert!(HostPlainFiles.write(&folder.path().join("no/file"), b"").is_err());
        assert_eq!(HostPlainFiles.read(&folder.path().join("no/file")).unwrap(), None);
    }
}
