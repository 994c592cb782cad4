//! Connections are used again and shared by threads, and no request is sent twice over them.

use crate::support::{Generated, broke, exchange, request, send, upload};
use bowline_port::http::{Kind, Method, Phase};
use bowline_testkit::http_double::{Act, Answer, HttpDouble, Say};
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn a_connection_is_used_again() {
    let double = HttpDouble::serving(|_| Answer::new(200).body("x"));
    let exchange = exchange();
    for _ in 0..5 {
        send(&exchange, &request(Method::Get, &double.url("/x"))).unwrap();
        send(&exchange, &upload(&double.url("/y"), Generated::of(1 << 20))).unwrap();
    }
    let used: BTreeSet<usize> = double.heard().iter().map(|heard| heard.connection).collect();
    // A moment passes before a connection is free again, and who comes too soon opens another.
    assert!(used.len() <= 4, "{} connections for 10 requests", used.len());
}

#[test]
fn nothing_is_sent_twice() {
    let double = HttpDouble::serving(|_| Answer::new(200));
    let exchange = exchange();
    for (number, method) in [Method::Get, Method::Put, Method::Post, Method::Delete].into_iter().enumerate() {
        // Over a connection that was good a moment ago, which is when clients like to try again by themselves.
        send(&exchange, &request(Method::Get, &double.url("/warm"))).unwrap();
        let path = format!("/{number}");
        double.on(method.name(), &path, [Act::say(Say::Nothing)]);
        let result = send(&exchange, &request(method, &double.url(&path)));
        broke(result, Phase::Waiting, Kind::Passing, "127.0.0.1");
        assert_eq!(double.heard().iter().filter(|heard| heard.target.starts_with(&path)).count(), 1, "{method:?}");
    }
    // A server that is busy says when to come back, and the client does not.
    for status in [408, 429, 503] {
        double.on("GET", "/busy", [Act::answer(Answer::new(status).header("retry-after", "0"))]);
        assert_eq!(send(&exchange, &request(Method::Get, &double.url("/busy"))).unwrap().status, status);
    }
}

#[test]
fn a_connection_that_died_unused_does_no_harm() {
    let double = HttpDouble::serving(|_| Answer::new(201));
    let exchange = exchange();
    for _ in 0..10 {
        // It says that it stays, and goes.
        double.on("GET", "/x", [Act::say(Say::Bytes(Answer::new(200).bytes()))]);
        send(&exchange, &request(Method::Get, &double.url("/x"))).unwrap();
        assert!(!bowline_port::stop::Stop::default().wait(Duration::from_millis(20)));
        assert_eq!(send(&exchange, &request(Method::Post, &double.url("/y"))).unwrap().status, 201);
    }
    let posts = double.heard().iter().filter(|heard| heard.method == "POST").count();
    assert_eq!(posts, 10);
}

#[test]
fn threads_send_at_once() {
    let double = HttpDouble::serving(|heard| Answer::new(200).body(heard.length.to_string()));
    let exchange = exchange();
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (double, exchange) = (&double, &exchange);
            scope.spawn(move || {
                for round in 0..5 {
                    let length = (thread << 20) + round;
                    let reply = send(exchange, &upload(&double.url("/x"), Generated::of(length))).unwrap();
                    assert_eq!(reply.body, length.to_string().into_bytes());
                }
            });
        }
    });
    assert!(double.heard().iter().all(|heard| heard.is_whole));
}

#[test]
fn one_that_hangs_holds_nobody_up() {
    let double = HttpDouble::serving(|_| Answer::new(200));
    double.on("GET", "/hangs", [Act::answer(Answer::new(200)).after(Duration::from_secs(3))]);
    let exchange = exchange();
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| send(&exchange, &request(Method::Get, &double.url("/hangs"))));
        while double.heard().is_empty() {
            std::thread::yield_now();
        }
        send(&exchange, &upload(&double.url("/x"), Generated::of(8 << 20))).unwrap();
        assert!(!hanging.is_finished(), "the other one waited for it");
        assert_eq!(hanging.join().unwrap().unwrap().status, 200);
    });
}
