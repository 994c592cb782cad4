//! Who we are to others who want the same lock.
//!
//! In CI that is the job of a run: a later attempt of the same job goes on at once where an earlier one died, and a
//! parallel job does not. Jobs of one matrix have one name in all systems and cannot be told apart by their variables;
//! on one machine their processes can. Elsewhere it is this machine since it was started, together with the repository:
//! then only the death of the process lets the next one go on, and where the system does not tell one start from another,
//! only the end of the lease.

use bowline_host::machine;
use bowline_ledger::lock::Me;
use bowline_model::plan::RepositoryId;
use bowline_model::release::lock::{Owner, OwnerKind};
use bowline_model::text::one_line;
use bowline_port::environment::Environment;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

/// Us.
pub(super) fn me(environment: &Environment, repository: &RepositoryId) -> Me {
    let machine = machine::this();
    let (kind, id, name) = match ci_job(environment) {
        Some((id, name)) => (OwnerKind::Ci, id, name),
        None => {
            let boot = machine.boot.as_ref().unwrap_or(&machine.name);
            let id = format!("host:{}:{boot}:{repository}", machine.name);
            (OwnerKind::Machine, id, format!("host {}", machine.name))
        }
    };
    let process = machine::process();
    Me {
        owner: Owner {
            id: one_line(&id, 400).into_owned(),
            kind: Some(kind),
            name: one_line(&name, 200).into_owned(),
            boot: machine.boot,
            process: Some(process),
        },
        nonce: nonce(),
        lives: Arc::new(machine::lives),
    }
}

/// The run and the job, as the CI system that we are in names them.
fn ci_job(environment: &Environment) -> Option<(String, String)> {
    for system in SYSTEMS {
        let run: Option<Vec<&str>> = system.run.iter().map(|name| environment.get(name)).collect();
        let (Some(run), Some(job)) = (run, environment.get(system.job)) else { continue };
        let run = run.join("/");
        return Some((format!("{}:{run}:{job}", system.name), format!("job {job} of {} run {run}", system.name)));
    }
    None
}

/// A CI system: which variables name the run (and keep it apart from other repositories' runs), and which the job.
struct System {
    name: &'static str,
    run: &'static [&'static str],
    job: &'static str,
}

const SYSTEMS: [System; 9] = [
    System {
        name: "GitHub Actions",
        run: &["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"],
        job: "GITHUB_JOB",
    },
    System { name: "GitLab CI", run: &["CI_PROJECT_URL", "CI_PIPELINE_ID"], job: "CI_JOB_NAME" },
    System { name: "Buildkite", run: &["BUILDKITE_BUILD_URL"], job: "BUILDKITE_STEP_ID" },
    System { name: "CircleCI", run: &["CIRCLE_WORKFLOW_ID"], job: "CIRCLE_JOB" },
    System {
        name: "Azure Pipelines",
        run: &["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMPROJECT", "BUILD_BUILDID"],
        job: "SYSTEM_JOBNAME",
    },
    System { name: "Jenkins", run: &["BUILD_URL"], job: "JOB_NAME" },
    System { name: "Drone", run: &["DRONE_REPO_LINK", "DRONE_BUILD_NUMBER"], job: "DRONE_STEP_NAME" },
    System { name: "Bitbucket Pipelines", run: &["BITBUCKET_PIPELINE_UUID"], job: "BITBUCKET_STEP_UUID" },
    System { name: "Woodpecker CI", run: &["CI_PIPELINE_URL"], job: "CI_STEP_NAME" },
];

/// A number that no other process draws: the system's random seed of this process's hash tables.
fn nonce() -> String {
    let draw = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", draw(), draw())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me_with(pairs: &[(&str, &str)]) -> Me {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        me(&Environment::from_pairs(pairs), &RepositoryId::local("app"))
    }

    #[test]
    fn a_later_attempt_of_a_job_is_the_same_owner_and_a_parallel_job_is_not() {
        let job = |job: &str, attempt: &str| {
            me_with(&[
                ("GITHUB_SERVER_URL", "https://github.com"),
                ("GITHUB_REPOSITORY", "acme/app"),
                ("GITHUB_RUN_ID", "42"),
                ("GITHUB_RUN_ATTEMPT", attempt),
                ("GITHUB_JOB", job),
            ])
        };
        let first = job("release", "1");
        assert_eq!(first.owner.id, job("release", "2").owner.id);
        assert_ne!(first.owner.id, job("docs", "1").owner.id);
        assert_ne!(first.nonce, job("release", "1").nonce, "every process draws its own");
        assert!(first.owner.name.contains("job release"), "{}", first.owner.name);
    }

    #[test]
    fn elsewhere_it_is_the_machine() {
        let me = me_with(&[]);
        assert!(me.owner.id.starts_with("host:") && me.owner.id.ends_with("local/app"), "{}", me.owner.id);
        assert!((me.lives)(me.owner.process.unwrap()), "we are alive");
        assert_eq!(me.owner.kind, Some(OwnerKind::Machine));
        // A job without its run could be anybody's.
        assert!(me_with(&[("GITHUB_JOB", "release")]).owner.id.starts_with("host:"));
    }
}
