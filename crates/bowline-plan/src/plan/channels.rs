//! Channels beside each other: stories about branches, told in words, and the versions that they give.

use super::{Planned, plan};
use crate::fixture::{self, commit, oid};
use bowline_config::Config;
use bowline_config::section::channel::Channel;
use bowline_config::section::channel::ChannelSettings;
use bowline_config::section::gate::Environment;
use bowline_model::facts::{Facts, VersionTag};
use bowline_model::git::BranchName;
use bowline_model::{Failure, Version};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A repository in memory. Its branches begin at one commit, which is version 1.2.0.
struct Story {
    config: Config,
    /// Message and parents.
    commits: Vec<(String, Vec<usize>)>,
    branches: BTreeMap<String, usize>,
    branch: String,
    tags: Vec<(Version, usize)>,
}

impl Story {
    /// With the channels `alpha` and `beta` and the maintenance lines that need no configuration.
    fn new() -> Self {
        let mut config = fixture::config();
        for name in ["alpha", "beta"] {
            let prerelease = Some(name.to_owned());
            let settings = ChannelSettings { branch: name.to_owned(), prerelease, range: None, environment: None };
            config.channel.0.insert(name.to_owned(), settings);
        }
        Self {
            config,
            commits: vec![("feat: begin".to_owned(), Vec::new())],
            branches: ["main", "alpha", "beta", "1.2.x", "1.x"].map(|name| (name.to_owned(), 0)).into(),
            branch: "main".to_owned(),
            tags: vec![(Version::new(1, 2, 0), 0)],
        }
    }

    fn head(&self) -> usize {
        self.branches[&self.branch]
    }

    fn ancestors(&self, of: usize) -> BTreeSet<usize> {
        let (mut found, mut open) = (BTreeSet::new(), vec![of]);
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(&self.commits[next].1);
            }
        }
        found
    }

    fn commit(&mut self, message: &str, parents: Vec<usize>) {
        self.commits.push((message.to_owned(), parents));
        self.branches.insert(self.branch.clone(), self.commits.len() - 1);
    }

    /// As git merges: by fast-forward where that does.
    fn merge(&mut self, other: &str) {
        let (here, there) = (self.head(), self.branches[other]);
        if self.ancestors(there).contains(&here) {
            self.branches.insert(self.branch.clone(), there);
        } else if !self.ancestors(here).contains(&there) {
            self.commit("Merge branch", vec![here, there]);
        }
    }

    fn facts(&self) -> Facts {
        let branch = BranchName::new(&self.branch).unwrap();
        let channel = Channel::of(&self.config, &branch).unwrap_or_default();
        let history = self.ancestors(self.head());
        let mut tags: Vec<VersionTag> =
            self.tags.iter().map(|(version, at)| fixture::tag(&version.to_string(), *at)).collect();
        tags.sort_by(|a, b| b.version.cmp(&a.version));
        let reachable = |tag: &&VersionTag| history.iter().any(|number| oid(*number) == tag.commit);
        let contained = tags.iter().find(reachable).cloned();
        let current = tags.iter().filter(reachable).find(|tag| channel.counts(&tag.version)).cloned();
        let released = current.iter().flat_map(|tag| self.tags.iter().find(|(version, _)| *version == tag.version));
        let released: BTreeSet<usize> = released.flat_map(|(_, at)| self.ancestors(*at)).collect();
        let commits = history.iter().rev().filter(|number| !released.contains(number)).map(|&number| {
            let (message, parents) = &self.commits[number];
            let mut fact = commit(number, message.as_bytes());
            fact.parents = parents.len();
            fact
        });
        Facts {
            branch,
            contained,
            current,
            commits: commits.collect(),
            version_tags: tags,
            ..fixture::facts(None, &[])
        }
    }

    fn plan(&self) -> Result<Planned, Failure> {
        plan(&self.config, &self.facts(), None).map_err(Failure::from)
    }

    /// Releases, and gives the version, or why there is none.
    fn release(&mut self) -> Result<Option<Version>, Failure> {
        let planned = self.plan()?;
        let next = planned.plan.packages.into_iter().next().map(|package| package.next);
        if let Some(next) = &next {
            self.tags.push((next.clone(), self.head()));
        }
        Ok(next)
    }

    /// One word: `main` goes there, `<beta` merges, `fix` commits, `revert` takes the newest commit back, `+1.2.x:v1.2.0` begins a branch at a tag,
    /// `=1.2.1` is a release, `=none` one that has nothing to do, and `!code` one that is refused.
    fn tell(&mut self, word: &str) {
        if let Some(expected) = word.strip_prefix('=') {
            let found = self.release();
            let found = found.map(|version| version.map_or("none".to_owned(), |version| version.to_string()));
            assert_eq!(
                found.as_deref().map_err(|failure| failure.message.as_str()),
                Ok(expected),
                "on {}",
                self.branch
            );
        } else if let Some(code) = word.strip_prefix('!') {
            let failure = self.release().expect_err(word);
            assert_eq!(failure.code, code, "on {}: {}", self.branch, failure.message);
        } else if let Some(other) = word.strip_prefix('<') {
            self.merge(other);
        } else if let Some((name, tag)) = word.strip_prefix('+').and_then(|begun| begun.split_once(":v")) {
            let at = self.tags.iter().find(|(version, _)| version.to_string() == tag).unwrap().1;
            self.branches.insert(name.to_owned(), at);
            self.branch = name.to_owned();
        } else if self.branches.contains_key(word) {
            self.branch = word.to_owned();
        } else if word == "revert" {
            self.commit(&format!("Revert \"it\"\n\nThis reverts commit {}.", oid(self.head())), vec![self.head()]);
        } else {
            self.commit(&format!("{word}: change {}", self.commits.len()), vec![self.head()]);
        }
    }
}

