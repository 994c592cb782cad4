//! The HTTP door: every request that leaves the process but those of git.
//!
//! It has two halves. An [`Exchange`] carries one request to one host and brings back the answer, or says exactly how far
//! it got; it follows nothing and tries nothing again. A [`Caller`] stands before it and decides: who may receive the
//! login, when a request may be sent at all, what an answer means, and whether the request is made once more.
//! A client of a forge is written against the caller and never sees a timeout, a rate limit or a redirect.

mod address;
mod caller;
mod class;
mod error;
mod hosts;
mod limits;
pub mod link;
mod pace;
#[cfg(test)]
mod tests;

pub use address::{Address, AddressError};
pub use caller::{Caller, Renewal};
pub use error::{CallError, Reason};
pub use hosts::{AllowedHosts, VARIABLE as ALLOW_HOSTS};
pub use pace::Rules;

use crate::secret::Secret;
use bowline_model::Timestamp;
use bowline_model::text::one_line;
use std::io;
use std::sync::Arc;

/// Carries one request and its answer.
pub trait Exchange: Send + Sync {
    /// Sends `request` and reads the answer, whatever its status. Nothing is followed, nothing is sent twice.
    fn send(&self, request: &Request, take: Take<'_>) -> Result<Reply, Broken>;
}

/// One request.
#[derive(Clone)]
pub struct Request {
    /// What is to be done (RFC 9110, section 9).
    pub method: Method,
    /// To what.
    pub address: Address,
    /// Headers besides those that follow from the other fields, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Who asks.
    pub login: Option<Login>,
    /// What is sent along.
    pub body: Body,
    /// What sending it twice would do.
    pub effect: Effect,
}

/// The methods that forges use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the headers.
    Head,
    /// Creates, or acts.
    Post,
    /// Puts in place.
    Put,
    /// Changes parts.
    Patch,
    /// Removes.
    Delete,
}

/// What sending a request twice would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing.
    Question,
    /// It changes something, and twice is the same as once.
    Repeatable,
    /// Twice is not once: it is sent again only when it surely did not arrive.
    Once,
}

/// What is sent along.
#[derive(Clone)]
pub enum Body {
    /// Nothing.
    Empty,
    /// A few bytes of this media type.
    Bytes {
        /// The `content-type`.
        kind: &'static str,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// A file, or something as large, of this media type.
    Source {
        /// The `content-type`.
        kind: String,
        /// Where the bytes come from.
        source: Arc<dyn Source>,
    },
}

/// Bytes that are sent piece by piece, and from their beginning when they are sent again.
pub trait Source: Send + Sync {
    /// How many there are. It is sent as `content-length`, so it must be exact.
    fn len(&self) -> u64;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Begins at the first byte.
    fn open(&self) -> io::Result<Box<dyn io::Read + Send>>;
}

/// Bytes in memory are a source of themselves.
impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }
    fn open(&self) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.clone())))
    }
}

/// The value of an `authorization` header; it cannot be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Login(Secret);

/// What becomes of the answer's body.
pub enum Take<'a> {
    /// It is kept, up to [`SMALL`] bytes.
    Whole,
    /// When the status says success (2xx) it goes to a sink piece by piece; else it is kept.
    Stream {
        /// Where to.
        into: &'a mut dyn Sink,
        /// How many bytes there may be at most.
        limit: u64,
    },
}

/// Takes the body of an answer piece by piece.
pub trait Sink {
    /// A body begins; what came before was of an attempt that broke off.
    fn begin(&mut self) -> io::Result<()>;
    /// The next piece.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status (RFC 9110, section 15).
    pub status: u16,
    /// The headers in their order, names in lower case. Values that are no UTF-8 are left out.
    pub headers: Vec<(String, String)>,
    /// The body, empty when it went to a sink.
    pub body: Vec<u8>,
}

/// How a request ended that brought no whole answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Broken {
    /// How far it got.
    pub phase: Phase,
    /// Whether trying again can help.
    pub kind: Kind,
    /// What happened, a lowercase fragment without logins.
    pub message: String,
}

/// How far a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not to the network: a rule of ours, or a body that cannot be read.
    Before,
    /// The host's name, the connection, TLS, the proxy.
    Connecting,
    /// A connection was there, and the request did not leave it whole, so nobody can have acted on it.
    Sending,
    /// Sent whole, and there was no answer.
    Waiting,
    /// The answer began, with this status, and broke off.
    Receiving(u16),
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It can: something failed.
    Passing,
    /// It can: something took too long.
    TimedOut,
    /// The same would fail again: a certificate, a size, a rule.
    Lasting,
}

/// The most of an answer that is kept in memory, in bytes.
pub const SMALL: u64 = 16 << 20;

impl Request {
    /// A question.
    pub fn get(address: Address) -> Self {
        Self::new(Method::Get, address)
    }

    /// A request without a body. Until told otherwise, a `GET` or `HEAD` is a question, a `PUT` or `DELETE` repeatable
    /// (RFC 9110, section 9.2.2), and anything else is sent once.
    pub fn new(method: Method, address: Address) -> Self {
        let effect = match method {
            Method::Get | Method::Head => Effect::Question,
            Method::Put | Method::Delete => Effect::Repeatable,
            Method::Post | Method::Patch => Effect::Once,
        };
        Self { method, address, headers: Vec::new(), login: None, body: Body::Empty, effect }
    }

    /// What it is, as people read it: `GET https://api.github.com/repos/o/r`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method.name(), self.address)
    }

    /// The same with one more header; `name` in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a login.
    #[must_use]
    pub fn login(self, login: Login) -> Self {
        Self { login: Some(login), ..self }
    }

    /// The same with `body`.
    #[must_use]
    pub fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// The same, of another effect.
    #[must_use]
    pub fn effect(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }
}

impl Login {
    /// `Bearer TOKEN` (RFC 6750, section 2.1), which every forge takes.
    pub fn bearer(token: &Secret) -> Self {
        Self(Secret::new(format!("Bearer {}", token.expose())))
    }

    /// The value of the header, for the one who sends it.
    pub fn value(&self) -> &str {
        self.0.expose()
    }
}

impl Method {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl Reply {
    /// The value of a header, `name` in lower case; the first one when there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a header, `name` in lower case.
    pub fn all<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What time it is for the server.
    pub fn date(&self) -> Option<Timestamp> {
        Timestamp::from_unix(limits::http_date(self.header("date")?)?).ok()
    }

    /// What the server says for people, on one line: the `message` or `error` of a JSON body, as forges have it.
    pub fn message(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        let text = ["message", "error_description", "error"].iter().find_map(|name| body.get(name)?.as_str())?;
        Some(one_line(text.trim(), 300).into_owned())
    }

    /// Whether the status says success (2xx).
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

impl Body {
    /// JSON.
    pub fn json(value: &serde_json::Value) -> Self {
        Self::Bytes { kind: "application/json", bytes: value.to_string().into_bytes().into() }
    }
}
