//! Facts and configuration become the plan document that people and scripts read.

use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::Config;
use bowline_engine::schedule::{self, Disabled};
use bowline_engine::{Look, Receipts, Settings};
use bowline_model::event::Silent;
use bowline_model::facts::Facts;
use bowline_model::git::Marker;
use bowline_model::plan::{GateState, LimitFinding, Plan, PlanDocument};
use bowline_model::step::{Effect, ScheduledStep, VerdictWord};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_plan::{Explanation, Planned};
use bowline_steps::registry;
use std::path::PathBuf;

/// A plan document, and what the gates say beside it.
pub struct Prepared {
    /// The document.
    pub document: PlanDocument,
    /// Why gates are closed.
    pub closed: Vec<Failure>,
    /// Why this version.
    pub explanation: Explanation,
}

/// Plans, schedules, and looks at the gates; changes nothing.
pub fn prepare(session: &Session, workspace: &Workspace, facts: &Facts) -> Result<Prepared, Failure> {
    prepare_planned(session, workspace, facts, compute(workspace, facts)?)
}

/// The same for what is planned already.
pub fn prepare_planned(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    planned: Planned,
) -> Result<Prepared, Failure> {
    let Planned { mut plan, explanation, limits } = planned;
    // A head that is released already plans nothing; say so the way `release` would.
    if let (Some(released), true) = (&facts.released, plan.is_empty()) {
        let word = if released.commit == facts.head.oid { "head is" } else { "already released as" };
        plan.reason = Some(format!("{word} {}", released.tag));
    }
    let (document, closed) = document(session, workspace, facts, plan, limits)?;
    Ok(Prepared { document, closed, explanation })
}

/// The document of a plan, and why gates are closed.
pub fn document(
    session: &Session,
    workspace: &Workspace,
    facts: &Facts,
    plan: Plan,
    limits: Vec<LimitFinding>,
) -> Result<(PlanDocument, Vec<Failure>), Failure> {
    let schedule = schedule(session, workspace, &plan)?;
    let id = plan.digest().map_err(|error| Failure::from_error(FailureKind::Internal, "digest", &error))?;
    let (gates, closed) = if plan.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        let settings = settings(workspace, "", PathBuf::new());
        let receipts = Receipts::default();
        let look = Look {
            plan: &plan,
            marker: Marker { plan: id, head: plan.repository.head },
            readers: &workspace.readers,
            settings: &settings,
            receipts: &receipts,
            public: false,
            events: &Silent,
        };
        look_at_gates(session, &look, &schedule)
    };
    let document = PlanDocument {
        id,
        schedule: if plan.is_empty() { Vec::new() } else { schedule },
        plan,
        gates,
        limits,
        unfinished: facts.unfinished.clone(),
        provisional: workspace.config.provisional,
        bowline_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok((document, closed))
}

/// How the gates stand. Without the network remote and forge cannot be asked, so their gates are not called open.
fn look_at_gates(session: &Session, look: &Look<'_>, schedule: &[ScheduledStep]) -> (Vec<GateState>, Vec<Failure>) {
    let asks = |step: &ScheduledStep| session.global.offline && ASKING_GATES.contains(&step.id.as_str());
    let (asking, others): (Vec<_>, Vec<_>) = schedule.iter().cloned().partition(asks);
    let (mut gates, closed) = schedule::gates(&registry::all(), look, &others);
    let asking = asking.into_iter().filter(|step| step.verdict == VerdictWord::Run);
    gates.extend(asking.map(|step| GateState { id: step.id, open: false, reason: "not asked: --offline".to_owned() }));
    (gates, closed)
}

/// The ids of the released commit and the tag of a plan, none when the forge has yet to make them; makes nothing.
pub fn objects(workspace: &Workspace, plan: &Plan, marker: Marker) -> Result<Option<(Oid, Oid)>, Failure> {
    let (settings, receipts) = (settings(workspace, "", PathBuf::new()), Receipts::default());
    let look = Look {
        plan,
        marker,
        readers: &workspace.readers,
        settings: &settings,
        receipts: &receipts,
        public: false,
        events: &Silent,
    };
    bowline_steps::objects::expected(&look)
}

/// The plan itself.
pub fn compute(workspace: &Workspace, facts: &Facts) -> Result<Planned, Failure> {
    compute_as(workspace, &workspace.config.config, facts)
}

/// The same for other flags than those of this start.
pub fn compute_as(workspace: &Workspace, config: &Config, facts: &Facts) -> Result<Planned, Failure> {
    Ok(bowline_plan::plan(config, facts, Some(&workspace.today()))?)
}

/// The schedule for a plan, without the steps that `--skip` names and those whose optional tools are not there.
pub fn schedule(session: &Session, workspace: &Workspace, plan: &Plan) -> Result<Vec<ScheduledStep>, Failure> {
    let registry = registry::all();
    let mut disabled = Disabled::new();
    for id in &session.global.skip {
        let Some(entry) = registry.find(id) else {
            let known = registry.entries().iter().map(|entry| entry.meta().id).collect::<Vec<_>>().join(", ");
            let id = bowline_model::text::one_line(id, 60);
            return Err(Failure::new(FailureKind::Usage, "unknown_step", format!("there is no step `{id}` to skip"))
                .hint(format!("the steps are: {known}")));
        };
        if !SKIPPABLE.contains(&entry.meta().id) {
            return Err(Failure::new(
                FailureKind::Usage,
                "step_not_skippable",
                format!("step {id} cannot be skipped: {}", why_needed(entry.meta().effect)),
            )
            .hint(format!("these can: {}", SKIPPABLE.join(", "))));
        }
        disabled.insert(id.clone(), format!("--skip {id}"));
    }
    let mut schedule = schedule::schedule(&registry, plan, &disabled);
    schedule::equip(&registry, &mut schedule, workspace.tools(), workspace.events.as_ref())?;
    Ok(schedule)
}

/// Where a run works.
pub fn settings(workspace: &Workspace, run: &str, scratch: PathBuf) -> Settings {
    Settings {
        run: run.to_owned(),
        checkout: workspace.checkout.clone(),
        remote: workspace.remote.as_ref().map(|remote| remote.name.clone()),
        push_local_commits: false,
        public: false,
        adopt: false,
        replaces_tag: None,
        scratch,
        build_env: Vec::new(),
    }
}

const fn why_needed(effect: Effect) -> &'static str {
    match effect {
        Effect::Observe => "it is what makes the release safe",
        _ => "the steps after it build on it",
    }
}

/// Gates that need the network.
const ASKING_GATES: [&str; 3] = ["gate/remote", "gate/checks", "gate/environment"];
/// Steps without which a release is still whole. A build that is skipped means artifacts that are there already.
const SKIPPABLE: [&str; 6] = [
    "build/command",
    "notify/checkout",
    "notify/floating-tags",
    "notify/discussion",
    "notify/status",
    "notify/released",
];
