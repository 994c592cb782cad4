//! A request that brought no answer of the server.

use super::Request;
use bowline_model::{Failure, FailureKind, Timestamp};
use std::fmt;

/// Why a request brought no answer, and what is known about its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// Which request, as people read it.
    pub call: String,
    /// Why.
    pub reason: Reason,
    /// Whether the request may have been carried out all the same: only looking can tell.
    pub open: bool,
}

/// Why a request brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It failed, as often as it was made.
    Failed {
        /// The last time, so.
        why: String,
    },
    /// Its host is to be left alone for longer than this run waits.
    Later {
        /// When it can be made.
        until: Timestamp,
        /// In words about the host.
        because: &'static str,
    },
    /// The run is to pause.
    Stopped,
    /// Its login must not go to that host.
    HostNotAllowed,
    /// It would change something, and its server sent it elsewhere.
    Redirected {
        /// The other host.
        to: String,
    },
}

impl CallError {
    pub(super) fn new(request: &Request, reason: Reason) -> Self {
        Self { call: request.name(), reason, open: false }
    }

    pub(super) fn not_done(request: &Request, why: String) -> Self {
        Self::new(request, Reason::Failed { why })
    }

    pub(super) fn open(self, open: bool) -> Self {
        Self { open: self.open || open, ..self }
    }

    /// As a failure; who made the request may know better advice.
    pub fn into_failure(self) -> Failure {
        let (kind, code, hint) = match &self.reason {
            Reason::Failed { .. } => (FailureKind::Failed, "http", None),
            Reason::Later { until, .. } => {
                (FailureKind::Paused, "rate_limited", Some(format!("at {until} or later: `bowline resume`")))
            }
            Reason::Stopped => (FailureKind::Paused, "stopped", None),
            Reason::HostNotAllowed => (
                FailureKind::Missing,
                "host_not_allowed",
                Some(format!("if you trust that host with the token, name it in the variable {}", super::ALLOW_HOSTS)),
            ),
            Reason::Redirected { .. } => {
                (FailureKind::Failed, "redirected", Some("correct the address, if the repository has moved".to_owned()))
            }
        };
        let mut failure = Failure::new(kind, code, self.to_string());
        failure.hints.extend(hint);
        if self.open { failure.unknown() } else { failure }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = &self.call;
        match &self.reason {
            Reason::Failed { why } => write!(f, "{call}: {why}"),
            Reason::Later { until, because } => write!(f, "{call}: the host {because}, until {until}"),
            Reason::Stopped => write!(f, "{call}: not made, because the run is to pause"),
            Reason::HostNotAllowed => write!(f, "{call}: this host may not receive the token"),
            Reason::Redirected { to } => {
                write!(f, "{call}: the server sends this change on to {to}, and it was not made")
            }
        }
    }
}

impl std::error::Error for CallError {}
