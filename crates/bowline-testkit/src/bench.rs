//! A release held in this process, so that a test can stop it at any point and look.

use crate::world::World;
use bowline_config::{Config, File, Input, Loaded};
use bowline_engine::schedule::{Disabled, schedule};
use bowline_engine::{Check, Engine, Hold, Interrupt, Look, Point, Receipts, Registry, RunEnd, Settings};
use bowline_facts::Request;
use bowline_host::clock::SystemClock;
use bowline_host::files::HostFiles;
use bowline_host::forge::LocalForge;
use bowline_host::git::{GitOptions, HostGit};
use bowline_host::process::SystemProcess;
use bowline_host::state::FileState;
use bowline_ledger::journal::{Header, Journal};
use bowline_ledger::runs::run_id;
use bowline_model::event::Silent;
use bowline_model::git::Marker;
use bowline_model::plan::{Plan, Promotion};
use bowline_model::step::{ScheduledStep, VerdictWord};
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::environment::Environment;
use bowline_port::process::tools::Toolbox;
use bowline_port::stop::Stop;
use bowline_port::{Doors, Readers};
use bowline_steps::assets::read_release_bytes;
use bowline_steps::registry;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

/// A world and everything an engine needs to release in it.
pub struct Bench {
    /// The world.
    pub world: World,
    /// All doors.
    pub doors: Doors,
    /// The plan.
    pub plan: Plan,
    /// Its marker.
    pub marker: Marker,
    /// All steps.
    pub registry: Registry,
    /// Which take part.
    pub schedule: Vec<ScheduledStep>,
    /// Where things are.
    pub settings: Settings,
}

/// Stops a run at one point of one step, or makes one step fail.
#[derive(Clone, Debug, Default)]
pub struct At {
    /// Stop here, as if the process had died.
    pub crash: Option<(Point, String)>,
    /// Let this step fail instead of acting.
    pub fail: Option<String>,
}

