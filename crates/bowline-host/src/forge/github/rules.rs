//! Rulesets and branch protection, read before a push.
//!
//! Whoever may read a repository may read its active rulesets (*About rulesets*), and for each of them GitHub says whether
//! the one who asks may bypass it: that word decides, so the list of those who may is never needed. Protected branches of
//! the older kind are read by administrators only; others are told that there is a protection and which checks it wants.
//! Protected tags of the older kind do not exist any more (*Configuring tag protection rules*).

use super::GithubForge;
use super::judge::{Conditions, RuleWords, SIGNED, Target, Verdict, applies, verdict};
use super::rights::{TokenKind, identity};
use bowline_model::text::one_line;
use bowline_port::forge::ForgeError;
use bowline_port::forge::rules::{Finding, Identity, Push, Rules, Strength};
use bowline_port::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// A ruleset; the list of them tells fewer fields.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RulesetWords {
    pub(super) id: u64,
    #[serde(default)]
    name: String,
    target: Option<String>,
    source_type: Option<String>,
    #[serde(default)]
    source: String,
    enforcement: String,
    current_user_can_bypass: Option<String>,
    pub(super) conditions: Option<Conditions>,
    #[serde(default)]
    pub(super) rules: Vec<RuleWords>,
    #[serde(default, rename = "_links")]
    links: Links,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Links {
    html: Option<Link>,
}

#[derive(Clone, Debug, Deserialize)]
struct Link {
    href: String,
}

/// A branch, as everybody is told about it.
#[derive(Clone, Debug, Deserialize)]
struct BranchWords {
    #[serde(default)]
    protected: bool,
    protection: Option<Protection>,
}

#[derive(Clone, Debug, Deserialize)]
struct Protection {
    enabled: Option<bool>,
    required_status_checks: Option<BranchChecks>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct BranchChecks {
    /// `off`, `non_admins` or `everyone`.
    enforcement_level: Option<String>,
    contexts: Vec<String>,
}

/// The protection of a branch, as its administrators see it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WholeProtection {
    enforce_admins: Switch,
    required_pull_request_reviews: Option<serde_json::Value>,
    restrictions: Option<serde_json::Value>,
    required_signatures: Switch,
    lock_branch: Switch,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Switch {
    enabled: bool,
}

impl Rules for GithubForge {
    fn identity(&self) -> Result<Identity, ForgeError> {
        let kind = self.client.login()?.as_ref().map_or(TokenKind::Unknown, TokenKind::of);
        Ok(identity(kind, self.source))
    }

    fn findings(&self, push: &Push) -> Result<Vec<Finding>, ForgeError> {
        let mut found: Vec<Finding> = self.expiry()?.into_iter().collect();
        found.extend(self.of_rulesets(push)?);
        if let Some(branch) = push.branch.as_ref().filter(|_| !push.creates_branch) {
            found.extend(self.of_protection(branch.as_str(), push)?);
        }
        if !push.same_login {
            for finding in &mut found {
                finding.strength = Strength::Warn;
            }
        }
        Ok(found)
    }
}

impl GithubForge {
    fn of_rulesets(&self, push: &Push) -> Result<Vec<Finding>, ForgeError> {
        let listed = match self.rulesets()? {
            Read::Told(listed) => listed,
            Read::Hidden(why) => return Ok(vec![unreadable("the rulesets", &why)]),
        };
        let is = |ruleset: &&RulesetWords, target: &str| ruleset.is_active_for(target);
        let mut found = Vec::new();
        if let Some(branch) = push.branch.as_ref().filter(|_| listed.iter().any(|ruleset| is(&ruleset, "branch"))) {
            // Rules about files are of rulesets of their own.
            let of_files: Vec<u64> =
                listed.iter().filter(|ruleset| is(ruleset, "push")).map(|ruleset| ruleset.id).collect();
            found.extend(self.for_branch(branch.as_str(), push, &of_files)?);
        }
        for ruleset in listed.iter().filter(|ruleset| is(ruleset, "push") && !push.files.is_empty()) {
            match self.ruleset(ruleset.id)? {
                Read::Told(whole) => found.extend(judged(&whole, &whole.rules, push, Target::Files)),
                Read::Hidden(why) => found.push(unreadable(&ruleset.called(), &why)),
            }
        }
        let tag = push.tag.full();
        for ruleset in listed.iter().filter(|ruleset| is(ruleset, "tag")) {
            match self.ruleset(ruleset.id)? {
                Read::Told(whole) => match applies(whole.conditions.as_ref(), &tag) {
                    Some(true) => found.extend(judged(&whole, &whole.rules, push, Target::Tag)),
                    Some(false) => {}
                    None => found.push(unreadable(&whole.called(), "which tags it is about cannot be told")),
                },
                Read::Hidden(why) => found.push(unreadable(&ruleset.called(), &why)),
            }
        }
        Ok(found)
    }

