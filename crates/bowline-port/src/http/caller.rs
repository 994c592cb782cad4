//! The deciding half of the HTTP door.
//!
//! Before a request: may its login go there, and may anything go there now. After it: what the answer means, whether the
//! request is made once more, and when. Redirects are followed for questions only, and no login travels to another host.
//!
//! What comes back is an answer of the server, good or bad, or a [`CallError`] that says what is known about the effect.

use super::class::{Next, class};
use super::error::{CallError, Reason as Why};
use super::limits::hold;
use super::pace::{Pace, Reason, Turn};
use super::{
    Address, AllowedHosts, Broken, Effect, Exchange, Kind, Login, Method, Phase, Reply, Request, Rules, Sink, Take,
    link,
};
use crate::clock::Clock;
use crate::retry::{NoMore, Retries, Trouble};
use bowline_model::Timestamp;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::text::one_line;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Makes requests.
pub struct Caller {
    exchange: Arc<dyn Exchange>,
    hosts: AllowedHosts,
    retries: Retries,
    clock: Arc<dyn Clock>,
    pace: Pace,
    renewal: Option<Renewal>,
}

/// The login of the moment.
pub type Renewal = Arc<dyn Fn() -> Option<Login> + Send + Sync>;

/// What an answer that says success must be besides.
type Check<'c> = &'c dyn Fn(&Reply) -> Result<(), String>;

impl Caller {
    /// Sends through `exchange`, logins only to `hosts`, again as `retries` allows, and changes no faster than `rules`.
    pub fn new(
        exchange: Arc<dyn Exchange>,
        hosts: AllowedHosts,
        retries: Retries,
        clock: Arc<dyn Clock>,
        rules: Rules,
    ) -> Self {
        Self { exchange, hosts, retries, clock, pace: Pace::new(rules), renewal: None }
    }

    /// The same where a request whose login is refused is made once more with what `renewal` gives by then. A login can run
    /// out while its request waits for its turn.
    #[must_use]
    pub fn renewing(self, renewal: Renewal) -> Self {
        Self { renewal: Some(renewal), ..self }
    }

    /// Makes `request` and returns the answer of any status but those that tell of passing trouble.
    pub fn call(&self, request: &Request) -> Result<Reply, CallError> {
        Ok(self.follow(request, &mut Take::Whole, &|_| Ok(()))?.0)
    }

    /// The same; the body of a successful answer, at most `limit` bytes, goes to `into`. It is begun anew for each attempt.
    pub fn download(&self, request: &Request, into: &mut dyn Sink, limit: u64) -> Result<Reply, CallError> {
        Ok(self.follow(request, &mut Take::Stream { into, limit }, &|_| Ok(()))?.0)
    }

    /// Makes `request`, of which a successful answer must be such JSON. Anything else that says success counts as an
    /// answer that broke off: nobody knows who wrote it. `None` when the status does not say success.
    pub fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<(Reply, Option<T>), CallError> {
        let (reply, _, value) = self.parsed(request)?;
        Ok((reply, value))
    }

    /// All items of a list that comes in pages, each naming the next in its `Link` header. The answer is that of the first
    /// page that does not say success, if there is one.
    pub fn pages<T: DeserializeOwned>(&self, request: &Request) -> Result<Result<Vec<T>, Reply>, CallError> {
        Ok(self.whole_pages::<Vec<T>>(request)?.map(|pages| pages.into_iter().flatten().collect()))
    }

    /// The same for lists that stand inside of something: all pages as they are.
    pub fn whole_pages<P: DeserializeOwned>(&self, request: &Request) -> Result<Result<Vec<P>, Reply>, CallError> {
        let mut request = request.clone();
        let (mut pages, mut seen) = (Vec::new(), BTreeSet::new());
        loop {
            let wrong = |why: String| CallError::not_done(&request, why);
            if !seen.insert(request.address.clone()) || seen.len() > MOST_PAGES {
                return Err(wrong(format!("its pages have no end after {} of them", seen.len())));
            }
            let (reply, address, page) = self.parsed::<P>(&request)?;
            let Some(page) = page else { return Ok(Err(reply)) };
            pages.push(page);
            let Some(next) = link::target(reply.all("link"), "next") else { return Ok(Ok(pages)) };
            let next = address.join(next).map_err(|error| wrong(format!("the address of its next page: {error}")))?;
            if !next.same_origin(&request.address) {
                return Err(wrong(format!("its next page is on another host, {}", next.host())));
            }
            request.address = next;
        }
    }

