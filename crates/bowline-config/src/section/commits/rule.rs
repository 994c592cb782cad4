//! `[[commits.rule]]`: regular expressions for messages that are written in no dialect.
//!
//! A [`Pattern`] is compiled here and once, so that a mistake is told with its file and line and nobody compiles it for each
//! commit. Named groups say what is what, and a name that means nothing is a mistake: it would be passed over in silence.

use super::CommitType;
use crate::key::{Fallback, Key, Kind, Problem, Section, Words};
use crate::suggest::closest;
use crate::values::Values;
use bowline_model::text::one_line;
use regex::Regex;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// What it matches.
    pub pattern: Pattern,
    /// The type of what it matches, lowercase; a group `type` that takes part goes before it.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether what it matches breaks something.
    pub breaking: bool,
    /// What it is matched against.
    pub on: Part,
    /// Whether it reads merge commits.
    pub merges: bool,
    /// Whether what it matches takes no part.
    pub ignore: bool,
}

/// A regular expression, ready to be used. Two are the same when they are written the same.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads the syntax of the crate `regex`. Errors: what is no expression, and what would take more than a mebibyte.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        crate::key::check::regex(text).map(Self)
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The expression. It takes time in proportion to the text, whatever that is.
    pub const fn regex(&self) -> &Regex {
        &self.0
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The part of a message that a rule is matched against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The first line that is not blank.
    #[default]
    Subject,
    /// All of it.
    Message,
}

impl Rule {
    pub(super) fn read_all(values: &mut Values<'_>, types: &BTreeMap<String, CommitType>) -> Vec<Self> {
        let count = values.count(LIST);
        if count > MOST {
            let problem = Problem::new(format!("is one more than {MOST} rules, which are the most"));
            values.complain(&format!("{LIST}[{MOST}]"), problem.hint("gather several in one pattern: `a|b`"));
        }
        let mut rules = Vec::new();
        for number in 0..count.min(MOST) {
            // A pattern that is missing or none has been complained about.
            let Some(rule) = Self::read(values, number) else { continue };
            if let Some((key, problem)) = rule.problem(types) {
                let path = if key.is_empty() { format!("{LIST}[{number}]") } else { format!("{LIST}[{number}].{key}") };
                values.complain(&path, problem);
            }
            rules.push(rule);
        }
        rules
    }

    fn read(values: &mut Values<'_>, number: usize) -> Option<Self> {
        let key = |name: &str| format!("{LIST}[{number}].{name}");
        let kind: Option<String> = values.get(&key("type"));
        Some(Self {
            pattern: Pattern::new(&values.get::<String>(&key("pattern"))?).ok()?,
            kind: kind.map(|kind| kind.to_lowercase()),
            breaking: values.get(&key("breaking")).unwrap_or_default(),
            on: values.get(&key("on")).unwrap_or_default(),
            merges: values.get(&key("merges")).unwrap_or_default(),
            ignore: values.get(&key("ignore")).unwrap_or_default(),
        })
    }

    /// A rule that says nothing yet but what it matches.
    pub const fn matching(pattern: Pattern) -> Self {
        Self { pattern, kind: None, breaking: false, on: Part::Subject, merges: false, ignore: false }
    }

    /// The first thing that is wrong, and the key that says so; an empty one for the rule as a whole.
    fn problem(&self, types: &BTreeMap<String, CommitType>) -> Option<(&'static str, Problem)> {
        let groups: Vec<&str> = self.pattern.regex().capture_names().flatten().collect();
        if let Some(unknown) = groups.iter().find(|name| !GROUPS.contains(name)) {
            let problem = Problem::new(format!("has a group `{}`, which means nothing", one_line(unknown, 40)));
            let hint = match closest(unknown, GROUPS) {
                Some(near) => format!("did you mean `(?<{near}>…)`?"),
                None => format!("groups are called {}; write `(?:…)` for one without a name", GROUPS.join(", ")),
            };
            return Some(("pattern", problem.hint(hint)));
        }
        if let Some(kind) = self.kind.as_ref().filter(|kind| !types.contains_key(*kind)) {
            let problem = Problem::new(format!("has `{}`, which is no type", one_line(kind, 40)));
            let hint = match closest(kind, types.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "say what it asks for under `[commits.types]`".to_owned(),
            };
            return Some(("type", problem.hint(hint)));
        }
        let says_something = self.kind.is_some() || self.breaking || groups.contains(&"type");
        match (self.ignore, says_something) {
            (true, _) if self.kind.is_some() || self.breaking => {
                let problem = Problem::new("takes commits out, so it gives them neither `type` nor `breaking`");
                Some(("", problem.hint("leave `ignore` out, or the others")))
            }
            (false, false) => {
                let problem = Problem::new("does not say what its commits ask for");
                Some(("", problem.hint("add `type = \"fix\"`, a group `(?<type>…)`, or `ignore = true`")))
            }
            _ => None,
        }
    }
}

