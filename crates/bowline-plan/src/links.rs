//! Addresses on the repository's host: a commit, a tag, an issue, and the comparison of two tags; and of a tracker's issues.
//!
//! Links are made only for hosts whose addresses are known, and only from identities that need no escaping in an
//! address or in Markdown. How each host spells its addresses:
//!
//! - GitHub: docs.github.com, "Comparing commits" and "Linking to releases"; Gitea and Forgejo have the same.
//! - GitLab: its routes begin with `/-/`, see docs.gitlab.com, "Compare revisions".
//! - Bitbucket Cloud: `/branches/compare/NEW%0DOLD`, as its own page of tags links.
//! - Azure Repos: `branchCompare` with `GT` before a tag, see learn.microsoft.com, "Review and compare history".
//! - git.sr.ht has pages for commits and references, and none that compares; its issues are in another place.

use bowline_config::section::changelog::{Jira, LinkForms};
use bowline_model::Oid;
use bowline_model::git::TagName;
use bowline_model::plan::{ForgeKind, RepositoryId};

/// Makes addresses for one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    base: Option<(String, Host)>,
    slug: Option<String>,
    jira: Option<Jira>,
    forms: LinkForms,
    /// What `{host}`, `{owner}` and `{repository}` stand for.
    places: Option<[String; 3]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    /// GitHub, Gitea and Forgejo.
    Plain,
    Gitlab,
    Bitbucket,
    Azure,
    Sourcehut,
}

impl Links {
    /// For `repository`; `forge` decides where the host's name does not.
    pub fn new(repository: &RepositoryId, forge: ForgeKind, jira: Option<&Jira>) -> Self {
        let id = repository.as_str();
        let safe = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~/-".contains(&b)) && !id.contains("//");
        let parts = id.split_once('/').filter(|(host, _)| safe && *host != "local");
        let slug = parts.map(|(_, slug)| slug.to_owned());
        let base = parts.and_then(|(name, path)| base(name, path, host(name, forge)?));
        let places = parts.and_then(|(name, path)| {
            let (owner, repository) = path.rsplit_once('/')?;
            Some([format!("https://{name}"), owner.to_owned(), repository.to_owned()])
        });
        Self { base, slug, jira: jira.cloned(), forms: LinkForms::default(), places }
    }

    /// The same with addresses of the repository's own; `forge` is as above.
    #[must_use]
    pub fn with_forms(self, forms: &LinkForms, forge: ForgeKind) -> Self {
        let shown = forms.repository.as_deref().map(RepositoryId::from_remote);
        let of_shown = shown.map(|shown| {
            let host = |places: &[String; 3]| places[0].clone();
            let there = Self::new(&shown, ForgeKind::Local, self.jira.as_ref());
            // The kind of the forge is known of its own host only.
            let is_forges = there.places.as_ref().map(host) == self.places.as_ref().map(host);
            if is_forges { Self::new(&shown, forge, self.jira.as_ref()) } else { there }
        });
        Self { forms: forms.clone(), ..of_shown.unwrap_or(self) }
    }

    /// `form` with its places filled in; none where nobody knows what stands there.
    fn filled(&self, form: &str, own: &[(&str, &str)]) -> Option<String> {
        let mut text = form.to_owned();
        for (n, place) in ["{host}", "{owner}", "{repository}"].into_iter().enumerate() {
            if text.contains(place) {
                text = text.replace(place, self.places.as_ref()?.get(n)?);
            }
        }
        Some(own.iter().fold(text, |text, (place, value)| text.replace(place, value)))
    }

    /// `owner/name`, when the repository has a host.
    pub fn slug(&self) -> Option<&str> {
        self.slug.as_deref()
    }

    /// A commit's address.
    pub fn commit(&self, commit: &Oid) -> Option<String> {
        if let Some(form) = &self.forms.commit {
            return self.filled(form, &[("{hash}", &commit.to_string())]);
        }
        let (base, host) = self.base.as_ref()?;
        Some(match host {
            Host::Plain | Host::Azure | Host::Sourcehut => format!("{base}/commit/{commit}"),
            Host::Gitlab => format!("{base}/-/commit/{commit}"),
            Host::Bitbucket => format!("{base}/commits/{commit}"),
        })
    }

    /// What changed from one tag to another.
    pub fn compare(&self, from: &TagName, to: &TagName) -> Option<String> {
        if let Some(form) = &self.forms.compare {
            return self.filled(form, &[("{previous_tag}", from.as_str()), ("{tag}", to.as_str())]);
        }
        let (base, host) = self.base.as_ref()?;
        match host {
            Host::Azure => Some(format!("{base}/branchCompare?baseVersion=GT{from}&targetVersion=GT{to}")),
            _ => self.compare_names(from.as_str(), to.as_str()),
        }
    }

