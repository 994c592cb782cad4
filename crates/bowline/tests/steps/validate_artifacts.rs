//! `validate/artifacts`: limits, ours and the forge's.

use crate::forge::{Trick, Tricky};
use crate::shared::{refused, stopped};
use crate::worlds;
use bowline_port::forge::Limits;
use bowline_testkit::bench::{At, Bench};

/// Checks the two artifacts of 12 bytes each against limits; what the message says, none when they are fit.
fn check(bench: &mut Bench, (min, max, max_size): (u64, Option<u64>, Option<u64>), expected: Option<&str>) {
    let rules = &mut bench.plan.requirements.artifacts;
    (rules.min, rules.max, rules.max_size) = (min, max, max_size);
    match expected {
        None => drop(bench.run_until("draft/create")),
        Some(message) => {
            let failure = stopped(&bench.run(&At::default()), 10, "artifacts_invalid", "validate/artifacts");
            assert_eq!(failure.message, message);
        }
    }
}

#[test]
fn configured_limits() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    let before = bench.world.visible();
    let mut check = |rules, expected| check(&mut bench, rules, expected);
    check((0, None, None), None);
    check((2, Some(2), Some(12)), None);
    check((3, None, None), Some("there are 2 artifacts and `artifacts.min` is 3"));
    check((0, Some(1), None), Some("there are 2 artifacts and at most 1 are allowed"));
    check((0, None, Some(11)), Some("app.tar has 12 bytes and at most 11 are allowed"));
    assert_eq!(bench.world.visible(), before);
}

#[test]
fn the_forges_limits() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    let wide = Limits { notes_chars: 1000, assets: 4, asset_size: 12 };
    for (limits, expected) in [
        (wide, None),
        (Limits { assets: 3, ..wide }, Some("there are 4 assets and at most 3 are allowed")),
        (Limits { asset_size: 11, ..wide }, Some("app.tar has 12 bytes and at most 11 are allowed")),
    ] {
        Tricky::play(&mut bench, Trick::Limits(limits));
        check(&mut bench, (0, None, None), expected);
    }
}

#[test]
fn an_empty_artifact_is_refused() {
    let world = worlds::with_artifacts();
    world.write("dist/app.zip", "");
    let before = (world.visible(), world.checkout());
    let failure = refused(&world, &[], 10, ("artifacts_invalid", "validate/artifacts"));
    assert_eq!(failure["message"], "app.zip is empty");
    assert_eq!((world.visible(), world.checkout()), before);
}
