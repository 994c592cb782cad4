//! The GraphQL API, as far as it is asked: one operation of ours after the other, known by its name.

use super::State;
use super::replies::{ok, status};
use bowline_port::http::{Reply, Request};
use serde_json::{Map, Value, json};

impl State {
    pub(super) fn graphql(&mut self, request: &Request, body: &[u8]) -> Reply {
        if request.login.is_none() {
            return status(401);
        }
        let Ok(asked) = serde_json::from_slice::<Value>(body) else { return status(400) };
        let query = asked["query"].as_str().unwrap_or_default();
        if query.matches('{').count() != query.matches('}').count() {
            self.violations.push(format!("GraphQL that does not parse: {query}"));
        }
        if query.contains("createCommitOnBranch(input: $input)") {
            return self.commit_on_branch(request, body);
        }
        match operation(query) {
            "BowlineBrought" | "BowlinePulls" => {
                self.members(&asked, query, |state, argument| Some(state.pulls_of(argument)))
            }
            "BowlineThreads" => self.members(&asked, query, |state, argument| state.thread(argument.parse().ok()?)),
            "BowlinePullRequests" if query.contains("lastEditedAt") => {
                self.members(&asked, query, |state, argument| state.pull_request(argument.parse().ok()?, true))
            }
            "BowlinePullRequests" => {
                self.members(&asked, query, |state, argument| state.pull_request(argument.parse().ok()?, false))
            }
            other => self.query_answer(request, body).unwrap_or_else(|| {
                ok(&json!({ "errors": [{ "message": format!("the double does not know {other}") }] }))
            }),
        }
    }

    /// What is asked of the repository as `alias: field(name: argument)`, each alias answered by `answer`.
    fn members(&self, asked: &Value, query: &str, answer: fn(&Self, &str) -> Option<Value>) -> Reply {
        if (asked["variables"]["owner"].as_str(), asked["variables"]["name"].as_str()) != (Some("acme"), Some("app")) {
            return ok(
                &json!({ "data": { "repository": null }, "errors": [{ "type": "NOT_FOUND", "message": "no" }] }),
            );
        }
        if self.denied.contains("graphql") {
            let error = json!({ "type": "FORBIDDEN", "message": "Resource not accessible by personal access token" });
            return ok(&json!({ "data": null, "errors": [error] }));
        }
        let mut repository = Map::new();
        let mut errors = Vec::new();
        repository.insert("nameWithOwner".to_owned(), json!("acme/app"));
        for (alias, argument) in aliases(query) {
            let found = answer(self, &argument);
            if found.is_none() {
                let message = format!("Could not resolve to an issue or pull request with the number of {argument}.");
                errors.push(json!({ "type": "NOT_FOUND", "path": ["repository", alias], "message": message }));
            }
            repository.insert(alias, found.unwrap_or(Value::Null));
        }
        let mut whole = json!({ "data": { "repository": repository } });
        if !errors.is_empty() {
            whole["errors"] = json!(errors);
        }
        ok(&whole)
    }
}

/// The name of the operation that a query or mutation has.
fn operation(query: &str) -> &str {
    let after = query.trim_start().split_once(' ').map_or("", |(_, rest)| rest);
    after.split(['(', '{', ' ']).next().unwrap_or_default()
}

/// Every `alias: field(name: argument)`, alias and argument without quotes.
fn aliases(query: &str) -> Vec<(String, String)> {
    let named = |part: &str| {
        let (before, after) = part.split_once(": ")?;
        let alias = before.rsplit([' ', '{']).next()?;
        let (argument, _) = after.split_once("(")?.1.split_once(": ")?.1.split_once(')')?;
        Some((alias.to_owned(), argument.trim_matches('"').to_owned()))
    };
    let body = query.split("nameWithOwner ").nth(1).unwrap_or_default();
    let body = body.split("fragment ").next().unwrap_or_default();
    body.split("...").filter_map(named).collect()
}
