//! Which forge this repository has, and how it is reached.

use super::permissions;
use crate::output::hidden::hide;
use crate::session::Session;
use bowline_config::Config;
use bowline_host::forge::github::{AppTokens, Place};
use bowline_host::forge::{GithubForge, LocalForge, UnsupportedForge};
use bowline_host::git::Login;
use bowline_host::http::{HttpExchange, Patience};
use bowline_model::event::{Event, EventSink};
use bowline_model::plan::{ForgeKind, RepositoryId, remote_host};
use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind};
use bowline_port::clock::Clock;
use bowline_port::environment::Environment;
use bowline_port::forge::Forge;
use bowline_port::git::Remote;
use bowline_port::http::{self, Address, AddressError, AllowedHosts, Caller, Rules};
use bowline_port::retry::Retries;
use bowline_port::secret::token::{App, Tokens};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What opening a forge needs to know.
pub(super) struct Opening<'w> {
    pub(super) kind: ForgeKind,
    pub(super) session: &'w Session,
    pub(super) config: &'w Config,
    pub(super) remote: Option<&'w Remote>,
    pub(super) repository: &'w RepositoryId,
    pub(super) checkout: Option<&'w Path>,
    pub(super) clock: &'w Arc<dyn Clock>,
    pub(super) retries: &'w Retries,
}

impl Opening<'_> {
    /// Opens it with `login`; nothing is asked yet.
    pub(super) fn open(&self, login: &Login) -> Result<Arc<dyn Forge>, Failure> {
        let forge = &self.config.forge;
        match self.kind {
            ForgeKind::Local => {
                let path = match (&forge.path, self.checkout) {
                    (Some(path), Some(root)) => tidy_path(&root.join(path)),
                    (Some(path), None) => PathBuf::from(path),
                    (None, _) => data_folder(self.session)?.join("releases").join(self.repository.name()),
                };
                Ok(Arc::new(LocalForge::new(&path, self.clock.clone())))
            }
            ForgeKind::Github => self.github(login),
            kind => Ok(Arc::new(UnsupportedForge::new(kind, self.host().unwrap_or_default()))),
        }
    }

    /// Tokens of the app that the variables name, for this forge; none when they name none, or it is no GitHub.
    pub(super) fn app_tokens(&self) -> Result<Option<Arc<dyn Tokens>>, Failure> {
        let environment = &self.session.environment;
        if self.kind != ForgeKind::Github {
            return Ok(None);
        }
        let Some(app) = App::of(environment).map_err(|error| Failure::from(&error))? else { return Ok(None) };
        let place = self.github_place()?;
        let caller = self.caller(&AllowedHosts::new(environment, ForgeKind::Github), Rules::NONE)?;
        let hide = Arc::new(|secret| hide([secret]));
        let tokens = AppTokens::new(app, place, caller, self.clock.clone(), hide);
        Ok(Some(Arc::new(tokens.with(permissions::needed(self.config)))))
    }

    fn github(&self, login: &Login) -> Result<Arc<dyn Forge>, Failure> {
        let place = self.github_place()?;
        let tokens = login.tokens.clone();
        let variable = tokens.variable();
        if variable.is_none() {
            let page = place.pages.with_segments([place.owner.as_str(), place.name.as_str()]).to_string();
            return Ok(Arc::new(UnsupportedForge::without_token(ForgeKind::Github, page)));
        }
        // An Enterprise Server has no such limits unless it says so.
        let rules = if is_of_github(&place.pages.host()) { Rules::GITHUB } else { Rules::NONE };
        let caller = self.caller(&login.hosts, rules)?;
        let logins = move || Ok(tokens.get()?.map(|token| http::Login::bearer(&token)));
        let is_open = place.pages.host() == GITHUB;
        let forge = GithubForge::new(caller, place, Arc::new(logins)).out_of(variable, self.clock.clone());
        Ok(Arc::new(if is_open { forge } else { forge.where_readers_log_in() }))
    }

    fn caller(&self, hosts: &AllowedHosts, rules: Rules) -> Result<Caller, Failure> {
        let patience = Patience { throughput: self.config.retry.min_throughput, ..Patience::default() };
        let exchange = HttpExchange::new(&self.session.environment, patience, self.session.stop.clone())
            .map_err(|error| Failure::from_error(FailureKind::Missing, "http_setup", &error))?;
        Ok(Caller::new(Arc::new(exchange), hosts.clone(), self.retries.clone(), self.clock.clone(), rules))
    }

    /// Says so when releases go into a folder although the remote is on a host: a runner's folders are gone with it.
    pub(super) fn tell_unknown_host(&self, events: &dyn EventSink) {
        let Some(host) = self.host().filter(|_| self.kind == ForgeKind::Local && self.config.forge.kind.is_none())
        else {
            return;
        };
        if self.session.environment.is_ci() {
            let message = format!(
                "the host {} is not known, so releases go into a folder of this machine; say what is there with `kind` \
                 under `[forge]` in bowline.toml",
                one_line(&host, 100)
            );
            events.event(&Event::Warning { code: "forge_unknown_host".to_owned(), message });
        }
    }

    /// Where the repository is on GitHub: as the remote says, and as the configuration says otherwise.
    fn github_place(&self) -> Result<Place, Failure> {
        let forge = &self.config.forge;
        let named = self.repository.as_str().split_once('/').map_or("", |(_, path)| path);
        let named = forge.repository.as_deref().or_else(|| self.host().map(|_| named)).unwrap_or_default();
        let Some((owner, name)) = named.split_once('/').filter(|(_, name)| !name.contains('/')) else {
            return Err(Failure::new(
                FailureKind::Config,
                "forge_repository",
                "the remote's address does not say which repository on GitHub is meant",
            )
            .hint("set `repository = \"owner/name\"` under `[forge]` in bowline.toml"));
        };
        let host = self.host().unwrap_or_else(|| GITHUB.to_owned());
        let of_runner = RunnersServer::of(&self.session.environment).filter(|server| server.is(&host));
        let pages = forge.url.clone().or_else(|| of_runner.as_ref().map(|server| server.pages.clone()));
        let pages = parsed("forge.url", &pages.unwrap_or_else(|| format!("https://{host}")))?;
        let api = match (&forge.api_url, of_runner.and_then(|server| server.api)) {
            (Some(api), _) => parsed("forge.api_url", api)?,
            (None, Some(api)) if forge.url.is_none() => parsed("GITHUB_API_URL", &api)?,
            _ if is_of_github(&pages.host()) => parsed("forge.api_url", &format!("https://api.{}", pages.host()))?,
            _ => pages.with_segments(["api", "v3"]),
        };
        Ok(Place { api, pages, owner: owner.to_owned(), name: name.to_owned() })
    }

    fn host(&self) -> Option<String> {
        self.remote.and_then(|remote| remote_host(&remote.url)).map(own_name)
    }
}

