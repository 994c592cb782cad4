//! What every registered step promises, proved the same way for all of them.
//!
//! For each step that takes part: running everything twice changes nothing the second time; a crash after its intent,
//! and one after its effect before the receipt, converge on the next run to the very world a clean run makes; when it
//! fails, everything before the push is taken back, and running again converges; taking back twice is like taking
//! back once; and no duty is left open on any of these ways. A new step gets all of it by being registered.

use crate::bench::{At, Bench};
use bowline_engine::{Entry, Point, RunEnd};
use bowline_model::step::Effect;

/// Proves the contract for all steps in the worlds that `make` makes, which must all be the same. Returns how many
/// cases were run.
pub fn prove(make: &dyn Fn() -> Bench) -> usize {
    let clean = make();
    let before = Look::at(&clean);
    succeed(&clean, "clean run");
    let after = Look::at(&clean);
    assert_ne!(before.visible, after.visible, "a clean run releases something");
    twice(&clean, &after);
    let mut cases = 1;
    for id in clean.running() {
        for point in [Point::BeforeProbe, Point::AfterIntent, Point::AfterEffect, Point::AfterReceipt] {
            crash(make, &id, point, &after);
            cases += 1;
        }
        fail(make, &id, &before, &after);
        cases += 1;
    }
    undo_twice(make, &before, &after);
    cases + 1
}

/// The world as everybody sees it.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    visible: String,
    checkout: String,
}

impl Look {
    fn at(bench: &Bench) -> Self {
        Self { visible: bench.world.visible(), checkout: bench.world.checkout() }
    }
}

fn succeed(bench: &Bench, what: &str) -> RunEnd {
    let end = bench.run(&At::default());
    assert!(end.failure.is_none() && !end.interrupted, "{what}: {:?}", end.failure);
    assert!(bench.journal().obligations().is_empty(), "{what}: a duty is left open");
    end
}

/// The second run finds everything done.
fn twice(bench: &Bench, after: &Look) {
    let end = succeed(bench, "second run");
    for record in &end.steps {
        let acts = matches!(bench.registry.find(&record.id), Some(Entry::Step(_)));
        let expected = if acts { ["already_done", "skipped"] } else { ["done", "skipped"] };
        assert!(expected.contains(&record.outcome.as_str()), "second run: {} is {}", record.id, record.outcome);
    }
    assert_eq!(Look::at(bench), *after, "the second run changed something");
}

fn crash(make: &dyn Fn() -> Bench, id: &str, point: Point, after: &Look) {
    let what = format!("crash at {point:?} of {id}");
    let bench = make();
    let end = bench.run(&At { crash: Some((point, id.to_owned())), fail: None });
    let checks_only = matches!(bench.registry.find(id), Some(Entry::Check(_)));
    let landed = end.interrupted;
    assert!(landed || (checks_only && point != Point::BeforeProbe), "{what}: did not happen ({:?})", end.failure);
    succeed(&bench, &what);
    assert_eq!(Look::at(&bench), *after, "{what}: the world differs from a clean run's");
}

fn fail(make: &dyn Fn() -> Bench, id: &str, before: &Look, after: &Look) {
    let what = format!("failure of {id}");
    let bench = make();
    let end = bench.run(&At { crash: None, fail: Some(id.to_owned()) });
    let failure = end.failure.as_ref().unwrap_or_else(|| panic!("{what}: did not happen"));
    assert_eq!((failure.code.as_str(), failure.step.as_deref()), ("injected", Some(id)), "{what}");
    assert!(bench.journal().obligations().is_empty(), "{what}: a duty is left open");
    if !end.public {
        assert_eq!(Look::at(&bench), *before, "{what}: something was left behind");
    }
    succeed(&bench, &what);
    assert_eq!(Look::at(&bench), *after, "{what}: the world differs from a clean run's");
}

/// Everything up to the first irreversible step, then back, twice.
fn undo_twice(make: &dyn Fn() -> Bench, before: &Look, after: &Look) {
    let bench = make();
    let irreversible = |step: &&bowline_model::step::ScheduledStep| step.effect == Effect::Irreversible;
    let push = bench.schedule.iter().find(irreversible).map(|step| step.id.clone()).expect("something is irreversible");
    let end = bench.run(&At { crash: Some((Point::BeforeProbe, push)), fail: None });
    assert!(end.interrupted);
    for round in ["first", "second"] {
        let end = bench.unwind();
        assert!(end.failure.is_none() && !end.public, "{round} undo: {:?}", end.failure);
        assert!(end.steps.iter().all(|record| record.outcome == "undone"), "{round} undo: {:?}", end.steps);
        assert_eq!(Look::at(&bench), *before, "{round} undo: something was left behind");
        assert!(bench.journal().obligations().is_empty(), "{round} undo: a duty is left open");
    }
    succeed(&bench, "run after undo");
    assert_eq!(Look::at(&bench), *after, "run after undo: the world differs from a clean run's");
}
