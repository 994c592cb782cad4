//! Pull requests, issues and milestones.

use super::replies::{json_reply, ok, pages, refusal, sent_to, status};
use super::{Asked, State, filled};
use bowline_port::http::{Method, Reply};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What people talk about.
#[derive(Default)]
pub struct Talk {
    /// Pull requests and issues by number.
    pub threads: BTreeMap<u64, Thread>,
    /// Milestones by number: title, whether it is open, how many of its issues are.
    pub milestones: BTreeMap<u64, (String, bool, u64)>,
    /// What people may do here: `admin`, `write`, `read`, `none`. Who is not among them does not exist.
    pub rights: BTreeMap<String, &'static str>,
}

/// A pull request or an issue.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    /// The commits of a merged pull request.
    pub commits: Vec<String>,
    /// Whether it is open.
    pub open: bool,
    /// Issues that a pull request closes.
    pub closes: Vec<u64>,
    /// The repository, where it is another one.
    pub elsewhere: Option<&'static str>,
    /// Whether nobody may add to it.
    pub locked: bool,
    /// Whether it was deleted or has moved away.
    pub gone: bool,
    /// Its labels.
    pub labels: Vec<String>,
    /// Its comments.
    pub comments: Vec<String>,
    /// A pull request's title.
    pub title: String,
    /// Its description.
    pub body: String,
    /// Who opened it: `name`, or `name[bot]` for a program; none for somebody who is gone.
    pub author: Option<String>,
    /// Who changed its description last, if somebody did; inside, none for somebody who is gone.
    pub editor: Option<Option<String>>,
    /// The commit that the branch stood on after the merge.
    pub merge: Option<String>,
}

impl Thread {
    fn place(&self) -> Value {
        json!({ "nameWithOwner": self.elsewhere.unwrap_or("Acme/App") })
    }

    /// A pull request as it tells of itself; `whole` with its description.
    fn pull(&self, whole: bool) -> Value {
        let labels: Vec<Value> = self.labels.iter().map(|name| json!({ "name": name })).collect();
        let mut words = json!({
            "title": self.title,
            "author": self.author.as_deref().map(actor),
            "mergeCommit": self.merge.as_ref().map(|oid| json!({ "oid": oid })),
            "labels": { "nodes": labels },
        });
        if whole {
            words["body"] = json!(self.body);
            words["editor"] = self.editor.as_ref().and_then(|editor| editor.as_deref().map(actor)).into();
            words["lastEditedAt"] = self.editor.as_ref().map(|_| "2026-01-02T03:04:05Z").into();
        }
        words
    }

    /// As GraphQL tells it.
    fn shown(&self, number: u64) -> Value {
        let labels: Vec<Value> = self.labels.iter().map(|name| json!({ "name": name })).collect();
        let newest = self.comments.iter().rev().take(100).rev();
        let comments: Vec<Value> = newest.map(|body| json!({ "body": body })).collect();
        json!({
            "number": number, "locked": self.locked,
            "labels": { "nodes": labels }, "comments": { "nodes": comments },
        })
    }
}

impl State {
    /// The pull requests of a commit, as GraphQL tells them.
    pub(super) fn pulls_of(&self, commit: &str) -> Value {
        let issue = |number: &u64| {
            let issue = self.talk.threads.get(number)?;
            Some(json!({ "number": number, "closed": !issue.open, "repository": issue.place() }))
        };
        let of_commit = self.talk.threads.iter().filter(|(_, thread)| thread.commits.iter().any(|c| c == commit));
        let pulls: Vec<Value> = of_commit
            .map(|(number, pull)| {
                let closes: Vec<Value> = pull.closes.iter().filter_map(issue).collect();
                json!({
                    "number": number, "merged": !pull.open, "repository": pull.place(),
                    "closingIssuesReferences": { "nodes": closes },
                })
            })
            .collect();
        json!({ "associatedPullRequests": { "nodes": pulls } })
    }