/// The server that a job of GitHub Actions belongs to (GitHub docs, "Default environment variables"). On an Enterprise Server
/// nothing else says that its host is a GitHub. Which hosts get a token is not decided by it.
struct RunnersServer {
    pages: String,
    api: Option<String>,
}

impl RunnersServer {
    fn of(environment: &Environment) -> Option<Self> {
        let get = |name: &str| environment.get(name).map(str::to_owned);
        let pages = get("GITHUB_SERVER_URL").filter(|_| environment.get("GITHUB_ACTIONS") == Some("true"))?;
        // github.com needs nobody to say so, and has names of its own.
        let server = Self { pages: pages.trim_end_matches('/').to_owned(), api: get("GITHUB_API_URL") };
        server.host().filter(|host| !is_of_github(host)).map(|_| server)
    }

    fn host(&self) -> Option<String> {
        remote_host(&self.pages).map(own_name)
    }

    fn is(&self, host: &str) -> bool {
        self.host().as_deref() == Some(host)
    }
}

/// Names under which github.com answers as well; the first is for SSH where only the port of https is open.
fn own_name(host: String) -> String {
    if matches!(host.as_str(), "ssh.github.com" | "www.github.com") { GITHUB.to_owned() } else { host }
}

fn parsed(key: &str, text: &str) -> Result<Address, Failure> {
    let wrong = |error: AddressError| {
        Failure::new(FailureKind::Config, "forge_address", format!("`{key}` cannot be used")).because(&error)
    };
    Address::parse(text).map_err(wrong)
}

/// Whether GitHub itself runs what is at this host: github.com, or an enterprise's own part of ghe.com, each with its API
/// at a host of its own (*Resources for GHE.com*). An Enterprise Server has it below a path.
fn is_of_github(host: &str) -> bool {
    host == GITHUB || host.strip_suffix(".ghe.com").is_some_and(|part| !part.is_empty() && !part.contains('.'))
}

const GITHUB: &str = "github.com";

/// `path` without `.` and `..` parts, as people write it; nothing is looked up.
pub(super) fn tidy_path(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// The forge that the remote's host stands for; a path or an unknown host gets the local forge.
pub(super) fn kind_of(remote: Option<&Remote>, environment: &Environment) -> ForgeKind {
    let Some(host) = remote.and_then(|remote| remote_host(&remote.url)).map(own_name) else {
        return ForgeKind::Local;
    };
    match host.as_str() {
        host if is_of_github(host) => ForgeKind::Github,
        host if RunnersServer::of(environment).is_some_and(|server| server.is(host)) => ForgeKind::Github,
        "codeberg.org" | "gitea.com" => ForgeKind::Gitea,
        host if host == "gitlab.com" || host.starts_with("gitlab.") => ForgeKind::Gitlab,
        _ => ForgeKind::Local,
    }
}

/// The user's data folder by the XDG base directory specification; a relative value does not count.
fn data_folder(session: &Session) -> Result<PathBuf, Failure> {
    let absolute = |name: &str| session.environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
    base.map(|base| base.join("bowline")).ok_or_else(|| {
        Failure::new(
            FailureKind::Missing,
            "no_data_folder",
            "there is no folder to keep releases in: neither HOME nor XDG_DATA_HOME is set",
        )
        .hint("set one of them, or `path` under `[forge]` in bowline.toml")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn githubs_own_hosts_are_known() {
        for (host, expected) in [
            ("github.com", true),
            ("octocorp.ghe.com", true),
            ("api.octocorp.ghe.com", false),
            (".ghe.com", false),
            ("ghe.com", false),
            ("octocorp.ghe.com.evil.example", false),
            ("evilghe.com", false),
            ("ghe.example.com", false),
        ] {
            assert_eq!(is_of_github(host), expected, "{host}");
        }
    }
}
