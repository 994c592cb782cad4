//! Whose token it is, and what it may do here.
//!
//! The kind is in its first letters (*GitHub's token formats*). What GitHub says about rights differs by kind: of a user,
//! the repository tells the rights of the person, and a header the scopes of a classic token; an installation of an app is
//! told that it has none, whatever it has. Tokens of chosen permissions are therefore asked for by a question that needs
//! the right to write and keeps nothing: for the notes that GitHub would write for a release.

use super::GithubForge;
use super::client::{Client, Place, call, not_done, refused};
use super::words::RepositoryWords;
use bowline_model::Timestamp;
use bowline_model::text::one_line;
use bowline_port::forge::rules::{Finding, Identity};
use bowline_port::forge::{ForgeError, ForgeReader};
use bowline_port::http::{Body, Effect, Login, Method, Reply};
use bowline_port::secret::token::APP_ID;
use serde_json::json;

/// Kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Classic,
    FineGrained,
    OAuth,
    AppUser,
    Installation,
    Refresh,
    Unknown,
}

impl TokenKind {
    pub(super) fn of(login: &Login) -> Self {
        let token = login.value().strip_prefix("Bearer ").unwrap_or_default();
        let known = KINDS.iter().find(|(prefix, _)| token.starts_with(prefix));
        known.map_or(Self::Unknown, |(_, kind)| *kind)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Classic => "a classic personal token",
            Self::FineGrained => "a fine-grained personal token",
            Self::OAuth => "a token of an OAuth app",
            Self::AppUser => "a token of a GitHub App that acts for a person",
            Self::Installation => "a token of an installation of a GitHub App",
            Self::Refresh => "a refresh token",
            Self::Unknown => "a token of a kind that is not known",
        }
    }

    /// Whether its rights were chosen one by one, so that those of a person say nothing about it.
    const fn is_chosen(self) -> bool {
        matches!(self, Self::FineGrained | Self::AppUser | Self::Installation)
    }

    /// Whether what the repository tells about rights is about this token or its person.
    const fn is_of_person(self) -> bool {
        !matches!(self, Self::Installation)
    }

    const fn has_scopes(self) -> bool {
        matches!(self, Self::Classic | Self::OAuth)
    }
}

const KINDS: [(&str, TokenKind); 6] = [
    ("ghp_", TokenKind::Classic),
    ("github_pat_", TokenKind::FineGrained),
    ("gho_", TokenKind::OAuth),
    ("ghu_", TokenKind::AppUser),
    ("ghs_", TokenKind::Installation),
    ("ghr_", TokenKind::Refresh),
];

/// What the answer about the repository says besides the repository.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// The scopes of a classic token.
    scopes: Option<String>,
    /// When the token runs out.
    expires: Option<Timestamp>,
}

impl Headers {
    pub(super) fn of(reply: &Reply) -> Self {
        Self {
            scopes: reply.header("x-oauth-scopes").map(str::to_owned),
            expires: reply.header("github-authentication-token-expiration").and_then(expiration),
        }
    }
}

/// `2026-11-26 18:00:00 UTC`, or with an offset like `+0100` in its place.
fn expiration(text: &str) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let (day, time, zone) = (words.next()?, words.next()?, words.next().unwrap_or("UTC"));
    let zone = match zone {
        "UTC" => "Z".to_owned(),
        offset => {
            let (hours, minutes) = offset.split_at_checked(3)?;
            format!("{hours}:{minutes}")
        }
    };
    format!("{day}T{time}{zone}").parse().ok()
}

/// Everything that is known about a login and its repository.
struct Rights<'r> {
    kind: TokenKind,
    repository: &'r RepositoryWords,
    headers: &'r Headers,
    /// What GitHub answered to a question that needs the right to write; none when it was not asked.
    granted: Option<bool>,
}

impl Rights<'_> {
    /// Why this login cannot write releases; none when it can as far as is known.
    fn problem(&self) -> Option<String> {
        if self.kind == TokenKind::Refresh {
            return Some("the token is a refresh token, which is no login".to_owned());
        }
        let lacks_scope = self.lacks_scope();
        let person_may = self.repository.permissions.as_ref().is_none_or(|permissions| permissions.push);
        // Which scope is enough, and who is told what, depends on who may see the repository.
        let visibility = if self.repository.private { "private" } else { "public" };
        if let Some(scope) = lacks_scope {
            Some(format!("the token lacks the scope `{scope}`, which a {visibility} repository needs"))
        } else if self.kind.is_of_person() && !person_may {
            Some(format!("the token may not write to the {visibility} repository (`contents: write`)"))
        } else if self.granted == Some(false) {
            Some(format!("the token was not given the permission `contents: write` for the {visibility} repository"))
        } else {
            None
        }
    }

    /// The scope that a token needs which is told its scopes (*Scopes for OAuth apps*).
    fn lacks_scope(&self) -> Option<&'static str> {
        let scopes = self.headers.scopes.as_deref().filter(|_| self.kind.has_scopes())?;
        let has = |wanted: &str| scopes.split(',').any(|scope| scope.trim() == wanted);
        let enough = has("repo") || (has("public_repo") && !self.repository.private);
        (!enough).then_some(if self.repository.private { "repo" } else { "public_repo" })
    }

    /// A token that runs out while the release may be at work.
    fn expiry(&self, now: Timestamp) -> Option<Finding> {
        let expires = self.headers.expires?;
        let left = expires.since(now);
        (left < SOON).then(|| {
            Finding::warn(
                "token_expires",
                format!("the token runs out at {expires}, in {} minutes", (left / 60).max(0)),
            )
            .hint("make a new one first, so that the release does not stop in the middle")
        })
    }
}

