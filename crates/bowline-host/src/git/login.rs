//! Logging in at a remote over HTTP, with a token of Bowline's own.
//!
//! The token reaches git for one call only. Git asks a program for it (`GIT_ASKPASS`, which is started without a shell);
//! that program is Bowline again, and it finds the token in variables that only this git and its children have. So it is
//! in no argument, no address, no file and no trace. The answer is bound to scheme, host and port: when a redirect leads
//! git to another server, the question names that one, and the answer stays out.
//!
//! Without a token of our own nothing of this happens, and the user's helpers, headers and password files do what they
//! do; SSH is never touched. A password in the address is the user's choice of login: it goes the same way as a token, so
//! that it is in no argument either.

use super::addresses::{Direction, WaySettings};
use super::program::{Program, complaint};
use super::variables::Reach;
use bowline_model::event::{Event, EventSink};
use bowline_port::environment::Environment;
use bowline_port::git::GitError;
use bowline_port::http::{ALLOW_HOSTS, Address, AllowedHosts};
use bowline_port::process::Finished;
use bowline_port::secret::token::Tokens;
use bowline_port::secret::{SHORTEST, Secret, TOKENS, percent_decoded};
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
    /// Hears when a token is held back, and when it is too short to be hidden.
    pub events: Arc<dyn EventSink>,
    /// What was told already; begins empty.
    pub told: Told,
}

/// What was told already; clones share it.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<BTreeSet<String>>>);

/// What one call gets.
pub(super) struct Grant {
    pub(super) reach: Reach,
    pub(super) variables: Vec<(String, String)>,
    pub(super) settings: Vec<(String, String)>,
    /// What was granted and to whom, for messages.
    pub(super) about: About,
}

/// A login in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    /// `the token of BOWLINE_TOKEN`.
    what: String,
    /// Host and port.
    host: String,
}

impl Login {
    /// What a call to `remote` gets; none when it is left as it is.
    pub(super) fn grant(
        &self,
        program: &Program,
        remote: &str,
        direction: Direction,
    ) -> Result<Option<Grant>, GitError> {
        let way = WaySettings::read(program)?;
        let targets: Vec<Target> = way.addresses(remote, direction).iter().filter_map(Target::of).collect();
        if targets.iter().any(|target| target.password.is_some()) {
            return Ok(self.of_address(&targets));
        }
        let (Some(variable), Some(first)) = (self.tokens.variable(), targets.first()) else { return Ok(None) };
        if let Some(other) = targets.iter().find(|target| !self.hosts.may_receive(&target.address)) {
            self.tell(variable, &other.address);
            return Ok(None);
        }
        let Some(token) = self.tokens.get()? else { return Ok(None) };
        self.tell_if_short(variable, &token);
        let mut settings = way.guards();
        if direction == Direction::Push {
            // Else the first request would go out with what a password file has for this host.
            settings.extend(targets.iter().map(Target::at_once));
        }
        let about = About { what: format!("the token of {variable}"), host: first.address.host() };
        let grant = Grant { reach: Reach::WithToken, variables: Vec::new(), settings, about };
        Ok(Some(self.with_answers(grant, &targets, self.user, &token)))
    }

    /// The login that the only address brings along. Git would hand such an address on as an argument, which everybody on
    /// this machine can read, so it gets the address without the password, and the password when it asks.
    fn of_address(&self, targets: &[Target]) -> Option<Grant> {
        let [target] = targets else { return None };
        let (user, password) = (target.user.as_ref()?, target.password.as_ref()?);
        // The second one is for pushes, for which the user may have rules of their own.
        let rules =
            ["insteadOf", "pushInsteadOf"].map(|rule| (format!("url.{}.{rule}", target.open), target.given.clone()));
        let settings = rules.into_iter().chain([target.at_once()]).collect();
        let about = About { what: "the login in the remote's address".to_owned(), host: target.address.host() };
        let grant = Grant { reach: Reach::WithHelpers, variables: Vec::new(), settings, about };
        Some(self.with_answers(grant, targets, user, password))
    }