fn story(words: &str) -> Story {
    let mut story = Story::new();
    words.split_whitespace().for_each(|word| story.tell(word));
    story
}

#[test]
fn versions_of_channels() {
    for words in [
        "main fix =1.2.1 docs =none",
        "beta feat =1.3.0-beta.0 fix =1.3.0-beta.1 docs =none feat =1.3.0-beta.2 feat! =2.0.0-beta.0",
        // The level counts from the last final version: a repair alone stays a patch until a feature comes.
        "beta fix =1.2.1-beta.0 feat =1.3.0-beta.0",
        // Beta is merged into main: the final version, without a commit more, and with all that came since 1.2.0.
        "beta feat =1.3.0-beta.0 fix =1.3.0-beta.1 main <beta =1.3.0 =none",
        "beta feat =1.3.0-beta.0 main fix =1.2.1 <beta =1.3.0",
        // Main is merged into beta: beta goes on above what main has released.
        "beta feat =1.3.0-beta.0 main fix =1.2.1 beta <main fix =1.3.0-beta.1",
        "beta feat =1.3.0-beta.0 main <beta =1.3.0 beta <main =none fix =1.3.1-beta.0",
        "beta feat main feat =1.3.0 beta <main =1.4.0-beta.0",
        // What main released meanwhile has to come in first.
        "beta fix =1.2.1-beta.0 main fix =1.2.1 beta fix !version_not_above <main =1.2.2-beta.0",
        "beta fix =1.2.1-beta.0 main feat =1.3.0 beta fix !version_not_above",
        // Two kinds of pre-releases, side by side and one into the other.
        "alpha feat =1.3.0-alpha.0 beta feat =1.3.0-beta.0 alpha fix =1.3.0-alpha.1 beta fix =1.3.0-beta.1",
        "alpha feat! =2.0.0-alpha.0 beta feat =1.3.0-beta.0 main feat =1.3.0",
        "alpha feat =1.3.0-alpha.0 beta <alpha =1.3.0-beta.0 main <beta =1.3.0",
        // A pre-release that main contains is never followed by something older, even when its reason is gone.
        "beta feat =1.3.0-beta.0 revert main fix <beta =1.3.0",
        // The lines of old versions.
        "main feat! =2.0.0 1.2.x fix =1.2.1 fix =1.2.2 main fix =2.0.1",
        "main feat! =2.0.0 1.2.x feat !version_outside_channel",
        "main feat! =2.0.0 1.2.x feat! !version_outside_channel",
        "main feat! =2.0.0 1.x feat =1.3.0 fix =1.3.1 +1.3.x:v1.3.0 fix !version_not_above",
        "main feat! =2.0.0 1.x feat! !version_outside_channel",
        "main fix =1.2.1 1.2.x fix !version_not_above",
        "main feat! =2.0.0 1.2.x fix <main !later_line_merged",
        "beta feat =1.3.0-beta.0 1.2.x <beta fix !later_line_merged",
        "main feat =1.3.0 feat =1.4.0 1.x fix !version_not_above",
        "main feat =1.3.0 feat! =2.0.0 +1.3.x:v1.2.0 fix !version_outside_channel feat !version_not_above",
        // An old version on a branch that says nothing.
        "main feat! =2.0.0 +hotfix:v1.2.0 fix !version_not_above",
    ] {
        let _ = story(words);
    }
}

