//! `commit/staged`: the forge makes the release commit; it is made once, judged by what it is, and leaves no branch behind.

use crate::shared::{Lock, finish, stopped};
use crate::worlds;
use bowline_engine::{Interrupt, Point};
use bowline_host::forge::github::{GithubForge, Place};
use bowline_model::event::Silent;
use bowline_model::plan::{ForgeKind, PushWay};
use bowline_model::{Failure, FailureKind};
use bowline_port::environment::Environment;
use bowline_port::http::{ALLOW_HOSTS, Address, AllowedHosts, Caller, Login, Rules};
use bowline_port::retry::{Policy, Retries};
use bowline_port::secret::Secret;
use bowline_port::stop::Stop;
use bowline_steps::commit::objects::ReleaseObjects;
use bowline_testkit::bench::{At, Bench};
use bowline_testkit::contract::prove;
use bowline_testkit::github::{API, Fault, Github, HOSTS, PAGES};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

/// A bench whose forge is GitHub's double, which makes the commits; its branches take no push.
fn by_forge() -> (Bench, Arc<Github>) {
    let world = worlds::with_artifacts();
    world.write("bowline.toml", "[release]\npush = \"api\"\n[artifacts]\ninclude = [\"dist/*\"]\n");
    world.commit_and_push("fix: let the forge make the commit");
    world.hook("update", "case $1 in refs/heads/*) exit 1;; esac");
    let github = Arc::new(Github::default());
    github.state().repository = Some(world.remote());
    github.state().timeless = true;
    let mut bench = worlds::bench(world);
    assert_eq!(bench.plan.requirements.push, PushWay::Api);
    bench.doors.forge = Arc::new(forge(&github));
    bench.doors.clock = worlds::patient();
    (bench, github)
}

fn forge(github: &Arc<Github>) -> GithubForge {
    let clock = worlds::patient();
    let policy = Policy { attempts: 1, budget: 500, deadline: Duration::from_secs(900) };
    let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
    let allowed = Environment::from_pairs([(ALLOW_HOSTS.to_owned(), HOSTS.to_owned())]);
    let hosts = AllowedHosts::new(&allowed, ForgeKind::Github);
    let caller = Caller::new(github.clone(), hosts, retries, clock, Rules::NONE);
    let place = Place {
        api: Address::parse(API).unwrap(),
        pages: Address::parse(PAGES).unwrap(),
        owner: "acme".to_owned(),
        name: "app".to_owned(),
    };
    GithubForge::new(caller, place, Arc::new(|| Ok(Some(Login::bearer(&Secret::new("token-of-the-test"))))))
}

fn branches(bench: &Bench) -> String {
    bench.world.git_in(&bench.world.remote(), &["for-each-ref", "--format=%(refname)", "refs/heads"])
}

fn objects(end: &bowline_engine::RunEnd) -> ReleaseObjects {
    end.receipts.get("commit/objects").unwrap()
}

/// Does something at one point of one step, once.
struct Then<'t> {
    at: (Point, &'static str),
    act: RefCell<Option<Box<dyn FnOnce() + 't>>>,
}

impl Interrupt for Then<'_> {
    fn at(&self, point: Point, step: &str) -> ControlFlow<()> {
        if (point, step) == self.at
            && let Some(act) = self.act.borrow_mut().take()
        {
            act();
        }
        ControlFlow::Continue(())
    }
    fn fail(&self, _: &str) -> Option<Failure> {
        None
    }
}

#[test]
fn keeps_the_contract_of_all_steps() {
    let cases = prove(&|| by_forge().0);
    assert!(cases > 50, "{cases}");
}

#[test]
fn it_is_made_once_and_found_again() {
    let (bench, github) = by_forge();
    github.state().timeless = false;
    let staged = bench.run_until("build/manifest");
    let first = objects(&staged);
    assert!(branches(&bench).contains("refs/heads/bowline/"), "{}", branches(&bench));
    let end = finish(&bench);
    assert_eq!(objects(&end), first);
    assert_eq!(branches(&bench), "refs/heads/main");
    assert_eq!(bench.world.git_in(&bench.world.remote(), &["rev-parse", "main"]), first.commit.to_string());
    let mutations = github.state().log.iter().filter(|line| line.contains("/graphql")).count();
    assert_eq!(mutations, 1);
    assert_eq!(github.state().violations, [""; 0]);
}

