//! The version before: the newest reachable tag, or a version file that is ahead of it.

use crate::edits::{Held, Survey};
use crate::explain::CurrentOrigin;
use bowline_config::Config;
use bowline_model::Version;
use bowline_model::facts::{Facts, VersionTag};
use std::cmp::Ordering;

/// The version before, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Current {
    pub(crate) version: Option<Version>,
    pub(crate) origin: CurrentOrigin,
    /// What is odd about the version files.
    pub(crate) notes: Vec<String>,
}

/// Compares tag and version files. Without a tag a file's version counts, unless it is the placeholder 0.0.0.
pub(crate) fn determine(config: &Config, facts: &Facts, survey: &Survey<'_>) -> Current {
    let held: Vec<Held> = survey.held().collect();
    let tag = facts.current.as_ref();
    let raised = config.version.raise_initial;
    // A file that says already what was asked for is not the version before that.
    let asked = |held: &&Held| held.version.is_some() && held.version == config.request.version;
    // What another channel wrote and released is no news.
    let counts = |held: &&Held| is_ahead(held, facts.contained.as_ref(), raised) && !asked(held);
    let ahead = held.iter().filter(counts);
    let ahead = ahead.max_by(|a, b| a.version.cmp(&b.version).then(Ordering::Greater));
    let (version, origin) = match (ahead, tag) {
        (Some(held), _) => {
            let origin = CurrentOrigin::File { path: held.path.clone(), ahead_of: tag.map(|tag| tag.name.clone()) };
            (held.version.clone(), origin)
        }
        (None, Some(tag)) => {
            (Some(tag.version.clone()), CurrentOrigin::Tag { tag: tag.name.clone(), commit: tag.commit })
        }
        (None, None) => (raised.then(|| config.version.initial.clone()), CurrentOrigin::None),
    };
    let mut notes: Vec<String> = ahead
        .into_iter()
        .map(|held| match tag {
            Some(tag) => format!(
                "{} holds {}, ahead of {}: that version counts as the current one",
                held.path, held.text, tag.name
            ),
            None => format!(
                "there is no version tag: {} holds {}, which counts as the current version",
                held.path, held.text
            ),
        })
        .collect();
    notes.extend(held.iter().filter_map(|held| remark(held, version.as_ref(), tag)));
    Current { version, origin, notes }
}

fn is_ahead(held: &Held, tag: Option<&VersionTag>, raised: bool) -> bool {
    match (&held.version, tag) {
        (Some(version), Some(tag)) => version.cmp_precedence(&tag.version).is_gt(),
        (Some(version), None) => raised || !is_placeholder(version),
        (None, _) => false,
    }
}

fn remark(held: &Held, current: Option<&Version>, tag: Option<&VersionTag>) -> Option<String> {
    let Held { path, text, version } = held;
    let Some(version) = version else {
        return Some(format!("{path} holds `{text}`, which is no version here: it is replaced"));
    };
    match current.map(|current| version.cmp_precedence(current)) {
        None => Some(format!("{path} holds {text}, a placeholder: the first version is used")),
        Some(Ordering::Less) => {
            let than = tag.filter(|tag| Some(&tag.version) == current).map(|tag| format!("tag {}", tag.name));
            let than = than.unwrap_or_else(|| "the current version".to_owned());
            Some(format!("{path} holds {text}, behind {than}: it gets the new version too"))
        }
        Some(Ordering::Equal | Ordering::Greater) => None,
    }
}

fn is_placeholder(version: &Version) -> bool {
    version.release() == Version::new(0, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edits::survey;
    use crate::fixture::{WithFiles, config, facts};

    /// The version and the notes.
    fn check(tag: Option<&str>, files: &[(&str, &str)], expected: Option<&str>, notes: &[&str]) {
        let facts = files.iter().fold(facts(tag, &[]), |facts, (path, text)| facts.with_file(path, text));
        let current = determine(&config(), &facts, &survey(&config(), &facts).unwrap());
        assert_eq!(current.version.map(|version| version.to_string()).as_deref(), expected);
        assert_eq!(current.notes, notes);
    }

    #[test]
    fn a_first_version_can_be_raised() {
        let mut config = config();
        config.version.raise_initial = true;
        config.version.initial = Version::new(1, 0, 0);
        for (file, expected) in [(None, "1.0.0"), (Some("0.0.0"), "0.0.0"), (Some("0.3.0"), "0.3.0")] {
            let facts = file.into_iter().fold(facts(None, &[]), |facts, text| facts.with_file("VERSION", text));
            let current = determine(&config, &facts, &survey(&config, &facts).unwrap());
            assert_eq!(current.version.unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_file_may_say_already_what_is_asked_for() {
        let mut config = config();
        let facts = facts(Some("1.2.3"), &[]).with_file("VERSION", "1.3.0");
        for (asked, expected) in [(None, "1.3.0"), (Some("1.3.0"), "1.2.3"), (Some("1.4.0"), "1.3.0")] {
            config.request.version = asked.map(|asked| asked.parse().unwrap());
            let current = determine(&config, &facts, &survey(&config, &facts).unwrap());
            assert_eq!(current.version.unwrap().to_string(), expected);
        }
    }

    #[test]
    fn tag_or_file() {
        check(Some("1.2.3"), &[], Some("1.2.3"), &[]);
        check(Some("1.2.3"), &[("VERSION", "1.2.3")], Some("1.2.3"), &[]);
        check(Some("1.2.3"), &[("VERSION", "1.2.3+local")], Some("1.2.3"), &[]);
        check(None, &[], None, &[]);
        check(
            Some("1.2.3"),
            &[("VERSION", "1.2.0")],
            Some("1.2.3"),
            &["VERSION holds 1.2.0, behind tag v1.2.3: it gets the new version too"],
        );
        check(
            Some("1.2.3"),
            &[("VERSION", "1.3.0-dev")],
            Some("1.3.0-dev"),
            &["VERSION holds 1.3.0-dev, ahead of v1.2.3: that version counts as the current one"],
        );
        check(
            Some("1.2.3"),
            &[("package.json", "{\"version\":\"1.2.3\"}"), ("VERSION", "2.0.0")],
            Some("2.0.0"),
            &[
                "VERSION holds 2.0.0, ahead of v1.2.3: that version counts as the current one",
                "package.json holds 1.2.3, behind the current version: it gets the new version too",
            ],
        );
        check(
            None,
            &[("VERSION", "0.4.0")],
            Some("0.4.0"),
            &["there is no version tag: VERSION holds 0.4.0, which counts as the current version"],
        );
        check(None, &[("VERSION", "0.0.0")], None, &["VERSION holds 0.0.0, a placeholder: the first version is used"]);
        check(
            None,
            &[("package.json", "{\"version\":\"0.0.0-development\"}")],
            None,
            &["package.json holds 0.0.0-development, a placeholder: the first version is used"],
        );
        check(
            Some("1.2.3"),
            &[("package.json", "{\"version\":\"1.3\"}")],
            Some("1.2.3"),
            &["package.json holds `1.3`, which is no version here: it is replaced"],
        );
    }
}
