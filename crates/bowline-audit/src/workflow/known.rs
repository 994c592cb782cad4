//! What steps are known to do. Only what is surely so is recognised: a workflow that does something in a program of its own is not
//! accused of leaving it out, the answer is then that it cannot be told.

use super::model::{Job, Step};
use super::shell::Command;
use crate::finding::Place;

/// Something a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Does {
    /// Releases, with Bowline.
    Bowline,
    /// Publishes a release or a package.
    Publish,
    /// Makes or pushes tags.
    Tag,
    /// Works out a version from the history.
    Version,
    /// Makes a release that is public before all of its files are there.
    PublicFirst,
    /// Adds files to a release that is there.
    Upload,
    /// Tests or lints.
    Test,
    /// Signs or attests.
    Sign,
    /// Lists what is inside.
    Sbom,
    /// Makes checksums.
    Checksum,
    /// Compares what was downloaded with what it should be.
    Verify,
    /// Tries again.
    Retry,
    /// Tells people.
    Notify,
    /// Writes a summary or outputs.
    Report,
    /// Restores or keeps a cache.
    Cache,
}

/// What `step` does, each with the place that shows it.
pub fn of_step(step: &Step) -> Vec<(Does, Place)> {
    let mut found = Vec::new();
    if let Some(uses) = &step.uses {
        for (name, does) in ACTIONS {
            if uses.is(name) {
                found.extend(does.iter().map(|does| (*does, uses.place.clone())));
            }
        }
        if is_ours(&uses.what) {
            let publishes =
                step.with("command").is_none_or(|command| matches!(command, "release" | "resume" | "promote"));
            // Stopping before anything is public, it only prepares.
            let stops = step.with("args").is_some_and(|args| args.contains("--until"));
            found.extend((publishes && !stops).then(|| (Does::Bowline, uses.place.clone())));
        }
        let keeps_cache =
            uses.is("actions/cache") || step.with("cache").is_some_and(|cache| !cache.is_empty() && cache != "false");
        found.extend(keeps_cache.then(|| (Does::Cache, uses.place.clone())));
        if uses.is("softprops/action-gh-release") && step.with("draft") != Some("true") && step.with("files").is_none()
        {
            found.push((Does::PublicFirst, uses.place.clone()));
        }
    }
    for (command, place) in &step.run {
        found.extend(of_command(command).into_iter().map(|does| (does, place.clone())));
    }
    found
}

/// What `job` does by calling a workflow.
pub fn of_call(job: &Job) -> Option<(Does, Place)> {
    let calls = job.calls.as_ref()?;
    // Only ours: another release.yml is another one.
    let ours = is_ours(&calls.what) && calls.what.ends_with("/release.yml");
    ours.then(|| (Does::Bowline, calls.place.clone()))
}

/// Whether an action or workflow is of Bowline, in its own repository or a mirror of that name.
pub fn is_ours(what: &str) -> bool {
    let local = what.strip_prefix("$/").or_else(|| what.strip_prefix("./"));
    match local {
        Some(path) => path == ".github/actions/bowline",
        None => what.split('/').nth(1).is_some_and(|name| name.eq_ignore_ascii_case("bowline")),
    }
}

fn of_command(command: &Command) -> Vec<Does> {
    let begins = |words: &[&str]| command.begins(words);
    let mut found = Vec::new();
    let rows = COMMANDS.iter().filter(|(words, _)| begins(words) || through_a_runner(command, words));
    for (_, does) in rows {
        found.extend_from_slice(does);
    }
    if command.words.iter().any(|word| word.starts_with("--until")) {
        found.retain(|does| *does != Does::Bowline);
    }
    if begins(&["git", "push"])
        && (command.has("--tags")
            || command.has("--follow-tags")
            || command.words.iter().any(|word| word.contains("refs/tags/")))
    {
        found.push(Does::Tag);
    }
    if begins(&["git", "tag"]) && !command.has("--list") && !command.has("-l") && command.own().len() > 2 {
        found.push(Does::Tag);
    }
    if begins(&["gh", "release", "create"]) && !command.has("--draft") && !command.has("-d") {
        found.push(Does::PublicFirst);
    }
    if (begins(&["sha256sum"]) || begins(&["shasum"])) && (command.has("-c") || command.has("--check")) {
        found.push(Does::Verify);
    }
    if command.words.iter().any(|word| word == "--retry" || word.starts_with("--retry=")) {
        found.push(Does::Retry);
    }
    if command.words.iter().any(|word| word.contains("GITHUB_STEP_SUMMARY") || word.contains("GITHUB_OUTPUT")) {
        found.push(Does::Report);
    }
    found
}

/// `npx semantic-release`, `npm run release` and the like.
fn through_a_runner(command: &Command, words: &[&str]) -> bool {
    let own = command.own();
    let runners =
        [&["npx"][..], &["pnpm", "dlx"], &["pnpm", "exec"], &["yarn", "dlx"], &["yarn"], &["npm", "exec"], &["bunx"]];
    runners.iter().any(|runner| {
        command.begins(runner) && {
            let mut rest = own.iter().skip(runner.len()).skip_while(|word| word.starts_with('-'));
            let first = rest.next().map(|word| word.rsplit_once('@').map_or(word.as_str(), |(name, _)| name));
            words.len() == 1 && first == Some(words[0])
        }
    })
}

