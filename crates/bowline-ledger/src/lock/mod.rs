//! The lock of a channel: one run at a time, on all machines that share the state store.
//!
//! [`Locks::take`] creates or moves on one value by compare and swap, so of any number of takers one succeeds. A lock that
//! is held is taken over only when its lease has run out, or when it is our own: the same CI job of the same run, or a
//! process of this machine that is dead. [`Held`] renews it when a stage has taken its time, notices when it was lost,
//! and lets go of it. There is no thread that renews it in the background: an owner that hangs loses it.
//!
//! Clocks of different machines differ. A lease that claims to have been renewed in our future cannot be judged by our
//! clock, and is live until it has been seen unchanged for its whole length ([`Seen`]). A lease
//! that an owner with a slow clock wrote may be taken early; that owner notices before its next effect, and its push is
//! refused where the push carries the lock.

use crate::runs::RunsError;
use bowline_model::plan::Plan;
use bowline_model::release::lock::{LOCK_SCHEMA, LockRecord, LockState, Owner, OwnerKind, ProcessMark, Sent};
use bowline_model::seeded::{Bug, seeded};
use bowline_model::text::{defuse_workflow_commands, one_line};
use bowline_model::{Digest, Failure, FailureKind, Timestamp};
use bowline_port::clock::Clock;
use bowline_port::git::RefUpdate;
use bowline_port::state::{Change, StateError, StateStore, Version, Versioned};
use bowline_port::stop::Stop;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The locks of one repository.
#[derive(Clone)]
pub struct Locks {
    /// Where they are.
    pub store: Arc<dyn StateStore>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who asks.
    pub me: Me,
    /// How long a lease lasts.
    pub ttl: Duration,
    /// Since when which lease has been seen unchanged.
    pub seen: Seen,
}

/// Since when which lease has been seen unchanged, by the clock of this process that never goes back. Shared by everybody
/// in it who looks.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<BTreeMap<String, (Version, Duration)>>>);

impl Seen {
    /// How long `version` has stood in the place of the lock of `channel`.
    fn unchanged(&self, channel: &str, version: &Version, now: Duration) -> Duration {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(channel) {
            Some((known, since)) if known == version => now.saturating_sub(*since),
            _ => {
                seen.insert(channel.to_owned(), (version.clone(), now));
                Duration::ZERO
            }
        }
    }
}

/// Who asks for a lock.
#[derive(Clone)]
pub struct Me {
    /// As others see it.
    pub owner: Owner,
    /// A number that no other process draws.
    pub nonce: String,
    /// Whether a process of this machine is alive.
    pub lives: Arc<dyn Fn(ProcessMark) -> bool + Send + Sync>,
}

/// What a lock is wanted for.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The channel.
    pub channel: String,
    /// The run.
    pub run: String,
    /// Its plan.
    pub plan: Digest,
    /// The tag that it makes.
    pub tag: bowline_model::git::TagName,
}

impl Claim {
    /// The claim of the run that executes `plan`; none when it releases nothing.
    pub fn of(plan: &Plan, run: &str, digest: Digest) -> Option<Self> {
        let tag = plan.packages.first()?.tag.clone();
        Some(Self { channel: plan.channel.clone(), run: run.to_owned(), plan: digest, tag })
    }
}