    /// What the rules say that are active for a branch, but those of the rulesets `besides`.
    fn for_branch(&self, branch: &str, push: &Push, besides: &[u64]) -> Result<Vec<Finding>, ForgeError> {
        let request = self.client.request(Method::Get, &["rules", "branches", branch])?;
        let rules: Vec<RuleWords> = match read(self.client.pages("look at the branch's rules", request, "100"))? {
            Read::Told(rules) => rules,
            Read::Hidden(why) => return Ok(vec![unreadable(&format!("the rules of branch {branch}"), &why)]),
        };
        let mut by_ruleset: BTreeMap<u64, Vec<RuleWords>> = BTreeMap::new();
        for rule in rules {
            by_ruleset.entry(rule.ruleset_id.unwrap_or_default()).or_default().push(rule);
        }
        by_ruleset.retain(|id, _| !besides.contains(id));
        let mut found = Vec::new();
        for (id, rules) in by_ruleset {
            // A ruleset that lets everything through needs no second look.
            if rules.iter().all(|rule| verdict(rule, push, Target::Branch) == Verdict::Passes) {
                continue;
            }
            match self.ruleset(id)? {
                Read::Told(whole) => found.extend(judged(&whole, &rules, push, Target::Branch)),
                Read::Hidden(why) => found.push(unreadable(&format!("ruleset {id}"), &why)),
            }
        }
        Ok(found)
    }

    fn of_protection(&self, branch: &str, push: &Push) -> Result<Vec<Finding>, ForgeError> {
        let words: BranchWords = match self.read("look at the branch", &["branches", branch])? {
            Read::Told(words) => words,
            Read::Hidden(_) => return Ok(Vec::new()),
        };
        let protection = words.protection;
        if !protection.as_ref().and_then(|protection| protection.enabled).unwrap_or(words.protected) {
            return Ok(Vec::new());
        }
        let checks = protection.and_then(|protection| protection.required_status_checks).unwrap_or_default();
        let named = format!("the protection of branch {branch}");
        let mut found = Vec::new();
        if push.message.is_some() && !checks.contexts.is_empty() {
            let contexts: Vec<String> =
                checks.contexts.iter().take(5).map(|name| one_line(name, 60).into_owned()).collect();
            let message = format!("{named}: the commit needs checks first: {}", contexts.join(", "));
            match checks.enforcement_level.as_deref() {
                Some("everyone") => found.push(choices(Finding::refuse(FORBIDDEN, message), "")),
                Some("non_admins") => found.push(Finding::warn(MAY_FORBID, message)),
                _ => {}
            }
        }
        match self.read("look at the branch's protection", &["branches", branch, "protection"])? {
            Read::Told(whole) => found.extend(protected(&named, &whole, push)),
            Read::Hidden(why) => found.push(unreadable(&named, &why)),
        }
        Ok(found)
    }

    pub(super) fn rulesets(&self) -> Result<Read<Vec<RulesetWords>>, ForgeError> {
        let mut request = self.client.request(Method::Get, &["rulesets"])?;
        request.address = request.address.with_query([("includes_parents", "true")]);
        read(or_none(self.client.pages("look at the rulesets", request, "100")))
    }

    pub(super) fn ruleset(&self, id: u64) -> Result<Read<RulesetWords>, ForgeError> {
        self.read("look at a ruleset", &["rulesets", &id.to_string()])
    }

    pub(super) fn read<T: DeserializeOwned>(&self, action: &str, path: &[&str]) -> Result<Read<T>, ForgeError> {
        let answer = self.client.ask(action, &self.client.request(Method::Get, path)?);
        Ok(match read(answer)? {
            Read::Told(Some(told)) => Read::Told(told),
            Read::Told(None) => Read::Hidden("GitHub answered 404".to_owned()),
            Read::Hidden(why) => Read::Hidden(why),
        })
    }
}

/// What GitHub tells, or why it does not.
pub(super) enum Read<T> {
    Told(T),
    Hidden(String),
}

/// The rules that were asked for; a private repository of a plan without rules has none.
pub(super) fn or_none<T>(rules: Result<Vec<T>, ForgeError>) -> Result<Vec<T>, ForgeError> {
    match rules {
        Err(ForgeError::NotDone { source, .. }) if source.to_string().contains("Upgrade to GitHub") => Ok(Vec::new()),
        told => told,
    }
}

/// A refusal to tell is no failure of the release; a login that cannot be had, or a wait that is too long, is.
pub(super) fn read<T>(answer: Result<T, ForgeError>) -> Result<Read<T>, ForgeError> {
    match answer {
        Ok(told) => Ok(Read::Told(told)),
        Err(error) if error.own_failure().is_some() => Err(error),
        Err(ForgeError::NotDone { source, .. }) => Ok(Read::Hidden(source.to_string())),
        Err(error) => {
            Ok(Read::Hidden(std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string)))
        }
    }
}

