//! State kept in references of a remote: what a release needs beside the repository is the repository.
//!
//! The key `lock/main` is the reference `refs/bowline/lock/main`. All changes of a call are one atomic push in which
//! every reference moves only from the value that its change names, so the remote itself compares and swaps. The
//! version of a value is its object's id, and equal values have equal ids on every machine. In branches, which many
//! remotes let move forward only, each value comes after the one that it replaces, and its id depends on that one too.
//!
//! Git neither sends nor compares a reference that has its new value already. Where that could make two writers of the
//! same value both believe that they were first, the remote is looked at.

use crate::git::{HostGit, Move, ValueError, Values, without_logins};
use bowline_model::Oid;
use bowline_model::text::one_line;
use bowline_port::git::{PushError, RefUpdate};
use bowline_port::state::{Change, StateError, StateStore, Version, Versioned, check_key};
use std::collections::BTreeSet;

/// Keeps state in references of a remote.
pub struct GitState {
    values: Values,
    remote: String,
    prefix: String,
}

pub use crate::git::{STATE_BRANCHES, STATE_REFERENCES};

/// Where state cannot live.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a folder of references")]
pub struct PrefixError(String);

impl HostGit {
    /// State in references of `remote` (a name or an address) that begin with `prefix`: [`STATE_REFERENCES`] or
    /// [`STATE_BRANCHES`]. Asks nobody.
    pub fn state(&self, remote: &str, prefix: &str) -> Result<GitState, PrefixError> {
        let parts = prefix.strip_prefix("refs/").and_then(|rest| rest.strip_suffix('/'));
        match parts.map(check_key) {
            Some(Ok(_)) => Ok(GitState { values: self.values(), remote: remote.to_owned(), prefix: prefix.to_owned() }),
            _ => Err(PrefixError(one_line(prefix, 80).into_owned())),
        }
    }
}

impl StateStore for GitState {
    fn place(&self) -> String {
        format!("{} of {}", self.prefix, one_line(&without_logins(&self.remote), 400))
    }

    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        let name = self.name(check_key(key)?);
        let mut found = self.values.read(&self.remote, &name, |_| true).map_err(|error| self.unreadable(error))?;
        Ok(found.pop().map(|value| versioned(value.object, value.bytes)))
    }

    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        // What no key can begin with must not become a pattern.
        if !prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b)) {
            return Ok(Vec::new());
        }
        // A name that is no key was not made by us, and nobody can ask for it.
        let is_ours = |name: &str| self.key(name).is_some_and(|key| check_key(key).is_ok());
        let pattern = format!("{}*", self.name(prefix));
        let found = self.values.read(&self.remote, &pattern, is_ours).map_err(|error| self.unreadable(error))?;
        let values = found.into_iter().filter_map(|value| {
            let key = self.key(&value.reference)?.to_owned();
            Some((key, versioned(value.object, value.bytes)))
        });
        Ok(values.collect())
    }

    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        changes.iter().try_for_each(|change| check_key(&change.key).map(drop))?;
        let mut seen = BTreeSet::new();
        if let Some(twice) = changes.iter().find(|change| !seen.insert(&change.key)) {
            return Err(self.refused(format!("`{}` is changed twice at once", twice.key)));
        }
        let moves: Vec<Move> = changes.iter().map(|change| self.to_move(change)).collect::<Result<_, _>>()?;
        match moves.as_slice() {
            [] => return Ok(Vec::new()),
            [_] => {}
            // A value that is there already would not stop the others.
            several => self.compare(several)?,
        }
        let landed = self.values.push(&self.remote, &moves).map_err(|error| self.not_pushed(error, &moves))?;
        let uncompared = moves.iter().find(|moved| moved.old != moved.new && landed.unsent.contains(&moved.name));
        match uncompared {
            None => {}
            Some(moved) if landed.unsent.len() == moves.len() => return Err(self.conflict(&moved.name)),
            // Between the look and the push somebody wrote the value that we were about to write.
            Some(moved) => {
                let message = format!("{} got its new value from somebody else", moved.name);
                return Err(StateError::Unknown { place: self.place(), message });
            }
        }
        Ok(moves.iter().map(|moved| moved.new.map(version)).collect())
    }

    fn is_atomic(&self) -> bool {
        true
    }

    /// A push carries no reference that has its new value already, so a change that changes nothing cannot ride.
    fn ride(&self, remote: &str, change: &Change) -> Result<Option<(RefUpdate, Version)>, StateError> {
        check_key(&change.key)?;
        if remote != self.remote || change.value.is_none() {
            return Ok(None);
        }
        let Move { name, old, new } = self.to_move(change)?;
        let update = new.filter(|new| old != Some(*new)).map(|new| (RefUpdate { name, old, new }, version(new)));
        Ok(update)
    }
}

