//! Tokens for a GitHub App: made when they are needed, for one repository and a few permissions, and kept in memory only.
//!
//! The app proves itself by a claim that its key has signed (a JSON Web Token, RFC 7519, with RS256), finds where it is
//! installed for the repository, and gets a token that runs out within an hour (*Generating an installation access token*).
//! Claim and token are hidden before anybody else has them. A clock that is wrong is noticed by the server's answer, and
//! the server's time is used then.

use super::client::Place;
use super::words::complaint;
use crate::tokens::Hide;
use bowline_model::Timestamp;
use bowline_port::clock::Clock;
use bowline_port::http::{Body, Caller, Effect, Login, Method, Reply, Request};
use bowline_port::secret::Secret;
use bowline_port::secret::token::{APP_ID, APP_KEY_FILE, App, AppKey, TokenError, Tokens};
use rustls::SignatureScheme;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

/// Makes tokens for one app and one repository.
pub struct AppTokens {
    app: App,
    place: Place,
    caller: Caller,
    clock: Arc<dyn Clock>,
    hide: Hide,
    wanted: Vec<Permission>,
    made: Mutex<Option<Made>>,
}

/// A permission by its name in the API, and `read` or `write`.
pub type Permission = (&'static str, &'static str);

struct Made {
    token: Secret,
    /// By this machine's clock, however wrong that is.
    until: Timestamp,
}

#[derive(Deserialize)]
struct InstallationWords {
    id: u64,
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct TokenWords {
    token: String,
    expires_at: Timestamp,
}

impl AppTokens {
    /// Tokens of `app` for the repository at `place`, asked for through `caller`; secrets go to `hide` first.
    pub fn new(app: App, place: Place, caller: Caller, clock: Arc<dyn Clock>, hide: Hide) -> Self {
        Self { app, place, caller, clock, hide, wanted: ALWAYS.to_vec(), made: Mutex::default() }
    }

    /// The same with what the configured release needs besides.
    #[must_use]
    pub fn with(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        self.wanted.extend(permissions);
        self
    }

    fn make(&self) -> Result<Made, TokenError> {
        let mut asking = Asking { tokens: self, pem: self.pem()?, ahead: 0 };
        let Place { owner, name, .. } = &self.place;
        let (_, installation): (_, InstallationWords) = asking.ask(
            "is not installed for the repository",
            Method::Get,
            &["repos", owner, name, "installation"],
            &Body::Empty,
        )?;
        let wanted =
            json!({ "repositories": [name], "permissions": narrowed(&self.wanted, &installation.permissions) });
        let (now, made): (_, TokenWords) = asking.ask(
            "got no token",
            Method::Post,
            &["app", "installations", &installation.id.to_string(), "access_tokens"],
            &Body::json(&wanted),
        )?;
        let token = Secret::new(made.token);
        (self.hide)(token.clone());
        let ours = self.clock.now();
        let until = ours.unix().saturating_add(made.expires_at.since(now));
        Ok(Made { token, until: Timestamp::from_unix(until).unwrap_or(ours) })
    }

    /// The key in PEM, hidden.
    fn pem(&self) -> Result<Secret, TokenError> {
        let pem = match &self.app.key {
            // Some systems hand line breaks on as two characters.
            AppKey::Variable(key) if !key.expose().contains('\n') => Secret::new(key.expose().replace("\\n", "\n")),
            AppKey::Variable(key) => key.clone(),
            AppKey::File(path) => {
                let read = || {
                    if !std::fs::metadata(path)?.is_file() {
                        return Err(std::io::Error::other("it is no ordinary file"));
                    }
                    let mut text = String::new();
                    std::fs::File::open(path)?.take(LARGEST_KEY).read_to_string(&mut text)?;
                    Ok(text)
                };
                let problem = format!("has a key file {} of {APP_KEY_FILE} that cannot be read", path.display());
                Secret::new(read().map_err(|source| TokenError::App { problem, source: Some(source.into()) })?)
            }
        };
        (self.hide)(pem.clone());
        Ok(pem)
    }
}

impl Tokens for AppTokens {
    fn variable(&self) -> Option<&'static str> {
        Some(APP_ID)
    }

    fn get(&self) -> Result<Option<Secret>, TokenError> {
        // Whoever comes second waits, instead of making another one.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        if let Some(made) = made.as_ref().filter(|made| made.until.since(now) > RENEWED) {
            return Ok(Some(made.token.clone()));
        }
        let new = self.make()?;
        let token = new.token.clone();
        *made = Some(new);
        Ok(Some(token))
    }
}

/// One conversation as the app itself.
struct Asking<'t> {
    tokens: &'t AppTokens,
    pem: Secret,
    /// By how many seconds the server's clock is ahead of ours, as far as that matters.
    ahead: i64,
}

