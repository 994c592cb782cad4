//! A release whose state is in a bucket, killed under its lock: told to another job, and completed by the same one on
//! another machine.

use crate::servers::{BUCKET, environment, seaweedfs};
use bowline_testkit::{Ran, World};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bowline");

#[test]
fn one_job_dies_another_is_told_and_the_same_one_goes_on_elsewhere() {
    let Some(server) = seaweedfs() else { return };
    let world = World::with_repository(PROGRAM);
    world.write("bowline.toml", format!("[state]\nbackend = \"s3://{BUCKET}/app\"\n"));
    world.commit_and_push("feat: keep state in a bucket");
    let login = environment(&server.host, "writer", "writer-secret");
    let job = |run: &str, machine: &str, args: &[&str], crash: &str| -> Ran {
        let dir = world.root().join(machine);
        if !dir.exists() {
            world.git_in(world.root(), &["clone", "--quiet", world.remote().to_str().unwrap(), machine]);
        }
        let state = world.root().join(format!("state of {machine}")).to_string_lossy().into_owned();
        let mut variables: Vec<(&str, &str)> = login.iter().collect();
        variables.extend([("CI", "true"), ("GITHUB_SERVER_URL", "https://github.com"), ("GITHUB_REPOSITORY", "a/b")]);
        variables.extend([("GITHUB_RUN_ID", run), ("GITHUB_JOB", "release"), ("BOWLINE_STATE_DIR", &state)]);
        variables.extend([("BOWLINE_CRASH_AT", crash)]);
        world.bowline_in(&dir, args, &variables)
    };
    let release = &["release", "--yes"];
    assert_eq!(job("1", "one", release, "finished:draft/verify").code, None);
    let told = job("2", "other", release, "").expect_code(25);
    assert!(told.stderr.contains("is releasing v1.1.0"), "{}", told.snapshot());
    let _ = job("1", "elsewhere", release, "").expect_code(0);
    let status = job("2", "other", &["status", "--json"], "").expect_code(0).json();
    assert_eq!(status["runs"][0]["state"], "complete", "{status}");
    assert_eq!(status["locks"].as_array().map(Vec::len), Some(0), "{status}");
    let again = job("2", "other", release, "").expect_code(0);
    assert!(again.stdout.contains("head is v1.1.0"), "{}", again.snapshot());
    let refs = world.git_in(&world.remote(), &["for-each-ref", "refs/bowline"]);
    assert_eq!(refs, "", "state is in the bucket and nowhere else");
}
