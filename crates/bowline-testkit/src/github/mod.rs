//! GitHub's releases as a double: one repository in memory, behind the HTTP door.
//!
//! It has the habits that releases fail on: drafts are seen only with the right to write and not by their tag; a draft
//! that is changed without its tag loses it; an upload that breaks off leaves a `starter` asset that blocks its name;
//! names are rewritten; lists come in pages and lag behind; publishing without the tag makes the tag, on the wrong commit;
//! immutable releases take nothing more. Faults happen before or after the effect of a chosen request.
//!
//! What is asked and answered is compared with GitHub's own description of its API (`openapi.rs`); a difference is a violation
//! like any other, and a double with violations ends its test.
//!
//! One file for each topic of the API, with the routes it answers. What it cannot show is what nobody wrote down; see docs/github.md.

mod app;
mod by_hand;
mod checks;
mod commits;
mod environments;
mod filled;
mod graphql;
mod immutable;
mod issues;
mod openapi;
mod queries;
mod releases;
mod replies;
mod rules;
mod served;

pub use app::Installed;
pub use issues::{Talk, Thread};
pub use rules::{Guards, ruleset};
pub use served::{serve, serve_with};

use bowline_port::http::{Address, Body, Broken, Exchange, Kind, Method, Phase, Reply, Request, Take};
use checks::Said;
use releases::Stored;
use replies::{ok, page, refusal, sent_to, status};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One repository, `acme/app` on github.example.
pub struct Github(Mutex<State>);

/// What may be set and looked at.
#[derive(Default)]
pub struct State {
    /// Whether no token may write.
    pub read_only: bool,
    /// Tokens that may only read.
    pub readers: BTreeSet<String>,
    /// Whether the repository is private.
    pub private: bool,
    /// Whether it is of a plan without rules.
    pub free_plan: bool,
    /// Whether published releases cannot be changed.
    pub immutable: bool,
    /// Whether assets tell no digest, as on an older server.
    pub no_digests: bool,
    /// Whether listings show a published release as the draft that it was.
    pub stale: bool,
    /// How many listings a new release is missing from.
    pub lag: usize,
    /// Tags that an immutable release had, which is gone.
    pub burned: BTreeSet<String>,
    /// Whether the token is an administrator's.
    pub admin: bool,
    /// References whose push a rule has refused.
    pub refused: BTreeSet<String>,
    /// Whether a ruleset concerns tags.
    pub tag_rules: bool,
    /// Whether strangers are sent to a page to log in at, as on a server in private mode.
    pub private_mode: bool,
    /// Categories of discussions.
    pub categories: BTreeSet<String>,
    /// How many changes do not move the latest release, whatever they say.
    pub latest_stays: usize,
    /// Tags of the repository.
    pub tags: BTreeSet<String>,
    /// A bare repository that knows them.
    pub repository: Option<PathBuf>,
    /// The rule that keeps a branch from being moved.
    pub branch_rule: Option<String>,
    /// Whether no branch may be removed.
    pub keeps_branches: bool,
    /// Whether commits that are made here are signed off in their message.
    pub signs_off: bool,
    /// Whether the service that looks at signatures is away.
    pub signatures_unseen: bool,
    /// Whether all commits are made in the same second, so that the same one made twice is the same.
    pub timeless: bool,
    /// Whether jobs may write that say nothing about their rights.
    pub jobs_write: bool,
    /// What stands in the way of a push.
    pub guards: Guards,
    /// An app that is installed.
    pub app: Option<Installed>,
    /// Fields of the repository that are other than usual.
    pub repository_words: serde_json::Map<String, serde_json::Value>,
    /// Headers of the answer about the repository.
    pub repository_headers: Vec<(String, String)>,
    /// After how many looks at them running checks have succeeded.
    pub settles_after: Option<usize>,
    /// Rights that the token lacks: `actions`, `checks`, `statuses`, `issues`, `collaborators`,
    /// `graphql`.
    pub denied: BTreeSet<&'static str>,
    /// Rules of every branch, as the API tells them.
    pub rules: Vec<Value>,
    /// Contexts that the older kind of branch protection demands.
    pub protected: Vec<String>,
    /// What people talk about.
    pub talk: Talk,
    /// Requests so far: method and path.
    pub log: Vec<String>,
    /// What was done that must never be done.
    pub violations: Vec<String>,
    releases: Vec<Stored>,
    said: Vec<Said>,
    environments: Vec<Value>,
    latest: Option<u64>,
    made: BTreeSet<String>,
    seconds: i64,
    last_id: u64,
    faults: Vec<(Fault, String, usize)>,
}

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no connection.
    NotSent,
    /// It is done, and the answer is lost.
    Lost,
    /// It is done, and the answer says 502.
    BadGateway,
    /// The upload is cut: a starter asset stays.
    Starter,
    /// The upload stands still until the client gives it up: a starter asset stays.
    Stalled,
    /// The connection is reset when all of the upload was sent: a starter asset stays.
    Reset,
    /// This status, without any effect.
    Status(u16),
    /// How GraphQL says that there were too many: with success, and without any effect.
    Limited,
}

