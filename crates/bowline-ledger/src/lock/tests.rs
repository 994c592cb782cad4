//! Locks of machines whose clocks and lives the test decides about.

use super::*;
use bowline_model::git::TagName;
use bowline_port::clock::FixedClock;
use bowline_port::state::faulty::{Fault, Faulty};
use bowline_port::state::memory::MemoryState;
use bowline_port::state::settled::Settled;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

const TTL: Duration = Duration::from_secs(600);

/// A machine with a clock of its own.
struct Machine {
    locks: Locks,
    clock: Arc<FixedClock>,
    alive: Arc<AtomicBool>,
}

impl Machine {
    fn new(name: &str, store: &Arc<dyn StateStore>) -> Self {
        Self::at(name, store, 1_800_000_000)
    }

    fn at(name: &str, store: &Arc<dyn StateStore>, now: i64) -> Self {
        let clock = Arc::new(FixedClock::new(Timestamp::from_unix(now).unwrap()));
        let alive = Arc::new(AtomicBool::new(true));
        let lives = alive.clone();
        let me = Me {
            owner: Owner {
                id: name.to_owned(),
                kind: None,
                name: name.to_owned(),
                boot: Some(format!("boot of {name}")),
                process: Some(ProcessMark { id: 1, started: None }),
            },
            nonce: format!("nonce of {name}"),
            lives: Arc::new(move |_| lives.load(Ordering::SeqCst)),
        };
        let store: Arc<dyn StateStore> = Arc::new(Settled::new(store.clone(), clock.clone()));
        Self { locks: Locks { store, clock: clock.clone(), me, ttl: TTL, seen: Seen::default() }, clock, alive }
    }

    /// The same machine with another process.
    fn next_process(&self) -> Self {
        let mut locks = self.locks.clone();
        locks.me.nonce.push('+');
        Self { locks, clock: self.clock.clone(), alive: self.alive.clone() }
    }

    fn take(&self, channel: &str) -> Result<Held, LockError> {
        self.take_waiting(channel, Duration::ZERO)
    }

    fn take_waiting(&self, channel: &str, patience: Duration) -> Result<Held, LockError> {
        self.locks.take(&claim(channel), &|| Ok(Vec::new()), patience, &Stop::default())
    }

    fn pass(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds));
    }
}

fn claim(channel: &str) -> Claim {
    Claim {
        channel: channel.to_owned(),
        run: "run".to_owned(),
        plan: Digest::of(channel.as_bytes()),
        tag: TagName::new("v1.0.0").unwrap(),
    }
}

fn store() -> Arc<dyn StateStore> {
    Arc::new(MemoryState::default())
}

fn is_busy(taken: Result<Held, LockError>) -> LockRecord {
    match taken {
        Err(LockError::Busy(holder)) => *holder,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("the lock was taken"),
    }
}

#[test]
fn one_at_a_time_and_the_loser_is_told_who() {
    let store = store();
    let (one, other) = (Machine::new("one", &store), Machine::new("other", &store));
    let held = one.take("main").unwrap();
    let holder = is_busy(other.take("main"));
    assert_eq!((holder.owner.name.as_str(), holder.token), ("one", 1));
    assert!(LockError::Busy(Box::new(holder)).to_string().contains("one is releasing v1.0.0 (channel main) since"));
    other.take("next").unwrap().release(&[]).unwrap();
    held.release(&[]).unwrap();
    let second = other.take("main").unwrap();
    assert_eq!(second.record().token, 2, "a token is never used twice");
    is_busy(one.take("main"));
}

