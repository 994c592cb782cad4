//! What a workflow that releases should have. Nothing is said about workflows in which no release is recognised, and what is missing is
//! only missing where nothing else was called that might do it.

use crate::finding::{Finding, Place, Severity};
use crate::workflow::Seen;
use crate::workflow::known::Does;
use crate::workflow::model::{File, Job, Step};
use crate::yaml::Node;
use std::collections::BTreeSet;

pub(super) fn find(seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(place) = seen.first(&[Does::Bowline, Does::Publish, Does::Tag, Does::Upload]) else { return findings };
    for file in &seen.files {
        findings.extend(concurrency(file, seen));
        findings.extend(approval(file, seen));
        findings.extend(checks(file, seen));
        findings.extend(timeouts(file, seen));
        findings.extend(file.steps().filter_map(|(job, step)| ignored(file, job, step)));
        findings.extend(several_acts(file));
    }
    let with_bowline = seen.first(&[Does::Bowline]).is_some();
    let missing = |does: &[Does]| seen.elsewhere.is_empty() && seen.first(does).is_none();
    let mut add = |by_bowline: bool, does: &[Does], finding: Finding| {
        if missing(does) && !(by_bowline && with_bowline) {
            findings.push(finding.at(place.clone()));
        }
    };
    let warning = |rule: &str, message: &str| Finding::new(rule, Severity::Warning, message);
    let note = |rule: &str, message: &str| Finding::new(rule, Severity::Note, message);
    add(
        true,
        &[Does::Retry],
        note("workflow/no-retries", "nothing that is recognised here is tried again when the network or the API fails")
            .fix("release with Bowline: it tries again, and looks before it sends anything twice"),
    );
    add(
        true,
        &[Does::Checksum, Does::Verify],
        warning(
            "workflow/no-validation",
            "what is published is not compared with what was built: no checksums, no verification",
        )
        .fix("release with Bowline: it compares every file before and after publishing")
        .fix("or write SHA256SUMS before publishing, and check it against a download afterwards"),
    );
    add(
        false,
        &[Does::Sign],
        warning("workflow/unsigned", "what is published is neither signed nor attested")
            .fix("add a job with actions/attest-build-provenance, id-token: write and attestations: write, between build and release"),
    );
    add(
        true,
        &[Does::Report],
        note("workflow/no-record", "the run leaves no record of its own: neither a summary nor outputs")
            .fix("release with Bowline: the release holds its plan, and the job its summary")
            .fix("or write to $GITHUB_STEP_SUMMARY"),
    );
    add(
        true,
        &[Does::Sbom],
        note("workflow/no-metadata", "nothing tells machines what the release contains")
            .fix("release with Bowline: release.bowline.json is in every release")
            .fix("or add a list of components, such as with anchore/sbom-action"),
    );
    add(
        true,
        &[],
        note("workflow/no-structured-logs", "no log of this release can be read by machines, as far as can be seen")
            .fix("release with Bowline and --log-format json"),
    );
    add(
        false,
        &[],
        note(
            "workflow/no-metrics",
            "success, failure and duration of releases are not measured, as far as can be seen",
        )
        .fix("keep the result document (--json), or use the API of workflow runs"),
    );
    findings
}

/// Whether the job does something of this itself.
fn does(seen: &Seen, job: &Job, wanted: &[Does]) -> bool {
    seen.done().any(|(_, other, does, _)| std::ptr::eq(other, job) && wanted.contains(&does))
}

/// Jobs of `file` that release, themselves or by a call.
fn releasing<'s>(file: &'s File, seen: &Seen) -> Vec<&'s Job> {
    const RELEASES: [Does; 4] = [Does::Bowline, Does::Publish, Does::Tag, Does::Upload];
    file.jobs.iter().filter(|job| does(seen, job, &RELEASES)).collect()
}

