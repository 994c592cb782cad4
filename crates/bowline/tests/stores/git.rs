//! State in references, over HTTP, through a network that fails.

use bowline_host::clock::SystemClock;
use bowline_host::git::{GitOptions, HostGit};
use bowline_host::process::SystemProcess;
use bowline_host::state::git::{GitState, STATE_REFERENCES};
use bowline_port::environment::Environment;
use bowline_port::state::conformance::Exam;
use bowline_port::state::settled::Settled;
use bowline_port::state::{Change, StateError, StateStore};
use bowline_testkit::World;
use bowline_testkit::git_http::{Fault, GitServer, Kind};
use bowline_testkit::parts::require;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A world with a server of its bare repositories.
struct Scene {
    server: GitServer,
    world: World,
    machines: AtomicUsize,
}

/// None where git does not speak HTTP.
fn scene(login: Option<&str>) -> Option<Scene> {
    if !require("git with HTTP (git-http-backend, git-remote-http)", GitServer::is_possible()) {
        return None;
    }
    let world = World::new("bowline");
    world.init();
    let folder = world.root().join("remote");
    let server = login.map_or_else(|| GitServer::start(&folder), |login| GitServer::with_login(&folder, login));
    Some(Scene { server, world, machines: AtomicUsize::new(0) })
}

impl Scene {
    /// State as another machine opens it.
    fn state(&self, url: &str) -> GitState {
        self.patient_state(url, Duration::from_secs(60))
    }

    fn patient_state(&self, url: &str, timeout: Duration) -> GitState {
        let name = format!("machine-{}", self.machines.fetch_add(1, Ordering::SeqCst));
        self.world.git_in(self.world.root(), &["init", "--quiet", "--bare", "--template=", &name]);
        open(&self.world, &self.world.root().join(name), timeout).state(url, STATE_REFERENCES).unwrap()
    }

    fn url(&self) -> String {
        self.server.url("app.git")
    }

    fn references(&self) -> String {
        self.world.git_in(&self.world.remote(), &["for-each-ref", "--format=%(refname)"])
    }
}

fn open(world: &World, path: &Path, timeout: Duration) -> HostGit {
    let environment = Environment::from_pairs(world.variables());
    let process = Arc::new(SystemProcess::new(environment.clone(), Arc::new(|_| {})));
    HostGit::open(path, GitOptions { environment, process, timeout }).unwrap()
}

fn settled(state: GitState) -> Settled {
    Settled::new(Arc::new(state), Arc::new(SystemClock::new()))
}

#[test]
fn passes_the_exam() {
    let Some(scene) = scene(None) else { return };
    let scene = Arc::new(scene);
    let stores = AtomicUsize::new(0);
    // More than git sends in one piece.
    Exam { racers: 6, rounds: 3, large: 3 << 20 }.take(&|| {
        let name = format!("exam-{}.git", stores.fetch_add(1, Ordering::SeqCst));
        scene.world.git_in(&scene.world.root().join("remote"), &["init", "--quiet", "--bare", &name]);
        let (scene, url) = (scene.clone(), scene.server.url(&name));
        Box::new(move || Arc::new(scene.state(&url)))
    });
    assert!(scene.server.count(Kind::ReceivePack) > 50 && scene.server.count(Kind::UploadPack) > 50);
}

#[test]
fn large_values_come_through_in_chunks() {
    let Some(scene) = scene(None) else { return };
    let mut noise = 1_u32;
    let value: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as u8
    })
    .take(3 << 20)
    .collect();
    scene.state(&scene.url()).swap(&[Change::create("large/value", value.clone())]).unwrap();
    assert!(scene.state(&scene.url()).get("large/value").unwrap().unwrap().value == value);
    assert!(scene.server.seen().iter().any(|seen| seen.kind == Kind::ReceivePack && seen.chunked));
}

#[test]
fn many_values_are_one_push_and_one_fetch() {
    let Some(scene) = scene(None) else { return };
    let changes: Vec<Change> = (0..40).map(|n| Change::create(format!("runs/{n}"), n.to_string())).collect();
    scene.state(&scene.url()).swap(&changes).unwrap();
    assert_eq!(scene.server.count(Kind::ReceivePack), 1);
    scene.server.forget();
    let reader = scene.state(&scene.url());
    assert_eq!(reader.read("runs/").unwrap().len(), 40);
    let seen = scene.server.seen();
    let fetches: Vec<_> = seen.iter().filter(|seen| seen.bytes > 1024).collect();
    assert!(fetches.len() == 1 && fetches[0].gzip, "{seen:?}");
    scene.server.forget();
    assert_eq!(reader.read("runs/").unwrap().len(), 40);
    assert_eq!(scene.server.count(Kind::UploadPack), 1, "what is here already is only listed");
}

