//! `[[package]]` and `[[version_file]]`: what is released and which files hold its version.

use crate::key::{Fallback, Key, Kind, Problem, Section, Words};
use crate::values::Values;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// `[[package]]`. This version releases one package a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Its name; by default the manifest's.
    pub name: Option<String>,
    /// Its folder from the repository's root, `.` for the root.
    pub path: String,
}

/// `[[version_file]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionFile {
    /// Path from the repository's root.
    pub path: String,
    /// How the version is found inside.
    pub format: VersionFormat,
    /// The place inside, as a dotted path (`package.version`); none for the format's usual place.
    pub at: Option<String>,
    /// Whether the current version is read from it, and whether it is edited.
    pub role: Role,
}

/// What a version file is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The current version is read from it, and the next one is written to it.
    #[default]
    Both,
    /// It is only read.
    Read,
    /// It is only written.
    Write,
}

impl Role {
    /// Whether it tells the current version.
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Both | Self::Read)
    }

    /// Whether it gets the next version.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Both | Self::Write)
    }
}

/// How a version is found inside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionFormat {
    /// By the file's name and ending.
    Auto,
    /// JSON, `version` by default.
    Json,
    /// TOML, `package.version`, `workspace.package.version` or `project.version` by default.
    Toml,
    /// The whole file is the version.
    Plain,
}

impl Package {
    pub(crate) fn read(values: &mut Values<'_>) -> Option<Self> {
        for n in 1..values.count("package") {
            let problem = Problem::new("is one package too many: this version of Bowline releases one a repository");
            values.complain(&format!("package[{n}]"), problem.hint("keep one `[[package]]`"));
        }
        values.has_table("package[0]").then(|| Self {
            name: values.get("package[0].name"),
            path: values.get("package[0].path").unwrap_or_else(|| ".".to_owned()),
        })
    }
}

impl VersionFile {
    pub(crate) fn read(values: &mut Values<'_>) -> Vec<Self> {
        let mut files = Vec::new();
        let mut places = BTreeSet::new();
        for n in 0..values.count("version_file") {
            let name = format!("version_file[{n}]");
            let file = Self {
                path: values.get(&format!("{name}.path")).unwrap_or_default(),
                format: values.get(&format!("{name}.format")).unwrap_or(VersionFormat::Auto),
                at: values.get(&format!("{name}.at")),
                role: values.get(&format!("{name}.role")).unwrap_or_default(),
            };
            if file.format == VersionFormat::Plain && file.at.is_some() {
                let problem = Problem::new("cannot be used with `format = \"plain\"`: the whole file is the version");
                values.complain(&format!("{name}.at"), problem);
            }
            if !file.path.is_empty() && !places.insert((file.path.clone(), file.at.clone())) {
                values.complain(&name, Problem::new("names the same place as one before"));
            }
            files.push(file);
        }
        files
    }
}

pub(crate) const PACKAGE: Section = Section {
    name: "package",
    list: true,
    meaning: "What is released, when it cannot be found by itself. This version releases one package a repository.",
    names: None,
    keys: &[
        Key {
            name: "package.name",
            kind: Kind::Name,
            fallback: Fallback::Words("`project.name`, else the name in the manifest, else the repository's"),
            meaning: "The package's name, `{package}` in templates.",
            example: "\"app\"",
        },
        Key {
            name: "package.path",
            kind: Kind::Folder,
            fallback: Fallback::Value("\".\""),
            meaning: "Its folder.",
            example: "\"packages/app\"",
        },
    ],
};

pub(crate) const VERSION_FILE: Section = Section {
    name: "version_file",
    list: true,
    meaning: "Files that hold the version, when they cannot be found by themselves. Once there is one, only those listed are edited.",
    names: None,
    keys: &[
        Key {
            name: "version_file.path",
            kind: Kind::File,
            fallback: Fallback::Required,
            meaning: "The file.",
            example: "\"src/about.json\"",
        },
        Key {
            name: "version_file.format",
            kind: Kind::Word(Words { now: &["auto", "json", "toml", "plain"], later: &["yaml", "xml", "regex"] }),
            fallback: Fallback::Value("\"auto\""),
            meaning: "How the version is found inside: by the file's name and ending, as a value of JSON or TOML, or as the whole file.",
            example: "\"json\"",
        },
        Key {
            name: "version_file.at",
            kind: Kind::Line,
            fallback: Fallback::Words("the format's usual place"),
            meaning: "The place inside, as a dotted path.",
            example: "\"app.version\"",
        },
        Key {
            name: "version_file.role",
            kind: Kind::Word(Words::all(&["both", "read", "write"])),
            fallback: Fallback::Value("\"both\""),
            meaning: "Whether the current version is read from the file, or the next one written to it, or both.",
            example: "\"write\"",
        },
    ],
};
