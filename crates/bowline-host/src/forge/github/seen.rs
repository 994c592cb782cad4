//! What a run knows of the repository's releases without asking again.
//!
//! All steps of a release look, and most of them at the same thing. So the list is asked for once in each look of the
//! program ([`forget`](Seen::forget) begins the next one), what we change is noted from GitHub's own answers, and a single
//! release that was read a moment ago is not read again. Whoever could not see what became of a change forgets everything,
//! and a draft that may have been made without an answer ends the remembering for good: a list can be late in showing it.

use super::words::{AssetWords, ReleaseWords};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Shared by all threads that upload.
#[derive(Default)]
pub(super) struct Seen(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Whether `known` has all that the list shows.
    is_listed: bool,
    /// Whether there may be a draft that nobody told of.
    is_doubtful: bool,
    known: BTreeMap<u64, Known>,
    /// The latest release as it was last read, and when.
    latest: Option<(ReleaseWords, Duration)>,
    /// How often we have changed something of it.
    changes: u64,
    /// Whether GitHub has told the digest of an asset.
    tells_digests: bool,
}

struct Known {
    words: ReleaseWords,
    /// When GitHub told it of this very release; none when that was a list, or we have changed it since.
    told: Option<Duration>,
}

impl Seen {
    /// Nothing is known any more.
    pub(super) fn forget(&self) {
        let mut inner = self.lock();
        inner.changes += 1;
        inner.is_listed = false;
        inner.known.clear();
        inner.latest = None;
    }

    /// A draft may have been made that nobody told of.
    pub(super) fn doubt(&self) {
        self.forget();
        self.lock().is_doubtful = true;
    }

    /// The list was looked through, and showed these. What GitHub told of one itself is newer than any list.
    pub(super) fn listed(&self, releases: &[ReleaseWords]) {
        let mut inner = self.lock();
        for words in releases {
            inner.known.entry(words.id).or_insert_with(|| Known { words: words.clone(), told: None });
        }
        inner.is_listed = true;
    }

    /// GitHub told of this release at the time `now`.
    pub(super) fn told(&self, words: &ReleaseWords, now: Duration) {
        let mut inner = self.lock();
        inner.known.insert(words.id, Known { words: words.clone(), told: Some(now) });
        inner.latest = inner.latest.take().filter(|(latest, _)| latest.id != words.id);
    }

    /// How much has changed so far; whoever begins to read asks.
    pub(super) fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// GitHub told of this release at the time `now`, to somebody who began to ask after so many `changes`. When there are
    /// more by now, by another thread, the answer may be from before them; what is known counts on.
    pub(super) fn read(&self, words: &ReleaseWords, now: Duration, changes: u64) {
        if self.changes() == changes {
            self.told(words, now);
        }
    }

    /// This was read as the latest release at the time `now`.
    pub(super) fn latest(&self, latest: Option<ReleaseWords>, now: Duration) {
        self.lock().latest = latest.map(|words| (words, now));
    }

    /// The release of `tag`, when it was read as the latest one a moment before `now`.
    pub(super) fn read_back(&self, tag: &str, now: Duration) -> Option<ReleaseWords> {
        let (words, read) = self.lock().latest.clone()?;
        (words.tag_name == tag && now.saturating_sub(read) < MOMENT).then_some(words)
    }

    /// It is not there any more.
    pub(super) fn gone(&self, release: u64) {
        let mut inner = self.lock();
        inner.known.remove(&release);
        inner.latest = inner.latest.take().filter(|(latest, _)| latest.id != release);
    }

    /// We have added an asset.
    pub(super) fn added(&self, release: u64, asset: AssetWords) {
        if asset.asset().sha256.is_some() {
            self.lock().tells_digests = true;
        }
        self.change(release, |words| words.assets.push(asset));
    }

    /// Whether GitHub says which bytes it has received, as far as it was heard.
    pub(super) fn tells_digests(&self) -> bool {
        self.lock().tells_digests
    }

    /// We have removed an asset.
    pub(super) fn removed(&self, release: u64, asset: u64) {
        self.change(release, |words| words.assets.retain(|known| known.id != asset));
    }

