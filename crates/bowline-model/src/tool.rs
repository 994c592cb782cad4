//! The programs that Bowline can start besides the build command, as one table.
//!
//! A row says what is needed to judge a program before it is used: how it is asked for its version, how the answer is
//! read, and the oldest version that will do. Configuration, preflight and documentation read the same rows, so a new
//! tool is one row here and its name among the `tools` of the step that starts it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name: the key below `[tools]`, and what is looked for in `PATH`.
    pub name: &'static str,
    /// What it is asked, so that it prints its version and does nothing else.
    pub question: &'static [&'static str],
    /// What stands before the version in its answer. A program that does not say this is not the tool.
    pub before: &'static str,
    /// The oldest version that has everything that is used of it.
    pub oldest: ToolVersion,
    /// What older ones lack.
    pub lacking: &'static str,
    /// What holds without configuration.
    pub policy: ToolPolicy,
    /// Whether nothing can be released without it, so that it is neither optional nor off.
    pub essential: bool,
    /// How long one call may take without configuration, in milliseconds.
    pub timeout_ms: u64,
    /// How people get it.
    pub install: &'static str,
}

/// Every tool that a step of this version can start.
pub const TOOLS: [Tool; 1] = [Tool {
    name: "git",
    question: &["--version"],
    before: "git version ",
    oldest: ToolVersion([2, 31, 0]),
    lacking: "settings in variables (GIT_CONFIG_COUNT), with which the repository's own settings are overridden",
    policy: ToolPolicy::Required,
    essential: true,
    // A first clone of a large history over a slow line fits.
    timeout_ms: 15 * 60 * 1000,
    install: "install git 2.31 or newer, from your system's packages or git-scm.com",
}];

/// The program that runs JavaScript. No step of a release starts it, so it is not among [`TOOLS`]: only configuration and updaters that
/// somebody wrote in JavaScript for another tool need it.
pub const NODE: Tool = Tool {
    name: "node",
    question: &["--version"],
    before: "v",
    oldest: ToolVersion([14, 0, 0]),
    lacking: "what modules of today are written in",
    policy: ToolPolicy::Optional,
    essential: false,
    // Configuration that takes longer waits for something.
    timeout_ms: 30 * 1000,
    install: "install node 14 or newer (nodejs.org, or your system's packages)",
};

/// What happens when a tool cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolPolicy {
    /// The steps that need it are left out, and the record says so.
    Optional,
    /// The release does not begin.
    Required,
    /// It is never started, and the steps that need it are left out.
    Off,
}

/// Numbers with dots. Tools do not keep to SemVer (`2.39.5 (Apple Git-154)`), so only the first three count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ToolVersion(pub [u32; 3]);

/// It is no such version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version of a tool: one to three numbers with dots between them")]
pub struct NoToolVersion(String);

/// How a tool was found before anything was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolState {
    /// It is there and new enough.
    Usable,
    /// It is not there.
    Absent,
    /// It is there and cannot be used: it fails, does not say its version, or is too old.
    Broken,
    /// It does not answer.
    Hangs,
    /// It is switched off and was not looked for.
    Off,
}

/// The verdict on one tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolReport {
    /// The tool.
    pub name: String,
    /// What configuration says about it.
    pub policy: ToolPolicy,
    /// How it was found.
    pub state: ToolState,
    /// The file that runs when it is used; null when there is none.
    pub program: Option<String>,
    /// Its version; null when it is not known.
    pub version: Option<String>,
    /// Why it cannot be used; null when it can.
    pub reason: Option<String>,
}

impl Tool {
    /// The tool called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        TOOLS.iter().find(|tool| tool.name == name)
    }

    /// The version in `answer`, which is what the tool printed when it was asked.
    pub fn version_in(&self, answer: &str) -> Option<ToolVersion> {
        let (_, rest) = answer.split_once(self.before)?;
        let rest = rest.trim_start_matches([' ', '\t']).trim_start_matches('v');
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let numbers: Vec<&str> = rest.get(..end)?.split('.').take_while(|number| !number.is_empty()).take(3).collect();
        numbers.join(".").parse().ok()
    }
}

impl FromStr for ToolVersion {
    type Err = NoToolVersion;

    fn from_str(text: &str) -> Result<Self, NoToolVersion> {
        let wrong = || NoToolVersion(crate::text::one_line(text, 40).into_owned());
        let mut numbers = [0; 3];
        let mut parts = text.split('.');
        for (place, part) in numbers.iter_mut().zip(parts.by_ref()) {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            *place = part.parse().ok().filter(|_| is_number).ok_or_else(wrong)?;
        }
        if parts.next().is_some() { Err(wrong()) } else { Ok(Self(numbers)) }
    }
}

impl TryFrom<String> for ToolVersion {
    type Error = NoToolVersion;

    fn try_from(text: String) -> Result<Self, NoToolVersion> {
        text.parse()
    }
}

impl From<ToolVersion> for String {
    fn from(version: ToolVersion) -> Self {
        version.to_string()
    }
}

impl fmt::Display for ToolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl ToolPolicy {
    /// The word in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required => "required",
            Self::Off => "off",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_with_dots() {
        for (text, shown) in [("2", "2.0.0"), ("2.41", "2.41.0"), ("2.41.3", "2.41.3"), ("02.0", "2.0.0")] {
            assert_eq!(text.parse::<ToolVersion>().unwrap().to_string(), shown);
        }
        for bad in ["", ".", "2.", "v2", "2.41.3.1", "2.x", "+2", "-1", "2 ", "99999999999"] {
            assert!(bad.parse::<ToolVersion>().is_err(), "{bad}");
        }
        assert!(ToolVersion([2, 9, 0]) < ToolVersion([2, 31, 0]));
    }

    #[test]
    fn answers_are_read() {
        let git = Tool::named("git").unwrap();
        let cosign = Tool { before: "GitVersion:", ..*git };
        for (tool, answer, version) in [
            (git, "git version 2.47.3\n", Some("2.47.3")),
            (git, "git version 2.39.5 (Apple Git-154)\n", Some("2.39.5")),
            (git, "git version 2.45.1.windows.1\n", Some("2.45.1")),
            (git, "git version 2.48.0-rc1\n", Some("2.48.0")),
            (git, "git version 2.49.GIT\n", Some("2.49.0")),
            (git, "git version unknown\n", None),
            (git, "git version \n2.0", None),
            (git, "hub version 2.14.2\n", None),
            (git, "", None),
            (&cosign, " ___\nGitVersion:    v2.2.4\nGitCommit: 1\n", Some("2.2.4")),
        ] {
            assert_eq!(tool.version_in(answer).map(|found| found.to_string()).as_deref(), version, "{answer}");
        }
    }

    #[test]
    fn rows_make_sense() {
        for tool in TOOLS {
            assert!(!tool.name.is_empty() && !tool.before.is_empty() && !tool.question.is_empty(), "{}", tool.name);
            assert!(!tool.essential || tool.policy == ToolPolicy::Required, "{}", tool.name);
            let [major, minor, _] = tool.oldest.0;
            assert!(tool.install.contains(&format!("{major}.{minor}")), "{} says what to install", tool.name);
        }
    }
}
