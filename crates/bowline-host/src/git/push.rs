//! Pushing, and understanding what came of it. Releases and shared state are pushed by the same words.
//!
//! The answer decides whether a release goes on, starts over or must look first, so it is only called definite when
//! git's words leave no doubt: a line of the machine-readable report, or a failure that git can only have before it
//! sends anything. Everything else is [`PushError::Unknown`].

use super::addresses::Direction;
use super::program::{Call, Program, complaint, without_logins};
use super::remote::{check_name, tamed};
use super::settings::check_remote;
use bowline_model::Oid;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::text::one_line;
use bowline_port::git::{GitError, PushError, RefUpdate};
use bowline_port::process::{Finished, ProcessError};

/// Whether anything is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Real,
    DryRun,
}

/// One reference of a remote: moved, made, or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    /// Full name.
    pub(crate) name: String,
    /// The value it must have now; none when it must not exist.
    pub(crate) old: Option<Oid>,
    /// The value it gets; none when it is removed.
    pub(crate) new: Option<Oid>,
}

impl From<&RefUpdate> for Move {
    fn from(update: &RefUpdate) -> Self {
        Self { name: update.name.clone(), old: update.old, new: Some(update.new) }
    }
}

/// A push that went well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Landed {
    /// References that had their new values already. Git does not send those, so **nobody compared their old values**.
    pub(crate) unsent: Vec<String>,
}

/// Pushes all `moves` at once.
pub(super) fn push(program: &Program, remote: &str, moves: &[Move], mode: Mode) -> Result<Landed, PushError> {
    let unusable = |error: GitError| PushError::NotSent { message: with_cause(&error) };
    check_remote(remote).map_err(unusable)?;
    moves.iter().try_for_each(|moved| check_name(&moved.name)).map_err(unusable)?;
    if moves.is_empty() {
        return Ok(Landed::default());
    }
    // An empty value means that there is none: the reference must not exist, or is removed.
    let value = |oid: Option<Oid>| oid.map(|oid| oid.to_string()).unwrap_or_default();
    let together = if seeded(Bug::PushOneByOne) { "--no-atomic" } else { "--atomic" };
    let leases = if seeded(Bug::PushWithoutLease) { &[] } else { moves };
    let call = Call::new(["push", "--porcelain", together, "--no-verify", "--no-follow-tags", "--no-signed"])
        .with(["--recurse-submodules=no"])
        .with((mode == Mode::DryRun).then_some("--dry-run"))
        .with(seeded(Bug::PushWithoutLease).then_some("--force"))
        .with(leases.iter().map(|moved| format!("--force-with-lease={}:{}", moved.name, value(moved.old))))
        .with(["--", remote])
        .with(moves.iter().map(|moved| format!("{}:{}", source(moved.new, mode), moved.name)))
        .setting(tamed(remote))
        .to(remote, Direction::Push);
    let mut attempt = 1;
    loop {
        let grant = program.grant(&call).map_err(unusable)?;
        match program.run_with(call.clone(), grant.as_ref()) {
            Ok(finished) if finished.success() => {
                program.succeeded();
                return Ok(landed(&finished));
            }
            Ok(finished) => {
                let error = understand(&finished);
                // Only what surely was not sent: anything else is looked at before it is sent again.
                let unsent = matches!(error, PushError::NotSent { .. }) || seeded(Bug::PushAgainBlindly);
                if unsent && let Some(refused) = grant.and_then(|grant| grant.about.refused(&finished)) {
                    return Err(unusable(refused));
                }
                if !unsent || !program.may_pass("push", attempt, &finished) {
                    return Err(error);
                }
            }
            Err(error @ (ProcessError::Unusable(_) | ProcessError::NotFound { .. } | ProcessError::Start { .. })) => {
                return Err(PushError::NotSent { message: with_cause(&error) });
            }
            // It was ended in the middle: what had been sent by then may still arrive.
            Err(
                error @ (ProcessError::TimedOut { .. }
                | ProcessError::TooMuchOutput { .. }
                | ProcessError::Stopped { .. }),
            ) => return Err(PushError::Unknown { message: with_cause(&error) }),
        }
        attempt += 1;
    }
}

