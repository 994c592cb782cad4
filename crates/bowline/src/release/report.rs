//! How a run ended, as the result document says it.

use bowline_engine::{RunEnd, Settings};
use bowline_model::facts::Facts;
use bowline_model::failure::Certainty;
use bowline_model::git::Marker;
use bowline_model::plan::Plan;
use bowline_model::release::{CurrentVersion, RESULT_SCHEMA, ReleaseResult, ReleasedPackage, Status};
use bowline_model::step::{Stage, StepRecord};
use bowline_model::{Failure, FailureKind};
use bowline_steps::commit::objects::ReleaseObjects;
use bowline_steps::draft::create::Draft;
use bowline_steps::push::refs::Pushed;
use bowline_steps::verify::release::Verified;
use serde::de::DeserializeOwned;

/// Nothing was to be done.
pub fn nothing(facts: &Facts, reason: String, required: bool) -> ReleaseResult {
    let failure = required.then(|| {
        Failure::new(FailureKind::NothingToRelease, "nothing_to_release", format!("nothing to release: {reason}"))
            .hint("`--bump patch` releases all the same")
    });
    ReleaseResult {
        schema: RESULT_SCHEMA.to_owned(),
        run: None,
        plan: facts.released.as_ref().map(|released| released.marker.plan),
        status: Status::Nothing,
        exit_code: failure.as_ref().map_or(0, |failure| failure.kind.exit_code(false)),
        packages: Vec::new(),
        steps: Vec::new(),
        failure,
        reason: Some(reason),
        next: None,
        current: facts
            .current
            .as_ref()
            .map(|tag| CurrentVersion { version: tag.version.clone(), tag: tag.name.clone() }),
        handoff_digest: None,
    }
}

/// No run could begin.
pub fn not_begun(failure: Failure) -> ReleaseResult {
    let public = failure.certainty == Certainty::Unknown;
    ReleaseResult {
        schema: RESULT_SCHEMA.to_owned(),
        run: None,
        plan: None,
        status: status(&failure),
        exit_code: failure.kind.exit_code(public),
        packages: Vec::new(),
        steps: Vec::new(),
        failure: Some(failure),
        reason: None,
        next: None,
        current: None,
        handoff_digest: None,
    }
}

/// A plan was run, as far as `until` where that was asked for.
pub fn result(run: &str, marker: Marker, plan: &Plan, end: RunEnd, until: Option<Stage>) -> ReleaseResult {
    let stopped = until.filter(|until| end.failure.is_none() && *until < Stage::Notify);
    let exit_code = end.failure.as_ref().map_or(0, |failure| failure.kind.exit_code(end.public));
    let packages = packages(plan, &end);
    let waits = (end.failure.is_none() && plan.requirements.publish.draft).then(|| waits_for_person(&packages));
    ReleaseResult {
        schema: RESULT_SCHEMA.to_owned(),
        run: Some(run.to_owned()),
        plan: Some(marker.plan),
        status: match (&end.failure, stopped, &waits) {
            (Some(failure), ..) => status(failure),
            (None, None, None) => Status::Released,
            (None, ..) => Status::Paused,
        },
        exit_code,
        packages,
        next: stopped.map(|_| "bowline resume".to_owned()).or_else(|| next(plan, &end)),
        steps: end.steps,
        failure: end.failure,
        reason: stopped.map(|until| format!("stopped after {until}, as asked")).or(waits),
        current: None,
        handoff_digest: None,
    }
}

/// What is left to do about drafts.
fn waits_for_person(packages: &[ReleasedPackage]) -> String {
    let of = |package: &ReleasedPackage| match &package.release_url {
        Some(url) => format!("{} is a draft, for a person to publish: {url}", package.tag),
        None => format!("{} is a draft, for a person to publish", package.tag),
    };
    packages.iter().map(of).collect::<Vec<_>>().join("; ")
}

/// A run was taken back.
pub fn aborted(settings: &Settings, marker: Marker, plan: &Plan, end: RunEnd) -> ReleaseResult {
    let public = end.public.then(|| still_public(settings, plan));
    let failure = end.failure.or(public);
    ReleaseResult {
        schema: RESULT_SCHEMA.to_owned(),
        run: Some(settings.run.clone()),
        plan: Some(marker.plan),
        status: match &failure {
            Some(failure) if failure.kind.can_go_on() => status(failure),
            Some(_) => Status::Stuck,
            None => Status::Aborted,
        },
        exit_code: failure.as_ref().map_or(0, |failure| failure.kind.exit_code(end.public)),
        packages: Vec::new(),
        reason: failure.is_none().then(|| taken_back(&end.steps)),
        steps: end.steps,
        failure,
        next: None,
        current: None,
        handoff_digest: None,
    }
}