#[test]
fn lost_answers_are_looked_up() {
    for part in [
        "/graphql",
        "POST https://api.github.example/repos/acme/app/git/refs",
        "PATCH https://api.github.example/repos/acme/app/git",
    ] {
        for fault in [Fault::Lost, Fault::BadGateway, Fault::NotSent] {
            let (bench, github) = by_forge();
            github.state().timeless = false;
            github.state().fail(part, 1, fault);
            if bench.run(&At::default()).failure.is_some() {
                assert_eq!(fault, Fault::NotSent, "{part}: what was done was found by looking");
            }
            let end = finish(&bench);
            let made = bench.world.git_in(&bench.world.remote(), &["rev-list", "--count", "v1.0.0..main"]);
            assert_eq!(made, "3", "{part} {fault:?}: two commits of the world and one release commit");
            assert_eq!(branches(&bench), "refs/heads/main", "{part} {fault:?}");
            let tag = bench.world.git_in(&bench.world.remote(), &["rev-parse", "refs/tags/v1.1.0"]);
            assert_eq!(tag, objects(&end).tag.to_string(), "{part} {fault:?}");
            let state = github.state();
            assert_eq!((state.count(), state.violations.len()), (1, 0), "{part} {fault:?}");
        }
    }
}

#[test]
fn somebody_elses_commit_takes_everything_back() {
    for at in
        [(Point::BeforeProbe, "push/refs"), (Point::AfterIntent, "push/refs"), (Point::AfterReceipt, "draft/create")]
    {
        let (bench, github) = by_forge();
        let remote = bench.world.remote();
        let foreign = || {
            let tree = bench.world.git_in(&remote, &["rev-parse", "main^{tree}"]);
            let commit = bench.world.git_in(&remote, &["commit-tree", &tree, "-p", "main", "-m", "fix: theirs"]);
            bench.world.git_in(&remote, &["update-ref", "refs/heads/main", &commit]);
        };
        let end = bench.run_with(&Then { at, act: RefCell::new(Some(Box::new(foreign))) });
        let failure = end.failure.as_ref().unwrap_or_else(|| panic!("{at:?}: it was released"));
        assert_eq!(failure.kind.exit_code(end.public), 23, "{at:?}: {failure:#?}");
        assert_eq!(branches(&bench), "refs/heads/main", "{at:?}");
        assert_eq!(github.state().count(), 0, "{at:?}: no draft is left");
        assert_eq!(bench.world.git_in(&remote, &["log", "-1", "--format=%s", "main"]), "fix: theirs");
    }
}

#[test]
fn a_commit_that_somebody_put_into_its_place_is_not_taken() {
    let (bench, github) = by_forge();
    let remote = bench.world.remote();
    // The right words, and other files; and the right files without a signature.
    let marker = bench.marker.append_to("chore(release): 1.1.0");
    let tree = bench.world.git_in(&remote, &["rev-parse", "main^{tree}"]);
    let forged = bench.world.git_in(&remote, &["commit-tree", &tree, "-p", "main", "-m", &marker]);
    bench.world.git_in(&remote, &["update-ref", &bench.marker.staging(), &forged]);
    let end = finish(&bench);
    assert_ne!(objects(&end).commit.to_string(), forged);
    assert_eq!(github.state().violations, [""; 0]);

    let (bench, _) = by_forge();
    let remote = bench.world.remote();
    let staged = objects(&bench.run_until("build/manifest")).commit.to_string();
    let tree = bench.world.git_in(&remote, &["rev-parse", &format!("{staged}^{{tree}}")]);
    let unsigned = bench.world.git_in(&remote, &["commit-tree", &tree, "-p", "main", "-m", &marker_of(&bench)]);
    bench.world.git_in(&remote, &["update-ref", &bench.marker.staging(), &unsigned]);
    let end = finish(&bench);
    assert_ne!(objects(&end).commit.to_string(), unsigned);
}

fn marker_of(bench: &Bench) -> String {
    bench.marker.append_to("chore(release): 1.1.0")
}

#[test]
fn whoever_has_lost_the_lock_leaves_the_branch() {
    let (bench, _) = by_forge();
    let lock = Lock::default();
    lock.lost.set(true);
    let end = bench.run_holding(&lock, &At { crash: None, fail: Some("draft/create".to_owned()) });
    assert!(end.failure.is_some());
    assert!(branches(&bench).contains("refs/heads/bowline/"), "{}", branches(&bench));
}

#[test]
fn a_tag_that_is_refused_leaves_a_release_to_complete() {
    let (bench, _) = by_forge();
    bench.world.hook("update", "exit 1");
    let failure = stopped(&bench.run(&At::default()), 21, "push_rejected", "push/refs");
    assert_eq!(failure.kind, FailureKind::Failed);
    bench.world.hook("update", "exit 0");
    let end = finish(&bench);
    let main = bench.world.git_in(&bench.world.remote(), &["rev-parse", "main"]);
    assert_eq!(objects(&end).commit.to_string(), main);
    assert_eq!(branches(&bench), "refs/heads/main");
}