impl RulesetWords {
    /// Whether it is in force for branches, tags or pushes.
    pub(super) fn is_active_for(&self, target: &str) -> bool {
        self.enforcement == "active" && self.target.as_deref().unwrap_or("branch") == target
    }

    /// `ruleset "main" of organization acme`.
    fn called(&self) -> String {
        let kind = self.source_type.as_deref().unwrap_or("repository").to_ascii_lowercase();
        format!("ruleset \"{}\" of {} {}", one_line(&self.name, 80), one_line(&kind, 20), one_line(&self.source, 80))
    }

    fn page(&self) -> String {
        self.links.html.as_ref().map(|link| one_line(&link.href, 300).into_owned()).unwrap_or_default()
    }
}

/// What those `rules` of a ruleset mean for a push, given that one may or may not bypass it.
fn judged(ruleset: &RulesetWords, rules: &[RuleWords], push: &Push, target: Target) -> Vec<Finding> {
    let bypass = ruleset.current_user_can_bypass.as_deref();
    if matches!(bypass, Some("always" | "exempt")) {
        return Vec::new();
    }
    let on = match (target, &push.branch) {
        (Target::Branch, Some(branch)) => format!("branch {branch}"),
        (Target::Files, _) => "the release commit".to_owned(),
        _ => format!("tag {}", push.tag),
    };
    let finding = |rule: &RuleWords| {
        let told = |why: String| {
            let page = ruleset.page();
            let page = if page.is_empty() { page } else { format!(" ({page})") };
            format!("{on}: {why}, says {}{page}", ruleset.called())
        };
        Some(match verdict(rule, push, target) {
            Verdict::Passes => return None,
            Verdict::Forbids(why) => {
                let is_signature = why == SIGNED;
                let finding = match bypass {
                    Some("never") => Finding::refuse(FORBIDDEN, told(why)),
                    Some("pull_requests_only") => Finding::refuse(
                        FORBIDDEN,
                        format!("{}, which may be bypassed for pull requests only", told(why)),
                    ),
                    _ => Finding::warn(MAY_FORBID, format!("{}; whether it may be bypassed is not told", told(why))),
                };
                let finding = choices(finding, &ruleset.called());
                if is_signature { finding.hint(SIGN_BY_API) } else { finding }
            }
            Verdict::Unclear(why) => Finding::warn(MAY_FORBID, told(why)),
        })
    };
    rules.iter().filter_map(finding).collect()
}

/// What a protection of the older kind means. Who is excepted from it cannot be told for certain, so it refuses only what
/// it refuses to everybody.
fn protected(named: &str, whole: &WholeProtection, push: &Push) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |applies: bool, for_all: bool, why: &str| {
        if applies {
            let message = format!("{named}: {why}");
            found.push(match for_all {
                true => choices(Finding::refuse(FORBIDDEN, message), ""),
                false => Finding::warn(MAY_FORBID, message),
            });
        }
    };
    let for_all = whole.enforce_admins.enabled;
    let has_exceptions = whole
        .required_pull_request_reviews
        .as_ref()
        .is_some_and(|reviews| reviews.get("bypass_pull_request_allowances").is_some());
    tell(whole.lock_branch.enabled, for_all, "the branch is locked");
    tell(
        whole.required_pull_request_reviews.is_some(),
        for_all && !has_exceptions,
        "changes must come through a pull request",
    );
    tell(whole.restrictions.is_some(), false, "only some may push");
    tell(whole.required_signatures.enabled && push.message.is_some(), for_all, SIGNED);
    found
}

/// The choices that every rule leaves.
fn choices(finding: Finding, ruleset: &str) -> Finding {
    let bypass = match ruleset {
        "" => {
            "except the identity that releases from the branch's protection (a GitHub App can be excepted)".to_owned()
        }
        ruleset => format!("put the GitHub App that releases on the bypass list of {ruleset}, mode `Always`"),
    };
    finding.hint(bypass).hint("or release from a branch that the rule is not about")
}

fn unreadable(what: &str, why: &str) -> Finding {
    let why = one_line(why, 200);
    Finding::warn("rules_unreadable", format!("{what} cannot be read, so it may stop the push: {why}"))
}

const FORBIDDEN: &str = "rules_forbid_push";
const MAY_FORBID: &str = "rules_may_forbid_push";
const SIGN_BY_API: &str = "or let GitHub sign the commit: `push = \"api\"` under `[release]`";
