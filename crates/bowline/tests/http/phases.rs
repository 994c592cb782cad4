//! How far a request got, for everything that a server or the way to it can do.

use crate::support::{Generated, HIDDEN, LARGE, broke, exchange, request, send, upload};
use bowline_port::http::{Body, Broken, Kind, Method, Phase, Reply};
use bowline_testkit::http_double::{Act, Answer, Hear, HttpDouble, Say};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

fn get(act: Act) -> Result<Reply, Broken> {
    let double = HttpDouble::start();
    double.on("GET", "/x", [act]);
    send(&exchange(), &request(Method::Get, &double.url("/x")))
}

fn put(act: Act, length: u64) -> Result<Reply, Broken> {
    let double = HttpDouble::start();
    double.on("PUT", "/x", [act]);
    send(&exchange(), &upload(&double.url("/x"), Generated::of(length)))
}

#[test]
fn a_reset_before_in_and_after_a_large_body() {
    for (hear, phase) in [
        (Hear::Some(0), Phase::Sending),
        (Hear::Some(1), Phase::Sending),
        (Hear::Some(LARGE / 2), Phase::Sending),
        (Hear::All, Phase::Waiting),
    ] {
        broke(put(Act::say(Say::Nothing).hearing(hear), LARGE), phase, Kind::Passing, "127.0.0.1");
    }
}

#[test]
fn a_small_body_may_have_arrived() {
    for hear in [Hear::Some(0), Hear::All] {
        let double = HttpDouble::start();
        double.on("PUT", "/x", [Act::say(Say::Nothing).hearing(hear)]);
        let body = Body::Bytes { kind: "text/plain", bytes: b"hello".as_slice().into() };
        let result = send(&exchange(), &request(Method::Put, &double.url("/x")).body(body));
        broke(result, Phase::Waiting, Kind::Passing, "127.0.0.1");
    }
}

#[test]
fn an_answer_that_is_none() {
    for bytes in [
        &b""[..],
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n",
        b"hello\r\n\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"\xff\0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nx",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
    ] {
        broke(get(Act::say(Say::Bytes(bytes.to_vec()))), Phase::Waiting, Kind::Passing, "127.0.0.1");
    }
    let endless = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'x'; 1 << 20]].concat();
    broke(get(Act::say(Say::Bytes(endless))), Phase::Waiting, Kind::Passing, "127.0.0.1");
}

#[test]
fn an_answer_that_breaks_off() {
    let whole = Answer::new(200).header("x", "y").body("hello").bytes();
    let chunked = b"HTTP/1.1 201 -\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for (say, status) in [
        (Say::Bytes(whole[..whole.len() - 1].to_vec()), 200),
        (Say::Bytes(whole[..whole.len() - 5].to_vec()), 200),
        (Say::Answer(Answer::new(503).body("hello").claiming(6)), 503),
        (Say::Bytes(chunked.clone()), 201),
        (Say::Bytes([&chunked, b"5\r\nhel".as_slice()].concat()), 201),
        (Say::Bytes([&chunked, b"5\r\nhello\r\n".as_slice()].concat()), 201),
        (Say::Bytes([&chunked, b"5\r\nhello\r\nnonsense\r\n".as_slice()].concat()), 201),
    ] {
        broke(get(Act::say(say)), Phase::Receiving(status), Kind::Passing, "127.0.0.1");
    }
}

#[test]
fn every_status_is_an_answer() {
    let page = Answer::new(200).header("content-type", "text/html").body("<h1>please log in</h1>");
    assert_eq!(get(Act::answer(page)).unwrap().body, b"<h1>please log in</h1>");
    for status in [200, 201, 204, 304, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 599] {
        let reply = get(Act::answer(Answer::new(status).header("Retry-After", "7").header("X", "a"))).unwrap();
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("retry-after"), Some("7"));
    }
    // What comes before an answer is none.
    let early = [b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".to_vec(), Answer::new(201).bytes()].concat();
    assert_eq!(get(Act::say(Say::Bytes(early))).unwrap().status, 201);
    // One byte more than said belongs to nobody.
    assert_eq!(get(Act::answer(Answer::new(200).body("hello").claiming(4))).unwrap().body, b"hell");
}