/// How a lock stands for whoever looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody holds it.
    Free,
    /// Ours: an earlier process of the same owner died holding it.
    Ours(LockRecord),
    /// Its lease has run out.
    Expired(LockRecord),
    /// Somebody is at work.
    Busy(LockRecord),
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else is at work.
    #[error("{} is releasing {} (channel {}) since {}", .0.owner.name, .0.tag, one_line(&.0.channel, 80), .0.acquired)]
    Busy(Box<LockRecord>),
    /// It was taken over, or removed, while we worked.
    #[error("the lock of channel {} was lost{}", one_line(.channel, 80), .to.as_ref().map(|to| format!(" to {}", to.owner.name)).unwrap_or_default())]
    Lost {
        /// The channel.
        channel: String,
        /// Who has it now.
        to: Option<Box<LockRecord>>,
    },
    /// It was taken, and is not there a moment later.
    #[error("the lock of channel {} was taken at {place} and is gone: somebody removed it meanwhile", one_line(.channel, 80))]
    Removed {
        /// The channel.
        channel: String,
        /// Where.
        place: String,
    },
    /// It was written by a later version.
    #[error("the lock of channel {channel} at {place} was written by a newer version of Bowline ({schema})")]
    Newer {
        /// The channel.
        channel: String,
        /// Where.
        place: String,
        /// What it calls itself.
        schema: String,
    },
    /// It is no lock.
    #[error("what stands in the place of the lock of channel {channel} at {place} is no lock")]
    Foreign {
        /// The channel.
        channel: String,
        /// Where.
        place: String,
    },
    /// Somebody wants us to pause instead of waiting.
    #[error("waiting for the lock of channel {0} was ended")]
    Stopped(String),
    /// The runs that go with it cannot be read.
    #[error(transparent)]
    Runs(#[from] RunsError),
    /// The store failed.
    #[error("the lock of channel {} cannot be read or changed", one_line(.channel, 80))]
    State {
        /// The channel.
        channel: String,
        /// Why.
        #[source]
        source: StateError,
    },
    /// The lock has no JSON form: a bug.
    #[error("a lock cannot be written")]
    Record(#[from] serde_json::Error),
}

impl LockError {
    /// The holder, when that is the reason.
    pub fn holder(&self) -> Option<&LockRecord> {
        match self {
            Self::Busy(holder) => Some(holder),
            _ => None,
        }
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        if let LockError::Runs(error) = error {
            return error.into();
        }
        match &error {
            LockError::Busy(holder) => Self::from_error(FailureKind::Busy, "busy", &error)
                .hint(format!(
                    "the lock goes when that run ends; if it has died, another run may take it after {}",
                    holder.expires
                ))
                .hint("run the same command again then, or wait for it: --wait 15m"),
            LockError::Lost { .. } => Self::from_error(FailureKind::Busy, LOCK_LOST, &error)
                .hint("this run stops here and takes nothing back; `bowline status` shows what the other one does")
                .hint("a release that takes longer than its lease needs a longer `lock_ttl` under `[state]`"),
            LockError::Removed { .. } => Self::from_error(FailureKind::Failed, "lock_removed", &error)
                .hint("run the same command again: it takes the lock anew")
                .hint(
                    "if nobody removes it and it is gone each time, this store acknowledges what it does not keep; \
                     keep state elsewhere: `backend` under `[state]`",
                ),
            LockError::Newer { .. } => Self::from_error(FailureKind::Stuck, "state_newer", &error)
                .hint("use the version of Bowline that wrote it, or a later one"),
            LockError::Foreign { place, .. } => Self::from_error(FailureKind::Stuck, "lock_foreign", &error)
                .hint(format!("look at what it is and who put it there; remove it from {place} by hand to go on")),
            LockError::Stopped(_) => Self::from_error(FailureKind::Paused, "paused", &error),
            LockError::State { source, .. } => crate::runs::state_failure_of(source, &error),
            LockError::Runs(_) | LockError::Record(_) => Self::from_error(FailureKind::Internal, "lock_record", &error),
        }
    }
}

impl Locks {
    /// Where the lock of `channel` is kept.
    pub fn key(channel: &str) -> String {
        let safe: String =
            channel.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).take(60).collect();
        if safe == channel && !safe.is_empty() {
            return format!("lock/{safe}");
        }
        // Different names stay different.
        let digest = Digest::of(channel.as_bytes()).hex();
        format!("lock/{safe}-{}", digest.get(..12).unwrap_or(&digest))
    }

    /// How every lock stands that was ever taken, by channel.
    pub fn all(&self) -> Result<Vec<Standing>, LockError> {
        let state = |source| LockError::State { channel: "*".to_owned(), source };
        let found = self.store.read("lock/").map_err(state)?;
        let standing = |record, version: &Version| self.standing(Some(&(record, version.clone())));
        found.iter().map(|(key, found)| Ok(standing(self.parse(key, &found.value)?, &found.version))).collect()
    }

    /// How the lock of `channel` stands for us.
    pub fn look(&self, channel: &str) -> Result<Standing, LockError> {
        Ok(self.standing(self.read(channel)?.as_ref()))
    }

    /// Waits for at most `patience` until the lock of `channel` can be taken.
    pub fn wait(&self, channel: &str, patience: Duration, stop: &Stop) -> Result<(), LockError> {
        self.free(channel, patience, stop).map(drop)
    }

    /// Takes the lock for `claim`, together with the changes of `also` (in one step where the store can). When somebody
    /// else is at work it is tried again for `patience`.
    pub fn take(
        &self,
        claim: &Claim,
        also: &dyn Fn() -> Result<Vec<Change>, RunsError>,
        patience: Duration,
        stop: &Stop,
    ) -> Result<Held, LockError> {
        let started = self.clock.monotonic();
        for _ in 0..MOST_RACES {
            let waited = self.clock.monotonic().saturating_sub(started);
            let found = self.free(&claim.channel, patience.saturating_sub(waited), stop)?;
            match self.seize(claim, found, &also()?) {
                // Somebody was faster; look who.
                Err(LockError::State { source: StateError::Conflict { .. }, .. }) => {}
                other => return other,
            }
        }
        let (key, place) = (Self::key(&claim.channel), self.store.place());
        Err(LockError::State { channel: claim.channel.clone(), source: StateError::Conflict { key, place } })
    }

    /// What stands in the place of the lock when it can be taken.
    fn free(&self, channel: &str, patience: Duration, stop: &Stop) -> Result<Option<(LockRecord, Version)>, LockError> {
        let started = self.clock.monotonic();
        loop {
            let found = self.read(channel)?;
            let Standing::Busy(holder) = self.standing(found.as_ref()) else { return Ok(found) };
            let now = self.clock.monotonic();
            let left = patience.saturating_sub(now.saturating_sub(started));
            if left.is_zero() {
                return Err(LockError::Busy(Box::new(holder)));
            }
            self.clock.sleep(left.min(POLL));
            if stop.is_requested() {
                return Err(LockError::Stopped(one_line(channel, 80).into_owned()));
            }
        }
    }

    fn seize(&self, claim: &Claim, found: Option<(LockRecord, Version)>, also: &[Change]) -> Result<Held, LockError> {
        let now = self.clock.now();
        let (last, version) = found.map_or((None, None), |(record, version)| (Some(record), Some(version)));
        // A push that its sender did not live to see the end of is remembered until nothing of it can arrive.
        let sent = last.as_ref().and_then(|last| last.sent).filter(|sent| sent.until > now);
        let record = LockRecord {
            schema: LOCK_SCHEMA.to_owned(),
            channel: claim.channel.clone(),
            state: LockState::Held,
            token: last.map_or(0, |last| last.token) + 1,
            owner: self.me.owner.clone(),
            run: claim.run.clone(),
            plan: claim.plan,
            tag: claim.tag.clone(),
            acquired: now,
            renewed: now,
            expires: after(now, self.ttl),
            ttl_ms: u64::try_from(self.ttl.as_millis()).unwrap_or(u64::MAX),
            renewals: 0,
            nonce: self.me.nonce.clone(),
            sent,
        };
        let mut changes = vec![Change::update(Self::key(&claim.channel), version, serde_json::to_vec_pretty(&record)?)];
        changes.extend_from_slice(also);
        let state = |source| LockError::State { channel: claim.channel.clone(), source };
        let versions = self.store.swap(&changes).map_err(state)?;
        if seeded(Bug::TrustStore)
            && let Some(version) = versions.into_iter().flatten().next()
        {
            let confirmed = self.clock.monotonic();
            let now = RefCell::new(Moment { record, version, confirmed, riding: None });
            return Ok(Held { locks: self.clone(), now });
        }
        // Before anything relies on it: a store that says yes and keeps nothing looks like somebody who removed it. It is
        // not taken again at once, because whoever removed it may want this run to end.
        let Some((kept, version)) = self.read(&claim.channel)? else {
            return Err(LockError::Removed { channel: claim.channel.clone(), place: self.store.place() });
        };
        if kept != tidy(record.clone()) {
            return Err(LockError::Lost { channel: claim.channel.clone(), to: Some(Box::new(kept)) });
        }
        let confirmed = self.clock.monotonic();
        Ok(Held { locks: self.clone(), now: RefCell::new(Moment { record, version, confirmed, riding: None }) })
    }

    fn standing(&self, found: Option<&(LockRecord, Version)>) -> Standing {
        let Some((record, version)) = found.filter(|(record, _)| record.is_held()) else { return Standing::Free };
        let record = record.clone();
        if record.nonce == self.me.nonce {
            return Standing::Ours(record);
        }
        let me = &self.me.owner;
        let here = me.boot.is_some() && record.owner.boot == me.boot;
        let process = record.owner.process.filter(|_| here);
        let follows = match record.owner.kind() {
            // One job runs once at a time, wherever that is, unless its process can be seen.
            OwnerKind::Ci => !process.is_some_and(|process| (self.me.lives)(process)),
            // Another machine may have the same name: only a death that can be seen counts.
            OwnerKind::Machine => process.is_some_and(|process| !(self.me.lives)(process)),
        };
        if record.owner.id == me.id && record.owner.kind() == me.kind() && follows {
            return Standing::Ours(record);
        }
        let now = self.clock.now();
        // Renewed in our future: one of the clocks is wrong, and we cannot know which.
        if seeded(Bug::TakeLiveLease) {
            return Standing::Expired(record);
        }
        let judged = record.renewed.since(now) <= SKEW;
        // Seen unchanged for its whole length it has run out, whatever its clock says.
        let unchanged = self.seen.unchanged(&record.channel, version, self.clock.monotonic());
        let outlived = unchanged > Duration::from_millis(record.ttl_ms).min(LONGEST_LEASE);
        let expires = record.expires.min(after(record.renewed, LONGEST_LEASE));
        match outlived || judged && expires < now {
            true => Standing::Expired(record),
            false => Standing::Busy(record),
        }
    }

    fn read(&self, channel: &str) -> Result<Option<(LockRecord, Version)>, LockError> {
        let state = |source| LockError::State { channel: channel.to_owned(), source };
        let key = Self::key(channel);
        let Some(Versioned { version, value }) = self.store.get(&key).map_err(state)? else {
            return Ok(None);
        };
        Ok(Some((self.parse(&key, &value)?, version)))
    }

    /// The lock that is kept at `key`. Whoever may push may have written it.
    fn parse(&self, key: &str, value: &[u8]) -> Result<LockRecord, LockError> {
        let (channel, place) = (one_line(key.trim_start_matches("lock/"), 80).into_owned(), self.store.place());
        if let Ok(record) = serde_json::from_slice::<LockRecord>(value)
            && record.schema == LOCK_SCHEMA
            && Self::key(&record.channel) == key
            && record.token <= MOST_TOKENS
        {
            return Ok(tidy(record));
        }
        match crate::runs::schema_of(value).filter(|schema| schema.starts_with("bowline/lock/")) {
            Some(schema) if schema != LOCK_SCHEMA => Err(LockError::Newer { channel, place, schema }),
            _ => Err(LockError::Foreign { channel, place }),
        }
    }
}