#[test]
fn an_answer_that_is_lost_is_found_by_looking() {
    for fault in [Fault::ReplyLost, Fault::ReplyCut] {
        let Some(scene) = scene(None) else { return };
        scene.server.fail_next(Kind::ReceivePack, fault);
        let result = scene.state(&scene.url()).swap(&[Change::create("a/b", "one")]);
        assert!(matches!(result, Err(StateError::Unknown { .. })), "{fault:?}: {result:?}");
        assert_eq!(scene.references(), "refs/bowline/a/b", "the server has done it");

        scene.server.forget();
        scene.server.fail_next(Kind::ReceivePack, fault);
        let version = settled(scene.state(&scene.url())).swap(&[Change::create("c/d", "two")]).unwrap().remove(0);
        let found = scene.state(&scene.url()).get("c/d").unwrap().unwrap();
        assert_eq!((Some(found.version), found.value.as_slice()), (version, b"two".as_slice()), "{fault:?}");
        assert_eq!(scene.server.count(Kind::ReceivePack), 1, "it was not sent again");
    }
}

#[test]
fn a_request_that_is_lost_is_sent_again() {
    for fault in [Fault::RequestLost, Fault::Status(503), Fault::Status(429)] {
        let Some(scene) = scene(None) else { return };
        scene.server.fail_next(Kind::ReceivePack, fault);
        let result = scene.state(&scene.url()).swap(&[Change::create("a/b", "one")]);
        assert!(matches!(result, Err(StateError::Unknown { .. })), "{fault:?}: {result:?}");
        assert_eq!(scene.references(), "");

        scene.server.fail_next(Kind::ReceivePack, fault);
        settled(scene.state(&scene.url())).swap(&[Change::create("a/b", "one")]).unwrap();
        assert_eq!(scene.references(), "refs/bowline/a/b");
    }
}

#[test]
fn what_never_left_is_a_failure() {
    let Some(scene) = scene(None) else { return };
    for fault in [Fault::RequestLost, Fault::ReplyLost, Fault::ReplyCut, Fault::Status(503), Fault::Status(429)] {
        let state = scene.state(&scene.url());
        scene.server.fail_next(Kind::RefsToPush, fault);
        let result = state.swap(&[Change::create("a/b", "one")]);
        assert!(matches!(result, Err(StateError::Failed { action: "write", .. })), "{fault:?}: {result:?}");
        scene.server.fail_next(Kind::RefsToFetch, fault);
        let result = state.get("a/b");
        assert!(matches!(result, Err(StateError::Failed { action: "read", .. })), "{fault:?}: {result:?}");
    }
    assert_eq!((scene.references().as_str(), scene.server.count(Kind::ReceivePack)), ("", 0));
}

#[test]
fn reading_through_a_bad_line_gives_the_value_or_fails() {
    let Some(scene) = scene(None) else { return };
    scene.state(&scene.url()).swap(&[Change::create("a/b", "one")]).unwrap();
    for fault in [Fault::RequestLost, Fault::ReplyLost, Fault::ReplyCut, Fault::Status(503)] {
        // The listing, then the listing and the objects of the fetch.
        for good in 0..3 {
            for _ in 0..good {
                scene.server.fail_next(Kind::UploadPack, Fault::Delay(Duration::ZERO));
            }
            scene.server.fail_next(Kind::UploadPack, fault);
            match scene.state(&scene.url()).get("a/b") {
                Ok(found) => assert_eq!(found.unwrap().value, b"one", "{fault:?} after {good}"),
                Err(StateError::Failed { .. }) => {}
                Err(other) => panic!("{fault:?} after {good}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_login_is_needed_and_never_shown() {
    let Some(scene) = scene(Some("bot:s3cret")) else { return };
    for url in [scene.url(), scene.server.url_with_login("app.git", "bot:s3cre7")] {
        for error in [
            scene.state(&url).get("a/b").unwrap_err(),
            scene.state(&url).swap(&[Change::create("a/b", "one")]).unwrap_err(),
        ] {
            assert!(matches!(error, StateError::Failed { .. }), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("s3cre"), "{error:?}");
        }
    }
    let state = scene.state(&scene.server.url_with_login("app.git", "bot:s3cret"));
    state.swap(&[Change::create("a/b", "one")]).unwrap();
    assert_eq!(state.get("a/b").unwrap().unwrap().value, b"one");
    assert!(!state.place().contains("s3cret"), "{}", state.place());
}

#[test]
fn a_push_that_was_killed_lands_later_and_is_settled() {
    let Some(scene) = scene(None) else { return };
    scene.world.hook("pre-receive", "sleep 3");
    let hasty = scene.patient_state(&scene.url(), Duration::from_secs(1));
    let start = Instant::now();
    let result = hasty.swap(&[Change::create("lock/main", "run 1")]);
    assert!(matches!(result, Err(StateError::Unknown { .. })), "{result:?}");
    assert_eq!(scene.references(), "", "it is still under way");
    // Whoever tries again writes the same object from the same version, so both may land.
    settled(hasty).swap(&[Change::create("lock/main", "run 1")]).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(3));
    assert_eq!(scene.references(), "refs/bowline/lock/main");
    let other = settled(scene.state(&scene.url())).swap(&[Change::create("lock/main", "run 2")]);
    assert!(matches!(other, Err(StateError::Conflict { .. })), "{other:?}");
}
