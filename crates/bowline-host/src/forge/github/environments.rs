//! Environments and their deployment protection rules, as GitHub tells them to whoever may read Actions (*Get an
//! environment*).

use super::GithubForge;
use super::client::{call, forbidden, not_done};
use bowline_port::forge::ForgeError;
use bowline_port::forge::environments::{EnvironmentRules, Environments};
use bowline_port::http::Method;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct EnvironmentWords {
    name: String,
    html_url: Option<String>,
    #[serde(default)]
    protection_rules: Vec<RuleWords>,
    deployment_branch_policy: Option<Value>,
}

#[derive(Deserialize)]
struct RuleWords {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    wait_timer: u64,
    #[serde(default)]
    reviewers: Vec<Value>,
    #[serde(default)]
    prevent_self_review: bool,
}

impl EnvironmentWords {
    fn rules(self) -> EnvironmentRules {
        let mut rules = EnvironmentRules {
            has_branch_policy: self.deployment_branch_policy.is_some(),
            page: self.html_url,
            ..EnvironmentRules::default()
        };
        for rule in self.protection_rules {
            match rule.kind.as_str() {
                // A rule that names nobody lets everybody pass.
                "required_reviewers" => {
                    rules.reviewers += rule.reviewers.len();
                    rules.prevents_self_review |= rule.prevent_self_review && !rule.reviewers.is_empty();
                }
                "wait_timer" => rules.wait_minutes = rules.wait_minutes.max(rule.wait_timer),
                "branch_policy" => rules.has_branch_policy = true,
                _ => rules.others += 1,
            }
        }
        rules
    }
}

impl Environments for GithubForge {
    fn rules_of(&self, name: &str) -> Result<Option<EnvironmentRules>, ForgeError> {
        let action = "read the environment";
        let request = self.client.request(Method::Get, &["environments", name])?;
        let (reply, words) = self.client.caller.json::<EnvironmentWords>(&request).map_err(call(action))?;
        match words {
            // Names are compared without regard to case, and the answer has the one that was given.
            Some(words) if words.name.eq_ignore_ascii_case(name) => Ok(Some(words.rules())),
            Some(words) => Err(not_done(action, format!("GitHub answered for `{}`", words.name).into())),
            None if reply.status == 404 => Ok(None),
            None => Err(forbidden(action, "`Actions: read`", &reply)),
        }
    }
}
