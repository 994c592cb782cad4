//! Artifacts, copied to where nothing changes them any more.
//!
//! The bytes that are hashed are the bytes that are kept: a file is opened once and read once, and is refused when it
//! changed meanwhile. The copy is called by its SHA-256, so it is there whole or not at all.

use crate::folder::{Folder, Temporary, Watch, failed};
use bowline_model::event::Moment;
use bowline_model::hash::{Digest, to_hex};
use bowline_model::release::Artifact;
use bowline_model::text::one_line;
use bowline_port::files::{FilesError, Fill};
use sha2::{Digest as _, Sha256, Sha512};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Bytes that can tell whether they have changed.
pub(super) trait Source: Read {
    fn state(&self) -> io::Result<State>;
}

/// What is different after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) size: u64,
    pub(super) links: u64,
    pub(super) identity: (u64, u64),
    pub(super) modified: (i64, i64),
    pub(super) touched: (i64, i64),
}

/// Copies `source`, which messages call `path`, into `store`, and tells `watch` how far it is.
pub(super) fn freeze(
    source: &mut dyn Source,
    path: &str,
    name: &str,
    store: &Path,
    watch: Watch<'_>,
) -> Result<Artifact, FilesError> {
    let read_failed = |error| failed("read", Path::new(path), error);
    let write_failed = |error| failed("write", store, error);
    let before = source.state().map_err(read_failed)?;
    if before.links > 1 {
        return Err(FilesError::NotAFile {
            path: one_line(path, 400).into_owned(),
            what: "a file with several hard links",
        });
    }
    watch(Moment::Before);
    let store_folder = Folder::make(store, 0o700)?;
    let mut copy = Temporary::create(&store_folder, 0o400).map_err(write_failed)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = read(source, &mut buffer).map_err(read_failed)?;
        if length == 0 {
            break;
        }
        hasher.update(&buffer[..length]);
        copy.write_all(&buffer[..length]).map_err(write_failed)?;
    }
    let artifact = hasher.into_artifact(name);
    if source.state().map_err(read_failed)? != before || artifact.size != before.size {
        return Err(FilesError::Changed { path: one_line(path, 400).into_owned() });
    }
    watch(Moment::Written);
    copy.place_watched(&artifact.sha256.hex(), watch).map_err(write_failed)?;
    Ok(artifact)
}

/// Keeps what `fill` writes in `store`, and tells `watch` how far it is.
pub(super) fn freeze_written(
    name: &str,
    store: &Path,
    fill: Fill<'_>,
    watch: Watch<'_>,
) -> Result<Artifact, FilesError> {
    let write_failed = |error| failed("write", store, error);
    watch(Moment::Before);
    let store_folder = Folder::make(store, 0o700)?;
    let mut copy = Temporary::create(&store_folder, 0o400).map_err(write_failed)?;
    let mut hashing = Hashing { hasher: Hasher::default(), copy: &mut copy, failed: None };
    let filled = fill(&mut hashing);
    let Hashing { hasher, failed: not_kept, .. } = hashing;
    match (not_kept, filled) {
        (Some(error), _) => return Err(write_failed(error)),
        (None, Err(error)) => return Err(failed("get", Path::new(name), error)),
        (None, Ok(())) => {}
    }
    let artifact = hasher.into_artifact(name);
    watch(Moment::Written);
    copy.place_watched(&artifact.sha256.hex(), watch).map_err(write_failed)?;
    Ok(artifact)
}

/// Hashes what it keeps, and remembers what it could not keep.
struct Hashing<'h, W> {
    hasher: Hasher,
    copy: &'h mut W,
    failed: Option<io::Error>,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.copy.write_all(bytes) {
            let told = io::Error::from(error.kind());
            self.failed.get_or_insert(error);
            return Err(told);
        }
        self.hasher.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The file that is called like the bytes of `artifact`, when it is as long.
