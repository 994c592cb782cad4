//! Bodies arrive as they are, whole or not at all, and never larger than they may be.

use crate::support::{Generated, HIDDEN, LARGE, broke, byte_at, exchange, request, send, upload};
use bowline_port::http::{Body, Exchange, Kind, Login, Method, Phase, SMALL, Sink, Source, Take};
use bowline_port::secret::Secret;
use bowline_testkit::http_double::{Act, Answer, Hear, HttpDouble, Say};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Keeps what it is given, up to a limit of its own.
#[derive(Default)]
struct Kept {
    begun: u32,
    bytes: Vec<u8>,
    room: Option<usize>,
}

impl Sink for Kept {
    fn begin(&mut self) -> io::Result<()> {
        self.begun += 1;
        self.bytes.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        if self.room.is_some_and(|room| self.bytes.len() > room) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }
}

fn generated(length: u64) -> Vec<u8> {
    (0..length).map(byte_at).collect()
}

#[test]
fn what_is_sent_arrives() {
    let double = HttpDouble::serving(|_| Answer::new(201));
    let exchange = exchange();
    for length in [0, 1, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 1 << 20] {
        // Twice, from its beginning.
        for _ in 0..2 {
            assert_eq!(send(&exchange, &upload(&double.url("/x"), Generated::of(length))).unwrap().status, 201);
            let heard = double.heard().pop().unwrap();
            assert!(heard.is_whole && heard.body == generated(length), "{length}");
            assert_eq!(heard.header("content-length"), Some(length.to_string().as_str()));
            assert_eq!(heard.header("content-type"), Some("application/octet-stream"));
            assert_eq!(heard.header("transfer-encoding"), None);
        }
    }
    send(&exchange, &upload(&double.url("/x"), Generated::of(LARGE))).unwrap();
    assert_eq!(double.heard().pop().unwrap().length, LARGE);
}

#[test]
fn headers_are_those_that_were_asked_for() {
    let double = HttpDouble::serving(|_| Answer::new(200).header("Link", "<x>").header("X-Bytes", "1"));
    let asked = request(Method::Get, &double.url("/x")).header("accept", "application/json").header("x", "1");
    let asked = asked.header("x", "2").login(Login::bearer(&Secret::new("token-of-the-writer")));
    let reply = send(&exchange(), &asked).unwrap();
    assert_eq!((reply.header("link"), reply.header("x-bytes")), (Some("<x>"), Some("1")));
    let json = request(Method::Patch, &double.url("/y")).body(Body::json(&serde_json::json!({ "a": 1 })));
    send(&exchange(), &json).unwrap();
    for method in [Method::Post, Method::Put, Method::Delete, Method::Head] {
        send(&exchange(), &request(method, &double.url("/z"))).unwrap();
    }
    let heard = double.heard();
    let header = |number: usize, name: &str| heard[number].header(name);
    assert_eq!(heard[0].target, format!("/x?signature={HIDDEN}"));
    assert_eq!(header(0, "authorization"), Some("Bearer token-of-the-writer"));
    assert_eq!(header(0, "accept"), Some("application/json"));
    assert_eq!(header(0, "host"), Some(double.host().as_str()));
    assert!(header(0, "user-agent").unwrap().starts_with("bowline/"));
    assert_eq!(heard[0].headers.iter().filter(|(name, _)| name == "x").count(), 2);
    for absent in ["accept-encoding", "content-length", "content-type", "cookie", "referer", "expect"] {
        assert_eq!(header(0, absent), None, "{absent}");
    }
    assert_eq!((header(1, "content-type"), heard[1].body.as_slice()), (Some("application/json"), &b"{\"a\":1}"[..]));
    let lengths: Vec<_> = (2..6).map(|number| header(number, "content-length")).collect();
    assert_eq!(lengths, [Some("0"), Some("0"), None, None]);
}

#[test]
fn a_file_that_changes_is_not_taken_for_whole() {
    let double = HttpDouble::serving(|_| Answer::new(201));
    let claimed = 8 << 20;
    let gone = "the file to send: the disk is gone";
    for (length, broken_at, phase, part) in [
        (claimed - 1, None, Phase::Sending, "the file to send: it became shorter: 1 bytes are missing"),
        (0, None, Phase::Sending, "it became shorter"),
        (claimed + 1, None, Phase::Sending, "the file to send: it became longer"),
        (claimed, Some(0), Phase::Before, gone),
        (claimed, Some(1 << 20), Phase::Sending, gone),
    ] {
        let result = send(&exchange(), &upload(&double.url("/x"), Generated { claimed, length, broken_at }));
        broke(result, phase, Kind::Lasting, part);
    }
    let grown = Generated { claimed: 0, length: 1, broken_at: None };
    let result = send(&exchange(), &upload(&double.url("/x"), grown));
    broke(result, Phase::Before, Kind::Lasting, "it became longer");
    assert!(double.heard().iter().all(|heard| !heard.is_whole), "one was heard whole");
}

