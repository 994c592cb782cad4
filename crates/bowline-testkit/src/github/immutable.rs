//! The setting for immutable releases, and what is shown about tags that such releases have used up.
//!
//! Setting and rule suites are for administrators; to others they do not exist. Rulesets are for everybody.

use super::replies::{json_reply, ok, status};
use super::{Asked, State};
use bowline_port::http::{Method, Reply};
use serde_json::{Value, json};

impl State {
    /// What belongs to rules and immutability below the repository's address.
    pub(super) fn immutable_answer(&self, asked: &Asked<'_>) -> Option<Reply> {
        let is_admin = self.admin && asked.request.login.is_some();
        Some(match (asked.method, asked.path) {
            (Method::Get, ["immutable-releases"] | ["rulesets", "rule-suites", ..]) if !is_admin => status(404),
            (Method::Get, ["immutable-releases"]) if self.immutable => {
                ok(&json!({ "enabled": true, "enforced_by_owner": false }))
            }
            (Method::Get, ["rulesets", "rule-suites"]) => {
                let refused = self.refused.iter().enumerate().filter(|(_, name)| {
                    let wanted = format!("ref={}&", name.replace('/', "%2F"));
                    asked.request.address.as_str().contains(&wanted)
                });
                let suites: Vec<Value> =
                    refused.map(|(n, name)| json!({ "id": n, "ref": name, "result": "fail" })).collect();
                ok(&json!(suites))
            }
            (Method::Get, ["rulesets", "rule-suites", id]) => {
                let name = id.parse().ok().and_then(|n: usize| self.refused.iter().nth(n))?;
                let is_burned = name.strip_prefix("refs/tags/").is_some_and(|tag| self.burned.contains(tag));
                let kind = if is_burned { "immutable_release_tag" } else { "ruleset" };
                let rule = json!({ "rule_source": { "type": kind }, "rule_type": "creation", "result": "fail" });
                ok(&json!({ "id": id.parse::<u64>().ok()?, "rule_evaluations": [rule] }))
            }
            _ => return None,
        })
    }
}

/// What publishing a release of such a tag is answered.
pub(super) fn burned() -> Reply {
    let error = json!({
        "resource": "Release",
        "code": "custom",
        "field": "tag_name",
        "message": "tag_name was used by an immutable release",
    });
    json_reply(422, &json!({ "message": "Validation Failed", "errors": [error] }))
}
