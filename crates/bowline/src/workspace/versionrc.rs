//! The configuration of standard-version, where there is no `bowline.toml`: read from the head commit, never from the checkout.
//!
//! A file that is a program is run by node, with none of our variables and only when what lies in the checkout is what the head
//! commit has. It is not run for pull requests: those bring programs that nobody has accepted yet.

use super::config::{NOT_A_FILE, read_file, same_text};
use crate::session::Session;
use bowline_compat::Profile;
use bowline_compat::options::{self, World};
use bowline_compat::versionrc::{self, JAVASCRIPT_FILES, Look, STATIC_FILES};
use bowline_config::Translated;
use bowline_config::candidates::in_folder;
use bowline_host::files::plain::HostPlainFiles;
use bowline_model::text::one_line;
use bowline_model::tool::NODE;
use bowline_model::{Failure, FailureKind};
use bowline_port::process::Process;
use serde_json::Value;
use std::path::{Component, Path};

/// A file of the head commit by its path from the root; none when it is not there.
pub(super) type Committed<'a> = &'a dyn Fn(&str) -> Result<Option<Vec<u8>>, Failure>;

/// What the head commit says in the words of standard-version, in ours. People are told what is not carried out.
pub(super) fn read(
    session: &Session,
    process: &dyn Process,
    checkout: Option<&Path>,
    committed: Committed<'_>,
) -> Result<Option<Translated>, Failure> {
    let folder = folder(session, checkout)?;
    let committed: Committed<'_> = &|path: &str| match committed(path) {
        // What is wrong with a version file is said by whoever edits it.
        Err(failure) if failure.code == NOT_A_FILE && !is_called_so(path) => Ok(Some(Vec::new())),
        found => found,
    };
    let evaluate = |path: &str| evaluate(session, process, checkout, committed, path);
    let look = Look { folder: &folder, read: committed, evaluate: &evaluate };
    let found = versionrc::find(&look).map_err(Failure::from)?;
    tell_uncommitted(session, checkout, committed, &folder)?;
    let Some(found) = found else { return Ok(None) };
    let translation = found.translate(committed).map_err(Failure::from)?;
    for warning in &translation.warnings {
        session.screen.warn(warning);
    }
    Ok(Some(translation.config))
}

/// Files of standard-version at the root that are not read, because there is a `bowline.toml`.
pub(super) fn passed_over(committed: Committed<'_>) -> Result<Vec<&'static str>, Failure> {
    let mut found = Vec::new();
    for name in STATIC_FILES.into_iter().chain(JAVASCRIPT_FILES) {
        if committed(name)?.is_some() {
            found.push(name);
        }
    }
    Ok(found)
}

/// The folder that the program was started in, from the repository's root.
fn folder(session: &Session, checkout: Option<&Path>) -> Result<String, Failure> {
    let dir = session.dir()?;
    let inside = checkout.and_then(|root| {
        let (root, dir) = (root.canonicalize().ok()?, dir.canonicalize().ok()?);
        let rest = dir.strip_prefix(root).ok()?.to_path_buf();
        let parts = rest.components().map(|part| match part {
            Component::Normal(name) => name.to_str().map(str::to_owned),
            _ => None,
        });
        parts.collect::<Option<Vec<_>>>()
    });
    Ok(inside.filter(|parts| !parts.is_empty()).map_or_else(|| ".".to_owned(), |parts| parts.join("/")))
}

/// Says that a file of the checkout is not what counts.
fn tell_uncommitted(
    session: &Session,
    checkout: Option<&Path>,
    committed: Committed<'_>,
    folder: &str,
) -> Result<(), Failure> {
    let Some(root) = checkout else { return Ok(()) };
    let mut folder = Some(folder);
    while let Some(at) = folder {
        for name in STATIC_FILES.into_iter().chain(JAVASCRIPT_FILES) {
            let path = in_folder(at, name);
            if differs(root, committed, &path)? {
                let shown = one_line(&path, 200);
                session
                    .screen
                    .warn(&format!("{shown} in the checkout is not what the head commit has: the commit counts"));
            }
        }
        folder = match at {
            "." => None,
            at => Some(at.rsplit_once('/').map_or(".", |(above, _)| above)),
        };
    }
    Ok(())
}

/// Whether the checkout has an ordinary file there that the head commit has not.
fn differs(root: &Path, committed: Committed<'_>, path: &str) -> Result<bool, Failure> {
    let file = root.join(path);
    if !std::fs::symlink_metadata(&file).is_ok_and(|found| found.is_file()) {
        return Ok(false);
    }
    let Some(here) = read_file(&file)? else { return Ok(false) };
    Ok(committed(path)?.is_none_or(|known| !same_text(&known, &here)))
}

/// What the program `path` gives.
fn evaluate(
    session: &Session,
    process: &dyn Process,
    checkout: Option<&Path>,
    committed: Committed<'_>,
    path: &str,
) -> Result<Value, Failure> {
    let shown = one_line(path, 200).into_owned();
    let as_text = "write it as JSON, in .versionrc.json, or as a bowline.toml";
    if session.is_pull_request() {
        let message = format!("{shown} is a program, and none is run for a pull request");
        return Err(Failure::new(FailureKind::Config, "versionrc_pull_request", message).hint(as_text));
    }
    let Some(root) = checkout.filter(|root| root.join(path).is_file()) else {
        let message = format!("{shown} is a program of the head commit, and the checkout does not have it");
        return Err(Failure::new(FailureKind::Config, "versionrc_not_here", message)
            .hint(format!("check it out: git restore -- {shown}"))
            .hint(as_text));
    };
    if differs(root, committed, path)? {
        let message = format!("{shown} is a program, and the checkout has another one than the head commit");
        return Err(Failure::new(FailureKind::Config, "versionrc_uncommitted", message)
            .hint(format!("commit it: git add -- {shown} && git commit"))
            .hint(as_text));
    }
    let world = World { folder: root, files: &HostPlainFiles, process, pass_env: &[] };
    match options::evaluate(&root.join(path), Profile::default(), &world) {
        Ok(value) => Ok(value.to_json()),
        Err(refusal) if refusal.is_tool => {
            let message = format!("{shown} is a program for node, and there is no node");
            Err(Failure::new(FailureKind::Missing, "no_node", message).hint(NODE.install).hint(as_text))
        }
        Err(refusal) => {
            let message = format!("{shown} gives no configuration");
            let reason = Reason(refusal.to_string());
            Err(Failure::new(FailureKind::Config, "versionrc_program", message).because(&reason).hint(as_text))
        }
    }
}

/// Whether `path` is a configuration by its name.
fn is_called_so(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    STATIC_FILES.contains(&name) || JAVASCRIPT_FILES.contains(&name)
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Reason(String);