#[test]
fn it_is_not_taken_before_its_lease_has_run_out() {
    let store = store();
    let (one, other) = (Machine::new("one", &store), Machine::new("other", &store));
    let held = one.take("main").unwrap();
    for _ in 0..10 {
        one.pass(300);
        other.pass(300);
        held.keep().unwrap();
        is_busy(other.take("main"));
    }
    other.pass(599);
    is_busy(other.take("main"));
    other.pass(2);
    assert_eq!(other.take("main").unwrap().record().token, 2);
    // Its first owner notices before its next effect.
    one.pass(300);
    assert!(matches!(held.keep(), Err(LockError::Lost { to: Some(_), .. })));
    assert!(matches!(held.release(&[]), Err(LockError::Lost { .. })));
    assert!(other.locks.look("main").unwrap() != Standing::Free, "what the second one holds is still there");
}

#[test]
fn before_something_is_taken_away_it_is_asked_for_whatever_the_time() {
    let store = store();
    let (one, other) = (Machine::new("one", &store), Machine::new("other", &store));
    let held = one.take("main").unwrap();
    held.confirm().unwrap();
    assert_eq!(held.record().renewals, 1, "it is renewed by that");
    // The first machine slept, and its clock with it.
    other.pass(700);
    let _taken = other.take("main").unwrap();
    held.keep().unwrap();
    assert!(matches!(held.confirm(), Err(LockError::Lost { to: Some(_), .. })));
}

#[test]
fn a_dead_process_of_the_same_owner_is_followed_at_once_and_a_living_one_is_not() {
    let store = store();
    let one = Machine::new("one", &store);
    let held = one.take("main").unwrap();
    let second = one.next_process();
    is_busy(second.take("main"));
    one.alive.store(false, Ordering::SeqCst);
    assert!(matches!(second.locks.look("main").unwrap(), Standing::Ours(_)));
    let taken = second.take("main").unwrap();
    assert_eq!(taken.record().token, 2);
    one.pass(300);
    assert!(matches!(held.keep(), Err(LockError::Lost { .. })), "the first one is not dead after all");
}

/// Machines have the same name by accident, and where nothing tells one start from another, or process numbers mean other
/// processes, nobody can say that a holder is dead.
#[test]
fn a_machine_follows_only_a_death_that_it_can_see() {
    let host = |store: &Arc<dyn StateStore>, boot: Option<&str>| {
        let mut machine = Machine::new("host:mac:mac:app", store);
        machine.locks.me.owner.boot = boot.map(str::to_owned);
        machine
    };
    for (one, other) in [(None, None), (None, Some("a")), (Some("a"), None), (Some("a"), Some("b"))] {
        let store = store();
        let (first, mut second) = (host(&store, one), host(&store, other));
        let _held = first.take("main").unwrap();
        second.locks.me.nonce = "another process".to_owned();
        second.alive.store(false, Ordering::SeqCst);
        is_busy(second.take("main"));
        second.pass(700);
        assert_eq!(second.take("main").unwrap().record().token, 2, "its lease ends");
    }
    let store = store();
    let first = host(&store, Some("a"));
    let _held = first.take("main").unwrap();
    let second = first.next_process();
    is_busy(second.take("main"));
    second.alive.store(false, Ordering::SeqCst);
    assert_eq!(second.take("main").unwrap().record().token, 2);
}

