//! Small histories, with what the originals write for them, and with what is mended.

use super::*;
use crate::options::CommitType;
use serde_json::{Value, json};

/// A straight history, newest commit first.
struct Straight(Vec<Commit>);

impl Straight {
    /// Messages, oldest first, each with its tags behind a `|`.
    fn new(messages: &[&str]) -> Self {
        let commit = |(place, text): (usize, &&str)| {
            let (message, tags) = text.split_once('|').unwrap_or((text, ""));
            Commit {
                hash: format!("{place:x}").repeat(40),
                message: message.replace("HASH", &format!("{}", place.saturating_sub(1)).repeat(40)) + "\n",
                tags: tags.split(' ').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
                date: format!("2026-01-0{place}"),
            }
        };
        Self(messages.iter().enumerate().map(commit).rev().collect())
    }
}

impl Log for Straight {
    fn tags(&self, _order: TagOrder) -> Result<Vec<String>, LogError> {
        Ok(self.0.iter().flat_map(|commit| commit.tags.clone()).collect())
    }

    fn commits(&self, range: &Range<'_>) -> Result<Vec<Commit>, LogError> {
        let at = |tag: &str| self.0.iter().position(|commit| commit.tags.iter().any(|known| known == tag));
        let from = range.from.and_then(at).unwrap_or(self.0.len());
        let to = range.to.and_then(at).unwrap_or(0);
        Ok(self.0.get(to..from).unwrap_or_default().to_vec())
    }
}

/// What is asked, with defaults for what a case does not say.
struct Case {
    profile: Profile,
    exactness: Exactness,
    version: &'static str,
    prefix: &'static str,
    origin: Option<&'static str>,
    count: u64,
    name: PresetName,
    by_name: bool,
    writer: Value,
    no_bump: bool,
    current: &'static str,
}

const GITHUB: Option<&str> = Some("https://github.com/a/b.git");

impl Case {
    fn new(profile: Profile, exactness: Exactness) -> Self {
        Self {
            profile,
            exactness,
            version: "1.1.0",
            prefix: "v",
            origin: None,
            count: 1,
            name: PresetName::ConventionalCommits,
            by_name: false,
            writer: Value::Null,
            no_bump: false,
            current: "1.0.0",
        }
    }

