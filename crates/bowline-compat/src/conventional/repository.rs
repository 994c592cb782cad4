//! Where the code lives, from `package.json` or the remote `origin`: the parts that links are made of.
//!
//! The older programs ask `hosted-git-info` 4 and then a reader for any other host; 13 has one reader of its own. What they
//! make of odd addresses differs, and shows in the links, so both are followed.

use super::settings::{BITBUCKET, Forge, GITHUB, GITLAB};
use super::{Question, text};
use crate::profile::Profile;
use url::Url;

/// A value of JavaScript that may be absent in two ways: they print differently inside a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    /// `undefined`.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// A text.
    Text(String),
}

impl Part {
    /// The text, unless it is empty.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// As a template shows it.
    pub(super) fn shown(&self) -> &str {
        self.text().unwrap_or_default()
    }

    /// As `String(value)` shows it.
    pub(super) fn spelled(&self) -> &str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Text(text) => text,
        }
    }

    fn or_null(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

/// Where the code lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Repository {
    pub(super) host: Part,
    pub(super) owner: Part,
    pub(super) project: Part,
    pub(super) url: Part,
    pub(super) forge: Option<Forge>,
}

/// The repository that links lead to.
pub(super) fn find(question: &Question<'_>) -> Repository {
    let declared = question.package.and_then(|package| package.get("repository"));
    let declared = declared.and_then(|value| value.as_str().or_else(|| value.get("url").and_then(|url| url.as_str())));
    let declared = declared.filter(|url| !url.is_empty());
    if question.profile == Profile::CatV13 {
        modern(declared, question.origin)
    } else {
        classic(declared.or(question.origin))
    }
}

fn classic(url: Option<&str>) -> Repository {
    let Some(url) = url else { return Repository::default() };
    let hosted = hosted(url).map(|(domain, user, project)| Address {
        domain: Some(domain.to_owned()),
        user,
        project: Some(project),
        scheme: "https:",
    });
    let address = hosted.unwrap_or_else(|| any_host(url));
    let host = address.domain.map(|domain| format!("{}//{domain}", address.scheme));
    let forge = host.as_deref().and_then(forge_in);
    Repository {
        url: Part::or_null(host.clone()),
        host: Part::or_null(host),
        owner: Part::Text(address.user.unwrap_or_default()),
        project: Part::or_null(address.project),
        forge,
    }
}

struct Address {
    domain: Option<String>,
    user: Option<String>,
    project: Option<String>,
    scheme: &'static str,
}

/// The first of the known names in a host decides.
fn forge_in(host: &str) -> Option<Forge> {
    let host = host.to_ascii_lowercase();
    let names = [("github", GITHUB), ("bitbucket", BITBUCKET), ("gitlab", GITLAB)];
    let found = names.into_iter().filter_map(|(name, forge)| host.find(name).map(|at| (at, forge)));
    found.min_by_key(|(at, _)| *at).map(|(_, forge)| forge)
}

const HOSTS: [(&str, &str); 5] = [
    ("github", "github.com"),
    ("bitbucket", "bitbucket.org"),
    ("gitlab", "gitlab.com"),
    ("gist", "gist.github.com"),
    ("sourcehut", "git.sr.ht"),
];

/// The five hosts that npm knows: their domain, the owner and the project.
fn hosted(address: &str) -> Option<(&'static str, Option<String>, String)> {
    let address = if is_shorthand(address) { format!("github:{address}") } else { with_protocol(address) };
    let url = Url::parse(&address).or_else(|_| Url::parse(&corrected(&address).unwrap_or_default())).ok()?;
    if let Some((_, domain)) = HOSTS.into_iter().find(|(name, _)| *name == url.scheme()) {
        let path = url.path().strip_prefix('/').unwrap_or_else(|| url.path());
        let path = path.split_once('@').map_or(path, |(_, rest)| rest);
        let (user, project) = match path.rsplit_once('/') {
            Some((user, project)) => {
                let user = Some(decoded(user)?).filter(|user| !user.is_empty() && domain != "gist.github.com");
                (user, decoded(project)?)
            }
            None => (None, decoded(path)?),
        };
        let project = project.strip_suffix(".git").map_or(project.clone(), str::to_owned);
        return Some((domain, user, project));
    }
    let hostname = url.host_str().unwrap_or_default();
    let hostname = hostname.strip_prefix("www.").unwrap_or(hostname);
    let (name, domain) = HOSTS.into_iter().find(|(_, domain)| *domain == hostname)?;
    let protocols: &[&str] = match name {
        "github" => &["git", "http", "git+ssh", "git+https", "ssh", "https"],
        "gist" => &["git", "git+ssh", "git+https", "ssh", "https"],
        "sourcehut" => &["git+ssh", "https"],
        _ => &["git+ssh", "git+https", "ssh", "https"],
    };
    if !protocols.contains(&url.scheme()) {
        return None;
    }
    let (user, project) = owner_and_project(name, url.path())?;
    let user = match user {
        Some(user) => Some(decoded(user)?),
        None => None,
    };
    Some((domain, user, decoded(project)?))
}