impl GithubForge {
    /// The repository, asked once: rights do not come and go within a run.
    pub(super) fn repository(&self) -> Result<&RepositoryWords, ForgeError> {
        self.asked().map(|(words, _)| words)
    }

    fn asked(&self) -> Result<&(RepositoryWords, Headers), ForgeError> {
        if let Some(known) = self.repository.get() {
            return Ok(known);
        }
        let action = "look at the repository";
        let request = self.client.request(Method::Get, &[])?;
        let (reply, words) = self.client.caller.json(&request).map_err(call(action))?;
        let Some(words) = words else {
            return Err(match reply.status {
                404 => {
                    not_done(action, format!("{} does not exist, or the token may not see it", self.location()).into())
                }
                _ => refused(action, &reply),
            });
        };
        Ok(self.repository.get_or_init(|| (words, Headers::of(&reply))))
    }

    /// What the login may do here; none without one.
    fn rights(&self) -> Result<Option<Rights<'_>>, ForgeError> {
        let Some(login) = self.client.login()? else { return Ok(None) };
        let kind = TokenKind::of(&login);
        let (repository, headers) = self.asked()?;
        let granted = match self.granted.get() {
            Some(known) => *known,
            None => {
                let granted = granted(&self.client, kind)?;
                *self.granted.get_or_init(|| granted)
            }
        };
        Ok(Some(Rights { kind, repository, headers, granted }))
    }

    /// Whether drafts can be seen.
    pub(super) fn may_write(&self) -> Result<bool, ForgeError> {
        Ok(self.rights()?.is_some_and(|rights| rights.problem().is_none()))
    }

    /// A login that runs out while the release may be at work.
    pub(super) fn expiry(&self) -> Result<Option<Finding>, ForgeError> {
        let (Some(rights), Some(clock)) = (self.rights()?, &self.clock) else { return Ok(None) };
        Ok(rights.expiry(clock.now()))
    }

    /// Everything that keeps releases from being written here.
    pub(super) fn problems(&self) -> Result<Vec<String>, ForgeError> {
        let Some(rights) = self.rights()? else { return Ok(vec!["there is no token".to_owned()]) };
        let RepositoryWords { full_name, archived, disabled, .. } = rights.repository;
        let Place { owner, name, .. } = &self.client.place;
        let ours = format!("{owner}/{name}");
        let moved = full_name.as_ref().filter(|now| !now.eq_ignore_ascii_case(&ours)).map(|now| {
            let now = one_line(now, 140);
            format!("{ours} is called {now} now; set the remote's address, or `repository` under `[forge]`, to that")
        });
        let closed = [(*archived, "the repository is archived"), (*disabled, "the repository is disabled")];
        let closed = closed.into_iter().filter(|(is, _)| *is).map(|(_, words)| words.to_owned());
        Ok(moved.into_iter().chain(closed).chain(rights.problem()).collect())
    }
}

