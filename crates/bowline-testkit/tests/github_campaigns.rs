//! Campaigns against GitHub's double in this process, with a clock of ours: uploads that fail in every way (X9), a server that
//! limits (X10), immutable releases and used-up tags (X11).
//!
//! `BOWLINE_GITHUB_RUNS` is how many releases X9 makes and how many seeds X10 has.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what it found and stops")]

use bowline_host::forge::github::{GithubForge, Place};
use bowline_model::event::Silent;
use bowline_model::git::TagName;
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_model::{Digest, Timestamp};
use bowline_port::clock::{Clock, FixedClock};
use bowline_port::environment::Environment;
use bowline_port::forge::conformance::{new_release, of};
use bowline_port::forge::{Drafts, Forge, ForgeError, ForgeReader, Release};
use bowline_port::http::{
    ALLOW_HOSTS, Address, AllowedHosts, Broken, CallError, Caller, Effect, Exchange, Kind, Login, Method, Phase,
    Reason, Reply, Request, Rules, Take,
};
use bowline_port::retry::{Policy, Retries};
use bowline_port::secret::Secret;
use bowline_port::stop::Stop;
use bowline_testkit::github::{API, Fault, Github, HOSTS, PAGES};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const TAG: &str = "v1.0.0";

/// A forge as a new process opens it: it remembers nothing.
fn opened(exchange: Arc<dyn Exchange>, clock: &Arc<FixedClock>) -> GithubForge {
    let policy = Policy { attempts: 3, budget: 500, deadline: Duration::from_secs(900) };
    let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
    let allowed = Environment::from_pairs([(ALLOW_HOSTS.to_owned(), HOSTS.to_owned())]);
    let hosts = AllowedHosts::new(&allowed, ForgeKind::Github);
    let caller = Caller::new(exchange, hosts, retries, clock.clone(), Rules::GITHUB);
    let place = Place {
        api: Address::parse(API).unwrap(),
        pages: Address::parse(PAGES).unwrap(),
        owner: "acme".to_owned(),
        name: "app".to_owned(),
    };
    GithubForge::new(caller, place, Arc::new(|| Ok(Some(Login::bearer(&Secret::new("a-token"))))))
}

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::new(Timestamp::from_unix(START).unwrap()))
}

/// When it begins, in Unix seconds.
const START: i64 = 1_790_000_000;

/// Our draft, as a run finds it that has not made it.
fn draft(forge: &GithubForge) -> Result<Option<Release>, ForgeError> {
    let Drafts::Visible(drafts) = forge.drafts()? else { panic!("drafts are visible to who may write") };
    let ours = Some(new_release(TAG, 1).marker);
    Ok(drafts.into_iter().find(|draft| draft.marker == ours))
}

fn tag() -> TagName {
    TagName::new(TAG).unwrap()
}

fn artifact(number: usize) -> (Artifact, Vec<u8>) {
    let bytes = format!("the bytes of file {number}").repeat(1 + number % 7).into_bytes();
    (Artifact::of(&format!("file-{number:03}.bin"), &bytes), bytes)
}

