//! X10: a server that counts and refuses as GitHub does, in every way it has of saying so, with a clock that is not ours.
//!
//! It notes each request that came before the time it had named, each change too soon after another, and each too many in
//! an hour; there must be none. A run ends with everything done, or with a time at which going on is allowed.

use super::*;

/// What the server is like; times in milliseconds of the test's clock.
struct Server {
    clock: Arc<TestClock>,
    state: Mutex<State>,
    skew: i64,
}

#[derive(Default)]
struct State {
    seed: u64,
    closed_until: u64,
    /// Left of the primary limit, and when it starts anew.
    left: u64,
    reset: u64,
    /// When changes began, and in which run.
    changes: Vec<(usize, u64)>,
    run: usize,
    requests: u64,
    limits: u64,
    early: Vec<String>,
}

/// Requests within an hour; small, so that it is reached.
const PRIMARY: u64 = 90;
const HOUR: u64 = 3_600_000;

impl State {
    fn draw(&mut self, below: u64) -> u64 {
        // Numerical Recipes' generator; the high bits are good enough to choose among a few things.
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % below
    }
}

impl Server {
    fn new(clock: &Arc<TestClock>, seed: u64) -> Self {
        let mut state = State { seed, left: PRIMARY, reset: HOUR, ..State::default() };
        let skew = [-600, 0, 600][usize::try_from(state.draw(3)).unwrap()];
        Self { clock: clock.clone(), state: Mutex::new(state), skew }
    }

    /// A point of time as the server writes it, rounded up.
    fn unix(&self, milliseconds: u64) -> i64 {
        START + self.skew + i64::try_from(milliseconds.div_ceil(1000)).unwrap()
    }

    fn date(&self, milliseconds: u64, up: bool) -> String {
        let seconds = self.unix(milliseconds) - i64::from(!up && !milliseconds.is_multiple_of(1000));
        let time = std::time::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
        httpdate::fmt_http_date(time)
    }

    /// A refusal that holds until `until`, said in one of the ways there are.
    fn refuse(&self, state: &mut State, now: u64, wait: u64) -> Reply {
        state.limits += 1;
        let until = now + wait;
        let (status, name) = if state.draw(2) == 0 { (429, "retry-after") } else { (403, "retry-after") };
        let (header, until) = match state.draw(4) {
            0 => (Some((name, wait.div_ceil(1000).to_string())), until),
            1 => (Some((name, self.date(until, true))), until),
            2 => {
                // Used up until the reset, however far that is.
                state.left = 0;
                (None, state.reset)
            }
            // Without any time, at least a minute is expected.
            _ => (None, now + 60_000),
        };
        state.closed_until = state.closed_until.max(until);
        let mut reply = self.answer(state, now, status);
        reply.headers.extend(header.map(|(name, value)| (name.to_owned(), value)));
        reply.body = b"{\"message\": \"You have exceeded a secondary rate limit\"}".to_vec();
        reply
    }

