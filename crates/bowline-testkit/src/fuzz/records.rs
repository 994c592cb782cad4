//! Documents that Bowline wrote, or somebody in its name: journals, plans, records, locks.

use super::texts::{assert_commands_nothing, assert_safe};
use bowline_host::forge::local::fuzzing as local_forge;
use bowline_ledger::frame;
use bowline_ledger::journal::{self, Header, Journal, JournalError};
use bowline_ledger::lock::{Locks, Me, Seen, Standing};
use bowline_ledger::runs::{Runs, run_id, trusted_plan};
use bowline_model::git::TagName;
use bowline_model::plan::{Plan, RepositoryId};
use bowline_model::release::lock::{LockRecord, Owner};
use bowline_model::release::{Manifest, ReleaseFile};
use bowline_model::text::name::check_asset;
use bowline_model::{Digest, Timestamp, canonical};
use bowline_port::clock::FixedClock;
use bowline_port::local::LocalStore;
use bowline_port::local::memory::MemoryLocal;
use bowline_port::state::memory::MemoryState;
use bowline_port::state::{Change, StateStore};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// A journal of records, one for each line, then damaged as the first three bytes say: what is read is a prefix of what
/// was written. And any bytes as a journal: opened without harm, and what is added to it is there afterwards.
pub(super) fn journal(data: &[u8]) {
    if let [kind, high, low, rest @ ..] = data {
        let records: Vec<&[u8]> = rest.split(|&byte| byte == b'\n').collect();
        let mut bytes = frame::MAGIC.to_vec();
        records.iter().for_each(|record| bytes.extend(frame::encode(record)));
        let body = bytes.len() - frame::MAGIC.len();
        let at = frame::MAGIC.len() + (usize::from(*high) << 8 | usize::from(*low)) % body;
        match kind % 3 {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= kind | 1,
            _ => bytes.extend_from_slice(&data[..data.len() % 8]),
        }
        let found = frame::decode(&bytes);
        assert!(found.good <= bytes.len() && (kind % 3 > 1 || found.good <= at));
        assert!(records.starts_with(&found.records), "a record that nobody wrote");
    }
    let header = Header { repository: RepositoryId::local("app"), plan: Digest::of(b"plan"), run: "r1".to_owned() };
    let begun = |tail: &[u8]| {
        let first = serde_json::to_vec(&journal::Record::Header(header.clone())).unwrap();
        [frame::MAGIC, &frame::encode(&first), tail].concat()
    };
    let framed = data.split(|&byte| byte == b'\n').flat_map(frame::encode).collect::<Vec<u8>>();
    for bytes in [data.to_vec(), begun(data), begun(&framed)] {
        let store = Arc::new(MemoryLocal::default());
        store.put(&journal::key("r1"), &bytes).unwrap();
        let mut journal = match Journal::open(store.clone(), header.clone()) {
            Ok(journal) => journal,
            Err(JournalError::Newer { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        assert!(journal.resumed() || bytes.is_empty() || !journal.findings().is_empty(), "dropped without a word");
        let duties = journal.obligations().to_vec();
        journal.receipt("step", &Value::from(1)).unwrap();
        let again = Journal::open(store, header.clone()).expect("a journal that we wrote");
        assert!(again.resumed() && again.findings().is_empty(), "{:?}", again.findings());
        assert_eq!(again.step("step"), journal.step("step"));
        assert_eq!(again.obligations(), duties);
    }
}

/// Canonical JSON means the same and is canonical; a plan keeps its digest on every way.
pub(super) fn plan(data: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<Value>(data)
        && let Ok(bytes) = canonical::to_vec(&value)
    {
        let again: Value = serde_json::from_slice(&bytes).expect("canonical JSON is JSON");
        assert_eq!(again, value);
        assert_eq!(canonical::to_vec(&again).unwrap(), bytes);
    }
    let Some(plan) = kept::<Plan>(data) else { return };
    let Ok(digest) = plan.digest() else { return };
    for bytes in [canonical::to_vec(&plan).unwrap(), serde_json::to_vec_pretty(&plan).unwrap(), data.to_vec()] {
        let trusted = trusted_plan(&bytes, &digest, &plan.repository.id);
        assert_eq!(trusted.as_ref(), Some(&plan), "a plan is itself");
    }
    assert_eq!(trusted_plan(data, &Digest::of(data), &plan.repository.id), None, "another digest is another plan");
}

/// `release.bowline.json`.
pub(super) fn release_file(data: &[u8]) {
    if let Some(file) = kept::<ReleaseFile>(data)
        && let Ok(digest) = file.plan.digest()
    {
        let again = serde_json::to_vec_pretty(&file).unwrap();
        let again: ReleaseFile = serde_json::from_slice(&again).unwrap();
        assert_eq!(again.plan.digest().ok(), Some(digest));
    }
}

/// The record of a run, which whoever may push may have written: it counts only in its own place.
pub(super) fn run_record(data: &[u8]) {
    let id = serde_json::from_slice::<Value>(data).ok().and_then(|value| Some(value["run"].as_str()?.to_owned()));
    for run in
        [id.as_deref().unwrap_or("r1"), "r1"].into_iter().filter(|run| run.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        let (local, shared) = (Arc::new(MemoryLocal::default()), Arc::new(MemoryState::default()));
        let key = format!("runs/{run}.json");
        if shared.swap(&[Change::update(key, None, data.to_vec())]).is_err() {
            continue;
        }
        let runs = Runs::new(local, shared);
        if let Ok(Some(record)) = runs.get(run) {
            assert_eq!((record.run.as_str(), run_id(&record.marker.plan)), (run, run.to_owned()));
            assert!(runs.all().unwrap().contains(&record));
        }
        let _ = runs.all().map_err(|error| assert_safe(&error.to_string()));
    }
}

/// A lock that somebody wrote: read or refused, and safe to show either way.
pub(super) fn lock(data: &[u8]) {
    let written = kept::<LockRecord>(data);
    let channel = written.as_ref().map_or("stable", |record| record.channel.as_str());
    let store = Arc::new(MemoryState::default());
    if store.swap(&[Change::update(Locks::key(channel), None, data.to_vec())]).is_err() {
        panic!("the key of channel {channel:?} cannot be used");
    }
    let owner = Owner { id: "ci:1".to_owned(), kind: None, name: "job".to_owned(), boot: None, process: None };
    let locks = Locks {
        store,
        clock: Arc::new(FixedClock::new(Timestamp::from_unix(1_700_000_000).unwrap())),
        me: Me { owner, nonce: "n".to_owned(), lives: Arc::new(|_| true) },
        ttl: Duration::from_secs(60),
        seen: Seen::default(),
    };
    match locks.look(channel) {
        Ok(standing) => {
            let (Standing::Ours(holder) | Standing::Expired(holder) | Standing::Busy(holder)) = standing else {
                return;
            };
            assert_eq!(Some(&holder.channel), written.as_ref().map(|record| &record.channel));
            for text in [&holder.owner.id, &holder.owner.name, &holder.run, &holder.nonce] {
                // A joiner that breaks a command is ours.
                assert_safe(&text.replace('\u{2060}', ""));
                assert_commands_nothing(text);
            }
        }
        Err(error) => assert_safe(&error.to_string()),
    }
    let _ = locks.all();
}

/// The record of a release in the local forge, with notes after a zero byte, and a frozen manifest: both lie where others
/// may write.
pub(super) fn release_record(data: &[u8]) {
    let at = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    let (json, notes) = data.split_at(at);
    if let Some(read) = local_forge::record(json, &String::from_utf8_lossy(notes)) {
        let again = local_forge::record(&read.written, "").expect("a record that we wrote");
        assert_eq!((&again.tag, &again.assets, &again.written), (&read.tag, &read.assets, &read.written));
        assert!(TagName::new(read.tag.as_str()).is_ok(), "{:?}", read.tag);
        assert_safe(&read.page);
        assert_eq!(foreign_tags(&read.page), Vec::<&str>::new(), "{}", read.page);
    }
    if let Some(manifest) = kept::<Manifest>(json) {
        for artifact in &manifest.artifacts {
            assert!(check_asset(&artifact.name).is_ok(), "{:?} would be part of a path", artifact.name);
        }
    }
}

/// What in a page is no tag of ours, or has an attribute that is not.
fn foreign_tags(page: &str) -> Vec<&str> {
    const KNOWN: [&str; 14] =
        ["section", "h2", "h3", "a", "small", "p", "time", "code", "table", "tr", "th", "td", "pre", "br"];
    let is_ours = |tag: &str| {
        let mut words = tag.trim_start_matches('/').split(' ');
        words.next().is_some_and(|name| KNOWN.contains(&name))
            && words.all(|word| {
                let known = ["id=\"", "href=\"./", "datetime=\""].iter().find_map(|start| word.strip_prefix(start));
                known.and_then(|value| value.strip_suffix('"')).is_some_and(|value| !value.contains('"'))
            })
    };
    let tags = page.split('<').skip(1).map(|piece| piece.split_once('>').map_or(piece, |(tag, _)| tag));
    tags.filter(|tag| !is_ours(tag)).collect()
}

/// `data` as a document, which is the same after it was written again.
fn kept<T: DeserializeOwned + Serialize + PartialEq + Debug>(data: &[u8]) -> Option<T> {
    let value = serde_json::from_slice::<T>(data).ok()?;
    let again = serde_json::from_slice::<T>(&serde_json::to_vec(&value).unwrap());
    assert_eq!(again.ok().as_ref(), Some(&value));
    Some(value)
}
