//! What no workflow near a release should do: rights, secrets, names that can be moved, and text of strangers that is run.

use crate::finding::{Finding, Severity};
use crate::workflow::Seen;
use crate::workflow::known::{self, Does};
use crate::workflow::model::{File, Job, Step, Uses};
use crate::yaml::Node;

pub(super) fn find(file: &File, seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(permissions(file));
    findings.extend(secrets(file));
    findings.extend(triggers(file));
    for job in &file.jobs {
        let called = job.calls.iter();
        let used = job.steps.iter().filter_map(|step| step.uses.as_ref());
        findings.extend(called.chain(used).filter(|uses| !uses.is_pinned()).map(unpinned));
        let releases = seen.publishing().iter().any(|(_, other)| std::ptr::eq(*other, job));
        for step in &job.steps {
            findings.extend(injections(file, step));
            findings.extend(commands(step));
            findings.extend(checkout(file, job, step, releases));
            if releases {
                findings.extend(cache(job, step));
            }
        }
    }
    findings
}

fn permissions(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.is_action() {
        return findings;
    }
    let top = file.root.get("permissions");
    for job in file.jobs.iter().filter(|job| top.is_none() && job.node.get("permissions").is_none()) {
        let message = format!("`{}` has whatever rights the repository gives by default, which can be all", job.id);
        findings.push(
            Finding::new("workflow/no-permissions", Severity::Warning, message)
                .at(job.place.clone())
                .fix("set permissions: {} for the workflow, and for each job what it needs"),
        );
    }
    let all = [top].into_iter().chain(file.jobs.iter().map(|job| job.node.get("permissions"))).flatten();
    for set in all.filter(|set| set.text() == Some("write-all")) {
        findings.push(
            Finding::new("workflow/broad-permissions", Severity::Error, "every right there is, to write everything")
                .at(file.place(set))
                .fix("name the rights that are needed; a release needs contents: write"),
        );
    }
    let writes = top.map(Node::entries).unwrap_or_default().iter().filter(|(_, right)| right.text() == Some("write"));
    for (name, right) in writes.filter(|_| file.jobs.len() > 1) {
        let message = format!("all {} jobs may write {}", file.jobs.len(), name.text().unwrap_or_default());
        findings.push(
            Finding::new("workflow/broad-permissions", Severity::Warning, message)
                .at(file.place(right))
                .fix("set permissions: {} for the workflow, and give the right to the one job that needs it"),
        );
    }
    findings
}

fn secrets(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for job in &file.jobs {
        if let Some(inherit) = job.node.get("secrets").filter(|secrets| secrets.text() == Some("inherit")) {
            let message = format!("what `{}` calls gets every secret there is", job.id);
            findings.push(
                Finding::new("workflow/inherited-secrets", Severity::Warning, message)
                    .at(file.place(inherit))
                    .fix("name the secrets that it needs, one by one"),
            );
        }
    }
    let of_all = file.root.get("env").map(Node::entries).unwrap_or_default();
    let secret =
        |value: &Node| value.text().is_some_and(|text| expressions(text).any(|inside| inside.contains("secrets.")));
    for (name, value) in of_all.iter().filter(|(_, value)| secret(value)) {
        let message = format!(
            "every step of every job sees the secret in {}, also what others wrote",
            name.text().unwrap_or_default()
        );
        findings.push(
            Finding::new("workflow/secrets-for-all", Severity::Warning, message)
                .at(file.place(value))
                .fix("set it for the one step that needs it"),
        );
    }
    findings
}

/// Workflows that strangers can start with the rights of the repository, and that run what the strangers wrote.
fn triggers(file: &File) -> Vec<Finding> {
    let dangerous =
        file.triggers().into_iter().find(|(name, _)| matches!(*name, "pull_request_target" | "workflow_run"));
    let Some((name, _)) = dangerous else { return Vec::new() };
    let theirs = |step: &&Step| {
        let checks_out = step.uses.as_ref().is_some_and(|uses| uses.is("actions/checkout"));
        let of_head = ["ref", "repository"].iter().filter_map(|input| step.with(input)).any(|text| {
            ["pull_request.head", "workflow_run.head", "github.head_ref"].iter().any(|theirs| text.contains(theirs))
        });
        checks_out && of_head
    };
    let finding = |step: &Step| {
        let message = format!(
            "{name} runs with the rights and secrets of the repository, and this checks out what a stranger wrote"
        );
        Finding::new("workflow/dangerous-trigger", Severity::Error, message)
            .at(step.place.clone())
            .fix("use pull_request, which has neither; release from a push to a protected branch")
    };
    file.steps().map(|(_, step)| step).filter(theirs).map(finding).collect()
}

fn unpinned(uses: &Uses) -> Finding {
    let reference = uses.reference.as_deref().unwrap_or("nothing");
    // What is of GitHub itself can be moved by GitHub only, or by whoever gets in there.
    let own = uses.what.starts_with("actions/") || uses.what.starts_with("github/");
    let severity = if own { Severity::Warning } else { Severity::Error };
    let message = format!("{} is whatever {reference} means at the time", uses.what);
    Finding::new("workflow/unpinned-action", severity, message)
        .at(uses.place.clone())
        .fix("name the commit, with the version behind it: @<40 digits> # v1.2.3")
}

/// The insides of `${{ … }}`.
fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.split("${{").skip(1).filter_map(|rest| rest.split_once("}}").map(|(inside, _)| inside.trim()))
}

