//! The deciding half of the door, against scripted answers and a clock that only waiting moves.

mod torture;

use super::*;
use crate::clock::Clock;
use crate::environment::Environment;
use crate::retry::{Policy, Retries};
use crate::stop::Stop;
use bowline_model::Timestamp;
use bowline_model::event::{Event, EventSink, Silent};
use bowline_model::plan::ForgeKind;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Our clock at the start.
const START: i64 = 1_800_000_000;

/// Stands still unless somebody sleeps; counts milliseconds.
#[derive(Default)]
pub(super) struct TestClock(AtomicU64);

impl TestClock {
    pub(super) fn milliseconds(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn advance(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(START + i64::try_from(self.milliseconds() / 1000).unwrap()).unwrap()
    }
    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.milliseconds())
    }
    fn sleep(&self, duration: Duration) {
        self.advance(u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap());
    }
}

/// Answers with what it is given, in order, and notes what it was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Reply, Broken>>>,
    asked: Mutex<Vec<Asked>>,
}

/// What was asked, as which login, with which headers besides.
type Asked = (String, Option<String>, Vec<&'static str>);

impl Exchange for Script {
    fn send(&self, request: &Request, take: Take<'_>) -> Result<Reply, Broken> {
        let login = request.login.as_ref().map(|login| login.value().to_owned());
        let headers = request.headers.iter().map(|(name, _)| *name).collect();
        self.asked.lock().unwrap().push((request.name(), login, headers));
        let mut answer =
            self.answers.lock().unwrap().pop_front().expect("one more request than the script has answers");
        if let (Take::Stream { into, .. }, Ok(reply)) = (take, &mut answer)
            && reply.is_success()
        {
            into.begin().unwrap();
            into.write(&std::mem::take(&mut reply.body)).unwrap();
        }
        answer
    }
}

/// What is told while waiting.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl EventSink for Told {
    fn event(&self, event: &Event) {
        if let Event::Warning { message, .. } = event {
            self.0.lock().unwrap().push(message.clone());
        }
    }
}

struct Scene {
    script: Arc<Script>,
    clock: Arc<TestClock>,
    stop: Stop,
    told: Arc<Told>,
    caller: Caller,
}

const POLICY: Policy = Policy { attempts: 3, budget: 500, deadline: Duration::from_secs(15 * 60) };

fn scene(answers: impl IntoIterator<Item = Result<Reply, Broken>>) -> Scene {
    let script = Arc::new(Script { answers: Mutex::new(answers.into_iter().collect()), ..Script::default() });
    let (clock, stop, told) = (Arc::new(TestClock::default()), Stop::default(), Arc::new(Told::default()));
    let retries = Retries::new(POLICY, clock.clone(), stop.clone(), told.clone());
    let variable = (ALLOW_HOSTS.to_owned(), "forge.example, 127.0.0.1:9".to_owned());
    let hosts = AllowedHosts::new(&Environment::from_pairs([variable]), ForgeKind::Github);
    let caller = Caller::new(script.clone(), hosts, retries, clock.clone(), Rules::GITHUB);
    Scene { script, clock, stop, told, caller }
}

impl Scene {
    fn requests(&self) -> usize {
        self.script.asked.lock().unwrap().len()
    }

    fn asked(&self) -> Vec<String> {
        self.script.asked.lock().unwrap().iter().map(|(name, ..)| name.clone()).collect()
    }

    fn logins(&self) -> Vec<bool> {
        self.script.asked.lock().unwrap().iter().map(|(_, login, _)| login.is_some()).collect()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an answer of a script")]
fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Reply, Broken> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Reply { status, headers, body: body.as_bytes().to_vec() })
}

