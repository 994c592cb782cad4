//! SIGKILL from outside, at any time: between boundaries, in the middle of a write, with a push in flight.

use crate::campaign::{Dice, Patience, Place, all, bring_to_its_end, setting};
use crate::damage::Damage;
use crate::scene::{RELEASE, Scene, Variant, walk};
use bowline_testkit::World;
use rustix::process::{Pid, Signal, kill_process};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Who is killed.
#[derive(Clone, Copy, Debug)]
enum Whom {
    /// The program; what it has started goes on.
    Program,
    /// The program and the children that it has at that moment.
    Family,
    /// Only its children: the program sees a git that was killed.
    Children,
}

#[derive(Debug)]
struct Case {
    after: Duration,
    whom: Whom,
    damage: Damage,
    place: Place,
    variant: usize,
}

/// At most forty rounds unless `BOWLINE_CRASH_ROUNDS` asks for more.
#[test]
fn at_random_times() {
    let scenes = [Variant::Prebuilt, Variant::InCheckout, Variant::InClone].map(Scene::new);
    let longest = u64::try_from(duration(&scenes[0]).as_micros()).unwrap();
    let (mut dice, seed) = Dice::new();
    let cases: Vec<Case> = (0..setting("BOWLINE_CRASH_ROUNDS").unwrap_or(40))
        .map(|_| Case {
            after: Duration::from_micros(dice.next() % longest),
            whom: dice.one_of(&[Whom::Program, Whom::Family, Whom::Family, Whom::Children]),
            damage: dice.one_of(&[Damage::Kept, Damage::Deleted]),
            place: dice.one_of(&[Place::Same, Place::Clone]),
            variant: dice.one_of(&[0, 1, 2]),
        })
        .collect();
    let landed = AtomicUsize::new(0);
    let converged = all(&cases, |case| {
        let scene = &scenes[case.variant];
        let world = scene.template.copy();
        let mut child = start(&world);
        pause(case.after);
        let killed = kill(&child, case.whom);
        let status = child.wait().unwrap();
        if hit(status, killed) {
            landed.fetch_add(1, Ordering::SeqCst);
        }
        check_ended(status, case.whom);
        clear_locks(&world, case.whom);
        bring_to_its_end(scene, &world, (case.damage, case.place, 0), Patience::Twice);
    });
    let landed = landed.into_inner();
    println!("random times: {landed} kills landed, {converged} converged, seed {seed}");
    assert!(landed * 2 >= cases.len(), "only {landed} of {} kills landed", cases.len());
}

/// The remote is still at work when the program dies, and when it is started again.
#[test]
fn while_a_push_is_in_flight() {
    let scene = Scene::new(Variant::Prebuilt);
    let mut cases = Vec::new();
    for whom in [Whom::Program, Whom::Family, Whom::Children] {
        for damage in [Damage::Kept, Damage::Deleted] {
            cases.extend([Place::Same, Place::Clone].map(|place| (whom, damage, place)));
        }
    }
    let converged = all(&cases, |&(whom, damage, place)| {
        let world = scene.template.copy();
        let marker = world.root().join("home/in-the-hook");
        world.hook("pre-receive", &format!(": >'{}'; sleep 0.3", marker.display()));
        let mut child = start(&world);
        wait_for(&marker);
        let killed = kill(&child, whom);
        let status = child.wait().unwrap();
        assert!(hit(status, killed), "{status}");
        check_ended(status, whom);
        clear_locks(&world, whom);
        bring_to_its_end(&scene, &world, (damage, place, 0), Patience::Twice);
    });
    println!("push in flight: {converged} kills landed, {converged} converged");
}

fn start(world: &World) -> Child {
    let mut command = world.command(&world.work(), RELEASE, &[]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// How long a release takes here and now.
fn duration(scene: &Scene) -> Duration {
    let world = scene.template.copy();
    let begun = Instant::now();
    start(&world).wait().unwrap();
    begun.elapsed()
}

/// Returns how many processes were sent the signal.
fn kill(child: &Child, whom: Whom) -> usize {
    let program = Pid::from_child(child);
    // Held, so that no child comes into being between looking and killing.
    let _ = kill_process(program, Signal::STOP);
    let children = children(program);
    let victims: Vec<Pid> = match whom {
        Whom::Program => vec![program],
        Whom::Family => children.into_iter().chain([program]).collect(),
        Whom::Children => children,
    };
    let killed = victims.iter().filter(|&&victim| kill_process(victim, Signal::KILL).is_ok()).count();
    let _ = kill_process(program, Signal::CONT);
    killed
}

/// The processes that `parent` has started; none where the system does not tell.
fn children(parent: Pid) -> Vec<Pid> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", parent.as_raw_nonzero())).into_iter().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok());
    let ids: Vec<i32> =
        lists.flat_map(|list| list.split_whitespace().map(str::parse).collect::<Vec<_>>()).flatten().collect();
    ids.into_iter().filter_map(Pid::from_raw).collect()
}

fn hit(status: ExitStatus, killed: usize) -> bool {
    status.signal() == Some(9) || killed > 0 && status.signal().is_none()
}

/// A program that lost a child ends with a code that says what to do.
fn check_ended(status: ExitStatus, whom: Whom) {
    let documented = [0, 12, 20, 21, 23].map(Some);
    let ended = status.signal() == Some(9) || documented.contains(&status.code());
    assert!(ended, "{whom:?}: {status}");
}

/// A git that was killed leaves its lock. Only a person can know that nobody holds it, so the next start names the
/// file, and goes on once it is gone.
fn clear_locks(world: &World, whom: Whom) {
    if matches!(whom, Whom::Program) {
        return;
    }
    for _ in 0..MOST_LOCKS {
        let locks = locks(world);
        if locks.is_empty() {
            return;
        }
        let ran = world.bowline(RELEASE);
        let named: Vec<&PathBuf> = locks.iter().filter(|lock| ran.stderr.contains(&in_git(lock))).collect();
        // One that nothing of a release needs stands in no way.
        assert!(!named.is_empty() || ran.code == Some(0), "{locks:?}: {}", ran.snapshot());
        for lock in if named.is_empty() { locks.iter().collect() } else { named } {
            // Its owner may have been alive after all.
            let _ = std::fs::remove_file(lock);
        }
    }
    panic!("locks come again and again");
}

fn locks(world: &World) -> Vec<PathBuf> {
    let mut locks = Vec::new();
    for repository in [world.work().join(".git"), world.remote()] {
        walk(&repository, &mut |path| locks.extend(path.extension().is_some_and(|e| e == "lock").then(|| path.into())));
    }
    locks
}

/// A lock's path inside its repository.
fn in_git(lock: &Path) -> String {
    let path = lock.to_string_lossy();
    let (_, inside) = path.rsplit_once(".git/").unwrap();
    inside.to_owned()
}

/// A reference through `HEAD` has two.
const MOST_LOCKS: usize = 4;

#[expect(clippy::disallowed_methods, reason = "the time of death is what this is about")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

fn wait_for(file: &Path) {
    for _ in 0..10_000 {
        if file.exists() {
            return;
        }
        pause(Duration::from_millis(1));
    }
    panic!("{} did not appear", file.display());
}
