//! SIGKILL around every request of a release whose remote speaks HTTP and keeps its state.
//!
//! The server stops at a moment of one request, the program is killed, and the server goes on: what was asked for before
//! the death can have its effect after it, while the next attempt is already at work.

use crate::campaign::{all, check_published};
use crate::ci::{Job, check_state_at_rest, values};
use crate::overtaken::check_released;
use crate::replies::{served, template};
use crate::scene::{RELEASE, TAG, clone_as};
use bowline_testkit::World;
use bowline_testkit::git_http::Moment;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

#[derive(Clone, Copy, Debug)]
struct Case {
    /// Which request of the release.
    number: usize,
    moment: Moment,
    /// Whether the machine is gone too.
    fresh: bool,
}

#[test]
fn killed_around_every_request() {
    around_every_request(false);
}

#[test]
fn killed_with_its_machine_around_every_request() {
    around_every_request(true);
}

fn around_every_request(fresh: bool) {
    let Some(template) = template() else { return };
    let requests = {
        let (world, server) = served(&template);
        let _ = world.bowline(RELEASE).expect_code(0);
        server.seen().len()
    };
    let moments = [Moment::Before, Moment::Done, Moment::Midway];
    let cases: Vec<Case> =
        (1..=requests).flat_map(|number| moments.map(|moment| Case { number, moment, fresh })).collect();
    let attempts: Mutex<BTreeMap<usize, usize>> = Mutex::default();
    let converged = all(&cases, |case| {
        let more = killed(&template, *case);
        *attempts.lock().unwrap().entry(more).or_default() += 1;
    });
    let attempts = attempts.into_inner().unwrap();
    println!("{converged} kills around {requests} requests converged; attempts that it took: {attempts:?}");
    // Both tests together.
    assert!(converged * 2 >= 180, "{converged}");
}

/// How many more attempts it took.
fn killed(template: &World, case: Case) -> usize {
    let (world, server) = served(template);
    let head = world.git(&["rev-parse", "HEAD"]);
    let (here, reached) = channel();
    let (go_on, gone) = channel::<()>();
    server.visit(case.number, case.moment, move || {
        let _ = here.send(());
        let _ = gone.recv_timeout(PATIENCE);
    });
    let mut command = world.command(&world.work(), RELEASE, &[]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    reached.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{case:?} was not reached"));
    child.kill().unwrap();
    child.wait().unwrap();
    go_on.send(()).unwrap();
    check_published(&world);
    let job = case.fresh.then(|| Job::new(&world, 1, "elsewhere"));
    let env = job.as_ref().map(Job::env);
    let env = env.as_ref().map_or(&[][..], |env| env.as_slice());
    let dir = match case.fresh {
        true => {
            let dir = clone_as(&world, "elsewhere");
            world.git_in(&dir, &["remote", "set-url", "origin", &server.url("app.git")]);
            dir
        }
        false => world.work(),
    };
    let mut said = String::new();
    for attempt in 1..=2 {
        let ran = world.bowline_in(&dir, RELEASE, env);
        said.push_str(&ran.snapshot());
        check_published(&world);
        if ran.code != Some(0) {
            continue;
        }
        check_released(&world, &[(TAG, &head)]);
        assert_eq!(values(&world, "runs/").len(), 1, "{said}");
        check_state_at_rest(&world, &dir, env);
        let assets = std::fs::read_dir(world.releases().join(TAG).join("assets")).unwrap().count();
        assert_eq!(assets, 5, "three artifacts, their checksums and the release file: {said}");
        return attempt;
    }
    panic!("it did not converge in two more attempts: {said}");
}

const PATIENCE: Duration = Duration::from_secs(60);
