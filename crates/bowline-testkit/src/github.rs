//! GitHub's releases as a double: one repository in memory, behind the HTTP door.
//!
//! It has the habits that releases fail on: drafts are seen only with the right to write and not by their tag; a draft
//! that is changed without its tag loses it; an upload that breaks off leaves a `starter` asset that blocks its name;
//! names are rewritten; lists come in pages and lag behind; publishing without the tag makes the tag, on the wrong commit;
//! immutable releases take nothing more. Faults happen before or after the effect of a chosen request.
//!
//! What it cannot show is what nobody wrote down; see docs/github.md.

use crate::http_double::{Answer, Heard, HttpDouble};
use bowline_model::Digest;
use bowline_port::http::{Address, Body, Broken, Exchange, Kind, Login, Method, Phase, Reply, Request, Take};
use bowline_port::secret::Secret;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};

/// One repository, `acme/app` on github.example.
pub struct Github(Mutex<State>);

/// What may be set and looked at.
#[derive(Default)]
pub struct State {
    /// Whether the token may write.
    pub read_only: bool,
    /// Whether the repository is private.
    pub private: bool,
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
    /// Tags of the repository.
    pub tags: BTreeSet<String>,
    /// A bare repository that knows them.
    pub repository: Option<PathBuf>,
    /// Requests so far: method and path.
    pub log: Vec<String>,
    /// What was done that must never be done.
    pub violations: Vec<String>,
    releases: Vec<Stored>,
    latest: Option<u64>,
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
    /// This status, without any effect.
    Status(u16),
}

#[derive(Clone)]
struct Stored {
    id: u64,
    tag: String,
    words: Value,
    draft: bool,
    prerelease: bool,
    unlisted: usize,
    assets: Vec<StoredAsset>,
}

#[derive(Clone)]
struct StoredAsset {
    id: u64,
    name: String,
    bytes: Vec<u8>,
    state: &'static str,
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

impl State {
    /// Lets the `nth` request (from 1 on) whose method and path contain `part` go wrong.
    pub fn fail(&mut self, part: &str, nth: usize, fault: Fault) {
        self.faults.push((fault, part.to_owned(), nth));
    }

    /// Leaves a starter asset in the release of that id.
    pub fn plant_starter(&mut self, release: &str, name: &str) {
        let id = self.next_id();
        let release = self.releases.iter_mut().find(|stored| stored.id.to_string() == release).unwrap();
        release.assets.push(StoredAsset { id, name: name.to_owned(), bytes: Vec::new(), state: "starter" });
    }

    /// How many releases there are, drafts included.
    pub fn count(&self) -> usize {
        self.releases.len()
    }

