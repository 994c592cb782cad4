//! Both halves of the door, one behind the other.

use crate::support::{Generated, HIDDEN, LARGE, exchange, request, upload};
use bowline_host::clock::SystemClock;
use bowline_model::event::Silent;
use bowline_model::plan::ForgeKind;
use bowline_port::environment::Environment;
use bowline_port::http::{ALLOW_HOSTS, AllowedHosts, Caller, Login, Method, Rules};
use bowline_port::retry::{Policy, Retries};
use bowline_port::secret::Secret;
use bowline_port::stop::Stop;
use bowline_testkit::http_double::{Act, Answer, Hear, HttpDouble, Say};
use std::sync::Arc;
use std::time::Duration;

/// Makes three attempts, and trusts `double` with a token.
fn caller(double: &HttpDouble) -> Caller {
    let clock = Arc::new(SystemClock::new());
    let policy = Policy { attempts: 3, budget: 500, deadline: Duration::from_secs(60) };
    let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
    let hosts =
        AllowedHosts::new(&Environment::from_pairs([(ALLOW_HOSTS.to_owned(), double.host())]), ForgeKind::Github);
    Caller::new(Arc::new(exchange()), hosts, retries, clock, Rules::NONE)
}

fn login() -> Login {
    Login::bearer(&Secret::new("token-of-the-writer"))
}

#[test]
fn what_surely_did_not_happen_is_done_once_more() {
    let lost = || Act::say(Say::Nothing);
    for (method, act, requests, is_done, is_open) in [
        // The head came, and not the whole body.
        ("PUT", lost().hearing(Hear::Some(0)), 2, true, false),
        ("PUT", lost(), 2, true, false),
        ("GET", lost(), 2, true, false),
        ("POST", lost(), 1, false, true),
        ("POST", Act::answer(Answer::new(502)), 1, false, true),
        ("POST", Act::answer(Answer::new(429).header("retry-after", "1")), 2, true, false),
    ] {
        let double = HttpDouble::serving(|_| Answer::new(200));
        double.on(method, "/x", [act.clone()]);
        let asked = match method {
            "PUT" => upload(&double.url("/x"), Generated::of(LARGE)),
            "POST" => request(Method::Post, &double.url("/x")),
            _ => request(Method::Get, &double.url("/x")),
        };
        let result = caller(&double).call(&asked.login(login()));
        assert_eq!(double.heard().len(), requests, "{method} {act:?}: {result:?}");
        assert_eq!(result.is_ok(), is_done, "{method} {act:?}: {result:?}");
        assert_eq!(result.is_err_and(|error| error.open), is_open, "{method} {act:?}");
    }
}

#[test]
fn nobody_is_asked_before_the_time_that_they_named() {
    let double = HttpDouble::serving(|_| Answer::new(200));
    double.on("GET", "/x", [Act::answer(Answer::new(429).header("Retry-After", "2"))]);
    caller(&double).call(&request(Method::Get, &double.url("/x"))).unwrap();
    let at: Vec<Duration> = double.heard().iter().map(|heard| heard.at).collect();
    assert!(at[1] - at[0] >= Duration::from_secs(2), "{at:?}");
}

#[test]
fn a_token_stays_where_it_may_go() {
    let elsewhere = HttpDouble::serving(|_| Answer::new(200).body("there"));
    let double = HttpDouble::start();
    for (method, status) in [("GET", 302), ("GET", 307), ("POST", 307)] {
        double.on(method, "/x", [Act::answer(Answer::new(status).header("location", &elsewhere.url("/y")))]);
    }
    let caller = caller(&double);
    for _ in 0..2 {
        let asked = request(Method::Get, &double.url("/x")).login(login());
        assert_eq!(caller.call(&asked).unwrap().body, b"there");
    }
    let refused = caller.call(&request(Method::Post, &double.url("/x")).login(login())).unwrap_err();
    assert!(!refused.to_string().contains(HIDDEN), "{refused}");
    caller.call(&request(Method::Get, &elsewhere.url("/x")).login(login())).unwrap_err();
    let heard = elsewhere.heard();
    assert_eq!(heard.len(), 2, "only the two questions were sent on");
    assert!(heard.iter().all(|heard| heard.header("authorization").is_none()));
    assert!(double.heard().iter().all(|heard| heard.header("authorization") == Some("Bearer token-of-the-writer")));
}