impl Asking<'_> {
    /// Asks, and says what time it is for the server.
    fn ask<T: DeserializeOwned>(
        &mut self,
        problem: &str,
        method: Method,
        path: &[&str],
        body: &Body,
    ) -> Result<(Timestamp, T), TokenError> {
        let first = self.once(method, path, body)?;
        let (reply, answer) = match first {
            (reply, None) if self.is_about_time(&reply) => self.once(method, path, body)?,
            answered => answered,
        };
        let answer = answer.ok_or_else(|| failed(problem, complaint(&reply).into()))?;
        let now = reply.date().map_or_else(|| Timestamp::from_unix(self.now()), Ok);
        now.map(|now| (now, answer)).map_err(|error| failed("got no token", error.into()))
    }

    /// What time it is for the server, as far as that is known without asking.
    fn now(&self) -> i64 {
        self.tokens.clock.now().unix().saturating_add(self.ahead)
    }

    fn once<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: &Body,
    ) -> Result<(Reply, Option<T>), TokenError> {
        let AppTokens { app, place, caller, hide, .. } = self.tokens;
        let claim = claim(&app.id, self.now(), &self.pem)?;
        (hide)(claim.clone());
        let request = Request::new(method, place.api.with_segments(path.iter().copied()))
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
            .login(Login::bearer(&claim))
            .body(body.clone());
        // A second token does no harm, and is forgotten within the hour.
        let request = if method == Method::Get { request } else { request.effect(Effect::Repeatable) };
        caller.json(&request).map_err(TokenError::Call)
    }

    /// Whether the claim was refused because the two clocks differ; from now on the server's counts.
    fn is_about_time(&mut self, reply: &Reply) -> bool {
        let Some(server) = reply.date().filter(|_| reply.status == 401) else { return false };
        let ahead = server.since(self.tokens.clock.now());
        let differs = (ahead - self.ahead).abs() > ALLOWED;
        if differs {
            self.ahead = ahead;
        }
        differs
    }
}

/// The claim of the app `id` at `now`, signed. It begins a minute ago, for clocks that are behind, and ends a minute before
/// the ten that it may last at most (*Generating a JSON Web Token for a GitHub App*).
fn claim(id: &str, now: i64, pem: &Secret) -> Result<Secret, TokenError> {
    let encoded = |value: &Value| base64url(value.to_string().as_bytes());
    let claims = json!({ "iat": now - 60, "exp": now + 540, "iss": id });
    let signed = format!("{}.{}", encoded(&json!({ "alg": "RS256", "typ": "JWT" })), encoded(&claims));
    // What is wrong with a key is told in our words, and nothing of the key.
    let unusable = |why: &str| failed("has a private key that cannot be used", why.into());
    let key = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| unusable("it is no key in PEM"))?;
    let key = any_supported_type(&key).map_err(|_| unusable("it is damaged, or of a kind that is not known"))?;
    let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or_else(|| unusable("it is no RSA key"))?;
    let signature = signer.sign(signed.as_bytes()).map_err(|_| unusable("it does not sign"))?;
    Ok(Secret::new(format!("{signed}.{}", base64url(&signature))))
}

/// What is wanted, as far as the installation has it: asking for more would be refused as a whole.
fn narrowed(wanted: &[Permission], granted: &BTreeMap<String, String>) -> Value {
    let level = |name: &str| granted.get(name).map(String::as_str);
    let allowed = |(name, wanted): &(&str, &str)| match (level(name)?, *wanted) {
        ("write" | "admin", wanted) => Some((name.to_string(), json!(wanted))),
        ("read", _) => Some((name.to_string(), json!("read"))),
        _ => None,
    };
    Value::Object(wanted.iter().filter_map(allowed).collect())
}

fn failed(problem: &str, source: Box<dyn std::error::Error + Send + Sync>) -> TokenError {
    TokenError::App { problem: problem.to_owned(), source: Some(source) }
}

/// Base64 with the alphabet of addresses and without padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    let digit = |value: u32| char::from(ALPHABET.get(value as usize & 63).copied().unwrap_or(b'A'));
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let value = group.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        text.extend((0..=group.len()).map(|at| digit(value >> (18 - 6 * at))));
    }
    text
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// What every release has a use for: releases and references, and the protection of the branch, to look at it before the
/// push.
const ALWAYS: [Permission; 2] = [("contents", "write"), ("administration", "read")];
/// A token that runs out within this many seconds is replaced: an upload of two gigabytes may take as long.
const RENEWED: i64 = 600;
/// By how many seconds two clocks may differ without a claim being refused for it.
const ALLOWED: i64 = 30;
/// The longest private key, in bytes. One of 8192 bits has seven thousand.
const LARGEST_KEY: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_standard() {
        for (bytes, expected) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (b"\xfb\xff\xfe", "-__-"),
            (b"\0\0", "AAA"),
        ] {
            assert_eq!(base64url(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn no_more_is_asked_for_than_is_needed_and_granted() {
        let granted = |pairs: &[(&str, &str)]| {
            let granted = pairs.iter().map(|(name, level)| ((*name).to_owned(), (*level).to_owned())).collect();
            narrowed(&[ALWAYS[0], ALWAYS[1], ("checks", "read"), ("statuses", "write")], &granted)
        };
        assert_eq!(granted(&[]), json!({}));
        assert_eq!(
            granted(&[
                ("contents", "write"),
                ("secrets", "write"),
                ("administration", "write"),
                ("checks", "write"),
                ("statuses", "read"),
            ]),
            json!({ "contents": "write", "administration": "read", "checks": "read", "statuses": "read" })
        );
        assert_eq!(granted(&[("contents", "read")]), json!({ "contents": "read" }));
    }

    #[test]
    fn a_bad_key_is_named_and_not_shown() {
        for (pem, expected) in [
            ("s3cr3t", "no key in PEM"),
            ("-----BEGIN RSA PRIVATE KEY-----\nc3Ezcw==\n-----END RSA PRIVATE KEY-----\n", "damaged"),
        ] {
            let error = claim("1", 0, &Secret::new(pem)).err().unwrap();
            let text = format!("{error}: {}", std::error::Error::source(&error).unwrap());
            assert!(text.contains(expected) && !text.contains("s3cr3t") && !text.contains("c3Ez"), "{text}");
        }
    }
}
