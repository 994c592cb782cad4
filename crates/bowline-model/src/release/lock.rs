//! The lock of a channel, as it is stored and shown.
//!
//! One run at a time releases a channel of a repository. The record says who, since when and until when, so that a
//! person who is told to wait knows for whom. It is a lease: its owner renews it, and when it has run out somebody else
//! may take it. The token grows with every taking and is never used twice, so that an owner who was away too long can
//! be told from the present one.

use crate::git::TagName;
use crate::hash::Digest;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The `schema` value of a lock.
pub const LOCK_SCHEMA: &str = "bowline/lock/v1";

/// Who holds the lock of a channel, or held it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockRecord {
    /// Always `bowline/lock/v1`.
    pub schema: String,
    /// The channel.
    pub channel: String,
    /// Whether it is held.
    pub state: LockState,
    /// Grows with every taking; the fencing token.
    pub token: u64,
    /// Who.
    pub owner: Owner,
    /// The run.
    pub run: String,
    /// Its plan.
    pub plan: Digest,
    /// The tag that it makes.
    pub tag: TagName,
    /// When it was taken, by the owner's clock.
    pub acquired: Timestamp,
    /// When it was renewed last, by the owner's clock.
    pub renewed: Timestamp,
    /// When it runs out, by the owner's clock.
    pub expires: Timestamp,
    /// How long it lasts from a renewal, in milliseconds.
    pub ttl_ms: u64,
    /// How often it was renewed: equal records are the same moment of the same owner.
    pub renewals: u64,
    /// A number drawn by the owning process, so that no two processes write the same record.
    pub nonce: String,
    /// A push that was begun and may still arrive.
    pub sent: Option<Sent>,
}

/// Whether a lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LockState {
    /// Its owner is at work, or died at it.
    Held,
    /// Its owner let go of it.
    Released,
}

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// The same for whoever may go on at once: a CI run and job, or a machine since it was started.
    pub id: String,
    /// What it is; when it is not said, the id says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<OwnerKind>,
    /// For people: `job release of run 42 on github.com/acme/app`, `host build-1`.
    pub name: String,
    /// The machine since it was started, and where on it process numbers mean the same; none when it cannot be told.
    pub boot: Option<String>,
    /// The process.
    pub process: Option<ProcessMark>,
}

/// Who can hold a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OwnerKind {
    /// A job of a CI run: one at a time, on whatever machine.
    Ci,
    /// A machine: its name proves nothing, so only its start and the death of the process do.
    Machine,
}

impl Owner {
    /// What it is.
    pub fn kind(&self) -> OwnerKind {
        self.kind.unwrap_or(if self.id.starts_with("host:") { OwnerKind::Machine } else { OwnerKind::Ci })
    }
}

/// A process that cannot be taken for a later one of the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProcessMark {
    /// Its number.
    pub id: u32,
    /// When it was started, as its system counts; none where that cannot be asked.
    pub started: Option<u64>,
}

/// A push that was begun and may still arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    /// For which plan.
    pub plan: Digest,
    /// When its sender's lease runs out: after that nothing of it can arrive any more.
    pub until: Timestamp,
}

impl LockRecord {
    /// Whether its owner is at work, or died at it.
    pub const fn is_held(&self) -> bool {
        matches!(self.state, LockState::Held)
    }
}