/// A lock that is ours.
pub struct Held {
    locks: Locks,
    now: RefCell<Moment>,
}

struct Moment {
    record: LockRecord,
    version: Version,
    /// When it was known to be ours.
    confirmed: Duration,
    /// What it becomes with the push that carries it.
    riding: Option<(LockRecord, Version)>,
}

impl Held {
    /// The record as it was written last.
    pub fn record(&self) -> LockRecord {
        self.now.borrow().record.clone()
    }

    /// Makes sure that it is still ours, when some time has passed, and renews it.
    pub fn keep(&self) -> Result<(), LockError> {
        let due = self.locks.ttl / 3;
        let waited = self.locks.clock.monotonic().saturating_sub(self.now.borrow().confirmed);
        if waited < due { Ok(()) } else { self.confirm() }
    }

    /// Makes sure that it is still ours, whatever the time, and renews it.
    pub fn confirm(&self) -> Result<(), LockError> {
        self.advance(&[], |record| self.next(record))
    }

    /// Renews it, and notes that a push for our plan is about to be sent.
    pub fn sending(&self) -> Result<(), LockError> {
        self.advance(&[], |record| {
            let next = self.next(record);
            LockRecord { sent: Some(Sent { plan: next.plan, until: next.expires }), ..next }
        })
    }