    /// Waits and says yes when `what` may be begun once more, of which `attempt` attempts came to nothing, the last one for
    /// the reason `why`. It is of the same budget as the requests.
    pub fn once_more(&self, what: &str, attempt: u32, why: &str) -> bool {
        self.retries.again(what, attempt, Trouble::Failed, why)
    }

    /// The time of the clock that never goes back.
    pub fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    fn parsed<T: DeserializeOwned>(&self, request: &Request) -> Result<(Reply, Address, Option<T>), CallError> {
        let parse = |reply: &Reply| serde_json::from_slice::<T>(&reply.body).map_err(|error| not_json(reply, &error));
        let check = |reply: &Reply| parse(reply).map(|_| ());
        let (reply, address) = self.follow(request, &mut Take::Whole, &check)?;
        let value = if reply.is_success() { parse(&reply).ok() } else { None };
        Ok((reply, address, value))
    }

    /// Makes the request at its address, and a question where it is sent on to. Also says where the answer came from.
    fn follow(&self, request: &Request, take: &mut Take<'_>, check: Check<'_>) -> Result<(Reply, Address), CallError> {
        let mut request = request.clone();
        for _ in 0..=MOST_HOPS {
            let reply = self.insist(&mut request, take, check)?;
            let Some(to) = redirected(&reply) else { return Ok((reply, request.address)) };
            let target = request.address.join(to).map_err(|error| {
                CallError::not_done(&request, format!("it was sent on, and to no usable address: {error}"))
            })?;
            request = onward(request, target, reply.status)?;
        }
        Err(CallError::not_done(&request, format!("it was sent on more than {MOST_HOPS} times")))
    }

    /// Makes one request at one address, again as long as that is right.
    fn insist(&self, request: &mut Request, take: &mut Take<'_>, check: Check<'_>) -> Result<Reply, CallError> {
        if request.login.is_some() && !self.hosts.may_receive(&request.address) {
            return Err(CallError::new(request, Why::HostNotAllowed));
        }
        let (mut open, mut renewed) = (false, false);
        for attempt in 1.. {
            self.turn(request).map_err(|error| error.open(open))?;
            let came = checked(self.exchange.send(request, take.again()), check);
            self.heed(request, &came);
            let class = class(request.effect, &came);
            open |= class.open;
            let why = match (class.next, came) {
                (Next::Answered, Ok(reply)) if reply.status == 401 && !renewed && self.renew(request) => {
                    renewed = true;
                    continue;
                }
                (Next::Answered, Ok(reply)) => {
                    self.retries.succeeded();
                    if open && !settles(request.method, &reply) {
                        return Err(CallError::not_done(request, complaint(&Ok(reply))).open(true));
                    }
                    return Ok(reply);
                }
                (Next::Limited, _) => match self.retries.again_later(attempt) {
                    Ok(()) => continue,
                    Err(NoMore::Stopped) => return Err(CallError::new(request, Why::Stopped).open(open)),
                    Err(_) => return Err(self.later(request, Reason::Asked).open(open)),
                },
                (_, came) => complaint(&came),
            };
            let again = match class.next {
                Next::Again(trouble) => self.retries.again(&request.name(), attempt, trouble, &why),
                _ => false,
            };
            if !again {
                return Err(CallError::not_done(request, why).open(open));
            }
        }
        Err(CallError::not_done(request, "it was made too often".to_owned()).open(open))
    }

    /// Gives the request the login of the moment; false when that is the one which it has.
    fn renew(&self, request: &mut Request) -> bool {
        let (Some(old), Some(renewal)) = (&request.login, &self.renewal) else { return false };
        match renewal() {
            Some(new) if new != *old => {
                request.login = Some(new);
                true
            }
            _ => false,
        }
    }

    /// Waits until the request may be sent.
    fn turn(&self, request: &Request) -> Result<(), CallError> {
        let (host, key) = (request.address.host(), key(request));
        let changes = request.effect != Effect::Question;
        loop {
            let Turn::Wait(wait, reason) = self.pace.turn(&key, changes, self.clock.monotonic()) else {
                return Ok(());
            };
            let waited = match reason {
                Reason::Between => self.retries.sleep(wait),
                Reason::Asked | Reason::TooMany => {
                    let until = self.after(wait);
                    self.retries.pause(wait, &format!("{host} {}; going on at {until}", reason.words()))
                }
            };
            waited.map_err(|no_more| match no_more {
                NoMore::Stopped => CallError::new(request, Why::Stopped),
                NoMore::TooLong | NoMore::UsedUp => self.later(request, reason),
            })?;
        }
    }

