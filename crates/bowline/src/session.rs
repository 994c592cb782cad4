//! What every command is given: global flags, the environment, and the screen.

use crate::args::Global;
use crate::output::Screen;
use bowline_model::{Failure, FailureKind};
use bowline_port::environment::Environment;
use bowline_port::stop::Stop;
use std::path::PathBuf;

/// One invocation of the program.
pub struct Session {
    /// Global flags.
    pub global: Global,
    /// The process environment.
    pub environment: Environment,
    /// Where output goes.
    pub screen: Screen,
    /// The wish that the run pauses.
    pub stop: Stop,
}

impl Session {
    /// Whether this is a build of a pull request.
    pub fn is_pull_request(&self) -> bool {
        let set = |name: &str| self.environment.get(name).is_some();
        let begins = |name: &str, with: &str| self.environment.get(name).is_some_and(|value| value.starts_with(with));
        // What a workflow run was triggered by is not said; it may be a pull request.
        let github = begins("GITHUB_EVENT_NAME", "pull_request")
            || begins("GITHUB_EVENT_NAME", "workflow_run")
            || begins("GITHUB_REF", "refs/pull/")
            || set("GITHUB_HEAD_REF");
        let number = |name: &str| self.environment.get(name).is_some_and(|value| value != "false" && value != "0");
        let others = [
            "BUILDKITE_PULL_REQUEST",
            "CI_COMMIT_PULL_REQUEST",
            "DRONE_PULL_REQUEST",
            "TRAVIS_PULL_REQUEST",
            "SYSTEM_PULLREQUEST_PULLREQUESTID",
            "CIRCLE_PULL_REQUEST",
        ];
        let request = github || ["CI_MERGE_REQUEST_IID", "CHANGE_ID", "BITBUCKET_PR_ID"].iter().any(|name| set(name));
        request || others.iter().any(|name| number(name))
    }

    /// The folder to work in.
    pub fn dir(&self) -> Result<PathBuf, Failure> {
        let current = std::env::current_dir().map_err(|error| {
            Failure::from_error(FailureKind::Usage, "no_current_folder", &error)
                .hint("change into a folder that exists, or name one with -C DIR")
        })?;
        Ok(match &self.global.dir {
            Some(dir) => current.join(dir),
            None => current,
        })
    }
}
