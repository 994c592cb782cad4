//! What becomes of a request.

use std::time::Duration;

/// What becomes of one request, in this order: it is heard, nothing happens for a while, and something is said.
#[derive(Clone, Debug)]
pub struct Act {
    /// How much of it is read.
    pub hear: Hear,
    /// How long nothing happens then.
    pub delay: Duration,
    /// What is answered.
    pub say: Say,
}

/// How much of a request is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hear {
    /// All of it.
    All,
    /// Its head, and at most so many bytes of its body.
    Some(u64),
    /// All of it, so many bytes at a time with a pause between.
    Slowly(usize, Duration),
}

/// What is answered.
#[derive(Clone, Debug)]
pub enum Say {
    /// This. The connection stays when the request was heard to its end; else it is closed as good servers do: what still
    /// arrives is read for a while, so that the answer is not lost.
    Answer(Answer),
    /// These bytes, and the connection is closed at once.
    Bytes(Vec<u8>),
    /// These bytes, and then nothing more for as long as the client stays.
    Stalled(Vec<u8>),
    /// This, so many bytes at a time with a pause before each.
    Slowly(Answer, usize, Duration),
    /// What it would have been without an act.
    AsUsual,
    /// The same, but only so many bytes of it, and the connection is closed.
    Cut(usize),
    /// The same is done, and the connection is closed without a word.
    Lost,
    /// 200 and a body that does not end.
    Endless,
    /// Nothing, and the connection is closed. What was not heard makes the system reset it.
    Nothing,
    /// Nothing, for as long as the client stays.
    Silence,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    length: Option<u64>,
}

impl Act {
    /// Hears it all and says this at once.
    pub fn say(say: Say) -> Self {
        Self { hear: Hear::All, delay: Duration::ZERO, say }
    }

    /// Hears it all and answers at once.
    pub fn answer(answer: Answer) -> Self {
        Self::say(Say::Answer(answer))
    }

    /// The same, but so much is heard.
    #[must_use]
    pub fn hearing(self, hear: Hear) -> Self {
        Self { hear, ..self }
    }

    /// The same, after a while.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

impl Answer {
    /// An empty one of this status.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), length: None }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with `body`.
    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The same, with a `content-length` that may be wrong.
    #[must_use]
    pub fn claiming(self, length: u64) -> Self {
        Self { length: Some(length), ..self }
    }

    /// Whether it has not the length that it claims, so that nothing can follow it.
    pub(super) fn is_wrong(&self) -> bool {
        self.length.is_some_and(|length| length != self.body.len() as u64)
    }

    /// As it is sent.
    pub fn bytes(&self) -> Vec<u8> {
        let length = self.length.unwrap_or(self.body.len() as u64);
        let mut head = format!("HTTP/1.1 {} -\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if self.status != 204 && self.status != 304 {
            head += &format!("content-length: {length}\r\n");
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}