#[test]
fn what_is_listed() {
    let listed = |words: &str| {
        let planned = story(words).plan().unwrap();
        planned.plan.packages[0].commits.len()
    };
    // A pre-release lists what the one before has not; the final version lists all since the last final one.
    assert_eq!(listed("beta feat =1.3.0-beta.0 fix"), 1);
    assert_eq!(listed("beta feat =1.3.0-beta.0 fix =1.3.0-beta.1 main <beta"), 2);
}

#[test]
fn explained() {
    for (words, channel, note) in [
        ("beta feat", "beta: `channel.beta` has branch beta", None),
        ("main feat", "stable: no channel names branch main", None),
        ("1.2.x fix", "1.2.x: branch 1.2.x is named like the versions it maintains", None),
        (
            "beta feat =1.3.0-beta.0 main <beta",
            "stable: no channel names branch main",
            Some("1.3.0 finishes v1.3.0-beta.0: what that brought is listed again, since v1.2.0"),
        ),
        (
            "alpha feat =1.3.0-alpha.0 beta <alpha",
            "beta: `channel.beta` has branch beta",
            Some("v1.3.0-alpha.0 is a pre-release of another channel: changes count since v1.2.0"),
        ),
    ] {
        let explanation = story(words).plan().unwrap().explanation;
        assert_eq!(format!("{}: {}", explanation.channel, explanation.channel_reason), channel, "{words}");
        assert_eq!(explanation.notes.first().map(String::as_str), note, "{words}");
    }
}

#[test]
fn refusals_name_the_ways_out() {
    for (words, exit, message, hint) in [
        (
            "main feat! =2.0.0 1.2.x feat",
            10,
            "version 1.3.0 is outside of 1.2.x, the range of channel 1.2.x (minor: feat: change 2",
            "--version 1.2.1",
        ),
        ("main feat! =2.0.0 1.2.x fix <main", 10, "the head contains v2.0.0", "git cherry-pick"),
        ("main fix =1.2.1 1.2.x fix", 23, "version 1.2.1 is not above v1.2.1", "--version 1.2.2"),
        ("main feat! =2.0.0 +hotfix:v1.2.0 fix", 23, "version 1.2.1 is not above v2.0.0", "git switch -c 1.2.x"),
        ("main feat! =2.0.0 +hotfix:v1.2.0 feat", 23, "version 1.3.0 is not above v2.0.0", "git switch -c 1.x"),
        ("beta fix =1.2.1-beta.0 main fix =1.2.1 beta fix", 23, "version 1.2.1-beta.1 is not", "git merge v1.2.1"),
        (
            "beta fix =1.2.1-beta.0 main fix =1.2.1 beta fix",
            23,
            "version 1.2.1-beta.1 is not",
            "--version 1.2.2-beta.0",
        ),
    ] {
        let failure = story(words).plan().unwrap_err();
        assert_eq!(failure.kind.exit_code(false), exit, "{words}: {}", failure.message);
        assert!(failure.message.starts_with(message), "{words}: {}", failure.message);
        assert!(failure.hints.iter().any(|given| given.contains(hint)), "{words}: {:?}", failure.hints);
    }
}

#[test]
fn versions_by_name() {
    for (words, version, expected) in [
        ("1.2.x fix", "1.2.9", Ok("1.2.9")),
        ("1.2.x fix", "1.3.0", Err("version_outside_channel")),
        ("beta fix", "2.0.0", Ok("2.0.0-beta.0")),
        ("beta fix", "2.0.0-beta.7", Ok("2.0.0-beta.7")),
        ("beta fix", "2.0.0-rc.0", Err("version_outside_channel")),
        ("main fix", "2.0.0-rc.0", Ok("2.0.0-rc.0")),
        ("main fix", "2.0.0-beta.0", Err("version_outside_channel")),
        ("beta feat =1.3.0-beta.0 main fix <beta", "1.2.9", Err("version_not_above")),
        ("beta feat =1.3.0-beta.0 main fix", "1.2.9", Ok("1.2.9")),
    ] {
        let mut story = story(words);
        story.config.request.version = Some(version.parse().unwrap());
        let found = story.release().map(|version| version.map(|version| version.to_string()).unwrap_or_default());
        assert_eq!(found.as_deref().map_err(|failure| failure.code.as_str()), expected, "{words} {version}");
    }
}

