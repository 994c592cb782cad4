//! Writing files that are not there: all or none, never over anything, and never through a link.

use bowline_model::{Failure, FailureKind};
use schemars::JsonSchema;
use serde::Serialize;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file to write.
pub(super) struct Planned {
    /// Its path from the root, with `/`.
    pub(super) path: String,
    /// Its content.
    pub(super) content: String,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was written.
    Written,
    /// It was there with these bytes.
    Unchanged,
    /// It would be written.
    WouldBeWritten,
}

/// What would become of the files below `root`.
pub(super) fn look(root: &Path, files: &[Planned]) -> Result<Vec<State>, Failure> {
    files.iter().map(|file| state(root, file)).collect()
}

/// Writes those that are not there.
pub(super) fn write(root: &Path, files: &[Planned]) -> Result<Vec<State>, Failure> {
    let states = look(root, files)?;
    let mut made: Vec<PathBuf> = Vec::new();
    let mut done = Vec::new();
    for (file, state) in files.iter().zip(states) {
        if state == State::Unchanged {
            done.push(state);
            continue;
        }
        if let Err(error) = make(root, file, &mut made) {
            for path in made.iter().rev() {
                // A folder that was made here and has something in it by now is somebody's.
                let _ = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
            }
            let message = format!("{} cannot be written; nothing was left behind", file.path);
            return Err(Failure::new(FailureKind::Failed, "init_unwritable", message)
                .because(&error)
                .hint("make the folder writable, and run `bowline init` again"));
        }
        done.push(State::Written);
    }
    Ok(done)
}

fn make(root: &Path, file: &Planned, made: &mut Vec<PathBuf>) -> io::Result<()> {
    let path = root.join(&file.path);
    let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|folder| !folder.is_dir()).collect();
    for folder in missing.into_iter().rev() {
        fs::create_dir(folder)?;
        made.push(folder.to_owned());
    }
    let mut open = OpenOptions::new().write(true).create_new(true).open(&path)?;
    made.push(path);
    open.write_all(file.content.as_bytes())?;
    open.sync_all()
}

fn state(root: &Path, file: &Planned) -> Result<State, Failure> {
    let mut at = root.to_owned();
    for part in Path::new(&file.path).components() {
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(found) if found.is_symlink() => {
                let message = format!("a link stands in the way of {}", file.path);
                return Err(Failure::new(FailureKind::Refused, "init_link", message)
                    .hint("remove the link, or write the file by hand: bowline init --print"));
            }
            Ok(_) => {}
            Err(_) => return Ok(State::WouldBeWritten),
        }
    }
    match fs::read(&at) {
        // A checkout may have other line ends.
        Ok(bytes) if String::from_utf8_lossy(&bytes).replace("\r\n", "\n") == file.content => Ok(State::Unchanged),
        _ => {
            let message = format!("{} is there already, with other content; nothing was written", file.path);
            Err(Failure::new(FailureKind::Refused, "init_exists", message)
                .hint("write the workflow under another name: bowline init --into bowline.yml")
                .hint("or look at what would be written: bowline init --print --into bowline.yml"))
        }
    }
}