/// The object that a reference gets; nothing removes it. Git takes the bare id for the name of a tag or branch where one is
/// called so, and would send whatever that leads to: anybody who may push a tag and knows what is released could choose
/// what the branch becomes. A rehearsal sends nothing, and may name what only the other side has: there the bare id must do.
fn source(new: Option<Oid>, mode: Mode) -> String {
    match (new, mode) {
        (None, _) => String::new(),
        (Some(oid), Mode::Real) => format!("{oid}^{{object}}"),
        (Some(oid), Mode::DryRun) => oid.to_string(),
    }
}

/// What the report of a push that went well says: `=`, tab, `from:to`, tab, summary for what was not sent.
fn landed(finished: &Finished) -> Landed {
    let stdout = String::from_utf8_lossy(&finished.stdout);
    let unsent = stdout.lines().filter_map(|line| {
        let (names, _) = line.strip_prefix("=\t")?.split_once('\t')?;
        Some(names.split_once(':')?.1.to_owned())
    });
    Landed { unsent: unsent.collect() }
}

/// What a push that exited with an error means.
pub(super) fn understand(finished: &Finished) -> PushError {
    let stderr = String::from_utf8_lossy(&finished.stderr);
    let message = complaint(&finished.stderr);
    if finished.code.is_none() {
        return PushError::Unknown { message: if message.is_empty() { "git was killed".to_owned() } else { message } };
    }
    let stdout = String::from_utf8_lossy(&finished.stdout);
    let refusals: Vec<Refusal<'_>> = stdout.lines().filter_map(Refusal::parse).collect();
    // Git invents such a line for references whose fate the remote did not report.
    if refusals.iter().any(|refusal| refusal.summary.starts_with("[remote failure]")) {
        return PushError::Unknown { message };
    }
    // Somebody is at work on the reference this moment, or died at it: what comes of it is seen by looking again.
    if stderr.contains(HELD) && refusals.iter().all(Refusal::is_bystander) {
        return PushError::Unknown { message };
    }
    // The remote's own transaction failed as a whole: the report blames every reference, the reason is beside it.
    if let Some(blamed) = blamed(&refusals, &stderr) {
        let has = |words: &[&str]| words.iter().any(|words| stderr.contains(words));
        if has(&IN_THE_WAY) {
            let reason = blamed.reason(&stderr);
            return PushError::Rejected { reference: one_line(blamed.reference, 200).into_owned(), reason };
        }
        if has(&OVERTAKEN) {
            return PushError::Stale { reference: one_line(blamed.reference, 200).into_owned() };
        }
        if stderr.contains(LOCKING) {
            return PushError::Unknown { message };
        }
    }
    let culprit = refusals.iter().find(|refusal| !refusal.is_bystander()).or(refusals.first());
    if let Some(refusal) = culprit {
        return match refusal.meaning(&stderr, message) {
            PushError::Rejected { reference, reason } => together(&refusals, refusal, reference, reason),
            other => other,
        };
    }
    // A report that says no in words we do not know is a report all the same: something was sent or may have been.
    if stdout.lines().any(|line| line.starts_with("!\t")) {
        return PushError::Unknown { message };
    }
    // What the other side prints, a hook for example, proves nothing.
    let own: Vec<&str> = stderr.lines().filter(|line| !line.starts_with("remote:")).collect();
    if own.iter().any(|line| line.contains("does not support --atomic")) {
        return PushError::NotAtomic;
    }
    let sent = SENT.iter().any(|words| stderr.contains(words));
    if !sent && own.iter().any(|line| NOT_SENT.iter().any(|words| line.contains(words))) {
        return PushError::NotSent { message };
    }
    PushError::Unknown { message }
}

