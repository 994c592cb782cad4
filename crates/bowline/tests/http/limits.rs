//! Whatever hangs or crawls is ended, and whoever wishes a pause need not wait.

use crate::support::{Generated, LARGE, broke, hasty, patient, request, send, upload};
use bowline_host::http::Patience;
use bowline_port::http::{Broken, Kind, Method, Phase, Reply, Request};
use bowline_port::stop::Stop;
use bowline_testkit::http_double::{Act, Answer, Hear, HttpDouble, Say};
use std::net::TcpListener;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// What comes of a request that meets `act`, and that it came within `limit`.
fn within(
    limit: Duration,
    act: Act,
    request: impl Fn(&HttpDouble) -> Request,
    patience: Patience,
    stop: Stop,
) -> Result<Reply, Broken> {
    let double = HttpDouble::start();
    for method in ["GET", "PUT", "POST"] {
        double.on(method, "/x", [act.clone()]);
    }
    let (exchange, request) = (patient(patience, stop), request(&double));
    let start = Instant::now();
    let result = send(&exchange, &request);
    assert!(start.elapsed() < limit, "{:?}: {result:?}", start.elapsed());
    result
}

fn soon(act: Act, request: impl Fn(&HttpDouble) -> Request, patience: Patience, stop: Stop) -> Result<Reply, Broken> {
    within(Duration::from_secs(5), act, request, patience, stop)
}

fn get(double: &HttpDouble) -> Request {
    request(Method::Get, &double.url("/x"))
}

fn post(double: &HttpDouble) -> Request {
    request(Method::Post, &double.url("/x"))
}

fn put(double: &HttpDouble) -> Request {
    upload(&double.url("/x"), Generated::of(LARGE))
}

fn put_little(double: &HttpDouble) -> Request {
    upload(&double.url("/x"), Generated::of(1 << 20))
}

/// Asks somebody who lets everybody connect, and does not even shake hands.
fn encrypted(_: &HttpDouble) -> Request {
    static SILENT: LazyLock<TcpListener> = LazyLock::new(|| TcpListener::bind("127.0.0.1:0").unwrap());
    request(Method::Post, &format!("https://{}/x", SILENT.local_addr().unwrap()))
}

fn head_of_a_large_answer() -> Vec<u8> {
    Answer::new(200).body("hello").claiming(1 << 20).bytes()
}

/// A name, what the server does, what is asked, and how far it gets.
type Case = (Act, fn(&HttpDouble) -> Request, Phase, &'static str);

fn cases() -> [Case; 9] {
    let pause = Duration::from_millis(20);
    let never = Duration::from_secs(30);
    let large = Answer::new(200).body(vec![b'x'; 1 << 20]);
    [
        (Act::say(Say::Silence), encrypted, Phase::Connecting, "no connection in time"),
        (Act::say(Say::Nothing).hearing(Hear::Some(0)).after(never), put, Phase::Sending, "the upload was slower than"),
        (Act::say(Say::Nothing).hearing(Hear::Slowly(1000, pause)), put, Phase::Sending, "the upload was slower than"),
        (Act::say(Say::Silence), get, Phase::Waiting, "no answer within"),
        (Act::say(Say::Silence), post, Phase::Waiting, "no answer within"),
        (Act::say(Say::Silence), put_little, Phase::Waiting, "no answer within"),
        (Act::say(Say::Slowly(Answer::new(200), 1, pause * 5)), get, Phase::Waiting, "no answer within"),
        (Act::say(Say::Stalled(head_of_a_large_answer())), get, Phase::Receiving(200), "nothing more of the answer"),
        (Act::say(Say::Slowly(large, 1000, pause)), get, Phase::Receiving(200), "the answer was slower than"),
    ]
}

#[test]
fn every_wait_has_an_end() {
    for (act, request, phase, part) in cases() {
        broke(soon(act, request, hasty(), Stop::default()), phase, Kind::TimedOut, part);
    }
}

#[test]
fn a_wish_to_pause_ends_a_request() {
    let patience = Patience { parting: Duration::from_millis(300), ..Patience::default() };
    for (act, request, phase, _) in cases() {
        let stop = Stop::default();
        let wishing = std::thread::spawn({
            let stop = stop.clone();
            move || {
                assert!(!stop.wait(Duration::from_millis(500)), "nobody else wishes it");
                stop.request("SIGINT");
            }
        });
        // It is over well before the two seconds that a pause has.
        let result = within(Duration::from_millis(500 + 1500), act, request, patience, stop);
        broke(result, phase, Kind::Passing, "ended, as the run pauses (SIGINT)");
        wishing.join().unwrap();
    }
}

#[test]
fn who_is_about_to_answer_may() {
    let stop = Stop::default();
    stop.request("SIGINT");
    let patience = Patience { parting: Duration::from_secs(4), ..Patience::default() };
    let act = Act::answer(Answer::new(201)).after(Duration::from_millis(200));
    assert_eq!(soon(act, post, patience, stop).unwrap().status, 201);
}

#[test]
fn slow_is_not_dead() {
    let pause = Duration::from_millis(100);
    let patience = Patience { throughput: 1000, ..hasty() };
    let slow = Answer::new(200).body(vec![b'x'; 2000]);
    let reply = soon(Act::say(Say::Slowly(slow, 200, pause)), get, patience, Stop::default()).unwrap();
    assert_eq!(reply.body.len(), 2000);
    let act = Act::answer(Answer::new(200)).after(pause * 2);
    assert_eq!(soon(act, put_little, patience, Stop::default()).unwrap().status, 200);
}