    /// Takes note of what an answer says about the ones to come.
    fn heed(&self, request: &Request, came: &Result<Reply, Broken>) {
        let Ok(reply) = came else { return };
        let host = key(request);
        let strikes = self.pace.strikes(&host);
        match hold(reply, self.clock.now(), strikes) {
            Some(_) if seeded(Bug::IgnoreRetryAfter) => {}
            Some(hold) => {
                // Many runs may have been told the same time.
                let wait = hold.wait.saturating_add(self.retries.jitter(JITTER));
                self.pace.hold(&host, self.clock.monotonic(), wait);
                self.pace.set_strikes(&host, if hold.asked { 0 } else { strikes + 1 });
            }
            None if reply.is_success() => self.pace.set_strikes(&host, 0),
            None => {}
        }
    }

    /// The request has to wait for longer than this run may.
    fn later(&self, request: &Request, reason: Reason) -> CallError {
        let changes = request.effect != Effect::Question;
        let wait = self.pace.left(&key(request), changes, self.clock.monotonic());
        CallError::new(request, Why::Later { until: self.after(wait), because: reason.words() })
    }

    /// The first whole second after `wait`.
    fn after(&self, wait: Duration) -> Timestamp {
        let now = self.clock.now();
        let seconds = i64::try_from(wait.as_secs_f64().ceil() as u64).unwrap_or(i64::MAX);
        Timestamp::from_unix(now.unix().saturating_add(seconds)).unwrap_or(now)
    }
}

/// An answer that says success and is not what it must be is as good as one that broke off.
fn checked(came: Result<Reply, Broken>, check: Check<'_>) -> Result<Reply, Broken> {
    let reply = came?;
    if reply.is_success() {
        check(&reply).map_err(|message| Broken {
            phase: Phase::Receiving(reply.status),
            kind: Kind::Passing,
            message,
        })?;
    }
    Ok(reply)
}

/// Whether this answer says what became of the request, although an earlier attempt may have been carried out. A refusal
/// does not: it may be the first one that made the second impossible.
const fn settles(method: Method, reply: &Reply) -> bool {
    reply.is_success() || (matches!(method, Method::Delete) && reply.status == 404)
}

fn not_json(reply: &Reply, error: &serde_json::Error) -> String {
    let kind = reply.header("content-type").map_or_else(String::new, |kind| format!(" ({})", one_line(kind, 60)));
    format!("it answered {}{kind} with something else than was asked for: {error}", reply.status)
}

/// What went wrong, on one line.
fn complaint(came: &Result<Reply, Broken>) -> String {
    match came {
        Ok(reply) => match reply.message() {
            Some(message) => format!("it answered {}: {message}", reply.status),
            None => format!("it answered {}", reply.status),
        },
        Err(broken) => broken.message.clone(),
    }
}

/// Whose limits a request counts for: those of the login, on all hosts of its forge together, or those of the host.
fn key(request: &Request) -> String {
    if request.login.is_some() { "login".to_owned() } else { request.address.host() }
}

/// Where an answer sends its reader on to.
fn redirected(reply: &Reply) -> Option<&str> {
    matches!(reply.status, 301 | 302 | 303 | 307 | 308).then(|| reply.header("location")).flatten()
}

/// The question `request`, asked at `target` instead.
fn onward(mut request: Request, target: Address, status: u16) -> Result<Request, CallError> {
    if request.effect != Effect::Question {
        let refused = CallError::new(&request, Why::Redirected { to: target.host() });
        // *See other* is how a server answers that has done what it was asked (RFC 9110, section 15.4.4).
        return Err(refused.open(status == 303));
    }
    let refused = |why: &str| Err(CallError::not_done(&request, format!("it was sent on to {target}, {why}")));
    if request.address.is_encrypted() && !target.is_encrypted() {
        return refused("which is not encrypted");
    }
    if target.is_near() && !request.address.is_near() {
        return refused("which is an address of this machine or its network");
    }
    if !target.same_origin(&request.address) && !seeded(Bug::LoginTravels) {
        request.login = None;
        request.headers.retain(|(name, _)| *name == "accept");
    }
    request.address = target;
    Ok(request)
}

impl Reason {
    const fn words(self) -> &'static str {
        match self {
            Self::Asked => "asks to be left alone",
            Self::Between | Self::TooMany => "takes only so many changes in an hour",
        }
    }
}

impl Take<'_> {
    /// The same once more.
    fn again(&mut self) -> Take<'_> {
        match self {
            Self::Whole => Take::Whole,
            Self::Stream { into, limit } => Take::Stream { into: &mut **into, limit: *limit },
        }
    }
}

/// A list of more pages than these is none: at a hundred items a page it would have a hundred thousand.
const MOST_PAGES: usize = 1000;
const MOST_HOPS: usize = 5;
const JITTER: Duration = Duration::from_secs(1);
