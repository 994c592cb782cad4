//! The checkout: how much history there is, what is committed, and logins that lie about in it.

use super::Report;
use crate::workspace::Workspace;
use bowline_audit::finding::{Finding, Severity};

/// Looks at it.
pub(super) fn look(workspace: &Workspace, report: &mut Report) {
    shallow(workspace, report);
    remote(workspace, report);
    configuration(workspace, report);
    logins(workspace, report);
}

fn shallow(workspace: &Workspace, report: &mut Report) {
    const ID: &str = "checkout/history";
    match workspace.readers.git.is_shallow() {
        Ok(false) => report.well(ID, "whole"),
        Ok(true) => report.found(
            ID,
            Finding::new(
                "checkout/shallow",
                Severity::Warning,
                "this clone has only a part of the history; a release fetches the rest each time",
            )
            .fix("in a workflow: actions/checkout with fetch-depth: 0")
            .fix("here: git fetch --unshallow"),
        ),
        Err(error) => report.unknown(ID, error.to_string()),
    }
}

fn remote(workspace: &Workspace, report: &mut Report) {
    const ID: &str = "checkout/remote";
    match &workspace.remote {
        Some(remote) => report.well(ID, format!("{}, {}", remote.name, without_login(&remote.url))),
        None => report.found(
            ID,
            Finding::new("checkout/no-remote", Severity::Warning, "there is no remote: releases stay on this machine")
                .fix("git remote add origin ADDRESS"),
        ),
    }
}

fn configuration(workspace: &Workspace, report: &mut Report) {
    const ID: &str = "checkout/configuration";
    if workspace.config.provisional {
        report.found(
            ID,
            Finding::new(
                "checkout/uncommitted-configuration",
                Severity::Warning,
                "bowline.toml has changes that are not committed: nothing is released with them",
            )
            .fix("git add bowline.toml && git commit"),
        );
    } else {
        report.well(ID, "as committed");
    }
}

/// A login in git's own configuration can be read by every program that runs here.
fn logins(workspace: &Workspace, report: &mut Report) {
    const ID: &str = "checkout/logins";
    let path = workspace.readers.git.layout().git_dir.join("config");
    let Ok(bytes) = std::fs::read(&path) else {
        return report.unknown(ID, "the repository's git configuration cannot be read");
    };
    let text = String::from_utf8_lossy(&bytes);
    let holds = |line: &str| {
        let line = line.trim();
        let header = line.to_ascii_lowercase().starts_with("extraheader");
        let address = line.split_once('=').map(|(_, value)| value.trim()).filter(|value| value.contains("://"));
        let login = address.is_some_and(|address| {
            without_login(address) != address
                && address
                    .split('@')
                    .next()
                    .is_some_and(|before| before.rsplit("//").next().is_some_and(|user| user.contains(':')))
        });
        header || login
    };
    match text.lines().any(holds) {
        true => report.found(
            ID,
            Finding::new(
                "checkout/persisted-login",
                Severity::Warning,
                "a login is in .git/config, where every program that runs here can read it",
            )
            .fix("in a workflow: actions/checkout with persist-credentials: false")
            .fix("here: keep it in git's credential helper, and remove it: git config --edit"),
        ),
        false => report.well(ID, "none in .git/config"),
    }
}

/// An address without user and password.
fn without_login(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            if path.is_empty() { format!("{scheme}://{host}") } else { format!("{scheme}://{host}/{path}") }
        }
        None => url.to_owned(),
    }
}