/// A request below the repository's address.
struct Asked<'r> {
    request: &'r Request,
    method: Method,
    path: &'r [&'r str],
    body: &'r [u8],
}

impl Asked<'_> {
    /// A number of the query.
    fn query(&self, name: &str) -> Option<usize> {
        let (_, query) = self.request.address.as_str().split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    }
}

/// Where the API is.
pub const API: &str = "https://api.github.example";
/// Where assets are sent to.
const UPLOADS: &str = "https://uploads.github.example";
/// Where the bytes of assets are.
const STORAGE: &str = "https://storage.example";
/// Where people look.
pub const PAGES: &str = "https://github.example";
/// The hosts that get a token.
pub const HOSTS: &str = "api.github.example,uploads.github.example";

impl Default for Github {
    fn default() -> Self {
        Self(Mutex::new(State::default()))
    }
}

impl Github {
    /// To set it up, and to see what became of it.
    ///
    /// # Panics
    ///
    /// When a test panicked while it held the state.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl Drop for Github {
    /// No test may overlook what must never be done; one that does it on purpose takes the violations away.
    fn drop(&mut self) {
        let state = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !std::thread::panicking() {
            assert!(state.violations.is_empty(), "{:#?}", state.violations);
        }
    }
}

impl State {
    /// Lets the `nth` request (from 1 on) whose method and path contain `part` go wrong.
    pub fn fail(&mut self, part: &str, nth: usize, fault: Fault) {
        self.faults.push((fault, part.to_owned(), nth));
    }