    /// Adds what makes git ask us, and nobody else, and us know the answers.
    fn with_answers(&self, mut grant: Grant, targets: &[Target], user: &str, password: &Secret) -> Grant {
        let origins: Vec<&str> = targets.iter().map(|target| target.address.as_str()).collect();
        let variables = [
            ("GIT_ASKPASS", self.helper.as_str()),
            (ORIGINS, &origins.join(" ")),
            (USER, user),
            (TOKEN, password.expose()),
        ];
        grant.variables.extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        // An empty value makes git forget all helpers that come before it.
        grant.settings.push(("credential.helper".to_owned(), String::new()));
        grant.settings.push(("credential.interactive".to_owned(), "true".to_owned()));
        grant
    }

    fn tell(&self, variable: &str, target: &Address) {
        let host = target.host();
        let why = if target.is_encrypted() || target.is_loopback() {
            format!("that is none of its hosts; if you trust it: {ALLOW_HOSTS}={host}")
        } else {
            "that is not encrypted; use an https address".to_owned()
        };
        self.once("token_held_back", format!("the token of {variable} is not sent to {host}: {why}"));
    }

    /// A variable was looked at when the program started; what a file or a command gives is only known now.
    fn tell_if_short(&self, variable: &str, token: &Secret) {
        if token.expose().len() < SHORTEST && !TOKENS.contains(&variable) {
            let what = format!("the token of {variable} is shorter than {SHORTEST} characters");
            self.once("token_too_short", format!("{what}: it cannot be told from ordinary text in what is printed"));
        }
    }

    fn once(&self, code: &str, message: String) {
        let mut told = self.told.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(message.clone()) {
            self.events.event(&Event::Warning { code: code.to_owned(), message });
        }
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
            format!("{} refused {}", self.host, self.what)
        } else if has(&ELSEWHERE) {
            format!("{} is for {} alone, and another server asked for it", self.what, self.host)
        } else {
            return None;
        };
        Some(GitError::Login { problem, message: complaint(&finished.stderr) })
    }
}

/// A server that git would log in at over HTTP.
struct Target {
    /// The address in the settings.
    given: String,
    /// The address that it means, without a password.
    open: String,
    /// The address without any login.
    address: Address,
    user: Option<String>,
    password: Option<Secret>,
}

impl Target {
    /// None when it is no HTTP.
    fn of((given, address): &(String, String)) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let (authority, path) = rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
        let (login, host) = authority.rsplit_once('@').map_or((None, authority), |(login, host)| (Some(login), host));
        let (name, password) = login.map_or((None, None), |login| match login.split_once(':') {
            Some((name, password)) => (Some(name), Some(password)),
            None => (Some(login), None),
        });
        let at = name.map(|name| format!("{name}@")).unwrap_or_default();
        Some(Self {
            given: given.clone(),
            open: format!("{scheme}://{at}{host}{path}"),
            address: Address::parse(&format!("{scheme}://{host}{path}")).ok()?,
            user: name.filter(|name| !name.is_empty()).and_then(percent_decoded),
            password: password.and_then(percent_decoded).map(Secret::new),
        })
    }

    /// Makes git log in with its first request; one that does not know this setting (before 2.46) is asked to first.
    fn at_once(&self) -> (String, String) {
        (format!("http.{}.proactiveAuth", self.address.as_str()), "basic".to_owned())
    }
}

fn is_plain(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.rsplit_once('@').is_none_or(|(user, _)| !user.contains(['/', '\\', '?', '#']))
}

/// The answer to a question of git, `Username for 'https://host': ` or `Password for 'https://user@host': `, out of the
/// variables of this process; none when nobody has asked this process for answers at all.
pub fn answer(environment: &Environment, question: &str) -> Option<Answer> {
    let token = environment.get(TOKEN)?;
    let origins = environment.get(ORIGINS).unwrap_or_default();
    let asked = question.split_once('\'').and_then(|(_, rest)| rest.rsplit_once('\'')).map(|(address, _)| address);
    // A user's name that holds a slash would make what stands before it look like the host (CVE-2024-50349).
    let asked = asked.filter(|address| is_plain(address));
    let asked = asked.and_then(|address| Target::of(&(String::new(), address.to_owned()))).map(|target| target.address);
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
