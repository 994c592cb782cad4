//! The remote moves under a release whose state is in git: branch and tag, and the references of state themselves.

use crate::campaign::{all, check_published};
use crate::ci::{Job, in_ci, values};
use crate::overtaken::{check_released, conversations, meddle, meddle_each, on_remote, path, unseen_commit};
use crate::scene::{PROGRAM, RELEASE, TAG, Variant, clone_as, ready, ready_with};
use bowline_host::clock::SystemClock;
use bowline_host::git::{GitOptions, HostGit};
use bowline_host::process::SystemProcess;
use bowline_host::state::git::STATE_REFERENCES;
use bowline_ledger::runs::run_id;
use bowline_model::git::{Marker, TagName};
use bowline_model::release::lock::{LOCK_SCHEMA, LockRecord, LockState, Owner, OwnerKind};
use bowline_model::release::{RunRecord, RunState};
use bowline_model::{Digest, Timestamp};
use bowline_port::clock::Clock;
use bowline_port::environment::Environment;
use bowline_port::state::{Change, StateStore};
use bowline_testkit::World;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What somebody does on the remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Move {
    /// A commit on top of the planned head.
    Ahead,
    /// The branch is rewritten: a commit beside the planned head.
    Beside,
    /// A tag with the planned name.
    Tag,
    /// The lock is somebody else's from now on.
    LockTaken,
    /// The lock is removed.
    LockRemoved,
    /// The lock becomes a value that is no lock.
    LockNonsense,
    /// The lock becomes a reference to something that is no value.
    LockForeign,
    /// The record of the run becomes one that says that all is done.
    RunForged,
    /// The record of the run becomes nonsense.
    RunNonsense,
}

const LOCK: &str = "refs/bowline/lock/stable";
/// There was nothing to move, or the release had moved it already.
const NOT_MOVED: &str = "not moved";

/// Whatever happens before any one of the conversations, branch and tag of a release arrive together or not at all, and
/// nobody's commit or tag is lost.
#[test]
fn branch_or_tag_before_any_conversation() {
    before_any_conversation(&[Move::Ahead, Move::Beside, Move::Tag], 30);
}

/// Nobody's lock is overwritten or removed, and whoever lost it keeps its hands off.
#[test]
fn the_lock_before_any_conversation() {
    before_any_conversation(&[Move::LockTaken, Move::LockRemoved, Move::LockNonsense, Move::LockForeign], 40);
}

/// What a record says of the run decides nothing.
#[test]
fn the_record_before_any_conversation() {
    before_any_conversation(&[Move::RunForged, Move::RunNonsense], 15);
}

fn before_any_conversation(moves: &[Move], least: usize) {
    let template = template();
    let counted = {
        let world = template.copy();
        meddle(&world, 0, "true");
        let _ = world.bowline_with(RELEASE, &[("PATH", &path(&world))]).expect_code(0);
        conversations(&world).len()
    };
    assert!(counted > 15, "{counted}");
    let cases: Vec<(Move, usize)> =
        moves.iter().flat_map(|&what| (1..=counted).map(move |number| (what, number))).collect();
    let codes: Mutex<BTreeMap<(Move, String), usize>> = Mutex::default();
    let held = all(&cases, |&(what, number)| {
        let came = moved(&template, what, number);
        *codes.lock().unwrap().entry((what, came)).or_default() += 1;
    });
    let codes = codes.into_inner().unwrap();
    let moved: usize = codes.iter().filter(|((_, came), _)| came != NOT_MOVED).map(|(_, count)| count).sum();
    println!("{held} cases held, {moved} moves before one of {counted} conversations: {codes:?}");
    assert!(moved >= least, "{moved}");
}

/// A release adds two pushes of state to its own: the lock is taken, and let go of with the record of the run.
#[test]
fn state_in_git_costs_two_pushes() {
    let pushes = |world: &World| {
        meddle(world, 0, "true");
        let _ = world.bowline_with(RELEASE, &[("PATH", &path(world))]).expect_code(0);
        let sent = |call: &&String| call.contains(" push ") && !call.contains("--dry-run");
        (conversations(world).iter().filter(sent).count(), conversations(world).len())
    };
    let (with, all_with) = pushes(&template());
    let (without, all_without) = pushes(&ready(Variant::InClone));
    println!("pushes: {with} with state in git, {without} without; conversations: {all_with} and {all_without}");
    assert_eq!(without, 1);
    assert_eq!(with, without + 2);
}