/// Whether something could not be taken back.
pub fn undo_failed(end: &RunEnd) -> bool {
    end.steps.iter().any(|step| step.outcome == "undo_failed")
}

/// The released tags, for people.
pub fn tags(result: &ReleaseResult) -> String {
    result.packages.iter().map(|package| package.tag.to_string()).collect::<Vec<_>>().join(", ")
}

fn packages(plan: &Plan, end: &RunEnd) -> Vec<ReleasedPackage> {
    let objects: Option<ReleaseObjects> = receipt(&end.steps, "commit/objects");
    let pushed: Option<Pushed> = receipt(&end.steps, "push/refs");
    let verified: Option<Verified> = receipt(&end.steps, "verify/release");
    let url = receipt::<bowline_steps::publish::release::Published>(&end.steps, "publish/release")
        .map(|published| published.url)
        .or_else(|| receipt::<Draft>(&end.steps, "draft/create").map(|draft| draft.url));
    plan.packages
        .iter()
        .map(|package| ReleasedPackage {
            name: package.name.clone(),
            version: package.next.clone(),
            previous: package.current.clone(),
            changelog: package.shown_changelog().to_owned(),
            tag: package.tag.clone(),
            commit: pushed.as_ref().map(|pushed| pushed.commit).or(objects.map(|objects| objects.commit)),
            release_url: url.clone(),
            assets: verified.as_ref().map(|verified| verified.assets.clone()).unwrap_or_default(),
        })
        .collect()
}

fn receipt<R: DeserializeOwned>(steps: &[StepRecord], id: &str) -> Option<R> {
    let value = steps.iter().find(|step| step.id == id)?.receipt.clone()?;
    serde_json::from_value(value).ok()
}

fn status(failure: &Failure) -> Status {
    match failure.kind {
        FailureKind::Conflict if failure.code == "superseded" => Status::Superseded,
        FailureKind::Conflict => Status::Conflict,
        FailureKind::Refused | FailureKind::Missing | FailureKind::Config | FailureKind::Usage => Status::Refused,
        FailureKind::Waiting => Status::Waiting,
        FailureKind::Paused => Status::Paused,
        FailureKind::Busy => Status::Busy,
        FailureKind::Stuck => Status::Stuck,
        FailureKind::NothingToRelease => Status::Nothing,
        FailureKind::Failed | FailureKind::Internal | FailureKind::Findings | FailureKind::Mismatch => Status::Failed,
    }
}

/// The command to go on with.
fn next(plan: &Plan, end: &RunEnd) -> Option<String> {
    let failure = end.failure.as_ref()?;
    // A plain release would make the version anew, with other files.
    let promote = plan.promotes.as_ref();
    let promote = promote.map(|promotion| format!("bowline promote {} --to {}", promotion.tag, plan.channel));
    Some(match failure.kind {
        // What is in the way is in something of ours.
        FailureKind::Conflict if undo_failed(end) => "bowline status".to_owned(),
        // Its version is somebody else's for good.
        FailureKind::Conflict if promote.is_some() && failure.code == "tag_taken" => "bowline abort".to_owned(),
        FailureKind::Conflict => promote.map_or("bowline plan".to_owned(), |promote| format!("{promote} --dry-run")),
        FailureKind::Stuck | FailureKind::Internal => "bowline status".to_owned(),
        FailureKind::Paused => "bowline resume".to_owned(),
        _ if end.public => "bowline resume".to_owned(),
        _ => promote.unwrap_or_else(|| "bowline release".to_owned()),
    })
}

fn still_public(settings: &Settings, plan: &Plan) -> Failure {
    let tags: Vec<&str> = plan.packages.iter().map(|package| package.tag.as_str()).collect();
    let tag = tags.join(", ");
    let remove = match &settings.remote {
        Some(remote) => format!("git push {remote} :refs/tags/{tag}"),
        None => format!("git tag -d {tag}"),
    };
    Failure::new(
        FailureKind::Stuck,
        "public",
        format!("{tag} is public or its push may still arrive, so nothing was taken back"),
    )
    .hint("complete the release: bowline resume")
    .hint(format!("or, if nobody can have used it yet, remove the tag by hand and abort again: {remove}"))
}

fn taken_back(steps: &[StepRecord]) -> String {
    let undone: Vec<&str> = steps.iter().filter(|step| step.outcome == "undone").map(|step| step.id.as_str()).collect();
    if undone.is_empty() {
        "there was nothing to take back".to_owned()
    } else {
        format!("taken back: {}", undone.join(", "))
    }
}