    /// What has changed since `tag`.
    pub fn since(&self, tag: &TagName) -> Option<String> {
        self.compare_names(tag.as_str(), "HEAD")
    }

    fn compare_names(&self, from: &str, to: &str) -> Option<String> {
        let (base, host) = self.base.as_ref()?;
        match host {
            Host::Plain => Some(format!("{base}/compare/{from}...{to}")),
            Host::Gitlab => Some(format!("{base}/-/compare/{from}...{to}")),
            Host::Bitbucket => Some(format!("{base}/branches/compare/{to}%0D{from}")),
            Host::Azure | Host::Sourcehut => None,
        }
    }

    /// The page of a tag: its release, where the host has releases.
    pub fn tag(&self, tag: &TagName) -> Option<String> {
        let (base, host) = self.base.as_ref()?;
        Some(match host {
            Host::Plain => format!("{base}/releases/tag/{tag}"),
            Host::Gitlab => format!("{base}/-/tags/{tag}"),
            Host::Bitbucket => format!("{base}/src/{tag}"),
            Host::Azure => format!("{base}?version=GT{tag}"),
            Host::Sourcehut => format!("{base}/refs/{tag}"),
        })
    }

    /// An issue or pull request of the repository.
    pub fn issue(&self, number: &str) -> Option<String> {
        if let Some(form) = &self.forms.issue {
            return self.filled(form, &[("{id}", number)]);
        }
        let (base, host) = self.base.as_ref()?;
        match host {
            Host::Plain | Host::Bitbucket => Some(format!("{base}/issues/{number}")),
            Host::Gitlab => Some(format!("{base}/-/issues/{number}")),
            Host::Azure => base.split_once("/_git/").map(|(base, _)| format!("{base}/_workitems/edit/{number}")),
            Host::Sourcehut => None,
        }
    }

    /// Whether the host itself makes links of `#12` in the notes of a release.
    pub fn links_itself(&self) -> bool {
        self.forms.issue.is_none() && matches!(self.base, Some((_, Host::Plain | Host::Gitlab)))
    }

    /// Whether keys of a tracker may stand in texts.
    pub fn has_tracker(&self) -> bool {
        self.jira.is_some()
    }

    /// The address of `PROJ-123`, when that is a project's whose keys are linked.
    pub fn key(&self, word: &str) -> Option<String> {
        let jira = self.jira.as_ref()?;
        let (project, number) = word.rsplit_once('-')?;
        let is_issue = is_number(number) && jira.projects.iter().any(|known| known == project);
        is_issue.then(|| format!("{}/browse/{word}", jira.url))
    }

    /// The address of `#12`.
    pub fn reference(&self, word: &str) -> Option<String> {
        self.issue(word.strip_prefix('#').filter(|number| is_number(number))?)
    }
}

