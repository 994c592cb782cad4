//! `bowline plan` (and every dry run): what a release would do, or what is different from another plan. Changes nothing and
//! needs no write access.

use crate::args::{PlanArgs, PlanCommandArgs, PromoteArgs};
use crate::documents;
use crate::output::{self, outputs, plan_diff::PlanDiffDocument, summary};
use crate::release::choose::{Named, named_plan};
use crate::release::{by_hand, flags, promote};
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::Config;
use bowline_config::section::version::Request;
use bowline_model::facts::Unfinished;
use bowline_model::plan::diff::differences;
use bowline_model::{Failure, FailureKind};

/// Plans.
pub fn run(session: &Session, args: &PlanCommandArgs) -> Result<u8, Failure> {
    if args.snapshot {
        return super::snapshot::show(session, &args.plan_args);
    }
    match &args.diff {
        Some(named) => compare(session, &args.plan_args, named),
        None => show(session, &args.plan_args),
    }
}

/// Prints the plan.
pub fn show(session: &Session, args: &PlanArgs) -> Result<u8, Failure> {
    show_with(session, args, false)
}

/// Prints the plan; that of a release which another tool has begun, when it is to be taken over.
pub fn show_with(session: &Session, args: &PlanArgs, adopt: bool) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, flags(session, args))?;
    let facts = workspace.observe(session, args.branch.as_deref(), None)?;
    let begun = by_hand::find(&workspace, &facts)?;
    let adopted = begun.as_ref().filter(|begun| adopt && begun.can_be_adopted());
    let prepared = match adopted {
        Some(begun) => documents::prepare_planned(session, &workspace, &facts, begun.plan(&workspace, &facts)?)?,
        None if args.unless_released && facts.released.is_some() => {
            let config = Config { request: Request::default(), ..workspace.config.config.clone() };
            documents::prepare_planned(
                session,
                &workspace,
                &facts,
                documents::compute_as(&workspace, &config, &facts)?,
            )?
        }
        None => documents::prepare(session, &workspace, &facts)?,
    };
    let screen = &session.screen;
    screen.document(&prepared.document);
    screen.text(&output::plan::text(&prepared.document, &prepared.explanation.channel_reason, screen.style()));
    screen.summarize(&summary::of_plan(&prepared.document));
    screen.hand_out(&outputs::of_plan(&prepared.document, facts.current.as_ref()));
    if let Some(begun) = begun.as_ref().filter(|begun| adopted.is_none() && begun.is_release_commit()) {
        screen.warn(&format!("{}; `bowline release --adopt` completes it", begun.note()));
    }
    if facts.unfinished == Unfinished::Unknown && !session.global.offline {
        screen.note("Whether an earlier release is unfinished cannot be seen from here.");
    }
    Ok(0)
}

/// Prints what a promotion would do.
pub fn show_promotion(session: &Session, args: &PromoteArgs) -> Result<u8, Failure> {
    let (document, channel) = promote::look(session, args)?;
    session.screen.document(&document);
    session.screen.text(&output::plan::text(&document, &channel, session.screen.style()));
    Ok(0)
}

/// Prints what is different between the named plan and the one of now.
fn compare(session: &Session, args: &PlanArgs, named: &str) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, flags(session, args))?;
    let facts = workspace.observe(session, args.branch.as_deref(), None)?;
    let before = named_plan(session, &workspace, &facts, named, Named::ToLookAt)?;
    let after = documents::compute(&workspace, &facts)?.plan;
    let internal = |error: &dyn std::error::Error| {
        Failure::new(FailureKind::Internal, "plan_diff", "the plans cannot be compared").because(error)
    };
    let document = PlanDiffDocument {
        schema: "bowline/plan-diff/v1".to_owned(),
        before: before.digest().map_err(|error| internal(&error))?,
        after: after.digest().map_err(|error| internal(&error))?,
        differences: differences(&before, &after).map_err(|error| internal(&error))?,
    };
    session.screen.text(&output::plan_diff::text(&document, session.screen.style()));
    session.screen.document(&document);
    Ok(0)
}