/// Another machine begins the release before one of our conversations and completes it before a later one: what we saw
/// is not there any more, and that is no reason for alarm.
#[test]
fn another_begins_and_completes_it_between_our_questions() {
    let templates = [false, true].map(|tags_only| {
        let mut world = if tags_only { World::with_repository(PROGRAM) } else { ready(Variant::InClone) };
        if tags_only {
            world.commit_and_push("feat: add things");
        }
        in_ci(&mut world);
        clone_as(&world, "other");
        world
    });
    let mut cases = Vec::new();
    for template in &templates {
        for args in [RELEASE, RESUME] {
            cases.extend((1..=5).map(|begins| Case { template, args, begins }));
        }
    }
    let codes: Mutex<BTreeMap<String, usize>> = Mutex::default();
    all(&cases, |case| {
        for completes in case.begins + 1.. {
            let Some(code) = between_our_questions(case, completes) else { break };
            *codes.lock().unwrap().entry(format!("{} {code}", case.args[0])).or_default() += 1;
        }
    });
    let codes = codes.into_inner().unwrap();
    println!("begun and completed by another between two conversations: {codes:?}");
    assert!(codes.values().sum::<usize>() > 20, "{codes:?}");
}

struct Case<'s> {
    template: &'s World,
    args: &'static [&'static str],
    begins: usize,
}

impl std::fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, begun before conversation {}", self.args[0], self.begins)
    }
}

const RESUME: &[&str] = &["resume", "--yes"];

/// The exit code; none when there is no conversation with the number `completes`.
fn between_our_questions(case: &Case<'_>, completes: usize) -> Option<i32> {
    let Case { template, args, begins } = case;
    let world = template.copy();
    let env: String = world.variables().iter().map(|(name, value)| format!(" '{name}={value}'")).collect();
    let release = |more: &str| {
        let dir = world.work();
        format!("(cd '{}' && env -i{env} {more} '{PROGRAM}' release --yes) >\"$HOME/another\" 2>&1", dir.display())
    };
    let (begin, complete) = (release("BOWLINE_CRASH_AT=finished:draft/verify"), release(""));
    meddle_each(
        &world,
        &format!(
            "if [ $count -eq {begins} ]; then {begin}; fi; \
             if [ $count -eq {completes} ]; then {complete}; echo $? >\"$HOME/code\"; fi"
        ),
    );
    let (job, path, dir) = (Job::new(&world, 2, "other"), path(&world), world.root().join("other"));
    let ran = world.bowline_in(&dir, args, &[&job.env()[..], &[("PATH", path.as_str())]].concat());
    let words = format!("begun at {begins}, complete at {completes}: {}", ran.snapshot());
    let home = |name: &str| std::fs::read_to_string(world.root().join("home").join(name)).unwrap_or_default();
    let code = home("code");
    if code.is_empty() {
        return None;
    }
    // It finds the lock taken when we were faster.
    assert!(matches!(code.trim(), "0" | "25"), "{words}\n{}", home("another"));
    assert!(matches!(ran.code, Some(0 | 25)), "{words}");
    let _ = world.bowline(RELEASE).expect_code(0);
    assert!(on_remote(&world, &format!("refs/tags/{TAG}")).is_some(), "{words}");
    assert!(world.releases().join(TAG).exists() && !world.releases().join(".staging").exists(), "{words}");
    let _ = world.bowline_in(&dir, RELEASE, &job.env()).expect_code(0);
    ran.code
}

/// A push that takes longer than the lease and is refused in the end: by then somebody else may be filling the draft.
#[test]
fn a_failure_leaves_the_draft_to_whoever_has_the_lock() {
    let mut world = ready_with(Variant::InClone, "\n[state]\nlock_ttl = \"1s\"\n");
    in_ci(&mut world);
    let head = world.git(&["rev-parse", "HEAD"]);
    let foreign = put(&world, &foreign_lock());
    // Only the push of the release has a tag; git forbids hooks to move references of the push itself.
    world.hook(
        "pre-receive",
        &format!(
            "if grep -q refs/tags/; then unset GIT_QUARANTINE_PATH; git update-ref {LOCK} {foreign}; sleep 1; exit 1; fi"
        ),
    );
    let ran = world.bowline(RELEASE).expect_code(25);
    assert!(ran.stderr.contains("lock_lost") && ran.stderr.contains("pre-receive hook declined"), "{}", ran.snapshot());
    assert_eq!(on_remote(&world, LOCK), Some(foreign), "{}", ran.snapshot());
    assert_eq!(on_remote(&world, &format!("refs/tags/{TAG}")), None, "{}", ran.snapshot());
    let drafts = std::fs::read_dir(world.releases().join(".staging")).unwrap().count();
    assert!(drafts > 0, "the draft was removed: {}", ran.snapshot());
    world.hook("pre-receive", "true");
    goes_on(&world, Move::LockTaken, &head, &ran.snapshot());
}

