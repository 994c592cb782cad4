//! What guards a repository on GitHub: rulesets, protected branches, and the default rights of jobs.
//!
//! The first two are told to whoever may read the repository; the last to administrators only (*REST API, Actions permissions: get
//! default workflow permissions*). That a branch of the older kind is protected keeps it from being removed and from being forced,
//! unless its protection says otherwise, which administrators only can see (*About protected branches*).

use super::GithubForge;
use super::judge::{RuleWords, applies};
use super::rules::{Read, read};
use bowline_model::git::{BranchName, TagName};
use bowline_port::forge::ForgeError;
use bowline_port::forge::guards::{Guard, Guards, JobRights, Setting, Told};
use bowline_port::http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
struct BranchWords {
    #[serde(default)]
    protected: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProtectionWords {
    allow_force_pushes: Switch,
    allow_deletions: Switch,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Switch {
    enabled: bool,
}

#[derive(Deserialize)]
struct RightsWords {
    default_workflow_permissions: String,
    #[serde(default)]
    can_approve_pull_request_reviews: bool,
}

fn add(guard: &mut Guard, rules: &[RuleWords]) {
    for rule in rules {
        match rule.kind.as_str() {
            "non_fast_forward" => guard.force_push = true,
            "deletion" => guard.deletion = true,
            "update" => guard.update = true,
            "creation" => guard.creation = true,
            _ => {}
        }
    }
}

impl Guards for GithubForge {
    fn of_branch(&self, branch: &BranchName) -> Result<Told<Guard>, ForgeError> {
        let mut guard = Guard::default();
        let request = self.client.request(Method::Get, &["rules", "branches", branch.as_str()])?;
        match read(super::rules::or_none(self.client.pages("look at the branch's rules", request, "100")))? {
            Read::Told(rules) => add(&mut guard, &rules),
            Read::Hidden(why) => return Ok(Told::Hidden(why)),
        }
        match self.read::<BranchWords>("look at the branch", &["branches", branch.as_str()])? {
            Read::Told(words) if words.protected => {
                let whole = self.read::<ProtectionWords>(
                    "look at the branch's protection",
                    &["branches", branch.as_str(), "protection"],
                )?;
                let whole = match whole {
                    Read::Told(whole) => whole,
                    // What is not told is as it is by default.
                    Read::Hidden(_) => ProtectionWords::default(),
                };
                guard.force_push |= !whole.allow_force_pushes.enabled;
                guard.deletion |= !whole.allow_deletions.enabled;
            }
            Read::Told(_) => {}
            Read::Hidden(why) => return Ok(Told::Hidden(why)),
        }
        Ok(Told::Yes(guard))
    }

    fn of_tag(&self, tag: &TagName) -> Result<Told<Guard>, ForgeError> {
        let listed = match self.rulesets()? {
            Read::Told(listed) => listed,
            Read::Hidden(why) => return Ok(Told::Hidden(why)),
        };
        let mut guard = Guard::default();
        for ruleset in listed.iter().filter(|ruleset| ruleset.is_active_for("tag")) {
            match self.ruleset(ruleset.id)? {
                Read::Told(whole) => {
                    if applies(whole.conditions.as_ref(), &tag.full()) == Some(true) {
                        add(&mut guard, &whole.rules);
                    }
                }
                Read::Hidden(why) => return Ok(Told::Hidden(why)),
            }
        }
        Ok(Told::Yes(guard))
    }

    fn rights_of_jobs(&self) -> Result<Told<JobRights>, ForgeError> {
        let words = self.read::<RightsWords>("look at the rights of jobs", &["actions", "permissions", "workflow"])?;
        Ok(match words {
            Read::Told(words) => Told::Yes(JobRights {
                write: words.default_workflow_permissions != "read",
                approves: words.can_approve_pull_request_reviews,
            }),
            Read::Hidden(why) => Told::Hidden(why),
        })
    }

    fn settings_page(&self, what: Setting) -> String {
        let page = match what {
            Setting::Rules => "settings/rules",
            Setting::Environments => "settings/environments",
            Setting::Actions => "settings/actions",
            Setting::General => "settings",
        };
        format!("{}/{page}", self.client.location())
    }
}
