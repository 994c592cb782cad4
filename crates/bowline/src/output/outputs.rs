//! What later steps and jobs of a CI system get of a command: named values, where the system has a file for them
//! (`GITHUB_OUTPUT`; GitHub docs, "Setting an output parameter").
//!
//! Names are those that release workflows use. A value that has lines of its own stands between two lines that nobody can have
//! written into it: they hold its digest.

use bowline_model::facts::VersionTag;
use bowline_model::plan::PlanDocument;
use bowline_model::release::{ReleaseResult, Status};
use bowline_model::{Digest, Version};
use std::fs::File;
use std::io::Write;

/// Named values. `status` is always the first.
pub type Outputs = Vec<(&'static str, String)>;

/// Those of a run.
pub fn of_result(result: &ReleaseResult) -> Outputs {
    let package = result.packages.first();
    let current = result.current.as_ref();
    let version = package.map(|package| &package.version).or_else(|| current.map(|current| &current.version));
    let tag = package.map(|package| &package.tag).or_else(|| current.map(|current| &current.tag));
    let failure = result.failure.as_ref();
    let handed = result.handoff_digest.filter(|_| result.status == Status::Paused);
    vec![
        ("status", word(&result.status)),
        ("exit-code", result.exit_code.to_string()),
        ("due", handed.is_some().to_string()),
        ("released", (result.status == Status::Released).to_string()),
        ("version", text(version)),
        ("tag", text(tag)),
        ("previous-version", text(package.and_then(|package| package.previous.as_ref()))),
        ("plan-digest", text(result.plan.as_ref())),
        ("run-id", text(result.run.as_ref())),
        ("release-url", text(package.and_then(|package| package.release_url.as_ref()))),
        ("commit", text(package.and_then(|package| package.commit.as_ref()))),
        ("handoff-digest", text(result.handoff_digest.as_ref())),
        ("handoff-name", result.handoff_digest.map(|digest| handoff_name(&digest)).unwrap_or_default()),
        ("failure-code", text(failure.map(|failure| &failure.code))),
        ("next", text(result.next.as_ref())),
        ("reason", text(result.reason.as_ref().or_else(|| failure.map(|failure| &failure.message)))),
        ("changelog", package.map(|package| cut(&package.changelog)).unwrap_or_default()),
    ]
}

/// Those of a plan; `current` is the newest version.
pub fn of_plan(document: &PlanDocument, current: Option<&VersionTag>) -> Outputs {
    let package = document.plan.packages.first();
    let due = package.is_some();
    let version: Option<&Version> = package.map(|package| &package.next).or_else(|| current.map(|tag| &tag.version));
    let tag = package.map(|package| &package.tag).or_else(|| current.map(|tag| &tag.name));
    let open = document.gates.iter().all(|gate| gate.open) && document.limits.iter().all(|limit| limit.ok);
    let changelog = package.map(bowline_model::plan::PackagePlan::shown_changelog).unwrap_or_default();
    vec![
        ("status", if due { "planned" } else { "nothing" }.to_owned()),
        ("due", due.to_string()),
        ("released", false.to_string()),
        ("version", text(version)),
        ("tag", text(tag)),
        ("previous-version", text(package.and_then(|package| package.current.as_ref()))),
        ("plan-digest", document.id.to_string()),
        ("releasable", (due && open && !document.provisional).to_string()),
        ("reason", text(package.map(|package| &package.reason).or(document.plan.reason.as_ref()))),
        ("changelog", cut(changelog)),
    ]
}

/// Appends `outputs` to the file at `path`.
pub fn append(path: &str, outputs: &Outputs) -> std::io::Result<()> {
    let text: String = outputs.iter().map(|(name, value)| entry(name, &super::hidden::clean(value))).collect();
    File::options().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

fn entry(name: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{name}={value}\n");
    }
    let mark = format!("bowline-{}", Digest::of(value.as_bytes()).hex());
    format!("{name}<<{mark}\n{value}\n{mark}\n")
}

/// A name for an artifact store that no other content has.
fn handoff_name(digest: &Digest) -> String {
    format!("bowline-handoff-{}", digest.hex().chars().take(16).collect::<String>())
}

fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn word(status: &Status) -> String {
    serde_json::to_value(status).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The beginning of `text`: all outputs of a job share a megabyte (GitHub docs, "Workflow syntax", jobs.<job_id>.outputs), counted
/// in UTF-16.
fn cut(text: &str) -> String {
    if text.len() <= MOST {
        return text.to_owned();
    }
    let end = (0..=MOST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
    let kept = text.get(..end).unwrap_or_default();
    let whole_lines = kept.rsplit_once('\n').map_or(kept, |(lines, _)| lines);
    format!("{whole_lines}\n… the rest is in the release")
}

/// Bytes of a text in an output; twice that in UTF-16, and a few jobs hand it on.
const MOST: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_leaves_its_place() {
        for hostile in ["1\nreleased=true", "a\nEOF\nreleased=true", "a\rb", "\n", "<<EOF\nx\nEOF"] {
            let entry = entry("changelog", hostile);
            let (first, rest) = entry.split_once('\n').unwrap();
            let mark = first.strip_prefix("changelog<<").unwrap();
            assert_eq!(rest, format!("{hostile}\n{mark}\n"));
            assert!(!hostile.contains(mark));
        }
        assert_eq!(entry("version", "1.2.3"), "version=1.2.3\n");
        assert_eq!(entry("reason", "x=y<<EOF"), "reason=x=y<<EOF\n");
    }

    #[test]
    fn a_long_text_is_cut_between_lines() {
        let long = "ä line\n".repeat(MOST / 7);
        let cut = cut(&long);
        assert!(cut.len() <= MOST + 40 && cut.ends_with("line\n… the rest is in the release"), "{}", cut.len());
        assert_eq!(super::cut("short"), "short");
    }
}