    fn ask<T>(&self, messages: &[&str], answer: impl Fn(&Question<'_>) -> T) -> T {
        let entry = |name: &str, section: Option<&str>| CommitType {
            name: name.to_owned(),
            scope: None,
            section: section.map(str::to_owned),
            hidden: section.is_none(),
            effect: None,
        };
        let base = "{{host}}/{{owner}}/{{repository}}";
        let preset = Preset {
            name: self.name,
            types: vec![
                entry("feat", Some("Features")),
                entry("fix", Some("Bug Fixes")),
                entry("chore", None),
                entry("perf", None),
            ],
            pre_major: false,
            commit_url_format: format!("{base}/commit/{{{{hash}}}}"),
            compare_url_format: format!("{base}/compare/{{{{previousTag}}}}...{{{{currentTag}}}}"),
            issue_url_format: format!("{base}/issues/{{{{id}}}}"),
            user_url_format: "{{host}}/{{user}}".to_owned(),
            release_commit_message_format: String::new(),
            issue_prefixes: vec!["#".to_owned()],
            pre_major_by_version: true,
            parser_opts: Value::Null,
            writer_opts: self.writer.clone(),
        };
        let current = Version::parse(self.current);
        answer(&Question {
            profile: self.profile,
            exactness: self.exactness,
            preset: &preset,
            preset_by_name: self.by_name,
            types_given: false,
            tag_prefix: self.prefix,
            path: None,
            lerna_package: None,
            release_count: self.count,
            no_bump_when_empty_changes: self.no_bump,
            current: current.as_ref(),
            version: self.version,
            date: "2026-02-03",
            package: None,
            origin: self.origin,
            log: &Straight::new(messages),
        })
    }

    fn check(&self, messages: &[&str], expected: &str) {
        let written = self.ask(messages, |question| section(question).unwrap());
        assert_eq!(written, expected, "{} {:?} {messages:?}", self.profile, self.exactness);
    }
}

use Exactness::{Exact, Mended};
use Profile::{CatV12, CatV13, Sv9};

#[test]
fn one_release() {
    let messages = &[
        "feat: start|v1.0.0",
        "feat(b): thanks @bob #7\n\nCloses #7, other/r#8",
        "fix: last\n\nBREAKING CHANGE: gone\nfor good",
        "feat(a)!: more",
    ];
    let classic = |mark: &str| {
        format!(
            "{mark} [1.0.1](https://github.com/a/b/compare/v1.0.0...v1.0.1) (2026-02-03)\n\n\n### ⚠ BREAKING CHANGES\n\n* \
             **a:** more\n* gone\nfor good\n\n### Features\n\n* **a:** more \
             ([3333333](https://github.com/a/b/commit/{three}))\n* **b:** thanks [@bob](https://github.com/bob) \
             [#7](https://github.com/a/b/issues/7) ([1111111](https://github.com/a/b/commit/{one})), closes \
             [other/r#8](https://github.com/other/r/issues/8)\n\n\n### Bug Fixes\n\n* last \
             ([2222222](https://github.com/a/b/commit/{two}))\n\n",
            one = "1".repeat(40),
            two = "2".repeat(40),
            three = "3".repeat(40),
        )
    };
    let case = |profile| Case { origin: GITHUB, version: "1.0.1", ..Case::new(profile, Mended) };
    case(Sv9).check(messages, &classic("###"));
    case(CatV12).check(messages, &classic("##"));
    let modern = format!(
        "## [1.0.1](https://github.com/a/b/compare/v1.0.0...v1.0.1) (2026-02-03)\n\n### ⚠ BREAKING CHANGES\n\n* gone\n  for \
         good\n* **a:** more\n\n### Features\n\n* **a:** more ([3333333](https://github.com/a/b/commit/{three}))\n* **b:** \
         thanks [@bob](https://github.com/bob) [#7](https://github.com/a/b/issues/7) \
         ([1111111](https://github.com/a/b/commit/{one})), closes [other/r#8](https://github.com/a/b/issues/8)\n\n### Bug \
         Fixes\n\n* last ([2222222](https://github.com/a/b/commit/{two}))\n",
        one = "1".repeat(40),
        two = "2".repeat(40),
        three = "3".repeat(40),
    );
    case(CatV13).check(messages, &modern);
}

#[test]
fn reverted_commits() {
    let messages =
        &["fix: start|v1.0.0", "feat: gone", "Revert \"feat: gone\"\n\nThis reverts commit HASH.", "fix: stays"];
    let shown = "## 1.1.0 (2026-02-03)\n\n\n### Bug Fixes\n\n* stays 3333333\n\n";
    let both = "## [1.1.0](///compare/v1.0.0...v1.1.0) (2026-02-03)\n\n\n### Features\n\n* gone 1111111\n\n\n### Bug Fixes\n\n* \
                stays 3333333\n\n";
    Case::new(Sv9, Mended).check(messages, shown);
    Case::new(Sv9, Exact).check(messages, both);
    Case::new(CatV13, Mended).check(messages, "## 1.1.0 (2026-02-03)\n\n### Bug Fixes\n\n* stays 3333333\n");
    for profile in Profile::ALL {
        let bump = Case::new(profile, Exact).ask(messages, |question| recommend(question).unwrap().unwrap());
        assert_eq!(bump.release.name(), "patch", "{profile}");
    }
}

#[test]
fn types_that_nobody_gave() {
    let messages = &["fix: start|v1.0.0", "feature: one", "perf: two"];
    let exact = "## [1.1.0](///compare/v1.0.0...v1.1.0) (2026-02-03)\n\n";
    let mended = "## 1.1.0 (2026-02-03)\n\n\n### Features\n\n* one 1111111\n\n\n### Performance Improvements\n\n* two 2222222\n\n";
    Case::new(Sv9, Exact).check(messages, exact);
    Case::new(Sv9, Mended).check(messages, mended);
    Case { by_name: true, ..Case::new(Sv9, Mended) }.check(messages, mended);
}

#[test]
fn nowhere_to_link_to() {
    let messages = &["fix: start|v1.0.0", "fix: see #3 and @bob\n\nCloses #4"];
    let exact = "## [1.1.0](///compare/v1.0.0...v1.1.0) (2026-02-03)\n\n\n### Bug Fixes\n\n* see \
                 [#3](undefined/undefined/undefined/issues/3) and [@bob](undefined/bob) 1111111, closes #4\n\n";
    let mended = "## 1.1.0 (2026-02-03)\n\n\n### Bug Fixes\n\n* see #3 and @bob 1111111, closes #4\n\n";
    Case::new(CatV12, Exact).check(messages, exact);
    Case::new(CatV12, Mended).check(messages, mended);
    let folder = Some("/srv/git/b.git");
    Case { origin: folder, ..Case::new(CatV12, Mended) }.check(messages, mended);
}

#[test]
fn prefixes() {
    let compared = |messages: &[&str], prefix, exactness| {
        let case = Case { origin: GITHUB, prefix, ..Case::new(Sv9, exactness) };
        let written = case.ask(messages, |question| section(question).unwrap());
        let link = written.split_once("compare/").map_or("", |(_, rest)| rest);
        link.split_once(')').map_or("", |(link, _)| link).to_owned()
    };
    let none = &["fix: a|v1.0.0", "fix: b"];
    assert_eq!(compared(none, "", Exact), "v1.0.0...v1.1.0");
    assert_eq!(compared(none, "", Mended), "v1.0.0...1.1.0");
    let dotted = &["fix: a|r.1.0.0", "fix: b|rx2.0.0", "fix: c"];
    assert_eq!(compared(dotted, "r.", Exact), "rx2.0.0...r.1.1.0");
    assert_eq!(compared(dotted, "r.", Mended), "r.1.0.0...r.1.1.0");
}

#[test]
fn releases_before_the_stable_one() {
    let messages = &["feat: a|v1.0.0", "feat: b|v1.1.0-rc.0", "feat: c"];
    let case = |version, exactness| Case { version, ..Case::new(CatV13, exactness) };
    let all =
        "## [1.1.0-rc.1](///compare/v1.0.0...v1.1.0-rc.1) (2026-02-03)\n\n### Features\n\n* b 1111111\n* c 2222222\n";
    case("1.1.0-rc.1", Exact).check(messages, all);
    case("1.1.0-rc.1", Mended).check(messages, "## 1.1.0-rc.1 (2026-02-03)\n\n### Features\n\n* c 2222222\n");
    case("1.1.0", Mended).check(messages, "## 1.1.0 (2026-02-03)\n\n### Features\n\n* b 1111111\n* c 2222222\n");
}

#[test]
fn all_releases() {
    let messages = &["feat: a|v1.0.0", "feat: b|zz v1.1.0", "feat: c|v1.2.0", "feat: d"];
    let case = Case { origin: GITHUB, version: "1.3.0", count: 0, ..Case::new(CatV12, Mended) };
    let written = case.ask(messages, |question| section(question).unwrap());
    let headings: Vec<&str> = written.lines().filter(|line| line.starts_with("## ")).collect();
    let base = "https://github.com/a/b/compare";
    assert_eq!(
        headings,
        [
            format!("## [1.3.0]({base}/v1.2.0...v1.3.0) (2026-02-03)"),
            format!("## [1.2.0]({base}/v1.1.0...v1.2.0) (2026-01-02)"),
            // The first tag of a commit decides, and that one is no release.
            "## 1.1.0 (2026-01-01)".to_owned(),
            format!("## [1.0.0]({base}/{}...v1.0.0) (2026-01-00)", "0".repeat(40)),
        ]
    );
}

#[test]
fn nothing_new() {
    Case { version: "1.0.0", ..Case::new(Sv9, Mended) }.check(&["feat: a|v1.0.0"], "");
    Case { prefix: "", ..Case::new(Sv9, Mended) }.check(&["feat: a|1.0.0"], "## 1.1.0 (2026-02-03)\n\n");
}

#[test]
fn recommended() {
    let check = |case: &Case, message: &str, expected: Option<(&str, &str)>| {
        let answer = case.ask(&["feat: start|v1.0.0", message], |question| recommend(question).unwrap());
        let answer = answer.as_ref().map(|answer| (answer.release.name(), answer.reason.as_str()));
        assert_eq!(answer, expected, "{} {message}", case.profile);
    };
    for profile in Profile::ALL {
        let case = Case::new(profile, Mended);
        check(&case, "feat: a", Some(("minor", "There are 0 BREAKING CHANGES and 1 features")));
        check(&case, "FEAT: a", Some(("patch", "There are 0 BREAKING CHANGES and 0 features")));
        check(&case, "docs: a", Some(("patch", "There are 0 BREAKING CHANGES and 0 features")));
        check(&case, "docs!: a", Some(("major", "There is 1 BREAKING CHANGE and 0 features")));
        let early = Case { current: "0.3.0", ..Case::new(profile, Mended) };
        check(&early, "feat!: a", Some(("minor", "There is 1 BREAKING CHANGE and 0 features")));
        check(&early, "feature: a", Some(("patch", "There are 0 BREAKING CHANGES and 1 features")));
    }
    let quiet = |profile| Case { no_bump: true, ..Case::new(profile, Mended) };
    check(&quiet(CatV12), "docs: a", None);
    check(&quiet(CatV13), "perf: a", None);
    check(&quiet(CatV13), "fix: a", Some(("patch", "There are 0 BREAKING CHANGES and 0 features")));
    check(&quiet(Sv9), "docs: a", Some(("patch", "There are 0 BREAKING CHANGES and 0 features")));
    check(&Case { by_name: true, ..Case::new(CatV13, Mended) }, "docs: a", None);
    let eslint = Case { name: PresetName::EsLint, ..Case::new(Sv9, Mended) };
    check(&eslint, "Breaking: a", Some(("major", "There are 1 breaking changes and 0 features")));
}

#[test]
fn refused() {
    let message = |case: &Case| case.ask(&["fix: a"], |question| section(question).unwrap_err().to_string());
    let case = Case { name: PresetName::Angular, ..Case::new(CatV13, Mended) };
    assert_eq!(message(&case), "Unable to load the \"angular\" preset. Please make sure it's installed.");
    let case = Case { writer: json!({ "mainTemplate": "x" }), ..Case::new(CatV12, Mended) };
    assert_eq!(
        message(&case),
        "`mainTemplate` of `writerOpts` in the configuration is not one that can be followed here; take it out, or run the \
         original program"
    );
    Case { writer: json!({ "mainTemplate": "x" }), ..Case::new(Sv9, Mended) }
        .check(&["docs: a"], "## 1.1.0 (2026-02-03)\n\n");
}

#[test]
fn versions_that_have_tags() {
    let tags = &["fix: a|v1.0.0 v1.2.0-rc.4", "fix: b|v1.1.0 v1.2.0-beta.1 x9.0.0"];
    let latest = |profile, id| {
        let case = Case::new(profile, Mended);
        case.ask(tags, |question| latest_version(question, id).unwrap().map(|version| version.to_string()))
    };
    assert_eq!(latest(Sv9, Some("beta")).as_deref(), Some("1.2.0-rc.4"));
    assert_eq!(latest(CatV12, Some("beta")).as_deref(), Some("1.2.0-beta.1"));
    assert_eq!(latest(CatV13, Some("alpha")).as_deref(), Some("1.1.0"));
    let unique = |proposed: &str, id: &str| {
        let proposed = Version::parse(proposed).unwrap();
        let case = Case::new(CatV12, Mended);
        case.ask(tags, |question| unique_prerelease(question, &proposed, id).unwrap().with_build())
    };
    assert_eq!(unique("1.2.0-rc.0+x", "rc"), "1.2.0-rc.5+x");
    assert_eq!(unique("1.2.0-rc.9", "rc"), "1.2.0-rc.9");
    assert_eq!(unique("1.2.1-rc.0", "rc"), "1.2.1-rc.0");
    assert_eq!(unique("1.2.0-0", ""), "1.2.0-0");
}
