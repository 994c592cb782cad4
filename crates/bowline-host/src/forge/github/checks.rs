//! Check runs and commit statuses: what apps and services say about a commit, and what a branch's rules demand.
//!
//! Both kinds are read, because to people they are one list. Whatever is no word that we know counts as not green.

use super::GithubForge;
use super::client::{call, forbidden, not_done};
use super::rules::or_none;
use bowline_model::Oid;
use bowline_model::git::BranchName;
use bowline_port::forge::ForgeError;
use bowline_port::forge::checks::{App, Check, CheckState, Checks, Demand, Statuses};
use bowline_port::http::{Body, Effect, Method};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// A page of check runs.
#[derive(Deserialize)]
struct RunsPage {
    check_runs: Vec<RunWords>,
}

#[derive(Deserialize)]
struct RunWords {
    name: String,
    head_sha: String,
    status: String,
    conclusion: Option<String>,
    html_url: Option<String>,
    details_url: Option<String>,
    app: Option<AppWords>,
}

#[derive(Deserialize)]
struct AppWords {
    id: u64,
    #[serde(default)]
    slug: String,
}

/// A page of a commit's statuses, the newest of each context.
#[derive(Deserialize)]
struct StatusPage {
    sha: String,
    statuses: Vec<StatusWords>,
}

#[derive(Deserialize)]
struct StatusWords {
    context: String,
    state: String,
    target_url: Option<String>,
}

/// A rule of a branch. Of other kinds the parameters do not matter.
#[derive(Deserialize)]
struct RuleWords {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    parameters: serde_json::Value,
}

#[derive(Default, Deserialize)]
struct DemandsWords {
    required_status_checks: Vec<DemandWords>,
}

#[derive(Deserialize)]
struct DemandWords {
    context: String,
    #[serde(alias = "app_id")]
    integration_id: Option<i64>,
}

/// A branch, of which only the older kind of protection is read.
#[derive(Deserialize)]
struct BranchWords {
    protection: Option<ProtectionWords>,
}

#[derive(Deserialize)]
struct ProtectionWords {
    required_status_checks: Option<ProtectedChecks>,
}

#[derive(Deserialize)]
struct ProtectedChecks {
    #[serde(default)]
    contexts: Vec<String>,
    #[serde(default)]
    checks: Vec<DemandWords>,
}

impl RunWords {
    fn check(self) -> Check {
        let state = match (self.status.as_str(), self.conclusion) {
            ("completed", Some(conclusion)) => match conclusion.as_str() {
                "success" => CheckState::Passed,
                "neutral" => CheckState::Neutral,
                "skipped" => CheckState::Skipped,
                _ => CheckState::Failed(conclusion),
            },
            ("completed", None) => CheckState::Failed("no conclusion".to_owned()),
            _ => CheckState::Pending(self.status),
        };
        // A run without an app is no commit status: it has one that nobody may ask for.
        let app = self.app.map_or(App { id: 0, name: String::new() }, |app| App { id: app.id, name: app.slug });
        Check { name: self.name, app: Some(app), state, url: self.html_url.or(self.details_url) }
    }
}

impl StatusWords {
    fn check(self) -> Check {
        let state = match self.state.as_str() {
            "success" => CheckState::Passed,
            "pending" => CheckState::Pending(self.state),
            _ => CheckState::Failed(self.state),
        };
        Check { name: self.context, app: None, state, url: self.target_url }
    }
}

impl DemandWords {
    /// A negative number stands for any app.
    fn demand(self) -> Demand {
        Demand { name: self.context, app: self.integration_id.and_then(|id| u64::try_from(id).ok()) }
    }
}

impl GithubForge {
    /// All pages of what is said about a commit; none when it is not known.
    fn said<P: DeserializeOwned>(
        &self,
        action: &str,
        needs: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<Vec<P>>, ForgeError> {
        let mut request = self.client.request(Method::Get, path)?;
        request.address = request.address.with_query([("per_page", "100")].into_iter().chain(query.iter().copied()));
        match self.client.caller.whole_pages(&request).map_err(call(action))? {
            Ok(pages) => Ok(Some(pages)),
            // 422: no commit found for that id.
            Err(reply) if matches!(reply.status, 404 | 422) => Ok(None),
            Err(reply) => Err(forbidden(action, needs, &reply)),
        }
    }
}

impl Checks for GithubForge {
    fn of_commit(&self, commit: Oid) -> Result<Option<Vec<Check>>, ForgeError> {
        let (action, sha) = ("read the checks of the commit", commit.to_string());
        let runs = ["commits", sha.as_str(), "check-runs"];
        let Some(runs) = self.said::<RunsPage>(action, "`Checks: read`", &runs, &[("filter", "latest")])? else {
            return Ok(None);
        };
        let statuses = ["commits", sha.as_str(), "status"];
        let Some(statuses) = self.said::<StatusPage>(action, "`Commit statuses: read`", &statuses, &[])? else {
            return Ok(None);
        };
        let is_other = |found: &str| found != sha;
        let runs: Vec<RunWords> = runs.into_iter().flat_map(|page| page.check_runs).collect();
        if runs.iter().any(|run| is_other(&run.head_sha)) || statuses.iter().any(|page| is_other(&page.sha)) {
            return Err(not_done(action, "GitHub answered for another commit".into()));
        }
        let statuses = statuses.into_iter().flat_map(|page| page.statuses).map(StatusWords::check);
        Ok(Some(runs.into_iter().map(RunWords::check).chain(statuses).collect()))
    }

    fn demanded(&self, branch: &BranchName) -> Result<Vec<Demand>, ForgeError> {
        let action = "read the rules of the branch";
        let rules = self.client.request(Method::Get, &["rules", "branches", branch.as_str()])?;
        let rules: Vec<RuleWords> = or_none(self.client.pages(action, rules, "100"))?;
        let mut demands = Vec::new();
        for rule in rules.into_iter().filter(|rule| rule.kind == "required_status_checks") {
            let words: DemandsWords = serde_json::from_value(rule.parameters)
                .map_err(|error| not_done(action, format!("a rule cannot be read: {error}").into()))?;
            demands.extend(words.required_status_checks.into_iter().map(DemandWords::demand));
        }
        let branch = self.client.request(Method::Get, &["branches", branch.as_str()])?;
        let branch: Option<BranchWords> = self.client.ask(action, &branch)?;
        let older = branch.and_then(|branch| branch.protection).and_then(|known| known.required_status_checks);
        if let Some(older) = older {
            // `checks` says the same as `contexts` and more; an older server has only these.
            let named = older.contexts.into_iter().map(|name| Demand { name, app: None });
            let (told, bare) = (older.checks.into_iter().map(DemandWords::demand).collect::<Vec<_>>(), named);
            demands.extend(if told.is_empty() { bare.collect() } else { told });
        }
        Ok(demands)
    }
}

impl Statuses for GithubForge {
    fn succeed(&self, commit: Oid, name: &str, description: &str, url: &str) -> Result<(), ForgeError> {
        let action = format!("set the status {name}");
        let words = json!({ "state": "success", "context": name, "description": description, "target_url": url });
        let request = self.client.request(Method::Post, &["statuses", &commit.to_string()])?.body(Body::json(&words));
        // The newest of a context is the one that counts.
        let reply = self.client.caller.call(&request.effect(Effect::Repeatable)).map_err(call(&action))?;
        match reply.status {
            200..=299 => Ok(()),
            _ => Err(forbidden(&action, "`Commit statuses: write`", &reply)),
        }
    }
}