fn broken(phase: Phase, kind: Kind) -> Result<Reply, Broken> {
    Err(Broken { phase, kind, message: "forge.example: it broke".to_owned() })
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn request(effect: Effect) -> Request {
    Request::new(Method::Post, address("https://forge.example/x"))
        .login(Login::bearer(&Secret::new("s3cret-token")))
        .effect(effect)
}

const ALL: [Effect; 3] = [Effect::Question, Effect::Repeatable, Effect::Once];

#[test]
fn what_surely_did_not_happen_is_made_again() {
    for effect in ALL {
        let scene = scene([
            broken(Phase::Connecting, Kind::Passing),
            broken(Phase::Sending, Kind::TimedOut),
            reply(200, &[], "done"),
        ]);
        assert_eq!(scene.caller.call(&request(effect)).unwrap().body, b"done", "{effect:?}");
        assert_eq!(scene.requests(), 3);
        assert!(scene.clock.milliseconds() > 0);
    }
}

#[test]
fn what_may_have_happened_is_made_again_only_where_that_is_harmless() {
    for trouble in
        [reply(502, &[], ""), broken(Phase::Waiting, Kind::Passing), broken(Phase::Receiving(201), Kind::TimedOut)]
    {
        let run = |effect| {
            let scene = scene([trouble.clone(), trouble.clone(), trouble.clone()]);
            let error = scene.caller.call(&request(effect)).unwrap_err();
            (scene.requests(), error.open)
        };
        assert_eq!(run(Effect::Question), (3, false), "{trouble:?}");
        assert_eq!(run(Effect::Repeatable), (3, true), "{trouble:?}");
        assert_eq!(run(Effect::Once), (1, true), "{trouble:?}");
    }
}

#[test]
fn a_refusal_does_not_say_that_the_first_attempt_failed() {
    for (method, status, open) in
        [(Method::Put, 422, true), (Method::Put, 404, true), (Method::Delete, 404, false), (Method::Put, 200, false)]
    {
        let scene = scene([broken(Phase::Waiting, Kind::Passing), reply(status, &[], "{\"message\": \"no\"}")]);
        let came = scene.caller.call(&Request { method, ..request(Effect::Repeatable) });
        assert_eq!(came.is_err_and(|error| error.open), open, "{method:?} {status}");
    }
}

#[test]
fn one_open_attempt_keeps_it_open() {
    let scene = scene([
        broken(Phase::Waiting, Kind::Passing),
        broken(Phase::Connecting, Kind::Passing),
        broken(Phase::Connecting, Kind::Passing),
    ]);
    assert!(scene.caller.call(&request(Effect::Repeatable)).unwrap_err().open);
}

#[test]
fn lasting_trouble_and_definite_answers_are_returned_at_once() {
    for effect in ALL {
        for status in [400, 401, 403, 404, 409, 422, 501] {
            let scene = scene([reply(status, &[], "")]);
            assert_eq!(scene.caller.call(&request(effect)).unwrap().status, status);
            assert_eq!((scene.requests(), scene.clock.milliseconds()), (1, 0));
        }
        let scene = scene([broken(Phase::Connecting, Kind::Lasting)]);
        assert!(!scene.caller.call(&request(effect)).unwrap_err().open);
    }
}

#[test]
fn servers_are_given_the_time_they_ask_for() {
    let used_up = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1800000300"),
        ("date", "Fri, 15 Jan 2027 08:00:00 GMT"),
    ];
    for (limit, seconds) in [
        (reply(429, &[("retry-after", "90")], ""), 90),
        (reply(403, &[], "You have exceeded a secondary rate limit"), 60),
        (reply(403, &used_up, "API rate limit exceeded"), 300),
    ] {
        for effect in ALL {
            let scene = scene([limit.clone(), reply(200, &[], "")]);
            scene.caller.call(&request(effect)).unwrap();
            let waited = scene.clock.milliseconds();
            assert!((seconds * 1000..=seconds * 1000 + 2000).contains(&waited), "{waited} ms instead of {seconds} s");
            assert_eq!(scene.told.0.lock().unwrap().len(), 1);
        }
    }
}

#[test]
fn the_last_answer_that_is_free_holds_the_next_question() {
    let headers = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1800000060"),
        ("date", "Fri, 15 Jan 2027 08:00:00 GMT"),
    ];
    let scene = scene([reply(200, &headers, ""), reply(200, &[], "")]);
    scene.caller.call(&request(Effect::Question)).unwrap();
    assert_eq!(scene.clock.milliseconds(), 0, "the answer itself is not held up");
    scene.caller.call(&request(Effect::Question)).unwrap();
    assert!(scene.clock.milliseconds() >= 60_000);
}

#[test]
fn a_wait_that_does_not_fit_ends_with_the_time_to_go_on() {
    for (asked, fits) in [("900", false), ("898", true), ("99999999999", false)] {
        let scene = scene([reply(429, &[("retry-after", asked)], ""), reply(200, &[], "")]);
        let came = scene.caller.call(&request(Effect::Once));
        assert_eq!(came.is_ok(), fits, "{asked}: {came:?}");
        if let Err(error) = came {
            assert_eq!((scene.clock.milliseconds(), scene.requests()), (0, 1), "nobody waits in vain");
            assert!(!error.open);
            let failure = error.clone().into_failure();
            assert_eq!(failure.kind.exit_code(false), 24);
            let Reason::Later { until, .. } = error.reason else { panic!("{error}") };
            let asked: i64 = asked.parse().unwrap();
            assert!((0..=2).contains(&(until.unix() - START - asked.min(10 * 366 * 86_400))), "{until}");
            assert!(failure.hints[0].contains(&until.to_string()));
        }
    }
}

