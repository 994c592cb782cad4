//! The presets that people cannot change, as the older libraries write them.

use super::Job;
use super::classic::links_references;
use super::release::Release;
use crate::conventional::parser::{Parsed, Reference};
use crate::options::PresetName;
use std::fmt::Write as _;

const JQUERY_TRACKER: &str = "https://bugs.jquery.com/ticket/";

pub(super) fn print(job: &Job<'_>, release: &Release) -> String {
    let preset = job.question.preset.name;
    let mut text = heading(job, release);
    text.push('\n');
    for group in &release.groups {
        text.push('\n');
        if !group.title.is_empty() {
            let _ = write!(text, "### {}\n\n", group.title);
        }
        for commit in &group.commits {
            line(job, commit, &mut text);
        }
        if matches!(preset, PresetName::Angular | PresetName::JQuery) {
            text.push('\n');
        }
    }
    match preset {
        PresetName::Angular | PresetName::JsHint => {
            if preset == PresetName::JsHint {
                text.push('\n');
            }
            notes(release, preset, &mut text);
            text.push_str("\n\n");
        }
        PresetName::Express => text.push_str("\n\n"),
        _ => text.push_str("\n\n\n"),
    }
    text
}

fn notes(release: &Release, preset: PresetName, text: &mut String) {
    for group in &release.notes {
        let _ = write!(text, "\n### {}\n\n", group.title);
        for note in &group.notes {
            let _ = match (&note.scope, preset) {
                (None, _) => writeln!(text, "* {}", note.text),
                (Some(scope), PresetName::Angular) => writeln!(text, "* **{scope}:** {}", note.text),
                (Some(scope), _) => writeln!(text, "* {scope}: {}", note.text),
            };
        }
    }
    if !release.notes.is_empty() {
        text.push('\n');
    }
}

fn heading(job: &Job<'_>, release: &Release) -> String {
    let preset = job.question.preset.name;
    let compared = release.compared().filter(|_| leads_somewhere(job));
    let version = match compared {
        Some((previous, current)) => {
            format!("[{}]({}/compare/{previous}...{current})", release.version, compare_base(job, preset))
        }
        None => release.version.clone(),
    };
    if preset == PresetName::Express {
        let version = if version.is_empty() { String::new() } else { format!("{version} / ") };
        return format!("{version}{}\n===================\n", release.date);
    }
    format!("{} {version} ({})\n", if release.is_patch { "##" } else { "#" }, release.date)
}

/// Links without a host lead nowhere; the originals write them anyhow.
fn leads_somewhere(job: &Job<'_>) -> bool {
    job.question.is_exact() || job.repository.host.text().is_some()
}

/// Angular writes only the parts that are there; the others a `/` even without a host.
fn compare_base(job: &Job<'_>, preset: PresetName) -> String {
    if preset == PresetName::Angular {
        return repository_base(job, preset);
    }
    let owner = with_slash(job.repository.owner.shown());
    format!("{}/{owner}{}", job.repository.host.shown(), job.repository.project.shown())
}

fn repository_base(job: &Job<'_>, preset: PresetName) -> String {
    let repository = job.repository;
    if preset == PresetName::Angular && repository.project.text().is_none() {
        return repository.url.shown().to_owned();
    }
    let (host, owner) = (with_slash(repository.host.shown()), with_slash(repository.owner.shown()));
    format!("{host}{owner}{}", repository.project.shown())
}

fn with_slash(part: &str) -> String {
    if part.is_empty() { String::new() } else { format!("{part}/") }
}

