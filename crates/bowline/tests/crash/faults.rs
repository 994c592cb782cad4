//! A disk that fails: every kind of write, flush, naming and opening that a release makes comes back with an error once.
//!
//! `strace` makes the Nth such call of the program's main thread fail, which is the one that does all writes of its own;
//! the git programs that it starts are not hit. What must hold afterwards: no file is half a version, nothing public
//! happens after a write of state has failed, the exit code says how the release stands, and without the fault the same
//! command completes it.

use crate::campaign::{Dice, Patience, Place, all, bring_to_its_end, check_published, same, setting, without_lists};
use crate::damage::Damage;
use crate::scene::{PROGRAM, RELEASE, Scene, TAG, Variant, state};
use bowline_testkit::{World, parts};
use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is made to fail, and how it can.
const WRITES: &str = "write,fsync,fdatasync,?rename,?renameat,renameat2,linkat,mkdirat,ftruncate,unlinkat";
const WRITE_ERRORS: [&str; 3] = ["ENOSPC", "EIO", "EROFS"];
const OPEN_ERRORS: [&str; 3] = ["EMFILE", "EIO", "EROFS"];
/// How many cases there are unless `BOWLINE_CRASH_FAULTS` says otherwise; a fourth of them are failures to open.
const CASES: u64 = 100;

/// One call of the reference, and how it fails.
#[derive(Clone, Debug)]
struct Fault {
    call: String,
    /// The how manieth of its kind.
    number: usize,
    error: &'static str,
    /// The call as it was in the reference, for whoever reads about a case that went wrong.
    _line: String,
}

impl Fault {
    fn new(call: &str, number: usize, error: &'static str) -> Self {
        Self { call: call.to_owned(), number, error, _line: String::new() }
    }
}

#[test]
fn one_call_fails() {
    if !parts::strace() {
        return;
    }
    let scene = Scene::new(Variant::Prebuilt);
    let (mut dice, seed) = Dice::new();
    let possible = possible(&scene);
    let (opens, writes): (Vec<Fault>, Vec<Fault>) = possible.iter().cloned().partition(|fault| fault.call == "openat");
    let wanted = usize::try_from(setting("BOWLINE_CRASH_FAULTS").unwrap_or(CASES)).unwrap();
    let mut cases = drawn(opens, wanted.div_ceil(4), &mut dice);
    cases.extend(drawn(writes, wanted - cases.len().min(wanted), &mut dice));
    let cases: Vec<(Fault, Place)> =
        cases.into_iter().map(|fault| (fault, dice.one_of(&[Place::Same, Place::Clone]))).collect();
    let of_state = AtomicUsize::new(0);
    let codes = Mutex::new(BTreeMap::<i32, usize>::new());
    let converged = all(&cases, |(fault, place)| {
        let world = scene.template.copy();
        let (ran, trace) = traced(&world, Some(fault));
        let Some(at) = trace.iter().position(|line| line.ends_with("(INJECTED)")) else {
            panic!("it was not made to fail: {}", said(&ran));
        };
        let code = ran.status.code().unwrap_or_else(|| panic!("{}: {}", ran.status, said(&ran)));
        *codes.lock().unwrap().entry(code).or_default() += 1;
        let hit = trace[at].clone();
        check_code(&scene, &world, code, &hit, &said(&ran));
        check_files(&scene, &world);
        check_published(&world);
        if is_write_of_state(&hit) {
            of_state.fetch_add(1, Ordering::SeqCst);
            let after: Vec<&String> = trace[at..].iter().filter(|line| is_public_act(line)).collect();
            assert!(after.is_empty(), "{hit} failed, and then: {after:?}");
        }
        if said(&ran).contains(NOT_REMOVED) {
            // Whoever is told removes it.
            std::fs::remove_dir_all(state(&world).unwrap().join(".scratch")).unwrap();
        }
        // A complete release whose overview could not be made has it made by the next one.
        let without = world.visible() != scene.visible || world.releases().join(".staging").exists();
        let patience = if code == 0 && without { Patience::Twice } else { Patience::Once };
        bring_to_its_end(&scene, &world, (Damage::Kept, *place, 0), patience);
    });
    let of_state = of_state.into_inner();
    println!(
        "{converged} faults of {} possible ones landed, {of_state} of them in writes of state, {converged} converged, exit codes \
         {:?}, seed {seed}",
        possible.len(),
        codes.into_inner().unwrap()
    );
    assert!(of_state * 5 > cases.len(), "only {of_state} faults hit a write of state");
}

/// Private files that cannot be removed are no reason to fail a release that is complete, and are told.
#[test]
fn private_files_cannot_be_removed() {
    if !parts::strace() {
        return;
    }
    let scene = Scene::new(Variant::Prebuilt);
    let world = scene.template.copy();
    let (ran, trace) = traced(&world, Some(&Fault::new("unlinkat", removal(&scene), "EIO")));
    let hit = trace.iter().find(|line| line.ends_with("(INJECTED)")).unwrap();
    assert!(hit.contains("/.scratch/"), "{hit}");
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    assert!(said(&ran).contains(NOT_REMOVED), "{}", said(&ran));
    same(&world.visible(), &scene.visible, "the outside world");
}

