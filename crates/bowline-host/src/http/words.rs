//! What went wrong, in words that are safe to show.
//!
//! Errors of the client hold addresses with their parameters. So of a chain of errors only the deepest cause is told, and
//! those that a person can do something about are told in words of ours.

use bowline_model::text::one_line;
use bowline_port::http::Kind;
use rustls::CertificateError;
use std::error::Error;
use std::io;

/// Why a request brought no answer.
pub(super) struct Trouble {
    pub(super) kind: Kind,
    /// A lowercase fragment.
    pub(super) what: String,
}

impl Trouble {
    /// What `error` comes to.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let certificate = causes(error).find_map(|cause| match cause.downcast_ref() {
            Some(rustls::Error::InvalidCertificate(problem)) => Some(problem),
            _ => None,
        });
        if let Some(problem) = certificate {
            return Self { kind: Kind::Lasting, what: distrust(problem) };
        }
        if causes(error).any(|cause| cause.to_string().ends_with(PROXY_LOGIN)) {
            return Self {
                kind: Kind::Lasting,
                what: "the proxy asks for a login, or refuses the given one".to_owned(),
            };
        }
        if error.is_timeout() {
            return Self { kind: Kind::TimedOut, what: "no connection in time".to_owned() };
        }
        let what = if error.is_dns() { format!("its name was not found: {}", cause(error)) } else { cause(error) };
        Self { kind: Kind::Passing, what }
    }
}

/// The words of the cause of all causes.
pub(crate) fn deepest(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// [`deepest`] as a fragment: in lower case, and without the number that the system has for it.
fn cause(error: &(dyn Error + 'static)) -> String {
    let text = deepest(error);
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    one_line(&first.into_iter().chain(letters).collect::<String>(), 300).into_owned()
}

/// `error` and its causes. An error of the system may only wrap another, and does not count that one as its cause.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    })
}

fn distrust(problem: &CertificateError) -> String {
    use CertificateError as Problem;
    match problem {
        Problem::Expired | Problem::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        Problem::NotValidYet | Problem::NotValidYetContext { .. } => "its certificate is not valid yet".to_owned(),
        Problem::NotValidForName | Problem::NotValidForNameContext { .. } => {
            "its certificate is for another host".to_owned()
        }
        Problem::UnknownIssuer => {
            "nobody that this machine trusts vouches for its certificate; SSL_CERT_FILE can name further authorities"
                .to_owned()
        }
        other => format!("its certificate is not trusted: {other}"),
    }
}

/// The client knows this and says it in words only.
const PROXY_LOGIN: &str = "proxy authorization required";
