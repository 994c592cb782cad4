//! Which file a program's name means.
//!
//! A bare name is searched in the absolute folders of `PATH` only: an empty or relative entry would find programs in
//! whatever checkout happens to be the working directory. A name with a slash is a path, taken from the folder the
//! program will run in.

use bowline_model::seeded::{Bug, seeded};
use bowline_port::process::ProgramFile;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The file to start; none when there is no such program.
pub(super) fn find(program: &str, dir: &Path, path: &str) -> io::Result<Option<PathBuf>> {
    if program.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no program was named"));
    }
    if program.contains('/') {
        let file = dir.join(program);
        return Ok(file.exists().then_some(file));
    }
    let mut unusable = None;
    let is_safe = |folder: &PathBuf| folder.is_absolute() || seeded(Bug::SearchHere);
    for folder in std::env::split_paths(path).filter(is_safe) {
        let file = dir.join(folder).join(program);
        match executable(&file) {
            Ok(true) => return Ok(Some(file)),
            Ok(false) => unusable = Some(file),
            Err(_) => {}
        }
    }
    match unusable {
        Some(file) => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("{} is not executable", file.display())))
        }
        None => Ok(None),
    }
}

/// What tells the file at `path` from another one that takes its place. Links are followed: what they lead to runs.
pub(super) fn identify(path: PathBuf) -> io::Result<ProgramFile> {
    let found = std::fs::metadata(&path)?;
    let identity = (found.dev(), found.ino(), found.size(), found.ctime(), found.ctime_nsec());
    Ok(ProgramFile { path, identity })
}

fn executable(file: &Path) -> io::Result<bool> {
    let metadata = std::fs::metadata(file)?;
    Ok(metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(program: &str, path: &str, is_found: bool) {
        assert_eq!(find(program, Path::new("/bin"), path).unwrap().is_some(), is_found, "{program} in {path}");
    }

    #[test]
    fn only_absolute_folders_are_searched() {
        let root = "../".repeat(40);
        check("sh", "/no/such/folder:/bin", true);
        check("sh", &format!("{root}bin:bin:.:"), false);
        check("sh", "", false);
        check("./sh", "", true);
        check("../bin/sh", "", true);
        assert!(find("", Path::new("/bin"), "/bin").is_err());
        assert!(find("passwd", Path::new("/"), "/etc").is_err());
    }
}