#[test]
fn a_host_that_goes_on_refusing_is_left_for_later() {
    let limit = || reply(429, &[("retry-after", "5")], "");
    let scene = scene([limit(), limit(), limit()]);
    let error = scene.caller.call(&request(Effect::Once)).unwrap_err();
    assert!(matches!(error.reason, Reason::Later { .. }), "{error}");
    assert_eq!(scene.requests(), 3);
}

#[test]
fn limits_without_a_time_get_longer() {
    let limit = || reply(403, &[], "secondary rate limit");
    let scene = scene([limit(), limit(), reply(200, &[], "")]);
    scene.caller.call(&request(Effect::Once)).unwrap();
    assert!((180_000..183_000).contains(&scene.clock.milliseconds()), "one minute and two");
}

#[test]
fn logins_go_only_where_they_may() {
    for to in ["https://other.example/", "http://forge.example/", "https://forge.example:8443/", "http://127.0.0.1:10/"]
    {
        let scene = scene([]);
        let asked = Request { address: address(to), ..request(Effect::Question) };
        let error = scene.caller.call(&asked).unwrap_err();
        assert_eq!(error.reason, Reason::HostNotAllowed, "{to}");
        assert_eq!(error.into_failure().kind.exit_code(false), 12);
    }
    for to in ["https://forge.example/", "http://127.0.0.1:9/"] {
        let scene = scene([reply(200, &[], "")]);
        scene.caller.call(&Request { address: address(to), ..request(Effect::Question) }).unwrap();
    }
    let scene = scene([reply(200, &[], "")]);
    scene.caller.call(&Request::get(address("https://other.example/"))).unwrap();
}

#[test]
fn a_login_that_ran_out_meanwhile_is_replaced_once() {
    let login = |token: &str| Login::bearer(&Secret::new(token));
    for (now, answers, statuses) in [
        (Some("fresh-token"), vec![401, 200], 200),
        (Some("fresh-token"), vec![401, 401], 401),
        (Some("s3cret-token"), vec![401], 401),
        (None, vec![401], 401),
        (Some("fresh-token"), vec![403], 403),
    ] {
        for effect in ALL {
            let scene = scene(answers.iter().map(|status| reply(*status, &[], "")));
            let fresh = now.map(login);
            let caller = scene.caller.renewing(Arc::new(move || fresh.clone()));
            assert_eq!(caller.call(&request(effect)).unwrap().status, statuses, "{now:?}");
            let asked = scene.script.asked.lock().unwrap();
            assert_eq!(asked.len(), answers.len());
            let last = asked.last().unwrap().1.as_deref();
            assert_eq!(last, Some(if asked.len() == 2 { "Bearer fresh-token" } else { "Bearer s3cret-token" }));
        }
    }
}

fn sent_on(to: &str) -> Result<Reply, Broken> {
    reply(302, &[("location", to)], "")
}

#[test]
fn questions_follow_redirects_and_leave_the_login_behind() {
    let scene = scene([sent_on("/y"), sent_on("https://cdn.example/file?sig=1"), reply(200, &[], "bytes")]);
    let asked = request(Effect::Question).header("accept", "a/b").header("x-api-version", "1");
    assert_eq!(scene.caller.call(&asked).unwrap().body, b"bytes");
    assert_eq!(scene.logins(), [true, true, false]);
    assert_eq!(scene.asked()[2], "POST https://cdn.example/file?…");
    let headers: Vec<_> = scene.script.asked.lock().unwrap().iter().map(|(.., headers)| headers.len()).collect();
    assert_eq!(headers, [2, 2, 1], "what is meant for one server is not told to another");
    // Back at the first host, the login stays gone.
    let back =
        super::tests::scene([sent_on("https://cdn.example/"), sent_on("https://forge.example/z"), reply(200, &[], "")]);
    back.caller.call(&request(Effect::Question)).unwrap();
    assert_eq!(back.logins(), [true, false, false]);
}