impl Interrupt for At {
    fn at(&self, point: Point, step: &str) -> ControlFlow<()> {
        match &self.crash {
            Some((at, id)) if *at == point && id == step => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn fail(&self, step: &str) -> Option<Failure> {
        (self.fail.as_deref() == Some(step))
            .then(|| Failure::new(FailureKind::Failed, "injected", "made to fail by a test"))
    }
}

impl Bench {
    /// Observes and plans in `world`.
    pub fn new(world: World) -> Self {
        Self::planned(world, |config, readers, request| {
            let facts = bowline_facts::observe(readers, request).unwrap();
            bowline_plan::plan(config, &facts, None).unwrap().plan
        })
    }

    /// The same for the promotion of `tag`, which Bowline has published there, to its final version.
    pub fn promoting(world: World, tag: &str) -> Self {
        Self::planned(world, |config, readers, request| {
            let facts = bowline_facts::observe(readers, request).unwrap();
            let candidate = facts.version_tags.iter().find(|known| known.name.as_str() == tag).unwrap();
            let release = readers.forge.published(&candidate.name).unwrap().unwrap();
            let (file, bytes) = read_release_bytes(readers.forge.as_ref(), &release).unwrap().unwrap();
            let next = candidate.version.release();
            let promotion = Promotion {
                tag: candidate.name.clone(),
                version: candidate.version.clone(),
                tag_object: candidate.object,
                plan: file.plan_id,
                manifest: Digest::of(&bytes),
            };
            let at = bowline_facts::At { head: candidate.commit, without_tag: None, promotes: Some(next.clone()) };
            let then = bowline_facts::observe(readers, &Request { at: Some(at), ..request.clone() }).unwrap();
            bowline_plan::promote(config, &then, promotion, &next, None).unwrap().plan
        })
    }

    fn planned(world: World, plan: impl FnOnce(&Config, &Readers, &Request<'_>) -> Plan) -> Self {
        let environment = Environment::from_pairs(world.variables());
        let process = Arc::new(SystemProcess::new(environment.clone(), Arc::new(|_: &str| {})));
        let options =
            GitOptions { environment: environment.clone(), process: process.clone(), timeout: Duration::from_secs(60) };
        let git = Arc::new(HostGit::open(&world.work(), options).unwrap());
        let clock = Arc::new(SystemClock::new());
        let forge = Arc::new(LocalForge::new(&world.releases(), clock.clone()));
        let state = Arc::new(FileState::open(&world.root().join("state/bench")).unwrap());
        let config = load(&world);
        let readers = Readers { git: git.clone(), forge: forge.clone(), clock: clock.clone() };
        let request = Request {
            config: &config.config,
            environment: &environment,
            branch: None,
            offline: false,
            at: None,
            branchless: false,
            closed: &[],
            begun: &[],
        };
        let plan = plan(&config.config, &readers, &request);
        assert!(!plan.is_empty(), "the test world has nothing to release: {:?}", plan.reason);
        let marker = plan.marker().unwrap();
        let registry = registry::all();
        let schedule = schedule(&registry, &plan, &Disabled::new());
        let run = run_id(&marker.plan);
        let settings = Settings {
            checkout: Some(world.work()),
            remote: bowline_facts::release_remote(git.as_ref(), &environment).unwrap().map(|remote| remote.name),
            push_local_commits: true,
            public: false,
            adopt: false,
            replaces_tag: None,
            scratch: world.root().join("state/bench/scratch").join(&run),
            build_env: world.variables(),
            run,
        };
        let doors = Doors {
            git,
            forge,
            files: Arc::new(HostFiles::default()),
            tools: Arc::new(Toolbox::usual(process.clone())),
            process,
            local: state.clone(),
            state,
            clock,
            stop: Stop::default(),
        };
        Self { world, doors, plan, marker, registry, schedule, settings }
    }

    /// Runs the schedule, stopping where `at` says.
    pub fn run(&self, at: &At) -> RunEnd {
        self.engine(at).run(self.journal())
    }

    /// Runs the schedule with `interrupt` between the points: it may stop the run, and it may change the world behind
    /// the run's back.
    pub fn run_with(&self, interrupt: &dyn Interrupt) -> RunEnd {
        self.engine(interrupt).run(self.journal())
    }

    /// The same while `hold` is held.
    pub fn run_holding(&self, hold: &dyn Hold, interrupt: &dyn Interrupt) -> RunEnd {
        let engine = self.engine(interrupt);
        let mut run = engine.begin(self.journal());
        run.hold(hold);
        run.go_on(None);
        run.end()
    }

    /// Runs until just before `step` looks, and stops there as if the process had died.
    pub fn run_until(&self, step: &str) -> RunEnd {
        let end = self.run(&At { crash: Some((Point::BeforeProbe, step.to_owned())), fail: None });
        assert!(end.interrupted, "the run did not come to {step}: {:?}", end.failure);
        end
    }

    /// What `check` says now, asked alone, with no receipts of earlier steps.
    pub fn check<C: Check>(&self, check: &C) -> Result<C::Receipt, Failure> {
        let (readers, receipts) = (self.doors.readers(), Receipts::default());
        let look = Look {
            plan: &self.plan,
            marker: self.marker,
            readers: &readers,
            settings: &self.settings,
            receipts: &receipts,
            public: self.settings.public,
            events: &Silent,
        };
        check.check(&look).map_err(Into::into)
    }

    /// Takes everything back.
    pub fn unwind(&self) -> RunEnd {
        self.engine(&At::default()).unwind(self.journal())
    }

    /// Takes everything back while `hold` is held.
    pub fn unwind_holding(&self, hold: &dyn Hold) -> RunEnd {
        self.engine(&At::default()).unwind_holding(self.journal(), hold)
    }

    /// The journal as it is now.
    pub fn journal(&self) -> Journal {
        let header = Header {
            repository: self.plan.repository.id.clone(),
            plan: self.marker.plan,
            run: self.settings.run.clone(),
        };
        Journal::open(self.doors.local.clone(), header).unwrap()
    }

    /// Ids of the steps that take part, in order.
    pub fn running(&self) -> Vec<String> {
        self.schedule.iter().filter(|step| step.verdict == VerdictWord::Run).map(|step| step.id.clone()).collect()
    }

    fn engine<'a>(&'a self, interrupt: &'a dyn Interrupt) -> Engine<'a> {
        Engine {
            registry: &self.registry,
            plan: &self.plan,
            marker: self.marker,
            schedule: &self.schedule,
            doors: &self.doors,
            settings: &self.settings,
            events: &Silent,
            interrupt,
            until: None,
        }
    }
}

fn load(world: &World) -> Loaded {
    let bytes = world.read("bowline.toml").into_bytes();
    let file = (!bytes.is_empty()).then(|| File { name: "bowline.toml".to_owned(), bytes, committed: true });
    bowline_config::load(&Input { file, ..Input::default() }).unwrap()
}