fn owner_and_project<'p>(host: &str, path: &'p str) -> Option<(Option<&'p str>, &'p str)> {
    let without_git = |project: &'p str| project.strip_suffix(".git").unwrap_or(project);
    let path = path.strip_prefix('/').unwrap_or(path);
    if host == "gitlab" {
        if path.contains("/-/") || path.contains("/archive.tar.gz") {
            return None;
        }
        let (user, project) = path.rsplit_once('/')?;
        let project = without_git(project);
        return (!user.is_empty() && !project.is_empty()).then_some((Some(user), project));
    }
    let mut segments = path.split('/');
    let (user, project) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    let more = segments.next().unwrap_or_default();
    let is_elsewhere = match host {
        "github" => !more.is_empty() && more != "tree",
        "bitbucket" => more == "get",
        "gist" => more == "raw",
        _ => more == "archive",
    };
    if is_elsewhere {
        return None;
    }
    if host == "gist" {
        // npm spells a gist without its owner before it is read again.
        let id = if project.is_empty() { user } else { project };
        return (!id.is_empty()).then(|| (None, without_git(id)));
    }
    let project = without_git(project);
    (!user.is_empty() && !project.is_empty()).then_some((Some(user), project))
}

/// `owner/project` without a host means GitHub.
fn is_shorthand(address: &str) -> bool {
    let (before, hash) = address.split_once('#').map_or((address, false), |(before, _)| (before, true));
    let slashes = before.matches('/').count();
    let is_before = |letter: char| !before.contains(letter);
    let first_slash_at_start = address.starts_with('/');
    let has_slash = address.contains('/') && !first_slash_at_start;
    let ends_well = if hash { !before.ends_with('/') } else { !address.ends_with('/') };
    let single = slashes <= 1;
    has_slash
        && single
        && ends_well
        && !address.starts_with('.')
        && is_before('@')
        && is_before(':')
        && !before.contains(text::is_space)
}

/// `git:github.com/a/b` lacks its slashes, `git@github.com:a/b` its protocol.
fn with_protocol(address: &str) -> String {
    let colon = address.find(':');
    let (protocol, rest) = colon.map_or(("", address), |colon| address.split_at(colon + 1));
    let is_known = ["http:", "https:", "git:", "git+ssh:", "git+https:", "ssh:"].contains(&protocol)
        || HOSTS.iter().any(|(name, _)| protocol.strip_suffix(':') == Some(name));
    if is_known {
        return address.to_owned();
    }
    match address.find('@') {
        Some(at) if colon.is_none_or(|colon| at > colon) => format!("git+ssh://{address}"),
        // The user comes first: `git@host:path`.
        Some(_) => address.to_owned(),
        None if rest.starts_with("//") => address.to_owned(),
        None => format!("{protocol}//{rest}"),
    }
}

/// The form of scp made a URL: the last colon becomes a slash.
fn corrected(address: &str) -> Option<String> {
    let at = address.find('@');
    let before_hash = address.rfind('#').map_or(address.len(), |hash| hash + 1);
    let colon = text::part(address, 0, before_hash.min(address.len())).rfind(':')?;
    if at.is_some_and(|at| colon < at) {
        return None;
    }
    let mended = format!("{}/{}", text::part(address, 0, colon), text::part(address, colon + 1, address.len()));
    let needs_protocol = !mended.contains(':') && !address.contains("//");
    Some(if needs_protocol { format!("git+ssh://{mended}") } else { mended })
}