    fn has_tag(&self, tag: &str) -> bool {
        let is_there = |repository: &PathBuf| {
            let name = format!("refs/tags/{tag}");
            let git = Command::new("git")
                .arg("--git-dir")
                .arg(repository)
                .args(["show-ref", "--verify", "-q", &name])
                .status();
            git.is_ok_and(|status| status.success())
        };
        self.tags.contains(tag) || self.repository.as_ref().is_some_and(is_there)
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

    fn index(&self, id: &str) -> Option<usize> {
        self.releases.iter().position(|stored| stored.id.to_string() == id)
    }

    fn may_write(&self, request: &Request) -> bool {
        request.login.is_some() && !self.read_only
    }

    fn shown(&self, stored: &Stored) -> Value {
        let assets: Vec<Value> = stored.assets.iter().map(|asset| self.shown_asset(stored, asset)).collect();
        let page = if stored.draft { format!("untagged-{:x}", stored.id * 7919) } else { stored.tag.clone() };
        let mut value = stored.words.clone();
        let more = json!({
            "id": stored.id,
            "tag_name": stored.tag,
            "draft": stored.draft,
            "prerelease": stored.prerelease,
            "immutable": self.immutable && !stored.draft,
            "html_url": format!("{PAGES}/acme/app/releases/tag/{page}"),
            "upload_url": format!("{UPLOADS}/repos/acme/app/releases/{}/assets{{?name,label}}", stored.id),
            "assets": assets,
        });
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    }

    fn shown_asset(&self, stored: &Stored, asset: &StoredAsset) -> Value {
        let tag =
            if stored.draft { format!("untagged-{:x}", stored.id * 7919) } else { stored.tag.replace('/', "%2F") };
        let digest = (!self.no_digests && asset.state == "uploaded").then(|| Digest::of(&asset.bytes).to_string());
        json!({
            "id": asset.id,
            "name": asset.name,
            "size": asset.bytes.len(),
            "state": asset.state,
            "digest": digest,
            "browser_download_url": format!("{PAGES}/acme/app/releases/download/{tag}/{}", asset.name),
        })
    }

    fn answer(&mut self, request: &Request, path: &[&str], body: &[u8], cut: bool) -> Reply {
        let host = request.address.host();
        match (request.method, host.as_str(), path) {
            (Method::Get, "storage.example", [id]) => self.bytes(request, id),
            (Method::Get, "github.example", ["acme", "app", "releases", "download", tag, name]) => {
                self.public_download(&tag.replace("%2F", "/"), name)
            }
            (Method::Post, "uploads.github.example", ["repos", "acme", "app", "releases", id, "assets"]) => {
                self.take(request, id, body, cut)
            }
            (method, "api.github.example", ["repos", "acme", "app", rest @ ..]) => {
                self.api(request, method, rest, body)
            }
            _ => status(404),
        }
    }

    fn api(&mut self, request: &Request, method: Method, path: &[&str], body: &[u8]) -> Reply {
        let query = |name: &str| {
            let (_, query) = request.address.as_str().split_once('?')?;
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse::<usize>().ok())
        };
        if method != Method::Get && !self.may_write(request) {
            return refusal(403, "Resource not accessible by personal access token", None);
        }
        match (method, path) {
            (Method::Get, []) => {
                // Rights are a user's; an installation is told that it has none.
                let is_user = request.login.as_ref().is_some_and(|login| !login.value().starts_with("Bearer ghs_"));
                let rights = json!({ "pull": is_user, "push": is_user && !self.read_only });
                let push = request.login.is_some().then_some(rights);
                ok(&json!({ "private": self.private, "archived": false, "permissions": push }))
            }
            (Method::Get, ["releases"]) => self.list(request, query("per_page"), query("page")),
            (Method::Get, ["releases", "latest"]) => {
                let latest = self.releases.iter().find(|stored| Some(stored.id) == self.latest);
                latest.map_or_else(|| status(404), |stored| ok(&self.shown(stored)))
            }
            (Method::Get, ["releases", "tags", tag]) => {
                let tag = tag.replace("%2F", "/");
                let found = self.releases.iter().find(|stored| !stored.draft && stored.tag == tag);
                found.map_or_else(|| status(404), |stored| ok(&self.shown(stored)))
            }
            (Method::Post, ["releases"]) => self.create(body),
            (Method::Get, ["releases", "assets", id]) => self.redirect(id),
            (Method::Delete, ["releases", "assets", id]) => self.delete_asset(id),
            (Method::Get, ["releases", id]) => match self.index(id) {
                Some(at) if self.may_write(request) || !self.releases[at].draft => ok(&self.shown(&self.releases[at])),
                _ => status(404),
            },
            (Method::Get, ["releases", id, "assets"]) => match self.index(id) {
                Some(at) => {
                    let stored = &self.releases[at];
                    let all: Vec<Value> = stored.assets.iter().map(|asset| self.shown_asset(stored, asset)).collect();
                    pages(request, &all, query("per_page"), query("page"))
                }
                None => status(404),
            },
            (Method::Patch, ["releases", id]) => self.change(id, body),
            (Method::Delete, ["releases", id]) => self.delete(id),
            _ => status(404),
        }
    }

    fn list(&mut self, request: &Request, per_page: Option<usize>, page: Option<usize>) -> Reply {
        let sees_drafts = self.may_write(request);
        let shown: Vec<Value> = self
            .releases
            .iter()
            .rev()
            .filter(|stored| stored.unlisted == 0 && (sees_drafts || !stored.draft))
            .map(|stored| {
                let mut shown = self.shown(stored);
                if self.stale {
                    shown["draft"] = json!(true);
                }
                shown
            })
            .collect();
        if page.is_none_or(|page| page == 1) {
            self.releases.iter_mut().for_each(|stored| stored.unlisted = stored.unlisted.saturating_sub(1));
        }
        pages(request, &shown, per_page, page)
    }

