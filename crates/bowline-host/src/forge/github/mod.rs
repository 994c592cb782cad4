//! Releases on GitHub, github.com or an Enterprise Server, over its REST API (version 2022-11-28).
//!
//! Nothing is changed that was not read before and found to be a draft of ours, and nothing is removed or made public that
//! was not read just before. What needs no new look is known from the last one (`seen.rs`). A draft is made without a target
//! commit: it is not used once the tag exists, and GitHub refuses commits that it does not have yet. Every change of a
//! release names its tag again, because a draft that is changed without loses it. An upload that broke off leaves a
//! *starter* asset behind, which stands in the way of the next one and is removed by its id; whether an upload whose answer
//! was lost arrived is looked up.
//!
//! Drafts are seen only by those who may write, so with other rights they are [`Drafts::Invisible`]; what a token may do is
//! found out in `rights`, and which rules stand in the way of a push in `rules`.

mod adopt;
mod app;
mod checks;
mod client;
mod commits;
mod conversations;
mod discuss;
mod download;
mod environments;
mod guards;
mod immutable;
mod judge;
mod paths;
mod publish;
mod pulls;
mod rights;
mod rules;
mod seen;
mod upload;
mod words;

pub use app::{AppTokens, Permission};
pub use client::{Logins, Place};

use bowline_model::git::TagName;
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_model::text::one_line;
use bowline_port::clock::Clock;
use bowline_port::forge::adopt::Adoption;
use bowline_port::forge::discuss::Discussions;
use bowline_port::forge::environments::Environments;
use bowline_port::forge::guards::Guards;
use bowline_port::forge::immutable::Immutability;
use bowline_port::forge::rules::Rules;
use bowline_port::forge::{
    Asset, Checks, Commits, Conversations, Drafts, FollowUp, Forge, ForgeError, ForgeReader, Limits, NewRelease,
    Release, Signatures, Statuses, check_asset_name,
};
use bowline_port::http::{Body, Caller, Effect, Method, Source};
use client::{Client, call, not_done, refused};
use rights::Headers;
use seen::Seen;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use words::{AssetWords, MARKER_CHARS, ReleaseWords, RepositoryWords, body, complaint, exists_already};

/// The releases of one repository.
pub struct GithubForge {
    client: Client,
    /// The variable that the login comes from.
    source: Option<&'static str>,
    clock: Option<Arc<dyn Clock>>,
    repository: OnceLock<(RepositoryWords, Headers)>,
    /// Whether chosen permissions let the login write.
    granted: OnceLock<Option<bool>>,
    /// Drafts that this run has made, and releases that it has published: lists and look-ups by tag can be some seconds
    /// behind.
    made: Mutex<BTreeSet<u64>>,
    published: Mutex<BTreeSet<u64>>,
    /// Whether nobody gets in without a login, whatever the repository's visibility.
    readers_log_in: bool,
    seen: Seen,
}

impl GithubForge {
    /// The releases of the repository at `place`, asked through `caller` as `logins` say.
    pub fn new(caller: Caller, place: Place, logins: Logins) -> Self {
        Self {
            client: Client::new(caller, place, logins),
            source: None,
            clock: None,
            repository: OnceLock::new(),
            granted: OnceLock::new(),
            made: Mutex::default(),
            published: Mutex::default(),
            readers_log_in: false,
            seen: Seen::default(),
        }
    }

    /// The same where readers must log in, as on a server of one's own that may be in private mode.
    #[must_use]
    pub fn where_readers_log_in(self) -> Self {
        Self { readers_log_in: true, ..self }
    }

    /// The same for a login out of the variable `source`, whose end is seen by `clock`.
    #[must_use]
    pub fn out_of(self, source: Option<&'static str>, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock: Some(clock), ..self }
    }

    /// The release of that id with all its assets, as it is now.
    fn by_id(&self, id: &str) -> Result<Option<ReleaseWords>, ForgeError> {
        let Some(number) = number(id) else { return Ok(None) };
        let changes = self.seen.changes();
        let found = self.client.ask("look at the release", &self.client.request(Method::Get, &["releases", id])?)?;
        let found = found.map(|release| self.whole(release)).transpose()?;
        match &found {
            Some(words) => self.seen.read(words, self.client.caller.now(), changes),
            None => self.seen.gone(number),
        }
        Ok(found)
    }

    /// The same as it was a moment ago, when it was read then.
    fn by_id_lately(&self, id: &str) -> Result<Option<ReleaseWords>, ForgeError> {
        let lately = number(id).and_then(|number| self.seen.fresh(number, self.client.caller.now()));
        lately.map_or_else(|| self.by_id(id), |words| Ok(Some(words)))
    }

    /// Every release that can be seen, ours as they are now.
    fn look_through(&self) -> Result<Vec<ReleaseWords>, ForgeError> {
        let request = self.client.request(Method::Get, &["releases"])?;
        // Each release tells its assets, so a page of many would be very long.
        let listed: Vec<ReleaseWords> = self.client.pages("list the releases", request, "30")?;
        let mut all = self.hidden(&self.made, &listed)?;
        for words in listed {
            // A list can be minutes old, so ours is looked at itself; nobody asks what became of others'.
            let is_ours = words.draft && words.release().is_some_and(|draft| draft.marker.is_some());
            all.extend(if is_ours { self.by_id(&words.id.to_string())? } else { Some(words) });
        }
        all.sort_by_key(|words| words.id);
        self.seen.listed(&all);
        Ok(all)
    }