    /// A pull request, as GraphQL tells it; none when it is gone.
    pub(super) fn pull_request(&self, number: u64, whole: bool) -> Option<Value> {
        let pull = self.talk.threads.get(&number).filter(|thread| !thread.gone && thread.elsewhere.is_none())?;
        Some(pull.pull(whole))
    }

    /// A conversation, as GraphQL tells it; none when it is gone.
    pub(super) fn thread(&self, number: u64) -> Option<Value> {
        let thread = self.talk.threads.get(&number).filter(|thread| !thread.gone && thread.elsewhere.is_none())?;
        Some(thread.shown(number))
    }

    pub(super) fn issue_answer(&mut self, asked: &Asked<'_>) -> Option<Reply> {
        Some(match (asked.method, asked.path) {
            (Method::Post, ["issues", number, "comments"]) => self.add(number, asked.body, take_comment),
            (Method::Post, ["issues", number, "labels"]) => self.add(number, asked.body, take_labels),
            (Method::Get, ["collaborators", login, "permission"]) => {
                if self.denied.contains("collaborators") {
                    return Some(refusal(403, "Must have push access to view collaborator permission.", None));
                }
                let user = filled::user(login, 7);
                match self.talk.rights.get(*login) {
                    Some(right) => ok(&json!({ "permission": right, "role_name": right, "user": user })),
                    None => status(404),
                }
            }
            (Method::Get, ["milestones"]) => {
                let shown = |(number, (title, open, open_issues)): (&u64, &(String, bool, u64))| {
                    let state = if *open { "open" } else { "closed" };
                    json!({ "number": number, "title": title, "state": state, "open_issues": open_issues })
                };
                let all: Vec<Value> = self.talk.milestones.iter().map(shown).collect();
                pages(asked, &all)
            }
            (Method::Patch, ["milestones", number]) => {
                let milestone = number.parse().ok().and_then(|number| self.talk.milestones.get_mut(&number));
                let Some((title, open, open_issues)) = milestone else { return Some(status(404)) };
                if *open_issues > 0 {
                    self.violations.push(format!("milestone {title} was closed with open issues"));
                }
                *open = false;
                ok(&json!({ "state": "closed" }))
            }
            _ => return None,
        })
    }

    fn add(&mut self, number: &str, body: &[u8], take: fn(&mut Thread, &Value) -> Result<(), String>) -> Reply {
        if self.denied.contains("issues") {
            return refusal(403, "Resource not accessible by personal access token", None);
        }
        let thread = number.parse().ok().and_then(|number: u64| self.talk.threads.get_mut(&number));
        let Some(thread) = thread else { return status(404) };
        if thread.elsewhere.is_some() {
            return Reply { status: 301, ..sent_to("https://api.github.example/repositories/2/issues/1") };
        }
        if thread.gone {
            return refusal(410, "This issue was deleted", None);
        }
        if thread.locked {
            return refusal(403, "Unable to create comment because issue is locked", None);
        }
        let Ok(words) = serde_json::from_slice::<Value>(body) else { return status(400) };
        if let Err(violation) = take(thread, &words) {
            self.violations.push(format!("#{number}: {violation}"));
        }
        // A comment is answered by itself, labels by all that are there now.
        match words.get("body") {
            Some(text) => json_reply(201, &json!({ "body": text })),
            None => ok(&json!([])),
        }
    }
}

/// Somebody, as GraphQL tells programs from people.
fn actor(name: &str) -> Value {
    match name.strip_suffix("[bot]") {
        Some(program) => json!({ "__typename": "Bot", "login": program }),
        None => json!({ "__typename": "User", "login": name }),
    }
}

fn take_comment(thread: &mut Thread, words: &Value) -> Result<(), String> {
    let body = words["body"].as_str().unwrap_or_default().to_owned();
    let is_second = thread.comments.contains(&body);
    thread.comments.push(body);
    if is_second { Err("the same comment twice".to_owned()) } else { Ok(()) }
}

fn take_labels(thread: &mut Thread, words: &Value) -> Result<(), String> {
    for label in words["labels"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !thread.labels.iter().any(|there| there == label) {
            thread.labels.push(label.to_owned());
        }
    }
    Ok(())
}
