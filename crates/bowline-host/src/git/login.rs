//! Logging in at a remote with a token of Bowline's own.
//!
//! The token reaches git for one call only. Git asks a program for it (`GIT_ASKPASS`, which is started without a shell);
//! that program is Bowline again, and it finds the token in variables that only this git and its children have. So it is
//! in no argument, no address, no file and no trace. The answer is bound to scheme, host and port: when a redirect leads
//! git to another server, the question names that one, and the answer stays out.
//!
//! Without a token of our own nothing of this happens, and the user's helpers, headers and password files do what they
//! do. The same holds for an address that brings a password along, and for SSH.

use super::addresses::{Direction, WaySettings};
use super::program::complaint;
use bowline_model::event::{Event, EventSink};
use bowline_port::environment::Environment;
use bowline_port::git::GitError;
use bowline_port::hosts::{self, AllowedHosts};
use bowline_port::http::Address;
use bowline_port::process::Finished;
use bowline_port::secret::token::{TokenError, Tokens};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// How to log in.
#[derive(Clone)]
pub struct Login {
    /// Gives the token.
    pub tokens: Arc<dyn Tokens>,
    /// Who may receive it.
    pub hosts: AllowedHosts,
    /// The user's name that goes with it, where the address has none.
    pub user: &'static str,
    /// The path of the program that answers git's questions by [`answer`].
    pub helper: String,
    /// Hears when a token is held back.
    pub events: Arc<dyn EventSink>,
    /// Hosts of which that was told; begins empty.
    pub told: Told,
}

/// What was told already; clones share it.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<BTreeSet<String>>>);

/// What one call gets.
pub(super) struct Grant {
    pub(super) variables: Vec<(String, String)>,
    pub(super) settings: Vec<(String, String)>,
    /// Where the token came from and where it may go, for messages.
    pub(super) about: About,
}

/// A token in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    pub(super) variable: &'static str,
    pub(super) host: String,
}

impl Login {
    /// Whether there is a token at all.
    pub(super) fn has_token(&self) -> bool {
        self.tokens.variable().is_some()
    }

    /// What a call to `remote` gets; none when it is left as it is.
    pub(super) fn grant(
        &self,
        way: &WaySettings,
        remote: &str,
        direction: Direction,
    ) -> Result<Option<Grant>, TokenError> {
        let Some(variable) = self.tokens.variable() else { return Ok(None) };
        let addresses = way.addresses(remote, direction);
        let targets: Vec<Address> = addresses.iter().filter_map(|address| target(address)).collect();
        let Some(first) = targets.first() else { return Ok(None) };
        if let Some(other) = targets.iter().find(|target| !self.hosts.may_receive(target)) {
            self.tell(variable, other);
            return Ok(None);
        }
        let Some(token) = self.tokens.get()? else { return Ok(None) };
        let origins: Vec<&str> = targets.iter().map(Address::as_str).collect();
        let variables = [
            ("GIT_ASKPASS", self.helper.as_str()),
            (ORIGINS, &origins.join(" ")),
            (USER, self.user),
            (TOKEN, token.expose()),
        ];
        let mut settings = way.guards();
        // An empty value makes git forget all helpers that come before it.
        settings.push(("credential.helper".to_owned(), String::new()));
        settings.push(("credential.interactive".to_owned(), "true".to_owned()));
        if direction == Direction::Push {
            // Else the first request would go out with what a password file has for this host.
            settings.extend(
                targets.iter().map(|target| (format!("http.{}.proactiveAuth", target.as_str()), "basic".to_owned())),
            );
        }
        Ok(Some(Grant {
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            settings,
            about: About { variable, host: first.host() },
        }))
    }

    fn tell(&self, variable: &str, target: &Address) {
        let mut told = self.told.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.insert(target.host()) {
            return;
        }
        let why = if target.is_encrypted() || target.is_loopback() {
            format!("that is none of its hosts; if you trust it: {}={}", hosts::VARIABLE, target.host())
        } else {
            "that is not encrypted; use an https address".to_owned()
        };
        self.events.event(&Event::Warning {
            code: "token_held_back".to_owned(),
            message: format!("the token of {variable} is not sent to {}: {why}", target.host()),
        });
    }
}

impl About {
    /// What a call that ended with an error says about the token: that the server refused it, or that another server
    /// asked for it. None when it failed for another reason.
    pub(super) fn refused(&self, finished: &Finished) -> Option<GitError> {
        let stderr = String::from_utf8_lossy(&finished.stderr);
        let has = |words: &[&str]| {
            stderr.lines().any(|line| !line.starts_with("remote:") && words.iter().any(|words| line.contains(words)))
        };
        let problem = if has(&REFUSED) {
            format!("{} refused the token of {}", self.host, self.variable)
        } else if has(&ELSEWHERE) {
            format!("the token of {} is for {} alone, and another server asked for it", self.variable, self.host)
        } else {
            return None;
        };
        Some(GitError::Login { problem, message: complaint(&finished.stderr) })
    }
}

/// The address of a server that a token could go to, without the user's name; none when it is no HTTP, or brings a
/// password along.
fn target(address: &str) -> Option<Address> {
    let (scheme, rest) = address.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let host = match authority.rsplit_once('@') {
        Some((login, _)) if login.contains(':') => return None,
        Some((_, host)) => host,
        None => authority,
    };
    Address::parse(&format!("{scheme}://{host}{path}")).ok()
}

/// The answer to a question of git, `Username for 'https://host': ` or `Password for 'https://user@host': `, out of the
/// variables of this process; none when nobody has asked this process for answers at all.
pub fn answer(environment: &Environment, question: &str) -> Option<Answer> {
    let token = environment.get(TOKEN)?;
    let origins = environment.get(ORIGINS).unwrap_or_default();
    let asked = question.split_once('\'').and_then(|(_, rest)| rest.rsplit_once('\'')).map(|(address, _)| address);
    let asked = asked.and_then(target);
    let is_ours = |origin: &str| match (Address::parse(origin), &asked) {
        (Ok(origin), Some(asked)) => origin.same_origin(asked),
        _ => false,
    };
    let answer = match question.split_once(' ') {
        _ if !origins.split(' ').any(is_ours) => None,
        Some(("Username", _)) => environment.get(USER),
        Some(("Password", _)) => Some(token),
        _ => None,
    };
    Some(answer.map_or(Answer::Nothing, |answer| Answer::Line(answer.to_owned())))
}

/// What git is told.
#[derive(PartialEq, Eq)]
pub enum Answer {
    /// This line. It is a secret or the user's name.
    Line(String),
    /// Somebody else's server asks, or it is no question of a login.
    Nothing,
}

/// Git's words when a server refuses a login: it is wrong, or may not do this.
const REFUSED: [&str; 3] = ["Authentication failed", "returned error: 401", "returned error: 403"];
/// Git's words when nobody answered its question.
const ELSEWHERE: [&str; 2] = ["could not read Username", "could not read Password"];
/// The addresses that may be answered, parted by blanks.
const ORIGINS: &str = "BOWLINE_ASKPASS_FOR";
const USER: &str = "BOWLINE_ASKPASS_USER";
const TOKEN: &str = "BOWLINE_ASKPASS_TOKEN";
