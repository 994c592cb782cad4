//! The default preset as the older libraries write it (`conventionalcommits` 4 and 6).

use super::Job;
use super::links::{self, Place, Values, expand};
use super::release::Release;
use crate::conventional::parser::{Parsed, Reference};
use crate::profile::Profile;
use std::fmt::Write as _;

pub(super) fn print(job: &Job<'_>, release: &Release) -> String {
    let mut text = String::new();
    heading(job, release, &mut text);
    text.push('\n');
    for group in &release.notes {
        let _ = write!(text, "\n### ⚠ {}\n\n", group.title);
        for note in &group.notes {
            text.push_str("* ");
            if let Some(scope) = &note.scope {
                let _ = write!(text, "**{scope}:** ");
            }
            text.push_str(&note.text);
            text.push('\n');
        }
    }
    for group in &release.groups {
        text.push('\n');
        if !group.title.is_empty() {
            let _ = write!(text, "### {}\n\n", group.title);
        }
        for commit in &group.commits {
            line(job, commit, &mut text);
        }
        text.push('\n');
    }
    text
}

/// Only the oldest program gives a release with a patch number a smaller heading.
fn heading(job: &Job<'_>, release: &Release, text: &mut String) {
    let is_small = release.is_patch && job.question.profile == Profile::Sv9;
    text.push_str(if is_small { "### " } else { "## " });
    let link = release.compared().and_then(|(previous, current)| {
        let named = [
            ("previousTag", previous),
            ("currentTag", current),
            ("version", &release.version),
            ("date", &release.date),
        ];
        let values = Values { repository: job.repository, other: None, named: &named };
        let preset = job.question.preset;
        let format = if job.question.preset_by_name { links::COMPARE } else { &preset.compare_url_format };
        expand(job.question, format, &values, Place::Template)
    });
    match link {
        Some(link) => {
            let _ = write!(text, "[{}]({link})", release.version);
        }
        None => text.push_str(&release.version),
    }
    let _ = writeln!(text, " ({})", release.date);
}

fn line(job: &Job<'_>, commit: &Parsed, text: &mut String) {
    text.push('*');
    if let Some(scope) = commit.part("scope") {
        let _ = write!(text, " **{scope}:**");
    }
    text.push(' ');
    text.push_str(commit.part("subject").or(commit.header.as_deref()).unwrap_or_default());
    let links = links_references(job);
    if let Some(hash) = commit.hash() {
        let short = commit.part("shortHash").unwrap_or_default();
        let link = links.then(|| commit_link(job, commit, hash)).flatten();
        let _ = match link {
            Some(link) => write!(text, " ([{short}]({link}))"),
            None => write!(text, " {short}"),
        };
    }
    if !commit.references.is_empty() {
        text.push_str(", closes");
        for reference in &commit.references {
            text.push(' ');
            let name = name(reference);
            let link = links.then(|| issue_link(job, reference)).flatten();
            let _ = match link {
                Some(link) => write!(text, "[{name}]({link})"),
                None => write!(text, "{name}"),
            };
        }
    }
    text.push('\n');
}

/// Whether the context has something to link to.
pub(super) fn links_references(job: &Job<'_>) -> bool {
    job.repository.project.text().is_some() || job.repository.url.text().is_some()
}

fn commit_link(job: &Job<'_>, commit: &Parsed, hash: &str) -> Option<String> {
    let format = if job.question.preset_by_name { links::COMMIT } else { &job.question.preset.commit_url_format };
    let other = (commit.part("owner").unwrap_or_default(), commit.part("repository").unwrap_or_default());
    let values = Values { repository: job.repository, other: Some(other), named: &[("hash", hash)] };
    expand(job.question, format, &values, Place::Template)
}

fn issue_link(job: &Job<'_>, reference: &Reference) -> Option<String> {
    let format = if job.question.preset_by_name { links::ISSUE } else { &job.question.preset.issue_url_format };
    let other = (reference.owner.as_deref().unwrap_or_default(), reference.repository.as_deref().unwrap_or_default());
    let named = [("id", reference.issue.as_str()), ("prefix", reference.prefix.as_str())];
    let values = Values { repository: job.repository, other: Some(other), named: &named };
    expand(job.question, format, &values, Place::Template)
}

/// `owner/repository#1`.
fn name(reference: &Reference) -> String {
    let owner = reference.owner.as_deref().filter(|owner| !owner.is_empty()).map(|owner| format!("{owner}/"));
    let repository = reference.repository.as_deref().unwrap_or_default();
    format!("{}{repository}{}{}", owner.unwrap_or_default(), reference.prefix, reference.issue)
}