/// `decodeURIComponent`.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let value = digit(rest.next())? * 16 + digit(rest.next())?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Any other host, as `@hutson/parse-repository-url` reads it with the old `url.parse` of node.
fn any_host(address: &str) -> Address {
    let address = match address.strip_prefix("git@") {
        Some(rest) => format!("https://git@{rest}"),
        None => address.to_owned(),
    };
    let address = address.strip_suffix(".git").unwrap_or(&address);
    let (protocol, rest) = split_protocol(address);
    let (domain, path) = match rest.strip_prefix("//").filter(|_| protocol.is_some()) {
        Some(rest) => split_host(rest),
        None => (None, rest.to_owned()),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (user, project) = last_two(path);
    let scheme = if protocol.as_deref() == Some("http") { "http:" } else { "https:" };
    Address { domain: domain.filter(|domain| !domain.is_empty()), user, project, scheme }
}

fn split_protocol(address: &str) -> (Option<String>, &str) {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '+' | '-');
    match address.split_once(':') {
        Some((protocol, rest)) if !protocol.is_empty() && protocol.chars().all(is_letter) => {
            (Some(protocol.to_ascii_lowercase()), rest)
        }
        _ => (None, address),
    }
}

/// The host with its port, without the user; what cannot belong to a host begins the path.
fn split_host(rest: &str) -> (Option<String>, String) {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port),
        _ => (host, ""),
    };
    let is_host =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '+' | '_') || !letter.is_ascii();
    let valid = name.find(|letter: char| !is_host(letter)).unwrap_or(name.len());
    let (name, over) = name.split_at(valid);
    let path = if over.is_empty() { path.to_owned() } else { format!("/{over}{path}") };
    let name = name.to_lowercase();
    (Some(if port.is_empty() { name } else { format!("{name}:{port}") }), path)
}

/// Everything before the last part of a path, and the last part.
fn last_two(path: &str) -> (Option<String>, Option<String>) {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let is_name = |text: &str| text.bytes().all(|byte| text::is_word(byte) || matches!(byte, b'-' | b'.'));
    match rest.rsplit_once('/') {
        Some((user, project))
            if !user.is_empty() && !project.is_empty() && is_name(&user.replace('/', "")) && is_name(project) =>
        {
            (Some(user.to_owned()), Some(project.to_owned()))
        }
        _ => (None, None),
    }
}

/// As commit-and-tag-version 13 reads: the address in `package.json` is read twice, and does not count when nothing is left.
fn modern(declared: Option<&str>, origin: Option<&str>) -> Repository {
    let declared = declared.map(|url| match modern_address(url) {
        Some(found) => found.url.shown().to_owned(),
        None => url.to_owned(),
    });
    let url = declared.as_deref().filter(|url| !url.is_empty()).or(origin);
    url.and_then(modern_address).unwrap_or_default()
}

fn modern_address(address: &str) -> Option<Repository> {
    let captures = |source: &str| {
        let pattern = text::pattern(source, "").ok()?;
        let found = pattern.captures(address)?;
        Some((1..=4).map(|place| found.get(place).map(|group| group.as_str().to_owned())).collect::<Vec<_>>())
    };
    let group = |groups: &[Option<String>], place: usize| groups.get(place).cloned().flatten();
    if let Some(found) = captures(r"^(?:https:\/\/)?github\.com\/([^/]+)\/([^/.#]+)(?:\/tree\/[^/]+)?$") {
        return Some(Repository {
            host: Part::Text("https://github.com".to_owned()),
            owner: Part::or_null(group(&found, 0)),
            project: Part::or_null(group(&found, 1)),
            url: Part::Text(address.to_owned()),
            forge: Some(GITHUB),
        });
    }
    if let Some(found) = captures(
        r"^(?:(?:git\+)?ssh:\/\/(?:[^@]+@)?|[^@]+@)(?:www\.)?([^@:]+):([^/]+(?:\/[^/]+)?)\/([^/.#]+)(?:\.git)?(?:#(.+))?",
    ) {
        let domain = group(&found, 0).unwrap_or_default();
        return Some(modern_repository(kind(&domain), format!("https://{domain}"), &found));
    }
    if let Some(found) = captures(
        r"^(?:(?:git\+)?https|git):\/\/(?:[^@]+@)?(?:www\.)?([^@/]+)\/([^/]+(?:\/[^/]+)*)\/([^/.#]+)(?:\.git)?(?:#(.+))?$",
    ) {
        let domain = group(&found, 0).unwrap_or_default();
        let kind = kind(&domain);
        let host = format!("{}://{domain}", secure(kind, address));
        return Some(modern_repository(kind, host, &found));
    }
    if let Some(found) =
        captures(r"^(?:([^@:]+):)?(?:[^@:]+@|[^@:]*:[^@:]+@)?([^/#]+(?:\/[^/]+)?)\/([^/.#]+)(?:\.git)?(?:#(.+))?")
    {
        let kind = group(&found, 0).filter(|kind| !kind.is_empty()).unwrap_or_else(|| "github".to_owned());
        let host = HOSTS.into_iter().find(|(name, _)| *name == kind && *name != "gist");
        let host = host.map(|(_, domain)| format!("https://{domain}")).unwrap_or_default();
        return Some(modern_repository(&kind, host, &found));
    }
    let found = captures(r"^\w+:\/\/([^/]+)(\/[^#]+)?")?;
    let domain = group(&found, 0).unwrap_or_default();
    let kind = kind(&domain);
    let host = format!("{}://{domain}", secure(kind, address));
    let path = group(&found, 1).unwrap_or_default();
    let path = path.split_once(".git").map_or(path.as_str(), |(path, _)| path.strip_suffix('/').unwrap_or(path));
    Some(Repository {
        url: Part::Text(format!("{host}{path}")),
        host: Part::Text(host),
        forge: forge_named(kind),
        ..Repository::default()
    })
}

