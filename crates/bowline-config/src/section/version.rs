//! `[version]`: how versions move, and what flags ask for this time.

use crate::key::{Fallback, Key, Kind, Problem, Section, Words};
use crate::values::Values;
use bowline_model::Version;
use bowline_model::version::{Calendar, Level, SnapshotForm, SnapshotFormError};
use serde::Serialize;

/// `[version]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionSettings {
    /// The first version of a package that has none.
    pub initial: Version,
    /// Whether the first version is raised from `initial`, or from the 0.0.0 of a version file, instead of being it.
    pub raise_initial: bool,
    /// What changes mean before 1.0.0.
    pub before_one: BeforeOne,
    /// The form of versions of builds that are no release; no part of any plan.
    pub snapshot: SnapshotForm,
    /// How versions are made from the day of the release; none where they follow SemVer.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarVersions>,
}

/// `scheme = "calver"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CalendarVersions {
    scheme: &'static str,
    /// `format = "YYYY.MM.MICRO"`.
    pub format: Calendar,
}

impl From<Calendar> for CalendarVersions {
    fn from(format: Calendar) -> Self {
        Self { scheme: CALVER, format }
    }
}

/// `before_one = { breaking = "minor", feature = "patch" }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BeforeOne {
    /// What a breaking change asks for.
    pub breaking: Level,
    /// What a feature asks for.
    pub feature: Level,
}

/// What flags ask for this time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Request {
    /// `--version X`.
    pub version: Option<Version>,
    /// `--bump LEVEL`.
    pub bump: Option<Level>,
    /// `--pre ID`.
    pub pre: Option<String>,
}

impl VersionSettings {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        Self {
            initial: values.get("version.initial").unwrap_or(Version::new(0, 1, 0)),
            raise_initial: values.get("version.raise_initial").unwrap_or_default(),
            before_one: BeforeOne {
                breaking: values.get("version.before_one.breaking").unwrap_or(Level::Minor),
                feature: values.get("version.before_one.feature").unwrap_or(Level::Patch),
            },
            snapshot: snapshot(values),
            calendar: calendar(values),
        }
    }
}

fn snapshot(values: &mut Values<'_>) -> SnapshotForm {
    const FORM: &str = "version.snapshot";
    let Some(text) = values.get::<String>(FORM) else { return SnapshotForm::default() };
    text.parse().unwrap_or_else(|error: SnapshotFormError| {
        let problem = Problem::new(error.to_string());
        values.complain(
            FORM,
            match error {
                SnapshotFormError::Made { .. } => problem.hint("write `g{commit}`: an id may be digits alone"),
                _ => problem.hint("there are `{version}`, `{date}`, `{time}`, `{commits}` and `{commit}`"),
            },
        );
        SnapshotForm::default()
    })
}

/// What `scheme` and `format` say together: a format alone says it, too.
fn calendar(values: &mut Values<'_>) -> Option<CalendarVersions> {
    const FORMAT: &str = "version.format";
    let (scheme, format): (Option<String>, Option<String>) = (values.get("version.scheme"), values.get(FORMAT));
    match (scheme.as_deref(), &format) {
        (Some("semver"), Some(_)) => {
            let problem = Problem::new("has a meaning only for calendar versions");
            values.complain(FORMAT, problem.hint("set `scheme = \"calver\"` under `[version]`, or leave it out"));
            return None;
        }
        (None | Some("semver"), None) => return None,
        _ => {}
    }
    const INITIAL: &str = "version.initial";
    if values.get::<Version>(INITIAL).is_some() {
        let problem = Problem::new("has no meaning for calendar versions: the first one comes from its day, too");
        values.complain(INITIAL, problem.hint("leave it out"));
    }
    match format.as_deref().unwrap_or(USUAL_FORMAT).parse::<Calendar>() {
        Ok(format) => Some(format.into()),
        Err(error) => {
            values.complain(FORMAT, Problem::new(error.to_string()));
            None
        }
    }
}

const CALVER: &str = "calver";
const USUAL_FORMAT: &str = "YYYY.MM.MICRO";

pub(crate) const SECTION: Section = Section {
    name: "version",
    list: false,
    meaning: "How versions begin and move.",
    names: None,
    keys: &[
        Key {
            name: "version.scheme",
            kind: Kind::Word(Words::all(&["semver", CALVER])),
            fallback: Fallback::Words("`\"calver\"` where there is a `format`, else `\"semver\"`"),
            meaning: "Whether versions tell what changed, or when. See [calendar versions](how-versions-are-chosen.md#calendar-versions).",
            example: "\"calver\"",
        },
        Key {
            name: "version.format",
            kind: Kind::Line,
            fallback: Fallback::Words("`\"YYYY.MM.MICRO\"` for calendar versions"),
            meaning: "The three numbers of a calendar version: `YYYY`, `YY`, `MM`, `WW` (ISO 8601), `DD`, and `MAJOR`, `MINOR`, `MICRO`. Within one number, what follows the first has two digits: `YYYY0M0D`.",
            example: "\"YYYY.WW.MICRO\"",
        },
        Key {
            name: "version.initial",
            kind: Kind::Version,
            fallback: Fallback::Value("\"0.1.0\""),
            meaning: "The first version of a package that has none. Not for calendar versions.",
            example: "\"1.0.0\"",
        },
        Key {
            name: "version.raise_initial",
            kind: Kind::Boolean,
            fallback: Fallback::Value("false"),
            meaning: "Whether the first version is raised from `initial`, or from the 0.0.0 of a version file, by what changes ask for, instead of being `initial`.",
            example: "true",
        },
        Key {
            name: "version.snapshot",
            kind: Kind::Line,
            fallback: Fallback::Value("\"{version}-snapshot.{date}.{commits}.g{commit}\""),
            meaning: "The form of versions for builds that are no release, which `bowline plan --snapshot` prints. `{version}` is the version that they lead to, `{date}` and `{time}` are the commit's in UTC, `{commits}` is how many there are since the current version.",
            example: "\"{version}-dev.{time}.g{commit}\"",
        },
        Key {
            name: "version.before_one.breaking",
            kind: Kind::Word(STEPS),
            fallback: Fallback::Value("\"minor\""),
            meaning: "What a breaking change asks for before 1.0.0.",
            example: "\"major\"",
        },
        Key {
            name: "version.before_one.feature",
            kind: Kind::Word(STEPS),
            fallback: Fallback::Value("\"patch\""),
            meaning: "What a feature asks for before 1.0.0.",
            example: "\"minor\"",
        },
    ],
};

const STEPS: Words = Words::all(&["major", "minor", "patch"]);
