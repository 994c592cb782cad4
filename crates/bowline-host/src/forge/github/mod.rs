//! Releases on GitHub, github.com or an Enterprise Server, over its REST API (version 2022-11-28).
//!
//! Nothing is changed that was not read just before and found to be a draft of ours. A draft is made without a target
//! commit: it is not used once the tag exists, and GitHub refuses commits that it does not have yet. Every change of a
//! release names its tag again, because a draft that is changed without loses it. An upload that broke off leaves a
//! *starter* asset behind, which stands in the way of the next one and is removed by its id; whether an upload whose answer
//! was lost arrived is looked up.
//!
//! Drafts are seen only by those who may write, so with other rights they are [`Drafts::Invisible`]. An installation of an
//! app is not told its rights: one that may only read sees no drafts and is believed, and its first change is refused.

mod checks;
mod client;
mod conversations;
mod upload;
mod words;

pub use client::{Logins, Place};

use bowline_model::git::TagName;
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_model::text::one_line;
use bowline_port::forge::{
    Asset, Checks, Conversations, Drafts, FollowUp, Forge, ForgeError, ForgeReader, Limits, NewRelease, Release,
    Statuses, check_asset_name,
};
use bowline_port::http::{Address, Body, Caller, Effect, Login, Method, Request, Sink, Source};
use client::{Client, call, not_done, refused};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use words::{AssetWords, MARKER_CHARS, ReleaseWords, RepositoryWords, body, complaint, exists_already};

/// The releases of one repository.
pub struct GithubForge {
    client: Client,
    repository: OnceLock<RepositoryWords>,
    /// Drafts that this run has made, and releases that it has published: lists and look-ups by tag can be some seconds
    /// behind.
    made: Mutex<BTreeSet<u64>>,
    published: Mutex<BTreeSet<u64>>,
}

impl GithubForge {
    /// The releases of the repository at `place`, asked through `caller` as `logins` say.
    pub fn new(caller: Caller, place: Place, logins: Logins) -> Self {
        Self {
            client: Client::new(caller, place, logins),
            repository: OnceLock::new(),
            made: Mutex::default(),
            published: Mutex::default(),
        }
    }

    /// The repository, asked once: rights do not come and go within a run.
    fn repository(&self) -> Result<&RepositoryWords, ForgeError> {
        if let Some(known) = self.repository.get() {
            return Ok(known);
        }
        let action = "look at the repository";
        let found = self.client.ask(action, &self.client.request(Method::Get, &[])?)?;
        let found = found.ok_or_else(|| {
            not_done(action, format!("{} does not exist, or the token may not see it", self.location()).into())
        })?;
        Ok(self.repository.get_or_init(|| found))
    }

    /// Whether drafts can be seen.
    fn may_write(&self) -> Result<bool, ForgeError> {
        let Some(login) = self.client.login()? else { return Ok(false) };
        // To an installation of an app, a job's GITHUB_TOKEN among them, GitHub says here that it may not push, whatever it
        // may: rights like these are a user's. What it lacks shows at the first change.
        let permissions = self.repository()?.permissions.as_ref();
        Ok(is_of_installation(&login) || permissions.is_none_or(|permissions| permissions.push))
    }

    /// The release of that id with all its assets.
    fn by_id(&self, id: &str) -> Result<Option<ReleaseWords>, ForgeError> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let found = self.client.ask("look at the release", &self.client.request(Method::Get, &["releases", id])?)?;
        found.map(|release| self.whole(release)).transpose()
    }

    /// `release` with all its assets: a release tells only so many of them itself.
    fn whole(&self, mut release: ReleaseWords) -> Result<ReleaseWords, ForgeError> {
        if release.assets.len() >= TOLD_AT_MOST {
            release.assets = self.assets(release.id)?;
        }
        Ok(release)
    }

    /// Those of `ours` that `seen` does not show, as they are now.
    fn hidden(&self, ours: &Mutex<BTreeSet<u64>>, seen: &[ReleaseWords]) -> Result<Vec<ReleaseWords>, ForgeError> {
        let ours = ours.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let hidden = ours.into_iter().filter(|id| !seen.iter().any(|words| words.id == *id));
        let found: Result<Vec<_>, _> = hidden.map(|id| self.by_id(&id.to_string())).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    fn assets(&self, release: u64) -> Result<Vec<AssetWords>, ForgeError> {
        let request = self.client.request(Method::Get, &["releases", &release.to_string(), "assets"])?;
        self.client.pages("list the assets", request, "100")
    }

    /// The draft that `draft` names, when it is still one and carries the same marker.
    fn own_draft(&self, draft: &Release) -> Result<(ReleaseWords, Release), ForgeError> {
        let what = || format!("draft {}", one_line(&draft.id, 40));
        let words =
            self.by_id(&draft.id)?.filter(|words| words.draft).ok_or_else(|| ForgeError::Missing { what: what() })?;
        match words.release() {
            Some(found) if found.marker.is_some() && found.marker == draft.marker => Ok((words, found)),
            _ => Err(ForgeError::NotOurs { what: what() }),
        }
    }

    /// Changes a release, and returns what it became.
    fn change(&self, action: &str, id: &str, words: &serde_json::Value) -> Result<Release, ForgeError> {
        let request = self.client.request(Method::Patch, &["releases", id])?.body(Body::json(words));
        // The same words twice are the same as once.
        let request = request.effect(Effect::Repeatable);
        let changed: Option<ReleaseWords> = self.client.ask(action, &request)?;
        let changed = changed.ok_or_else(|| ForgeError::Missing { what: format!("release {}", one_line(id, 40)) })?;
        self.readable(action, changed)
    }

    fn readable(&self, action: &str, words: ReleaseWords) -> Result<Release, ForgeError> {
        let tag = one_line(&words.tag_name, 80).into_owned();
        let release = self.whole(words)?.release();
        release.ok_or_else(|| not_done(action, format!("GitHub calls its tag `{tag}` now").into()))
    }
}