#[test]
fn answers_have_a_limit() {
    let double = HttpDouble::start();
    let exchange = exchange();
    let small = usize::try_from(SMALL).unwrap();
    let large = |status| Act::answer(Answer::new(status).body(vec![b'x'; small + 1]));
    let endless = || Act::say(Say::Endless);
    let claimed = || Act::say(Say::Stalled(Answer::new(200).claiming(1 << 40).bytes()));
    for (act, status) in [(large(200), 200), (large(500), 500), (endless(), 200), (claimed(), 200)] {
        double.on("GET", "/x", [act]);
        let result = send(&exchange, &request(Method::Get, &double.url("/x")));
        broke(result, Phase::Receiving(status), Kind::Lasting, "the answer is larger than 16777216 bytes");
    }
    double.on("GET", "/x", [Act::answer(Answer::new(200).body(vec![b'x'; small]))]);
    assert_eq!(send(&exchange, &request(Method::Get, &double.url("/x"))).unwrap().body.len(), small);
    for act in [endless(), claimed()] {
        double.on("GET", "/x", [act]);
        let take = Take::Stream { into: &mut Kept::default(), limit: 1 << 20 };
        let result = exchange.send(&request(Method::Get, &double.url("/x")), take);
        broke(result, Phase::Receiving(200), Kind::Lasting, "the answer is larger than 1048576 bytes");
    }
    // The head of an answer may tell of a body that does not come.
    double.on("HEAD", "/x", [Act::answer(Answer::new(200).claiming(1 << 40))]);
    let reply = send(&exchange, &request(Method::Head, &double.url("/x"))).unwrap();
    assert_eq!((reply.header("content-length"), reply.body.len()), (Some("1099511627776"), 0));
}

#[test]
fn a_download_goes_to_its_sink() {
    let double = HttpDouble::serving(|heard| {
        let status = if heard.target.starts_with("/there") { 200 } else { 404 };
        Answer::new(status).body(generated(3 << 20))
    });
    let exchange = exchange();
    let fetch = |path: &str, kept: &mut Kept, limit: u64| {
        exchange.send(&request(Method::Get, &double.url(path)), Take::Stream { into: kept, limit })
    };
    let mut kept = Kept::default();
    assert_eq!(fetch("/there", &mut kept, 3 << 20).unwrap().body, b"");
    assert_eq!((kept.begun, &kept.bytes), (1, &generated(3 << 20)));
    // A refusal is no download.
    assert_eq!(fetch("/absent", &mut kept, 1).unwrap().body.len(), 3 << 20);
    assert_eq!(kept.begun, 1);
    broke(fetch("/there", &mut kept, (3 << 20) - 1), Phase::Receiving(200), Kind::Lasting, "larger than 3145727");
    let mut full = Kept { room: Some(1000), ..Kept::default() };
    broke(fetch("/there", &mut full, 3 << 20), Phase::Receiving(200), Kind::Lasting, "the answer cannot be kept");
}

#[test]
fn nothing_is_unpacked() {
    let double = HttpDouble::start();
    let packed = Answer::new(200).header("content-encoding", "gzip").body(b"\x1f\x8b\x08not really".as_slice());
    double.on("GET", "/x", [Act::answer(packed)]);
    let reply = send(&exchange(), &request(Method::Get, &double.url("/x"))).unwrap();
    assert_eq!(reply.body, b"\x1f\x8b\x08not really");
}

/// Counts what is read of it.
struct Counted(Generated, Arc<AtomicU64>);

impl Source for Counted {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Counting(self.0.open()?, self.1.clone())))
    }
}

struct Counting(Box<dyn Read + Send>, Arc<AtomicU64>);

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.fetch_add(read as u64, Ordering::SeqCst);
        Ok(read)
    }
}

#[test]
fn little_is_read_ahead() {
    let double = HttpDouble::start();
    let early = Act::answer(Answer::new(413)).hearing(Hear::Some(0)).after(Duration::from_secs(2));
    double.on("PUT", "/x", [early]);
    let read = Arc::new(AtomicU64::new(0));
    let source: Arc<dyn Source> = Arc::new(Counted(Generated::of(1 << 40), read.clone()));
    let body = Body::Source { kind: "application/octet-stream".to_owned(), source };
    let reply = send(&exchange(), &request(Method::Put, &double.url("/x")).body(body)).unwrap();
    assert_eq!(reply.status, 413, "a tebibyte was not sent first");
    // Nobody reads for two seconds, so all that was taken lies in the buffers of two sockets, some megabytes each, and in
    // ours, which are about one.
    let taken = read.load(Ordering::SeqCst);
    assert!(taken < 32 << 20, "{taken} bytes were read");
}
