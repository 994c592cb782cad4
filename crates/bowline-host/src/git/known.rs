//! The files in which git and curl find passwords, for hiding what stands in them.

use bowline_port::environment::Environment;
use bowline_port::secret::{Secret, of_netrc, passwords};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The passwords in the user's `.netrc` and in the files of git's own `store` helper. What cannot be read is of no use to
/// git either.
pub(super) fn secrets(environment: &Environment) -> Vec<Secret> {
    let home = environment.get("HOME").map(PathBuf::from);
    let config = environment.get("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| home.as_ref().map(|home| home.join(".config")));
    let in_home = |name: &str| home.as_ref().and_then(|home| read(&home.join(name)));
    let mut found = in_home(".netrc").map(|text| of_netrc(&text)).unwrap_or_default();
    let stored = [in_home(".git-credentials"), config.and_then(|folder| read(&folder.join("git/credentials")))];
    found.extend(stored.iter().flatten().flat_map(|text| passwords(text)));
    found
}

/// The text of an ordinary file; a pipe would keep us waiting.
fn read(path: &Path) -> Option<String> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// More than any password file has.
const LARGEST: u64 = 1 << 20;