    fn create(&mut self, body: &[u8]) -> Reply {
        let Ok(words) = serde_json::from_slice::<Value>(body) else {
            return refusal(400, "Problems parsing JSON", None);
        };
        let tag = words["tag_name"].as_str().unwrap_or_default().to_owned();
        if words.get("target_commitish").is_some() {
            self.violations.push(format!("{tag}: a draft with a target commit"));
            return refusal(422, "Validation Failed", Some(("target_commitish", "invalid")));
        }
        if words["body"].as_str().unwrap_or_default().chars().count() > 125_000 {
            return refusal(422, "Validation Failed", Some(("body", "too_long")));
        }
        let draft = words["draft"].as_bool().unwrap_or(false);
        if !draft {
            self.violations.push(format!("{tag}: published before its assets were there"));
        }
        let stored = Stored {
            id: self.next_id(),
            tag,
            prerelease: words["prerelease"].as_bool().unwrap_or(false),
            words: json!({ "name": words["name"], "body": words["body"] }),
            draft,
            unlisted: self.lag,
            assets: Vec::new(),
        };
        let shown = self.shown(&stored);
        self.releases.push(stored);
        json_reply(201, &shown)
    }

    fn change(&mut self, id: &str, body: &[u8]) -> Reply {
        let Some(at) = self.index(id) else { return status(404) };
        let Ok(words) = serde_json::from_slice::<Value>(body) else {
            return refusal(400, "Problems parsing JSON", None);
        };
        let id = self.releases[at].id;
        let tag = words["tag_name"].as_str().map(str::to_owned);
        let publishes = self.releases[at].draft && words["draft"] == json!(false);
        match tag {
            Some(tag) => self.releases[at].tag = tag,
            None if self.releases[at].draft => {
                self.violations.push(format!("release {id} was changed without its tag"));
                self.releases[at].tag = format!("untagged-{:x}", id * 7919);
            }
            None => {}
        }
        let tag = self.releases[at].tag.clone();
        if publishes {
            if self.releases.iter().any(|other| !other.draft && other.tag == tag) {
                return refusal(422, "Validation Failed", Some(("tag_name", "already_exists")));
            }
            if self.burned.contains(&tag) {
                return refusal(422, "tag_name was used by an immutable release", Some(("tag_name", "custom")));
            }
            if !self.has_tag(&tag) {
                self.violations.push(format!("{tag} was published before its tag was pushed"));
            }
            if self.releases[at].assets.iter().any(|asset| asset.state != "uploaded") {
                self.violations.push(format!("{tag} was published with an incomplete asset"));
            }
            self.releases[at].draft = false;
        }
        match words["make_latest"].as_str() {
            Some("true") if !self.releases[at].draft => self.latest = Some(id),
            Some("false") if self.latest == Some(id) => self.latest = None,
            _ => {}
        }
        ok(&self.shown(&self.releases[at]))
    }

    fn delete(&mut self, id: &str) -> Reply {
        let Some(at) = self.index(id) else { return status(404) };
        if !self.releases[at].draft {
            self.violations.push(format!("published release {id} was deleted"));
        }
        self.releases.remove(at);
        status(204)
    }

    fn take(&mut self, request: &Request, id: &str, body: &[u8], cut: bool) -> Reply {
        let name = request.address.as_str().split_once("?name=").map_or("", |(_, name)| name).replace("%2B", "+");
        let Some(at) = self.index(id).filter(|_| self.may_write(request)) else { return status(404) };
        if !self.releases[at].draft {
            self.violations.push(format!("{name} was added to a published release"));
            if self.immutable {
                return refusal(422, "Cannot upload assets to an immutable release.", None);
            }
        }
        if self.releases[at].assets.iter().any(|asset| asset.name == name) {
            return refusal(422, "Validation Failed", Some(("name", "already_exists")));
        }
        // What GitHub does to other characters.
        let kept =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || "._+-".contains(c) { c } else { '.' }).collect();
        let (state, bytes) = if cut { ("starter", Vec::new()) } else { ("uploaded", body.to_vec()) };
        let asset = StoredAsset { id: self.next_id(), name: kept, bytes, state };
        let shown = self.shown_asset(&self.releases[at], &asset);
        self.releases[at].assets.push(asset);
        if cut { status(502) } else { json_reply(201, &shown) }
    }

    fn delete_asset(&mut self, id: &str) -> Reply {
        for stored in &mut self.releases {
            if let Some(at) = stored.assets.iter().position(|asset| asset.id.to_string() == id) {
                if !stored.draft {
                    self.violations.push(format!("asset {id} of a published release was deleted"));
                }
                stored.assets.remove(at);
                return status(204);
            }
        }
        status(404)
    }

    fn redirect(&self, id: &str) -> Reply {
        let mut reply = status(302);
        reply.headers.push(("location".to_owned(), format!("{STORAGE}/{id}?signature=1")));
        reply
    }

    fn public_download(&self, tag: &str, name: &str) -> Reply {
        let release = self.releases.iter().find(|stored| !stored.draft && stored.tag == tag && !self.private);
        let asset = release.and_then(|stored| stored.assets.iter().find(|asset| asset.name == name));
        asset.map_or_else(|| status(404), |asset| self.redirect(&asset.id.to_string()))
    }