/// A hook before everything refuses all references of a push in the same words, in the order of their names. The
/// release's own reference is named then, not the state that rides with it, and the others of the release beside it.
fn together(refusals: &[Refusal<'_>], first: &Refusal<'_>, reference: String, reason: String) -> PushError {
    let is_state = |name: &str| STATE.iter().any(|folder| name.starts_with(folder));
    let same = refusals.iter().filter(|refusal| refusal.summary == first.summary && !is_state(refusal.reference));
    let mut names = same.map(|refusal| one_line(refusal.reference, 200).into_owned());
    let Some(named) = names.next() else { return PushError::Rejected { reference, reason } };
    let others: Vec<String> = names.collect();
    let reason = if others.is_empty() { reason } else { format!("{reason} (so was {})", others.join(", ")) };
    PushError::Rejected { reference: named, reason }
}

/// Where state lives that may ride on the push of a release.
const STATE: [&str; 2] = [STATE_REFERENCES, STATE_BRANCHES];
/// Where state lives when the forge takes references of any name. They are neither branches nor tags, so nobody gets
/// them with a clone.
pub const STATE_REFERENCES: &str = "refs/bowline/";
/// Where it lives when the forge takes branches only.
pub const STATE_BRANCHES: &str = "refs/heads/bowline-state/";

/// What a remote says when a reference's lock file is there already.
const HELD: &str = ".lock': File exists";

/// What a remote says when it could not take a reference's lock, before it says why not.
const LOCKING: &str = "cannot lock ref";

/// Why not: the reference moved between its announcement and its transaction.
const OVERTAKEN: [&str; 4] =
    ["but expected", "reference already exists", "unable to resolve reference", "reference is missing"];

/// Why not: another reference stands where this one needs a folder, or the other way round. Trying again does not help.
const IN_THE_WAY: [&str; 2] = ["exists; cannot create", "blocking reference"];

/// The reference that a failed transaction of the remote names, when nothing but the transaction was refused.
fn blamed<'a, 'b>(refusals: &'b [Refusal<'a>], stderr: &str) -> Option<&'b Refusal<'a>> {
    if !refusals.iter().all(Refusal::is_bystander) {
        return None;
    }
    let named =
        stderr.split_once("cannot lock ref '").and_then(|(_, rest)| rest.split_once('\'')).map(|(name, _)| name);
    refusals.iter().find(|refusal| Some(refusal.reference) == named).or(refusals.first())
}

/// One refused reference of the report: `!`, tab, `from:to`, tab, summary.
struct Refusal<'a> {
    reference: &'a str,
    summary: &'a str,
}

impl<'a> Refusal<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (names, summary) = line.strip_prefix("!\t")?.split_once('\t')?;
        let (_, reference) = names.split_once(':')?;
        Some(Self { reference, summary })
    }

    /// Whether it only failed because another reference did.
    fn is_bystander(&self) -> bool {
        ["(atomic push fail", "(atomic transaction failed", "(transaction failed"]
            .iter()
            .any(|words| self.summary.contains(words))
    }

    fn meaning(&self, stderr: &str, message: String) -> PushError {
        let reference = one_line(self.reference, 200).into_owned();
        let moved = |words: &[&str]| words.iter().any(|words| self.summary.contains(words));
        if self.summary.starts_with("[rejected]") {
            // Decided on our side, from what the remote announced, before anything was sent.
            return if self.is_bystander() { PushError::Unknown { message } } else { PushError::Stale { reference } };
        }
        if self.summary.starts_with("[remote rejected]") {
            if moved(&OVERTAKEN) || moved(&["incorrect old value", "already exists)"]) {
                return PushError::Stale { reference };
            }
            // Somebody holds the reference, or its folder went away that moment: what comes of it is seen by looking.
            if moved(&[LOCKING, "lock failure", "LOCK_FAILURE"]) && !moved(&IN_THE_WAY) {
                return PushError::Unknown { message };
            }
            return PushError::Rejected { reference, reason: self.reason(stderr) };
        }
        PushError::Unknown { message }
    }

    /// The summary's words in brackets, then what the remote printed.
    fn reason(&self, stderr: &str) -> String {
        let short = self.summary.trim_start_matches("[remote rejected]").trim().trim_matches(['(', ')']);
        let said: Vec<&str> = stderr
            .lines()
            .filter_map(|line| line.strip_prefix("remote:"))
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let text = if said.is_empty() { short.to_owned() } else { format!("{short}: {}", said.join("; ")) };
        one_line(&without_logins(&text), 800).into_owned()
    }
}

