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
use bowline_port::secret::token::{Source, TokenError, Tokens, own_variables, unused};
use std::sync::Arc;

/// The kind of forge that the remote is on: what its host says, else what the configuration says. A repository that
/// keeps its releases elsewhere is still pushed to where it is.
pub(super) fn kind(configured: Option<ForgeKind>, of_remote: ForgeKind) -> ForgeKind {
    match of_remote {
        ForgeKind::Local => configured.unwrap_or(ForgeKind::Local),
        known => known,
    }
}

/// Tokens that are made for an app; none when there is none.
pub(super) type OfApp = Option<Arc<dyn Tokens>>;

/// Which of the tokens at hand a login may use.
pub(super) enum May {
    /// Whatever is meant for Bowline, then tokens of this app, then the forge's own variables.
    UseAll(OfApp),
    /// Only the variables of this kind of forge: what is meant for Bowline goes to the forge that has the releases.
    UseItsOwn,
}

/// The login for a forge of this kind. No token is asked for yet.
pub(super) fn login(
    session: &Session,
    kind: ForgeKind,
    may: May,
    process: &Arc<dyn Process>,
    events: &Arc<dyn EventSink>,
) -> Result<Login, Failure> {
    let environment = &session.environment;
    let is_meant = matches!(may, May::UseAll(_));
    let (source, app) = chosen(environment, kind, may).map_err(|error| Failure::from(&error))?;
    let hide = Arc::new(|secret| hide([secret]));
    let tokens =
        app.unwrap_or_else(|| Arc::new(HostTokens::new(source, of_command(environment), process.clone(), hide)));
    if let (Some(variable), unused, true) = (tokens.variable(), unused(environment), is_meant)
        && !unused.is_empty()
    {
        session.screen.warn(&format!("{} is not looked at, because {variable} is set too", unused.join(" and ")));
    }
    Ok(Login {
        tokens,
        hosts: AllowedHosts::new(environment, kind),
        user: user(kind),
        helper: helper()?,
        events: events.clone(),
        told: Told::default(),
    })
}

/// Where the token comes from: a source, and an app that goes before it.
fn chosen(environment: &Environment, kind: ForgeKind, may: May) -> Result<(Option<Source>, OfApp), TokenError> {
    let own = own_variables(kind);
    let May::UseAll(app) = may else { return Ok((Source::of_forge(environment, own), None)) };
    let source = Source::of(environment, own)?;
    // A job has its forge's own variable anyway; whoever names an app means it.
    let app = app.filter(|_| source.as_ref().is_none_or(|source| own.contains(&source.variable())));
    Ok((source, app))
}

/// Whether what is meant for Bowline itself goes to the forge with the releases, and not to that of the remote: only one
/// of two gets it, and a folder has no use for it.
pub(super) fn is_for_releases(of_releases: ForgeKind, of_remote: ForgeKind) -> bool {
    of_releases == of_remote || of_releases != ForgeKind::Local
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

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_port::secret::Secret;
    use bowline_port::secret::token::APP_ID;

    struct OfAnApp;

    impl Tokens for OfAnApp {
        fn variable(&self) -> Option<&'static str> {
            Some(APP_ID)
        }
        fn get(&self) -> Result<Option<Secret>, TokenError> {
            Ok(None)
        }
    }

    #[test]
    fn the_login_that_was_meant_is_chosen() {
        let check = |set: &[&str], kind, may, expected: Option<&str>| {
            let pairs = set.iter().map(|name| ((*name).to_owned(), "a-token".to_owned()));
            let (source, app) = chosen(&Environment::from_pairs(pairs), kind, may).unwrap();
            let app = app.and_then(|app| app.variable());
            assert_eq!(app.or(source.as_ref().map(Source::variable)), expected, "{set:?} {kind:?}");
        };
        let app = || May::UseAll(Some(Arc::new(OfAnApp)));
        check(&["GITHUB_TOKEN"], ForgeKind::Github, app(), Some(APP_ID));
        check(&[], ForgeKind::Github, app(), Some(APP_ID));
        check(&["BOWLINE_TOKEN", "GITHUB_TOKEN"], ForgeKind::Github, app(), Some("BOWLINE_TOKEN"));
        check(&["BOWLINE_TOKEN", "GITHUB_TOKEN"], ForgeKind::Github, May::UseAll(None), Some("BOWLINE_TOKEN"));
        check(&["BOWLINE_TOKEN", "GITEA_TOKEN"], ForgeKind::Gitea, May::UseItsOwn, Some("GITEA_TOKEN"));
        check(&["BOWLINE_TOKEN", "BOWLINE_TOKEN_FILE"], ForgeKind::Gitea, May::UseItsOwn, None);
    }

    #[test]
    fn one_of_two_forges_gets_it() {
        for (of_releases, of_remote, expected) in [
            (ForgeKind::Github, ForgeKind::Github, true),
            (ForgeKind::Github, ForgeKind::Gitea, true),
            (ForgeKind::Local, ForgeKind::Github, false),
            (ForgeKind::Local, ForgeKind::Local, true),
        ] {
            assert_eq!(is_for_releases(of_releases, of_remote), expected, "{of_releases:?} {of_remote:?}");
        }
    }
}
