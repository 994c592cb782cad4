//! Addresses on the repository's host: a commit, and the comparison of two tags.
//!
//! Links are made only for hosts whose addresses are known, and only from identities that need no escaping in an
//! address or in Markdown.

use bowline_model::Oid;
use bowline_model::git::TagName;
use bowline_model::plan::{ForgeKind, RepositoryId};

/// Makes addresses for one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    base: Option<(String, Style)>,
    slug: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `/commit/…`, `/compare/…`: GitHub, Gitea and Forgejo.
    Plain,
    /// `/-/commit/…`, `/-/compare/…`.
    Gitlab,
}

impl Links {
    /// For `repository`; `forge` decides where the host's name does not.
    pub fn new(repository: &RepositoryId, forge: ForgeKind) -> Self {
        let id = repository.as_str();
        let safe = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~/-".contains(&b)) && !id.contains("//");
        let parts = id.split_once('/').filter(|(host, _)| safe && *host != "local");
        let slug = parts.map(|(_, slug)| slug.to_owned());
        let base = parts.and_then(|(host, _)| Some((format!("https://{id}"), style(host, forge)?)));
        Self { base, slug }
    }

    /// `owner/name`, when the repository has a host.
    pub fn slug(&self) -> Option<&str> {
        self.slug.as_deref()
    }

    /// A commit's address.
    pub fn commit(&self, commit: &Oid) -> Option<String> {
        self.base.as_ref().map(|(base, style)| format!("{base}{}/commit/{commit}", style.prefix()))
    }

    /// What changed from one tag to another.
    pub fn compare(&self, from: &TagName, to: &TagName) -> Option<String> {
        self.base.as_ref().map(|(base, style)| format!("{base}{}/compare/{from}...{to}", style.prefix()))
    }
}

impl Style {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gitlab => "/-",
        }
    }
}

fn style(host: &str, forge: ForgeKind) -> Option<Style> {
    let label = host.split('.').next().unwrap_or(host);
    match forge {
        ForgeKind::Github | ForgeKind::Gitea => Some(Style::Plain),
        ForgeKind::Gitlab => Some(Style::Gitlab),
        ForgeKind::Local => match label {
            _ if host == "github.com" || host == "codeberg.org" => Some(Style::Plain),
            "gitlab" => Some(Style::Gitlab),
            "gitea" | "forgejo" => Some(Style::Plain),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_known_hosts() {
        let tag = |name: &str| TagName::new(name).unwrap();
        for (remote, forge, expected) in [
            ("git@github.com:acme/app.git", ForgeKind::Github, "https://github.com/acme/app/compare/v1...v2"),
            ("https://gitlab.com/a/b/c", ForgeKind::Gitlab, "https://gitlab.com/a/b/c/-/compare/v1...v2"),
            ("https://gitlab.acme.org/a/b", ForgeKind::Local, "https://gitlab.acme.org/a/b/-/compare/v1...v2"),
            ("https://codeberg.org/a/b", ForgeKind::Local, "https://codeberg.org/a/b/compare/v1...v2"),
            ("https://ghe.acme.org/a/b", ForgeKind::Github, "https://ghe.acme.org/a/b/compare/v1...v2"),
            ("https://example.org/a/b", ForgeKind::Local, "-"),
            ("/srv/git/app.git", ForgeKind::Local, "-"),
            ("/srv/git/app.git", ForgeKind::Github, "-"),
            ("https://github.com/a/b)](javascript:x", ForgeKind::Github, "-"),
        ] {
            let links = Links::new(&RepositoryId::from_remote(remote), forge);
            let found = links.compare(&tag("v1"), &tag("v2")).unwrap_or("-".to_owned());
            assert_eq!(found, expected, "{remote}");
        }
    }
}
