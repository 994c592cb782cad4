//! `[gate]`: what must be so before a release.

use crate::key::{Fallback, Key, Kind, Problem, Section, Words};
use crate::values::Values;
use serde::Serialize;

/// `[gate]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// `[gate.checks]`; none when no checks are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<Checks>,
    /// `[gate.environment]`; none when no environment is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
}

/// `[gate.checks]`: checks that must be green on the planned commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checks {
    /// Globs of names; every one must match something.
    pub required: Vec<String>,
    /// Globs of names that are not looked at.
    pub ignore: Vec<String>,
    /// Apps whose word counts; empty for all, and for commit statuses as well.
    pub apps: Vec<String>,
    /// Conclusions that count as green besides success.
    pub accept: Vec<String>,
    /// Whether what the forge demands for the branch is required, too.
    pub branch_rules: bool,
}

/// `[gate.environment]`: an environment of the forge that must have rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Environment {
    /// What it is called there.
    pub name: String,
    /// Rules it must have, all of them; empty when any will do.
    pub rules: Vec<String>,
}

impl Gate {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        let checks = values.has_table("gate.checks").then(|| Checks::read(values));
        let environment = values.has_table("gate.environment").then(|| Environment::read(values));
        Self { checks, environment }
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Checks {
    fn read(values: &mut Values<'_>) -> Self {
        let branch_rules = values.get("gate.checks.branch_rules").unwrap_or_default();
        let all = if branch_rules { Vec::new() } else { vec!["*".to_owned()] };
        let checks = Self {
            required: values.get("gate.checks.required").unwrap_or(all),
            ignore: values.get("gate.checks.ignore").unwrap_or_default(),
            apps: values.get("gate.checks.apps").unwrap_or_default(),
            accept: values.get("gate.checks.accept").unwrap_or_default(),
            branch_rules,
        };
        if checks.required.is_empty() && !branch_rules {
            let hint = "name them, for example `required = [\"test\"]`, or leave it out for all of them";
            values.complain("gate.checks.required", Problem::new("must name a check").hint(hint));
        }
        checks
    }
}

impl Environment {
    fn read(values: &mut Values<'_>) -> Self {
        Self {
            name: values.get("gate.environment.name").unwrap_or_else(|| "release".to_owned()),
            rules: values.get("gate.environment.rules").unwrap_or_default(),
        }
    }
}

pub(crate) const SECTION: Section = Section {
    name: "gate",
    list: false,
    meaning: "What must be so before a release.",
    names: None,
    keys: &[
        Key {
            name: "gate.checks.required",
            kind: Kind::Globs,
            fallback: Fallback::Words(
                "`[\"*\"]`, all that the commit has; none besides `branch_rules` where that is set",
            ),
            meaning: "Names of checks that must be green on the planned commit, as the forge shows them; `*` stands for any part of a name. Every entry must match a check, and all that it matches must be green. See [gate/checks](steps/gate-checks.md).",
            example: "[\"test\", \"ci/*\"]",
        },
        Key {
            name: "gate.checks.ignore",
            kind: Kind::Globs,
            fallback: Fallback::Value("[]"),
            meaning: "Names of checks that are not looked at, such as that of the job which releases.",
            example: "[\"release\"]",
        },
        Key {
            name: "gate.checks.apps",
            kind: Kind::Lines,
            fallback: Fallback::Value("[]"),
            meaning: "Apps whose checks count, by the short names that the forge gives them. A check of another app is as good as absent, and so is a commit status, which names no app. Empty means that all count.",
            example: "[\"github-actions\"]",
        },
        Key {
            name: "gate.checks.accept",
            kind: Kind::WordList(Words::all(&["neutral", "skipped"])),
            fallback: Fallback::Value("[]"),
            meaning: "Conclusions that count as green besides success. A check that was skipped has looked at nothing.",
            example: "[\"neutral\", \"skipped\"]",
        },
        Key {
            name: "gate.checks.branch_rules",
            kind: Kind::Boolean,
            fallback: Fallback::Value("false"),
            meaning: "Whether the checks that the forge's own rules demand for the branch are required, too.",
            example: "true",
        },
        Key {
            name: "gate.environment.name",
            kind: Kind::Line,
            fallback: Fallback::Value("\"release\""),
            meaning: "An environment of the forge that must exist and have rules when this releases: that of the job which releases. An environment that a workflow names and nobody made comes into being without any rule, and guards nothing. See [gate/environment](steps/gate-environment.md).",
            example: "\"production\"",
        },
        Key {
            name: "gate.environment.rules",
            kind: Kind::WordList(Words::all(&["reviewers", "prevent_self_review", "wait_timer", "branch_policy"])),
            fallback: Fallback::Value("[]"),
            meaning: "Rules that it must have, all of them: people who approve, nobody who approves their own run, a time to wait, branches that may use it. Empty means that any rule will do.",
            example: "[\"reviewers\", \"prevent_self_review\"]",
        },
    ],
};