/// The job and everything that it waits for.
fn with_needs<'f>(file: &'f File, job: &'f Job) -> Vec<&'f Job> {
    let mut known = BTreeSet::new();
    let mut open = vec![job];
    let mut found = Vec::new();
    while let Some(job) = open.pop() {
        if known.insert(job.id.as_str()) {
            found.push(job);
            open.extend(job.needs().filter_map(|id| file.jobs.iter().find(|job| job.id == id)));
        }
    }
    found
}

fn concurrency(file: &File, seen: &Seen) -> Vec<Finding> {
    let jobs = releasing(file, seen);
    let only_called = file.triggers().iter().all(|(name, _)| *name == "workflow_call");
    if jobs.is_empty() || file.is_action() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for job in jobs {
        let set = [job.node.get("concurrency"), file.root.get("concurrency")].into_iter().flatten();
        let set: Vec<&Node> = set.collect();
        let by_bowline = does(seen, job, &[Does::Bowline]);
        if let Some(cancels) =
            set.iter().filter_map(|set| set.get("cancel-in-progress")).find(|cancels| !is_false(cancels))
        {
            let message = format!("a newer run cancels `{}` in the middle of a release", job.id);
            findings.push(
                Finding::new("workflow/cancels-releases", Severity::Error, message)
                    .at(file.place(cancels))
                    .fix("set cancel-in-progress: false for what releases"),
            );
        } else if set.is_empty() && !by_bowline {
            let severity = if only_called { Severity::Note } else { Severity::Warning };
            let message = format!("two runs of `{}` can release at the same time", job.id);
            findings.push(
                Finding::new("workflow/no-concurrency", severity, message)
                    .at(job.place.clone())
                    .fix("add concurrency with a group for the branch, cancel-in-progress: false, and queue: max so that no run is lost"),
            );
        }
    }
    findings
}

fn is_false(node: &Node) -> bool {
    node.text().is_some_and(|text| text.eq_ignore_ascii_case("false"))
}

fn approval(file: &File, seen: &Seen) -> Vec<Finding> {
    let unguarded = |job: &&Job| {
        let guarded = with_needs(file, job).iter().any(|job| job.environment().is_some());
        let by_input = job.node.get("with").is_some_and(|with| {
            ["environment", "publish-environment"]
                .iter()
                .any(|name| with.at(&[name]).is_some_and(|text| !text.is_empty()))
        });
        // What is called may ask for itself; what was not read cannot be judged.
        let asks =
            job.calls.as_ref().is_some_and(|calls| calls.local().is_some() || !does(seen, job, &[Does::Bowline]));
        !guarded && !by_input && !asks && !file.is_action()
    };
    let jobs = releasing(file, seen);
    let finding = |job: &Job| {
        Finding::new("workflow/no-approval", Severity::Warning, format!("nobody is asked before `{}` releases", job.id))
            .at(job.place.clone())
            .fix("let it, or a job that it needs, run in an environment with required reviewers")
            .fix("with release.yml: environment: production")
    };
    jobs.into_iter().filter(unguarded).map(finding).collect()
}

fn checks(file: &File, seen: &Seen) -> Vec<Finding> {
    let unchecked = |job: &&Job| {
        let before = with_needs(file, job);
        let tests = before.iter().any(|job| does(seen, job, &[Does::Test]));
        // release.yml runs quality.yml, unless it was told not to.
        let quality = does(seen, job, &[Does::Bowline]) && job.calls.is_some();
        let told_not_to = ["run-quality-checks", "skip-quality"]
            .iter()
            .zip(["false", "true"])
            .any(|(name, value)| job.node.at(&["with", name]) == Some(value));
        let calls_others = before.iter().any(|other| other.calls.is_some() && !std::ptr::eq(*other, *job));
        // A run that waits for another workflow counts that one.
        let follows = file.triggers().iter().any(|(name, _)| matches!(*name, "workflow_run" | "workflow_call"));
        !(tests || calls_others || follows || file.is_action()) && (!quality || told_not_to)
    };
    let finding = |job: &Job| {
        Finding::new(
            "workflow/no-checks",
            Severity::Warning,
            format!("no test is seen that must pass before `{}` releases", job.id),
        )
        .at(job.place.clone())
        .fix("let the job need one that runs the tests of the same commit, or call quality.yml")
    };
    releasing(file, seen).into_iter().filter(unchecked).map(finding).collect()
}

