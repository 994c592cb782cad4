//! `[commits.labels]`: what labels of merged pull requests mean.
//!
//! The built-in labels are those that auto brings (`intuit/auto`, "Labels"), and the ones that release-drafter's own example and
//! GitHub's new repositories have for the same things. Labels match in any case, as on forges.

use crate::key::Problem;
use crate::values::Values;
use bowline_model::text::one_line;
use bowline_model::version::Level;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a label asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelBump {
    /// Nothing, whatever other labels say.
    Skip,
    /// Nothing.
    None,
    /// A patch.
    Patch,
    /// A minor version.
    Minor,
    /// A major version: something breaks.
    Major,
}

impl LabelBump {
    /// Its word in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            _ => self.level().as_str(),
        }
    }

    /// What it asks for.
    pub const fn level(self) -> Level {
        match self {
            Self::Skip | Self::None => Level::None,
            Self::Patch => Level::Patch,
            Self::Minor => Level::Minor,
            Self::Major => Level::Major,
        }
    }
}

/// `labels.<name> = { bump, section, hidden }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// What it asks for.
    pub bump: LabelBump,
    /// The heading its pull requests stand under in changelog and notes; empty for none of its own.
    pub section: String,
    /// Whether changelog and notes leave them out (a breaking change is never left out).
    pub hidden: bool,
}

/// Every label with its meaning, as it is written: configured ones, and where they are `read` the built-in ones.
pub(super) fn read(values: &mut Values<'_>, read: bool) -> BTreeMap<String, Label> {
    let mut labels = built_in();
    let mut written: Vec<String> = Vec::new();
    for name in values.names("commits.labels") {
        let path = format!("commits.labels.{name}");
        if let Some(twin) = written.iter().find(|twin| is_same(twin, &name)) {
            let problem = format!("is the label `{}` again: forges tell no capitals apart", one_line(twin, 60));
            values.complain(&path, Problem::new(problem));
        }
        let known = labels.keys().find(|known| is_same(known, &name)).cloned();
        let known = known.and_then(|known| labels.remove(&known));
        let bump = values.get(&format!("{path}.bump"));
        if known.is_none() && bump.is_none() {
            let problem = Problem::new("is not a built-in label, so it needs `bump`");
            values.complain(&path, problem.hint("add `bump`, which may be \"none\" or \"skip\""));
        }
        let section = || if bump == Some(LabelBump::Major) { String::new() } else { name.clone() };
        let known = known.unwrap_or_else(|| Label { bump: LabelBump::None, section: section(), hidden: false });
        let label = Label {
            bump: bump.unwrap_or(known.bump),
            section: values.get(&format!("{path}.section")).unwrap_or(known.section),
            hidden: values.get(&format!("{path}.hidden")).unwrap_or(known.hidden),
        };
        written.push(name.clone());
        labels.insert(name, label);
    }
    labels.retain(|name, _| read || written.contains(name));
    labels
}

/// Whether two names are one label's.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The labels that need no configuration.
pub(crate) fn built_in() -> BTreeMap<String, Label> {
    let entry = |&(name, bump, section): &(&str, LabelBump, &str)| {
        (name.to_owned(), Label { bump, section: section.to_owned(), hidden: false })
    };
    BUILT_IN.iter().map(entry).collect()
}

/// Label, what it asks for, heading.
const BUILT_IN: [(&str, LabelBump, &str); 14] = [
    ("major", LabelBump::Major, ""),
    ("minor", LabelBump::Minor, "Features"),
    ("feature", LabelBump::Minor, "Features"),
    ("enhancement", LabelBump::Minor, "Features"),
    ("patch", LabelBump::Patch, "Bug Fixes"),
    ("fix", LabelBump::Patch, "Bug Fixes"),
    ("bugfix", LabelBump::Patch, "Bug Fixes"),
    ("bug", LabelBump::Patch, "Bug Fixes"),
    ("performance", LabelBump::Patch, "Performance"),
    ("documentation", LabelBump::None, "Documentation"),
    ("dependencies", LabelBump::None, "Dependencies"),
    ("internal", LabelBump::None, "Internal"),
    ("tests", LabelBump::None, "Tests"),
    ("skip-release", LabelBump::Skip, ""),
];

/// The heading of pull requests whose labels have none.
pub const OTHER: &str = "Other Changes";

/// Accepts what can be a label's name here.
pub(crate) fn check_label(name: &str) -> Result<(), Problem> {
    let is_plain = name.trim() == name && !name.is_empty() && !name.contains(char::is_control);
    if !is_plain || name.chars().count() > LONGEST {
        return Err(Problem::new(format!("is no label: one line of at most {LONGEST} characters")));
    }
    // Keys are dotted paths from here on.
    if name.contains(['.', '<', '[']) {
        return Err(Problem::new("has a character that labels cannot have here: `.`, `<` or `[`")
            .hint("rename the label on the forge: pull requests that have it keep it"));
    }
    Ok(())
}

/// The same for editors.
pub(crate) const LABEL_PATTERN: &str = "^[^.<\\[\\s]([^.<\\[]{0,48}[^.<\\[\\s])?$";
/// The longest name that GitHub gives a label.
const LONGEST: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_labels() {
        for (name, valid) in [
            ("Version: Major", true),
            ("type/feature", true),
            ("💥", true),
            ("v1.x", false),
            ("", false),
            (" x", false),
            ("a\nb", false),
            (&"x".repeat(51), false),
        ] {
            assert_eq!(check_label(name).is_ok(), valid, "{name}");
        }
    }
}
