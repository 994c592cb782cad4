//! A release as jobs of a CI system run it: state is in references of the remote, and each job says who it is.

use bowline_testkit::World;
use serde_json::Value;
use std::path::Path;

/// From now on everything in `world` runs in CI, as run 1 of the job `release`.
pub(crate) fn in_ci(world: &mut World) {
    for (name, value) in [
        ("CI", "1"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "acme/app"),
        ("GITHUB_JOB", "release"),
        ("GITHUB_RUN_ID", "1"),
    ] {
        world.set(name, value);
    }
}

/// A run of the job on a machine of its own.
pub(crate) struct Job([(&'static str, String); 2]);

impl Job {
    /// Run `run` on the machine `machine`, which has nothing of any other machine.
    pub(crate) fn new(world: &World, run: usize, machine: &str) -> Self {
        let state = world.root().join(format!("state-of-{machine}"));
        Self([("GITHUB_RUN_ID", run.to_string()), ("BOWLINE_STATE_DIR", state.to_string_lossy().into_owned())])
    }

    pub(crate) fn env(&self) -> [(&str, &str); 2] {
        self.0.each_ref().map(|(name, value)| (*name, value.as_str()))
    }
}

/// The references of state on the remote, with what they point to.
pub(crate) fn state_references(world: &World) -> Vec<(String, String)> {
    let listed = world.git_in(&world.remote(), &["for-each-ref", "--format=%(refname) %(objectname)", "refs/bowline/"]);
    listed.lines().filter_map(|line| line.split_once(' ')).map(|(name, oid)| (name.into(), oid.into())).collect()
}

/// The values of state whose keys begin with `prefix`.
pub(crate) fn values(world: &World, prefix: &str) -> Vec<Value> {
    let ours = |name: &str| name.strip_prefix("refs/bowline/").is_some_and(|key| key.starts_with(prefix));
    let read = |name: &str| world.git_in(&world.remote(), &["cat-file", "blob", &format!("{name}:value")]);
    let references = state_references(world);
    let names = references.iter().map(|(name, _)| name).filter(|name| ours(name));
    names.map(|name| serde_json::from_str(&read(name)).unwrap()).collect()
}

/// Nobody holds a lock, every run is over, and `status` says the same.
pub(crate) fn check_state_at_rest(world: &World, dir: &Path, env: &[(&str, &str)]) {
    let locks = values(world, "lock/");
    assert!(!locks.is_empty() && locks.iter().all(|lock| lock["state"] == "released"), "a lock is held: {locks:#?}");
    let runs = values(world, "runs/");
    assert!(!runs.is_empty(), "no run was made known");
    let is_over = |run: &Value| run["state"] == "complete" || run["state"] == "superseded";
    assert!(runs.iter().all(is_over), "a run is not known to be over: {runs:#?}");
    let status = world.bowline_in(dir, &["status", "--json"], env).expect_code(0).json();
    assert_eq!(status["locks"], serde_json::json!([]), "{status:#}");
    assert_eq!(status["unfinished"], Value::Null, "{status:#}");
    assert!(status["runs"].as_array().unwrap().iter().all(is_over), "{status:#}");
}

/// What of the outside world is not state.
pub(crate) fn released(world: &World) -> String {
    let visible = world.visible();
    visible.lines().filter(|line| !line.starts_with("refs/bowline/")).map(|line| format!("{line}\n")).collect()
}
