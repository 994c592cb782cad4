//! As commit-and-tag-version 13 writes: blocks of lines with one blank line between.

use super::Job;
use super::classic::links_references;
use super::links::{Place, Values, expand};
use super::release::Release;
use crate::conventional::Question;
use crate::conventional::parser::{Parsed, Reference};
use crate::conventional::repository::Repository;
use crate::conventional::text::{encode, trim};

pub(super) fn print(job: &Job<'_>, release: &Release, is_subsequent: bool) -> String {
    let mut blocks = vec![heading(job, release)];
    for group in &release.notes {
        blocks.push(format!("### {}", words(&["⚠", &group.title])));
        blocks.push(list(group.notes.iter().map(|note| {
            let scope = note.scope.as_deref().map(|scope| format!("**{scope}:**")).unwrap_or_default();
            words(&[&scope, &note.text])
        })));
    }
    for group in &release.groups {
        if !group.title.is_empty() {
            blocks.push(format!("### {}", group.title));
        }
        blocks.push(list(group.commits.iter().map(|commit| line(job, release, commit))));
    }
    let text =
        blocks.iter().map(|block| trim(block)).filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n\n");
    if text.is_empty() {
        return text;
    }
    format!("{}{text}\n", if is_subsequent { "\n" } else { "" })
}

fn heading(job: &Job<'_>, release: &Release) -> String {
    let link = release.compared().and_then(|(previous, current)| {
        if job.question.preset_by_name {
            let range = format!("{}...{}", encode(previous), encode(current));
            return own_link(job.question, job.repository, &["compare", &range]);
        }
        spelled(job, release, &job.question.preset.compare_url_format, &[])
    });
    let version = link.map_or_else(|| release.version.clone(), |link| format!("[{}]({link})", release.version));
    format!("## {}", words(&[&version, &format!("({})", release.date)]))
}

fn line(job: &Job<'_>, release: &Release, commit: &Parsed) -> String {
    let links = links_references(job);
    let scope = commit.part("scope").map(|scope| format!("**{scope}:**")).unwrap_or_default();
    let subject = commit.part("subject").or(commit.header.as_deref()).unwrap_or_default();
    let short = commit.part("shortHash").unwrap_or_default();
    let hash = commit.hash().map(|hash| {
        let link = links.then(|| commit_link(job, release, hash)).flatten();
        link.map_or_else(|| short.to_owned(), |link| format!("([{short}]({link}))"))
    });
    let issues = |closing: bool| {
        let named = commit
            .references
            .iter()
            .filter(|reference| reference.action.as_deref().is_some_and(|action| !action.is_empty()) == closing);
        let named = named.map(|reference| {
            let name = name(reference);
            let link = links.then(|| issue_link(job, release, reference)).flatten();
            link.map_or_else(|| name.clone(), |link| format!("[{name}]({link})"))
        });
        named.collect::<Vec<_>>().join(" ")
    };
    let mut line = words(&[&scope, subject, &hash.unwrap_or_default()]);
    for (word, issues) in [("closes", issues(true)), ("references", issues(false))] {
        if !issues.is_empty() {
            line.push_str(&format!(", {word} {issues}"));
        }
    }
    line
}

fn commit_link(job: &Job<'_>, release: &Release, hash: &str) -> Option<String> {
    if job.question.preset_by_name {
        let path = job.repository.forge.map_or("commits", |forge| forge.commit);
        return own_link(job.question, job.repository, &[path, hash]);
    }
    spelled(job, release, &job.question.preset.commit_url_format, &[("hash", hash)])
}

/// The formats of the configuration know the project's own repository only, wherever the issue lives.
fn issue_link(job: &Job<'_>, release: &Release, reference: &Reference) -> Option<String> {
    if job.question.preset_by_name {
        let Repository { host, project, .. } = job.repository;
        return match (&reference.repository, project.text()) {
            (Some(repository), Some(_)) if !repository.is_empty() => {
                let owner = reference.owner.as_deref().unwrap_or_default();
                Some(url(&[host.shown(), owner, repository, "issues", &reference.issue]))
            }
            _ => own_link(job.question, job.repository, &["issues", &reference.issue]),
        };
    }
    let named = [("id", reference.issue.as_str()), ("prefix", reference.prefix.as_str())];
    spelled(job, release, &job.question.preset.issue_url_format, &named)
}

fn spelled(job: &Job<'_>, release: &Release, format: &str, named: &[(&str, &str)]) -> Option<String> {
    let mut all = named.to_vec();
    all.extend([("version", release.version.as_str()), ("date", release.date.as_str())]);
    if let Some(previous) = &release.previous_tag {
        all.push(("previousTag", previous));
    }
    if let Some(current) = &release.current_tag {
        all.push(("currentTag", current));
    }
    all.push(("repoUrl", job.repository.url.shown()));
    let values = Values { repository: job.repository, other: None, named: &all };
    expand(job.question, format, &values, Place::Template)
}

/// A link that the preset spells itself, below the project's repository.
pub(super) fn own_link(question: &Question<'_>, repository: &Repository, rest: &[&str]) -> Option<String> {
    let Repository { host, owner, project, url: repository_url, .. } = repository;
    if !question.is_exact() && host.text().is_none() {
        return None;
    }
    let mut parts = match project.text() {
        Some(project) => vec![host.shown(), owner.shown(), project],
        None => vec![repository_url.shown()],
    };
    parts.extend(rest);
    Some(url(&parts))
}

pub(super) fn own_user_link(question: &Question<'_>, repository: &Repository, user: &str) -> Option<String> {
    (question.is_exact() || repository.host.text().is_some()).then(|| url(&[repository.host.shown(), user]))
}

fn url(parts: &[&str]) -> String {
    let parts = parts.iter().filter(|part| !part.is_empty()).map(|part| part.trim_matches('/'));
    parts.collect::<Vec<_>>().join("/")
}

fn name(reference: &Reference) -> String {
    let owner = reference.owner.as_deref().filter(|owner| !owner.is_empty()).map(|owner| format!("{owner}/"));
    let repository = reference.repository.as_deref().unwrap_or_default();
    format!("{}{repository}{}{}", owner.unwrap_or_default(), reference.prefix, reference.issue)
}

fn words(parts: &[&str]) -> String {
    parts.iter().map(|part| trim(part)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A list, each item's further lines moved under its first.
fn list(items: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for item in items {
        let item = trim(&item);
        if item.is_empty() {
            continue;
        }
        text.push_str(if text.is_empty() { "* " } else { "\n* " });
        for (place, line) in item.split('\n').enumerate() {
            if place > 0 {
                text.push_str(if line.is_empty() || line == "\r" { "\n" } else { "\n  " });
            }
            text.push_str(line.strip_suffix('\r').unwrap_or(line));
        }
    }
    text
}