fn template() -> World {
    let mut world = ready(Variant::InClone);
    in_ci(&mut world);
    world
}

/// Returns how the release ended.
fn moved(template: &World, what: Move, number: usize) -> String {
    let world = template.copy();
    let head = world.git(&["rev-parse", "HEAD"]);
    let action = action(&world, what, &head);
    let look = format!(
        "git -C '{}' for-each-ref --format='%(refname) %(objectname)'; ls '{}/.staging' 2>/dev/null | sed 's/^/draft /'",
        world.remote().display(),
        world.releases().display()
    );
    meddle(&world, number, &format!("if {action} 2>/dev/null; then {{ {look}; }} >\"$HOME/moved\"; fi"));
    let ran = world.bowline_with(RELEASE, &[("PATH", &path(&world))]);
    let words = format!("{what:?} before conversation {number}: {}", ran.snapshot());
    check_published(&world);
    let whole = check_whole(&world, &words);
    let Ok(then) = std::fs::read_to_string(world.root().join("home/moved")) else {
        assert_eq!(ran.code, Some(0), "{words}");
        check_released(&world, &[(TAG, &head)]);
        return NOT_MOVED.to_owned();
    };
    let had_tag = what != Move::Tag && then.contains(&format!("refs/tags/{TAG} "));
    match what {
        Move::Ahead | Move::Beside | Move::Tag => check_theirs_stays(&world, what, &then, &words),
        // Something was pushed only when the push came before the move.
        Move::LockTaken | Move::LockNonsense | Move::LockForeign => {
            assert_eq!(whole, had_tag, "{words}");
            check_lock_stays(&world, &then, &words);
        }
        Move::LockRemoved => assert_eq!(whole, had_tag, "{words}"),
        Move::RunForged | Move::RunNonsense => {}
    }
    if matches!(what, Move::LockTaken | Move::LockRemoved) && !had_tag {
        check_drafts_stay(&world, &then, &words);
    }
    let documented: &[i32] = match (what, had_tag) {
        (Move::Ahead | Move::Beside | Move::Tag, _) => &[23],
        (Move::LockTaken, false) => &[25],
        (Move::LockNonsense | Move::LockForeign, false) => &[22, 25],
        // Removed in the moment between being taken and being read back, a lock looks like one that was not kept.
        (Move::LockRemoved, false) => &[20, 25],
        // What is pushed is completed, whoever is to have the lock next.
        (_, true) | (Move::RunForged | Move::RunNonsense, false) => &[0],
    };
    assert!(ran.code.is_some_and(|code| documented.contains(&code)), "{words}");
    if ran.code != Some(0) {
        assert!(ran.stderr.contains("error: "), "{words}");
    }
    goes_on(&world, what, &head, &words);
    format!("{}{}", ran.code.unwrap(), if had_tag { " after the push" } else { "" })
}

/// The commands that do it, which fail where there is nothing to move.
fn action(world: &World, what: Move, head: &str) -> String {
    let git = format!("git -C '{}'", world.remote().display());
    let set_runs = |value: &str| {
        format!(
            "test -n \"$({git} for-each-ref refs/bowline/runs/)\" && \
             {git} for-each-ref --format='update %(refname) {value}' refs/bowline/runs/ | {git} update-ref --stdin"
        )
    };
    match what {
        Move::Ahead | Move::Beside => {
            let foreign = unseen_commit(world, if what == Move::Beside { "HEAD^" } else { "HEAD" });
            format!("{git} update-ref refs/heads/main {foreign} {head}")
        }
        Move::Tag => {
            let foreign = unseen_commit(world, "HEAD");
            format!("{git} update-ref refs/tags/{TAG} {foreign} 0000000000000000000000000000000000000000")
        }
        Move::LockTaken => format!("{git} update-ref {LOCK} {}", put(world, &foreign_lock())),
        Move::LockRemoved => format!("{git} rev-parse --verify --quiet {LOCK} && {git} update-ref -d {LOCK}"),
        Move::LockNonsense => format!("{git} update-ref {LOCK} {}", put(world, b"nonsense")),
        Move::LockForeign => format!("{git} update-ref {LOCK} {head}"),
        Move::RunForged => {
            let planned = world.bowline(&["plan", "--json"]).json();
            let plan = planned["id"].as_str().unwrap().parse().unwrap();
            let marker = Marker { plan, head: head.parse().unwrap() };
            let now = SystemClock::new().now();
            let run = RunRecord::new(run_id(&plan), marker, TagName::new(TAG).unwrap(), RunState::Complete, now);
            set_runs(&put(world, &serde_json::to_vec_pretty(&run).unwrap()))
        }
        Move::RunNonsense => set_runs(&put(world, b"nonsense")),
    }
}

