//! Which folder of this machine holds state.

use bowline_model::Digest;
use bowline_model::plan::RepositoryId;
use bowline_model::text::one_line;
use bowline_port::environment::Environment;
use std::path::{Path, PathBuf};

/// Where state lives: `given`, else `BOWLINE_STATE_DIR`, else the XDG state folder, else the one below the home.
pub fn state_dir(environment: &Environment, given: Option<&Path>) -> Result<PathBuf, StateDirError> {
    if let Some(path) = given.or_else(|| environment.get("BOWLINE_STATE_DIR").map(Path::new)) {
        return std::path::absolute(path)
            .map_err(|_| StateDirError::NoWorkingDirectory(one_line(&path.to_string_lossy(), 200).into_owned()));
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
    let readable = readable.replace("..", "__");
    format!("{}-{}", readable.trim_start_matches('.'), digest.get(..8).unwrap_or(&digest))
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_port::local::check_key;

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
}
