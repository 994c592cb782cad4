//! Who a repository is, wherever it is checked out, and where its releases live.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `host/owner/name`, or `local/name` for a repository whose remote is a path: never an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RepositoryId(String);

/// Where releases live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ForgeKind {
    /// github.com or GitHub Enterprise Server.
    Github,
    /// GitLab.
    Gitlab,
    /// Gitea or Forgejo.
    Gitea,
    /// A folder.
    Local,
}

impl RepositoryId {
    /// From a remote's address: `host/path` without user, port, scheme or `.git`; a path becomes `local/<last part>`.
    pub fn from_remote(address: &str) -> Self {
        Self(normalise(address))
    }

    /// A repository without a remote is known by its folder's name.
    pub fn local(folder: &str) -> Self {
        Self(format!("local/{}", if folder.is_empty() { "repository" } else { folder }))
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for RepositoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The host of a remote's address; none for a path or a `file:` address.
pub fn remote_host(address: &str) -> Option<String> {
    split_remote(address).map(|(host, _)| host)
}

fn normalise(address: &str) -> String {
    let tidy = |path: &str| {
        let path = path.trim_matches('/');
        path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/').to_owned()
    };
    match split_remote(address) {
        Some((host, path)) => format!("{host}/{}", tidy(&path)),
        None => {
            let path = address.strip_prefix("file://").unwrap_or(address).replace('\\', "/");
            let path = path.trim_end_matches('/');
            let path = path.strip_suffix("/.git").unwrap_or(path);
            let last = path.rsplit('/').next().unwrap_or_default();
            format!("local/{}", last.strip_suffix(".git").filter(|name| !name.is_empty()).unwrap_or(last))
        }
    }
}

/// Host (lowercase, without user and port) and path of an address with a host.
fn split_remote(address: &str) -> Option<(String, String)> {
    let (authority, path) = match address.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/').unwrap_or((rest, "")),
        // The scp form `user@host:path`; a slash before the colon, or a drive letter, makes it a path.
        None => {
            let (authority, path) = address.split_once(':')?;
            if authority.contains('/') || authority.contains('\\') || authority.len() < 2 {
                return None;
            }
            (authority, path)
        }
    };
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host.split(':').next().unwrap_or(host),
    };
    if host.is_empty() { None } else { Some((host.to_ascii_lowercase(), path.to_owned())) }
}

impl fmt::Display for ForgeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Gitea => "Gitea or Forgejo",
            Self::Local => "a local folder",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_identity_for_every_address_of_a_repository() {
        for (address, id) in [
            ("https://github.com/acme/app.git", "github.com/acme/app"),
            ("https://user:secret@GitHub.com:443/acme/app/", "github.com/acme/app"),
            ("git@github.com:acme/app.git", "github.com/acme/app"),
            ("ssh://git@github.com:22/acme/app", "github.com/acme/app"),
            ("ssh://git@[::1]:22/acme/app", "::1/acme/app"),
            ("/srv/git/app.git", "local/app"),
            ("/srv/git/app/.git", "local/app"),
            ("../app", "local/app"),
            ("file:///srv/git/app.git", "local/app"),
            ("C:\\git\\app.git", "local/app"),
            ("C:/git/app.git", "local/app"),
        ] {
            assert_eq!(RepositoryId::from_remote(address).as_str(), id, "{address}");
        }
        assert_eq!(remote_host("https://u:p@example.org:8443/x").as_deref(), Some("example.org"));
        assert_eq!(remote_host("/srv/x"), None);
    }
}
