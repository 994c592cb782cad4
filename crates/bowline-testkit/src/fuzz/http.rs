//! What servers say in their answers.

use bowline_model::Timestamp;
use bowline_model::event::Silent;
use bowline_model::plan::ForgeKind;
use bowline_port::clock::Clock;
use bowline_port::environment::Environment;
use bowline_port::http::{
    ALLOW_HOSTS, Address, AllowedHosts, Broken, Caller, Effect, Exchange, Kind, Login, Method, Phase, Reply, Request,
    Rules, Take, link,
};
use bowline_port::retry::{Policy, Retries};
use bowline_port::secret::Secret;
use bowline_port::stop::Stop;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// `Link` headers, one a line: what is found was written as a target, and a well-formed link after anything that is closed
/// is found.
pub(super) fn link(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let headers: Vec<&str> = text.lines().collect();
    if let Some(found) = link::target(headers.iter().copied(), "next") {
        assert!(headers.iter().any(|header| header.contains('<') && header.contains(found)), "{found:?} of {text:?}");
        assert!(!found.contains('>'), "{found:?}");
    }
    for header in headers.iter().filter(|header| !header.contains(['"', '<', '>'])) {
        let more = format!("{header}, <https://h/2>; rel=\"last next\"");
        assert_eq!(link::target([more.as_str()], "next"), Some("https://h/2"), "{more:?}");
    }
    let base = Address::parse("https://forge.example/a?b=1").unwrap();
    for line in headers {
        if let Ok(address) = base.join(line) {
            let sent = address.as_str();
            assert!(sent.is_ascii() && !sent.contains(['\n', ' ', '#']), "{sent:?}");
            assert_eq!(Address::parse(address.as_str()), Ok(address.clone()), "{address}");
            assert!(!address.same_origin(&base) || address.host() == "forge.example", "{address}");
        }
    }
}

/// Answers parted by zero bytes, each a status, headers a line, an empty line and a body. Whatever they say, a change that
/// may have happened is not sent again, nothing comes before its time, the login stays at its host, and it ends.
pub(super) fn answers(data: &[u8]) {
    let answers: Vec<Reply> = data.split(|byte| *byte == 0).take(12).map(answer).collect();
    for effect in [Effect::Question, Effect::Repeatable, Effect::Once] {
        let clock = Arc::new(Waiting::default());
        let server = Arc::new(Server { clock: clock.clone(), answers: answers.clone(), seen: Mutex::default() });
        let policy = Policy { attempts: 3, budget: 100, deadline: Duration::from_secs(600) };
        let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
        let hosts = AllowedHosts::new(
            &Environment::from_pairs([(ALLOW_HOSTS.to_owned(), "forge.example".to_owned())]),
            ForgeKind::Github,
        );
        let caller = Caller::new(server.clone(), hosts, retries, clock.clone(), Rules::GITHUB);
        let request = Request::new(Method::Post, Address::parse("https://forge.example/x").unwrap())
            .login(Login::bearer(&Secret::new("token")))
            .effect(effect);
        let came = caller.pages::<u8>(&request);
        let seen = server.seen.lock().unwrap();
        // Three attempts at each of at most six places, for each page there was an answer for.
        assert!(seen.len() <= 18 * (answers.len() + 1), "{} requests", seen.len());
        assert!(clock.monotonic() < Duration::from_secs(700), "{:?}", clock.monotonic());
        if effect == Effect::Once {
            let open = seen.iter().position(|status| matches!(status, 408 | 500 | 502..=504 | 506..=599));
            assert!(open.is_none_or(|at| at + 1 == seen.len() || came.is_ok()), "sent again after {seen:?}");
        }
    }
}

fn answer(text: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(text);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.parse().ok()).filter(|status| (100..600).contains(status));
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    Reply { status: status.unwrap_or(200), headers, body: body.as_bytes().to_vec() }
}

/// Answers in turn, then has no connection any more.
struct Server {
    clock: Arc<Waiting>,
    answers: Vec<Reply>,
    /// The status of each answer, 0 for none.
    seen: Mutex<Vec<u16>>,
}

impl Exchange for Server {
    fn send(&self, request: &Request, _: Take<'_>) -> Result<Reply, Broken> {
        let mut seen = self.seen.lock().unwrap();
        let host = request.address.host();
        assert!(request.login.is_none() || host == "forge.example", "the login went to {host}");
        assert!(request.address.is_encrypted(), "{}", request.address);
        if let Some(before) = seen.len().checked_sub(1).and_then(|last| self.answers.get(last))
            && before.status == 429
            && let Some(seconds) = before.header("retry-after").and_then(|value| value.parse().ok())
            && host == "forge.example"
        {
            let since = self.clock.monotonic() - *self.clock.last.lock().unwrap();
            assert!(since >= Duration::from_secs(seconds), "{since:?} after {seconds} s were asked for");
        }
        *self.clock.last.lock().unwrap() = self.clock.monotonic();
        let answer = self.answers.get(seen.len()).cloned();
        seen.push(answer.as_ref().map_or(0, |reply| reply.status));
        answer.ok_or_else(|| Broken { phase: Phase::Connecting, kind: Kind::Passing, message: "gone".to_owned() })
    }
}

/// A clock that only waiting moves.
#[derive(Default)]
struct Waiting {
    time: Mutex<Duration>,
    last: Mutex<Duration>,
}

impl Clock for Waiting {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }
    fn monotonic(&self) -> Duration {
        *self.time.lock().unwrap()
    }
    fn sleep(&self, duration: Duration) {
        *self.time.lock().unwrap() += duration;
    }
}