    /// The update with which a push to `remote` moves the lock on, when it can carry it: then a push is refused whose
    /// lock was taken over.
    pub fn ride(&self, remote: &str) -> Result<Option<RefUpdate>, LockError> {
        self.settle()?;
        let (key, next, version) = {
            let now = self.now.borrow();
            let key = Locks::key(&now.record.channel);
            (key, self.next(&now.record), now.version.clone())
        };
        let change = Change::update(key, Some(version), serde_json::to_vec_pretty(&next)?);
        let riding = self.locks.store.ride(remote, &change);
        let riding = riding.map_err(|source| LockError::State { channel: self.record().channel, source })?;
        let Some((update, version)) = riding else { return Ok(None) };
        self.now.borrow_mut().riding = Some((next, version));
        Ok(Some(update))
    }

    /// The push that carried it was accepted.
    pub fn rode(&self) {
        let mut now = self.now.borrow_mut();
        if let Some((record, version)) = now.riding.take() {
            (now.record, now.version) = (record, version);
            now.confirmed = self.locks.clock.monotonic();
        }
    }

    /// Lets go of it, together with `also` (in one step where the store can).
    pub fn release(&self, also: &[Change]) -> Result<(), LockError> {
        // `also` comes first: where the store makes one change after the other, the record of the run is there before
        // others look.
        self.advance(also, |record| LockRecord {
            state: LockState::Released,
            renewed: self.locks.clock.now(),
            renewals: record.renewals.saturating_add(1),
            sent: None,
            ..record.clone()
        })
    }

