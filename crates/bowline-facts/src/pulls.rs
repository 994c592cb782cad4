//! Merged pull requests of the commits to release, where configuration makes them a source of changes.
//!
//! What cannot be read is no reason to observe nothing: whoever only looks at state does not need it. So the failure is a
//! fact of its own, and planning is refused by it.

use bowline_config::Config;
use bowline_model::facts::{CommitFact, PullFact, Pulls};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::forge::{ForgeError, ForgeReader};
use std::collections::HashMap;

/// The merged pull requests that brought `commits` (newest first), as far as `config` asks for them.
///
/// A pull request counts where it was merged into the history that is released: one whose merge is elsewhere, such as that
/// of a branch which only took these commits over, brought nothing here.
pub fn pulls(forge: &dyn ForgeReader, config: &Config, commits: &[CommitFact], offline: bool) -> Pulls {
    let Some(key) = config.commits.pull_requests_for() else { return Pulls::NotAsked };
    match read(forge, config, commits, offline) {
        Ok(pulls) => Pulls::Known(pulls),
        Err(failure) => {
            let message = format!("`{key}` needs merged pull requests: {}", failure.message);
            Pulls::Unreadable(Box::new(Failure { message, ..failure }))
        }
    }
}

fn read(
    forge: &dyn ForgeReader,
    config: &Config,
    commits: &[CommitFact],
    offline: bool,
) -> Result<Vec<PullFact>, Failure> {
    if commits.is_empty() {
        return Ok(Vec::new());
    }
    if offline {
        let failure = Failure::new(FailureKind::Usage, "pull_requests_offline", "--offline leaves them unread");
        return Err(failure.hint("run it without --offline"));
    }
    if commits.len() > MOST {
        let message = format!("{} commits are too many to ask about, {MOST} are the most", commits.len());
        return Err(Failure::new(FailureKind::Refused, "pull_requests_too_many", message)
            .hint("release once without them, or tag the version that was released last: `git tag vX.Y.Z COMMIT`"));
    }
    let Some(door) = forge.conversations() else {
        let message = format!("{} has none", forge.kind());
        return Err(Failure::new(FailureKind::Config, "pull_requests_unavailable", message)
            .hint("take `labels` out of `commits.sources`, and `commits.pull_request_overrides` away")
            .hint("or name the forge that has them: `kind = \"github\"` under `[forge]` in bowline.toml"));
    };
    let asked: Vec<Oid> = commits.iter().map(|commit| commit.oid).collect();
    let found = door.merged(&asked, config.commits.pull_request_overrides).map_err(of_forge)?;
    let places: HashMap<Oid, usize> = asked.iter().enumerate().map(|(place, oid)| (*oid, place)).collect();
    let here = found.into_iter().filter(|pull| pull.merge.is_none_or(|merge| places.contains_key(&merge)));
    let mut pulls: Vec<PullFact> = here.map(|pull| in_order(pull, &places)).collect();
    pulls.sort_by_key(|pull| pull.number);
    Ok(pulls)
}

/// `pull` with its merge among its commits, newest first.
fn in_order(mut pull: PullFact, places: &HashMap<Oid, usize>) -> PullFact {
    pull.commits.extend(pull.merge);
    pull.commits.retain(|commit| places.contains_key(commit));
    pull.commits.sort_by_key(|commit| places.get(commit).copied());
    pull.commits.dedup();
    pull
}

fn of_forge(error: ForgeError) -> Failure {
    if let Some(failure) = error.own_failure() {
        return failure;
    }
    match &error {
        ForgeError::Unsupported(_) => Failure::from_error(FailureKind::Config, "pull_requests_unavailable", &error)
            .hint("take `labels` out of `commits.sources`, and `commits.pull_request_overrides` away"),
        ForgeError::NoToken { .. } => Failure::from_error(FailureKind::Missing, "forge_no_token", &error).hint(
            "set BOWLINE_TOKEN, or the forge's own variable (GITHUB_TOKEN), to a token that may read pull requests",
        ),
        ForgeError::Forbidden { needs, .. } => Failure::from_error(FailureKind::Missing, "forge_right_missing", &error)
            .hint(format!("give the token this right: {needs}")),
        _ => Failure::from_error(FailureKind::Failed, "pull_requests_unread", &error)
            .hint("run again when the forge answers"),
    }
}

/// Commits that are asked about: a hundred questions.
const MOST: usize = 5000;