/// Actions that are known.
const ACTIONS: [(&str, &[Does]); 25] = [
    ("softprops/action-gh-release", &[Does::Publish, Does::Upload]),
    ("ncipollo/release-action", &[Does::Publish, Does::Upload]),
    ("actions/create-release", &[Does::Publish, Does::PublicFirst]),
    ("actions/upload-release-asset", &[Does::Upload]),
    ("cycjimmy/semantic-release-action", &[Does::Publish, Does::Tag, Does::Version]),
    ("googleapis/release-please-action", &[Does::Publish, Does::Tag, Does::Version]),
    ("google-github-actions/release-please-action", &[Does::Publish, Does::Tag, Does::Version]),
    ("goreleaser/goreleaser-action", &[Does::Publish, Does::Version]),
    ("jreleaser/release-action", &[Does::Publish, Does::Tag, Does::Version]),
    ("changesets/action", &[Does::Publish, Does::Version]),
    ("tripss/conventional-changelog-action", &[Does::Tag, Does::Version]),
    ("mathieudutour/github-tag-action", &[Does::Tag, Does::Version]),
    ("anothrnick/github-tag-action", &[Does::Tag, Does::Version]),
    ("pypa/gh-action-pypi-publish", &[Does::Publish]),
    ("sigstore/cosign-installer", &[Does::Sign]),
    ("sigstore/gh-action-sigstore-python", &[Does::Sign]),
    ("actions/attest-build-provenance", &[Does::Sign]),
    ("actions/attest", &[Does::Sign]),
    ("crazy-max/ghaction-import-gpg", &[Does::Sign]),
    ("slsa-framework/slsa-github-generator", &[Does::Sign]),
    ("actions/attest-sbom", &[Does::Sign, Does::Sbom]),
    ("anchore/sbom-action", &[Does::Sbom]),
    ("nick-fields/retry", &[Does::Retry]),
    ("slackapi/slack-github-action", &[Does::Notify]),
    ("8398a7/action-slack", &[Does::Notify]),
];

/// Commands that are known, by their first words.
const COMMANDS: [(&[&str], &[Does]); 46] = [
    (&["bowline", "release"], &[Does::Bowline]),
    (&["gh", "release", "create"], &[Does::Publish]),
    (&["gh", "release", "edit"], &[Does::Publish]),
    (&["gh", "release", "upload"], &[Does::Upload]),
    (&["gh", "release", "verify"], &[Does::Verify]),
    (&["gh", "attestation", "verify"], &[Does::Verify]),
    (&["gh", "attestation"], &[Does::Sign]),
    (&["npm", "publish"], &[Does::Publish]),
    (&["pnpm", "publish"], &[Does::Publish]),
    (&["yarn", "publish"], &[Does::Publish]),
    (&["yarn", "npm", "publish"], &[Does::Publish]),
    (&["lerna", "publish"], &[Does::Publish, Does::Tag, Does::Version]),
    (&["cargo", "publish"], &[Does::Publish]),
    (&["cargo", "release"], &[Does::Publish, Does::Tag]),
    (&["release-plz", "release"], &[Does::Publish, Does::Tag]),
    (&["twine", "upload"], &[Does::Publish]),
    (&["mvn", "deploy"], &[Does::Publish]),
    (&["goreleaser", "release"], &[Does::Publish, Does::Version]),
    (&["goreleaser"], &[Does::Version]),
    (&["jreleaser", "release"], &[Does::Publish]),
    (&["semantic-release"], &[Does::Publish, Does::Tag, Does::Version]),
    (&["standard-version"], &[Does::Tag, Does::Version]),
    (&["commit-and-tag-version"], &[Does::Tag, Does::Version]),
    (&["release-it"], &[Does::Publish, Does::Tag, Does::Version]),
    (&["changeset", "publish"], &[Does::Publish, Does::Tag]),
    (&["npm", "version"], &[Does::Tag, Does::Version]),
    (&["git", "describe"], &[Does::Version]),
    (&["git-cliff"], &[Does::Version]),
    (&["npm", "test"], &[Does::Test]),
    (&["npm", "run", "test"], &[Does::Test]),
    (&["npm", "run", "lint"], &[Does::Test]),
    (&["yarn", "test"], &[Does::Test]),
    (&["pnpm", "test"], &[Does::Test]),
    (&["cargo", "test"], &[Does::Test]),
    (&["cargo", "nextest"], &[Does::Test]),
    (&["cargo", "clippy"], &[Does::Test]),
    (&["go", "test"], &[Does::Test]),
    (&["pytest"], &[Does::Test]),
    (&["mvn", "verify"], &[Does::Test]),
    (&["make", "test"], &[Does::Test]),
    (&["cosign", "verify-blob"], &[Does::Verify]),
    (&["cosign"], &[Does::Sign]),
    (&["gpg"], &[Does::Sign]),
    (&["syft"], &[Does::Sbom]),
    (&["sha256sum"], &[Does::Checksum]),
    (&["shasum"], &[Does::Checksum]),
];
