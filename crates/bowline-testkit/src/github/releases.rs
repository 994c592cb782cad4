//! Releases and their assets.

use super::immutable::burned;
use super::replies::{json_reply, ok, pages, refusal, sent_to, status};
use super::{Asked, PAGES, STORAGE, State, UPLOADS, filled};
use bowline_model::Digest;
use bowline_port::http::{Method, Reply, Request};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

#[derive(Clone)]
pub(super) struct Stored {
    pub(super) id: u64,
    pub(super) tag: String,
    pub(super) words: Value,
    pub(super) draft: bool,
    pub(super) prerelease: bool,
    pub(super) unlisted: usize,
    pub(super) assets: Vec<StoredAsset>,
}

#[derive(Clone)]
pub(super) struct StoredAsset {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) state: &'static str,
}

impl State {
    /// Leaves a starter asset in the release of that id.
    pub fn plant_starter(&mut self, release: &str, name: &str) {
        let id = self.next_id();
        let release = self.releases.iter_mut().find(|stored| stored.id.to_string() == release).unwrap();
        release.assets.push(StoredAsset { id, name: name.to_owned(), bytes: Vec::new(), state: "starter" });
    }

    /// Puts a whole asset into the release of that id, as a person does.
    pub fn plant_asset(&mut self, release: &str, name: &str, bytes: &[u8]) {
        let id = self.next_id();
        let release = self.releases.iter_mut().find(|stored| stored.id.to_string() == release).unwrap();
        release.assets.push(StoredAsset { id, name: name.to_owned(), bytes: bytes.to_vec(), state: "uploaded" });
    }

    /// How many releases there are, drafts included.
    pub fn count(&self) -> usize {
        self.releases.len()
    }

    /// The release of this tag and its id, as far as whoever asks may see it.
    pub(super) fn of_tag(&self, tag: &str, sees_drafts: bool) -> Option<Value> {
        let found = self.releases.iter().find(|stored| stored.tag == tag && (sees_drafts || !stored.draft));
        found.map(|stored| self.shown(stored))
    }

    /// All releases as whoever may write is told of them, the newest first.
    pub fn releases(&self) -> Vec<Value> {
        self.all(true).into_iter().map(|(release, _)| release).collect()
    }