    /// After a push that carried it and was not answered: whether it has moved on is found by looking.
    fn settle(&self) -> Result<(), LockError> {
        if self.now.borrow().riding.is_none() { Ok(()) } else { self.find_again() }
    }

    /// Takes over the record as it stands now, when it is still this process's own.
    fn find_again(&self) -> Result<(), LockError> {
        let (channel, token) = {
            let now = self.now.borrow();
            (now.record.channel.clone(), now.record.token)
        };
        match self.locks.read(&channel)? {
            Some((record, version)) if record.nonce == self.locks.me.nonce && record.token == token => {
                let mut now = self.now.borrow_mut();
                (now.record, now.version, now.riding) = (record, version, None);
                Ok(())
            }
            other => Err(LockError::Lost { channel, to: other.map(|(record, _)| Box::new(record)) }),
        }
    }

    /// Moves the lock on to what `next` makes of it, after `before`. A change that was overtaken by a push of ours that
    /// arrived late is made again from there.
    fn advance(&self, before: &[Change], next: impl Fn(&LockRecord) -> LockRecord) -> Result<(), LockError> {
        self.settle()?;
        for attempt in 1.. {
            let (record, version) = {
                let now = self.now.borrow();
                (next(&now.record), now.version.clone())
            };
            let mut changes = before.to_vec();
            changes.push(Change::update(
                Locks::key(&record.channel),
                Some(version),
                serde_json::to_vec_pretty(&record)?,
            ));
            match self.locks.store.swap(&changes) {
                Ok(versions) => {
                    let mut now = self.now.borrow_mut();
                    now.version = versions.into_iter().flatten().last().unwrap_or_else(|| now.version.clone());
                    (now.record, now.confirmed) = (record, self.locks.clock.monotonic());
                    return Ok(());
                }
                Err(StateError::Conflict { .. }) if attempt == 1 => self.find_again()?,
                Err(source) => return Err(LockError::State { channel: record.channel, source }),
            }
        }
        Ok(())
    }

    fn next(&self, record: &LockRecord) -> LockRecord {
        let now = self.locks.clock.now();
        LockRecord {
            renewed: now,
            expires: after(now, self.locks.ttl),
            renewals: record.renewals.saturating_add(1),
            ..record.clone()
        }
    }
}

/// `record` with texts that are safe to show. The channel is left as it is, because the key is made of it.
fn tidy(mut record: LockRecord) -> LockRecord {
    let shown = |text: &mut String| *text = defuse_workflow_commands(&one_line(text, LONGEST_TEXT)).into_owned();
    let Owner { id, name, boot, .. } = &mut record.owner;
    [id, name, &mut record.run, &mut record.nonce].into_iter().chain(boot).for_each(shown);
    record
}

fn after(now: Timestamp, ttl: Duration) -> Timestamp {
    let seconds = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_unix(now.unix().saturating_add(seconds)).unwrap_or(now)
}

/// The code of the failure of a run that lost its lock: what it has made may be in use by whoever has the lock now.
pub const LOCK_LOST: &str = "lock_lost";
/// Taking is tried again when somebody else was faster; who loses this often is told so.
const MOST_RACES: u32 = 20;
/// Nobody takes a lock more often; JSON keeps no larger number exactly.
const MOST_TOKENS: u64 = 1 << 53;
/// Longer than every text that we write, so that none of ours is cut.
const LONGEST_TEXT: usize = 1000;
/// No lease lasts longer, whatever it claims.
const LONGEST_LEASE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Between two looks at somebody else's lock.
const POLL: Duration = Duration::from_secs(2);
/// How far clocks may differ, in seconds.
const SKEW: i64 = 120;

#[cfg(test)]
mod tests;
