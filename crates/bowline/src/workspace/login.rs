//! How this run logs in: which token, for which hosts.

use crate::output::hidden::hide;
use crate::session::Session;
use bowline_host::git::{Login, Told};
use bowline_host::tokens::HostTokens;
use bowline_model::event::EventSink;
use bowline_model::plan::ForgeKind;
use bowline_model::{Failure, FailureKind};
use bowline_port::environment::Environment;
use bowline_port::http::AllowedHosts;
use bowline_port::process::Process;
use bowline_port::secret::token::{Source, own_variables, unused};
use std::sync::Arc;

/// The kind of forge that the remote is on: what its host says, else what the configuration says. A repository that
/// keeps its releases elsewhere is still pushed to where it is.
pub(super) fn kind(configured: Option<ForgeKind>, of_remote: ForgeKind) -> ForgeKind {
    match of_remote {
        ForgeKind::Local => configured.unwrap_or(ForgeKind::Local),
        known => known,
    }
}

/// The login for a forge of this kind. No token is asked for yet.
pub(super) fn login(
    session: &Session,
    kind: ForgeKind,
    process: &Arc<dyn Process>,
    events: &Arc<dyn EventSink>,
) -> Result<Login, Failure> {
    let environment = &session.environment;
    let source = Source::of(environment, own_variables(kind)).map_err(|error| Failure::from(&error))?;
    if let (Some(source), unused) = (&source, unused(environment))
        && !unused.is_empty()
    {
        let unused = unused.join(" and ");
        session.screen.warn(&format!("{unused} is not looked at, because {} is set too", source.variable()));
    }
    let hide = Arc::new(|secret| hide([secret]));
    Ok(Login {
        tokens: Arc::new(HostTokens::new(source, of_command(environment), process.clone(), hide)),
        hosts: AllowedHosts::new(environment, kind),
        user: user(kind),
        helper: helper()?,
        events: events.clone(),
        told: Told::default(),
    })
}

/// What the user's own command for a token sees: everything of theirs, because it may have to unlock something, and
/// nothing of ours.
fn of_command(environment: &Environment) -> Environment {
    let theirs = environment.iter().filter(|(name, _)| !name.starts_with("BOWLINE_"));
    Environment::from_pairs(theirs.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

/// The user's name that goes with a token. GitHub wants this one for tokens of apps and jobs ("Authenticating as a
/// GitHub App installation") and takes any for others; GitLab documents `oauth2` ("OAuth 2.0 identity provider API") and
/// takes any for personal ones; Gitea reads the password alone when that is a token.
const fn user(kind: ForgeKind) -> &'static str {
    match kind {
        ForgeKind::Gitlab => "oauth2",
        ForgeKind::Github | ForgeKind::Gitea | ForgeKind::Local => "x-access-token",
    }
}

/// The path of this program, which answers git's questions.
fn helper() -> Result<String, Failure> {
    let unknown = |why: String| {
        Failure::new(FailureKind::Missing, "no_program_path", format!("the path of this program is not known: {why}"))
            .hint("install Bowline in a folder whose path is UTF-8, and start it from there")
    };
    let path = std::env::current_exe().map_err(|error| unknown(error.to_string()))?;
    path.into_os_string().into_string().map_err(|path| unknown(format!("{} is not UTF-8", path.display())))
}