#[test]
fn branches_that_may_release() {
    let branches = |story: &Story| story.plan().unwrap().plan.requirements.branches;
    let mut story = story("1.2.x fix");
    assert!(branches(&story).is_empty());
    let stable = ChannelSettings { branch: "main".to_owned(), prerelease: None, range: None, environment: None };
    story.config.channel.0.insert("stable".to_owned(), stable);
    assert_eq!(branches(&story), ["alpha", "beta", "main", "1.2.x"]);
    story.config.release.branches = vec!["main".to_owned()];
    assert_eq!(branches(&story), ["main"]);
}

#[test]
fn environments_of_channels() {
    let found = |general: Option<&str>, own: Option<&str>, words: &str| {
        let mut story = story(words);
        let rules = vec!["reviewers".to_owned()];
        story.config.gate.environment = general.map(|name| Environment { name: name.to_owned(), rules });
        story.config.channel.0.get_mut("beta").unwrap().environment = own.map(str::to_owned);
        let requirement = story.plan().unwrap().plan.requirements.environment;
        requirement.map(|required| (required.name, required.rules.len()))
    };
    let named = |name: &str, rules| Some((name.to_owned(), rules));
    assert_eq!(found(None, None, "beta fix"), None);
    assert_eq!(found(Some("release"), None, "beta fix"), named("release", 1));
    assert_eq!(found(Some("release"), Some("preview"), "beta fix"), named("preview", 1));
    assert_eq!(found(None, Some("preview"), "beta fix"), named("preview", 0));
    assert_eq!(found(Some("release"), Some("preview"), "main fix"), named("release", 1));
    assert_eq!(found(None, Some("preview"), "main fix"), None);
}

#[test]
fn a_branch_of_two_channels_is_an_error() {
    let mut story = story("beta fix");
    let other = ChannelSettings { branch: "b*".to_owned(), prerelease: None, range: None, environment: None };
    story.config.channel.0.insert("other".to_owned(), other);
    let failure = story.plan().unwrap_err();
    assert_eq!((failure.code.as_str(), failure.kind.exit_code(false)), ("channel_ambiguous", 3));
    assert_eq!(failure.message, "branch beta belongs to more than one channel: beta, other");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever is committed, merged and released where: no version is made twice, none goes back behind what the head contains,
    /// those of a channel rise, and each is of the channel's kind and range.
    #[test]
    fn channels_never_collide(words in prop::collection::vec(0..14_usize, 1..60)) {
        const WORDS: [&str; 14] = [
            "main", "alpha", "beta", "1.2.x", "1.x", "fix", "feat", "feat!", "revert", "<main", "<beta", "<alpha", "=", "=",
        ];
        let mut story = Story::new();
        let mut highest: BTreeMap<String, Version> = BTreeMap::new();
        for word in words.into_iter().map(|word| WORDS[word]) {
            if word != "=" {
                story.tell(word);
                continue;
            }
            let before: Vec<Version> = story.tags.iter().map(|(version, _)| version.clone()).collect();
            let contained = story.facts().contained;
            let Ok(Some(next)) = story.release() else { continue };
            prop_assert!(contained.is_none_or(|tag| tag.version.release() <= next.release()), "{next} goes back");
            prop_assert!(!before.iter().any(|version| version.cmp_precedence(&next).is_eq()), "{next} twice");
            let channel = Channel::of(&story.config, &BranchName::new(&story.branch).unwrap()).unwrap();
            prop_assert!(channel.range.is_none_or(|range| range.contains(&next)), "{next} on {}", channel.name);
            let identifier = next.prerelease().split('.').next().filter(|identifier| !identifier.is_empty());
            prop_assert_eq!(identifier, channel.prerelease.as_deref());
            if let Some(last) = highest.insert(channel.name, next.clone()) {
                prop_assert!(last < next, "{last} and then {next}");
            }
        }
    }
}