#[test]
fn nothing_is_followed() {
    let elsewhere = HttpDouble::serving(|_| Answer::new(200));
    for status in [301, 302, 303, 307, 308] {
        let reply = get(Act::answer(Answer::new(status).header("location", &elsewhere.url("/y")))).unwrap();
        assert_eq!((reply.status, reply.header("location")), (status, Some(elsewhere.url("/y").as_str())));
    }
    assert_eq!(elsewhere.heard(), []);
}

#[test]
fn an_early_answer_counts() {
    for (hear, status) in [(Hear::Some(0), 413), (Hear::Some(0), 401), (Hear::Some(1 << 20), 413)] {
        let act = Act::answer(Answer::new(status).body("no")).hearing(hear);
        let reply = put(act, LARGE).unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (status, b"no".as_slice()));
    }
    // A server that then closes at once resets the connection, and the answer may be lost with it. Nothing is claimed that
    // is not so.
    let mut lost = 0;
    for _ in 0..20 {
        let act = Act::say(Say::Bytes(Answer::new(413).bytes())).hearing(Hear::Some(0));
        match put(act, LARGE) {
            Ok(reply) => assert_eq!(reply.status, 413),
            Err(broken) => {
                assert!(matches!(broken.phase, Phase::Sending | Phase::Receiving(413)), "{broken:?}");
                lost += 1;
            }
        }
    }
    println!("{lost} of 20 early answers were lost with their connection");
}

#[test]
fn done_and_not_answered() {
    let done = Arc::new(AtomicUsize::new(0));
    let counter = done.clone();
    let double = HttpDouble::serving(move |_| Answer::new(201).body(counter.fetch_add(1, SeqCst).to_string()));
    let exchange = exchange();
    let whole = Answer::new(201).body("0").bytes().len();
    for (say, phase) in [
        (Say::Lost, Phase::Waiting),
        (Say::Cut(whole - 2), Phase::Waiting),
        (Say::Cut(whole - 1), Phase::Receiving(201)),
    ] {
        double.on("POST", "/x", [Act::say(say)]);
        broke(send(&exchange, &request(Method::Post, &double.url("/x"))), phase, Kind::Passing, "127.0.0.1");
    }
    assert_eq!(done.load(SeqCst), 3);
    double.on("POST", "/x", [Act::say(Say::AsUsual)]);
    assert_eq!(send(&exchange, &request(Method::Post, &double.url("/x"))).unwrap().body, b"3");
}

#[test]
fn where_nobody_listens_nothing_was_sent() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = format!("127.0.0.1:{port}: connection refused");
    for request in [
        request(Method::Get, &format!("http://127.0.0.1:{port}/")),
        request(Method::Post, &format!("http://127.0.0.1:{port}/")),
        upload(&format!("http://127.0.0.1:{port}/"), Generated::of(LARGE)),
    ] {
        broke(send(&exchange(), &request), Phase::Connecting, Kind::Passing, &refused);
    }
}

#[test]
fn a_name_that_nobody_has_was_sent_nothing() {
    let unknown = request(Method::Post, "https://bowline.invalid/");
    let broken = send(&exchange(), &unknown).unwrap_err();
    assert_eq!(broken.phase, Phase::Connecting, "{broken:?}");
    // Without a network, asking for a name can take longer than we wait.
    let is_told = broken.kind == Kind::Passing && broken.message.starts_with("bowline.invalid: its name was not found");
    assert!(is_told || broken.kind == Kind::TimedOut, "{broken:?}");
}

#[test]
fn what_cannot_be_sent_is_not() {
    let double = HttpDouble::start();
    let get = |url: &str| request(Method::Get, url);
    let kind = |kind: &'static str| Body::Bytes { kind, bytes: b"x".as_slice().into() };
    for (request, part) in [
        (get("http://example.com/x"), "example.com: plain http is spoken only to this machine"),
        (get("http://10.0.0.1/x"), "plain http"),
        (get(&double.url("/x")).header("x", "a\r\nhost: evil"), "the header `x` cannot be sent"),
        (get(&double.url("/x")).header("a b", "c"), "the header `a b` cannot be sent"),
        (get(&double.url("/x")).body(kind("text/\n")), "media type"),
    ] {
        broke(send(&exchange(), &request), Phase::Before, Kind::Lasting, part);
    }
    let login = bowline_port::http::Login::bearer(&bowline_port::secret::Secret::new(format!("{HIDDEN}\n")));
    let result = send(&exchange(), &get(&double.url("/x")).login(login));
    broke(result, Phase::Before, Kind::Lasting, "the token holds characters");
    assert_eq!(double.heard(), []);
}