impl ForgeReader for GithubForge {
    fn kind(&self) -> ForgeKind {
        ForgeKind::Github
    }

    fn location(&self) -> String {
        self.client.location()
    }

    fn limits(&self) -> Limits {
        LIMITS
    }

    fn published(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        let action = format!("look for release {tag}");
        let request = self.client.request(Method::Get, &["releases", "tags", tag.as_str()])?;
        if let Some(words) = self.client.ask::<ReleaseWords>(&action, &request)?.filter(|words| !words.draft) {
            return self.readable(&action, words).map(Some);
        }
        let made = self.hidden(&self.published, &[])?;
        let published = made.into_iter().find(|words| !words.draft && words.tag_name == tag.as_str());
        published.map(|words| self.readable(&action, words)).transpose()
    }

    fn drafts(&self) -> Result<Drafts, ForgeError> {
        if !self.may_write()? {
            return Ok(Drafts::Invisible);
        }
        let request = self.client.request(Method::Get, &["releases"])?;
        // Each release tells its assets, so a page of many would be very long.
        let listed: Vec<ReleaseWords> = self.client.pages("list the releases", request, "30")?;
        let hidden = self.hidden(&self.made, &listed)?;
        let mut drafts: Vec<Release> =
            hidden.iter().filter(|words| words.draft).filter_map(ReleaseWords::release).collect();
        for words in listed.into_iter().filter(|words| words.draft) {
            // A list can be minutes old, so ours is looked at itself; nobody asks what became of others'.
            let is_ours = words.release().is_some_and(|draft| draft.marker.is_some());
            let now = if is_ours { self.by_id(&words.id.to_string())? } else { Some(words) };
            drafts.extend(now.filter(|words| words.draft).and_then(|words| words.release()));
        }
        Ok(Drafts::Visible(drafts))
    }

    fn latest(&self) -> Result<Option<TagName>, ForgeError> {
        let request = self.client.request(Method::Get, &["releases", "latest"])?;
        let latest: Option<ReleaseWords> = self.client.ask("look for the latest release", &request)?;
        Ok(latest.and_then(|words| TagName::new(&words.tag_name).ok()))
    }

    fn download(&self, release: &Release, asset: &str, to: &mut dyn Write) -> Result<u64, ForgeError> {
        let missing = || ForgeError::Missing { what: format!("asset {} of {}", one_line(asset, 80), release.tag) };
        let action = format!("download {}", one_line(asset, 80));
        let known = release.asset(asset).ok_or_else(missing)?;
        let request = if release.draft || self.repository()?.private {
            let id = release.id.parse().map_err(|_| missing())?;
            let assets = self.assets(id)?;
            let id = assets.iter().find(|words| words.name == asset).ok_or_else(missing)?.id.to_string();
            let mut request = self.client.request(Method::Get, &["releases", "assets", &id])?;
            request.headers.retain(|(name, _)| *name != "accept");
            request.header("accept", "application/octet-stream")
        } else {
            // As a reader without any rights gets it.
            let address = Address::parse(&known.url).map_err(|error| not_done(&action, error.into()))?;
            Request::get(address).header("accept", "application/octet-stream")
        };
        let mut sink = Resumed { to, written: 0, skip: 0 };
        let reply = self.client.caller.download(&request, &mut sink, LIMITS.asset_size).map_err(call(&action))?;
        match reply.status {
            200..=299 if sink.written == known.size => Ok(sink.written),
            200..=299 => {
                let why = format!("{} bytes arrived, and GitHub says that it has {}", sink.written, known.size);
                Err(not_done(&action, why.into()))
            }
            404 => Err(missing()),
            _ => Err(refused(&action, &reply)),
        }
    }