fn is_number(text: &str) -> bool {
    (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where the repository's pages are.
fn base(name: &str, path: &str, host: Host) -> Option<(String, Host)> {
    match (host, path.strip_prefix("v3/").map(|path| path.split('/').collect::<Vec<_>>()).as_deref()) {
        // What is fetched over SSH is shown elsewhere.
        (Host::Azure, Some([owner, project, repository])) => {
            Some((format!("https://dev.azure.com/{owner}/{project}/_git/{repository}"), host))
        }
        (Host::Azure, _) if name != "dev.azure.com" => None,
        _ => Some((format!("https://{name}/{path}"), host)),
    }
}

fn host(name: &str, forge: ForgeKind) -> Option<Host> {
    let label = name.split('.').next().unwrap_or(name);
    match forge {
        ForgeKind::Github | ForgeKind::Gitea => Some(Host::Plain),
        ForgeKind::Gitlab => Some(Host::Gitlab),
        ForgeKind::Local => match name {
            "github.com" | "codeberg.org" => Some(Host::Plain),
            "bitbucket.org" => Some(Host::Bitbucket),
            "dev.azure.com" | "ssh.dev.azure.com" => Some(Host::Azure),
            "git.sr.ht" => Some(Host::Sourcehut),
            _ if label == "gitlab" => Some(Host::Gitlab),
            _ if label == "gitea" || label == "forgejo" => Some(Host::Plain),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(remote: &str, forge: ForgeKind) -> Links {
        Links::new(&RepositoryId::from_remote(remote), forge, None)
    }

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
            ("https://git.sr.ht/~a/b", ForgeKind::Local, "-"),
            ("git@bitbucket.org:a/b.git", ForgeKind::Local, "https://bitbucket.org/a/b/branches/compare/v2%0Dv1"),
            (
                "https://acme@dev.azure.com/acme/web/_git/app",
                ForgeKind::Local,
                "https://dev.azure.com/acme/web/_git/app/branchCompare?baseVersion=GTv1&targetVersion=GTv2",
            ),
        ] {
            let found = links(remote, forge).compare(&tag("v1"), &tag("v2")).unwrap_or("-".to_owned());
            assert_eq!(found, expected, "{remote}");
        }
    }

    #[test]
    fn tags_issues_and_what_comes_later() {
        let tag = TagName::new("v1").unwrap();
        for (remote, expected) in [
            ("https://github.com/a/b", "/releases/tag/v1 /issues/7 /compare/v1...HEAD"),
            ("https://gitlab.com/a/b", "/-/tags/v1 /-/issues/7 /-/compare/v1...HEAD"),
            ("https://bitbucket.org/a/b", "/src/v1 /issues/7 /branches/compare/HEAD%0Dv1"),
            ("https://git.sr.ht/~a/b", "/refs/v1 - -"),
            ("git@ssh.dev.azure.com:v3/o/p/r", "/p/_git/r?version=GTv1 /p/_workitems/edit/7 -"),
        ] {
            let links = links(remote, ForgeKind::Local);
            let found = [links.tag(&tag), links.reference("#7"), links.since(&tag)];
            // Everything behind host, owner and name.
            let parts = if remote.contains("azure") { 4 } else { 5 };
            let tail = |url: String| url.splitn(parts + 1, '/').last().map(|tail| format!("/{tail}"));
            let shown = found.map(|found| found.and_then(tail).unwrap_or("-".to_owned()));
            assert_eq!(shown.join(" "), expected, "{remote}");
        }
    }

    #[test]
    fn addresses_of_the_repositorys_own() {
        let forms = LinkForms {
            commit: Some("{host}/{owner}/{repository}/changes/{hash}".to_owned()),
            compare: Some("https://x.example/{previous_tag}/{tag}".to_owned()),
            issue: Some("https://t.example/{id}".to_owned()),
            repository: None,
        };
        let tag = |name: &str| TagName::new(name).unwrap();
        for (remote, commit) in [
            ("https://github.com/acme/app", Some("https://github.com/acme/app/changes/0000")),
            ("https://gitlab.com/a/b/c", Some("https://gitlab.com/a/b/c/changes/0000")),
            ("/srv/git/app.git", None),
        ] {
            let links = links(remote, ForgeKind::Local).with_forms(&forms, ForgeKind::Local);
            let found = links.commit(&Oid::Sha1([0; 20])).map(|found| found.replacen(&"0".repeat(36), "", 1));
            assert_eq!(found.as_deref(), commit, "{remote}");
            assert_eq!(links.compare(&tag("v1"), &tag("v2")).as_deref(), Some("https://x.example/v1/v2"));
            assert_eq!(links.reference("#7").as_deref(), Some("https://t.example/7"));
        }
    }

    #[test]
    fn a_repository_can_be_shown_elsewhere() {
        let tag = TagName::new("v1").unwrap();
        for (remote, forge, shown, expected) in [
            ("/srv/git/app.git", ForgeKind::Local, "https://github.com/a/b", "https://github.com/a/b/releases/tag/v1"),
            ("https://x.org/a/b", ForgeKind::Gitlab, "https://x.org/c/d", "https://x.org/c/d/-/tags/v1"),
            (
                "https://x.org/a/b",
                ForgeKind::Gitlab,
                "https://github.com/a/b",
                "https://github.com/a/b/releases/tag/v1",
            ),
            ("https://github.com/a/b", ForgeKind::Github, "https://unknown.org/a/b", "-"),
        ] {
            let forms = LinkForms { repository: Some(shown.to_owned()), ..LinkForms::default() };
            let links = links(remote, forge).with_forms(&forms, forge);
            assert_eq!(links.tag(&tag).unwrap_or("-".to_owned()), expected, "{remote}");
        }
    }

    #[test]
    fn keys_of_known_projects() {
        let jira = Jira { url: "https://j.example.org".to_owned(), projects: vec!["PROJ".to_owned()] };
        let links = Links::new(&RepositoryId::from_remote("/srv/app"), ForgeKind::Local, Some(&jira));
        assert_eq!(links.key("PROJ-12").as_deref(), Some("https://j.example.org/browse/PROJ-12"));
        for word in ["PROJ-", "PROJ-1x", "proj-1", "OTHER-1", "PROJ", "X-PROJ-1", "#12", "PROJ-1234567890"] {
            assert_eq!((links.key(word), links.reference(word)), (None, None), "{word}");
        }
    }
}