fn modern_repository(kind: &str, host: String, found: &[Option<String>]) -> Repository {
    let group = |place: usize| found.get(place).and_then(Option::as_deref).unwrap_or_default();
    let (owner, project) = (group(1).to_owned(), group(2).to_owned());
    let url = if host.is_empty() { String::new() } else { format!("{host}/{owner}/{project}{}", tree(kind, group(3))) };
    Repository {
        host: Part::Text(host),
        owner: Part::Text(owner),
        project: Part::Text(project),
        url: Part::Text(url),
        forge: forge_named(kind),
    }
}

fn tree(kind: &str, branch: &str) -> String {
    match (branch, kind) {
        ("", _) => String::new(),
        (branch, "bitbucket") => format!("/src/{}", text::encode(branch)),
        (branch, _) => format!("/tree/{}", text::encode(branch)),
    }
}

fn kind(domain: &str) -> &'static str {
    let kinds = [("github", "github"), ("gitlab", "gitlab"), ("bitbucket", "bitbucket"), ("git.sr.ht", "sourcehut")];
    kinds.into_iter().find(|(name, _)| domain.contains(name)).map_or("", |(_, kind)| kind)
}

fn secure(kind: &str, address: &str) -> &'static str {
    if !kind.is_empty() || address.contains("https://") { "https" } else { "http" }
}

