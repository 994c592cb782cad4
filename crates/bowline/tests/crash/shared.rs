//! SIGKILL at every boundary of a release whose state is in git, and who goes on: the same CI job on the same machine,
//! the same job on a machine that has nothing, or another job once the lease has run out.

use crate::campaign::{Dice, all, check_published, expect_killed, same, setting};
use crate::ci::{Job, check_state_at_rest, in_ci, released, values};
use crate::overtaken::check_released;
use crate::scene::{RELEASE, Scene, TAG, Variant, clone_as, ready_with, state, view, walk};
use bowline_testkit::World;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Short enough to be waited for, and long enough that an undisturbed release need not renew it.
const LEASE: Duration = Duration::from_secs(3);

/// Who runs the release again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// A later attempt of the job, on the same machine.
    SameMachine,
    /// A later attempt of the job, on a machine that has nothing.
    FreshMachine,
    /// Another run of the job, on a machine that has nothing, when the lease is over.
    AnotherJob,
}

const EVERYBODY: [Next; 3] = [Next::SameMachine, Next::FreshMachine, Next::AnotherJob];

#[derive(Debug)]
struct Case<'s> {
    boundary: &'s str,
    next: Next,
}

/// One of the three at each boundary, and all of them where state is written, references move or a release becomes
/// public; all of them everywhere with `BOWLINE_CRASH_EVERYBODY=1`.
#[test]
fn killed_at_every_boundary() {
    let mut template = ready_with(Variant::InClone, &lease());
    in_ci(&mut template);
    of_others(&template);
    let scene = Scene::of(Variant::InClone, template);
    let visible = scene_released(&scene);
    let (mut dice, seed) = Dice::new();
    let everywhere = setting("BOWLINE_CRASH_EVERYBODY").is_some();
    let mut cases = Vec::new();
    for boundary in &scene.boundaries {
        let chosen = dice.one_of(&EVERYBODY);
        let matters = ["state.", "git.push", "push/refs", "forge.publish"].iter().any(|part| boundary.contains(part));
        let wanted = |next: &&Next| everywhere || matters || **next == chosen;
        cases.extend(EVERYBODY.iter().filter(wanted).map(|&next| Case { boundary, next }));
    }
    // Killed first and taken up last: nobody has to wait for their leases.
    let (late, soon): (Vec<Case<'_>>, Vec<Case<'_>>) =
        cases.into_iter().partition(|case| case.next == Next::AnotherJob);
    let killed: Mutex<BTreeMap<String, World>> = Mutex::default();
    all(&late, |case| {
        let world = kill(&scene, case.boundary);
        killed.lock().unwrap().insert(case.boundary.to_owned(), world);
    });
    let last = Instant::now();
    let converged = all(&soon, |case| bring_to_its_end(&scene, &visible, &kill(&scene, case.boundary), case.next));
    // A lease counts whole seconds.
    pause((LEASE + Duration::from_secs(2)).saturating_sub(last.elapsed()));
    let killed = killed.into_inner().unwrap();
    let taken_up = all(&late, |case| bring_to_its_end(&scene, &visible, &killed[case.boundary], case.next));
    println!(
        "state in git: {} boundaries, {} kills landed, {} went on by the same job, {taken_up} by another, seed {seed}",
        scene.boundaries.len(),
        soon.len() + late.len(),
        converged,
    );
    assert!(
        scene.boundaries.iter().filter(|name| name.starts_with("state.swap:")).count() >= 4,
        "{:?}",
        scene.boundaries
    );
    assert!(soon.len() + late.len() > 80, "{}", soon.len() + late.len());
}

/// A version that only a flag decides is in the plan, and the plan is where other machines find it.
#[test]
fn a_version_that_a_flag_chose_goes_on_elsewhere() {
    let mut template = ready_with(Variant::InClone, &lease());
    in_ci(&mut template);
    let head = template.git(&["rev-parse", "HEAD"]);
    // All are killed before the first is taken up: their leases run out together.
    let killed = ["state.swap:after#1", "intent:draft/create", "forge.create_draft:before"].map(|at| {
        let world = template.copy();
        let args = ["release", "--yes", "--version", "3.0.0"];
        let killed = world.command(&world.work(), &args, &[("BOWLINE_CRASH_AT", at)]).output().unwrap();
        expect_killed(killed.status);
        assert!(!world.visible().contains("release "), "{at}: a draft exists");
        (at, world)
    });
    for (at, world) in &killed {
        let (dir, job) = (clone_as(world, "elsewhere"), Job::new(world, 2, "elsewhere"));
        let resumed = world.bowline_in(&dir, &["resume", "--yes", "--wait", "20s"], &job.env()).expect_code(0);
        assert!(resumed.stdout.contains("3.0.0"), "{at}: {}", resumed.snapshot());
        check_released(world, &[("v3.0.0", &head)]);
        check_state_at_rest(world, &dir, &job.env());
        // The machine that died finds it done.
        let _ = world.bowline(&["resume", "--yes"]).expect_code(0);
        check_released(world, &[("v3.0.0", &head)]);
    }
}