impl GitState {
    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn key<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(&self.prefix)
    }

    /// The change as the move of a reference. Writes the value's objects, which nothing points to yet.
    fn to_move(&self, change: &Change) -> Result<Move, StateError> {
        let name = self.name(&change.key);
        let old = match &change.expected {
            None => None,
            // What no object is called cannot be the version that is there.
            Some(expected) => {
                let oid = expected.as_str().parse::<Oid>().ok().filter(|oid| self.values.fits(*oid));
                Some(oid.ok_or_else(|| self.conflict(&name))?)
            }
        };
        let new = match &change.value {
            None => None,
            Some(value) if value.len() as u64 > Values::LARGEST => {
                let largest = Values::LARGEST;
                let what = format!("`{}` has {} bytes, more than {largest}", change.key, value.len());
                return Err(self.refused(what));
            }
            Some(value) => {
                let parent = old.filter(|_| self.prefix.starts_with("refs/heads/"));
                parent.map_or(Ok(()), |parent| self.bring(&name, parent))?;
                Some(self.values.write(value, parent).map_err(|error| self.failed("write", error))?)
            }
        };
        Ok(Move { name, old, new })
    }

    /// Makes sure that the version that a value comes after is here, with what comes before it: a push walks from the
    /// new value down to what the remote has.
    fn bring(&self, name: &str, version: Oid) -> Result<(), StateError> {
        let is_here = || self.values.is_here(version).map_err(|error| self.failed("read", error));
        if is_here()? {
            return Ok(());
        }
        self.values.read(&self.remote, name, |_| true).map_err(|error| self.unreadable(error))?;
        // It is not what the reference points to, then.
        if is_here()? { Ok(()) } else { Err(self.conflict(name)) }
    }

    /// Refuses moves of which one does not begin where its reference is.
    fn compare(&self, moves: &[Move]) -> Result<(), StateError> {
        let pattern = format!("{}*", self.prefix);
        let listed = self.values.list(&self.remote, &pattern).map_err(|error| self.failed("read", error))?;
        let there = |name: &str| listed.iter().find(|(listed, _)| listed == name).map(|(_, oid)| *oid);
        match moves.iter().find(|moved| there(&moved.name) != moved.old) {
            Some(moved) => Err(self.conflict(&moved.name)),
            None => Ok(()),
        }
    }

    fn not_pushed(&self, error: PushError, moves: &[Move]) -> StateError {
        match error {
            PushError::Stale { reference } => {
                // Git may blame no reference of ours; then the first one stands for all.
                let known = moves.iter().find(|moved| moved.name == reference).or(moves.first());
                self.conflict(known.map_or(&reference, |moved| &moved.name))
            }
            PushError::Rejected { reference, reason } => self.refused(format!("{reference}: {reason}")),
            PushError::NotAtomic => {
                self.refused("it cannot move several references at once, which state needs".to_owned())
            }
            PushError::NotSent { .. } => self.failed("write", error),
            PushError::Unknown { message } => StateError::Unknown { place: self.place(), message },
        }
    }

    fn conflict(&self, name: &str) -> StateError {
        StateError::Conflict { key: self.key(name).unwrap_or(name).to_owned(), place: self.place() }
    }

    fn refused(&self, reason: String) -> StateError {
        StateError::Refused { place: self.place(), reason }
    }

    fn failed(&self, action: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> StateError {
        StateError::Failed { action, place: self.place(), source: Box::new(error) }
    }

    fn unreadable(&self, error: ValueError) -> StateError {
        match error {
            ValueError::Git(error) => self.failed("read", error),
            ValueError::Foreign { reference, what } => StateError::Foreign {
                reference,
                remote: one_line(&without_logins(&self.remote), 400).into_owned(),
                what,
            },
            other => self.failed("read", other),
        }
    }
}

fn versioned(object: Oid, value: Vec<u8>) -> Versioned {
    Versioned { version: version(object), value }
}

fn version(oid: Oid) -> Version {
    Version::new(oid.to_string())
}
