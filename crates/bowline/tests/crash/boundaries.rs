//! SIGKILL at every boundary that a release passes.

use crate::campaign::{Dice, Patience, Place, all, bring_to_its_end, expect_killed};
use crate::damage::Damage;
use crate::scene::{RELEASE, Scene, Variant};
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug)]
struct Case<'s> {
    boundary: &'s str,
    damage: Damage,
    place: Place,
    number: u64,
}

/// Kept and deleted journals in both places at every boundary, and one of the rarer damages at each.
#[test]
fn with_artifacts_at_hand() {
    let everywhere = [
        (Damage::Kept, Place::Same),
        (Damage::Kept, Place::Clone),
        (Damage::Deleted, Place::Same),
        (Damage::Deleted, Place::Clone),
    ];
    campaign(Variant::Prebuilt, &everywhere, 1);
}

#[test]
fn with_a_build_in_the_checkout() {
    campaign(Variant::InCheckout, &[], 1);
}

#[test]
fn with_a_build_in_a_clone() {
    campaign(Variant::InClone, &[], 1);
}

/// The program dies while the build runs, with the new version in the declared files of the checkout.
#[test]
fn in_the_middle_of_the_build() {
    for variant in [Variant::InCheckout, Variant::InClone] {
        let scene = Scene::new(variant);
        let mut cases = Vec::new();
        for damage in [Damage::Kept, Damage::Deleted, Damage::Planted, Damage::Forged, Damage::Foreign, Damage::Cut] {
            cases.extend([Place::Same, Place::Clone].map(|place| (damage, place)));
        }
        let landed = all(&cases, |&(damage, place)| {
            let world = scene.template.copy();
            std::fs::write(world.root().join("home/kill-the-parent"), "").unwrap();
            let killed = world.command(&world.work(), RELEASE, &[]).output().unwrap();
            expect_killed(killed.status);
            bring_to_its_end(&scene, &world, (damage, place, 0), Patience::Once);
        });
        println!("{variant:?}: {landed} kills landed during the build, {landed} converged");
    }
}

fn campaign(variant: Variant, everywhere: &[(Damage, Place)], chosen: usize) {
    let scene = Scene::new(variant);
    let (mut dice, seed) = Dice::new();
    let mut cases = Vec::new();
    for boundary in &scene.boundaries {
        let number = dice.next();
        cases.extend(everywhere.iter().map(|&(damage, place)| Case { boundary, damage, place, number }));
        for _ in 0..chosen {
            let damages: &[Damage] = if everywhere.is_empty() {
                &[Damage::Kept, Damage::Deleted, Damage::Planted, Damage::Cut]
            } else {
                &Damage::RARER
            };
            let (damage, place) = (dice.one_of(damages), dice.one_of(&[Place::Same, Place::Clone]));
            cases.push(Case { boundary, damage, place, number: dice.next() });
        }
    }
    let landed = AtomicUsize::new(0);
    let converged = all(&cases, |case| {
        let world = scene.template.copy();
        let killed = world.command(&world.work(), RELEASE, &[("BOWLINE_CRASH_AT", case.boundary)]).output().unwrap();
        expect_killed(killed.status);
        landed.fetch_add(1, Ordering::SeqCst);
        bring_to_its_end(&scene, &world, (case.damage, case.place, case.number), Patience::Once);
    });
    let landed = landed.into_inner();
    println!(
        "{variant:?}: {} boundaries, {landed} kills landed, {converged} converged, seed {seed}",
        scene.boundaries.len()
    );
    assert!(scene.boundaries.len() > 60, "{}", scene.boundaries.len());
    assert_eq!((landed, converged), (cases.len(), cases.len()));
}
