//! What is left to be told after a release, found by looking, and the texts for it.

use crate::assets::forge_failure;
use crate::draft::create::published;
use crate::refs::package;
use bowline_engine::{Cx, Look};
use bowline_model::plan::{FollowUpRequirement, PackagePlan};
use bowline_model::text::markdown::inline;
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::forge::conversations::{Conversations, Milestone};
use bowline_port::forge::{ForgeError, ForgeReader};
use serde::{Deserialize, Serialize};

/// What is left to be told.
#[derive(Debug, Default)]
pub struct Todo {
    /// Conversations that lack something.
    pub work: Vec<Work>,
    /// How many lack nothing.
    pub complete: usize,
    /// Conversations that get nothing.
    pub skipped: Vec<Skipped>,
    /// What is not done, and is no failure.
    pub notes: Vec<String>,
    /// The milestone to close.
    pub milestone: Option<Milestone>,
}

/// What a conversation lacks.
#[derive(Debug, PartialEq, Eq)]
pub struct Work {
    /// Its number.
    pub number: u64,
    /// Whether it is the comment.
    pub comment: bool,
    /// Labels.
    pub labels: Vec<String>,
}

/// A conversation that gets nothing.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its number.
    pub number: u64,
    /// Why.
    pub reason: String,
}

impl Todo {
    /// Looks.
    pub fn find(look: &Look<'_>, wanted: &FollowUpRequirement) -> Result<Self, Failure> {
        let door = conversations(look)?;
        let package = package(look.plan)?;
        let mut todo = Self::default();
        if wanted.is_about_threads() {
            todo.add_threads(door, wanted, &package.commits.iter().map(|commit| commit.id).collect::<Vec<_>>(), look)?;
        }
        if wanted.close_milestone {
            todo.add_milestone(door, package)?;
        }
        Ok(todo)
    }

    /// Whether there is nothing left to be told.
    pub fn is_done(&self) -> bool {
        self.work.is_empty() && self.milestone.is_none()
    }

    fn add_threads(
        &mut self,
        door: &dyn Conversations,
        wanted: &FollowUpRequirement,
        commits: &[Oid],
        look: &Look<'_>,
    ) -> Result<(), Failure> {
        let asked = commits.get(..COMMITS).unwrap_or(commits);
        if asked.len() < commits.len() {
            self.notes.push(format!("only the newest {COMMITS} commits were looked at, of {}", commits.len()));
        }
        let mut numbers = door.about(asked).map_err(forge_failure)?;
        if numbers.len() > THREADS {
            self.notes.push(format!("only {THREADS} conversations are told, of {}", numbers.len()));
            numbers.truncate(THREADS);
        }
        let found = door.look(&numbers, &marker(look)?).map_err(forge_failure)?;
        for number in numbers.iter().filter(|number| found.iter().all(|there| there.number != **number)) {
            self.skipped.push(Skipped { number: *number, reason: GONE.to_owned() });
        }
        for there in found {
            let is_there = |label: &String| there.labels.iter().any(|known| known.eq_ignore_ascii_case(label));
            let labels: Vec<String> = wanted.labels.iter().filter(|label| !is_there(label)).cloned().collect();
            let work = Work { number: there.number, comment: wanted.comment.is_some() && !there.marked, labels };
            match work {
                Work { comment: false, ref labels, .. } if labels.is_empty() => self.complete += 1,
                _ if there.locked => {
                    self.skipped.push(Skipped { number: there.number, reason: "it is locked".to_owned() });
                }
                work => self.work.push(work),
            }
        }
        Ok(())
    }

    fn add_milestone(&mut self, door: &dyn Conversations, package: &PackagePlan) -> Result<(), Failure> {
        let version = package.next.to_string();
        let titles = [version.as_str(), package.tag.as_str()];
        let found = door.milestones(&titles).map_err(forge_failure)?;
        match found.into_iter().find(|milestone| milestone.open) {
            Some(milestone) if milestone.open_issues > 0 => self.notes.push(format!(
                "the milestone {} stays open: {} of its issues and pull requests are",
                inline(&milestone.title, None),
                milestone.open_issues
            )),
            milestone => self.milestone = milestone,
        }
        Ok(())
    }
}