#[test]
fn an_owner_that_does_not_say_what_it_is_is_told_by_its_id() {
    let owner = |id: &str, kind: &str| -> Owner {
        serde_json::from_str(&format!(r#"{{"id":"{id}","name":"x","boot":null,"process":null{kind}}}"#)).unwrap()
    };
    assert_eq!(owner("host:a:b", "").kind(), OwnerKind::Machine);
    assert_eq!(owner("GitHub Actions:1:release", "").kind(), OwnerKind::Ci);
    assert_eq!(owner("host:a:b", r#","kind":"ci""#).kind(), OwnerKind::Ci);
}

#[test]
fn a_later_attempt_of_a_ci_job_on_another_machine_goes_on_at_once() {
    let store = store();
    let first = Machine::new("job 1", &store);
    let _held = first.take("main").unwrap();
    let mut second = Machine::new("job 1", &store);
    second.locks.me.owner.boot = Some("another machine".to_owned());
    second.locks.me.nonce = "another process".to_owned();
    assert_eq!(second.take("main").unwrap().record().token, 2);
    is_busy(Machine::new("job 2", &store).take("main"));
}

#[test]
fn waiting_ends_with_the_holder_with_patience_or_with_a_wish_to_pause() {
    let store = store();
    let (one, other) = (Machine::new("one", &store), Machine::new("other", &store));
    let held = one.take("main").unwrap();
    let before = other.clock.now();
    is_busy(other.take_waiting("main", Duration::from_secs(30)));
    assert_eq!(other.clock.now().since(before), 30, "it waits as long as it may, and no longer");
    // The lease is judged while waiting, too.
    assert_eq!(other.take_waiting("main", Duration::from_secs(3600)).unwrap().record().token, 2);
    drop(held);
    let stop = Stop::default();
    stop.request("SIGINT");
    let third = Machine::new("third", &store);
    let ended = third.locks.take(&claim("main"), &|| Ok(Vec::new()), Duration::from_secs(60), &stop);
    assert!(matches!(ended, Err(LockError::Stopped(_))));
}

#[test]
fn a_lease_from_the_future_is_not_judged_by_our_clock() {
    let store = store();
    let day = 24 * 60 * 60;
    let ahead = Machine::at("ahead", &store, 1_800_000_000 + day);
    let mut us = Machine::new("us", &store);
    let _held = ahead.take("main").unwrap();
    us.pass(700);
    is_busy(us.take("main"));
    us.pass(500);
    assert!(matches!(us.locks.look("main").unwrap(), Standing::Busy(_)), "seen for 500 s of 600");
    us.pass(200);
    assert!(matches!(us.locks.look("main").unwrap(), Standing::Expired(_)), "whoever looks, with or without waiting");
    us.locks.seen = Seen::default();
    // Seen unchanged for its whole length, it is over whatever its clock says.
    let before = us.clock.now();
    let taken = us.take_waiting("main", Duration::from_secs(3600)).unwrap();
    assert!((600..=620).contains(&us.clock.now().since(before)), "{}", us.clock.now());
    assert_eq!(taken.record().token, 2);
}

#[test]
fn who_has_a_slow_clock_loses_the_lock_and_notices() {
    let store = store();
    let day = 24 * 60 * 60;
    let behind = Machine::at("behind", &store, 1_800_000_000 - day);
    let us = Machine::new("us", &store);
    let held = behind.take("main").unwrap();
    us.take("main").unwrap();
    behind.pass(300);
    assert!(matches!(held.keep(), Err(LockError::Lost { .. })));
    assert!(matches!(held.sending(), Err(LockError::Lost { .. })));
}

/// Twelve machines, many rounds: each time one of them gets it.
#[test]
fn of_many_takers_one_succeeds() {
    const RACERS: usize = 12;
    for round in 0..200 {
        let store = store();
        let barrier = Barrier::new(RACERS);
        let takers: Vec<Machine> = (0..RACERS).map(|n| Machine::new(&format!("racer {n}"), &store)).collect();
        let won = std::thread::scope(|scope| {
            let threads: Vec<_> = takers
                .iter()
                .map(|machine| {
                    let locks = machine.locks.clone();
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        match locks.take(&claim("main"), &|| Ok(Vec::new()), Duration::ZERO, &Stop::default()) {
                            Ok(held) => Some(held.record().owner.id),
                            Err(LockError::Busy(_)) => None,
                            Err(other) => panic!("{other:?}"),
                        }
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(won.len(), 1, "round {round}: {won:?}");
    }
}

#[test]
fn a_push_that_may_still_arrive_is_remembered_until_its_senders_lease_has_run_out() {
    let store = store();
    let one = Machine::new("one", &store);
    one.take("main").unwrap().sending().unwrap();
    one.alive.store(false, Ordering::SeqCst);
    let second = one.next_process();
    let taken = second.take("main").unwrap();
    assert_eq!(taken.record().sent.map(|sent| sent.plan), Some(claim("main").plan));
    taken.release(&[]).unwrap();
    // Whoever lets go of it knows what came of everything.
    assert_eq!(Machine::new("other", &store).take("main").unwrap().record().sent, None);
    // After the lease nothing of the push can arrive.
    let third = Machine::new("third", &store);
    third.take("late").unwrap().sending().unwrap();
    let fourth = Machine::new("fourth", &store);
    fourth.pass(700);
    assert_eq!(fourth.take("late").unwrap().record().sent, None);
}

#[test]
fn lost_answers_are_settled_and_lies_are_found_out() {
    for fault in [Fault::ReplyLost, Fault::RequestLost, Fault::ConflictAfterChange] {
        let store = store();
        let faulty: Arc<dyn StateStore> = Arc::new(Faulty::new(store.clone(), fault, 1));
        let held = Machine::new("one", &faulty).take("main").unwrap();
        assert_eq!(held.record().token, 1, "{fault:?}");
        is_busy(Machine::new("other", &store).take("main"));
        held.release(&[]).unwrap();
        assert_eq!(Machine::new("other", &store).take("main").unwrap().record().token, 2, "{fault:?}");
    }
    for (fault, code, exit) in [
        (Fault::AcceptedAndLost, "lock_removed", 20),
        (Fault::Refused, "state_refused", 12),
        (Fault::Unreachable, "state_unavailable", 20),
    ] {
        let faulty: Arc<dyn StateStore> = Arc::new(Faulty::new(store(), fault, 9));
        let failure: Failure = Machine::new("one", &faulty).take("main").map(drop).unwrap_err().into();
        assert_eq!((failure.code.as_str(), failure.kind.exit_code(false)), (code, exit), "{fault:?}: {failure:?}");
        assert!(!failure.hints.is_empty(), "{fault:?}");
    }
}

#[test]
fn a_lock_that_was_removed_before_it_was_read_back_is_taken_by_the_next_try() {
    let store: Arc<dyn StateStore> = Arc::new(Faulty::new(store(), Fault::AcceptedAndLost, 1));
    let one = Machine::new("one", &store);
    let failure: Failure = one.take("main").map(drop).unwrap_err().into();
    let shown = format!("{failure:?}");
    for part in ["channel main", "memory", "somebody removed it meanwhile", "run the same command again"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(one.take("main").unwrap().record().token, 1);
}

#[test]
fn what_is_no_lock_of_ours_is_named_and_left_alone() {
    let store = store();
    let one = Machine::new("one", &store);
    for (value, code) in [
        (&br#"{"schema":"bowline/lock/v2","channel":"main"}"#[..], "state_newer"),
        (b"{}", "lock_foreign"),
        (b"\xff\x00", "lock_foreign"),
    ] {
        let before = store.get("lock/main").unwrap().map(|found| found.version);
        store.swap(&[Change::update("lock/main", before, value)]).unwrap();
        let failure: Failure = one.take("main").map(drop).unwrap_err().into();
        assert_eq!((failure.code.as_str(), failure.kind.exit_code(false)), (code, 22));
        assert_eq!(store.get("lock/main").unwrap().unwrap().value, value);
    }
}

/// Sleeps for an hour each time.
struct Hourly(Arc<FixedClock>);

impl Clock for Hourly {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }
    fn sleep(&self, _: Duration) {
        self.0.sleep(Duration::from_secs(60 * 60));
    }
}

/// Whoever may push may write a lock.
#[test]
fn a_lock_that_was_made_up_is_harmless() {
    let store = store();
    let one = Machine::new("one", &store);
    let _held = Machine::new("other", &store).take("main").unwrap();
    let found = store.get("lock/main").unwrap().unwrap();
    let real: LockRecord = serde_json::from_slice(&found.value).unwrap();
    let plant = |change: &dyn Fn(&mut LockRecord)| {
        let mut record = real.clone();
        change(&mut record);
        let version = store.get("lock/main").unwrap().map(|found| found.version);
        let value = serde_json::to_vec(&record).unwrap();
        store.swap(&[Change::update("lock/main", version, value)]).unwrap();
    };
    plant(&|lock| {
        lock.owner.name = "\u{1b}[2J\n##[error]x \u{202e}".to_owned();
        lock.owner.id = "\u{1b}".to_owned();
    });
    let holder = is_busy(one.take("main"));
    for text in [&holder.owner.name, &holder.owner.id, &LockError::Busy(Box::new(holder.clone())).to_string()] {
        assert!(!text.contains(['\u{1b}', '\n', '\u{202e}']) && !text.contains("##["), "{text:?}");
    }
    for lie in [
        (&|lock: &mut LockRecord| lock.token = u64::MAX) as &dyn Fn(&mut LockRecord),
        &|lock| lock.token = (1 << 53) + 1,
        &|lock| lock.channel = "another\u{1b}".to_owned(),
    ] {
        plant(lie);
        assert!(matches!(one.take("main"), Err(LockError::Foreign { .. })));
        assert!(matches!(one.locks.all(), Err(LockError::Foreign { .. })));
    }
    // A lease that claims to last for ever ends all the same, by the clock and without one.
    let far = Timestamp::from_unix(200_000_000_000).unwrap();
    plant(&|lock| (lock.expires, lock.ttl_ms, lock.renewals) = (far, u64::MAX, u64::MAX));
    is_busy(one.take("main"));
    plant(&|lock| (lock.expires, lock.renewed, lock.ttl_ms) = (far, far, u64::MAX));
    let mut patient = one.next_process();
    patient.locks.clock = Arc::new(Hourly(one.clock.clone()));
    let patience = LONGEST_LEASE + Duration::from_secs(24 * 60 * 60);
    assert_eq!(patient.take_waiting("main", patience).unwrap().record().token, 2);
    plant(&|lock| (lock.expires, lock.ttl_ms) = (far, u64::MAX));
    assert_eq!(one.next_process().take("main").unwrap().record().token, 2, "one month has passed");
}

/// A store whose push carries the lock: what the remote does with it is played by the test.
struct Riding(Arc<dyn StateStore>);

impl StateStore for Riding {
    fn place(&self) -> String {
        self.0.place()
    }
    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        self.0.get(key)
    }
    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        self.0.read(prefix)
    }
    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        self.0.swap(changes)
    }
    fn is_atomic(&self) -> bool {
        true
    }
    fn ride(&self, _: &str, change: &Change) -> Result<Option<(RefUpdate, Version)>, StateError> {
        // The push arrives at once; whether its answer does is for the test to say.
        let version = self.0.swap(std::slice::from_ref(change))?.remove(0).unwrap();
        let oid = bowline_model::Oid::from_hex(&[b'0'; 40]).unwrap();
        Ok(Some((RefUpdate { name: change.key.clone(), old: None, new: oid }, version)))
    }
}

#[test]
fn a_push_that_carried_the_lock_and_was_not_answered_is_settled_by_looking() {
    for answered in [true, false] {
        let store: Arc<dyn StateStore> = Arc::new(Riding(store()));
        let one = Machine::new("one", &store);
        let held = one.take("main").unwrap();
        assert!(held.ride("origin").unwrap().is_some());
        if answered {
            held.rode();
        }
        one.pass(300);
        held.keep().unwrap();
        held.release(&[]).unwrap();
        assert_eq!(one.locks.look("main").unwrap(), Standing::Free);
    }
}

#[test]
fn channels_have_keys() {
    assert_eq!(Locks::key("main"), "lock/main");
    let keys = ["a/b", "a-b", "a b", "ä", "", "..", "x.lock"].map(Locks::key);
    for (n, key) in keys.iter().enumerate() {
        assert!(bowline_port::state::check_key(key).is_ok(), "{key}");
        assert!(!keys[..n].contains(key), "{key} stands for two channels");
    }
}
