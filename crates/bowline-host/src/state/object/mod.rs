//! State in a bucket: Amazon S3 and what speaks its language, Google Cloud Storage, Azure Blob Storage.
//!
//! The value of a key is the object `<prefix>/<key>`, and its version is what the store calls the object's: the entity
//! tag, with Google the generation. Creating says `If-None-Match: *`, updating says `If-Match` (with Google the same by
//! generation), so the store itself compares and swaps. A store that does neither is of no use here.
//!
//! Removing under a condition is not something that all three can do. So a removed value is an update to a tombstone,
//! the same with each of them: every object begins with a line that says whether it is a value or was one. A tombstone
//! reads as nothing, and creating in its place is an update of it. Tombstones are some bytes long and stay.
//!
//! Each call is one conversation, waited for on a runtime of its own; call it from no other runtime. The client below
//! sends again what may be sent again. So a conflict may be the answer to a change of ours whose first answer was
//! lost, as with every store: wrap it in [`Settled`](bowline_port::state::settled::Settled).

mod address;
mod network;
mod settings;
#[cfg(test)]
mod tests;
mod words;

pub use address::{Address, AddressError, Service};
pub use settings::OpenError;

use crate::http::SetupError;
use crate::http::words::deepest;
use bowline_port::environment::Environment;
use bowline_port::state::{Change, StateError, StateStore, Version, Versioned, check_key};
use futures_util::{StreamExt, TryStreamExt, stream};
use network::{Attempts, Outcome};
use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, PutMode, PutOptions, PutPayload, UpdateVersion};
use settings::Client;
use std::fmt;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Keeps state in an object store.
pub struct ObjectState {
    address: Address,
    client: Client,
    /// Always there until the end.
    runtime: Option<Runtime>,
}

impl ObjectState {
    /// Prepares to keep state at `address` with the credentials of `environment`. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When the address is none, or a variable is missing or cannot be used.
    pub fn open(address: &str, environment: &Environment) -> Result<Self, OpenError> {
        let address = Address::parse(address)?;
        let client = settings::client(&address, environment)?;
        Self::new(address, client)
    }

