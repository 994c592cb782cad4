//! Other repositories, for looking: what they have, and getting it.
//!
//! Nothing here moves a reference: every fetch names what it wants without a destination, ignores the configured
//! mapping, follows no tags and prunes nothing. Objects are added, and the `shallow` file may move.

use super::addresses::Direction;
use super::objects::Objects;
use super::program::{Call, Program};
use super::settings::check_remote;
use bowline_model::Oid;
use bowline_model::text::one_line;
use bowline_port::git::{GitError, Reference};

/// Branches and tags of `remote`.
pub(super) fn list(program: &Program, remote: &str) -> Result<Vec<Reference>, GitError> {
    check_remote(remote)?;
    let question = Call::new(["ls-remote", "--quiet", "--heads", "--tags", "--"]).with([remote]);
    let question = question.to(remote, Direction::Fetch);
    let mut listing = program.ask(question.clone())?;
    if listing.is_empty() {
        // Git takes an HTTP answer that breaks off early for one of a server with nothing on it. A remote without any
        // branch is rare, so it may be asked twice.
        listing = program.ask(question)?;
    }
    Ok(listed(&listing))
}

/// The branches and tags of a listing, sorted; lines that are no reference are left out. Whoever wrote the listing may
/// have made up names that git would never make, and that mean more than one reference where they are asked for.
pub(super) fn listed(listing: &[u8]) -> Vec<Reference> {
    let mut references: Vec<Reference> = Vec::new();
    for line in listing.split(|&b| b == b'\n') {
        let Some((oid, name)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once('\t')) else { continue };
        let Some(oid) = Oid::from_hex(oid.as_bytes()) else { continue };
        if let Some(tag) = name.strip_suffix("^{}") {
            // The peeled line follows the tag's own.
            if let Some(last) = references.last_mut().filter(|last| last.name == tag) {
                last.peeled = oid;
            }
        } else if (name.starts_with("refs/heads/") || name.starts_with("refs/tags/")) && check_name(name).is_ok() {
            references.push(Reference { name: name.to_owned(), object: oid, peeled: oid });
        }
    }
    references.sort_unstable();
    references
}

/// References of `remote` whose full names fit `pattern`, in which `*` stands for anything, with what they point to.
pub(super) fn matching(program: &Program, remote: &str, pattern: &str) -> Result<Vec<(String, Oid)>, GitError> {
    check_remote(remote)?;
    let question = Call::new(["ls-remote", "--quiet", "--refs", "--"]).with([remote, pattern]);
    let listing = program.ask(question.to(remote, Direction::Fetch))?;
    let line = |line: &[u8]| {
        let (oid, name) = std::str::from_utf8(line).ok()?.split_once('\t')?;
        Some((name.to_owned(), Oid::from_hex(oid.as_bytes())?))
    };
    Ok(listing.split(|&b| b == b'\n').filter_map(line).collect())
}

/// Adds the objects behind `references` of `remote`.
pub(super) fn fetch(program: &Program, remote: &str, references: &[String]) -> Result<(), GitError> {
    check_remote(remote)?;
    references.iter().try_for_each(|name| check_name(name))?;
    want(program, remote, &[], references, &[])
}

/// Like [`fetch`], for small things that share nothing with what is here: the remote is not told what we have, and
/// leaves nothing out that a partial clone would ask for later.
pub(super) fn fetch_whole(program: &Program, remote: &str, references: &[String]) -> Result<(), GitError> {
    check_remote(remote)?;
    references.iter().try_for_each(|name| check_name(name))?;
    want(program, remote, &["--no-filter"], references, &[("fetch.negotiationAlgorithm", "noop")])
}

/// Gets the history that a shallow clone lacks.
///
/// The commit that is checked out is asked for by its id, which brings exactly what is missing. A server that only
/// serves tips refuses that, and other cut-off branches may remain: then all branches and tags are asked for.
pub(super) fn unshallow(
    program: &Program,
    remote: &str,
    head: Option<Oid>,
    is_shallow: impl Fn() -> Result<bool, GitError>,
) -> Result<(), GitError> {
    const DEEP: [&str; 1] = ["--unshallow"];
    check_remote(remote)?;
    if !is_shallow()? {
        return Ok(());
    }
    if let Some(head) = head
        && want(program, remote, &DEEP, &[head.to_string()], &[]).is_ok()
        && !is_shallow()?
    {
        return Ok(());
    }
    if !is_shallow()? {
        return Ok(());
    }
    let names: Vec<String> = list(program, remote)?.into_iter().map(|reference| reference.name).collect();
    want(program, remote, &DEEP, &names, &[])
}

/// The value of a local reference, for error messages.
pub(super) fn where_is(objects: &Objects<'_>, name: &str) -> String {
    match super::references::find(objects, name) {
        Ok(Some(oid)) => oid.to_string(),
        Ok(None) => "no commit (it does not exist)".to_owned(),
        Err(_) => "an unreadable value".to_owned(),
    }
}

/// A full reference name that can be part of a refspec.
pub(super) fn check_name(name: &str) -> Result<(), GitError> {
    let valid = name.starts_with("refs/") && gix::validate::reference::name(name.into()).is_ok();
    if valid || name == "HEAD" {
        return Ok(());
    }
    let what = format!("`{}` is not the full name of a reference", one_line(name, 120));
    Err(super::local("use a reference of")(super::Unusable(what)))
}

/// Settings of a configured remote that would change what a call does.
pub(super) fn tamed(remote: &str) -> Vec<(String, String)> {
    // An address is not the name of a section, and must not become one.
    if remote.contains(['/', ':']) {
        return Vec::new();
    }
    [("mirror", "false"), ("followRemoteHEAD", "never"), ("prune", "false")]
        .map(|(key, value)| (format!("remote.{remote}.{key}"), value.to_owned()))
        .to_vec()
}

fn want(
    program: &Program,
    remote: &str,
    options: &[&str],
    names: &[String],
    settings: &[(&str, &str)],
) -> Result<(), GitError> {
    if names.is_empty() {
        return Ok(());
    }
    let call = Call::new([
        "fetch",
        "--quiet",
        "--no-progress",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-auto-maintenance",
        "--no-recurse-submodules",
        "--no-prune",
        "--no-show-forced-updates",
        "--refmap=",
        "--stdin",
    ]);
    let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let call = call.with(options.iter().copied()).with(["--", remote]).setting(tamed(remote)).setting(settings);
    let call = call.to(remote, Direction::Fetch);
    program.ask(call.reading(names.join("\n").into_bytes())).map(drop)
}
