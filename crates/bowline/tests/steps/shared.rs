//! What the tests of single steps share: how a release ended, and somebody who changes the world behind its back.

use bowline_engine::{Hold, Interrupt, Point, RunEnd};
use bowline_host::state::FileState;
use bowline_ledger::lock::LOCK_LOST;
use bowline_model::{Failure, FailureKind};
use bowline_port::git::RefUpdate;
use bowline_testkit::World;
use bowline_testkit::bench::Bench;
use serde_json::Value;
use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Does something to the world once, at one point of one step.
pub(crate) struct Meddle<'a> {
    point: Point,
    step: &'static str,
    act: Cell<Option<Box<dyn FnOnce() + 'a>>>,
}

impl<'a> Meddle<'a> {
    /// Does `act` just before `step` looks.
    pub(crate) fn before(step: &'static str, act: impl FnOnce() + 'a) -> Self {
        Self::new(Point::BeforeProbe, step, act)
    }

    /// Does `act` when `step` has looked and is about to act.
    pub(crate) fn within(step: &'static str, act: impl FnOnce() + 'a) -> Self {
        Self::new(Point::AfterIntent, step, act)
    }

    fn new(point: Point, step: &'static str, act: impl FnOnce() + 'a) -> Self {
        Self { point, step, act: Cell::new(Some(Box::new(act))) }
    }
}

impl Interrupt for Meddle<'_> {
    fn at(&self, point: Point, step: &str) -> ControlFlow<()> {
        if (point, step) == (self.point, self.step)
            && let Some(act) = self.act.take()
        {
            act();
        }
        ControlFlow::Continue(())
    }

    fn fail(&self, _: &str) -> Option<Failure> {
        None
    }
}

impl Drop for Meddle<'_> {
    fn drop(&mut self) {
        let waits = self.act.take().is_some();
        assert!(!waits || std::thread::panicking(), "the run did not come to {:?} of {}", self.point, self.step);
    }
}

/// A lock that counts how often it was asked for, and is lost as far as asking finds out.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    pub(crate) kept: Cell<usize>,
    pub(crate) lost: Cell<bool>,
    /// A step that is about to act finds out, too.
    pub(crate) lost_at_step: Cell<bool>,
    /// A push finds out, too.
    pub(crate) lost_at_push: Cell<bool>,
}

impl Lock {
    fn stands(lost: &Cell<bool>) -> Result<(), Failure> {
        match lost.get() {
            true => Err(Failure::new(FailureKind::Busy, LOCK_LOST, "the lock was lost")),
            false => Ok(()),
        }
    }
}

impl Hold for Lock {
    fn keep(&self) -> Result<(), Failure> {
        self.kept.set(self.kept.get() + 1);
        Self::stands(&self.lost_at_step)
    }
    fn confirm(&self) -> Result<(), Failure> {
        Self::stands(&self.lost)
    }
    fn sending(&self, _: Option<&str>) -> Result<Vec<RefUpdate>, Failure> {
        Self::stands(&self.lost_at_push).map(|()| Vec::new())
    }
    fn sent(&self) {}
}

/// The failure of a run that must have ended with this exit code, failure code and step.
pub(crate) fn stopped(end: &RunEnd, exit: u8, code: &str, step: &str) -> Failure {
    let failure = end.failure.as_ref().unwrap_or_else(|| panic!("{code} was expected: {:?}", end.steps));
    let found = (failure.kind.exit_code(end.public), failure.code.as_str(), failure.step.as_deref());
    assert_eq!(found, (exit, code, Some(step)), "{failure:#?}");
    failure.clone()
}

/// Runs to the end, which must be a good one.
pub(crate) fn finish(bench: &Bench) -> RunEnd {
    let end = bench.run(&bowline_testkit::bench::At::default());
    assert!(end.failure.is_none() && !end.interrupted, "{:#?}", end.failure);
    assert!(bench.journal().obligations().is_empty(), "a duty is left open");
    end
}

/// What became of a step.
pub(crate) fn outcome<'a>(end: &'a RunEnd, step: &str) -> &'a str {
    &end.steps.iter().find(|record| record.id == step).unwrap_or_else(|| panic!("no {step}: {:?}", end.steps)).outcome
}

/// Runs `bowline release --json`, which must end with this exit code.
pub(crate) fn release(world: &World, args: &[&str], exit: i32) -> Value {
    let args: Vec<&str> = ["release", "--json"].iter().chain(args).copied().collect();
    world.bowline(&args).expect_code(exit).json()
}

/// The same, and the failure must have this code and step.
pub(crate) fn refused(world: &World, args: &[&str], exit: i32, (code, step): (&str, &str)) -> Value {
    let result = release(world, args, exit);
    let failure = result["failure"].clone();
    assert_eq!((failure["code"].as_str(), failure["step"].as_str()), (Some(code), Some(step)), "{failure:#}");
    failure
}

/// Outcome and reason of a step in a result document.
pub(crate) fn step(result: &Value, id: &str) -> (String, String) {
    let steps = result["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no {id} in {steps:?}"));
    let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("reason"))
}

/// Where a reference of the remote points; empty when it is not there.
pub(crate) fn at(world: &World, reference: &str) -> String {
    world.try_git_in(&world.remote(), &["rev-parse", "--quiet", "--verify", reference]).1
}

/// Somebody else adds an empty commit to a branch of the remote, which begins at main when it is new.
pub(crate) fn somebody_commits(world: &World, branch: &str) -> String {
    let full = format!("refs/heads/{branch}");
    let tip = Some(at(world, &full)).filter(|tip| !tip.is_empty()).unwrap_or_else(|| at(world, "refs/heads/main"));
    let tree = format!("{tip}^{{tree}}");
    let commit = world.git_in(&world.remote(), &["commit-tree", "-p", &tip, "-m", "fix: be faster", &tree]);
    world.git_in(&world.remote(), &["update-ref", &full, &commit]);
    commit
}

/// The folder with the assets of the only draft.
pub(crate) fn draft(world: &World) -> PathBuf {
    let staging = world.releases().join(".staging");
    let drafts: Vec<_> = std::fs::read_dir(&staging).expect("a draft").map(|entry| entry.unwrap().path()).collect();
    assert_eq!(drafts.len(), 1, "{drafts:?}");
    drafts[0].join("assets")
}

/// The folder with the assets of a published release.
pub(crate) fn assets(world: &World, tag: &str) -> PathBuf {
    world.releases().join(tag).join("assets")
}

/// An asset of a published release.
pub(crate) fn asset(world: &World, tag: &str, name: &str) -> String {
    let path = assets(world, tag).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The machine is gone and another one goes on: no journal, no frozen bytes.
pub(crate) fn lose_machine(bench: &mut Bench) {
    let state = bench.world.root().join("state/bench");
    std::fs::remove_dir_all(&state).unwrap();
    bench.doors.local = Arc::new(FileState::open(&state).unwrap());
}
