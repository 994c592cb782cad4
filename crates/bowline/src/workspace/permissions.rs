//! What the token of a GitHub App is asked for, besides what every release needs: what the configuration has a use for.
//!
//! Which call needs which permission is in docs/github-rights.md.

use bowline_config::Config;
use bowline_host::forge::github::Permission;

/// The permissions that a release with this configuration needs besides those of every release.
pub(super) fn needed(config: &Config) -> Vec<Permission> {
    let (checks, told) = (config.gate.checks.is_some(), &config.follow_up);
    let talks = told.comment.is_some() || !told.labels.is_empty();
    let workflows = config.version_files.iter().any(|file| file.path.starts_with(WORKFLOWS));
    let of_channel = || config.channel.0.values().any(|channel| channel.environment.is_some());
    let asks_for_environment = config.gate.environment.is_some() || of_channel();
    let uses = [
        (asks_for_environment, ("actions", "read")),
        (checks, ("checks", "read")),
        (checks && !told.status, ("statuses", "read")),
        (told.status, ("statuses", "write")),
        (talks || told.milestone.is_some(), ("issues", "write")),
        (talks, ("pull_requests", "write")),
        (!talks && config.commits.pull_requests_for().is_some(), ("pull_requests", "read")),
        (config.forge.discussion.is_some(), ("discussions", "write")),
        (workflows, ("workflows", "write")),
    ];
    uses.into_iter().filter(|(is_used, _)| *is_used).map(|(_, permission)| permission).collect()
}

const WORKFLOWS: &str = ".github/workflows/";

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_config::{File, Input, load};

    #[test]
    fn no_more_than_the_configuration_uses() {
        for (file, expected) in [
            ("", vec![]),
            ("[gate.checks]\nrequired = [\"test\"]", vec![("checks", "read"), ("statuses", "read")]),
            ("[gate.environment]\nrules = [\"reviewers\"]", vec![("actions", "read")]),
            ("[channel.beta]\nbranch = \"beta\"\nenvironment = \"preview\"", vec![("actions", "read")]),
            ("[follow_up]\nstatus = true", vec![("statuses", "write")]),
            ("[gate.checks]\n[follow_up]\nstatus = true", vec![("checks", "read"), ("statuses", "write")]),
            ("[follow_up]\ncomment = \"out\"", vec![("issues", "write"), ("pull_requests", "write")]),
            ("[follow_up]\nlabels = [\"out\"]", vec![("issues", "write"), ("pull_requests", "write")]),
            ("[follow_up]\nmilestone = \"close\"", vec![("issues", "write")]),
            ("[commits]\nsources = [\"labels\"]", vec![("pull_requests", "read")]),
            ("[commits]\npull_request_overrides = true", vec![("pull_requests", "read")]),
            (
                "[commits]\nsources = [\"labels\"]\n[follow_up]\nlabels = [\"out\"]",
                vec![("issues", "write"), ("pull_requests", "write")],
            ),
            ("[forge]\ndiscussion = \"News\"", vec![("discussions", "write")]),
            (
                "[[version_file]]\npath = \".github/workflows/version.txt\"\nformat = \"plain\"",
                vec![("workflows", "write")],
            ),
        ] {
            let named = File { name: "bowline.toml".to_owned(), bytes: file.into(), committed: true };
            let loaded = load(&Input { file: Some(named), ..Input::default() }).unwrap();
            assert_eq!(needed(&loaded.config), expected, "{file}");
        }
    }
}
