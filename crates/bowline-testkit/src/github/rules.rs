//! Rulesets, branch protection, and what a token may do.

use super::replies::{ok, pages, refusal};
use super::{Asked, State};
use bowline_port::http::{Method, Reply};
use serde_json::{Value, json};

/// What stands in the way of a push.
#[derive(Default)]
pub struct Guards {
    /// Rulesets, whole.
    pub rulesets: Vec<Value>,
    /// The protection of every branch, whole.
    pub protection: Option<Value>,
    /// Whether the token administrates the repository.
    pub admin: bool,
    /// Whether nothing of it is told.
    pub hidden: bool,
}

/// A ruleset `id` of the organisation for these references.
pub fn ruleset(id: u64, target: &str, include: &[&str], bypass: &str, rules: &Value) -> Value {
    json!({
        "id": id,
        "name": format!("rules {id}"),
        "target": target,
        "source_type": "Organization",
        "source": "acme",
        "enforcement": "active",
        "current_user_can_bypass": bypass,
        "conditions": { "ref_name": { "include": include, "exclude": [] } },
        "rules": rules,
        "_links": { "html": { "href": format!("https://github.example/organizations/acme/settings/rules/{id}") } },
    })
}

impl State {
    pub(super) fn rules_answer(&mut self, asked: &Asked<'_>) -> Option<Reply> {
        let guards = &self.guards;
        let forbidden = || refusal(403, "Resource not accessible by integration", None);
        Some(match (asked.method, asked.path) {
            (Method::Post, ["releases", "generate-notes"]) => ok(&json!({ "name": "v0.0.0", "body": "" })),
            (Method::Get, ["rulesets" | "rules", ..]) if guards.hidden => forbidden(),
            (Method::Get, ["rulesets"]) => {
                let of_tags = self.tag_rules.then(of_tags);
                let listed: Vec<Value> = guards.rulesets.iter().chain(&of_tags).map(summary).collect();
                pages(asked, &listed)
            }
            (Method::Get, ["rulesets", id]) => {
                let of_tags = self.tag_rules.then(of_tags);
                let found =
                    guards.rulesets.iter().chain(&of_tags).find(|ruleset| ruleset["id"].as_u64() == id.parse().ok());
                found.map_or_else(|| refusal(404, "Not Found", None), ok)
            }
            (Method::Get, ["rules", "branches", _]) => {
                let all = guards.for_branches().into_iter().chain(self.rules.iter().cloned().map(whole));
                pages(asked, &all.collect::<Vec<Value>>())
            }
            (Method::Get, ["branches", branch]) => {
                let checks = guards.protection.as_ref().and_then(|whole| whole.get("required_status_checks"));
                let level = if self.protected.is_empty() { "off" } else { "non_admins" };
                let own = json!({ "enforcement_level": level, "contexts": self.protected, "checks": [] });
                let checks = checks.cloned().unwrap_or(own);
                let is = guards.protection.is_some() || !self.protected.is_empty();
                let protection = json!({ "enabled": is, "required_status_checks": checks });
                ok(&json!({ "name": branch, "protected": is, "protection": protection }))
            }
            (Method::Get, ["branches", _, "protection"]) => match &guards.protection {
                _ if !guards.admin => forbidden(),
                Some(whole) => ok(whole),
                None => refusal(404, "Branch not protected", None),
            },
            _ => return None,
        })
    }
}

/// A rule about checks as the API tells it, which says more than whoever sets it up here.
fn whole(mut rule: Value) -> Value {
    if rule["type"] == "required_status_checks"
        && let Some(parameters) = rule.get_mut("parameters").and_then(Value::as_object_mut)
    {
        parameters.insert("strict_required_status_checks_policy".to_owned(), json!(false));
    }
    rule
}

/// A ruleset for tags that this token may pass.
fn of_tags() -> Value {
    ruleset(9, "tag", &["~ALL"], "always", &json!([{ "type": "creation" }]))
}

impl Guards {
    /// The active rules for branches, each with its ruleset.
    fn for_branches(&self) -> Vec<Value> {
        let is_active = |ruleset: &&Value| ruleset["target"] == "branch" && ruleset["enforcement"] == "active";
        let told = |ruleset: &Value| {
            let rules = ruleset["rules"].as_array().cloned().unwrap_or_default();
            let source = (ruleset["id"].clone(), ruleset["source"].clone());
            rules.into_iter().map(move |mut rule| {
                rule["ruleset_id"] = source.0.clone();
                rule["ruleset_source"] = source.1.clone();
                rule
            })
        };
        self.rulesets.iter().filter(is_active).flat_map(told).collect()
    }
}

/// A ruleset as the list tells it.
fn summary(ruleset: &Value) -> Value {
    let mut listed = ruleset.clone();
    if let Some(fields) = listed.as_object_mut() {
        fields.retain(|field, _| !["rules", "conditions", "current_user_can_bypass"].contains(&field.as_str()));
    }
    listed
}