/// Which removal is the first one of a private file.
fn removal(scene: &Scene) -> usize {
    let (_, trace) = traced(&scene.template.copy(), None);
    let mut removals = trace.iter().filter(|line| line.starts_with("unlinkat("));
    removals.position(|line| line.contains("/.scratch/")).unwrap() + 1
}

/// Every call of an undisturbed release that concerns its own files, with every error that it can have.
fn possible(scene: &Scene) -> Vec<Fault> {
    let world = scene.template.copy();
    let (ran, trace) = traced(&world, None);
    assert!(ran.status.success(), "{}", said(&ran));
    let root = world.root().to_string_lossy().into_owned();
    let mut counts = BTreeMap::<String, usize>::new();
    let mut faults = Vec::new();
    for line in &trace {
        let Some((call, _)) = line.split_once('(') else { continue };
        let number = counts.entry(call.to_owned()).or_default();
        *number += 1;
        if line.contains(&root) && !line.contains(LIST) && line.contains(" = ") {
            let errors = if call == "openat" { OPEN_ERRORS } else { WRITE_ERRORS };
            let line = line.replace(&root, "");
            faults.extend(errors.map(|error| Fault { _line: line.clone(), ..Fault::new(call, *number, error) }));
        }
    }
    assert!(faults.len() > 1000, "{}", faults.len());
    let acts = trace.iter().filter(|line| is_public_act(line)).count();
    assert!(acts >= 4, "only {acts} acts that others can see are found in the trace");
    faults
}

/// Some of them, in an order that the dice decide.
fn drawn(mut from: Vec<Fault>, wanted: usize, dice: &mut Dice) -> Vec<Fault> {
    let mut drawn = Vec::new();
    while drawn.len() < wanted && !from.is_empty() {
        let at = usize::try_from(dice.next() % from.len() as u64).unwrap();
        drawn.push(from.swap_remove(at));
    }
    drawn
}

/// Releases under `strace`. Returns what the main thread called, in order; the boundaries that it passed are writes
/// among them.
#[expect(clippy::disallowed_methods, reason = "strace is started as it is, and it starts the program")]
fn traced(world: &World, fault: Option<&Fault>) -> (Output, Vec<String>) {
    let trace = world.root().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-y", "-s", "120", "-e", &format!("trace=openat,{WRITES}"), "-o"]).arg(&trace);
    if let Some(Fault { call, number, error, .. }) = fault {
        strace.args(["-e", &format!("inject={call}:error={error}:when={number}")]);
    }
    strace.arg(PROGRAM).args(RELEASE).current_dir(world.work()).env_clear().envs(world.variables());
    let ran = strace.env("BOWLINE_CRASH_LIST", world.root().join(LIST)).output().unwrap();
    let lines = std::fs::read_to_string(&trace).unwrap().lines().map(str::to_owned).collect();
    (ran, lines)
}

/// What the exit code says must be so.
fn check_code(scene: &Scene, world: &World, code: i32, hit: &str, said: &str) {
    let visible = world.visible();
    match code {
        0 => same(&without_lists(&visible), &without_lists(&scene.visible), &format!("complete, after {hit}")),
        // Nothing public happened, and what was there in private was taken back.
        3 | 12 | 20 => same(&visible, &scene.template.visible(), &format!("as before, after {hit}: {said}")),
        21 => assert!(visible.contains(&format!("refs/tags/{TAG} ")), "{hit}: {said}"),
        _ => panic!("exit code {code} after {hit}: {said}"),
    }
    assert!(code == 0 || said.contains("error: "), "{hit}: {said}");
}

/// Each file that carries the version is the old one or the new one.
fn check_files(scene: &Scene, world: &World) {
    for name in ["VERSION", "package.json", "CHANGELOG.md", "src/app.txt", "src/staged.txt"] {
        let found = world.read(name);
        let new = scene.here.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).unwrap();
        assert!(
            found == scene.template.read(name) || format!("{found:?}") == new,
            "{name} is neither the old one nor the new one: {found:?}"
        );
    }
    let on_remote = world.git_in(&world.remote(), &["show", "main:VERSION"]);
    assert!(on_remote == "1.0.0" || format!("v{on_remote}") == TAG, "{on_remote}");
}

/// Whether a traced call writes below the state folder. Without a nameless file a named one is written instead.
fn is_write_of_state(line: &str) -> bool {
    let reads = line.starts_with("openat(") && !line.contains("O_WRONLY") && !line.contains("O_RDWR");
    line.contains("/state/bowline") && !reads && !line.contains("O_TMPFILE")
}

/// Whether a traced call is the note that something begins which others can see.
fn is_public_act(line: &str) -> bool {
    let acts = ["git.push", "forge.create_draft", "forge.upload", "forge.publish"];
    line.contains(LIST) && acts.iter().any(|act| line.contains(&format!("\"{act}:before")))
}

fn said(ran: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
}

/// What is said about private files that stay.
const NOT_REMOVED: &str = "warning: the state of the run could not be kept: cannot remove";
/// Where the program notes the boundaries that it passes.
const LIST: &str = "passed-boundaries";
