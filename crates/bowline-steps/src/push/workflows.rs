//! Which workflows of a commit wait for the tag or the release that is going to be made.
//!
//! Only the events that start a workflow are read, line by line and without a reader of YAML: a strange layout may hide a
//! workflow from this look, which costs a warning and nothing else.

use crate::refs::git_failure;
use bowline_model::facts::FileContent;
use bowline_model::text::one_line;
use bowline_model::{Failure, Oid};
use bowline_port::git::GitReader;

/// The paths of the workflows in `commit` that a new tag or release starts.
pub(crate) fn waiting(git: &dyn GitReader, commit: Oid) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let names = git.folder(commit, FOLDER).map_err(git_failure)?;
    for name in names.iter().filter(|name| name.ends_with(".yml") || name.ends_with(".yaml")).take(MOST) {
        let path = format!("{FOLDER}/{name}");
        if let Some(FileContent::Bytes(bytes)) = git.file(commit, &path).map_err(git_failure)?
            && is_waiting(&String::from_utf8_lossy(&bytes))
        {
            found.push(one_line(&path, 120).into_owned());
        }
    }
    Ok(found)
}

/// Whether a tag or a release starts the workflow: its events are `release`, `create`, or a `push` that is not for branches
/// alone (*Events that trigger workflows*).
fn is_waiting(workflow: &str) -> bool {
    events(workflow).iter().any(|event| {
        let (name, details) = event.split_once(':').unwrap_or((event, ""));
        match name.trim().trim_matches(['"', '\'']) {
            "release" | "create" => true,
            "push" => details.contains("tags:") || !details.contains("branches"),
            _ => false,
        }
    })
}

/// The events under `on`, each with what is said about it.
fn events(workflow: &str) -> Vec<String> {
    let mut lines = workflow.lines().map(|line| line.split(" #").next().unwrap_or_default().trim_end());
    let Some(first) = lines.find_map(|line| KEYS.iter().find_map(|key| line.strip_prefix(key))) else {
        return Vec::new();
    };
    if !first.trim().is_empty() {
        return inline(first);
    }
    let mut events: Vec<String> = Vec::new();
    let mut depth = None;
    for line in lines.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        let text = line.trim_start();
        if indent == 0 && !text.starts_with('-') {
            break;
        }
        match events.last_mut() {
            Some(event) if indent > *depth.get_or_insert(indent) => event.push_str(&format!("\n{text}")),
            _ => {
                depth.get_or_insert(indent);
                events.push(text.trim_start_matches('-').trim().to_owned());
            }
        }
    }
    events
}

/// `push`, `[push, release]` or `{push: {tags: [v*]}}` on one line.
fn inline(text: &str) -> Vec<String> {
    let (mut depth, mut events) = (0_usize, vec![String::new()]);
    let text = text.trim();
    let inner = text.strip_prefix(['[', '{']).and_then(|text| text.strip_suffix([']', '}'])).unwrap_or(text);
    for c in inner.chars() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match events.last_mut() {
            Some(event) if c != ',' || depth > 0 => event.push(c),
            _ => events.push(String::new()),
        }
    }
    events
}

/// How the key stands at the beginning of its line; as a word alone it would mean *true*, so some put it in quotes.
const KEYS: [&str; 3] = ["on:", "\"on\":", "'on':"];
const FOLDER: &str = ".github/workflows";
/// More workflows than any repository has a use for.
const MOST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tag_or_a_release_starts_is_found() {
        for (workflow, expected) in [
            ("on: push", true),
            ("on: release", true),
            ("on: [pull_request, release]", true),
            ("on: [pull_request]", false),
            ("on: {push: {tags: ['v*']}}", true),
            ("on: {push: {branches: [main], tags: ['v*']}}", true),
            ("on: {push: {branches: [main]}, pull_request: {}}", false),
            ("name: x\non:\n  push:\n    tags: ['v*']\njobs:\n", true),
            ("on:\n  push:\n    branches: [main]\n    tags:\n      - v*\n", true),
            ("on:\n  push:\n    branches: [main]\n  pull_request:\n", false),
            ("on:\n  push:\n    branches:\n      - release\n", false),
            ("on:\n  push:\n  pull_request:\n    branches: [main]\n", true),
            ("on:\n  release:\n    types: [published]\n", true),
            ("on:\n  - pull_request\n  - create\n", true),
            ("on:\n- push\njobs:\n", true),
            ("on:\n- pull_request\njobs:\n  release:\n", false),
            ("'on':\n  # release:\n  workflow_dispatch:\n", false),
            ("\"on\": push # always\n", true),
            ("on:\n  workflow_run:\n    workflows: [release]\n", false),
            ("jobs:\n  on: push\n", false),
            ("", false),
        ] {
            assert_eq!(is_waiting(workflow), expected, "{workflow}");
        }
    }
}