fn line(job: &Job<'_>, commit: &Parsed, text: &mut String) {
    let preset = job.question.preset.name;
    let header = commit.header.as_deref().unwrap_or_default();
    let part = |name: &str| commit.part(name).unwrap_or_default();
    match preset {
        PresetName::Angular | PresetName::ConventionalCommits => {
            let scope = commit.part("scope").map(|scope| format!(" **{scope}:**")).unwrap_or_default();
            let _ = write!(text, "*{scope} {}", commit.part("subject").unwrap_or(header));
        }
        PresetName::CodeMirror => {
            let kind = commit.part("type").map(|kind| format!("**{kind}** ")).unwrap_or_default();
            let _ = write!(text, "{kind}{}", part("message"));
        }
        PresetName::Ember => {
            let pull = part("pr");
            let base = if leads_somewhere(job) { Some(repository_base(job, preset)) } else { None };
            let pull = base.map_or_else(|| format!("#{pull}"), |base| format!("[{pull}]({base}/pull/{pull})"));
            let _ = writeln!(text, "- {pull} **{}** {}", part("taggedAs"), part("message"));
            return;
        }
        PresetName::EsLint => {
            let _ = write!(text, "* {}", commit.part("message").unwrap_or(header));
        }
        PresetName::Atom | PresetName::Express | PresetName::JQuery | PresetName::JsHint => {
            let _ = write!(text, "* {}", commit.part("shortDesc").unwrap_or(header));
        }
    }
    if preset == PresetName::Express {
        return express_end(job, commit, text);
    }
    hash(job, commit, text);
    if !commit.references.is_empty() {
        text.push_str(", closes");
        references(job, commit, text);
    }
    text.push('\n');
}

/// The body, and the issues on a line of their own.
fn express_end(job: &Job<'_>, commit: &Parsed, text: &mut String) {
    text.push('\n');
    if let Some(body) = commit.body.as_deref().filter(|body| !body.is_empty()) {
        let _ = write!(text, "\n{body}\n\n");
    }
    if !commit.references.is_empty() {
        text.push_str("\n  Closes");
        references(job, commit, text);
        text.push('\n');
    }
}

fn hash(job: &Job<'_>, commit: &Parsed, text: &mut String) {
    let preset = job.question.preset.name;
    if preset != PresetName::JQuery {
        text.push(' ');
    }
    let hash = commit.hash().unwrap_or_default();
    // JSHint shortens the hash itself, and so has no short one to show.
    let short = commit.part("shortHash").unwrap_or_default();
    let is_mended = preset == PresetName::JsHint && !job.question.is_exact();
    let short = if is_mended { hash } else { short };
    let _ = if links_references(job) && leads_somewhere(job) {
        let path = job.repository.forge.map_or("commits", |forge| forge.commit);
        let target = if is_mended { commit.full_hash.as_deref().unwrap_or_default() } else { hash };
        write!(text, "([{short}]({}/{path}/{target}))", repository_base(job, preset))
    } else {
        write!(text, "{}", if preset == PresetName::EsLint { hash } else { short })
    };
}

fn references(job: &Job<'_>, commit: &Parsed, text: &mut String) {
    for reference in &commit.references {
        let name = name(job, reference);
        let _ = if links_references(job) && leads_somewhere(job) {
            write!(text, " [{name}]({})", issue_link(job, reference))
        } else {
            write!(text, " {name}")
        };
    }
}

fn name(job: &Job<'_>, reference: &Reference) -> String {
    let preset = job.question.preset.name;
    let is_linked = links_references(job) && leads_somewhere(job);
    let shows_owner = is_linked || preset != PresetName::Express || !job.question.is_exact();
    let owner = if shows_owner { with_slash(reference.owner.as_deref().unwrap_or_default()) } else { String::new() };
    let prefix = if preset == PresetName::JQuery { reference.prefix.as_str() } else { "#" };
    format!("{owner}{}{prefix}{}", reference.repository.as_deref().unwrap_or_default(), reference.issue)
}

fn issue_link(job: &Job<'_>, reference: &Reference) -> String {
    let preset = job.question.preset.name;
    if preset == PresetName::JQuery && reference.prefix == "#" {
        return format!("{JQUERY_TRACKER}{}", reference.issue);
    }
    let path = job.repository.forge.map_or("issues", |forge| forge.issue);
    let has_project = preset != PresetName::Angular || job.repository.project.text().is_some();
    let base = match reference.repository.as_deref().filter(|repository| !repository.is_empty() && has_project) {
        Some(repository) => {
            let owner = with_slash(reference.owner.as_deref().unwrap_or_default());
            format!("{}{owner}{repository}", with_slash(job.repository.host.shown()))
        }
        None => repository_base(job, preset),
    };
    format!("{base}/{path}/{}", reference.issue)
}
