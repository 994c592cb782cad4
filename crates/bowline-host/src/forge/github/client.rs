//! How GitHub's API is asked: addresses, the login of the moment, and what refusals say.

use super::words::complaint;
use bowline_port::forge::ForgeError;
use bowline_port::http::{Address, Body, CallError, Caller, Effect, Login, Method, Reply, Request};
use bowline_port::secret::token::TokenError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

/// Whose login it is, asked for each request anew: tokens run out.
pub type Logins = Arc<dyn Fn() -> Result<Option<Login>, TokenError> + Send + Sync>;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where the API is, `https://api.github.com`.
    pub api: Address,
    /// Where people look, `https://github.com`.
    pub pages: Address,
    /// Who owns it.
    pub owner: String,
    /// What it is called.
    pub name: String,
}

/// The API of one repository.
pub(super) struct Client {
    pub(super) caller: Caller,
    pub(super) place: Place,
    logins: Logins,
}

impl Client {
    pub(super) fn new(caller: Caller, place: Place, logins: Logins) -> Self {
        let of_the_moment = logins.clone();
        // Why there is none is told by the next request.
        let caller = caller.renewing(Arc::new(move || of_the_moment().ok().flatten()));
        Self { caller, place, logins }
    }

    /// The login of this moment.
    pub(super) fn login(&self) -> Result<Option<Login>, ForgeError> {
        (self.logins)().map_err(ForgeError::Token)
    }

    /// Where the repository is, for people.
    pub(super) fn location(&self) -> String {
        self.place.pages.with_segments([self.place.owner.as_str(), self.place.name.as_str()]).to_string()
    }

    /// A request to `path` below the repository, as whom we are.
    pub(super) fn request(&self, method: Method, path: &[&str]) -> Result<Request, ForgeError> {
        let Place { api, owner, name, .. } = &self.place;
        let base = ["repos", owner.as_str(), name.as_str()];
        self.to(method, api.with_segments(base.into_iter().chain(path.iter().copied())))
    }

    pub(super) fn to(&self, method: Method, address: Address) -> Result<Request, ForgeError> {
        let request = Request::new(method, address)
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28");
        let login = self.login()?;
        Ok(match login {
            Some(login) => request.login(login),
            None => request,
        })
    }

    /// What is at a place; none when nothing is.
    pub(super) fn ask<T: DeserializeOwned>(&self, action: &str, request: &Request) -> Result<Option<T>, ForgeError> {
        match self.caller.json(request).map_err(call(action))? {
            (_, Some(value)) => Ok(Some(value)),
            (reply, None) if reply.status == 404 => Ok(None),
            (reply, None) => Err(refused(action, &reply)),
        }
    }

    /// All pages of a list, `size` entries in each.
    pub(super) fn pages<T: DeserializeOwned>(
        &self,
        action: &str,
        mut request: Request,
        size: &str,
    ) -> Result<Vec<T>, ForgeError> {
        request.address = request.address.with_query([("per_page", size)]);
        self.caller.pages(&request).map_err(call(action))?.map_err(|reply| refused(action, &reply))
    }

    /// Asks or changes something through the GraphQL API, as [`graphql_body`] says. What could not be answered stands
    /// beside what could.
    pub(super) fn graphql<T: DeserializeOwned>(
        &self,
        action: &str,
        body: Body,
        effect: Effect,
    ) -> Result<Answer<T>, ForgeError> {
        let request = self.to(Method::Post, graphql(&self.place.api))?.body(body).effect(effect);
        match self.caller.json::<Answer<T>>(&request).map_err(call(action))? {
            (_, Some(answer)) => Ok(answer),
            (reply, None) => Err(refused(action, &reply)),
        }
    }

    /// Removes what was just found to be ours. Gone already is as good.
    pub(super) fn delete(&self, action: &str, path: &[&str]) -> Result<(), ForgeError> {
        let reply = self.caller.call(&self.request(Method::Delete, path)?).map_err(call(action))?;
        match reply.status {
            204 | 404 => Ok(()),
            _ => Err(refused(action, &reply)),
        }
    }
}

/// A question or change of the GraphQL API.
pub(super) fn graphql_body(query: &str, variables: &Value) -> Body {
    Body::json(&json!({ "query": query, "variables": variables }))
}

/// What the GraphQL API answers.
#[derive(Deserialize)]
pub(super) struct Answer<T> {
    pub(super) data: Option<T>,
    #[serde(default)]
    pub(super) errors: Vec<Refused>,
}

/// A part of a question that was not answered.
#[derive(Deserialize)]
pub(super) struct Refused {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) message: String,
}

impl Refused {
    /// Whether the token lacks a right.
    pub(super) fn is_about_rights(&self) -> bool {
        matches!(self.kind.as_deref(), Some("FORBIDDEN" | "INSUFFICIENT_SCOPES"))
    }
}

/// Where the GraphQL API is: beside `/api/v3` on an Enterprise Server (*Forming calls with GraphQL*), else below.
fn graphql(api: &Address) -> Address {
    let beside = match api.as_str() {
        text if text.ends_with("/v3") => api.join("graphql").ok(),
        text if text.ends_with("/v3/") => api.join("../graphql").ok(),
        _ => None,
    };
    beside.unwrap_or_else(|| api.with_segments(["graphql"]))
}

/// A refusal, which says which right the token lacks when that is why.
pub(super) fn forbidden(action: &str, needs: &'static str, reply: &Reply) -> ForgeError {
    match reply.status {
        403 => ForgeError::Forbidden { action: action.to_owned(), needs, why: complaint(reply) },
        _ => refused(action, reply),
    }
}

pub(super) fn call(action: &str) -> impl FnOnce(CallError) -> ForgeError + '_ {
    move |source| ForgeError::Call { action: action.to_owned(), source }
}

pub(super) fn refused(action: &str, reply: &Reply) -> ForgeError {
    let difference = complaint(reply);
    if reply.status == 401 {
        return ForgeError::Token(TokenError::Refused { why: difference });
    }
    // The tag of an immutable release is used up for ever, also when the release was deleted (*Immutable releases*).
    if reply.status == 422 && difference.contains("used by an immutable release") {
        return ForgeError::TagBurned { difference };
    }
    not_done(action, difference.into())
}

pub(super) fn not_done(action: &str, source: BoxError) -> ForgeError {
    ForgeError::NotDone { action: action.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_graphql_is() {
        for (api, expected) in [
            ("https://api.github.com", "https://api.github.com/graphql"),
            ("https://api.acme.ghe.com/", "https://api.acme.ghe.com/graphql"),
            ("https://ghe.example/api/v3", "https://ghe.example/api/graphql"),
            ("https://ghe.example:8443/api/v3/", "https://ghe.example:8443/api/graphql"),
            ("https://proxy.example/github", "https://proxy.example/github/graphql"),
        ] {
            assert_eq!(graphql(&Address::parse(api).unwrap()).as_str(), expected);
        }
    }
}