pub(crate) const SECTION: Section = Section {
    name: LIST,
    list: true,
    meaning: "Regular expressions for messages that are written in no dialect. They are tried in this order, before the dialect; the first that matches decides. See [rules of your own](how-versions-are-chosen.md#rules-of-your-own).",
    names: None,
    keys: &[
        Key {
            name: "commits.rule.pattern",
            kind: Kind::Pattern,
            fallback: Fallback::Required,
            meaning: "The regular expression. The named groups `type`, `scope`, `subject` and `breaking` say what is what: `subject` is the text of the entry (without it, the whole first line), and a `breaking` that is not empty breaks something. Anchor it with `^`.",
            example: "\"^\\\\[(?<type>\\\\w+)\\\\] (?<subject>.+)\"",
        },
        Key {
            name: "commits.rule.type",
            kind: Kind::Line,
            fallback: Fallback::Words("what the group `type` holds"),
            meaning: "The type of commits that have none in the group `type`: a built-in one, or one of `[commits.types]`.",
            example: "\"fix\"",
        },
        Key {
            name: "commits.rule.breaking",
            kind: Kind::Boolean,
            fallback: Fallback::Value("false"),
            meaning: "Whether every commit that it matches breaks something.",
            example: "true",
        },
        Key {
            name: "commits.rule.on",
            kind: Kind::Word(Words::all(&["subject", "message"])),
            fallback: Fallback::Value("\"subject\""),
            meaning: "What it is matched against: the first line, or the whole message, of which the first 64 KiB are looked at. In a message `^` stands for its beginning; `(?m)^` for that of any line.",
            example: "\"message\"",
        },
        Key {
            name: "commits.rule.merges",
            kind: Kind::Boolean,
            fallback: Fallback::Value("false"),
            meaning: "Whether it reads merge commits as well, which otherwise ask for nothing. One that it matches counts, beside the commits that it brings.",
            example: "true",
        },
        Key {
            name: "commits.rule.ignore",
            kind: Kind::Boolean,
            fallback: Fallback::Value("false"),
            meaning: "Whether commits that it matches take no part, whatever they say.",
            example: "true",
        },
    ],
};

const LIST: &str = "commits.rule";
/// What named groups may be called.
const GROUPS: [&str; 4] = ["type", "scope", "subject", "breaking"];
/// Rules of one repository. Each may be tried on every commit.
const MOST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::section::commits::built_in;
    use crate::section::dialect::Dialect;

    #[test]
    fn rules_that_cannot_be_meant() {
        let rule = |pattern: &str| Rule::matching(Pattern::new(pattern).unwrap());
        let fix = |pattern: &str| Rule { kind: Some("fix".to_owned()), ..rule(pattern) };
        for (rule, part) in [
            (fix("^x"), ""),
            (rule("^(?<type>x)"), ""),
            (Rule { breaking: true, ..rule("^x") }, ""),
            (Rule { ignore: true, ..rule("^(?<type>x)") }, ""),
            (fix("^(?<typ>x)"), "`typ`"),
            (fix("^(?<ticket>x)"), "`ticket`"),
            (rule("^x"), "does not say"),
            (rule("^(?<subject>x)"), "does not say"),
            (Rule { ignore: true, ..fix("^x") }, "takes commits out"),
            (Rule { kind: Some("fxi".to_owned()), ..rule("^x") }, "no type"),
        ] {
            let found = rule.problem(&built_in(Dialect::default())).map(|(_, problem)| problem.message);
            assert_eq!(found.is_none(), part.is_empty(), "{rule:?}: {found:?}");
            assert!(found.unwrap_or_default().contains(part), "{rule:?}");
        }
    }

    #[test]
    fn patterns_are_bounded_and_forgiving() {
        let matches = |pattern: &str, text: &str| Pattern::new(pattern).unwrap().regex().is_match(text);
        assert!(matches("(?i)^ÄNDERUNG \\d+", "änderung 1") && matches("(?m)^fix$", "x\r\nfix\r\ny"));
        assert!(Pattern::new("(a{500}){500}").is_err() && Pattern::new("(").is_err());
    }
}