    fn bytes(&mut self, request: &Request, id: &str) -> Reply {
        if request.login.is_some() {
            self.violations.push("the login was sent to the storage".to_owned());
            return status(400);
        }
        let asset = self.releases.iter().flat_map(|stored| &stored.assets).find(|asset| asset.id.to_string() == id);
        asset.map_or_else(|| status(404), |asset| Reply { status: 200, headers: Vec::new(), body: asset.bytes.clone() })
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
        let mut reply = state.answer(request, &path, &body, fault == Some(Fault::Starter));
        match (fault, take) {
            (Some(Fault::Lost), _) => Err(broken(Phase::Waiting, Kind::Passing)),
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

/// The double behind a real server on the loopback: its API below `/api/v3` as an Enterprise Server has it, uploads and
/// storage beside it. A fault that has no answer is one of [`HttpDouble::on`].
pub fn serve(github: &Arc<Github>) -> HttpDouble {
    let github = github.clone();
    HttpDouble::serving(move |heard| answer(&github, heard))
}

fn answer(github: &Github, heard: &Heard) -> Answer {
    let own = format!("http://{}", heard.header("host").unwrap_or_default());
    let (base, rest) = PLACES
        .iter()
        .find_map(|(path, base)| Some((*base, heard.target.strip_prefix(path)?)))
        .unwrap_or((PAGES, heard.target.as_str()));
    let Ok(address) = Address::parse(&format!("{base}{rest}")) else { return Answer::new(400) };
    let method = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];
    let Some(method) = method.into_iter().find(|method| method.name() == heard.method) else { return Answer::new(405) };
    let mut request = Request::new(method, address);
    request.body = Body::Bytes { kind: "application/octet-stream", bytes: heard.body.clone().into() };
    request.login = heard
        .header("authorization")
        .map(|login| Login::bearer(&Secret::new(login.strip_prefix("Bearer ").unwrap_or(login))));
    if base == STORAGE {
        // On one server it cannot be another host, which gets no login.
        request.login = None;
    }
    let Ok(reply) = github.send(&request, Take::Whole) else { return Answer::new(502) };
    // What is said names this server instead of those that the double knows.
    let here = |text: &str| {
        PLACES.iter().fold(text.replace(PAGES, &own), |text, (path, base)| text.replace(base, &format!("{own}{path}")))
    };
    let is_json = reply.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let body = match std::str::from_utf8(&reply.body) {
        Ok(text) if is_json => here(text).into_bytes(),
        _ => reply.body.clone(),
    };
    reply
        .headers
        .iter()
        .fold(Answer::new(reply.status), |answer, (name, value)| answer.header(name, &here(value)))
        .body(body)
}

/// Where the hosts of the double are on one server.
const PLACES: [(&str, &str); 3] = [("/api/v3", API), ("/uploads", UPLOADS), ("/storage", STORAGE)];

fn broken(phase: Phase, kind: Kind) -> Broken {
    Broken { phase, kind, message: "planned by the test".to_owned() }
}

fn pages(request: &Request, all: &[Value], per_page: Option<usize>, page: Option<usize>) -> Reply {
    let (per_page, page) = (per_page.unwrap_or(30).min(100), page.unwrap_or(1).max(1));
    let shown: Vec<&Value> = all.iter().skip((page - 1) * per_page).take(per_page).collect();
    let mut reply = ok(&json!(shown));
    if all.len() > page * per_page {
        let base = request.address.as_str().split('?').next().unwrap();
        let link = format!("<{base}?per_page={per_page}&page={}>; rel=\"next\"", page + 1);
        reply.headers.push(("link".to_owned(), link));
    }
    reply
}

fn ok(value: &Value) -> Reply {
    json_reply(200, value)
}

fn json_reply(status: u16, value: &Value) -> Reply {
    let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    Reply { status, headers, body: value.to_string().into_bytes() }
}

fn status(status: u16) -> Reply {
    let words = if status == 204 { String::new() } else { json!({ "message": "planned or not found" }).to_string() };
    Reply { status, headers: Vec::new(), body: words.into_bytes() }
}

fn refusal(status: u16, message: &str, error: Option<(&str, &str)>) -> Reply {
    let errors: Vec<Value> =
        error.iter().map(|(field, code)| json!({ "resource": "Release", "field": field, "code": code })).collect();
    json_reply(status, &json!({ "message": message, "errors": errors }))
}