/// Whether chosen permissions let this login write; none when GitHub does not say so.
fn granted(client: &Client, kind: TokenKind) -> Result<Option<bool>, ForgeError> {
    if !kind.is_chosen() {
        return Ok(None);
    }
    let request = client.request(Method::Post, &["releases", "generate-notes"])?;
    // Only the permission matters, so any tag will do; it need not be there.
    let request = request.body(Body::json(&json!({ "tag_name": "v0.0.0" }))).effect(Effect::Question);
    let reply = match client.caller.call(&request).map_err(call("ask what the token may do")) {
        Ok(reply) => reply,
        // Rights come first; then the notes are made, and of a large repository GitHub may not manage that.
        Err(error) if error.own_failure().is_none() => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(match reply.status {
        200..=299 | 422 => Some(true),
        401 => return Err(refused("ask what the token may do", &reply)),
        403 => Some(false),
        // An older server does not know the question.
        _ => None,
    })
}

/// Who a login is that came from `source`, in words.
pub(super) fn identity(kind: TokenKind, source: Option<&str>) -> Identity {
    let made = source == Some(APP_ID);
    let words = match (made, source) {
        (true, _) => format!("{}, made for the app of {APP_ID}", kind.words()),
        (false, Some(source)) => format!("{}, out of {source}", kind.words()),
        (false, None) => kind.words().to_owned(),
    };
    // What a job's own token does starts no workflow (*Triggering a workflow from a workflow*). Both are installations'.
    let starts_workflows = match kind {
        TokenKind::Installation if made => Some(true),
        TokenKind::Installation if source == Some("GITHUB_TOKEN") => Some(false),
        TokenKind::Installation | TokenKind::Unknown => None,
        _ => Some(true),
    };
    Identity { words, starts_workflows }
}

/// An hour: as long as a patient release takes.
const SOON: i64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::github::words::Permissions;
    use bowline_port::secret::Secret;

    #[test]
    fn kinds_are_told_by_their_first_letters() {
        for (token, kind) in [
            ("ghp_a", TokenKind::Classic),
            ("github_pat_a", TokenKind::FineGrained),
            ("gho_a", TokenKind::OAuth),
            ("ghu_a", TokenKind::AppUser),
            ("ghs_123_eyJ", TokenKind::Installation),
            ("ghr_a", TokenKind::Refresh),
            ("0123456789abcdef", TokenKind::Unknown),
        ] {
            assert_eq!(TokenKind::of(&Login::bearer(&Secret::new(token))), kind, "{token}");
        }
    }

    #[test]
    fn rights_are_what_is_told_about_this_kind() {
        let check = |kind, scopes: Option<&str>, (private, push), granted, expected: Option<&str>| {
            let headers = Headers { scopes: scopes.map(str::to_owned), expires: None };
            let repository = RepositoryWords {
                private,
                permissions: Some(Permissions { push, admin: false }),
                ..RepositoryWords::default()
            };
            let problem = Rights { kind, repository: &repository, headers: &headers, granted }.problem();
            assert!(
                match (&problem, expected) {
                    (Some(problem), Some(expected)) => problem.contains(expected),
                    (found, expected) => found.is_none() && expected.is_none(),
                },
                "{problem:?} instead of {expected:?}"
            );
        };
        check(TokenKind::Classic, Some("repo, workflow"), (true, true), None, None);
        check(TokenKind::Classic, Some("public_repo"), (false, true), None, None);
        check(TokenKind::Classic, Some("public_repo"), (true, true), None, Some("`repo`"));
        check(TokenKind::Classic, Some(""), (false, true), None, Some("`public_repo`"));
        check(TokenKind::Classic, Some("repo:status"), (true, true), None, Some("`repo`"));
        check(TokenKind::Classic, None, (true, true), None, None);
        check(TokenKind::Classic, Some("repo"), (true, false), None, Some("contents: write"));
        check(TokenKind::Installation, None, (true, false), Some(true), None);
        check(TokenKind::Installation, None, (true, false), None, None);
        check(TokenKind::Installation, None, (true, true), Some(false), Some("not given"));
        check(TokenKind::FineGrained, None, (true, true), Some(false), Some("not given"));
        check(TokenKind::FineGrained, None, (true, false), Some(true), Some("may not write"));
        check(TokenKind::Refresh, None, (true, true), None, Some("refresh token"));
        check(TokenKind::Unknown, Some(""), (true, true), None, None);
    }

    #[test]
    fn an_end_within_the_hour_is_told() {
        let now: Timestamp = "2026-11-26T18:00:00Z".parse().unwrap();
        for (header, expected) in [
            ("2026-11-26 18:59:00 UTC", Some("in 59 minutes")),
            ("2026-11-26 17:59:00 UTC", Some("in 0 minutes")),
            ("2026-11-26 19:30:00 +0100", Some("in 30 minutes")),
            ("2026-11-26 19:30:00 UTC", None),
            ("soon", None),
            ("2026-11-26 18:59:00 é", None),
            ("", None),
        ] {
            let headers = Headers { scopes: None, expires: expiration(header) };
            let repository = RepositoryWords::default();
            let rights = Rights { kind: TokenKind::Classic, repository: &repository, headers: &headers, granted: None };
            let found = rights.expiry(now).map(|finding| finding.message);
            assert!(
                found.as_deref().is_some_and(|text| expected.is_some_and(|expected| text.contains(expected)))
                    || (found.is_none() && expected.is_none()),
                "{header}: {found:?}"
            );
        }
    }

    #[test]
    fn only_a_jobs_own_token_surely_starts_nothing() {
        for (kind, source, expected) in [
            (TokenKind::Installation, Some("GITHUB_TOKEN"), Some(false)),
            (TokenKind::Installation, Some("BOWLINE_TOKEN"), None),
            (TokenKind::Installation, Some(APP_ID), Some(true)),
            (TokenKind::FineGrained, Some("GITHUB_TOKEN"), Some(true)),
            (TokenKind::Unknown, None, None),
        ] {
            assert_eq!(identity(kind, source).starts_workflows, expected, "{kind:?} {source:?}");
        }
    }
}