fn timeouts(file: &File, seen: &Seen) -> Vec<Finding> {
    let open = |job: &&Job| job.calls.is_none() && job.node.get("timeout-minutes").is_none() && !file.is_action();
    let finding = |job: &Job| {
        Finding::new(
            "workflow/no-timeout",
            Severity::Note,
            format!("`{}` may hang for six hours before it is ended", job.id),
        )
        .at(job.place.clone())
        .fix("set timeout-minutes")
    };
    releasing(file, seen).into_iter().filter(open).map(finding).collect()
}

/// A failure that nobody hears of, where something is released.
fn ignored(file: &File, job: &Job, step: &Step) -> Option<Finding> {
    let done = crate::workflow::known::of_step(step);
    let releases = |does: &Does| matches!(does, Does::Bowline | Does::Publish | Does::Tag | Does::Upload);
    if !done.iter().any(|(does, _)| releases(does)) {
        return None;
    }
    let found = |place: Place, why: &str| {
        Finding::new(
            "workflow/ignored-failure",
            Severity::Error,
            format!("a release that failed in `{}` passes for a success: {why}", job.id),
        )
        .at(place)
        .fix("let the step fail; for what may fail, such as a notice, use a step of its own")
    };
    let goes_on =
        |node: &Node| node.get("continue-on-error").filter(|value| !is_false(value)).map(|value| file.place(value));
    if let Some(place) = goes_on(&step.node).or_else(|| goes_on(&job.node)) {
        return Some(found(place, "continue-on-error"));
    }
    // `command || true`, where the command is what releases.
    step.run.windows(2).find_map(|pair| {
        let [(command, place), (next, _)] = pair else { return None };
        let single = Step {
            place: place.clone(),
            node: step.node.clone(),
            uses: None,
            run: vec![(command.clone(), place.clone())],
        };
        let is_it = crate::workflow::known::of_step(&single).iter().any(|(does, _)| releases(does));
        (is_it && command.then == "||" && matches!(next.own().first().map(String::as_str), Some("true" | ":")))
            .then(|| found(place.clone(), "|| true"))
    })
}

/// A tag that is pushed by one step, a release that is made by another: what dies in between leaves half a release.
fn several_acts(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for job in &file.jobs {
        let done: Vec<(Does, Place)> = job.steps.iter().flat_map(crate::workflow::known::of_step).collect();
        if done.iter().any(|(does, _)| *does == Does::Bowline) {
            continue;
        }
        let tag = done.iter().position(|(does, _)| *does == Does::Tag);
        let later = tag.and_then(|tag| {
            done.iter().skip(tag + 1).find(|(does, place)| *does == Does::Publish && place.line != done[tag].1.line)
        });
        if let Some((_, place)) = later {
            let message = format!(
                "`{}` tags in one step and publishes in another: when it dies in between, the tag stays without its release",
                job.id
            );
            findings.push(
                Finding::new("workflow/several-acts", Severity::Warning, message)
                    .at(place.clone())
                    .fix("release with Bowline: the next run completes what is missing")
                    .fix("or publish a draft first, and tag last"),
            );
        }
        let created = done.iter().position(|(does, _)| *does == Does::PublicFirst);
        let upload = created.and_then(|created| done.iter().skip(created + 1).find(|(does, _)| *does == Does::Upload));
        if let Some((_, place)) = upload {
            let message =
                "the release is public before its files are there; where releases are immutable they never get there";
            findings.push(
                Finding::new("workflow/public-before-assets", Severity::Warning, message)
                    .at(place.clone())
                    .fix("create a draft, upload everything, publish last"),
            );
        }
    }
    findings
}
