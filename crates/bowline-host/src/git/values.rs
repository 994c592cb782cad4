//! Values behind references of a remote.
//!
//! A value is the only file of a commit, because a forge may take nothing but commits below `refs/heads/`, and may let
//! those references move forward only: there the value before it is its one parent. Objects never change, so each is fetched at most once; the references are asked for each time. No
//! local reference moves.

use super::objects::{LARGEST, ObjectError, Objects, error};
use super::program::Program;
use super::push::{Landed, Move, push};
use super::raw::RawCommit;
use super::{remote, write};
use bowline_model::Oid;
use bowline_port::git::{GitError, PushError};
use gix::ObjectId;
use gix::objs::{FindHeader, Kind};

/// Reads and moves values, with the objects of one repository.
pub(crate) struct Values {
    repo: gix::ThreadSafeRepository,
    program: Program,
}

/// A value, its reference and its object.
pub(crate) struct Value {
    /// Full name.
    pub(crate) reference: String,
    /// The commit that carries it.
    pub(crate) object: Oid,
    /// The value.
    pub(crate) bytes: Vec<u8>,
}

/// Why values cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ValueError {
    /// Somebody else has put something there.
    #[error("{reference} is {what}, which Bowline did not write")]
    Foreign {
        /// Full name.
        reference: String,
        /// In words.
        what: String,
    },
    /// It moved each time between listing and fetching.
    #[error("{reference} changed each time it was about to be read")]
    Restless {
        /// Full name.
        reference: String,
    },
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl Values {
    /// The largest value that is written and read.
    pub(crate) const LARGEST: u64 = LARGEST;

    /// Values of the repository that `repo` opens and `program` runs in.
    pub(super) fn new(repo: gix::ThreadSafeRepository, program: Program) -> Self {
        Self { repo, program }
    }

    /// References of `remote` whose names fit `pattern`, sorted, with what they point to. Asks the network once.
    pub(crate) fn list(&self, remote: &str, pattern: &str) -> Result<Vec<(String, Oid)>, GitError> {
        let mut found = remote::matching(&self.program, remote, pattern)?;
        let (head, any) = pattern.split_once('*').map_or((pattern, false), |(head, _)| (head, true));
        // Git also takes names that only end like the pattern.
        found.retain(|(name, _)| if any { name.starts_with(head) } else { name == head });
        found.sort_unstable();
        Ok(found)
    }

    /// The values of the references of `remote` that `wanted` takes out of those that fit `pattern`.
    pub(crate) fn read(
        &self,
        remote: &str,
        pattern: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Value>, ValueError> {
        let mut failed: Option<(Vec<(String, Oid)>, GitError)> = None;
        let mut restless = String::new();
        for _ in 0..ATTEMPTS {
            let mut listed = self.list(remote, pattern)?;
            listed.retain(|(name, _)| wanted(name));
            match failed.take() {
                // Nothing has moved, so that was not why it failed.
                Some((before, error)) if before == listed => return Err(error.into()),
                _ => {}
            }
            let missing = match self.take(&listed)? {
                Ok(values) => return Ok(values),
                Err(missing) => missing,
            };
            if let Err(error) = remote::fetch_whole(&self.program, remote, &missing) {
                failed = Some((listed, error));
                continue;
            }
            match self.take(&listed)? {
                Ok(values) => return Ok(values),
                Err(missing) => restless = missing.into_iter().next().unwrap_or_default(),
            }
        }
        Err(failed.map_or(ValueError::Restless { reference: restless }, |(_, error)| error.into()))
    }

    /// Writes the objects of a value that comes after `parent`, durably, and returns the commit.
    pub(crate) fn write(&self, value: &[u8], parent: Option<Oid>) -> Result<Oid, GitError> {
        write::value(&self.objects(), NAME, value, parent)
    }

    /// Whether `object` is in the local database.
    pub(crate) fn is_here(&self, object: Oid) -> Result<bool, GitError> {
        let objects = self.objects();
        Ok(objects.kind(objects.known_id(object)?)?.is_some())
    }

    /// Makes all `moves` at `remote` or none.
    pub(crate) fn push(&self, remote: &str, moves: &[Move]) -> Result<Landed, PushError> {
        push(&self.program, remote, moves, super::push::Mode::Real)
    }

    /// Whether an object can have this id here.
    pub(crate) fn fits(&self, oid: Oid) -> bool {
        self.objects().id(oid).is_some()
    }

    /// The listed values out of the local database, or the references whose objects are not there.
    fn take(&self, listed: &[(String, Oid)]) -> Result<Result<Vec<Value>, Vec<String>>, ValueError> {
        let mut objects = self.objects();
        let (mut values, mut missing) = (Vec::new(), Vec::new());
        for (reference, object) in listed {
            match look(&mut objects, *object)? {
                Found::Value(bytes) => values.push(Value { reference: reference.clone(), object: *object, bytes }),
                Found::Missing => missing.push(reference.clone()),
                Found::Foreign(what) => return Err(ValueError::Foreign { reference: reference.clone(), what }),
            }
        }
        Ok(if missing.is_empty() { Ok(values) } else { Err(missing) })
    }

    /// Never asks a promisor: what is missing is fetched from where the reference is.
    fn objects(&self) -> Objects<'_> {
        Objects::new(self.repo.to_thread_local(), &self.program, false)
    }
}

/// What an object is to us.
enum Found {
    Value(Vec<u8>),
    /// It is not here, or not all of it.
    Missing,
    /// Something else, in words.
    Foreign(String),
}

fn look(objects: &mut Objects<'_>, object: Oid) -> Result<Found, GitError> {
    let foreign = |what: &str| Ok(Found::Foreign(what.to_owned()));
    let commit = objects.known_id(object)?;
    match objects.kind(commit)? {
        None => return Ok(Found::Missing),
        Some(Kind::Commit) => {}
        Some(kind) => return foreign(&format!("a {kind}")),
    }
    let hash = objects.repo.object_hash();
    let parsed = objects.read(commit, Kind::Commit, |data| {
        let parsed = RawCommit::parse(data, hash).ok();
        Ok(parsed.map(|raw| (raw.tree, raw.parents().len())))
    })?;
    let Some((tree, 0 | 1)) = parsed else { return foreign("a merge") };
    // The empty tree need not be stored anywhere, so it cannot be missing.
    if !tree.is_empty_tree() && objects.kind(tree)? != Some(Kind::Tree) {
        return Ok(Found::Missing);
    }
    let entries = objects.entries(tree)?;
    let [entry] = entries.as_slice() else { return foreign("a commit of other files") };
    if entry.name != NAME.as_bytes() || !entry.mode.is_file() {
        return foreign("a commit of other files");
    }
    blob(objects, entry.id)
}

fn blob(objects: &mut Objects<'_>, id: ObjectId) -> Result<Found, GitError> {
    let header = objects.repo.objects.try_header(&id).map_err(|source| error(id, ObjectError::Database(source)))?;
    match header {
        None => Ok(Found::Missing),
        Some(header) if header.size > LARGEST => {
            Ok(Found::Foreign(format!("a value of {} bytes, more than {LARGEST}", header.size)))
        }
        Some(_) => objects.read(id, Kind::Blob, |data| Ok(Found::Value(data.to_vec()))),
    }
}

/// The file that carries the value.
const NAME: &str = "value";
/// How often references may move between listing and fetching. What was fetched stays, so each time less is missing.
const ATTEMPTS: usize = 8;
