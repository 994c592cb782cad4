//! SIGKILL at every moment of every durable write: before it, after the bytes were written, after they were flushed,
//! after the file got its name, after the folder was flushed.

use crate::campaign::{Dice, Patience, Place, all, bring_to_its_end, expect_killed};
use crate::damage::Damage;
use crate::scene::{RELEASE, Scene, Variant};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the release goes on after it.
enum Places {
    Both,
    One,
}

/// Journal, plan, run, lock, manifest, frozen artifacts and the files of the checkout.
#[test]
fn of_a_release() {
    let scene = Scene::new(Variant::Prebuilt);
    campaign(&scene, &scene.moments, Places::Both);
}

/// What only a build in the checkout writes: the kept bytes of declared files, the new ones, and the old ones again.
#[test]
fn of_a_build_in_the_checkout() {
    let known: BTreeSet<String> = Scene::new(Variant::Prebuilt).moments.into_iter().collect();
    let scene = Scene::new(Variant::InCheckout);
    let new: Vec<String> = scene.moments.iter().filter(|moment| !known.contains(*moment)).cloned().collect();
    campaign(&scene, &new, Places::One);
}

fn campaign(scene: &Scene, moments: &[String], places: Places) {
    let (mut dice, seed) = Dice::new();
    let mut cases = Vec::new();
    for moment in moments {
        match places {
            Places::Both => cases.extend([Place::Same, Place::Clone].map(|place| (moment, place))),
            Places::One => cases.push((moment, dice.one_of(&[Place::Same, Place::Clone]))),
        }
    }
    let landed = AtomicUsize::new(0);
    let converged = all(&cases, |&(moment, place)| {
        let world = scene.template.copy();
        let killed = world.command(&world.work(), RELEASE, &[("BOWLINE_CRASH_AT", moment)]).output().unwrap();
        expect_killed(killed.status);
        landed.fetch_add(1, Ordering::SeqCst);
        bring_to_its_end(scene, &world, (Damage::Kept, place, 0), Patience::Once);
    });
    let landed = landed.into_inner();
    println!(
        "{:?}: {} moments, {landed} kills landed, {converged} converged, seed {seed}",
        scene.variant,
        moments.len()
    );
    assert_eq!((landed, converged), (cases.len(), cases.len()));
    let least = match places {
        Places::Both => 200,
        Places::One => 40,
    };
    assert!(landed >= least, "only {landed} kills");
}