    fn new(address: Address, client: Client) -> Result<Self, OpenError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(SetupError::Runtime)?;
        Ok(Self { address, client, runtime: Some(runtime) })
    }

    /// Waits for `work`, but not for ever.
    fn wait<T>(
        &self,
        action: &'static str,
        work: impl Future<Output = Result<T, StateError>>,
    ) -> Result<T, StateError> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => Err(self.failed(action, "it is closed".to_owned())),
        }
    }

    /// What is there now.
    async fn look(&self, key: &str) -> Result<Found, StateError> {
        let attempts = Attempts::default();
        let options = GetOptions { extensions: attempts.extensions(), ..GetOptions::default() };
        let reading = async {
            // The value and its version are one answer.
            let answer = self.client.store.get_opts(&self.name_of(key), options).await?;
            let meta = answer.meta.clone();
            let bytes = if meta.size > MOST { None } else { Some(answer.bytes().await?) };
            Ok((meta, bytes))
        };
        let (meta, bytes) = match tokio::time::timeout(READING, reading).await {
            Ok(Ok((meta, Some(bytes)))) => (meta, bytes),
            Ok(Ok((meta, None))) => {
                return Err(self.failed("read", format!("`{key}` is too large ({} bytes)", meta.size)));
            }
            // A bucket that is not there is no empty bucket.
            Ok(Err(object_store::Error::NotFound { source, .. })) if !is_about_the_bucket(&*source) => {
                return Ok(Found::Absent);
            }
            Ok(Err(error)) => return Err(self.failed("read", self.reason(&error, &attempts))),
            Err(_) => return Err(self.failed("read", format!("`{key}` did not arrive in time"))),
        };
        let version = self.version(meta.e_tag, meta.version);
        let version = version.ok_or_else(|| self.failed("read", format!("`{key}` came without its version")))?;
        match bytes.strip_prefix(VALUE) {
            Some(value) => Ok(Found::Value(Versioned { version, value: value.to_vec() })),
            None if bytes.starts_with(REMOVED) => Ok(Found::Removed(version)),
            None => Err(self.failed("read", format!("the object `{key}` was not written by Bowline"))),
        }
    }

    /// Makes one change.
    async fn change(&self, change: &Change) -> Result<Option<Version>, StateError> {
        let conflict = || StateError::Conflict { key: change.key.clone(), place: self.place() };
        let mut expected = change.expected.clone();
        // The second time over a tombstone.
        for over in [false, true] {
            let no = match self.put(change, expected.as_ref()).await? {
                Put::Made(version) => return Ok(change.value.as_ref().map(|_| version)),
                Put::No(no) => no,
            };
            let open = |no: No| if no.open { self.unknown(no.said) } else { conflict() };
            if expected.is_some() && !no.busy {
                return Err(open(no));
            }
            // Where the store did not say what is there; what cannot be seen may still be ours.
            let there = self.look(&change.key).await.map_err(|error| self.unknown(cause(&error)))?;
            let same = match (&there, &expected) {
                (Found::Absent, None) => true,
                (Found::Value(there), Some(expected)) => there.version == *expected,
                (Found::Removed(there), Some(expected)) => there == expected,
                (Found::Removed(there), None) if !over => {
                    expected = Some(there.clone());
                    continue;
                }
                _ => false,
            };
            return Err(if no.busy && same { self.unknown(no.said) } else { open(no) });
        }
        Err(conflict())
    }

    /// Puts what `change` makes of its value in the place of `expected`.
    async fn put(&self, change: &Change, expected: Option<&Version>) -> Result<Put, StateError> {
        let mode = match (expected, self.address.service) {
            (None, _) => PutMode::Create,
            (Some(version), Service::Google) => {
                PutMode::Update(UpdateVersion { e_tag: None, version: Some(version.as_str().to_owned()) })
            }
            (Some(version), _) => {
                PutMode::Update(UpdateVersion { e_tag: Some(version.as_str().to_owned()), version: None })
            }
        };
        let attempts = Attempts::default();
        let options = PutOptions { mode, extensions: attempts.extensions(), ..PutOptions::default() };
        let object = match &change.value {
            Some(value) => [VALUE, value].concat(),
            None => REMOVED.to_vec(),
        };
        match self.client.store.put_opts(&self.name_of(&change.key), PutPayload::from(object), options).await {
            Ok(put) => {
                let version = self.version(put.e_tag, put.version);
                version.map(Put::Made).ok_or_else(|| self.unknown("it named no version".to_owned()))
            }
            Err(error) => self.refused(&error, &attempts),
        }
    }

    /// What a write that failed means.
    fn refused(&self, error: &object_store::Error, attempts: &Attempts) -> Result<Put, StateError> {
        use object_store::Error;
        let reason = self.reason(error, attempts);
        let sent = attempts.sent();
        match (error, sent.last) {
            (Error::AlreadyExists { .. } | Error::Precondition { .. }, last) => match last {
                Some(Outcome::Answered(404)) if is_about_the_bucket(error) => Err(self.says_no(reason)),
                _ => {
                    let busy = last == Some(Outcome::Answered(409));
                    Ok(Put::No(No { busy, open: sent.open, said: reason }))
                }
            },
            (_, None | Some(Outcome::NotSent)) if !sent.open => Err(self.failed("write", reason)),
            (_, Some(Outcome::Answered(300..=499 | 501))) if !sent.open && !is_worth_asking_again(sent.last) => {
                Err(self.says_no(reason))
            }
            _ => Err(self.unknown(reason)),
        }
    }

    fn reason(&self, error: &object_store::Error, attempts: &Attempts) -> String {
        let reason = self.client.secrets.describe(error);
        match attempts.sent().last {
            None => format!("{}: {reason}", self.client.login),
            Some(Outcome::Answered(301 | 307)) if self.address.service == Service::S3 => {
                format!("{reason} (the bucket is in another region than AWS_REGION says)")
            }
            Some(Outcome::Answered(501)) => format!("{reason} (it cannot compare and swap)"),
            _ => reason,
        }
    }

    fn name_of(&self, key: &str) -> Path {
        Path::from(self.address.name_of(key))
    }

    fn version(&self, e_tag: Option<String>, generation: Option<String>) -> Option<Version> {
        let name = if self.address.service == Service::Google { generation } else { e_tag };
        name.map(Version::new)
    }

    fn failed(&self, action: &'static str, reason: String) -> StateError {
        StateError::Failed { action, place: self.place(), source: Box::new(Reason(reason)) }
    }

    fn says_no(&self, reason: String) -> StateError {
        StateError::Refused { place: self.place(), reason }
    }

    fn unknown(&self, message: String) -> StateError {
        StateError::Unknown { place: self.place(), message }
    }

    /// The keys of all objects in the folder that `prefix` begins with.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        // A prefix that is no key names nothing.
        if !folder.is_empty() && check_key(folder).is_err() {
            return Ok(Vec::new());
        }
        let name = Path::from(self.address.name_of(folder));
        let listing = self.client.store.list(Some(&name)).try_collect::<Vec<ObjectMeta>>();
        let objects = match tokio::time::timeout(LISTING, listing).await {
            Ok(Ok(objects)) => objects,
            Ok(Err(error)) => return Err(self.failed("list", self.client.secrets.describe(&error))),
            Err(_) => return Err(self.failed("list", "the list did not end in time".to_owned())),
        };
        let key = |object: ObjectMeta| self.address.key_of(object.location.as_ref()).map(str::to_owned);
        let mut keys: Vec<String> = objects.into_iter().filter_map(key).collect();
        keys.retain(|key| key.starts_with(prefix) && check_key(key).is_ok());
        keys.sort();
        Ok(keys)
    }
}