/// Puts a value where the remote has it and no reference points to it.
fn put(world: &World, value: &[u8]) -> String {
    let environment = Environment::from_pairs(world.variables());
    let process = Arc::new(SystemProcess::new(environment.clone(), Arc::new(|_| {})));
    let options = GitOptions { environment, process, timeout: Duration::from_secs(60) };
    let state = HostGit::open(&world.work(), options).unwrap().state("origin", STATE_REFERENCES).unwrap();
    let version = state.swap(&[Change::create("put/value", value)]).unwrap().remove(0).unwrap();
    world.git_in(&world.remote(), &["update-ref", "-d", "refs/bowline/put/value"]);
    version.as_str().to_owned()
}

/// A lock as another job writes it that has just begun.
fn foreign_lock() -> Vec<u8> {
    let now = SystemClock::new().now();
    let lock = LockRecord {
        schema: LOCK_SCHEMA.to_owned(),
        channel: "stable".to_owned(),
        state: LockState::Held,
        token: 7,
        owner: Owner {
            id: "another job".to_owned(),
            kind: Some(OwnerKind::Ci),
            name: "job release of run 2".to_owned(),
            boot: None,
            process: None,
        },
        run: "0123456789abcdef".to_owned(),
        plan: Digest::of(b"another plan"),
        tag: TagName::new(TAG).unwrap(),
        acquired: now,
        renewed: now,
        expires: Timestamp::from_unix(now.unix() + 3600).unwrap(),
        ttl_ms: 3_600_000,
        renewals: 0,
        nonce: "0123456789abcdef0123456789abcdef".to_owned(),
        sent: None,
    };
    serde_json::to_vec_pretty(&lock).unwrap()
}

/// A tag of ours is there only together with its branch; says whether they are.
fn check_whole(world: &World, words: &str) -> bool {
    let ours = |oid: &str| world.git_in(&world.remote(), &["log", "-1", "--format=%B", oid]).contains("Bowline-Plan:");
    let tag = on_remote(world, &format!("refs/tags/{TAG}^{{commit}}")).filter(|oid| ours(oid));
    let main = on_remote(world, "refs/heads/main").filter(|oid| ours(oid));
    assert_eq!(tag, main, "branch and tag are not one: {words}");
    tag.is_some()
}

/// What others did to branch and tag stands, and nothing of ours is beside it.
fn check_theirs_stays(world: &World, what: Move, then: &str, words: &str) {
    let now = world.git_in(&world.remote(), &["for-each-ref", "--format=%(refname) %(objectname)"]);
    let lines = |text: &str| -> Vec<String> {
        let public = |line: &&str| line.starts_with("refs/heads/") || line.starts_with("refs/tags/");
        text.lines().filter(public).map(str::to_owned).collect()
    };
    assert_eq!(lines(&now), lines(then), "{what:?}: {words}");
    assert!(!world.releases().join(TAG).exists(), "{words}");
    assert!(!world.releases().join(".staging").exists(), "a draft is left: {words}");
}

fn check_lock_stays(world: &World, then: &str, words: &str) {
    let before = then.lines().find_map(|line| line.strip_prefix(&format!("{LOCK} "))).unwrap();
    assert_eq!(on_remote(world, LOCK).as_deref(), Some(before), "the lock of another was touched: {words}");
}

/// Whoever has the lock now may be filling them.
fn check_drafts_stay(world: &World, then: &str, words: &str) {
    for draft in then.lines().filter_map(|line| line.strip_prefix("draft ")) {
        assert!(world.releases().join(".staging").join(draft).exists(), "draft {draft} was removed: {words}");
    }
}

/// When the others are gone, one more run brings the release to its end.
fn goes_on(world: &World, what: Move, head: &str, words: &str) {
    match what {
        // The head that was planned is not to be released any more.
        Move::Ahead | Move::Beside | Move::Tag => {
            let locks = values(world, "lock/");
            assert!(locks.iter().all(|lock| lock["state"] == "released"), "the lock stays: {words}");
            return;
        }
        Move::LockTaken | Move::LockNonsense | Move::LockForeign => {
            world.git_in(&world.remote(), &["update-ref", "-d", LOCK]);
        }
        Move::LockRemoved | Move::RunForged | Move::RunNonsense => {}
    }
    let ran = world.bowline(RELEASE);
    assert_eq!(ran.code, Some(0), "{words}\nand then: {}", ran.snapshot());
    check_released(world, &[(TAG, head)]);
    let locks = values(world, "lock/");
    // Where it was taken away after everything was done, there is nothing left to take it for.
    assert!(locks.iter().all(|lock| lock["state"] == "released"), "{locks:#?}: {words}");
}
