//! Which hosts may receive a token.
//!
//! A repository's files name the forge, and a repository's files can come from anybody. So a token goes only to the hosts
//! that the forges themselves have, and to those that whoever runs Bowline names in a variable.

use super::Address;
use crate::environment::Environment;
use bowline_model::plan::ForgeKind;
use std::collections::BTreeSet;

/// The variable with further hosts: `ghe.example.com, git.example.com:8443`.
pub const VARIABLE: &str = "BOWLINE_ALLOW_HOSTS";

/// The hosts that may receive a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts {
    names: BTreeSet<String>,
    /// Whether all of [`OF_GITHUB`] is allowed.
    of_github: bool,
}

impl AllowedHosts {
    /// Those that forges of this kind have themselves, and those that [`VARIABLE`] adds, parted by commas or blanks. A name
    /// without a port means the usual one.
    pub fn new(environment: &Environment, kind: ForgeKind) -> Self {
        let more = environment.get(VARIABLE).unwrap_or_default();
        let more = more.split(|c: char| c == ',' || c.is_whitespace()).filter(|name| !name.is_empty());
        let names = known(kind).iter().copied().chain(more).map(str::to_ascii_lowercase).collect();
        Self { names, of_github: kind == ForgeKind::Github }
    }

    /// Whether a token may be sent to `address`: its host is allowed, and nobody on the way can read along.
    pub fn may_receive(&self, address: &Address) -> bool {
        let host = address.host();
        let is_known = self.names.contains(&host) || (self.of_github && host.ends_with(OF_GITHUB));
        is_known && (address.is_encrypted() || address.is_loopback())
    }
}

/// Where the public forges answer: their pages, their API, and where files are uploaded. One's token is none of the
/// others' business.
const fn known(kind: ForgeKind) -> &'static [&'static str] {
    match kind {
        ForgeKind::Github => &["github.com", "api.github.com", "uploads.github.com"],
        ForgeKind::Gitlab => &["gitlab.com"],
        ForgeKind::Gitea => &["codeberg.org", "gitea.com"],
        ForgeKind::Local => &[],
    }
}

/// Where GitHub runs enterprises apart from github.com, all of it on hosts of its own (*Network details for GHE.com*).
const OF_GITHUB: &str = ".ghe.com";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stay_where_they_belong() {
        let variable =
            (VARIABLE.to_owned(), "GHE.example.com, git.example.com:8443\t127.0.0.1:9,plain.example".to_owned());
        let hosts = AllowedHosts::new(&Environment::from_pairs([variable]), ForgeKind::Github);
        for (address, expected) in [
            ("https://api.github.com/repos", true),
            ("https://github.com:443/", true),
            ("https://ghe.example.com/api/v3", true),
            ("https://git.example.com:8443/", true),
            ("http://127.0.0.1:9/", true),
            ("http://api.github.com/", false),
            ("https://gitlab.com/", false),
            ("https://codeberg.org/api/v3", false),
            ("http://plain.example/", false),
            ("https://git.example.com/", false),
            ("https://127.0.0.1:10/", false),
            ("https://github.com.evil.example/", false),
            ("https://evil.example/github.com", false),
            ("https://api.github.com:8443/", false),
            ("https://octocorp.ghe.com/acme/app", true),
            ("https://api.octocorp.ghe.com/", true),
            ("https://octocorp.ghe.com:8443/", false),
            ("http://octocorp.ghe.com/", false),
            ("https://octocorp.ghe.com.evil.example/", false),
            ("https://evilghe.com/", false),
            ("https://xapi.github.com/", false),
        ] {
            assert_eq!(hosts.may_receive(&Address::parse(address).unwrap()), expected, "{address}");
        }
        let gitlab = AllowedHosts::new(&Environment::default(), ForgeKind::Gitlab);
        assert!(!gitlab.may_receive(&Address::parse("https://octocorp.ghe.com/").unwrap()));
        let nobody = AllowedHosts::new(&Environment::default(), ForgeKind::Github);
        assert!(!nobody.may_receive(&Address::parse("https://ghe.example.com/").unwrap()));
    }
}