fn with_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    one_line(&without_logins(&text), 800).into_owned()
}

/// Words that git itself only says before it sends: looking up, connecting, logging in, reading what the remote has.
const NOT_SENT: [&str; 12] = [
    "Could not read from remote repository",
    "unable to access '",
    "unable to connect to",
    "unable to look up",
    "Authentication failed for",
    "could not read Username",
    "could not read Password",
    "does not appear to be a git repository",
    "' not found",
    "' not allowed",
    "src refspec",
    "terminal prompts disabled",
];

/// Words that git says when the conversation broke after that.
const SENT: [&str; 7] = [
    "hung up unexpectedly",
    "unexpected disconnect",
    "RPC failed",
    "early EOF",
    "Broken pipe",
    "send-pack:",
    "remote failed to report status",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stdout: &str, stderr: &str, expected: &str) {
        let finished = Finished { code: Some(1), stdout: stdout.into(), stderr: stderr.into() };
        let found = format!("{:?}", understand(&finished));
        assert!(found.starts_with(expected), "{found} instead of {expected} for {stdout:?} {stderr:?}");
    }

    #[test]
    fn reports_are_understood() {
        let failed = "error: failed to push some refs to '/r'\n";
        check(
            "To /r\n!\ta:refs/heads/main\t[rejected] (stale info)\nDone\n",
            failed,
            "Stale { reference: \"refs/heads/main\"",
        );
        check(
            "To /r\n!\ta:refs/heads/main\t[rejected] (atomic push failed)\n!\tb:refs/tags/v1\t[rejected] (already exists)\n",
            failed,
            "Stale { reference: \"refs/tags/v1\"",
        );
        check("!\ta:refs/heads/main\t[rejected] (fetch first)\n", failed, "Stale");
        check("!\ta:refs/heads/main\t[rejected] (non-fast-forward)\n", failed, "Stale");
        check(
            "!\ta:refs/heads/main\t[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)\n",
            failed,
            "Stale",
        );
        check(
            "!\ta:refs/heads/main\t[remote rejected] (atomic push failure)\n!\tb:refs/tags/v1\t[remote rejected] (hook declined)\n",
            "remote: no tags here        \nremote: \nremote: ask ops\nerror: failed",
            "Rejected { reference: \"refs/tags/v1\", reason: \"hook declined: no tags here; ask ops\"",
        );
        let all = "!\ta:refs/bowline/lock/x\t[remote rejected] (pre-receive hook declined)\n!\tb:refs/heads/main\t[remote rejected] (pre-receive hook declined)\n!\tc:refs/tags/v1\t[remote rejected] (pre-receive hook declined)\n";
        check(
            all,
            "remote: no releases today        \n",
            "Rejected { reference: \"refs/heads/main\", reason: \"pre-receive hook declined: no releases today (so was refs/tags/v1)\"",
        );
        let branch_of_state = "!\ta:refs/heads/bowline-state/lock/x\t[remote rejected] (hook declined)\n!\tb:refs/tags/v1\t[remote rejected] (hook declined)\n";
        check(branch_of_state, failed, "Rejected { reference: \"refs/tags/v1\", reason: \"hook declined\"");
        let lock_alone = "!\ta:refs/bowline/lock/x\t[remote rejected] (hook declined)\n!\tb:refs/tags/v1\t[remote rejected] (atomic push failure)\n";
        check(lock_alone, failed, "Rejected { reference: \"refs/bowline/lock/x\"");
        check("!\ta:refs/heads/main\t[remote rejected] (unpacker error)\n", failed, "Rejected");
        check(
            "!\ta:refs/heads/main\t[remote failure] (remote failed to report status)\n",
            "fatal: the remote end hung up unexpectedly",
            "Unknown",
        );
        check(
            "!\ta:refs/heads/main\t[remote rejected] (hook declined)\n!\tb:refs/tags/v1\t[remote failure] (no report)\n",
            failed,
            "Unknown",
        );
        check(
            "!\ta:refs/heads/main\t[remote rejected] (atomic transaction failed)\n",
            "remote: error: cannot lock ref 'refs/heads/main': Unable to create '/r/refs/heads/main.lock': File exists.\n",
            "Unknown",
        );
        let both = "!\ta:refs/heads/main\t[remote rejected] (atomic transaction failed)\n!\tb:refs/x/y\t[remote rejected] (atomic transaction failed)\n";
        for (why, expected) in [
            ("is at 1 but expected 2", "Stale { reference: \"refs/x/y\""),
            ("reference already exists", "Stale { reference: \"refs/x/y\""),
            ("unable to resolve reference 'refs/x/y'", "Stale { reference: \"refs/x/y\""),
            ("'refs/x' exists; cannot create 'refs/x/y'", "Rejected { reference: \"refs/x/y\""),
            ("Unable to create '/r/refs/x/y.lock': No such file or directory", "Unknown"),
        ] {
            check(both, &format!("remote: error: cannot lock ref 'refs/x/y': {why}        \n"), expected);
        }
        check("!\t(delete):refs/x/y\t[rejected] (stale info)\n", failed, "Stale { reference: \"refs/x/y\"");
        check("!\ta:refs/x/y\t[remote rejected] (LOCK_FAILURE)\n", failed, "Unknown");
        check("", "fatal: the receiving end does not support --atomic push\n", "NotAtomic");
        let hook = "remote: mirror: does not support --atomic\nfatal: the remote end hung up unexpectedly\n";
        check("", hook, "Unknown");
        check("!\trefs/heads/main\t[rejected] (new words)\n", "fatal: unable to access 'x'\n", "Unknown");
    }

    #[test]
    fn what_was_not_sent_is_told() {
        let stdout =
            "To /r\n=\ta:refs/x/y\t[up to date]\n*\tb:refs/x/z\t[new reference]\n-\t:refs/x/w\t[deleted]\nDone\n";
        let finished = Finished { code: Some(0), stdout: stdout.into(), stderr: Vec::new() };
        assert_eq!(landed(&finished).unsent, ["refs/x/y"]);
    }

    #[test]
    fn only_failures_before_sending_are_definite() {
        for stderr in [
            "ssh: Could not resolve hostname nowhere: Name or service not known\nfatal: Could not read from remote repository.",
            "fatal: unable to access 'https://u:p@h/x/': Could not resolve host: h",
            "fatal: Authentication failed for 'https://h/x/'",
            "fatal: could not read Username for 'https://h': terminal prompts disabled",
            "remote: Repository not found.\nfatal: repository 'https://h/x/' not found",
            "fatal: '/nowhere' does not appear to be a git repository\nfatal: Could not read from remote repository.",
            "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
            "fatal: transport 'ext' not allowed",
        ] {
            check("", stderr, "NotSent");
        }
        for stderr in [
            "",
            "fatal: something else",
            "remote: package 'x' not found\nfatal: something else",
            "fatal: the remote end hung up unexpectedly",
            "error: RPC failed; HTTP 502 curl 22\nfatal: unable to access 'https://h/': x",
            "send-pack: unexpected disconnect while reading sideband packet\nfatal: Could not read from remote repository.",
        ] {
            check("", stderr, "Unknown");
        }
        let killed = Finished { code: None, stdout: vec![], stderr: b"Connection refused".to_vec() };
        assert!(matches!(understand(&killed), PushError::Unknown { .. }));
    }
}
