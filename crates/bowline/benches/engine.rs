//! What the engine itself costs: `cargo bench -p bowline --bench engine`.
//!
//! Steps without any effect run through the whole loop (look, intent, act, receipt). With a journal in memory, all the
//! time is the engine's; with one in files that are kept in memory, the store's calls come to it. With a journal on disk,
//! the same records are also appended by hand, so that what the disk takes is known. `BOWLINE_BENCH_ROUNDS` sets how often each is measured (default 7),
//! `BOWLINE_BENCH_STEPS` how many steps there are (default 1000), `BOWLINE_BENCH_DIR` on which disk (default: the
//! folder for temporary files).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints and may stop when its world is broken"
)]

use bowline_engine::{Cx, Engine, Probe, Registry, Step, StepMeta, Uninterrupted};
use bowline_host::state::FileState;
use bowline_ledger::journal::{Header, Journal};
use bowline_model::Failure;
use bowline_model::event::Silent;
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, ScheduledStep, Stage, Verdict, VerdictWord};
use bowline_port::local::LocalStore;
use bowline_port::local::memory::MemoryLocal;
use bowline_testkit::World;
use bowline_testkit::bench::Bench;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() {
    // `cargo test --benches` passes `--test`: being built is the test then.
    if std::env::args().any(|arg| arg == "--test" || arg == "--list") {
        return;
    }
    let number =
        |name: &str, default: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (rounds, steps) = (number("BOWLINE_BENCH_ROUNDS", 7), number("BOWLINE_BENCH_STEPS", 1_000));
    let disk = std::env::var_os("BOWLINE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let bench = world();
    let mut times = [const { Vec::new() }; 4];
    for round in 0..=rounds {
        let folder = tempfile::tempdir_in(&disk).unwrap();
        let store = |folder: &Path, name: &str| Arc::new(FileState::open(&folder.join(name)).unwrap());
        let measured = [
            run(&bench, steps, Arc::new(MemoryLocal::default())),
            // The world of the bench lies in memory where the system has a place for that.
            run(&bench, steps, store(bench.world.root(), &format!("round-{round}"))),
            run(&bench, steps, store(folder.path(), "engine")),
            by_hand(&bench, steps, store(folder.path(), "by-hand").as_ref()),
        ];
        // The first round warms up.
        if round > 0 {
            times.iter_mut().zip(measured).for_each(|(times, time)| times.push(time));
        }
    }
    let [memory, files, engine, raw] = times.map(|times| median(times).as_secs_f64() * 1e3);
    let each = |milliseconds: f64| milliseconds / steps as f64;
    println!("{steps} steps without an effect, medians of {rounds} rounds, disk {}", disk.display());
    println!("{:44} {:>10} {:>12}  goal", "", "all, ms", "a step, ms");
    let line = |name: &str, time: f64, goal: &str| println!("{name:44} {time:10.2} {:12.4}  {goal}", each(time));
    line("the engine, journal in memory", memory, "a step <= 1 ms");
    line("the engine, journal in files in memory", files, "a step <= 1 ms");
    line("the engine, journal on disk", engine, "1,000 steps <= 2,000 ms");
    line("the same records appended to disk by hand", raw, "");
}

/// A repository with something to release: an engine needs a plan and doors, even when its steps use neither.
fn world() -> Bench {
    let world = World::with_repository("bowline");
    world.write("VERSION", "1.0.0\n");
    world.commit_and_push("feat: add things");
    Bench::new(world)
}

/// Runs a schedule of so many steps once.
fn run(bench: &Bench, steps: usize, store: Arc<dyn LocalStore>) -> Duration {
    let registry = Registry::default().step(Nothing);
    let step = ScheduledStep {
        id: Nothing::META.id.to_owned(),
        stage: Nothing::META.stage,
        effect: Nothing::META.effect,
        verdict: VerdictWord::Run,
        reason: None,
        origin: "default".to_owned(),
    };
    let schedule = vec![step; steps];
    let engine = Engine {
        registry: &registry,
        plan: &bench.plan,
        marker: bench.marker,
        schedule: &schedule,
        doors: &bench.doors,
        settings: &bench.settings,
        events: &Silent,
        interrupt: &Uninterrupted,
        until: None,
    };
    let journal = open(bench, store);
    let start = Instant::now();
    let end = engine.run(journal);
    let time = start.elapsed();
    assert!(end.failure.is_none() && end.steps.len() == steps, "{:?}", end.failure);
    assert!(end.steps.iter().all(|step| step.outcome == "done"));
    time
}

/// Appends what the engine appends, and does nothing else.
fn by_hand(bench: &Bench, steps: usize, store: &dyn LocalStore) -> Duration {
    let key = bowline_ledger::journal::key(&bench.settings.run);
    let journal_of = |steps| {
        let memory = Arc::new(MemoryLocal::default());
        run(bench, steps, memory.clone());
        memory.get(&key).unwrap().unwrap()
    };
    // An intent and a receipt, each about half of what one step adds.
    let first = journal_of(1);
    let record = vec![0; (journal_of(2).len() - first.len()) / 2];
    store.put(&key, &first).unwrap();
    let start = Instant::now();
    for _ in 0..steps * 2 {
        store.append(&key, &record).unwrap();
    }
    start.elapsed()
}

fn open(bench: &Bench, store: Arc<dyn LocalStore>) -> Journal {
    let header = Header {
        repository: bench.plan.repository.id.clone(),
        plan: bench.marker.plan,
        run: bench.settings.run.clone(),
    };
    Journal::open(store, header).unwrap()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// A step that has no effect, and whose effect is never there.
struct Nothing;

impl Step for Nothing {
    type Receipt = u32;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "build/nothing",
        stage: Stage::Build,
        effect: Effect::Reversible,
        needs: &[],
        tools: &[],
        summary: "do nothing",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn probe(&self, _: &Cx<'_>) -> Result<Probe<u32>, Failure> {
        Ok(Probe::Absent)
    }

    fn run(&self, _: &Cx<'_>) -> Result<u32, Failure> {
        Ok(1)
    }
}
