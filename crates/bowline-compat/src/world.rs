//! What configuration, updaters and JavaScript see of the world: a folder, files, and other programs.

use bowline_port::files::plain::PlainFiles;
use bowline_port::process::Process;
use std::path::{Component, Path, PathBuf};

/// The part of the world that configuration and updaters look at.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The folder that the program works in; absolute.
    pub folder: &'a Path,
    /// Files.
    pub files: &'a dyn PlainFiles,
    /// Runs `node` for what is JavaScript.
    pub process: &'a dyn Process,
    /// Names of the variables that JavaScript may see besides the few that every program needs.
    pub pass_env: &'a [String],
}

/// `path`, from `folder` when it is relative, without `.` and `..`.
pub(crate) fn absolute(folder: &Path, path: &str) -> PathBuf {
    let mut found = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                found.pop();
            }
            part => found.push(part),
        }
    }
    found
}