    /// What `change` came to; when it failed, nobody knows what is there now.
    fn noted<T>(&self, change: Result<T, ForgeError>) -> Result<T, ForgeError> {
        change.inspect_err(|_| self.seen.forget())
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

    /// The draft that `draft` names, when it was still one a moment ago and carries the same marker.
    fn own_draft(&self, draft: &Release) -> Result<(ReleaseWords, Release), ForgeError> {
        own(draft, self.by_id_lately(&draft.id)?)
    }

    /// Changes a release, and returns what it became.
    fn change(&self, action: &str, id: &str, words: &serde_json::Value) -> Result<Release, ForgeError> {
        let request = self.client.request(Method::Patch, &["releases", id])?.body(Body::json(words));
        // The same words twice are the same as once.
        let request = request.effect(Effect::Repeatable);
        let changed: Option<ReleaseWords> = self.noted(self.client.ask(action, &request))?;
        let changed = changed.ok_or_else(|| ForgeError::Missing { what: format!("release {}", one_line(id, 40)) })?;
        self.seen.told(&changed, self.client.caller.now());
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
        self.published_release(tag)
    }

    fn drafts(&self) -> Result<Drafts, ForgeError> {
        if !self.may_write()? {
            return Ok(Drafts::Invisible);
        }
        let all = self.seen.all().map_or_else(|| self.look_through(), Ok)?;
        Ok(Drafts::Visible(all.iter().filter(|words| words.draft).filter_map(ReleaseWords::release).collect()))
    }

    fn look_anew(&self) {
        self.seen.forget();
    }

    fn listed(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        let Some(all) = self.seen.all() else { return self.published(tag) };
        let found = all.into_iter().find(|words| !words.draft && words.tag_name == tag.as_str());
        found.map(|words| self.readable(&format!("look for release {tag}"), words)).transpose()
    }

    fn reread(&self, release: &Release) -> Result<Option<Release>, ForgeError> {
        Ok(self.by_id_lately(&release.id)?.and_then(|words| words.release()))
    }

    fn latest(&self) -> Result<Option<TagName>, ForgeError> {
        self.latest_release()
    }

    fn download(&self, release: &Release, asset: &str, to: &mut dyn Write) -> Result<u64, ForgeError> {
        self.download_asset(release, asset, to)
    }

    fn immutability(&self) -> Option<&dyn Immutability> {
        Some(self)
    }

    fn signatures(&self) -> Option<&dyn Signatures> {
        Some(self)
    }

    fn rules(&self) -> Option<&dyn Rules> {
        Some(self)
    }

    fn guards(&self) -> Option<&dyn Guards> {
        Some(self)
    }
    fn environments(&self) -> Option<&dyn Environments> {
        Some(self)
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
        let problems = self.problems()?;
        match problems.is_empty() {
            true => Ok(()),
            false => Err(not_done("check the rights", problems.join("; ").into())),
        }
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
        let answer = self.client.caller.json::<ReleaseWords>(&request);
        let (reply, created) = answer.inspect_err(|_| self.seen.doubt()).map_err(call(&action))?;
        match created {
            Some(created) => {
                remember(&self.made, created.id);
                self.seen.told(&created, self.client.caller.now());
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
        self.noted(self.upload_asset(draft, artifact, bytes))
    }

    fn uploads_at_once(&self) -> usize {
        UPLOADS_AT_ONCE
    }

    fn delete_draft(&self, draft: &Release) -> Result<(), ForgeError> {
        // GitHub would delete a published release as well.
        let (words, found) = own(draft, self.by_id(&draft.id)?)?;
        if self.give_back(&found, &words)? {
            return Ok(());
        }
        let deleted = self.client.delete(&format!("delete draft {}", words.id), &["releases", &words.id.to_string()]);
        self.noted(deleted)?;
        self.seen.gone(words.id);
        Ok(())
    }

    fn publish(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError> {
        self.publish_draft(draft, latest)
    }

    fn adoption(&self) -> Option<&dyn Adoption> {
        Some(self)
    }

    fn discussions(&self) -> Option<&dyn Discussions> {
        Some(self)
    }

    fn commits(&self) -> Option<&dyn Commits> {
        Some(self)
    }

    fn statuses(&self) -> Option<&dyn Statuses> {
        Some(self)
    }

    fn follow_up(&self) -> Option<&dyn FollowUp> {
        Some(self)
    }
}

/// `words` when they are those of a draft that is the one `draft` names, by its marker.
fn own(draft: &Release, words: Option<ReleaseWords>) -> Result<(ReleaseWords, Release), ForgeError> {
    let what = || format!("draft {}", one_line(&draft.id, 40));
    let words = words.filter(|words| words.draft).ok_or_else(|| ForgeError::Missing { what: what() })?;
    match words.release() {
        Some(found) if found.marker.is_some() && found.marker == draft.marker => Ok((words, found)),
        _ => Err(ForgeError::NotOurs { what: what() }),
    }
}

/// The number that an id of GitHub's is.
fn number(id: &str) -> Option<u64> {
    let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| id.parse().ok()).flatten()
}

fn remember(ours: &Mutex<BTreeSet<u64>>, id: u64) {
    ours.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
}

/// What GitHub accepts (*About releases*; *REST API, releases*): 125,000 characters of text, 1000 files below 2 GiB each.
pub const LIMITS: Limits = Limits { notes_chars: 125_000 - MARKER_CHARS, assets: 1000, asset_size: 2 * (1 << 30) };
/// While one waits for its answer the others fill the line; more than these would make no release faster that may begin one
/// change a second, and each holds half a mebibyte.
const UPLOADS_AT_ONCE: usize = 4;
/// With fewer assets than one page of a list has, a release tells them all.
const TOLD_AT_MOST: usize = 30;
