//! Immutable releases, and the tags that they have used up.
//!
//! The setting is shown to administrators only (*REST API, repositories: check if immutable releases are enabled*). That a
//! tag is used up is shown nowhere before somebody tries: a draft of it can be made, the push of the tag is refused in the
//! words of a ruleset, and publishing is refused in plain words. What refused a push is in the rule suites, under the source
//! `immutable_release_tag` (seen in SalamLang/Salam#1627); those are shown to administrators, too. Rulesets are shown to
//! everybody: where none of them concerns tags, nothing else can have refused one.

use super::GithubForge;
use super::rules::or_none;
use bowline_model::git::TagName;
use bowline_port::forge::ForgeError;
use bowline_port::forge::immutable::{Immutability, Immutable};
use bowline_port::http::Method;
use serde::Deserialize;

/// The setting.
#[derive(Deserialize)]
struct Setting {
    enabled: bool,
}

/// What rules said to one push.
#[derive(Deserialize)]
struct Suite {
    id: u64,
    #[serde(default)]
    rule_evaluations: Vec<Evaluation>,
}

#[derive(Deserialize)]
struct Evaluation {
    rule_source: Option<RuleSource>,
}

#[derive(Deserialize)]
struct RuleSource {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Ruleset {
    enforcement: String,
}

impl Immutability for GithubForge {
    fn immutable(&self) -> Result<Immutable, ForgeError> {
        if !self.is_admin()? {
            return Ok(Immutable::Unknown);
        }
        let request = self.client.request(Method::Get, &["immutable-releases"])?;
        let setting: Option<Setting> = self.client.ask("look at the setting for immutable releases", &request)?;
        // Where it is off, and on a server that does not have it, there is nothing.
        Ok(if setting.is_some_and(|setting| setting.enabled) { Immutable::Yes } else { Immutable::No })
    }

    fn is_burned(&self, tag: &TagName, refusal: Option<&str>) -> Result<Option<bool>, ForgeError> {
        let is_of_rule = refusal.is_some_and(|words| words.contains(RESTRICTED));
        if refusal.is_some() && !is_of_rule {
            return Ok(Some(false));
        }
        // The token of an administrator may lack the right to look all the same.
        if self.is_admin()? && matches!(self.was_refused_as_burned(tag), Ok(true)) {
            return Ok(Some(true));
        }
        Ok(if is_of_rule && !self.has_rules_for_tags()? { Some(true) } else { None })
    }
}

impl GithubForge {
    fn is_admin(&self) -> Result<bool, ForgeError> {
        Ok(self.client.login()?.is_some() && self.repository()?.permissions.as_ref().is_some_and(|may| may.admin))
    }

    /// Whether a push of `tag` was refused within the last month because it is used up.
    fn was_refused_as_burned(&self, tag: &TagName) -> Result<bool, ForgeError> {
        let action = "look at what rules refused";
        let full = tag.full();
        let mut request = self.client.request(Method::Get, &["rulesets", "rule-suites"])?;
        let query =
            [("ref", full.as_str()), ("rule_suite_result", "fail"), ("time_period", "month"), ("per_page", "1")];
        request.address = request.address.with_query(query);
        let suites: Vec<Suite> = self.client.ask(action, &request)?.unwrap_or_default();
        let Some(newest) = suites.first() else { return Ok(false) };
        let request = self.client.request(Method::Get, &["rulesets", "rule-suites", &newest.id.to_string()])?;
        let suite: Option<Suite> = self.client.ask(action, &request)?;
        let sources = suite.into_iter().flat_map(|suite| suite.rule_evaluations).filter_map(|rule| rule.rule_source);
        Ok(sources.into_iter().any(|source| source.kind == "immutable_release_tag"))
    }

    fn has_rules_for_tags(&self) -> Result<bool, ForgeError> {
        let mut request = self.client.request(Method::Get, &["rulesets"])?;
        request.address = request.address.with_query([("targets", "tag"), ("includes_parents", "true")]);
        let rulesets: Vec<Ruleset> = or_none(self.client.pages("look at the rules for tags", request, "100"))?;
        Ok(rulesets.iter().any(|ruleset| ruleset.enforcement == "active"))
    }
}

/// What a push of such a tag is told, and also one that a ruleset does not allow.
const RESTRICTED: &str = "creations being restricted";