fn forge_named(kind: &str) -> Option<Forge> {
    match kind {
        "github" => Some(GITHUB),
        "gitlab" => Some(GITLAB),
        "bitbucket" => Some(BITBUCKET),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the libraries of standard-version 9 and of commit-and-tag-version 13 answer, as host, owner and project.
    #[test]
    fn addresses() {
        let parts = |found: Repository| [found.host, found.owner, found.project].map(|part| part.shown().to_owned());
        let check = |address: &str, old: [&str; 3], new: [&str; 3]| {
            assert_eq!(parts(classic(Some(address))), old, "classic {address}");
            assert_eq!(parts(modern(Some(address), None)), new, "modern {address}");
        };
        check("https://github.com/a/b.git", ["https://github.com", "a", "b"], ["https://github.com", "a", "b"]);
        check("git@github.com:a/b.git", ["https://github.com", "a", "b"], ["https://github.com", "a", "b"]);
        check("ssh://git@github.com/a/b.git", ["https://github.com", "a", "b"], ["", "", ""]);
        check("git+ssh://git@github.com:a/b.git", ["https://github.com", "a", "b"], ["https://github.com", "a", "b"]);
        check("a/b", ["https://github.com", "a", "b"], ["https://github.com", "a", "b"]);
        check("github:a/b", ["https://github.com", "a", "b"], ["https://github.com", "a", "b"]);
        check("gitlab:g/s/p", ["https://gitlab.com", "g/s", "p"], ["https://gitlab.com", "g/s", "p"]);
        check("git@gitlab.com:g/s/p.git", ["https://gitlab.com", "g/s", "p"], ["https://gitlab.com", "g/s", "p"]);
        check("https://gitlab.com/g/s/p", ["https://gitlab.com", "g/s", "p"], ["https://gitlab.com", "g/s", "p"]);
        check("bitbucket:a/b", ["https://bitbucket.org", "a", "b"], ["https://bitbucket.org", "a", "b"]);
        check("git@bitbucket.org:a/b.git", ["https://bitbucket.org", "a", "b"], ["https://bitbucket.org", "a", "b"]);
        check("https://www.github.com/a/b", ["https://github.com", "a", "b"], ["https://github.com", "a", "b"]);
        check("http://github.com/a/b", ["https://github.com", "a", "b"], ["https://github.com", "a", "b"]);
        check("http://gitlab.com/a/b", ["http://gitlab.com", "a", "b"], ["https://gitlab.com", "a", "b"]);
        check(
            "https://git.example.com/a/b.git",
            ["https://git.example.com", "a", "b"],
            ["https://git.example.com", "a", "b"],
        );
        check(
            "git@git.example.com:g/s/p.git",
            ["https://git.example.com", "g/s", "p"],
            ["https://git.example.com", "g/s", "p"],
        );
        check(
            "ssh://git@host.example:2222/a/b.git",
            ["https://host.example:2222", "a", "b"],
            ["https://host.example", "2222/a", "b"],
        );
        check(
            "http://gitea.local:3000/o/r",
            ["http://gitea.local:3000", "o", "r"],
            ["http://gitea.local:3000", "", ""],
        );
        check("/srv/git/b.git", ["", "srv/git", "b"], ["", "", ""]);
        check("../b.git", ["", "..", "b"], ["https://github.com", "..", "b"]);
        check(
            "https://user:pw@my-gitlab.corp/x/y/z.git",
            ["https://my-gitlab.corp", "x/y", "z"],
            ["https://my-gitlab.corp", "x/y", "z"],
        );
        check("git://github.com/a/b.git#main", ["https://github.com", "a", "b"], ["https://github.com", "a", "b"]);
        check("https://github.com/a/b/tree/main", ["https://github.com", "a", "b"], ["https://github.com", "a", "b"]);
        check("https://github.com/a/b.js", ["https://github.com", "a", "b.js"], ["https://github.com", "", ""]);
        check("git@github.com:a/b.js.git", ["https://github.com", "a", "b.js"], ["https://github.com", "a", "b"]);
        check("file:///srv/b.git", ["", "srv", "b"], ["", "", ""]);
        check("https://host/scm/p/r.git", ["https://host", "scm/p", "r"], ["https://host", "scm/p", "r"]);
        check(
            "ssh://git@bitbucket.corp:7999/proj/repo.git",
            ["https://bitbucket.corp:7999", "proj", "repo"],
            ["https://bitbucket.corp", "7999/proj", "repo"],
        );
        check("C:\\repo", ["", "", ""], ["", "", ""]);
        check(
            "git@ssh.dev.azure.com:v3/o/p/r",
            ["https://ssh.dev.azure.com", "v3/o/p", "r"],
            ["https://ssh.dev.azure.com", "v3/o", "p"],
        );
        check(
            "https://o@dev.azure.com/o/p/_git/r",
            ["https://dev.azure.com", "o/p/_git", "r"],
            ["https://dev.azure.com", "o/p/_git", "r"],
        );
        check("https://git.sr.ht/~u/r", ["https://git.sr.ht", "~u", "r"], ["https://git.sr.ht", "~u", "r"]);
        check("gist:abc", ["https://gist.github.com", "", "abc"], ["", "", ""]);
        check(
            "https://gist.github.com/abc",
            ["https://gist.github.com", "", "abc"],
            ["https://gist.github.com", "", ""],
        );
    }

    #[test]
    fn forges() {
        let check = |address: &str, old: Option<Forge>, new: Option<Forge>| {
            assert_eq!(classic(Some(address)).forge, old, "classic {address}");
            assert_eq!(modern(Some(address), None).forge, new, "modern {address}");
        };
        check("https://my-gitlab.corp/x/y.git", Some(GITLAB), Some(GITLAB));
        check("ssh://git@bitbucket.corp:7999/proj/repo.git", Some(BITBUCKET), Some(BITBUCKET));
        check("https://git.example.com/a/b", None, None);
        check("git@github.com:a/b.git", Some(GITHUB), Some(GITHUB));
    }
}
