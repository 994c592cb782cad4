//! Which configuration holds, and whether everybody would see the same one.

use super::{UNREADABLE, open_failure, versionrc};
use crate::session::Session;
use bowline_config::candidates::CONFIG_FILES;
use bowline_config::{File, Flags, Input, Loaded};
use bowline_model::facts::FileContent;
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::git::GitReader;
use bowline_port::process::Process;
use std::cell::Cell;
use std::path::Path;

/// Reads the configuration: the named file, else the checkout's, else the head commit's; where there is none, that of
/// standard-version. One that is not the head commit's can be planned with and not released.
pub(super) fn load_config(
    session: &Session,
    git: &dyn GitReader,
    process: &dyn Process,
    checkout: Option<&Path>,
    head: Option<Oid>,
    flags: Flags,
    missed: Option<&Cell<bool>>,
) -> Result<Loaded, Failure> {
    let committed = |name: &str| committed(git, head, name);
    let mut file = None;
    if let Some(path) = &session.global.config {
        let path = session.dir()?.join(path);
        let bytes = read_file(&path)?.ok_or_else(|| {
            Failure::new(
                FailureKind::Config,
                "config_missing",
                format!("configuration file {} does not exist", path.display()),
            )
            .hint("name one that does with --config, or leave it out: bowline.toml is found by itself")
        })?;
        let inside =
            checkout.and_then(|root| path.strip_prefix(root).ok()).map(|rest| rest.to_string_lossy().into_owned());
        let is_committed = match &inside {
            Some(name) => committed(name)?.is_some_and(|known| same_text(&known, &bytes)),
            // A file outside the repository was named on purpose and is the same for whoever names it.
            None => true,
        };
        file = Some(File {
            name: inside.unwrap_or_else(|| path.to_string_lossy().into_owned()),
            bytes,
            committed: is_committed,
        });
    } else {
        for name in CONFIG_FILES {
            let known = committed(name)?;
            let here = match checkout {
                // What a stranger's link leads to is nobody's configuration, and must not be quoted in messages.
                Some(root) if root.join(name).is_symlink() => return Err(not_a_file(name, "a symbolic link")),
                Some(root) => read_file(&root.join(name))?,
                None => None,
            };
            file = match (here, known) {
                (Some(bytes), Some(known)) if same_text(&known, &bytes) => {
                    Some(File { name: name.to_owned(), bytes: known, committed: true })
                }
                (Some(bytes), _) => Some(File { name: name.to_owned(), bytes, committed: false }),
                (None, Some(bytes)) => Some(File { name: name.to_owned(), bytes, committed: true }),
                (None, None) => continue,
            };
            break;
        }
    }
    let translated = match &file {
        Some(_) => None,
        None => {
            let readable = |name: &str| match (committed(name), missed) {
                (Err(failure), Some(missed)) if failure.code == UNREADABLE => {
                    missed.set(true);
                    Ok(None)
                }
                (found, _) => found,
            };
            versionrc::read(session, process, checkout, &readable)?
        }
    };
    Ok(bowline_config::load(&Input { file, translated, flags })?)
}

/// A file of the head commit; none when it is not there.
pub(super) fn committed(git: &dyn GitReader, head: Option<Oid>, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    let Some(head) = head else { return Ok(None) };
    match git.file(head, name).map_err(open_failure)? {
        Some(FileContent::Bytes(bytes)) => Ok(Some(bytes)),
        Some(FileContent::NotAFile(what)) => Err(not_a_file(name, &format!("a {what}"))),
        None => Ok(None),
    }
}

/// Whether two files differ at most in their line ends.
pub(super) fn same_text(a: &[u8], b: &[u8]) -> bool {
    a == b || a.iter().filter(|&&c| c != b'\r').eq(b.iter().filter(|&&c| c != b'\r'))
}

pub(super) fn read_file(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    use std::io::Read;
    let failure = |error: &std::io::Error| {
        Failure::new(
            FailureKind::Config,
            "config_unreadable",
            format!("configuration file {} cannot be read", path.display()),
        )
        .because(error)
        .hint("make it readable, or name another one with --config")
    };
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(found) => {
            let what = if found.is_dir() { "a folder" } else { "no ordinary file" };
            return Err(not_a_file(&path.to_string_lossy(), what));
        }
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failure(&error)),
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| failure(&error))?;
    // One byte more than is accepted, so that the loader can say that it is too large.
    file.take(MAX_CONFIG + 1).read_to_end(&mut bytes).map_err(|error| failure(&error))?;
    Ok(Some(bytes))
}

fn not_a_file(name: &str, what: &str) -> Failure {
    Failure::new(FailureKind::Config, NOT_A_FILE, format!("configuration file {name} is {what}"))
        .hint("put an ordinary file there, or name another one with --config")
}

pub(super) const NOT_A_FILE: &str = "config_not_a_file";
const MAX_CONFIG: u64 = 1 << 20;