#[test]
fn redirects_lead_to_no_weaker_place() {
    for to in [
        "http://forge.example/x",
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "ftp://forge.example/",
        "https://user:hunter2@forge.example/",
        "https://",
    ] {
        let scene = scene([sent_on(to)]);
        let error = scene.caller.call(&request(Effect::Question)).unwrap_err();
        assert_eq!(scene.requests(), 1, "{to}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let scene = scene((0..10).map(|_| sent_on("/x")));
    assert!(scene.caller.call(&request(Effect::Question)).is_err());
    assert_eq!(scene.requests(), 6, "the first, and five that it was sent on to");
}

#[test]
fn changes_are_never_sent_on() {
    for effect in [Effect::Once, Effect::Repeatable] {
        for (status, open) in [(301, false), (302, false), (303, true), (307, false), (308, false)] {
            let scene = scene([reply(status, &[("location", "https://forge.example/y")], "")]);
            let error = scene.caller.call(&request(effect)).unwrap_err();
            assert_eq!(error.reason, Reason::Redirected { to: "forge.example".to_owned() });
            assert_eq!((scene.requests(), error.open), (1, open), "{status}");
        }
    }
}

#[test]
fn success_with_something_else_is_no_success() {
    let html = || reply(200, &[("content-type", "text/html")], "<html>Please log in</html>");
    let json = scene([html(), reply(200, &[], "[1,"), reply(200, &[], "[1, 2]")]);
    assert_eq!(json.caller.json::<Vec<u8>>(&request(Effect::Question)).unwrap().1, Some(vec![1, 2]));
    let once = scene([html()]);
    let error = once.caller.json::<Vec<u8>>(&request(Effect::Once)).unwrap_err();
    assert!(error.open && error.to_string().contains("text/html"), "{error}");
    assert!(!error.to_string().contains("log in"), "{error}");
    let missing = scene([reply(404, &[], "not found")]);
    let (reply, value) = missing.caller.json::<Vec<u8>>(&request(Effect::Question)).unwrap();
    assert_eq!((reply.status, value), (404, None));
}

fn page(items: &str, next: Option<&str>) -> Result<Reply, Broken> {
    let link = next.map(|next| format!("<{next}>; rel=\"next\", <https://forge.example/x?page=9>; rel=\"last\""));
    reply(200, &link.iter().map(|link| ("link", link.as_str())).collect::<Vec<_>>(), items)
}

#[test]
fn all_pages_are_read() {
    let scene =
        scene([page("[1]", Some("?page=2")), page("[2, 3]", Some("https://forge.example/x?page=3")), page("[]", None)]);
    assert_eq!(scene.caller.pages::<u8>(&request(Effect::Question)).unwrap().unwrap(), [1, 2, 3]);
    assert_eq!(scene.logins(), [true; 3]);
}

#[test]
fn pages_that_lead_astray_are_an_error() {
    for next in ["https://evil.example/x", "http://forge.example/x?page=2", "javascript:x", "/x"] {
        let scene = scene([page("[1]", Some(next))]);
        assert!(scene.caller.pages::<u8>(&request(Effect::Question)).is_err(), "{next}");
        assert_eq!(scene.requests(), 1);
    }
    let endless = scene((0..2000).map(|n| page("[1]", Some(&format!("?page={n}")))));
    assert!(endless.caller.pages::<u8>(&request(Effect::Question)).is_err());
    assert_eq!(endless.requests(), 1000);
    let refused = scene([page("[1]", Some("?page=2")), reply(404, &[], "")]);
    assert_eq!(refused.caller.pages::<u8>(&request(Effect::Question)).unwrap().unwrap_err().status, 404);
}

#[test]
fn a_wish_to_pause_ends_waiting() {
    let scene = scene([reply(429, &[("retry-after", "5")], "")]);
    scene.stop.request("SIGTERM");
    let error = scene.caller.call(&request(Effect::Once)).unwrap_err();
    assert_eq!((&error.reason, scene.requests()), (&Reason::Stopped, 1));
    assert_eq!(error.into_failure().kind.exit_code(false), 24);
}

#[test]
fn downloads_begin_anew() {
    struct Bytes(Vec<u8>, usize);
    impl Sink for Bytes {
        fn begin(&mut self) -> io::Result<()> {
            self.0.clear();
            self.1 += 1;
            Ok(())
        }
        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.0.extend(bytes);
            Ok(())
        }
    }
    let scene = scene([reply(502, &[], "bad gateway"), reply(200, &[], "whole")]);
    let mut bytes = Bytes(Vec::new(), 0);
    scene.caller.download(&request(Effect::Question), &mut bytes, 10).unwrap();
    assert_eq!((bytes.0.as_slice(), bytes.1), (b"whole".as_slice(), 1));
}

#[test]
fn what_servers_say_is_one_line() {
    let said = |body: &str| reply(422, &[], body).unwrap().message();
    assert_eq!(
        said("{\"message\": \"Validation\\nFailed \\u001b[31m\"}").as_deref(),
        Some("Validation Failed \\u{001B}[31m")
    );
    assert_eq!(said("{\"error\": \"invalid_grant\"}").as_deref(), Some("invalid_grant"));
    assert_eq!(said("<html>"), None);
    assert_eq!(said("{\"message\": 5}"), None);
}