/// Numerical Recipes' generator; the high bits are good enough to choose among a few things.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[expect(clippy::disallowed_methods, reason = "the campaign's own settings, not the program's")]
fn runs(usual: u64) -> u64 {
    std::env::var("BOWLINE_GITHUB_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(usual)
}

/// What goes wrong with the next upload, if anything.
fn upload_fault(dice: &mut Dice) -> Option<Fault> {
    match dice.below(100) {
        0..20 => Some(Fault::Starter),
        20..30 => Some(Fault::Stalled),
        30..35 => Some(Fault::Reset),
        35..40 => Some(Fault::Lost),
        40..45 => Some(Fault::Status(422)),
        _ => None,
    }
}

/// X9: a release of 200 files, nearly half of whose uploads go wrong: how many faults and how many runs there were.
fn uploads_that_fail(seed: u64) -> (usize, usize) {
    const FILES: usize = 200;
    let (github, clock, mut dice) = (Arc::new(Github::default()), clock(), Dice(seed));
    let faults: Vec<Option<Fault>> = (0..3 * FILES).map(|_| upload_fault(&mut dice)).collect();
    for (before, fault) in faults.iter().enumerate() {
        if let Some(fault) = fault {
            github.state().fail(UPLOAD, before + 1, *fault);
        }
    }
    let mut forge = opened(github.clone(), &clock);
    let mut ours = forge.create_draft(&new_release(TAG, 1)).unwrap();
    let mut left: Vec<usize> = (0..FILES).collect();
    let mut runs = 1;
    loop {
        left.retain(|number| {
            let (artifact, bytes) = artifact(*number);
            forge.upload(&ours, &artifact, &of(&bytes)).is_err()
        });
        assert!(!github.state().log.iter().any(|line| line.starts_with("PATCH")), "seed {seed}: published early");
        if left.is_empty() {
            break;
        }
        runs += 1;
        assert!(runs < 20, "seed {seed}: {left:?} never arrive");
        forge = opened(github.clone(), &clock);
        ours = draft(&forge).unwrap().unwrap_or_else(|| panic!("seed {seed}: the draft is lost"));
    }
    github.state().tags.insert(TAG.to_owned());
    let published = forge.publish(&ours, true).unwrap();
    assert_eq!(published.assets.len(), FILES, "seed {seed}");
    for (number, there) in published.assets.iter().enumerate() {
        let (expected, _) = artifact(number);
        assert_eq!(
            (&there.name, there.sha256, there.complete),
            (&expected.name, Some(expected.sha256), true),
            "seed {seed}"
        );
    }
    assert_eq!(github.state().count(), 1, "seed {seed}");
    let uploads = github.state().log.iter().filter(|line| line.contains(UPLOAD)).count();
    (faults.iter().take(uploads).flatten().count(), runs)
}

const UPLOAD: &str = "POST https://uploads.";

#[test]
fn whatever_happens_to_uploads_all_of_them_arrive() {
    let releases = runs(1);
    let (mut faults, mut most) = (0, 0);
    for seed in 0..releases {
        let (met, runs) = uploads_that_fail(seed);
        faults += met;
        most = most.max(runs);
    }
    println!(
        "X9: {releases} of {releases} releases with 200 of 200 digests, {faults} faults, at most {most} runs, 0 published early"
    );
    assert!(faults as u64 >= releases * 80, "only {faults} faults were met");
}

/// The double behind limits, which are counted for the login as GitHub counts them. Times in seconds of the clock.
struct Limiting {
    github: Arc<Github>,
    clock: Arc<FixedClock>,
    state: Mutex<Limits>,
}

struct Limits {
    dice: Dice,
    closed_until: i64,
    changes: Vec<(usize, i64)>,
    run: usize,
    requests: usize,
    limits: usize,
    /// Refusals without a time, one after another.
    strikes: u32,
    early: Vec<String>,
}

impl Limiting {
    /// A refusal, said in one of the ways there are.
    fn refuse(state: &mut Limits, now: i64) -> Reply {
        state.limits += 1;
        let wait = [1, 20, 90, 600, 3600][usize::try_from(state.dice.below(5)).unwrap()];
        let status = if state.dice.below(2) == 0 { 429 } else { 403 };
        let (headers, wait) = match state.dice.below(4) {
            0 => (vec![("retry-after", wait.to_string())], wait),
            1 => (vec![("retry-after", http_date(now + wait))], wait),
            2 => {
                (vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", (now + wait).to_string())], wait)
            }
            // Without any time, a minute is expected, and longer each time.
            _ => (Vec::new(), 60 << state.strikes),
        };
        state.strikes = if headers.is_empty() { state.strikes + 1 } else { 0 };
        state.closed_until = state.closed_until.max(now + wait);
        let headers = headers.into_iter().chain([("date", http_date(now))]);
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).collect();
        Reply { status, headers, body: br#"{"message": "You have exceeded a secondary rate limit"}"#.to_vec() }
    }
}

impl Exchange for Limiting {
    fn send(&self, request: &Request, take: Take<'_>) -> Result<Reply, Broken> {
        if request.login.is_none() {
            return self.github.send(request, take);
        }
        let mut state = self.state.lock().unwrap();
        let begun = self.clock.now().unix();
        self.clock.sleep(Duration::from_secs(state.dice.below(2)));
        let now = self.clock.now().unix();
        state.requests += 1;
        if now < state.closed_until {
            let early =
                format!("{} {} at {now}, before {}", request.method.name(), request.address, state.closed_until);
            state.early.push(early);
        }
        if request.effect != Effect::Question {
            // Distances are kept between beginnings; the way may take longer for the first than for the second.
            let change = (state.run, begun);
            state.changes.push(change);
        }
        match state.dice.below(20) {
            0..3 => Ok(Self::refuse(&mut state, now)),
            3 => Ok(Reply { status: 502, headers: Vec::new(), body: Vec::new() }),
            4 => {
                let _ = self.github.send(request, Take::Whole);
                Err(Broken { phase: Phase::Waiting, kind: Kind::Passing, message: "lost".to_owned() })
            }
            _ => {
                let came = self.github.send(request, take);
                if came.as_ref().is_ok_and(Reply::is_success) {
                    state.strikes = 0;
                }
                came
            }
        }
    }
}

/// One attempt to make the whole release, as a run does that finds what is there already.
fn attempt(forge: &GithubForge, github: &Github) -> Result<Release, ForgeError> {
    if let Some(published) = forge.published(&tag())? {
        return Ok(published);
    }
    let ours = match draft(forge)? {
        Some(draft) => draft,
        None => forge.create_draft(&new_release(TAG, 1))?,
    };
    for number in 0..FEW {
        let (artifact, bytes) = artifact(number);
        forge.upload(&ours, &artifact, &of(&bytes))?;
    }
    github.state().tags.insert(TAG.to_owned());
    forge.publish(&ours, true)
}

const FEW: usize = 6;

/// X10: one release, in as many runs as it takes: requests, limits, runs.
fn limited(seed: u64) -> (usize, usize, usize) {
    let (github, clock) = (Arc::new(Github::default()), clock());
    let limits = Limits {
        dice: Dice(seed),
        closed_until: 0,
        changes: Vec::new(),
        run: 0,
        requests: 0,
        limits: 0,
        strikes: 0,
        early: Vec::new(),
    };
    let server = Arc::new(Limiting { github: github.clone(), clock: clock.clone(), state: Mutex::new(limits) });
    let mut runs = 0;
    let published = loop {
        runs += 1;
        assert!(runs < 60, "seed {seed}: it does not come to an end");
        {
            let mut state = server.state.lock().unwrap();
            (state.run, state.strikes) = (runs, 0);
        }
        match attempt(&opened(server.clone(), &clock), &github) {
            Ok(published) => break published,
            Err(ForgeError::Call { source: CallError { reason: Reason::Later { until, .. }, .. }, .. }) => {
                let meant = server.state.lock().unwrap().closed_until;
                // A second of the clock, and one of jitter.
                assert!(
                    (meant..=meant + 2).contains(&until.unix()),
                    "seed {seed}: {until} was printed, {meant} was meant"
                );
                clock.sleep(Duration::from_secs((until.unix() - clock.now().unix()).unsigned_abs()));
            }
            Err(ForgeError::Call { source: CallError { reason: Reason::Failed { .. }, .. }, .. }) => {}
            Err(error) => panic!("seed {seed}: {error:?}"),
        }
    };
    let state = server.state.lock().unwrap();
    assert!(state.early.is_empty(), "seed {seed}: {:#?}", state.early);
    for pair in state.changes.windows(2) {
        let [(run, before), (next_run, after)] = pair else { panic!("windows of two") };
        assert!(run != next_run || *after > *before, "seed {seed}: changes at {pair:?}");
    }
    assert_eq!((published.assets.len(), published.draft, github.state().count()), (FEW, false, 1), "seed {seed}");
    (state.requests, state.limits, runs)
}

#[test]
fn limits_are_kept_and_the_release_is_made() {
    let seeds = runs(40);
    let (mut requests, mut limits, mut all) = (0, 0, 0);
    for seed in 0..seeds {
        let (asked, refused, runs) = limited(seed);
        requests += asked;
        limits += refused;
        all += runs;
    }
    println!("X10: {seeds} releases in {all} runs, {requests} requests, {limits} limits, 0 before their time");
    assert!(limits as u64 >= seeds, "only {limits} limits were met");
}

/// A point of time as servers write it.
fn http_date(unix: i64) -> String {
    let time = std::time::UNIX_EPOCH + Duration::from_secs(unix.unsigned_abs());
    httpdate::fmt_http_date(time)
}

/// X11: what is immutable gets nothing more, whatever is tried again.
#[test]
fn an_immutable_release_is_left_alone() {
    let (github, clock) = (Arc::new(Github::default()), clock());
    github.state().immutable = true;
    let forge = opened(github.clone(), &clock);
    let ours = forge.create_draft(&new_release(TAG, 1)).unwrap();
    let (first, bytes) = artifact(0);
    forge.upload(&ours, &first, &of(&bytes)).unwrap();
    github.state().tags.insert(TAG.to_owned());
    let published = forge.publish(&ours, true).unwrap();
    let before = github.state().log.len();
    for forge in [forge, opened(github.clone(), &clock)] {
        assert_eq!(forge.publish(&ours, true).unwrap(), published);
        let (second, bytes) = artifact(1);
        for handle in [&ours, &published] {
            let refused = forge.upload(handle, &second, &of(&bytes));
            assert!(matches!(refused, Err(ForgeError::Missing { .. })), "{refused:?}");
            assert!(matches!(forge.delete_draft(handle), Err(ForgeError::Missing { .. })));
        }
    }
    let log = github.state().log.split_off(before);
    assert!(log.iter().all(|line| line.starts_with(Method::Get.name())), "{log:#?}");
    assert_eq!(forge_digest(&github), first.sha256);
}

fn forge_digest(github: &Arc<Github>) -> Digest {
    let published = opened(github.clone(), &clock()).published(&tag()).unwrap().unwrap();
    published.assets[0].sha256.unwrap()
}

/// X11: the tag of an immutable release that is gone is refused once, and nothing is tried after that.
#[test]
fn a_used_up_tag_is_tried_once() {
    let (github, clock) = (Arc::new(Github::default()), clock());
    github.state().burned.insert(TAG.to_owned());
    github.state().tags.insert(TAG.to_owned());
    let forge = opened(github.clone(), &clock);
    let ours = forge.create_draft(&new_release(TAG, 1)).unwrap();
    let refused = forge.publish(&ours, true);
    assert!(matches!(refused, Err(ForgeError::TagBurned { .. })), "{refused:?}");
    let changes: Vec<String> =
        github.state().log.iter().filter(|line| !line.starts_with(Method::Get.name())).cloned().collect();
    assert_eq!(changes.len(), 2, "the draft, and one attempt to publish it: {changes:#?}");
}
