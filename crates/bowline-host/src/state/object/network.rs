//! How an object store is spoken to.
//!
//! Every request passes through [`Network`], with a client that is made where all of them are ([`Way`]). It follows no
//! redirect, so a login never travels on to another host; it speaks plain `http` only to this machine and to the address
//! at which clouds hand out their credentials; it waits no longer than [`limit`] says. And it notes what became of each attempt in [`Attempts`], because the client below sends
//! again by itself: only whoever saw all attempts knows whether one of them may have been carried out.

use crate::http::client::{SetupError, Way};
use bowline_port::environment::Environment;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientOptions, Extensions};
use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What came of sending one request, which may have been sent several times.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(Arc<Mutex<Sent>>);

/// See [`Attempts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sent {
    /// The last attempt; none when there was none, because logging in failed.
    pub(super) last: Option<Outcome>,
    /// Whether an attempt before the last one may have been carried out.
    pub(super) open: bool,
}

/// What came of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There was no connection: nothing was sent.
    NotSent,
    /// Sent, and there was no answer.
    Lost,
    /// Answered with this HTTP status.
    Answered(u16),
}

impl Outcome {
    /// Whether the store may have done what it was asked, though it did not say so.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Lost | Self::Answered(408 | 500..=599)) && !matches!(self, Self::Answered(501))
    }
}

impl Attempts {
    /// As something that the client passes on with the request.
    pub(super) fn extensions(&self) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(self.clone());
        extensions
    }

    pub(super) fn sent(&self) -> Sent {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, outcome: Outcome) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.open |= sent.last.is_some_and(Outcome::is_open);
        sent.last = Some(outcome);
    }
}

/// The one way out.
#[derive(Clone, Debug)]
pub(super) struct Network(reqwest::Client);

impl Network {
    /// Proxy and certificates as `environment` says.
    pub(super) fn new(environment: &Environment) -> Result<Self, SetupError> {
        Way::new(environment)?.client(CONNECT).map(Self)
    }
}

impl HttpConnector for Network {
    /// One client for all: the store, and whoever hands out credentials for it.
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Network {
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let attempts = request.extensions().get::<Attempts>().cloned().unwrap_or_default();
            let host = request.uri().host().unwrap_or_default();
            if request.uri().scheme_str() != Some("https") && !may_be_plain(host) {
                attempts.note(Outcome::NotSent);
                let refused = io::Error::other(format!("plain http to {host} is refused"));
                return Err(HttpError::new(HttpErrorKind::Unknown, refused));
            }
            let limit = limit(request.method().as_str(), host, request.body().content_length());
            match tokio::time::timeout(limit, self.0.call(request)).await {
                Ok(Ok(response)) => {
                    attempts.note(Outcome::Answered(response.status().as_u16()));
                    Ok(response)
                }
                // A connection that takes too long is a timeout to the client, which would not try again.
                Ok(Err(error)) if is_connect(&error) => {
                    attempts.note(Outcome::NotSent);
                    Err(HttpError::new(HttpErrorKind::Connect, error))
                }
                Ok(Err(error)) => {
                    attempts.note(Outcome::Lost);
                    Err(error)
                }
                Err(_) => {
                    attempts.note(Outcome::Lost);
                    let late = io::Error::new(io::ErrorKind::TimedOut, format!("no answer for {} s", limit.as_secs()));
                    Err(HttpError::new(HttpErrorKind::Timeout, late))
                }
            }
        })
    }
}

fn is_connect(error: &HttpError) -> bool {
    let client = error.source().and_then(|source| source.downcast_ref::<reqwest::Error>());
    client.is_some_and(reqwest::Error::is_connect)
}

/// Whether what is said to `host` leaves this machine only as far as its own cloud.
pub(super) fn may_be_plain(host: &str) -> bool {
    is_loopback(host) || is_metadata(host)
}

/// Whether `host` is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || address(host).is_some_and(|address| address.is_loopback())
}

/// Where clouds hand out credentials; no router passes on what is sent there.
fn is_metadata(host: &str) -> bool {
    host == "metadata.google.internal"
        || match address(host) {
            Some(IpAddr::V4(address)) => address.is_link_local(),
            Some(IpAddr::V6(address)) => matches!(address.segments(), [0xfd00, 0x0ec2, ..]),
            None => false,
        }
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// How long one attempt may go without an answer.
fn limit(method: &str, host: &str, bytes: usize) -> Duration {
    match method {
        // It is near, or it is not there.
        _ if is_metadata(host) => Duration::from_secs(2),
        "GET" | "HEAD" | "POST" => Duration::from_secs(6),
        // Sending takes its time; slower than 256 KiB/s is as good as not at all.
        _ => Duration::from_secs(15 + (bytes >> 18) as u64),
    }
}

/// Name, connection and TLS.
const CONNECT: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_here() {
        for host in ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "169.254.170.2", "[fd00:ec2::23]"] {
            assert!(may_be_plain(host), "{host}");
        }
        for host in ["", "example.com", "localhost.example.com", "10.0.0.1", "0.0.0.0", "[fd00::1]", "128.0.0.1"] {
            assert!(!may_be_plain(host), "{host}");
        }
        assert!(!is_loopback("169.254.170.2") && !is_loopback("metadata.google.internal"));
    }

    #[test]
    fn attempts_are_remembered() {
        use Outcome::{Answered, Lost, NotSent};
        let check = |outcomes: &[Outcome], open: bool| {
            let attempts = Attempts::default();
            outcomes.iter().for_each(|outcome| attempts.note(*outcome));
            assert_eq!(attempts.sent(), Sent { last: outcomes.last().copied(), open }, "{outcomes:?}");
        };
        check(&[], false);
        check(&[Lost], false);
        check(&[NotSent, NotSent], false);
        check(&[NotSent, Answered(403)], false);
        check(&[Lost, NotSent], true);
        check(&[Answered(503), Answered(412)], true);
        check(&[Answered(429), Answered(412)], false);
    }
}
