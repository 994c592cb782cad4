//! What came of one attempt, as far as it decides what is done next.

use super::limits::is_limited;
use super::{Broken, Effect, Kind, Phase, Reply};
use crate::retry::Trouble;
use bowline_model::seeded::{Bug, seeded};

/// What came of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Whether this is the answer, or trouble on the way to one.
    pub(super) next: Next,
    /// Whether the request may have been carried out although nobody says so.
    pub(super) open: bool,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: it was answered, well or badly.
    Answered,
    /// Send it again, but not before the host wants it.
    Limited,
    /// Send it again.
    Again(Trouble),
    /// Nothing: the same would happen again, or it must not be sent twice.
    Over,
}

/// The table of docs/reliability.md, *Trying again*.
pub(super) fn class(effect: Effect, came: &Result<Reply, Broken>) -> Class {
    let trouble = match came {
        Ok(reply) => match reply.status {
            _ if is_limited(reply) => return Class { next: Next::Limited, open: false },
            // It came too early for the server to act on it (RFC 8470, section 5.2).
            425 => return Class { next: Next::Again(Trouble::Failed), open: false },
            // The method or the version is not known: the same answer the next time (RFC 9110, section 15.6).
            501 | 505 => return Class { next: Next::Answered, open: false },
            408 | 504 | 524 => Some(Trouble::TimedOut),
            500..=599 => Some(Trouble::Failed),
            _ => return Class { next: Next::Answered, open: false },
        },
        Err(broken) => broken.trouble(),
    };
    let arrived = match came {
        Ok(_) => true,
        Err(broken) => broken.may_have_arrived(),
    };
    let open = arrived && effect != Effect::Question;
    let next = match trouble {
        Some(trouble) if !(open && effect == Effect::Once) || seeded(Bug::PostAgainBlindly) => Next::Again(trouble),
        _ => Next::Over,
    };
    Class { next, open }
}

impl Broken {
    fn may_have_arrived(&self) -> bool {
        matches!(self.phase, Phase::Waiting | Phase::Receiving(_))
    }

    fn trouble(&self) -> Option<Trouble> {
        match self.kind {
            Kind::Passing => Some(Trouble::Failed),
            Kind::TimedOut => Some(Trouble::TimedOut),
            Kind::Lasting => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: Next = Next::Again(Trouble::Failed);
    const TIMED_OUT: Next = Next::Again(Trouble::TimedOut);

    /// For a question, something repeatable, and something that is sent once.
    fn check(came: Result<Reply, Broken>, question: Next, repeatable: Next, once: Next, open: bool) {
        for (effect, next) in [(Effect::Question, question), (Effect::Repeatable, repeatable), (Effect::Once, once)] {
            let open = open && effect != Effect::Question;
            assert_eq!(class(effect, &came), Class { next, open }, "{effect:?} {came:?}");
        }
    }

    fn status(status: u16) -> Result<Reply, Broken> {
        Ok(Reply { status, headers: Vec::new(), body: Vec::new() })
    }

    fn broken(phase: Phase, kind: Kind) -> Result<Reply, Broken> {
        Err(Broken { phase, kind, message: String::new() })
    }

    #[test]
    fn answers() {
        for code in [200, 201, 204, 301, 304, 307, 400, 401, 403, 404, 409, 410, 422, 501, 505] {
            check(status(code), Next::Answered, Next::Answered, Next::Answered, false);
        }
        check(status(429), Next::Limited, Next::Limited, Next::Limited, false);
        check(status(425), FAILED, FAILED, FAILED, false);
        for code in [500, 502, 503, 520, 599] {
            check(status(code), FAILED, FAILED, Next::Over, true);
        }
        for code in [408, 504, 524] {
            check(status(code), TIMED_OUT, TIMED_OUT, Next::Over, true);
        }
    }

    #[test]
    fn answers_that_did_not_come() {
        for phase in [Phase::Connecting, Phase::Sending] {
            check(broken(phase, Kind::Passing), FAILED, FAILED, FAILED, false);
            check(broken(phase, Kind::TimedOut), TIMED_OUT, TIMED_OUT, TIMED_OUT, false);
            check(broken(phase, Kind::Lasting), Next::Over, Next::Over, Next::Over, false);
        }
        check(broken(Phase::Before, Kind::Lasting), Next::Over, Next::Over, Next::Over, false);
        for phase in [Phase::Waiting, Phase::Receiving(201)] {
            check(broken(phase, Kind::Passing), FAILED, FAILED, Next::Over, true);
            check(broken(phase, Kind::TimedOut), TIMED_OUT, TIMED_OUT, Next::Over, true);
            check(broken(phase, Kind::Lasting), Next::Over, Next::Over, Next::Over, true);
        }
    }
}
