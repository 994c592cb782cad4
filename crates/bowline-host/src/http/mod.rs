//! The half of the HTTP door that sends: one request to one host, and its answer.
//!
//! [`HttpExchange`] decides nothing. It follows no redirect and tries nothing again; what it promises is to say exactly how
//! far a request got ([`Phase`](bowline_port::http::Phase)), because that decides whether it may be sent again. In doubt it says the later phase.
//! What it knows comes from the body: `Sending` ends when the connection has taken the last piece of it, which is when
//! somebody may have got it whole. Bodies of a few hundred kilobytes are taken at once.
//!
//! `client` is the one place where a client is made, [`Patience`] says what takes too long, `outgoing` and `incoming` carry
//! the bodies, `words` says what went wrong.

pub(crate) mod client;
mod incoming;
mod outgoing;
mod patience;
mod progress;
pub(crate) mod words;

pub use client::SetupError;
pub use patience::Patience;

use bowline_port::environment::Environment;
use bowline_port::http::{Body, Broken, Exchange, Kind, Method, Reply, Request, Take};
use bowline_port::stop::Stop;
use bytes::Bytes;
use client::Way;
use outgoing::Outgoing;
use progress::Progress;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use words::Trouble;

/// Sends requests. Any number of threads may do so at once, none of which may belong to a runtime.
pub struct HttpExchange {
    client: reqwest::Client,
    patience: Patience,
    stop: Stop,
    /// The variable that names a proxy.
    proxy: Option<&'static str>,
    runtime: Handle,
    /// The runtime ends when this is dropped.
    _running: oneshot::Sender<()>,
}

impl HttpExchange {
    /// Prepares to send: proxy and certificates as `environment` says. A request that is running when `stop` is wished
    /// ends soon. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When a variable cannot be used, or the machine has no room for a thread.
    pub fn new(environment: &Environment, patience: Patience, stop: Stop) -> Result<Self, SetupError> {
        let way = Way::new(environment)?;
        let client = way.client(patience.connect)?;
        let (running, ended) = oneshot::channel();
        let runtime = run(ended).map_err(SetupError::Runtime)?;
        Ok(Self { client, patience, stop, proxy: way.proxy_variable(), runtime, _running: running })
    }

    async fn carry(&self, request: &Request, take: Take<'_>, progress: &Arc<Progress>) -> Result<Reply, Trouble> {
        if !request.address.is_encrypted() && !request.address.is_loopback() {
            return Err(lasting("plain http is spoken only to this machine"));
        }
        let body = self.open(&request.body, progress).await?;
        let request = build(request, body)?;
        progress.connecting();
        let response = self.client.execute(request).await.map_err(|error| match progress.fault() {
            Some(fault) => lasting(format!("the file to send: {fault}")),
            None => self.unanswered(&error),
        })?;
        incoming::read(response, take, progress).await
    }

    async fn open(&self, body: &Body, progress: &Arc<Progress>) -> Result<Outgoing, Trouble> {
        Ok(match body {
            Body::Empty => Outgoing::known(Bytes::new(), progress.clone()),
            Body::Bytes { bytes, .. } => Outgoing::known(Bytes::from_owner(bytes.clone()), progress.clone()),
            Body::Source { source, .. } => {
                let source = source.clone();
                let opening = self.runtime.spawn_blocking(move || outgoing::open(&*source));
                let opened = opening.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
                let opened = opened.map_err(|error| lasting(format!("the file to send: {error}")))?;
                Outgoing::read(opened, progress.clone())
            }
        })
    }

    fn unanswered(&self, error: &reqwest::Error) -> Trouble {
        let trouble = Trouble::of(error);
        match self.proxy.filter(|_| error.is_connect()) {
            // Its address may hold a password.
            Some(proxy) => Trouble { what: format!("{} ({proxy} is set)", trouble.what), ..trouble },
            None => trouble,
        }
    }
}

impl Exchange for HttpExchange {
    fn send(&self, request: &Request, take: Take<'_>) -> Result<Reply, Broken> {
        let progress = Arc::new(Progress::new(length(&request.body)));
        let ended = self.runtime.block_on(async {
            let watch = async {
                let (kind, what) = patience::watch(&self.patience, &progress, &self.stop).await;
                Err(Trouble { kind, what })
            };
            first(self.carry(request, take, &progress), watch).await
        });
        progress.end();
        ended.map_err(|trouble| Broken {
            phase: progress.state().phase,
            kind: trouble.kind,
            message: format!("{}: {}", request.address.host(), trouble.what),
        })
    }
}

/// A thread that moves bytes, for whoever waits on others, until `ended`.
fn run(ended: oneshot::Receiver<()>) -> std::io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new().name("http".to_owned()).spawn(move || {
        // The sender says nothing; it is dropped.
        let _ = runtime.block_on(ended);
        // Looking up a name cannot be interrupted, and nobody waits for it any more.
        runtime.shutdown_background();
    })?;
    Ok(handle)
}

/// What comes of whichever is done first; `one` when both are.
async fn first<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| match one.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(done),
        Poll::Pending => other.as_mut().poll(context),
    })
    .await
}

fn build(request: &Request, body: Outgoing) -> Result<reqwest::Request, Trouble> {
    let url = Url::parse(request.address.as_str()).map_err(|_| lasting("this is no address"))?;
    let mut built = reqwest::Request::new(method(request.method), url);
    let headers = built.headers_mut();
    for (name, value) in &request.headers {
        let known = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
        let (name, value) = known.ok_or_else(|| lasting(format!("the header `{name}` cannot be sent")))?;
        headers.append(name, value);
    }
    if let Some(login) = &request.login {
        let value = HeaderValue::from_str(login.value());
        let mut value = value.map_err(|_| lasting("the token holds characters that no header can carry"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    // The client leaves it out, but of these methods one expects a body (RFC 9110, section 8.6).
    if length(&request.body) == 0 && matches!(request.method, Method::Post | Method::Put | Method::Patch) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    match &request.body {
        Body::Empty => {}
        Body::Bytes { kind, .. } => insert_kind(headers, kind)?,
        Body::Source { kind, .. } => insert_kind(headers, kind)?,
    }
    *built.body_mut() = Some(reqwest::Body::wrap(body));
    Ok(built)
}

fn insert_kind(headers: &mut reqwest::header::HeaderMap, kind: &str) -> Result<(), Trouble> {
    let kind = HeaderValue::from_str(kind).map_err(|_| lasting("the media type cannot be sent"))?;
    headers.insert(CONTENT_TYPE, kind);
    Ok(())
}

fn length(body: &Body) -> u64 {
    match body {
        Body::Empty => 0,
        Body::Bytes { bytes, .. } => bytes.len() as u64,
        Body::Source { source, .. } => source.len(),
    }
}

const fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn lasting(what: impl Into<String>) -> Trouble {
    Trouble { kind: Kind::Lasting, what: what.into() }
}
