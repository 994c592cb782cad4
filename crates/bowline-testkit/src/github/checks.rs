//! Check runs, commit statuses, and what the rules of a branch demand.

use super::replies::{json_reply, ok, page_of, refusal, status};
use super::{Asked, State};
use bowline_port::http::{Method, Reply};
use serde_json::{Value, json};
use std::process::Command;

/// Something that was said about a commit.
pub(super) struct Said {
    commit: String,
    words: Value,
    is_status: bool,
}

impl State {
    /// A check run of `commit`: its status, and its conclusion once it is completed.
    pub fn check_run(&mut self, commit: &str, name: &str, app: &str, status: &str, conclusion: Option<&str>) {
        let id = self.next_id();
        let app = json!({ "id": app_id(app), "slug": app, "name": app });
        let page = format!("https://github.example/acme/app/runs/{id}");
        let words = json!({
            "id": id, "name": name, "head_sha": commit, "status": status, "conclusion": conclusion,
            "html_url": page, "details_url": page, "app": app,
        });
        // Only the newest run of a name in a suite is listed.
        let is_older =
            |said: &Said| said.commit == commit && said.words["name"] == name && said.words["app"] == words["app"];
        self.said.retain(|said| !is_older(said));
        self.said.push(Said { commit: commit.to_owned(), words, is_status: false });
    }

    /// A commit status.
    pub fn commit_status(&mut self, commit: &str, context: &str, state: &str, url: Option<&str>) {
        self.said.retain(|said| !(said.commit == commit && said.words["context"] == context));
        let words = json!({ "context": context, "state": state, "target_url": url });
        self.said.push(Said { commit: commit.to_owned(), words, is_status: true });
    }

    /// The commit statuses of that name: commit, state and address.
    pub fn statuses_of(&self, context: &str) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let ours = self.said.iter().filter(|said| said.words["context"] == context);
        ours.map(|said| (said.commit.clone(), text(&said.words["state"]), text(&said.words["target_url"]))).collect()
    }

    pub(super) fn check_answer(&mut self, asked: &Asked<'_>) -> Option<Reply> {
        Some(match (asked.method, asked.path) {
            (Method::Get, ["commits", sha, "check-runs"]) => self.list_said(asked, sha, false),
            (Method::Get, ["commits", sha, "status"]) => self.list_said(asked, sha, true),
            (Method::Post, ["statuses", sha]) => self.take_status(sha, asked.body),
            _ => return None,
        })
    }

    fn list_said(&mut self, asked: &Asked<'_>, sha: &str, statuses: bool) -> Reply {
        if self.denied.contains(if statuses { "statuses" } else { "checks" }) {
            return refusal(403, "Resource not accessible by personal access token", None);
        }
        if !self.knows(sha) {
            return json_reply(422, &json!({ "message": format!("No commit found for SHA: {sha}") }));
        }
        let all: Vec<Value> = self
            .said
            .iter()
            .filter(|said| said.commit == sha && said.is_status == statuses)
            .map(|said| said.words.clone())
            .collect();
        if !statuses {
            self.settle();
        }
        let (name, mut whole) = match statuses {
            true => ("statuses", json!({ "sha": sha, "state": "pending", "total_count": all.len() })),
            false => ("check_runs", json!({ "total_count": all.len() })),
        };
        let (shown, next) = page_of(asked, &all);
        whole[name] = json!(shown);
        let mut reply = ok(&whole);
        reply.headers.extend(next);
        reply
    }

    /// Check runs end while somebody looks at them.
    fn settle(&mut self) {
        let Some(left) = self.settles_after.as_mut() else { return };
        *left = left.saturating_sub(1);
        if *left == 0 {
            for run in self.said.iter_mut().filter(|said| !said.is_status && said.words["conclusion"].is_null()) {
                (run.words["status"], run.words["conclusion"]) = (json!("completed"), json!("success"));
            }
        }
    }

    fn take_status(&mut self, sha: &str, body: &[u8]) -> Reply {
        if self.denied.contains("statuses") {
            return refusal(403, "Resource not accessible by personal access token", None);
        }
        let Ok(words) = serde_json::from_slice::<Value>(body) else { return status(400) };
        let (Some(context), Some(state)) = (words["context"].as_str(), words["state"].as_str()) else {
            return status(422);
        };
        if !self.knows(sha) || !["error", "failure", "pending", "success"].contains(&state) {
            return status(422);
        }
        self.commit_status(sha, context, state, words["target_url"].as_str());
        json_reply(201, &words)
    }

    /// Whether the commit was pushed.
    fn knows(&self, sha: &str) -> bool {
        let Some(repository) = &self.repository else { return true };
        let git = Command::new("git").arg("--git-dir").arg(repository).args(["cat-file", "-e", sha]).output();
        git.is_ok_and(|output| output.status.success())
    }
}

/// The number of an app: that of GitHub's own for its jobs.
fn app_id(slug: &str) -> usize {
    if slug == "github-actions" { 15368 } else { 1000 + slug.len() }
}