fn injections(file: &File, step: &Step) -> Vec<Finding> {
    let script = step.node.get("run").or_else(|| {
        let scripted = step.uses.as_ref().is_some_and(|uses| uses.is("actions/github-script"));
        step.node.get("with")?.get("script").filter(|_| scripted)
    });
    let Some(script) = script else { return Vec::new() };
    let finding = |inside: &str| {
        let severity = danger(inside)?;
        let message = format!("${{{{ {inside} }}}} becomes part of the script before it is run, whatever is in it");
        let finding = Finding::new("workflow/injection", severity, message).at(file.place(script));
        Some(finding.fix("hand it over as a variable: env: VALUE: ${{ … }}, and \"$VALUE\" in the script"))
    };
    expressions(script.text().unwrap_or_default()).filter_map(finding).collect()
}

/// How dangerous the value of an expression is inside a script (GitHub docs, "Secure use reference", untrusted input).
fn danger(expression: &str) -> Option<Severity> {
    let has = |words: &[&str]| words.iter().any(|word| expression.contains(word));
    let free =
        ["title", "body", "message", "head_ref", "head.ref", "label", "name", "email", "default_branch", "page_name"];
    if expression.contains("github.head_ref")
        || (expression.contains("github.event.") && has(&free) && !has(&["github.event.inputs", "event_name"]))
    {
        return Some(Severity::Error);
    }
    has(&["inputs.", "github.ref", "github.actor"]).then_some(Severity::Warning)
}

fn commands(step: &Step) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, (command, place)) in step.run.iter().enumerate() {
        let next = step.run.get(at + 1).map(|(next, _)| next);
        let shell = next.is_some_and(|next| {
            matches!(next.own().first().map(String::as_str), Some("sh" | "bash" | "zsh" | "python" | "python3"))
        });
        if command.then == "|" && shell && (command.begins(&["curl"]) || command.begins(&["wget"])) {
            findings.push(
                Finding::new("workflow/unpinned-tool", Severity::Error, "what a server sends today is run as it comes")
                    .at(place.clone())
                    .fix("download a version, compare its SHA-256, then run it"),
            );
        }
        if let Some(package) = moving_package(command) {
            let message = format!("{package} is whatever version there is at the time");
            findings.push(
                Finding::new("workflow/unpinned-tool", Severity::Warning, message)
                    .at(place.clone())
                    .fix("put it among the dependencies, with a lock file, or name the version"),
            );
        }
        let forced = command.has("-f") || command.has("--force");
        let of_tags = command.begins(&["git", "tag"])
            || (command.begins(&["git", "push"]) && command.words.iter().any(|word| word.contains("tags")));
        if forced && of_tags {
            findings.push(
                Finding::new(
                    "workflow/forced-tag",
                    Severity::Warning,
                    "a tag is moved by force: who has the old one is not told",
                )
                .at(place.clone())
                .fix("never move a version's tag; floating tags such as v1 move forward only: [release] floating_tags"),
            );
        }
        if command.words.iter().any(|word| word.contains("::set-output ") || word.contains("::save-state ")) {
            findings.push(
                Finding::new(
                    "workflow/old-command",
                    Severity::Warning,
                    "set-output and save-state are not supported any more",
                )
                .at(place.clone())
                .fix("write to $GITHUB_OUTPUT or $GITHUB_STATE"),
            );
        }
    }
    findings
}

/// The package that `npx` and the like would fetch in any version.
fn moving_package(command: &crate::workflow::shell::Command) -> Option<&str> {
    let own = command.own();
    let after = if command.begins(&["npx"]) || command.begins(&["bunx"]) {
        1
    } else if command.begins(&["pnpm", "dlx"]) || command.begins(&["yarn", "dlx"]) {
        2
    } else {
        return None;
    };
    let package = own.iter().skip(after).find(|word| !word.starts_with('-'))?;
    // A scope begins with the same sign.
    let version = package.get(1..)?.split_once('@').map(|(_, version)| version);
    let moving = match version {
        // Without a version the project's own dependency is taken, when there is one; with -y it is fetched.
        None => own.iter().any(|word| word == "-y" || word == "--yes"),
        Some(version) => !version.starts_with(|c: char| c.is_ascii_digit()),
    };
    moving.then_some(package.as_str())
}

fn checkout(file: &File, job: &Job, step: &Step, releases: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !step.uses.as_ref().is_some_and(|uses| uses.is("actions/checkout")) {
        return findings;
    }
    let done = || job.steps.iter().flat_map(known::of_step);
    let versions = done().any(|(does, _)| matches!(does, Does::Version | Does::Bowline));
    if versions && step.with("fetch-depth") != Some("0") {
        let message =
            format!("`{}` works out a version from one commit of history: nothing before it is there", job.id);
        findings.push(
            Finding::new("workflow/shallow-checkout", Severity::Error, message)
                .at(step.place.clone())
                .fix("with: fetch-depth: 0"),
        );
    }
    // Tools that push with git need the login that stays; nobody else does.
    let pushes = job.steps.iter().any(|step| step.run.iter().any(|(command, _)| command.begins(&["git", "push"])))
        || done().any(|(does, _)| does == Does::Tag);
    if releases && !pushes && step.with("persist-credentials") != Some("false") {
        findings.push(
            Finding::new(
                "workflow/persisted-credentials",
                Severity::Warning,
                "the job's token stays in .git/config, where every later step can read it",
            )
            .at(file.place(&step.node))
            .fix("with: persist-credentials: false"),
        );
    }
    findings
}

fn cache(job: &Job, step: &Step) -> Vec<Finding> {
    let caches = known::of_step(step).into_iter().filter(|(does, _)| *does == Does::Cache);
    let finding = |place| {
        let message = format!("`{}` publishes, and takes files from a cache that other workflows can write", job.id);
        Finding::new("workflow/cache-in-release", Severity::Warning, message)
            .at(place)
            .fix("build without a cache what is published, or build in another job")
    };
    caches.map(|(_, place)| finding(place)).collect()
}
