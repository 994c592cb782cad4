//! The `git` program, for everything that talks to another repository or that git does better itself.
//!
//! A child sees only named variables (`variables`). Settings of the repository that run programs beside the transport
//! (hooks, file system monitors, signers, pagers, aliases) are overridden. Transport settings of `.git/config` stay in
//! force, because checkout actions keep logins and SSH commands there, unless we log in with a token of our own (`login`).

use super::addresses::Direction;
use super::login::{Grant, Login};
use super::variables::{self, Reach};
use bowline_model::text::one_line;
use bowline_port::environment::Environment;
use bowline_port::git::GitError;
use bowline_port::process::{Command, Finished, Output, Process, ProcessError};
use bowline_port::retry::{Retries, Trouble};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Runs git in one repository.
#[derive(Clone)]
pub(super) struct Program {
    process: Arc<dyn Process>,
    environment: Vec<(String, String)>,
    dir: PathBuf,
    place: Vec<String>,
    timeout: Duration,
    /// How remotes are asked again; nobody is when it is not there.
    retries: Option<Retries>,
    /// How to log in with a token of ours; when it is not there, only the user's own logins are used.
    login: Option<Login>,
    /// The remote that any call may go to for objects that are missing here on purpose.
    promisor: Option<String>,
}

/// One call: arguments, input, and settings that must not pass through an argument list.
#[derive(Clone, Default)]
pub(super) struct Call {
    pub(super) arguments: Vec<String>,
    pub(super) input: Vec<u8>,
    pub(super) settings: Vec<(String, String)>,
    /// The remote it goes to, and which way the objects go; none for a call that stays here.
    remote: Option<(String, Direction)>,
}

