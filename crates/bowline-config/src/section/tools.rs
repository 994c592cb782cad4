//! `[tools]`: the programs that are started besides the build command. It is no part of the plan: what is released is the
//! same whichever file makes it, and a tool that is not there is found before anything is done.

use crate::key::{Fallback, Key, Kind, Names, Problem, Section, Words, quantity};
use crate::suggest::closest;
use crate::values::Values;
use bowline_model::text::one_line;
use bowline_model::tool::{TOOLS, Tool, ToolPolicy, ToolVersion};
use serde::Serialize;
use std::collections::BTreeMap;

/// `[tools]`: every tool by its name, configured or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tools(pub BTreeMap<&'static str, ToolSettings>);

/// `[tools.<name>]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToolSettings {
    /// What happens when it cannot be used.
    pub policy: ToolPolicy,
    /// The file that is started; none: it is searched in `PATH`.
    pub path: Option<String>,
    /// The oldest version that is accepted.
    pub min_version: ToolVersion,
    /// How long one call may take, in milliseconds.
    #[serde(rename = "timeout", serialize_with = "quantity::serialize")]
    pub timeout_ms: u64,
}

impl Tools {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self(TOOLS.iter().map(|tool| (tool.name, ToolSettings::read(values, tool))).collect())
    }
}

impl ToolSettings {
    fn read(values: &mut Values<'_>, tool: &Tool) -> Self {
        let key = |name: &str| format!("tools.{}.{name}", tool.name);
        let policy = values.get(&key("policy")).unwrap_or(tool.policy);
        if tool.essential && policy != ToolPolicy::Required {
            let problem =
                Problem::new(format!("has `{}`, and nothing is released without {}", policy.as_str(), tool.name));
            values.complain(&key("policy"), problem.hint("leave it out"));
        }
        let min_version = values.get(&key("min_version")).unwrap_or(tool.oldest);
        if min_version < tool.oldest {
            let problem =
                Problem::new(format!("has `{min_version}`; versions before {} lack {}", tool.oldest, tool.lacking));
            values.complain(&key("min_version"), problem.hint("leave it out, or ask for a newer version"));
        }
        Self {
            policy,
            path: values.get(&key("path")),
            min_version,
            timeout_ms: values.get(&key("timeout")).unwrap_or(tool.timeout_ms),
        }
    }
}

fn check_name(name: &str) -> Result<(), Problem> {
    if Tool::named(name).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
    let problem = Problem::new("is no tool that this version of Bowline starts");
    Err(match closest(name, names.iter().copied()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint(format!("there are: {}; remove `{}`", names.join(", "), one_line(name, 40))),
    })
}

pub(crate) const SECTION: Section = Section {
    name: "tools",
    list: false,
    meaning: "The programs that are started besides the build command. See [external tools](tools.md).",
    names: Some(Names { below: "tools", sample: "git", pattern: NAMES, check: check_name, others: None }),
    keys: &[
        Key {
            name: "tools.<name>.policy",
            kind: Kind::Word(Words::all(&["optional", "required", "off"])),
            fallback: Fallback::Words("the tool's own; `git` is always `\"required\"`"),
            meaning: "What happens when it cannot be used. `required`: the release does not begin, exit 12. `optional`: the steps that need it are left out, and the record says so. `off`: it is never started.",
            example: "\"required\"",
        },
        Key {
            name: "tools.<name>.path",
            kind: Kind::Program,
            fallback: Fallback::Words("it is searched in the absolute folders of `PATH`"),
            meaning: "The file that is started. It may not lie in the checkout: whoever changes the repository would choose the program that runs with the release's rights.",
            example: "\"/opt/git/bin/git\"",
        },
        Key {
            name: "tools.<name>.min_version",
            kind: Kind::Numbers,
            fallback: Fallback::Words("the oldest version that has everything Bowline uses"),
            meaning: "The oldest version that is accepted.",
            example: "\"2.45.0\"",
        },
        Key {
            name: "tools.<name>.timeout",
            kind: Kind::Duration,
            fallback: Fallback::Words("the tool's own; `git` has `\"15m\"`"),
            meaning: "How long one call may take. Then it is ended with everything that it has started.",
            example: "\"30m\"",
        },
    ],
};

/// [`check_name`] as a pattern; a test compares it with the table.
const NAMES: &str = "^(git)$";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_names_the_tools() {
        let names: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        assert_eq!(NAMES, format!("^({})$", names.join("|")));
        for name in names {
            assert!(check_name(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn other_names_get_advice() {
        for (name, advice) in [("gti", "`git`"), ("syft", "there are: git"), ("./git", "`git`"), ("", "git")] {
            assert!(check_name(name).unwrap_err().hint.unwrap().contains(advice), "{name}");
        }
    }
}