    fn answer(&self, state: &State, now: u64, status: u16) -> Reply {
        let headers = [
            ("date", self.date(now, false)),
            ("x-ratelimit-remaining", state.left.to_string()),
            ("x-ratelimit-reset", self.unix(state.reset).to_string()),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Reply { status, headers, body: b"{}".to_vec() }
    }
}

impl Exchange for Server {
    fn send(&self, request: &Request, _: Take<'_>) -> Result<Reply, Broken> {
        let mut state = self.state.lock().unwrap();
        let way = 5 + state.draw(200);
        self.clock.advance(way);
        let now = self.clock.milliseconds();
        state.requests += 1;
        if now >= state.reset {
            (state.left, state.reset) = (PRIMARY, state.reset + HOUR * (1 + (now - state.reset) / HOUR));
        }
        // The hold may be counted from the moment the answer was written, and the request has needed its way.
        if now < state.closed_until {
            let early = format!("{} at {now} before {}", request.name(), state.closed_until);
            state.early.push(early);
        }
        if request.effect != Effect::Question {
            // Distances are kept between beginnings; the way may take longer for the first than for the second.
            let begun = (state.run, now - way);
            state.changes.push(begun);
        }
        if state.left == 0 {
            state.closed_until = state.closed_until.max(state.reset);
            return Ok(self.refuse(&mut state, now, 1000));
        }
        state.left -= 1;
        let came = match state.draw(40) {
            0 => {
                let wait = [1_000, 20_000, 90_000, 600_000][usize::try_from(state.draw(4)).unwrap()];
                Ok(self.refuse(&mut state, now, wait))
            }
            1 => Ok(self.answer(&state, now, 502)),
            2 => Err(Broken { phase: Phase::Waiting, kind: Kind::Passing, message: "lost".to_owned() }),
            _ => Ok(self.answer(&state, now, 200)),
        };
        // Whoever heard that nothing is left must keep away; whoever heard nothing cannot know.
        if state.left == 0 && came.is_ok() {
            state.closed_until = state.closed_until.max(state.reset);
        }
        came
    }
}

/// One release after another, until all calls are made: how many runs that took.
fn campaign(seed: u64) -> (Arc<Server>, u64, usize) {
    const CALLS: u64 = 120;
    let clock = Arc::new(TestClock::default());
    let server = Arc::new(Server::new(&clock, seed));
    let (mut done, mut runs) = (0, 0);
    while done < CALLS {
        runs += 1;
        server.state.lock().unwrap().run = runs;
        assert!(runs < 400, "seed {seed}: it does not come to an end");
        let retries = Retries::new(POLICY, clock.clone(), Stop::default(), Arc::new(Silent));
        let caller = Caller::new(server.clone(), AllowedHosts::default(), retries, clock.clone(), Rules::GITHUB);
        while done < CALLS {
            let effect = ALL[usize::try_from(done % 3).unwrap()];
            let asked = Request::new(Method::Post, address("https://forge.example/x")).effect(effect);
            match caller.call(&asked) {
                // What was lost is looked for by whoever asked; here it is enough that it was not simply sent again.
                Ok(_) => done += 1,
                Err(error) if error.open => done += 1,
                Err(CallError { reason: Reason::Later { until, .. }, .. }) => {
                    wait_until(&clock, &server, until, seed);
                    break;
                }
                Err(error) => assert!(matches!(error.reason, Reason::Failed { .. }), "seed {seed}: {error}"),
            }
        }
    }
    (server, done, runs)
}

/// Somebody goes on at the time that was printed; it must be the one that the server meant, give or take a second (and the
/// second of jitter).
fn wait_until(clock: &TestClock, server: &Server, until: Timestamp, seed: u64) {
    let at = u64::try_from(until.unix() - START).unwrap() * 1000;
    let (closed_until, hour) = {
        let state = server.state.lock().unwrap();
        let hour = state.changes.len().checked_sub(500).map_or(0, |first| state.changes[first].1 + HOUR);
        (state.closed_until, hour)
    };
    let meant = closed_until.max(hour);
    assert!(at + 1000 > meant && at <= meant + 3000, "seed {seed}: {at} ms was printed, {meant} ms was meant");
    clock.advance(at.saturating_sub(clock.milliseconds()));
}

#[test]
fn nothing_is_sent_before_its_time() {
    let (mut requests, mut limits, mut calls, mut runs) = (0, 0, 0, 0);
    for seed in 0..400 {
        let (server, done, ran) = campaign(seed);
        let state = server.state.lock().unwrap();
        assert!(state.early.is_empty(), "seed {seed}: {:?}", state.early);
        for pair in state.changes.windows(2) {
            let [(run, before), (next_run, after)] = pair else { unreachable!("windows of two") };
            assert!(run != next_run || *after >= before + 1000, "seed {seed}: changes at {pair:?}");
        }
        requests += state.requests;
        limits += state.limits;
        calls += done;
        runs += ran;
    }
    println!("X10: {calls} calls in {runs} runs, {requests} requests, {limits} limits, 0 before their time");
    assert!(limits >= 1000, "only {limits} limits were met");
    assert!(requests <= calls * 3, "{requests} requests for {calls} calls");
}

#[test]
fn a_long_release_keeps_the_limits_of_an_hour() {
    /// Takes everything, and notes when.
    struct Patient(Arc<TestClock>, Mutex<Vec<u64>>);
    impl Exchange for Patient {
        fn send(&self, _: &Request, _: Take<'_>) -> Result<Reply, Broken> {
            self.1.lock().unwrap().push(self.0.milliseconds());
            reply(201, &[], "{}")
        }
    }
    let clock = Arc::new(TestClock::default());
    let server = Arc::new(Patient(clock.clone(), Mutex::default()));
    let policy = Policy { deadline: Duration::from_secs(2 * 3600), ..POLICY };
    let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
    let caller = Caller::new(server.clone(), AllowedHosts::default(), retries, clock, Rules::GITHUB);
    for _ in 0..1000 {
        caller.call(&Request::new(Method::Post, address("https://forge.example/x"))).unwrap();
    }
    let times = server.1.lock().unwrap();
    for (n, time) in times.iter().enumerate() {
        let within = |window: u64| times[n..].iter().take_while(|later| **later < time + window).count();
        assert!(within(1000) == 1 && within(60_000) <= 80 && within(HOUR) <= 500, "change {n}");
    }
}
