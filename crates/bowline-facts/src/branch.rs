//! Which branch the release goes to.
//!
//! A checked-out branch answers by itself. A detached head, as CI systems leave it, is put down to the branch that
//! `--branch` or the system's own variables name, else to the one branch of the remote that stands on it. Variables
//! describe the checkout the system made, so they are only believed while the head is detached, and never those of a
//! build that merges a proposal: there the variables name a branch that is not checked out.

use crate::refs::Refs;
use bowline_model::Oid;
use bowline_model::git::{BranchName, NameError};
use bowline_port::environment::Environment;

/// Why the branch is not known.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// Nothing names it.
    #[error("{head} is checked out without a branch, and no branch of the remote stands on it", head = .head.short())]
    Unknown {
        /// The commit that is checked out.
        head: Oid,
    },
    /// More than one would do.
    #[error("{head} is checked out without a branch, and several stand on it: {names}", head = .head.short(), names = list(.branches))]
    Ambiguous {
        /// The commit that is checked out.
        head: Oid,
        /// The branches.
        branches: Vec<BranchName>,
    },
    /// A variable holds something that cannot be used.
    #[error("variable {variable} does not name a usable branch")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// What is wrong with its value.
        #[source]
        source: NameError,
    },
}

/// The branch that a CI system says it has checked out (detached).
pub(crate) fn from_environment(environment: &Environment) -> Result<Option<BranchName>, BranchError> {
    let Some((variable, name)) = SYSTEMS.iter().find_map(|system| Some((system.variable, system.branch(environment)?)))
    else {
        return Ok(None);
    };
    BranchName::new(name).map(Some).map_err(|source| BranchError::Variable { variable, source })
}

/// The one branch that stands on `head`.
pub(crate) fn standing_on(refs: &Refs, head: Oid) -> Result<BranchName, BranchError> {
    let mut branches = refs.branches_at(head);
    match branches.len() {
        0 | 1 => branches.pop().ok_or(BranchError::Unknown { head }),
        _ => Err(BranchError::Ambiguous { head, branches }),
    }
}

/// How one CI system names the branch.
struct System {
    variable: &'static str,
    /// What is cut off the value; a value without it is no branch.
    prefix: &'static str,
    /// Whether a value without the prefix is a branch all the same.
    prefix_optional: bool,
    condition: Condition,
}

/// When the variable speaks of the checkout.
enum Condition {
    Always,
    Equals(&'static str, &'static str),
    Unset(&'static str),
    UnsetOrFalse(&'static str),
}

impl System {
    const fn new(variable: &'static str, condition: Condition) -> Self {
        Self { variable, prefix: "", prefix_optional: true, condition }
    }

    fn branch<'a>(&self, environment: &'a Environment) -> Option<&'a str> {
        let value = environment.get(self.variable)?;
        let holds = match self.condition {
            Condition::Always => true,
            Condition::Equals(name, expected) => environment.get(name) == Some(expected),
            Condition::Unset(name) => environment.get(name).is_none(),
            Condition::UnsetOrFalse(name) => environment.get(name).is_none_or(|value| value == "false"),
        };
        let stripped = value.strip_prefix(self.prefix);
        stripped.or_else(|| self.prefix_optional.then_some(value)).filter(|_| holds)
    }
}

fn list(branches: &[BranchName]) -> String {
    branches.iter().map(BranchName::as_str).collect::<Vec<_>>().join(", ")
}

const SYSTEMS: [System; 9] = [
    System::new("GITHUB_REF_NAME", Condition::Equals("GITHUB_REF_TYPE", "branch")),
    // GitLab sets it for branches only; Woodpecker also for proposals, with the target's name.
    System::new("CI_COMMIT_BRANCH", Condition::Unset("CI_COMMIT_PULL_REQUEST")),
    System::new("BITBUCKET_BRANCH", Condition::Unset("BITBUCKET_PR_ID")),
    System::new("BUILDKITE_BRANCH", Condition::UnsetOrFalse("BUILDKITE_PULL_REQUEST")),
    System::new("CIRCLE_BRANCH", Condition::Always),
    System::new("DRONE_BRANCH", Condition::Unset("DRONE_PULL_REQUEST")),
    // Azure's BUILD_SOURCEBRANCHNAME is only the part after the last slash.
    System { prefix: "refs/heads/", prefix_optional: false, ..System::new("BUILD_SOURCEBRANCH", Condition::Always) },
    System::new("TRAVIS_BRANCH", Condition::Equals("TRAVIS_PULL_REQUEST", "false")),
    // Jenkins; last, because the name is not its own.
    System { prefix: "origin/", ..System::new("GIT_BRANCH", Condition::Unset("CHANGE_ID")) },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let branch = from_environment(&Environment::from_pairs(pairs)).unwrap();
        assert_eq!(branch.as_ref().map(BranchName::as_str), expected, "{variables:?}");
    }

    #[test]
    fn variables_of_ci_systems() {
        check(&[], None);
        check(&[("GITHUB_REF_NAME", "main"), ("GITHUB_REF_TYPE", "branch")], Some("main"));
        check(&[("GITHUB_REF_NAME", "v1.0.0"), ("GITHUB_REF_TYPE", "tag")], None);
        check(&[("GITHUB_REF_NAME", "main")], None);
        check(&[("CI_COMMIT_BRANCH", "feature/x")], Some("feature/x"));
        check(&[("CI_COMMIT_BRANCH", "")], None);
        check(&[("CI_COMMIT_BRANCH", "main"), ("CI_COMMIT_PULL_REQUEST", "7")], None);
        check(&[("BITBUCKET_BRANCH", "main")], Some("main"));
        check(&[("BITBUCKET_BRANCH", "topic"), ("BITBUCKET_PR_ID", "7")], None);
        check(&[("BUILDKITE_BRANCH", "main"), ("BUILDKITE_PULL_REQUEST", "false")], Some("main"));
        check(&[("BUILDKITE_BRANCH", "topic"), ("BUILDKITE_PULL_REQUEST", "7")], None);
        check(&[("CIRCLE_BRANCH", "main")], Some("main"));
        check(&[("DRONE_BRANCH", "main")], Some("main"));
        check(&[("DRONE_BRANCH", "main"), ("DRONE_PULL_REQUEST", "7")], None);
        check(&[("BUILD_SOURCEBRANCH", "refs/heads/a/b"), ("BUILD_SOURCEBRANCHNAME", "b")], Some("a/b"));
        check(&[("BUILD_SOURCEBRANCH", "refs/pull/7/merge"), ("BUILD_SOURCEBRANCHNAME", "merge")], None);
        check(&[("TRAVIS_BRANCH", "main"), ("TRAVIS_PULL_REQUEST", "false")], Some("main"));
        check(&[("TRAVIS_BRANCH", "main"), ("TRAVIS_PULL_REQUEST", "7")], None);
        check(&[("GIT_BRANCH", "origin/main")], Some("main"));
        check(&[("GIT_BRANCH", "main")], Some("main"));
        check(&[("GIT_BRANCH", "PR-7"), ("CHANGE_ID", "7")], None);
    }

    #[test]
    fn hostile_names_are_refused() {
        let environment = Environment::from_pairs([("CI_COMMIT_BRANCH".to_owned(), "--upload-pack=x".to_owned())]);
        assert!(matches!(
            from_environment(&environment),
            Err(BranchError::Variable { variable: "CI_COMMIT_BRANCH", .. })
        ));
    }
}
