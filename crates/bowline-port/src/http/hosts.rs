//! Which hosts may receive a token.
//!
//! A repository's files name the forge, and a repository's files can come from anybody. So a token goes only to the hosts
//! that the forges themselves have, and to those that whoever runs Bowline names in a variable.

use super::Address;
use crate::environment::Environment;
use std::collections::BTreeSet;

/// The variable with further hosts: `ghe.example.com, git.example.com:8443`.
pub const VARIABLE: &str = "BOWLINE_ALLOW_HOSTS";

/// The hosts that may receive a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(BTreeSet<String>);

impl AllowedHosts {
    /// Those of the well-known forges, and those that [`VARIABLE`] adds, parted by commas or blanks. A name without a port
    /// means the usual one.
    pub fn new(environment: &Environment) -> Self {
        let more = environment.get(VARIABLE).unwrap_or_default();
        let more = more.split(|c: char| c == ',' || c.is_whitespace()).filter(|name| !name.is_empty());
        Self(KNOWN.into_iter().chain(more).map(str::to_ascii_lowercase).collect())
    }

    /// Whether a token may be sent to `address`: its host is allowed, and nobody on the way can read along.
    pub fn may_receive(&self, address: &Address) -> bool {
        self.0.contains(&address.host()) && (address.is_encrypted() || address.is_loopback())
    }
}

/// Where the public forges answer: their pages, their API, and where files are uploaded.
const KNOWN: [&str; 6] =
    ["github.com", "api.github.com", "uploads.github.com", "gitlab.com", "codeberg.org", "gitea.com"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stay_where_they_belong() {
        let variable =
            (VARIABLE.to_owned(), "GHE.example.com, git.example.com:8443\t127.0.0.1:9,plain.example".to_owned());
        let hosts = AllowedHosts::new(&Environment::from_pairs([variable]));
        for (address, expected) in [
            ("https://api.github.com/repos", true),
            ("https://github.com:443/", true),
            ("https://ghe.example.com/api/v3", true),
            ("https://git.example.com:8443/", true),
            ("http://127.0.0.1:9/", true),
            ("http://api.github.com/", false),
            ("http://plain.example/", false),
            ("https://git.example.com/", false),
            ("https://127.0.0.1:10/", false),
            ("https://github.com.evil.example/", false),
            ("https://evil.example/github.com", false),
            ("https://api.github.com:8443/", false),
            ("https://xapi.github.com/", false),
        ] {
            assert_eq!(hosts.may_receive(&Address::parse(address).unwrap()), expected, "{address}");
        }
        let nobody = AllowedHosts::new(&Environment::default());
        assert!(!nobody.may_receive(&Address::parse("https://ghe.example.com/").unwrap()));
    }
}
