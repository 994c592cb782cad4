//! What the tests share.

use bowline_host::http::{HttpExchange, Patience};
use bowline_port::environment::Environment;
use bowline_port::http::{Address, Body, Broken, Exchange, Kind, Method, Phase, Reply, Request, Source, Take};
use bowline_port::stop::Stop;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

/// As patient as the program, without proxy and authorities.
pub(crate) fn exchange() -> HttpExchange {
    patient(Patience::default(), Stop::default())
}

pub(crate) fn patient(patience: Patience, stop: Stop) -> HttpExchange {
    HttpExchange::new(&Environment::default(), patience, stop).unwrap()
}

/// A tenth of a second where the program waits for a minute; 10 MB a second is the least.
pub(crate) fn hasty() -> Patience {
    let limit = Duration::from_millis(500);
    Patience { connect: limit, answer: limit, idle: limit, window: limit, throughput: 10_000_000, parting: limit }
}

/// A request for `url`, which gets a query that nobody may see.
pub(crate) fn request(method: Method, url: &str) -> Request {
    Request::new(method, Address::parse(&format!("{url}?signature={HIDDEN}")).unwrap())
}

/// The same with a large body.
pub(crate) fn upload(url: &str, body: Generated) -> Request {
    let source: Arc<dyn Source> = Arc::new(body);
    request(Method::Put, url).body(Body::Source { kind: "application/octet-stream".to_owned(), source })
}

/// Sends it and keeps the answer.
pub(crate) fn send(exchange: &HttpExchange, request: &Request) -> Result<Reply, Broken> {
    exchange.send(request, Take::Whole)
}

/// That it broke off there, for that, and says nothing that is hidden.
#[track_caller]
pub(crate) fn broke(result: Result<Reply, Broken>, phase: Phase, kind: Kind, part: &str) {
    let broken = result.expect_err("it broke off");
    assert_eq!((broken.phase, broken.kind), (phase, kind), "{}", broken.message);
    assert!(broken.message.contains(part), "{} says nothing of {part}", broken.message);
    assert!(!broken.message.contains(HIDDEN), "{}", broken.message);
}

/// A body that is made while it is read; every byte follows from its place.
#[derive(Clone, Copy)]
pub(crate) struct Generated {
    /// How many bytes it says there are.
    pub(crate) claimed: u64,
    /// How many there are.
    pub(crate) length: u64,
    /// Where reading fails.
    pub(crate) broken_at: Option<u64>,
}

impl Generated {
    pub(crate) fn of(length: u64) -> Self {
        Self { claimed: length, length, broken_at: None }
    }
}

impl Source for Generated {
    fn len(&self) -> u64 {
        self.claimed
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        if self.broken_at == Some(0) {
            return Err(io::Error::other("the disk is gone"));
        }
        Ok(Box::new(Reading { body: *self, at: 0 }))
    }
}

struct Reading {
    body: Generated,
    at: u64,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.body.broken_at.is_some_and(|place| self.at >= place) {
            return Err(io::Error::other("the disk is gone"));
        }
        let room = usize::try_from(self.body.length - self.at).unwrap().min(buffer.len());
        for (place, byte) in (self.at..).zip(&mut buffer[..room]) {
            *byte = byte_at(place);
        }
        self.at += room as u64;
        Ok(room)
    }
}

pub(crate) fn byte_at(place: u64) -> u8 {
    u8::try_from(place % 251).unwrap()
}

/// Stands in every query.
pub(crate) const HIDDEN: &str = "s3cret-signature";
pub(crate) const LARGE: u64 = 64 << 20;