    /// All releases that whoever asks may see, the newest first, and whether each is the latest.
    pub(super) fn all(&self, sees_drafts: bool) -> Vec<(Value, bool)> {
        let seen = self.releases.iter().rev().filter(|stored| sees_drafts || !stored.draft);
        seen.map(|stored| (self.shown(stored), self.latest == Some(stored.id))).collect()
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

    fn index(&self, id: &str) -> Option<usize> {
        self.releases.iter().position(|stored| stored.id.to_string() == id)
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
        filled::release(value)
    }

    fn shown_asset(&self, stored: &Stored, asset: &StoredAsset) -> Value {
        let tag =
            if stored.draft { format!("untagged-{:x}", stored.id * 7919) } else { stored.tag.replace('/', "%2F") };
        let digest = (!self.no_digests && asset.state == "uploaded").then(|| Digest::of(&asset.bytes).to_string());
        filled::asset(json!({
            "id": asset.id,
            "name": asset.name,
            "size": asset.bytes.len(),
            "state": asset.state,
            "digest": digest,
            "browser_download_url": format!("{PAGES}/acme/app/releases/download/{tag}/{}", asset.name),
        }))
    }

    /// What belongs to releases below the repository's address.
    pub(super) fn release_answer(&mut self, asked: &Asked<'_>) -> Option<Reply> {
        let request = asked.request;
        Some(match (asked.method, asked.path) {
            (Method::Get, ["releases"]) => self.list(asked),
            (Method::Get, ["releases", "latest"]) => {
                let latest = self.releases.iter().find(|stored| Some(stored.id) == self.latest);
                latest.map_or_else(|| status(404), |stored| ok(&self.shown(stored)))
            }
            (Method::Get, ["releases", "tags", tag]) => {
                let tag = tag.replace("%2F", "/");
                let found = self.releases.iter().find(|stored| !stored.draft && stored.tag == tag);
                found.map_or_else(|| status(404), |stored| ok(&self.shown(stored)))
            }
            (Method::Post, ["releases"]) => self.create(asked.body),
            (Method::Get, ["releases", "assets", id]) if wants_bytes(request) => self.redirect(id),
            (Method::Get, ["releases", "assets", id]) => self.asset(id),
            (Method::Delete, ["releases", "assets", id]) => self.delete_asset(id),
            (Method::Get, ["releases", id]) => match self.index(id) {
                Some(at) if self.may_write(request) || !self.releases[at].draft => ok(&self.shown(&self.releases[at])),
                _ => status(404),
            },
            (Method::Get, ["releases", id, "assets"]) => match self.index(id) {
                Some(at) => {
                    let stored = &self.releases[at];
                    let all: Vec<Value> = stored.assets.iter().map(|asset| self.shown_asset(stored, asset)).collect();
                    pages(asked, &all)
                }
                None => status(404),
            },
            (Method::Patch, ["releases", id]) => self.change(id, asked.body),
            (Method::Delete, ["releases", id]) => self.delete(id),
            _ => return None,
        })
    }

    fn list(&mut self, asked: &Asked<'_>) -> Reply {
        let sees_drafts = self.may_write(asked.request);
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
        if asked.query("page").is_none_or(|page| page == 1) {
            self.releases.iter_mut().for_each(|stored| stored.unlisted = stored.unlisted.saturating_sub(1));
        }
        pages(asked, &shown)
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
        if let Some(category) = words["discussion_category_name"].as_str() {
            if !self.categories.contains(category) {
                return status(404);
            }
            if !self.releases[at].draft && self.releases[at].words.get("discussion_url").is_none() {
                self.releases[at].words["discussion_url"] = json!(format!("{PAGES}/acme/app/discussions/{id}"));
            }
        }
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
                return burned();
            }
            if !self.has_tag(&tag) {
                self.violations.push(format!("{tag} was published before its tag was pushed"));
            }
            if self.releases[at].assets.iter().any(|asset| asset.state != "uploaded") {
                self.violations.push(format!("{tag} was published with an incomplete asset"));
            }
            self.releases[at].draft = false;
        }
        for name in ["name", "body"].into_iter().filter(|name| words[name].is_string()) {
            self.releases[at].words[name] = words[name].clone();
        }
        if let Some(prerelease) = words["prerelease"].as_bool() {
            self.releases[at].prerelease = prerelease;
        }
        if words["make_latest"] == json!("true") && self.releases[at].prerelease {
            return refusal(422, "Validation Failed", Some(("make_latest", "invalid")));
        }
        if words.get("make_latest").is_some() && self.latest_stays > 0 {
            self.latest_stays -= 1;
            return ok(&self.shown(&self.releases[at]));
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

    pub(super) fn take(&mut self, request: &Request, id: &str, body: &[u8], cut: bool) -> Reply {
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

    fn asset(&self, id: &str) -> Reply {
        let mut all = self.releases.iter().flat_map(|stored| stored.assets.iter().map(move |asset| (stored, asset)));
        let found = all.find(|(_, asset)| asset.id.to_string() == id);
        found.map_or_else(|| status(404), |(stored, asset)| ok(&self.shown_asset(stored, asset)))
    }

    fn redirect(&self, id: &str) -> Reply {
        sent_to(&format!("{STORAGE}/{id}?signature=1"))
    }

    pub(super) fn public_download(&self, tag: &str, name: &str) -> Reply {
        let release = self.releases.iter().find(|stored| !stored.draft && stored.tag == tag && !self.private);
        let asset = release.and_then(|stored| stored.assets.iter().find(|asset| asset.name == name));
        asset.map_or_else(|| status(404), |asset| self.redirect(&asset.id.to_string()))
    }

    pub(super) fn bytes(&mut self, request: &Request, id: &str) -> Reply {
        if request.login.is_some() {
            self.violations.push("the login was sent to the storage".to_owned());
            return status(400);
        }
        let asset = self.releases.iter().flat_map(|stored| &stored.assets).find(|asset| asset.id.to_string() == id);
        asset.map_or_else(|| status(404), |asset| Reply { status: 200, headers: Vec::new(), body: asset.bytes.clone() })
    }
}

/// Whether the bytes of an asset are asked for, and not what is known about it.
fn wants_bytes(request: &Request) -> bool {
    request.headers.iter().any(|(name, value)| *name == "accept" && value == "application/octet-stream")
}