    fn checks(&self) -> Option<&dyn Checks> {
        Some(self)
    }

    fn conversations(&self) -> Option<&dyn Conversations> {
        Some(self)
    }
}

impl Forge for GithubForge {
    fn check_writable(&self) -> Result<(), ForgeError> {
        let action = "check the rights";
        let problem = if self.client.login()?.is_none() {
            "there is no token"
        } else if self.repository()?.archived {
            "the repository is archived"
        } else if !self.may_write()? {
            "the token may not write to the repository (`contents: write`)"
        } else {
            return Ok(());
        };
        Err(not_done(action, problem.into()))
    }

    fn create_draft(&self, new: &NewRelease) -> Result<Release, ForgeError> {
        let action = format!("create the draft of {}", new.tag);
        let words = json!({
            "tag_name": new.tag,
            "name": new.name,
            "body": body(&new.notes, &new.marker),
            "draft": true,
            "prerelease": new.prerelease,
        });
        let request = self.client.request(Method::Post, &["releases"])?.body(Body::json(&words));
        let (reply, created) = self.client.caller.json::<ReleaseWords>(&request).map_err(call(&action))?;
        match created {
            Some(created) => {
                remember(&self.made, created.id);
                self.readable(&action, created)
            }
            None if exists_already(&reply) => {
                Err(ForgeError::Taken { what: format!("release {}", new.tag), difference: complaint(&reply) })
            }
            None => Err(refused(&action, &reply)),
        }
    }

    fn upload(&self, draft: &Release, artifact: &Artifact, bytes: &Arc<dyn Source>) -> Result<Asset, ForgeError> {
        check_asset_name(&artifact.name)?;
        self.upload_asset(draft, artifact, bytes)
    }

    fn delete_draft(&self, draft: &Release) -> Result<(), ForgeError> {
        let (words, _) = self.own_draft(draft)?;
        self.client.delete(&format!("delete draft {}", words.id), &["releases", &words.id.to_string()])
    }

    fn publish(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError> {
        let action = format!("publish release {}", draft.tag);
        let make_latest = if latest { "true" } else { "false" };
        if let Some(there) = self.published(&draft.tag)? {
            if there.marker.is_none() || there.marker != draft.marker {
                let difference = "it was not made from this plan".to_owned();
                return Err(ForgeError::Taken { what: format!("release {}", draft.tag), difference });
            }
            if !latest || self.latest()?.as_ref() == Some(&draft.tag) {
                return Ok(there);
            }
            return self.change(&action, &there.id, &json!({ "tag_name": draft.tag, "make_latest": make_latest }));
        }
        let (words, found) = self.own_draft(draft)?;
        let words_to_send = json!({
            "tag_name": draft.tag,
            "draft": false,
            "prerelease": found.prerelease,
            "make_latest": make_latest,
        });
        remember(&self.published, words.id);
        self.change(&action, &words.id.to_string(), &words_to_send)
    }

    fn statuses(&self) -> Option<&dyn Statuses> {
        Some(self)
    }

    fn follow_up(&self) -> Option<&dyn FollowUp> {
        Some(self)
    }
}

/// Goes on where the last attempt broke off: the bytes of an asset do not change.
struct Resumed<'w> {
    to: &'w mut dyn Write,
    written: u64,
    skip: u64,
}

impl Sink for Resumed<'_> {
    fn begin(&mut self) -> io::Result<()> {
        self.skip = self.written;
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let known = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
        self.skip -= known as u64;
        let new = bytes.get(known..).unwrap_or_default();
        self.to.write_all(new)?;
        self.written += new.len() as u64;
        Ok(())
    }
}

/// Whether a token was given to an installation of an app (*GitHub's token formats*).
fn is_of_installation(login: &Login) -> bool {
    login.value().strip_prefix("Bearer ").is_some_and(|token| token.starts_with("ghs_"))
}

fn remember(ours: &Mutex<BTreeSet<u64>>, id: u64) {
    ours.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
}

/// What GitHub accepts (*About releases*; *REST API, releases*): 125,000 characters of text, 1000 files below 2 GiB each.
pub const LIMITS: Limits = Limits { notes_chars: 125_000 - MARKER_CHARS, assets: 1000, asset_size: 2 * (1 << 30) };
/// With fewer assets than one page of a list has, a release tells them all.
const TOLD_AT_MOST: usize = 30;
