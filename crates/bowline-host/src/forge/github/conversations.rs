//! Pull requests, issues and milestones of a release.
//!
//! What a release contains is asked for through GraphQL, fifty commits in one question: one by one it would be a request
//! for each commit and each issue. Changes are made one at a time through REST, where each says what became of it.

use super::GithubForge;
use super::client::{Answer, call, forbidden, graphql_body, not_done};
use bowline_model::Oid;
use bowline_model::facts::PullFact;
use bowline_model::text::one_line;
use bowline_port::forge::ForgeError;
use bowline_port::forge::conversations::{Conversation, Conversations, FollowUp, Milestone};
use bowline_port::http::{Body, CallError, Effect, Method, Reason, Request};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The members of the repository that a question named.
#[derive(Deserialize)]
struct Root<T> {
    repository: Option<Asked<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked<T> {
    pub(super) name_with_owner: String,
    #[serde(flatten)]
    pub(super) members: BTreeMap<String, Option<T>>,
}

#[derive(Deserialize)]
pub(super) struct Nodes<T> {
    nodes: Vec<Option<T>>,
}

impl<T> Nodes<T> {
    pub(super) fn all(self) -> impl Iterator<Item = T> {
        self.nodes.into_iter().flatten()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitWords {
    /// Absent where the object is no commit.
    associated_pull_requests: Option<Nodes<PullWords>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullWords {
    number: u64,
    merged: bool,
    repository: PlaceWords,
    closing_issues_references: Option<Nodes<IssueWords>>,
}

#[derive(Deserialize)]
struct IssueWords {
    number: u64,
    closed: bool,
    repository: PlaceWords,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlaceWords {
    name_with_owner: String,
}

impl PlaceWords {
    /// Whether it is the repository of this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name_with_owner.eq_ignore_ascii_case(name)
    }
}

#[derive(Deserialize)]
struct ThreadWords {
    number: u64,
    locked: bool,
    labels: Option<Nodes<LabelWords>>,
    comments: Nodes<CommentWords>,
}

#[derive(Deserialize)]
struct LabelWords {
    name: String,
}

#[derive(Deserialize)]
struct CommentWords {
    body: String,
}

#[derive(Deserialize)]
struct MilestoneWords {
    number: u64,
    title: String,
    state: String,
    open_issues: u64,
}

impl GithubForge {
    /// The members of the repository that `parts` ask for, as `fragment` describes them.
    pub(super) fn members<T: serde::de::DeserializeOwned>(
        &self,
        action: &str,
        name: &str,
        parts: &[String],
        fragment: &str,
    ) -> Result<Asked<T>, ForgeError> {
        let query = format!(
            "query {name}($owner: String!, $name: String!) {{ repository(owner: $owner, name: $name) {{ nameWithOwner {} }} }} {fragment}",
            parts.join(" ")
        );
        let variables = json!({ "owner": self.client.place.owner, "name": self.client.place.name });
        let body = graphql_body(&query, &variables);
        let Answer { data, errors } = self.client.graphql::<Root<T>>(action, body, Effect::Question)?;
        // What is gone or has moved is told as an error of its own, beside the rest.
        if let Some(error) = errors.iter().find(|error| error.kind.as_deref() != Some("NOT_FOUND")) {
            let why = one_line(&error.message, 200).into_owned();
            return Err(match error.is_about_rights() {
                true => ForgeError::Forbidden { action: action.to_owned(), needs: READ, why },
                false => not_done(action, why.into()),
            });
        }
        data.and_then(|root| root.repository).ok_or_else(|| {
            not_done(action, format!("{} does not exist, or the token may not see it", self.client.location()).into())
        })
    }

    /// Changes a conversation or a milestone.
    fn add(&self, action: &str, needs: &'static str, request: &Request) -> Result<(), ForgeError> {
        let gone = || ForgeError::Missing { what: action.to_owned() };
        let reply = match self.client.caller.call(request) {
            // It was moved to another repository. Preflight has seen that this one is called as we call it.
            Err(CallError { reason: Reason::Redirected { .. }, .. }) => return Err(gone()),
            answer => answer.map_err(call(action))?,
        };
        match reply.status {
            200..=299 => Ok(()),
            404 | 410 => Err(gone()),
            _ => Err(forbidden(action, needs, &reply)),
        }
    }

    fn change_request(&self, method: Method, path: &[&str], words: &Value) -> Result<Request, ForgeError> {
        Ok(self.client.request(method, path)?.body(Body::json(words)))
    }
}

impl Conversations for GithubForge {
    fn about(&self, commits: &[Oid]) -> Result<Vec<u64>, ForgeError> {
        let action = "look for the pull requests of the release";
        let mut numbers = BTreeSet::new();
        for batch in commits.chunks(COMMITS) {
            let part = |(n, commit): (usize, &Oid)| format!("c{n}: object(oid: \"{commit}\") {{ ...pulls }}");
            let parts: Vec<String> = batch.iter().enumerate().map(part).collect();
            let asked: Asked<CommitWords> = self.members(action, "BowlinePulls", &parts, PULLS)?;
            let own = asked.name_with_owner;
            let is_own = |place: &PlaceWords| place.is(&own);
            let commits = asked.members.into_values().flatten();
            let pulls = commits.filter_map(|commit| commit.associated_pull_requests).flat_map(Nodes::all);
            for pull in pulls.filter(|pull| pull.merged && is_own(&pull.repository)) {
                numbers.insert(pull.number);
                let issues = pull.closing_issues_references.into_iter().flat_map(Nodes::all);
                numbers
                    .extend(issues.filter(|issue| issue.closed && is_own(&issue.repository)).map(|issue| issue.number));
            }
        }
        Ok(numbers.into_iter().collect())
    }

    fn look(&self, numbers: &[u64], marker: &str) -> Result<Vec<Conversation>, ForgeError> {
        let action = "look at the conversations of the release";
        let mut found = Vec::new();
        for batch in numbers.chunks(THREADS) {
            let part = |number: &u64| format!("n{number}: issueOrPullRequest(number: {number}) {{ ...thread }}");
            let parts: Vec<String> = batch.iter().map(part).collect();
            let asked: Asked<ThreadWords> = self.members(action, "BowlineThreads", &parts, THREAD)?;
            found.extend(asked.members.into_values().flatten().map(|thread| Conversation {
                number: thread.number,
                locked: thread.locked,
                labels: thread.labels.into_iter().flat_map(Nodes::all).map(|label| label.name).collect(),
                marked: thread.comments.all().any(|comment| comment.body.contains(marker)),
            }));
        }
        found.sort_by_key(|conversation| conversation.number);
        Ok(found)
    }

    fn merged(&self, commits: &[Oid], descriptions: bool) -> Result<Vec<PullFact>, ForgeError> {
        self.merged_pulls(commits, descriptions)
    }

    fn milestones(&self, titles: &[&str]) -> Result<Vec<Milestone>, ForgeError> {
        let mut request = self.client.request(Method::Get, &["milestones"])?;
        request.address = request.address.with_query([("state", "all")]);
        let all: Vec<MilestoneWords> = self.client.pages("list the milestones", request, "100")?;
        let named = all.into_iter().filter(|milestone| titles.contains(&milestone.title.as_str()));
        Ok(named
            .map(|words| Milestone {
                number: words.number,
                title: words.title,
                open: words.state == "open",
                open_issues: words.open_issues,
            })
            .collect())
    }
}

impl FollowUp for GithubForge {
    fn comment(&self, number: u64, text: &str) -> Result<(), ForgeError> {
        let path = ["issues", &number.to_string(), "comments"];
        let request = self.change_request(Method::Post, &path, &json!({ "body": text }))?;
        self.add(&format!("comment on #{number}"), WRITE, &request)
    }

    fn label(&self, number: u64, labels: &[String]) -> Result<(), ForgeError> {
        let path = ["issues", &number.to_string(), "labels"];
        let request = self.change_request(Method::Post, &path, &json!({ "labels": labels }))?;
        // A label that is there already is not added a second time.
        self.add(&format!("label #{number}"), WRITE, &request.effect(Effect::Repeatable))
    }

    fn close_milestone(&self, number: u64) -> Result<(), ForgeError> {
        let path = ["milestones", &number.to_string()];
        let request = self.change_request(Method::Patch, &path, &json!({ "state": "closed" }))?;
        self.add("close the milestone", WRITE, &request.effect(Effect::Repeatable))
    }
}

const PULLS: &str = "fragment pulls on Commit { associatedPullRequests(first: 10) { nodes { number merged repository { nameWithOwner } \
    closingIssuesReferences(first: 50) { nodes { number closed repository { nameWithOwner } } } } } }";
const THREAD: &str = "fragment thread on IssueOrPullRequest { \
    ... on Issue { number locked labels(first: 100) { nodes { name } } comments(last: 100) { nodes { body } } } \
    ... on PullRequest { number locked labels(first: 100) { nodes { name } } comments(last: 100) { nodes { body } } } }";
/// Commits in one question: with what hangs on them 25,550 nodes, of 500,000 that a question may have (*Rate limits and
/// query limits for the GraphQL API*).
const COMMITS: usize = 50;
/// Conversations in one question; their comments are the long part of the answer.
const THREADS: usize = 20;
const READ: &str = "`Contents: read`, `Pull requests: read` and `Issues: read`";
const WRITE: &str = "`Issues: write` and `Pull requests: write`";
