//! Answers that are lost between a release and its remote, over HTTP, with state in git.

use crate::campaign::{all, check_published};
use crate::ci::{check_state_at_rest, in_ci, values};
use crate::overtaken::check_released;
use crate::scene::{RELEASE, TAG, Variant, ready, ready_with};
use bowline_testkit::World;
use bowline_testkit::git_http::{Fault, GitServer, Kind};
use bowline_testkit::parts::require;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What goes wrong, with which request, and how often in a row.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: Kind,
    number: usize,
    fault: Fault,
    times: usize,
}

/// Every push of a release goes wrong in every way, and is lost three times in a row; so does the question before it.
#[test]
fn lost_on_the_way() {
    let Some(template) = template() else { return };
    let requests = |kind| {
        let (world, server) = served(&template);
        let _ = world.bowline(RELEASE).expect_code(0);
        server.count(kind)
    };
    let (pushes, asked) = (requests(Kind::ReceivePack), requests(Kind::RefsToPush));
    assert_eq!(pushes, 3, "the lock is taken, the release is pushed, the lock is let go of");
    let mut cases = Vec::new();
    for number in 1..=pushes {
        let case = |fault, times| Case { kind: Kind::ReceivePack, number, fault, times };
        let once = [Fault::RequestLost, Fault::ReplyLost, Fault::ReplyCut, Fault::Status(503)];
        cases.extend(once.map(|fault| case(fault, 1)));
        cases.extend([Fault::RequestLost, Fault::ReplyLost].map(|fault| case(fault, 3)));
    }
    for number in 1..=asked {
        cases.extend([Fault::RequestLost, Fault::ReplyCut].map(|fault| Case {
            kind: Kind::RefsToPush,
            number,
            fault,
            times: 1,
        }));
    }
    // Git takes such an answer for one of a server with nothing on it.
    cases.extend((1..=requests(Kind::RefsToFetch)).map(|number| Case {
        kind: Kind::RefsToFetch,
        number,
        fault: Fault::HeadCut,
        times: 1,
    }));
    let codes: Mutex<BTreeMap<String, usize>> = Mutex::default();
    let converged = all(&cases, |case| {
        let code = lost(&template, case);
        *codes.lock().unwrap().entry(code).or_default() += 1;
    });
    println!(
        "{converged} lost answers and requests in a release of {pushes} pushes: {:?}",
        codes.into_inner().unwrap()
    );
    assert!(converged >= 30, "{converged}");
}

/// Every question of a release goes wrong once in every way: it is asked again, and nobody notices but whoever reads the
/// warnings. All of it costs at most three times as many requests.
#[test]
fn questions_are_asked_again() {
    let Some(template) = template() else { return };
    let (world, server) = served(&template);
    let _ = world.bowline(RELEASE).expect_code(0);
    let clean = server.seen().len();
    let mut cases = Vec::new();
    for kind in [Kind::RefsToFetch, Kind::UploadPack, Kind::RefsToPush] {
        for number in 1..=server.count(kind) {
            let once = [Fault::RequestLost, Fault::ReplyLost, Fault::ReplyCut, Fault::Status(503)];
            cases.extend(once.map(|fault| Case { kind, number, fault, times: 1 }));
        }
    }
    let requests = AtomicUsize::new(0);
    let asked = all(&cases, |case| {
        let (world, server) = served(&template);
        let head = world.git(&["rev-parse", "HEAD"]);
        for _ in 1..case.number {
            server.fail_next(case.kind, Fault::Delay(Duration::ZERO));
        }
        server.fail_next(case.kind, case.fault);
        let ran = world.bowline(RELEASE);
        let words = format!("{case:?}: {}", ran.snapshot());
        assert_eq!(ran.code, Some(0), "{words}");
        assert!(ran.stderr.contains("trying again in"), "{words}");
        check_released(&world, &[(TAG, &head)]);
        let seen = server.seen().len();
        assert!(seen <= clean * 3, "{seen} requests instead of {clean}: {words}");
        requests.fetch_max(seen, Ordering::SeqCst);
    });
    println!("{asked} questions lost once, {clean} requests without trouble and at most {requests:?} with it");
    assert!(asked >= 40, "{asked}");
}

/// Whoever wants no second attempt gets none.
#[test]
fn one_attempt_is_one_attempt() {
    if !can_serve() {
        return;
    }
    let template = ready_with(Variant::InClone, "\n[retry]\nattempts = 1\n");
    let (world, server) = served(&template);
    server.fail_next(Kind::RefsToFetch, Fault::Status(503));
    let ran = world.bowline(RELEASE).expect_code(20);
    assert!(!ran.stderr.contains("trying again"), "{}", ran.snapshot());
    assert_eq!(server.seen().len(), 1, "{}", ran.snapshot());
}

fn lost(template: &World, case: &Case) -> String {
    let (world, server) = served(template);
    let head = world.git(&["rev-parse", "HEAD"]);
    for _ in 1..case.number {
        server.fail_next(case.kind, Fault::Delay(Duration::ZERO));
    }
    for _ in 0..case.times {
        server.fail_next(case.kind, case.fault);
    }
    let ran = world.bowline(RELEASE);
    let words = format!("{case:?}: {}", ran.snapshot());
    check_published(&world);
    match ran.code {
        Some(0) => {}
        Some(12 | 20 | 21 | 25) => assert!(ran.stderr.contains("error: "), "{words}"),
        _ => panic!("{words}"),
    }
    if ran.code == Some(0) {
        check_released(&world, &[(TAG, &head)]);
    }
    // What is left of the faults meets the next attempt too.
    let again = world.bowline(RELEASE);
    let words = format!("{words}\nand then: {}", again.snapshot());
    let calm = if again.code == Some(0) { again } else { world.bowline(RELEASE) };
    assert_eq!(calm.code, Some(0), "{words}\nand then: {}", calm.snapshot());
    check_released(&world, &[(TAG, &head)]);
    assert_eq!(values(&world, "runs/").len(), 1, "{words}");
    assert_eq!(values(&world, "lock/").len(), 1, "{words}");
    check_state_at_rest(&world, &world.work(), &[]);
    let assets = std::fs::read_dir(world.releases().join(TAG).join("assets")).unwrap().count();
    assert_eq!(assets, 5, "three artifacts, their checksums and the release file: {words}");
    format!("{}", ran.code.unwrap())
}

/// A release that is due, in CI; none where this machine's git cannot serve.
pub(crate) fn template() -> Option<World> {
    can_serve().then(|| {
        let mut template = ready(Variant::InClone);
        in_ci(&mut template);
        template
    })
}

fn can_serve() -> bool {
    require("git with HTTP (git-http-backend, git-remote-http)", GitServer::is_possible())
}

/// A copy whose remote is a server.
pub(crate) fn served(template: &World) -> (World, GitServer) {
    let world = template.copy();
    let server = GitServer::start(&world.root().join("remote"));
    world.git(&["remote", "set-url", "origin", &server.url("app.git")]);
    (world, server)
}
