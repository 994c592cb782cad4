//! Environments and their protection rules.

use super::replies::{ok, refusal, status};
use super::{Asked, State};
use bowline_port::http::{Method, Reply};
use serde_json::{Value, json};

impl State {
    /// An environment with these rules, as the API tells them, and perhaps a choice of branches.
    pub fn environment(&mut self, name: &str, rules: Value, branches: Option<Value>) {
        let url = format!("https://github.example/acme/app/deployments/{name}");
        let words = json!({
            "id": self.next_id(), "name": name, "html_url": url, "protection_rules": rules,
            "deployment_branch_policy": branches,
        });
        self.environments.retain(|known| known["name"] != name);
        self.environments.push(words);
    }

    pub(super) fn environment_answer(&self, asked: &Asked<'_>) -> Option<Reply> {
        if let (Method::Get, ["actions", "permissions", "workflow"]) = (asked.method, asked.path) {
            let rights = if self.jobs_write { "write" } else { "read" };
            return Some(match self.guards.admin {
                true => ok(
                    &json!({ "default_workflow_permissions": rights, "can_approve_pull_request_reviews": self.jobs_write }),
                ),
                false => refusal(403, "Resource not accessible by integration", None),
            });
        }
        let (Method::Get, ["environments", name]) = (asked.method, asked.path) else { return None };
        if self.denied.contains("actions") {
            return Some(refusal(403, "Resource not accessible by personal access token", None));
        }
        let named = |known: &&Value| known["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
        Some(self.environments.iter().find(named).map_or_else(|| status(404), ok))
    }
}