/// While the lease lasts, another job keeps its hands off, wherever the first one died.
#[test]
fn another_job_does_not_go_on_while_the_lease_lasts() {
    let mut template = ready_with(Variant::InClone, "");
    in_ci(&mut template);
    for at in ["state.swap:after#1", "forge.upload:after#1", "git.push:before", "git.push:after", "forge.publish:after"]
    {
        let world = template.copy();
        let killed = world.command(&world.work(), RELEASE, &[("BOWLINE_CRASH_AT", at)]).output().unwrap();
        expect_killed(killed.status);
        let (dir, job) = (clone_as(&world, "elsewhere"), Job::new(&world, 2, "elsewhere"));
        let before = world.visible();
        let ran = world.bowline_in(&dir, RELEASE, &job.env());
        // A clone of what was pushed stands at the release commit: the release that it finds is under way.
        match ran.stdout.contains("release in progress") {
            true => assert_eq!(ran.code, Some(0), "{at}: {}", ran.snapshot()),
            false => assert_eq!(ran.code, Some(25), "{at}: {}", ran.snapshot()),
        }
        assert_eq!(world.visible(), before, "{at}: {}", ran.snapshot());
    }
}

fn lease() -> String {
    format!("\n[state]\nlock_ttl = \"{}s\"\n", LEASE.as_secs())
}

/// References of others, beside and among those of state.
fn of_others(world: &World) {
    let head = world.git(&["rev-parse", "HEAD^"]);
    for name in ["refs/heads/other", "refs/tags/other", "refs/notes/commits", "refs/pull/1/head", "refs/other/bowline"]
    {
        world.git_in(&world.remote(), &["update-ref", name, &head]);
    }
}

fn scene_released(scene: &Scene) -> String {
    let kept = scene.visible.lines().filter(|line| !line.starts_with("refs/bowline/"));
    kept.map(|line| format!("{line}\n")).collect()
}

fn kill(scene: &Scene, boundary: &str) -> World {
    let world = scene.template.copy();
    let killed = world.command(&world.work(), RELEASE, &[("BOWLINE_CRASH_AT", boundary)]).output().unwrap();
    expect_killed(killed.status);
    world
}

fn bring_to_its_end(scene: &Scene, visible: &str, world: &World, next: Next) {
    check_published(world);
    let left = view(world, &world.work());
    let job = match next {
        Next::SameMachine => None,
        Next::FreshMachine => Some(Job::new(world, 1, "elsewhere")),
        Next::AnotherJob => Some(Job::new(world, 2, "elsewhere")),
    };
    let env = job.as_ref().map(Job::env);
    let env = env.as_ref().map_or(&[][..], |env| env.as_slice());
    let dir = if next == Next::SameMachine { world.work() } else { clone_as(world, "elsewhere") };
    let _ = world.bowline_in(&dir, RELEASE, env).expect_code(0);
    check_end(world, visible, &dir, env);
    if next != Next::SameMachine {
        same(&view(world, &dir), &scene.clone, "the new clone");
        same(&view(world, &world.work()), &left, "the old checkout, which nobody worked in");
        // The machine that died comes back.
        let _ = world.bowline(RELEASE).expect_code(0);
        check_end(world, visible, &world.work(), &[]);
    }
    same(&view(world, &world.work()), &scene.here, "the checkout");
    for (dir, env) in BTreeSet::from([(dir.as_path(), env), (world.work().as_path(), &[])]) {
        let before = view(world, dir);
        let again = world.bowline_in(dir, RELEASE, env).expect_code(0);
        let said = [format!("head is {TAG}"), format!("already released as {TAG}")];
        assert!(said.iter().any(|words| again.stdout.contains(words)), "{}", again.snapshot());
        same(&view(world, dir), &before, "after a run with nothing to do");
    }
    check_end(world, visible, &dir, env);
}

/// What is public is what an undisturbed release makes, and nobody is thought to be at work.
fn check_end(world: &World, visible: &str, dir: &Path, env: &[(&str, &str)]) {
    same(&released(world), visible, "the outside world");
    check_published(world);
    assert!(!world.releases().join(".staging").exists(), "something is left in .staging");
    check_state_at_rest(world, dir, env);
    assert_eq!(values(world, "runs/").len(), 1, "one release is one run, whoever carries it out");
    let elsewhere = std::fs::read_dir(world.root().join("state-of-elsewhere")).into_iter().flatten();
    let elsewhere = elsewhere.map(|entry| entry.unwrap().path());
    // A machine that died keeps its files until it comes back.
    let here = state(world).filter(|_| env.is_empty());
    let mut private = Vec::new();
    for folder in elsewhere.chain(here) {
        walk(&folder.join(".scratch"), &mut |path| private.push(path.to_owned()));
    }
    assert!(private.is_empty(), "private files are left: {private:?}");
}

#[expect(clippy::disallowed_methods, reason = "a lease runs out by itself")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