pub(super) fn open(artifact: &Artifact, store: &Path) -> Result<Option<File>, FilesError> {
    let Some(folder) = Folder::open(store)? else { return Ok(None) };
    let name = artifact.sha256.hex();
    let Some(file) = folder.open_file(&name)? else { return Ok(None) };
    let length = file.metadata().map_err(|error| folder.failed("read", &name, error))?.len();
    Ok((length == artifact.size).then_some(file))
}

/// Whether that file holds those bytes.
pub(super) fn holds(artifact: &Artifact, store: &Path) -> Result<bool, FilesError> {
    let Some(mut file) = open(artifact, store)? else { return Ok(false) };
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        match read(&mut file, &mut buffer) {
            Ok(0) => return Ok(Digest::from_bytes(hasher.finalize().into()) == artifact.sha256),
            Ok(length) => hasher.update(&buffer[..length]),
            Err(error) => return Err(failed("read", &store.join(artifact.sha256.hex()), error)),
        }
    }
}

#[derive(Default)]
struct Hasher {
    size: u64,
    sha256: Sha256,
    sha512: Sha512,
}

impl Hasher {
    fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.sha256.update(bytes);
        self.sha512.update(bytes);
    }

    fn into_artifact(self, name: &str) -> Artifact {
        Artifact {
            name: name.to_owned(),
            size: self.size,
            sha256: Digest::from_bytes(self.sha256.finalize().into()),
            sha512: to_hex(&self.sha512.finalize()),
        }
    }
}

impl Source for File {
    fn state(&self) -> io::Result<State> {
        let metadata = self.metadata()?;
        Ok(State {
            size: metadata.len(),
            links: metadata.nlink(),
            identity: (metadata.dev(), metadata.ino()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            touched: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

impl Source for io::Cursor<&[u8]> {
    fn state(&self) -> io::Result<State> {
        // Nobody else can change them.
        let size = self.get_ref().len() as u64;
        Ok(State { size, links: 1, identity: (0, 0), modified: (0, 0), touched: (0, 0) })
    }
}

/// Reads once, whatever signals arrive.
fn read(source: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

const CHUNK: usize = 128 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::UNWATCHED;

    /// Bytes that are different each time somebody looks.
    struct Restless {
        bytes: io::Cursor<&'static [u8]>,
        looks: std::cell::Cell<usize>,
        states: [State; 2],
    }

    impl Read for Restless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.bytes.read(buffer)
        }
    }

    impl Source for Restless {
        fn state(&self) -> io::Result<State> {
            let look = self.looks.replace(self.looks.get() + 1);
            Ok(self.states[look])
        }
    }

    fn check(change: impl Fn(&mut State), is_changed: bool) {
        let state = io::Cursor::new(b"bytes".as_slice()).state().unwrap();
        let mut after = state;
        change(&mut after);
        let mut source =
            Restless { bytes: io::Cursor::new(b"bytes"), looks: std::cell::Cell::new(0), states: [state, after] };
        let store = tempfile::tempdir().unwrap();
        let result = freeze(&mut source, "dist/app", "app", store.path(), UNWATCHED);
        assert_eq!(matches!(result, Err(FilesError::Changed { .. })), is_changed, "{after:?} {result:?}");
        assert_eq!(std::fs::read_dir(store.path()).unwrap().count(), usize::from(!is_changed));
    }

    #[test]
    fn a_change_while_reading_is_noticed() {
        check(|_| {}, false);
        check(|state| state.size += 1, true);
        check(|state| state.identity.1 += 1, true);
        check(|state| state.modified.1 += 1, true);
        check(|state| state.touched.1 += 1, true);
    }

    #[test]
    fn more_bytes_than_announced_are_a_change() {
        let state = io::Cursor::new(b"byte".as_slice()).state().unwrap();
        let mut source =
            Restless { bytes: io::Cursor::new(b"bytes"), looks: std::cell::Cell::new(0), states: [state, state] };
        let store = tempfile::tempdir().unwrap();
        assert!(matches!(freeze(&mut source, "a", "a", store.path(), UNWATCHED), Err(FilesError::Changed { .. })));
    }
}