    /// All releases, when the list was looked through.
    pub(super) fn all(&self) -> Option<Vec<ReleaseWords>> {
        let inner = self.lock();
        let is_known = inner.is_listed && !inner.is_doubtful;
        is_known.then(|| inner.known.values().map(|known| known.words.clone()).collect())
    }

    /// What is known of a release, however old.
    pub(super) fn known(&self, release: u64) -> Option<ReleaseWords> {
        self.lock().known.get(&release).map(|known| known.words.clone())
    }

    /// What GitHub told of a release a moment before `now`.
    pub(super) fn fresh(&self, release: u64, now: Duration) -> Option<ReleaseWords> {
        let inner = self.lock();
        let known = inner.known.get(&release)?;
        let is_fresh = known.told.is_some_and(|told| now.saturating_sub(told) < MOMENT);
        is_fresh.then(|| known.words.clone())
    }

    fn change(&self, release: u64, change: impl FnOnce(&mut ReleaseWords)) {
        let mut inner = self.lock();
        inner.changes += 1;
        if let Some(known) = inner.known.get_mut(&release) {
            change(&mut known.words);
            known.told = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Long enough for looking, looking again before the push, a push, and publishing to be one look; short enough that nobody
/// would have seen what happened in between before it happened.
const MOMENT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    fn release(id: u64, assets: &[&str]) -> ReleaseWords {
        let assets: Vec<_> = assets.iter().map(|name| json!({ "id": 7, "name": name, "size": 1, "state": "uploaded", "digest": null, "browser_download_url": "" })).collect();
        from_value(json!({ "id": id, "tag_name": "v1", "name": null, "body": null, "draft": true, "html_url": "", "upload_url": "", "assets": assets })).unwrap()
    }

    const NOW: Duration = Duration::from_secs(100);

    #[test]
    fn what_was_told_is_fresh_for_a_moment_and_until_we_change_it() {
        let seen = Seen::default();
        seen.told(&release(1, &["app"]), NOW);
        assert!(seen.fresh(1, NOW).is_some());
        assert!(seen.fresh(1, NOW + MOMENT - Duration::from_millis(1)).is_some());
        assert!(seen.fresh(1, NOW + MOMENT).is_none());
        assert!(seen.known(1).is_some(), "it is still known");
        seen.removed(1, 7);
        assert!(seen.fresh(1, NOW).is_none(), "we have changed it");
        assert!(seen.known(1).unwrap().assets.is_empty());
        assert!(seen.all().is_none(), "no list was looked through");
    }

    #[test]
    fn an_answer_from_before_a_change_is_not_believed() {
        let seen = Seen::default();
        seen.told(&release(1, &[]), NOW);
        let begun = seen.changes();
        let asset = release(1, &["app"]).assets.remove(0);
        seen.added(1, asset);
        seen.read(&release(1, &[]), NOW, begun);
        assert_eq!(seen.known(1).unwrap().assets.len(), 1, "another thread has added it meanwhile");
        assert!(seen.fresh(1, NOW).is_none());
        seen.read(&release(1, &["app"]), NOW, seen.changes());
        assert!(seen.fresh(1, NOW).is_some());
        let begun = seen.changes();
        seen.forget();
        seen.read(&release(1, &[]), NOW, begun);
        assert!(seen.known(1).is_none(), "what was forgotten may have changed");
    }

    #[test]
    fn a_list_does_not_hide_what_was_told() {
        let seen = Seen::default();
        seen.told(&release(1, &["app"]), NOW);
        seen.listed(&[release(1, &[]), release(2, &[])]);
        let all = seen.all().unwrap();
        assert_eq!(all.iter().map(|words| (words.id, words.assets.len())).collect::<Vec<_>>(), [(1, 1), (2, 0)]);
        assert!(seen.fresh(2, NOW).is_none(), "a list can be old");
        seen.gone(1);
        assert_eq!(seen.all().unwrap().len(), 1);
    }

    #[test]
    fn doubt_ends_the_remembering() {
        let seen = Seen::default();
        seen.listed(&[release(1, &[])]);
        seen.forget();
        assert!(seen.all().is_none() && seen.known(1).is_none());
        seen.listed(&[release(1, &[])]);
        seen.doubt();
        seen.listed(&[release(1, &[])]);
        assert!(seen.all().is_none(), "there may be another one that no list shows yet");
    }
}