/// Where people talk about changes.
pub fn conversations<'l>(look: &'l Look<'_>) -> Result<&'l dyn Conversations, Failure> {
    let forge: &dyn ForgeReader = look.readers.forge.as_ref();
    forge.conversations().ok_or_else(|| forge_failure(ForgeError::Unsupported(forge.kind())))
}

/// What makes a comment the one for this release; nobody sees it.
pub fn marker(look: &Look<'_>) -> Result<String, Failure> {
    Ok(format!("<!-- Bowline-Released: {} {} -->", look.marker.plan, package(look.plan)?.next))
}

/// Where the release is, as an address that is safe inside of Markdown.
pub fn release_url(look: &Look<'_>) -> Result<String, Failure> {
    let release = published(look)?
        .filter(|release| release.marker == Some(look.marker))
        .ok_or_else(|| Failure::new(FailureKind::Failed, "release_vanished", "the release is not there any more"))?;
    Ok(escaped(&release.url))
}

/// The comment: the template with its places filled in, and the marker.
pub fn comment(template: &str, look: &Look<'_>) -> Result<String, Failure> {
    let (package, url) = (package(look.plan)?, release_url(look)?);
    let text = filled(template, |place| match place {
        "version" => Some(package.next.to_string()),
        "tag" => Some(inline(package.tag.as_str(), None).into_owned()),
        "package" => Some(inline(&package.name, None).into_owned()),
        "url" => Some(url.clone()),
        _ => None,
    });
    Ok(format!("{}\n\n{}", text.trim_end(), marker(look)?))
}

/// Why something was not told, in words; the failure itself when it is that the run is to pause.
pub fn put_up_with(failure: Failure) -> Result<String, Failure> {
    if failure.code == "stopped" {
        return Err(failure);
    }
    let causes: Vec<&str> = failure.causes.iter().take(2).map(String::as_str).collect();
    let words = std::iter::once(failure.message.as_str()).chain(causes).collect::<Vec<_>>().join(": ");
    Ok(bowline_model::text::one_line(&words, 300).into_owned())
}

/// Tells people what was not done.
pub fn warn(cx: &Cx<'_>, problems: &[String]) {
    if !problems.is_empty() {
        let message =
            format!("the release is complete, and of what follows not everything was done: {}", problems.join("; "));
        cx.warn("follow_up_incomplete", message);
    }
}

/// `template` with `{place}` replaced wherever `value` knows the place. What is filled in is not looked at again.
fn filled(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}').and_then(|(place, rest)| Some((value(place)?, rest))) {
            Some((value, after)) => {
                out.push_str(&value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// `url` without the characters that could end a link.
fn escaped(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() && !b"<>()[]`\"\\".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Why a conversation is left alone that is not there.
pub const GONE: &str = "it was deleted or has moved to another repository";
/// Commits whose pull requests are looked for: twenty questions.
const COMMITS: usize = 1000;
/// Conversations that are told. With a comment and labels each, two changes a second apart, it takes about seven minutes.
const THREADS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_once() {
        let value = |place: &str| match place {
            "tag" => Some("v1{url}".to_owned()),
            "url" => Some("u".to_owned()),
            _ => None,
        };
        for (template, expected) in [
            ("{tag} at {url}", "v1{url} at u"),
            ("{other} {", "{other} {"),
            ("{{tag}}", "{v1{url}}"),
            ("none", "none"),
            ("", ""),
        ] {
            assert_eq!(filled(template, value), expected, "{template}");
        }
    }

    #[test]
    fn an_address_cannot_end_its_link() {
        for (url, expected) in [
            ("https://h/a/b?c=d#e", "https://h/a/b?c=d#e"),
            ("https://h/a) [x](y", "https://h/a%29%20%5Bx%5D%28y"),
            ("https://h/\u{e9}\n", "https://h/%C3%A9%0A"),
        ] {
            assert_eq!(escaped(url), expected);
        }
    }

    #[test]
    fn only_a_pause_is_no_problem_to_put_up_with() {
        let failed = Failure::new(FailureKind::Failed, "forge_failed", "x failed").because(&std::fmt::Error);
        assert!(put_up_with(failed).unwrap().starts_with("x failed: "));
        let later = Failure::new(FailureKind::Paused, "rate_limited", "x: later");
        assert_eq!(put_up_with(later).unwrap(), "x: later");
        assert!(put_up_with(Failure::new(FailureKind::Paused, "stopped", "x")).is_err());
    }
}