    /// Everything goes well from now on.
    pub fn forget_faults(&mut self) {
        self.faults.clear();
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The fault that is due for this request.
    fn fault(&mut self, what: &str) -> Option<Fault> {
        let due = self.faults.iter_mut().filter(|(_, part, _)| what.contains(part.as_str()));
        let mut found = None;
        for fault in due {
            fault.2 = fault.2.saturating_sub(1);
            if fault.2 == 0 && found.is_none() {
                found = Some(fault.0);
            }
        }
        self.faults.retain(|(_, _, left)| *left > 0);
        found
    }

    fn may_write(&self, request: &Request) -> bool {
        let reads = |login: &str| self.readers.iter().any(|token| login == format!("Bearer {token}"));
        request.login.as_ref().is_some_and(|login| !reads(login.value())) && !self.read_only
    }

    fn answer(&mut self, request: &Request, path: &[&str], body: &[u8], cut: bool) -> Reply {
        let host = request.address.host();
        if host == "api.github.example"
            && let Some(reply) = self.app_answer(request, path, body)
        {
            return reply;
        }
        match (request.method, host.as_str(), path) {
            (Method::Get, "storage.example", [id]) => self.bytes(request, id),
            (Method::Get, "github.example", ["login"]) => page(),
            (Method::Get, "github.example", _) if self.private_mode => sent_to(&format!("{PAGES}/login")),
            (Method::Get, "github.example", ["acme", "app", "releases", "download", tag, name]) => {
                self.public_download(&tag.replace("%2F", "/"), name)
            }
            (Method::Post, "uploads.github.example", ["repos", "acme", "app", "releases", id, "assets"]) => {
                self.take(request, id, body, cut)
            }
            (Method::Post, "api.github.example", ["graphql"]) => self.graphql(request, body),
            (method, "api.github.example", ["repos", "acme", "app", rest @ ..]) => {
                self.api(request, method, rest, body)
            }
            _ => status(404),
        }
    }

    fn api(&mut self, request: &Request, method: Method, path: &[&str], body: &[u8]) -> Reply {
        if method != Method::Get && !self.may_write(request) {
            return refusal(403, "Resource not accessible by personal access token", None);
        }
        if self.free_plan && matches!(path, ["rulesets" | "rules", ..]) {
            return refusal(403, "Upgrade to GitHub Pro or make this repository public to enable this feature.", None);
        }
        let asked = Asked { request, method, path, body };
        if let Some(reply) = self.unknown_token(&asked) {
            return reply;
        }
        if let (Method::Get, []) = (method, path) {
            return self.repository_answer(request);
        }
        let reply = self.immutable_answer(&asked).or_else(|| self.rules_answer(&asked));
        let reply = reply.or_else(|| self.release_answer(&asked)).or_else(|| self.commit_answer(&asked));
        let reply = reply.or_else(|| self.check_answer(&asked)).or_else(|| self.issue_answer(&asked));
        let reply = reply.or_else(|| self.environment_answer(&asked));
        reply.unwrap_or_else(|| status(404))
    }

    fn repository_answer(&self, request: &Request) -> Reply {
        // Rights are a user's; an installation is told that it has none.
        let is_user = request.login.as_ref().is_some_and(|login| !login.value().starts_with("Bearer ghs_"));
        let rights =
            json!({ "admin": is_user && self.admin, "pull": is_user, "push": is_user && self.may_write(request) });
        let push = request.login.is_some().then_some(rights);
        let mut words =
            json!({ "full_name": "acme/app", "private": self.private, "archived": false, "disabled": false });
        if let Some(push) = push {
            words["permissions"] = push;
        }
        if let Some(fields) = words.as_object_mut() {
            fields.extend(self.repository_words.clone());
        }
        let mut reply = ok(&filled::repository(words));
        reply.headers.extend(self.repository_headers.clone());
        reply
    }
}

impl Exchange for Github {
    fn send(&self, request: &Request, take: Take<'_>) -> Result<Reply, Broken> {
        let what = format!("{} {}", request.method.name(), request.address);
        let mut state = self.state();
        state.log.push(what.clone());
        let fault = state.fault(&what);
        if fault == Some(Fault::NotSent) {
            return Err(broken(Phase::Connecting, Kind::Passing));
        }
        if let Some(Fault::Status(code)) = fault {
            return Ok(status(code));
        }
        if fault == Some(Fault::Limited) {
            let error = json!({ "type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1." });
            return Ok(ok(&json!({ "data": null, "errors": [error] })));
        }
        let body = match &request.body {
            Body::Empty => Vec::new(),
            Body::Bytes { bytes, .. } => bytes.to_vec(),
            Body::Source { source, .. } => {
                let mut bytes = Vec::new();
                let read = source.open().and_then(|reader| reader.take(source.len()).read_to_end(&mut bytes));
                if read.is_err() || bytes.len() as u64 != source.len() {
                    return Err(broken(Phase::Sending, Kind::Lasting));
                }
                bytes
            }
        };
        let path = Address::parse(request.address.as_str()).unwrap();
        let path = path.as_str().split('?').next().unwrap().split('/').skip(3).filter(|part| !part.is_empty());
        let path: Vec<&str> = path.collect();
        let mut reply =
            state.answer(request, &path, &body, matches!(fault, Some(Fault::Starter | Fault::Stalled | Fault::Reset)));
        if [API, UPLOADS].iter().any(|host| request.address.as_str().starts_with(host)) {
            openapi::fill(request.method, &path, &mut reply);
            state.violations.extend(openapi::mistakes(request, &path, &body, &reply));
        }
        match (fault, take) {
            (Some(Fault::Stalled), _) => Err(broken(Phase::Sending, Kind::TimedOut)),
            (Some(Fault::Lost | Fault::Reset), _) => Err(broken(Phase::Waiting, Kind::Passing)),
            (Some(Fault::BadGateway), _) => Ok(status(502)),
            (_, Take::Stream { into, limit }) if reply.is_success() => {
                let bytes = std::mem::take(&mut reply.body);
                if bytes.len() as u64 > limit {
                    return Err(broken(Phase::Receiving(200), Kind::Lasting));
                }
                let taken = into.begin().and_then(|()| bytes.chunks(1000).try_for_each(|piece| into.write(piece)));
                taken.map_err(|_| broken(Phase::Receiving(200), Kind::Lasting))?;
                Ok(reply)
            }
            _ => Ok(reply),
        }
    }
}

fn broken(phase: Phase, kind: Kind) -> Broken {
    Broken { phase, kind, message: "planned by the test".to_owned() }
}