impl StateStore for ObjectState {
    fn place(&self) -> String {
        self.address.to_string()
    }

    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        check_key(key)?;
        Ok(self.wait("read", self.look(key))?.value())
    }

    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        self.wait("read", async {
            let keys = self.list(prefix).await?;
            let values = stream::iter(keys).map(async |key| {
                let found = self.look(&key).await?.value();
                Ok(found.map(|value| (key, value)))
            });
            // One that was removed since it was listed is not there.
            values.buffered(AT_ONCE).try_filter_map(async |found| Ok(found)).try_collect().await
        })
    }

    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        changes.iter().try_for_each(|change| check_key(&change.key).map(drop))?;
        self.wait("write", async {
            let mut versions = Vec::new();
            for change in changes {
                versions.push(self.change(change).await?);
            }
            Ok(versions)
        })
    }

    fn is_atomic(&self) -> bool {
        false
    }
}

impl Drop for ObjectState {
    fn drop(&mut self) {
        // Looking up a name cannot be interrupted, and nobody waits for it any more.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for ObjectState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ObjectState").field(&self.place()).finish()
    }
}

/// What is stored under a key.
enum Found {
    Absent,
    /// A tombstone.
    Removed(Version),
    Value(Versioned),
}

impl Found {
    fn value(self) -> Option<Versioned> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Removed(_) => None,
        }
    }
}

/// What became of a write.
enum Put {
    Made(Version),
    No(No),
}

/// Another version is there than the one that was to be replaced.
struct No {
    /// It may be ours: an attempt before this one was not answered.
    open: bool,
    /// It may not be there at all: the store says the same of two writers that are on their way at once, of which
    /// neither has won.
    busy: bool,
    said: String,
}

/// Why, in words that are safe to show.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Reason(String);

fn cause(error: &StateError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// A busy store; it did not do it, and asking once more is the caller's business.
fn is_worth_asking_again(last: Option<Outcome>) -> bool {
    matches!(last, Some(Outcome::Answered(408 | 425 | 429)))
}

fn is_about_the_bucket(error: &(dyn std::error::Error + 'static)) -> bool {
    let text = deepest(error);
    ["NoSuchBucket", "ContainerNotFound"].into_iter().any(|code| text.contains(code))
}

/// How a value begins.
const VALUE: &[u8] = b"bowline state 1\n";
/// What is left of a removed value. No value begins so.
const REMOVED: &[u8] = b"bowline state 1 removed\n";
/// Larger ones are not ours.
const MOST: u64 = 64 << 20;
/// Values that are read at the same time.
const AT_ONCE: usize = 8;
/// One value, with all attempts to get it.
const READING: Duration = Duration::from_secs(25);
/// A list, page by page.
const LISTING: Duration = Duration::from_secs(60);