impl Call {
    /// A call of these arguments, the subcommand first.
    pub(super) fn new<S: Into<String>>(arguments: impl IntoIterator<Item = S>) -> Self {
        Self { arguments: arguments.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Adds arguments.
    pub(super) fn with<S: Into<String>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Gives it something to read.
    pub(super) fn reading(mut self, input: Vec<u8>) -> Self {
        self.input = input;
        self
    }

    /// Overrides settings.
    pub(super) fn setting(mut self, settings: impl IntoIterator<Item = (String, String)>) -> Self {
        self.settings.extend(settings);
        self
    }

    /// Makes it a call to `remote`, a name or an address.
    pub(super) fn to(mut self, remote: &str, direction: Direction) -> Self {
        self.remote = Some((remote.to_owned(), direction));
        self
    }

    fn name(&self) -> String {
        self.arguments.first().cloned().unwrap_or_default()
    }
}

impl Program {
    /// Git for the repository at `git_dir`, run in `dir`.
    pub(super) fn new(process: Arc<dyn Process>, environment: &Environment, timeout: Duration) -> Self {
        Self {
            process,
            environment: variables::kept(environment),
            dir: PathBuf::from("/"),
            place: Vec::new(),
            timeout,
            retries: None,
            login: None,
            promisor: None,
        }
    }

    /// The same program, which logs in at remotes by `login`.
    pub(super) fn logging_in(self, login: Login) -> Self {
        Self { login: Some(login), ..self }
    }

    /// The same program, every call of which may fetch from `promisor` what a partial clone lacks.
    pub(super) fn lazy(self, promisor: Option<String>) -> Self {
        Self { promisor, ..self }
    }

    /// The same program, which asks remotes again as `retries` allows.
    pub(super) fn retrying(self, retries: Retries) -> Self {
        Self { retries: Some(retries), ..self }
    }

    /// The same program, started by `process`.
    pub(super) fn started_by(self, process: Arc<dyn Process>) -> Self {
        Self { process, ..self }
    }

    /// The same program for the repository at `git_dir` with its checkout at `work_dir`.
    pub(super) fn at(&self, git_dir: &Path, work_dir: Option<&Path>) -> Self {
        let mut place = Vec::new();
        // Found once by us; git must not search again and find another one. A path that no argument can carry is
        // left to git's own search from the same folder.
        if let Some(path) = git_dir.to_str() {
            place.push(format!("--git-dir={path}"));
            if let Some(path) = work_dir.and_then(Path::to_str) {
                place.push(format!("--work-tree={path}"));
            }
        }
        Self { dir: work_dir.unwrap_or(git_dir).to_owned(), place, ..self.clone() }
    }

    /// The same program, in no repository.
    pub(super) fn outside(&self) -> Self {
        Self { dir: PathBuf::from("/"), place: Vec::new(), ..self.clone() }
    }

    /// Runs `call`, whatever its exit code, with no login of ours.
    pub(super) fn run(&self, call: Call) -> Result<Finished, ProcessError> {
        self.run_with(call, None)
    }

    /// Runs `call`, whatever its exit code, with the login in `grant`.
    pub(super) fn run_with(&self, call: Call, grant: Option<&Grant>) -> Result<Finished, ProcessError> {
        let reach = match grant {
            Some(grant) => grant.reach,
            None if call.remote.is_some() || self.promisor.is_some() => Reach::WithHelpers,
            None => Reach::Local,
        };
        let mut env = variables::of_call(&self.environment, reach);
        let mut settings = call.settings;
        if let Some(grant) = grant {
            env.extend(grant.variables.iter().cloned());
            settings.extend(grant.settings.iter().cloned());
        }
        variables::add_settings(&mut env, settings);
        let mut argv = vec!["git".to_owned()];
        argv.extend(self.place.iter().cloned());
        argv.extend(OVERRIDES.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
        argv.extend(call.arguments);
        self.process.run(&Command {
            argv,
            dir: self.dir.clone(),
            env,
            pass_env: Vec::new(),
            timeout: self.timeout,
            output: Output::Capture,
            input: call.input,
        })
    }

    /// The login of ours that `call` gets; none when it is left to the user's own. It is good for one call.
    pub(super) fn grant(&self, call: &Call) -> Result<Option<Grant>, GitError> {
        match (&self.login, &call.remote) {
            (Some(login), Some((remote, direction))) => login.grant(self, remote, *direction),
            _ => Ok(None),
        }
    }

    /// Runs `call`, which must succeed, and returns its standard output.
    pub(super) fn succeed(&self, call: Call) -> Result<Vec<u8>, GitError> {
        let command = call.name();
        let finished = self.run(call).map_err(|source| GitError::Start { command: command.clone(), source })?;
        if finished.success() { Ok(finished.stdout) } else { Err(failed(command, &finished)) }
    }

    /// Asks a remote, without changing anything there. What fails for reasons that pass is asked again.
    pub(super) fn ask(&self, call: Call) -> Result<Vec<u8>, GitError> {
        let command = call.name();
        let mut attempt = 1;
        loop {
            let grant = self.grant(&call)?;
            let finished = self.run_with(call.clone(), grant.as_ref());
            let finished = finished.map_err(|source| GitError::Start { command: command.clone(), source })?;
            if finished.success() {
                self.succeeded();
                return Ok(finished.stdout);
            }
            if let Some(refused) = grant.and_then(|grant| grant.about.refused(&finished)) {
                return Err(refused);
            }
            if !self.may_pass(&command, attempt, &finished) {
                return Err(failed(command, &finished));
            }
            attempt += 1;
        }
    }

    /// Gets an object from where it was left out. Git fetches it when it is asked for it.
    pub(super) fn fetch_missing(&self, id: &str) -> Result<(), GitError> {
        let call = Call::new(["cat-file", "-e", id]);
        match &self.promisor {
            Some(remote) => self.ask(call.to(remote, Direction::Fetch)).map(drop),
            None => self.succeed(call).map(drop),
        }
    }

    /// Whether a call that changed nothing and said `finished` may be made again, after waiting.
    pub(super) fn may_pass(&self, command: &str, attempt: u32, finished: &Finished) -> bool {
        let stderr = String::from_utf8_lossy(&finished.stderr);
        let (Some(retries), Some(trouble)) = (&self.retries, passing(&stderr)) else { return false };
        finished.code.is_some()
            && retries.again(&format!("git {command}"), attempt, trouble, &complaint(&finished.stderr))
    }

    /// A remote has answered.
    pub(super) fn succeeded(&self) {
        if let Some(retries) = &self.retries {
            retries.succeeded();
        }
    }
}

/// What a git that exited with an error said, as an error.
pub(super) fn failed(command: String, finished: &Finished) -> GitError {
    let text = String::from_utf8_lossy(&finished.stderr);
    let message = match (stale_lock(&text), complaint(&finished.stderr)) {
        (Some(lock), _) => lock,
        (None, said) if said.is_empty() => match finished.code {
            Some(code) => format!("exit code {code}"),
            None => "ended by a signal".to_owned(),
        },
        (None, said) => said,
    };
    GitError::Program { command, message }
}

/// What kind of trouble git's words tell of, when it is one that passes: no connection, one that broke, or a server that
/// is not well. A login that is refused or a repository that is not there is no such thing. What the other side prints
/// proves nothing about the way there.
fn passing(stderr: &str) -> Option<Trouble> {
    let own = |words: &&str| stderr.lines().any(|line| !line.starts_with("remote:") && line.contains(*words));
    if LASTING.iter().any(|words| stderr.contains(words)) {
        None
    } else if SLOW.iter().any(own) {
        Some(Trouble::TimedOut)
    } else {
        PASSING.iter().any(own).then_some(Trouble::Failed)
    }
}

/// Git's own words on one line, without logins.
pub(super) fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    one_line(without_logins(text.trim()).trim(), 800).into_owned()
}

/// `text` with `user:password@` taken out of every address.
pub(crate) fn without_logins(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || "/?#'\"".contains(c)).unwrap_or(after.len());
        let login = after.get(..end).and_then(|authority| authority.rfind('@')).map_or(0, |at| at + 1);
        rest = after.get(login..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// A lock file that git stumbled over, with its age: a person must decide whether its owner still lives.
fn stale_lock(text: &str) -> Option<String> {
    let path = text.split_once("Unable to create '")?.1.split_once(".lock': File exists")?.0;
    let path = format!("{path}.lock");
    let age = std::fs::metadata(&path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|time: SystemTime| time.elapsed().ok());
    let age = age.map_or_else(|| "of unknown age".to_owned(), |age| format!("{} s old", age.as_secs()));
    Some(
        one_line(
            &format!("the lock file {path} ({age}) is in the way: another git is at work, or was killed and left it"),
            800,
        )
        .into_owned(),
    )
}

/// Words of git, curl and ssh about something that took too long.
const SLOW: [&str; 4] = ["timed out", "Timeout was reached", "Operation too slow", "returned error: 504"];

/// Words about something that can be different the next moment.
const PASSING: [&str; 26] = [
    "Could not resolve host",
    "Couldn't resolve host",
    "Temporary failure in name resolution",
    "Connection refused",
    "Failed to connect",
    "Couldn't connect to server",
    "Connection reset",
    "Connection closed by",
    "Connection was reset",
    "Network is unreachable",
    "No route to host",
    "Recv failure",
    "Send failure",
    "Empty reply from server",
    "transfer closed with",
    "unexpected disconnect",
    "hung up unexpectedly",
    "early EOF",
    // What is left of an answer that was cut off while git read what the remote has.
    "Could not read from remote repository",
    "is this a git repository?",
    "kex_exchange_identification",
    "returned error: 408",
    "returned error: 429",
    "returned error: 500",
    "returned error: 502",
    "returned error: 503",
];

/// Words that say that the same call would fail again, whatever else is said beside them.
const LASTING: [&str; 9] = [
    "Authentication failed",
    "could not read Username",
    "could not read Password",
    "Permission denied",
    "not found",
    "could not be found",
    "does not appear to be a git repository",
    "Host key verification failed",
    "certificate",
];

/// Settings that no configuration file may change for us.
const OVERRIDES: [&str; 15] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.alternateRefsCommand=:",
    "protocol.ext.allow=never",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=no",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_taken_out_of_addresses() {
        for (text, expected) in [
            ("unable to access 'https://u:p%40w@host/x/': 403", "unable to access 'https://host/x/': 403"),
            ("https://token@h https://h/a@b ssh://git@h:22/x", "https://h https://h/a@b ssh://h:22/x"),
            ("https://a@b:c@h/x", "https://h/x"),
            ("://", "://"),
            ("no address, only a@b", "no address, only a@b"),
        ] {
            assert_eq!(without_logins(text), expected);
        }
    }

    #[test]
    fn trouble_that_passes_is_told_from_trouble_that_stays() {
        let check = |stderr: &str, expected: Option<Trouble>| assert_eq!(passing(stderr), expected, "{stderr}");
        for stderr in [
            "fatal: unable to access 'https://h/x/': Could not resolve host: h",
            "fatal: unable to access 'http://127.0.0.1:1/x/': Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
            "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
            "fatal: unable to access 'http://h/': The requested URL returned error: 503",
            "fatal: unable to access 'http://h/': Empty reply from server",
            "error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfatal: early EOF",
            "fatal: the remote end hung up unexpectedly",
            "fatal: unable to access 'http://h/x/': transfer closed with 465 bytes remaining to read",
            "fatal: Could not read from remote repository.",
            "fatal: http://h/x/info/refs not valid: is this a git repository?",
        ] {
            check(stderr, Some(Trouble::Failed));
        }
        check("ssh: connect to host h port 22: Connection timed out", Some(Trouble::TimedOut));
        check("fatal: unable to access 'https://h/': The requested URL returned error: 504", Some(Trouble::TimedOut));
        for stderr in [
            "",
            "fatal: something else",
            "fatal: Authentication failed for 'https://h/x/'",
            "fatal: unable to access 'https://h/': The requested URL returned error: 403",
            "fatal: '/nowhere' does not appear to be a git repository\nfatal: the remote end hung up unexpectedly",
            "git@h: Permission denied (publickey).\nConnection closed by 10.0.0.1 port 22",
            "fatal: unable to access 'https://h/': SSL certificate problem: certificate has expired",
            "remote: The project you were looking for could not be found.\nfatal: Could not read from remote repository.",
            "remote: Repository not found.\nfatal: repository 'https://h/x/' not found",
            "remote: the build timed out, Connection refused",
        ] {
            check(stderr, None);
        }
    }
}
