//! Several starts of the same release at once.

use crate::campaign::{Patience, check_no_op, check_published, same};
use crate::scene::{RELEASE, Scene, Variant, clone_as, view};
use bowline_testkit::World;
use std::process::{Child, Stdio};

const NAMES: [&str; 4] = ["one", "two", "three", "four"];
const ROUNDS: usize = 8;

/// Four clones, each on a machine of its own: they share the remote and the forge, nothing else.
#[test]
fn on_four_machines() {
    rounds(true);
}

/// Four clones of one person: they share the state as well.
#[test]
fn on_one_machine() {
    rounds(false);
}

fn rounds(own_state: bool) {
    let scene = Scene::new(Variant::InClone);
    for round in 0..ROUNDS {
        let world = scene.template.copy();
        for name in NAMES {
            clone_as(&world, name);
        }
        let started: Vec<Child> = NAMES.iter().map(|name| start(&world, name, own_state)).collect();
        let ended: Vec<_> = started.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        check_published(&world);
        let codes: Vec<Option<i32>> = ended.iter().map(|out| out.status.code()).collect();
        println!("round {round}: {codes:?}");
        for out in &ended {
            let told = String::from_utf8_lossy(&out.stderr);
            match out.status.code() {
                Some(0) => {}
                Some(20 | 21 | 23 | 25) => assert!(told.contains("error: "), "{told}"),
                code => panic!("{code:?}: {told}"),
            }
        }
        // Whoever lost does it again: one release comes of it, and everybody has it.
        for name in NAMES {
            let dir = world.root().join(name);
            let _ = world.bowline_in(&dir, RELEASE, &env(&world, name, own_state).as_refs()).expect_code(0);
        }
        same(&world.visible(), &scene.visible, "after all have run again");
        for name in NAMES {
            let dir = world.root().join(name);
            same(&view(&world, &dir), &scene.clone, name);
            check_no_op(&scene, &world, &dir, Patience::Once);
        }
    }
}

/// Where this clone keeps its state.
struct Env(Vec<(&'static str, String)>);

impl Env {
    fn as_refs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

fn env(world: &World, name: &str, own_state: bool) -> Env {
    let state = world.root().join(format!("state-of-{name}"));
    Env(if own_state { vec![("BOWLINE_STATE_DIR", state.to_string_lossy().into_owned())] } else { Vec::new() })
}

fn start(world: &World, name: &str, own_state: bool) -> Child {
    let mut command = world.command(&world.root().join(name), RELEASE, &env(world, name, own_state).as_refs());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}
